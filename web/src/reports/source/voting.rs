//! Elections, candidates, turnout and results.

use chrono::Datelike;
use folkmoot_governance::deadline::MilestoneKind;
use folkmoot_reports::Query;
use folkmoot_store::elections::{self, Election, roll};
use folkmoot_store::nominations::supports::{self, SupportRole};
use folkmoot_store::nominations::{self as calls, Nomination, NominationState, Review};
use folkmoot_store::report_rows;
use serde_json::{Value, json};

use super::{Rows, Source, day, minute};
use crate::elections::preparation::plan::Plan;
use crate::elections::preparation::schedule;
use crate::elections::results::{self, Decision};
use crate::elections::settings::{ElectionSettings, QuestionKind, QuestionSettings};
use crate::elections::{publish, seating};
use crate::error::{AppResult, Kind};
use crate::nominations::announce;
use crate::nominations::rules::Call;
use crate::nominations::statement::Statement;

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

impl Source<'_> {
    /// Those a filter asks for, so that a report about one election reads one.
    fn chosen(&mut self, query: &Query) -> AppResult<Vec<Election>> {
        let all = elections::list(self.conn)?;
        let asked = query.filters.iter().filter(|filter| filter.column == "election");
        let conditions: Vec<_> = asked.map(|filter| &filter.condition).collect();
        let fits =
            |election: &Election| conditions.iter().all(|c| c.holds(&Value::from(election.slug.as_str())));
        Ok(all.into_iter().filter(fits).collect())
    }

    pub(super) fn all_elections(&mut self) -> Rows {
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
            let plan = Plan::of(self.conn, election.id)?;
            let milestones = elections::milestone_history(self.conn, election.id)?;
            let in_force = |kind: MilestoneKind| {
                let mine = milestones.iter().filter(|m| m.kind == schedule::key(&kind));
                mine.max_by_key(|m| m.version).map(|m| minute(m.instant))
            };
            let log = match results::is_public(&election) {
                true => elections::ballot_box::log_state(self.conn, election.id)?,
                false => None,
            };
            rows.push(json!({
                "kind": plan.map(|plan| plan.preset.name()), "nominations_open": in_force(MilestoneKind::NominationsOpen),
                "nominations_close": in_force(MilestoneKind::NominationsClose), "fingerprint": election.election_hash,
                "log_root": log.map(|state| state.root),
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

    pub(super) fn turnout(&mut self, query: &Query) -> Rows {
        let mut rows = Vec::new();
        for election in self.chosen(query)? {
            let days = report_rows::turnout(self.conn, &election)?;
            rows.extend(days.into_iter().map(|t| {
                json!({"election": election.slug, "tier": t.tier, "day": t.day.to_string(), "eligible": t.eligible, "cast": t.cast})
            }));
        }
        Ok(rows)
    }

    pub(super) fn funnel(&mut self, query: &Query) -> Rows {
        let mut rows = Vec::new();
        for election in self.chosen(query)? {
            let stages = report_rows::funnel(self.conn, &election)?;
            rows.extend(stages.into_iter().map(|(tier, stage, step, people)| {
                json!({"election": election.slug, "tier": tier, "stage": stage, "step": step, "people": people})
            }));
        }
        Ok(rows)
    }

    pub(super) fn roll(&mut self, query: &Query) -> Rows {
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

    /// Counted results that everybody may see.
    pub(super) fn results(&mut self, query: &Query) -> Rows {
        let mut rows = Vec::new();
        for election in self.chosen(query)? {
            if !results::is_public(&election) {
                continue;
            }
            let settings: Option<ElectionSettings> = serde_json::from_str(&election.settings).ok();
            let questions = settings.map(|s| s.questions).unwrap_or_default();
            for (number, decision) in results::stored(self.conn, election.id)?.iter().enumerate() {
                rows.extend(decided(&election, questions.get(number), decision));
            }
        }
        Ok(rows)
    }

    /// Nominations to candidacies. Who was nominated is told of those alone whom the public sees as candidates.
    pub(super) fn nominations(&mut self, query: &Query) -> Rows {
        let mut rows = Vec::new();
        for election in self.chosen(query)? {
            let call = match Call::by_id(self.conn, election.id) {
                Ok(call) => call,
                Err(error) if matches!(error.kind, Kind::NotFound) => continue,
                Err(error) => return Err(error),
            };
            let announced = call.is_announced(self.conn, self.now)?;
            let supports = supports::of_election(self.conn, election.id)?;
            for one in calls::of_election(self.conn, election.id)? {
                if one.state == NominationState::Merged {
                    continue;
                }
                let by =
                    supports.iter().filter(|s| s.nomination_id == one.id && s.role != SupportRole::Endorser);
                let by: Vec<&str> = by.map(|s| s.name.as_str()).collect();
                rows.push(nomination(&election, &one, announced && announce::is_public(&one), &by)?);
            }
        }
        Ok(rows)
    }

    pub(super) fn participation(&mut self) -> Rows {
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

/// A nomination; with name, texts and nominators where the public sees the candidate.
fn nomination(election: &Election, one: &Nomination, is_public: bool, by: &[&str]) -> AppResult<Value> {
    let status = match (one.state, one.review) {
        (NominationState::Withdrawn, _) => "withdrawn",
        (NominationState::Declined, _) => "declined",
        (NominationState::Expired, _) => "expired",
        (_, Review::Ineligible) => "ineligible",
        (NominationState::Accepted, _) => "accepted",
        _ => "open",
    };
    let accepted = one.answered_at.filter(|_| matches!(status, "accepted" | "ineligible"));
    let mut row = json!({
        "election": election.slug, "status": status, "received": day(one.created_at), "accepted": accepted.map(day),
    });
    if is_public && let Some(fields) = row.as_object_mut() {
        let statement: Statement = one.statement.parse()?;
        let mut firms: Vec<&str> = statement.affiliations.iter().map(|a| a.organisation.as_str()).collect();
        firms.dedup();
        let words = statement.sections.iter().map(|s| s.text.split_whitespace().count()).sum::<usize>()
            + statement.summary.split_whitespace().count();
        fields.insert("candidate".into(), json!(one.name));
        fields.insert("affiliation".into(), json!(Some(firms.join(", ")).filter(|text| !text.is_empty())));
        fields.insert("words".into(), json!(words));
        fields.insert("nominator".into(), json!(Some(by.join(", ")).filter(|text| !text.is_empty())));
    }
    Ok(row)
}

/// The rows of one question.
fn decided(election: &Election, question: Option<&QuestionSettings>, decision: &Decision) -> Vec<Value> {
    let is_motion = question.is_some_and(|q| matches!(q.kind, QuestionKind::YesNoAbstain { .. }));
    let order = |at: usize| match &decision.outcome {
        Some(outcome) => outcome.order.get(at).copied().unwrap_or(at),
        None => at,
    };
    let row = |(at, row): (usize, &results::Row)| {
        let number = order(at);
        let answer = question.and_then(|q| q.answers.get(number));
        let firms =
            answer.map(|a| a.affiliations.iter().map(|f| f.organisation.as_str()).collect::<Vec<_>>());
        let mut skipped = decision.allocation.iter().flat_map(|a| &a.skipped);
        let skipped = skipped.rfind(|s| seating::number(&s.candidate) == Some(number));
        let ineligible = answer.map(|a| a.ineligible.clone()).filter(|reason| !reason.is_empty());
        let reason = skipped
            .map(|s| format!("more with {} than the limit allows", s.organisation.as_str()))
            .filter(|_| !row.won)
            .or(ineligible);
        let outcome = match (is_motion, row.won) {
            (true, true) if at == 0 => Some("accepted"),
            (true, true) => Some("rejected"),
            (true, false) => None,
            (false, true) => Some("elected"),
            (false, false) if answer.is_some_and(|a| a.withdrawn) => Some("withdrawn"),
            (false, false) if reason.is_some() => Some("excluded"),
            (false, false) => Some("not elected"),
        };
        let mut told = json!({
            "election": election.slug, "question": decision.title, "candidate": row.name, "votes": row.votes, "place": at + 1,
            "outcome": outcome, "reason": reason,
            "affiliation": firms.map(|firms| firms.join(", ")).filter(|text| !text.is_empty()),
        });
        let mut seat = decision.allocation.iter().flat_map(|a| &a.seats);
        let seat = seat.rfind(|s| seating::number(&s.candidate) == Some(number));
        let terms = question.and_then(|q| q.seating.as_ref()).zip(election.publish_at);
        if let (Some(seat), Some((rule, announced)), Some(fields)) = (seat, terms, told.as_object_mut()) {
            let (from, to) = publish::days_of(seat, publish::first_day(rule, announced));
            fields.insert("cohort".into(), json!(seat.cohort));
            fields.insert("term_from".into(), json!(from.to_string()));
            fields.insert("term_to".into(), json!(to.map(|to| to.to_string())));
        }
        told
    };
    decision.rows.iter().enumerate().map(row).collect()
}

fn method(kind: &QuestionKind) -> String {
    match kind {
        QuestionKind::Approval { .. } => "approval".to_owned(),
        QuestionKind::YesNoAbstain { .. } => "yes or no".to_owned(),
        QuestionKind::Ranking { method, .. }
        | QuestionKind::Scores { method }
        | QuestionKind::Grades { method, .. } => method.title().to_owned(),
    }
}
