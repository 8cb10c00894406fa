//! Those who nominate and support: their words, nominating together, and writing with the nominee until the nominee accepts.

use actix_web::web;
use askama::Template;
use folkmoot_store::nominations::supports::{self, NewSupport, Support, SupportRole, SupportState};
use folkmoot_store::nominations::{Nomination, NominationState};
use folkmoot_store::{Conn, JsonText, PersonId, PublicId, Utc, accounts, audit, nominations};
use serde_json::json;

use super::link;
use super::mail::{self, Notice};
use super::nominate::{BODY, bare, waits};
use super::own::Fields;
use super::own_acts::STATEMENT_FIELDS;
use super::rules::Call;
use super::statement::{Preview, Statement, text};
use crate::accounts::limits;
use crate::auth::{EmailAddress, email};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::markdown;
use crate::routes::{Access, Route};

/// People who nominate somebody together.
const MOST_TOGETHER: usize = 10;

pub(super) fn routes() -> Vec<Route> {
    let own = Access::SignedIn;
    vec![
        Route::get("/nominations/support/{support}", own, show),
        Route::post("/nominations/support/{support}", own, save).body_limit(BODY),
        Route::post("/nominations/support/{support}/write", own, write).body_limit(BODY),
        Route::post("/nominations/support/{support}/together", own, ask),
        Route::post("/nominations/support/{support}/withdraw", own, take_back),
    ]
}

#[derive(Template)]
#[template(path = "nominations/support.html")]
struct SupportPage {
    page: Page,
    form: Form,
    id: String,
    slug: String,
    title: String,
    nominee: String,
    html: String,
    open: bool,
    writes: bool,
    employers: bool,
    fields: Fields,
    revision: i64,
    together: Vec<String>,
    can_ask: bool,
    outcome: String,
    announce: String,
    preview_words: String,
    preview: Option<Preview>,
}

fn mine(conn: &mut Conn, person: PersonId, id: &str) -> AppResult<(Support, Nomination, Call)> {
    let id = PublicId::parse(id).ok_or_else(AppError::not_found)?;
    let support = supports::by_public_id(conn, &id)?;
    if support.person_id != Some(person) || support.state != SupportState::Given {
        return Err(AppError::not_found());
    }
    let nomination = nominations::by_id(conn, support.nomination_id)?;
    let call = Call::by_id(conn, nomination.election_id)?;
    Ok((support, nomination, call))
}

/// Whether nominators still write on the statement: until the nominee answers. Whether the nominee declined or just has not
/// answered must not be seen, so the page stays the same until the cut-off.
fn writes(support: &Support, call: &Call, nomination: &Nomination, now: Utc) -> bool {
    support.role != SupportRole::Endorser
        && !nomination.is_self
        && nomination.state != NominationState::Accepted
        && now < call.dates.accept
}

async fn load(ctx: &Ctx, actor: &Actor, id: &str, form: Option<Form>) -> AppResult<SupportPage> {
    let (id, person, now, app) = (id.to_owned(), actor.person, ctx.now(), ctx.app().clone());
    let page = ctx.page("Your words");
    let mut shown = ctx
        .app()
        .read(move |conn| {
            let (support, nomination, call) = mine(conn, person, &id)?;
            let statement: Statement = nomination.statement.parse()?;
            // The page has several forms; those that were not sent show what is kept.
            let typed = form.clone().unwrap_or_default();
            let mut kept = Vec::new();
            if !typed.has_field("revision") {
                kept = statement.fields(&call.rules.statement);
            }
            if !typed.has_field("words") {
                kept.push(("words".into(), support.words.clone()));
                kept.push(("employer".into(), support.employer.clone()));
            }
            let form = typed.beside(kept);
            let announced = call.is_announced(conn, now)?;
            let all = supports::of_nomination(conn, nomination.id)?;
            let together = all.iter().filter(|s| s.role == SupportRole::CoNominator);
            let outcome = match (announced, super::announce::stands(&nomination)) {
                (false, _) => String::new(),
                (true, true) => format!("{} stands for election.", nomination.name),
                (true, false) => format!("{} does not stand for election.", nomination.name),
            };
            Ok(SupportPage {
                page: page.clone().for_form(&form),
                // Whoever previews goes on from the text they began with.
                revision: form.value("revision").parse().unwrap_or(nomination.revision),
                form,
                id: support.public_id.to_string(),
                slug: call.slug().to_owned(),
                title: call.title().to_owned(),
                nominee: nomination.name.clone(),
                html: markdown::html(&support.words),
                open: now < call.dates.close,
                writes: writes(&support, &call, &nomination, now),
                employers: call.rules.nomination.distinct_employers,
                fields: Fields::of(&call),
                together: together.map(|s| s.name.clone()).collect(),
                can_ask: support.role == SupportRole::Nominator
                    && !nomination.is_self
                    && now < call.dates.close,
                outcome,
                announce: app.when(call.dates.announce),
                preview_words: String::new(),
                preview: None,
            })
        })
        .await?;
    shown.page.title = format!("You nominate {}", shown.nominee);
    Ok(shown)
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let page = load(&ctx, &actor, &path, None).await?;
    ctx.show(&page)
}

pub(super) fn words(form: &Form, most: usize) -> Result<(String, String), crate::http::FieldErrors> {
    let mut check = Check::new(form);
    let read = text(&mut check, "words", most);
    if form.value("words").is_empty() {
        check.add("words", "Say in your own words why.");
    }
    let employer = check.optional_text("employer", 120);
    let errors = check.errors();
    match (read, employer) {
        (Some(words), Some(employer)) if errors.is_empty() => Ok((employer, words)),
        _ => Err(errors),
    }
}

