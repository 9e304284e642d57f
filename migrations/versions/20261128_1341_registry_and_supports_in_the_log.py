"""the ends of the registry's log and of the logs of supports are in the transparency log

Compatible with the previous release: yes, whose audit does not know the new leaves.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1341"
down_revision = "20261128_1332"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "checkpoints", sa.Column("registry_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.create_table(
        "logged_supports",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name="logged_supports_pkey"),
        sa.UniqueConstraint("commitment", name="logged_supports_commitment_key"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("logged_supports")
    op.drop_column("checkpoints", "registry_seq")
