//! The forms of the page of a running vote.

use actix_web::web;
use folkmoot_store::elections::{results, running};
use folkmoot_store::{Conn, Utc, audit};
use serde_json::json;

use super::{by_slug, page};
use crate::app::App;
use crate::approvals::{self, By};
use crate::elections::decisions::{self, Record};
use crate::elections::notices;
use crate::elections::officers::{ChangeVote, VoteChange};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, PageResult};
use crate::staff::fresh;

/// An act of this page.
#[derive(Clone)]
enum Act {
    Vote(VoteChange, String),
    Remind,
    Incident(String, bool),
    Answer(String, String),
}

/// Question and candidate by number, as the lists of the forms name them.
fn number_of(text: &str) -> Option<(usize, usize)> {
    let (question, candidate) = text.split_once('/')?;
    Some((question.parse().ok()?, candidate.parse().ok()?))
}

fn parse(name: &str, form: &Form) -> AppResult<Result<Act, FieldErrors>> {
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
        "withdraw" => {
            let who = check.field("who", |t| number_of(t).ok_or("Choose who has withdrawn."));
            let reason = check.text("withdraw-reason", 500, missing);
            who.zip(reason)
                .map(|((question, candidate), r)| Act::Vote(VoteChange::Withdraw { question, candidate }, r))
        }
        "exclude" => {
            let who = check.field("excluded", |t| number_of(t).ok_or("Choose who may not take a seat."));
            let reason = check.text("exclude-reason", 500, missing);
            who.zip(reason)
                .map(|((question, candidate), r)| Act::Vote(VoteChange::Exclude { question, candidate }, r))
        }
        "trust-clock" => {
            let reason = check.text("clock-reason", 500, "Say with what the clock was compared.");
            reason.map(|r| Act::Vote(VoteChange::TrustClock, r))
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
    "who",
    "withdraw-reason",
    "excluded",
    "exclude-reason",
    "incident",
    "public",
    "reference",
    "answer",
];

pub(super) async fn change(
    ctx: Ctx,
    actor: Actor,
    path: web::Path<(String, String)>,
    form: Form,
) -> PageResult {
    let (slug, name) = path.into_inner();
    let form = form.only(FIELDS)?;
    let back = format!("/staff/elections/{slug}/running");
    let act = match parse(&name, &form)? {
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

fn apply(conn: &mut Conn, app: &App, by: &By, slug: &str, act: Act) -> AppResult<Done> {
    let now = app.now();
    let (election, _) = by_slug(conn, slug)?;
    let object = format!("election {}", election.public_id);
    match act {
        Act::Vote(change, reason) => {
            let act = ChangeVote::of(conn, &election, change)?;
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
