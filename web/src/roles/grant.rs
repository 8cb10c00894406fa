//! Granting a role and taking it away. Both are recorded, end the person's sessions, and are announced to the person and to
//! every administrator.

use folkmoot_store::accounts::{self, GrantId, NewGrant, Person, PersonState, Role};
use folkmoot_store::audit::{self, Act};
use folkmoot_store::{Conn, PersonId, PublicId, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::mail::{RoleGranted, RolesAnnounced};
use super::{conflict, duties, heading, words};
use crate::app::App;
use crate::approvals::{Approvable, By, Consent};
use crate::auth::permission::{Action, Subject};
use crate::error::{AppError, AppResult};
use crate::http::when::when;
use crate::mail::{self, Recipient};

/// Gives a role to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantRole {
    /// Who gets it.
    pub person: PublicId,
    /// Which role.
    pub role: Role,
    /// From this instant on.
    pub starts_at: Utc,
    /// Up to this instant.
    pub ends_at: Option<Utc>,
    /// Whose deputy this makes; that person must hold the role.
    pub deputy_for: Option<PublicId>,
}

/// Who grants; both are `None` for grants made on the server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Grantors {
    /// Who proposed it.
    pub proposed_by: Option<PersonId>,
    /// The second person.
    pub approved_by: Option<PersonId>,
}

impl Approvable for GrantRole {
    const KIND: &'static str = "role.grant";
    const TITLE: &'static str = "Give a role to a person";
    const PROPOSE: Action = Action::ManageRoles;
    const APPROVE: Action = Action::ManageRoles;

    fn object(&self) -> String {
        format!("person {}", self.person)
    }

    fn page(&self) -> String {
        "/staff/roles".into()
    }

    fn subject(&self, conn: &mut Conn) -> AppResult<Subject> {
        Ok(Subject::Person(accounts::person_by_public_id(conn, &self.person)?.id))
    }

    fn facts(&self, conn: &mut Conn) -> AppResult<Vec<(String, String)>> {
        let person = accounts::person_by_public_id(conn, &self.person)?;
        let address = accounts::mail_address_of(conn, person.id)?.unwrap_or_else(|| "no address".into());
        let mut facts = vec![
            ("Person".to_owned(), format!("{} ({address})", person.preferred_name)),
            ("Role".to_owned(), heading(self.role)),
            ("What it is for".to_owned(), duties(self.role).to_owned()),
            ("From".to_owned(), when(self.starts_at)),
            ("Until".to_owned(), self.ends_at.map_or_else(|| "taken away".to_owned(), when)),
        ];
        if let Some(other) = &self.deputy_for {
            let other = accounts::person_by_public_id(conn, other)?;
            facts.push(("Deputy for".to_owned(), other.preferred_name));
        }
        Ok(facts)
    }

    fn check(&self, conn: &mut Conn, _app: &App, now: Utc) -> AppResult<()> {
        check(conn, self, now).map(|_| ())
    }

    fn apply(&self, conn: &mut Conn, app: &App, consent: &Consent, now: Utc) -> AppResult<()> {
        let act = consent.act("role.grant", self.object(), self.details());
        let grantors =
            Grantors { proposed_by: Some(consent.proposed_by), approved_by: Some(consent.approved_by) };
        add(conn, app, self, grantors, &consent.reason, &act, now).map(|_| ())
    }
}

impl GrantRole {
    /// What the audit log says of it.
    #[must_use]
    pub fn details(&self) -> serde_json::Value {
        json!({
            "role": self.role, "starts_at": self.starts_at, "ends_at": self.ends_at, "deputy_for": self.deputy_for,
        })
    }
}

/// Whether the grant is possible; returns the person and whom they would stand in for.
fn check(conn: &mut Conn, new: &GrantRole, now: Utc) -> AppResult<(Person, Option<PersonId>)> {
    let refuse = |why: String| Err(AppError::conflict(why));
    let person = accounts::person_by_public_id(conn, &new.person)?;
    if person.state != PersonState::Active {
        return refuse("This person's account is closed or barred; restore it first.".into());
    }
    if new.ends_at.is_some_and(|end| end <= new.starts_at || end <= now) {
        return refuse("The role would end before it begins; choose a later end.".into());
    }
    for held in accounts::grants_of(conn, person.id)?.into_iter().filter(|g| g.stands(now)) {
        let apart = new.ends_at.is_some_and(|end| end <= held.starts_at)
            || held.ends_at.is_some_and(|end| end <= new.starts_at);
        if held.role == new.role && !apart {
            return refuse(format!("{} holds this role for that time already.", person.preferred_name));
        }
        if conflict(held.role, new.role) && !apart {
            return refuse(format!(
                "Nobody may be {} and {} at once. Take the other role away first.",
                words(new.role),
                words(held.role)
            ));
        }
    }
    let Some(other) = &new.deputy_for else { return Ok((person, None)) };
    let other = accounts::person_by_public_id(conn, other)?;
    if other.id == person.id {
        return refuse("Nobody can be their own deputy.".into());
    }
    if !accounts::roles_of(conn, other.id, now)?.contains(&new.role) {
        return refuse(format!("{} does not hold this role, so needs no deputy.", other.preferred_name));
    }
    Ok((person, Some(other.id)))
}

