//! A key without a spare: every trustee would be needed, and one lost file would seal the ballots for ever. Two officers
//! may accept that (requirement TRU-02).

use folkmoot_store::elections::trustees::{self as table, NewMessage};
use folkmoot_store::elections::{self, Election};
use folkmoot_store::{Conn, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::standing::{Standing, kinds};
use crate::app::App;
use crate::approvals::{Approvable, Consent};
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};

/// Accepts that the count needs every single trustee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptNoSpare {
    /// Readable part of the election's address.
    pub election: String,
    /// Names of all trustees.
    pub trustees: Vec<String>,
}

impl AcceptNoSpare {
    fn find(&self, conn: &mut Conn) -> AppResult<Election> {
        elections::by_slug(conn, &self.election)?.ok_or_else(AppError::not_found)
    }
}

impl Approvable for AcceptNoSpare {
    const KIND: &'static str = "election.accept_no_spare";
    const TITLE: &'static str = "Accept a key that needs every trustee";
    const PROPOSE: Action = Action::ManageTrustees;
    const APPROVE: Action = Action::ManageTrustees;

    fn object(&self) -> String {
        format!("election {}", self.election)
    }

    fn page(&self) -> String {
        format!("/staff/elections/{}/trustees", self.election)
    }

    fn facts(&self, conn: &mut Conn) -> AppResult<Vec<(String, String)>> {
        let election = self.find(conn)?;
        Ok(vec![
            ("Election".into(), election.title),
            ("Trustees, every one of them needed".into(), self.trustees.join(", ")),
            (
                "Risk".into(),
                "If one of them loses the key file or cannot act, nobody can ever open the result.".into(),
            ),
        ])
    }

    fn check(&self, conn: &mut Conn, _app: &App, _now: Utc) -> AppResult<()> {
        let election = self.find(conn)?;
        let standing = Standing::load(conn, election)?;
        let names: Vec<String> = standing.trustees.iter().map(|t| t.name.clone()).collect();
        if standing.election.election_json.is_some() {
            return Err(AppError::conflict("The keys of this election are fixed already."));
        }
        if names != self.trustees || standing.needed() != names.len() {
            return Err(AppError::conflict(
                "The trustees or their threshold were changed. Propose it again.",
            ));
        }
        match standing.has(0, kinds::NO_SPARE) {
            true => Err(AppError::conflict("This was accepted before.")),
            false => Ok(()),
        }
    }

    fn apply(&self, conn: &mut Conn, app: &App, consent: &Consent, now: Utc) -> AppResult<()> {
        self.check(conn, app, now)?;
        let election = self.find(conn)?;
        let message = NewMessage {
            election_id: election.id,
            position: 0,
            kind: kinds::NO_SPARE,
            recipient: 0,
            body: &consent.reason,
            accepted: true,
            finding: None,
        };
        table::insert_message(conn, &message)?;
        let act = consent.act("trustee.accept_no_spare", self.object(), json!({ "trustees": self.trustees }));
        audit::append(conn, &act, now)?;
        Ok(())
    }
}
