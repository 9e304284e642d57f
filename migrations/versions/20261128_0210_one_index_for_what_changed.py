"""one index for what changed: that of the events, which `updated_since` asks by now

Compatible with the previous release: yes.
"""

from alembic import op

revision = "20261128_0210"
down_revision = "20261128_0146"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("reports_changed_at_idx", table_name="reports")


def downgrade() -> None:
    op.create_index("reports_changed_at_idx", "reports", ["changed_at"])
