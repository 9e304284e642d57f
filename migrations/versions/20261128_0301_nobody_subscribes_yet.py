"""nobody subscribes yet: two tables that nothing reads or writes go"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_0301"
down_revision = "20261128_0210"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("deliveries")
    op.drop_table("subscribers")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    now = sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
    op.create_table(
        "subscribers",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("agency_code", sa.Text(), sa.ForeignKey("agencies.code", name="subscribers_agency_code_fkey")),
        sa.Column("types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("feed_transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("feed_event_id", sa.Uuid(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        now,
    )
    op.create_table(
        "deliveries",
        sa.Column("subscriber_id", sa.Uuid(), sa.ForeignKey("subscribers.id", name="deliveries_subscriber_id_fkey")),
        sa.Column("event_id", sa.Uuid()),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("subscriber_id", "event_id", name="deliveries_pkey"),
    )
    op.create_index("deliveries_pending_idx", "deliveries", ["next_attempt_at"], postgresql_where="parked_at IS NULL")
    op.create_index("deliveries_report_id_seq_idx", "deliveries", ["subscriber_id", "report_id", "seq"])
