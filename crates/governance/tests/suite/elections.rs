//! The state machine: the way through, guards one by one, roles.

use folkmoot_governance::deadline::{Deadline, MilestoneKind as Kind, Schedule};
use folkmoot_governance::election::{
    Actor, Authority, Effect, ElectionFacts, Refusal, State, Step, Uncontested, apply, check, next_steps,
};
use folkmoot_governance::quorum::{Counts, OnFail, QuorumFacts, QuorumPolicy};
use folkmoot_governance::roles::{ConflictReason, Permission, Role, conflicts, incompatible, may};
use folkmoot_governance::{Fraction, Instant};
use proptest::prelude::*;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

const MILESTONES: [(Kind, &str); 7] = [
    (Kind::NominationsOpen, "2026-07-28T14:00:00Z"),
    (Kind::NominationsClose, "2026-08-11T14:00:00Z"),
    (Kind::CandidatesAnnounced, "2026-08-13T14:00:00Z"),
    (Kind::RecordDate, "2026-08-25T14:00:00Z"),
    (Kind::VotingOpen, "2026-09-01T14:00:00Z"),
    (Kind::VotingClose, "2026-09-15T14:00:00Z"),
    (Kind::ResultAnnounced, "2026-09-17T14:00:00Z"),
];

/// Story 1 with everything in place: 1,459 on the roll, 4 seats, 26 candidates, 2 of 3 trustees, 578 ballots.
fn ready() -> ElectionFacts {
    let mut facts = ElectionFacts::default();
    let mut schedule = Schedule::new();
    for (kind, instant) in MILESTONES {
        schedule.plan(kind, Deadline::from_utc(at(instant)).unwrap()).unwrap();
    }
    facts.schedule = schedule;
    let set_up = &mut facts.set_up;
    (set_up.body, set_up.method, set_up.tie, set_up.roll_policy) = (true, true, true, true);
    (set_up.seats_apply, set_up.seats, set_up.nominations) = (true, Some(4), true);
    set_up.quorum = Some(QuorumPolicy::cast_or_void(Fraction::THIRD));
    set_up.certification = true;
    facts.candidates.eligible = 26;
    let ready = &mut facts.preparation;
    (ready.roll, ready.credentials, ready.reserve) = (Some(1459), 1479, 20);
    (ready.registrar_ready, ready.dummy_counted, ready.mail_canary, ready.box_published) =
        (true, true, true, true);
    ready.previewed_seats = Some(4);
    let trustees = &mut ready.trustees;
    (trustees.total, trustees.threshold, trustees.checked, trustees.present_for_count) = (3, 2, 3, 2);
    facts.voting.quorum = QuorumFacts { base: 1459, counted: 578, ..QuorumFacts::default() };
    let count = &mut facts.count;
    (count.counted, count.decryptions_verified, count.result_verified) = (578, 2, true);
    (count.allocated, count.certified) = (true, true);
    count.retention_ends = Some(at("2027-09-15T00:00:00Z"));
    facts
}

fn officers() -> Authority {
    Authority {
        first: Some(Actor { person: "rita".into(), role: Role::ReturnsOfficer }),
        second: Some(Actor { person: "sam".into(), role: Role::SecondOfficer }),
    }
}

fn go(state: State, step: &Step, facts: &ElectionFacts, now: &str) -> Result<State, Refusal> {
    apply(state, step, facts, &officers(), at(now)).map(|transition| transition.to)
}

fn unmet(state: State, step: &Step, facts: &ElectionFacts, now: &str) -> Vec<String> {
    go(state, step, facts, now).unwrap_err().unmet.into_iter().map(|check| check.name).collect()
}

