"""What every service's `migrations/env.py` runs: Alembic on the connection it was given."""

from __future__ import annotations

from alembic import context


def run() -> None:
    """Migrate the connection in the configuration's attributes to where the command says."""
    attributes = context.config.attributes
    context.configure(
        connection=attributes["connection"],
        target_metadata=attributes["metadata"],
        render_as_batch=True,  # SQLite can't alter a table in place
        compare_type=True,
        user_module_prefix="boatyard.shared.db.",
    )
    with context.begin_transaction():
        context.run_migrations()
