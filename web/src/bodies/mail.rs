//! Mails about bodies.

crate::mail! {
    /// Asks a member who has done no work for years whether to stay.
    pub struct ActivityQuestion {
        /// Preferred name.
        name: String,
        /// The body.
        body: String,
        /// Until when an answer is awaited.
        until: String,
        /// Where it is given.
        link: String,
    }
    message "activity_question", kind Legal, secret false,
    subject "mail/activity_question/subject.txt", text "mail/activity_question/body.txt",
    html "mail/activity_question/body.html"
}

crate::mail! {
    /// Tells a person that they got a seat, or that their time in it ends.
    pub struct SeatChanged {
        /// Preferred name.
        name: String,
        /// One sentence.
        what: String,
        /// The body's page.
        link: String,
    }
    message "seat_changed", kind Account, secret false,
    subject "mail/seat_changed/subject.txt", text "mail/seat_changed/body.txt", html "mail/seat_changed/body.html"
}
