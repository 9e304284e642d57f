"""officers choose how they hear of a report

Compatible with the previous release: yes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1111"
down_revision = "20261128_1056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("officers", sa.Column("news", sa.String(24), server_default=sa.text("'at_once'"), nullable=False))
    op.create_check_constraint(op.f("officers_news_choice_check"), "officers", "news IN ('at_once', 'digest')")


def downgrade() -> None:
    op.drop_column("officers", "news")
