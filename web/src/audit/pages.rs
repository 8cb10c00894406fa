//! The page of the audit log: newest first, narrowed by person, act, object and day, fifty entries at a time.

use std::collections::BTreeMap;

use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::audit::{self, Checkpoint, Entry, Filter};
use folkmoot_store::{Conn, PersonId, accounts};

use crate::auth::permission::Action;
use crate::error::AppResult;
use crate::http::session::Actor;
use crate::http::when::{parse_day, start_of, when};
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/staff/audit", Access::May(Action::ReadAuditLog), list),
        Route::post("/staff/audit/export", Access::May(Action::ReadAuditLog), super::download::file),
    ]
}

const PER_PAGE: i64 = 50;
pub(super) const FIELDS: [&str; 5] = ["person", "action", "object", "from", "until"];

struct Line {
    seq: i64,
    at: String,
    actor: String,
    action: String,
    object: String,
    details: String,
    reference: String,
}

#[derive(Template)]
#[template(path = "audit/list.html")]
struct AuditPage {
    page: Page,
    form: Form,
    lines: Vec<Line>,
    older: String,
    filtered: bool,
    signed: Option<(i64, String)>,
    public_key: String,
}

/// What was asked, as a filter.
pub(super) fn parse(
    conn: &mut Conn,
    form: &Form,
    before: Option<i64>,
) -> AppResult<Result<Filter, FieldErrors>> {
    let mut check = Check::new(form);
    let person = check.optional_text("person", 254).unwrap_or_default();
    let action = check.optional_text("action", 100).unwrap_or_default();
    let object = check.optional_text("object", 200).unwrap_or_default();
    let date = |t: &str| if t.is_empty() { Ok(None) } else { parse_day(t).map(|d| Some(start_of(d))) };
    let from = check.field("from", date).flatten();
    let until = check.field("until", date).flatten().map(|at| at.plus(TimeDelta::days(1)));
    let mut actor = None;
    if !person.is_empty() {
        actor = accounts::owner_of_address(conn, &person)?.map(|p| p.id);
        if actor.is_none() {
            check.add("person", "Nobody with an account has confirmed this address.");
        }
    }
    let some = |t: String| (!t.is_empty()).then_some(t);
    let filter = Filter { actor, action: some(action), object: some(object), from, until, before };
    Ok(check.finish().map(|()| filter))
}

fn lines(conn: &mut Conn, entries: Vec<Entry>) -> AppResult<Vec<Line>> {
    let mut ids: Vec<PersonId> = entries.iter().filter_map(|e| e.actor).collect();
    ids.sort_unstable();
    ids.dedup();
    let names: BTreeMap<PersonId, String> =
        accounts::persons_with(conn, &ids)?.into_iter().map(|p| (p.id, p.preferred_name)).collect();
    let line = |e: Entry| Line {
        seq: e.seq,
        at: when(e.at),
        actor: e.actor.and_then(|id| names.get(&id).cloned()).unwrap_or_else(|| "the system".to_owned()),
        action: e.action,
        object: e.object,
        details: if e.details.as_str() == "{}" { String::new() } else { e.details.as_str().to_owned() },
        reference: e.reference,
    };
    Ok(entries.into_iter().map(line).collect())
}

async fn list(ctx: Ctx, _actor: Actor) -> PageResult {
    let values = FIELDS.iter().filter_map(|f| ctx.query(f).map(|v| (*f, v)));
    let form = Form::filled(values.collect::<Vec<_>>());
    let before = ctx.query("before").and_then(|t| t.parse::<i64>().ok());
    let asked = form.clone();
    let (found, signed, errors) = ctx
        .app()
        .read(move |c| {
            let signed = audit::last_checkpoint(c)?;
            Ok(match parse(c, &asked, before)? {
                Ok(filter) => {
                    let entries = audit::entries(c, &filter, PER_PAGE + 1)?;
                    (lines(c, entries)?, signed, FieldErrors::default())
                }
                Err(errors) => (Vec::new(), signed, errors),
            })
        })
        .await?;
    show(&ctx, form.with(errors), found, signed)
}

fn show(ctx: &Ctx, form: Form, mut lines: Vec<Line>, signed: Option<Checkpoint>) -> PageResult {
    let more = lines.len() > usize::try_from(PER_PAGE).unwrap_or(usize::MAX);
    lines.truncate(usize::try_from(PER_PAGE).unwrap_or(usize::MAX));
    let older = match lines.last() {
        Some(last) if more => {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(form.pairs().filter(|(_, v)| !v.is_empty()));
            query.append_pair("before", &last.seq.to_string());
            format!("/staff/audit?{}", query.finish())
        }
        _ => String::new(),
    };
    let filtered = form.pairs().any(|(_, v)| !v.is_empty());
    let public_key = super::download::hex(ctx.app().keys().audit_public_key().as_ref());
    let signed = signed.map(|c| (c.seq, when(c.at)));
    let page = ctx.page("Audit log").for_form(&form);
    ctx.show(&AuditPage { page, form, lines, older, filtered, signed, public_key })
}
