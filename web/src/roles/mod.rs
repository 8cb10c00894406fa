//! Roles: what each is for, who may grant it, who holds it (`domain.md` 6.3: least power, start and end, deputies).

mod grant;
mod mail;
mod pages;
mod review;
#[cfg(test)]
mod tests;

use folkmoot_store::accounts::Role;

use crate::routes::Route;

pub use grant::{GrantRole, Grantors, add, revoke};
pub use review::{RemindOfReview, tasks};

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    [review::routes(), pages::routes()].into_iter().flatten().collect()
}

/// The role in words, for the middle of a sentence.
#[must_use]
pub fn words(role: Role) -> String {
    role.as_str().replace('_', " ")
}

/// The role in words, for the beginning of a line.
#[must_use]
pub fn heading(role: Role) -> String {
    let text = words(role);
    let mut letters = text.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What the role is for, in one sentence.
#[must_use]
pub const fn duties(role: Role) -> &'static str {
    match role {
        Role::MembershipStaff => "Looks after members, merges, payments, certification and imports.",
        Role::ReturnsOfficer => {
            "Creates, announces and runs elections. Holds no credentials and no key shares."
        }
        Role::SecondOfficer => "Confirms what a returns officer may not do alone.",
        Role::Registrar => "Generates, delivers and resends credentials. Sees no ballot box and no members.",
        Role::Auditor => "Reads public data, the audit log and pseudonymous rolls. Changes nothing.",
        Role::Certifier => "Certifies results, decides awards, hears appeals.",
        Role::Reviewer => "Reads nominations of open award rounds, comments and votes.",
        Role::Chair => "Opens and closes award rounds and announces awards.",
        Role::ReportAuthor => "Writes report scripts.",
        Role::ReportApprover => "Approves report runs with personal data.",
        Role::Administrator => "Grants roles and runs the installation. Runs no elections.",
    }
}

/// True when two administrators have to agree to a grant: roles that reach members' data, elections, keys or other roles.
#[must_use]
pub const fn needs_two(role: Role) -> bool {
    match role {
        Role::MembershipStaff
        | Role::ReturnsOfficer
        | Role::SecondOfficer
        | Role::Registrar
        | Role::Certifier
        | Role::ReportApprover
        | Role::Administrator => true,
        Role::Auditor | Role::Reviewer | Role::Chair | Role::ReportAuthor => false,
    }
}

/// True when nobody may hold both: whoever holds credentials edits no roll, runs no election and grants no roles.
#[must_use]
pub fn conflict(one: Role, other: Role) -> bool {
    let apart = |r| matches!(r, Role::MembershipStaff | Role::ReturnsOfficer | Role::Administrator);
    (one == Role::Registrar && apart(other)) || (other == Role::Registrar && apart(one))
}
