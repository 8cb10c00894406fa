//! Mails about motions.

crate::mail! {
    /// News about a motion: it is open, it closes soon, it ended.
    pub struct MotionNews {
        /// Preferred name.
        name: String,
        /// The body.
        body: String,
        /// The motion.
        title: String,
        /// One sentence.
        what: String,
        /// The motion's page.
        link: String,
    }
    message "motion_news", kind Legal, secret false,
    subject "mail/motion_news/subject.txt", text "mail/motion_news/body.txt", html "mail/motion_news/body.html"
}
