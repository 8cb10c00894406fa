//! Start page, health checks, the organisation's colours, site pages, and the links every page shows.

mod colour;
pub mod logo;
pub mod pages;
mod routes;
pub mod set_up;
mod settings;

#[cfg(test)]
mod logo_tests;
#[cfg(test)]
mod tests;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    [routes::routes(), pages::routes()].into_iter().flatten().collect()
}

use crate::auth::permission::{Action, Subject, may};
use crate::http::session::Actor;
use crate::routes::Route;

/// Main navigation for this viewer: address and words.
#[must_use]
pub fn main_links(actor: Option<&Actor>) -> Vec<(&'static str, &'static str)> {
    let mut links = vec![("/elections", "Elections")];
    links.push(if actor.is_some() { ("/membership", "Membership") } else { ("/join", "Join") });
    if actor.is_some_and(Actor::is_staff) {
        links.push(("/staff", "Staff"));
    }
    links
}

/// Heading, then address, words and the action that opens it.
type StaffGroup = (&'static str, &'static [(&'static str, &'static str, Action)]);

/// Staff pages in the order of the side navigation. A new feature adds its lines here.
#[rustfmt::skip]
const STAFF: &[StaffGroup] = &[
    ("Work", &[
        ("/staff/approvals", "Approvals", Action::SeeStaffPages),
        ("/staff/contact", "Messages", Action::AnswerContact),
    ]),
    ("Elections", &[
        ("/staff/elections", "All elections", Action::SeeElections),
    ]),
    ("People", &[
        ("/staff/people", "Search", Action::SeePeople),
        ("/staff/membership", "Membership", Action::SeeMemberships),
        ("/staff/payments", "Payments", Action::SeePayments),
        ("/staff/duplicates", "Duplicates", Action::ManagePeople),
        ("/staff/imports", "Imports", Action::ImportPeople),
        ("/staff/exports", "Exports", Action::ExportPeople),
        ("/staff/privacy", "Privacy requests", Action::AnswerRequests),
        ("/staff/list-requests", "List requests", Action::AnswerRequests),
        ("/staff/bodies", "Bodies", Action::ManageBodies),
        ("/staff/affiliations", "Affiliations", Action::ManageBodies),
        ("/staff/awards", "Awards", Action::ManageAwards),
        ("/staff/roles", "Roles", Action::SeeRoles),
    ]),
    ("Running", &[
        ("/staff/reports", "Reports", Action::RunReports),
        ("/staff/audit", "Audit log", Action::ReadAuditLog),
        ("/staff/jobs", "Jobs", Action::ManageJobs),
    ]),
    ("Site", &[
        ("/staff/pages", "Site pages", Action::EditPages),
        ("/staff/mail", "Mail", Action::SeeMail),
        ("/staff/settings", "Settings", Action::ManageSettings),
    ]),
];

/// Side navigation of the staff pages: what this person may open, in groups.
#[must_use]
pub fn staff_links(actor: Option<&Actor>) -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    let Some(actor) = actor else { return Vec::new() };
    STAFF
        .iter()
        .map(|(heading, links)| {
            let open = links
                .iter()
                .filter(|(_, _, action)| may(actor, *action, Subject::Site).is_ok())
                .map(|(href, label, _)| (*href, *label))
                .collect::<Vec<_>>();
            (*heading, open)
        })
        .filter(|(_, links)| !links.is_empty())
        .collect()
}

/// Links to the site pages.
#[must_use]
pub fn footer_links() -> &'static [(&'static str, &'static str)] {
    const LINKS: &[(&str, &str)] = &[
        ("/members", "Members"),
        ("/awards", "Awards"),
        ("/terms", "Terms"),
        ("/privacy", "Privacy"),
        ("/conduct", "Code of conduct"),
        ("/accessibility", "Accessibility"),
        ("/imprint", "Who runs this site"),
        ("/contact", "Write to us"),
    ];
    LINKS
}
