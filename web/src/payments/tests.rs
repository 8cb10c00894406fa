//! Stories of payments.
