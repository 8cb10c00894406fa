//! Quorums and thresholds: shared cases, the stress tests of policy languages, exact arithmetic.

use std::collections::BTreeMap;

use folkmoot_governance::quorum::{Counts, OnFail, QuorumFacts, QuorumPolicy, QuorumVerdict};
use folkmoot_governance::threshold::{Ballot, Base, Threshold, ThresholdError, Votes};
use folkmoot_governance::{Explain, Fraction};
use proptest::prelude::*;

use crate::vectors::{array, each, number, text};

fn votes(yes: u64, no: u64, abstain: u64, entitled: u64) -> Ballot {
    Votes { yes, no, abstain, entitled }.into()
}

fn third() -> QuorumPolicy {
    QuorumPolicy::cast_or_void(Fraction::THIRD)
}

fn facts(base: u64, counted: u64) -> QuorumFacts {
    QuorumFacts { base, counted, ..QuorumFacts::default() }
}

#[test]
fn vectors_quorum() {
    each("rule-vectors.json", |file| {
        let mut cases = 0;
        for case in array(file, "quorum_one_third") {
            assert_eq!(third().needed(number(case, "eligible")), number(case, "needed"), "{case}");
            cases += 1;
        }
        for case in array(file, "quorum_met") {
            let outcome = third().conclude(facts(number(case, "eligible"), number(case, "cast")));
            assert_eq!(outcome.verdict == QuorumVerdict::Met, case["met"].as_bool().unwrap(), "{case}");
            assert_eq!(outcome.reading.met, case["met"].as_bool().unwrap(), "{case}");
            cases += 1;
        }
        for case in array(file, "quorum_half_electors") {
            let half = QuorumPolicy::cast_or_void(Fraction::HALF);
            assert_eq!(half.needed(number(case, "eligible")), number(case, "needed"), "{case}");
            cases += 1;
        }
        cases
    });
}

#[test]
fn vectors_thresholds() {
    each("rule-vectors.json", |file| {
        let mut cases = 0;
        let passes = |case: &serde_json::Value| case["passes"].as_bool().unwrap();
        let or_zero = |case: &serde_json::Value, key: &str| case.get(key).map_or(0, |_| number(case, key));
        for case in array(file, "two_thirds_of_votes_cast") {
            let ballot = votes(number(case, "yes"), number(case, "no"), 0, 0);
            assert_eq!(Threshold::TWO_THIRDS.decide(&ballot).passes, passes(case), "{case}");
            cases += 1;
        }
        for case in array(file, "two_thirds_of_electors") {
            let rule = Threshold::at_least(Fraction::TWO_THIRDS, Base::Electors);
            let ballot = votes(number(case, "yes"), 0, 0, number(case, "electors"));
            assert_eq!(rule.decide(&ballot).passes, passes(case), "{case}");
            cases += 1;
        }
        for case in array(file, "fellow_wg") {
            let rule = match text(case, "policy") {
                "bylaws: two thirds of WG members" => {
                    Threshold::at_least(Fraction::TWO_THIRDS, Base::Members)
                }
                "charter: 50%+1 of votes cast" => Threshold::MAJORITY,
                other => panic!("unknown policy {other}"),
            };
            let count = |key| or_zero(case, key);
            let ballot = votes(count("yes"), count("no"), count("abstain"), count("members"));
            assert_eq!(rule.decide(&ballot).passes, passes(case), "{case}");
            cases += 1;
        }
        cases
    });
}

#[test]
fn vectors_board_quorums_as_published() {
    each("psf-board-elections.json", |file| {
        let published =
            array(file, "elections").iter().filter(|election| election.get("quorum_needed").is_some());
        published
            .map(|election| {
                let reading =
                    third().read(facts(number(election, "eligible"), number(election, "ballots_cast")));
                assert_eq!(reading.needed, number(election, "quorum_needed"), "{}", election["year"]);
                assert!(reading.met, "{}", election["year"]);
            })
            .count()
    });
}

