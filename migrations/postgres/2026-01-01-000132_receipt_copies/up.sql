-- Receipts that will be mailed to their voters at the end of the day. Who and which ballot is inside `sealed` only, under a key
-- that is not in the database.
CREATE TABLE receipt_copies (
    key TEXT NOT NULL PRIMARY KEY,
    election_id BIGINT NOT NULL REFERENCES elections (id),
    sealed TEXT NOT NULL
);
