//! Mails, the audit log, and what was erased.

use folkmoot_reports::{DataError, Query, Sink};
use folkmoot_store::mails::MailState;
use folkmoot_store::report_rows;
use serde_json::json;

use super::{BATCH, Rows, Source, day, failed, hand, minute};

impl Source<'_> {
    pub(super) fn deliveries(&mut self, query: &Query, sink: &mut Sink<'_>) -> Result<(), DataError> {
        let mut after = 0;
        loop {
            let batch = report_rows::deliveries_after(self.conn, after, BATCH).map_err(|e| failed(&e))?;
            let Some(last) = batch.last() else { return Ok(()) };
            after = last.id;
            let rows = batch.iter().map(|mail| {
                let domain = mail.recipient.rsplit('@').next().unwrap_or_default();
                json!({
                    "day": day(mail.created_at), "message": mail.message, "election": mail.election, "domain": domain,
                    "status": delivery(mail.state), "attempts": mail.attempts, "address": mail.recipient,
                })
            });
            hand(query, sink, rows.collect())?;
        }
    }

    pub(super) fn audit(&mut self, query: &Query, sink: &mut Sink<'_>) -> Result<(), DataError> {
        let mut after = 0;
        loop {
            let batch = report_rows::audit_after(self.conn, after, BATCH).map_err(|e| failed(&e))?;
            let Some(last) = batch.last() else { return Ok(()) };
            after = last.0;
            let rows = batch.iter().map(|(_, at, action, object, actor)| {
                // The kind only: identifiers of people are no business of an open column.
                let subject = object.split(' ').next().unwrap_or_default();
                json!({"at": minute(*at), "action": action, "subject": subject, "actor": actor})
            });
            hand(query, sink, rows.collect())?;
        }
    }

    pub(super) fn erasures(&mut self) -> Rows {
        let rows = report_rows::erasures(self.conn)?;
        Ok(rows
            .into_iter()
            .map(|(at, granted)| {
                let (act, reason) = if granted {
                    ("erased", "asked for by the person")
                } else {
                    ("kept", "the request was refused with a reason")
                };
                json!({
                    "on": day(at), "policy": "right to erasure", "kind": "person", "records": 1, "act": act, "reason": reason,
                })
            })
            .collect())
    }
}

/// In the words of the catalogue: what we gave up was refused.
fn delivery(state: MailState) -> &'static str {
    match state {
        MailState::Failed => "refused",
        other => other.as_str(),
    }
}
