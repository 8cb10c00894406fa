//! The common result of every method: who is elected, and everything needed to follow and repeat the count.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::amount::{Amount, Ratio};
use crate::method::Method;
use crate::steps::Step;

/// A candidate: the place in the list of candidates, from 0.
pub type CandidateId = usize;

/// A finished count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The settings counted with.
    pub settings: Method,
    /// Seats to fill.
    pub seats: usize,
    /// Names, for display.
    pub candidates: Vec<String>,
    /// Candidates removed before counting, by number.
    pub withdrawn: Vec<CandidateId>,
    /// Elected, in the order of the method (order of election for multi-seat STAR and STV).
    pub winners: Vec<CandidateId>,
    /// All candidates, best first. Instant runoff and STV: elected first, then the excluded, last excluded first.
    pub order: Vec<CandidateId>,
    /// The same in groups of those whom the method finds level: equal totals, Schulze, majority judgment, equal votes in
    /// one stage of a transferable vote, in ranked pairs (with [`crate::Options::rank_only`]) those whose order the locked
    /// majorities leave open; else one each.
    pub ranking: Vec<Vec<CandidateId>>,
    /// Ballots by what became of them.
    pub counts: Counts,
    /// Invalid ballots by reason.
    pub invalid: BTreeMap<InvalidReason, u64>,
    /// Rounds of methods that have them, in order.
    pub rounds: Vec<Round>,
    /// What else the method computed.
    pub detail: Detail,
    /// Every tie met and how it was resolved.
    pub ties: Vec<Tie>,
    /// A lot, or an agreement in its place, decided who is elected; for STAR, instant runoff and STV: any was needed.
    pub lot_used: bool,
    /// The order of luck that would have been or was used, luckiest first.
    pub lot: Vec<CandidateId>,
    /// Passed over because their group had reached its cap, in order; absent without groups.
    pub disqualified: Option<Vec<CandidateId>>,
    /// The count told step by step.
    pub steps: Vec<Step>,
}

/// Ballots by what became of them: cast = valid + blank + invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Entitled to vote, when known.
    pub eligible: Option<u64>,
    /// Ballots cast, invalid and blank ones included; unknown for bare totals.
    pub cast: Option<u64>,
    /// Ballots without any mark.
    pub blank: Option<u64>,
    /// Ballots that the method cannot count.
    pub invalid: Option<u64>,
    /// Ballots that count.
    pub valid: Option<u64>,
    /// Valid ballots without a continuing candidate at the end, in instant runoff; absent elsewhere, where papers
    /// can be exhausted in part (see the rounds).
    pub exhausted: Option<u64>,
}

/// Why a ballot cannot be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InvalidReason {
    /// A mark outside the values the method knows.
    OutOfRange,
    /// More choices than allowed.
    TooManyChoices,
    /// Fewer choices than required.
    TooFewChoices,
    /// A rank shared by several candidates.
    SharedRank,
    /// The first rank is shared, so that no first preference can be read.
    SharedFirstRank,
    /// Ranks that are not exactly 1, 2, 3 and so on.
    BrokenSequence,
    /// A candidate without a grade.
    MissingGrade,
    /// No mark at all where blank ballots are not allowed.
    BlankNotAllowed,
}

impl InvalidReason {
    /// The reason in words, after "ballots ...".
    pub fn words(self) -> &'static str {
        match self {
            InvalidReason::OutOfRange => "with a mark outside the allowed values",
            InvalidReason::TooManyChoices => "with more choices than allowed",
            InvalidReason::TooFewChoices => "with fewer choices than required",
            InvalidReason::SharedRank => "giving one rank to several candidates",
            InvalidReason::SharedFirstRank => "giving the first rank to several candidates",
            InvalidReason::BrokenSequence => "whose ranks are not exactly 1, 2, 3 and so on",
            InvalidReason::MissingGrade => "without a grade for every candidate",
            InvalidReason::BlankNotAllowed => "without any mark, which this vote does not allow",
        }
    }
}

/// One round or stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// What happened.
    pub action: Action,
    /// Votes (STAR: points) of the candidates that take part, after the action.
    pub votes: BTreeMap<CandidateId, Amount>,
    /// Where votes went in this round, from the candidate named in the action.
    pub transfers: Vec<Transfer>,
    /// Votes without a continuing candidate so far (Scottish rules: non-transferable).
    pub exhausted: Amount,
    /// Votes lost to rounding so far, where the method rounds.
    pub rounding: Option<Amount>,
    /// The quota in force, where there is one.
    pub quota: Option<Amount>,
    /// Votes above the quota, over all elected (Meek).
    pub surplus: Option<Amount>,
    /// Elected in this round.
    pub elected: Vec<CandidateId>,
    /// Excluded in this round.
    pub excluded: Option<CandidateId>,
    /// The last rule that broke a tie in this round.
    pub tie: Option<TieRule>,
    /// The runoff of a STAR round with two candidates or more.
    pub runoff: Option<Runoff>,
}

impl Round {
    pub(crate) fn new(action: Action, votes: BTreeMap<CandidateId, Amount>) -> Round {
        Round {
            action,
            votes,
            transfers: Vec::new(),
            exhausted: Amount::ZERO,
            rounding: None,
            quota: None,
            surplus: None,
            elected: Vec::new(),
            excluded: None,
            tie: None,
            runoff: None,
        }
    }
}

/// What a round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// First preferences counted.
    First,
    /// A surplus transferred.
    Surplus(CandidateId),
    /// A candidate excluded.
    Exclude(CandidateId),
    /// Votes counted again with what was decided before (instant runoff, Meek).
    Count,
    /// As many candidates left as seats: all elected.
    Fill,
    /// A STAR round: points, then the runoff.
    Star,
}

