"""what waits at a desk is found by an index, and what ends first of one kind of deadline

Compatible with the previous release: yes. On a large database build both before the upgrade, without a lock, by CREATE
INDEX CONCURRENTLY under the names that stand here.
"""

from alembic import op

revision = "20261128_1652"
down_revision = "20261128_1629"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "CREATE INDEX IF NOT EXISTS reports_at_work_idx ON reports (holder_agency_code, status) "
        "WHERE status IN ('received', 'verified', 'assigned', 'in_progress', 'awaiting_reporter')"
    )
    op.execute(
        "CREATE INDEX IF NOT EXISTS clocks_running_stage_idx ON clocks (stage, due_at, report_id) "
        "WHERE state = 'running' AND due_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_index("clocks_running_stage_idx", table_name="clocks")
    op.drop_index("reports_at_work_idx", table_name="reports")
