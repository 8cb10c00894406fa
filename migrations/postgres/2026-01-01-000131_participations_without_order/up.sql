-- Rows lie in the order in which they came, which is that of the ballots beside them, and name their transaction. They are
-- written anew in the order of their random keys; `shuffle_participations` does so again while people vote.
CREATE TABLE participations_by_key (
    key TEXT NOT NULL PRIMARY KEY,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    day DATE NOT NULL,
    UNIQUE (election_id, person_id)
);
INSERT INTO participations_by_key SELECT key, election_id, person_id, day FROM participations ORDER BY key;
DROP TABLE participations;
ALTER TABLE participations_by_key RENAME TO participations;
