-- A table with row numbers keeps the order in which its rows came, which is that of the ballots beside it. This one is kept by
-- its random key and by nothing else.
CREATE TABLE participations_by_key (
    key TEXT NOT NULL PRIMARY KEY,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    day DATE NOT NULL,
    UNIQUE (election_id, person_id)
) WITHOUT ROWID;
INSERT INTO participations_by_key SELECT key, election_id, person_id, day FROM participations ORDER BY key;
DROP TABLE participations;
ALTER TABLE participations_by_key RENAME TO participations;
