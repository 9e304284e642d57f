"""invitations wait to be mailed

Compatible with the previous release: yes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0828"
down_revision = "20261128_0826"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "invitation_mails",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('invite', 'reset')", name="invitation_mails_invitation_kind_check"),
        sa.PrimaryKeyConstraint("account_id", name="invitation_mails_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="invitation_mails_account_id_fkey"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("invitation_mails")
