//! Members and payments.

use std::collections::HashMap;

use chrono::TimeDelta;
use folkmoot_reports::{DataError, Query, Sink};
use folkmoot_store::PersonId;
use folkmoot_store::memberships::{Class, Membership, MembershipId};
use folkmoot_store::payments::Provider;
use folkmoot_store::report_rows::{self, Holder};
use serde_json::{Value, json};

use super::{BATCH, Rows, Source, day, failed, hand, wants};
use crate::error::AppResult;

/// What is read beside the memberships of a batch, as far as the question looks at it.
#[derive(Default)]
struct Beside {
    affirmed: HashMap<PersonId, folkmoot_store::Utc>,
    addresses: HashMap<PersonId, String>,
    renewed: HashMap<(PersonId, folkmoot_store::memberships::ClassId), folkmoot_store::Utc>,
}

impl Source<'_> {
    pub(super) fn members(&mut self, query: &Query, sink: &mut Sink<'_>) -> Result<(), DataError> {
        let mut affiliated = HashMap::new();
        if wants(query, "affiliation") {
            let today = self.now.datetime().date_naive();
            affiliated = report_rows::affiliated_on(self.conn, today).map_err(|e| failed(&e))?;
        }
        let mut after = MembershipId(0);
        loop {
            let batch = report_rows::memberships_after(self.conn, after, BATCH).map_err(|e| failed(&e))?;
            let Some((last, ..)) = batch.last() else { return Ok(()) };
            after = last.id;
            let people: Vec<PersonId> = batch.iter().map(|(membership, ..)| membership.person_id).collect();
            let beside = self.beside(query, &people).map_err(|e| failed(&e))?;
            let rows = batch.iter().map(|(membership, class, holder)| {
                let affiliation = affiliated.get(&membership.person_id);
                self.member(membership, class, holder, &beside, affiliation)
            });
            hand(query, sink, rows.collect())?;
        }
    }

    fn beside(&mut self, query: &Query, people: &[PersonId]) -> AppResult<Beside> {
        let mut beside = Beside::default();
        if wants(query, "affirmed") || wants(query, "voting") {
            beside.affirmed = report_rows::last_affirmations(self.conn, people)?;
        }
        if wants(query, "email") {
            beside.addresses = report_rows::mail_addresses(self.conn, people)?;
        }
        if wants(query, "renewed") {
            beside.renewed = report_rows::last_renewals(self.conn, people)?;
        }
        Ok(beside)
    }

    fn member(
        &self,
        membership: &Membership,
        class: &Class,
        holder: &Holder,
        beside: &Beside,
        affiliation: Option<&String>,
    ) -> Value {
        let (id, name, legal_name) = holder;
        let person = membership.person_id;
        let state = membership.standing(self.now, TimeDelta::zero());
        let affirmed = beside.affirmed.get(&person).copied();
        json!({
            "tier": class.key, "status": state.as_str(), "joined": day(membership.starts_at), "expires": membership.ends_at.map(day),
            "renewed": beside.renewed.get(&(person, class.id)).copied().map(day), "source": membership.source.as_str(),
            "affirmed": affirmed.map(day), "voting": class.votes && membership.is_active(self.now) && affirmed.is_some(),
            "member": id.to_string(), "name": name, "legal_name": legal_name, "email": beside.addresses.get(&person),
            "affiliation": affiliation,
        })
    }

    pub(super) fn payments(&mut self) -> Rows {
        let rows = if self.money { report_rows::money(self.conn)? } else { Vec::new() };
        Ok(rows
            .into_iter()
            .map(|one| {
                json!({
                    "received": day(one.occurred_at), "purpose": if one.amount < 0 { "refund" } else { "dues" },
                    "amount": one.amount, "currency": one.currency, "method": method_of(one.provider),
                    "status": one.state.as_str(), "payer": one.payer, "reference": one.reference,
                })
            })
            .collect())
    }
}

fn method_of(provider: Provider) -> &'static str {
    match provider {
        Provider::Stripe => "card",
        Provider::Offline => "transfer",
        Provider::Test | Provider::Import => "other",
    }
}
