"""who gets in: accounts, their proofs, what the issuer gave out; changes of them are in the registry's log

Compatible with the previous release: yes.
"""

from pathlib import Path

from alembic import op

revision = "20261128_0637"
down_revision = "20261128_0614"
branch_labels = None
depends_on = None

_TABLES = (
    "refresh_tokens", "token_families", "authorization_codes", "login_sessions", "claim_mappings", "client_keys",
    "client_secrets", "passkeys", "invitations", "accounts", "used_assertions", "revoked_tokens",
)  # fmt: skip
_LOGGED = {
    "accounts": "t.id",
    "client_keys": "t.account_id || '/' || t.kid",
    "claim_mappings": "t.issuer || '|' || t.claim || '|' || t.value",
}

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
    {accounts}
    ELSE entry END
"""
_ACCOUNTS = """
    WHEN 'accounts' THEN (entry - '{{name,email,salt,password_hash,totp_secret,totp_step,changed_at}}'::text[])
        || jsonb_build_object('person', salted_digest(decode(substr(entry->>'salt', 3), 'hex'),
            'account', entry->>'name', entry->>'email'))
    WHEN 'claim_mappings' THEN jsonb_build_object('account_id', entry->'account_id', 'issuer', entry->'issuer',
        'claim', entry->'claim')
"""
_CHANGED = """
CREATE FUNCTION note_account_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in (Path(__file__).parent.parent / "access.sql").read_text().split(";\n"):
        op.get_bind().exec_driver_sql(statement.rstrip(";"))
    op.execute(_CHANGED)
    op.execute(
        "CREATE TRIGGER note_change BEFORE UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION note_account_change()"
    )
    op.execute(_DOCUMENT.format(accounts=_ACCOUNTS))
    for table, key in _LOGGED.items():
        for name, rows in (
            ("insert", "NEW TABLE AS new_rows"),
            ("update", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
            ("delete", "OLD TABLE AS old_rows"),
        ):
            op.get_bind().exec_driver_sql(
                f"CREATE TRIGGER log_{name} AFTER {name.upper()} ON {table} REFERENCING {rows} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION log_registry_change({_quoted(key)}, '')"
            )
    _add_to_state(
        " UNION ALL "
        + " UNION ALL ".join(
            f"SELECT '{table}', {key}, registry_document('{table}', to_jsonb(t)) FROM {table} t"
            for table, key in _LOGGED.items()
        )
        + " "
    )


def downgrade() -> None:
    _add_to_state(None)
    for table in _TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION note_account_change()")
    op.execute(_DOCUMENT.format(accounts=""))


def _add_to_state(more: str | None) -> None:
    """None: take away what was added. The log's picture of the registry as it is now."""
    body = "trim(prosrc) || more" if more else "split_part(prosrc, ' UNION ALL SELECT ''accounts''', 1) || more"
    op.get_bind().exec_driver_sql(
        f"""
        DO $do$
        DECLARE more text := {_quoted(more or " ")}; body text;
        BEGIN
            SELECT ' ' || {body} INTO body FROM pg_proc WHERE proname = 'registry_state';
            EXECUTE format('CREATE OR REPLACE FUNCTION registry_state() RETURNS TABLE (subject text, key text, '
                'document jsonb) LANGUAGE sql STABLE SET timezone = ''UTC'' AS %L', body);
        END $do$
        """
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
