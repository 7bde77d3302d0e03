"""Whether everybody may pull the repository of a webhook, which some formats tell.

Rules: it must work while the code of the release before still runs (expand, fill, contract: never two of them
in one release); no lock for longer than seconds; it goes down again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("webhook", sa.Column("public", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("webhook", "public")
