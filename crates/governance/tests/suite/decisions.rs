//! Awards, motions and the small-cell guard: stories 9 and 10, the nominations of past years, PRV-01 to PRV-03.

use folkmoot_governance::award::{
    AwardCalendar, AwardDecisionPolicy, AwardNomination, CalendarError, CarryOverPolicy, Choice,
    NominationState, RecusalPolicy, ReviewError, ReviewVote, RoundId, compare,
};
use folkmoot_governance::motion::{MotionFacts, MotionRule, MotionRuleError, MotionState, Second};
use folkmoot_governance::threshold::{Base, Threshold, Votes};
use folkmoot_governance::{Explain, Fraction, Instant, preset};
use proptest::prelude::*;

use crate::vectors::{array, each, number, text};

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn quarter(year: i32, number: u32) -> RoundId {
    RoundId { year, number }
}

fn calendar() -> AwardCalendar {
    preset::fellow_calendar()
}

fn reviews(yes: usize, no: usize, abstain: usize, recused: usize) -> Vec<ReviewVote> {
    let choices =
        [(Choice::Yes, yes), (Choice::No, no), (Choice::Abstain, abstain), (Choice::Recused, recused)];
    let all = choices.into_iter().flat_map(|(choice, number)| std::iter::repeat_n(choice, number));
    all.enumerate().map(|(n, choice)| ReviewVote { member: format!("m{n}").into(), choice }).collect()
}

/// Story 9: cut-off 20 November AoE.
#[test]
fn quarterly_rounds_close_anywhere_on_earth() {
    let round = calendar().round(quarter(2022, 4)).unwrap();
    assert_eq!(round.cutoff.instant(), at("2022-11-21T12:00:00Z"));
    assert_eq!(round.opens, at("2022-08-21T12:00:00Z"));
    assert_eq!(round.review_until.instant(), at("2022-12-21T12:00:00Z"));
    assert_eq!(round.announce_by.instant(), at("2023-01-01T12:00:00Z"));
    assert_eq!(round.id.to_string(), "2022 Q4");
    let belongs = |now: &str| calendar().round_at(at(now)).unwrap().id;
    assert_eq!(belongs("2022-11-21T11:59:59.999999Z"), quarter(2022, 4));
    assert_eq!(belongs("2022-11-21T12:00:00Z"), quarter(2023, 1));
    assert_eq!(belongs("2022-12-31T23:59:59Z"), quarter(2023, 1));
    assert_eq!(belongs("2023-02-21T12:00:00Z"), quarter(2023, 2));
    let first = calendar().round(quarter(2023, 1)).unwrap();
    assert_eq!(first.announce_by.instant(), at("2023-04-01T12:00:00Z"));
    assert_eq!(
        calendar().sentence(),
        "Rounds close at the end of 20 February, 20 May, 20 August and 20 November AoE; reviewed until day 20 of the next \
         month, announced by its end."
    );
}

#[test]
fn senseless_calendars_are_refused() {
    let with = |cutoffs: Vec<(u32, u32)>| AwardCalendar { cutoffs, ..calendar() };
    assert_eq!(with(vec![]).check(), Err(CalendarError::Cutoffs));
    assert_eq!(with(vec![(5, 20), (2, 20)]).check(), Err(CalendarError::Cutoffs));
    assert_eq!(with(vec![(2, 29)]).check(), Err(CalendarError::Cutoffs));
    assert_eq!(AwardCalendar { review_day: 31, ..calendar() }.check(), Err(CalendarError::ReviewDay));
    assert_eq!(calendar().round(quarter(2022, 5)), Err(CalendarError::NoSuchRound(5)));
    let yearly = with(vec![(12, 31)]);
    assert_eq!(yearly.round(quarter(2022, 1)).unwrap().review_until.civil().date.to_string(), "2023-01-20");
    assert_eq!(yearly.step(quarter(2022, 1), 2), quarter(2024, 1));
}

