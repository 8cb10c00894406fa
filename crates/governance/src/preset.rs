//! Ready-made policies: a board like that of a software foundation, a steering council (PEP 13) and a packaging council
//! (PEP 772). (`domain.md` 6.10.)

use crate::Fraction;
use crate::deadline::ZonePolicy;
use crate::dues::DuesPolicy;
use crate::electorate::{
    AffirmationPolicy, CertificationPolicy, ClassRule, ElectorateRule, FellowQuorumBase, MissedVotesPolicy,
};
use crate::money::{Currency, Money};
use crate::seats::{
    AffiliationDefinition, Cap, CoAffiliationPolicy, Control, LaterBreach, RelationKind, SeatGroup,
};
use crate::term::TermPolicy;

/// The roll of the board: Fellows, Contributing members who certify, Supporting members who pay; all affirm, waived for
/// those who voted; four missed votes.
#[must_use]
pub fn board_electorate() -> ElectorateRule {
    ElectorateRule {
        body: "Board".into(),
        classes: member_classes(),
        affirmation: Some(AffirmationPolicy { waived_if_voted: true }),
        fellows: FellowQuorumBase::Affirmed,
        missed_votes: Some(MissedVotesPolicy { votes: 4 }),
    }
}

/// The roll of a steering council: the active core team.
#[must_use]
pub fn council_electorate() -> ElectorateRule {
    let core = ClassRule { class: "Core team".into(), dues: false, certification: None, for_life: false };
    ElectorateRule {
        body: "Steering Council".into(),
        classes: vec![core],
        affirmation: None,
        fellows: FellowQuorumBase::All,
        missed_votes: None,
    }
}

/// The roll of a packaging council: members with the vote who opted in for it; casting a vote renews it.
#[must_use]
pub fn packaging_electorate() -> ElectorateRule {
    ElectorateRule { body: "Packaging Council".into(), ..board_electorate() }
}

fn member_classes() -> Vec<ClassRule> {
    let certification = CertificationPolicy {
        months: 12,
        text: "I commit at least five hours a month of unpaid work to the mission.".into(),
    };
    vec![
        ClassRule { class: "Fellow".into(), dues: false, certification: None, for_life: true },
        ClassRule {
            class: "Contributing".into(),
            dues: false,
            certification: Some(certification),
            for_life: false,
        },
        ClassRule { class: "Supporting".into(), dues: true, certification: None, for_life: false },
    ]
}

/// Dues of a Supporting member: 25 or more, 99 suggested, twelve months.
#[must_use]
pub fn supporting_dues() -> DuesPolicy {
    let usd = |minor| Money::minor(minor, Currency::USD);
    DuesPolicy {
        minimum: usd(2_500),
        suggested: usd(9_900),
        lifetime: Some(usd(100_000)),
        period_months: 12,
        grace_days: 30,
        grace_keeps_vote: false,
        zone: ZonePolicy::Utc,
    }
}

/// At most one quarter of the board shares an affiliation, counting chains of control (bylaws 5.14, 5.15).
#[must_use]
pub fn board_co_affiliation() -> CoAffiliationPolicy {
    let kinds =
        [RelationKind::Employee, RelationKind::Officer, RelationKind::Director, RelationKind::Consultant];
    CoAffiliationPolicy {
        max: Cap::Share(Fraction::QUARTER),
        definition: AffiliationDefinition {
            relations: kinds.into_iter().collect(),
            owner_share: Fraction::new(1, 100).ok(),
            control: Some(Control { share: Fraction::HALF, strict: true }),
        },
        requalify: false,
        later: LaterBreach::LongestServing,
    }
}

/// At most two with one employer (PEP 13).
#[must_use]
pub fn council_co_affiliation() -> CoAffiliationPolicy {
    CoAffiliationPolicy {
        max: Cap::Count(2),
        definition: AffiliationDefinition::employer(),
        requalify: false,
        later: LaterBreach::TheyAgree,
    }
}

/// At most two per entity, as employee, officer, director or owner of a quarter; those skipped fill empty seats
/// (PEP 772).
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

/// Cohorts of a packaging council: in the first election A (ranks 1 and 2) for two years and B (ranks 3 to 5) for one;
/// afterwards two years each.
#[must_use]
pub fn packaging_seats(first_election: bool) -> Vec<SeatGroup> {
    let group = |cohort: &str, seats, years| SeatGroup {
        cohort: Some(cohort.to_owned()),
        seats,
        term: TermPolicy::Years(years),
    };
    vec![group("A", 2, 2), group("B", 3, if first_election { 1 } else { 2 })]
}
