//! STAR and multi-winner Bloc STAR (2.3).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::amount::Amount;
use crate::method::StarTies;
use crate::outcome::{Action, CandidateId, Detail, Round, Runoff, TiePlace, TieRule};
use crate::profile::Ballot;
use crate::steps::Step;
use crate::tally::Tally;
use crate::totals;

struct Star<'a> {
    ballots: Vec<&'a Ballot>,
    totals: Vec<u64>,
    /// Per candidate, ballots that give the highest score.
    top: Vec<u64>,
    ties: StarTies,
    /// Ballots counted, blank ones included.
    counted: u64,
}

/// One STAR round per seat, the winner taken out each time.
pub(crate) fn count(tally: &mut Tally<'_>, max: u32, ties: StarTies) {
    let sums = totals::add(tally, |marks| totals::score_marks(marks, max));
    let standing = tally.standing.clone();
    let profile = tally.profile;
    let ballots: Vec<&Ballot> = profile
        .ballots()
        .iter()
        .filter(|b| totals::score_marks(&totals::visible(&standing, b), max).is_none())
        .collect();
    let mut top = vec![0u64; tally.n];
    for b in &ballots {
        for (t, &m) in top.iter_mut().zip(&b.marks) {
            if u32::try_from(m) == Ok(max) {
                *t += b.count;
            }
        }
    }
    let counted = ballots.iter().map(|b| b.count).sum();
    let star = Star { ballots, totals: sums, top, ties, counted };
    let mut left = standing;
    while tally.out.winners.len() < tally.options.seats && !left.is_empty() {
        if let Some(winner) = star.round(tally, &left) {
            left.retain(|&c| c != winner);
        } else {
            break;
        }
    }
    let rest: Vec<usize> =
        tally.standing.iter().copied().filter(|c| !tally.out.winners.contains(c)).collect();
    let rest = tally.levels_by(rest, |c| Reverse(star.total(c))).into_iter().flatten();
    tally.out.order = tally.out.winners.iter().copied().chain(rest).collect();
    tally.out.ranking = tally.out.order.iter().map(|&c| vec![c]).collect();
    tally.out.detail = Detail::Totals(star.totals.iter().map(|&t| Amount::whole(t)).collect());
}

impl Star<'_> {
    fn total(&self, c: CandidateId) -> u64 {
        self.totals.get(c).copied().unwrap_or(0)
    }

    fn tops(&self, c: CandidateId) -> u64 {
        self.top.get(c).copied().unwrap_or(0)
    }

    /// Ballots that prefer `a` to `b`, and the other way round.
    fn compare(&self, a: CandidateId, b: CandidateId) -> (u64, u64) {
        let mut won = (0, 0);
        for ballot in &self.ballots {
            match ballot.marks.get(a).cmp(&ballot.marks.get(b)) {
                std::cmp::Ordering::Greater => won.0 += ballot.count,
                std::cmp::Ordering::Less => won.1 += ballot.count,
                std::cmp::Ordering::Equal => {}
            }
        }
        won
    }

    /// One round; returns its winner, elected or passed over.
    fn round(&self, tally: &mut Tally<'_>, left: &[CandidateId]) -> Option<CandidateId> {
        let number = tally.out.rounds.len() + 1;
        let votes: BTreeMap<usize, Amount> =
            left.iter().map(|&c| (c, Amount::whole(self.total(c)))).collect();
        let mut round = Round::new(Action::Star, votes);
        let sorted: Vec<usize> =
            tally.levels_by(left.to_vec(), |c| Reverse(self.total(c))).into_iter().flatten().collect();
        let points = sorted.iter().map(|&c| (c, Amount::whole(self.total(c)))).collect();
        tally.say(Step::StarScores { round: number, points });
        let winner = if let [only] = left {
            tally.say(Step::StarAlone { round: number, candidate: *only });
            *only
        } else {
            let (mut finalists, score_tie) = self.finalists(tally, &sorted, number);
            finalists.sort_unstable();
            let &[a, b] = finalists.as_slice() else { return None };
            let (for_a, for_b) = self.compare(a, b);
            let (winner, runoff_tie) = self.runoff(tally, number, (a, for_a), (b, for_b));
            let equal = self.counted - for_a - for_b;
            let loser = if winner == a { b } else { a };
            let (won, lost) = if winner == a { (for_a, for_b) } else { (for_b, for_a) };
            tally.say(Step::StarRunoff { round: number, winner, loser, won, lost, equal });
            round.tie = runoff_tie.or(score_tie);
            round.runoff = Some(Runoff {
                finalists: [a, b],
                preferred: [for_a, for_b],
                equal,
                score_tie,
                runoff_tie,
                disqualified: false,
            });
            winner
        };
        if tally.group_full(winner, &tally.out.winners) {
            tally.disqualify(winner);
            if let Some(r) = &mut round.runoff {
                r.disqualified = true;
            }
            round.excluded = Some(winner);
        } else {
            round.elected.push(winner);
            tally.out.winners.push(winner);
        }
        tally.out.rounds.push(round);
        Some(winner)
    }

    fn runoff(
        &self,
        tally: &mut Tally<'_>,
        number: usize,
        (a, for_a): (CandidateId, u64),
        (b, for_b): (CandidateId, u64),
    ) -> (CandidateId, Option<TieRule>) {
        let pick = |x: u64, y: u64| if x > y { a } else { b };
        if for_a != for_b {
            return (pick(for_a, for_b), None);
        }
        let (winner, by) = if self.total(a) != self.total(b) {
            (pick(self.total(a), self.total(b)), TieRule::Score)
        } else if self.tops(a) != self.tops(b) {
            (pick(self.tops(a), self.tops(b)), TieRule::FiveStar)
        } else {
            (tally.luckiest_first(&[a, b]).first().copied().unwrap_or(a), TieRule::Lot)
        };
        tally.tie(TiePlace::Runoff, number, vec![a, b], vec![winner], by);
        (winner, Some(by))
    }

    /// The two highest totals; a tie for the last place or both goes to the tie rules.
    fn finalists(
        &self,
        tally: &mut Tally<'_>,
        sorted: &[CandidateId],
        number: usize,
    ) -> (Vec<CandidateId>, Option<TieRule>) {
        let mut chosen: Vec<usize> = Vec::new();
        for group in sorted.chunk_by(|&a, &b| self.total(a) == self.total(b)) {
            let places = 2usize.saturating_sub(chosen.len());
            if places == 0 {
                break;
            }
            if group.len() <= places {
                chosen.extend_from_slice(group);
                continue;
            }
            let mut draw =
                Draw { star: self, advanced: Vec::new(), tied: group.to_vec(), places, by: TieRule::Lot };
            draw.settle(tally);
            let (advanced, tied) = (draw.advanced.clone(), (group.to_vec(), draw.tied.as_slice()));
            tally.tie_between(TiePlace::Finalist, number, tied, advanced, draw.by);
            chosen.extend_from_slice(&draw.advanced);
            return (chosen, Some(draw.by));
        }
        (chosen, None)
    }
}

