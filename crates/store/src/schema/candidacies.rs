//! Calls for candidates.

diesel::table! {
    nominations (id) {
        id -> BigInt,
        public_id -> Text,
        election_id -> BigInt,
        handle -> Text,
        person_id -> Nullable<BigInt>,
        address -> Text,
        lookup -> Text,
        name -> Text,
        is_self -> Bool,
        state -> Text,
        statement -> Text,
        revision -> BigInt,
        acknowledged -> Text,
        portrait -> Nullable<Text>,
        review -> Text,
        review_reason -> Text,
        reviewed_by -> Nullable<BigInt>,
        reviewed_at -> Nullable<Timestamp>,
        second_by -> Nullable<BigInt>,
        second_at -> Nullable<Timestamp>,
        second_note -> Text,
        clarification -> Text,
        clarification_asked_at -> Nullable<Timestamp>,
        clarification_answer -> Text,
        clarified_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        answered_at -> Nullable<Timestamp>,
        withdrawn_at -> Nullable<Timestamp>,
        frozen_at -> Nullable<Timestamp>,
        merged_into -> Nullable<BigInt>,
        merge_reason -> Text,
    }
}

diesel::table! {
    nomination_supports (id) {
        id -> BigInt,
        public_id -> Text,
        nomination_id -> BigInt,
        person_id -> Nullable<BigInt>,
        name -> Text,
        address -> Text,
        lookup -> Text,
        role -> Text,
        state -> Text,
        employer -> Text,
        words -> Text,
        made_at -> Timestamp,
        given_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    nomination_drafts (id) {
        id -> BigInt,
        public_id -> Text,
        election_id -> BigInt,
        person_id -> Nullable<BigInt>,
        lookup -> Text,
        token_hash -> Nullable<Binary>,
        content -> Text,
        made_at -> Timestamp,
        changed_at -> Timestamp,
    }
}

diesel::table! {
    call_mails (id) {
        id -> BigInt,
        election_id -> BigInt,
        kind -> Text,
        lookup -> Text,
        mail_id -> Nullable<BigInt>,
        sent_at -> Timestamp,
    }
}

diesel::table! {
    candidate_errata (id) {
        id -> BigInt,
        nomination_id -> BigInt,
        text -> Text,
        made_by -> BigInt,
        made_at -> Timestamp,
    }
}

diesel::table! {
    candidate_questions (id) {
        id -> BigInt,
        public_id -> Text,
        election_id -> BigInt,
        nomination_id -> Nullable<BigInt>,
        person_id -> BigInt,
        text -> Text,
        state -> Text,
        reason -> Text,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<Timestamp>,
        made_at -> Timestamp,
    }
}

diesel::table! {
    candidate_answers (id) {
        id -> BigInt,
        question_id -> BigInt,
        nomination_id -> BigInt,
        text -> Text,
        state -> Text,
        reason -> Text,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<Timestamp>,
        made_at -> Timestamp,
    }
}

diesel::joinable!(nomination_supports -> nominations (nomination_id));
diesel::joinable!(candidate_answers -> candidate_questions (question_id));
