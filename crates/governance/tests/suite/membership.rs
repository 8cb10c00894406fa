//! Dues and the roll: story 6, story 7, one person one vote, missed votes, inactivity.

use folkmoot_governance::dues::{DuesKind, Payment, PaymentState};
use folkmoot_governance::electorate::{
    Activity, ActivityFacts, Barred, Certification, ClassRule, ElectorateRule, ElectorateRuleError,
    FellowQuorumBase, Hypothesis, InactivityPolicy, Membership, MembershipEnd, OptOut, Paid, Participation,
    PersonFacts, Reason, Remedy, Roll, RollChange, RollError, RollInstants, assess, votes_of, what_if,
};
use folkmoot_governance::{BodyId, ClassId, Currency, Explain, Instant, Interval, Money, PersonId, preset};
use proptest::prelude::*;

use crate::vectors::{array, each, number};

pub fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

pub fn usd(text: &str) -> Money {
    Money::parse(text, Currency::USD).unwrap()
}

pub fn paid(reference: &str, when: &str) -> Payment {
    Payment { reference: reference.into(), at: at(when), kind: DuesKind::Term, state: PaymentState::Settled }
}

pub fn board() -> ElectorateRule {
    preset::board_electorate()
}

/// The board election of 2026: the cut-off is the record instant too.
pub fn instants() -> RollInstants {
    let cutoff = at("2026-08-25T14:00:00Z");
    RollInstants {
        waiver_elections: vec!["Board election 2025".into()],
        ..RollInstants::new(cutoff, at("2025-08-26T14:00:00Z"), cutoff)
    }
}

