//! The officers' page of the count: what it waits for, the result before it is announced, certification, texts to publish.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use folkmoot_governance::seats::Refill;
use folkmoot_store::Conn;
use folkmoot_store::elections::{self, Election, results as records};

use super::decisions;
use super::officers::{self, Certify, ChangeCount, CountChange};
use super::result_page::{self, DecisionShown};
use super::results::{self, Count};
use super::routes::{Moment, state_words};
use super::seating;
use super::settings::ElectionSettings;
use super::{close, downloads};
use crate::approvals::{self, By};
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};
use crate::staff::fresh;

/// Routes of this file.
pub(super) fn routes() -> Vec<Route> {
    let count = Access::May(Action::CertifyResults);
    vec![
        Route::get("/staff/elections/{election}/count", count, show),
        Route::get("/staff/elections/{election}/count/announcement.txt", count, announcement),
        Route::get("/staff/elections/{election}/count/record.txt", count, record),
        Route::post("/staff/elections/{election}/count/{act}", count, change),
    ]
}

/// A tie with its candidates, for the form.
struct Tie {
    words: String,
    question: usize,
    candidates: Vec<(usize, String)>,
}

/// Somebody who could give a seat up.
struct Holder {
    value: String,
    label: String,
}

#[derive(Template)]
#[template(path = "elections/staff_count.html")]
struct CountPage {
    page: Page,
    form: Form,
    slug: String,
    title: String,
    state: &'static str,
    publishes: Option<Moment>,
    certificate: String,
    /// Ballots and the least number, while so few wait for consent.
    small: Option<(u64, u64)>,
    /// The body that has to decide about the missing quorum.
    referred: Option<String>,
    ties: Vec<Tie>,
    lot_drawn: bool,
    agreement: bool,
    public_value: String,
    committed: String,
    decisions: Vec<DecisionShown>,
    holders: Vec<Holder>,
    /// The certifying body while its certification is awaited.
    certifies: Option<String>,
    certified: bool,
    notes: Vec<String>,
}

fn load(conn: &mut Conn, slug: &str) -> AppResult<(Election, ElectionSettings)> {
    let election = elections::by_slug(conn, slug)?.ok_or_else(AppError::not_found)?;
    let settings = serde_json::from_str(&election.settings).map_err(AppError::internal)?;
    Ok((election, settings))
}

async fn show(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let page = page(&ctx, path.into_inner(), Form::empty()).await?;
    ctx.show(&page)
}

async fn page(ctx: &Ctx, slug: String, form: Form) -> AppResult<CountPage> {
    let now = ctx.now();
    let page = ctx.page("Count").for_form(&form);
    ctx.app()
        .read(move |conn| {
            let (election, settings) = load(conn, &slug)?;
            let state = election.state.as_str();
            let waits = state == "closed" && close::is_too_small(conn, &election, &settings)?;
            let counted = close::quorum(conn, &election, &settings)?.reading.counted;
            let stored = results::stored(conn, election.id)?;
            let holders = holders(&settings, &stored, state);
            let at = election.publish_at.unwrap_or(now);
            let shown = stored.into_iter().zip(&settings.questions);
            let referred = match &settings.quorum {
                _ if state != "referred" => None,
                folkmoot_governance::quorum::QuorumPolicy::Share { on_fail, .. } => Some(match on_fail {
                    folkmoot_governance::quorum::OnFail::Refer { body } => body.clone(),
                    _ => String::new(),
                }),
                folkmoot_governance::quorum::QuorumPolicy::None => None,
            };
            let body = settings.certification.as_ref().map(|c| c.body.clone());
            Ok(CountPage {
                page,
                form,
                state: state_words(state),
                publishes: election.publish_at.map(|t| Moment::of(t, now)),
                certificate: records::quorum_certificate(conn, election.id)?
                    .map(|(_, n)| n)
                    .unwrap_or_default(),
                small: waits.then_some((counted, settings.least_counted)),
                referred,
                ties: ties(conn, &election, &settings)?,
                lot_drawn: decisions::last::<serde_json::Value>(conn, election.id, decisions::LOT)?.is_some(),
                agreement: settings.ties.agreement,
                public_value: settings.ties.public_value.clone(),
                committed: officers::committed(&election, &settings),
                decisions: shown.map(|(d, q)| result_page::decision(d, q, at)).collect(),
                holders,
                certifies: if state == "allocated" { body } else { None },
                certified: state == "certified",
                notes: records::incidents(conn, election.id)?.into_iter().map(|(_, t, _)| t).collect(),
                slug: election.slug,
                title: election.title,
            })
        })
        .await
}

fn ties(conn: &mut Conn, election: &Election, settings: &ElectionSettings) -> AppResult<Vec<Tie>> {
    if election.state != "counted" {
        return Ok(Vec::new());
    }
    let Count::Tied(tied) = results::count(conn, election)? else { return Ok(Vec::new()) };
    let one = |t: seating::Unresolved| {
        let answers = settings.questions.get(t.question).map(|q| q.answers.as_slice()).unwrap_or_default();
        let name = |i: usize| answers.get(i).map(|a| a.name.clone()).unwrap_or_default();
        Tie {
            words: t.words,
            question: t.question,
            candidates: t.tied.iter().map(|i| (*i, name(*i))).collect(),
        }
    };
    Ok(tied.into_iter().map(one).collect())
}

