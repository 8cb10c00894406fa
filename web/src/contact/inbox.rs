//! The inbox of staff: messages with their state, answers by mail, notes for colleagues.

use actix_web::web;
use askama::Template;
use folkmoot_store::contact::{self, ContactMessage, ContactState};
use folkmoot_store::{PublicId, accounts, audit};

use super::mail::ContactAnswer;
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::mail::{self, Recipient};

#[derive(Template)]
#[template(path = "contact/inbox.html")]
struct InboxPage {
    page: Page,
    done: bool,
    lines: Vec<Line>,
}

struct Line {
    href: String,
    subject: String,
    name: String,
    reference: String,
    at: String,
    state: &'static str,
    tag: &'static str,
}

#[derive(Template)]
#[template(path = "contact/one.html")]
struct MessagePage {
    page: Page,
    form: Form,
    line: Line,
    address: String,
    account: bool,
    body: String,
    replies: Vec<Reply>,
    action: String,
    is_closed: bool,
}

struct Reply {
    author: String,
    at: String,
    is_note: bool,
    body: String,
}

fn line(m: &ContactMessage) -> Line {
    let (state, tag) = match m.state {
        ContactState::New => ("New", "warn"),
        ContactState::Open => ("In work", "brand"),
        ContactState::Answered => ("Answered", "good"),
        ContactState::Closed => ("Closed", ""),
    };
    Line {
        href: format!("/staff/contact/{}", m.public_id),
        subject: m.subject.clone(),
        name: m.name.clone(),
        reference: m.reference.clone(),
        at: when(m.created_at),
        state,
        tag,
    }
}

pub(super) async fn list(ctx: Ctx) -> PageResult {
    let done = ctx.query("show").as_deref() == Some("done");
    let states: &[ContactState] = if done {
        &[ContactState::Answered, ContactState::Closed]
    } else {
        &[ContactState::New, ContactState::Open]
    };
    let found = ctx.app().read(move |c| Ok(contact::in_states(c, states, 200)?)).await?;
    ctx.show(&InboxPage { page: ctx.page("Messages"), done, lines: found.iter().map(line).collect() })
}

fn parse(id: &str) -> Result<PublicId, AppError> {
    PublicId::parse(id).ok_or_else(AppError::not_found)
}

pub(super) async fn one(ctx: Ctx, id: web::Path<String>) -> PageResult {
    show(&ctx, parse(&id)?, Form::empty()).await
}

async fn show(ctx: &Ctx, id: PublicId, form: Form) -> PageResult {
    let (message, replies) = ctx
        .app()
        .read(move |c| {
            let message = contact::message(c, &id)?;
            let mut replies = Vec::new();
            for r in contact::replies(c, message.id)? {
                let author = accounts::person(c, r.author_id)?.preferred_name;
                replies.push(Reply { author, at: when(r.created_at), is_note: r.is_note, body: r.body });
            }
            Ok((message, replies))
        })
        .await?;
    let page = ctx.page(format!("Message {}", message.reference)).for_form(&form);
    let again = page.has_errors;
    let template = MessagePage {
        page,
        form,
        line: line(&message),
        address: message.address,
        account: message.person_id.is_some(),
        body: message.body,
        replies,
        action: format!("/staff/contact/{}", message.public_id),
        is_closed: message.state == ContactState::Closed,
    };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn reply(ctx: Ctx, actor: Actor, id: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["body", "act"])?;
    let id = parse(&id)?;
    let is_note = form.value("act") == "note";
    let mut check = Check::new(&form);
    let Some(body) = check.text("body", 10_000, "Write the answer or the note.") else {
        let errors = check.errors();
        return show(&ctx, id, form.with(errors)).await;
    };
    let (app, now, target) = (ctx.app().clone(), ctx.now(), format!("/staff/contact/{id}"));
    let name = if is_note { "contact.note" } else { "contact.answer" };
    let act = ctx.act(name, format!("message {id}"), serde_json::json!({}));
    ctx.app()
        .write(move |c| {
            let message = contact::message(c, &id)?;
            contact::reply(c, message.id, actor.person, &body, is_note, now)?;
            let state = match (is_note, message.state) {
                (false, _) => ContactState::Answered,
                (true, ContactState::New) => ContactState::Open,
                (true, other) => other,
            };
            contact::set_state(c, message.id, state, now)?;
            if !is_note {
                let answer = ContactAnswer {
                    name: message.name.clone(),
                    reference: message.reference.clone(),
                    paragraphs: body.split("\n\n").map(|p| p.trim().to_owned()).collect(),
                    answer: body.clone(),
                    author: actor.name.clone(),
                    link: app.link("/contact"),
                };
                let to = Recipient { person: message.person_id, address: message.address };
                mail::queue(c, &app, &to, &answer, now)?;
            }
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    let words = if is_note { "The note is kept." } else { "The answer is on its way." };
    Ok(ctx.redirect_with(&target, &Flash::good(words)))
}

pub(super) async fn state(ctx: Ctx, id: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["state"])?;
    let id = parse(&id)?;
    let state = match form.value("state") {
        "open" => ContactState::Open,
        "closed" => ContactState::Closed,
        _ => return Err(crate::http::FieldErrors::one("state", "Choose open or closed.").into()),
    };
    let (now, target) = (ctx.now(), format!("/staff/contact/{id}"));
    let act = ctx.act("contact.state", format!("message {id}"), serde_json::json!({ "state": state }));
    ctx.app()
        .write(move |c| {
            let message = contact::message(c, &id)?;
            contact::set_state(c, message.id, state, now)?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&target, &Flash::good("The state is changed.")))
}
