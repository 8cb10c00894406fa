//! What voters will read in the mail with their code, and a test mail that an officer has to receive.

use actix_web::web;
use askama::Template;
use folkmoot_ballot::hash::Hash;
use folkmoot_store::accounts;
use serde_json::json;

use super::plan::Canary;
use super::{change, load, may_prepare, place};
use crate::auth::permission::Action;
use crate::elections::registrar::VotingCode;
use crate::elections::routes::Moment;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult};
use crate::mail::{self, Frame, Message, Recipient};
use crate::routes::{Access, Route};

crate::mail! {
    /// A test of the way of mail before an election.
    pub struct ElectionCanary {
        /// Title of the election.
        title: String,
        /// What the officer types in.
        word: String,
        /// Where.
        link: String,
    }
    message "election_canary", kind Account, secret true,
    subject "mail/election_canary/subject.txt",
    text "mail/election_canary/body.txt",
    html "mail/election_canary/body.html"
}

pub(super) fn routes() -> Vec<Route> {
    let prepare = Access::May(Action::PrepareElections);
    vec![
        Route::get("/staff/elections/{election}/messages", Access::May(Action::SeeElections), show),
        Route::post("/staff/elections/{election}/messages/test", prepare, send),
        Route::post("/staff/elections/{election}/messages/arrived", prepare, arrived),
    ]
}

#[derive(Template)]
#[template(path = "preparation/messages.html")]
struct MessagesPage {
    page: Page,
    form: Form,
    slug: String,
    subject: String,
    text: String,
    sent: String,
    arrived: String,
    may_prepare: bool,
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let page = page(&ctx, &actor, path, Form::empty()).await?;
    ctx.show(&page)
}

async fn page(ctx: &Ctx, actor: &Actor, path: web::Path<String>, form: Form) -> AppResult<MessagesPage> {
    let prepared = load(ctx, path).await?;
    let slug = prepared.election.slug;
    let code = "AAAAA-AAAAAA-AAAAA-AAAAAA";
    let sample = VotingCode {
        name: actor.name.clone(),
        title: prepared.election.title,
        link: ctx.app().link(&format!("/elections/{slug}/vote#c={code}")),
        code: code.into(),
        closes: prepared.election.closes_at.map(|at| Moment::of(at, ctx.now()).words).unwrap_or_default(),
        help: prepared.settings.help,
    };
    let organisation = ctx.app().organisation();
    let address = match organisation.postal_address.as_str() {
        "" => ctx.app().link("/"),
        postal => format!("{postal}, {}", ctx.app().link("/")),
    };
    let frame = Frame { site_name: organisation.name.clone(), address, unsubscribe: String::new() };
    let (subject, text, _) = sample.render(&frame)?;
    let canary = prepared.plan.canary;
    Ok(MessagesPage {
        page: ctx.page("Messages").for_form(&form),
        form,
        slug,
        subject: subject.trim().to_owned(),
        text: text.trim().to_owned(),
        sent: canary.as_ref().map(|c| when(c.sent_at)).unwrap_or_default(),
        arrived: canary.and_then(|c| c.arrived_at).map(when).unwrap_or_default(),
        may_prepare: may_prepare(actor),
    })
}

/// A word of eight letters that are hard to confuse.
fn word(random: [u8; 8]) -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789z";
    random.iter().filter_map(|b| LETTERS.get(usize::from(b % 32))).map(|b| char::from(*b)).collect()
}

async fn send(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (slug, person) = (path.into_inner(), actor.person);
    let word = word(ctx.app().random::<8>()?);
    change(&ctx, &actor, &slug, "election.test_mail", json!({}), move |conn, app, prepared, now| {
        let address = accounts::mail_address_of(conn, person)?
            .ok_or_else(|| AppError::conflict("Your account has no confirmed address of mail."))?;
        let message = ElectionCanary {
            title: prepared.election.title.clone(),
            word: word.clone(),
            link: app.link(&place(&prepared.election.slug, "messages")),
        };
        mail::queue(conn, app, &Recipient::person(person, address), &message, now)?;
        let word_hash = Hash::of(word.as_bytes()).hex();
        prepared.plan.canary = Some(Canary { word_hash, sent_at: now, arrived_at: None });
        Ok(())
    })
    .await?;
    let said = "The test mail is on its way to you. Type in the word it holds.";
    Ok(ctx.redirect_with(&place(&slug, "messages"), &Flash::good(said)))
}

async fn arrived(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["word"])?;
    let slug = path.clone();
    let typed = Hash::of(form.value("word").to_lowercase().as_bytes()).hex();
    let right =
        change(&ctx, &actor, &slug, "election.test_mail_arrived", json!({}), move |_, _, prepared, now| {
            match &mut prepared.plan.canary {
                Some(canary) if canary.word_hash == typed => {
                    canary.arrived_at = Some(now);
                    Ok(true)
                }
                _ => Ok(false),
            }
        })
        .await?;
    if !right {
        let why = "This is not the word of the last test mail. Look for the newest one, also in the folder for spam.";
        let page = page(&ctx, &actor, path, form.with(FieldErrors::one("word", why))).await?;
        return ctx.show_again(&page);
    }
    Ok(ctx.redirect_with(&place(&slug, "messages"), &Flash::good("The test mail arrived.")))
}
