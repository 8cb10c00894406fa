-- Finding people by the beginnings of words; what makes two records look alike; requests about one's data and about the
-- list of members; records brought together.

-- Lower-case words of names and addresses, without accents. Words that begin with # are marks for filters.
CREATE TABLE person_words (
    word TEXT NOT NULL,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    PRIMARY KEY (word, person_id)
);
CREATE INDEX person_words_of_person ON person_words (person_id, word);

-- Two people with the same key may be one: the same mailbox, or the same name with the same local part.
CREATE TABLE person_keys (
    key TEXT NOT NULL,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    PRIMARY KEY (key, person_id)
);
CREATE INDEX person_keys_of_person ON person_keys (person_id);

CREATE INDEX persons_by_name ON persons (preferred_name, id);

CREATE TABLE privacy_requests (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    kind TEXT NOT NULL,
    message TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    due_at TIMESTAMP NOT NULL,
    decided_by BIGINT REFERENCES persons (id),
    decided_at TIMESTAMP,
    answer TEXT NOT NULL
);
CREATE INDEX privacy_requests_by_state ON privacy_requests (state, due_at);
CREATE INDEX privacy_requests_of_person ON privacy_requests (person_id);

-- A voting member asks for the list of members; the conditions are kept as they were accepted.
CREATE TABLE inspection_requests (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    purpose TEXT NOT NULL,
    conditions TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    due_at TIMESTAMP NOT NULL,
    decided_by BIGINT REFERENCES persons (id),
    decided_at TIMESTAMP,
    answer TEXT NOT NULL,
    open_until TIMESTAMP
);
CREATE INDEX inspection_requests_by_state ON inspection_requests (state, due_at);
CREATE INDEX inspection_requests_of_person ON inspection_requests (person_id);

CREATE TABLE inspection_downloads (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    request_id BIGINT NOT NULL REFERENCES inspection_requests (id),
    at TIMESTAMP NOT NULL,
    entries BIGINT NOT NULL,
    sha256 TEXT NOT NULL
);
CREATE INDEX inspection_downloads_of_request ON inspection_downloads (request_id);

CREATE TABLE possible_duplicates (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    first_id BIGINT NOT NULL REFERENCES persons (id),
    second_id BIGINT NOT NULL REFERENCES persons (id),
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    found_at TIMESTAMP NOT NULL,
    decided_by BIGINT REFERENCES persons (id),
    decided_at TIMESTAMP,
    UNIQUE (first_id, second_id)
);
CREATE INDEX possible_duplicates_by_state ON possible_duplicates (state, id);

-- What was moved from one record to the other, so that it can be moved back.
CREATE TABLE merges (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    kept_id BIGINT NOT NULL REFERENCES persons (id),
    gone_id BIGINT NOT NULL REFERENCES persons (id),
    moved TEXT NOT NULL,
    reason TEXT NOT NULL,
    merged_by BIGINT NOT NULL REFERENCES persons (id),
    merged_at TIMESTAMP NOT NULL,
    undone_by BIGINT REFERENCES persons (id),
    undone_at TIMESTAMP
);
CREATE INDEX merges_of_kept ON merges (kept_id);
CREATE INDEX merges_of_gone ON merges (gone_id);
