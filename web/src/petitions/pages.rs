//! Pages of petitions.

use actix_web::web;
use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::bodies::{self, Body};
use folkmoot_store::meetings::{self, NewPetition, Petition, PetitionAim, Signers};
use folkmoot_store::motions;
use folkmoot_store::{Conn, PersonId, PublicId, Utc, accounts, audit};
use serde_json::json;

use super::{DAYS, Stand, aim, kinds, sign, signers, stand, who};
use crate::app::App;
use crate::approvals::By;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::stated;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::markdown;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/bodies/{body}/petitions", Access::Public, list),
        Route::get("/bodies/{body}/petitions/new", Access::SignedIn, new_page),
        Route::post("/bodies/{body}/petitions/new", Access::SignedIn, create),
        Route::get("/petitions/{petition}", Access::Public, show),
        Route::post("/petitions/{petition}/sign", Access::SignedIn, sign_page),
        Route::post("/petitions/{petition}/withdraw", Access::SignedIn, withdraw),
    ]
}

struct Line {
    id: String,
    title: String,
    about: String,
    tag: (&'static str, &'static str),
}

#[derive(Template)]
#[template(path = "petitions/list.html")]
struct ListPage {
    page: Page,
    slug: String,
    body: String,
    lines: Vec<Line>,
    may_open: bool,
}

const fn tag(stand: Stand) -> (&'static str, &'static str) {
    match stand {
        Stand::Open => ("Open", "brand"),
        Stand::Reached => ("Enough signatures", "good"),
        Stand::Over => ("Not enough signatures", ""),
        Stand::Withdrawn => ("Withdrawn", ""),
    }
}

/// A body whose page is open to everybody; petitions are public.
fn public_body(conn: &mut Conn, slug: &str) -> AppResult<Body> {
    let body = bodies::by_slug(conn, slug)?;
    if body.is_public { Ok(body) } else { Err(AppError::not_found()) }
}

async fn list(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (slug, now, page) = (path.into_inner(), ctx.now(), ctx.page(""));
    let template = ctx
        .app()
        .read(move |c| {
            let body = public_body(c, &slug)?;
            let mut lines = Vec::new();
            for petition in meetings::petitions_of(c, body.id, 100)? {
                let signed = meetings::signatures(c, petition.id)?;
                lines.push(Line {
                    id: petition.public_id.to_string(),
                    about: format!("{signed} of {} signatures", petition.needed),
                    tag: tag(stand(&petition, now)),
                    title: petition.title,
                });
            }
            let may_open = !kinds(c, &body)?.is_empty();
            let page = page.titled(&format!("Petitions to {}", body.name));
            Ok(ListPage { page, slug: body.slug, body: body.name, lines, may_open })
        })
        .await?;
    ctx.show(&template)
}

struct Choice {
    value: String,
    label: String,
}

#[derive(Template)]
#[template(path = "petitions/new.html")]
struct NewPage {
    page: Page,
    form: Form,
    slug: String,
    body: String,
    kinds: Vec<Choice>,
}

fn gather(conn: &mut Conn, page: Page, slug: &str, form: Form) -> AppResult<NewPage> {
    let body = public_body(conn, slug)?;
    let choice = |(kind, settings, share): (
        motions::MotionKind,
        crate::motions::settings::KindSettings,
        folkmoot_governance::Fraction,
    )| {
        let what = match aim(&settings) {
            PetitionAim::Meeting => "calls a meeting",
            PetitionAim::Motion => "puts the motion to the vote",
        };
        let who = match who(&settings) {
            Signers::Members => "members",
            Signers::Voters => "voting members",
        };
        Choice {
            value: kind.kind,
            label: format!("{}: {} of the {who} {what}", settings.title, share.in_words()),
        }
    };
    let kinds: Vec<Choice> = kinds(conn, &body)?.into_iter().map(choice).collect();
    if kinds.is_empty() {
        return Err(AppError::not_found());
    }
    Ok(NewPage { page, form, slug: body.slug, body: body.name, kinds })
}

