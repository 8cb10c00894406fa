//! Saved reports, their versions, grants, schedules and runs; files that travel with mails.

diesel::table! {
    reports (id) {
        id -> BigInt,
        public_id -> Text,
        title -> Text,
        state -> Text,
        versions -> BigInt,
        published -> Nullable<BigInt>,
        created_by -> BigInt,
        created_at -> Timestamp,
        changed_at -> Timestamp,
    }
}

diesel::table! {
    report_versions (id) {
        id -> BigInt,
        report_id -> BigInt,
        number -> BigInt,
        script -> Text,
        script_hash -> Text,
        declaration -> Text,
        is_personal -> Bool,
        created_by -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    report_grants (id) {
        id -> BigInt,
        report_id -> BigInt,
        version -> BigInt,
        script_hash -> Text,
        role -> Text,
        reason -> Text,
        proposed_by -> BigInt,
        approved_by -> BigInt,
        granted_at -> Timestamp,
        ends_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    report_schedules (id) {
        id -> BigInt,
        source -> Text,
        rhythm -> Text,
        role -> Text,
        parameters -> Text,
        next_at -> Timestamp,
        set_by -> BigInt,
        set_at -> Timestamp,
    }
}

diesel::table! {
    report_runs (id) {
        id -> BigInt,
        public_id -> Text,
        source -> Text,
        version -> Nullable<BigInt>,
        title -> Text,
        script -> Text,
        script_hash -> Text,
        parameters -> Text,
        ground -> Text,
        personal -> Nullable<Text>,
        sees_money -> Bool,
        is_trial -> Bool,
        asked_by -> Nullable<BigInt>,
        mail_role -> Nullable<Text>,
        state -> Text,
        queued_at -> Timestamp,
        started_at -> Nullable<Timestamp>,
        ended_at -> Nullable<Timestamp>,
        cancel_asked -> Bool,
        progress_rows -> BigInt,
        progress_outputs -> BigInt,
        message -> Text,
        outcome -> Nullable<Text>,
        data_hash -> Nullable<Text>,
        wall_millis -> Nullable<BigInt>,
        processor_millis -> Nullable<BigInt>,
        peak_memory -> Nullable<BigInt>,
    }
}

diesel::table! {
    mail_attachments (id) {
        id -> BigInt,
        mail_id -> BigInt,
        name -> Text,
        content_type -> Text,
        bytes -> Binary,
    }
}
