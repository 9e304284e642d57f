-- Who there is. What the columns mean stands in shared/schema/registry.py.

CREATE TABLE regions (
    code text PRIMARY KEY,
    name text NOT NULL,
    parent_code text REFERENCES regions
);

CREATE INDEX regions_parent_code_idx ON regions (parent_code);

CREATE TABLE agencies (
    code text PRIMARY KEY,
    name text NOT NULL,
    short_name text,
    kind text NOT NULL,
    parent_code text REFERENCES agencies,
    region_code text REFERENCES regions,
    time_zone text NOT NULL,
    level text NOT NULL,
    duties text[] NOT NULL DEFAULT '{}',
    contacts jsonb NOT NULL DEFAULT '{}',
    own_verification boolean NOT NULL DEFAULT false,
    automatic_assignment boolean NOT NULL DEFAULT false,
    valid_from date,
    valid_until date,
    successor_code text REFERENCES agencies,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT agencies_level_check CHECK (
        level IN ('national', 'province', 'regency_city', 'agency', 'unit', 'district', 'village')
    ),
    CONSTRAINT agencies_parent_is_another_check CHECK (parent_code <> code),
    CONSTRAINT agencies_successor_is_another_check CHECK (successor_code <> code),
    CONSTRAINT agencies_validity_check CHECK (valid_from <= valid_until)
);

CREATE INDEX agencies_parent_code_idx ON agencies (parent_code);

CREATE TABLE agency_names (
    agency_code text NOT NULL REFERENCES agencies,
    valid_to date NOT NULL,
    valid_from date,
    name text NOT NULL,
    short_name text,
    PRIMARY KEY (agency_code, valid_to),
    CONSTRAINT agency_names_validity_check CHECK (valid_from <= valid_to)
);

CREATE TABLE officers (
    id uuid PRIMARY KEY,
    agency_code text REFERENCES agencies,
    role varchar(24) NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    language varchar(24) NOT NULL DEFAULT 'id',
    subject text,
    salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    last_active_at timestamptz,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT officers_language_check CHECK (language IN ('id', 'en')),
    CONSTRAINT officers_national_check CHECK ((role IN ('national_admin', 'supervisor')) = (agency_code IS NULL)),
    CONSTRAINT officers_officer_role_check CHECK (
        role IN ('liaison_officer', 'agency_head', 'coordinator', 'regional_secretary', 'inspectorate',
            'regional_head', 'national_admin', 'supervisor')
    )
);

CREATE UNIQUE INDEX officers_agency_code_role_key ON officers (coalesce(agency_code, ''), role, lower(email));

CREATE INDEX officers_subject_idx ON officers (subject) WHERE subject IS NOT NULL;

CREATE TABLE categories (
    code text PRIMARY KEY,
    parent_code text REFERENCES categories,
    label_id text NOT NULL,
    label_en text NOT NULL,
    valid_from date,
    valid_until date,
    active boolean NOT NULL DEFAULT true,
    CONSTRAINT categories_parent_is_another_check CHECK (parent_code <> code),
    CONSTRAINT categories_validity_check CHECK (valid_from <= valid_until)
);

CREATE INDEX categories_parent_code_idx ON categories (parent_code);

CREATE TABLE clients (
    id text PRIMARY KEY,
    name text NOT NULL,
    channels text[] NOT NULL
);

CREATE TABLE versions (
    subject text PRIMARY KEY,
    number bigint NOT NULL DEFAULT 1
);

INSERT INTO versions (subject) VALUES ('registry');

-- Whoever keeps the registry in memory compares its version.
CREATE FUNCTION count_registry_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE versions SET number = number + 1 WHERE subject = 'registry';
        RETURN NULL;
    END $$;

CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE ON agencies
    FOR EACH STATEMENT EXECUTE FUNCTION count_registry_change();

CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE ON agency_names
    FOR EACH STATEMENT EXECUTE FUNCTION count_registry_change();

CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE ON categories
    FOR EACH STATEMENT EXECUTE FUNCTION count_registry_change();
