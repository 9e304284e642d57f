-- Who was told that a report is late: shared/schema/escalations.py.

CREATE TABLE escalations (
    id uuid PRIMARY KEY,
    report_id uuid NOT NULL REFERENCES reports,
    stage text NOT NULL,
    opened_seq integer NOT NULL,
    step_code smallint NOT NULL,
    kind text NOT NULL,
    level smallint NOT NULL,
    agency_code text,
    step_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    recipients text NOT NULL,
    late_entry boolean NOT NULL,
    notify boolean NOT NULL,
    revoked_at timestamptz,
    addressed_at timestamptz
);

CREATE INDEX escalations_recorded_at_idx ON escalations (recorded_at, id);

CREATE INDEX escalations_regional_head_idx ON escalations (recorded_at)
    WHERE recipients LIKE '%regional_head%' AND revoked_at IS NULL;

CREATE UNIQUE INDEX escalations_step_key ON escalations (report_id, stage, opened_seq, step_code)
    WHERE revoked_at IS NULL;

CREATE INDEX escalations_unaddressed_idx ON escalations (recorded_at, id)
    WHERE notify AND addressed_at IS NULL AND revoked_at IS NULL;

CREATE TABLE acknowledgements (
    escalation_id uuid PRIMARY KEY REFERENCES escalations,
    note text NOT NULL,
    salt bytea NOT NULL,
    actor text NOT NULL,
    acknowledged_at timestamptz NOT NULL
);

CREATE TABLE reprimands (
    id uuid PRIMARY KEY,
    agency_code text NOT NULL REFERENCES agencies,
    first_day date NOT NULL,
    last_day date NOT NULL,
    compiled_at timestamptz NOT NULL,
    compiled_by text NOT NULL,
    cases jsonb NOT NULL,
    UNIQUE (agency_code, first_day, last_day),
    CONSTRAINT reprimands_period_check CHECK (first_day <= last_day)
);

CREATE TABLE notifications (
    id uuid PRIMARY KEY,
    officer_id uuid NOT NULL REFERENCES officers,
    escalation_id uuid REFERENCES escalations,
    reprimand_id uuid REFERENCES reprimands,
    event_id uuid REFERENCES events,
    digest boolean NOT NULL,
    state varchar(24) NOT NULL DEFAULT 'pending',
    attempts smallint NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    last_error text,
    created_at timestamptz NOT NULL,
    settled_at timestamptz,
    UNIQUE (escalation_id, officer_id),
    UNIQUE (reprimand_id, officer_id),
    UNIQUE (event_id, officer_id),
    CONSTRAINT notifications_notification_state_check CHECK (state IN ('pending', 'sent', 'parked', 'dropped')),
    CONSTRAINT notifications_subject_check CHECK (num_nonnulls(escalation_id, reprimand_id, event_id) = 1)
);

CREATE INDEX notifications_officer_id_created_at_idx ON notifications (officer_id, created_at);

CREATE INDEX notifications_pending_idx ON notifications (next_attempt_at) WHERE state = 'pending';
