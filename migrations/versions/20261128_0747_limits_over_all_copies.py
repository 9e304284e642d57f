"""counts of limits that hold over all copies, unlogged

Compatible with the previous release: yes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0747"
down_revision = "20261128_0731"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "limit_counters",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("exhausted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name="limit_counters_pkey"),
        prefixes=["UNLOGGED"],
    )
    op.create_index("limit_counters_ends_at_idx", "limit_counters", ["ends_at"])
    op.create_index(
        "limit_counters_exhausted_idx",
        "limit_counters",
        ["rule"],
        postgresql_where=sa.text("exhausted_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("limit_counters")
