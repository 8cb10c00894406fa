//! Decisions that a count waits for.

use folkmoot_counting::lot;
use folkmoot_governance::seats::{Departure, Refill};
use folkmoot_store::elections::{Election, ballot_box};
use folkmoot_store::{Conn, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Facts, find, moved, refuse, settings};
use crate::app::App;
use crate::approvals::{Approvable, Consent};
use crate::auth::permission::Action;
use crate::elections::close;
use crate::elections::decisions::{self, Record};
use crate::elections::results::{self, Count, LotSeed};
use crate::elections::seating::{self, Agreement, GivenUp};
use crate::elections::settings::{ElectionSettings, QuestionSettings};
use crate::error::{AppError, AppResult};

/// A decision that a count waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeCount {
    /// Readable part of the election's address.
    pub election: String,
    /// What to do.
    pub change: CountChange,
}

/// What can be decided about a count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CountChange {
    /// Count although so few ballots were cast that the result may show how somebody voted.
    AllowSmallCount {
        /// Ballots to count.
        ballots: u64,
    },
    /// What the body decided to which the missing quorum was referred.
    Referral {
        /// Count after all; otherwise void.
        count: bool,
    },
    /// The public value that completes the seed of the lot.
    Lot {
        /// Exactly as published.
        public_value: String,
    },
    /// Tied candidates agreed.
    Agreement {
        /// The question, from 0.
        question: usize,
        /// Candidates by number, best first.
        order: Vec<usize>,
    },
    /// Somebody elected does not take the seat.
    GiveUp {
        /// The question, from 0.
        question: usize,
        /// The candidate by number.
        candidate: usize,
        /// The seat they move to, empty when they withdraw.
        moves_to: String,
        /// Who moves up how.
        refill: Refill,
    },
}

/// The value before the vote that enters the seed of lots.
#[must_use]
pub fn committed(election: &Election, settings: &ElectionSettings) -> String {
    match settings.ties.committed.as_str() {
        "" => election.election_hash.clone().unwrap_or_default(),
        text => text.to_owned(),
    }
}

/// The seed that a public value gives.
///
/// # Errors
/// `Conflict` before the ballot box is closed.
pub fn seed(
    conn: &mut Conn,
    election: &Election,
    settings: &ElectionSettings,
    public_value: &str,
) -> AppResult<LotSeed> {
    let height = ballot_box::height_of(conn, election.id, "EndBallots")?;
    let height =
        height.ok_or_else(|| AppError::conflict("A lot is drawn after the ballot box is closed."))?;
    let event = ballot_box::event_at(conn, election.id, height)?.ok_or_else(AppError::not_found)?;
    let committed = committed(election, settings);
    let seed = lot::seed(&event.event_hash, &committed, public_value);
    Ok(LotSeed { ballot_box: event.event_hash, committed, public_value: public_value.to_owned(), seed })
}

fn question(settings: &ElectionSettings, index: usize) -> AppResult<&QuestionSettings> {
    settings.questions.get(index).ok_or_else(AppError::not_found)
}

fn name(question: &QuestionSettings, candidate: usize) -> AppResult<String> {
    Ok(question.answers.get(candidate).ok_or_else(AppError::not_found)?.name.clone())
}

