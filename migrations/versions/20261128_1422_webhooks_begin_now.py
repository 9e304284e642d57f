"""a webhook begins when it is made, whatever transactions are open

Compatible with the previous release: yes, whose webhooks have no snapshot.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1422"
down_revision = "20261128_1357"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("webhooks", sa.Column("since_snapshot", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("webhooks", "since_snapshot")
