"""the registry has a log: who changed what of it, chained by hashes

Compatible with the previous release: yes. What it changes is written down by the triggers, too.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0118"
down_revision = "20261128_0112"
branch_labels = None
depends_on = None

#: Row by row, with what makes its key.
ROWS = {
    "agencies": "t.code",
    "agency_names": "t.agency_code || '/' || t.valid_to",
    "officers": "t.id::text",
    "categories": "t.code",
    "boundary_sets": "t.id::text",
    "rule_sets": "t.id::text",
    "routing_models": "t.id::text",
    "clients": "t.id",
    "calendars": "t.id::text",
    "policies": "t.code",
    "agency_limits": "t.agency_code || '/' || t.stage",
}
#: So many rows that they are written down together, as a number and a digest of those that belong together.
GROUPS = {
    "regions": "split_part(t.code, '.', 1)",
    "boundaries": "t.set_id::text",
    "rules": "t.rule_set_id::text",
    "calendar_years": "t.calendar_id::text",
    "calendar_days": "t.calendar_id::text",
}
GROUPED = """
    SELECT {key} AS key, jsonb_build_object('rows', count(*), 'digest', encode(sha256(convert_to(
        string_agg(encode(sha256(convert_to(to_jsonb(t)::text, 'UTF8')), 'hex'), '' ORDER BY
            encode(sha256(convert_to(to_jsonb(t)::text, 'UTF8')), 'hex') COLLATE "C"), 'UTF8')), 'hex')) AS document
    FROM {table} t {where} GROUP BY 1
