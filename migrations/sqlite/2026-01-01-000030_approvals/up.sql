-- Acts that need two people: proposed by one, bound to the hash of the exact act, approved by another within a day.
CREATE TABLE approvals (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload TEXT NOT NULL,
    digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    proposed_by BIGINT NOT NULL REFERENCES persons (id),
    proposed_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    decided_by BIGINT REFERENCES persons (id),
    decided_at TIMESTAMP,
    note TEXT
);
CREATE INDEX approvals_by_state ON approvals (state);
CREATE INDEX approvals_by_subject ON approvals (subject);
