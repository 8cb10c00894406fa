//! What a person wants to get, and whether their address works.

use askama::Template;
use folkmoot_store::mails::{self, MailTopic, SuppressionReason};
use folkmoot_store::{accounts, audit};

use super::unsubscribe::topic_words;
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::day;
use crate::http::{Ctx, Form, Page, PageResult};

#[derive(Template)]
#[template(path = "mail_pages/preferences.html")]
struct PreferencesPage {
    page: Page,
    form: Form,
    topics: Vec<Topic>,
    address: Option<String>,
    /// Since when and why the address is not written to; empty when it is.
    trouble: String,
    may_retry: bool,
}

struct Topic {
    value: &'static str,
    label: String,
    hint: &'static str,
}

pub(super) async fn page(ctx: Ctx, actor: Actor) -> PageResult {
    let person = actor.person;
    let (wanted, address, suppression) = ctx
        .app()
        .read(move |c| {
            let mut wanted = Vec::new();
            for topic in MailTopic::ALL {
                if mails::wants(c, person, *topic)? {
                    wanted.push(("topic", topic.as_str()));
                }
            }
            let address = accounts::mail_address_of(c, person)?;
            let suppression = match &address {
                Some(address) => mails::suppression(c, address)?,
                None => None,
            };
            Ok((wanted, address, suppression))
        })
        .await?;
    let topics = MailTopic::ALL
        .iter()
        .map(|topic| {
            let mut label = topic_words(*topic).to_owned();
            if let Some(first) = label.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            let hint = match topic {
                MailTopic::Reminders => "Sent only while something of yours is open.",
                MailTopic::Announcements | MailTopic::News => "",
            };
            Topic { value: topic.as_str(), label, hint }
        })
        .collect();
    let trouble = match &suppression {
        None => String::new(),
        Some(s) => {
            let why = match s.reason {
                SuppressionReason::Bounced => "mail to it came back",
                SuppressionReason::Complained => "mail to it was reported as unwanted",
                SuppressionReason::Staff => "staff decided so",
            };
            format!("Since {} we do not write to this address, because {why}.", day(s.created_at))
        }
    };
    let may_retry = suppression.is_some_and(|s| s.reason != SuppressionReason::Staff);
    let form = Form::filled(wanted);
    ctx.show(&PreferencesPage { page: ctx.page("Your mail"), form, topics, address, trouble, may_retry })
}

pub(super) async fn save(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["topic"])?;
    let (person, now) = (actor.person, ctx.now());
    let wanted: Vec<(MailTopic, bool)> =
        MailTopic::ALL.iter().map(|topic| (*topic, form.has("topic", topic.as_str()))).collect();
    let details = serde_json::json!({ "wanted": &wanted });
    let act = ctx.act("mail.preferences", format!("person {}", actor.public_id), details);
    ctx.app()
        .write(move |c| {
            let mut changed = false;
            for (topic, wanted) in &wanted {
                changed |= mails::set_wanted(c, person, *topic, *wanted, now)?;
            }
            if changed {
                audit::append(c, &act, now)?;
            }
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/account/mail", &Flash::good("Your choice is saved.")))
}

/// The person says that their address works again.
pub(super) async fn retry(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    form.only(&[])?;
    let (person, now) = (actor.person, ctx.now());
    let act = ctx.act("mail.unsuppress", format!("person {}", actor.public_id), serde_json::json!({}));
    ctx.app()
        .write(move |c| {
            let address = accounts::mail_address_of(c, person)?.ok_or_else(AppError::not_found)?;
            let found = mails::suppression(c, &address)?.ok_or_else(AppError::not_found)?;
            if found.reason == SuppressionReason::Staff {
                return Err(AppError::forbidden(
                    "Staff stopped mail to this address. Write to us through the contact form.",
                ));
            }
            mails::unsuppress(c, found.id)?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/account/mail", &Flash::good("We write to this address again.")))
}
