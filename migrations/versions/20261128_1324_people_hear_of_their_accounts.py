"""people are told by mail what happens to their accounts, whoever does it and by whatever way

Compatible with the previous release: yes, which tells nobody; what it left is over after three days.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1324"
down_revision = "20261128_1317"
branch_labels = None
depends_on = None

_KINDS = (
    "taken_up", "password", "codes", "passkey", "elsewhere", "address", "locked", "unlocked", "deactivated", "reset",
)  # fmt: skip
# What somebody sets while they take their account up is told once, when it opens.
_OF_ACCOUNT = """
CREATE FUNCTION tell_of_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO account_notices (account_id, kind, email)
    SELECT NEW.id, told.kind, told.email FROM (VALUES
        ('address', OLD.email, OLD.email IS DISTINCT FROM NEW.email),
        ('address', NEW.email, OLD.email IS DISTINCT FROM NEW.email),
        ('taken_up', NEW.email, OLD.state = 'invited' AND NEW.state = 'active'),
        ('password', NEW.email, OLD.state = 'active' AND NEW.password_hash IS NOT NULL
            AND NEW.password_hash IS DISTINCT FROM OLD.password_hash),
        ('codes', NEW.email, OLD.state = 'active' AND NEW.totp_secret IS NOT NULL
            AND NEW.totp_secret IS DISTINCT FROM OLD.totp_secret),
        ('locked', NEW.email, OLD.state <> 'locked' AND NEW.state = 'locked'),
        ('unlocked', NEW.email, OLD.state = 'locked' AND NEW.state = 'active'),
        ('deactivated', NEW.email, OLD.state <> 'deactivated' AND NEW.state = 'deactivated'),
        ('reset', NEW.email, OLD.password_hash IS NOT NULL AND NEW.password_hash IS NULL)
    ) AS told (kind, email, holds) WHERE told.holds AND told.email IS NOT NULL;
    RETURN NULL;
END $$
"""
_OF_PROOF = """
CREATE FUNCTION tell_of_proof() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO account_notices (account_id, kind, email)
    SELECT id, TG_ARGV[0], email FROM accounts
    WHERE id = NEW.account_id AND kind = 'person' AND email IS NOT NULL AND state = ANY(TG_ARGV[1]::text[]);
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    now = sa.text("clock_timestamp()")
    op.create_table(
        "account_notices",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column(
            "expires_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp() + interval '3 days'"),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            f"kind IN ({', '.join(repr(kind) for kind in _KINDS)})", name="account_notices_notice_kind_check"
        ),
        sa.PrimaryKeyConstraint("id", name="account_notices_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="account_notices_account_id_fkey"),
    )  # fmt: skip
    op.create_index("account_notices_due_at_idx", "account_notices", ["due_at"])
    op.execute(_OF_ACCOUNT)
    op.execute(_OF_PROOF)
    op.execute(
        "CREATE TRIGGER tell_person AFTER UPDATE OF email, password_hash, totp_secret, state ON accounts FOR EACH ROW "
        "WHEN (NEW.kind = 'person') EXECUTE FUNCTION tell_of_account()"
    )
    op.execute(
        "CREATE TRIGGER tell_person AFTER INSERT ON passkeys FOR EACH ROW "
        "EXECUTE FUNCTION tell_of_proof('passkey', '{active}')"
    )
    op.execute(
        "CREATE TRIGGER tell_person AFTER INSERT OR UPDATE ON claim_mappings FOR EACH ROW "
        "EXECUTE FUNCTION tell_of_proof('elsewhere', '{invited,active,locked}')"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("claim_mappings", "passkeys", "accounts"):
        op.execute(f"DROP TRIGGER tell_person ON {table}")
    op.execute("DROP FUNCTION tell_of_proof()")
    op.execute("DROP FUNCTION tell_of_account()")
    op.drop_table("account_notices")