/// Story 9: granted two quarters later; expired after four without anybody acting; a second nomination merges.
#[test]
fn nominations_carry_over_and_expire_by_themselves() {
    let policy = CarryOverPolicy { rounds: 4 };
    let state = |nomination: &AwardNomination, round| nomination.state(round, &calendar(), policy);
    let mut sixth = AwardNomination::received(quarter(2022, 4));
    assert_eq!(state(&sixth, quarter(2022, 3)), NominationState::ToCome);
    let until = quarter(2023, 3);
    assert_eq!(state(&sixth, quarter(2022, 4)), NominationState::Active { carried: 0, until });
    assert_eq!(state(&sixth, quarter(2023, 2)), NominationState::Active { carried: 2, until });
    sixth.granted = Some(quarter(2023, 2));
    let granted = NominationState::Granted { round: quarter(2023, 2), carried: 2 };
    assert_eq!(state(&sixth, quarter(2024, 4)), granted);
    let mut old = AwardNomination::received(quarter(2022, 1));
    assert!(matches!(state(&old, quarter(2022, 4)), NominationState::Active { carried: 3, .. }));
    assert_eq!(state(&old, quarter(2023, 1)), NominationState::Expired { after: quarter(2022, 4) });
    old.merge(quarter(2022, 3));
    assert!(matches!(state(&old, quarter(2023, 1)), NominationState::Active { carried: 4, .. }));
    assert_eq!(state(&old, quarter(2023, 3)), NominationState::Expired { after: quarter(2023, 2) });
    old.withdrawn = Some(quarter(2022, 4));
    assert_eq!(state(&old, quarter(2023, 1)), NominationState::Withdrawn);
    assert!(matches!(state(&old, quarter(2022, 3)), NominationState::Active { .. }));
}

#[test]
fn vectors_fellow_nominations() {
    each("fellow-nominations-funnel.json", |file| {
        let policy = preset::fellow_carry_over();
        let mut cases = 0;
        for entry in array(file, "quarters") {
            let (year, number_in_year) = text(entry, "quarter").split_once(" Q").unwrap();
            let received = quarter(year.parse().unwrap(), number_in_year.parse().unwrap());
            let nomination = AwardNomination::received(received);
            let mut selected = 0;
            for (lag, how_many) in entry["lag"].as_object().unwrap() {
                let later = calendar().step(received, lag.parse().unwrap());
                let state = nomination.state(later, &calendar(), policy);
                assert!(
                    matches!(state, NominationState::Active { carried, .. } if carried.to_string() == *lag)
                );
                selected += how_many.as_u64().unwrap();
                cases += 1;
            }
            assert!(
                selected <= number(entry, "selected")
                    && number(entry, "selected") <= number(entry, "nominations")
            );
            let after = calendar().step(received, 4);
            assert!(matches!(nomination.state(after, &calendar(), policy), NominationState::Expired { .. }));
        }
        let totals = file["lag_totals_all_marked"].as_object().unwrap();
        assert_eq!(totals.values().map(|n| n.as_u64().unwrap()).sum::<u64>(), 100);
        let most = totals.keys().map(|lag| lag.parse::<u32>().unwrap()).max().unwrap();
        assert_eq!(most + 1, policy.rounds);
        let roster = &file["roster_2026_02"];
        assert_eq!(
            number(roster, "total"),
            number(roster, "active") + number(roster, "emeritus") + number(roster, "deceased")
        );
        cases
    });
}

/// Story 9: the same votes under both rules, the adopted one binding.
#[test]
fn the_same_votes_under_both_fellow_rules() {
    let (bylaws, charter) = (preset::fellow_by_bylaws(), preset::fellow_by_charter());
    let passes = |rule: &AwardDecisionPolicy, votes: &[ReviewVote]| rule.decide(votes, 9).unwrap().passes;
    assert!(passes(&bylaws, &reviews(6, 2, 0, 1)));
    assert!(!passes(&bylaws, &reviews(5, 3, 0, 1)));
    assert!(passes(&charter, &reviews(5, 3, 1, 0)));
    assert!(!passes(&charter, &reviews(4, 4, 1, 0)));
    let both = compare(&reviews(5, 3, 0, 1), 9, &charter, std::slice::from_ref(&bylaws)).unwrap();
    let shown: Vec<(bool, bool)> = both.iter().map(|rule| (rule.binding, rule.verdict.passes)).collect();
    assert_eq!(shown, [(true, true), (false, false)]);
    let leaves = AwardDecisionPolicy { recusal: RecusalPolicy::LeavesBase, ..bylaws.clone() };
    let six_of_nine = reviews(5, 1, 0, 2);
    assert!(passes(&leaves, &six_of_nine) && !passes(&bylaws, &six_of_nine));
    let twice = [reviews(1, 0, 0, 0), reviews(1, 0, 0, 0)].concat();
    assert_eq!(bylaws.decide(&twice, 9), Err(ReviewError::Twice("m0".into())));
    assert!(matches!(bylaws.decide(&reviews(9, 1, 0, 0), 9), Err(ReviewError::TooMany { .. })));
}

