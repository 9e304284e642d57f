"""evidence is looked through, reviewed and shown with answers

Compatible with the previous release: yes.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_1020"
down_revision = "20261128_1007"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("remarks", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("covering", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("said_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("told_taken_at", sa.Text(), nullable=True),
        sa.Column("told_latitude", sa.Double(), nullable=True),
        sa.Column("told_longitude", sa.Double(), nullable=True),
    ]


def _variants(*values: str) -> None:
    op.drop_constraint(op.f("renditions_variant_check"), "renditions")
    named = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f("renditions_variant_check"), "renditions", f"variant IN ({named})")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _variants("original", "clean", "public", "large", "small")
    for column in _columns():
        op.add_column("evidence", column)
    op.create_table(
        "evidence_reviews",
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("covered", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("covering", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("evidence_id", name="evidence_reviews_pkey"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="evidence_reviews_evidence_id_fkey"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="evidence_reviews_report_id_fkey"),
    )
    op.create_index("evidence_reviews_report_id_idx", "evidence_reviews", ["report_id"])
    covered = sa.text("covering > 0")
    op.create_index("evidence_reviews_covering_idx", "evidence_reviews", ["changed_at"], postgresql_where=covered)
    op.create_table(
        "message_evidence",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", "evidence_id", name="message_evidence_pkey"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="message_evidence_message_id_fkey"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="message_evidence_evidence_id_fkey"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="message_evidence_report_id_fkey"),
    )
    op.create_index("message_evidence_evidence_id_idx", "message_evidence", ["evidence_id"])
    op.create_index("message_evidence_report_id_idx", "message_evidence", ["report_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("message_evidence")
    op.drop_table("evidence_reviews")
    for column in _columns():
        op.drop_column("evidence", column.name)
    op.execute("DELETE FROM renditions WHERE variant = 'clean'")
    _variants("original", "public", "large", "small")
