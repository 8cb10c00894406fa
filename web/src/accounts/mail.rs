//! Mails about accounts.

crate::mail! {
    /// Proves the address of somebody who signs up.
    pub struct ConfirmSignUp {
        /// Preferred name.
        name: String,
        /// Where to confirm.
        link: String,
        /// Hours the link is good for.
        hours: i64,
    }
    message "confirm_sign_up", kind Account, secret true,
    subject "mail/confirm_sign_up/subject.txt", text "mail/confirm_sign_up/body.txt",
    html "mail/confirm_sign_up/body.html"
}

crate::mail! {
    /// Answers a sign-up with an address that has an account already.
    pub struct AlreadyRegistered {
        /// Preferred name of the owner.
        name: String,
        /// The sign-in page.
        link: String,
    }
    message "already_registered", kind Account, secret false,
    subject "mail/already_registered/subject.txt", text "mail/already_registered/body.txt",
    html "mail/already_registered/body.html"
}

crate::mail! {
    /// Signs in without a password.
    pub struct SignInLink {
        /// Preferred name.
        name: String,
        /// Where to sign in.
        link: String,
        /// Minutes the link is good for.
        minutes: i64,
    }
    message "sign_in_link", kind Account, secret true,
    subject "mail/sign_in_link/subject.txt", text "mail/sign_in_link/body.txt",
    html "mail/sign_in_link/body.html"
}

crate::mail! {
    /// Tells the owner that the password was changed.
    pub struct PasswordChanged {
        /// Preferred name.
        name: String,
        /// Where to get help.
        link: String,
    }
    message "password_changed", kind Account, secret false,
    subject "mail/password_changed/subject.txt", text "mail/password_changed/body.txt",
    html "mail/password_changed/body.html"
}
