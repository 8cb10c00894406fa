//! Policies as values: presets, contradictions, freezing; and who may stand.

use std::collections::BTreeSet;

use folkmoot_governance::deadline::{MilestoneKind as Kind, TimeOfDay, ZonePolicy};
use folkmoot_governance::nomination::{
    CandidacyFacts, CandidacyProblem, CandidacyRules, Endorser, ExclusionPolicy, NominationPolicy,
    NominationRefusal, NominatorFacts, Nominators,
};
use folkmoot_governance::policy::{
    Authority, DeadlineZonePolicy, FrozenPolicies, Method, MethodPolicy, Policy, PolicyName, PolicySet,
    PolicySetError, PolicyStatus, PolicyVersion, StarTies, TiePolicy, TieStep, digest_of,
};
use folkmoot_governance::quorum::{Counts, OnFail, QuorumPolicy};
use folkmoot_governance::threshold::{Base, Threshold};
use folkmoot_governance::{Explain, Fraction, preset};

use crate::vectors::{each, text};

fn presets() -> [(&'static str, PolicySet); 3] {
    [
        ("board", preset::board()),
        ("council", preset::steering_council()),
        ("packaging", preset::packaging_council()),
    ]
}

/// The set with one policy replaced by another version of it.
fn with(set: &PolicySet, policy: Policy) -> PolicySet {
    let mut set = set.clone();
    set.remove(policy.name(), None);
    set.put(PolicyVersion {
        purpose: None,
        version: 1,
        status: PolicyStatus::Adopted,
        authority: Authority { document: "Test".into(), section: "1".into() },
        policy,
    })
    .unwrap();
    set
}

fn without(set: &PolicySet, name: PolicyName) -> PolicySet {
    let mut set = set.clone();
    set.remove(name, None);
    set
}

fn reasons(set: &PolicySet) -> Vec<String> {
    set.contradictions().iter().map(Explain::sentence).collect()
}

#[test]
fn presets_fit_together_and_freeze() {
    for (name, set) in presets() {
        assert_eq!(reasons(&set), Vec::<String>::new(), "{name}");
        let frozen = set.freeze().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(frozen.digest.len(), 64);
        let stored = serde_json::to_string(&frozen).unwrap();
        let back: FrozenPolicies = serde_json::from_str(&stored).unwrap();
        assert_eq!(back.verified().unwrap().unwrap(), set);
        let forged = stored.replacen("\"version\":1", "\"version\":2", 1);
        assert_ne!(forged, stored);
        let forged: FrozenPolicies = serde_json::from_str(&forged).unwrap();
        assert_eq!(forged.verified().unwrap(), None);
        let words = set.plain_words();
        assert_eq!(words.len(), set.versions().len());
        assert!(words.iter().all(|line| line.contains("version 1]") && line.len() > 30), "{words:?}");
    }
}

#[test]
fn every_named_policy_is_in_a_preset_or_expressible() {
    let used: BTreeSet<PolicyName> = presets()
        .iter()
        .flat_map(|(_, set)| set.versions().iter().map(|version| version.policy.name()))
        .collect();
    let beside: BTreeSet<PolicyName> = [PolicyName::Veto, PolicyName::Second].into();
    for name in PolicyName::ALL {
        assert!(used.contains(name) || beside.contains(name), "{}", name.as_str());
    }
    // The names of domain.md 6.2.
    let names: BTreeSet<&str> = PolicyName::ALL.iter().map(|name| name.as_str()).collect();
    for name in "electorate quorum fellow_quorum_base method threshold tie co_affiliation term next_in_rank nomination \
         acknowledgements statement notice phase_length deadline_zone dues certify missed_votes inactivity award_rounds \
         carry_over award_decision recusal veto second freeze_texts disclosure retention certification exclusion"
        .split_whitespace()
    {
        assert!(names.contains(name), "{name}");
    }
}

#[test]
fn the_presets_say_what_they_should() {
    let council = preset::steering_council();
    let Some(Policy::Method(method)) = council.find(PolicyName::Method) else { panic!() };
    assert_eq!(method.method, Method::BlocStar { highest: 5, ties: StarTies::Bettervoting });
    assert!(method.method.needs_shuffle() && !Method::Approval.needs_shuffle());
    assert_eq!(council.find(PolicyName::Quorum), Some(&Policy::Quorum(QuorumPolicy::None)));
    let Some(Policy::DeadlineZone(zone)) = council.find(PolicyName::DeadlineZone) else { panic!() };
    assert_eq!(zone.zone, ZonePolicy::AnywhereOnEarth);
    assert!(council.find_for(PolicyName::Motion, "no confidence").is_some());
    let packaging = preset::packaging_council();
    assert_eq!(packaging.find(PolicyName::Certification), Some(&Policy::Certification("Board".into())));
    assert_eq!(packaging.electorate_rule().unwrap(), preset::packaging_electorate());
    assert_eq!(preset::board().electorate_rule().unwrap(), preset::board_electorate());
    let words = preset::board().plain_words();
    let quorum = "Quorum: At least one third of those entitled to vote must cast a ballot; otherwise the vote is void and \
         nothing is counted. [Bylaws, 3.9; version 1]";
    assert!(words.iter().any(|line| line == quorum), "{words:#?}");
}

/// The schedule of 2026, from its opening day alone.
#[test]
fn vectors_board_schedule_of_2026() {
    each("packaging-council-2026.json", |file| {
        let opening = text(&file["dates"], "voting_open").get(..10).unwrap().parse().unwrap();
        let schedule = preset::board_schedule(opening).unwrap();
        for (name, kind) in [
            ("nominations_open", Kind::NominationsOpen),
            ("nominations_close", Kind::NominationsClose),
            ("affirmation_cutoff", Kind::AffirmationCutoff),
            ("voting_open", Kind::VotingOpen),
            ("voting_close", Kind::VotingClose),
        ] {
            assert_eq!(schedule.instant(&kind).unwrap().to_string(), text(&file["dates"], name), "{name}");
        }
        let announced = schedule.get(&Kind::CandidatesAnnounced).unwrap().deadline().civil().date;
        assert_eq!(announced.to_string(), text(&file["dates"], "candidates_announced"));
        for (name, set) in [("board", preset::board()), ("packaging", preset::packaging_council())] {
            assert_eq!(schedule.check(&set.schedule_rules(), &[]), [], "{name}");
        }
        6
    });
}

#[test]
fn contradictory_sets_are_refused_with_the_reason() {
    let board = preset::board();
    let method = |method: Method, seats: Option<u32>| {
        Policy::Method(MethodPolicy {
            method,
            seats,
            max_choices: None,
            rank_all: false,
            further_discussion: false,
        })
    };
    let extend = QuorumPolicy::Share {
        fraction: Fraction::THIRD,
        strict: false,
        counts: Counts::Cast,
        on_fail: OnFail::Extend { days: 14, times: 4 },
    };
    let zone = DeadlineZonePolicy { zone: ZonePolicy::AnywhereOnEarth, time: TimeOfDay::StartOfDay };
    let exclusion = ExclusionPolicy { staff: false, serving_on: vec!["Board".into()] };
    let ties = |steps: Vec<TieStep>| Policy::Tie(TiePolicy { steps });
    let cases = [
        (with(&board, method(Method::Irv, None)), "Instant runoff fills one seat only"),
        (with(&board, method(Method::Approval, Some(0))), "The number of seats is not set"),
        (with(&board, method(Method::Approval, Some(3))), "different numbers of seats"),
        (with(&board, method(Method::Majority, None)), "A yes-or-no question fills no seats"),
        (with(&board, Policy::Quorum(extend)), "longer than an electronic vote is allowed"),
        (with(&board, ties(vec![TieStep::Agreement])), "may fail too"),
        (with(&board, ties(vec![])), "may fail too"),
        (with(&board, ties(vec![TieStep::VerifiableLot, TieStep::Body("Board".into())])), "never reached"),
        (with(&board, Policy::DeadlineZone(zone)), "ambiguous"),
        (with(&board, Policy::Exclusion(exclusion)), "could never stand again"),
        (
            with(&board, Policy::Threshold(Threshold::more_than(Fraction::WHOLE, Base::Members))),
            "never be reached",
        ),
        (without(&board, PolicyName::Certify), "no policy says what and how often"),
        (without(&board, PolicyName::Dues), "no policy says how much"),
        (without(&board, PolicyName::Affirmation), "cannot affirm where nobody affirms"),
        (without(&board, PolicyName::AwardRounds), "Nothing carries over without rounds"),
    ];
    for (set, expected) in cases {
        let found = reasons(&set);
        assert!(found.iter().any(|reason| reason.contains(expected)), "{expected}: {found:?}");
        let PolicySetError::Contradictions(again) = set.freeze().unwrap_err() else { panic!("{expected}") };
        assert_eq!(again, set.contradictions());
    }
}

#[test]
fn versions_follow_each_other_and_cite_their_authority() {
    let mut set = preset::board();
    let version = |version, document: &str, status| PolicyVersion {
        purpose: None,
        version,
        status,
        authority: Authority { document: document.into(), section: "3.9".into() },
        policy: Policy::Quorum(QuorumPolicy::cast_or_void(Fraction::QUARTER)),
    };
    let adopted = PolicyStatus::Adopted;
    assert_eq!(set.put(version(2, " ", adopted)), Err(PolicySetError::NoAuthority(PolicyName::Quorum)));
    let wrong = set.put(version(3, "Bylaws", adopted)).unwrap_err();
    assert_eq!(wrong.to_string(), "Quorum is at version 1; the next one must be 2, not 3");
    let before = set.freeze().unwrap().digest;
    set.put(version(2, "Bylaws", PolicyStatus::Draft)).unwrap();
    assert_eq!(set.freeze(), Err(PolicySetError::NotAdopted(PolicyName::Quorum)));
    set.put(version(3, "Bylaws", adopted)).unwrap();
    assert_ne!(set.freeze().unwrap().digest, before);
    assert_eq!(without(&set, PolicyName::Tie).freeze(), Err(PolicySetError::Missing(PolicyName::Tie)));
}

/// The hash is that of Python's `json.dumps(…, sort_keys=True, separators=(",", ":"), ensure_ascii=False)`.
#[test]
fn anybody_can_compute_the_hash() {
    let value: serde_json::Value =
        serde_json::from_str(r#"{"b": ["ü", 1, null], "a": {"d": true, "c": "1/3"}}"#).unwrap();
    // hashlib.sha256('{"a":{"c":"1/3","d":true},"b":["ü",1,null]}'.encode()).hexdigest()
    assert_eq!(
        digest_of(&value).unwrap(),
        "56dcd4465c77ddd13fc58c5f9d266489539350569faf11f712dd76d949859a8e"
    );
}

fn nominator(account: bool, votes: bool, class: &str) -> NominatorFacts {
    NominatorFacts { account, votes, classes: vec![class.into()], is_nominee: false }
}

#[test]
fn who_may_nominate() {
    let council = preset::steering_council();
    let Some(Policy::Nomination(policy)) = council.find(PolicyName::Nomination) else { panic!() };
    assert_eq!(policy.may_nominate(&nominator(true, true, "Core team")), Ok(()));
    let refused = policy.may_nominate(&nominator(true, true, "Fellow")).unwrap_err();
    assert_eq!(refused.to_string(), "only Core team members may nominate");
    let open = NominationPolicy { by: Nominators::Anybody, self_nomination: false, ..policy.clone() };
    assert_eq!(open.may_nominate(&NominatorFacts::default()), Ok(()));
    let own = NominatorFacts { is_nominee: true, ..NominatorFacts::default() };
    assert_eq!(open.may_nominate(&own), Err(NominationRefusal::OwnName));
    let accounts = NominationPolicy { by: Nominators::AccountHolders, ..open.clone() };
    assert_eq!(accounts.may_nominate(&NominatorFacts::default()), Err(NominationRefusal::NoAccount));
    let voters = NominationPolicy { by: Nominators::Voters, ..open };
    assert_eq!(voters.may_nominate(&nominator(true, false, "Basic")), Err(NominationRefusal::NoVote));
}

/// Three supporters from three employers, as in other communities; and everything else that a candidacy needs.
#[test]
fn what_a_candidacy_needs() {
    let set = preset::packaging_council();
    let (
        Some(Policy::Nomination(nomination)),
        Some(Policy::Exclusion(exclusion)),
        Some(Policy::Acknowledgements(list)),
    ) = (
        set.find(PolicyName::Nomination),
        set.find(PolicyName::Exclusion),
        set.find(PolicyName::Acknowledgements),
    )
    else {
        panic!()
    };
    let Some(Policy::Statement(statement)) = set.find(PolicyName::Statement) else { panic!() };
    let nomination = NominationPolicy { endorsements: 3, distinct_employers: true, ..nomination.clone() };
    let rules = CandidacyRules {
        nomination: &nomination,
        exclusion: Some(exclusion),
        acknowledgements: list,
        statement: Some(statement),
    };
    let endorser = |person: &str, employer: Option<&str>| Endorser {
        person: person.into(),
        employer: employer.map(Into::into),
    };
    let mut facts = CandidacyFacts {
        accepted: true,
        own_statement: true,
        statement_bytes: 15_000,
        votes: true,
        employers: vec!["W".into()],
        affiliations_declared: true,
        acknowledged: BTreeSet::from(["code of conduct".to_owned()]),
        endorsers: vec![endorser("a", Some("X")), endorser("b", Some("Y")), endorser("c", None)],
        ..CandidacyFacts::default()
    };
    assert_eq!(rules.problems(&facts), []);
    facts.endorsers = vec![
        endorser("a", Some("X")),
        endorser("b", Some("X")),
        endorser("c", Some("W")),
        endorser("a", Some("Z")),
    ];
    assert_eq!(rules.problems(&facts), [CandidacyProblem::TooFewEndorsers { have: 1, need: 3 }]);
    let nothing = CandidacyFacts {
        staff: true,
        serving_on: vec!["Steering Council".into(), "Board".into()],
        statement_bytes: 40_000,
        ..CandidacyFacts::default()
    };
    let found = rules.problems(&nothing);
    let mendable = found.iter().filter(|problem| problem.can_be_mended()).count();
    assert_eq!((found.len(), mendable), (9, 6));
    let last = found.last().map(Explain::sentence);
    assert_eq!(last.as_deref(), Some("The nominee serves on the Steering Council."));
}
