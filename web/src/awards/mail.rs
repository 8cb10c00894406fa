//! Mails about awards. None of them names a nominee before the award is announced.

crate::mail! {
    /// Proves the address under a nomination; the nomination itself stays on the server.
    pub struct AwardNominationConfirm {
        /// Who nominates.
        name: String,
        /// Name of the award.
        award: String,
        /// Where the button is.
        link: String,
        /// How long the link is good.
        hours: i64,
    }
    message "award_nomination_confirm", kind Account, secret true,
    subject "mail/award_nomination_confirm/subject.txt", text "mail/award_nomination_confirm/body.txt",
    html "mail/award_nomination_confirm/body.html"
}

crate::mail! {
    /// Thanks for a nomination; the same for the first one and for further support.
    pub struct AwardNominationReceived {
        /// Who nominates.
        name: String,
        /// Name of the award.
        award: String,
        /// The round it was received in.
        round: String,
        /// The last round in which it is considered; empty without a calendar.
        until: String,
        /// About the award.
        link: String,
    }
    message "award_nomination_received", kind Account, secret false,
    subject "mail/award_nomination_received/subject.txt", text "mail/award_nomination_received/body.txt",
    html "mail/award_nomination_received/body.html"
}

crate::mail! {
    /// Tells whoever nominated what became of it.
    pub struct AwardOutcome {
        /// Who nominated.
        name: String,
        /// Name of the award.
        award: String,
        /// The round.
        round: String,
        /// It was granted.
        granted: bool,
        /// It is considered again.
        carried: bool,
        /// Where to read more.
        link: String,
    }
    message "award_outcome", kind Account, secret false,
    subject "mail/award_outcome/subject.txt", text "mail/award_outcome/body.txt",
    html "mail/award_outcome/body.html"
}

crate::mail! {
    /// Tells a recipient, at the instant of the announcement.
    pub struct AwardGranted {
        /// The recipient.
        name: String,
        /// Name of the award.
        award: String,
        /// The round.
        round: String,
        /// Who decided.
        body: String,
        /// Class of membership that comes with it; empty for none.
        class: String,
        /// The recipient's page.
        link: String,
        /// The certificate.
        certificate: String,
    }
    message "award_granted", kind Account, secret false,
    subject "mail/award_granted/subject.txt", text "mail/award_granted/body.txt",
    html "mail/award_granted/body.html"
}

crate::mail! {
    /// Asks a reviewer for the votes that are missing.
    pub struct AwardReviewDue {
        /// The reviewer.
        name: String,
        /// Name of the award.
        award: String,
        /// The round.
        round: String,
        /// How many nominations wait for a vote.
        count: usize,
        /// End of the review.
        until: String,
        /// The queue.
        link: String,
    }
    message "award_review_due", kind Account, secret false,
    subject "mail/award_review_due/subject.txt", text "mail/award_review_due/body.txt",
    html "mail/award_review_due/body.html"
}

crate::mail! {
    /// Tells the chair that a round is decided and when it will be announced.
    pub struct AwardRoundDecided {
        /// The chair.
        name: String,
        /// Name of the award.
        award: String,
        /// The round.
        round: String,
        /// When it becomes public.
        announced: String,
        /// The drafts.
        link: String,
    }
    message "award_round_decided", kind Account, secret false,
    subject "mail/award_round_decided/subject.txt", text "mail/award_round_decided/body.txt",
    html "mail/award_round_decided/body.html"
}