#[test]
fn the_whole_way_of_a_board_election() {
    let facts = ready();
    let way = [
        (Step::Announce, "2026-07-01T00:00:00Z", State::Announced),
        (Step::OpenNominations, "2026-07-28T14:00:00Z", State::Nominations),
        (Step::CloseNominations, "2026-08-11T14:00:00Z", State::ClosedNominations),
        (Step::AnnounceCandidates, "2026-08-13T14:00:00Z", State::CandidatesAnnounced),
        (Step::FinishRehearsal, "2026-08-30T00:00:00Z", State::Rehearsed),
        (Step::Open, "2026-09-01T14:00:00Z", State::Open),
        (Step::Suspend { reason: "Outage.".into() }, "2026-09-05T00:00:00Z", State::Suspended),
        (Step::Resume { reason: "Repaired.".into() }, "2026-09-05T02:00:00Z", State::Open),
        (Step::Close, "2026-09-15T14:00:00Z", State::Closed),
        (Step::ConcludeQuorum, "2026-09-15T14:00:00Z", State::QuorumOk),
        (Step::StartDecryption, "2026-09-15T15:00:00Z", State::Decrypting),
        (Step::FinishCount, "2026-09-15T16:00:00Z", State::Counted),
        (Step::Allocate, "2026-09-15T17:00:00Z", State::Allocated),
        (Step::Certify, "2026-09-17T00:00:00Z", State::Certified),
        (Step::Publish, "2026-09-17T14:00:00Z", State::Published),
        (Step::Archive, "2027-09-15T00:00:00Z", State::Archived),
    ];
    let mut state = State::Draft;
    for (step, now, expected) in way {
        state = go(state, &step, &facts, now).unwrap_or_else(|refusal| panic!("{step:?}: {refusal}"));
        assert_eq!(state, expected);
    }
    assert!(next_steps(state, &facts).is_empty() && state.is_final());
}

#[test]
fn nothing_happens_before_its_instant() {
    let facts = ready();
    for (state, step, kind) in [
        (State::Announced, Step::OpenNominations, Kind::NominationsOpen),
        (State::Nominations, Step::CloseNominations, Kind::NominationsClose),
        (State::ClosedNominations, Step::AnnounceCandidates, Kind::CandidatesAnnounced),
        (State::Rehearsed, Step::Open, Kind::VotingOpen),
        (State::Open, Step::Close, Kind::VotingClose),
        (State::Certified, Step::Publish, Kind::ResultAnnounced),
    ] {
        let instant = facts.schedule.instant(&kind).unwrap();
        let early = apply(state, &step, &facts, &officers(), instant.plus_micros(-1)).unwrap_err();
        assert!(early.to_string().contains(&instant.to_string()), "{early}");
        assert!(apply(state, &step, &facts, &officers(), instant).is_ok());
    }
}

/// Story 5: seats unset cannot leave draft.
#[test]
fn a_draft_needs_everything_set() {
    let now = "2026-07-01T00:00:00Z";
    let mut facts = ready();
    facts.set_up.seats = None;
    assert_eq!(unmet(State::Draft, &Step::Announce, &facts, now), ["seats"]);
    facts.set_up.seats = Some(0);
    assert_eq!(unmet(State::Draft, &Step::Announce, &facts, now), ["seats"]);
    facts.set_up.seats_apply = false;
    assert_eq!(go(State::Draft, &Step::Announce, &facts, now), Ok(State::Announced));
    let empty = ElectionFacts::default();
    let expected = ["body", "method", "quorum", "tie", "roll", "milestones"];
    assert_eq!(unmet(State::Draft, &Step::Announce, &empty, now), expected);
    assert_eq!(unmet(State::Draft, &Step::Announce, &ready(), "2026-07-28T14:00:00Z"), ["future"]);
    let mut contradictory = ready();
    contradictory.set_up.contradictions.push("x".into());
    assert_eq!(unmet(State::Draft, &Step::Announce, &contradictory, now), ["policies"]);
}

