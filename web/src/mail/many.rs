//! The ledger as a file, and sending again what did not arrive after a disturbance: looked at first, then sent in one act.

use askama::Template;
use folkmoot_store::mails::{self, Mail, MailFilter, MailId, MailKind};
use folkmoot_store::{Conn, PublicId, accounts, audit};
use serde_json::{Value, json};

use super::staff::{NARROWING, VOTING_CODE, kind_words, narrowed, state_words};
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::http::export::{self, BATCH, Format};
use crate::http::flash::Flash;
use crate::http::when::when;
use crate::http::{Ctx, Form, Page, PageResult};

const COLUMNS: &[&str] = &[
    "number", "queued", "to", "person", "message", "kind", "subject", "state", "attempts", "finished",
    "error",
];

/// Mails sent again in one act.
const MOST: i64 = 1000;

/// Lines shown before it.
const SHOWN: usize = 20;

pub(super) async fn file(ctx: Ctx, form: Form) -> PageResult {
    let form = form.only(&[&NARROWING[..], &["format"]].concat())?;
    let format = Format::asked(&form)?;
    let filter = narrowed(&form);
    let (now, act) = (ctx.now(), ctx.act("mail.export", "mail ledger", json!({ "narrowed": words(&form) })));
    ctx.app()
        .write(move |c| {
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    export::download(&ctx, "mail", format, COLUMNS, move |c, before| {
        let filter = MailFilter { before: before.map(MailId), ..filter.clone() };
        let found = mails::find(c, &filter, BATCH)?;
        let full = found.len() == usize::try_from(BATCH).unwrap_or(usize::MAX);
        let next = if full { found.last().map(|m| m.id.0) } else { None };
        let mut ids: Vec<_> = found.iter().filter_map(|m| m.person_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let people = accounts::persons_with(c, &ids)?;
        let person = |m: &Mail| people.iter().find(|p| Some(p.id) == m.person_id);
        let row = |m: &Mail| {
            vec![
                Value::from(m.public_id.as_str()),
                Value::from(m.created_at.to_string()),
                Value::from(m.recipient.clone()),
                person(m).map_or(Value::Null, |p| Value::from(p.public_id.as_str())),
                Value::from(m.message.clone()),
                Value::from(m.kind.as_str()),
                Value::from(m.subject.clone()),
                Value::from(m.state.as_str()),
                Value::from(m.attempts),
                m.finished_at.map_or(Value::Null, |at| Value::from(at.to_string())),
                m.last_error.clone().map_or(Value::Null, Value::from),
            ]
        };
        Ok((found.iter().map(row).collect(), next))
    })
}

fn words(form: &Form) -> Value {
    let named = NARROWING.iter().map(|n| (*n, form.value(n))).filter(|(_, v)| !v.is_empty());
    Value::Object(named.map(|(n, v)| (n.to_owned(), Value::from(v))).collect())
}

/// What would happen to one lost mail.
enum Fate {
    /// A copy goes to this address.
    Again(String),
    /// It stays lost, for this reason.
    Stays(&'static str),
}

fn fate(c: &mut Conn, mail: &Mail) -> AppResult<Fate> {
    if mail.is_secret {
        return Ok(Fate::Stays(if mail.message == VOTING_CODE {
            "It held a voting code. While voting is open it is sent again from the pages of its election, where the codes are kept."
        } else {
            "It held a secret that is gone. The person can ask for a new one."
        }));
    }
    // A person may have changed their address since.
    let recipient = match mail.person_id {
        Some(person) => match accounts::mail_address_of(c, person)? {
            Some(address) => address,
            None => return Ok(Fate::Stays("The person has no confirmed address any more.")),
        },
        None => mail.recipient.clone(),
    };
    if mail.kind != MailKind::Account && mails::suppression(c, &recipient)?.is_some() {
        return Ok(Fate::Stays("The address is on the suppression list."));
    }
    Ok(Fate::Again(recipient))
}

struct Line {
    at: String,
    recipient: String,
    subject: String,
    kind: &'static str,
    state: (&'static str, &'static str),
    error: String,
    stays: &'static str,
}

#[derive(Template)]
#[template(path = "mail_pages/lost.html")]
struct LostPage {
    page: Page,
    form: Form,
    lines: Vec<Line>,
    again: usize,
    staying: Vec<(&'static str, usize)>,
    last: i64,
    more: bool,
}

pub(super) async fn look(ctx: Ctx) -> PageResult {
    let names = ["kind", "message", "address"];
    let form = Form::filled(names.iter().filter_map(|n| Some((*n, ctx.query(n)?))));
    let filter = narrowed(&form);
    let template = ctx
        .app()
        .read(move |c| {
            let found = mails::lost(c, &filter, MOST + 1)?;
            let (mut lines, mut again, mut staying) = (Vec::new(), 0, Vec::<(&'static str, usize)>::new());
            let most = usize::try_from(MOST).unwrap_or(usize::MAX);
            for mail in found.iter().take(most) {
                let stays = match fate(c, mail)? {
                    Fate::Again(_) => {
                        again += 1;
                        ""
                    }
                    Fate::Stays(why) => {
                        match staying.iter_mut().find(|(w, _)| *w == why) {
                            Some((_, n)) => *n += 1,
                            None => staying.push((why, 1)),
                        }
                        why
                    }
                };
                if lines.len() < SHOWN {
                    lines.push(line(mail, stays));
                }
            }
            let last = found.iter().take(most).next_back().map_or(0, |m| m.id.0);
            Ok((lines, again, staying, last, found.len() > most))
        })
        .await?;
    let (lines, again, staying, last, more) = template;
    ctx.show(&LostPage {
        page: ctx.page("Mail that did not arrive"),
        form,
        lines,
        again,
        staying,
        last,
        more,
    })
}

fn line(mail: &Mail, stays: &'static str) -> Line {
    Line {
        at: when(mail.created_at),
        recipient: mail.recipient.clone(),
        subject: mail.subject.clone(),
        kind: kind_words(mail.kind),
        state: state_words(mail.state),
        error: mail.last_error.clone().unwrap_or_default(),
        stays,
    }
}

/// Sends again what the page showed: nothing that was lost since, and nothing twice.
pub(super) async fn send(ctx: Ctx, form: Form) -> PageResult {
    let form = form.only(&["kind", "message", "address", "last", "count"])?;
    let number = |name: &str| form.value(name).parse::<i64>().unwrap_or(0);
    let (last, count) = (number("last"), number("count"));
    let filter = MailFilter { before: Some(MailId(last.saturating_add(1))), ..narrowed(&form) };
    let (app, now) = (ctx.app().clone(), ctx.now());
    let act = ctx.act("mail.resend_many", "mail ledger", json!({ "narrowed": words(&form), "count": count }));
    ctx.app()
        .write(move |c| {
            let sent = send_again(c, &app, &filter, now)?;
            if sent != count {
                return Err(AppError::conflict(
                    "The list has changed since it was shown. Nothing was sent. Look at it again.",
                ));
            }
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    let flash = if count == 1 {
        "One copy is on its way.".into()
    } else {
        format!("{count} copies are on their way.")
    };
    Ok(ctx.redirect_with("/staff/mail", &Flash::good(flash)))
}

fn send_again(c: &mut Conn, app: &App, filter: &MailFilter, now: folkmoot_store::Utc) -> AppResult<i64> {
    let mut sent = 0;
    for mail in mails::lost(c, filter, MOST)? {
        if let Fate::Again(recipient) = fate(c, &mail)? {
            let id: PublicId = app.public_id()?;
            if mails::resend(c, &mail, id, &recipient, now)?.is_some() {
                sent += 1;
            }
        }
    }
    Ok(sent)
}
