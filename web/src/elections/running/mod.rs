//! The staff page of a running vote: turnout and quorum, deliveries, reminders, incidents, disputes, and what two officers may
//! change. Nobody sees here how or when anybody voted; the list of those who voted is alphabetical and by day.

mod acts;
mod deliveries;

use actix_web::web;
use askama::Template;
use folkmoot_governance::disclosure::DisclosurePolicy;
use folkmoot_store::elections::{self, Election, ballot_box, results, running};
use folkmoot_store::mails::MailState;
use folkmoot_store::{Conn, Utc};

use super::officers::WITHDRAWAL;
use super::routes::{Moment, state_words};
use super::settings::{ElectionSettings, QuestionKind, QuestionSettings};
use super::{close, decisions, jump, trustees};
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};
use crate::tasks::Task;

pub use deliveries::delivery_words;

/// Routes of this file.
pub(super) fn routes() -> Vec<Route> {
    let run = Access::May(Action::RunElections);
    vec![
        Route::get("/staff/elections/{election}/running", run, show),
        Route::get("/staff/elections/{election}/deliveries", run, deliveries::show),
        Route::post("/staff/elections/{election}/running/{act}", run, acts::change),
    ]
}

struct Day {
    day: String,
    voters: i64,
    so_far: i64,
    width: i64,
}

struct Quorum {
    filled: u64,
    mark: u64,
    words: String,
}

struct Dispute {
    reference: String,
    day: String,
    tracker: String,
    text: String,
    open: bool,
}

struct Standing {
    /// `question/candidate`, from 0.
    value: String,
    label: String,
}

struct Line {
    at: String,
    what: String,
    text: String,
    public: bool,
}

struct Delivered {
    kind: String,
    sent: usize,
    waiting: usize,
    failed: usize,
    no_address: usize,
}

#[derive(Template)]
#[template(path = "elections/staff_running.html")]
struct RunningPage {
    page: Page,
    form: Form,
    slug: String,
    title: String,
    state: &'static str,
    open: bool,
    suspended: bool,
    /// Minutes since the suspension, rounded up.
    lost: i64,
    closes: Option<Moment>,
    quorum: Quorum,
    days: Vec<Day>,
    delivered: Vec<Delivered>,
    not_voted: usize,
    disputes: Vec<Dispute>,
    log: Vec<Line>,
    clock_jumped: bool,
    /// Who can withdraw, or be found ineligible.
    standing: Vec<Standing>,
}

fn by_slug(conn: &mut Conn, slug: &str) -> AppResult<(Election, ElectionSettings)> {
    let election = elections::by_slug(conn, slug)?.ok_or_else(AppError::not_found)?;
    let settings = serde_json::from_str(&election.settings).map_err(AppError::internal)?;
    Ok((election, settings))
}

async fn show(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let page = page(&ctx, path.into_inner(), Form::empty()).await?;
    ctx.show(&page)
}

async fn page(ctx: &Ctx, slug: String, form: Form) -> AppResult<RunningPage> {
    let now = ctx.now();
    let page = ctx.page("Running").for_form(&form);
    ctx.app()
        .read(move |conn| {
            let (election, settings) = by_slug(conn, &slug)?;
            let reading = close::quorum(conn, &election, &settings)?.reading;
            let per_mille = |n: u64| (n * 1000).checked_div(reading.base).unwrap_or(0).min(1000);
            let quorum = Quorum {
                filled: per_mille(reading.counted),
                mark: per_mille(reading.needed),
                words: format!(
                    "{} of {} have voted; {} are needed for the quorum{}",
                    reading.counted,
                    reading.base,
                    reading.needed,
                    if reading.met { ", which is reached" } else { "" }
                ),
            };
            Ok(RunningPage {
                page,
                form,
                state: state_words(&election.state),
                open: election.state == "open",
                suspended: election.state == "suspended",
                lost: running::last_decision(conn, election.id, decisions::SUSPENDED)?
                    .map_or(0, |d| (now.since(d.at).num_seconds().max(0) + 59) / 60),
                closes: election.closes_at.map(|t| Moment::of(t, now)),
                quorum,
                days: days(conn, election.id)?,
                delivered: delivered(conn, election.id)?,
                not_voted: running::not_voted(conn, election.id)?.len(),
                disputes: disputes(conn, election.id)?,
                log: log(conn, election.id)?,
                standing: standing(&election, &settings),
                clock_jumped: jump::is_frozen(conn)?,
                slug: election.slug,
                title: election.title,
            })
        })
        .await
}

/// Who can still withdraw or be found ineligible.
fn standing(election: &Election, settings: &ElectionSettings) -> Vec<Standing> {
    if !WITHDRAWAL.contains(&election.state.as_str()) {
        return Vec::new();
    }
    let people = |q: &QuestionSettings| !matches!(q.kind, QuestionKind::YesNoAbstain { .. });
    let asked = settings.questions.iter().enumerate().filter(|(_, q)| people(q));
    asked
        .flat_map(|(i, q)| q.answers.iter().enumerate().map(move |(n, a)| (i, n, q, a)))
        .filter(|(_, _, _, a)| !a.withdrawn && a.ineligible.is_empty())
        .map(|(i, n, q, a)| Standing {
            value: format!("{i}/{n}"),
            label: format!("{} ({})", a.name, q.title),
        })
        .collect()
}

