//! Nominating oneself or somebody else. Whether the nominee is known here, or nominated already, shows in no answer.

use actix_web::web;
use askama::Template;
use folkmoot_governance::Explain;
use folkmoot_store::nominations::drafts::{self, NewDraft};
use folkmoot_store::nominations::{Nomination, NominationState};
use folkmoot_store::{JsonText, PublicId, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::draft;
use super::enter::{MOST, Nominator, Sent, enter, sentence};
use super::rules::Call;
use super::statement::text;
use crate::accounts::limits;
use crate::auth::{EmailAddress, email};
use crate::error::{AppError, AppResult, Kind};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::mail::Recipient;
use crate::markdown;
use crate::routes::{Access, Route};

/// Long statements, written with three bytes a letter and encoded for a form.
pub(super) const BODY: usize = 512 * 1024;
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/elections/{election}/nominate", Access::Public, page),
        Route::post("/elections/{election}/nominate", Access::Public, send).body_limit(BODY),
    ]
}

/// A nomination as typed; what a draft keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// The nominee is whoever nominates.
    pub is_self: bool,
    /// Name of the nominee.
    pub name: String,
    /// Address of the nominee.
    pub email: String,
    /// Why, Markdown.
    pub words: String,
    /// Employer of whoever nominates, where supporters must come from different ones.
    pub employer: String,
    /// Name of a visitor who nominates.
    pub own_name: String,
    /// Address of a visitor who nominates.
    pub own_email: String,
}

impl Wanted {
    pub(super) fn parse(form: &Form, visitor: bool, most: usize) -> Result<Self, FieldErrors> {
        let mut check = Check::new(form);
        let who = check.field("who", |t| match t {
            "self" => Ok(true),
            "other" => Ok(false),
            _ => Err("Choose whom you nominate."),
        });
        let is_self = who.unwrap_or(false);
        let mut read = Self { is_self, ..Self::default() };
        if visitor {
            read.own_name = check.field("own_name", email::parse_name).unwrap_or_default();
            let own = check.field("own_email", EmailAddress::parse);
            read.own_email = own.map(|a| a.as_str().to_owned()).unwrap_or_default();
        }
        if !is_self {
            read.name = check
                .field("name", |t| {
                    email::parse_name(t).map_err(|_| "Enter the name of the nominee; one word is fine.")
                })
                .unwrap_or_default();
            let address = check.field("email", EmailAddress::parse);
            read.email = address.map(|a| a.as_str().to_owned()).unwrap_or_default();
        }
        read.words = text(&mut check, "words", most).unwrap_or_default();
        if !is_self && form.value("words").is_empty() {
            check.add("words", "Say in your own words why you nominate this person.");
        }
        read.employer = check.optional_text("employer", 120).unwrap_or_default();
        check.finish().map(|()| read)
    }

    /// The values of the form's fields.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        vec![
            ("who", if self.is_self { "self" } else { "other" }.to_owned()),
            ("name", self.name.clone()),
            ("email", self.email.clone()),
            ("words", self.words.clone()),
            ("employer", self.employer.clone()),
            ("own_name", self.own_name.clone()),
            ("own_email", self.own_email.clone()),
        ]
    }
}

#[derive(Template)]
#[template(path = "nominations/nominate.html")]
struct NominatePage {
    page: Page,
    form: Form,
    slug: String,
    title: String,
    /// Why nobody can nominate now, or this person cannot; empty otherwise.
    refused: String,
    who: String,
    signed_in: bool,
    own_allowed: bool,
    employers: bool,
    rule: String,
    seats: String,
    close_utc: String,
    close_words: String,
    answer_by: String,
    announce: String,
    preview: String,
    draft: String,
    most: u32,
}

impl NominatePage {
    fn of(ctx: &Ctx, call: &Call, form: Form, refused: String) -> Self {
        let who = form.value("who").to_owned();
        let title = match who.as_str() {
            "self" => format!("Nominate yourself: {}", call.title()),
            _ => format!("Nominate: {}", call.title()),
        };
        let app = ctx.app();
        Self {
            page: ctx.page(title).for_form(&form),
            slug: call.slug().to_owned(),
            title: call.title().to_owned(),
            refused,
            signed_in: ctx.actor().is_some(),
            own_allowed: call.rules.nomination.self_nomination,
            employers: call.rules.nomination.distinct_employers,
            rule: call.rules.nomination.sentence(),
            seats: super::call::seats(call),
            close_utc: call.dates.close.to_string(),
            close_words: crate::http::when::when(call.dates.close),
            answer_by: ctx.when(call.dates.accept),
            announce: app.when(call.dates.announce),
            preview: String::new(),
            draft: form.value("draft").to_owned(),
            most: call.rules.statement.limit_bytes,
            who,
            form,
        }
    }
}

/// The call, and why whoever asks cannot nominate now.
async fn load(ctx: &Ctx, slug: String) -> AppResult<(Call, String)> {
    let (person, now, app) = (ctx.actor().map(|a| a.person), ctx.now(), ctx.app().clone());
    ctx.app()
        .read(move |conn| {
            let call = Call::load(conn, &slug)?;
            let mut refused = match call.takes_nominations(&app, now) {
                Ok(()) => String::new(),
                Err(AppError { kind: Kind::Conflict(why), .. }) => why,
                Err(other) => return Err(other),
            };
            if let (true, Some(person)) = (refused.is_empty(), person)
                && let Err(why) = call.may_nominate(conn, Some(person), false, now)?
            {
                refused = sentence(&why);
            }
            Ok((call, refused))
        })
        .await
}

