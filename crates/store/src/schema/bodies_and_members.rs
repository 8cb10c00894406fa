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
        /// How many seats; 0 when the number is not fixed.
        seats -> BigInt,
        /// Length of a term; 0 when terms have no fixed length.
        term_years -> BigInt,
        /// `CoAffiliationPolicy` as JSON.
        co_affiliation -> Nullable<Text>,
        /// `InactivityPolicy` as JSON.
        inactivity -> Nullable<Text>,
        /// Key of the membership class that members must have; empty when anybody may sit.
        required_class -> Text,
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
        /// `MemberRole`.
        role -> Text,
        /// Cohort, empty where there are none.
        cohort -> Text,
        /// `SeatBasis`.
        basis -> Text,
        /// Last day of the term as it was given.
        term_until -> Nullable<Date>,
        /// `SeatEnd`, when somebody left or is to leave before the end of the term.
        ended -> Nullable<Text>,
        /// A few words about the end.
        end_note -> Text,
        /// Day of the last non-trivial work, for the inactivity policy.
        last_work_on -> Nullable<Date>,
        /// When the member was last asked whether to stay.
        asked_at -> Nullable<Timestamp>,
        /// When the member last said to stay, or came back.
        confirmed_at -> Nullable<Timestamp>,
    }
}

diesel::joinable!(body_members -> bodies (body_id));
