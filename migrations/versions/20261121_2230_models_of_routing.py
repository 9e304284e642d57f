"""models of routing"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_2230"
down_revision = "20261121_2220"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "routing_models",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="candidate", nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("metrics", postgresql.JSONB(), nullable=False),
        sa.Column("trained_on", postgresql.JSONB(), nullable=False),
        sa.Column("trained_by", sa.Text(), nullable=False),
        sa.Column("trained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("compared_with", sa.BigInteger()),
        sa.Column("activated_by", sa.Text()),
        sa.Column("activated_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("routing_models_pkey")),
        sa.ForeignKeyConstraint(
            ["compared_with"], ["routing_models.id"], name=op.f("routing_models_compared_with_fkey")
        ),
        sa.CheckConstraint("state IN ('candidate', 'active', 'retired')", name=op.f("routing_models_state_check")),
        sa.CheckConstraint(
            "(state = 'candidate') = (activated_at IS NULL)", name=op.f("routing_models_activation_check")
        ),
    )
    op.create_index(
        "routing_models_active_key",
        "routing_models",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.execute("ALTER TABLE routing_models ALTER COLUMN blob SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("routing_models")