impl CountChange {
    fn facts(&self, conn: &mut Conn, election: &Election, settings: &ElectionSettings) -> AppResult<Facts> {
        let line = |a: &str, b: String| (a.to_owned(), b);
        Ok(match self {
            Self::AllowSmallCount { ballots } => vec![
                line(
                    "What",
                    format!("Count {ballots} ballots, fewer than the {} announced.", settings.least_counted),
                ),
                line("Risk", "With so few ballots the result can show how somebody voted.".into()),
            ],
            Self::Referral { count: true } => {
                vec![line(
                    "What",
                    "Open the ballots and count them although the quorum was not reached.".into(),
                )]
            }
            Self::Referral { count: false } => {
                vec![line("What", "Void. The ballots stay sealed and are never opened.".into())]
            }
            Self::Lot { public_value } => {
                let lot = seed(conn, election, settings, public_value)?;
                let mut facts = vec![
                    line("Announced public value", settings.ties.public_value.clone()),
                    line("Value as published", public_value.clone()),
                    line("Seed", lot.seed.clone()),
                ];
                for q in &settings.questions {
                    let order = lot::order(&lot.seed, q.answers.len());
                    let names: Vec<String> =
                        order.into_iter().map(|c| name(q, c)).collect::<AppResult<_>>()?;
                    facts.push(line(&format!("Order of luck: {}", q.title), names.join(", ")));
                }
                facts
            }
            Self::Agreement { question: index, order } => {
                let q = question(settings, *index)?;
                let names: Vec<String> = order.iter().map(|c| name(q, *c)).collect::<AppResult<_>>()?;
                vec![line("Question", q.title.clone()), line("Agreed order, best first", names.join(", "))]
            }
            Self::GiveUp { question: index, candidate, moves_to, refill } => {
                let q = question(settings, *index)?;
                let why = match moves_to.as_str() {
                    "" => "does not take the seat".to_owned(),
                    seat => format!("moves to: {seat}"),
                };
                let how = match refill {
                    Refill::ShiftByRank => "Everybody behind moves up a place.",
                    Refill::TakeVacatedSeat => "The next in rank takes the seat; nobody else moves.",
                };
                vec![
                    line("Question", q.title.clone()),
                    line("Who", format!("{} {why}", name(q, *candidate)?)),
                    line("Then", how.into()),
                ]
                .into_iter()
                .chain(seating::counts_again(q).then(|| {
                    let again = "The ballots are counted again without them; nobody else loses a seat.";
                    line("Who is next", again.into())
                }))
                .collect()
            }
        })
    }

    fn check(&self, conn: &mut Conn, election: &Election, settings: &ElectionSettings) -> AppResult<()> {
        let state = election.state.as_str();
        match self {
            Self::AllowSmallCount { ballots } => {
                let counted = close::quorum(conn, election, settings)?.reading.counted;
                if state != "closed" || !close::is_too_small(conn, election, settings)? {
                    return refuse("This count does not wait for such a decision.");
                }
                if counted != *ballots {
                    return refuse("The number of ballots is another one. Propose it again.");
                }
                Ok(())
            }
            Self::Referral { count } => {
                if state != "referred" {
                    return refuse("Nothing was referred to a body, or it has decided already.");
                }
                let empty = close::quorum(conn, election, settings)?.reading.counted == 0;
                if *count && empty { refuse("There is no ballot to count.") } else { Ok(()) }
            }
            Self::Lot { .. } | Self::Agreement { .. } => self.check_tie(conn, election, settings),
            Self::GiveUp { question: index, candidate, .. } => {
                if state != "allocated" {
                    return refuse("Seats are given up after the count and before the announcement.");
                }
                let stored = results::stored(conn, election.id)?;
                let allocation = stored.get(*index).and_then(|d| d.allocation.as_ref());
                let seats = allocation.map(|a| a.seats.as_slice()).unwrap_or_default();
                if let Some(why) = seating::no_refill(question(settings, *index)?) {
                    return refuse(why);
                }
                let holds = seats.iter().any(|s| seating::number(&s.candidate) == Some(*candidate));
                if holds { Ok(()) } else { refuse("This candidate has no seat to give up.") }
            }
        }
    }

    fn check_tie(&self, conn: &mut Conn, election: &Election, settings: &ElectionSettings) -> AppResult<()> {
        if election.state != "counted" {
            return refuse("No tie waits for a decision.");
        }
        let Count::Tied(tied) = results::count(conn, election)? else {
            return refuse("No tie waits for a decision.");
        };
        match self {
            Self::Lot { public_value } if public_value.trim() != public_value || public_value.is_empty() => {
                refuse("Enter the public value exactly as it was published, without spaces around it.")
            }
            Self::Lot { .. } if records_of(conn, election.id, decisions::LOT)? => {
                refuse("The lot of this election is drawn already.")
            }
            Self::Agreement { .. } if !settings.ties.agreement => {
                refuse("It was not announced that candidates may agree. Draw the lot.")
            }
            Self::Agreement { question: index, order } => {
                let fits = |t: &seating::Unresolved| {
                    let (mut a, mut b) = (t.tied.clone(), order.clone());
                    a.sort_unstable();
                    b.sort_unstable();
                    t.question == *index && a == b
                };
                if tied.iter().any(fits) {
                    Ok(())
                } else {
                    refuse("The order has to hold each of the tied candidates once, and nobody else.")
                }
            }
            _ => Ok(()),
        }
    }

