//! The elections that can be replayed: published numbers, invented people.

use anyhow::{Context, ensure};
use chrono::TimeDelta;
use clap::builder::PossibleValuesParser;
use folkmoot_counting::Method;
use folkmoot_governance::Fraction;
use folkmoot_governance::quorum::QuorumPolicy;
use folkmoot_governance::seats::SeatGroup;
use folkmoot_governance::term::TermPolicy;
use serde_json::{Value, json};

use crate::elections::settings::{AnswerSettings, ElectionSettings, QuestionKind, QuestionSettings, Seating};

/// Stands in the description, which every ballot commits to.
pub(super) const BANNER: &str = "Numbers as published, people and ballots invented.";

/// Stars as invented for the council of 2026, so that every published number comes out.
const STARS: &str = include_str!(
    "../../../../crates/governance/tests/vectors/governance/bloc-star-2026-synthetic-ballots.json"
);

/// Invented candidates.
const NAMES: [&str; 26] = [
    "Arvid Lindqvist",
    "Bolanle Adeyemi",
    "Chiara Fontana",
    "Daichi Mori",
    "Elif Kaya",
    "Farid Haddad",
    "Greta Holm",
    "Hana Novak",
    "Ines Duarte",
    "Jonas Weber",
    "Kavya Menon",
    "Leila Rahimi",
    "Mateo Vargas",
    "Nkechi Obi",
    "Oskar Nowak",
    "Priya Raman",
    "Quentin Moreau",
    "Rosa Jimenez",
    "Sanna Virtanen",
    "Tariq Aziz",
    "Uma Krishnan",
    "Viktor Petrov",
    "Wanjiru Kamau",
    "Ximena Rojas",
    "Yusuf Demir",
    "Zofia Lewandowska",
];

/// What is replayed.
pub(super) struct Plan {
    pub slug: &'static str,
    pub title: &'static str,
    pub roll: usize,
    question: QuestionSettings,
    quorum: QuorumPolicy,
    /// One list of marks per voter.
    pub ballots: Vec<Vec<u8>>,
    /// The published totals, candidate by candidate.
    totals: Vec<u64>,
    /// Elected candidates by number, in order; the last place is open where a lot decides.
    elected: Vec<usize>,
    /// The two between whom the lot decides.
    pub tied: Option<[usize; 2]>,
}

const ALL: [&str; 4] = ["board-2022", "council-2026", "council-2024", "board-2017"];

/// Names for the command line.
pub(super) fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(ALL)
}

/// `totals[c]` of `ballots` voters choose candidate `c`, spread over all of them.
fn spread(totals: &[u64], ballots: usize) -> Vec<Vec<u8>> {
    let one = |voter: usize| {
        let chosen = |(c, total): (usize, &u64)| {
            let place = (voter + ballots - (c * 7) % ballots) % ballots;
            u8::from(u64::try_from(place).is_ok_and(|p| p < *total))
        };
        totals.iter().enumerate().map(chosen).collect()
    };
    (0..ballots).map(one).collect()
}

fn question(
    title: &str,
    kind: QuestionKind,
    seats: u32,
    groups: Vec<SeatGroup>,
    candidates: usize,
) -> QuestionSettings {
    let answer = |n: &str| AnswerSettings { name: n.into(), ..Default::default() };
    QuestionSettings {
        title: title.into(),
        kind,
        seats,
        answers: NAMES.iter().take(candidates).map(|n| answer(n)).collect(),
        seating: Some(Seating { groups, ..Default::default() }),
    }
}

fn approval(candidates: usize) -> QuestionKind {
    QuestionKind::Approval { min: 0, max: u32::try_from(candidates).unwrap_or(u32::MAX), blank: false }
}

fn best(totals: &[u64], seats: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..totals.len()).collect();
    order.sort_by_key(|c| std::cmp::Reverse(totals.get(*c).copied()));
    order.truncate(seats);
    order
}

