-- What officers decide about an election while they prepare it, corrections of a roll after it was made, and objections to it.

CREATE TABLE election_plans (
    election_id BIGINT NOT NULL PRIMARY KEY REFERENCES elections (id),
    plan TEXT NOT NULL
);

-- One line for each person put on or taken off a roll after it was made; two officers each time.
CREATE TABLE roll_corrections (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    added BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    proposed_by BIGINT NOT NULL REFERENCES persons (id),
    approved_by BIGINT NOT NULL REFERENCES persons (id),
    made_at TIMESTAMP NOT NULL
);
CREATE INDEX roll_corrections_election ON roll_corrections (election_id);

-- What people say about their entry, or that they have none.
CREATE TABLE roll_objections (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    message TEXT NOT NULL,
    answer TEXT,
    made_at TIMESTAMP NOT NULL
);
CREATE INDEX roll_objections_election ON roll_objections (election_id);

CREATE TRIGGER roll_corrections_no_update BEFORE UPDATE ON roll_corrections BEGIN SELECT RAISE(ABORT, 'roll_corrections is append-only'); END;
CREATE TRIGGER roll_corrections_no_delete BEFORE DELETE ON roll_corrections BEGIN SELECT RAISE(ABORT, 'roll_corrections is append-only'); END;
