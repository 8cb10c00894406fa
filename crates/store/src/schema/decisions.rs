//! Organisations and affiliations, meetings and petitions, motions and resolutions, work groups.

diesel::table! {
    outside_organisations (id) {
        id -> BigInt,
        public_id -> Text,
        name -> Text,
        name_key -> Text,
        homepage -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    affiliations (id) {
        id -> BigInt,
        public_id -> Text,
        person_id -> BigInt,
        organisation_id -> BigInt,
        relation -> Text,
        share_bp -> BigInt,
        starts_on -> Date,
        ends_on -> Nullable<Date>,
        state -> Text,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    control_links (id) {
        id -> BigInt,
        owner_id -> BigInt,
        owned_id -> BigInt,
        share_bp -> BigInt,
        starts_on -> Date,
        ends_on -> Nullable<Date>,
        declared_by -> Nullable<BigInt>,
        state -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    petitions (id) {
        id -> BigInt,
        public_id -> Text,
        body_id -> BigInt,
        title -> Text,
        text -> Text,
        aim -> Text,
        motion_kind -> Text,
        signers -> Text,
        base -> BigInt,
        needed -> BigInt,
        author_id -> BigInt,
        opened_at -> Timestamp,
        closes_at -> Timestamp,
        reached_at -> Nullable<Timestamp>,
        withdrawn_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    petition_signatures (id) {
        id -> BigInt,
        petition_id -> BigInt,
        person_id -> BigInt,
        signed_at -> Timestamp,
    }
}

diesel::table! {
    meetings (id) {
        id -> BigInt,
        public_id -> Text,
        body_id -> BigInt,
        title -> Text,
        place -> Text,
        starts_at -> Timestamp,
        record_at -> Timestamp,
        notice_min_days -> BigInt,
        notice_max_days -> BigInt,
        notice_sent_at -> Nullable<Timestamp>,
        agenda -> Text,
        minutes -> Text,
        quorum -> Text,
        base -> BigInt,
        closed_at -> Nullable<Timestamp>,
        published_at -> Nullable<Timestamp>,
        cancelled_at -> Nullable<Timestamp>,
        petition_id -> Nullable<BigInt>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    meeting_attendance (id) {
        id -> BigInt,
        meeting_id -> BigInt,
        person_id -> BigInt,
        presence -> Text,
        noted_at -> Timestamp,
    }
}

diesel::table! {
    motion_kinds (id) {
        id -> BigInt,
        body_id -> BigInt,
        kind -> Text,
        version -> BigInt,
        settings -> Text,
        adopted_at -> Timestamp,
        superseded_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    motions (id) {
        id -> BigInt,
        public_id -> Text,
        body_id -> BigInt,
        kind_id -> BigInt,
        kind -> Text,
        about_body_id -> Nullable<BigInt>,
        title -> Text,
        text -> Text,
        effect -> Text,
        proposer_id -> BigInt,
        proposed_at -> Timestamp,
        opened_at -> Nullable<Timestamp>,
        withdrawn_at -> Nullable<Timestamp>,
        vetoed_at -> Nullable<Timestamp>,
        vetoed_by -> Nullable<BigInt>,
        election_id -> Nullable<BigInt>,
        meeting_id -> Nullable<BigInt>,
        petition_id -> Nullable<BigInt>,
        settled_at -> Nullable<Timestamp>,
        outcome -> Nullable<Text>,
        verdict -> Text,
        effective_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    motion_seconds (id) {
        id -> BigInt,
        motion_id -> BigInt,
        person_id -> BigInt,
        seconded_at -> Timestamp,
    }
}

diesel::table! {
    motion_electors (id) {
        id -> BigInt,
        motion_id -> BigInt,
        person_id -> BigInt,
    }
}

diesel::table! {
    motion_votes (id) {
        id -> BigInt,
        motion_id -> BigInt,
        person_id -> BigInt,
        choice -> Text,
        reason -> Text,
        voted_at -> Timestamp,
    }
}

diesel::table! {
    resolutions (id) {
        id -> BigInt,
        public_id -> Text,
        body_id -> BigInt,
        number -> Text,
        title -> Text,
        text -> Text,
        votes -> Text,
        adopted_on -> Date,
        effective_at -> Timestamp,
        motion_id -> Nullable<BigInt>,
        meeting_id -> Nullable<BigInt>,
        is_public -> Bool,
    }
}

diesel::table! {
    charters (id) {
        id -> BigInt,
        body_id -> BigInt,
        version -> BigInt,
        purpose -> Text,
        selection -> Text,
        chair -> Text,
        reports -> Text,
        report_months -> BigInt,
        begins_on -> Date,
        ends_on -> Nullable<Date>,
        is_open -> Bool,
        adopted_at -> Timestamp,
    }
}

diesel::table! {
    join_requests (id) {
        id -> BigInt,
        public_id -> Text,
        body_id -> BigInt,
        person_id -> BigInt,
        text -> Text,
        state -> Text,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<Timestamp>,
        note -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    group_reports (id) {
        id -> BigInt,
        body_id -> BigInt,
        due_on -> Date,
        title -> Text,
        text -> Text,
        author_id -> Nullable<BigInt>,
        submitted_at -> Nullable<Timestamp>,
        reminded_at -> Nullable<Timestamp>,
    }
}

diesel::joinable!(affiliations -> outside_organisations (organisation_id));
