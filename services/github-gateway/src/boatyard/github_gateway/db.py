"""The tables of github-gateway: its own registry, and the outbox and inbox that every service has."""

from __future__ import annotations

from sqlmodel import SQLModel

from boatyard.shared.bus.inbox import InboxColumns
from boatyard.shared.bus.outbox import OutboxColumns
from boatyard.shared.db import new_registry


class Base(SQLModel, registry=new_registry()):
    """The base of this service's tables; no other service's tables are in its metadata."""


class Outbox(Base, OutboxColumns, table=True):
    """Messages committed here that the relay sends."""

    __tablename__ = "outbox"


class Inbox(Base, InboxColumns, table=True):
    """Messages that this service handled."""

    __tablename__ = "inbox"
