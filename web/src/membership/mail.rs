//! Mails about membership.

crate::mail! {
    /// Confirms an affirmation.
    pub struct AffirmationReceipt {
        /// Preferred name.
        name: String,
        /// The body.
        body: String,
        /// When.
        at: String,
        /// Which election it counts for, in one sentence.
        counts_for: String,
        /// The member's page.
        link: String,
    }
    message "affirmation_receipt", kind Account, secret false,
    subject "mail/affirmation_receipt/subject.txt", text "mail/affirmation_receipt/body.txt",
    html "mail/affirmation_receipt/body.html"
}

crate::mail! {
    /// Asks a member who has not done so to affirm the intention to vote.
    pub struct AffirmationDue {
        /// Preferred name.
        name: String,
        /// What is voted on.
        title: String,
        /// The cut-off.
        cutoff: String,
        /// The member's page.
        link: String,
    }
    message "affirmation_due", kind Legal, secret false,
    subject "mail/affirmation_due/subject.txt", text "mail/affirmation_due/body.txt",
    html "mail/affirmation_due/body.html"
}

crate::mail! {
    /// Reminds of dues that end, or have ended.
    pub struct DuesDue {
        /// Preferred name.
        name: String,
        /// The class.
        class: String,
        /// One sentence: when they end or ended, and what follows.
        what: String,
        /// Where to renew.
        link: String,
    }
    message "dues_due", kind Account, secret false,
    subject "mail/dues_due/subject.txt", text "mail/dues_due/body.txt", html "mail/dues_due/body.html"
}

crate::mail! {
    /// Reminds of a certification that ends, or has ended.
    pub struct CertificationDue {
        /// Preferred name.
        name: String,
        /// The class.
        class: String,
        /// One sentence: when it ends or ended.
        what: String,
        /// Where to certify.
        link: String,
    }
    message "certification_due", kind Account, secret false,
    subject "mail/certification_due/subject.txt", text "mail/certification_due/body.txt",
    html "mail/certification_due/body.html"
}

crate::mail! {
    /// Tells a member what was decided about a membership.
    pub struct MembershipDecided {
        /// Preferred name.
        name: String,
        /// One sentence.
        what: String,
        /// Why; empty when nothing was added.
        reason: String,
        /// The member's page.
        link: String,
    }
    message "membership_decided", kind Legal, secret false,
    subject "mail/membership_decided/subject.txt", text "mail/membership_decided/body.txt",
    html "mail/membership_decided/body.html"
}

crate::mail! {
    /// Gives notice that a membership may be ended, and says how to be heard.
    pub struct EndingNoticed {
        /// Preferred name.
        name: String,
        /// The class.
        class: String,
        /// Why.
        reason: String,
        /// When the member is heard.
        hearing: String,
        /// When the membership would end.
        effective: String,
        /// The member's page.
        link: String,
    }
    message "ending_noticed", kind Legal, secret false,
    subject "mail/ending_noticed/subject.txt", text "mail/ending_noticed/body.txt",
    html "mail/ending_noticed/body.html"
}

crate::mail! {
    /// A reminder that staff send to members whose membership ends soon.
    pub struct StaffReminder {
        /// Preferred name.
        name: String,
        /// The class.
        class: String,
        /// Last day.
        until: String,
        /// What staff wrote.
        text: String,
        /// The member's page.
        link: String,
    }
    message "staff_reminder", kind Account, secret false,
    subject "mail/staff_reminder/subject.txt", text "mail/staff_reminder/body.txt",
    html "mail/staff_reminder/body.html"
}
