//! Staff pages of the ledger: what was sent to whom and what became of it. Bodies are not shown: some hold secrets, and a
//! receipt would tell how far somebody took part.

use actix_web::web;
use askama::Template;
use folkmoot_store::mails::{self, Mail, MailFilter, MailId, MailKind, MailState};
use folkmoot_store::{PublicId, accounts, audit};

use crate::auth::permission::{Action, Subject, may};
use crate::elections::registrar;
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Ctx, Form, Page, PageResult, urls};

/// Mails on one page.
const PAGE: i64 = 50;

/// The message with a voting code: it is sent again by the pages of its election, not from here.
pub(super) const VOTING_CODE: &str = <registrar::VotingCode as super::Message>::NAME;

/// Fields that narrow the list.
pub(super) const NARROWING: [&str; 4] = ["state", "kind", "message", "address"];

#[derive(Template)]
#[template(path = "mail_pages/ledger.html")]
struct LedgerPage {
    page: Page,
    form: Form,
    counts: Vec<(&'static str, i64)>,
    states: Vec<Choice>,
    kinds: Vec<Choice>,
    messages: Vec<Choice>,
    lines: Vec<Line>,
    older: String,
    /// Address of the page that sends lost mails again.
    lost: String,
}

struct Choice {
    value: String,
    label: String,
}

struct Line {
    href: String,
    at: String,
    recipient: String,
    subject: String,
    state: &'static str,
    tag: &'static str,
    error: String,
}

#[derive(Template)]
#[template(path = "mail_pages/one.html")]
struct MailPage {
    page: Page,
    line: Line,
    id: PublicId,
    person: Option<String>,
    message: String,
    kind: &'static str,
    attempts: i64,
    next_try: String,
    events: Vec<(String, &'static str, String)>,
    may_resend: bool,
    is_secret: bool,
    is_code: bool,
}

pub(super) fn state_words(state: MailState) -> (&'static str, &'static str) {
    match state {
        MailState::Queued => ("Waiting", ""),
        MailState::Deferred => ("Put off", "warn"),
        MailState::Sent => ("Sent", "good"),
        MailState::Bounced => ("Came back", "bad"),
        MailState::Failed => ("Given up", "bad"),
    }
}

pub(super) fn kind_words(kind: MailKind) -> &'static str {
    match kind {
        MailKind::Account => "About the account",
        MailKind::Legal => "Notice",
        MailKind::Optional => "Optional",
    }
}

fn line(mail: &Mail) -> Line {
    let (state, tag) = state_words(mail.state);
    Line {
        href: format!("/staff/mail/{}", mail.public_id),
        at: when(mail.created_at),
        recipient: mail.recipient.clone(),
        subject: mail.subject.clone(),
        state,
        tag,
        error: mail.last_error.clone().unwrap_or_default(),
    }
}

fn choices(all: &'static str, values: impl Iterator<Item = (String, String)>) -> Vec<Choice> {
    let first = Choice { value: String::new(), label: all.into() };
    [first].into_iter().chain(values.map(|(value, label)| Choice { value, label })).collect()
}

pub(super) async fn list(ctx: Ctx) -> PageResult {
    let asked = |name: &str| ctx.query(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
    let form = Form::filled(NARROWING.iter().filter_map(|n| Some((*n, asked(n)?))));
    let mut filter = narrowed(&form);
    filter.before = asked("before").and_then(|v| v.parse().ok()).map(MailId);
    let lost = lost_address(&form);
    let (found, counts, messages) = ctx
        .app()
        .read(move |c| {
            Ok((mails::find(c, &filter, PAGE + 1)?, mails::count_by_state(c)?, mails::messages(c)?))
        })
        .await?;
    let shown = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let older = match (found.len() > shown, found.get(shown.saturating_sub(1))) {
        (true, Some(last)) => {
            let mut address = format!("/staff/mail?before={}", last.id);
            for (name, value) in form.pairs() {
                address.push_str(&format!("&{name}={}", urls::encode(value)));
            }
            address
        }
        _ => String::new(),
    };
    ctx.show(&LedgerPage {
        page: ctx.page("Mail"),
        counts: counts.into_iter().map(|(s, n)| (state_words(s).0, n)).collect(),
        states: choices(
            "Any state",
            MailState::ALL.iter().map(|s| (s.to_string(), state_words(*s).0.into())),
        ),
        kinds: choices("Any kind", MailKind::ALL.iter().map(|k| (k.to_string(), kind_words(*k).into()))),
        messages: choices("Any message", messages.into_iter().map(|m| (m.clone(), m.replace('_', " ")))),
        lines: found.iter().take(shown).map(line).collect(),
        form,
        older,
        lost,
    })
}

fn lost_address(form: &Form) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(form.pairs().filter(|(name, _)| *name != "state"));
    format!("/staff/mail/lost?{}", query.finish())
}

/// The filter a form asks for; what makes no sense narrows nothing.
pub(super) fn narrowed(form: &Form) -> MailFilter {
    let asked = |name: &str| Some(form.value(name).to_owned()).filter(|v| !v.is_empty());
    MailFilter {
        state: asked("state").and_then(|v| v.parse().ok()),
        kind: asked("kind").and_then(|v| v.parse().ok()),
        message: asked("message"),
        address: asked("address").map(|a| a.chars().take(254).collect()),
        before: None,
    }
}

fn parse(id: &str) -> Result<PublicId, AppError> {
    PublicId::parse(id).ok_or_else(AppError::not_found)
}

pub(super) async fn one(ctx: Ctx, actor: Actor, id: web::Path<String>) -> PageResult {
    let id = parse(&id)?;
    let (mail, events, person) = ctx
        .app()
        .read(move |c| {
            let mail = mails::mail(c, &id)?;
            let events = mails::entries_of(c, mail.id)?;
            let person = match mail.person_id {
                Some(id) => Some(accounts::person(c, id)?.preferred_name),
                None => None,
            };
            Ok((mail, events, person))
        })
        .await?;
    let waiting = matches!(mail.state, MailState::Queued | MailState::Deferred);
    let page = ctx.page("Mail");
    ctx.show(&MailPage {
        page,
        line: line(&mail),
        person,
        message: mail.message.replace('_', " "),
        kind: kind_words(mail.kind),
        attempts: mail.attempts,
        next_try: if waiting { when(mail.run_at) } else { String::new() },
        events: events.into_iter().map(|e| (when(e.at), event_words(e.event), e.detail)).collect(),
        may_resend: !waiting && !mail.is_secret && may(&actor, Action::ManageMail, Subject::Site).is_ok(),
        is_secret: mail.is_secret,
        is_code: mail.message == VOTING_CODE,
        id: mail.public_id,
    })
}

fn event_words(event: mails::MailEvent) -> &'static str {
    use mails::MailEvent as E;
    match event {
        E::Sent => "Accepted by the mail server",
        E::Deferred => "Put off",
        E::Failed => "Given up",
        E::Bounced => "Came back",
        E::Delayed => "Delayed on the way",
        E::Complained => "Reported as unwanted",
        E::Resent => "Sent again",
    }
}