#[test]
fn below_the_quorum_void_extend_or_refer() {
    let policy = |on_fail| QuorumPolicy::Share {
        fraction: Fraction::THIRD,
        strict: false,
        counts: Counts::Cast,
        on_fail,
    };
    assert_eq!(policy(OnFail::Void).conclude(facts(1459, 486)).verdict, QuorumVerdict::Void);
    let extend = policy(OnFail::Extend { days: 7, times: 1 });
    assert_eq!(extend.conclude(facts(9, 2)).verdict, QuorumVerdict::Extend { days: 7 });
    let again = QuorumFacts { extensions: 1, ..facts(9, 2) };
    assert_eq!(extend.conclude(again).verdict, QuorumVerdict::Void);
    let refer = policy(OnFail::Refer { body: "Board".into() });
    assert_eq!(refer.conclude(facts(9, 2)).verdict, QuorumVerdict::Refer { body: "Board".into() });
    assert_eq!(refer.conclude(facts(9, 3)).verdict, QuorumVerdict::Met);
    assert_eq!(QuorumPolicy::None.conclude(facts(9, 0)).verdict, QuorumVerdict::Met);
}

#[test]
fn later_admissions_do_not_undo_a_quorum() {
    let late = QuorumFacts {
        base: 1600,
        counted: 500,
        reached_at: Some("2022-06-28T00:00:00Z".parse().unwrap()),
        extensions: 0,
    };
    let outcome = third().conclude(late);
    assert_eq!(outcome.verdict, QuorumVerdict::Met);
    assert_eq!(outcome.reading.missing, 0);
    assert!(outcome.sentence().contains("later admissions do not undo it"));
}

#[test]
fn quorums_in_words() {
    assert_eq!(
        third().sentence(),
        "At least one third of those entitled to vote must cast a ballot; otherwise the vote is void and nothing is counted."
    );
    assert_eq!(
        third().conclude(facts(1459, 486)).sentence(),
        "The quorum is not reached: 486 of 1,459 took part, 487 are needed, 1 missing. The vote is void; the ballots stay \
         sealed and are never counted."
    );
}

