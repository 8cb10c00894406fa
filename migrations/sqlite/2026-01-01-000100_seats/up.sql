-- Seats with terms: what somebody is in a body, by which cohort and on what basis, until when the term was given and how it
-- ended. Rules of a body that are not words: seats, length of a term, limit on common affiliations, inactivity.
ALTER TABLE bodies ADD COLUMN seats BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bodies ADD COLUMN term_years BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bodies ADD COLUMN co_affiliation TEXT;
ALTER TABLE bodies ADD COLUMN inactivity TEXT;
ALTER TABLE bodies ADD COLUMN required_class TEXT NOT NULL DEFAULT '';
ALTER TABLE body_members ADD COLUMN role TEXT NOT NULL DEFAULT 'member';
ALTER TABLE body_members ADD COLUMN cohort TEXT NOT NULL DEFAULT '';
ALTER TABLE body_members ADD COLUMN basis TEXT NOT NULL DEFAULT 'recorded';
ALTER TABLE body_members ADD COLUMN term_until DATE;
ALTER TABLE body_members ADD COLUMN ended TEXT;
ALTER TABLE body_members ADD COLUMN end_note TEXT NOT NULL DEFAULT '';
ALTER TABLE body_members ADD COLUMN last_work_on DATE;
ALTER TABLE body_members ADD COLUMN asked_at TIMESTAMP;
ALTER TABLE body_members ADD COLUMN confirmed_at TIMESTAMP;
UPDATE body_members SET term_until = ends_on;
UPDATE body_members SET role = 'chair' WHERE lower(position) = 'chair';
