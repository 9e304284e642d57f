"""reporters hear what happens to their reports

Compatible with the previous release: yes. The reader of the log begins where the log ends now: nobody is told of what
happened before.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0952"
down_revision = "20261128_0930"
branch_labels = None
depends_on = None

_KINDS = (
    "received", "verified", "passed_on", "question", "answered", "closing_soon", "closed", "archived", "escalated",
    "consent_asked", "identity_viewed", "merged",
)  # fmt: skip
_CHANNELS = ("webhook", "email", "sms", "whatsapp")
_STATES = ("pending", "told", "not_told")


def _one_of(column: str, codes: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(code) for code in codes)})"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "reporter_notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("channel", sa.String(24), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_one_of("kind", _KINDS), name="reporter_notifications_news_kind_check"),
        sa.CheckConstraint(_one_of("state", _STATES), name="reporter_notifications_news_state_check"),
        sa.CheckConstraint(_one_of("channel", _CHANNELS), name="reporter_notifications_news_channel_check"),
        sa.CheckConstraint("(state = 'pending') = (settled_at IS NULL)", name="reporter_notifications_settled_check"),
        sa.CheckConstraint("(state = 'not_told') = (reason IS NOT NULL)", name="reporter_notifications_reason_check"),
        sa.PrimaryKeyConstraint("id", name="reporter_notifications_pkey"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="reporter_notifications_report_id_fkey"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="reporter_notifications_event_id_fkey"),
        sa.UniqueConstraint("report_id", "event_id", "kind", name="reporter_notifications_report_id_event_id_kind_key"),
    )
    op.create_index(
        "reporter_notifications_pending_idx",
        "reporter_notifications",
        ["next_attempt_at"],
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "reporter_notifications_message_id_idx",
        "reporter_notifications",
        ["message_id"],
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )
    op.create_index(
        "reporter_notifications_created_at_idx", "reporter_notifications", ["created_at"], postgresql_using="brin"
    )
    op.create_table(
        "news_position",
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reader", name="news_position_pkey"),
    )
    op.execute(
        "INSERT INTO news_position (reader, transaction_id, event_id, read_at) SELECT 'reporters',"
        " pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1, 'ffffffff-ffff-ffff-ffff-ffffffffffff', now()"
    )
    op.create_table(
        "news_choices",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name="news_choices_pkey"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="news_choices_report_id_fkey"),
    )
    op.create_table(
        "mail_stops",
        sa.Column("address_index", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address_index", name="mail_stops_pkey"),
    )
    op.create_table(
        "news_templates",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(subject IS NULL) = (body IS NULL)", name="news_templates_whole_check"),
        sa.PrimaryKeyConstraint("kind", "language", "version", name="news_templates_pkey"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in ("news_templates", "mail_stops", "news_choices", "news_position", "reporter_notifications"):
        op.drop_table(name)
