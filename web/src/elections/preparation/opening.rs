//! Opening: two officers agree, the ballot box is set up and the codes go out; the clock opens it at the announced instant.

use actix_web::web;
use askama::Template;
use folkmoot_governance::election::{Check as Guard, Step};
use folkmoot_store::elections::{self, roll, trustees as keyholders};
use folkmoot_store::{Conn, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::plan::{Agreed, Plan, Prepared, Registrar, RollStage};
use super::{facts, may_prepare, place, questions};
use crate::app::App;
use crate::approvals::{self, Approvable, By, Consent};
use crate::auth::permission::Action;
use crate::elections::routes::Moment;
use crate::elections::{registrar, setup, trustees};
use crate::error::{AppError, AppResult, Kind};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};
use crate::staff::fresh;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/staff/elections/{election}/open", Access::May(Action::SeeElections), show),
        Route::post("/staff/elections/{election}/open", Access::May(Action::PrepareElections), propose),
    ]
}

/// Sets the ballot box up; voting opens at the announced instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmOpening {
    /// Readable part of the election's address.
    pub election: String,
    /// Announced opening.
    pub opens_at: Utc,
    /// Announced end.
    pub closes_at: Utc,
    /// Entries of the roll.
    pub roll: i64,
    /// Hash of the roll.
    pub roll_hash: String,
    /// SHA-256 of the questions.
    pub questions: String,
    /// Names of the trustees and the fingerprints of their keys.
    pub trustees: Vec<(String, String)>,
}

impl ConfirmOpening {
    /// The act that would open an election as it is now.
    fn of(conn: &mut Conn, prepared: &Prepared) -> AppResult<Self> {
        let election = &prepared.election;
        let latest = roll::snapshots(conn, election.id)?.pop();
        let latest = latest.ok_or_else(|| AppError::conflict("The roll is not published yet."))?;
        let (opens_at, closes_at) = election
            .opens_at
            .zip(election.closes_at)
            .ok_or_else(|| AppError::conflict("The instants of voting are not set."))?;
        let trustees = keyholders::all(conn, election.id)?;
        Ok(Self {
            election: election.slug.clone(),
            opens_at,
            closes_at,
            roll: latest.entries,
            roll_hash: latest.list_hash,
            questions: questions::digest(&prepared.settings)?,
            trustees: trustees.into_iter().map(|t| (t.name, t.fingerprint.unwrap_or_default())).collect(),
        })
    }

    /// The election and its keys, refused when anything differs from what was proposed or is not ready.
    fn allowed(&self, conn: &mut Conn, now: Utc) -> AppResult<(Prepared, String)> {
        let prepared = Prepared::load(conn, &self.election)?;
        if prepared.election.state != "rehearsed" {
            return Err(AppError::conflict("The rehearsal is not finished."));
        }
        prepared.need_no_box()?;
        if Self::of(conn, &prepared)? != *self {
            return Err(AppError::conflict("Something was changed in the meantime. Propose it again."));
        }
        if !matches!(prepared.plan.roll, RollStage::Frozen(_)) {
            return Err(AppError::conflict("The roll is not frozen."));
        }
        if now >= self.closes_at {
            return Err(AppError::conflict("The announced end of voting is over."));
        }
        if prepared.plan.registrar == Registrar::External {
            let received = roll::bound_credentials(conn, prepared.election.id)?;
            if received != self.roll {
                return Err(AppError::conflict(format!(
                    "{received} public codes for {} entries of the roll; the registrar has to hand over one for each.",
                    self.roll
                )));
            }
        }
        let keys = trustees::keys(conn, &prepared.election)?;
        Ok((prepared, keys))
    }
}

impl Approvable for ConfirmOpening {
    const KIND: &'static str = "election.open";
    const TITLE: &'static str = "Open an election at the announced instant";
    const PROPOSE: Action = Action::PrepareElections;
    const APPROVE: Action = Action::ConfirmElections;

    fn object(&self) -> String {
        format!("election {}", self.election)
    }

    fn page(&self) -> String {
        place(&self.election, "open")
    }

    fn facts(&self, conn: &mut Conn) -> AppResult<Vec<(String, String)>> {
        let prepared = Prepared::load(conn, &self.election)?;
        let mut facts = vec![
            ("Election".to_owned(), prepared.election.title.clone()),
            ("Voting opens".to_owned(), when(self.opens_at)),
            ("Voting ends".to_owned(), when(self.closes_at)),
            ("Entries of the roll".to_owned(), self.roll.to_string()),
            ("SHA-256 of the roll".to_owned(), self.roll_hash.clone()),
        ];
        for question in &prepared.settings.questions {
            let answers: Vec<&str> = question.answers.iter().map(|a| a.name.as_str()).collect();
            let seats = if super::policies::has_seats(question) {
                format!("{} seats: ", question.seats)
            } else {
                String::new()
            };
            facts.push((question.title.clone(), format!("{seats}{}", answers.join(", "))));
        }
        for (name, fingerprint) in &self.trustees {
            facts.push((format!("Trustee {name}"), fingerprint.clone()));
        }
        facts.push((
            "What follows".to_owned(),
            "Questions, roll, voting codes and keys are fixed for good. The codes go out when voting opens."
                .to_owned(),
        ));
        Ok(facts)
    }

