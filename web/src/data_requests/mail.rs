//! Mails about requests.

crate::mail! {
    /// Tells somebody what became of their request about their data.
    pub struct RequestAnswered {
        /// Preferred name.
        name: String,
        /// What was asked for, in words.
        what: String,
        /// Whether it is done.
        granted: bool,
        /// What staff wrote.
        answer: String,
        /// The page of the requests; empty when there is no account any more.
        link: String,
    }
    message "request_answered", kind Account, secret false,
    subject "mail/request_answered/subject.txt", text "mail/request_answered/body.txt",
    html "mail/request_answered/body.html"
}

crate::mail! {
    /// Tells a member what became of their request for the list of members.
    pub struct ListRequestAnswered {
        /// Preferred name.
        name: String,
        /// Whether the list can be downloaded.
        granted: bool,
        /// What staff wrote.
        answer: String,
        /// Until when it can be downloaded.
        until: String,
        /// Where.
        link: String,
    }
    message "list_request_answered", kind Account, secret false,
    subject "mail/list_request_answered/subject.txt", text "mail/list_request_answered/body.txt",
    html "mail/list_request_answered/body.html"
}
