"""background computations"""

from alembic import op

revision = "20261121_2030"
down_revision = "20261121_2020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Fail fast instead of queueing the whole service behind a lock.
    op.execute("SET LOCAL lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
