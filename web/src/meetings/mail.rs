//! Mails about meetings.

crate::mail! {
    /// Notice of a meeting.
    pub struct MeetingNotice {
        /// Preferred name.
        name: String,
        /// The body.
        body: String,
        /// The meeting.
        title: String,
        /// When, on the organisation's clock too.
        when: String,
        /// Where.
        place: String,
        /// Who is entitled.
        record: String,
        /// Markdown.
        agenda: String,
        /// The meeting's page.
        link: String,
    }
    message "meeting_notice", kind Legal, secret false,
    subject "mail/meeting_notice/subject.txt", text "mail/meeting_notice/body.txt",
    html "mail/meeting_notice/body.html"
}
