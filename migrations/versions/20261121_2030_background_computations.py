"""background computations"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_2030"
down_revision = "20261121_2020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Fail fast instead of queueing the whole service behind a lock.
    op.execute("SET LOCAL lock_timeout = '5s'")
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "simulations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("total", sa.Integer()),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("refused", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("position", sa.Uuid()),
        sa.Column("result", postgresql.JSONB(), nullable=False),
        sa.Column("as_of", instant, nullable=False),
        sa.Column("created_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", instant),
        sa.Column("finished_at", instant),
        sa.CheckConstraint("state IN ('pending', 'running', 'done', 'failed')", name=op.f("simulations_state_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("simulations_pkey")),
    )
    op.create_index(
        "simulations_unfinished_idx", "simulations", ["id"], postgresql_where=sa.text("finished_at IS NULL")
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("simulations")
