//! What officers decide while they prepare an election.

diesel::table! {
    /// The plan of an election, beside its settings.
    election_plans (election_id) {
        /// The election.
        election_id -> BigInt,
        /// Typed JSON.
        plan -> Text,
    }
}

diesel::table! {
    /// Who was put on or taken off a roll after it was made; append-only.
    roll_corrections (id) {
        /// Key.
        id -> BigInt,
        /// The election.
        election_id -> BigInt,
        /// Who is concerned.
        person_id -> BigInt,
        /// Put on; otherwise taken off.
        added -> Bool,
        /// Why.
        reason -> Text,
        /// First officer.
        proposed_by -> BigInt,
        /// Second officer.
        approved_by -> BigInt,
        /// When.
        made_at -> Timestamp,
    }
}

diesel::table! {
    /// What people say about their entry on a roll.
    roll_objections (id) {
        /// Key.
        id -> BigInt,
        /// The election.
        election_id -> BigInt,
        /// Who objects.
        person_id -> BigInt,
        /// What they say.
        message -> Text,
        /// What an officer answered.
        answer -> Nullable<Text>,
        /// When it was sent.
        made_at -> Timestamp,
    }
}
