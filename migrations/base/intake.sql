-- Reports and what comes in with them: shared/schema/intake.py.

CREATE TABLE reporters (
    id uuid PRIMARY KEY,
    name text,
    phone text,
    email text,
    national_id text
);

CREATE TABLE reports (
    id uuid PRIMARY KEY,
    tracking_number text NOT NULL,
    access_code_hash bytea NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    salt bytea NOT NULL,
    private_salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    occurred_on date,
    location_text text,
    latitude double precision,
    longitude double precision,
    region_code text REFERENCES regions,
    target_agency_code text REFERENCES agencies,
    channel varchar(24) NOT NULL,
    client_id text NOT NULL,
    external_reference text,
    entered_by text,
    reporter_id uuid REFERENCES reporters,
    reporter_reference_hash bytea,
    imported boolean NOT NULL DEFAULT false,
    received_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    classification varchar(24) NOT NULL,
    category_code text REFERENCES categories,
    anonymous boolean NOT NULL,
    secret boolean NOT NULL,
    supervisory boolean NOT NULL DEFAULT false,
    status varchar(24) NOT NULL DEFAULT 'received',
    holder_level varchar(24) NOT NULL DEFAULT 'national',
    holder_agency_code text REFERENCES agencies,
    agency_code text REFERENCES agencies,
    verified_title text,
    published_at timestamptz,
    held_from varchar(24),
    round smallint NOT NULL DEFAULT 1,
    merged_into uuid REFERENCES reports,
    merged_from varchar(24),
    merged_at timestamptz,
    changed_at timestamptz NOT NULL DEFAULT now(),
    place_latitude double precision GENERATED ALWAYS AS (
        round(latitude * 100::double precision) / 100::double precision
    ) STORED,
    place_longitude double precision GENERATED ALWAYS AS (
        round(longitude * 100::double precision) / 100::double precision
    ) STORED,
    public_region_code text GENERATED ALWAYS AS (
        CASE WHEN latitude IS NULL THEN region_code ELSE left(region_code, 8) END
    ) STORED,
    UNIQUE (tracking_number),
    CONSTRAINT reports_channel_check CHECK (
        channel IN ('app', 'web', 'sms', 'whatsapp', 'qr', 'social_media', 'email', 'phone', 'letter',
            'counter', 'agency')
    ),
    CONSTRAINT reports_classification_check CHECK (
        classification IN ('complaint', 'aspiration', 'information_request')
    ),
    CONSTRAINT reports_held_from_check CHECK (
        held_from IN ('received', 'verified', 'assigned', 'in_progress', 'answered', 'closed',
            'awaiting_reporter', 'archived', 'withdrawn', 'merged')
    ),
    CONSTRAINT reports_holder_check CHECK ((holder_level = 'national') = (holder_agency_code IS NULL)),
    CONSTRAINT reports_level_check CHECK (holder_level IN ('national', 'coordinator', 'agency')),
    CONSTRAINT reports_merged_check CHECK (
        num_nonnulls(merged_into, merged_from, merged_at) = CASE status WHEN 'merged' THEN 3 ELSE 0 END
    ),
    CONSTRAINT reports_merged_from_check CHECK (
        merged_from IN ('received', 'verified', 'assigned', 'in_progress', 'answered', 'closed',
            'awaiting_reporter', 'archived', 'withdrawn', 'merged')
    ),
    CONSTRAINT reports_merged_into_another_check CHECK (merged_into <> id),
    CONSTRAINT reports_status_check CHECK (
        status IN ('received', 'verified', 'assigned', 'in_progress', 'answered', 'closed', 'awaiting_reporter',
            'archived', 'withdrawn', 'merged')
    )
);

CREATE INDEX reports_agency_code_idx ON reports (agency_code, received_at);

CREATE UNIQUE INDEX reports_client_id_external_reference_key ON reports (client_id, external_reference)
    WHERE external_reference IS NOT NULL;

CREATE INDEX reports_holder_agency_code_idx ON reports (holder_agency_code, received_at);

CREATE INDEX reports_merged_into_idx ON reports (merged_into) WHERE merged_into IS NOT NULL;

CREATE INDEX reports_place_idx ON reports (place_latitude, place_longitude)
    WHERE place_latitude IS NOT NULL AND status NOT IN ('archived', 'withdrawn', 'merged');

CREATE INDEX reports_published_idx ON reports (received_at DESC, id DESC)
    WHERE published_at IS NOT NULL AND NOT secret AND status NOT IN ('archived', 'withdrawn', 'merged');

CREATE INDEX reports_reporter_reference_hash_idx ON reports (reporter_reference_hash, received_at)
    WHERE reporter_reference_hash IS NOT NULL;

CREATE INDEX reports_status_received_at_idx ON reports (status, received_at);

CREATE TABLE report_supports (
    report_id uuid NOT NULL REFERENCES reports,
    supporter_hash bytea NOT NULL,
    supported_at timestamptz NOT NULL,
    PRIMARY KEY (report_id, supporter_hash)
);

CREATE INDEX report_supports_supporter_hash_idx ON report_supports (supporter_hash, supported_at);

CREATE TABLE messages (
    id uuid PRIMARY KEY,
    report_id uuid NOT NULL REFERENCES reports,
    kind text NOT NULL,
    body text NOT NULL,
    public_body text,
    masks jsonb,
    masking smallint NOT NULL DEFAULT 0,
    salt bytea NOT NULL,
    agency_code text REFERENCES agencies,
    author text NOT NULL,
    corrects uuid REFERENCES messages,
    created_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX messages_corrects_key ON messages (corrects) WHERE corrects IS NOT NULL;

CREATE INDEX messages_kind_idx ON messages (kind, masking);

CREATE INDEX messages_report_id_idx ON messages (report_id, created_at);

CREATE TABLE idempotency_keys (
    key_hash bytea PRIMARY KEY,
    request_hash bytea NOT NULL,
    report_id uuid,
    status smallint NOT NULL,
    answer text,
    sealed bytea,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);

-- The supports of a report and of all that is merged into it, each person once. UNION ends a loop in the data.
CREATE FUNCTION supports_of(report uuid) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH RECURSIVE family AS (
        SELECT report AS id
        UNION
        SELECT r.id FROM reports r JOIN family f ON r.merged_into = f.id
    )
    SELECT count(DISTINCT s.supporter_hash) FROM family f JOIN report_supports s ON s.report_id = f.id
$$;
