//! What everybody sees of a prepared election: its rules and dates, and the check of one's own entry on the roll.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use folkmoot_governance::deadline::Calendar;
use folkmoot_store::elections::{preparation, roll as table};
use folkmoot_store::{Conn, PersonId, audit};
use serde_json::json;

use super::plan::{Plan, RollStage};
use super::{roll, schedule};
use crate::elections::routes::find;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};

/// Objections that one person may have waiting at a time.
const MOST_OPEN: usize = 3;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/elections/{election}/rules", Access::Public, rules),
        Route::get("/elections/{election}/schedule.ics", Access::Public, calendar),
        Route::get("/elections/{election}/roll", Access::Public, own_entry),
        Route::post("/elections/{election}/roll", Access::SignedIn, object),
    ]
}

struct Date {
    name: String,
    words: String,
    utc: String,
    earlier: Vec<String>,
}

#[derive(Template)]
#[template(path = "preparation/public_rules.html")]
struct RulesPage {
    page: Page,
    slug: String,
    title: String,
    dates: Vec<Date>,
    rules: Vec<String>,
    digest: String,
}

async fn rules(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let election = find(ctx.app(), path.into_inner()).await?;
    let page = ctx.page(format!("Rules and dates: {}", election.title));
    let shown = ctx
        .app()
        .read(move |conn| {
            let plan = Plan::of(conn, election.id)?.ok_or_else(AppError::not_found)?;
            let schedule = schedule::load(conn, election.id, &plan)?;
            let date = |m: &folkmoot_governance::deadline::Milestone| {
                let pairs = m.versions().windows(2).filter_map(|pair| match pair {
                    [before, after] => Some((before, after)),
                    _ => None,
                });
                let was = |(before, after): (
                    &folkmoot_governance::deadline::MilestoneVersion,
                    &folkmoot_governance::deadline::MilestoneVersion,
                )| {
                    format!(
                        "First announced: {}. Moved because: {}",
                        before.deadline.page_text(),
                        after.reason.as_deref().unwrap_or_default()
                    )
                };
                Date {
                    name: capital(m.kind().name()),
                    words: m.deadline().page_text(),
                    utc: m.instant().to_string(),
                    earlier: pairs.map(was).collect(),
                }
            };
            let frozen = plan.policies;
            Ok(RulesPage {
                page,
                dates: schedule.milestones().iter().map(date).collect(),
                digest: frozen.as_ref().map(|f| f.digest.clone()).unwrap_or_default(),
                rules: frozen.iter().flat_map(|f| f.versions.iter().map(|v| v.plain_words())).collect(),
                slug: election.slug,
                title: election.title,
            })
        })
        .await?;
    ctx.show(&shown)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

async fn calendar(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let election = find(ctx.app(), path.into_inner()).await?;
    let (app, now) = (ctx.app().clone(), ctx.now());
    let (slug, text) = ctx
        .app()
        .read(move |conn| {
            let plan = Plan::of(conn, election.id)?.ok_or_else(AppError::not_found)?;
            let schedule = schedule::load(conn, election.id, &plan)?;
            let url = app.link(&format!("/elections/{}", election.slug));
            let calendar = Calendar {
                uid: &election.public_id,
                title: &election.title,
                url: &url,
                stamp: schedule::instant(now)?,
            };
            let text = calendar.render(&schedule);
            Ok((election.slug, text))
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/calendar; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{slug}.ics\"")))
        .body(text))
}

struct Said {
    at: String,
    message: String,
    answer: Option<String>,
}

#[derive(Template)]
#[template(path = "preparation/public_roll.html")]
struct OwnPage {
    page: Page,
    form: Form,
    slug: String,
    title: String,
    record: String,
    electorate: String,
    public: bool,
    frozen: bool,
    count: i64,
    hash: String,
    corrections: usize,
    signed_in: bool,
    /// Why this person is on it.
    on: Option<String>,
    /// What the facts of this moment say, before the roll is made.
    would_be: bool,
    /// What the rules of membership say about this person; empty where they do not decide.
    why: String,
    can_object: bool,
    said: Vec<Said>,
    help: String,
}

