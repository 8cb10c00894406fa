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

diesel::table! {
    /// Messages written through the contact form.
    contact_messages (id) {
        /// Key.
        id -> BigInt,
        /// Id for addresses.
        public_id -> Text,
        /// What the sender quotes.
        reference -> Text,
        /// Who wrote it, when signed in.
        person_id -> Nullable<BigInt>,
        /// Name given.
        name -> Text,
        /// Where the answer goes.
        address -> Text,
        /// What it is about.
        subject -> Text,
        /// The message.
        body -> Text,
        /// `ContactState`.
        state -> Text,
        /// When it came.
        created_at -> Timestamp,
        /// Last change of state.
        changed_at -> Timestamp,
    }
}

diesel::table! {
    /// Answers and notes of staff.
    contact_replies (id) {
        /// Key.
        id -> BigInt,
        /// To which message.
        message_id -> BigInt,
        /// Who wrote it.
        author_id -> BigInt,
        /// Text.
        body -> Text,
        /// Seen by staff only, not mailed.
        is_note -> Bool,
        /// When.
        created_at -> Timestamp,
    }
}
