-- Rows lie in the order in which they came, which is that of the ballots beside them, and name their transaction. They are
-- written anew in the order of their random keys; `shuffle_participations` does so again while people vote.
CREATE TEMP TABLE participations_by_key AS SELECT key, election_id, person_id, day FROM participations;
DELETE FROM participations;
INSERT INTO participations (key, election_id, person_id, day)
    SELECT key, election_id, person_id, day FROM participations_by_key ORDER BY key;
DROP TABLE participations_by_key;
