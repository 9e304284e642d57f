-- What has happened, each in a chain of hashes: shared/schema/log.py.

-- The same bytes as shared/ids.py frames; a test compares the two.
CREATE FUNCTION framed(field text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(octet_length(convert_to(field, 'UTF8')) || ':' || field, '-');

CREATE FUNCTION salted_digest(salt bytea, VARIADIC words text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN encode(sha256(
    convert_to(octet_length(salt) || ':', 'UTF8') || salt || convert_to(coalesce((
        SELECT string_agg(framed(word), '' ORDER BY place) FROM unnest(words) WITH ORDINALITY AS w (word, place)
    ), ''), 'UTF8')), 'hex');

-- The same bytes as shared/log/events.py hashes; a test compares the two.
CREATE FUNCTION event_hash(
    previous bytea, event_id uuid, report_id uuid, seq integer, type text,
    occurred_at timestamptz, recorded_at timestamptz, actor text, data text
) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN sha256(previous || convert_to(
    framed('2') || framed(event_id::text) || framed(report_id::text) || framed(seq::text) || framed(type)
    || framed((extract(epoch FROM occurred_at) * 1000000)::bigint::text)
    || framed((extract(epoch FROM recorded_at) * 1000000)::bigint::text)
    || framed(actor) || framed(data), 'UTF8'));

-- uuid v7 in SQL, for events written by set-based statements (PostgreSQL has one of its own from 18 on).
CREATE FUNCTION new_event_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE RETURN (
    lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
    || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14, 3)
    || substr(replace(gen_random_uuid()::text, '-', ''), 17, 16))::uuid;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The table % is append-only.', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TABLE chains (
    report_id uuid PRIMARY KEY REFERENCES reports,
    seq integer NOT NULL,
    hash bytea NOT NULL,
    fact_seq integer NOT NULL
) WITH (fillfactor = 80); -- updated at every event: room on the page keeps the updates off the indexes

CREATE TABLE events (
    id uuid PRIMARY KEY,
    report_id uuid NOT NULL REFERENCES reports,
    seq integer NOT NULL,
    type text NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL,
    data json NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    transaction_id bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    UNIQUE (report_id, seq)
);

CREATE INDEX events_recorded_at_idx ON events USING brin (recorded_at) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX events_transaction_id_id_idx ON events (transaction_id, id);

CREATE TABLE outbox (
    event_id uuid NOT NULL,
    follower text NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    parked_at timestamptz,
    last_error text,
    PRIMARY KEY (event_id, follower)
) WITH (
    -- Rows live for milliseconds: vacuum by number, not by share.
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000
);

CREATE INDEX outbox_pending_idx ON outbox (follower, next_attempt_at, event_id) WHERE parked_at IS NULL;

CREATE TABLE registry_events (
    seq bigint PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    subject text NOT NULL,
    key text NOT NULL,
    actor text NOT NULL,
    recorded_at timestamptz NOT NULL,
    data json NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL
);

CREATE INDEX registry_events_subject_key_idx ON registry_events (subject, key, seq);

CREATE TRIGGER events_rows_stay BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER events_table_stays BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER registry_events_rows_stay BEFORE UPDATE OR DELETE ON registry_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER registry_events_table_stays BEFORE TRUNCATE ON registry_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

REVOKE UPDATE, DELETE, TRUNCATE ON events, registry_events FROM PUBLIC;
