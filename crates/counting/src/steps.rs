//! The explanation of a count: typed steps, and the sentences they become.

use serde::{Deserialize, Serialize};

use crate::amount::{Amount, Ratio};
use crate::outcome::{CandidateId, Counts, InvalidReason, Tie, TiePlace, TieRule, Transfer};

/// What a total is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Votes.
    Votes,
    /// Points.
    Points,
}

impl Unit {
    fn of(self, a: Amount) -> String {
        let one = a == Amount::whole(1);
        match (self, one) {
            (Unit::Votes, true) => format!("{a} vote"),
            (Unit::Votes, false) => format!("{a} votes"),
            (Unit::Points, true) => format!("{a} point"),
            (Unit::Points, false) => format!("{a} points"),
        }
    }
}

/// One step of a count. Numbers decide; names appear only in [`Step::sentence`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// The ballots at hand.
    Ballots(Counts),
    /// Invalid ballots of one kind.
    Invalid {
        /// Why.
        reason: InvalidReason,
        /// How many.
        count: u64,
    },
    /// Candidates removed before the count.
    Withdrawn {
        /// Who.
        candidates: Vec<CandidateId>,
    },
    /// Nobody cast a valid vote.
    NoVotes,
    /// There are no more candidates than seats.
    AllElected {
        /// Seats to fill.
        seats: usize,
        /// Candidates standing.
        standing: usize,
    },
    /// A method with one winner was given several seats.
    OneWinner {
        /// Seats asked for.
        seats: usize,
    },
    /// Sums per candidate, highest first.
    Totals {
        /// What was added.
        unit: Unit,
        /// Candidate and sum.
        totals: Vec<(CandidateId, Amount)>,
    },
    /// A tie and how it was resolved.
    Tie(Tie),
    /// Passed over because of a cap.
    GroupFull {
        /// Who.
        candidate: CandidateId,
        /// The group that is full.
        group: String,
        /// Most elected from one group.
        cap: usize,
    },
    /// The result.
    Elected {
        /// Winners in order.
        candidates: Vec<CandidateId>,
        /// Seats that stay empty.
        empty: usize,
    },
    /// Quorum of a yes or no vote.
    Quorum {
        /// Ballots cast.
        cast: u64,
        /// The part required.
        required: Ratio,
        /// Of how many electors; `None` when the quorum is a plain number.
        eligible: Option<u64>,
        /// More than, rather than at least.
        strict: bool,
        /// Reached.
        met: bool,
    },
    /// Threshold of a yes or no vote.
    Threshold {
        /// Votes for.
        yes: u64,
        /// Votes against.
        no: u64,
        /// Abstentions.
        abstain: u64,
        /// What the threshold is taken of.
        base: u64,
        /// The part required.
        threshold: Ratio,
        /// More than, rather than at least.
        strict: bool,
        /// Reached.
        met: bool,
    },
    /// The answer of a yes or no vote.
    Decision {
        /// Passed.
        passed: bool,
    },
}