fn motion(proposed: &str) -> MotionFacts {
    MotionFacts {
        proposer: "pat".into(),
        proposed: at(proposed),
        seconds: Vec::new(),
        ballot: Votes::default().into(),
        voted: 0,
        last_vote: None,
        vetoed: None,
        withdrawn: None,
        open_beside: Vec::new(),
    }
}

fn voted(mut facts: MotionFacts, yes: u64, no: u64, entitled: u64) -> MotionFacts {
    facts.ballot = Votes { yes, no, abstain: 0, entitled }.into();
    facts.voted = yes + no;
    facts.last_vote = Some(facts.proposed.plus_days(3));
    facts
}

/// Story 10: 27–0 and 18–9 pass, 17–9 fails; seven days; hidden; veto window, then a date.
#[test]
fn promotion_to_the_core_team() {
    let rule = preset::promotion();
    let close = at("2026-03-08T00:00:00Z");
    let facts = |yes, no| voted(motion("2026-03-01T00:00:00Z"), yes, no, 90);
    for (yes, no, passes) in [(27, 0, true), (18, 9, true), (17, 9, false)] {
        let facts = facts(yes, no);
        assert_eq!(rule.state(&facts, close.plus_micros(-1)), MotionState::Open { until: close });
        assert!(!rule.shows_votes(&facts, close.plus_micros(-1)) && rule.shows_votes(&facts, close));
        let failed = matches!(rule.state(&facts, close), MotionState::Failed { .. });
        assert_eq!(failed, !passes, "{yes}-{no}");
    }
    let veto = rule.veto.clone().unwrap();
    let end = close.plus_days(veto.days.into());
    assert_eq!(
        rule.state(&facts(27, 0), close),
        MotionState::VetoWindow { until: end, body: veto.body.clone() }
    );
    assert!(
        matches!(rule.state(&facts(27, 0), end), MotionState::Passed { effective, .. } if effective == end)
    );
    let vetoed = MotionFacts { vetoed: Some(end.plus_micros(-1)), ..facts(27, 0) };
    assert!(matches!(rule.state(&vetoed, end), MotionState::Vetoed { .. }));
    let late = MotionFacts { vetoed: Some(end), ..facts(27, 0) };
    assert!(matches!(rule.state(&late, end), MotionState::Passed { .. }));
}

/// Story 10: seconded on day 8 is too late; 2/3 of voters, or of 600 electors.
#[test]
fn votes_of_no_confidence() {
    let council = preset::no_confidence_council();
    let mut facts = motion("2026-03-01T00:00:00Z");
    let second = |by: &str, when: &str| Second { by: by.into(), at: at(when) };
    let week = at("2026-03-08T00:00:00Z");
    assert_eq!(
        council.state(&facts, week.plus_micros(-1)),
        MotionState::Proposed { until: week, missing: 1 }
    );
    facts.seconds = vec![second("pat", "2026-03-02T00:00:00Z"), second("sue", "2026-03-08T00:00:00Z")];
    assert_eq!(council.state(&facts, week), MotionState::Lapsed { at: week });
    facts.seconds.push(second("tom", "2026-03-07T23:59:59Z"));
    let close = at("2026-03-21T23:59:59Z");
    assert_eq!(council.state(&facts, week), MotionState::Open { until: close });
    facts.ballot = Votes { yes: 40, no: 20, abstain: 3, entitled: 90 }.into();
    assert!(matches!(council.state(&facts, close), MotionState::Passed { .. }));
    facts.ballot = Votes { yes: 39, no: 20, abstain: 3, entitled: 90 }.into();
    assert!(matches!(council.state(&facts, close), MotionState::Failed { .. }));

    let packaging = preset::no_confidence_packaging();
    for (yes, passes) in [(399, false), (400, true)] {
        let facts = voted(motion("2026-03-01T00:00:00Z"), yes, 0, 600);
        let end = facts.proposed.plus_days(packaging.voting_days.into());
        assert_eq!(matches!(packaging.state(&facts, end), MotionState::Passed { .. }), passes);
    }
}

