//! Mails to trustees.

crate::mail! {
    /// Says that it is a trustee's turn.
    pub struct TrusteeTurn {
        /// Name of the trustee.
        name: String,
        /// Title of the election.
        election: String,
        /// What to do: "Create your key".
        task: String,
        /// True for the first of these mails.
        first: bool,
        /// Where to do it.
        link: String,
    }
    message "trustee_turn", kind Legal, secret false,
    subject "mail/trustee_turn/subject.txt", text "mail/trustee_turn/body.txt",
    html "mail/trustee_turn/body.html"
}
