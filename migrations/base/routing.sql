-- What is made of a report on its way to whoever answers it: shared/schema/routing.py.

-- A trusted extension: whoever may create in the database may create it, no superuser is needed.
DO $$ BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION USING
        ERRCODE = SQLSTATE,
        MESSAGE = 'The extension pg_trgm, by which similar words are found, cannot be created: ' || SQLERRM,
        HINT = 'Install the contrib modules of this PostgreSQL and either grant CREATE on the database to '
            || current_user || ' or have somebody who may run CREATE EXTENSION pg_trgm in it; then migrate again.';
END $$;

CREATE TABLE public_texts (
    report_id uuid PRIMARY KEY REFERENCES reports,
    title text NOT NULL,
    body text NOT NULL,
    masks jsonb NOT NULL,
    masking smallint NOT NULL,
    masked_at timestamptz NOT NULL,
    masked_by text NOT NULL,
    search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('indonesian'::regconfig,
                regexp_replace(title, '\[[a-z ]+\]'::text, ' '::text, 'g'::text)), 'A'::"char") ||
            setweight(to_tsvector('indonesian'::regconfig,
                regexp_replace(body, '\[[a-z ]+\]'::text, ' '::text, 'g'::text)), 'B'::"char") ||
            to_tsvector('indonesian'::regconfig, CASE
                WHEN ((title || body) ~ '[^\u0001-\u007f]'::text) THEN regexp_replace(regexp_replace(
                    NORMALIZE(((title || ' '::text) || body), NFKD), '\[[a-z ]+\]'::text, ' '::text, 'g'::text),
                    '[\u0300-\u036f]'::text, ''::text, 'g'::text)
                ELSE ''::text END)
    ) STORED
);

CREATE INDEX public_texts_masking_idx ON public_texts (masking);

CREATE INDEX public_texts_search_idx ON public_texts USING gin (search);

CREATE INDEX public_texts_title_idx ON public_texts USING gin (title gin_trgm_ops);

CREATE TABLE routing_decisions (
    id uuid PRIMARY KEY,
    report_id uuid NOT NULL REFERENCES reports,
    event_id uuid NOT NULL,
    decided_at timestamptz NOT NULL,
    actor text NOT NULL,
    automatic boolean NOT NULL,
    agency_code text REFERENCES agencies,
    explanation jsonb NOT NULL,
    UNIQUE (report_id, event_id)
);

CREATE TABLE report_words (
    report_id uuid PRIMARY KEY REFERENCES reports,
    search tsvector NOT NULL
);

CREATE INDEX report_words_search_idx ON report_words USING gin (search);

CREATE TABLE chores (
    report_id uuid NOT NULL REFERENCES reports,
    task text NOT NULL,
    is_long boolean NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (report_id, task)
);

CREATE INDEX chores_due_idx ON chores (task, is_long, next_attempt_at, report_id);
