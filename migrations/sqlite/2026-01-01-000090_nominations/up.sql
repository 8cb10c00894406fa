-- Calls for candidates: nominations, who nominates and supports, drafts, mails, questions to candidates and corrections.

-- A candidacy of one person in one election, from the nomination on. `lookup` is the address the nominee was named by.
CREATE TABLE nominations (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    handle TEXT NOT NULL,
    person_id BIGINT REFERENCES persons (id),
    address TEXT NOT NULL,
    lookup TEXT NOT NULL,
    name TEXT NOT NULL,
    is_self BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    statement TEXT NOT NULL,
    revision BIGINT NOT NULL,
    acknowledged TEXT NOT NULL,
    portrait TEXT,
    review TEXT NOT NULL,
    review_reason TEXT NOT NULL,
    reviewed_by BIGINT REFERENCES persons (id),
    reviewed_at TIMESTAMP,
    second_by BIGINT REFERENCES persons (id),
    second_at TIMESTAMP,
    second_note TEXT NOT NULL,
    clarification TEXT NOT NULL,
    clarification_asked_at TIMESTAMP,
    clarification_answer TEXT NOT NULL,
    clarified_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    answered_at TIMESTAMP,
    withdrawn_at TIMESTAMP,
    frozen_at TIMESTAMP,
    UNIQUE (election_id, handle),
    UNIQUE (election_id, lookup),
    UNIQUE (election_id, person_id)
);
CREATE INDEX nominations_person ON nominations (person_id);

-- Who nominates, who nominates with them, and who supports; everybody in their own words.
CREATE TABLE nomination_supports (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    nomination_id BIGINT NOT NULL REFERENCES nominations (id),
    person_id BIGINT REFERENCES persons (id),
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    lookup TEXT NOT NULL,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    employer TEXT NOT NULL,
    words TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL,
    given_at TIMESTAMP,
    UNIQUE (nomination_id, lookup)
);
CREATE INDEX nomination_supports_person ON nomination_supports (person_id);

-- Nominations that are not sent yet. Those of visitors are found by the hash of a mailed secret.
CREATE TABLE nomination_drafts (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    person_id BIGINT REFERENCES persons (id),
    lookup TEXT NOT NULL,
    token_hash BLOB UNIQUE,
    content TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL,
    changed_at TIMESTAMP NOT NULL
);
CREATE INDEX nomination_drafts_person ON nomination_drafts (person_id);

-- Every mail about a call, once for each kind and address.
CREATE TABLE call_mails (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    kind TEXT NOT NULL,
    lookup TEXT NOT NULL,
    mail_id BIGINT,
    sent_at TIMESTAMP NOT NULL,
    UNIQUE (election_id, kind, lookup)
);

-- Corrections of texts that were frozen; append-only.
CREATE TABLE candidate_errata (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    nomination_id BIGINT NOT NULL REFERENCES nominations (id),
    text TEXT NOT NULL,
    made_by BIGINT NOT NULL REFERENCES persons (id),
    made_at TIMESTAMP NOT NULL
);
CREATE INDEX candidate_errata_nomination ON candidate_errata (nomination_id);

-- Questions to one candidate or to all, shown when an officer lets them through.
CREATE TABLE candidate_questions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    nomination_id BIGINT REFERENCES nominations (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    decided_by BIGINT REFERENCES persons (id),
    decided_at TIMESTAMP,
    made_at TIMESTAMP NOT NULL
);
CREATE INDEX candidate_questions_election ON candidate_questions (election_id);
CREATE INDEX candidate_questions_person ON candidate_questions (person_id);

CREATE TABLE candidate_answers (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    question_id BIGINT NOT NULL REFERENCES candidate_questions (id),
    nomination_id BIGINT NOT NULL REFERENCES nominations (id),
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    decided_by BIGINT REFERENCES persons (id),
    decided_at TIMESTAMP,
    made_at TIMESTAMP NOT NULL,
    UNIQUE (question_id, nomination_id)
);

CREATE TRIGGER candidate_errata_no_update BEFORE UPDATE ON candidate_errata BEGIN SELECT RAISE(ABORT, 'candidate_errata is append-only'); END;
CREATE TRIGGER candidate_errata_no_delete BEFORE DELETE ON candidate_errata BEGIN SELECT RAISE(ABORT, 'candidate_errata is append-only'); END;
