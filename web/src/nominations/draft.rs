//! What a visitor typed is kept before any account exists; the mailed link proves the address and leads back to it.

use actix_web::web;
use askama::Template;
use folkmoot_store::accounts::address_lookup;
use folkmoot_store::nominations::drafts::{self, Draft, NewDraft};
use folkmoot_store::{Conn, JsonText, audit};
use serde_json::json;

use super::enter::{Nominator, enter};
use super::link::{self, NewAccount};
use super::mail::{self, Notice};
use super::nominate::{self, Wanted};
use super::rules::Call;
use crate::accounts::limits;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::{new_token, token_hash};
use crate::http::{Ctx, Form, Page, PageResult};
use crate::markdown;
use crate::routes::{Access, Route};
use folkmoot_governance::nomination::Nominators;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/nominations/draft/{token}", Access::Public, show),
        Route::post("/nominations/draft/{token}", Access::Public, send),
        Route::post("/nominations/drafts/{draft}/remove", Access::SignedIn, remove),
    ]
}

/// Keeps a visitor's nomination and mails the link. The answer is the same whoever owns the address.
pub(super) async fn of_visitor(ctx: &Ctx, call: &Call, wanted: Wanted) -> PageResult {
    let address = wanted.own_email.clone();
    let may_mail = limits::mail(ctx, &address).await?;
    let (token, app, election) = (new_token(ctx.app())?, ctx.app().clone(), call.slug().to_owned());
    if may_mail {
        ctx.app()
            .write(move |conn| {
                let now = app.now();
                let call = Call::load(conn, &election)?;
                call.takes_nominations(&app, now)?;
                let (public_id, content) = (app.public_id()?, JsonText::of(&wanted)?);
                let hash = token_hash(&token);
                let new = NewDraft {
                    public_id: &public_id,
                    election_id: call.id(),
                    person: None,
                    lookup: &address_lookup(&wanted.own_email),
                    token_hash: Some(&hash),
                    content: &content,
                };
                drafts::add(conn, &new, now)?;
                let notice = Notice {
                    kind: format!("draft {public_id}"),
                    name: wanted.own_name.clone(),
                    heading: "Send your nomination",
                    lines: vec![format!(
                        "What you wrote is kept. It is not sent yet: open this page and send it before nominations \
                         close, {}.",
                        app.when(call.dates.close)
                    )],
                    path: format!("/nominations/draft/{token}"),
                };
                mail::tell(conn, &app, &call, &nominate::bare(&wanted.own_email), notice, now)?;
                Ok(())
            })
            .await?;
    }
    let page = CheckPage { page: ctx.page("Check your mail"), address };
    ctx.show(&page)
}

#[derive(Template)]
#[template(path = "nominations/check_mail.html")]
struct CheckPage {
    page: Page,
    address: String,
}

/// What is needed before a draft can be sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    SignIn,
    Account,
}

#[derive(Template)]
#[template(path = "nominations/draft.html")]
struct DraftPage {
    page: Page,
    form: Form,
    token: String,
    slug: String,
    title: String,
    is_self: bool,
    nominee: String,
    html: String,
    sign_in: bool,
    account: bool,
    address: String,
    close: String,
    own_name: String,
}

/// Draft, call, and what is needed to send it.
async fn load(ctx: &Ctx, token: &str) -> AppResult<(Draft, Call, Needs)> {
    let (hash, actor) = (token_hash(token), ctx.actor().map(|a| a.person));
    ctx.app()
        .read(move |conn| {
            let draft = drafts::by_token(conn, &hash)?.ok_or_else(AppError::not_found)?;
            let call = Call::by_id(conn, draft.election_id)?;
            let content: Wanted = draft.content.parse()?;
            let needs = needs(conn, &call, &draft, content.is_self, actor)?;
            Ok((draft, call, needs))
        })
        .await
}

fn needs(
    conn: &mut Conn,
    call: &Call,
    draft: &Draft,
    is_self: bool,
    actor: Option<folkmoot_store::PersonId>,
) -> AppResult<Needs> {
    let owner = link::owner(conn, &draft.lookup)?;
    let open_to_all = call.rules.nomination.by == Nominators::Anybody && !is_self;
    Ok(match (actor, owner) {
        (Some(_), _) => Needs::Nothing,
        _ if open_to_all => Needs::Nothing,
        (None, Some(_)) => Needs::SignIn,
        (None, None) => Needs::Account,
    })
}

