-- Every version of the site pages, and which version each person accepted. Versions are never changed.
CREATE TABLE page_versions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    page TEXT NOT NULL,
    version BIGINT NOT NULL,
    source TEXT NOT NULL,
    note TEXT NOT NULL,
    asks_again BOOLEAN NOT NULL,
    author_id BIGINT REFERENCES persons (id),
    created_at TIMESTAMP NOT NULL,
    UNIQUE (page, version)
);

CREATE TABLE page_acceptances (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    page TEXT NOT NULL,
    version BIGINT NOT NULL,
    accepted_at TIMESTAMP NOT NULL,
    UNIQUE (person_id, page, version)
);
