-- Nominations of the same person that the chair joined by hand: which one went into which, and what moved with it, so that it
-- can be taken apart again.
CREATE TABLE award_joins (
    nomination_id BIGINT NOT NULL PRIMARY KEY REFERENCES award_nominations (id),
    into_id BIGINT NOT NULL REFERENCES award_nominations (id),
    moved TEXT NOT NULL,
    joined_at TIMESTAMP NOT NULL
);
CREATE INDEX award_joins_into ON award_joins (into_id);
