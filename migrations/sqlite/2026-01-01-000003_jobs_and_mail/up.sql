-- Work to be done after a commit, mail to be sent after a commit, and token buckets that outlive a restart.
CREATE TABLE jobs (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    idempotence_key TEXT UNIQUE,
    state TEXT NOT NULL,
    run_at TIMESTAMP NOT NULL,
    attempts BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    lease_until TIMESTAMP,
    lease_by TEXT,
    last_error TEXT,
    created_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
CREATE INDEX jobs_due ON jobs (state, run_at);

CREATE TABLE mails (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    message TEXT NOT NULL,
    person_id BIGINT REFERENCES persons (id),
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body_text TEXT NOT NULL,
    body_html TEXT,
    unsubscribe TEXT,
    is_secret BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    run_at TIMESTAMP NOT NULL,
    attempts BIGINT NOT NULL,
    lease_until TIMESTAMP,
    lease_by TEXT,
    last_error TEXT,
    created_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
CREATE INDEX mails_due ON mails (state, run_at);
CREATE INDEX mails_of_person ON mails (person_id);

CREATE TABLE rate_buckets (
    name TEXT NOT NULL PRIMARY KEY,
    tokens DOUBLE NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
