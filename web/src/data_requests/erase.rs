//! Erasing a person, two members of staff together.

use folkmoot_store::accounts::{self, PersonState};
use folkmoot_store::data_requests::{self, RequestState};
use folkmoot_store::people::{MergeObstacle, leave_obstacle};
use folkmoot_store::{Conn, PublicId, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::staff::close;
use crate::app::App;
use crate::approvals::{Approvable, Consent};
use crate::auth::permission::{Action, Subject};
use crate::error::{AppError, AppResult};
use crate::http::when::when;

/// Erases a person who asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErasePerson {
    /// Who.
    pub person: PublicId,
    /// The request.
    pub request: PublicId,
    /// What the person is told.
    pub answer: String,
}

/// The name an erased person goes by: the same everywhere, and nobody's.
fn pseudonym(id: &PublicId) -> String {
    let end: String = id.as_str().chars().rev().take(8).collect::<Vec<_>>().into_iter().rev().collect();
    format!("Former member {end}")
}

impl Approvable for ErasePerson {
    const KIND: &'static str = "person.erase";
    const TITLE: &'static str = "Erase a person";
    const PROPOSE: Action = Action::AnswerRequests;
    const APPROVE: Action = Action::AnswerRequests;

    fn object(&self) -> String {
        format!("person {}", self.person)
    }

    fn page(&self) -> String {
        format!("/staff/privacy/{}", self.request)
    }

    fn subject(&self, conn: &mut Conn) -> AppResult<Subject> {
        Ok(Subject::Person(accounts::person_by_public_id(conn, &self.person)?.id))
    }

    fn facts(&self, conn: &mut Conn) -> AppResult<Vec<(String, String)>> {
        let person = accounts::person_by_public_id(conn, &self.person)?;
        let request = data_requests::privacy_request(conn, &self.request)?;
        let address = accounts::mail_address_of(conn, person.id)?.unwrap_or_else(|| "no address".into());
        Ok(vec![
            ("Person".into(), format!("{} ({address})", person.preferred_name)),
            ("Asked on".into(), when(request.created_at)),
            (
                "Goes".into(),
                "Name, addresses, ways to sign in, texts of mails and messages, free texts".into(),
            ),
            (
                "Stays".into(),
                format!("Classes, dates, payments, rolls and the audit log, as {}", pseudonym(&self.person)),
            ),
            ("The person is told".into(), self.answer.clone()),
        ])
    }

    fn check(&self, conn: &mut Conn, _: &App, now: Utc) -> AppResult<()> {
        let person = accounts::person_by_public_id(conn, &self.person)?;
        let request = data_requests::privacy_request(conn, &self.request)?;
        if request.person_id != person.id || request.state != RequestState::Open {
            return Err(AppError::conflict("This request is not waiting any more."));
        }
        if person.state == PersonState::Merged {
            return Err(AppError::conflict("This record was merged into another; undo that first."));
        }
        match leave_obstacle(conn, person.id, now)? {
            None => Ok(()),
            Some(MergeObstacle::Role) => {
                Err(AppError::conflict("This person holds a role. Have it taken away first."))
            }
            Some(_) => Err(AppError::conflict(
                "This person is on the roll of an election that is not over. Grant the request after its result.",
            )),
        }
    }

    fn apply(&self, conn: &mut Conn, app: &App, consent: &Consent, now: Utc) -> AppResult<()> {
        let person = accounts::person_by_public_id(conn, &self.person)?;
        let request = data_requests::privacy_request(conn, &self.request)?;
        let answer = (RequestState::Granted, self.answer.as_str());
        close(conn, app, &request, &person, answer, consent.approved_by, now)?;
        data_requests::erase_person(conn, person.id, &pseudonym(&self.person), now)?;
        audit::append(
            conn,
            &consent.act("person.erase", self.object(), json!({ "request": self.request })),
            now,
        )?;
        Ok(())
    }
}
