//! Tables as diesel sees them, one file per feature; all are re-exported here.
//!
//! The column order is the order of the migrations, because rows are read with `all_columns`.

mod accounts;
#[allow(missing_docs, reason = "tables and columns are explained in the migration and on the row types")]
mod awards;
mod bodies_and_members;
#[allow(missing_docs, reason = "tables and columns are explained in the migration and on the row types")]
mod candidacies;
#[allow(missing_docs, reason = "tables and columns are explained in the migrations and on the row types")]
mod decisions;
#[allow(missing_docs, reason = "tables and columns are explained in the migration and on the row types")]
mod member_tools;
#[allow(missing_docs, reason = "tables and columns are explained in the migration and on the row types")]
mod membership;
mod money;
mod organisation;
mod preparation;
#[allow(missing_docs, reason = "tables and columns are explained in the migration and on the row types")]
mod scripted;
mod site;
mod two_people;
#[allow(missing_docs, reason = "tables and columns are explained in the migration and on the row types")]
mod voting;
mod work;

pub use accounts::*;
pub use awards::*;
pub use bodies_and_members::*;
pub use candidacies::*;
pub use decisions::*;
pub use member_tools::*;
pub use membership::*;
pub use money::*;
pub use organisation::*;
pub use preparation::*;
pub use scripted::*;
pub use site::*;
pub use two_people::*;
pub use voting::*;
pub use work::*;

// One table a line, so that two changes do not meet in one line.
#[rustfmt::skip]
diesel::allow_tables_to_appear_in_same_query!(
    addresses,
    affiliations,
    outside_organisations,
    charters,
    affirmation_optouts,
    affirmations,
    approvals,
    audit_log,
    award_comments,
    award_imports,
    award_nominations,
    award_nominees,
    award_notices,
    award_outcomes,
    award_programmes,
    award_recipients,
    award_rounds,
    award_rules,
    award_supports,
    award_votes,
    bodies,
    body_members,
    candidate_answers,
    candidate_questions,
    certifications,
    electoral_calls,
    inspection_downloads,
    inspection_requests,
    import_rows,
    imports,
    jobs,
    mail_events,
    mails,
    call_mails,
    membership_classes,
    membership_drives,
    membership_notices,
    memberships,
    paid_terms,
    nomination_supports,
    nominations,
    passkeys,
    past_participations,
    merges,
    possible_duplicates,
    privacy_requests,
    person_keys,
    person_words,
    payment_entries,
    payments,
    persons,
    receipts,
    recovery_codes,
    role_grants,
    roster_consents,
    sessions,
    terminations,
    tokens,
    totp_secrets,
);
