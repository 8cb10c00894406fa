-- What was decided about a running election, by people or by its own rules: append-only, each line with its reason.
CREATE TABLE election_decisions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    kind TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    public BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    details TEXT NOT NULL,
    approval TEXT,
    proposed_by BIGINT REFERENCES persons (id),
    approved_by BIGINT REFERENCES persons (id)
);
CREATE INDEX election_decisions_election ON election_decisions (election_id, kind);

-- Mails to people on the roll about an election, for the ledger of deliveries.
CREATE TABLE election_mails (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    kind TEXT NOT NULL,
    mail_id BIGINT
);
CREATE INDEX election_mails_election ON election_mails (election_id, person_id);

CREATE TRIGGER election_decisions_no_update BEFORE UPDATE ON election_decisions BEGIN SELECT RAISE(ABORT, 'election_decisions is append-only'); END;
CREATE TRIGGER election_decisions_no_delete BEFORE DELETE ON election_decisions BEGIN SELECT RAISE(ABORT, 'election_decisions is append-only'); END;
