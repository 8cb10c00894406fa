-- Organisations outside of ours, who belongs to which, and which of them controls which. Shares are hundredths of a percent.
CREATE TABLE outside_organisations (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    homepage TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE TABLE affiliations (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    organisation_id BIGINT NOT NULL REFERENCES outside_organisations (id),
    relation TEXT NOT NULL,
    share_bp BIGINT NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE,
    state TEXT NOT NULL,
    decided_by BIGINT REFERENCES persons (id),
    decided_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX affiliations_of_person ON affiliations (person_id);
CREATE TABLE control_links (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    owner_id BIGINT NOT NULL REFERENCES outside_organisations (id),
    owned_id BIGINT NOT NULL REFERENCES outside_organisations (id),
    share_bp BIGINT NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE,
    declared_by BIGINT REFERENCES persons (id),
    state TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
