//! Elections: record, schedule, roll, ballot box, trustees.

use super::mails;

diesel::table! {
    elections (id) {
        id -> BigInt,
        public_id -> Text,
        slug -> Text,
        uuid -> Text,
        title -> Text,
        state -> Text,
        settings -> Text,
        record_at -> Nullable<Timestamp>,
        opens_at -> Nullable<Timestamp>,
        closes_at -> Nullable<Timestamp>,
        publish_at -> Nullable<Timestamp>,
        archive_seconds -> BigInt,
        election_json -> Nullable<Text>,
        election_hash -> Nullable<Text>,
        public_height -> Nullable<BigInt>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    milestones (id) {
        id -> BigInt,
        election_id -> BigInt,
        kind -> Text,
        version -> BigInt,
        civil_text -> Text,
        zone -> Text,
        instant -> Timestamp,
        reason -> Nullable<Text>,
        made_by -> Nullable<BigInt>,
        made_at -> Timestamp,
    }
}

diesel::table! {
    roll_entries (id) {
        id -> BigInt,
        election_id -> BigInt,
        person_id -> BigInt,
        weight -> BigInt,
        reason -> Text,
        corrected -> Bool,
    }
}

diesel::table! {
    roll_snapshots (id) {
        id -> BigInt,
        election_id -> BigInt,
        version -> BigInt,
        entries -> BigInt,
        list_hash -> Text,
        frozen_at -> Timestamp,
    }
}

diesel::table! {
    credential_bindings (election_id, public_credential) {
        election_id -> BigInt,
        roll_entry_id -> BigInt,
        public_credential -> Text,
    }
}

diesel::table! {
    sealed_codes (election_id, roll_entry_id) {
        election_id -> BigInt,
        roll_entry_id -> BigInt,
        sealed -> Text,
    }
}

diesel::table! {
    election_objects (election_id, hash) {
        election_id -> BigInt,
        hash -> Text,
        kind -> Text,
        bytes -> Binary,
    }
}

diesel::table! {
    election_events (election_id, height) {
        election_id -> BigInt,
        height -> BigInt,
        kind -> Text,
        event_json -> Text,
        event_hash -> Text,
        objects -> Text,
    }
}

diesel::table! {
    ballots (election_id, tracker) {
        election_id -> BigInt,
        tracker -> Text,
        credential -> Text,
        height -> BigInt,
    }
}

diesel::table! {
    ballot_ciphertexts (election_id, digest) {
        election_id -> BigInt,
        digest -> Text,
    }
}

diesel::table! {
    log_states (election_id) {
        election_id -> BigInt,
        size -> BigInt,
        root -> Text,
        checkpoint -> Text,
    }
}

diesel::table! {
    checkpoint_cosignatures (election_id, size, witness) {
        election_id -> BigInt,
        size -> BigInt,
        witness -> Text,
        line -> Text,
    }
}

diesel::table! {
    log_checkpoints (election_id, size) {
        election_id -> BigInt,
        size -> BigInt,
        note -> Text,
    }
}

diesel::table! {
    participations (key) {
        key -> Text,
        election_id -> BigInt,
        person_id -> BigInt,
        day -> Date,
    }
}

diesel::table! {
    receipt_copies (key) {
        key -> Text,
        election_id -> BigInt,
        sealed -> Text,
    }
}

diesel::table! {
    election_trustees (id) {
        id -> BigInt,
        election_id -> BigInt,
        position -> BigInt,
        person_id -> Nullable<BigInt>,
        name -> Text,
        state -> Text,
        public_key -> Nullable<Text>,
        fingerprint -> Nullable<Text>,
    }
}

diesel::table! {
    trustee_messages (id) {
        id -> BigInt,
        election_id -> BigInt,
        position -> BigInt,
        kind -> Text,
        recipient -> BigInt,
        body -> Text,
        accepted -> Bool,
        finding -> Nullable<Text>,
    }
}

diesel::table! {
    quorum_certificates (election_id) {
        election_id -> BigInt,
        outcome -> Text,
        note -> Text,
    }
}

diesel::table! {
    election_results (election_id) {
        election_id -> BigInt,
        result -> Text,
        outcome -> Text,
    }
}

diesel::table! {
    ballot_disputes (id) {
        id -> BigInt,
        election_id -> BigInt,
        reference -> Text,
        tracker -> Text,
        message -> Text,
        state -> Text,
        opened_on -> Date,
    }
}

diesel::table! {
    election_incidents (id) {
        id -> BigInt,
        election_id -> BigInt,
        at -> Timestamp,
        person_id -> Nullable<BigInt>,
        message -> Text,
        public -> Bool,
    }
}

diesel::table! {
    election_decisions (id) {
        id -> BigInt,
        election_id -> BigInt,
        kind -> Text,
        at -> Timestamp,
        public -> Bool,
        reason -> Text,
        details -> Text,
        approval -> Nullable<Text>,
        proposed_by -> Nullable<BigInt>,
        approved_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    election_mails (id) {
        id -> BigInt,
        election_id -> BigInt,
        person_id -> BigInt,
        kind -> Text,
        mail_id -> Nullable<BigInt>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(election_mails, mails);

diesel::allow_tables_to_appear_in_same_query!(
    elections,
    milestones,
    roll_entries,
    roll_snapshots,
    credential_bindings,
    sealed_codes,
    election_trustees,
    trustee_messages,
);
