//! The list of elections and the page of each.

use actix_web::web;
use askama::Template;
use folkmoot_governance::Instant;
use folkmoot_governance::deadline::{ZonePolicy, instant_in, time_left};
use folkmoot_store::elections::{self, Election, ballot_box, results, roll, running};
use folkmoot_store::{Conn, Utc};

use super::booth;
use super::settings::{ElectionSettings, QuestionSettings};
use crate::app::App;
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::when::when;
use crate::http::{Ctx, Page, PageResult};
use crate::routes::{Access, Route};

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    let mut all = vec![
        Route::get("/elections", Access::Public, list),
        Route::get("/elections/{election}", Access::Public, show),
    ];
    all.extend(super::voting::routes());
    all.extend(super::board::routes());
    all.extend(super::trustees::routes());
    all.extend(super::disputes::routes());
    all.extend(super::codes::routes());
    all.extend(super::downloads::routes());
    all.extend(super::running::routes());
    all.extend(super::staff_count::routes());
    all.extend(super::preparation::routes());
    all
}

/// An instant as pages show it.
#[derive(Debug, Clone)]
pub struct Moment {
    /// Machine form.
    pub utc: String,
    /// For people.
    pub words: String,
    /// "6 days left", empty when past.
    pub left: String,
}

impl Moment {
    /// An instant as pages show it at `now`.
    #[must_use]
    pub fn of(at: Utc, now: Utc) -> Self {
        let convert = |t: Utc| Instant::from_micros(t.micros()).ok();
        let (Some(instant), Some(present)) = (convert(at), convert(now)) else {
            return Self { utc: at.to_string(), words: at.to_string(), left: String::new() };
        };
        let left = if present < instant { time_left(instant, present) } else { String::new() };
        Self {
            utc: at.datetime().format("%FT%TZ").to_string(),
            words: instant_in(instant, ZonePolicy::Utc),
            left,
        }
    }
}

/// An election as lists and its page show it.
struct Shown {
    slug: String,
    title: String,
    state: &'static str,
    open: bool,
    opens: Option<Moment>,
    closes: Option<Moment>,
}

/// The state in plain words.
#[must_use]
pub fn state_words(state: &str) -> &'static str {
    match state {
        "draft" => "Draft",
        "announced" => "Announced",
        "nominations" => "Nominations open",
        "closed_nominations" => "Nominations closed",
        "candidates_announced" | "rehearsed" => "Candidates announced",
        "open" => "Voting open",
        "suspended" => "Suspended",
        "closed" | "quorum_ok" | "shuffling" | "decrypting" => "Voting ended, count under way",
        "counted" | "allocated" | "certified" => "Counted, not announced yet",
        "referred" => "Voting ended, quorum not reached",
        "void" => "Void",
        _ => "Result announced",
    }
}

impl Shown {
    fn of(election: &Election, now: Utc) -> Self {
        let open = election.state == "open"
            && election.opens_at.is_some_and(|t| t <= now)
            && election.closes_at.is_some_and(|t| now < t);
        let ended = election.state == "open" && election.closes_at.is_some_and(|t| t <= now);
        Self {
            slug: election.slug.clone(),
            title: election.title.clone(),
            state: if ended { "Voting ended, count under way" } else { state_words(&election.state) },
            open,
            opens: election.opens_at.map(|t| Moment::of(t, now)),
            closes: election.closes_at.map(|t| Moment::of(t, now)),
        }
    }
}

/// The election with this address, if the public may know of it.
///
/// # Errors
/// `NotFound` for drafts and unknown addresses.
pub async fn find(app: &App, slug: String) -> AppResult<Election> {
    let found = app.read(move |c| Ok(elections::by_slug(c, &slug)?)).await?;
    found.filter(|e| e.state != "draft").ok_or_else(AppError::not_found)
}

fn settings(election: &Election) -> AppResult<ElectionSettings> {
    serde_json::from_str(&election.settings).map_err(AppError::internal)
}

#[derive(Template)]
#[template(path = "elections/list.html")]
struct ListPage {
    page: Page,
    now: Vec<Shown>,
    others: Vec<Shown>,
}

async fn list(ctx: Ctx) -> PageResult {
    let all = ctx.app().read(|c| Ok(elections::list(c)?)).await?;
    let now = ctx.now();
    let (open, others) =
        all.iter().filter(|e| e.state != "draft").map(|e| Shown::of(e, now)).partition(|s| s.open);
    ctx.show(&ListPage { page: ctx.page("Elections"), now: open, others })
}

struct QuestionShown {
    title: String,
    method: String,
    answers: Vec<super::settings::AnswerSettings>,
}

impl QuestionShown {
    fn of(question: &QuestionSettings) -> Self {
        Self {
            title: question.title.clone(),
            method: booth::method(question),
            answers: question.answers.clone(),
        }
    }
}

struct Quorum {
    filled: u64,
    mark: u64,
    words: String,
}

