"""calendars and policies that change

Compatible with the previous release: yes. Its clocks have no `days`; they get them with their next computation.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_2010"
down_revision = "20261121_1900"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Fail fast instead of queueing the whole service behind a lock.
    op.execute("SET LOCAL lock_timeout = '5s'")
    instant = sa.DateTime(timezone=True)
    op.add_column("calendars", sa.Column("decree", sa.Text()))
    op.add_column("calendars", sa.Column("superseded_at", instant))
    op.add_column("calendars", sa.Column("activated_at", instant))
    op.add_column("calendars", sa.Column("based_on", sa.Integer()))
    op.create_foreign_key("calendars_based_on_fkey", "calendars", "calendars", ["based_on"], ["id"])
    op.add_column("calendars", sa.Column("created_by", sa.Text()))
    op.add_column("policies", sa.Column("created_by", sa.Text()))
    op.add_column("policies", sa.Column("activated_at", instant))
    op.create_index(
        "policies_effective_from_key",
        "policies",
        ["effective_from"],
        unique=True,
        postgresql_where=sa.text("active"),
        postgresql_nulls_not_distinct=True,
    )
    op.add_column("clocks", sa.Column("days", sa.SmallInteger()))
    _create_agency_limits()
    _create_recomputations()


def _create_agency_limits() -> None:
    op.create_table(
        "agency_limits",
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("legal_basis", sa.Text()),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("days > 0", name=op.f("agency_limits_days_check")),
        sa.ForeignKeyConstraint(["agency_code"], ["agencies.code"], name=op.f("agency_limits_agency_code_fkey")),
        sa.PrimaryKeyConstraint("agency_code", "stage", name=op.f("agency_limits_pkey")),
    )


def _create_recomputations() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "recomputations",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("selection", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("total", sa.Integer()),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("moved", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("refused", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("position", sa.Uuid()),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", instant),
        sa.Column("finished_at", instant),
        sa.CheckConstraint("kind IN ('calendar', 'policy', 'limit')", name=op.f("recomputations_kind_check")),
        sa.CheckConstraint("state IN ('pending', 'running', 'done')", name=op.f("recomputations_state_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("recomputations_pkey")),
    )
    op.create_index(
        "recomputations_unfinished_idx", "recomputations", ["id"], postgresql_where=sa.text("finished_at IS NULL")
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("recomputations")
    op.drop_table("agency_limits")
    op.drop_column("clocks", "days")
    op.drop_index("policies_effective_from_key", "policies")
    op.drop_column("policies", "activated_at")
    op.drop_column("policies", "created_by")
    for column in ("created_by", "based_on", "activated_at", "superseded_at", "decree"):
        op.drop_column("calendars", column)
