//! Payments of dues and their ledger.

use super::persons;

diesel::table! {
    /// What people agreed to pay.
    payments (id) {
        /// Key.
        id -> BigInt,
        /// Id for addresses.
        public_id -> Text,
        /// Who pays.
        person_id -> BigInt,
        /// For which class.
        class_id -> BigInt,
        /// `DuesFor`.
        kind -> Text,
        /// `Provider`.
        provider -> Text,
        /// What the payer quotes.
        reference -> Text,
        /// Amount agreed on, in minor units.
        amount_minor -> BigInt,
        /// Least amount of the rule at the time, in minor units.
        least_minor -> BigInt,
        /// ISO 4217.
        currency -> Text,
        /// `PaymentState`.
        state -> Text,
        /// The provider's name for the checkout.
        provider_session -> Nullable<Text>,
        /// The provider's name for the payment.
        provider_payment -> Nullable<Text>,
        /// Where the payer goes to pay.
        checkout_url -> Nullable<Text>,
        /// When it was agreed on.
        created_at -> Timestamp,
        /// Last change.
        changed_at -> Timestamp,
    }
}

diesel::table! {
    /// The ledger; nothing is changed or removed.
    payment_entries (id) {
        /// Key.
        id -> BigInt,
        /// Of which payment.
        payment_id -> BigInt,
        /// `EntryKind`.
        kind -> Text,
        /// Signed, in minor units.
        amount_minor -> BigInt,
        /// ISO 4217.
        currency -> Text,
        /// One key is entered once.
        entry_key -> Text,
        /// When it happened.
        occurred_at -> Timestamp,
        /// When it was entered.
        recorded_at -> Timestamp,
        /// Who entered it; absent for notices of providers.
        actor_id -> Nullable<BigInt>,
        /// Why, in the words of staff.
        note -> Text,
    }
}

diesel::table! {
    /// Receipts, numbered without gaps in each year.
    receipts (id) {
        /// Key.
        id -> BigInt,
        /// For which payment.
        payment_id -> BigInt,
        /// Number as printed.
        number -> Text,
        /// Year of the number.
        year -> BigInt,
        /// 1, 2, 3 … in that year.
        position -> BigInt,
        /// When.
        issued_at -> Timestamp,
    }
}

diesel::table! {
    /// Notices of providers, each once.
    payment_events (id) {
        /// Key.
        id -> BigInt,
        /// `Provider`.
        provider -> Text,
        /// The provider's name for the notice.
        event_id -> Text,
        /// The provider's word for what happened.
        kind -> Text,
        /// The provider's name for the payment it is about.
        subject -> Text,
        /// Our payment, when it is known.
        payment_id -> Nullable<BigInt>,
        /// `EventOutcome`.
        outcome -> Text,
        /// What it says, in our words.
        notice -> Text,
        /// When it happened.
        occurred_at -> Timestamp,
        /// When it came.
        received_at -> Timestamp,
    }
}

diesel::table! {
    /// Bank statements taken in.
    bank_imports (id) {
        /// Key.
        id -> BigInt,
        /// Id for addresses.
        public_id -> Text,
        /// What staff call it.
        name -> Text,
        /// Who.
        imported_by -> BigInt,
        /// When.
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// Incoming lines of bank statements.
    bank_lines (id) {
        /// Key.
        id -> BigInt,
        /// Of which statement.
        import_id -> BigInt,
        /// Line in the file.
        line_number -> BigInt,
        /// Day in the bank's books.
        booked_on -> Date,
        /// In minor units.
        amount_minor -> BigInt,
        /// ISO 4217.
        currency -> Text,
        /// Payer and purpose as the bank wrote them.
        words -> Text,
        /// The same for the same line in another statement.
        line_key -> Text,
        /// `BankLineState`.
        state -> Text,
        /// The payment it belongs to.
        payment_id -> Nullable<BigInt>,
        /// Who decided.
        decided_by -> Nullable<BigInt>,
        /// When.
        decided_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// Comparisons of our ledger with a provider's books.
    reconciliations (id) {
        /// Key.
        id -> BigInt,
        /// `Provider`.
        provider -> Text,
        /// The day compared, in UTC.
        day -> Date,
        /// JSON.
        findings -> Text,
        /// How many differences.
        differences -> BigInt,
        /// When.
        made_at -> Timestamp,
    }
}

diesel::joinable!(payments -> persons (person_id));
diesel::joinable!(receipts -> payments (payment_id));