    fn apply(
        &self,
        conn: &mut Conn,
        (election, settings): (&Election, &ElectionSettings),
        consent: &Consent,
        now: Utc,
    ) -> AppResult<()> {
        let reason = consent.reason.as_str();
        let note = |conn: &mut Conn, kind, details: Value| {
            let what = Record { kind, reason, details, public: true };
            decisions::record(conn, election, &what, Some(consent), now)
        };
        match self {
            Self::AllowSmallCount { ballots } => {
                note(conn, decisions::SMALL_COUNT, json!({ "ballots": ballots }))
            }
            Self::Referral { count } => {
                note(conn, decisions::REFERRAL, json!({ "count": count }))?;
                moved(conn, election, if *count { "closed" } else { "void" })
            }
            Self::Lot { public_value } => {
                let lot = seed(conn, election, settings, public_value)?;
                note(conn, decisions::LOT, as_json(&lot)?)?;
                results::count_or_note(conn, election.id, now)
            }
            Self::Agreement { question, order } => {
                let agreed =
                    Agreement { question: *question, order: order.clone(), reason: reason.to_owned() };
                note(conn, decisions::AGREEMENT, as_json(&agreed)?)?;
                results::count_or_note(conn, election.id, now)
            }
            Self::GiveUp { question, candidate, moves_to, refill } => {
                let why = match moves_to.as_str() {
                    "" => Departure::Withdrew,
                    seat => Departure::MovedTo(seat.to_owned()),
                };
                let (question, candidate, refill) = (*question, *candidate, *refill);
                note(conn, decisions::DEPARTURE, as_json(&GivenUp { question, candidate, why, refill })?)?;
                results::count_again(conn, election, now)
            }
        }
    }
}

fn as_json<T: Serialize>(value: &T) -> AppResult<Value> {
    serde_json::to_value(value).map_err(AppError::internal)
}

fn records_of(conn: &mut Conn, election: i64, kind: &str) -> AppResult<bool> {
    Ok(decisions::last::<Value>(conn, election, kind)?.is_some())
}

impl Approvable for ChangeCount {
    const KIND: &'static str = "election.change_count";
    const TITLE: &'static str = "Decide what a count waits for";
    const PROPOSE: Action = Action::RunElections;
    const APPROVE: Action = Action::RunElections;

    fn object(&self) -> String {
        format!("election {}", self.election)
    }

    fn page(&self) -> String {
        format!("/staff/elections/{}/count", self.election)
    }

    fn facts(&self, conn: &mut Conn) -> AppResult<Facts> {
        let election = find(conn, &self.election)?;
        let mut facts = vec![("Election".to_owned(), election.title.clone())];
        facts.extend(self.change.facts(conn, &election, &settings(&election)?)?);
        Ok(facts)
    }

    fn check(&self, conn: &mut Conn, _app: &App, _now: Utc) -> AppResult<()> {
        let election = find(conn, &self.election)?;
        self.change.check(conn, &election, &settings(&election)?)
    }

    fn apply(&self, conn: &mut Conn, app: &App, consent: &Consent, now: Utc) -> AppResult<()> {
        self.check(conn, app, now)?;
        let election = find(conn, &self.election)?;
        self.change.apply(conn, (&election, &settings(&election)?), consent, now)?;
        let details = json!({ "change": self.change });
        audit::append(conn, &consent.act("election.change_count", self.object(), details), now)?;
        Ok(())
    }
}
