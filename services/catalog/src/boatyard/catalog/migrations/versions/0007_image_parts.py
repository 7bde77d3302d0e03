"""What the registry says of an image when it is pushed, so that its manifest need not be read.

Rules: it must work while the code of the release before still runs (expand, fill, contract: never two of them
in one release); no lock for longer than seconds; it goes down again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("manifest", sa.Column("config_digest", sa.String(length=140), nullable=True))
    op.add_column("manifest", sa.Column("config_size", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("manifest", "config_size")
    op.drop_column("manifest", "config_digest")
