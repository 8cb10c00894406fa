//! Nominating oneself or somebody else. Whether the nominee is known here, or nominated already, shows in no answer.

use actix_web::web;
use askama::Template;
use folkmoot_governance::Explain;
use folkmoot_store::accounts;
use folkmoot_store::nominations::drafts::{self, NewDraft};
use folkmoot_store::nominations::supports::{self, NewSupport, SupportRole, SupportState};
use folkmoot_store::nominations::{NewNomination, Nomination, NominationState};
use folkmoot_store::{Conn, JsonText, PersonId, PublicId, Utc, audit, nominations};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::mail::{self, Notice};
use super::rules::Call;
use super::statement::{Section, Statement, headings, text};
use super::{draft, link};
use crate::accounts::limits;
use crate::app::App;
use crate::auth::{EmailAddress, email};
use crate::elections::preparation::candidates;
use crate::error::{AppError, AppResult, Kind};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::mail::Recipient;
use crate::markdown;
use crate::routes::{Access, Route};

/// Long statements, written with three bytes a letter and encoded for a form.
pub(super) const BODY: usize = 512 * 1024;
/// Nominations and supports that one person can give in one election.
const MOST: usize = 50;

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

/// Who nominates.
#[derive(Debug, Clone)]
pub(super) struct Nominator {
    /// The account, where there is one.
    pub(super) person: Option<PersonId>,
    /// Name.
    pub(super) name: String,
    /// A proved address.
    pub(super) address: String,
}

impl Nominator {
    pub(super) fn of(conn: &mut Conn, person: PersonId) -> AppResult<Self> {
        let row = accounts::person(conn, person)?;
        let address = accounts::mail_address_of(conn, person)?;
        let address = address.ok_or_else(|| {
            AppError::conflict("Your account has no verified address. Add one on your account page first.")
        })?;
        Ok(Self { person: Some(person), name: row.preferred_name, address })
    }
}

/// What became of a nomination.
pub(super) enum Sent {
    /// The nominee is whoever nominates: the page on which they go on.
    Own(PublicId),
    /// Somebody else is asked, or the words were put beside those of others. Which of the two stays hidden.
    Other,
}

/// Enters a nomination, exactly at the instant of the transaction.
pub(super) fn enter(
    conn: &mut Conn,
    app: &App,
    call: &Call,
    by: &Nominator,
    wanted: &Wanted,
    now: Utc,
) -> AppResult<Sent> {
    call.takes_nominations(app, now)?;
    let address = if wanted.is_self { by.address.as_str() } else { wanted.email.as_str() };
    let owner = link::owner(conn, address)?;
    let owner_id = owner.as_ref().map(|p| p.id);
    let same_account = owner_id.is_some() && owner_id == by.person;
    let lookup = accounts::address_lookup(address);
    let is_nominee = wanted.is_self || same_account || lookup == accounts::address_lookup(&by.address);
    call.may_nominate(conn, by.person, is_nominee, now)?.map_err(|why| AppError::conflict(sentence(&why)))?;
    let known =
        nominations::of_nominee(conn, call.id(), owner_id.or(by.person.filter(|_| is_nominee)), &lookup)?;
    if is_nominee {
        return own(conn, app, call, by, wanted, known, now);
    }
    let (nomination, role) = match known {
        Some(nomination) => (nomination, SupportRole::Endorser),
        None => {
            let statement = JsonText::of(&Statement::default())?;
            let new = (owner_id, address, wanted.name.as_str(), false, &statement);
            (add(conn, app, call, new, now)?, SupportRole::Nominator)
        }
    };
    support(conn, app, &nomination, by, wanted, role, now)?;
    if role == SupportRole::Nominator {
        mail::invite(conn, app, call, &nomination, mail::INVITATION, now)?;
    }
    let to = mail::to(conn, by.person, &by.address)?;
    let notice = Notice {
        kind: format!("received {}", nomination.public_id),
        name: by.name.clone(),
        heading: "Your nomination is received",
        lines: vec![
            format!("You nominate {}.", wanted.name),
            format!(
                "Whether they stand is theirs to decide. The candidates are announced {}.",
                app.when(call.dates.announce)
            ),
        ],
        path: format!("/elections/{}/call", call.slug()),
    };
    mail::tell(conn, app, call, &to, notice, now)?;
    Ok(Sent::Other)
}

