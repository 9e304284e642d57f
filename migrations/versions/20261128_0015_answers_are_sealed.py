"""answers to repeated requests are sealed"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0015"
down_revision = "20261121_2260"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("idempotency_keys", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    # Names and words in clear. This release knows a key by another hash and would not find them.
    op.execute("DELETE FROM idempotency_keys WHERE answer IS NOT NULL")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM idempotency_keys WHERE sealed IS NOT NULL")  # nobody before could read them
    op.drop_column("idempotency_keys", "sealed")