"""

# Of an officer what they are, and a salted digest of who they are.
DOCUMENT = """
CREATE FUNCTION registry_document(subject text, entry jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE subject
    WHEN 'officers' THEN jsonb_build_object(
        'id', entry->'id', 'agency_code', entry->'agency_code', 'role', entry->'role', 'active', entry->'active',
        'language', entry->'language', 'person', salted_digest(decode(substr(entry->>'salt', 3), 'hex'),
            'officer', entry->>'name', entry->>'email', entry->>'subject'))
    WHEN 'routing_models' THEN (entry - 'blob') || jsonb_build_object(
        'digest', encode(sha256(convert_to(entry->>'blob', 'UTF8')), 'hex'))
    ELSE entry END
"""

LINK = """
CREATE FUNCTION link_hash(state bytea, previous bytea, line text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE
PARALLEL SAFE AS $$ BEGIN RETURN sha256(coalesce(state, previous) || convert_to(line, 'UTF8')); END $$
"""
CHAINED = "CREATE AGGREGATE chained_hash(bytea, text) (SFUNC = link_hash, STYPE = bytea)"

# $1 and $2: number and hash of the last event; $3 the subject, $4 the actor, $5 the moment, $6 both in their frames.
# `changes` are those that changed something that is written down.
APPEND = """
    WITH drafted AS MATERIALIZED (
        SELECT $1 + row_number() OVER (ORDER BY key COLLATE "C") AS seq, gen_random_uuid() AS id, key,
               jsonb_build_object('before', before, 'after', after)::text AS data
        FROM ({changes}) AS changes
    ), linked AS MATERIALIZED (
        SELECT *, chained_hash($2, framed(seq::text) || '36:' || id || framed($3) || framed(key) || $6
            || framed(data)) OVER (ORDER BY seq) AS hash
        FROM drafted
    )
    INSERT INTO registry_events (seq, id, subject, key, actor, recorded_at, data, previous_hash, hash)
    SELECT seq, id, $3, key, $4, $5, data::json, lag(hash, 1, $2) OVER (ORDER BY seq), hash FROM linked
"""

ACTOR = """
CREATE FUNCTION registry_actor() RETURNS text LANGUAGE sql STABLE RETURN coalesce(
    nullif(current_setting('lapor.actor', true), ''),
    CASE WHEN current_setting('application_name') LIKE 'lapor %'
         THEN 'process:' || regexp_replace(substr(current_setting('application_name'), 7), '[^A-Za-z0-9._@-]', '-', 'g')
         ELSE 'database:' || regexp_replace(session_user, '[^A-Za-z0-9._@-]', '-', 'g') END)
"""

# The changes of one statement. A row is written down only if it says something else than before. The time zone is set
# so that instants are written alike whoever writes them. One writer at a time: each reads the end of the chain after it
# has the lock.
TRIGGER = f"""
CREATE FUNCTION log_registry_change() RETURNS trigger LANGUAGE plpgsql SET timezone = 'UTC' AS $function$
DECLARE
    key text := TG_ARGV[0];
    grouped text := TG_ARGV[1];
    old_rows text := format('SELECT %s AS key, registry_document(%L, to_jsonb(t)) AS document FROM old_rows t',
                            key, TG_TABLE_NAME);
    new_rows text := format('SELECT %s AS key, registry_document(%L, to_jsonb(t)) AS document FROM new_rows t',
                            key, TG_TABLE_NAME);
    changes text;
    changed boolean;
    last_number bigint;
    last_hash bytea;
    acting text := registry_actor();
    moment timestamptz := clock_timestamp();
BEGIN
    IF grouped = '' AND TG_OP = 'INSERT' THEN
        changes := format('SELECT key, NULL::jsonb AS before, document AS after FROM (%s) AS n', new_rows);
    ELSIF grouped = '' AND TG_OP = 'DELETE' THEN
        changes := format('SELECT key, document AS before, NULL::jsonb AS after FROM (%s) AS o', old_rows);
    ELSIF grouped = '' THEN
        changes := format('SELECT key, o.document AS before, n.document AS after FROM (%s) AS o FULL JOIN (%s) AS n '
            'USING (key) WHERE o.document IS DISTINCT FROM n.document',
            old_rows, new_rows);
    ELSE
        changes := format('SELECT key, o.before, n.document AS after FROM (%s) AS k '
            'LEFT JOIN LATERAL (SELECT (data->''after'')::jsonb AS before FROM registry_events e WHERE e.subject = %L '
            'AND e.key = k.key ORDER BY seq DESC LIMIT 1) AS o ON true LEFT JOIN (%s) AS n USING (key) '
            'WHERE nullif(o.before, ''null'') IS DISTINCT FROM n.document',
            CASE TG_OP WHEN 'INSERT' THEN format('SELECT DISTINCT %s AS key FROM new_rows t', key)
                       WHEN 'DELETE' THEN format('SELECT DISTINCT %s AS key FROM old_rows t', key)
                       ELSE format('SELECT %s AS key FROM old_rows t UNION SELECT %s FROM new_rows t', key, key) END,
            TG_TABLE_NAME, grouped);
    END IF;
    EXECUTE format('SELECT EXISTS (%s)', changes) INTO changed;
    IF NOT changed THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('registry_events', 0));
    SELECT seq, hash INTO last_number, last_hash FROM registry_events ORDER BY seq DESC LIMIT 1;
    EXECUTE replace($append${APPEND.replace("{changes}", "[changes]")}$append$, '[changes]', changes)
        USING coalesce(last_number, 0), coalesce(last_hash, decode(repeat('00', 32), 'hex')), TG_TABLE_NAME::text,
              acting, moment, framed(acting) || framed((extract(epoch FROM moment) * 1000000)::bigint::text);
    RETURN NULL;
END
$function$
"""


def _grouped(table: str, where: str = "") -> str:
    return GROUPED.format(table=table, key=GROUPS[table], where=where)


def _state() -> str:
    rows = [
        f"SELECT '{table}', {key}, registry_document('{table}', to_jsonb(t)) FROM {table} t"
        for table, key in ROWS.items()
    ]
    groups = [f"SELECT '{table}', g.* FROM ({_grouped(table)}) AS g" for table in GROUPS]
    return (
        "CREATE FUNCTION registry_state() RETURNS TABLE (subject text, key text, document jsonb)"
        f" LANGUAGE sql STABLE SET timezone = 'UTC' AS $state$ {' UNION ALL '.join(rows + groups)} $state$"
    )


_TABLES = {"INSERT": "NEW TABLE AS new_rows", "DELETE": "OLD TABLE AS old_rows"}
_TABLES["UPDATE"] = f"{_TABLES['DELETE']} {_TABLES['INSERT']}"


def _watch(table: str) -> None:
    key = (ROWS | GROUPS)[table].replace("'", "''")
    grouped = _grouped(table).replace("'", "''") if table in GROUPS else ""
    for event, rows in _TABLES.items():
        op.execute(
            f"CREATE TRIGGER log_{event.lower()} AFTER {event} ON {table} REFERENCING {rows}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION log_registry_change('{key}', '{grouped}')"
        )


LAST = "(SELECT hash FROM registry_events ORDER BY seq DESC LIMIT 1)"


def _write_down_what_is_there() -> None:
    """As one change, by this migration."""
    changes = "SELECT key, NULL::jsonb AS before, document AS after FROM registry_state() WHERE subject = $3"
    for table in (*ROWS, *GROUPS):
        statement = APPEND.format(changes=changes)
        for parameter, value in (
            ("$1", "(SELECT coalesce(max(seq), 0) FROM registry_events)"),
            ("$2", f"coalesce({LAST}, decode(repeat('00', 32), 'hex'))"),
            ("$3", f"'{table}'::text"),
            ("$4", "'process:migrate'::text"),
            ("$5", "now()"),
            ("$6", "framed('process:migrate') || framed((extract(epoch FROM now()) * 1000000)::bigint::text)"),
        ):
            statement = statement.replace(parameter, value)
        op.execute(statement)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL timezone = 'UTC'")
    op.add_column(
        "officers",
        sa.Column("salt", sa.LargeBinary(), server_default=sa.text("uuid_send(gen_random_uuid())"), nullable=False),
    )
    op.create_table(
        "registry_events",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("registry_events_pkey")),
        sa.UniqueConstraint("id", name=op.f("registry_events_id_key")),
    )
    op.create_index("registry_events_subject_key_idx", "registry_events", ["subject", "key", "seq"])
    for statement in (DOCUMENT, LINK, CHAINED, ACTOR, TRIGGER, _state()):
        op.execute(statement)
    _write_down_what_is_there()
    for table in (*ROWS, *GROUPS):
        _watch(table)
    op.execute(
        "CREATE TRIGGER registry_events_rows_stay BEFORE UPDATE OR DELETE ON registry_events"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER registry_events_table_stays BEFORE TRUNCATE ON registry_events"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON registry_events FROM PUBLIC")


def downgrade() -> None:
    for table in (*ROWS, *GROUPS):
        for event in _TABLES:
            op.execute(f"DROP TRIGGER log_{event.lower()} ON {table}")
    op.execute("DROP FUNCTION log_registry_change(), registry_state(), registry_actor()")
    op.execute("DROP AGGREGATE chained_hash(bytea, text)")
    op.execute("DROP FUNCTION link_hash, registry_document")
    op.drop_table("registry_events")
    op.drop_column("officers", "salt")
