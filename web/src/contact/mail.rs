//! Mails of the contact form.

crate::mail! {
    /// Tells the sender that the message arrived, and its number. It repeats nothing of what was typed, so that nobody can
    /// have us send their own words to a stranger.
    pub struct ContactReceived {
        /// What to quote.
        reference: String,
    }
    message "contact_received", kind Account, secret false,
    subject "mail/contact_received/subject.txt", text "mail/contact_received/body.txt",
    html "mail/contact_received/body.html"
}

crate::mail! {
    /// Carries an answer of staff.
    pub struct ContactAnswer {
        /// Name the sender gave.
        name: String,
        /// What to quote.
        reference: String,
        /// The answer, one paragraph each.
        paragraphs: Vec<String>,
        /// The answer as typed.
        answer: String,
        /// Who answered.
        author: String,
        /// Where to write again.
        link: String,
    }
    message "contact_answer", kind Account, secret false,
    subject "mail/contact_answer/subject.txt", text "mail/contact_answer/body.txt",
    html "mail/contact_answer/body.html"
}
