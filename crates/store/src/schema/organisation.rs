//! Settings of the organisation, and pictures.

diesel::table! {
    /// One row per named setting; the value is JSON text.
    settings (name) {
        /// Name of the setting.
        name -> Text,
        /// JSON text.
        value -> Text,
        /// Instant of the last change.
        updated_at -> Timestamp,
    }
}

diesel::table! {
    /// Pictures as they are served.
    images (id) {
        /// Key.
        id -> BigInt,
        /// SHA-256 of the bytes in hexadecimal.
        hash -> Text,
        /// In pixels.
        width -> BigInt,
        /// In pixels.
        height -> BigInt,
        /// Content.
        png -> Binary,
        /// When it was kept.
        created_at -> Timestamp,
    }
}
