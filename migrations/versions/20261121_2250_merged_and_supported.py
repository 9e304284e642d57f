"""merged and supported"""

import sqlalchemy as sa
from alembic import op

revision = "20261121_2250"
down_revision = "20261121_2240"
branch_labels = None
depends_on = None

_STATUSES = (
    "received", "verified", "assigned", "in_progress", "answered", "closed", "awaiting_reporter", "archived",
    "withdrawn", "merged",
)  # fmt: skip


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _extend_the_reports()
    op.create_table(
        "report_supports",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("supporter_hash", sa.LargeBinary(), nullable=False),
        sa.Column("supported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("report_supports_report_id_fkey")),
        sa.PrimaryKeyConstraint("report_id", "supporter_hash", name=op.f("report_supports_pkey")),
    )
    op.create_index("report_supports_supporter_hash_idx", "report_supports", ["supporter_hash", "supported_at"])


def _extend_the_reports() -> None:
    op.add_column("reports", sa.Column("merged_into", sa.Uuid()))
    op.add_column(
        "reports",
        sa.Column("merged_from", sa.Enum(*_STATUSES, native_enum=False, length=24, name="merged_from")),
    )
    op.add_column("reports", sa.Column("merged_at", sa.DateTime(timezone=True)))
    op.create_foreign_key(op.f("reports_merged_into_fkey"), "reports", "reports", ["merged_into"], ["id"])
    listed = ", ".join(f"'{status}'" for status in _STATUSES)
    op.create_check_constraint(op.f("reports_merged_from_check"), "reports", f"merged_from IN ({listed})")
    op.create_check_constraint(
        op.f("reports_merged_check"),
        "reports",
        "num_nonnulls(merged_into, merged_from, merged_at) = CASE status WHEN 'merged' THEN 3 ELSE 0 END",
    )
    op.create_check_constraint(op.f("reports_merged_into_another_check"), "reports", "merged_into <> id")
    op.create_index(
        "reports_merged_into_idx",
        "reports",
        ["merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index(
        "reports_place_idx",
        "reports",
        ["latitude", "longitude"],
        postgresql_where=sa.text("latitude IS NOT NULL AND status NOT IN ('archived', 'withdrawn', 'merged')"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("report_supports")
    op.drop_index("reports_place_idx", "reports")
    for column in ("merged_at", "merged_from", "merged_into"):
        op.drop_column("reports", column)
