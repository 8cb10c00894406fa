//! Finding people, requests about data, records brought together. What each column means stands in the migration and on the
//! row types.

diesel::table! {
    person_words (word, person_id) {
        word -> Text,
        person_id -> BigInt,
    }
}

diesel::table! {
    person_keys (key, person_id) {
        key -> Text,
        person_id -> BigInt,
    }
}

diesel::table! {
    privacy_requests (id) {
        id -> BigInt,
        public_id -> Text,
        person_id -> BigInt,
        kind -> Text,
        message -> Text,
        state -> Text,
        created_at -> Timestamp,
        due_at -> Timestamp,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<Timestamp>,
        answer -> Text,
    }
}

diesel::table! {
    inspection_requests (id) {
        id -> BigInt,
        public_id -> Text,
        person_id -> BigInt,
        purpose -> Text,
        conditions -> Text,
        state -> Text,
        created_at -> Timestamp,
        due_at -> Timestamp,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<Timestamp>,
        answer -> Text,
        open_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    inspection_downloads (id) {
        id -> BigInt,
        request_id -> BigInt,
        at -> Timestamp,
        entries -> BigInt,
        sha256 -> Text,
    }
}

diesel::table! {
    possible_duplicates (id) {
        id -> BigInt,
        public_id -> Text,
        first_id -> BigInt,
        second_id -> BigInt,
        reason -> Text,
        state -> Text,
        found_at -> Timestamp,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    merges (id) {
        id -> BigInt,
        public_id -> Text,
        kept_id -> BigInt,
        gone_id -> BigInt,
        moved -> Text,
        reason -> Text,
        merged_by -> BigInt,
        merged_at -> Timestamp,
        undone_by -> Nullable<BigInt>,
        undone_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    imports (id) {
        id -> BigInt,
        public_id -> Text,
        file_name -> Text,
        sha256 -> Text,
        format -> Text,
        settings -> Text,
        state -> Text,
        rows_total -> BigInt,
        rows_done -> BigInt,
        outcome -> Text,
        created_by -> BigInt,
        created_at -> Timestamp,
        changed_at -> Timestamp,
        applied_by -> Nullable<BigInt>,
        applied_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    import_rows (import_id, line) {
        import_id -> BigInt,
        line -> BigInt,
        cells -> Text,
        outcome -> Text,
        note -> Text,
        mailbox -> Text,
        applied -> Bool,
        person_id -> Nullable<BigInt>,
        made -> Text,
    }
}
