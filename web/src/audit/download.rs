//! The audit log as a file, narrowed as on its page. Whoever takes one leaves an entry.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use folkmoot_store::audit::{self, Entry};
use folkmoot_store::{Conn, accounts};
use serde_json::{Value, json};

use super::pages::{FIELDS, parse};
use crate::error::{AppError, AppResult};
use crate::http::export::{self, BATCH, Format, Rows};
use crate::http::{Ctx, Form, PageResult};

const COLUMNS: &[&str] =
    &["entry", "at", "person", "name", "act", "object", "details", "reference", "previous", "hash"];

pub(super) async fn file(ctx: Ctx, form: Form) -> PageResult {
    let form = form.only(&[&FIELDS[..], &["format"]].concat())?;
    let format = Format::asked(&form)?;
    let now = ctx.now();
    let narrowed: BTreeMap<String, String> = FIELDS
        .iter()
        .map(|f| ((*f).to_owned(), form.value(f).to_owned()))
        .filter(|(_, v)| !v.is_empty())
        .collect();
    let act = ctx.act("audit.export", "audit log", json!({ "narrowed": narrowed }));
    let filter = ctx
        .app()
        .write(move |c| {
            let mut filter = parse(c, &form, None)?.map_err(AppError::from)?;
            // The entry about this download stands outside of it, and so does everything after.
            filter.before = Some(audit::tail(c)?.map_or(0, |t| t.0) + 1);
            audit::append(c, &act, now)?;
            Ok(filter)
        })
        .await?;
    export::download(&ctx, "audit-log", format, COLUMNS, move |c, before| {
        let mut filter = filter.clone();
        filter.before = before.or(filter.before);
        let entries = audit::entries(c, &filter, BATCH)?;
        rows(c, entries)
    })
}

fn rows(c: &mut Conn, entries: Vec<Entry>) -> AppResult<Rows> {
    let mut ids: Vec<_> = entries.iter().filter_map(|e| e.actor).collect();
    ids.sort_unstable();
    ids.dedup();
    let people: BTreeMap<_, _> = accounts::persons_with(c, &ids)?.into_iter().map(|p| (p.id, p)).collect();
    let full = entries.len() == usize::try_from(BATCH).unwrap_or(usize::MAX);
    let next = if full { entries.last().map(|e| e.seq) } else { None };
    let row = |e: Entry| {
        let person = e.actor.and_then(|id| people.get(&id));
        let details: Value = e.details.parse().unwrap_or_else(|_| Value::from(e.details.as_str()));
        vec![
            Value::from(e.seq),
            Value::from(e.at.to_string()),
            person.map_or(Value::Null, |p| Value::from(p.public_id.as_str())),
            person.map_or(Value::Null, |p| Value::from(p.preferred_name.clone())),
            Value::from(e.action),
            Value::from(e.object),
            details,
            Value::from(e.reference),
            Value::from(hex(&e.previous)),
            Value::from(hex(&e.hash)),
        ]
    };
    Ok((entries.into_iter().map(row).collect(), next))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, b| {
        let _ = write!(text, "{b:02x}");
        text
    })
}
