//! Policies that have no module of their own.

use serde::{Deserialize, Serialize};

use crate::deadline::{TimeOfDay, ZonePolicy};
use crate::seats::{Refill, SeatGroup};
use crate::words::{self, Explain};
use crate::{BodyId, ClassId};

/// `electorate(classes, …)`: who votes for a body. What each class needs besides is said by other policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElectoratePolicy {
    /// The body.
    pub body: BodyId,
    /// Classes with the vote, in the order in which a person holding several is entered.
    pub classes: Vec<VotingClass>,
}

/// A class with the vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VotingClass {
    /// The class.
    pub class: ClassId,
    /// Whether `dues` must be paid.
    #[serde(default)]
    pub dues: bool,
    /// Whether `certify` applies.
    #[serde(default)]
    pub certify: bool,
    /// For life (Fellow): `fellow_quorum_base` applies, `missed_votes` does not.
    #[serde(default)]
    pub for_life: bool,
}

/// A voting method. Names agree with those of the counting rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The most votes, one per voter.
    Plurality,
    /// The most approvals.
    Approval,
    /// Yes, no, abstain; needs a threshold.
    Majority,
    /// The highest sum of scores.
    Score {
        /// Highest score.
        highest: u32,
    },
    /// Scores, then a runoff of the two best, once per seat.
    BlocStar {
        /// Highest score.
        highest: u32,
        /// Which tie rules of the score round.
        ties: StarTies,
    },
    /// Instant runoff.
    Irv,
    /// Single transferable vote.
    Stv,
    /// Condorcet by strongest paths.
    Schulze,
    /// Condorcet by locked majorities.
    RankedPairs,
    /// Only somebody who beats every other wins (PEP 8001).
    CondorcetWinner,
    /// Debian's procedure with a default option.
    Debian,
    /// Sum of ranks.
    Borda,
    /// Best median grade.
    MajorityJudgment,
}

/// Tie rules of STAR's score round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StarTies {
    /// As the software that PEP 13 elections use.
    Bettervoting,
    /// As the published protocol.
    Official,
    /// As the program `starvote`.
    Starvote,
}

/// `method(name, seats, max)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodPolicy {
    /// The method.
    pub method: Method,
    /// Seats; `None` when they come from the cohorts that are due, or there are none.
    pub seats: Option<u32>,
    /// Most choices of a voter (approvals or ranks), where limited.
    pub max_choices: Option<u32>,
    /// Whether every option must be ranked.
    #[serde(default)]
    pub rank_all: bool,
    /// Whether “further discussion” is an option.
    #[serde(default)]
    pub further_discussion: bool,
}

/// One attempt to resolve a tie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TieStep {
    /// The tied agree. May fail.
    Agreement,
    /// Another vote among the tied. May tie again.
    Rerun {
        /// Days of voting.
        days: u32,
    },
    /// A lot that anybody can reproduce. Always decides.
    VerifiableLot,
    /// A body decides. Always decides.
    Body(BodyId),
    /// An officer adds a vote. Always decides.
    CastingVote {
        /// Which officer.
        officer: String,
    },
}

/// `tie(…)`: attempts in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TiePolicy {
    /// The attempts; the last one always decides.
    pub steps: Vec<TieStep>,
}

/// `term(years, by_rank, cohort)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatingPolicy {
    /// Seats in the order in which the best are seated, with cohorts and lengths.
    pub groups: Vec<SeatGroup>,
    /// Whether rank decides the cohort (the longest terms to the most votes).
    pub by_rank: bool,
    /// Size of the whole body.
    pub body_size: u32,
}

/// Until when the next in rank follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// Until the seat is taken.
    Seating,
    /// Until so many days after.
    Days(u32),
    /// Until the next election.
    NextElection,
}

/// `next_in_rank(until)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextInRankPolicy {
    /// Until when.
    pub until: Until,
    /// How.
    pub refill: Refill,
}

/// `deadline_zone(zone, default time)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineZonePolicy {
    /// The zone.
    pub zone: ZonePolicy,
    /// The time offered first.
    pub time: TimeOfDay,
}

/// `retention(kind, period)`: how long one kind of record is kept after the election.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionRule {
    /// Kind of record, for example `participation`.
    pub kind: String,
    /// Months; `None` for ever.
    pub months: Option<u32>,
}

impl Method {
    /// The name in a sentence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plurality => "plurality",
            Self::Approval => "approval voting",
            Self::Majority => "yes, no or abstain",
            Self::Score { .. } => "score voting",
            Self::BlocStar { .. } => "Multi-winner Bloc STAR",
            Self::Irv => "instant runoff",
            Self::Stv => "single transferable vote",
            Self::Schulze => "the Schulze method",
            Self::RankedPairs => "ranked pairs",
            Self::CondorcetWinner => "strict Condorcet winner",
            Self::Debian => "Debian's procedure",
            Self::Borda => "Borda count",
            Self::MajorityJudgment => "Majority Judgment",
        }
    }

    /// Whether the method fills one seat only.
    #[must_use]
    pub const fn is_single(self) -> bool {
        matches!(self, Self::Irv | Self::CondorcetWinner | Self::Debian)
    }

    /// Whether ballots are shuffled one by one before decryption, as the method needs more than totals.
    #[must_use]
    pub const fn needs_shuffle(self) -> bool {
        !matches!(self, Self::Plurality | Self::Approval | Self::Majority | Self::Score { .. })
    }
}

