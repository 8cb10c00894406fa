//! The roll for staff: making it, publishing it, answering objections, proposing corrections and the freeze.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::web;
use askama::Template;
use folkmoot_store::elections::preparation;
use folkmoot_store::elections::roll as table;
use folkmoot_store::{Conn, accounts};
use serde_json::json;

use super::plan::{Prepared, RollStage};
use super::roll_acts::{CorrectRoll, FreezeRoll, MOST_CORRECTED};
use super::{change, may_prepare, place, roll};
use crate::approvals::{self, By};
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};
use crate::staff::fresh;

/// Entries shown on one page.
const PER_PAGE: usize = 100;

pub(super) fn routes() -> Vec<Route> {
    let prepare = Access::May(Action::PrepareElections);
    vec![
        Route::get("/staff/elections/{election}/roll", Access::May(Action::SeeElections), show),
        Route::post("/staff/elections/{election}/roll/make", prepare, make),
        Route::post("/staff/elections/{election}/roll/publish", prepare, publish),
        Route::post("/staff/elections/{election}/roll/answer", prepare, answer),
        Route::post("/staff/elections/{election}/roll/correct", prepare, correct),
        Route::post("/staff/elections/{election}/roll/freeze", prepare, freeze),
    ]
}

struct Entry {
    name: String,
    reason: String,
    corrected: bool,
}

struct Objection {
    id: i64,
    name: String,
    at: String,
    message: String,
    answer: Option<String>,
}

#[derive(Template)]
#[template(path = "preparation/roll.html")]
struct RollPage {
    page: Page,
    form: Form,
    slug: String,
    stage: &'static str,
    can_make: bool,
    made: bool,
    public: bool,
    frozen: bool,
    boxed: bool,
    record: String,
    count: usize,
    needed: u64,
    hash: String,
    reasons: Vec<(String, usize)>,
    entries: Vec<Entry>,
    shown: (usize, usize),
    previous: String,
    next: String,
    objections: Vec<Objection>,
    corrections: Vec<String>,
    may_prepare: bool,
}

fn stage_words(stage: RollStage) -> &'static str {
    match stage {
        RollStage::None => "Not made",
        RollStage::Made(_) => "Made, not public",
        RollStage::Published(_) => "Published for objections",
        RollStage::Frozen(_) => "Frozen",
    }
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let page = page(&ctx, &actor, path.into_inner(), Form::empty()).await?;
    ctx.show(&page)
}

async fn page(ctx: &Ctx, actor: &Actor, slug: String, form: Form) -> AppResult<RollPage> {
    let (now, may_prepare) = (ctx.now(), may_prepare(actor));
    let page = ctx.page("Roll").for_form(&form);
    let from: usize = ctx.query("from").and_then(|t| t.parse().ok()).unwrap_or(0);
    ctx.app()
        .read(move |conn| {
            let prepared = Prepared::load(conn, &slug)?;
            let id = prepared.election.id;
            let all = table::all(conn, id)?;
            let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
            for entry in &all {
                let reason = if entry.corrected { "Correction" } else { entry.reason.as_str() };
                *reasons.entry(reason.to_owned()).or_default() += 1;
            }
            let mut entries = Vec::new();
            for entry in all.iter().skip(from).take(PER_PAGE) {
                entries.push(Entry {
                    name: accounts::person(conn, entry.person_id)?.preferred_name,
                    reason: entry.reason.clone(),
                    corrected: entry.corrected,
                });
            }
            let link = |from: usize| format!("{}?from={from}", place(&slug, "roll"));
            let stage = prepared.plan.roll;
            let count = u64::try_from(all.len()).unwrap_or(u64::MAX);
            Ok(RollPage {
                page,
                form,
                stage: stage_words(stage),
                can_make: !prepared.is_draft()
                    && !stage.is_public()
                    && prepared.election.record_at.is_some_and(|at| at <= now),
                made: stage != RollStage::None,
                public: stage.is_public(),
                frozen: matches!(stage, RollStage::Frozen(_)),
                boxed: prepared.election.election_json.is_some(),
                record: prepared.election.record_at.map(when).unwrap_or_default(),
                needed: prepared.settings.quorum.needed(count),
                hash: table::snapshots(conn, id)?.pop().map(|s| s.list_hash).unwrap_or_default(),
                reasons: reasons.into_iter().collect(),
                shown: (from + 1, from + entries.len()),
                previous: if from > 0 { link(from.saturating_sub(PER_PAGE)) } else { String::new() },
                next: if from + PER_PAGE < all.len() { link(from + PER_PAGE) } else { String::new() },
                count: all.len(),
                entries,
                objections: objections(conn, id)?,
                corrections: corrections(conn, id)?,
                may_prepare,
                slug,
            })
        })
        .await
}

fn objections(conn: &mut Conn, id: i64) -> AppResult<Vec<Objection>> {
    let mut all = Vec::new();
    for found in preparation::objections(conn, id)? {
        all.push(Objection {
            id: found.id,
            name: accounts::person(conn, found.person_id)?.preferred_name,
            at: when(found.made_at),
            message: found.message,
            answer: found.answer,
        });
    }
    Ok(all)
}

fn corrections(conn: &mut Conn, id: i64) -> AppResult<Vec<String>> {
    let mut all = Vec::new();
    for found in preparation::corrections(conn, id)? {
        let name = accounts::person(conn, found.person_id)?.preferred_name;
        let what = if found.added { "put on" } else { "taken off" };
        all.push(format!("{name} {what} on {}: {}", when(found.made_at), found.reason));
    }
    Ok(all)
}

