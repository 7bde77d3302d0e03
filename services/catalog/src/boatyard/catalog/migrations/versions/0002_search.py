"""An index that finds a part of a text, on PostgreSQL; SQLite looks through everything, which is quick enough there.

Rules: it must work while the code of the release before still runs (expand, fill, contract: never two of them
in one release); no lock for longer than seconds; it goes down again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INDEX = """
CREATE INDEX IF NOT EXISTS pg_repository_search ON repository
USING gin (lower(namespace || '/' || name || ' ' || summary) gin_trgm_ops)
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql" and has_trigrams():
        op.execute(INDEX)


def has_trigrams() -> bool:
    """Whether the extension is there or can be added; without it searching is slower, and works."""
    try:
        with op.get_bind().begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except sa.exc.DBAPIError:
        return False
    return True


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX IF EXISTS pg_repository_search")
