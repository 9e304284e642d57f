"""running deadlines are found by when they were last set

Compatible with the previous release: yes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1036"
down_revision = "20261128_1028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index("clocks_changed_at_idx", "clocks", ["changed_at"], postgresql_where=sa.text("state = 'running'"))


def downgrade() -> None:
    op.drop_index("clocks_changed_at_idx", table_name="clocks")
