//! Which body's seats a question fills, and what the rules about common affiliations look at: taken from the records of
//! bodies and affiliations, so that nobody types them in.

use actix_web::web;
use askama::Template;
use chrono::{Days, NaiveDate};
use folkmoot_governance::Explain;
use folkmoot_governance::seats::{Affiliation, Relation};
use folkmoot_store::bodies::{self, Body};
use folkmoot_store::{Conn, PublicId, Utc, accounts};
use serde_json::json;

use super::plan::Prepared;
use super::{change, load, may_prepare, place};
use crate::affiliations::rules;
use crate::auth::permission::Action;
use crate::elections::seating::and;
use crate::elections::settings::QuestionSettings;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::parse_day;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let path = "/staff/elections/{election}/questions/{question}/seats";
    vec![
        Route::get(path, Access::May(Action::SeeElections), show),
        Route::post(path, Access::May(Action::PrepareElections), take),
    ]
}

/// Takes from the records which body the question elects, who serves on, who belongs where and who controls whom. `first`
/// is the first day in office; members whose terms are over by then do not count.
///
/// # Errors
/// A database error.
pub fn from_records(
    conn: &mut Conn,
    question: &mut QuestionSettings,
    body: &Body,
    (first, now): (NaiveDate, Utc),
) -> AppResult<()> {
    let today = now.datetime().date_naive();
    let mut seating = question.seating.take().unwrap_or_default();
    seating.body.clone_from(&body.slug);
    seating.terms_from = Some(first);
    if let Some(seats) = u32::try_from(body.seats).ok().filter(|s| *s > 0) {
        seating.body_size = seats;
    }
    if let Some(policy) = rules::policy(body)? {
        seating.co_affiliation = Some(policy);
    }
    seating.organisations = rules::organisations(conn, today)?;
    seating.serving = rules::serving(conn, body, first)?;
    question.seating = Some(seating);
    for answer in &mut question.answers {
        let Some(id) = PublicId::parse(&answer.person) else { continue };
        let person = accounts::person_by_public_id(conn, &id)?.id;
        answer.affiliations = rules::of(conn, person, today)?;
    }
    Ok(())
}

fn words(affiliations: &[Affiliation]) -> String {
    let one = |a: &Affiliation| match a.relation {
        Relation::Owner(share) => format!("{} (owner of {share})", a.organisation),
        _ => a.organisation.to_string(),
    };
    let all: Vec<String> = affiliations.iter().map(one).collect();
    if all.is_empty() {
        "none declared".into()
    } else {
        and(&all.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

struct Choice {
    value: String,
    label: String,
}

#[derive(Template)]
#[template(path = "preparation/seats.html")]
struct SeatsPage {
    page: Page,
    form: Form,
    slug: String,
    number: usize,
    bodies: Vec<Choice>,
    limit: String,
    serving: Vec<(String, String)>,
    candidates: Vec<(String, String)>,
    editable: bool,
}

fn question(prepared: &Prepared, number: usize) -> AppResult<&QuestionSettings> {
    let found = number.checked_sub(1).and_then(|i| prepared.settings.questions.get(i));
    found.ok_or_else(AppError::not_found)
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<(String, usize)>) -> PageResult {
    let (slug, number) = path.into_inner();
    let prepared = load(&ctx, web::Path::from(slug)).await?;
    let question = question(&prepared, number)?;
    let seating = question.seating.clone().unwrap_or_default();
    let tomorrow = ctx.now().datetime().date_naive().checked_add_days(Days::new(1));
    let first = seating.terms_from.or(tomorrow).map(|d| d.to_string()).unwrap_or_default();
    let form = Form::filled([("body", seating.body.clone()), ("first", first)]);
    let all = ctx.app().read(|c| Ok(bodies::all(c)?)).await?;
    let candidates = question.answers.iter().map(|a| (a.name.clone(), words(&a.affiliations))).collect();
    ctx.show(&SeatsPage {
        page: ctx.page(format!("Seats of question {number}")),
        form,
        number,
        bodies: all.into_iter().map(|b| Choice { value: b.slug, label: b.name }).collect(),
        limit: seating.co_affiliation.map(|p| p.sentence()).unwrap_or_default(),
        serving: seating.serving.iter().map(|s| (s.name.clone(), words(&s.affiliations))).collect(),
        candidates,
        editable: prepared.election.election_json.is_none() && may_prepare(&actor),
        slug: prepared.election.slug,
    })
}

async fn take(ctx: Ctx, actor: Actor, path: web::Path<(String, usize)>, form: Form) -> PageResult {
    let form = form.only(&["body", "first"])?;
    let mut check = Check::new(&form);
    let body = check.text("body", 60, "Choose the body.");
    let first = check.field("first", parse_day);
    let (Some(wanted), Some(first)) = (body, first) else { return Err(check.errors().into()) };
    let (slug, number) = path.into_inner();
    let to = place(&slug, &format!("questions/{number}/seats"));
    let details = json!({ "question": number, "body": wanted, "first_day": first.to_string() });
    change(&ctx, &actor, &slug, "election.seats", details, move |conn, _, prepared, now| {
        prepared.need_no_box()?;
        let body = bodies::by_slug(conn, &wanted)?;
        let mut question = question(prepared, number)?.clone();
        from_records(conn, &mut question, &body, (first, now))?;
        if let Some(place) = prepared.settings.questions.get_mut(number - 1) {
            *place = question;
        }
        Ok(())
    })
    .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("Taken from the records.")))
}
