"""Quotas of single namespaces.

Rules: it must work while the code of the release before still runs (expand, fill, contract: never two of them
in one release); no lock for longer than seconds; it goes down again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quota",
        sa.Column("namespace", sa.String(length=64), nullable=False),
        sa.Column("max_bytes", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("namespace", name=op.f("pk_quota")),
    )


def downgrade() -> None:
    op.drop_table("quota")
