"""figures are added up by months

Compatible with the previous release: yes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_1701"
down_revision = "20261128_1652"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "figure_marks",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="figure_marks_pkey"),
    )
    op.create_table(
        "figure_months",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("changes_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("first_day", name="figure_months_pkey"),
    )
    op.create_table(
        "figure_sums",
        sa.Column("told_by", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("sums", postgresql.ARRAY(sa.Float()), nullable=False),
        sa.PrimaryKeyConstraint("told_by", "stage", "first_day", "key", name="figure_sums_pkey"),
    )
    op.create_table(
        "figure_spreads",
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("told_by", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("median", sa.Float(), nullable=False),
        sa.Column("p90", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("indicator", "told_by", "first_day", "last_day", "key", name="figure_spreads_pkey"),
    )
    op.create_table(
        "figure_state",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="figure_state_pkey"),
    )
    op.create_index(
        "counted_reports_open_idx",
        "counted_reports",
        ["received_on"],
        postgresql_where=sa.text("status NOT IN ('closed', 'archived', 'withdrawn', 'merged')"),
    )


def downgrade() -> None:
    op.drop_index("counted_reports_open_idx", table_name="counted_reports")
    for table in ("figure_state", "figure_spreads", "figure_sums", "figure_months", "figure_marks"):
        op.drop_table(table)
