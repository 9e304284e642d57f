"""who read a report is written down

Compatible with the previous release: yes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0809"
down_revision = "20261128_0747"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "report_reads",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="report_reads_pkey"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="report_reads_report_id_fkey"),
    )
    op.create_index("report_reads_report_id_id_idx", "report_reads", ["report_id", "id"])
    op.create_index("report_reads_read_at_idx", "report_reads", ["read_at"], postgresql_using="brin")
    op.execute(
        "CREATE FUNCTION refuse_changed_read() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'what was read stays as it was written down'; END $$"
    )
    op.execute(
        "CREATE TRIGGER report_reads_stay BEFORE UPDATE ON report_reads"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_changed_read()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("report_reads")
    op.execute("DROP FUNCTION refuse_changed_read()")
