-- Who changed what of the registry and the rules: triggers write it into registry_events, in one chain of hashes.

-- What is written down of a row: of an officer what they are, and a salted digest of who they are.
CREATE FUNCTION registry_document(subject text, entry jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE subject
    WHEN 'officers' THEN jsonb_build_object(
        'id', entry->'id', 'agency_code', entry->'agency_code', 'role', entry->'role', 'active', entry->'active',
        'language', entry->'language', 'person', salted_digest(decode(substr(entry->>'salt', 3), 'hex'),
            'officer', entry->>'name', entry->>'email', entry->>'subject'))
    WHEN 'routing_models' THEN (entry - 'blob') || jsonb_build_object(
        'digest', encode(sha256(convert_to(entry->>'blob', 'UTF8')), 'hex'))
    ELSE entry END;

CREATE FUNCTION link_hash(state bytea, previous bytea, line text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE
PARALLEL SAFE AS $$ BEGIN RETURN sha256(coalesce(state, previous) || convert_to(line, 'UTF8')); END $$;

CREATE AGGREGATE chained_hash(bytea, text) (SFUNC = link_hash, STYPE = bytea);

CREATE FUNCTION registry_actor() RETURNS text LANGUAGE sql STABLE RETURN coalesce(
    nullif(current_setting('lapor.actor', true), ''),
    CASE WHEN current_setting('application_name') LIKE 'lapor %'
         THEN 'process:' || regexp_replace(substr(current_setting('application_name'), 7), '[^A-Za-z0-9._@-]', '-', 'g')
         ELSE 'database:' || regexp_replace(session_user, '[^A-Za-z0-9._@-]', '-', 'g') END);

-- The changes of one statement. A row is written down only if it says something else than before. The time zone is set
-- so that instants are written alike whoever writes them. One writer at a time: each reads the end of the chain after
-- it has the lock. In what is appended, $1 and $2 are number and hash of the last event, $3 the subject, $4 the actor,
-- $5 the moment, $6 the last two in their frames; [changes] are those that changed something that is written down.
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
    EXECUTE replace($append$
    WITH drafted AS MATERIALIZED (
        SELECT $1 + row_number() OVER (ORDER BY key COLLATE "C") AS seq, gen_random_uuid() AS id, key,
               jsonb_build_object('before', before, 'after', after)::text AS data
        FROM ([changes]) AS changes
    ), linked AS MATERIALIZED (
        SELECT *, chained_hash($2, framed(seq::text) || '36:' || id || framed($3) || framed(key) || $6
            || framed(data)) OVER (ORDER BY seq) AS hash
        FROM drafted
    )
    INSERT INTO registry_events (seq, id, subject, key, actor, recorded_at, data, previous_hash, hash)
    SELECT seq, id, $3, key, $4, $5, data::json, lag(hash, 1, $2) OVER (ORDER BY seq), hash FROM linked
$append$, '[changes]', changes)
        USING coalesce(last_number, 0), coalesce(last_hash, decode(repeat('00', 32), 'hex')), TG_TABLE_NAME::text,
              acting, moment, framed(acting) || framed((extract(epoch FROM moment) * 1000000)::bigint::text);
    RETURN NULL;
END
$function$;

-- Watches the tables, and makes the function that says what of them would be written down now.
DO $do$
DECLARE
    -- So many rows that they are written down together: their number, and a digest of those with the same key.
    together constant text := $$
        SELECT %1$s AS key, jsonb_build_object('rows', count(*), 'digest', encode(sha256(convert_to(
            string_agg(encode(sha256(convert_to(to_jsonb(t)::text, 'UTF8')), 'hex'), '' ORDER BY
                encode(sha256(convert_to(to_jsonb(t)::text, 'UTF8')), 'hex') COLLATE "C"), 'UTF8')), 'hex')) AS document
        FROM %2$s t  GROUP BY 1
    $$;
    watched record;
    state text[];
BEGIN
    FOR watched IN
        SELECT name, key, CASE WHEN is_grouped THEN format(together, key, name) ELSE '' END AS grouped
        FROM (VALUES
            ('agencies', 't.code', false),
            ('agency_names', 't.agency_code || ''/'' || t.valid_to', false),
            ('officers', 't.id::text', false),
            ('categories', 't.code', false),
            ('boundary_sets', 't.id::text', false),
            ('rule_sets', 't.id::text', false),
            ('routing_models', 't.id::text', false),
            ('clients', 't.id', false),
            ('calendars', 't.id::text', false),
            ('policies', 't.code', false),
            ('agency_limits', 't.agency_code || ''/'' || t.stage', false),
            ('regions', 'split_part(t.code, ''.'', 1)', true),
            ('boundaries', 't.set_id::text', true),
            ('rules', 't.rule_set_id::text', true),
            ('calendar_years', 't.calendar_id::text', true),
            ('calendar_days', 't.calendar_id::text', true)
        ) AS tables (name, key, is_grouped)
    LOOP
        EXECUTE format('CREATE TRIGGER log_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION log_registry_change(%L, %L)',
            watched.name, watched.key, watched.grouped);
        EXECUTE format('CREATE TRIGGER log_update AFTER UPDATE ON %I REFERENCING OLD TABLE AS old_rows '
            'NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION log_registry_change(%L, %L)',
            watched.name, watched.key, watched.grouped);
        EXECUTE format('CREATE TRIGGER log_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS old_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION log_registry_change(%L, %L)',
            watched.name, watched.key, watched.grouped);
        state := state || CASE watched.grouped
            WHEN '' THEN format('SELECT %L, %s, registry_document(%L, to_jsonb(t)) FROM %I t',
                watched.name, watched.key, watched.name, watched.name)
            ELSE format('SELECT %L, g.* FROM (%s) AS g', watched.name, watched.grouped) END;
    END LOOP;
    EXECUTE format('CREATE FUNCTION registry_state() RETURNS TABLE (subject text, key text, document jsonb) '
        'LANGUAGE sql STABLE SET timezone = ''UTC'' AS %L', ' ' || array_to_string(state, ' UNION ALL ') || ' ');
END
$do$;