#[test]
fn guards_of_preparation() {
    let now = "2026-08-30T00:00:00Z";
    type Break = fn(&mut ElectionFacts);
    let breaks: [(&str, Break); 9] = [
        ("roll_frozen", |f| f.preparation.roll = None),
        ("credentials", |f| f.preparation.registrar_ready = false),
        ("one_key_may_be_lost", |f| f.preparation.trustees.threshold = 3),
        ("keys_checked", |f| f.preparation.trustees.checked = 2),
        ("dummy_count", |f| f.preparation.dummy_counted = false),
        ("mail", |f| f.preparation.mail_canary = false),
        ("preview", |f| f.preparation.previewed_seats = Some(13)),
        ("preview", |f| f.preparation.previewed_seats = None),
        ("contested", |f| f.candidates.eligible = 4),
    ];
    for (name, break_it) in breaks {
        let mut facts = ready();
        break_it(&mut facts);
        assert_eq!(unmet(State::CandidatesAnnounced, &Step::FinishRehearsal, &facts, now), [name]);
    }
    let mut facts = ready();
    (facts.preparation.trustees.threshold, facts.preparation.trustees.all_needed_accepted_by) = (3, 2);
    assert!(go(State::CandidatesAnnounced, &Step::FinishRehearsal, &facts, now).is_ok());
    let mut facts = ready();
    facts.preparation.credentials = 1478;
    assert_eq!(unmet(State::Rehearsed, &Step::Open, &facts, "2026-09-01T14:00:00Z"), ["credential_count"]);
    let mut facts = ready();
    facts.candidates.undecided = 1;
    let refused =
        go(State::ClosedNominations, &Step::AnnounceCandidates, &facts, "2026-08-13T14:00:00Z").unwrap_err();
    assert_eq!(refused.to_string(), "1 accepted candidacy is not decided; find each eligible or ineligible.");
}

/// Story 1's variant: 486 ballots.
#[test]
fn one_ballot_short_is_void_and_stays_sealed() {
    let mut facts = ready();
    facts.voting.quorum.counted = 486;
    let close = "2026-09-15T14:00:00Z";
    assert_eq!(go(State::Open, &Step::Close, &facts, close), Ok(State::Closed));
    let transition =
        apply(State::Closed, &Step::ConcludeQuorum, &facts, &Authority::default(), at(close)).unwrap();
    assert_eq!((transition.to, transition.effects), (State::Void, vec![Effect::PublishVoid]));
    assert!(!State::Void.trustees_unlocked() && State::Void.is_final());
    assert_eq!(unmet(State::Void, &Step::StartDecryption, &facts, close), ["state"]);
    facts.voting.quorum.counted = 487;
    assert_eq!(go(State::Closed, &Step::ConcludeQuorum, &facts, close), Ok(State::QuorumOk));
}

#[test]
fn a_failed_quorum_may_extend_or_be_referred() {
    let close = "2026-09-15T14:00:00Z";
    let with = |on_fail| {
        let mut facts = ready();
        facts.voting.quorum.counted = 100;
        let (fraction, counts) = (Fraction::THIRD, Counts::Cast);
        facts.set_up.quorum = Some(QuorumPolicy::Share { fraction, strict: false, counts, on_fail });
        facts
    };
    let mut facts = with(OnFail::Extend { days: 7, times: 1 });
    let extended = apply(State::Open, &Step::Close, &facts, &Authority::default(), at(close)).unwrap();
    assert_eq!((extended.to, extended.effects), (State::Open, vec![Effect::ExtendVoting { days: 7 }]));
    facts.voting.quorum.extensions = 1;
    assert_eq!(go(State::Open, &Step::Close, &facts, close), Ok(State::Closed));
    assert_eq!(go(State::Closed, &Step::ConcludeQuorum, &facts, close), Ok(State::Void));
    let mut facts = with(OnFail::Refer { body: "Board".into() });
    assert_eq!(go(State::Closed, &Step::ConcludeQuorum, &facts, close), Ok(State::Referred));
    assert_eq!(unmet(State::Referred, &Step::DecideReferred, &facts, close), ["decision"]);
    facts.voting.body_lets_stand = Some(false);
    assert_eq!(go(State::Referred, &Step::DecideReferred, &facts, close), Ok(State::Void));
    facts.voting.body_lets_stand = Some(true);
    assert_eq!(go(State::Referred, &Step::DecideReferred, &facts, close), Ok(State::QuorumOk));
}

