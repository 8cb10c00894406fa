//! Steps as sentences a member understands.

use crate::amount::{Amount, Ratio};
use crate::method::MjRule;
use crate::outcome::{CandidateId, Counts, Tie, TiePlace, TieRule, Transfer};
use crate::steps::{Step, Unit, Why};

impl Unit {
    fn of(self, a: Amount) -> String {
        let (one, many) = match self {
            Unit::Votes => ("vote", "votes"),
            Unit::Points => ("point", "points"),
        };
        format!("{a} {}", if a == Amount::whole(1) { one } else { many })
    }
}

fn votes(a: Amount) -> String {
    Unit::Votes.of(a)
}

fn ballots(n: u64) -> String {
    plural(n, "ballot", "ballots")
}

/// Names joined as in a sentence: "Ana", "Ana and Bo", "Ana, Bo and Cy".
fn list(names: &[String], who: &[CandidateId]) -> String {
    let all: Vec<&str> = who.iter().map(|&c| name(names, c)).collect();
    match all.split_last() {
        None => "nobody".to_owned(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

fn name(names: &[String], c: CandidateId) -> &str {
    names.get(c).map_or("?", String::as_str)
}

fn plural(n: u64, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

fn amounts(names: &[String], all: &[(CandidateId, Amount)], unit: Option<Unit>) -> String {
    let text = |a: Amount| unit.map_or_else(|| a.to_string(), |u| u.of(a));
    let parts: Vec<String> = all.iter().map(|&(c, a)| format!("{} {}", name(names, c), text(a))).collect();
    parts.join(", ")
}

impl Step {
    /// The step as plain sentences, with these names.
    pub fn sentence(&self, names: &[String]) -> String {
        let n = |c: &CandidateId| name(names, *c);
        match self {
            Step::Ballots(c) => counted(c),
            Step::Invalid { reason, count } => {
                format!("{} {} could not be counted.", ballots(*count), reason.words())
            }
            Step::Withdrawn { candidates } => {
                // Not only those who withdrew: also those found ineligible.
                let one = candidates.len() == 1;
                let left = if one { "stands; that name is" } else { "stand; those names are" };
                format!("{} no longer {left} left out of every ballot.", list(names, candidates))
            }
            Step::Sitting { candidates, vacancies } => format!(
                "{} {} and cannot go out; the count fills {}.",
                list(names, candidates),
                if candidates.len() == 1 { "keeps the seat" } else { "keep their seats" },
                plural(*vacancies as u64, "vacancy", "vacancies")
            ),
            Step::NoVotes => "There are no votes to count.".to_owned(),
            Step::AllElected { seats, standing } => format!(
                "{} for {}: everybody who stands can be elected.",
                plural(*standing as u64, "candidate stands", "candidates stand"),
                plural(*seats as u64, "seat", "seats")
            ),
            Step::OneWinner { seats } => {
                format!("This method elects one person; the other {} of {seats} seats stay empty.", seats - 1)
            }
            Step::Totals { unit, totals } => format!("Totals: {}.", amounts(names, totals, Some(*unit))),
            Step::Tie(t) => tie(names, t),
            Step::GroupFull { candidate, group, cap, serving } => format!(
                "{} is passed over: {} from {group} {} {}elected already, and that is the limit.",
                n(candidate),
                plural(*cap as u64, "member", "members"),
                if *cap == 1 { "is" } else { "are" },
                if *serving { "in office or " } else { "" }
            ),
            Step::Elected { candidates, empty } => elected(names, candidates, *empty),
            Step::Quorum { .. } | Step::Threshold { .. } | Step::Decision { .. } => self.referendum(),
            Step::StarScores { .. } | Step::StarAlone { .. } | Step::StarRunoff { .. } => self.star(names),
            Step::Quota { .. }
            | Step::FirstPreferences { .. }
            | Step::Majority { .. }
            | Step::Excluded { .. }
            | Step::Reached { .. }
            | Step::Surplus { .. }
            | Step::Fill { .. }
            | Step::BeleniosUnconfirmed { .. } => self.transfer(names),
            _ => self.compared(names),
        }
    }

    fn referendum(&self) -> String {
        match self {
            Step::Quorum { cast, required, eligible, strict, met } => {
                let of = eligible
                    .map_or_else(|| " ballots".to_owned(), |e| format!(" of the {e} entitled to vote"));
                format!(
                    "{} cast. The quorum is {} {required}{of}: it is {}.",
                    plural(*cast, "ballot was", "ballots were"),
                    than(*strict),
                    if *met { "met" } else { "not met" }
                )
            }
            Step::Threshold { yes, no, abstain, base, threshold, strict, met } => format!(
                "{yes} voted yes, {no} no, and {abstain} abstained. To pass, yes needs {} {threshold} of {base}: {}.",
                than(*strict),
                if *met { "reached" } else { "not reached" }
            ),
            Step::Decision { passed: true } => "The proposal passes.".to_owned(),
            _ => "The proposal does not pass.".to_owned(),
        }
    }

    fn star(&self, names: &[String]) -> String {
        let n = |c: &CandidateId| name(names, *c);
        match self {
            Step::StarScores { round, points } => {
                format!("Round {round}: points are {}.", amounts(names, points, None))
            }
            Step::StarAlone { round, candidate } => format!("Round {round}: only {} is left.", n(candidate)),
            Step::StarRunoff { round, winner, loser, won, lost, equal } => format!(
                "Round {round}: in the runoff {} is preferred to {} by {} to {lost}; {equal} rate both alike. {} wins the round.",
                n(winner),
                n(loser),
                ballots(*won),
                n(winner)
            ),
            _ => String::new(),
        }
    }

    fn transfer(&self, names: &[String]) -> String {
        let n = |c: &CandidateId| name(names, *c);
        match self {
            Step::Quota { quota, valid, seats } => format!(
                "The quota is {quota}: with {} for {}, no more candidates than seats can reach it.",
                plural(*valid, "valid ballot", "valid ballots"),
                plural(*seats as u64, "seat", "seats")
            ),
            Step::FirstPreferences { votes, exhausted } => {
                let mut text = format!("First preferences: {}.", amounts(names, votes, None));
                if *exhausted > Amount::ZERO {
                    text += &format!(" {exhausted} count for nobody.");
                }
                text
            }
            Step::Majority { round, candidate, votes, continuing } => format!(
                "Round {round}: {} has {votes} of the {continuing} votes that still count, more than half.",
                n(candidate)
            ),
            Step::Excluded { round, candidate, votes: had, transfers, why } => {
                let why = match why {
                    Why::Lowest => "has the fewest votes",
                    Why::GroupFull => "cannot be elected any more",
                };
                let mut text = format!("Round {round}: {} {why} ({had}) and goes out.", n(candidate));
                if !transfers.is_empty() {
                    text += &format!(" The votes move on: {}.", moved(names, transfers));
                }
                text
            }
            Step::Reached { round, candidates, quota } => {
                let who: Vec<CandidateId> = candidates.iter().map(|&(c, _)| c).collect();
                let have: Vec<String> = candidates.iter().map(|&(_, a)| a.to_string()).collect();
                let (has, is) = if who.len() == 1 { ("reaches", "is") } else { ("reach", "are") };
                format!(
                    "Round {round}: {} {has} the quota of {quota} with {} and {is} elected.",
                    list(names, &who),
                    have.join(", ")
                )
            }
            Step::Surplus { round, candidate, surplus, transfers, rounding } => {
                let mut text = format!(
                    "Round {round}: {} has {} more than needed, which move on: {}.",
                    n(candidate),
                    votes(*surplus),
                    moved(names, transfers)
                );
                if *rounding > Amount::ZERO {
                    text += &format!(" {rounding} are lost because decimals are cut.");
                }
                text
            }
            Step::Fill { candidates, seats } => format!(
                "{} for the {}: {} {} elected.",
                plural(candidates.len() as u64, "candidate is left", "candidates are left"),
                if *seats == 1 { "one free seat".to_owned() } else { format!("{seats} free seats") },
                list(names, candidates),
                if candidates.len() == 1 { "is" } else { "are" }
            ),
            Step::BeleniosUnconfirmed { listed, seats } => format!(
                "Only {} ranked by anybody, fewer than the {seats} seats; version 2.0 of belenios-tool cannot count such ballots, so it cannot confirm this result.",
                plural(*listed as u64, "candidate is", "candidates are")
            ),
            _ => String::new(),
        }
    }

    fn compared(&self, names: &[String]) -> String {
        let n = |c: &CandidateId| name(names, *c);
        match self {
            Step::BeatsAll { candidate, closest, won, lost } => format!(
                "{} is preferred to every other candidate, one to one; closest is {} with {won} to {lost}.",
                n(candidate),
                n(closest)
            ),
            Step::NobodyBeatsAll => {
                "Nobody is preferred to every other candidate one to one, so the method has to weigh the majorities."
                    .to_owned()
            }
            Step::PathBeats { above, below, direct, forth, back } => path(names, *above, *below, *direct, *forth, *back),
            Step::Locked { winner, loser, won, lost } => {
                format!("{} is preferred to {} by {won} to {lost}: kept.", n(winner), n(loser))
            }
            Step::Skipped { winner, loser, won, lost } => format!(
                "{} is preferred to {} by {won} to {lost}: left out, because majorities kept before say the opposite.",
                n(winner),
                n(loser)
            ),
            Step::QuorumMissed { option, won, squared } => format!(
                "{} is dropped: {} it to the default, and the quorum asks for at least {}.",
                n(option),
                plural(*won, "ballot prefers", "ballots prefer"),
                least(*squared)
            ),
            Step::MajorityMissed { option, won, lost, ratio } => format!(
                "{} is dropped: {won} to {lost} against the default is not more than {ratio} to 1.",
                n(option)
            ),
            Step::OptionStays { option, won, lost, ratio } if *ratio == Ratio::whole(1) => {
                format!("{} stays in: it beats the default by {won} to {lost}.", n(option))
            }
            Step::OptionStays { option, won, lost, ratio } => {
                format!("{} stays in: {won} to {lost} against the default is more than {ratio} to 1.", n(option))
            }
            Step::DefeatDropped { winner, loser, won, lost } => format!(
                "The majorities form a cycle; the weakest, {} over {} by {won} to {lost}, is set aside.",
                n(winner),
                n(loser)
            ),
            Step::Medians { rule, grades } => medians(names, *rule, grades),
            Step::MjAhead { above, below, removed, better, worse } => format!(
                "{} is ahead of {}: after taking {} away from both, the middle grade is {better} against {worse}.",
                n(above),
                n(below),
                plural(*removed, "equal middle grade", "equal middle grades")
            ),
            _ => String::new(),
        }
    }
}

fn than(strict: bool) -> &'static str {
    if strict { "more than" } else { "at least" }
}

/// The fewest votes whose square reaches `squared`.
fn least(squared: Ratio) -> u64 {
    let whole = squared.num.div_ceil(squared.den.max(1));
    let root = whole.isqrt();
    if root * root == whole { root } else { root + 1 }
}

fn counted(c: &Counts) -> String {
    let Some(cast) = c.cast else {
        return "Only the totals are known, not the single ballots.".to_owned();
    };
    let mut text = match c.eligible {
        Some(e) => format!("{cast} of {e} entitled to vote cast a ballot"),
        None => plural(cast, "ballot was cast", "ballots were cast"),
    };
    if let Some(valid) = c.valid {
        text +=
            &format!(": {valid} valid, {} blank, {} invalid", c.blank.unwrap_or(0), c.invalid.unwrap_or(0));
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
    let place = match t.place {
        TiePlace::LastSeat => "across the last seat",
        TiePlace::Order => "which matters only for the order",
        TiePlace::Finalist => "for a place in the runoff",
        TiePlace::Runoff => "in the runoff",
        TiePlace::Exclusion => "for who goes out",
        TiePlace::Surplus => "for who goes first",
        TiePlace::CastingVote => "at the end",
        TiePlace::Majorities => "",
    };
    let why = match t.by {
        TieRule::HeadToHead => "the ballots' preferences among them decide",
        TieRule::Score => "the higher total of points decides",
        TieRule::FiveStar => "the number of highest scores decides",
        TieRule::EarlierRound => "the most recent round in which they differ decides",
        TieRule::EarlierStage => "the most recent round in which they differ decides",
        TieRule::Number => "the order on the ballot decides",
        TieRule::Lot => "the lot decides",
        TieRule::Agreement => "their agreement decides",
    };
    if t.place == TiePlace::Majorities {
        return format!(
            "Majorities among {who} are equally strong and contradict each other; {why} which counts first."
        );
    }
    let picked = list(names, &t.picked);
    let does = match (t.place, t.picked.len()) {
        (TiePlace::Exclusion, 0 | 1) => "goes out",
        (TiePlace::Exclusion, _) => "go out",
        (TiePlace::Order | TiePlace::Surplus, 0 | 1) => "goes first",
        (TiePlace::Order | TiePlace::Surplus, _) => "in this order",
        (_, 0 | 1) => "is ahead",
        _ => "are ahead",
    };
    let link = if place.is_empty() { "are level" } else { "are level " };
    if t.place == TiePlace::Order {
        return format!("{who} are level, {place}; {why}: {picked}, {does}.");
    }
    format!("{who} {link}{place}; {why}: {picked} {does}.")
}

/// Transfers, largest first: "5 to Ana, 2 to Bo, 1 without a further preference".
fn moved(names: &[String], transfers: &[Transfer]) -> String {
    let mut sorted = transfers.to_vec();
    sorted.sort_by(|a, b| {
        b.votes.cmp(&a.votes).then(a.to.is_none().cmp(&b.to.is_none())).then(a.to.cmp(&b.to))
    });
    let parts: Vec<String> = sorted
        .iter()
        .map(|t| match t.to {
            Some(c) => format!("{} to {}", t.votes, name(names, c)),
            None => format!("{} without a further preference", t.votes),
        })
        .collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

fn path(
    names: &[String],
    above: CandidateId,
    below: CandidateId,
    direct: (u64, u64),
    forth: (u64, u64),
    back: (u64, u64),
) -> String {
    let (a, b) = (name(names, above), name(names, below));
    if back == (0, 0) && forth == direct {
        return format!("{a} is placed above {b}: preferred by {} to {}.", direct.0, direct.1);
    }
    let mut text = format!(
        "{a} is placed above {b}: the strongest chain of majorities from {a} to {b} holds {} to {} at its weakest step",
        forth.0, forth.1
    );
    if back == (0, 0) {
        text += ", and there is none back";
    } else {
        text += &format!(", the strongest one back only {} to {}", back.0, back.1);
    }
    text + "."
}

fn medians(names: &[String], rule: MjRule, grades: &[(CandidateId, Option<u32>)]) -> String {
    let parts: Vec<String> = grades
        .iter()
        .map(|&(c, g)| {
            format!("{} {}", name(names, c), g.map_or_else(|| "none".to_owned(), |g| g.to_string()))
        })
        .collect();
    let which = match rule {
        MjRule::Belenios => "the better of the two middle ones when their number is even",
        MjRule::Published => "the worse of the two middle ones when their number is even",
    };
    format!("Middle grades (1 is best; {which}): {}.", parts.join(", "))
}
