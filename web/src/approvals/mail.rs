//! Mails about proposals.

crate::mail! {
    /// Asks somebody who may approve.
    pub struct ApprovalWaiting {
        /// The act in words.
        title: String,
        /// Preferred name of the proposer.
        proposer: String,
        /// Why.
        reason: String,
        /// The proposal's page.
        link: String,
        /// When it runs out, in words.
        until: String,
    }
    message "approval_waiting", kind Account, secret false,
    subject "mail/approval_waiting/subject.txt", text "mail/approval_waiting/body.txt",
    html "mail/approval_waiting/body.html"
}

crate::mail! {
    /// Tells the proposer what became of it.
    pub struct ApprovalDecided {
        /// The act in words.
        title: String,
        /// Preferred name of whoever decided.
        decider: String,
        /// Approved, and done.
        approved: bool,
        /// What they said, or empty.
        note: String,
        /// The proposal's page.
        link: String,
    }
    message "approval_decided", kind Account, secret false,
    subject "mail/approval_decided/subject.txt", text "mail/approval_decided/body.txt",
    html "mail/approval_decided/body.html"
}
