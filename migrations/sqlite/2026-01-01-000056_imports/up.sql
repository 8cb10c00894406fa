-- Lists of people read from files: kept row by row, looked at, then applied in batches; undone by the import's id.
CREATE TABLE imports (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    file_name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    format TEXT NOT NULL,
    settings TEXT NOT NULL,
    state TEXT NOT NULL,
    rows_total BIGINT NOT NULL,
    rows_done BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    created_by BIGINT NOT NULL REFERENCES persons (id),
    created_at TIMESTAMP NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    applied_by BIGINT REFERENCES persons (id),
    applied_at TIMESTAMP
);
CREATE INDEX imports_by_sha256 ON imports (sha256);

-- One row of a file. `mailbox` finds the same person twice in one file; `made` says what undoing takes back.
CREATE TABLE import_rows (
    import_id BIGINT NOT NULL REFERENCES imports (id),
    line BIGINT NOT NULL,
    cells TEXT NOT NULL,
    outcome TEXT NOT NULL,
    note TEXT NOT NULL,
    mailbox TEXT NOT NULL,
    applied BOOLEAN NOT NULL,
    person_id BIGINT REFERENCES persons (id),
    made TEXT NOT NULL,
    PRIMARY KEY (import_id, line)
);
CREATE INDEX import_rows_by_mailbox ON import_rows (import_id, mailbox);
CREATE INDEX import_rows_by_outcome ON import_rows (import_id, outcome, line);
CREATE INDEX import_rows_of_person ON import_rows (person_id);

-- Taking back an import removes people; the checks of references must not read whole tables for each.
CREATE INDEX memberships_by_decider ON memberships (decided_by);
CREATE INDEX possible_duplicates_by_second ON possible_duplicates (second_id);
CREATE INDEX contact_messages_of_person ON contact_messages (person_id);
