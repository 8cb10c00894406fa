//! People, addresses, sessions, tokens and roles.

diesel::table! {
    /// One row per human being.
    persons (id) {
        /// Key.
        id -> BigInt,
        /// Id for addresses and files.
        public_id -> Text,
        /// The name shown everywhere.
        preferred_name -> Text,
        /// Shown to membership staff only.
        legal_name -> Nullable<Text>,
        /// PHC string; absent when the person signs in by link or passkey only.
        password_hash -> Nullable<Text>,
        /// `PersonState`.
        state -> Text,
        /// IANA name.
        time_zone -> Text,
        /// BCP 47 tag.
        locale -> Text,
        /// Instant of creation.
        created_at -> Timestamp,
        /// Instant the account was closed.
        closed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// E-mail addresses; a verified one belongs to exactly one person.
    addresses (id) {
        /// Key.
        id -> BigInt,
        /// Whose it is or is claimed to be.
        person_id -> BigInt,
        /// As typed.
        address -> Text,
        /// Lower case, for finding.
        lookup -> Text,
        /// True for the one address mail goes to.
        is_primary -> Bool,
        /// When ownership was proved.
        verified_at -> Nullable<Timestamp>,
        /// Instant of creation.
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// One row per signed-in browser.
    sessions (id) {
        /// Key.
        id -> BigInt,
        /// SHA-256 of the cookie's token.
        token_hash -> Binary,
        /// Who is signed in.
        person_id -> BigInt,
        /// `Strength`.
        strength -> Text,
        /// Instant of signing in.
        created_at -> Timestamp,
        /// Updated every few minutes.
        last_seen_at -> Timestamp,
        /// Absolute end.
        expires_at -> Timestamp,
        /// Last proof of identity, for step-up.
        proved_at -> Timestamp,
        /// Family of browser and system, for the person's own list.
        agent -> Text,
    }
}

diesel::table! {
    /// Single-use secrets sent by mail; only their hash is kept.
    tokens (id) {
        /// Key.
        id -> BigInt,
        /// SHA-256 of the secret.
        token_hash -> Binary,
        /// `TokenPurpose`.
        purpose -> Text,
        /// Whom it concerns.
        person_id -> Nullable<BigInt>,
        /// JSON.
        payload -> Text,
        /// Instant of creation.
        created_at -> Timestamp,
        /// Not valid from this instant on.
        expires_at -> Timestamp,
        /// When it was consumed.
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// Roles held by people, with start and end; rows are never deleted.
    role_grants (id) {
        /// Key.
        id -> BigInt,
        /// Who holds the role.
        person_id -> BigInt,
        /// `Role`.
        role -> Text,
        /// From this instant on.
        starts_at -> Timestamp,
        /// Up to this instant.
        ends_at -> Nullable<Timestamp>,
        /// Who proposed it; absent for grants made on the server.
        granted_by -> Nullable<BigInt>,
        /// Who approved it.
        approved_by -> Nullable<BigInt>,
        /// Whose deputy this makes.
        deputy_for -> Nullable<BigInt>,
        /// Why.
        reason -> Text,
        /// Instant of creation.
        created_at -> Timestamp,
        /// When it was taken away early.
        revoked_at -> Nullable<Timestamp>,
        /// By whom.
        revoked_by -> Nullable<BigInt>,
    }
}

diesel::joinable!(addresses -> persons (person_id));
diesel::joinable!(sessions -> persons (person_id));

diesel::table! {
    /// Secrets of authenticator apps, one for each person.
    totp_secrets (person_id) {
        /// Whose.
        person_id -> BigInt,
        /// The secret, sealed by the installation's key.
        sealed -> Binary,
        /// Number of the last time step whose code was used.
        last_step -> BigInt,
        /// Instant of creation.
        created_at -> Timestamp,
        /// When a first code proved that the app holds the secret.
        confirmed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// One-time codes for somebody whose app or key is lost.
    recovery_codes (id) {
        /// Key.
        id -> BigInt,
        /// Whose.
        person_id -> BigInt,
        /// Keyed hash of the code.
        code_tag -> Binary,
        /// Instant of creation.
        created_at -> Timestamp,
        /// When it was used.
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// Passkeys.
    passkeys (id) {
        /// Key.
        id -> BigInt,
        /// Whose.
        person_id -> BigInt,
        /// Id the authenticator gave it.
        credential_id -> Binary,
        /// Name the person gave it.
        name -> Text,
        /// Public key, counter and flags as JSON.
        credential -> Text,
        /// Instant of creation.
        created_at -> Timestamp,
        /// Last use.
        last_used_at -> Nullable<Timestamp>,
    }
}
