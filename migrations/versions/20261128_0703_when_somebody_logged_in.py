"""when somebody logged in, for codes and families; the registry's log takes accounts

Compatible with the previous release: yes.
"""

from alembic import op

revision = "20261128_0703"
down_revision = "20261128_0653"
branch_labels = None
depends_on = None

_TABLES = ("authorization_codes", "token_families")
# It took away an array within an array, which PostgreSQL refuses: no account could be stored.
_DOCUMENT = """
CREATE OR REPLACE FUNCTION registry_document(subject text, entry jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
PARALLEL SAFE RETURN
    CASE subject
    WHEN 'officers' THEN jsonb_build_object(
        'id', entry->'id', 'agency_code', entry->'agency_code', 'role', entry->'role', 'active', entry->'active',
        'language', entry->'language', 'person', salted_digest(decode(substr(entry->>'salt', 3), 'hex'),
            'officer', entry->>'name', entry->>'email', entry->>'subject'))
    WHEN 'routing_models' THEN (entry - 'blob') || jsonb_build_object(
        'digest', encode(sha256(convert_to(entry->>'blob', 'UTF8')), 'hex'))
    WHEN 'accounts' THEN
        (entry - '{name,email,salt,password_hash,totp_secret,totp_step,changed_at}'::text[])
        || jsonb_build_object('person', salted_digest(decode(substr(entry->>'salt', 3), 'hex'),
            'account', entry->>'name', entry->>'email'))
    WHEN 'claim_mappings' THEN jsonb_build_object('account_id', entry->'account_id', 'issuer', entry->'issuer',
        'claim', entry->'claim')
    ELSE entry END
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(_DOCUMENT)
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN authenticated_at timestamptz NOT NULL DEFAULT now()")


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "authenticated_at")
