//! Acts that need two people.

diesel::table! {
    /// Proposed by one, approved by another.
    approvals (id) {
        /// Key.
        id -> BigInt,
        /// Id for addresses.
        public_id -> Text,
        /// Which act.
        kind -> Text,
        /// On what, as in the audit log.
        subject -> Text,
        /// The act itself, canonical JSON.
        payload -> Text,
        /// SHA-256 of kind, subject and payload, in hex.
        digest -> Text,
        /// Why.
        reason -> Text,
        /// `ApprovalState`.
        state -> Text,
        /// Who proposed it.
        proposed_by -> BigInt,
        /// When.
        proposed_at -> Timestamp,
        /// Cannot be approved from this instant on.
        expires_at -> Timestamp,
        /// Who approved, declined or withdrew it.
        decided_by -> Nullable<BigInt>,
        /// When.
        decided_at -> Nullable<Timestamp>,
        /// What they said.
        note -> Nullable<Text>,
    }
}