async fn own_entry(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let page = own(&ctx, path.into_inner(), Form::empty()).await?;
    ctx.show(&page)
}

async fn own(ctx: &Ctx, slug: String, form: Form) -> AppResult<OwnPage> {
    let election = find(ctx.app(), slug).await?;
    let person = ctx.actor().map(|a| a.person);
    let now = ctx.now();
    let page = ctx.page(format!("The roll: {}", election.title)).for_form(&form);
    ctx.app()
        .read(move |conn| {
            let plan = Plan::of(conn, election.id)?.ok_or_else(AppError::not_found)?;
            let settings: crate::elections::settings::ElectionSettings =
                serde_json::from_str(&election.settings).map_err(AppError::internal)?;
            let public = plan.roll.is_public();
            let latest = table::snapshots(conn, election.id)?.pop().filter(|_| public);
            let (mut on, mut would_be, mut why, mut said) = (None, false, None, Vec::new());
            if let Some(person) = person {
                on = table::of_person(conn, election.id, person)?.filter(|_| public).map(|e| e.reason);
                if let (false, Some(electorate)) = (public, &plan.electorate) {
                    let at = roll::Decisive::at(now);
                    would_be = roll::entitled(conn, electorate, at)?.iter().any(|e| e.person == person);
                    why = roll::why(conn, electorate, person, at)?;
                } else if let Some(electorate) = &plan.electorate
                    && let Some(at) = roll::Decisive::of(conn, &election, &plan)?
                {
                    why = roll::why(conn, electorate, person, at)?;
                }
                said = own_objections(conn, election.id, person)?;
            }
            let frozen = matches!(plan.roll, RollStage::Frozen(_));
            Ok(OwnPage {
                page,
                form,
                record: election.record_at.map(when).unwrap_or_default(),
                electorate: plan.electorate.as_ref().map(|e| e.words()).unwrap_or_default(),
                public,
                frozen,
                count: latest.as_ref().map_or(0, |s| s.entries),
                hash: latest.map(|s| s.list_hash).unwrap_or_default(),
                corrections: preparation::corrections(conn, election.id)?.len(),
                signed_in: person.is_some(),
                on,
                would_be,
                why: why.unwrap_or_default(),
                can_object: public && !frozen && person.is_some(),
                said,
                help: settings.help,
                slug: election.slug,
                title: election.title,
            })
        })
        .await
}

fn own_objections(conn: &mut Conn, election: i64, person: PersonId) -> AppResult<Vec<Said>> {
    let mine = preparation::objections(conn, election)?.into_iter().filter(|o| o.person_id == person);
    Ok(mine.map(|o| Said { at: when(o.made_at), message: o.message, answer: o.answer }).collect())
}

async fn object(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["message"])?;
    let slug = path.into_inner();
    let mut check = Check::new(&form);
    let Some(message) =
        check.text("message", 2000, "Say what is wrong with your entry, or why you should have one.")
    else {
        let errors = check.errors();
        let page = own(&ctx, slug, form.with(errors)).await?;
        return ctx.show_again(&page);
    };
    let election = find(ctx.app(), slug.clone()).await?;
    let app = ctx.app().clone();
    let act = ctx.act("election.object", format!("election {}", election.public_id), json!({}));
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let plan = Plan::of(conn, election.id)?.ok_or_else(AppError::not_found)?;
            match plan.roll {
                RollStage::Published(_) => {}
                RollStage::Frozen(_) => {
                    return Err(AppError::conflict(
                        "The roll is frozen; objections can no longer be taken for this election.",
                    ));
                }
                _ => return Err(AppError::conflict("The roll is not published yet.")),
            }
            let open = preparation::objections(conn, election.id)?
                .iter()
                .filter(|o| o.person_id == actor.person && o.answer.is_none())
                .count();
            if open >= MOST_OPEN {
                return Err(AppError::conflict(
                    "Your earlier objections wait for an answer; wait for it first.",
                ));
            }
            preparation::insert_objection(conn, election.id, actor.person, &message, now)?;
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await?;
    let said = "Your objection is sent to the returns officer. The answer will stand here.";
    Ok(ctx.redirect_with(&format!("/elections/{slug}/roll"), &Flash::good(said)))
}
