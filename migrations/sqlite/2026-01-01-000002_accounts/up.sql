-- People, the addresses they proved to own, their sessions, single-use tokens, and the roles they hold.
CREATE TABLE persons (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    preferred_name TEXT NOT NULL,
    legal_name TEXT,
    password_hash TEXT,
    state TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    locale TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    closed_at TIMESTAMP
);

CREATE TABLE addresses (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    address TEXT NOT NULL,
    lookup TEXT NOT NULL,
    is_primary BOOLEAN NOT NULL,
    verified_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX addresses_of_person ON addresses (person_id);
CREATE INDEX addresses_by_lookup ON addresses (lookup);
CREATE UNIQUE INDEX addresses_verified_once ON addresses (lookup) WHERE verified_at IS NOT NULL;
CREATE UNIQUE INDEX addresses_one_primary ON addresses (person_id) WHERE is_primary;

CREATE TABLE sessions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    token_hash BLOB NOT NULL UNIQUE,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    strength TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    proved_at TIMESTAMP NOT NULL,
    agent TEXT NOT NULL
);
CREATE INDEX sessions_of_person ON sessions (person_id);

CREATE TABLE tokens (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    token_hash BLOB NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    person_id BIGINT REFERENCES persons (id),
    payload TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP
);
CREATE INDEX tokens_of_person ON tokens (person_id);

CREATE TABLE role_grants (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    role TEXT NOT NULL,
    starts_at TIMESTAMP NOT NULL,
    ends_at TIMESTAMP,
    granted_by BIGINT REFERENCES persons (id),
    approved_by BIGINT REFERENCES persons (id),
    deputy_for BIGINT REFERENCES persons (id),
    reason TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    revoked_at TIMESTAMP,
    revoked_by BIGINT REFERENCES persons (id)
);
CREATE INDEX role_grants_of_person ON role_grants (person_id);
