"""Alembic's entry point for this service."""

from boatyard.shared.migrations_env import run

run()
