//! Jobs, mail, buckets, audit log.

diesel::table! {
    /// Work to be done after a commit.
    jobs (id) {
        /// Key.
        id -> BigInt,
        /// Which job.
        kind -> Text,
        /// JSON.
        payload -> Text,
        /// At most one job was ever queued with this key.
        idempotence_key -> Nullable<Text>,
        /// `JobState`.
        state -> Text,
        /// Not before this instant.
        run_at -> Timestamp,
        /// Times it was begun.
        attempts -> BigInt,
        /// After so many it is dead.
        max_attempts -> BigInt,
        /// A worker has it until then.
        lease_until -> Nullable<Timestamp>,
        /// Which worker.
        lease_by -> Nullable<Text>,
        /// Why the last attempt failed.
        last_error -> Nullable<Text>,
        /// Instant of creation.
        created_at -> Timestamp,
        /// When it was done or given up.
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// Mail to be sent after a commit.
    mails (id) {
        /// Key.
        id -> BigInt,
        /// Id used in the Message-ID.
        public_id -> Text,
        /// `MailKind`.
        kind -> Text,
        /// Name of the template folder.
        message -> Text,
        /// Whom it is for.
        person_id -> Nullable<BigInt>,
        /// Address.
        recipient -> Text,
        /// Subject line.
        subject -> Text,
        /// Plain part.
        body_text -> Text,
        /// HTML part.
        body_html -> Nullable<Text>,
        /// Address for one-click unsubscribing, for optional mail.
        unsubscribe -> Nullable<Text>,
        /// The bodies hold a secret and are removed after sending.
        is_secret -> Bool,
        /// `MailState`.
        state -> Text,
        /// Not before this instant.
        run_at -> Timestamp,
        /// Times it was tried.
        attempts -> BigInt,
        /// A worker has it until then.
        lease_until -> Nullable<Timestamp>,
        /// Which worker.
        lease_by -> Nullable<Text>,
        /// Why the last attempt failed.
        last_error -> Nullable<Text>,
        /// Instant of creation.
        created_at -> Timestamp,
        /// When it was sent or given up.
        finished_at -> Nullable<Timestamp>,
        /// `MailTopic`, for optional mail.
        topic -> Nullable<Text>,
    }
}

diesel::table! {
    /// What happened to each mail.
    mail_events (id) {
        /// Key.
        id -> BigInt,
        /// Which mail.
        mail_id -> BigInt,
        /// When.
        at -> Timestamp,
        /// `MailEvent`.
        event -> Text,
        /// In the words of the server, or of staff.
        detail -> Text,
    }
}

diesel::table! {
    /// What people said they want to get.
    mail_preferences (id) {
        /// Key.
        id -> BigInt,
        /// Who.
        person_id -> BigInt,
        /// `MailTopic`.
        topic -> Text,
        /// Wanted or declined.
        wanted -> Bool,
        /// When it was said.
        changed_at -> Timestamp,
    }
}

diesel::table! {
    /// Addresses that are not written to.
    mail_suppressions (id) {
        /// Key.
        id -> BigInt,
        /// Lower case.
        lookup -> Text,
        /// `SuppressionReason`.
        reason -> Text,
        /// In the words of the server, or of staff.
        detail -> Text,
        /// Who decided it.
        created_by -> Nullable<BigInt>,
        /// Since when.
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// Token buckets for limits of rate.
    rate_buckets (name) {
        /// What is limited, for whom.
        name -> Text,
        /// Tokens left at `updated_at`.
        tokens -> Double,
        /// Instant of the last use.
        updated_at -> Timestamp,
    }
}

diesel::table! {
    /// Append-only, hash-chained.
    audit_log (seq) {
        /// 1, 2, 3 … without gaps.
        seq -> BigInt,
        /// Instant.
        at -> Timestamp,
        /// Who; absent for the system itself.
        actor_id -> Nullable<BigInt>,
        /// What was done.
        action -> Text,
        /// To what, for example `person 0190…`.
        object -> Text,
        /// JSON.
        details -> Text,
        /// Reference number of the request, or the name of the command.
        reference -> Text,
        /// Hash of the entry before.
        previous -> Binary,
        /// SHA-256 over everything above.
        hash -> Binary,
    }
}

diesel::table! {
    /// Signed tails of the audit log.
    audit_checkpoints (seq) {
        /// Last entry covered.
        seq -> BigInt,
        /// Instant of signing.
        at -> Timestamp,
        /// Its hash.
        hash -> Binary,
        /// Ed25519.
        signature -> Binary,
    }
}