/// Story 12: the key check blocks the count, never the close; and small counts wait.
#[test]
fn guards_of_the_count() {
    let now = "2026-09-15T15:00:00Z";
    let mut facts = ready();
    facts.preparation.trustees.present_for_count = 1;
    assert!(go(State::Open, &Step::Close, &facts, now).is_ok());
    assert_eq!(unmet(State::QuorumOk, &Step::StartDecryption, &facts, now), ["keys_present"]);
    let mut facts = ready();
    facts.count.counted = 9;
    assert_eq!(unmet(State::QuorumOk, &Step::StartDecryption, &facts, now), ["enough_ballots"]);
    facts.count.small_count_waived_by = 2;
    assert!(go(State::QuorumOk, &Step::StartDecryption, &facts, now).is_ok());
    let mut facts = ready();
    facts.set_up.shuffles = true;
    assert_eq!(unmet(State::QuorumOk, &Step::StartDecryption, &facts, now), ["state", "shuffled"]);
    assert_eq!(go(State::QuorumOk, &Step::StartShuffling, &facts, now), Ok(State::Shuffling));
    facts.count.shuffles_verified = 2;
    assert_eq!(go(State::Shuffling, &Step::StartDecryption, &facts, now), Ok(State::Decrypting));
    facts.count.result_verified = false;
    assert_eq!(unmet(State::Decrypting, &Step::FinishCount, &facts, now), ["verified"]);
    facts.count.open_ties = 1;
    assert_eq!(unmet(State::Counted, &Step::Allocate, &facts, now), ["ties"]);
    facts.count.certified = false;
    assert_eq!(unmet(State::Allocated, &Step::Certify, &facts, now), ["certified"]);
}

/// Story 5: 3 candidates for 4 seats.
#[test]
fn the_uncontested_path() {
    let now = "2026-08-30T00:00:00Z";
    let mut facts = ready();
    facts.candidates.eligible = 3;
    assert_eq!(unmet(State::CandidatesAnnounced, &Step::DeclareElected, &facts, now), ["acclaim"]);
    facts.candidates.uncontested = Some(Uncontested::Acclaim);
    assert_eq!(go(State::CandidatesAnnounced, &Step::DeclareElected, &facts, now), Ok(State::Allocated));
    facts.candidates.uncontested = Some(Uncontested::HoldVote);
    assert_eq!(go(State::CandidatesAnnounced, &Step::FinishRehearsal, &facts, now), Ok(State::Rehearsed));
    facts.candidates.eligible = 5;
    assert_eq!(
        unmet(State::CandidatesAnnounced, &Step::DeclareElected, &facts, now),
        ["uncontested", "acclaim"]
    );
}

#[test]
fn who_may_act() {
    let facts = ready();
    let now = at("2026-09-01T14:00:00Z");
    let names = |by: &Authority| {
        let checks = check(State::Rehearsed, &Step::Open, &facts, by, now);
        checks.into_iter().filter(|check| !check.ok).map(|check| check.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&officers()), Vec::<String>::new());
    assert_eq!(names(&Authority::default()), ["actor", "second_officer"]);
    assert_eq!(names(&Authority { second: None, ..officers() }), ["second_officer"]);
    let alone = Actor { person: "rita".into(), role: Role::SecondOfficer };
    assert_eq!(names(&Authority { second: Some(alone), ..officers() }), ["second_officer"]);
    let administrator = Some(Actor { person: "ada".into(), role: Role::SystemAdministrator });
    assert_eq!(names(&Authority { first: administrator.clone(), ..officers() }), ["actor"]);
    let by = Authority { first: administrator, second: None };
    assert!(apply(State::Open, &Step::Close, &facts, &by, at("2026-09-15T14:00:00Z")).is_err());
    let suspend = Step::Suspend { reason: " ".into() };
    assert_eq!(unmet(State::Open, &suspend, &facts, "2026-09-05T00:00:00Z"), ["reason"]);
    let mut suspended = ready();
    suspended.voting.suspended_at = Some(at("2026-09-05T00:00:00Z"));
    let resume = Step::Resume { reason: "Repaired.".into() };
    let resumed =
        apply(State::Suspended, &resume, &suspended, &officers(), at("2026-09-05T02:00:00Z")).unwrap();
    assert!(resumed.effects.contains(&Effect::OfferLostTime(7_200_000_000)));
}