fn holders(settings: &ElectionSettings, stored: &[results::Decision], state: &str) -> Vec<Holder> {
    let mut all = Vec::new();
    if state != "allocated" {
        return all;
    }
    for (index, (decision, question)) in stored.iter().zip(&settings.questions).enumerate() {
        for seat in decision.allocation.iter().flat_map(|a| &a.seats) {
            let Some(number) = seating::number(&seat.candidate) else { continue };
            let Some(answer) = question.answers.get(number) else { continue };
            all.push(Holder {
                value: format!("{index}/{number}"),
                label: format!("{} ({})", answer.name, question.title),
            });
        }
    }
    all
}

/// An act of this page.
#[derive(Clone)]
enum Act {
    Count(CountChange),
    Certify,
}

fn parse(name: &str, form: &Form) -> AppResult<Result<(Act, String), FieldErrors>> {
    let mut check = Check::new(form);
    let number = |t: &str| t.parse::<u64>().map_err(|_| "Reload the page and try again.");
    let pair = |t: &str| -> Result<(usize, usize), &'static str> {
        let (a, b) = t.split_once('/').ok_or("Choose who gives up the seat.")?;
        Ok((
            a.parse().map_err(|_| "Choose who gives up the seat.")?,
            b.parse().map_err(|_| "Choose who gives up the seat.")?,
        ))
    };
    let order = |t: &str| -> Result<Vec<usize>, &'static str> {
        let all: Result<Vec<usize>, _> =
            t.split([',', ' ']).filter(|p| !p.is_empty()).map(str::parse).collect();
        all.map_err(|_| "Enter the numbers of the candidates, best first, for example 4, 2.")
    };
    let act = match name {
        "small-count" => {
            check.field("ballots", number).map(|ballots| Act::Count(CountChange::AllowSmallCount { ballots }))
        }
        "referral" => check
            .field("decision", |t| match t {
                "count" => Ok(true),
                "void" => Ok(false),
                _ => Err("Say what the body decided."),
            })
            .map(|count| Act::Count(CountChange::Referral { count })),
        "lot" => check
            .text("public_value", 500, "Enter the value exactly as it was published.")
            .map(|public_value| Act::Count(CountChange::Lot { public_value })),
        "agreement" => {
            let question = check.field("question", number).and_then(|q| usize::try_from(q).ok());
            let order = check.field("order", order);
            question
                .zip(order)
                .map(|(question, order)| Act::Count(CountChange::Agreement { question, order }))
        }
        "give-up" => {
            let who = check.field("who", pair);
            let moves_to = check.optional_text("moves_to", 120);
            let refill = check.field("refill", |t| match t {
                "shift" => Ok(Refill::ShiftByRank),
                "seat" => Ok(Refill::TakeVacatedSeat),
                _ => Err("Say who moves up."),
            });
            who.zip(moves_to).zip(refill).map(|(((question, candidate), moves_to), refill)| {
                Act::Count(CountChange::GiveUp { question, candidate, moves_to, refill })
            })
        }
        "certify" => Some(Act::Certify),
        _ => return Err(AppError::not_found()),
    };
    let reason = check.text(&format!("{name}-reason"), 1000, "Give the reason; it is published.");
    Ok(match act.zip(reason) {
        Some(found) => check.finish().map(|()| found),
        None => Err(check.errors()),
    })
}

const FIELDS: &[&str] = &[
    "ballots",
    "decision",
    "public_value",
    "question",
    "order",
    "who",
    "moves_to",
    "refill",
    "small-count-reason",
    "referral-reason",
    "lot-reason",
    "agreement-reason",
    "give-up-reason",
    "certify-reason",
];

async fn change(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let (slug, name) = path.into_inner();
    let form = form.only(FIELDS)?;
    let (act, reason) = match parse(&name, &form)? {
        Ok(found) => found,
        Err(errors) => {
            let page = page(&ctx, slug, form.with(errors)).await?;
            return ctx.show_again(&page);
        }
    };
    fresh(&ctx)?;
    let (app, by) = (ctx.app().clone(), By::new(&ctx, &actor));
    let id = ctx
        .app()
        .write(move |conn| {
            let now = app.now();
            let (election, settings) = load(conn, &slug)?;
            match act.clone() {
                Act::Count(change) => {
                    let act = ChangeCount { election: election.slug, change };
                    approvals::propose(conn, &app, &by, &act, &reason, now)
                }
                Act::Certify => {
                    let body = settings.certification.map(|c| c.body).unwrap_or_default();
                    let stored = results::stored(conn, election.id)?;
                    let result = stored.into_iter().map(|d| d.headline).collect();
                    let act = Certify { election: election.slug, body, result };
                    approvals::propose(conn, &app, &by, &act, &reason, now)
                }
            }
        })
        .await?;
    Ok(ctx.redirect_with(
        &format!("/staff/approvals/{id}"),
        &Flash::good("Proposed. A second person has to agree."),
    ))
}

async fn announcement(ctx: Ctx, path: web::Path<String>) -> PageResult {
    text(&ctx, path.into_inner(), downloads::announcement).await
}

async fn record(ctx: Ctx, path: web::Path<String>) -> PageResult {
    text(&ctx, path.into_inner(), downloads::record).await
}

async fn text(ctx: &Ctx, slug: String, make: downloads::Make) -> PageResult {
    let url = ctx.app().config().public_url.trim_end_matches('/').to_owned();
    let text = ctx
        .app()
        .read(move |conn| {
            let (election, _) = load(conn, &slug)?;
            make(conn, &election, &url)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text))
}
