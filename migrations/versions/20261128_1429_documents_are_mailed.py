"""documents of figures are mailed once, and figures of an agency found by it

Compatible with the previous release: yes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1429"
down_revision = "20261128_1422"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "document_mails",
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("officer_id", "document", "first_day", name="document_mails_pkey"),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name="document_mails_officer_id_fkey"),
    )
    op.create_index("counted_reports_responder_idx", "counted_reports", ["responder", "received_on"])
    op.create_index("counted_before_agency_idx", "counted_before", ["agency", "received_on"])


def downgrade() -> None:
    op.drop_index("counted_before_agency_idx", table_name="counted_before")
    op.drop_index("counted_reports_responder_idx", table_name="counted_reports")
    op.drop_table("document_mails")
