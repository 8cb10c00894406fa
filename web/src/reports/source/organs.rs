//! Bodies, their motions, awards and those who received them.

use chrono::{Datelike, TimeDelta};
use folkmoot_store::awards;
use folkmoot_store::awards::recipients::{self, RecipientState};
use folkmoot_store::motions::Outcome;
use folkmoot_store::report_rows::{self, Fate};
use serde_json::{Value, json};

use super::{Rows, Source, day};
use crate::motions::standing;

impl Source<'_> {
    pub(super) fn seats(&mut self) -> Rows {
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

    pub(super) fn motions(&mut self) -> Rows {
        let mut rows = Vec::new();
        for (body, number, motion) in report_rows::motions(self.conn)? {
            let (opened, settled, outcome) = (motion.opened_at, motion.settled_at, motion.outcome);
            let title = motion.title.clone();
            // Votes of a motion that is open are nobody's business yet; those of a secret one are its election's.
            let votes = match outcome {
                None => None,
                Some(_) => {
                    let standing = standing::among(self.conn, motion, &[], self.now)?;
                    standing.verdict().map(|_| standing.facts.ballot.votes)
                }
            };
            rows.push(json!({
                "body": body, "number": number, "title": title, "status": ended(outcome), "opened": opened.map(day),
                "closed": settled.map(day), "yes": votes.map(|v| v.yes), "no": votes.map(|v| v.no),
                "abstain": votes.map(|v| v.abstain),
            }));
        }
        Ok(rows)
    }

    pub(super) fn awards(&mut self) -> Rows {
        let rows = report_rows::awards(self.conn, self.now)?;
        let told = rows.into_iter().map(|one| {
            let decided = one.closed_at.filter(|_| matches!(one.fate, Fate::Granted | Fate::Expired));
            let received = one.created_at.datetime().date_naive();
            let days = decided.map(|at| (at.datetime().date_naive() - received).num_days());
            json!({
                "award": one.award, "round": one.round, "status": fate(one.fate), "received": received.to_string(),
                "decided": decided.map(day), "carried": one.carried, "days": days,
                "recipient": Some(one.recipients).filter(|names| !names.is_empty()),
            })
        });
        Ok(told.collect())
    }

    /// Who received awards, and people of public classes that no award brings, as far as they agreed to be named.
    pub(super) fn roster(&mut self) -> Rows {
        let programmes = awards::programmes(self.conn)?;
        let mut rows: Vec<Value> = Vec::new();
        for programme in &programmes {
            for one in recipients::announced(self.conn, programme.id, self.now)? {
                rows.push(json!({
                    "award": programme.name, "person": one.name, "since": one.year, "status": honoured(one.state),
                }));
            }
        }
        let granted = |class| programmes.iter().any(|programme| programme.class_id == Some(class));
        for (class, name, membership) in report_rows::roster(self.conn)? {
            if !granted(class.id) {
                let status = membership.standing(self.now, TimeDelta::zero());
                let since = membership.starts_at.datetime().year();
                rows.push(
                    json!({"award": class.name, "person": name, "since": since, "status": status.as_str()}),
                );
            }
        }
        Ok(rows)
    }
}

/// In the words of the catalogue.
const fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Waiting => "received",
        Fate::CarriedOver => "carried over",
        Fate::Granted => "granted",
        Fate::Expired => "expired",
        Fate::Withdrawn => "withdrawn",
    }
}

/// In the words of the catalogue.
const fn honoured(state: RecipientState) -> &'static str {
    match state {
        RecipientState::Active => "active",
        RecipientState::Emeritus => "emeritus",
        RecipientState::Deceased => "in memoriam",
    }
}

/// In the words of the catalogue.
const fn ended(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        None => "open",
        Some(Outcome::Passed) => "carried",
        Some(Outcome::Failed | Outcome::Lapsed) => "failed",
        Some(Outcome::Withdrawn) => "withdrawn",
        Some(Outcome::Vetoed) => "void",
    }
}
