"""answers are put right, instansi verify their own, supports follow a merge"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0040"
down_revision = "20261128_0031"
branch_labels = None
depends_on = None

# Of a report and of all that is merged into it, each person once. UNION ends a loop in the data.
_SUPPORTS_OF = """
CREATE FUNCTION supports_of(report uuid) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH RECURSIVE family AS (
        SELECT report AS id
        UNION
        SELECT r.id FROM reports r JOIN family f ON r.merged_into = f.id
    )
    SELECT count(DISTINCT s.supporter_hash) FROM family f JOIN report_supports s ON s.report_id = f.id
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for switch in ("own_verification", "automatic_assignment"):
        op.add_column("agencies", sa.Column(switch, sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("messages", sa.Column("corrects", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("messages_corrects_fkey"), "messages", "messages", ["corrects"], ["id"])
    op.create_index(
        "messages_corrects_key",
        "messages",
        ["corrects"],
        unique=True,
        postgresql_where=sa.text("corrects IS NOT NULL"),
    )
    op.execute(_SUPPORTS_OF)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION supports_of(uuid)")
    op.drop_column("messages", "corrects")
    for switch in ("automatic_assignment", "own_verification"):
        op.drop_column("agencies", switch)
