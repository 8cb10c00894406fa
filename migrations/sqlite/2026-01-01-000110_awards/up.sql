-- Awards: what is given by whom and by which rule, rounds, nominations, review, recipients.

-- A programme: the deciding body, and what the program reads from `settings` (calendar, carry-over, templates and so on).
CREATE TABLE award_programmes (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    body_id BIGINT NOT NULL REFERENCES bodies (id),
    class_id BIGINT REFERENCES membership_classes (id),
    settings TEXT NOT NULL,
    position BIGINT NOT NULL,
    is_open BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL
);

-- Rules of decision, each a version: a candidate until the body adopts it, superseded by the next one it adopts.
CREATE TABLE award_rules (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    programme_id BIGINT NOT NULL REFERENCES award_programmes (id),
    policy TEXT NOT NULL,
    authority TEXT NOT NULL,
    minute TEXT NOT NULL,
    adopted_by BIGINT REFERENCES persons (id),
    adopted_at TIMESTAMP,
    superseded_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX award_rules_of_programme ON award_rules (programme_id);

-- Rounds. Of programmes without a calendar `year` counts the rounds and the instants come when the chair sets them.
CREATE TABLE award_rounds (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    programme_id BIGINT NOT NULL REFERENCES award_programmes (id),
    year BIGINT NOT NULL,
    number BIGINT NOT NULL,
    label TEXT NOT NULL,
    state TEXT NOT NULL,
    cutoff_at TIMESTAMP,
    review_until TIMESTAMP,
    announce_at TIMESTAMP,
    announce_by TIMESTAMP,
    rule_id BIGINT REFERENCES award_rules (id),
    decided_at TIMESTAMP,
    announced_at TIMESTAMP,
    resolution TEXT NOT NULL,
    minutes TEXT NOT NULL,
    announcement TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (programme_id, year, number)
);

-- Every nomination of the same person or team is one row here; who nominated is in `award_supports`.
CREATE TABLE award_nominations (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    programme_id BIGINT NOT NULL REFERENCES award_programmes (id),
    team TEXT NOT NULL,
    citation TEXT NOT NULL,
    about TEXT NOT NULL,
    state TEXT NOT NULL,
    granted_in BIGINT REFERENCES award_rounds (id),
    closed_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX award_nominations_of_programme ON award_nominations (programme_id, state);

CREATE TABLE award_nominees (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    nomination_id BIGINT NOT NULL REFERENCES award_nominations (id),
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    person_id BIGINT REFERENCES persons (id)
);
CREATE INDEX award_nominees_of_nomination ON award_nominees (nomination_id);
CREATE INDEX award_nominees_of_person ON award_nominees (person_id);

CREATE TABLE award_supports (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    nomination_id BIGINT NOT NULL REFERENCES award_nominations (id),
    round_id BIGINT NOT NULL REFERENCES award_rounds (id),
    author_name TEXT NOT NULL,
    author_email TEXT NOT NULL,
    person_id BIGINT REFERENCES persons (id),
    citation TEXT NOT NULL,
    accomplishments TEXT NOT NULL,
    links TEXT NOT NULL,
    referees TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX award_supports_of_nomination ON award_supports (nomination_id);
CREATE INDEX award_supports_of_person ON award_supports (person_id);

CREATE TABLE award_votes (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    nomination_id BIGINT NOT NULL REFERENCES award_nominations (id),
    round_id BIGINT NOT NULL REFERENCES award_rounds (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    choice TEXT NOT NULL,
    rationale TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    UNIQUE (nomination_id, round_id, person_id)
);
CREATE INDEX award_votes_of_person ON award_votes (person_id);

CREATE TABLE award_comments (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    nomination_id BIGINT NOT NULL REFERENCES award_nominations (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    body TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX award_comments_of_nomination ON award_comments (nomination_id);
CREATE INDEX award_comments_of_person ON award_comments (person_id);

-- What the votes of a round came to, with the numbers, for each nomination that was considered.
CREATE TABLE award_outcomes (
    nomination_id BIGINT NOT NULL REFERENCES award_nominations (id),
    round_id BIGINT NOT NULL REFERENCES award_rounds (id),
    outcome TEXT NOT NULL,
    votes_for BIGINT NOT NULL,
    votes_against BIGINT NOT NULL,
    abstentions BIGINT NOT NULL,
    recusals BIGINT NOT NULL,
    members BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (nomination_id, round_id)
);
CREATE INDEX award_outcomes_of_round ON award_outcomes (round_id);

-- Mails to reviewers about a round, so that each goes out once.
CREATE TABLE award_notices (
    round_id BIGINT NOT NULL REFERENCES award_rounds (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    notice TEXT NOT NULL,
    sent_at TIMESTAMP NOT NULL,
    PRIMARY KEY (round_id, person_id, notice)
);

CREATE TABLE award_imports (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    programme_id BIGINT NOT NULL REFERENCES award_programmes (id),
    file_name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    entries TEXT NOT NULL,
    state TEXT NOT NULL,
    created_by BIGINT NOT NULL REFERENCES persons (id),
    created_at TIMESTAMP NOT NULL,
    changed_at TIMESTAMP NOT NULL
);

-- Recipients. Nothing of a row is shown before `public_from`.
CREATE TABLE award_recipients (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    programme_id BIGINT NOT NULL REFERENCES award_programmes (id),
    round_id BIGINT REFERENCES award_rounds (id),
    nomination_id BIGINT REFERENCES award_nominations (id),
    import_id BIGINT REFERENCES award_imports (id),
    person_id BIGINT REFERENCES persons (id),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    team TEXT NOT NULL,
    year BIGINT NOT NULL,
    batch TEXT NOT NULL,
    citation TEXT NOT NULL,
    about TEXT NOT NULL,
    state TEXT NOT NULL,
    public_from TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (programme_id, slug)
);
CREATE INDEX award_recipients_of_programme ON award_recipients (programme_id, year);
CREATE INDEX award_recipients_of_person ON award_recipients (person_id);
CREATE INDEX award_recipients_of_import ON award_recipients (import_id);
