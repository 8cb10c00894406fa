//! The staff page of a running vote: turnout and quorum, deliveries, reminders, incidents, disputes, and what two officers may
//! change. Nobody sees here how or when anybody voted; the list of those who voted is alphabetical and by day.

use actix_web::web;
use askama::Template;
use folkmoot_governance::disclosure::DisclosurePolicy;
use folkmoot_store::accounts::{self};
use folkmoot_store::elections::{self, Election, ballot_box, results, roll, running};
use folkmoot_store::mails::MailState;
use folkmoot_store::{Conn, PersonId, Utc, audit};
use serde_json::json;

use super::decisions::{self, Record};
use super::officers::{ChangeVote, VoteChange};
use super::routes::{Moment, state_words};
use super::settings::ElectionSettings;
use super::{close, jump, notices, trustees};
use crate::approvals::{self, By};
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};
use crate::staff::fresh;
use crate::tasks::Task;

/// Lines of the ledger on one page.
const LEDGER_PAGE: usize = 100;

/// Routes of this file.
pub(super) fn routes() -> Vec<Route> {
    let run = Access::May(Action::RunElections);
    vec![
        Route::get("/staff/elections/{election}/running", run, show),
        Route::get("/staff/elections/{election}/deliveries", run, deliveries),
        Route::post("/staff/elections/{election}/running/{act}", run, change),
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
    closes: Option<Moment>,
    quorum: Quorum,
    days: Vec<Day>,
    delivered: Vec<Delivered>,
    not_voted: usize,
    disputes: Vec<Dispute>,
    log: Vec<Line>,
    clock_jumped: bool,
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
                closes: election.closes_at.map(|t| Moment::of(t, now)),
                quorum,
                days: days(conn, election.id)?,
                delivered: delivered(conn, election.id)?,
                not_voted: running::not_voted(conn, election.id)?.len(),
                disputes: disputes(conn, election.id)?,
                log: log(conn, election.id)?,
                clock_jumped: jump::is_frozen(conn)?,
                slug: election.slug,
                title: election.title,
            })
        })
        .await
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

struct Person {
    name: String,
    voted: bool,
    mails: Vec<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "elections/staff_deliveries.html")]
struct DeliveriesPage {
    page: Page,
    slug: String,
    title: String,
    people: Vec<Person>,
    only: String,
    total: usize,
    previous: String,
    next: String,
}

async fn deliveries(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let slug = path.into_inner();
    let only = ctx.query("only").filter(|o| o == "failed").unwrap_or_default();
    let from = ctx.query("from").and_then(|t| t.parse::<usize>().ok()).unwrap_or(0);
    let page = ctx.page("Deliveries");
    let shown = ctx
        .app()
        .read(move |conn| {
            let (election, _) = by_slug(conn, &slug)?;
            let mut people = ledger(conn, election.id)?;
            if !only.is_empty() {
                people.retain(|p| p.mails.iter().any(|(_, s)| !matches!(*s, "sent" | "waiting")));
            }
            let total = people.len();
            let link =
                |at: usize| format!("/staff/elections/{}/deliveries?only={only}&from={at}", election.slug);
            Ok(DeliveriesPage {
                page,
                people: people.into_iter().skip(from).take(LEDGER_PAGE).collect(),
                total,
                previous: if from > 0 { link(from.saturating_sub(LEDGER_PAGE)) } else { String::new() },
                next: if from.saturating_add(LEDGER_PAGE) < total {
                    link(from + LEDGER_PAGE)
                } else {
                    String::new()
                },
                only: only.clone(),
                slug: election.slug.clone(),
                title: election.title.clone(),
            })
        })
        .await?;
    ctx.show(&shown)
}

