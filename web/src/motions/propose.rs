//! Proposing a motion.

use actix_web::web;
use askama::Template;
use folkmoot_governance::Explain;
use folkmoot_governance::motion::MotionState;
use folkmoot_store::bodies::{self, Body};
use folkmoot_store::motions::{self, MotionKind};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, accounts, audit, meetings};
use serde_json::json;

use super::effect::Effect;
use super::enter::{Entry, enter};
use super::settings::{KindSettings, Reach};
use super::standing::{self, At};
use crate::approvals::By;
use crate::bodies::activity;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::markdown;
use crate::routes::{Access, Route};

/// Most characters of a motion's text.
const MOST: usize = 20_000;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/bodies/{body}/motions/new", Access::SignedIn, page),
        Route::post("/bodies/{body}/motions/new", Access::SignedIn, propose),
    ]
}

struct Choice {
    value: String,
    label: String,
}

#[derive(Template)]
#[template(path = "motions/new.html")]
struct NewPage {
    page: Page,
    form: Form,
    slug: String,
    body: String,
    kind: String,
    kind_title: String,
    rule: String,
    reach: &'static str,
    about: String,
    kinds: Vec<Choice>,
    vetoed: String,
}

/// Kinds of a body that this person may propose now.
///
/// # Errors
/// A database error.
pub(super) fn open_kinds(
    conn: &mut Conn,
    body: &Body,
    person: PersonId,
    now: Utc,
) -> AppResult<Vec<(MotionKind, KindSettings)>> {
    let mut open = Vec::new();
    for kind in motions::kinds_of(conn, body.id)? {
        let settings = KindSettings::of(&kind)?;
        // What calls a meeting comes by petition only.
        if !settings.petition_meeting && may_propose(conn, body, &settings, person, now)? {
            open.push((kind, settings));
        }
    }
    Ok(open)
}

fn may_propose(
    conn: &mut Conn,
    body: &Body,
    kind: &KindSettings,
    person: PersonId,
    now: Utc,
) -> AppResult<bool> {
    if !kind.proposers.is_empty() {
        let proposers = bodies::by_slug(conn, &kind.proposers)?;
        return activity::is_entitled(conn, &proposers, person, now);
    }
    if kind.voters {
        return Ok(standing::electors(conn, body, kind, now)?.contains(&person));
    }
    activity::is_entitled(conn, body, person, now)
}

pub(super) fn about_of(conn: &mut Conn, body: &Body, kind: &KindSettings) -> AppResult<Body> {
    match kind.about.as_str() {
        "" => Ok(body.clone()),
        slug => Ok(bodies::by_slug(conn, slug)?),
    }
}

fn gather(
    conn: &mut Conn,
    page: Page,
    (slug, wanted): (&str, &str),
    form: Form,
    person: PersonId,
    now: Utc,
) -> AppResult<NewPage> {
    let body = bodies::by_slug(conn, slug)?;
    let open = open_kinds(conn, &body, person, now)?;
    if open.is_empty() {
        return Err(AppError::forbidden(
            "Only members who may propose motions to this body can do this, and it must have adopted a kind of motion.",
        ));
    }
    let chosen =
        open.iter().find(|(k, _)| k.kind == wanted).or(if open.len() == 1 { open.first() } else { None });
    let kinds = open.iter().map(|(k, s)| Choice { value: k.kind.clone(), label: s.title.clone() }).collect();
    let (kind, kind_title, rule, reach, about) = match chosen {
        Some((kind, settings)) => {
            let about = about_of(conn, &body, settings)?.name;
            (
                kind.kind.clone(),
                settings.title.clone(),
                settings.rule.sentence(),
                settings.reach.name(),
                about,
            )
        }
        None => Default::default(),
    };
    let vetoed = match PublicId::parse(form.value("veto")) {
        Some(id) => motions::by_public_id(conn, &id)?.title,
        None => String::new(),
    };
    Ok(NewPage {
        page,
        form,
        slug: body.slug,
        body: body.name,
        kind,
        kind_title,
        rule,
        reach,
        about,
        kinds,
        vetoed,
    })
}

async fn page(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, now) = (path.into_inner(), ctx.now());
    let (wanted, page) = (ctx.query("kind").unwrap_or_default(), ctx.page("Propose a motion"));
    let given = |name: &str| ctx.query(name).unwrap_or_default();
    let form = Form::filled([("veto", given("veto")), ("meeting", given("meeting"))]);
    let template =
        ctx.app().read(move |c| gather(c, page, (&slug, &wanted), form, actor.person, now)).await?;
    ctx.show(&template)
}

#[derive(Clone)]
struct Wish {
    kind: String,
    title: String,
    text: String,
    email: String,
    veto: String,
    meeting: String,
}