impl TieStep {
    /// Whether it always decides.
    #[must_use]
    pub const fn always_decides(&self) -> bool {
        matches!(self, Self::VerifiableLot | Self::Body(_) | Self::CastingVote { .. })
    }

    fn clause(&self) -> String {
        match self {
            Self::Agreement => "by agreement of the tied".into(),
            Self::Rerun { days } => {
                format!("by another vote among the tied of {}", words::count((*days).into(), "day", "days"))
            }
            Self::VerifiableLot => "by a lot that anybody can reproduce".into(),
            Self::Body(body) => format!("by the {body}"),
            Self::CastingVote { officer } => format!("by a vote of the {officer}"),
        }
    }
}

impl Explain for ElectoratePolicy {
    fn sentence(&self) -> String {
        let classes = words::list(self.classes.iter().map(|class| &class.class));
        format!("{classes} members vote for the {}, one vote per person.", self.body)
    }
}

impl Explain for MethodPolicy {
    fn sentence(&self) -> String {
        let mut text = format!("The method is {}", self.method.name());
        match self.method {
            Method::Score { highest } => text += &format!(" with scores from 0 to {highest}"),
            Method::BlocStar { highest, ties } => {
                let ties = match ties {
                    StarTies::Bettervoting => "the election software",
                    StarTies::Official => "the published protocol",
                    StarTies::Starvote => "the program starvote",
                };
                text += &format!(" with 0 to {highest} stars and the tie rules of {ties}");
            }
            _ => {}
        }
        if let Some(seats) = self.seats {
            text += &format!(" for {}", words::count(seats.into(), "seat", "seats"));
        }
        if let Some(max) = self.max_choices {
            text += &format!("; at most {} per voter", words::count(max.into(), "choice", "choices"));
        }
        if self.rank_all {
            text += "; every option must be ranked";
        }
        if self.further_discussion {
            text += "; “further discussion” is an option";
        }
        text + "."
    }
}

impl Explain for TiePolicy {
    fn sentence(&self) -> String {
        let steps: Vec<String> = self.steps.iter().map(TieStep::clause).collect();
        format!("Ties are resolved {}.", steps.join(", failing that "))
    }
}

impl Explain for SeatingPolicy {
    fn sentence(&self) -> String {
        let groups = words::list(self.groups.iter().map(|group| {
            let seats = words::count(group.seats.into(), "seat", "seats");
            let cohort =
                group.cohort.as_ref().map_or_else(String::new, |cohort| format!(" in cohort {cohort}"));
            match group.term {
                crate::term::TermPolicy::Years(_) => format!("{seats}{cohort} for {}", group.term.clause()),
                crate::term::TermPolicy::UntilNextElection => {
                    format!("{seats}{cohort} {}", group.term.clause())
                }
            }
        }));
        let rank = if self.by_rank { ", the first to those with the most votes" } else { "" };
        format!("Of {} in the body: {groups}{rank}.", words::count(self.body_size.into(), "seat", "seats"))
    }
}

impl Explain for NextInRankPolicy {
    fn sentence(&self) -> String {
        let until = match self.until {
            Until::Seating => "until the seats are taken".to_owned(),
            Until::Days(days) => format!("until {} after", words::count(days.into(), "day", "days")),
            Until::NextElection => "until the next election".to_owned(),
        };
        let how = match self.refill {
            Refill::ShiftByRank => "and everybody moves up",
            Refill::TakeVacatedSeat => "in the seat that became free",
        };
        format!("Whoever withdraws is followed by the next in rank {how}, {until}.")
    }
}

impl Explain for DeadlineZonePolicy {
    fn sentence(&self) -> String {
        let time = match self.time {
            TimeOfDay::EndOfDay => "the end of the day".to_owned(),
            TimeOfDay::StartOfDay => "the start of the day".to_owned(),
            time @ TimeOfDay::At(_) => time.to_string(),
        };
        let zone = match self.zone {
            ZonePolicy::AnywhereOnEarth => "Anywhere on Earth".to_owned(),
            zone => zone.to_string(),
        };
        format!("Deadlines are at {time}, {zone}, unless they say otherwise.")
    }
}

impl Explain for RetentionRule {
    fn sentence(&self) -> String {
        match self.months {
            Some(months) => {
                format!(
                    "Records of {} are kept for {}.",
                    self.kind,
                    words::count(months.into(), "month", "months")
                )
            }
            None => format!("Records of {} are kept for good.", self.kind),
        }
    }
}
