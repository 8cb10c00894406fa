//! A packaging council as in PEP 772.

use super::board::{acknowledgements, members, retention, statement, two_in_the_afternoon};
use super::{Builder, roll_rule};
use crate::Fraction;
use crate::deadline::{Breach, MilestoneKind, PhaseRule};
use crate::disclosure::DisclosurePolicy;
use crate::electorate::{ElectorateRule, FellowQuorumBase};
use crate::motion::MotionRule;
use crate::nomination::{ExclusionPolicy, NominationPolicy, Nominators};
use crate::policy::{
    Method, MethodPolicy, NextInRankPolicy, Policy, PolicySet, SeatingPolicy, TiePolicy, TieStep, Until,
};
use crate::quorum::QuorumPolicy;
use crate::seats::{
    AffiliationDefinition, Cap, CoAffiliationPolicy, Control, LaterBreach, Refill, RelationKind, SeatGroup,
};
use crate::term::TermPolicy;
use crate::threshold::{Base, Threshold};

const COUNCIL: &str = "Packaging Council";

/// Policies of a packaging council before its first election: half of the electors must vote, cohorts by rank, at most two
/// per entity with re-qualification, certified by the board.
#[must_use]
pub fn packaging_council() -> PolicySet {
    let method = MethodPolicy {
        method: Method::Approval,
        seats: Some(5),
        max_choices: None,
        rank_all: false,
        further_discussion: false,
    };
    let exclusion = ExclusionPolicy { staff: true, serving_on: vec!["Steering Council".into()] };
    let council = Threshold::AllOf(vec![
        Threshold::more_than(Fraction::HALF, Base::NonAbstaining),
        Threshold::AtLeastVoting { votes: 3 },
    ]);
    electors()
        .with("Elections, quorum", Policy::Quorum(QuorumPolicy::cast_or_void(Fraction::HALF)))
        .with("Elections", Policy::Method(method))
        .with("Elections", Policy::Tie(TiePolicy { steps: vec![TieStep::Agreement, TieStep::VerifiableLot] }))
        .with(
            "Cohorts",
            Policy::Term(SeatingPolicy { groups: packaging_seats(true), by_rank: true, body_size: 5 }),
        )
        .with(
            "Vacancies",
            Policy::NextInRank(NextInRankPolicy { until: Until::Seating, refill: Refill::ShiftByRank }),
        )
        .with("Conflicts of interest", Policy::CoAffiliation(packaging_co_affiliation()))
        .with("Eligibility", Policy::Exclusion(exclusion))
        .with("Elections, certification", Policy::Certification("Board".into()))
        .with("Elections, phases", Policy::PhaseLength(phases()))
        .with("Elections, phases", Policy::DeadlineZone(two_in_the_afternoon()))
        .with("Nominations", Policy::Nomination(nomination()))
        .with("Nominations", Policy::Acknowledgements(acknowledgements()))
        .with("Nominations", Policy::Statement(statement()))
        .with("Nominations", Policy::FreezeTexts(MilestoneKind::CandidatesAnnounced))
        .for_purpose("Decisions", "council vote", Policy::Threshold(council))
        .for_purpose("No confidence", "no confidence", Policy::Motion(no_confidence_packaging()))
        .from("Bylaws", "14.8", None, Policy::ElectronicVote(60))
        .from("Election rules", "publication", None, Policy::Disclosure(DisclosurePolicy::default()))
        .from("Privacy notice", "retention", None, Policy::Retention(retention()))
        .done()
}

fn electors() -> Builder {
    members("PEP 772", COUNCIL, FellowQuorumBase::Affirmed)
}

/// The roll of a packaging council: members with the vote who opted in for it; casting a vote renews it.
#[must_use]
pub fn packaging_electorate() -> ElectorateRule {
    roll_rule(&electors().done())
}

/// At most two per entity, as employee, officer, director or owner of a quarter; those skipped fill empty seats.
#[must_use]
pub fn packaging_co_affiliation() -> CoAffiliationPolicy {
    let kinds = [RelationKind::Employee, RelationKind::Officer, RelationKind::Director];
    CoAffiliationPolicy {
        max: Cap::Count(2),
        definition: AffiliationDefinition {
            relations: kinds.into_iter().collect(),
            owner_share: Some(Fraction::QUARTER),
            control: Some(Control { share: Fraction::HALF, strict: true }),
        },
        requalify: true,
        later: LaterBreach::TheyAgree,
    }
}

/// Cohorts: in the first election A (ranks 1 and 2) for two years and B (ranks 3 to 5) for one; afterwards two years
/// each.
#[must_use]
pub fn packaging_seats(first_election: bool) -> Vec<SeatGroup> {
    let group = |cohort: &str, seats, years| SeatGroup {
        cohort: Some(cohort.to_owned()),
        seats,
        term: TermPolicy::Years(years),
    };
    vec![group("A", 2, 2), group("B", 3, if first_election { 1 } else { 2 })]
}

/// No confidence: two thirds of the electors, not of the voters.
#[must_use]
pub fn no_confidence_packaging() -> MotionRule {
    MotionRule {
        kind: "no confidence".to_owned(),
        second: None,
        voting_days: 14,
        threshold: Threshold::at_least(Fraction::TWO_THIRDS, Base::Electors),
        ends_when_all_voted: false,
        hidden_until_close: false,
        veto: None,
        blocked_by: Vec::new(),
    }
}

fn phases() -> Vec<PhaseRule> {
    use MilestoneKind as Kind;
    let phase = |from, to| PhaseRule { from, to, min_days: 14, max_days: 14, breach: Breach::Warn };
    vec![phase(Kind::NominationsOpen, Kind::NominationsClose), phase(Kind::VotingOpen, Kind::VotingClose)]
}

fn nomination() -> NominationPolicy {
    NominationPolicy {
        by: Nominators::AccountHolders,
        self_nomination: true,
        own_statement: true,
        endorsements: 0,
        distinct_employers: false,
        nominee_votes: true,
    }
}
