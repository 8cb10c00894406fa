//! Who stands: the accounts of candidates, and who may not be one.

use folkmoot_store::accounts::{self, PersonState, Role};
use folkmoot_store::elections::trustees;
use folkmoot_store::{Conn, PublicId, Utc};

use super::plan::Prepared;
use super::question_form::Typed;
use super::questions::of_one;
use crate::affiliations;
use crate::elections::settings::AnswerSettings;
use crate::error::AppResult;
use crate::http::FieldErrors;
use crate::roles;

/// The address of an account, empty when it has none.
pub(super) fn account_of(conn: &mut Conn, id: &PublicId) -> AppResult<String> {
    let person = accounts::person_by_public_id(conn, id)?;
    Ok(accounts::mail_address_of(conn, person.id)?.unwrap_or_default())
}

/// Finds the accounts, refuses those who conduct the election, and refuses impossible questions.
pub(super) fn complete(
    conn: &mut Conn,
    prepared: &Prepared,
    typed: &mut Typed,
    now: Utc,
) -> AppResult<FieldErrors> {
    let mut errors = FieldErrors::default();
    for (place, row, address) in &typed.accounts {
        let field = format!("account-{row}");
        let found = accounts::owner_of_address(conn, address)?.filter(|p| p.state == PersonState::Active);
        let Some(person) = found else {
            errors.add(field, "Nobody has an account with this address.");
            continue;
        };
        if let Some(why) = conflict(conn, prepared.election.id, person.id, &person.preferred_name, now)? {
            errors.add(field, why);
        }
        if let Some(answer) = typed.question.answers.get_mut(*place) {
            answer.person = person.public_id.to_string();
            // What counts for the limit on common affiliations is what was declared.
            answer.affiliations = affiliations::rules::of(conn, person.id, now.datetime().date_naive())?;
        }
    }
    for (name, role) in conductors(conn, prepared, now)? {
        let nameless = |a: &&AnswerSettings| a.person.is_empty() && a.name == name;
        if typed.question.answers.iter().any(|a| nameless(&a)) {
            errors.add("title", format!(
                "{name} is {role} and cannot stand. If somebody else of that name does, enter the address of their account."
            ));
        }
    }
    if prepared.plan.call.is_some()
        && !typed.question.answers.is_empty()
        && super::policies::has_seats(&typed.question)
    {
        errors.add("title", "Candidates come from nominations here; empty the fields of the answers.");
    }
    // What is missing on the whole can wait for the announcement; what cannot be is refused here.
    if errors.is_empty() {
        let awaits = super::questions::awaits_candidates(&typed.question, &prepared.plan);
        for why in of_one(&typed.question, prepared.plan.hold_uncontested, awaits) {
            let field = if why.contains("seat") { "seats" } else { "title" };
            let mut letters = why.chars();
            let text: String =
                letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default();
            errors.add(field, text);
        }
    }
    Ok(errors)
}

/// Why a person cannot stand in this election.
///
/// # Errors
/// A database error.
pub fn conflict(
    conn: &mut Conn,
    election_id: i64,
    person: folkmoot_store::PersonId,
    name: &str,
    now: Utc,
) -> AppResult<Option<String>> {
    let held = accounts::roles_of(conn, person, now)?;
    let apart = [Role::ReturnsOfficer, Role::SecondOfficer, Role::Registrar];
    if let Some(role) = apart.iter().find(|r| held.contains(r)) {
        return Ok(Some(format!(
            "{name} is {} and cannot stand; somebody else has to conduct the election first.",
            roles::words(*role)
        )));
    }
    let keys = trustees::all(conn, election_id)?;
    if keys.iter().any(|t| t.person_id == Some(person)) {
        return Ok(Some(format!("{name} is a trustee of this election and cannot stand.")));
    }
    Ok(None)
}

/// Names of those who conduct this election, with what they are.
fn conductors(conn: &mut Conn, prepared: &Prepared, now: Utc) -> AppResult<Vec<(String, String)>> {
    let mut all = Vec::new();
    for role in [Role::ReturnsOfficer, Role::SecondOfficer, Role::Registrar] {
        for person in accounts::holders_of(conn, role, now)? {
            all.push((accounts::person(conn, person)?.preferred_name, roles::words(role)));
        }
    }
    let keys = trustees::all(conn, prepared.election.id)?;
    all.extend(keys.into_iter().map(|t| (t.name, "a trustee of this election".to_owned())));
    Ok(all)
}