/// Story 10: ejection 4:1 passes, 3:2 fails, blocked during a vote of no confidence.
#[test]
fn ejection_by_the_council() {
    let rule = preset::ejection();
    let state = |yes, no, beside: &[&str]| {
        let mut facts = voted(motion("2026-03-01T00:00:00Z"), yes, no, 5);
        facts.open_beside = beside.iter().map(|kind| (*kind).to_owned()).collect();
        rule.state(&facts, facts.proposed.plus_days(60))
    };
    assert!(matches!(state(4, 1, &[]), MotionState::Passed { .. }));
    assert!(matches!(state(3, 2, &[]), MotionState::Failed { .. }));
    assert_eq!(state(4, 1, &["no confidence"]), MotionState::Blocked { by: "no confidence".into() });
    assert!(matches!(state(4, 1, &["something else"]), MotionState::Passed { .. }));
}

/// Story 10: board 10–0–0; a small body may close once everybody has voted.
#[test]
fn a_council_vote_may_end_when_everybody_has_voted() {
    let rule = preset::council_vote();
    let facts = voted(motion("2026-03-01T00:00:00Z"), 3, 2, 5);
    let last = facts.last_vote.unwrap();
    assert!(matches!(rule.state(&facts, last.plus_micros(1)), MotionState::Passed { .. }));
    let missing = voted(motion("2026-03-01T00:00:00Z"), 3, 1, 5);
    assert!(matches!(rule.state(&missing, last.plus_micros(1)), MotionState::Open { .. }));
    let withdrawn = MotionFacts { withdrawn: Some(at("2026-03-02T00:00:00Z")), ..missing };
    assert!(matches!(rule.state(&withdrawn, last), MotionState::Withdrawn { .. }));
    let ten = Threshold::MAJORITY.decide(&Votes { yes: 10, no: 0, abstain: 0, entitled: 12 }.into());
    assert!(ten.passes);
}

#[test]
fn motions_in_words_and_senseless_rules() {
    assert_eq!(
        preset::no_confidence_council().sentence(),
        "A motion on no confidence needs 1 seconder within 7 days, is voted on for 14 days and needs at least two thirds of \
         votes cast in favour."
    );
    let all = [
        preset::promotion(),
        preset::no_confidence_council(),
        preset::no_confidence_packaging(),
        preset::ejection(),
        preset::council_vote(),
        preset::amendment(),
    ];
    for rule in &all {
        assert_eq!(rule.check(), Ok(()), "{}", rule.kind);
        let json = serde_json::to_string(rule).unwrap();
        assert_eq!(serde_json::from_str::<MotionRule>(&json).unwrap(), *rule);
    }
    let rule = preset::promotion();
    assert_eq!(MotionRule { voting_days: 0, ..rule.clone() }.check(), Err(MotionRuleError::Days));
    assert_eq!(
        MotionRule { ends_when_all_voted: true, ..rule.clone() }.check(),
        Err(MotionRuleError::HiddenEnd)
    );
    let itself = MotionRule { blocked_by: vec![rule.kind.clone()], ..rule };
    assert_eq!(itself.check(), Err(MotionRuleError::BlocksItself));
    // PEP 609: two thirds of +1 and -1 in 7 days, seconded by another; lazy consensus: no objection in 7 days.
    let lazy =
        MotionRule { threshold: Threshold::AtMostAgainst { no: 0 }, veto: None, ..preset::amendment() };
    let silent = motion("2026-03-01T00:00:00Z");
    let end = silent.proposed.plus_days(lazy.voting_days.into());
    assert!(matches!(lazy.state(&silent, end), MotionState::Passed { .. }));
}

proptest! {
    /// Rounds follow each other without a gap, and every instant belongs to exactly one.
    #[test]
    fn rounds_tile_the_time(days in 0_i64..20_000, seconds in 0_i64..86_400) {
        let now = at("1990-01-01T00:00:00Z").plus_days(days).plus_seconds(seconds);
        let round = calendar().round_at(now).unwrap();
        prop_assert!(round.opens <= now && now < round.cutoff.instant());
        let next = calendar().round(calendar().step(round.id, 1)).unwrap();
        prop_assert_eq!(next.opens, round.cutoff.instant());
        prop_assert!(round.cutoff < round.review_until && round.review_until < round.announce_by);
        prop_assert_eq!(calendar().rounds_between(round.id, next.id), 1);
    }
}

#[test]
fn thresholds_of_award_bodies() {
    // Distinguished Service and Community Service: the board by majority.
    let board = preset::award_by_board();
    assert!(board.decide(&reviews(10, 0, 0, 0), 11).unwrap().passes);
    let half = Threshold::at_least(Fraction::HALF, Base::Members);
    assert_eq!(half.check(), Ok(()));
}
