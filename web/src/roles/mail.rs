//! Mails about roles.

crate::mail! {
    /// Tells a person that they got or lost a role.
    pub struct RoleGranted {
        /// Preferred name.
        name: String,
        /// One sentence: what changed.
        what: String,
        /// The sign-in page.
        link: String,
    }
    message "role_granted", kind Account, secret false,
    subject "mail/role_granted/subject.txt", text "mail/role_granted/body.txt",
    html "mail/role_granted/body.html"
}

crate::mail! {
    /// Tells every administrator that somebody got or lost a role.
    pub struct RolesAnnounced {
        /// `granted` or `taken away`.
        verb: String,
        /// The role in words.
        role: String,
        /// One sentence: who, what, by whom.
        what: String,
        /// Why.
        reason: String,
        /// The page of roles.
        link: String,
    }
    message "roles_announced", kind Legal, secret false,
    subject "mail/roles_announced/subject.txt", text "mail/roles_announced/body.txt",
    html "mail/roles_announced/body.html"
}

crate::mail! {
    /// Reminds an administrator of the yearly review.
    pub struct RolesReviewDue {
        /// The day.
        due: String,
        /// The page of the review.
        link: String,
    }
    message "roles_review_due", kind Account, secret false,
    subject "mail/roles_review_due/subject.txt", text "mail/roles_review_due/body.txt",
    html "mail/roles_review_due/body.html"
}