/// Grants a role, in the transaction at hand. `act` is its entry in the audit log.
///
/// # Errors
/// `Conflict` when the grant is not possible; `NotFound` for an unknown person; a database error.
pub fn add(
    conn: &mut Conn,
    app: &App,
    new: &GrantRole,
    by: Grantors,
    reason: &str,
    act: &Act,
    now: Utc,
) -> AppResult<GrantId> {
    let (person, deputy_for) = check(conn, new, now)?;
    let row = NewGrant {
        person: person.id,
        role: new.role,
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        granted_by: by.proposed_by,
        approved_by: by.approved_by,
        deputy_for,
        reason,
    };
    let id = accounts::grant_role(conn, &row, now)?;
    audit::append(conn, act, now)?;
    // Rights change, so the browser has to prove itself again (requirement AUT-02).
    accounts::end_sessions(conn, person.id, None)?;
    let span = match new.ends_at {
        Some(end) => format!("from {} until {}", when(new.starts_at), when(end)),
        None => format!("from {} on", when(new.starts_at)),
    };
    let what = format!("You are now {} {span}. {}", words(new.role), duties(new.role));
    tell_person(conn, app, &person, what, now)?;
    let what = format!("{} is {} {span}. {}", person.preferred_name, words(new.role), by_words(conn, by)?);
    announce(conn, app, new.role, "granted", what, reason, now)?;
    Ok(id)
}

fn by_words(conn: &mut Conn, by: Grantors) -> AppResult<String> {
    let name = |conn: &mut Conn, id| accounts::person(conn, id).map(|p| p.preferred_name);
    Ok(match (by.proposed_by, by.approved_by) {
        (None, _) => "It was granted by a command on the server.".into(),
        (Some(one), None) => format!("Granted by {}.", name(conn, one)?),
        (Some(one), Some(two)) => {
            format!("Proposed by {}, approved by {}.", name(conn, one)?, name(conn, two)?)
        }
    })
}

/// Takes a grant away at once, in the transaction at hand.
///
/// # Errors
/// `Conflict` when it is over already; `NotFound`; a database error.
pub fn revoke(conn: &mut Conn, app: &App, by: &By, id: GrantId, reason: &str, now: Utc) -> AppResult<()> {
    let held = accounts::grant(conn, id)?;
    if !held.stands(now) || !accounts::revoke_grant(conn, id, Some(by.actor.person), now)? {
        return Err(AppError::conflict("This role is over already."));
    }
    let person = accounts::person(conn, held.person_id)?;
    let details = json!({ "role": held.role, "reason": reason });
    audit::append(conn, &by.act("role.revoke", format!("person {}", person.public_id), details), now)?;
    accounts::end_sessions(conn, person.id, None)?;
    let what = format!("You are no longer {}.", words(held.role));
    tell_person(conn, app, &person, what, now)?;
    let what = format!(
        "{} is no longer {}. Taken away by {}.",
        person.preferred_name,
        words(held.role),
        by.actor.name
    );
    announce(conn, app, held.role, "taken away", what, reason, now)
}

fn tell_person(conn: &mut Conn, app: &App, person: &Person, what: String, now: Utc) -> AppResult<()> {
    if let Some(address) = accounts::mail_address_of(conn, person.id)? {
        let message = RoleGranted { name: person.preferred_name.clone(), what, link: app.link("/sign-in") };
        mail::queue(conn, app, &Recipient::person(person.id, address), &message, now)?;
    }
    Ok(())
}

/// Tells every administrator.
fn announce(
    conn: &mut Conn,
    app: &App,
    role: Role,
    verb: &str,
    what: String,
    reason: &str,
    now: Utc,
) -> AppResult<()> {
    let message = RolesAnnounced {
        verb: verb.into(),
        role: words(role),
        what,
        reason: reason.into(),
        link: app.link("/staff/roles"),
    };
    for id in accounts::holders_of(conn, Role::Administrator, now)? {
        if let Some(address) = accounts::mail_address_of(conn, id)? {
            mail::queue(conn, app, &Recipient::person(id, address), &message, now)?;
        }
    }
    Ok(())
}
