//! That a result is certified.

use folkmoot_store::elections::results as records;
use folkmoot_store::{Conn, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Facts, find, moved, refuse, settings};
use crate::app::App;
use crate::approvals::{Approvable, Consent};
use crate::auth::permission::Action;
use crate::elections::decisions::{self, Record};
use crate::elections::results;
use crate::error::AppResult;

/// That the result is certified, by two people on behalf of the certifying body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certify {
    /// Readable part of the election's address.
    pub election: String,
    /// The certifying body.
    pub body: String,
    /// The sentences that are certified, so that nobody certifies what they have not read.
    pub result: Vec<String>,
}

impl Approvable for Certify {
    const KIND: &'static str = "election.certify";
    const TITLE: &'static str = "Certify a result";
    const PROPOSE: Action = Action::CertifyResults;
    const APPROVE: Action = Action::CertifyResults;

    fn object(&self) -> String {
        format!("election {}", self.election)
    }

    fn page(&self) -> String {
        format!("/staff/elections/{}/count", self.election)
    }

    fn facts(&self, conn: &mut Conn) -> AppResult<Facts> {
        let election = find(conn, &self.election)?;
        let mut facts =
            vec![("Election".to_owned(), election.title), ("Certified by".to_owned(), self.body.clone())];
        facts.extend(self.result.iter().map(|r| ("Result".to_owned(), r.clone())));
        Ok(facts)
    }

    fn check(&self, conn: &mut Conn, _app: &App, _now: Utc) -> AppResult<()> {
        let election = find(conn, &self.election)?;
        let body = settings(&election)?.certification.map(|c| c.body);
        let now: Vec<String> = results::stored(conn, election.id)?.into_iter().map(|d| d.headline).collect();
        if body.as_ref() != Some(&self.body) {
            return refuse("This election is not certified by that body.");
        }
        if records::disputes(conn, election.id)?.iter().any(|d| d.state == "open") {
            return refuse(
                "Answer the open reports that a ballot looks wrong first; then the result can be certified.",
            );
        }
        if election.state != "allocated" || now != self.result {
            return refuse("There is no result to certify, or it changed. Look again.");
        }
        Ok(())
    }

    fn apply(&self, conn: &mut Conn, app: &App, consent: &Consent, now: Utc) -> AppResult<()> {
        self.check(conn, app, now)?;
        let election = find(conn, &self.election)?;
        moved(conn, &election, "certified")?;
        let details = json!({ "body": self.body });
        let what = Record {
            kind: decisions::CERTIFIED,
            reason: &consent.reason,
            details: details.clone(),
            public: true,
        };
        decisions::record(conn, &election, &what, Some(consent), now)?;
        let text = format!("{} certified the result.", self.body);
        records::insert_incident(conn, election.id, now, Some(consent.approved_by), &text, false)?;
        audit::append(conn, &consent.act("election.certify", self.object(), details), now)?;
        Ok(())
    }
}
