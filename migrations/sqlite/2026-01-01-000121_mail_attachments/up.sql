-- Files that travel with a mail.
CREATE TABLE mail_attachments (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    mail_id BIGINT NOT NULL REFERENCES mails (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    bytes BLOB NOT NULL
);
CREATE INDEX mail_attachments_of ON mail_attachments (mail_id);