/// Everybody on the roll with their mails, by name.
fn ledger(conn: &mut Conn, election: i64) -> AppResult<Vec<Person>> {
    let waiting: std::collections::HashSet<PersonId> =
        running::not_voted(conn, election)?.into_iter().collect();
    let mut mails: std::collections::HashMap<PersonId, Vec<(String, &'static str)>> = Default::default();
    for sent in running::sent(conn, election)? {
        let word = match sent.state {
            None => "no address, or declined",
            Some(MailState::Sent) => "sent",
            Some(state) if is_failure(state) => "not delivered",
            Some(_) => "waiting",
        };
        mails.entry(sent.person_id).or_default().push((sent.kind, word));
    }
    let mut people = Vec::new();
    for entry in roll::all(conn, election)? {
        let id = entry.person_id;
        people.push(Person {
            name: accounts::person(conn, id)?.preferred_name,
            voted: !waiting.contains(&id),
            mails: mails.remove(&id).unwrap_or_default(),
        });
    }
    people.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(people)
}

/// An act of this page.
#[derive(Clone)]
enum Act {
    Vote(VoteChange, String),
    Remind,
    Incident(String, bool),
    Answer(String, String),
}

fn parse(name: &str, form: &Form, now: Utc) -> AppResult<Result<Act, FieldErrors>> {
    let mut check = Check::new(form);
    let missing = "Give the reason; everybody reads it.";
    let act = match name {
        "suspend" => check.text("reason", 500, missing).map(|r| Act::Vote(VoteChange::Suspend, r)),
        "resume" => {
            let minutes = check
                .field("minutes", |t| t.parse::<i64>().map_err(|_| "Enter the minutes to add, 0 for none."));
            let reason = check.text("resume-reason", 500, missing);
            minutes.zip(reason).map(|(add_minutes, r)| Act::Vote(VoteChange::Resume { add_minutes }, r))
        }
        "extend" => {
            let until = check.field("until", |t| {
                Utc::parse(&format!("{}:00Z", t.trim().replacen(' ', "T", 1)))
                    .map_err(|_| "Enter date and time in UTC, for example 2026-07-03 14:00.")
            });
            let reason = check.text("extend-reason", 500, missing);
            until.zip(reason).map(|(until, r)| Act::Vote(VoteChange::Extend { until }, r))
        }
        "trust-clock" => {
            let reason = check.text("clock-reason", 500, "Say with what the clock was compared.");
            reason.map(|r| Act::Vote(VoteChange::TrustClock { shown: now }, r))
        }
        "remind" => Some(Act::Remind),
        "incident" => {
            let text = check.text("incident", 1000, "Say what happened.");
            text.map(|t| Act::Incident(t, form.has("public", "yes")))
        }
        "answer" => {
            let reference = check.text("reference", 20, "Reload the page and try again.");
            let text = check.text("answer", 1000, "Say what was found.");
            reference.zip(text).map(|(r, t)| Act::Answer(r, t))
        }
        _ => return Err(AppError::not_found()),
    };
    Ok(match act {
        Some(act) => check.finish().map(|()| act),
        None => Err(check.errors()),
    })
}

const FIELDS: &[&str] = &[
    "reason",
    "resume-reason",
    "minutes",
    "until",
    "extend-reason",
    "clock-reason",
    "incident",
    "public",
    "reference",
    "answer",
];

async fn change(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let (slug, name) = path.into_inner();
    let form = form.only(FIELDS)?;
    let back = format!("/staff/elections/{slug}/running");
    let act = match parse(&name, &form, ctx.now())? {
        Ok(act) => act,
        Err(errors) => {
            let page = page(&ctx, slug, form.with(errors)).await?;
            return ctx.show_again(&page);
        }
    };
    fresh(&ctx)?;
    let by = By::new(&ctx, &actor);
    if matches!(act, Act::Remind) {
        return remind(&ctx, by, slug, &back).await;
    }
    let app = ctx.app().clone();
    let (to, said) = ctx.app().write(move |conn| apply(conn, &app, &by, &slug, act.clone())).await?;
    Ok(ctx.redirect_with(to.as_deref().unwrap_or(&back), &Flash::good(said)))
}

async fn remind(ctx: &Ctx, by: By, slug: String, back: &str) -> PageResult {
    let (app, now) = (ctx.app().clone(), ctx.now());
    let election = ctx.app().read(move |c| Ok(by_slug(c, &slug)?.0)).await?;
    if election.state != "open" || election.closes_at.is_none_or(|t| t <= now) {
        return Err(AppError::conflict("Reminders are sent while voting is open."));
    }
    let kind = format!("reminder by hand {}", now.datetime().format("%F"));
    let object = format!("election {}", election.public_id);
    let sent = ctx
        .app()
        .blocking(move || {
            let sent = notices::remind(&app, &election, &kind)?;
            let act = by.act("election.remind", object, json!({ "mails": sent }));
            app.store().write(|c| Ok::<_, AppError>(audit::append(c, &act, now)?))?;
            Ok::<_, AppError>(sent)
        })
        .await??;
    let said = match sent {
        0 => "Nobody was left to remind today.".to_owned(),
        1 => "1 person who has not voted is reminded.".to_owned(),
        n => format!("{n} people who have not voted are reminded."),
    };
    Ok(ctx.redirect_with(back, &Flash::good(said)))
}

type Done = (Option<String>, &'static str);

fn apply(conn: &mut Conn, app: &crate::app::App, by: &By, slug: &str, act: Act) -> AppResult<Done> {
    let now = app.now();
    let (election, _) = by_slug(conn, slug)?;
    let object = format!("election {}", election.public_id);
    match act {
        Act::Vote(change, reason) => {
            let act = ChangeVote { election: election.slug, change };
            let id = approvals::propose(conn, app, by, &act, &reason, now)?;
            Ok((Some(format!("/staff/approvals/{id}")), "Proposed. A second officer has to agree."))
        }
        Act::Incident(text, public) => {
            results::insert_incident(conn, election.id, now, Some(by.actor.person), &text, public)?;
            audit::append(conn, &by.act("election.incident", object, json!({ "public": public })), now)?;
            Ok((None, "Noted."))
        }
        Act::Answer(reference, text) => {
            if !running::answer_dispute(conn, election.id, &reference)? {
                return Err(AppError::conflict("This report is answered already."));
            }
            let details = json!({ "reference": reference });
            let what =
                Record { kind: decisions::ANSWER, reason: &text, details: details.clone(), public: false };
            decisions::record(conn, &election, &what, None, now)?;
            audit::append(conn, &by.act("election.answer_dispute", object, details), now)?;
            Ok((None, "The report is marked as answered."))
        }
        Act::Remind => Err(AppError::internal("reminders are sent outside of a transaction")),
    }
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