/// Participation by day of the last ballot. Days with few voters are joined with the next, so that a day does not give
/// anybody away.
fn days(conn: &mut Conn, election: i64) -> AppResult<Vec<Day>> {
    let least = i64::try_from(DisclosurePolicy::default().min_cell).unwrap_or(10);
    let mut joined: Vec<(String, i64)> = Vec::new();
    let mut waiting: Option<(String, i64)> = None;
    for (day, voters) in ballot_box::participation_by_day(conn, election)? {
        let (from, sum) = match waiting.take() {
            Some((from, sum)) => (from, sum + voters),
            None => (day.to_string(), voters),
        };
        let words = if from == day.to_string() { from.clone() } else { format!("{} to {day}", first(&from)) };
        if sum >= least { joined.push((words, sum)) } else { waiting = Some((words, sum)) }
    }
    if let Some((words, rest)) = waiting {
        match joined.last_mut() {
            Some((day, sum)) => {
                *day = format!("{} to {}", first(day), last(&words));
                *sum += rest;
            }
            None => joined.push((words, rest)),
        }
    }
    let most = joined.iter().map(|(_, n)| *n).max().unwrap_or(1).max(1);
    let mut so_far = 0;
    let line = |(day, voters): (String, i64)| {
        so_far += voters;
        Day { day, voters, so_far, width: voters * 1000 / most }
    };
    Ok(joined.into_iter().map(line).collect())
}

fn first(days: &str) -> &str {
    days.split(' ').next().unwrap_or(days)
}

fn last(days: &str) -> &str {
    days.rsplit(' ').next().unwrap_or(days)
}

fn delivered(conn: &mut Conn, election: i64) -> AppResult<Vec<Delivered>> {
    let mut all: Vec<Delivered> = Vec::new();
    for sent in running::sent(conn, election)? {
        let place = all.iter().position(|d| d.kind == sent.kind).unwrap_or_else(|| {
            all.push(Delivered { kind: sent.kind.clone(), sent: 0, waiting: 0, failed: 0, no_address: 0 });
            all.len() - 1
        });
        let Some(line) = all.get_mut(place) else { continue };
        match sent.state {
            None => line.no_address += 1,
            Some(MailState::Sent) => line.sent += 1,
            Some(state) if is_failure(state) => line.failed += 1,
            Some(_) => line.waiting += 1,
        }
    }
    Ok(all)
}

fn is_failure(state: MailState) -> bool {
    matches!(state, MailState::Bounced | MailState::Failed)
}

fn disputes(conn: &mut Conn, election: i64) -> AppResult<Vec<Dispute>> {
    let all = results::disputes(conn, election)?;
    let one = |d: results::Dispute| Dispute {
        reference: d.reference,
        day: d.opened_on.to_string(),
        tracker: d.tracker,
        text: d.message,
        open: d.state == "open",
    };
    Ok(all.into_iter().map(one).collect())
}

/// Decisions and incidents, the newest first.
fn log(conn: &mut Conn, election: i64) -> AppResult<Vec<Line>> {
    let mut all: Vec<(Utc, Line)> = Vec::new();
    for (at, text, public) in results::incidents(conn, election)? {
        all.push((at, Line { at: when(at), what: "Incident".into(), text, public }));
    }
    for d in running::decisions(conn, election)? {
        let line =
            Line { at: when(d.at), what: decisions::words(&d.kind).into(), text: d.reason, public: d.public };
        all.push((d.at, line));
    }
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    Ok(all.into_iter().map(|(_, line)| line).collect())
}

/// Open elections that close within a week although too few trustees have checked their keys.
///
/// # Errors
/// Database errors.
pub fn tasks(conn: &mut Conn, actor: &Actor, now: Utc) -> AppResult<Vec<Task>> {
    if may(actor, Action::RunElections, Subject::Site).is_err() {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for election in elections::in_states(conn, &["open", "suspended", "referred", "counted", "closed"])? {
        let settings: ElectionSettings =
            serde_json::from_str(&election.settings).map_err(AppError::internal)?;
        let soon = election.closes_at.is_some_and(|t| t <= now.plus(chrono::TimeDelta::days(7)));
        let voting = matches!(election.state.as_str(), "open" | "suspended");
        let task = |text: &str, page: &str, due| Task {
            text: format!("{text}: {}", election.title),
            href: format!("/staff/elections/{}/{page}", election.slug),
            hint: String::new(),
            due,
        };
        if voting && soon && !trustees::enough_checked(conn, &election)? {
            all.push(task("Trustees have not checked their keys", "trustees", election.closes_at));
        }
        match election.state.as_str() {
            "referred" => all.push(task("Record what the body decided about the quorum", "count", None)),
            "counted" => all.push(task("A tie waits for a decision", "count", None)),
            "closed" if close::is_too_small(conn, &election, &settings)? => {
                all.push(task("So few ballots wait for two officers", "count", None));
            }
            _ => {}
        }
        if results::disputes(conn, election.id)?.iter().any(|d| d.state == "open") {
            all.push(task("Answer a report that a ballot looks wrong", "running", None));
        }
    }
    Ok(all)
}
