"""An index that finds a part of a tag's name in a repository that has very many, on PostgreSQL.

Rules: it must work while the code of the release before still runs (expand, fill, contract: never two of them
in one release); no lock for longer than seconds; it goes down again.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

HAS_TRIGRAMS = "SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'"
# Kept up at once: what is put off for later (fastupdate), every search has to read through.
INDEX = """
CREATE INDEX IF NOT EXISTS pg_tag_search ON tag USING gin (lower(name) gin_trgm_ops) WITH (fastupdate = off)
"""


def upgrade() -> None:
    database = op.get_bind()
    if database.dialect.name == "postgresql" and database.exec_driver_sql(HAS_TRIGRAMS).first():
        op.execute(INDEX)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX IF EXISTS pg_tag_search")