/// A tie for places in the runoff while it is being resolved.
struct Draw<'s, 'b> {
    star: &'s Star<'b>,
    advanced: Vec<CandidateId>,
    tied: Vec<CandidateId>,
    places: usize,
    by: TieRule,
}

impl Draw<'_, '_> {
    fn settle(&mut self, tally: &Tally<'_>) {
        let star = self.star;
        match star.ties {
            StarTies::Official => {
                self.drop_worst(TieRule::HeadToHead, |c, tied| {
                    tied.iter()
                        .filter(|&&o| {
                            o != c && {
                                let (w, l) = star.compare(c, o);
                                w < l
                            }
                        })
                        .count() as u64
                });
                self.drop_worst(TieRule::FiveStar, |c, _| u64::MAX - star.tops(c));
            }
            StarTies::Bettervoting => {
                if let (&[a, b], 1) = (self.tied.as_slice(), self.places) {
                    let (for_a, for_b) = star.compare(a, b);
                    self.take_best(TieRule::HeadToHead, |c| if c == a { for_a } else { for_b });
                }
                self.take_best(TieRule::FiveStar, |c| star.tops(c));
            }
            StarTies::Starvote => {
                let tied = self.tied.clone();
                self.take_best(TieRule::HeadToHead, |c| {
                    tied.iter().filter(|&&o| o != c).map(|&o| star.compare(c, o).0).sum()
                });
                self.take_best(TieRule::FiveStar, |c| star.tops(c));
            }
        }
        if self.places > 0 {
            self.by = TieRule::Lot;
            self.tied = tally.luckiest_first(&self.tied);
            self.advanced.extend(self.tied.iter().take(self.places));
            self.places = 0;
        }
    }

    /// Official rule: again and again drop those who are worst; when that leaves too few, those left advance and the
    /// dropped go on alone.
    fn drop_worst(&mut self, by: TieRule, badness: impl Fn(CandidateId, &[CandidateId]) -> u64) {
        while self.places > 0 {
            let bad: Vec<(u64, usize)> = self.tied.iter().map(|&c| (badness(c, &self.tied), c)).collect();
            let worst = bad.iter().map(|&(b, _)| b).max();
            let (dropped, kept): (Vec<_>, Vec<_>) = bad.into_iter().partition(|&(b, _)| Some(b) == worst);
            if kept.is_empty() {
                return;
            }
            let kept: Vec<usize> = kept.into_iter().map(|(_, c)| c).collect();
            if kept.len() > self.places {
                self.tied = kept;
                continue;
            }
            self.by = by;
            self.places -= kept.len();
            self.advanced.extend(kept);
            self.tied = dropped.into_iter().map(|(_, c)| c).collect();
        }
    }

    /// Best first: whole groups advance while they fit; the group that does not goes on alone.
    fn take_best(&mut self, by: TieRule, merit: impl Fn(CandidateId) -> u64) {
        if self.places == 0 {
            return;
        }
        let mut sorted: Vec<(u64, usize)> = self.tied.iter().map(|&c| (merit(c), c)).collect();
        sorted.sort_by_key(|&(m, c)| (Reverse(m), c));
        for group in sorted.chunk_by(|a, b| a.0 == b.0) {
            if group.len() > self.places {
                self.tied = group.iter().map(|&(_, c)| c).collect();
                return;
            }
            self.by = by;
            self.places -= group.len();
            self.advanced.extend(group.iter().map(|&(_, c)| c));
            if self.places == 0 {
                return;
            }
        }
    }
}