#[derive(Template)]
#[template(path = "elections/show.html")]
struct ShowPage {
    page: Page,
    election: Shown,
    description: Vec<String>,
    questions: Vec<QuestionShown>,
    quorum: Option<Quorum>,
    on_roll: Option<bool>,
    voted: bool,
    result: Option<super::result_page::ResultShown>,
    /// What was decided about the vote: what, when, why.
    notices: Vec<(&'static str, String, String)>,
    has_certificate: bool,
    runs: bool,
    certifies: bool,
    has_box: bool,
    fingerprint: String,
    log_key: String,
    trustees: Vec<(String, String)>,
    is_trustee: bool,
    manages_trustees: bool,
    /// Prepared on the staff pages: rules, dates and roll have pages of their own.
    planned: bool,
    /// Candidates are nominated.
    has_call: bool,
    help: String,
    /// What somebody on the roll does without their voting code, while ballots are taken.
    lost_code: Option<super::codes::LostCode>,
}

/// Decisions that concern voters, the newest first, and public incidents. What was decided during a count stays with the
/// count until it is announced.
fn notices(conn: &mut Conn, election: &Election) -> AppResult<Vec<(&'static str, String, String)>> {
    use super::decisions as d;
    const AT_ONCE: &[&str] = &[
        d::SUSPENDED,
        d::RESUMED,
        d::EXTENDED,
        d::QUORUM_EXTENSION,
        d::VOID,
        d::REFERRED,
        d::REFERRAL,
        d::SMALL_COUNT,
        d::WITHDRAWN,
        d::EXCLUDED,
    ];
    let announced = super::results::is_public(election);
    let mut all = Vec::new();
    for decision in running::decisions(conn, election.id)? {
        if decision.public && (announced || AT_ONCE.contains(&decision.kind.as_str())) {
            all.push((decision.at, d::words(&decision.kind), decision.reason));
        }
    }
    for (at, text, public) in results::incidents(conn, election.id)? {
        if public {
            all.push((at, "Notice", text));
        }
    }
    all.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    Ok(all.into_iter().map(|(at, what, why)| (what, when(at), why)).collect())
}

async fn show(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let election = find(ctx.app(), path.into_inner()).await?;
    let settings = settings(&election)?;
    let (app, person, now) = (ctx.app().clone(), ctx.actor().map(|a| a.person), ctx.now());
    let manages_trustees = ctx.actor().is_some_and(|a| may(a, Action::ManageTrustees, Subject::Site).is_ok());
    let able = |action| ctx.actor().is_some_and(|a| may(a, action, Subject::Site).is_ok());
    let (runs, certifies) = (able(Action::RunElections), able(Action::CertifyResults));
    let page = ctx.page(election.title.clone());
    let shown = ctx
        .app()
        .read(move |conn| {
            let reading = super::close::quorum(conn, &election, &settings)?.reading;
            let has_box = election.election_json.is_some();
            let on_roll = match person {
                Some(person) => Some(roll::of_person(conn, election.id, person)?.is_some()),
                None => None,
            };
            let voted = match person {
                Some(person) => ballot_box::participation_of(conn, election.id, person)?.is_some(),
                None => false,
            };
            let trustees = elections::trustees::all(conn, election.id)?;
            let is_trustee = person.is_some() && trustees.iter().any(|t| t.person_id == person);
            let trustees =
                trustees.into_iter().map(|t| (t.name, t.fingerprint.unwrap_or_default())).collect();
            let per_mille = |n: u64| (n * 1000).checked_div(reading.base).unwrap_or(0).min(1000);
            let words = format!(
                "{} of {} have voted; {} are needed for the quorum{}",
                reading.counted,
                reading.base,
                reading.needed,
                if reading.met { ", which is reached" } else { "" }
            );
            let quorum = has_box.then(|| Quorum {
                filled: per_mille(reading.counted),
                mark: per_mille(reading.needed),
                words,
            });
            let plan = super::preparation::Plan::of(conn, election.id)?;
            let lost_code = match person {
                Some(person) if on_roll == Some(true) => {
                    super::codes::lost(conn, &election, &settings, person, now)?
                }
                _ => None,
            };
            let log_key =
                if has_box { super::log::Log::open(&app, &election.uuid)?.verifier() } else { String::new() };
            Ok(ShowPage {
                page,
                description: settings.description.split("\n\n").map(str::to_owned).collect(),
                questions: settings.questions.iter().map(QuestionShown::of).collect(),
                quorum,
                on_roll,
                voted,
                result: super::result_page::shown(
                    conn,
                    &election,
                    app.config().public_url.trim_end_matches('/'),
                )?,
                notices: notices(conn, &election)?,
                has_certificate: results::quorum_certificate(conn, election.id)?.is_some(),
                runs,
                certifies,
                has_box,
                fingerprint: election.election_hash.clone().unwrap_or_default(),
                log_key,
                trustees,
                is_trustee,
                manages_trustees,
                planned: plan.is_some(),
                has_call: plan.is_some_and(|p| p.call.is_some()),
                help: settings.help.clone(),
                lost_code,
                election: Shown::of(&election, now),
            })
        })
        .await?;
    ctx.show(&shown)
}
