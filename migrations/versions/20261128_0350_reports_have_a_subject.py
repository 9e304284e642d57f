"""reports have a subject: what a citizen picked in plain words, and a verifier may set right

Compatible with the previous release: yes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0350"
down_revision = "20261128_0334"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("reports", sa.Column("subject_code", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("reports", "subject_code")
