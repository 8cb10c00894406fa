-- Pictures as they are served: always written anew by us, never the bytes that were uploaded.
CREATE TABLE images (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    png BLOB NOT NULL,
    created_at TIMESTAMP NOT NULL
);
