"""a session at the pages of officers is a family of tokens without a system

Compatible with the previous release: yes.
"""

from alembic import op

revision = "20261128_1317"
down_revision = "20261128_1308"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.alter_column("token_families", "client_id", nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM token_families WHERE client_id IS NULL")
    op.alter_column("token_families", "client_id", nullable=False)