    fn check(&self, conn: &mut Conn, _app: &App, now: Utc) -> AppResult<()> {
        self.allowed(conn, now).map(|_| ())
    }

    fn apply(&self, conn: &mut Conn, app: &App, consent: &Consent, now: Utc) -> AppResult<()> {
        let (mut prepared, keys) = self.allowed(conn, now)?;
        let election = prepared.election.clone();
        let issued = match prepared.plan.registrar {
            Registrar::BuiltIn => {
                setup::issue_credentials(conn, &election, setup::group(&prepared.settings)?)?
            }
            Registrar::External => Vec::new(),
        };
        setup::write_setup(conn, app, &election, &prepared.settings, &keys)?;
        // The mails wait in the queue until voting opens; their bodies are removed when they are sent.
        let due = now.max(self.opens_at);
        let unreachable = registrar::mail_codes(conn, app, &election, &prepared.settings, &issued, due)?;
        prepared.plan.opening =
            Some(Agreed { first: consent.proposed_by, second: consent.approved_by, at: now });
        prepared.save(conn)?;
        let details = json!({ "roll": self.roll, "sha256": self.roll_hash, "without_address": unreachable });
        audit::append(conn, &consent.act("election.open", prepared.object(), details), now)?;
        Ok(())
    }
}

/// Opens an election whose instant has come, by the rules; false when it is not ready. Elections that were not prepared on
/// these pages open as soon as their box is set up.
///
/// # Errors
/// A database error.
pub fn open_due(conn: &mut Conn, id: i64, now: Utc) -> AppResult<bool> {
    let election = elections::by_id(conn, id)?;
    let Some(plan) = Plan::of(conn, election.id)? else {
        return Ok(elections::change_state(conn, election.id, "rehearsed", "open")?);
    };
    let Some(agreed) = plan.opening.clone() else { return Ok(false) };
    let settings = serde_json::from_str(&election.settings).map_err(AppError::internal)?;
    let prepared = Prepared { election, settings, plan };
    match facts::take(conn, &prepared, &Step::Open, &facts::two(&agreed), now) {
        Ok(_) => Ok(true),
        Err(AppError { kind: Kind::Conflict(why), .. }) => {
            tracing::error!(election = prepared.election.slug, why, "an election cannot be opened");
            Ok(false)
        }
        Err(other) => Err(other),
    }
}

#[derive(Template)]
#[template(path = "preparation/open.html")]
struct OpenPage {
    page: Page,
    slug: String,
    checks: Vec<Guard>,
    opens: Option<Moment>,
    ready: bool,
    waiting: String,
    agreed: String,
    open: bool,
    may_prepare: bool,
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, now, may_prepare) = (path.into_inner(), ctx.now(), may_prepare(&actor));
    let page = ctx.page("Open");
    let shown = ctx
        .app()
        .read(move |conn| {
            let prepared = Prepared::load(conn, &slug)?;
            let checks = facts::checklist(conn, &prepared, &Step::Open, now)?;
            let rehearsed = prepared.election.state == "rehearsed";
            let waiting = approvals::open_about::<ConfirmOpening>(conn, &format!("election {slug}"), now)?;
            Ok(OpenPage {
                page,
                // What the second officer's agreement brings about cannot be asked for before it.
                checks: checks
                    .into_iter()
                    .filter(|c| {
                        prepared.plan.opening.is_some()
                            || !matches!(c.name.as_str(), "credential_count" | "box")
                    })
                    .collect(),
                opens: prepared.election.opens_at.map(|at| Moment::of(at, now)),
                ready: rehearsed && prepared.plan.opening.is_none() && waiting.is_empty(),
                waiting: waiting.first().map(|id| format!("/staff/approvals/{id}")).unwrap_or_default(),
                agreed: prepared.plan.opening.map(|a| when(a.at)).unwrap_or_default(),
                open: prepared.election.state != "rehearsed"
                    && !super::rehearsal::PREPARED.contains(&prepared.election.state.as_str()),
                may_prepare,
                slug,
            })
        })
        .await?;
    ctx.show(&shown)
}

async fn propose(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    fresh(&ctx)?;
    let slug = path.into_inner();
    let (app, by) = (ctx.app().clone(), By::new(&ctx, &actor));
    let id = ctx
        .app()
        .write(move |conn| {
            let prepared = Prepared::load(conn, &slug)?;
            if prepared.election.state != "rehearsed" {
                return Err(AppError::conflict("Finish the rehearsal first."));
            }
            let act = ConfirmOpening::of(conn, &prepared)?;
            approvals::propose(conn, &app, &by, &act, "Everything is rehearsed.", app.now())
        })
        .await?;
    Ok(ctx.redirect_with(
        &format!("/staff/approvals/{id}"),
        &Flash::good("Proposed. A second officer has to agree."),
    ))
}
