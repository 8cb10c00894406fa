//! The page behind the link in the nominee's mail: accept or decline. Looking changes nothing; declining needs no account
//! and no reason.

use actix_web::web;
use askama::Template;
use folkmoot_store::nominations::supports::{self, SupportRole, SupportState};
use folkmoot_store::nominations::{Nomination, NominationState};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, audit, nominations};
use serde_json::json;

use super::link::{self, NewAccount};
use super::rules::Call;
use super::statement::{Shown, Statement};
use crate::app::App;
use crate::elections::preparation::candidates;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::{Ctx, Form, Page, PageResult};
use crate::markdown;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/nominations/answer/{nomination}/{proof}", Access::Public, show),
        Route::post("/nominations/answer/{nomination}/{proof}/accept", Access::Public, accept),
        Route::post("/nominations/answer/{nomination}/{proof}/decline", Access::Public, decline),
    ]
}

/// Somebody's words beside a nomination.
#[derive(Debug, Clone)]
pub(super) struct Words {
    pub(super) name: String,
    pub(super) role: &'static str,
    pub(super) html: String,
}

/// What supporters say, the nominator first.
pub(super) fn words_of(conn: &mut Conn, nomination: &Nomination) -> AppResult<Vec<Words>> {
    let given =
        supports::of_nomination(conn, nomination.id)?.into_iter().filter(|s| s.state == SupportState::Given);
    let mut all: Vec<_> =
        given.filter(|s| !(nomination.is_self && s.role == SupportRole::Nominator)).collect();
    all.sort_by_key(|s| (s.role, s.id));
    let words = |s: supports::Support| Words {
        role: match s.role {
            SupportRole::Nominator => "nominates",
            SupportRole::CoNominator => "nominates too",
            SupportRole::Endorser => "supports the nomination",
        },
        html: markdown::html(&s.words),
        name: s.name,
    };
    Ok(all.into_iter().map(words).collect())
}

#[derive(Template)]
#[template(path = "nominations/answer.html")]
struct AnswerPage {
    page: Page,
    form: Form,
    base: String,
    slug: String,
    title: String,
    name: String,
    words: Vec<Words>,
    texts: Vec<Shown>,
    /// How the nomination stands when it cannot be answered any more; empty while it can.
    over: String,
    until_utc: String,
    until_words: String,
    signed_in: bool,
    own_name: String,
    account: bool,
    address: String,
    acknowledgements: Vec<String>,
    term: String,
}

struct Loaded {
    nomination: Nomination,
    call: Call,
    words: Vec<Words>,
    has_account: bool,
}

async fn load(ctx: &Ctx, id: &str, proof: &str) -> AppResult<Loaded> {
    let id = PublicId::parse(id).ok_or_else(AppError::not_found)?;
    let (app, proof) = (ctx.app().clone(), proof.to_owned());
    ctx.app()
        .read(move |conn| {
            let nomination = nominations::by_public_id(conn, &id)?;
            link::check_answer(&app, &nomination, &proof)?;
            let call = Call::by_id(conn, nomination.election_id)?;
            let words = words_of(conn, &nomination)?;
            let has_account =
                nomination.person_id.is_some() || link::owner(conn, &nomination.address)?.is_some();
            Ok(Loaded { nomination, call, words, has_account })
        })
        .await
}

/// Why a nomination cannot be answered at `now`; `None` while it can.
fn over(app: &App, call: &Call, nomination: &Nomination, now: Utc) -> Option<String> {
    use NominationState as S;
    let until = call.dates.answer_by(nomination);
    match nomination.state {
        S::Invited if now < until => None,
        S::Invited | S::Expired => Some(format!(
            "This nomination could be answered until {}. It has expired; you do not stand.",
            app.when(until)
        )),
        S::Accepted => Some("You have accepted this nomination.".into()),
        S::Declined => Some("You have declined this nomination. Nobody is told.".into()),
        S::Withdrawn => Some("You have withdrawn.".into()),
        S::Merged => Some("This nomination became part of another one of yours.".into()),
    }
}

fn answer_page(ctx: &Ctx, loaded: &Loaded, base: String, form: Form) -> AppResult<AnswerPage> {
    let (nomination, call) = (&loaded.nomination, &loaded.call);
    let statement: Statement = nomination.statement.parse()?;
    let until = call.dates.answer_by(nomination);
    let form = if form.value("account-name").is_empty() && form.errors.is_empty() {
        Form::filled([("account-name", nomination.name.clone())])
    } else {
        form
    };
    Ok(AnswerPage {
        page: ctx.page(format!("Accept or decline: {}", call.title())).for_form(&form),
        form,
        base,
        slug: call.slug().to_owned(),
        title: call.title().to_owned(),
        name: nomination.name.clone(),
        words: loaded.words.clone(),
        texts: statement.shown(),
        over: over(ctx.app(), call, nomination, ctx.now()).unwrap_or_default(),
        until_utc: until.to_string(),
        until_words: crate::http::when::when(until),
        signed_in: ctx.actor().is_some(),
        own_name: ctx.actor().map(|a| a.name.clone()).unwrap_or_default(),
        account: !loaded.has_account,
        address: nomination.address.clone(),
        acknowledgements: call.rules.acknowledgements.iter().map(|a| a.text.clone()).collect(),
        term: super::call::seats(call),
    })
}