/// The plan called `name`.
pub(super) fn plan(name: &str) -> anyhow::Result<Plan> {
    let years = |years| TermPolicy::Years(years);
    let one = |seats, term| vec![SeatGroup { cohort: None, seats, term }];
    let cohort = |name: &str, seats, n| SeatGroup { cohort: Some(name.into()), seats, term: years(n) };
    Ok(match name {
        "board-2022" => {
            // Only the numbers of the roll, the ballots and the candidates were published.
            let totals: Vec<u64> = (0..26).map(|c: u64| 460 - (c * 11 % 26) * 13).collect();
            Plan {
                slug: "board-2022",
                title: "Board election 2022, replayed",
                roll: 1459,
                question: question("Four directors", approval(26), 4, one(4, years(3)), 26),
                quorum: QuorumPolicy::cast_or_void(Fraction::THIRD),
                ballots: spread(&totals, 578),
                elected: best(&totals, 4),
                totals,
                tied: None,
            }
        }
        "council-2024" => {
            let totals = vec![43, 32, 46, 52, 30, 60, 40, 35];
            Plan {
                slug: "council-2024",
                title: "Steering council 2024, replayed",
                roll: 87,
                question: question("Five members", approval(8), 5, one(5, TermPolicy::UntilNextElection), 8),
                quorum: QuorumPolicy::None,
                ballots: spread(&totals, 68),
                elected: best(&totals, 5),
                totals,
                tied: None,
            }
        }
        "council-2026" => {
            let vector: Value = serde_json::from_str(STARS)?;
            let ballots = vector.get("ballots").cloned().context("the ballots of 2026 are missing")?;
            let method: Method = serde_json::from_value(
                json!({ "method": "star", "max_score": 5, "star_ties": "bettervoting" }),
            )?;
            let kind = QuestionKind::Scores { method };
            Plan {
                slug: "council-2026",
                title: "Steering council 2026, replayed",
                roll: 106,
                question: question("Five members", kind, 5, one(5, TermPolicy::UntilNextElection), 6),
                quorum: QuorumPolicy::None,
                ballots: serde_json::from_value(ballots)?,
                totals: vec![313, 249, 239, 191, 187, 173],
                elected: vec![0, 1, 2, 3, 4],
                tied: None,
            }
        }
        _ => {
            let totals = vec![
                163, 228, 180, 77, 88, 230, 108, 135, 126, 135, 154, 109, 126, 171, 113, 155, 57, 168, 97,
                80, 95, 105,
            ];
            let groups = vec![cohort("A", 4, 3), cohort("B", 4, 2), cohort("C", 3, 1)];
            Plan {
                slug: "board-2017",
                title: "Board election 2017, replayed",
                roll: 400,
                question: question("Eleven directors", approval(22), 11, groups, 22),
                quorum: QuorumPolicy::None,
                ballots: spread(&totals, 240),
                elected: best(&totals, 10),
                totals,
                tied: Some([8, 12]),
            }
        }
    })
}

impl Plan {
    /// The settings for a group.
    pub fn settings(&self, group: &str) -> ElectionSettings {
        let mut settings = ElectionSettings {
            description: format!(
                "{BANNER}\n\nThis election was held before by others; here it is held again."
            ),
            help: String::new(),
            group: group.into(),
            questions: vec![self.question.clone()],
            quorum: self.quorum.clone(),
            threshold: 2,
            least_counted: 10,
            ties: Default::default(),
            certification: None,
        };
        settings.ties.public_value = "A number drawn after the close".into();
        settings
    }

    pub fn is_mixed(&self) -> bool {
        self.question.kind.is_mixed()
    }

    /// How long voting lasts.
    pub fn closes_in(&self) -> TimeDelta {
        TimeDelta::days(14)
    }

    /// Compares what came out with what was published.
    pub fn judge(&self, result: &Value, elected: &[String]) -> anyhow::Result<()> {
        let opened = result.pointer("/result/0").context("nothing was opened")?;
        if !self.is_mixed() {
            ensure!(*opened == json!(self.totals), "the totals are {opened}, not those published");
        } else {
            let stars = result.pointer("/questions/0/outcome/detail/totals").cloned().unwrap_or_default();
            let expected: Vec<String> = self.totals.iter().map(u64::to_string).collect();
            ensure!(stars == json!(expected), "the stars are {stars}, not those published");
        }
        let name = |c: &usize| NAMES.get(*c).copied().unwrap_or_default();
        let expected: Vec<&str> = self.elected.iter().map(name).collect();
        let (sure, rest) = elected.split_at_checked(expected.len()).context("too few are elected")?;
        // Those with equal totals inside one cohort may stand in either order.
        let sorted = |list: &[&str]| {
            let mut list = list.to_vec();
            list.sort_unstable();
            list.into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        let sure: Vec<&str> = sure.iter().map(String::as_str).collect();
        ensure!(sorted(&sure) == sorted(&expected), "others are elected than published: {elected:?}");
        match self.tied {
            Some(tied) => {
                let last = rest.first().context("the last seat is empty")?;
                ensure!(tied.iter().any(|c| name(c) == last), "the lot put {last} in the last seat");
                Ok(())
            }
            None => {
                ensure!(rest.is_empty(), "too many are elected");
                Ok(())
            }
        }
    }
}
