-- Messages written through the contact form, and what staff answered or noted.
CREATE TABLE contact_messages (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    reference TEXT NOT NULL UNIQUE,
    person_id BIGINT REFERENCES persons (id),
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    changed_at TIMESTAMP NOT NULL
);
CREATE INDEX contact_messages_by_state ON contact_messages (state, id);

CREATE TABLE contact_replies (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    message_id BIGINT NOT NULL REFERENCES contact_messages (id),
    author_id BIGINT NOT NULL REFERENCES persons (id),
    body TEXT NOT NULL,
    is_note BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX contact_replies_of_message ON contact_replies (message_id);
