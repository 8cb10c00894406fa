//! Bodies and who sits in them.

diesel::table! {
    /// Boards, councils, committees, work groups.
    bodies (id) {
        /// Key.
        id -> BigInt,
        /// Last part of its address.
        slug -> Text,
        /// Name.
        name -> Text,
        /// `BodyKind`.
        kind -> Text,
        /// What it is for.
        description -> Text,
        /// Its page is open to everybody.
        is_public -> Bool,
        /// Instant of creation.
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// Who sits in a body, from when until when.
    body_members (id) {
        /// Key.
        id -> BigInt,
        /// The body.
        body_id -> BigInt,
        /// The person.
        person_id -> BigInt,
        /// For example `Chair`; empty for an ordinary member.
        position -> Text,
        /// First day.
        starts_on -> Date,
        /// Last day; absent while there is none.
        ends_on -> Nullable<Date>,
        /// Instant of creation.
        created_at -> Timestamp,
    }
}

diesel::joinable!(body_members -> bodies (body_id));