#[test]
fn no_role_holds_keys_and_edits_the_roll() {
    for role in Role::ALL {
        assert!(!(role.holds_keys() && role.edits_roll()), "{role:?}");
        for other in Role::ALL {
            assert_eq!(incompatible(role, other), incompatible(other, role));
            if role.holds_keys() && other.edits_roll() {
                assert!(incompatible(role, other).is_some(), "{role:?} {other:?}");
            }
        }
    }
    assert_eq!(incompatible(Role::Candidate, Role::Observer), Some(ConflictReason::CandidateInOffice));
    let found = conflicts([Role::Trustee, Role::Registrar, Role::VotingMember]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].why, ConflictReason::CredentialsAndKey);
    assert!(conflicts([Role::VotingMember, Role::Candidate, Role::AccountHolder]).is_empty());
    assert!(may(&[Role::AccountHolder, Role::VotingMember], Permission::Vote));
    assert!(!may(&[Role::ReturnsOfficer, Role::SystemAdministrator], Permission::HoldKeyShare));
    // Only the trustee holds a share, only the registrar credentials, only voting members vote.
    for (permission, only) in [
        (Permission::HoldKeyShare, Role::Trustee),
        (Permission::HandleCredentials, Role::Registrar),
        (Permission::Vote, Role::VotingMember),
        (Permission::CertifyResult, Role::CertifyingBody),
    ] {
        assert_eq!(Role::ALL.iter().filter(|role| role.allows(permission)).collect::<Vec<_>>(), [&only]);
    }
}

fn all_steps() -> Vec<Step> {
    let reason = "r".to_owned();
    vec![
        Step::Announce,
        Step::OpenNominations,
        Step::CloseNominations,
        Step::AnnounceCandidates,
        Step::DeclareElected,
        Step::FinishRehearsal,
        Step::Open,
        Step::Suspend { reason: reason.clone() },
        Step::Resume { reason },
        Step::Close,
        Step::ConcludeQuorum,
        Step::DecideReferred,
        Step::StartShuffling,
        Step::StartDecryption,
        Step::FinishCount,
        Step::Allocate,
        Step::Certify,
        Step::Publish,
        Step::Archive,
    ]
}

proptest! {
    /// Whatever is tried in whatever order: nothing is decrypted without the quorum, a void election stays void, and a
    /// refusal always says why.
    #[test]
    fn no_way_around_the_quorum(
        steps in prop::collection::vec((0_usize..19, 0_i64..80), 0..60), counted in 400_u64..600, shuffles in any::<bool>(),
    ) {
        let mut facts = ready();
        facts.voting.quorum.counted = counted;
        facts.set_up.shuffles = shuffles;
        facts.count.shuffles_verified = 2;
        let mut state = State::Draft;
        let mut days = 0;
        for (step, more) in steps {
            days += more / 20;
            let now = at("2026-07-01T00:00:00Z").plus_days(days);
            match apply(state, &all_steps()[step], &facts, &officers(), now) {
                Ok(transition) => {
                    prop_assert_eq!(transition.from, state);
                    prop_assert!(!state.is_final());
                    prop_assert!(!transition.to.trustees_unlocked() || counted >= 487);
                    state = transition.to;
                }
                Err(refusal) => prop_assert!(!refusal.unmet.is_empty() && !refusal.to_string().is_empty()),
            }
        }
    }
}
