"""text messages are taken once, and their parts are kept until they are whole

Compatible with the previous release: yes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1705"
down_revision = "20261128_1701"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "text_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("sender_index", sa.LargeBinary(), nullable=False),
        sa.Column("words_index", sa.LargeBinary(), nullable=False),
        sa.Column("became", sa.Text(), nullable=False),
        sa.Column("repeats", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="text_messages_pkey"),
        sa.UniqueConstraint("gateway", "reference", name="text_messages_gateway_reference_key"),
    )
    op.create_index("text_messages_sender_index_idx", "text_messages", ["sender_index", "taken_at"])
    op.create_index("text_messages_taken_at_idx", "text_messages", ["taken_at"])
    op.create_table(
        "text_message_parts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("sender_index", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("total", sa.SmallInteger(), nullable=False),
        sa.Column("seq", sa.SmallInteger(), nullable=False),
        sa.Column("sealed_sender", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(sealed_sender, sealed_words, wrapped_key, key_id) IN (0, 4)",
            name="text_message_parts_sealed_check",
        ),
        sa.CheckConstraint("seq BETWEEN 1 AND total", name="text_message_parts_seq_check"),
        sa.PrimaryKeyConstraint("id", name="text_message_parts_pkey"),
        sa.UniqueConstraint("message_id", "seq", name="text_message_parts_message_id_seq_key"),
        sa.UniqueConstraint("gateway", "reference", name="text_message_parts_gateway_reference_key"),
    )
    op.create_index("text_message_parts_sender_index_idx", "text_message_parts", ["sender_index", "taken_at"])
    op.create_index(
        "text_message_parts_waiting_idx",
        "text_message_parts",
        ["taken_at"],
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index("text_message_parts_taken_at_idx", "text_message_parts", ["taken_at"])
    op.create_index(
        "text_message_parts_sealed_idx",
        "text_message_parts",
        ["key_id"],
        postgresql_where=sa.text("key_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("text_message_parts")
    op.drop_table("text_messages")
