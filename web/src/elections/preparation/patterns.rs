//! Ballots that could be known again. Rankings, scores and grades are published ballot by ballot once they are opened; where
//! they can be given in many more ways than there are voters, somebody who buys or forces votes can ask for a pattern of the
//! less important marks and look for it (security 5a, PRV-03).

use crate::elections::settings::{QuestionKind, QuestionSettings};

/// Voters for each way to answer, below which there is a warning.
const VOTERS_PER_PATTERN: u64 = 10;
/// Above so many, the number says nothing more.
const MANY: u64 = 1_000_000;

/// In how many ways a question can be answered in the booth; `None` when ballots are only ever added up.
#[must_use]
pub(super) fn ways(question: &QuestionSettings) -> Option<u64> {
    let answers = u64::try_from(question.answers.len()).unwrap_or(u64::MAX);
    let each = |marks: u64| (0..answers).fold(1_u64, |ways, _| ways.saturating_mul(marks));
    match &question.kind {
        QuestionKind::Approval { .. } | QuestionKind::YesNoAbstain { .. } => None,
        QuestionKind::Ranking { best_ranked, .. } => {
            let most = best_ranked.map_or(answers, |most| answers.min(most.into()));
            // One without any rank, and for each length so many choices for the first rank, one fewer for the next.
            let (mut of_length, mut all) = (1_u64, 1_u64);
            for taken in 0..most {
                of_length = of_length.saturating_mul(answers - taken);
                all = all.saturating_add(of_length);
            }
            Some(all)
        }
        QuestionKind::Scores { .. } => Some(each(6)),
        QuestionKind::Grades { grades, .. } => Some(each(u64::try_from(grades.len()).unwrap_or(u64::MAX))),
    }
}

fn words(number: u64) -> String {
    if number >= MANY { "more than a million".into() } else { number.to_string() }
}

/// What an officer should know before the questions are announced; `on_roll` is 0 until the roll is made.
#[must_use]
pub(super) fn warning(question: &QuestionSettings, on_roll: i64) -> Option<String> {
    let ways = ways(question).filter(|_| question.answers.len() > 1)?;
    let needed = ways.saturating_mul(VOTERS_PER_PATTERN);
    let so = match u64::try_from(on_roll) {
        Ok(on_roll) if on_roll >= needed => return None,
        Ok(on_roll) if on_roll > 0 => format!("There are {on_roll} on the roll, so"),
        _ => format!("With fewer than {} voters,", words(needed)),
    };
    let remedy = match question.kind {
        QuestionKind::Ranking { best_ranked: Some(1 | 2), .. } => "Approval voting publishes totals only.",
        QuestionKind::Ranking { .. } => {
            "Let fewer ranks count, or use approval voting, which publishes totals only."
        }
        _ => "Approval voting publishes totals only.",
    };
    let can = "somebody could ask a voter for an agreed pattern and find it among them";
    let ways = words(ways);
    Some(format!(
        "Opened ballots are published one by one. This question can be answered in {ways} ways. {so} {can}. {remedy}"
    ))
}

#[cfg(test)]
mod tests {
    use folkmoot_counting::Method;

    use super::*;
    use crate::elections::settings::AnswerSettings;

    fn ranking(answers: usize, best_ranked: Option<u32>) -> QuestionSettings {
        let answer = |i| AnswerSettings { name: format!("Answer {i}"), ..Default::default() };
        let method = Method::Schulze { strength: Default::default() };
        QuestionSettings {
            title: "Who?".into(),
            kind: QuestionKind::Ranking { method, best_ranked },
            seats: 1,
            answers: (0..answers).map(answer).collect(),
            seating: None,
        }
    }

    #[test]
    fn ways_to_rank_are_counted() {
        // One blank, 4 of one, 4 x 3 of two, 4 x 3 x 2 of three and as many of four.
        assert_eq!(ways(&ranking(4, None)), Some(1 + 4 + 12 + 24 + 24));
        assert_eq!(ways(&ranking(4, Some(2))), Some(1 + 4 + 12));
        assert_eq!(ways(&ranking(4, Some(9))), ways(&ranking(4, None)));
        assert_eq!(ways(&ranking(30, None)), Some(u64::MAX));
        let mut scored = ranking(3, None);
        let method = Method::Star { max_score: 5, star_ties: Default::default() };
        scored.kind = QuestionKind::Scores { method };
        assert_eq!(ways(&scored), Some(6 * 6 * 6));
        scored.kind = QuestionKind::Approval { min: 0, max: 3, blank: false };
        assert_eq!(ways(&scored), None);
    }

    #[test]
    fn ten_voters_for_each_way_are_enough() {
        let capped = ranking(4, Some(1));
        assert_eq!(warning(&capped, 50), None);
        assert!(warning(&capped, 49).unwrap().contains("There are 49 on the roll, so somebody"));
        assert!(warning(&capped, 0).unwrap().contains("With fewer than 50 voters, somebody"));
        assert!(warning(&ranking(12, None), 0).unwrap().contains("in more than a million ways"));
    }
}
