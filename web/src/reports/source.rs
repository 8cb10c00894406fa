//! The datasets of reports, read from the store inside one transaction: a report sees one state of the organisation.
//!
//! What the organisation does not keep yet (awards, nominations) has no rows.

use std::collections::HashMap;

use chrono::{Datelike, TimeDelta};
use folkmoot_reports::{DataError, DataSource, Query, Row, Sink};
use folkmoot_store::elections::{self, Election, roll};
use folkmoot_store::mails::MailState;
use folkmoot_store::memberships::{Class, Membership, MembershipId};
use folkmoot_store::motions::Outcome;
use folkmoot_store::payments::Provider;
use folkmoot_store::report_rows::{self, Holder};
use folkmoot_store::{Conn, PersonId, Utc};
use serde_json::{Value, json};

use crate::elections::results::Decision;
use crate::elections::settings::{ElectionSettings, QuestionKind};

/// Rows asked of the database at a time.
const BATCH: i64 = 2_000;

/// States in which the number of ballots is final.
const CLOSED: [&str; 11] = [
    "closed",
    "quorum_ok",
    "void",
    "shuffling",
    "decrypting",
    "counted",
    "allocated",
    "certified",
    "published",
    "archived",
    "suspended",
];

/// The store as a source of rows, at an instant.
pub struct Source<'a> {
    conn: &'a mut Conn,
    now: Utc,
    money: bool,
}

impl<'a> Source<'a> {
    /// Over one transaction, without amounts of money.
    pub fn new(conn: &'a mut Conn, now: Utc) -> Self {
        Self { conn, now, money: false }
    }

    /// With amounts, for those who may see them.
    #[must_use]
    pub fn with_money(mut self, money: bool) -> Self {
        self.money = money;
        self
    }
}

impl DataSource for Source<'_> {
    fn rows(&mut self, query: &Query, sink: &mut Sink<'_>) -> Result<(), DataError> {
        match query.dataset.name {
            "members" => self.members(query, sink),
            "deliveries" => self.deliveries(query, sink),
            "audit" => self.audit(query, sink),
            name => {
                let rows = match name {
                    "dues" => self.dues(),
                    "elections" => self.all_elections(),
                    "turnout" => self.turnout(query),
                    "funnel" => self.funnel(query),
                    "roll" => self.roll(query),
                    "results" => self.results(query),
                    "payments" => self.payments(),
                    "erasures" => self.erasures(),
                    "motions" => self.motions(),
                    "nominations" | "awards" => Ok(Vec::new()),
                    "seats" => self.seats(),
                    "roster" => self.roster(),
                    "participation" => self.participation(),
                    other => return Err(DataError::Source(format!("no rows are known for {other}"))),
                };
                hand(query, sink, rows.map_err(|e| failed(&e))?)
            }
        }
    }

    fn elections(&mut self) -> Result<Vec<(String, String)>, DataError> {
        let mut all = elections::list(self.conn).map_err(|e| failed(&e))?;
        // Those that have begun before those that are to come: most reports are about what has happened.
        let now = self.now;
        let begun = |election: &Election| election.opens_at.is_some_and(|at| at <= now);
        all.sort_by_key(|election| std::cmp::Reverse((begun(election), election.opens_at, election.id)));
        Ok(all.into_iter().map(|election| (election.slug, election.title)).collect())
    }
}

type Rows = folkmoot_store::QueryResult<Vec<Value>>;

fn failed(error: &dyn std::fmt::Display) -> DataError {
    DataError::Source(error.to_string())
}

/// Hands over what meets the filters.
fn hand(query: &Query, sink: &mut Sink<'_>, rows: Vec<Value>) -> Result<(), DataError> {
    let value = |row: &Value, name: &str| row.get(name).cloned().unwrap_or(Value::Null);
    let picked: Vec<Row> = rows
        .iter()
        .filter(|row| query.meets(|name| value(row, name)))
        .map(|row| query.pick(|name| value(row, name)))
        .collect();
    sink(picked)
}

