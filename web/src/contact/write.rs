//! Writing to the organisation. Works without an account; limits keep it from being used to flood staff or strangers.

use askama::Template;
use folkmoot_store::accounts;
use folkmoot_store::contact::{self, NewContactMessage};

use super::mail::ContactReceived;
use crate::accounts::limits;
use crate::app::App;
use crate::auth::{EmailAddress, email};
use crate::error::AppResult;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::mail::{self, Recipient};

/// Longest message, in characters.
const LENGTH: usize = 5_000;

#[derive(Template)]
#[template(path = "contact/write.html")]
struct WritePage {
    page: Page,
    form: Form,
    contact: String,
}

#[derive(Template)]
#[template(path = "contact/sent.html")]
struct SentPage {
    page: Page,
    reference: String,
}

fn show(ctx: &Ctx, form: Form) -> PageResult {
    let page = ctx.page("Write to us").for_form(&form);
    let again = page.has_errors;
    let template = WritePage { page, form, contact: ctx.app().organisation().contact.clone() };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn form(ctx: Ctx) -> PageResult {
    let form = match ctx.actor() {
        None => Form::empty(),
        Some(actor) => {
            let (person, name) = (actor.person, actor.name.clone());
            let address = ctx.app().read(move |c| Ok(accounts::mail_address_of(c, person)?)).await?;
            Form::filled([("name", name), ("email", address.unwrap_or_default())])
        }
    };
    show(&ctx, form)
}

pub(super) async fn send(ctx: Ctx, form: Form) -> PageResult {
    let form = form.only(&["name", "email", "subject", "body"])?;
    let mut check = Check::new(&form);
    let name = check.field("name", email::parse_name);
    let address = check.field("email", EmailAddress::parse);
    let subject = check.text("subject", 120, "Say in a few words what it is about.");
    let body = check.text("body", LENGTH, "Write your message.");
    let (Some(name), Some(address), Some(subject), Some(body)) = (name, address, subject, body) else {
        let errors = check.errors();
        return show(&ctx, form.with(errors));
    };
    limits::contact(&ctx).await?;
    let may_mail = limits::mail(&ctx, address.as_str()).await?;
    let new = NewContactMessage {
        public_id: ctx.app().public_id()?,
        reference: reference(ctx.app())?,
        person: ctx.actor().map(|a| a.person),
        name,
        address: address.as_str().to_owned(),
        subject: subject.replace('\n', " "),
        body,
    };
    let reference = new.reference.clone();
    let (app, now) = (ctx.app().clone(), ctx.now());
    ctx.app()
        .write(move |c| {
            contact::add(c, &new, now)?;
            if may_mail {
                let message = ContactReceived { reference: new.reference.clone() };
                mail::queue(c, &app, &Recipient::address(&new.address), &message, now)?;
            }
            Ok(())
        })
        .await?;
    ctx.show(&SentPage { page: ctx.page("Your message has arrived"), reference })
}

/// Eight letters and digits that are not mistaken for each other, for example `K7QX-29BD`.
fn reference(app: &App) -> AppResult<String> {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let bytes: [u8; 8] = app.random()?;
    let letters: String =
        bytes.iter().filter_map(|b| LETTERS.get(usize::from(b % 32))).map(|b| char::from(*b)).collect();
    let (first, second) = letters.split_at_checked(4).unwrap_or((&letters, ""));
    Ok(format!("{first}-{second}"))
}
