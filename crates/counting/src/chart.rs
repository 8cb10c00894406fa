//! What a page needs to draw an outcome: bars, rounds with flows between them, comparisons in pairs, grades.
//!
//! Amounts are exact and written as text; the width of a bar is a whole number of parts per million, so that no
//! reader needs floating point. Every chart is also a table: the same values, row by row.

use serde::Serialize;

use crate::amount::Amount;
use crate::outcome::{Action, CandidateId, Detail, Outcome, Round, Transfer};
use crate::steps::Unit;

/// One picture of an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "chart", rename_all = "kebab-case")]
pub enum Chart {
    /// One bar per candidate or answer.
    Bars {
        /// What is counted.
        unit: Unit,
        /// Highest first; answers of a yes or no vote in their order.
        bars: Vec<Bar>,
    },
    /// Bars per round, and where votes went in between.
    Rounds {
        /// In order.
        rounds: Vec<RoundChart>,
    },
    /// One STAR round after the other: points, then the runoff.
    Runoffs {
        /// In order.
        rounds: Vec<RunoffChart>,
    },
    /// Comparisons in pairs.
    Pairs {
        /// Rows and columns, in the order of the result (those not in it last).
        order: Vec<CandidateId>,
        /// Per row and column: ballots that prefer the row's candidate.
        cells: Vec<Vec<u64>>,
    },
    /// Grades per candidate, best candidate first.
    Grades {
        /// Candidates with how often each grade was given, best grade first.
        rows: Vec<GradeRow>,
    },
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bar {
    /// Whose; `None` for votes that count for nobody.
    pub candidate: Option<CandidateId>,
    /// How much.
    pub amount: Amount,
    /// Width in parts per million of the longest bar of the chart.
    pub ppm: u64,
    /// Elected, by now or (without rounds) at all.
    pub elected: bool,
}

/// One round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoundChart {
    /// What the round did.
    pub action: Action,
    /// Candidates by number, then exhausted votes, then votes lost to rounding, the last two without a candidate.
    pub bars: Vec<Bar>,
    /// Where the quota stands, on the scale of the bars.
    pub quota_ppm: Option<u64>,
    /// Votes that moved in this round.
    pub flows: Vec<Transfer>,
    /// Elected in this round.
    pub elected: Vec<CandidateId>,
    /// Excluded in this round.
    pub excluded: Option<CandidateId>,
}

/// One STAR round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunoffChart {
    /// Points, highest first.
    pub points: Vec<Bar>,
    /// The finalists' ballots, then those that rate both alike; empty when only one candidate is left.
    pub runoff: Vec<Bar>,
    /// Who won the round.
    pub winner: Option<CandidateId>,
    /// The winner was passed over because of a cap.
    pub passed_over: bool,
}

/// The grades of one candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GradeRow {
    /// Whose.
    pub candidate: CandidateId,
    /// How often each grade was given, best first.
    pub counts: Vec<u64>,
    /// The same in parts per million of the candidate's grades.
    pub ppm: Vec<u64>,
    /// The middle grade, 1 = best.
    pub median: Option<u32>,
}