fn draft_page(
    ctx: &Ctx,
    token: &str,
    form: Form,
    (draft, call, needs): (&Draft, &Call, Needs),
) -> AppResult<DraftPage> {
    let content: Wanted = draft.content.parse()?;
    let form = if form.value("account-name").is_empty() && form.errors.is_empty() {
        Form::filled([("account-name", content.own_name.clone())])
    } else {
        form
    };
    Ok(DraftPage {
        page: ctx.page("Send your nomination").for_form(&form),
        form,
        token: token.to_owned(),
        slug: call.slug().to_owned(),
        title: call.title().to_owned(),
        is_self: content.is_self,
        nominee: content.name,
        html: markdown::html(&content.words),
        sign_in: needs == Needs::SignIn,
        account: needs == Needs::Account,
        address: draft.lookup.clone(),
        close: ctx.when(call.dates.close),
        own_name: content.own_name,
    })
}

async fn show(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let token = path.into_inner();
    let (draft, call, needs) = load(&ctx, &token).await?;
    ctx.show(&draft_page(&ctx, &token, Form::empty(), (&draft, &call, needs))?)
}

async fn send(ctx: Ctx, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["account-name", "account-password", "account-accept"])?;
    let token = path.into_inner();
    let (draft, call, needs) = load(&ctx, &token).await?;
    let account = match needs {
        Needs::SignIn => return Ok(ctx.redirect(&format!("/sign-in?next=/nominations/draft/{token}"))),
        Needs::Nothing => None,
        Needs::Account => match NewAccount::parse(&ctx, &form, &draft.lookup).await? {
            Ok(account) => Some(account),
            Err(errors) => {
                return ctx.show_again(&draft_page(&ctx, &token, form.with(errors), (&draft, &call, needs))?);
            }
        },
    };
    let (app, hash, actor, made) =
        (ctx.app().clone(), token_hash(&token), ctx.actor().map(|a| a.person), account.clone());
    let act = ctx.act("nomination.send", format!("election {}", call.slug()), json!({ "draft": true }));
    let sent = ctx
        .app()
        .write(move |conn| {
            let now = app.now();
            let draft = drafts::by_token(conn, &hash)?.ok_or_else(AppError::not_found)?;
            let call = Call::by_id(conn, draft.election_id)?;
            // Refused before an account is made: whoever comes too late keeps the draft and nothing else.
            call.takes_nominations(&app, now)?;
            let content: Wanted = draft.content.parse()?;
            let person = match (actor, &made) {
                (Some(person), _) => Some(person),
                (None, Some(account)) => Some(account.make(conn, &app, &draft.lookup, now)?),
                (None, None) => link::owner(conn, &draft.lookup)?.map(|p| p.id),
            };
            let by = match person {
                Some(person) => Nominator::of(conn, person)?,
                None => Nominator {
                    person: None,
                    name: content.own_name.clone(),
                    address: content.own_email.clone(),
                },
            };
            let sent = enter(conn, &app, &call, &by, &content, now)?;
            drafts::remove(conn, draft.id)?;
            audit::append(conn, &audit::Act { actor: person, ..act.clone() }, now)?;
            Ok(sent)
        })
        .await?;
    if let Some(account) = &account {
        ctx.keep_session(account.session());
    }
    if ctx.actor().is_none() && account.is_none() {
        return Ok(
            ctx.redirect_with(&format!("/elections/{}/call", call.slug()), &Flash::good(nominate::THANKS))
        );
    }
    Ok(nominate::done(&ctx, sent))
}

async fn remove(
    ctx: Ctx,
    actor: crate::http::session::Actor,
    path: web::Path<String>,
    form: Form,
) -> PageResult {
    form.only(&[])?;
    let id = folkmoot_store::PublicId::parse(&path).ok_or_else(AppError::not_found)?;
    ctx.app()
        .write(move |conn| {
            let draft = drafts::of(conn, actor.person, &id)?;
            drafts::remove(conn, draft.id)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/nominations", &Flash::good("The draft is removed.")))
}