async fn page(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (call, refused) = load(&ctx, path.into_inner()).await?;
    let form = match (ctx.actor(), ctx.query("draft").and_then(|d| PublicId::parse(&d))) {
        (Some(actor), Some(id)) => {
            let (person, wanted) = (actor.person, id.clone());
            let found = ctx.app().read(move |c| Ok(drafts::of(c, person, &wanted)?)).await?;
            let content: Wanted = found.content.parse()?;
            let mut fields = content.fields();
            fields.push(("draft", id.to_string()));
            Form::filled(fields)
        }
        _ => Form::filled([("who", ctx.query("who").unwrap_or_default())]),
    };
    ctx.show(&NominatePage::of(&ctx, &call, form, refused))
}

const FIELDS: &[&str] =
    &["who", "name", "email", "words", "employer", "own_name", "own_email", "act", "draft"];

async fn send(ctx: Ctx, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(FIELDS)?;
    let slug = path.into_inner();
    let (call, refused) = load(&ctx, slug.clone()).await?;
    let most = usize::try_from(call.rules.statement.limit_bytes).unwrap_or(usize::MAX);
    let visitor = ctx.actor().is_none();
    let wanted = match Wanted::parse(&form, visitor, most) {
        Ok(wanted) => wanted,
        Err(errors) => return ctx.show_again(&NominatePage::of(&ctx, &call, form.with(errors), refused)),
    };
    if form.value("act") == "preview" {
        let mut shown = NominatePage::of(&ctx, &call, form, refused);
        shown.preview = markdown::html(&wanted.words);
        return ctx.show(&shown);
    }
    match ctx.actor().cloned() {
        None => draft::of_visitor(&ctx, &call, wanted).await,
        Some(actor) if form.value("act") == "draft" => {
            keep(&ctx, &call, actor, wanted, form.value("draft")).await
        }
        Some(actor) => send_now(&ctx, slug, actor, wanted, form.value("draft")).await,
    }
}

async fn keep(ctx: &Ctx, call: &Call, actor: Actor, wanted: Wanted, known: &str) -> PageResult {
    let (app, election_id, known) = (ctx.app().clone(), call.id(), PublicId::parse(known));
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let content = JsonText::of(&wanted)?;
            if let Some(id) = &known {
                let draft = drafts::of(conn, actor.person, id)?;
                drafts::change(conn, draft.id, &content, now)?;
                return Ok(());
            }
            if drafts::of_person(conn, actor.person)?.len() >= MOST {
                return Err(AppError::conflict("You have many drafts; send or remove one first."));
            }
            let public_id = app.public_id()?;
            let new = NewDraft {
                public_id: &public_id,
                election_id,
                person: Some(actor.person),
                lookup: "",
                token_hash: None,
                content: &content,
            };
            drafts::add(conn, &new, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/nominations", &Flash::good("Your draft is kept. It is not sent yet.")))
}

async fn send_now(ctx: &Ctx, slug: String, actor: Actor, wanted: Wanted, draft: &str) -> PageResult {
    let draft = PublicId::parse(draft);
    if !wanted.is_self {
        // Whoever has had enough mails is not asked again; the answer does not show it.
        limits::mail(ctx, &wanted.email).await?;
    }
    let app = ctx.app().clone();
    let act = ctx.act("nomination.send", format!("election {slug}"), json!({ "self": wanted.is_self }));
    let sent = ctx
        .app()
        .write(move |conn| {
            let now = app.now();
            let call = Call::load(conn, &slug)?;
            let by = Nominator::of(conn, actor.person)?;
            let sent = enter(conn, &app, &call, &by, &wanted, now)?;
            if let Some(id) = &draft {
                let draft = drafts::of(conn, actor.person, id)?;
                drafts::remove(conn, draft.id)?;
            }
            audit::append(conn, &act, now)?;
            Ok(sent)
        })
        .await?;
    Ok(done(ctx, sent))
}

/// Where a sent nomination leads.
pub(super) fn done(ctx: &Ctx, sent: Sent) -> actix_web::HttpResponse {
    match sent {
        Sent::Own(id) => ctx.redirect_with(
            &format!("/nominations/{id}"),
            &Flash::good("Your nomination is begun. Complete it here and send it."),
        ),
        Sent::Other => ctx.redirect_with("/nominations", &Flash::good(THANKS)),
    }
}

/// The one answer to every nomination of somebody else.
pub(super) const THANKS: &str = "Your nomination is sent. The nominee is asked whether they accept. If somebody nominated \
                                 this person before you, your words stand beside theirs.";

/// Recipient at a bare address.
pub(super) fn bare(address: &str) -> Recipient {
    Recipient::address(address)
}

/// True for a nomination that waits for its nominee at `now`.
pub(super) fn waits(nomination: &Nomination, call: &Call, now: Utc) -> bool {
    nomination.state == NominationState::Invited && now < call.dates.answer_by(nomination)
}