/// First letter large, with a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let start: String = letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default();
    if start.ends_with('.') { start } else { start + "." }
}

fn own(
    conn: &mut Conn,
    app: &App,
    call: &Call,
    by: &Nominator,
    wanted: &Wanted,
    known: Option<Nomination>,
    now: Utc,
) -> AppResult<Sent> {
    let Some(person) = by.person else {
        return Err(AppError::conflict("To stand for election you need an account. Create one or sign in."));
    };
    if let Some(known) = known {
        // Nominated by somebody else before: the same page, on which they accept.
        return Ok(Sent::Own(known.public_id));
    }
    if let Some(why) = candidates::conflict(conn, call.id(), person, &by.name, now)? {
        return Err(AppError::conflict(why));
    }
    let mut statement = Statement::default();
    if let (false, Some(heading)) =
        (wanted.words.is_empty(), headings(&call.rules.statement).into_iter().next())
    {
        statement.sections.push(Section { heading, text: wanted.words.clone() });
    }
    let statement = JsonText::of(&statement)?;
    let nomination = add(conn, app, call, (Some(person), &by.address, &by.name, true, &statement), now)?;
    support(conn, app, &nomination, by, &Wanted::default(), SupportRole::Nominator, now)?;
    Ok(Sent::Own(nomination.public_id))
}

/// Nominee's account, address, name, whether it is whoever nominates, and the statement so far.
type New<'a> = (Option<PersonId>, &'a str, &'a str, bool, &'a JsonText);

fn add(conn: &mut Conn, app: &App, call: &Call, new: New<'_>, now: Utc) -> AppResult<Nomination> {
    let (person, address, name, is_self, statement) = new;
    let (public_id, handle) = (app.public_id()?, handle(app, name)?);
    let new = NewNomination {
        public_id: &public_id,
        election_id: call.id(),
        handle: &handle,
        person,
        address,
        name,
        is_self,
        statement,
    };
    let id = nominations::add(conn, &new, now)?;
    Ok(nominations::by_id(conn, id)?)
}

/// Last part of a candidate's address: the name as far as letters go, and six random signs, so that equal names and names
/// in other scripts have addresses of their own.
fn handle(app: &App, name: &str) -> AppResult<String> {
    const SIGNS: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyz";
    let mut words = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            words.push(c);
        } else if !words.is_empty() && !words.ends_with('-') {
            words.push('-');
        }
        if words.len() >= 40 {
            break;
        }
    }
    let words = words.trim_matches('-');
    let start = if words.is_empty() { "candidate" } else { words };
    let random: [u8; 6] = app.random()?;
    let tail: String = random
        .iter()
        .filter_map(|b| SIGNS.get(usize::from(*b) % SIGNS.len()))
        .map(|b| char::from(*b))
        .collect();
    Ok(format!("{start}-{tail}"))
}

fn support(
    conn: &mut Conn,
    app: &App,
    nomination: &Nomination,
    by: &Nominator,
    wanted: &Wanted,
    role: SupportRole,
    now: Utc,
) -> AppResult<()> {
    let lookup = accounts::address_lookup(&by.address);
    if let Some(known) = supports::of_supporter(conn, nomination.id, by.person, &lookup)? {
        let texts = (wanted.employer.as_str(), wanted.words.as_str());
        supports::give(conn, known.id, by.person, texts, now)?;
        return Ok(());
    }
    if let Some(person) = by.person {
        let given = supports::of_person(conn, person)?;
        let mut here = 0;
        for one in given.iter().take(4 * MOST) {
            here += usize::from(
                nominations::by_id(conn, one.nomination_id)?.election_id == nomination.election_id,
            );
        }
        if here >= MOST {
            return Err(AppError::conflict(format!(
                "One person can nominate or support {MOST} people at most."
            )));
        }
    }
    let public_id = app.public_id()?;
    let new = NewSupport {
        public_id: &public_id,
        nomination: nomination.id,
        person: by.person,
        name: &by.name,
        address: &by.address,
        role,
        state: SupportState::Given,
        employer: &wanted.employer,
        words: &wanted.words,
    };
    supports::add(conn, &new, now)?;
    Ok(())
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