impl Wish {
    fn parse(form: &Form) -> Result<Self, FieldErrors> {
        let mut check = Check::new(form);
        let kind = check.text("kind", 60, "Choose what kind of motion it is.");
        let title = check.text("title", 160, "Enter a title.");
        let text = check.text("text", MOST, "Enter what shall be resolved.");
        if let Some(Err(why)) = text.as_deref().map(markdown::check) {
            check.add("text", why);
        }
        let errors = check.errors();
        match (kind, title, text) {
            (Some(kind), Some(title), Some(text)) if errors.is_empty() => Ok(Self {
                kind,
                title,
                text,
                email: form.value("email").to_owned(),
                veto: form.value("veto").to_owned(),
                meeting: form.value("meeting").to_owned(),
            }),
            _ => Err(errors),
        }
    }

    /// The effect that the form asks for, or what is wrong with it.
    fn effect(
        &self,
        conn: &mut Conn,
        body: &Body,
        kind: &KindSettings,
        now: Utc,
    ) -> AppResult<Result<Effect, FieldErrors>> {
        if let Some(id) = PublicId::parse(&self.veto) {
            return veto(conn, body, id, now);
        }
        if kind.reach == Reach::Words {
            return Ok(Ok(Effect::Nothing));
        }
        let about = about_of(conn, body, kind)?;
        let wrong = |why: &str| Ok(Err(FieldErrors::one("email", why)));
        if self.email.is_empty() {
            return match kind.reach {
                Reach::EndSeats => Ok(Ok(Effect::EndSeats { body: about.slug, person: None })),
                _ => wrong("Enter the address of the person."),
            };
        }
        let Some(person) = accounts::owner_of_address(conn, &self.email)? else {
            return wrong("Nobody with an account has confirmed this address.");
        };
        let seat = bodies::seat_of(conn, about.id, person.id, now.datetime().date_naive())?;
        match (kind.reach, seat) {
            (Reach::Seat, Some(_)) => wrong("This person sits in the body already."),
            (Reach::EndSeats, None) => wrong("This person has no seat in the body."),
            (Reach::Seat, None) => {
                Ok(Ok(Effect::Seat { body: about.slug, person: person.public_id, years: kind.seat_years }))
            }
            _ => Ok(Ok(Effect::EndSeats { body: about.slug, person: Some(person.public_id) })),
        }
    }
}

fn veto(conn: &mut Conn, body: &Body, id: PublicId, now: Utc) -> AppResult<Result<Effect, FieldErrors>> {
    let target = motions::by_public_id(conn, &id)?;
    let standing = standing::of(conn, target, now)?;
    let in_time = matches!(standing.state, At::Rule(MotionState::VetoWindow { .. }));
    if !in_time || standing.kind.veto_body != body.slug {
        return Err(AppError::conflict("This body cannot veto this motion now."));
    }
    Ok(Ok(Effect::Veto { motion: id }))
}

enum Done {
    Entered(PublicId),
    Again(Box<NewPage>),
}

async fn propose(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["kind", "title", "text", "email", "veto", "meeting"])?;
    let (slug, now, app) = (path.into_inner(), ctx.now(), ctx.app().clone());
    let (by, wanted) = (By::new(&ctx, &actor), form.value("kind").to_owned());
    let wish = match Wish::parse(&form) {
        Ok(wish) => wish,
        Err(errors) => {
            let form = form.with(errors);
            let page = ctx.page("Propose a motion").for_form(&form);
            let again =
                ctx.app().read(move |c| gather(c, page, (&slug, &wanted), form, actor.person, now)).await?;
            return ctx.show_again(&again);
        }
    };
    let page = ctx.page("Propose a motion");
    let done = ctx
        .app()
        .write(move |c| {
            let body = bodies::by_slug(c, &slug)?;
            let open = open_kinds(c, &body, by.actor.person, now)?;
            let Some((kind, settings)) = open.iter().find(|(k, _)| k.kind == wish.kind) else {
                return Err(AppError::forbidden("You cannot propose a motion of this kind to this body."));
            };
            let effect = match wish.effect(c, &body, settings, now)? {
                Ok(effect) => effect,
                Err(errors) => {
                    let form = form.clone().with(errors);
                    let page = page.clone().for_form(&form);
                    let again = gather(c, page, (&slug, &wanted), form, by.actor.person, now)?;
                    return Ok(Done::Again(Box::new(again)));
                }
            };
            let meeting = match PublicId::parse(&wish.meeting) {
                Some(id) => {
                    let meeting = meetings::by_public_id(c, &id)?;
                    if meeting.body_id != body.id || meeting.closed_at.is_some() {
                        return Err(AppError::conflict(
                            "This meeting does not take motions of this body any more.",
                        ));
                    }
                    Some(meeting.id)
                }
                None => None,
            };
            let entry = Entry {
                kind,
                title: &wish.title,
                text: &wish.text,
                effect,
                proposer: by.actor.person,
                meeting,
                petition: None,
            };
            let id = enter(c, &app, &entry, now)?;
            let details = json!({ "body": slug, "kind": wish.kind, "title": wish.title });
            audit::append(c, &by.act("motion.propose", format!("motion {id}"), details), now)?;
            Ok(Done::Entered(id))
        })
        .await?;
    match done {
        Done::Again(again) => ctx.show_again(&*again),
        Done::Entered(id) => {
            Ok(ctx.redirect_with(&format!("/motions/{id}"), &Flash::good("The motion is proposed.")))
        }
    }
}
