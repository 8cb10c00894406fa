//! Settings of the organisation.

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
