//! Mails about payments. None names an amount: staff who look after mail can read what was sent.

crate::mail! {
    /// Says that dues arrived and where the receipt is.
    pub struct PaymentReceived {
        /// Preferred name.
        name: String,
        /// Number of the receipt.
        number: String,
        /// Where it is.
        link: String,
    }
    message "payment_received", kind Account, secret false,
    subject "mail/payment_received/subject.txt", text "mail/payment_received/body.txt",
    html "mail/payment_received/body.html"
}

crate::mail! {
    /// Says that a payment went back and what it covered ended.
    pub struct PaymentReturned {
        /// Preferred name.
        name: String,
        /// Reference of the payment.
        reference: String,
        /// Where more stands.
        link: String,
    }
    message "payment_returned", kind Account, secret false,
    subject "mail/payment_returned/subject.txt", text "mail/payment_returned/body.txt",
    html "mail/payment_returned/body.html"
}
