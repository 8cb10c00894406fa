//! Membership: classes, memberships, dues without amounts, certifications, affirmations, drives.

use super::{bodies, persons};

diesel::table! {
    /// Classes of membership.
    membership_classes (id) {
        id -> BigInt,
        class_key -> Text,
        name -> Text,
        description -> Text,
        position -> BigInt,
        votes -> Bool,
        public_badge -> Bool,
        dues -> Nullable<Text>,
        evidence -> Text,
        evidence_text -> Text,
        term -> Text,
        is_open -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// Memberships, each a fact of its own.
    memberships (id) {
        id -> BigInt,
        public_id -> Text,
        person_id -> BigInt,
        class_id -> BigInt,
        source -> Text,
        reference -> Nullable<Text>,
        state -> Text,
        starts_at -> Timestamp,
        ends_at -> Nullable<Timestamp>,
        statement -> Text,
        reason -> Text,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// What was paid for, without amounts.
    paid_terms (id) {
        id -> BigInt,
        person_id -> BigInt,
        class_id -> BigInt,
        reference -> Text,
        kind -> Text,
        paid_at -> Timestamp,
        returned_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// Certifications of people in a class.
    certifications (id) {
        id -> BigInt,
        person_id -> BigInt,
        class_id -> BigInt,
        certified_at -> Timestamp,
        agreed_text -> Text,
        note -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// Declared intentions to vote for a body.
    affirmations (id) {
        id -> BigInt,
        person_id -> BigInt,
        body_id -> BigInt,
        affirmed_at -> Timestamp,
        how -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// Standing wishes not to be on a roll.
    affirmation_optouts (id) {
        id -> BigInt,
        person_id -> BigInt,
        body_id -> BigInt,
        starts_at -> Timestamp,
        ends_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// When and by which rule a roll is made.
    electoral_calls (id) {
        id -> BigInt,
        public_id -> Text,
        body_id -> BigInt,
        election_id -> Nullable<BigInt>,
        title -> Text,
        rule -> Text,
        authority -> Text,
        affirm_from -> Timestamp,
        cutoff_at -> Timestamp,
        record_at -> Timestamp,
        waivers -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// Participation in elections held elsewhere.
    past_participations (id) {
        id -> BigInt,
        person_id -> BigInt,
        election -> Text,
        closed_at -> Timestamp,
        voted -> Bool,
        import_reference -> Text,
    }
}

diesel::table! {
    /// Memberships ended by decision, step by step.
    terminations (id) {
        id -> BigInt,
        public_id -> Text,
        membership_id -> BigInt,
        reason -> Text,
        notice_at -> Timestamp,
        hearing_at -> Timestamp,
        effective_at -> Timestamp,
        answer -> Text,
        state -> Text,
        outcome -> Text,
        noticed_by -> Nullable<BigInt>,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// People who agreed to be named in public.
    roster_consents (person_id) {
        person_id -> BigInt,
        agreed_at -> Timestamp,
    }
}

diesel::table! {
    /// Membership drives.
    membership_drives (id) {
        id -> BigInt,
        slug -> Text,
        title -> Text,
        description -> Text,
        class_id -> Nullable<BigInt>,
        goal -> BigInt,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// Reminders sent.
    membership_notices (id) {
        id -> BigInt,
        person_id -> BigInt,
        notice -> Text,
        subject -> Text,
        sent_at -> Timestamp,
    }
}

diesel::joinable!(memberships -> membership_classes (class_id));
diesel::joinable!(memberships -> persons (person_id));
diesel::joinable!(paid_terms -> membership_classes (class_id));
diesel::joinable!(certifications -> membership_classes (class_id));
diesel::joinable!(affirmations -> bodies (body_id));
diesel::joinable!(electoral_calls -> bodies (body_id));
diesel::joinable!(terminations -> memberships (membership_id));
diesel::joinable!(roster_consents -> persons (person_id));