/// Story 10 and the models of `domain.md` 2.3 to 2.5.
#[test]
fn stress_tests_of_the_policy_language() {
    // Council vote: strict majority of non-abstaining. PEP 772: at least three of them.
    let council = Threshold::more_than(Fraction::HALF, Base::NonAbstaining);
    assert!(council.decide(&votes(2, 1, 2, 5)).passes);
    assert!(!council.decide(&votes(2, 2, 1, 5)).passes);
    let packaging = Threshold::AllOf(vec![council, Threshold::AtLeastVoting { votes: 3 }]);
    assert!(packaging.decide(&votes(2, 1, 2, 5)).passes);
    assert!(!packaging.decide(&votes(2, 0, 3, 5)).passes);
    // Ejection by 2/3 of the council: 4 to 1, not 3 to 2; as "4 of 5".
    let ejection = Threshold::at_least(Fraction::TWO_THIRDS, Base::Members);
    assert!(ejection.decide(&votes(4, 1, 0, 5)).passes && !ejection.decide(&votes(3, 2, 0, 5)).passes);
    let four_of_five = Threshold::at_least(Fraction::new(4, 5).unwrap(), Base::Members);
    assert!(
        four_of_five.decide(&votes(4, 1, 0, 5)).passes && !four_of_five.decide(&votes(3, 0, 2, 5)).passes
    );
    // No confidence: 2/3 of voters against 2/3 of 600 electors.
    assert!(Threshold::TWO_THIRDS.decide(&votes(60, 30, 5, 600)).passes);
    let electors = Threshold::at_least(Fraction::TWO_THIRDS, Base::Electors);
    assert!(
        !electors.decide(&votes(399, 0, 0, 600)).passes && electors.decide(&votes(400, 200, 0, 600)).passes
    );
    // 8012: rejected by more than a third of all members; a newcomer by any vote against.
    let kept = Threshold::AtMostShareAgainst { fraction: Fraction::THIRD, of: Base::Members };
    assert!(kept.decide(&votes(0, 30, 0, 90)).passes && !kept.decide(&votes(0, 31, 0, 90)).passes);
    let newcomer = Threshold::AllOf(vec![Threshold::AtLeast { yes: 1 }, Threshold::AtMostAgainst { no: 0 }]);
    assert!(newcomer.decide(&votes(9, 0, 3, 90)).passes && !newcomer.decide(&votes(80, 1, 0, 90)).passes);
    // 8014: an absolute majority of either of two electorates.
    let absolute = || Threshold::more_than(Fraction::HALF, Base::Members);
    let either = Threshold::AnyOf(vec![absolute().within("core team"), absolute().within("experts")]);
    let mut ballot = Ballot { votes: Votes::default(), others: BTreeMap::new() };
    ballot.others.insert("core team".into(), Votes { yes: 40, no: 1, abstain: 0, entitled: 90 });
    ballot.others.insert("experts".into(), Votes { yes: 11, no: 9, abstain: 0, entitled: 20 });
    let verdict = either.decide(&ballot);
    assert!(verdict.passes);
    assert_eq!(verdict.checks.iter().map(|check| check.holds).collect::<Vec<_>>(), [false, true]);
    // 609: two thirds of +1 and -1; lazy consensus needs no vote at all.
    assert!(Threshold::TWO_THIRDS.decide(&votes(2, 1, 9, 0)).passes);
    let lazy = Threshold::AtMostAgainst { no: 0 };
    assert!(lazy.decide(&votes(0, 0, 0, 0)).passes && !lazy.decide(&votes(0, 1, 0, 0)).passes);
    // Bylaws 3.3: majority of the members represented; abstentions count as presence.
    let represented = Threshold::more_than(Fraction::HALF, Base::Ballots);
    assert!(
        !represented.decide(&votes(5, 2, 3, 10)).passes && represented.decide(&votes(6, 2, 3, 11)).passes
    );
}

#[test]
fn senseless_thresholds_are_refused() {
    assert_eq!(Threshold::AllOf(vec![]).check(), Err(ThresholdError::NoParts));
    assert_eq!(
        Threshold::more_than(Fraction::WHOLE, Base::Members).check(),
        Err(ThresholdError::Unreachable)
    );
    let zero = Fraction::new(0, 3).unwrap();
    assert_eq!(Threshold::at_least(zero, Base::Members).check(), Err(ThresholdError::ZeroShare));
    let mut deep = Threshold::MAJORITY;
    for _ in 0..9 {
        deep = Threshold::AnyOf(vec![deep]);
    }
    assert_eq!(deep.check(), Err(ThresholdError::TooDeep));
    assert!(!deep.decide(&votes(9, 0, 0, 9)).passes);
    assert_eq!(Threshold::TWO_THIRDS.check(), Ok(()));
}

