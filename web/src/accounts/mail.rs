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

crate::mail! {
    /// Tells the owner what was changed about signing in.
    pub struct AccountNotice {
        /// Preferred name.
        name: String,
        /// One or two sentences.
        what: String,
        /// The account page.
        link: String,
        /// Where to choose a new password.
        recover: String,
    }
    message "account_notice", kind Account, secret false,
    subject "mail/account_notice/subject.txt", text "mail/account_notice/body.txt",
    html "mail/account_notice/body.html"
}

crate::mail! {
    /// Leads to choosing a new password.
    pub struct Recover {
        /// Preferred name.
        name: String,
        /// Where to choose it.
        link: String,
        /// Minutes the link is good for.
        minutes: i64,
    }
    message "recover", kind Account, secret true,
    subject "mail/recover/subject.txt", text "mail/recover/body.txt", html "mail/recover/body.html"
}

crate::mail! {
    /// A code that proves again who somebody is.
    pub struct ConfirmCode {
        /// Preferred name.
        name: String,
        /// Eight digits.
        code: String,
        /// Minutes the code is good for.
        minutes: i64,
    }
    message "confirm_code", kind Account, secret true,
    subject "mail/confirm_code/subject.txt", text "mail/confirm_code/body.txt", html "mail/confirm_code/body.html"
}

crate::mail! {
    /// Proves a further address.
    pub struct ConfirmAddress {
        /// Preferred name.
        name: String,
        /// Where to confirm.
        link: String,
        /// Hours the link is good for.
        hours: i64,
    }
    message "confirm_address", kind Account, secret true,
    subject "mail/confirm_address/subject.txt", text "mail/confirm_address/body.txt",
    html "mail/confirm_address/body.html"
}

crate::mail! {
    /// Tells the owner of an address that somebody wanted to add it to another account.
    pub struct AddressTaken {
        /// Preferred name of the owner.
        name: String,
        /// The owner's account page.
        link: String,
    }
    message "address_taken", kind Account, secret false,
    subject "mail/address_taken/subject.txt", text "mail/address_taken/body.txt",
    html "mail/address_taken/body.html"
}

crate::mail! {
    /// Tells the former address about a change of addresses, with a way to take it back.
    pub struct AddressChanged {
        /// Preferred name.
        name: String,
        /// One sentence.
        what: String,
        /// Where to take it back.
        link: String,
        /// Hours the link is good for.
        hours: i64,
    }
    message "address_changed", kind Account, secret true,
    subject "mail/address_changed/subject.txt", text "mail/address_changed/body.txt",
    html "mail/address_changed/body.html"
}

crate::mail! {
    /// The last mail to somebody who closed their account.
    pub struct AccountClosed {
        /// Preferred name.
        name: String,
    }
    message "account_closed", kind Account, secret true,
    subject "mail/account_closed/subject.txt", text "mail/account_closed/body.txt",
    html "mail/account_closed/body.html"
}
