//! What waits for members and for staff, for the start page.

use chrono::TimeDelta;
use folkmoot_store::memberships::{self, Evidence, voting};
use folkmoot_store::{Conn, Utc};

use super::member::valid_until;
use super::{calls, dues_page, facts, remind};
use crate::auth::permission::{Action, Subject, may};
use crate::error::AppResult;
use crate::http::session::Actor;
use crate::tasks::Task;

/// Affirmations, certifications, dues; for staff, applications.
///
/// # Errors
/// A database error.
pub fn tasks(c: &mut Conn, actor: &Actor, now: Utc) -> AppResult<Vec<Task>> {
    let mut found = Vec::new();
    let held = memberships::of_person(c, actor.person)?;
    let soon = now.plus(TimeDelta::days(30));
    let certifications = voting::certifications_of(c, actor.person)?;
    for (membership, class) in held.iter().filter(|(m, _)| m.is_active(now)) {
        if let Some(end) = membership.ends_at.filter(|end| class.dues.is_some() && *end < soon) {
            found.push(Task {
                text: format!("Renew your membership: {}", class.name),
                href: dues_page(&class.key),
                hint: "A renewal counts from the day your dues end.".into(),
                due: Some(end),
            });
        }
        if class.evidence == Evidence::Certification {
            let of_class = certifications.iter().filter(|x| x.class_id == class.id);
            let until = of_class.map(|x| valid_until(x.certified_at)).max();
            if until.is_none_or(|until| until < soon) {
                found.push(Task {
                    text: format!("Certify as a {}", class.name.to_lowercase()),
                    href: format!("/membership/certify/{}", class.key),
                    hint: "Once a year; without it you have no vote.".into(),
                    due: until.filter(|until| *until > now),
                });
            }
        }
    }
    if held.iter().any(|(m, class)| class.votes && m.is_active(now)) {
        for open in calls::current(c, now)?.into_iter().filter(|open| now < open.call.cutoff_at) {
            let standing = facts::standing_of(c, actor.person, open.body.id, &open.rule, &open.at)?;
            if remind::lacks_affirmation(&standing) {
                found.push(Task {
                    text: format!("Affirm that you will vote: {}", open.call.title),
                    href: "/membership".into(),
                    hint: "Only members who affirm are on the roll.".into(),
                    due: Some(open.call.cutoff_at),
                });
            }
        }
    }
    if may(actor, Action::ManageMemberships, Subject::Site).is_ok() {
        let waiting = memberships::applications(c, 100)?.len();
        if waiting > 0 {
            found.push(Task {
                text: format!("Decide about {waiting} application{}", if waiting == 1 { "" } else { "s" }),
                href: "/staff/membership/applications".into(),
                hint: String::new(),
                due: None,
            });
        }
    }
    Ok(found)
}
