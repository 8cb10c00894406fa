-- Reports that staff write and keep. Every saved text is a version; versions are never changed.
CREATE TABLE reports (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    -- Highest version, and the one that others run; null until one is published.
    versions BIGINT NOT NULL,
    published BIGINT,
    created_by BIGINT NOT NULL REFERENCES persons (id),
    created_at TIMESTAMP NOT NULL,
    changed_at TIMESTAMP NOT NULL
);

CREATE TABLE report_versions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    report_id BIGINT NOT NULL REFERENCES reports (id),
    number BIGINT NOT NULL,
    script TEXT NOT NULL,
    script_hash TEXT NOT NULL,
    -- What the script says about itself, as JSON; and whether it asks for personal columns.
    declaration TEXT NOT NULL,
    is_personal BOOLEAN NOT NULL,
    created_by BIGINT NOT NULL REFERENCES persons (id),
    created_at TIMESTAMP NOT NULL,
    UNIQUE (report_id, number)
);

-- Two people agreed that holders of a role may run exactly this text with personal data.
CREATE TABLE report_grants (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    report_id BIGINT NOT NULL REFERENCES reports (id),
    version BIGINT NOT NULL,
    script_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    reason TEXT NOT NULL,
    proposed_by BIGINT NOT NULL REFERENCES persons (id),
    approved_by BIGINT NOT NULL REFERENCES persons (id),
    granted_at TIMESTAMP NOT NULL,
    ends_at TIMESTAMP NOT NULL,
    revoked_at TIMESTAMP
);
CREATE INDEX report_grants_of ON report_grants (report_id);

-- When a report runs by itself, and whom it is mailed to. source is the name of a report that comes with the program, or a public id.
CREATE TABLE report_schedules (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL UNIQUE,
    rhythm TEXT NOT NULL,
    role TEXT NOT NULL,
    parameters TEXT NOT NULL,
    next_at TIMESTAMP NOT NULL,
    set_by BIGINT NOT NULL REFERENCES persons (id),
    set_at TIMESTAMP NOT NULL
);

-- Runs: the queue and the history in one.
CREATE TABLE report_runs (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    -- Name of a report that comes with the program, public id of a saved one, or empty for a text that is not saved.
    source TEXT NOT NULL,
    version BIGINT,
    title TEXT NOT NULL,
    script TEXT NOT NULL,
    script_hash TEXT NOT NULL,
    parameters TEXT NOT NULL,
    ground TEXT NOT NULL,
    -- Reason of the grant under which personal columns may be read.
    personal TEXT,
    -- It may read amounts of money, because whoever asked may see them.
    sees_money BOOLEAN NOT NULL,
    -- A trial of its author, seen by nobody else.
    is_trial BOOLEAN NOT NULL,
    -- Null: by the clock. Then the result is mailed to the role.
    asked_by BIGINT REFERENCES persons (id),
    mail_role TEXT,
    state TEXT NOT NULL,
    queued_at TIMESTAMP NOT NULL,
    started_at TIMESTAMP,
    ended_at TIMESTAMP,
    cancel_asked BOOLEAN NOT NULL,
    progress_rows BIGINT NOT NULL,
    progress_outputs BIGINT NOT NULL,
    -- Why there is no outcome, in a sentence.
    message TEXT NOT NULL,
    outcome TEXT,
    data_hash TEXT,
    wall_millis BIGINT,
    processor_millis BIGINT,
    peak_memory BIGINT
);
CREATE INDEX report_runs_waiting ON report_runs (state, id);
CREATE INDEX report_runs_of ON report_runs (source, id);
