"""boundaries"""

from alembic import op

revision = "20261121_2210"
down_revision = "20261121_2200"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
