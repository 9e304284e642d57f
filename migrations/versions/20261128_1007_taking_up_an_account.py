"""who takes up an account sets its second proof by the link of the invitation, and not by the password alone

Compatible with the previous release: yes.
"""

from alembic import op

revision = "20261128_1007"
down_revision = "20261128_1001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE login_sessions ADD COLUMN invitation_hash bytea")


def downgrade() -> None:
    """The previous release would let these in by their password alone: they begin anew by their link."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM login_sessions WHERE invitation_hash IS NOT NULL")
    op.execute("ALTER TABLE login_sessions DROP COLUMN invitation_hash")
