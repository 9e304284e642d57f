"""answers are masked anew: their masks and the version of the masking"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_0046"
down_revision = "20261128_0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What the release before writes has version 0, so that it is masked anew."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("messages", sa.Column("masks", postgresql.JSONB()))
    op.add_column("messages", sa.Column("masking", sa.SmallInteger(), server_default=sa.text("0"), nullable=False))
    op.create_index("messages_kind_idx", "messages", ["kind", "masking"])
    op.create_index("public_texts_masking_idx", "public_texts", ["masking"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("public_texts_masking_idx", "public_texts")
    op.drop_index("messages_kind_idx", "messages")
    op.drop_column("messages", "masking")
    op.drop_column("messages", "masks")
