"""what figures count is kept

Compatible with the previous release: yes. `lapor statistics rebuild` counts the reports that are there already.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1308"
down_revision = "20261128_1303"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _reports()
    _steps()


def _reports() -> None:
    op.create_table(
        "counted_reports",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_late", sa.Boolean(), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("supervisory", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archive_reason", sa.Text(), nullable=True),
        sa.Column("responder", sa.Text(), nullable=True),
        sa.Column("speed_seconds", sa.Integer(), nullable=True),
        sa.Column("speed_days", sa.SmallInteger(), nullable=True),
        sa.Column("returns", sa.SmallInteger(), nullable=False),
        sa.Column("returner", sa.Text(), nullable=True),
        sa.Column("moves", sa.SmallInteger(), nullable=False),
        sa.Column("reopened", sa.SmallInteger(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("evidence", sa.SmallInteger(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=True),
        sa.Column("stood", sa.Boolean(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("classification", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.Column("held_by", sa.Text(), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name="counted_reports_pkey"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="counted_reports_report_id_fkey"),
    )
    op.create_index("counted_reports_agency_idx", "counted_reports", ["agency", "received_on"])
    op.create_index("counted_reports_received_on_idx", "counted_reports", ["received_on"])
    op.create_table(
        "counted_before",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_late", sa.Boolean(), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("supervisory", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archive_reason", sa.Text(), nullable=True),
        sa.Column("responder", sa.Text(), nullable=True),
        sa.Column("speed_seconds", sa.Integer(), nullable=True),
        sa.Column("speed_days", sa.SmallInteger(), nullable=True),
        sa.Column("returns", sa.SmallInteger(), nullable=False),
        sa.Column("returner", sa.Text(), nullable=True),
        sa.Column("moves", sa.SmallInteger(), nullable=False),
        sa.Column("reopened", sa.SmallInteger(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("evidence", sa.SmallInteger(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=True),
        sa.Column("stood", sa.Boolean(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("classification", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.Column("held_by", sa.Text(), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "seq", name="counted_before_pkey"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="counted_before_report_id_fkey"),
    )
    op.create_index("counted_before_received_on_idx", "counted_before", ["received_on"])


def _steps() -> None:
    op.create_table(
        "counted_steps",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("opened_seq", sa.Integer(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("step_agency", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("entered_late", sa.Boolean(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("classification", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.Column("held_by", sa.Text(), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "stage", "opened_seq", "part", name="counted_steps_pkey"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="counted_steps_report_id_fkey"),
    )
    op.create_index("counted_steps_stage_idx", "counted_steps", ["stage", "received_on"])
    op.create_index("counted_steps_step_agency_idx", "counted_steps", ["step_agency", "received_on"])


def downgrade() -> None:
    for table in ("counted_steps", "counted_before", "counted_reports"):
        op.drop_table(table)
