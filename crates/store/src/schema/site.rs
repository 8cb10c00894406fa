//! Site pages with their versions.

diesel::table! {
    /// Every version of every site page.
    page_versions (id) {
        /// Key.
        id -> BigInt,
        /// `SitePage`.
        page -> Text,
        /// 1, 2, 3 … for each page.
        version -> BigInt,
        /// Markdown.
        source -> Text,
        /// What changed, in one sentence.
        note -> Text,
        /// People are asked to accept this version.
        asks_again -> Bool,
        /// Who wrote it; absent for the text that came with the program.
        author_id -> Nullable<BigInt>,
        /// In force from this instant on.
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// Who accepted what, and when.
    page_acceptances (id) {
        /// Key.
        id -> BigInt,
        /// Who.
        person_id -> BigInt,
        /// `SitePage`.
        page -> Text,
        /// Version accepted.
        version -> BigInt,
        /// When.
        accepted_at -> Timestamp,
    }
}
