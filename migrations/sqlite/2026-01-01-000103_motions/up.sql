-- Motions of bodies: kinds with their rules in versions, seconders, electors and votes; the register of resolutions.
CREATE TABLE motion_kinds (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    body_id BIGINT NOT NULL REFERENCES bodies (id),
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    settings TEXT NOT NULL,
    adopted_at TIMESTAMP NOT NULL,
    superseded_at TIMESTAMP,
    UNIQUE (body_id, kind, version)
);
CREATE TABLE motions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    body_id BIGINT NOT NULL REFERENCES bodies (id),
    kind_id BIGINT NOT NULL REFERENCES motion_kinds (id),
    kind TEXT NOT NULL,
    about_body_id BIGINT REFERENCES bodies (id),
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    effect TEXT NOT NULL,
    proposer_id BIGINT NOT NULL REFERENCES persons (id),
    proposed_at TIMESTAMP NOT NULL,
    opened_at TIMESTAMP,
    withdrawn_at TIMESTAMP,
    vetoed_at TIMESTAMP,
    vetoed_by BIGINT REFERENCES motions (id),
    election_id BIGINT REFERENCES elections (id),
    meeting_id BIGINT REFERENCES meetings (id),
    petition_id BIGINT REFERENCES petitions (id),
    settled_at TIMESTAMP,
    outcome TEXT,
    verdict TEXT NOT NULL,
    effective_at TIMESTAMP
);
CREATE INDEX motions_of_body ON motions (body_id);
CREATE TABLE motion_seconds (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    motion_id BIGINT NOT NULL REFERENCES motions (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    seconded_at TIMESTAMP NOT NULL,
    UNIQUE (motion_id, person_id)
);
CREATE TABLE motion_electors (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    motion_id BIGINT NOT NULL REFERENCES motions (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    UNIQUE (motion_id, person_id)
);
CREATE TABLE motion_votes (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    motion_id BIGINT NOT NULL REFERENCES motions (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    choice TEXT NOT NULL,
    reason TEXT NOT NULL,
    voted_at TIMESTAMP NOT NULL,
    UNIQUE (motion_id, person_id)
);
CREATE TABLE resolutions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    body_id BIGINT NOT NULL REFERENCES bodies (id),
    number TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    votes TEXT NOT NULL,
    adopted_on DATE NOT NULL,
    effective_at TIMESTAMP NOT NULL,
    motion_id BIGINT REFERENCES motions (id),
    meeting_id BIGINT REFERENCES meetings (id),
    is_public BOOLEAN NOT NULL,
    UNIQUE (body_id, number)
);