async fn save(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["words", "employer", "act"])?;
    let id = path.into_inner();
    let (employer, words) = match words(&form, 32_768) {
        Ok(read) => read,
        Err(errors) => {
            let page = load(&ctx, &actor, &id, Some(form.with(errors))).await?;
            return ctx.show_again(&page);
        }
    };
    if form.value("act") == "preview" {
        let mut page = load(&ctx, &actor, &id, Some(form)).await?;
        page.preview_words = markdown::html(&words);
        return ctx.show(&page);
    }
    let (app, wanted) = (ctx.app().clone(), id.clone());
    let act = ctx.act("nomination.words", format!("support {id}"), json!({}));
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let (support, _, call) = mine(conn, actor.person, &wanted)?;
            call.takes_nominations(&app, now)?;
            supports::give(conn, support.id, Some(actor.person), (&employer, &words), now)?;
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&format!("/nominations/support/{id}"), &Flash::good("Your words are saved.")))
}

async fn write(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let mut names = STATEMENT_FIELDS.to_vec();
    names.push("act");
    let form = form.only(&names)?;
    let id = path.into_inner();
    let (wanted, person) = (id.clone(), actor.person);
    let policy =
        ctx.app().read(move |c| mine(c, person, &wanted).map(|(_, _, call)| call.rules.statement)).await?;
    let mut check = Check::new(&form);
    let statement = Statement::parse(&mut check, &form, &policy);
    let errors = check.errors();
    let Some(statement) = statement.filter(|_| errors.is_empty()) else {
        let page = load(&ctx, &actor, &id, Some(form.with(errors))).await?;
        return ctx.show_again(&page);
    };
    if form.value("act") == "preview" {
        let mut page = load(&ctx, &actor, &id, Some(form)).await?;
        page.preview = Some(statement.preview());
        return ctx.show(&page);
    }
    let revision: i64 = form.value("revision").parse().unwrap_or(-1);
    let (app, wanted) = (ctx.app().clone(), id.clone());
    let act = ctx.act("nomination.write", format!("support {id}"), json!({}));
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let (support, nomination, call) = mine(conn, actor.person, &wanted)?;
            if !writes(&support, &call, &nomination, now) {
                return Err(AppError::conflict("The statement is the nominee’s alone now."));
            }
            // What somebody writes after the nominee declined is kept nowhere, and the answer does not show it.
            let open = waits(&nomination, &call, now);
            let text = JsonText::of(&statement)?;
            if open && !nominations::put_statement(conn, nomination.id, revision, &nomination.name, &text)? {
                return Err(AppError::conflict("Somebody else changed the statement meanwhile. Copy your text, open the page again, and put both together."));
            }
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(
        &format!("/nominations/support/{id}"),
        &Flash::good("The statement is saved. The nominee has the last word on it."),
    ))
}

async fn ask(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["co_name", "co_email"])?;
    let id = path.into_inner();
    let mut check = Check::new(&form);
    let name = check.field("co_name", email::parse_name);
    let address = check.field("co_email", EmailAddress::parse);
    let errors = check.errors();
    let (Some(name), Some(address)) = (name, address) else {
        let page = load(&ctx, &actor, &id, Some(form.with(errors))).await?;
        return ctx.show_again(&page);
    };
    limits::mail(&ctx, address.as_str()).await?;
    let (app, wanted, by) = (ctx.app().clone(), id.clone(), actor.name.clone());
    let act = ctx.act("nomination.together", format!("support {id}"), json!({}));
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let (support, nomination, call) = mine(conn, actor.person, &wanted)?;
            call.takes_nominations(&app, now)?;
            if support.role != SupportRole::Nominator || nomination.is_self {
                return Err(AppError::not_found());
            }
            let lookup = accounts::address_lookup(address.as_str());
            let all = supports::of_nomination(conn, nomination.id)?;
            if all.len() >= MOST_TOGETHER + 40
                || all.iter().filter(|s| s.role == SupportRole::CoNominator).count() >= MOST_TOGETHER
            {
                return Err(AppError::conflict(format!("At most {MOST_TOGETHER} people nominate together.")));
            }
            if lookup != nomination.lookup && !all.iter().any(|s| s.lookup == lookup) {
                let public_id = app.public_id()?;
                let new = NewSupport {
                    public_id: &public_id,
                    nomination: nomination.id,
                    person: None,
                    name: &name,
                    address: address.as_str(),
                    role: SupportRole::CoNominator,
                    state: SupportState::Invited,
                    employer: "",
                    words: "",
                };
                supports::add(conn, &new, now)?;
                let added = supports::by_public_id(conn, &public_id)?;
                let notice = Notice {
                    kind: format!("together {public_id}"),
                    name: name.clone(),
                    heading: "Nominate somebody together?",
                    lines: vec![format!(
                        "{by} nominates {} and asks you to nominate them too, until {}.",
                        nomination.name,
                        app.when(call.dates.close)
                    )],
                    path: link::join(&app, &added),
                };
                mail::tell(conn, &app, &call, &bare(address.as_str()), notice, now)?;
            }
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&format!("/nominations/support/{id}"), &Flash::good("They are asked by mail.")))
}

async fn take_back(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let id = path.into_inner();
    let app = ctx.app().clone();
    let act = ctx.act("nomination.take_back", format!("support {id}"), json!({}));
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let (support, nomination, call) = mine(conn, actor.person, &id)?;
            if support.role == SupportRole::Nominator || nomination.is_self {
                return Err(AppError::conflict(
                    "Who nominated first stays; the nominee decides whether to stand.",
                ));
            }
            call.takes_nominations(&app, now)?;
            supports::take_back(conn, support.id)?;
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/nominations", &Flash::good("Your support is taken back.")))
}
