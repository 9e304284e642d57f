"""mappings of somebody else's issuer have ids; the registry's log names them by these, and no value any more

Compatible with the previous release: yes.
"""

from alembic import op

revision = "20261128_0826"
down_revision = "20261128_0809"
branch_labels = None
depends_on = None

_WITH_VALUE = "t.issuer || '|' || t.claim || '|' || t.value"
_ID = "t.id::text"
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
        'claim', entry->'claim'[person])
    ELSE entry END
"""
# Who changes a value by hand takes over an account: the log has to show that, without the value.
_PERSON = """, 'person', salted_digest(decode(substr(entry->>'salt', 3), 'hex'), 'claim_mapping', entry->>'value')"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _take_out()
    op.execute(
        "ALTER TABLE claim_mappings ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(), "
        "ADD COLUMN salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()), "
        "ADD CONSTRAINT claim_mappings_id_key UNIQUE (id)"
    )
    _log_by(_ID, instead_of=_WITH_VALUE, person=_PERSON)
    _put_in()


def downgrade() -> None:
    _take_out()
    _log_by(_WITH_VALUE, instead_of=_ID, person="")
    op.drop_constraint("claim_mappings_id_key", "claim_mappings")
    op.drop_column("claim_mappings", "id")
    op.drop_column("claim_mappings", "salt")
    _put_in()


def _take_out() -> None:
    """What is there ends in the log under the key that it has there."""
    op.execute("SET LOCAL lapor.actor = 'process:migrate'")  # nobody does it by hand
    op.execute("LOCK TABLE claim_mappings IN ACCESS EXCLUSIVE MODE")
    op.execute(
        "CREATE TEMPORARY TABLE kept_mappings ON COMMIT DROP AS "
        "SELECT issuer, claim, value, account_id, created_at FROM claim_mappings"
    )
    op.execute("DELETE FROM claim_mappings")


def _put_in() -> None:
    op.execute(
        "INSERT INTO claim_mappings (issuer, claim, value, account_id, created_at) "
        "SELECT issuer, claim, value, account_id, created_at FROM kept_mappings"
    )
    op.execute("DROP TABLE kept_mappings")


def _log_by(key: str, *, instead_of: str, person: str) -> None:
    run = op.get_bind().exec_driver_sql
    run(_DOCUMENT.replace("[person]", person))
    for name, rows in (
        ("insert", "NEW TABLE AS new_rows"),
        ("update", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
        ("delete", "OLD TABLE AS old_rows"),
    ):
        run(f"DROP TRIGGER log_{name} ON claim_mappings")
        run(
            f"CREATE TRIGGER log_{name} AFTER {name.upper()} ON claim_mappings REFERENCING {rows} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION log_registry_change({_quoted(key)}, '')"
        )
    # As it is otherwise, with the rights that it has.
    before, after = (f"SELECT 'claim_mappings', {one}, registry_document(" for one in (instead_of, key))
    run(
        "DO $do$ BEGIN EXECUTE replace(pg_get_functiondef('registry_state()'::regprocedure), "
        f"{_quoted(before)}, {_quoted(after)}); END $do$"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
