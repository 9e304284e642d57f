"""chores"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0029"
down_revision = "20261128_0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "chores",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("is_long", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("chores_report_id_fkey")),
        sa.PrimaryKeyConstraint("report_id", "task", name=op.f("chores_pkey")),
    )
    op.create_index("chores_due_idx", "chores", ["task", "is_long", "next_attempt_at", "report_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("chores")
