"""escalations reach people"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_2020"
down_revision = "20261121_2010"
branch_labels = None
depends_on = None

ROLES = (
    "liaison_officer",
    "agency_head",
    "coordinator",
    "regional_secretary",
    "inspectorate",
    "regional_head",
    "national_admin",
)
STATES = ("pending", "sent", "parked", "dropped")
WHEN = sa.DateTime(timezone=True)
UNADDRESSED = "notify AND addressed_at IS NULL AND revoked_at IS NULL"
OF_REGIONAL_HEADS = "recipients LIKE '%regional_head%' AND revoked_at IS NULL"


def code(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    # Fail fast instead of queueing the whole service behind a lock.
    op.execute("SET LOCAL lock_timeout = '5s'")
    _officers()
    _escalations()
    _acknowledgements()
    _reprimands()
    _notifications()


def _officers() -> None:
    op.create_table(
        "officers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=True),
        sa.Column("role", code("officer_role", *ROLES), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", code("language", "id", "en"), server_default="id", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", WHEN, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(role = 'national_admin') = (agency_code IS NULL)", name=op.f("officers_national_check")),
        sa.ForeignKeyConstraint(["agency_code"], ["agencies.code"], name=op.f("officers_agency_code_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("officers_pkey")),
    )
    columns: list[sa.TextClause | str] = [sa.text("coalesce(agency_code, '')"), "role", sa.text("lower(email)")]
    op.create_index("officers_agency_code_role_key", "officers", columns, unique=True)


def _escalations() -> None:
    # What was escalated before counts as told: nobody gets mails about the past. A default that is not of a row is
    # stored once, so that the table is not written anew.
    op.add_column("escalations", sa.Column("addressed_at", WHEN, server_default=sa.text("now()"), nullable=True))
    op.alter_column("escalations", "addressed_at", server_default=None)
    op.create_index(
        "escalations_unaddressed_idx", "escalations", ["recorded_at", "id"], postgresql_where=sa.text(UNADDRESSED)
    )
    op.create_index(
        "escalations_regional_head_idx", "escalations", ["recorded_at"], postgresql_where=sa.text(OF_REGIONAL_HEADS)
    )


def _acknowledgements() -> None:
    op.create_table(
        "acknowledgements",
        sa.Column("escalation_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["escalation_id"], ["escalations.id"], name=op.f("acknowledgements_escalation_id_fkey")
        ),
        sa.PrimaryKeyConstraint("escalation_id", name=op.f("acknowledgements_pkey")),
    )


def _reprimands() -> None:
    op.create_table(
        "reprimands",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("compiled_at", WHEN, nullable=False),
        sa.Column("compiled_by", sa.Text(), nullable=False),
        sa.Column("cases", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("reprimands_period_check")),
        sa.ForeignKeyConstraint(["agency_code"], ["agencies.code"], name=op.f("reprimands_agency_code_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("reprimands_pkey")),
        sa.UniqueConstraint(
            "agency_code", "first_day", "last_day", name=op.f("reprimands_agency_code_first_day_last_day_key")
        ),
    )


def _notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("escalation_id", sa.Uuid(), nullable=True),
        sa.Column("reprimand_id", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("state", code("notification_state", *STATES), server_default="pending", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", WHEN, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", WHEN, nullable=False),
        sa.Column("settled_at", WHEN, nullable=True),
        sa.CheckConstraint("num_nonnulls(escalation_id, reprimand_id) = 1", name=op.f("notifications_subject_check")),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name=op.f("notifications_escalation_id_fkey")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("notifications_officer_id_fkey")),
        sa.ForeignKeyConstraint(["reprimand_id"], ["reprimands.id"], name=op.f("notifications_reprimand_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("notifications_pkey")),
        sa.UniqueConstraint("escalation_id", "officer_id", name=op.f("notifications_escalation_id_officer_id_key")),
        sa.UniqueConstraint("reprimand_id", "officer_id", name=op.f("notifications_reprimand_id_officer_id_key")),
    )
    op.create_index(
        "notifications_pending_idx", "notifications", ["next_attempt_at"], postgresql_where=sa.text("state = 'pending'")
    )
    op.create_index("notifications_officer_id_created_at_idx", "notifications", ["officer_id", "created_at"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("notifications", "reprimands", "acknowledgements"):
        op.drop_table(table)
    for index in ("escalations_regional_head_idx", "escalations_unaddressed_idx"):
        op.drop_index(index, "escalations")
    op.drop_column("escalations", "addressed_at")
    op.drop_table("officers")