fn supporting(name: &str) -> PersonFacts {
    let mut facts = PersonFacts::new(name).member("Supporting", at("2025-01-01T00:00:00Z"));
    let during = Interval::new(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    facts.paid.push(Paid { class: "Supporting".into(), during });
    facts
}

fn vote(election: &str, closed: &str, voted: bool) -> Participation {
    Participation { election: election.into(), closed: at(closed), voted }
}

#[test]
fn vectors_one_person_one_vote() {
    each("rule-vectors.json", |file| {
        let cases = array(file, "psf_one_person_one_vote");
        for case in cases {
            let classes: Vec<ClassId> =
                array(case, "classes").iter().map(|c| c.as_str().unwrap().into()).collect();
            assert_eq!(votes_of(&classes, &board()), number(case, "votes"), "{case}");
        }
        cases.len()
    });
}

/// Story 6: 877 on the roll, 621 voted; next year the waiver.
#[test]
fn the_year_after_voters_need_not_affirm() {
    let rule = board();
    let mut people: Vec<PersonFacts> = (0..877).map(|n| supporting(&format!("p{n:04}"))).collect();
    for person in &mut people {
        person.affirmations.push(folkmoot_governance::electorate::Affirmation {
            body: rule.body.clone(),
            at: at("2025-08-01T00:00:00Z"),
        });
    }
    let last_year = {
        let cutoff = at("2025-08-26T14:00:00Z");
        let mut covered = people.clone();
        for person in &mut covered {
            person.paid[0].during = Interval::new(at("2025-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z"));
        }
        Roll::build(&covered, &rule, &RollInstants::new(cutoff, at("2024-08-26T14:00:00Z"), cutoff))
            .unwrap()
            .0
    };
    assert_eq!(last_year.count(), 877);
    assert_eq!(last_year.quorum_base(|_| false), 877);
    for (n, person) in people.iter_mut().enumerate() {
        person.participation.push(vote("Board election 2025", "2025-09-16T14:00:00Z", n < 621));
        if n < 40 {
            person.paid[0].during.to = Some(at("2026-03-01T00:00:00Z"));
        }
    }
    let (roll, standings) = Roll::build(&people, &rule, &instants()).unwrap();
    assert_eq!(roll.count(), 621 - 40);
    let lapsed = standings.iter().filter(|s| {
        s.reasons.contains(&Reason::DuesMissing {
            class: "Supporting".into(),
            since: Some(at("2026-03-01T00:00:00Z")),
        })
    });
    assert_eq!(lapsed.clone().count(), 40);
    for standing in lapsed {
        assert_eq!(standing.since, Some(at("2026-03-01T00:00:00Z")));
        assert!(matches!(&standing.remedies[..], [Remedy::PayDues { .. }]));
    }
    let removed = roll.changes_since(&last_year);
    assert_eq!(removed.len(), 877 - 581);
    assert_eq!(removed[0], RollChange::Removed("p0000".into()));
    assert_eq!(roll.digest().len(), 64);
    assert_ne!(roll.digest(), last_year.digest());
}

/// Story 6: one entry per person, none for Basic, separate intent per body, one second late.
#[test]
fn one_entry_per_person_and_separate_intents() {
    let rule = board();
    let when = at("2026-08-25T13:59:59Z");
    let mut both =
        supporting("both").member("Contributing", at("2024-01-01T00:00:00Z")).affirmed(&rule.body, when);
    both.certifications.push(Certification { class: "Contributing".into(), at: at("2026-02-01T00:00:00Z") });
    let basic =
        PersonFacts::new("basic").member("Basic", at("2020-01-01T00:00:00Z")).affirmed(&rule.body, when);
    let late = supporting("late").affirmed(&rule.body, at("2026-08-25T14:00:00Z"));
    let (roll, standings) = Roll::build([&both, &basic, &late], &rule, &instants()).unwrap();
    assert_eq!(roll.entries.len(), 1);
    assert_eq!(roll.entries[0].class, "Contributing".into());
    assert!(roll.has(&"both".into()) && !roll.has(&"basic".into()));
    assert_eq!(standings[0].reasons, [Reason::NoVotingClass { classes: vec!["Basic".into()] }]);
    let cutoff = instants().record;
    assert!(standings[2].reasons.contains(&Reason::AffirmationLate { at: cutoff, cutoff }));
    let next = RollInstants::new(cutoff.plus_days(100), cutoff, cutoff.plus_days(100));
    assert!(assess(&late, &rule, &next).on_roll);
    let packaging = preset::packaging_electorate();
    assert!(!assess(&both, &packaging, &instants()).on_roll);
    assert!(assess(&both.clone().affirmed(&packaging.body, when), &packaging, &instants()).on_roll);
    assert_eq!(Roll::build([&both, &both], &rule, &instants()), Err(RollError::Twice("both".into())));
}

#[test]
fn fellows_affirm_and_count_by_policy() {
    let fellow = PersonFacts::new("f").member("Fellow", at("2015-01-01T00:00:00Z"));
    let affirmed = fellow.clone().affirmed(&board().body, at("2026-08-01T00:00:00Z"));
    let stands = |facts: &PersonFacts, fellows| {
        let standing = assess(facts, &ElectorateRule { fellows, ..board() }, &instants());
        (standing.on_roll, standing.in_quorum_base)
    };
    for (policy, alone, with) in [
        (FellowQuorumBase::All, (true, true), (true, true)),
        (FellowQuorumBase::Affirmed, (false, false), (true, true)),
        (FellowQuorumBase::VotersOnly, (true, false), (true, true)),
    ] {
        assert_eq!(stands(&fellow, policy), alone, "{policy:?}");
        assert_eq!(stands(&affirmed, policy), with, "{policy:?}");
    }
    let rule = ElectorateRule { fellows: FellowQuorumBase::VotersOnly, ..board() };
    let (roll, _) = Roll::build([&fellow], &rule, &instants()).unwrap();
    assert_eq!(roll.quorum_base(|_| false), 0);
    assert_eq!(roll.quorum_base(|person| *person == PersonId::from("f")), 1);
    assert_eq!(FellowQuorumBase::Affirmed.sentence(), "Members for life affirm like everybody else.");
}

#[test]
fn four_missed_votes_cost_the_rest_of_the_year_but_not_fellows() {
    let rule = board();
    let mut person = supporting("m").affirmed(&rule.body, at("2026-01-01T00:00:00Z"));
    for (n, closed) in ["2026-02-01", "2026-03-01", "2026-04-01"].iter().enumerate() {
        person.participation.push(vote(&format!("v{n}"), &format!("{closed}T00:00:00Z"), false));
    }
    person.participation.push(vote("last year", "2025-12-31T23:59:59Z", false));
    assert!(assess(&person, &rule, &instants()).on_roll);
    person.participation.push(vote("v4", "2026-05-01T00:00:00Z", false));
    let standing = assess(&person, &rule, &instants());
    assert_eq!(
        standing.reasons.last(),
        Some(&Reason::MissedVotes {
            missed: 4,
            since: at("2026-05-01T00:00:00Z"),
            until: at("2027-01-01T00:00:00Z")
        })
    );
    assert!(!standing.on_roll && standing.since == Some(at("2026-05-01T00:00:00Z")));
    let fellow = person.clone().member("Fellow", at("2020-01-01T00:00:00Z"));
    assert!(assess(&fellow, &rule, &instants()).on_roll);
    let next =
        RollInstants::new(at("2027-01-01T00:00:00Z"), at("2025-08-26T14:00:00Z"), at("2027-01-01T00:00:00Z"));
    let mut paid_on = person;
    paid_on.paid[0].during.to = None;
    assert!(assess(&paid_on, &rule, &next).on_roll);
}

#[test]
fn every_reason_against_is_given_with_what_can_be_done() {
    let rule = board();
    let nobody = assess(&PersonFacts::new("n"), &rule, &instants());
    assert_eq!(nobody.reasons, [Reason::NoMembership]);
    assert_eq!(
        nobody.sentence(),
        "Not on the roll. Has no membership. Become a Contributing or Supporting member before 2026-08-25T14:00:00Z."
    );
    let mut gone = PersonFacts::new("g");
    gone.memberships.push(Membership {
        class: "Supporting".into(),
        during: Interval::new(at("2020-01-01T00:00:00Z"), at("2021-01-01T00:00:00Z")),
        ended: Some(MembershipEnd::Lapsed),
    });
    assert!(
        assess(&gone, &rule, &instants())
            .sentence()
            .contains("ended at 2021-01-01T00:00:00Z, not having been renewed.")
    );
    let soon = PersonFacts::new("s").member("Supporting", at("2026-09-01T00:00:00Z"));
    assert!(matches!(assess(&soon, &rule, &instants()).reasons[0], Reason::NotYet { .. }));
    let mut many = PersonFacts::new("m").member("Contributing", at("2020-01-01T00:00:00Z"));
    many.certifications.push(Certification { class: "Contributing".into(), at: at("2025-08-25T14:00:00Z") });
    many.opt_outs
        .push(OptOut { body: rule.body.clone(), during: Interval::since(at("2026-01-01T00:00:00Z")) });
    many.inactive.push(Interval::since(at("2026-02-01T00:00:00Z")));
    many.barred.push(Barred {
        during: Interval::since(at("2026-03-01T00:00:00Z")),
        reason: "code of conduct".into(),
    });
    let standing = assess(&many, &rule, &instants());
    assert_eq!(standing.reasons.iter().filter(|reason| !reason.is_for()).count(), 5);
    // Twelve months later to the microsecond the certification is too old.
    assert!(
        standing
            .reasons
            .iter()
            .any(|reason| matches!(reason, Reason::CertificationMissing { last: Some(_), .. }))
    );
    many.certifications[0].at = at("2025-08-25T14:00:00.000001Z");
    assert!(
        assess(&many, &rule, &instants())
            .reasons
            .iter()
            .any(|reason| matches!(reason, Reason::Certified { .. }))
    );
}

#[test]
fn what_if_i_affirm_today() {
    let rule = board();
    let answer =
        |facts: &PersonFacts, when: &str| what_if(facts, &rule, &instants(), &[Hypothesis::Affirm], at(when));
    let person = supporting("a");
    let today = answer(&person, "2026-08-01T10:00:00Z");
    assert!(!today.now.on_roll && today.then.on_roll);
    assert_eq!(today.then.since, Some(at("2026-08-01T10:00:00Z")));
    assert_eq!(
        today.now.remedies,
        [Remedy::Affirm { body: rule.body.clone(), before: Some(instants().record) }]
    );
    assert!(!answer(&person, "2026-08-25T14:00:00Z").then.on_roll);
    let unpaid = PersonFacts::new("u").member("Supporting", at("2020-01-01T00:00:00Z"));
    assert!(!answer(&unpaid, "2026-08-01T10:00:00Z").then.on_roll);
    let during = Interval::new(at("2026-08-01T10:00:00Z"), at("2027-08-02T00:00:00Z"));
    let acts = [Hypothesis::Affirm, Hypothesis::Pay(Paid { class: "Supporting".into(), during })];
    assert!(what_if(&unpaid, &rule, &instants(), &acts, during.from).then.on_roll);
    let acts = [
        Hypothesis::Join("Contributing".into()),
        Hypothesis::Certify("Contributing".into()),
        Hypothesis::Affirm,
    ];
    assert!(what_if(&PersonFacts::new("x"), &rule, &instants(), &acts, during.from).then.on_roll);
}

#[test]
fn rules_in_words_and_senseless_ones() {
    assert_eq!(
        board().sentence(),
        "Votes for the Board: Fellow, Contributing (with a certification of the last 12 months) and Supporting (with paid \
         dues); one vote per person; an affirmation before the cut-off, or the last vote, is needed; members for life \
         affirm like everybody else; 4 votes missed in a year take the vote away for the rest of it."
    );
    assert_eq!(board().check(), Ok(()));
    let empty = ElectorateRule { classes: vec![], ..board() };
    assert_eq!(empty.check(), Err(ElectorateRuleError::NoClass));
    let class = ClassRule { class: "Fellow".into(), dues: false, certification: None, for_life: true };
    let twice = ElectorateRule { classes: vec![class.clone(), class], ..board() };
    assert_eq!(twice.check(), Err(ElectorateRuleError::ClassTwice("Fellow".into())));
    let json = serde_json::to_string(&board()).unwrap();
    assert_eq!(serde_json::from_str::<ElectorateRule>(&json).unwrap(), board());
}

#[test]
fn inactive_after_two_years_a_question_and_no_answer() {
    let policy = InactivityPolicy { years: 2, grace_days: 30 };
    let facts = ActivityFacts { last_work: at("2024-01-15T00:00:00Z"), asked: None, confirmed: None };
    let ask_from = at("2026-01-15T00:00:00Z");
    assert_eq!(policy.stands(&facts, ask_from.plus_micros(-1)), Activity::Active { ask_from });
    assert_eq!(policy.stands(&facts, ask_from), Activity::Ask);
    let asked = ActivityFacts { asked: Some(at("2026-02-01T00:00:00Z")), ..facts };
    let until = at("2026-03-03T00:00:00Z");
    assert_eq!(policy.stands(&asked, until.plus_micros(-1)), Activity::Asked { until });
    assert_eq!(policy.stands(&asked, until), Activity::Inactive { since: until });
    let back = ActivityFacts { confirmed: Some(at("2026-06-01T00:00:00Z")), ..asked };
    assert!(matches!(policy.stands(&back, at("2026-06-01T00:00:00Z")), Activity::Active { .. }));
}

fn any_person() -> impl Strategy<Value = PersonFacts> {
    let day = || (0_i64..2000).prop_map(|days| at("2023-01-01T00:00:00Z").plus_days(days));
    let span = move || {
        (day(), prop::option::of(0_i64..900))
            .prop_map(|(from, days)| Interval { from, to: days.map(|d| from.plus_days(d)) })
    };
    let class = || {
        prop::sample::select(vec!["Basic", "Supporting", "Contributing", "Fellow"]).prop_map(ClassId::from)
    };
    let memberships = prop::collection::vec((class(), span()), 0..4);
    let paid = prop::collection::vec(span(), 0..3);
    let affirmed = prop::collection::vec(day(), 0..3);
    (memberships, paid, affirmed, any::<bool>()).prop_map(|(memberships, paid, affirmed, voted)| {
        let mut facts = PersonFacts::new("p");
        facts.memberships = memberships
            .into_iter()
            .map(|(class, during)| Membership { class, during, ended: None })
            .collect();
        facts.paid = paid.into_iter().map(|during| Paid { class: "Supporting".into(), during }).collect();
        for at in affirmed {
            facts = facts.affirmed(&BodyId::from("Board"), at);
        }
        facts.participation.push(vote("Board election 2025", "2025-09-16T14:00:00Z", voted));
        facts
    })
}

proptest! {
    /// On the roll exactly when nothing stands against it; off it never without a reason; facts in any order.
    #[test]
    fn standings_explain_themselves(facts in any_person()) {
        let standing = assess(&facts, &board(), &instants());
        prop_assert_eq!(standing.on_roll, standing.reasons.iter().all(Reason::is_for));
        prop_assert_eq!(standing.on_roll, standing.class.is_some());
        prop_assert!(!standing.in_quorum_base || standing.on_roll);
        let mut shuffled = facts.clone();
        shuffled.memberships.reverse();
        shuffled.paid.reverse();
        shuffled.affirmations.reverse();
        prop_assert_eq!(assess(&shuffled, &board(), &instants()).on_roll, standing.on_roll);
        // Affirming in time never hurts.
        let then = what_if(&facts, &board(), &instants(), &[Hypothesis::Affirm], at("2026-08-01T00:00:00Z")).then;
        prop_assert!(then.on_roll || !standing.on_roll);
    }

    /// Covers of terms never overlap, each is one period long, and every payment in time extends from the end.
    #[test]
    fn covers_do_not_overlap(gaps in prop::collection::vec(1_i64..500, 1..8)) {
        let dues = preset::supporting_dues();
        let mut when = at("2020-02-28T00:00:00Z");
        let payments: Vec<Payment> = gaps.iter().enumerate().map(|(n, days)| {
            when = when.plus_days(*days);
            paid(&n.to_string(), &when.to_string())
        }).collect();
        let covers = dues.covers(&payments);
        prop_assert_eq!(covers.len(), payments.len());
        for (pair, payment) in covers.windows(2).zip(&payments[1..]) {
            let end = pair[0].end.unwrap();
            prop_assert!(pair[1].from >= end);
            prop_assert_eq!(pair[1].from == end, payment.at < end.plus_days(30));
        }
    }
}
