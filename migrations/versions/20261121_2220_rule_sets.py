"""rule sets"""

from alembic import op

revision = "20261121_2220"
down_revision = "20261121_2210"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