impl Outcome {
    /// What to draw.
    pub fn chart(&self) -> Chart {
        match &self.detail {
            Detail::Totals(_) if self.rounds.iter().any(|r| r.action == Action::Star) => {
                Chart::Runoffs { rounds: self.rounds.iter().map(runoff).collect() }
            }
            Detail::Totals(totals) => {
                let unit =
                    if self.settings.kind() == crate::Kind::Approvals { Unit::Votes } else { Unit::Points };
                let of = |c: CandidateId| totals.get(c).copied().unwrap_or(Amount::ZERO);
                let values = self.order.iter().map(|&c| (Some(c), of(c), self.winners.contains(&c)));
                Chart::Bars { unit, bars: bars(values.collect(), None) }
            }
            Detail::Referendum(r) => {
                let answers = [(Some(0), r.yes), (Some(1), r.no), (Some(2), r.abstain)];
                let shown = answers.into_iter().take(self.candidates.len());
                let values = shown.map(|(c, votes)| (c, Amount::whole(votes), c == Some(0) && r.passed));
                Chart::Bars { unit: Unit::Votes, bars: bars(values.collect(), None) }
            }
            Detail::Rounds | Detail::Events(_) => Chart::Rounds { rounds: self.round_charts() },
            Detail::Pairwise(p) => {
                let mut order = self.order.clone();
                order.extend(
                    (0..self.candidates.len())
                        .filter(|c| !self.order.contains(c) && !self.withdrawn.contains(c)),
                );
                let cell =
                    |a: usize, b: usize| p.matrix.get(a).and_then(|row| row.get(b)).copied().unwrap_or(0);
                let cells = order.iter().map(|&a| order.iter().map(|&b| cell(a, b)).collect()).collect();
                Chart::Pairs { order, cells }
            }
            Detail::Grades { raw, median } => {
                let row = |&c: &CandidateId| {
                    let counts = raw.get(c).cloned().unwrap_or_default();
                    let all = Amount::whole(counts.iter().sum());
                    let ppm = counts.iter().map(|&n| Amount::whole(n).ppm_of(all)).collect();
                    GradeRow { candidate: c, counts, ppm, median: median.get(c).copied().flatten() }
                };
                Chart::Grades { rows: self.order.iter().map(row).collect() }
            }
        }
    }

    fn round_charts(&self) -> Vec<RoundChart> {
        let longest = self.rounds.iter().flat_map(|r| r.votes.values().copied().chain([r.exhausted])).max();
        let longest = longest.unwrap_or(Amount::ZERO);
        let mut elected: Vec<CandidateId> = Vec::new();
        let mut out = Vec::new();
        for r in &self.rounds {
            elected.extend_from_slice(&r.elected);
            let mut values: Vec<_> =
                r.votes.iter().map(|(&c, &v)| (Some(c), v, elected.contains(&c))).collect();
            values.push((None, r.exhausted, false));
            values.extend(r.rounding.map(|lost| (None, lost, false)));
            out.push(RoundChart {
                action: r.action,
                bars: bars(values, Some(longest)),
                quota_ppm: r.quota.map(|q| q.ppm_of(longest)),
                flows: r.transfers.clone(),
                elected: r.elected.clone(),
                excluded: r.excluded,
            });
        }
        out
    }
}

fn runoff(r: &Round) -> RunoffChart {
    let winner = r.elected.first().copied().or(r.excluded);
    let mut points: Vec<_> = r.votes.iter().map(|(&c, &v)| (Some(c), v, winner == Some(c))).collect();
    points.sort_by_key(|&(c, v, _)| (std::cmp::Reverse(v), c));
    let preferred = r.runoff.map(|x| {
        let [a, b] = x.finalists;
        let [for_a, for_b] = x.preferred;
        let bar = |c: CandidateId, votes: u64| (Some(c), Amount::whole(votes), winner == Some(c));
        vec![bar(a, for_a), bar(b, for_b), (None, Amount::whole(x.equal), false)]
    });
    RunoffChart {
        points: bars(points, None),
        runoff: bars(preferred.unwrap_or_default(), None),
        winner,
        passed_over: r.excluded.is_some(),
    }
}

/// Bars on the scale of `longest`, or of the longest among them.
fn bars(values: Vec<(Option<CandidateId>, Amount, bool)>, longest: Option<Amount>) -> Vec<Bar> {
    let longest = longest.or_else(|| values.iter().map(|v| v.1).max()).unwrap_or(Amount::ZERO);
    let bar = |(candidate, amount, elected): (Option<usize>, Amount, bool)| Bar {
        candidate,
        amount,
        ppm: amount.ppm_of(longest),
        elected,
    };
    values.into_iter().map(bar).collect()
}
