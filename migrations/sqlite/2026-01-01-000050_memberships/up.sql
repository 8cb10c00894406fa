-- Membership: classes, memberships as independent facts, what dues cover, certifications, affirmations, drives.

-- `class_key` is the name that rules and their sentences use ("Supporting"); it never changes.
CREATE TABLE membership_classes (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    class_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    position BIGINT NOT NULL,
    votes BOOLEAN NOT NULL,
    public_badge BOOLEAN NOT NULL,
    dues TEXT,
    evidence TEXT NOT NULL,
    evidence_text TEXT NOT NULL,
    term TEXT NOT NULL,
    is_open BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE memberships (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    class_id BIGINT NOT NULL REFERENCES membership_classes (id),
    source TEXT NOT NULL,
    reference TEXT,
    state TEXT NOT NULL,
    starts_at TIMESTAMP NOT NULL,
    ends_at TIMESTAMP,
    statement TEXT NOT NULL,
    reason TEXT NOT NULL,
    decided_by BIGINT REFERENCES persons (id),
    decided_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX memberships_of_person ON memberships (person_id);
CREATE INDEX memberships_of_class ON memberships (class_id, state, ends_at);
CREATE INDEX memberships_by_state ON memberships (state, ends_at);
CREATE INDEX memberships_by_reference ON memberships (reference);

-- What was paid for, without any amount: the rule of the class makes the covered time from these rows.
CREATE TABLE paid_terms (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    class_id BIGINT NOT NULL REFERENCES membership_classes (id),
    reference TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    paid_at TIMESTAMP NOT NULL,
    returned_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX paid_terms_of_person ON paid_terms (person_id);

CREATE TABLE certifications (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    class_id BIGINT NOT NULL REFERENCES membership_classes (id),
    certified_at TIMESTAMP NOT NULL,
    agreed_text TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX certifications_of_person ON certifications (person_id);

CREATE TABLE affirmations (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    body_id BIGINT NOT NULL REFERENCES bodies (id),
    affirmed_at TIMESTAMP NOT NULL,
    how TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX affirmations_of_person ON affirmations (person_id);
CREATE INDEX affirmations_of_body ON affirmations (body_id, affirmed_at);

-- A standing wish not to be on the roll of a body.
CREATE TABLE affirmation_optouts (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    body_id BIGINT NOT NULL REFERENCES bodies (id),
    starts_at TIMESTAMP NOT NULL,
    ends_at TIMESTAMP
);
CREATE INDEX affirmation_optouts_of_person ON affirmation_optouts (person_id);
CREATE INDEX affirmation_optouts_of_body ON affirmation_optouts (body_id);

-- When and by which rule the roll of a body is made; members see it and are asked to affirm until its cut-off.
CREATE TABLE electoral_calls (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    body_id BIGINT NOT NULL REFERENCES bodies (id),
    election_id BIGINT REFERENCES elections (id),
    title TEXT NOT NULL,
    rule TEXT NOT NULL,
    authority TEXT NOT NULL,
    affirm_from TIMESTAMP NOT NULL,
    cutoff_at TIMESTAMP NOT NULL,
    record_at TIMESTAMP NOT NULL,
    waivers TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX electoral_calls_by_cutoff ON electoral_calls (cutoff_at);

-- Who was entitled to vote in an election held elsewhere, and who voted.
CREATE TABLE past_participations (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    election TEXT NOT NULL,
    closed_at TIMESTAMP NOT NULL,
    voted BOOLEAN NOT NULL,
    import_reference TEXT NOT NULL,
    UNIQUE (person_id, election)
);

-- Ending a membership against the member's will: notice, hearing, decision.
CREATE TABLE terminations (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    membership_id BIGINT NOT NULL REFERENCES memberships (id),
    reason TEXT NOT NULL,
    notice_at TIMESTAMP NOT NULL,
    hearing_at TIMESTAMP NOT NULL,
    effective_at TIMESTAMP NOT NULL,
    answer TEXT NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT NOT NULL,
    noticed_by BIGINT REFERENCES persons (id),
    decided_by BIGINT REFERENCES persons (id),
    decided_at TIMESTAMP
);
CREATE INDEX terminations_of_membership ON terminations (membership_id);

-- People who agreed to be named among the members in public.
CREATE TABLE roster_consents (
    person_id BIGINT NOT NULL PRIMARY KEY REFERENCES persons (id),
    agreed_at TIMESTAMP NOT NULL
);

CREATE TABLE membership_drives (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    class_id BIGINT REFERENCES membership_classes (id),
    goal BIGINT NOT NULL,
    starts_at TIMESTAMP NOT NULL,
    ends_at TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL
);

-- Reminders sent, so that each goes out once.
CREATE TABLE membership_notices (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    notice TEXT NOT NULL,
    subject TEXT NOT NULL,
    sent_at TIMESTAMP NOT NULL,
    UNIQUE (person_id, notice, subject)
);
