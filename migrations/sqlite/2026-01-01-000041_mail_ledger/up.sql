-- What became of every mail, what people want to get, and addresses that are not written to.
ALTER TABLE mails ADD COLUMN topic TEXT;
CREATE INDEX mails_by_recipient ON mails (recipient);

CREATE TABLE mail_events (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    mail_id BIGINT NOT NULL REFERENCES mails (id),
    at TIMESTAMP NOT NULL,
    event TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX mail_events_of_mail ON mail_events (mail_id);

CREATE TABLE mail_preferences (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    topic TEXT NOT NULL,
    wanted BOOLEAN NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    UNIQUE (person_id, topic)
);

CREATE TABLE mail_suppressions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    lookup TEXT NOT NULL UNIQUE,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    created_by BIGINT REFERENCES persons (id),
    created_at TIMESTAMP NOT NULL
);
