"""What every service's `migrations/env.py` runs: Alembic on the connection it was given."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlmodel.sql.sqltypes import AutoString


def run() -> None:
    """Migrate the connection in the configuration's attributes to where the command says."""
    attributes = context.config.attributes
    context.configure(
        connection=attributes["connection"],
        target_metadata=attributes["metadata"],
        render_as_batch=True,  # SQLite can't alter a table in place
        compare_type=True,
        render_item=_render,
        include_object=_is_everywhere,
    )
    with context.begin_transaction():
        context.run_migrations()


ONLY_POSTGRESQL = "pg_"
"""How the names of indexes begin that only PostgreSQL has, and that a migration writes by hand."""


def _is_everywhere(item: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Whether something is the same on every kind of database, and so is compared with the tables in code."""
    return not (kind == "index" and name is not None and name.startswith(ONLY_POSTGRESQL))


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write SQLModel's own string type as the plain one that it is."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False