/// As a column of days holds it.
fn day(at: Utc) -> String {
    at.datetime().format("%Y-%m-%d").to_string()
}

/// As a column of instants holds it: no finer than a minute.
fn minute(at: Utc) -> String {
    at.datetime().format("%Y-%m-%dT%H:%M").to_string()
}

impl Source<'_> {
    fn members(&mut self, query: &Query, sink: &mut Sink<'_>) -> Result<(), DataError> {
        let wants = |name: &str| {
            query.columns.iter().any(|c| c.name == name) || query.filters.iter().any(|f| f.column == name)
        };
        let mut after = MembershipId(0);
        loop {
            let batch = report_rows::memberships_after(self.conn, after, BATCH).map_err(|e| failed(&e))?;
            let Some((last, ..)) = batch.last() else { return Ok(()) };
            after = last.id;
            let people: Vec<PersonId> = batch.iter().map(|(membership, ..)| membership.person_id).collect();
            let affirmed = if wants("affirmed") || wants("voting") {
                report_rows::last_affirmations(self.conn, &people).map_err(|e| failed(&e))?
            } else {
                HashMap::new()
            };
            let addresses = if wants("email") {
                report_rows::mail_addresses(self.conn, &people).map_err(|e| failed(&e))?
            } else {
                HashMap::new()
            };
            let rows = batch.iter().map(|(membership, class, holder)| {
                let person = &membership.person_id;
                self.member(membership, class, holder, affirmed.get(person).copied(), addresses.get(person))
            });
            hand(query, sink, rows.collect())?;
        }
    }

    fn member(
        &self,
        membership: &Membership,
        class: &Class,
        holder: &Holder,
        affirmed: Option<Utc>,
        address: Option<&String>,
    ) -> Value {
        let (id, name, legal_name) = holder;
        let state = membership.standing(self.now, TimeDelta::zero());
        json!({
            "tier": class.key, "status": state.as_str(), "joined": day(membership.starts_at), "expires": membership.ends_at.map(day),
            "affirmed": affirmed.map(day), "voting": class.votes && membership.is_active(self.now) && affirmed.is_some(),
            "member": id.to_string(), "name": name, "legal_name": legal_name, "email": address,
        })
    }

    fn deliveries(&mut self, query: &Query, sink: &mut Sink<'_>) -> Result<(), DataError> {
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

    fn audit(&mut self, query: &Query, sink: &mut Sink<'_>) -> Result<(), DataError> {
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

    fn dues(&mut self) -> Rows {
        let rows = report_rows::paid(self.conn)?;
        let amounts = if self.money { report_rows::amounts(self.conn)? } else { HashMap::new() };
        Ok(rows
            .into_iter()
            .map(|paid| {
                json!({
                    "tier": paid.tier, "due": day(paid.paid_at), "kind": paid.kind, "paid": day(paid.paid_at),
                    "status": if paid.returned_at.is_some() { "returned" } else { "paid" }, "member": paid.member.to_string(),
                    "amount": amounts.get(&paid.reference).map(|(amount, _)| amount),
                    "currency": amounts.get(&paid.reference).map(|(_, currency)| currency),
                })
            })
            .collect())
    }

    fn payments(&mut self) -> Rows {
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

    /// Those a filter asks for, so that a report about one election reads one.
    fn chosen(&mut self, query: &Query) -> folkmoot_store::QueryResult<Vec<Election>> {
        let all = elections::list(self.conn)?;
        let asked = query.filters.iter().filter(|filter| filter.column == "election");
        let conditions: Vec<_> = asked.map(|filter| &filter.condition).collect();
        let fits =
            |election: &Election| conditions.iter().all(|c| c.holds(&Value::from(election.slug.as_str())));
        Ok(all.into_iter().filter(fits).collect())
    }

    fn all_elections(&mut self) -> Rows {
        let mut rows = Vec::new();
        for election in elections::list(self.conn)? {
            let settings: Option<ElectionSettings> = serde_json::from_str(&election.settings).ok();
            let eligible = roll::count(self.conn, election.id)?;
            let closed = CLOSED.contains(&election.state.as_str());
            let cast =
                if closed { Some(elections::ballot_box::voters(self.conn, election.id)?) } else { None };
            let needed = settings
                .as_ref()
                .map(|s| s.quorum.needed(u64::try_from(eligible).unwrap_or(0)))
                .filter(|n| *n > 0);
            let frozen = roll::snapshots(self.conn, election.id)?.pop();
            let methods = settings
                .as_ref()
                .map(|s| s.questions.iter().map(|q| method(&q.kind)).collect::<Vec<_>>().join(", "));
            rows.push(json!({
                "election": election.slug, "title": election.title, "status": election.state,
                "opens": election.opens_at.map(minute), "closes": election.closes_at.map(minute), "announced": election.publish_at.map(minute),
                "method": methods, "seats": settings.map(|s| s.questions.iter().map(|q| q.seats).sum::<u32>()),
                "eligible": eligible, "cast": cast, "quorum_needed": needed,
                "quorum_met": needed.zip(cast).map(|(needed, cast)| u64::try_from(cast).unwrap_or(0) >= needed),
                "roll_hash": frozen.map(|snapshot| snapshot.list_hash),
            }));
        }
        Ok(rows)
    }

    fn turnout(&mut self, query: &Query) -> Rows {
        let mut rows = Vec::new();
        for election in self.chosen(query)? {
            let days = report_rows::turnout(self.conn, &election)?;
            rows.extend(days.into_iter().map(|t| {
                json!({"election": election.slug, "tier": t.tier, "day": t.day.to_string(), "eligible": t.eligible, "cast": t.cast})
            }));
        }
        Ok(rows)
    }

    fn funnel(&mut self, query: &Query) -> Rows {
        let mut rows = Vec::new();
        for election in self.chosen(query)? {
            let stages = report_rows::funnel(self.conn, &election)?;
            rows.extend(stages.into_iter().map(|(tier, stage, step, people)| {
                json!({"election": election.slug, "tier": tier, "stage": stage, "step": step, "people": people})
            }));
        }
        Ok(rows)
    }

    fn roll(&mut self, query: &Query) -> Rows {
        let mut all = elections::list(self.conn)?;
        all.sort_by_key(|election| (election.opens_at, election.id));
        let mut rows = Vec::new();
        for election in self.chosen(query)? {
            let before = all.iter().rfind(|e| e.opens_at < election.opens_at && e.id != election.id);
            let people = report_rows::roll(self.conn, &election, before)?;
            rows.extend(people.into_iter().map(|on| {
                json!({
                    "election": election.slug, "tier": on.tier, "change": on.change, "reason": on.reason,
                    "included": on.change != "removed", "name": on.name,
                })
            }));
        }
        Ok(rows)
    }

    /// Counted results whose announced instant has come.
    fn results(&mut self, query: &Query) -> Rows {
        let mut rows = Vec::new();
        for election in self.chosen(query)? {
            if election.publish_at.is_none_or(|at| at > self.now) {
                continue;
            }
            let Some((_, outcome)) = elections::results::result(self.conn, election.id)? else { continue };
            let decisions: Vec<Decision> = serde_json::from_str(&outcome).unwrap_or_default();
            for decision in decisions {
                rows.extend((1..).zip(decision.rows).map(|(place, row): (i64, _)| {
                    json!({
                        "election": election.slug, "question": decision.title, "candidate": row.name, "votes": row.votes, "place": place,
                        "outcome": if row.won { "elected" } else { "not elected" },
                    })
                }));
            }
        }
        Ok(rows)
    }

    fn seats(&mut self) -> Rows {
        let today = self.now.datetime().date_naive();
        let rows = report_rows::seats(self.conn)?;
        let affiliated = report_rows::affiliated_on(self.conn, today)?;
        Ok(rows
            .into_iter()
            .map(|one| {
                let to = one.ends_on.or(one.term_until);
                let serving = one.starts_on <= today && one.ends_on.is_none_or(|end| end >= today);
                let ended = one.ended.unwrap_or_else(|| "ended".to_owned());
                json!({
                    "body": one.body, "seat": if one.position.is_empty() { "member" } else { &one.position },
                    "cohort": Some(one.cohort).filter(|cohort| !cohort.is_empty()), "holder": one.holder,
                    "affiliation": affiliated.get(&one.person),
                    "term_from": one.starts_on.to_string(), "term_to": to.map(|to| to.to_string()),
                    "status": if serving { "serving" } else if one.starts_on > today { "coming" } else { &ended },
                })
            })
            .collect())
    }

    fn motions(&mut self) -> Rows {
        let rows = report_rows::motions(self.conn)?;
        Ok(rows
            .into_iter()
            .map(|one| {
                let (yes, no, abstain) = one.votes;
                json!({
                    "body": one.body, "number": one.number, "title": one.title, "status": motion(one.outcome),
                    "opened": one.opened_at.map(day), "closed": one.settled_at.map(day),
                    // Votes of a motion that is open are nobody's business yet.
                    "yes": one.outcome.map(|_| yes), "no": one.outcome.map(|_| no), "abstain": one.outcome.map(|_| abstain),
                })
            })
            .collect())
    }

    fn erasures(&mut self) -> Rows {
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

    fn roster(&mut self) -> Rows {
        let rows = report_rows::roster(self.conn)?;
        Ok(rows
            .into_iter()
            .map(|(class, name, membership)| {
                let status = membership.standing(self.now, TimeDelta::zero());
                json!({"award": class, "person": name, "since": membership.starts_at.datetime().year(), "status": status.as_str()})
            })
            .collect())
    }

    fn participation(&mut self) -> Rows {
        let mut by_year: std::collections::BTreeMap<i32, Vec<Election>> = Default::default();
        for election in elections::list(self.conn)? {
            if let Some(closes) = election.closes_at.filter(|_| CLOSED.contains(&election.state.as_str())) {
                by_year.entry(closes.datetime().year()).or_default().push(election);
            }
        }
        let mut rows = Vec::new();
        for (year, held) in by_year {
            let numbers = report_rows::missed(self.conn, &held)?;
            let all = i64::try_from(held.len()).unwrap_or(i64::MAX);
            rows.extend(numbers.into_iter().map(|(tier, missed, people)| {
                // Who took part at least once need not affirm for the next year.
                let credit = if missed < all { "waiver" } else { "none" };
                json!({"year": year, "tier": tier, "missed": missed, "credit": credit, "people": people})
            }));
        }
        Ok(rows)
    }
}

/// In the words of the catalogue.
fn motion(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        None => "open",
        Some(Outcome::Passed) => "carried",
        Some(Outcome::Failed | Outcome::Lapsed) => "failed",
        Some(Outcome::Withdrawn) => "withdrawn",
        Some(Outcome::Vetoed) => "void",
    }
}

/// In the words of the catalogue: what we gave up was refused.
fn delivery(state: MailState) -> &'static str {
    match state {
        MailState::Failed => "refused",
        other => other.as_str(),
    }
}

fn method_of(provider: Provider) -> &'static str {
    match provider {
        Provider::Stripe => "card",
        Provider::Offline => "transfer",
        Provider::Test | Provider::Import => "other",
    }
}

fn method(kind: &QuestionKind) -> String {
    match kind {
        QuestionKind::Approval { .. } => "approval".to_owned(),
        QuestionKind::YesNoAbstain { .. } => "yes or no".to_owned(),
        QuestionKind::Ranking { method }
        | QuestionKind::Scores { method }
        | QuestionKind::Grades { method, .. } => method.title().to_owned(),
    }
}
