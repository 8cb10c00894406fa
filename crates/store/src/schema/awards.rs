//! Awards: programmes, rules, rounds, nominations, review, recipients.

diesel::table! {
    award_programmes (id) {
        id -> BigInt,
        slug -> Text,
        name -> Text,
        body_id -> BigInt,
        class_id -> Nullable<BigInt>,
        settings -> Text,
        position -> BigInt,
        is_open -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    award_rules (id) {
        id -> BigInt,
        programme_id -> BigInt,
        policy -> Text,
        authority -> Text,
        minute -> Text,
        adopted_by -> Nullable<BigInt>,
        adopted_at -> Nullable<Timestamp>,
        superseded_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    award_rounds (id) {
        id -> BigInt,
        programme_id -> BigInt,
        year -> BigInt,
        number -> BigInt,
        label -> Text,
        state -> Text,
        cutoff_at -> Nullable<Timestamp>,
        review_until -> Nullable<Timestamp>,
        announce_at -> Nullable<Timestamp>,
        announce_by -> Nullable<Timestamp>,
        rule_id -> Nullable<BigInt>,
        decided_at -> Nullable<Timestamp>,
        announced_at -> Nullable<Timestamp>,
        resolution -> Text,
        minutes -> Text,
        announcement -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    award_nominations (id) {
        id -> BigInt,
        public_id -> Text,
        programme_id -> BigInt,
        team -> Text,
        citation -> Text,
        about -> Text,
        state -> Text,
        granted_in -> Nullable<BigInt>,
        closed_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    award_nominees (id) {
        id -> BigInt,
        nomination_id -> BigInt,
        position -> BigInt,
        name -> Text,
        email -> Text,
        person_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    award_supports (id) {
        id -> BigInt,
        nomination_id -> BigInt,
        round_id -> BigInt,
        author_name -> Text,
        author_email -> Text,
        person_id -> Nullable<BigInt>,
        citation -> Text,
        accomplishments -> Text,
        links -> Text,
        referees -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    award_votes (id) {
        id -> BigInt,
        nomination_id -> BigInt,
        round_id -> BigInt,
        person_id -> BigInt,
        choice -> Text,
        rationale -> Text,
        created_at -> Timestamp,
        changed_at -> Timestamp,
    }
}

diesel::table! {
    award_comments (id) {
        id -> BigInt,
        nomination_id -> BigInt,
        person_id -> BigInt,
        body -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    award_outcomes (nomination_id, round_id) {
        nomination_id -> BigInt,
        round_id -> BigInt,
        outcome -> Text,
        votes_for -> BigInt,
        votes_against -> BigInt,
        abstentions -> BigInt,
        recusals -> BigInt,
        members -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    award_notices (round_id, person_id, notice) {
        round_id -> BigInt,
        person_id -> BigInt,
        notice -> Text,
        sent_at -> Timestamp,
    }
}

diesel::table! {
    award_imports (id) {
        id -> BigInt,
        public_id -> Text,
        programme_id -> BigInt,
        file_name -> Text,
        sha256 -> Text,
        entries -> Text,
        state -> Text,
        created_by -> BigInt,
        created_at -> Timestamp,
        changed_at -> Timestamp,
    }
}

diesel::table! {
    award_recipients (id) {
        id -> BigInt,
        public_id -> Text,
        programme_id -> BigInt,
        round_id -> Nullable<BigInt>,
        nomination_id -> Nullable<BigInt>,
        import_id -> Nullable<BigInt>,
        person_id -> Nullable<BigInt>,
        slug -> Text,
        name -> Text,
        folded_name -> Text,
        team -> Text,
        year -> BigInt,
        batch -> Text,
        citation -> Text,
        about -> Text,
        state -> Text,
        public_from -> Timestamp,
        created_at -> Timestamp,
    }
}

diesel::table! {
    award_joins (nomination_id) {
        nomination_id -> BigInt,
        into_id -> BigInt,
        moved -> Text,
        joined_at -> Timestamp,
    }
}

diesel::joinable!(award_nominees -> award_nominations (nomination_id));
diesel::joinable!(award_supports -> award_rounds (round_id));
diesel::joinable!(award_outcomes -> award_rounds (round_id));
diesel::joinable!(award_recipients -> award_programmes (programme_id));
