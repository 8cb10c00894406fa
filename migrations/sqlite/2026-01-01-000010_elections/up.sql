-- Elections: the record, its schedule, its roll, the ballot box and what the trustees send.
-- Events and objects of the ballot box are append-only; participation never meets a ballot in one table.

CREATE TABLE elections (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    slug TEXT NOT NULL UNIQUE,
    uuid TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    settings TEXT NOT NULL,
    record_at TIMESTAMP,
    opens_at TIMESTAMP,
    closes_at TIMESTAMP,
    publish_at TIMESTAMP,
    archive_seconds BIGINT NOT NULL,
    election_json TEXT,
    election_hash TEXT,
    public_height BIGINT,
    created_at TIMESTAMP NOT NULL
);

-- Every version of every announced instant; the greatest version of a kind is in force.
CREATE TABLE milestones (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    civil_text TEXT NOT NULL,
    zone TEXT NOT NULL,
    instant TIMESTAMP NOT NULL,
    reason TEXT,
    made_by BIGINT,
    made_at TIMESTAMP NOT NULL,
    UNIQUE (election_id, kind, version)
);

CREATE TABLE roll_entries (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    weight BIGINT NOT NULL,
    reason TEXT NOT NULL,
    corrected BOOLEAN NOT NULL,
    UNIQUE (election_id, person_id)
);
CREATE INDEX roll_entries_person ON roll_entries (person_id);

CREATE TABLE roll_snapshots (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    version BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    list_hash TEXT NOT NULL,
    frozen_at TIMESTAMP NOT NULL,
    UNIQUE (election_id, version)
);

-- Which roll entry may use which public credential. Read by the cast path only; destroyed by retention.
CREATE TABLE credential_bindings (
    election_id BIGINT NOT NULL REFERENCES elections (id),
    roll_entry_id BIGINT NOT NULL REFERENCES roll_entries (id),
    public_credential TEXT NOT NULL,
    PRIMARY KEY (election_id, public_credential),
    UNIQUE (election_id, roll_entry_id)
);

-- The data objects of the archive, as their exact bytes.
CREATE TABLE election_objects (
    election_id BIGINT NOT NULL REFERENCES elections (id),
    hash TEXT NOT NULL,
    kind TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (election_id, hash)
);

-- The events of the archive in order. The objects an event brings stand before it in the archive,
-- in the order of the comma-separated list of hashes.
CREATE TABLE election_events (
    election_id BIGINT NOT NULL REFERENCES elections (id),
    height BIGINT NOT NULL,
    kind TEXT NOT NULL,
    event_json TEXT NOT NULL,
    event_hash TEXT NOT NULL,
    objects TEXT NOT NULL,
    PRIMARY KEY (election_id, height)
);

CREATE TABLE ballots (
    election_id BIGINT NOT NULL REFERENCES elections (id),
    tracker TEXT NOT NULL,
    credential TEXT NOT NULL,
    height BIGINT NOT NULL,
    PRIMARY KEY (election_id, tracker),
    UNIQUE (election_id, height)
);
CREATE INDEX ballots_credential ON ballots (election_id, credential, height);

-- Digests of the ciphertexts on the board: a copy under another credential is refused.
CREATE TABLE ballot_ciphertexts (
    election_id BIGINT NOT NULL REFERENCES elections (id),
    digest TEXT NOT NULL,
    PRIMARY KEY (election_id, digest)
);

-- The append-only log beside the archive: one row says how far it has been signed.
CREATE TABLE log_states (
    election_id BIGINT NOT NULL PRIMARY KEY REFERENCES elections (id),
    size BIGINT NOT NULL,
    root TEXT NOT NULL,
    checkpoint TEXT NOT NULL
);

CREATE TABLE log_checkpoints (
    election_id BIGINT NOT NULL REFERENCES elections (id),
    size BIGINT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (election_id, size)
);

-- Who took part, by day. The random key keeps the order of casting out of the table.
CREATE TABLE participations (
    key TEXT NOT NULL PRIMARY KEY,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    day DATE NOT NULL,
    UNIQUE (election_id, person_id)
);

CREATE TABLE election_trustees (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    position BIGINT NOT NULL,
    person_id BIGINT REFERENCES persons (id),
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    public_key TEXT,
    fingerprint TEXT,
    UNIQUE (election_id, position)
);

-- Messages of the key ceremony and what trustees send after the close, as sent.
CREATE TABLE trustee_messages (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    position BIGINT NOT NULL,
    kind TEXT NOT NULL,
    recipient BIGINT NOT NULL,
    body TEXT NOT NULL,
    accepted BOOLEAN NOT NULL,
    finding TEXT,
    UNIQUE (election_id, position, kind, recipient)
);

CREATE TABLE quorum_certificates (
    election_id BIGINT NOT NULL PRIMARY KEY REFERENCES elections (id),
    outcome TEXT NOT NULL,
    note TEXT NOT NULL
);

CREATE TABLE election_results (
    election_id BIGINT NOT NULL PRIMARY KEY REFERENCES elections (id),
    result TEXT NOT NULL,
    outcome TEXT NOT NULL
);

CREATE TABLE ballot_disputes (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    reference TEXT NOT NULL UNIQUE,
    tracker TEXT NOT NULL,
    message TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_on DATE NOT NULL
);

CREATE TABLE election_incidents (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    at TIMESTAMP NOT NULL,
    person_id BIGINT REFERENCES persons (id),
    message TEXT NOT NULL,
    public BOOLEAN NOT NULL
);

CREATE TRIGGER election_objects_no_update BEFORE UPDATE ON election_objects BEGIN SELECT RAISE(ABORT, 'election_objects is append-only'); END;
CREATE TRIGGER election_objects_no_delete BEFORE DELETE ON election_objects BEGIN SELECT RAISE(ABORT, 'election_objects is append-only'); END;
CREATE TRIGGER election_events_no_update BEFORE UPDATE ON election_events BEGIN SELECT RAISE(ABORT, 'election_events is append-only'); END;
CREATE TRIGGER election_events_no_delete BEFORE DELETE ON election_events BEGIN SELECT RAISE(ABORT, 'election_events is append-only'); END;
CREATE TRIGGER ballots_no_update BEFORE UPDATE ON ballots BEGIN SELECT RAISE(ABORT, 'ballots is append-only'); END;
CREATE TRIGGER ballots_no_delete BEFORE DELETE ON ballots BEGIN SELECT RAISE(ABORT, 'ballots is append-only'); END;
CREATE TRIGGER ballot_ciphertexts_no_update BEFORE UPDATE ON ballot_ciphertexts BEGIN SELECT RAISE(ABORT, 'ballot_ciphertexts is append-only'); END;
CREATE TRIGGER ballot_ciphertexts_no_delete BEFORE DELETE ON ballot_ciphertexts BEGIN SELECT RAISE(ABORT, 'ballot_ciphertexts is append-only'); END;
CREATE TRIGGER log_checkpoints_no_update BEFORE UPDATE ON log_checkpoints BEGIN SELECT RAISE(ABORT, 'log_checkpoints is append-only'); END;
CREATE TRIGGER log_checkpoints_no_delete BEFORE DELETE ON log_checkpoints BEGIN SELECT RAISE(ABORT, 'log_checkpoints is append-only'); END;
CREATE TRIGGER milestones_no_update BEFORE UPDATE ON milestones BEGIN SELECT RAISE(ABORT, 'milestones is append-only'); END;
CREATE TRIGGER milestones_no_delete BEFORE DELETE ON milestones BEGIN SELECT RAISE(ABORT, 'milestones is append-only'); END;