async fn new_page(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, page) = (path.into_inner(), ctx.page("Begin a petition"));
    let template = ctx.app().read(move |c| gather(c, page, &slug, Form::empty())).await?;
    ctx.show(&template)
}

/// What a new petition says.
#[derive(Debug, Clone)]
pub struct NewWish {
    /// Kind of motion, or of meeting.
    pub kind: String,
    /// Title.
    pub title: String,
    /// Markdown.
    pub text: String,
}

impl NewWish {
    fn parse(form: &Form) -> Result<Self, FieldErrors> {
        let mut check = Check::new(form);
        let kind = check.text("kind", 60, "Choose what the petition asks for.");
        let title = check.text("title", 160, "Enter a title.");
        let text = check.text("text", 20_000, "Say what you ask for and why.");
        if let Some(Err(why)) = text.as_deref().map(markdown::check) {
            check.add("text", why);
        }
        let errors = check.errors();
        match (kind, title, text) {
            (Some(kind), Some(title), Some(text)) if errors.is_empty() => Ok(Self { kind, title, text }),
            _ => Err(errors),
        }
    }
}

/// Opens a petition; its author is the first to sign.
///
/// # Errors
/// `Forbidden` for people who may not sign it.
pub fn open(
    conn: &mut Conn,
    app: &App,
    slug: &str,
    wish: &NewWish,
    author: PersonId,
    now: Utc,
) -> AppResult<PublicId> {
    let body = public_body(conn, slug)?;
    let found = kinds(conn, &body)?.into_iter().find(|(k, _, _)| k.kind == wish.kind);
    let (_, settings, share) = found.ok_or_else(AppError::not_found)?;
    let able = signers(conn, &body, &settings, now)?;
    if !able.contains(&author) {
        return Err(AppError::forbidden("Only those who may sign this petition can begin it."));
    }
    let base = u64::try_from(able.len()).map_err(AppError::internal)?;
    let public_id = app.public_id()?;
    let new = NewPetition {
        public_id: &public_id,
        body: body.id,
        title: &wish.title,
        text: &wish.text,
        aim: aim(&settings),
        motion_kind: &wish.kind,
        signers: who(&settings),
        base: i64::try_from(base).map_err(AppError::internal)?,
        needed: i64::try_from(share.least_count(base, false).max(1)).map_err(AppError::internal)?,
        author,
        closes_at: now.plus(TimeDelta::days(DAYS)),
    };
    meetings::open_petition(conn, &new, now)?;
    let petition = meetings::petition(conn, &public_id)?;
    sign(conn, app, &petition, author, now)?;
    Ok(public_id)
}

async fn create(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["kind", "title", "text"])?;
    let (slug, now, app, by) = (path.into_inner(), ctx.now(), ctx.app().clone(), By::new(&ctx, &actor));
    let wish = match NewWish::parse(&form) {
        Ok(wish) => wish,
        Err(errors) => {
            let form = form.with(errors);
            let page = ctx.page("Begin a petition").for_form(&form);
            let again = ctx.app().read(move |c| gather(c, page, &slug, form)).await?;
            return ctx.show_again(&again);
        }
    };
    let id = ctx
        .app()
        .write(move |c| {
            let id = open(c, &app, &slug, &wish, by.actor.person, now)?;
            let details = json!({ "body": slug, "kind": wish.kind, "title": wish.title });
            audit::append(c, &by.act("petition.open", format!("petition {id}"), details), now)?;
            Ok(id)
        })
        .await?;
    Ok(ctx.redirect_with(
        &format!("/petitions/{id}"),
        &Flash::good("The petition is open; you have signed it."),
    ))
}

