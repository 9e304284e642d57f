"""what is open and what runs out is counted from two indexes alone, and the whole work list comes in its order

Compatible with the previous release: yes. On a large database build all three before the upgrade, without a lock, by
CREATE INDEX CONCURRENTLY under the names that stand here; it drops the two of the day before.
"""

from alembic import op

revision = "20261128_1729"
down_revision = "20261128_1707"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "CREATE INDEX IF NOT EXISTS reports_open_idx ON reports (holder_agency_code, status) "
        "INCLUDE (id, holder_level) WHERE status IN "
        "('answered', 'assigned', 'awaiting_reporter', 'in_progress', 'received', 'verified')"
    )
    op.execute(
        "CREATE INDEX IF NOT EXISTS clocks_running_due_idx ON clocks (stage, due_at, report_id) "
        "INCLUDE (started_at, on_due) WHERE state = 'running' AND due_at IS NOT NULL"
    )
    op.execute("CREATE INDEX IF NOT EXISTS reports_received_at_idx ON reports (received_at, id)")
    op.execute("DROP INDEX IF EXISTS reports_at_work_idx")
    op.execute("DROP INDEX IF EXISTS clocks_running_stage_idx")


def downgrade() -> None:
    op.execute(
        "CREATE INDEX IF NOT EXISTS reports_at_work_idx ON reports (holder_agency_code, status) "
        "WHERE status IN ('received', 'verified', 'assigned', 'in_progress', 'awaiting_reporter')"
    )
    op.execute(
        "CREATE INDEX IF NOT EXISTS clocks_running_stage_idx ON clocks (stage, due_at, report_id) "
        "WHERE state = 'running' AND due_at IS NOT NULL"
    )
    op.drop_index("reports_received_at_idx", table_name="reports")
    op.drop_index("clocks_running_due_idx", table_name="clocks")
    op.drop_index("reports_open_idx", table_name="reports")
