//! Stopping optional mail with one click and without signing in (RFC 8058). The address holds its own proof; a look changes
//! nothing, because mail scanners follow links.

use actix_web::web;
use askama::Template;
use folkmoot_store::mails::{self, MailTopic};
use folkmoot_store::{PublicId, accounts, audit};

use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::http::{Ctx, Page, PageResult};

#[derive(Template)]
#[template(path = "mail_pages/unsubscribe.html")]
struct UnsubscribePage {
    page: Page,
    action: String,
    topic: &'static str,
    done: bool,
}

/// The address that stops mail about `topic` to a person.
pub(super) fn address(app: &App, person: &PublicId, topic: MailTopic) -> String {
    app.link(&path(app, person, topic))
}

fn path(app: &App, person: &PublicId, topic: MailTopic) -> String {
    format!("/unsubscribe/{person}/{topic}/{}", proof(app, person, topic))
}

fn proof(app: &App, person: &PublicId, topic: MailTopic) -> String {
    let tag = app.keys().tag("unsubscribe", format!("{person} {topic}").as_bytes());
    tag.iter().take(16).map(|b| format!("{b:02x}")).collect()
}

/// Name of a topic in a sentence.
pub(super) fn topic_words(topic: MailTopic) -> &'static str {
    match topic {
        MailTopic::Reminders => "reminders of open votes and deadlines",
        MailTopic::Announcements => "announcements of candidates, results and awards",
        MailTopic::News => "news",
    }
}

fn parse(app: &App, parts: &(String, String, String)) -> AppResult<(PublicId, MailTopic)> {
    let (person, topic, given) = parts;
    let person = PublicId::parse(person).ok_or_else(AppError::not_found)?;
    let topic: MailTopic = topic.parse().map_err(|_| AppError::not_found())?;
    let message = format!("{person} {topic}");
    let bytes: Option<Vec<u8>> =
        (0..16).map(|i| u8::from_str_radix(given.get(2 * i..2 * i + 2)?, 16).ok()).collect();
    let expected = app.keys().tag("unsubscribe", message.as_bytes());
    let fits = given.len() == 32
        && bytes.is_some_and(|b| b.iter().zip(expected).fold(0, |all, (x, y)| all | (x ^ y)) == 0);
    if fits { Ok((person, topic)) } else { Err(AppError::not_found()) }
}

fn show(ctx: &Ctx, person: &PublicId, topic: MailTopic, done: bool) -> PageResult {
    let title = if done { "This mail is stopped" } else { "Stop this mail" };
    ctx.show(&UnsubscribePage {
        page: ctx.page(title),
        action: path(ctx.app(), person, topic),
        topic: topic_words(topic),
        done,
    })
}

pub(super) async fn page(ctx: Ctx, parts: web::Path<(String, String, String)>) -> PageResult {
    let (person, topic) = parse(ctx.app(), &parts)?;
    show(&ctx, &person, topic, false)
}

/// What mail programs post, and what the button of the page posts: `List-Unsubscribe=One-Click`.
pub(super) async fn stop(ctx: Ctx, parts: web::Path<(String, String, String)>) -> PageResult {
    let (person, topic) = parse(ctx.app(), &parts)?;
    if ctx.form().value("List-Unsubscribe") != "One-Click" {
        return Err(
            crate::http::FieldErrors::one("List-Unsubscribe", "Send List-Unsubscribe=One-Click.").into()
        );
    }
    let (id, now) = (person.clone(), ctx.now());
    let act = ctx.act("mail.decline", format!("person {person}"), serde_json::json!({ "topic": topic }));
    ctx.app()
        .write(move |c| {
            let person = accounts::person_by_public_id(c, &id)?;
            if mails::set_wanted(c, person.id, topic, false, now)? {
                audit::append(c, &audit::Act { actor: Some(person.id), ..act.clone() }, now)?;
            }
            Ok(())
        })
        .await?;
    show(&ctx, &person, topic, true)
}
