//! A steering council as in PEP 13, and its motions.

use super::board::{acknowledgements, retention, statement};
use super::{Builder, roll_rule};
use crate::deadline::{Breach, MilestoneKind, PhaseRule, TimeOfDay, ZonePolicy};
use crate::disclosure::DisclosurePolicy;
use crate::electorate::{ElectorateRule, InactivityPolicy};
use crate::motion::{MotionRule, SecondPolicy, VetoPolicy};
use crate::nomination::{NominationPolicy, Nominators};
use crate::policy::{
    DeadlineZonePolicy, ElectoratePolicy, Method, MethodPolicy, NextInRankPolicy, Policy, PolicySet,
    SeatingPolicy, StarTies, TiePolicy, TieStep, Until, VotingClass,
};
use crate::quorum::QuorumPolicy;
use crate::seats::{AffiliationDefinition, Cap, CoAffiliationPolicy, LaterBreach, Refill, SeatGroup};
use crate::term::TermPolicy;
use crate::threshold::{Base, Threshold};
use crate::{ClassId, Fraction};

const COUNCIL: &str = "Steering Council";

/// Policies of a steering council: Bloc STAR with the tie rules of the election software, five seats until the next
/// election, at most two with one employer.
#[must_use]
pub fn steering_council() -> PolicySet {
    let groups = vec![SeatGroup { cohort: None, seats: 5, term: TermPolicy::UntilNextElection }];
    let method = MethodPolicy {
        method: Method::BlocStar { highest: 5, ties: StarTies::Bettervoting },
        seats: Some(5),
        max_choices: None,
        rank_all: false,
        further_discussion: false,
    };
    let ties = TiePolicy { steps: vec![TieStep::Agreement, TieStep::VerifiableLot] };
    let zone = DeadlineZonePolicy { zone: ZonePolicy::AnywhereOnEarth, time: TimeOfDay::EndOfDay };
    let set = core_team()
        .with("Electing the council", Policy::Quorum(QuorumPolicy::None))
        .with("Electing the council", Policy::Method(method))
        .with("Electing the council", Policy::Tie(ties))
        .with("Composition", Policy::Term(SeatingPolicy { groups, by_rank: false, body_size: 5 }))
        .with("Conflicts of interest", Policy::CoAffiliation(council_co_affiliation()))
        .with(
            "Vacancies",
            Policy::NextInRank(NextInRankPolicy { until: Until::Seating, refill: Refill::TakeVacatedSeat }),
        )
        .with("Vacancies", Policy::Vacancy(COUNCIL.into()))
        .with("Electing the council", Policy::PhaseLength(phases()))
        .with("election records", Policy::DeadlineZone(zone))
        .with("Electing the council", Policy::Nomination(nomination()))
        .with("election records", Policy::Acknowledgements(acknowledgements()))
        .with("election records", Policy::Statement(statement()))
        .with("election records", Policy::FreezeTexts(MilestoneKind::CandidatesAnnounced))
        .with("election records", Policy::Disclosure(DisclosurePolicy::default()))
        .with("privacy notice", Policy::Retention(retention()));
    motions(set).done()
}

fn core_team() -> Builder {
    let class = VotingClass { class: "Core team".into(), dues: false, certify: false, for_life: false };
    let electorate = ElectoratePolicy { body: COUNCIL.into(), classes: vec![class] };
    Builder::new("PEP 13")
        .with("The core team", Policy::Electorate(electorate))
        .with("Inactive members", Policy::Inactivity(InactivityPolicy { years: 2, grace_days: 30 }))
}

fn motions(set: Builder) -> Builder {
    set.for_purpose("Mandate", "council vote", Policy::Motion(council_vote()))
        .for_purpose("Membership", "promotion", Policy::Motion(promotion()))
        .for_purpose("Ejecting core team members", "ejection", Policy::Motion(ejection()))
        .for_purpose("Vote of no confidence", "no confidence", Policy::Motion(no_confidence_council()))
        .for_purpose("Changing this document", "amendment", Policy::Motion(amendment()))
}

/// The roll of a steering council: the active core team.
#[must_use]
pub fn council_electorate() -> ElectorateRule {
    roll_rule(&core_team().done())
}

/// At most two with one employer.
#[must_use]
pub fn council_co_affiliation() -> CoAffiliationPolicy {
    CoAffiliationPolicy {
        max: Cap::Count(2),
        definition: AffiliationDefinition::employer(),
        requalify: false,
        later: LaterBreach::TheyAgree,
    }
}

fn phases() -> Vec<PhaseRule> {
    use MilestoneKind as Kind;
    let phase = |from, to| PhaseRule { from, to, min_days: 7, max_days: 14, breach: Breach::Warn };
    vec![phase(Kind::NominationsOpen, Kind::NominationsClose), phase(Kind::VotingOpen, Kind::VotingClose)]
}

fn nomination() -> NominationPolicy {
    let core: ClassId = "Core team".into();
    NominationPolicy {
        by: Nominators::Classes(vec![core]),
        self_nomination: true,
        own_statement: false,
        endorsements: 0,
        distinct_employers: false,
        nominee_votes: false,
    }
}

fn motion(kind: &str, voting_days: u32, threshold: Threshold) -> MotionRule {
    MotionRule {
        kind: kind.to_owned(),
        second: None,
        voting_days,
        threshold,
        ends_when_all_voted: false,
        hidden_until_close: false,
        veto: None,
        blocked_by: Vec::new(),
    }
}

/// A vote of the council: strict majority of the non-abstaining; over once everybody has voted.
#[must_use]
pub fn council_vote() -> MotionRule {
    let threshold = Threshold::more_than(Fraction::HALF, Base::NonAbstaining);
    MotionRule { ends_when_all_voted: true, ..motion("council vote", 7, threshold) }
}

/// Promotion to the core team: seven days, two thirds, hidden until the close, then the council may veto.
#[must_use]
pub fn promotion() -> MotionRule {
    MotionRule {
        hidden_until_close: true,
        veto: Some(VetoPolicy { body: COUNCIL.to_owned(), days: 7 }),
        ..motion("promotion", 7, Threshold::TWO_THIRDS)
    }
}

/// Ejection of a core team member: two thirds of the council; not during a vote of no confidence.
#[must_use]
pub fn ejection() -> MotionRule {
    let threshold = Threshold::at_least(Fraction::TWO_THIRDS, Base::Members);
    MotionRule {
        ends_when_all_voted: true,
        blocked_by: vec!["no confidence".to_owned()],
        ..motion("ejection", 14, threshold)
    }
}

/// No confidence in a council member or the council: seconded within a week, two weeks, two thirds of the voters.
#[must_use]
pub fn no_confidence_council() -> MotionRule {
    MotionRule {
        second: Some(SecondPolicy { seconders: 1, days: 7 }),
        ..motion("no confidence", 14, Threshold::TWO_THIRDS)
    }
}

/// Amendment of the governing document: two weeks, two thirds of the votes cast.
#[must_use]
pub fn amendment() -> MotionRule {
    motion("amendment", 14, Threshold::TWO_THIRDS)
}
