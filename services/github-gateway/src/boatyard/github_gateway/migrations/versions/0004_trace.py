"""The trace that a delivery belongs to.

Rules: it must work while the code of the release before still runs (expand, fill, contract: never two of them
in one release); no lock for longer than seconds; it goes down again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("trace", sa.String(length=55), nullable=True))


def downgrade() -> None:
    op.drop_column("delivery", "trace")