#[derive(Template)]
#[template(path = "petitions/show.html")]
struct ShowPage {
    page: Page,
    id: String,
    slug: String,
    body: String,
    tag: (&'static str, &'static str),
    text: String,
    author: String,
    filled: i64,
    words: String,
    until: String,
    may_sign: bool,
    has_signed: bool,
    may_withdraw: bool,
}

fn found(conn: &mut Conn, id: &str) -> AppResult<(Petition, Body)> {
    let id = PublicId::parse(id).ok_or_else(AppError::not_found)?;
    let petition = meetings::petition(conn, &id)?;
    let body = bodies::by_id(conn, petition.body_id)?;
    if body.is_public { Ok((petition, body)) } else { Err(AppError::not_found()) }
}

async fn show(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (id, now, zone, page) = (path.into_inner(), ctx.now(), ctx.zone(), ctx.page(""));
    let actor = ctx.actor().cloned();
    let template = ctx
        .app()
        .read(move |c| {
            let (petition, body) = found(c, &id)?;
            let stand = stand(&petition, now);
            let signed = meetings::signatures(c, petition.id)?;
            let has_signed = match &actor {
                Some(actor) => meetings::has_signed(c, petition.id, actor.person)?,
                None => false,
            };
            let shown = signed.min(petition.needed);
            Ok(ShowPage {
                page: page.titled(&petition.title),
                id: petition.public_id.to_string(),
                slug: body.slug,
                body: body.name,
                tag: tag(stand),
                text: markdown::html(&petition.text),
                author: accounts::person(c, petition.author_id)?.preferred_name,
                filled: shown.saturating_mul(1000) / petition.needed.max(1),
                words: format!(
                    "{signed} of {} signatures; {} could sign when it began.",
                    petition.needed, petition.base
                ),
                until: stated(petition.closes_at, &zone),
                may_sign: actor.is_some() && stand == Stand::Open && !has_signed,
                has_signed,
                may_withdraw: stand == Stand::Open && actor.is_some_and(|a| a.person == petition.author_id),
            })
        })
        .await?;
    ctx.show(&template)
}

async fn sign_page(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["back"])?;
    let back = form.has("back", "yes");
    let (id, now, app, by) = (path.into_inner(), ctx.now(), ctx.app().clone(), By::new(&ctx, &actor));
    let to = format!("/petitions/{id}");
    let reached = ctx
        .app()
        .write(move |c| {
            let (petition, _) = found(c, &id)?;
            if back {
                if stand(&petition, now) != Stand::Open {
                    return Err(AppError::conflict("This petition is over; signatures stay as they are."));
                }
                meetings::unsign(c, petition.id, by.actor.person)?;
                audit::append(c, &by.act("petition.unsign", format!("petition {id}"), json!({})), now)?;
                return Ok(false);
            }
            let reached = sign(c, &app, &petition, by.actor.person, now)?;
            audit::append(c, &by.act("petition.sign", format!("petition {id}"), json!({})), now)?;
            Ok(reached)
        })
        .await?;
    let said = match (reached, back) {
        (true, _) => "You have signed, and that is enough: what it asks for is on its way.",
        (_, true) => "Your signature is taken back.",
        _ => "You have signed the petition.",
    };
    Ok(ctx.redirect_with(&to, &Flash::good(said)))
}

async fn withdraw(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (id, now, by) = (path.into_inner(), ctx.now(), By::new(&ctx, &actor));
    let to = format!("/petitions/{id}");
    ctx.app()
        .write(move |c| {
            let (petition, _) = found(c, &id)?;
            if petition.author_id != by.actor.person {
                return Err(AppError::forbidden("Only whoever began a petition can take it back."));
            }
            if stand(&petition, now) != Stand::Open {
                return Err(AppError::conflict("This petition is over."));
            }
            meetings::end_petition(c, petition.id, false, now)?;
            audit::append(c, &by.act("petition.withdraw", format!("petition {id}"), json!({})), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The petition is withdrawn.")))
}
