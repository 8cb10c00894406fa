-- Boards, councils, committees and work groups: who sits in them, from when until when.
CREATE TABLE bodies (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    description TEXT NOT NULL,
    is_public BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE TABLE body_members (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    body_id BIGINT NOT NULL REFERENCES bodies (id),
    person_id BIGINT NOT NULL REFERENCES persons (id),
    position TEXT NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX body_members_of_body ON body_members (body_id);
CREATE INDEX body_members_of_person ON body_members (person_id);