#[test]
fn thresholds_in_words() {
    assert_eq!(
        Threshold::TWO_THIRDS.sentence(),
        "To pass it needs at least two thirds of votes cast in favour."
    );
    assert_eq!(
        Threshold::TWO_THIRDS.decide(&votes(17, 9, 1, 40)).sentence(),
        "Needed: at least two thirds of votes cast in favour. Votes: 17 for, 9 against, 1 abstention; 26 votes cast. This \
         does not hold. It fails."
    );
    let json = serde_json::to_string(&Threshold::TWO_THIRDS).unwrap();
    assert_eq!(json, r#"{"share":{"fraction":"2/3","of":"votes_cast","strict":false}}"#);
    assert_eq!(serde_json::from_str::<Threshold>(&json).unwrap(), Threshold::TWO_THIRDS);
    assert!(serde_json::from_str::<Fraction>(r#""3/2""#).is_err());
    assert!(serde_json::from_str::<Fraction>(r#""-1/2""#).is_err());
}

/// A whole number of any size in decimal digits, least significant first: slow, simple, and written differently from
/// the code under test.
#[derive(Clone, PartialEq, Eq)]
struct Decimal(Vec<u8>);

impl Decimal {
    fn of(number: u64) -> Self {
        Self(number.to_string().bytes().rev().map(|byte| byte - b'0').collect()).trimmed()
    }

    fn trimmed(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    fn times(&self, other: &Self) -> Self {
        let mut digits = vec![0_u32; self.0.len() + other.0.len() + 1];
        for (i, a) in self.0.iter().enumerate() {
            for (j, b) in other.0.iter().enumerate() {
                digits[i + j] += u32::from(*a) * u32::from(*b);
            }
        }
        for place in 0..digits.len() - 1 {
            digits[place + 1] += digits[place] / 10;
            digits[place] %= 10;
        }
        Self(digits.into_iter().map(|digit| u8::try_from(digit).unwrap()).collect()).trimmed()
    }

    fn is_above(&self, other: &Self) -> bool {
        (self.0.len(), self.0.iter().rev().collect::<Vec<_>>())
            > (other.0.len(), other.0.iter().rev().collect())
    }
}

proptest! {
    /// `part / whole` against `n / d`, with numbers as large as they get, equals long multiplication.
    #[test]
    fn shares_agree_with_long_multiplication(
        part in any::<u64>(), whole in any::<u64>(), d in 1_u32.., n in any::<u32>(), strict in any::<bool>(),
    ) {
        let n = n % d + u32::from(n % 7 == 0 && n % d < d - 1);
        let fraction = Fraction::new(n.min(d), d).unwrap();
        let have = Decimal::of(part).times(&Decimal::of(d.into()));
        let need = Decimal::of(whole).times(&Decimal::of(fraction.numerator().into()));
        let expected = have.is_above(&need) || (!strict && have == need);
        prop_assert_eq!(fraction.is_reached(part, whole, strict), expected);
    }

    /// The least number is enough and one less is not; it is also where the quorum flips.
    #[test]
    fn the_least_number_is_the_least(whole in 0_u64..1_000_000_000_000, n in 1_u32..50, d in 1_u32..50) {
        let fraction = Fraction::new(n.min(d), d).unwrap();
        for strict in [false, true] {
            let least = fraction.least_count(whole, strict);
            prop_assert!(fraction.is_reached(least, whole, strict));
            prop_assert!(least == 0 || !fraction.is_reached(least - 1, whole, strict));
        }
        let most = fraction.greatest_count(whole);
        prop_assert!(!fraction.is_reached(most, whole, true) && fraction.is_reached(most + 1, whole, true));
        let quorum = QuorumPolicy::cast_or_void(fraction);
        let least = quorum.needed(whole);
        prop_assert!(quorum.read(facts(whole, least)).met);
        prop_assert!(least == 0 || !quorum.read(facts(whole, least - 1)).met);
    }

    /// One more vote for never turns a pass into a failure; one more against never a failure into a pass.
    #[test]
    fn thresholds_are_monotone(yes in 0_u64..200, no in 0_u64..200, abstain in 0_u64..50) {
        let entitled = yes + no + abstain + 5;
        let bases = [Base::VotesCast, Base::NonAbstaining, Base::Ballots, Base::Members, Base::Electors];
        for rule in bases.map(|of| Threshold::at_least(Fraction::TWO_THIRDS, of)) {
            let now = rule.decide(&votes(yes, no, abstain, entitled)).passes;
            prop_assert!(!now || rule.decide(&votes(yes + 1, no, abstain, entitled)).passes);
            prop_assert!(now || !rule.decide(&votes(yes, no + 1, abstain, entitled)).passes);
        }
    }
}