pub(super) async fn resend(ctx: Ctx, id: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let id = parse(&id)?;
    let now = ctx.now();
    let new_id = ctx.app().public_id()?;
    let act = ctx.act("mail.resend", format!("mail {id}"), serde_json::json!({ "as": &new_id }));
    let target = format!("/staff/mail/{new_id}");
    ctx.app()
        .write(move |c| {
            let mail = mails::mail(c, &id)?;
            if matches!(mail.state, MailState::Queued | MailState::Deferred) {
                return Err(AppError::conflict("This mail is still being tried; it needs no help."));
            }
            // A person may have changed their address since.
            let address = match mail.person_id {
                Some(person) => accounts::mail_address_of(c, person)?,
                None => None,
            };
            let recipient = address.unwrap_or_else(|| mail.recipient.clone());
            if mail.kind != MailKind::Account && mails::suppression(c, &recipient)?.is_some() {
                return Err(AppError::conflict("The address is on the suppression list. Take it off first."));
            }
            mails::resend(c, &mail, new_id.clone(), &recipient, now)?.ok_or_else(|| {
                AppError::conflict(if mail.message == VOTING_CODE {
                    "This mail held a voting code. It is sent again from the page of its election."
                } else {
                    "This mail held a secret that is gone. The person can ask for a new one."
                })
            })?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&target, &Flash::good("A copy is on its way.")))
}
