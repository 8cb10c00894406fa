-- Voting codes of this server, so that one whose mail was lost can be sent again. Sealed under a key that is not in the database,
-- and erased as soon as the election takes no more ballots.
CREATE TABLE sealed_codes (
    election_id BIGINT NOT NULL REFERENCES elections (id),
    roll_entry_id BIGINT NOT NULL REFERENCES roll_entries (id),
    sealed TEXT NOT NULL,
    PRIMARY KEY (election_id, roll_entry_id)
);
