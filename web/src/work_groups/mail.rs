//! Mails about work groups.

crate::mail! {
    /// Something about a work group that waits for its chair, or was decided about a person.
    pub struct GroupNews {
        /// Preferred name.
        name: String,
        /// The group.
        group: String,
        /// One or two sentences.
        what: String,
        /// Where to go.
        link: String,
    }
    message "group_news", kind Account, secret false,
    subject "mail/group_news/subject.txt", text "mail/group_news/body.txt", html "mail/group_news/body.html"
}
