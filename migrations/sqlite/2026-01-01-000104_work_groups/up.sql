-- Work groups: charters in versions, requests to join, reports that are due.
CREATE TABLE charters (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    body_id BIGINT NOT NULL REFERENCES bodies (id),
    version BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    selection TEXT NOT NULL,
    chair TEXT NOT NULL,
    reports TEXT NOT NULL,
    report_months BIGINT NOT NULL,
    begins_on DATE NOT NULL,
    ends_on DATE,
    is_open BOOLEAN NOT NULL,
    adopted_at TIMESTAMP NOT NULL,
    UNIQUE (body_id, version)
);
CREATE TABLE join_requests (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    body_id BIGINT NOT NULL REFERENCES bodies (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    decided_by BIGINT REFERENCES persons (id),
    decided_at TIMESTAMP,
    note TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX join_requests_of_body ON join_requests (body_id);
CREATE TABLE group_reports (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    body_id BIGINT NOT NULL REFERENCES bodies (id),
    due_on DATE NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    author_id BIGINT REFERENCES persons (id),
    submitted_at TIMESTAMP,
    reminded_at TIMESTAMP,
    UNIQUE (body_id, due_on)
);