async fn make(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (slug, person) = (path.into_inner(), actor.person);
    let count =
        change(&ctx, &actor, &slug, "election.make_roll", json!({}), move |conn, _, prepared, now| {
            roll::need_no_key(conn, prepared.election.id, person)?;
            roll::make(conn, prepared, now)
        })
        .await?;
    let said =
        format!("The roll is made and has {count} entries. Review it, then publish its count and hash.");
    Ok(ctx.redirect_with(&place(&slug, "roll"), &Flash::good(said)))
}

async fn publish(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (slug, person) = (path.into_inner(), actor.person);
    change(&ctx, &actor, &slug, "election.publish_roll", json!({}), move |conn, _, prepared, now| {
        roll::need_no_key(conn, prepared.election.id, person)?;
        if !matches!(prepared.plan.roll, RollStage::Made(_)) {
            return Err(AppError::conflict("Only a roll that was made and is not public can be published."));
        }
        roll::snapshot(conn, prepared.election.id, now)?;
        prepared.plan.roll = RollStage::Published(now);
        Ok(())
    })
    .await?;
    let said =
        "Count and hash are public. Everybody can check their own entry and object until the roll is frozen.";
    Ok(ctx.redirect_with(&place(&slug, "roll"), &Flash::good(said)))
}

async fn answer(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["objection", "answer"])?;
    let slug = path.into_inner();
    let id: i64 = form.value("objection").parse().map_err(|_| AppError::not_found())?;
    let mut check = Check::new(&form);
    let Some(text) = check.text("answer", 2000, "Write an answer; the person reads it on their page.") else {
        let errors = check.errors();
        let page = page(&ctx, &actor, slug, form.with(errors)).await?;
        return ctx.show_again(&page);
    };
    let details = json!({ "objection": id });
    change(&ctx, &actor, &slug, "election.answer_objection", details, move |conn, _, prepared, _| {
        if !preparation::answer_objection(conn, prepared.election.id, id, &text)? {
            return Err(AppError::conflict("This objection was answered already."));
        }
        Ok(())
    })
    .await?;
    Ok(ctx.redirect_with(&place(&slug, "roll"), &Flash::good("Answered.")))
}

/// One address a line, or between commas.
fn addresses(text: &str) -> Result<Vec<String>, String> {
    let all: Vec<String> = text
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'))
        .filter(|a| !a.is_empty())
        .map(str::to_owned)
        .collect();
    match all.len() {
        0 => Err("Enter the address of the person.".into()),
        n if n > MOST_CORRECTED => {
            Err(format!("These are {n} addresses; one correction takes {MOST_CORRECTED}. Propose several."))
        }
        _ => Ok(all),
    }
}

async fn correct(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["email", "what", "reason"])?;
    let slug = path.into_inner();
    let mut check = Check::new(&form);
    let emails = check.field("email", addresses);
    let add = check.field("what", |t| match t {
        "add" => Ok(true),
        "remove" => Ok(false),
        _ => Err("Choose what is corrected."),
    });
    let reason = check.text("reason", 500, "Give the reason; it is part of the record.");
    let mut people = Vec::new();
    if let Some(emails) = emails {
        let asked = emails.clone();
        let found = ctx
            .app()
            .read(move |c| {
                let owners = asked.iter().map(|email| Ok(accounts::owner_of_address(c, email)?));
                owners.collect::<AppResult<Vec<_>>>()
            })
            .await?;
        let missing: Vec<&str> =
            emails.iter().zip(&found).filter(|(_, p)| p.is_none()).map(|(e, _)| e.as_str()).collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            check.add("email", format!("Nobody with an account has confirmed this address: {missing}"));
        }
        // Two addresses of one person are one entry.
        let mut seen = BTreeSet::new();
        people =
            found.into_iter().flatten().map(|p| p.public_id).filter(|p| seen.insert(p.clone())).collect();
    }
    let errors = check.errors();
    let (add, reason) = match add.zip(reason) {
        Some(read) if errors.is_empty() => read,
        _ => {
            let page = page(&ctx, &actor, slug, form.with(errors)).await?;
            return ctx.show_again(&page);
        }
    };
    fresh(&ctx)?;
    let act = CorrectRoll { election: slug, people, add };
    let (app, by) = (ctx.app().clone(), By::new(&ctx, &actor));
    let id = ctx
        .app()
        .write(move |conn| {
            let prepared = Prepared::load(conn, &act.election)?;
            roll::need_no_key(conn, prepared.election.id, by.actor.person)?;
            approvals::propose(conn, &app, &by, &act, &reason, app.now())
        })
        .await?;
    Ok(ctx.redirect_with(
        &format!("/staff/approvals/{id}"),
        &Flash::good("Proposed. A second officer has to agree."),
    ))
}

async fn freeze(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    fresh(&ctx)?;
    let slug = path.into_inner();
    let (app, by) = (ctx.app().clone(), By::new(&ctx, &actor));
    let id = ctx
        .app()
        .write(move |conn| {
            let prepared = Prepared::load(conn, &slug)?;
            roll::need_no_key(conn, prepared.election.id, by.actor.person)?;
            let latest = table::snapshots(conn, prepared.election.id)?.pop();
            let latest = latest.ok_or_else(|| {
                AppError::conflict("Publish count and hash first, so that people can check their entries.")
            })?;
            let act =
                FreezeRoll { election: slug.clone(), entries: latest.entries, list_hash: latest.list_hash };
            approvals::propose(conn, &app, &by, &act, "The objections are answered.", app.now())
        })
        .await?;
    Ok(ctx.redirect_with(
        &format!("/staff/approvals/{id}"),
        &Flash::good("Proposed. A second officer has to agree."),
    ))
}