/// Names joined as in a sentence: "Ana", "Ana and Bo", "Ana, Bo and Cy".
pub(crate) fn list(names: &[String], who: &[CandidateId]) -> String {
    let all: Vec<&str> = who.iter().map(|&c| name(names, c)).collect();
    match all.split_last() {
        None => "nobody".to_owned(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

pub(crate) fn name(names: &[String], c: CandidateId) -> &str {
    names.get(c).map_or("?", String::as_str)
}

pub(crate) fn plural(n: u64, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

impl Step {
    /// The step as a plain sentence, with these names.
    pub fn sentence(&self, names: &[String]) -> String {
        match self {
            Step::Ballots(c) => ballots(c),
            Step::Invalid { reason, count } => {
                format!("{} {} could not be counted.", plural(*count, "ballot", "ballots"), reason.words())
            }
            Step::Withdrawn { candidates } => {
                format!(
                    "{} withdrew before the count; ballots pass to the next preference.",
                    list(names, candidates)
                )
            }
            Step::NoVotes => "There are no votes to count.".to_owned(),
            Step::AllElected { seats, standing } => format!(
                "{} for {}: all who stand are elected.",
                plural(*standing as u64, "candidate stands", "candidates stand"),
                plural(*seats as u64, "seat", "seats")
            ),
            Step::OneWinner { seats } => {
                format!("This method elects one; the other {} stay empty.", seats.saturating_sub(1))
            }
            Step::Totals { unit, totals } => {
                let parts: Vec<String> =
                    totals.iter().map(|(c, a)| format!("{} {}", name(names, *c), unit.of(*a))).collect();
                format!("Totals: {}.", parts.join(", "))
            }
            Step::Tie(t) => tie(names, t),
            Step::GroupFull { candidate, group, cap } => format!(
                "{} is passed over: {cap} elected already belong to {group}, and that is the limit.",
                name(names, *candidate)
            ),
            Step::Elected { candidates, empty } => elected(names, candidates, *empty),
            Step::Quorum { cast, required, eligible, strict, met } => {
                let than = if *strict { "more than" } else { "at least" };
                let of = eligible.map_or_else(|| " ballots".to_owned(), |e| format!(" of {e} electors"));
                let met = if *met { "is met" } else { "is not met" };
                format!(
                    "{} cast; the quorum of {than} {required}{of} {met}.",
                    plural(*cast, "ballot was", "ballots were")
                )
            }
            Step::Threshold { yes, no, abstain, base, threshold, strict, met } => {
                let than = if *strict { "more than" } else { "at least" };
                let met = if *met { "which is reached" } else { "which is not reached" };
                format!(
                    "{yes} voted yes, {no} no and {abstain} abstained; needed is {than} {threshold} of {base}, {met}."
                )
            }
            Step::Decision { passed: true } => "The proposal passes.".to_owned(),
            Step::Decision { passed: false } => "The proposal fails.".to_owned(),
        }
    }
}

fn ballots(c: &Counts) -> String {
    let Some(cast) = c.cast else {
        return "Only the totals are known, not the single ballots.".to_owned();
    };
    let mut text = match c.eligible {
        Some(e) => format!("{} of {e} electors cast a ballot", cast),
        None => format!("{} cast", plural(cast, "ballot was", "ballots were")),
    };
    if let Some(valid) = c.valid {
        text += &format!(": {valid} count");
        text += &format!(", {} blank, {} invalid", c.blank.unwrap_or(0), c.invalid.unwrap_or(0));
    } else if let Some(blank) = c.blank {
        text += &format!(", {blank} of them blank");
    }
    text + "."
}

fn elected(names: &[String], winners: &[CandidateId], empty: usize) -> String {
    let mut text = match winners {
        [] => "Nobody is elected.".to_owned(),
        [one] => format!("{} is elected.", name(names, *one)),
        many => format!("{} are elected, in this order.", list(names, many)),
    };
    if empty > 0 && !winners.is_empty() {
        text += &format!(" {} empty.", plural(empty as u64, "seat stays", "seats stay"));
    }
    text
}

fn tie(names: &[String], t: &Tie) -> String {
    let who = list(names, &t.tied);
    let picked = list(names, &t.picked);
    let place = match t.place {
        TiePlace::LastSeat => "across the last seat",
        TiePlace::Order => "which matters only for the order",
        TiePlace::Finalist => "for a place in the runoff",
        TiePlace::Runoff => "in the runoff",
        TiePlace::Exclusion => "for last place",
        TiePlace::Surplus => "for whose surplus moves first",
        TiePlace::CastingVote => "at the end, for the casting vote",
        TiePlace::Majorities => "with majorities of equal strength",
    };
    let why = match t.by {
        TieRule::HeadToHead => "preferences among the tied decide",
        TieRule::Score => "the higher total of points decides",
        TieRule::FiveStar => "the number of highest scores decides",
        TieRule::EarlierRound => "the most recent round in which they differ decides",
        TieRule::EarlierStage => "the most recent stage in which they differ decides",
        TieRule::Number => "the order of the candidates' numbers decides",
        TieRule::Lot => "the lot decides",
    };
    let does = match (t.place, t.picked.len()) {
        (TiePlace::Exclusion, _) => "goes out",
        (_, 0 | 1) => "goes first",
        _ => "go first",
    };
    format!("{who} are level {place}; {why}: {picked} {does}.")
}

/// Transfers in words, largest first: "5 to Ana, 2 to Bo, 1 without a further preference".
#[allow(dead_code)]
pub(crate) fn transfers(names: &[String], moved: &[Transfer]) -> String {
    let mut sorted = moved.to_vec();
    sorted.sort_by(|a, b| b.votes.cmp(&a.votes).then(a.to.is_none().cmp(&b.to.is_none())));
    let parts: Vec<String> = sorted
        .iter()
        .map(|t| match t.to {
            Some(c) => format!("{} to {}", t.votes, name(names, c)),
            None => format!("{} without a further preference", t.votes),
        })
        .collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}