async fn show(ctx: Ctx, path: web::Path<(String, String)>) -> PageResult {
    let (id, proof) = path.into_inner();
    let loaded = load(&ctx, &id, &proof).await?;
    let mine = ctx.actor().is_some_and(|a| loaded.nomination.person_id == Some(a.person));
    if mine {
        return Ok(ctx.redirect(&format!("/nominations/{id}")));
    }
    ctx.show(&answer_page(&ctx, &loaded, format!("/nominations/answer/{id}/{proof}"), Form::empty())?)
}

/// Ties the nomination to the account of whoever holds the link, and leads to the page on which they accept.
async fn accept(ctx: Ctx, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["account-name", "account-password", "account-accept"])?;
    let (id, proof) = path.into_inner();
    let loaded = load(&ctx, &id, &proof).await?;
    let base = format!("/nominations/answer/{id}/{proof}");
    if let Some(why) = over(ctx.app(), &loaded.call, &loaded.nomination, ctx.now()) {
        return Err(AppError::conflict(why));
    }
    let account = match ctx.actor() {
        Some(_) => None,
        None if loaded.has_account => return Ok(ctx.redirect(&format!("/sign-in?next={base}"))),
        None => match NewAccount::parse(&ctx, &form, &loaded.nomination.address).await? {
            Ok(account) => Some(account),
            Err(errors) => return ctx.show_again(&answer_page(&ctx, &loaded, base, form.with(errors))?),
        },
    };
    let (app, actor, made) = (ctx.app().clone(), ctx.actor().map(|a| a.person), account.clone());
    let act = ctx.act("nomination.link", format!("nomination {id}"), json!({}));
    let to = ctx
        .app()
        .write(move |conn| {
            let now = app.now();
            let nomination = nominations::by_id(conn, loaded.nomination.id)?;
            let call = Call::by_id(conn, nomination.election_id)?;
            if let Some(why) = over(&app, &call, &nomination, now) {
                return Err(AppError::conflict(why));
            }
            let person = match (actor, &made) {
                (Some(person), _) => person,
                (None, Some(account)) => account.make(conn, &app, &nomination.address, now)?,
                (None, None) => return Err(AppError::not_found()),
            };
            let to = tie(conn, &call, &nomination, person, now)?;
            audit::append(conn, &audit::Act { actor: Some(person), ..act.clone() }, now)?;
            Ok(to)
        })
        .await?;
    if let Some(account) = &account {
        ctx.keep_session(account.session());
    }
    Ok(ctx.redirect_with(
        &format!("/nominations/{to}"),
        &Flash::good("Complete your statement here, then accept."),
    ))
}

/// Ties a nomination to an account; when this person is nominated under another address already, both become one.
pub(super) fn tie(
    conn: &mut Conn,
    call: &Call,
    nomination: &Nomination,
    person: PersonId,
    now: Utc,
) -> AppResult<PublicId> {
    if nomination.person_id == Some(person) {
        return Ok(nomination.public_id.clone());
    }
    if nomination.person_id.is_some() {
        return Err(AppError::conflict("This nomination belongs to another account. Sign in with that one."));
    }
    let name = folkmoot_store::accounts::person(conn, person)?.preferred_name;
    if let Some(why) = candidates::conflict(conn, call.id(), person, &name, now)? {
        return Err(AppError::conflict(why));
    }
    if let Some(other) = nominations::of_nominee(conn, call.id(), Some(person), "")? {
        nominations::merge(conn, (nomination.id, nomination.state), other.id, "", now)?;
        return Ok(other.public_id);
    }
    if !nominations::link(conn, nomination.id, person)? {
        return Err(AppError::conflict("This nomination was taken up meanwhile. Reload the page."));
    }
    Ok(nomination.public_id.clone())
}

async fn decline(ctx: Ctx, path: web::Path<(String, String)>, form: Form) -> PageResult {
    form.only(&[])?;
    let (id, proof) = path.into_inner();
    let loaded = load(&ctx, &id, &proof).await?;
    refuse(&ctx, loaded.nomination.public_id).await?;
    Ok(ctx.redirect_with(&format!("/nominations/answer/{id}/{proof}"), &Flash::good(DECLINED)))
}

/// What somebody who declined reads.
pub(super) const DECLINED: &str = "You have declined. Nobody is told, and nothing of it is shown anywhere.";

/// Declines a nomination that can still be answered.
pub(super) async fn refuse(ctx: &Ctx, id: PublicId) -> AppResult<()> {
    let app = ctx.app().clone();
    let act = ctx.act("nomination.decline", format!("nomination {id}"), json!({}));
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let nomination = nominations::by_public_id(conn, &id)?;
            let call = Call::by_id(conn, nomination.election_id)?;
            if let Some(why) = over(&app, &call, &nomination, now) {
                return Err(AppError::conflict(why));
            }
            let (from, to) = (NominationState::Invited, NominationState::Declined);
            if !nominations::change_state(conn, nomination.id, from, to, now)? {
                return Err(AppError::conflict("This nomination was answered meanwhile."));
            }
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await
}
