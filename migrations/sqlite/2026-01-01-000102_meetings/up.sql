-- Petitions and who signed them; meetings and who was there.
CREATE TABLE petitions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    body_id BIGINT NOT NULL REFERENCES bodies (id),
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    aim TEXT NOT NULL,
    motion_kind TEXT NOT NULL,
    signers TEXT NOT NULL,
    base BIGINT NOT NULL,
    needed BIGINT NOT NULL,
    author_id BIGINT NOT NULL REFERENCES persons (id),
    opened_at TIMESTAMP NOT NULL,
    closes_at TIMESTAMP NOT NULL,
    reached_at TIMESTAMP,
    withdrawn_at TIMESTAMP
);
CREATE INDEX petitions_of_body ON petitions (body_id);
CREATE TABLE petition_signatures (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    petition_id BIGINT NOT NULL REFERENCES petitions (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    signed_at TIMESTAMP NOT NULL,
    UNIQUE (petition_id, person_id)
);
CREATE TABLE meetings (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    body_id BIGINT NOT NULL REFERENCES bodies (id),
    title TEXT NOT NULL,
    place TEXT NOT NULL,
    starts_at TIMESTAMP NOT NULL,
    record_at TIMESTAMP NOT NULL,
    notice_min_days BIGINT NOT NULL,
    notice_max_days BIGINT NOT NULL,
    notice_sent_at TIMESTAMP,
    agenda TEXT NOT NULL,
    minutes TEXT NOT NULL,
    quorum TEXT NOT NULL,
    base BIGINT NOT NULL,
    closed_at TIMESTAMP,
    published_at TIMESTAMP,
    cancelled_at TIMESTAMP,
    petition_id BIGINT REFERENCES petitions (id),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX meetings_of_body ON meetings (body_id);
CREATE TABLE meeting_attendance (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    meeting_id BIGINT NOT NULL REFERENCES meetings (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    presence TEXT NOT NULL,
    noted_at TIMESTAMP NOT NULL,
    UNIQUE (meeting_id, person_id)
);
