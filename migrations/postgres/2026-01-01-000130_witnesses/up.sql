-- What witnesses signed below the checkpoints of ballot boxes: one line of a signed note each.
CREATE TABLE checkpoint_cosignatures (
    election_id BIGINT NOT NULL REFERENCES elections (id),
    size BIGINT NOT NULL,
    witness TEXT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (election_id, size, witness)
);