/// Votes moved in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Whose votes.
    pub from: CandidateId,
    /// To whom; `None` = no further preference.
    pub to: Option<CandidateId>,
    /// How many.
    pub votes: Amount,
}

/// The automatic runoff of a STAR round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runoff {
    /// The two finalists, by number.
    pub finalists: [CandidateId; 2],
    /// Ballots that prefer each.
    pub preferred: [u64; 2],
    /// Ballots that score both alike.
    pub equal: u64,
    /// The last rule that decided who became a finalist, if there was a tie.
    pub score_tie: Option<TieRule>,
    /// The last rule that decided the runoff, if it was tied.
    pub runoff_tie: Option<TieRule>,
    /// The winner was passed over because of the cap of a group.
    pub disqualified: bool,
}

/// What else a method computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// A sum per candidate (approval, plurality, score, STAR, Borda), withdrawn ones included.
    Totals(Vec<Amount>),
    /// A yes or no vote.
    Referendum(ReferendumResult),
    /// Nothing beyond the rounds.
    Rounds,
    /// The event log of Belenios' STV.
    Events(Vec<Event>),
    /// Comparisons in pairs.
    Pairwise(Pairwise),
    /// Grades.
    Grades {
        /// Per candidate, how often each grade was given, best first.
        raw: Vec<Vec<u64>>,
        /// Per candidate, the middle grade (1 = best); `None` without ballots.
        median: Vec<Option<u32>>,
    },
}

/// The numbers of a yes or no vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferendumResult {
    /// Votes for.
    pub yes: u64,
    /// Votes against.
    pub no: u64,
    /// Abstentions.
    pub abstain: u64,
    /// What the threshold is taken of.
    pub base: u64,
    /// The threshold.
    pub threshold: Ratio,
    /// Enough ballots were cast.
    pub quorum_met: bool,
    /// Enough of the base said yes.
    pub threshold_met: bool,
    /// Both.
    pub passed: bool,
}

/// An event of Belenios' STV, written as that program writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// These reach the quota, or are all that is left.
    Win(Vec<CandidateId>),
    /// The last is removed.
    Lose(CandidateId),
    /// Level at the top; the smaller number goes first.
    TieWin(Vec<CandidateId>),
    /// Level at the bottom; the larger number goes.
    TieLose(Vec<CandidateId>),
}

/// Comparisons in pairs and what the methods built on them add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairwise {
    /// `matrix[a][b]` = ballots that prefer a to b.
    pub matrix: Vec<Vec<u64>>,
    /// Who beats everybody else, if anyone.
    pub condorcet_winner: Option<CandidateId>,
    /// Schulze: strength of the strongest path as (winning, losing) votes of its weakest step; (0, 0) = none.
    pub paths: Option<Vec<Vec<(u64, u64)>>>,
    /// Ranked pairs: locked majorities, strongest first.
    pub locked: Option<Vec<(CandidateId, CandidateId)>>,
    /// Ranked pairs: majorities left out because they would close a cycle.
    pub skipped: Option<Vec<(CandidateId, CandidateId)>>,
    /// The Debian procedure.
    pub debian: Option<DebianDrops>,
}

/// What the Debian procedure dropped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DebianDrops {
    /// Options that missed the quorum.
    pub quorum: Vec<CandidateId>,
    /// Options that missed their majority over the default.
    pub majority: Vec<CandidateId>,
    /// Defeats dropped inside the Schwartz set, by number.
    pub defeats: Vec<(CandidateId, CandidateId)>,
    /// The final Schwartz set.
    pub schwartz: Vec<CandidateId>,
}

/// Which rule resolved a tie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TieRule {
    /// Preferences among the tied (STAR).
    HeadToHead,
    /// Higher total of points (STAR runoff).
    Score,
    /// More ballots with the highest score (STAR).
    FiveStar,
    /// The most recent earlier round in which they differ (instant runoff).
    EarlierRound,
    /// The most recent earlier stage in which they differ (Scottish STV).
    EarlierStage,
    /// The candidate's number: as the program that is followed does (Belenios STV), or where only the order is at stake
    /// and no lot was drawn.
    Number,
    /// The lot.
    Lot,
    /// The tied agreed.
    Agreement,
}

/// Where a tie was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TiePlace {
    /// Across the last seat.
    LastSeat,
    /// Inside the elected or the rest: it only fixes the order.
    Order,
    /// For a place in a STAR runoff.
    Finalist,
    /// In a STAR runoff.
    Runoff,
    /// For exclusion.
    Exclusion,
    /// Which surplus goes first.
    Surplus,
    /// The casting vote of the Debian procedure.
    CastingVote,
    /// Which of two equal majorities is looked at first (ranked pairs).
    Majorities,
}

/// A tie that was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tie {
    /// Where.
    pub place: TiePlace,
    /// The round, from 1; 0 for methods without rounds.
    pub round: usize,
    /// Who was level, by number.
    pub tied: Vec<CandidateId>,
    /// Who was picked: elected, advanced, transferred first; for an exclusion who was excluded.
    pub picked: Vec<CandidateId>,
    /// The rule that decided last.
    pub by: TieRule,
}

impl Outcome {
    /// The name of a candidate, for display.
    pub fn name(&self, c: CandidateId) -> &str {
        self.candidates.get(c).map_or("?", String::as_str)
    }

    /// The count in plain sentences, in order.
    pub fn explain(&self) -> Vec<String> {
        self.steps.iter().map(|s| s.sentence(&self.candidates)).collect()
    }

    /// Sums per candidate, for methods that have them.
    pub fn totals(&self) -> Option<&[Amount]> {
        match &self.detail {
            Detail::Totals(t) => Some(t),
            _ => None,
        }
    }
}
