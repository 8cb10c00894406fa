-- Dues: who pays for what, an append-only ledger of what became of the money, receipts, the providers' notices, lines of bank
-- statements, and the daily comparison with the providers.

-- What was agreed on; the ledger says what came of it. `least_minor` is the least amount of the rule in force at the time.
CREATE TABLE payments (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    person_id BIGINT NOT NULL REFERENCES persons (id),
    class_id BIGINT NOT NULL REFERENCES membership_classes (id),
    kind TEXT NOT NULL,
    provider TEXT NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    amount_minor BIGINT NOT NULL,
    least_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    provider_session TEXT UNIQUE,
    provider_payment TEXT UNIQUE,
    checkout_url TEXT,
    created_at TIMESTAMP NOT NULL,
    changed_at TIMESTAMP NOT NULL
);
CREATE INDEX payments_of_person ON payments (person_id);
CREATE INDEX payments_by_state ON payments (state, created_at);

-- The ledger. Amounts are signed: what came in is positive. One `entry_key` is entered once, whatever is sent how often.
CREATE TABLE payment_entries (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    payment_id BIGINT NOT NULL REFERENCES payments (id),
    kind TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    entry_key TEXT NOT NULL UNIQUE,
    occurred_at TIMESTAMP NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    actor_id BIGINT REFERENCES persons (id),
    note TEXT NOT NULL
);
CREATE INDEX payment_entries_of_payment ON payment_entries (payment_id);
CREATE INDEX payment_entries_by_time ON payment_entries (occurred_at);

CREATE TABLE receipts (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    payment_id BIGINT NOT NULL UNIQUE REFERENCES payments (id),
    number TEXT NOT NULL UNIQUE,
    year BIGINT NOT NULL,
    position BIGINT NOT NULL,
    issued_at TIMESTAMP NOT NULL,
    UNIQUE (year, position)
);

-- Every genuine notice of a provider, once. `notice` is what it says in our words; names and addresses in it are not kept.
CREATE TABLE payment_events (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    provider TEXT NOT NULL,
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    payment_id BIGINT REFERENCES payments (id),
    outcome TEXT NOT NULL,
    notice TEXT NOT NULL,
    occurred_at TIMESTAMP NOT NULL,
    received_at TIMESTAMP NOT NULL,
    UNIQUE (provider, event_id)
);
CREATE INDEX payment_events_by_subject ON payment_events (subject);
CREATE INDEX payment_events_of_payment ON payment_events (payment_id);

CREATE TABLE bank_imports (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    imported_by BIGINT NOT NULL REFERENCES persons (id),
    created_at TIMESTAMP NOT NULL
);

-- `line_key` is the same when the same line comes again in another statement.
CREATE TABLE bank_lines (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    import_id BIGINT NOT NULL REFERENCES bank_imports (id),
    line_number BIGINT NOT NULL,
    booked_on DATE NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    words TEXT NOT NULL,
    line_key TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    payment_id BIGINT REFERENCES payments (id),
    decided_by BIGINT REFERENCES persons (id),
    decided_at TIMESTAMP
);
CREATE INDEX bank_lines_of_import ON bank_lines (import_id, line_number);
CREATE INDEX bank_lines_by_state ON bank_lines (state, id);
CREATE INDEX bank_lines_of_payment ON bank_lines (payment_id);

CREATE TABLE reconciliations (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    provider TEXT NOT NULL,
    day DATE NOT NULL,
    findings TEXT NOT NULL,
    differences BIGINT NOT NULL,
    made_at TIMESTAMP NOT NULL
);
CREATE INDEX reconciliations_by_day ON reconciliations (day, provider);

CREATE TRIGGER payment_entries_no_update BEFORE UPDATE ON payment_entries
BEGIN SELECT RAISE(ABORT, 'the ledger of payments is append-only'); END;
CREATE TRIGGER payment_entries_no_delete BEFORE DELETE ON payment_entries
BEGIN SELECT RAISE(ABORT, 'the ledger of payments is append-only'); END;
CREATE TRIGGER receipts_no_update BEFORE UPDATE ON receipts
BEGIN SELECT RAISE(ABORT, 'receipts are append-only'); END;
CREATE TRIGGER receipts_no_delete BEFORE DELETE ON receipts
BEGIN SELECT RAISE(ABORT, 'receipts are append-only'); END;
CREATE TRIGGER payment_events_no_update BEFORE UPDATE ON payment_events
BEGIN SELECT RAISE(ABORT, 'notices of providers are append-only'); END;
CREATE TRIGGER payment_events_no_delete BEFORE DELETE ON payment_events
BEGIN SELECT RAISE(ABORT, 'notices of providers are append-only'); END;
CREATE TRIGGER payments_no_delete BEFORE DELETE ON payments
BEGIN SELECT RAISE(ABORT, 'payments are not removed'); END;
CREATE TRIGGER payments_terms_stand BEFORE UPDATE OF class_id, kind, provider, reference, amount_minor, least_minor, currency
ON payments BEGIN SELECT RAISE(ABORT, 'what was agreed on is not changed'); END;
