//! A board like that of a software foundation.

use chrono::{Days, NaiveDate, NaiveTime};

use super::awards::{fellow_by_bylaws, fellow_by_charter, fellow_calendar, fellow_carry_over};
use super::{Builder, roll_rule};
use crate::award::RecusalPolicy;
use crate::deadline::{
    Breach, Deadline, DeadlineError, MilestoneKind, NoticeRule, PhaseRule, Schedule, ScheduleError,
    TimeOfDay, ZonePolicy,
};
use crate::disclosure::DisclosurePolicy;
use crate::dues::DuesPolicy;
use crate::electorate::{
    AffirmationPolicy, CertificationPolicy, ElectorateRule, FellowQuorumBase, MissedVotesPolicy,
};
use crate::nomination::{Acknowledgement, NominationPolicy, Nominators, StatementPolicy};
use crate::policy::{
    DeadlineZonePolicy, ElectoratePolicy, Method, MethodPolicy, NextInRankPolicy, Policy, PolicySet,
    RetentionRule, SeatingPolicy, TiePolicy, TieStep, Until, VotingClass,
};
use crate::quorum::QuorumPolicy;
use crate::seats::{
    AffiliationDefinition, Cap, CoAffiliationPolicy, Control, LaterBreach, Refill, RelationKind, SeatGroup,
};
use crate::term::TermPolicy;
use crate::threshold::{Base, Threshold};
use crate::{Currency, Fraction, Money};

/// Policies of a board: approval voting, a third must vote, cohorts of three years, at most a quarter with a common
/// affiliation.
#[must_use]
pub fn board() -> PolicySet {
    let set = members("Bylaws", "Board", FellowQuorumBase::Affirmed);
    let set = elections(set);
    let set = decisions(set);
    awards(set).done()
}

/// The classes with the vote and what they need; shared with bodies that the same members elect.
pub(super) fn members(document: &'static str, body: &str, fellows: FellowQuorumBase) -> Builder {
    let class =
        |name: &str, dues, certify, for_life| VotingClass { class: name.into(), dues, certify, for_life };
    let electorate = ElectoratePolicy {
        body: body.into(),
        classes: vec![
            class("Fellow", false, false, true),
            class("Contributing", false, true, false),
            class("Supporting", true, false, false),
        ],
    };
    let certification = CertificationPolicy {
        months: 12,
        text: "I commit at least five hours a month of unpaid work to the mission.".into(),
    };
    let bylaws = "Bylaws";
    Builder::new(document)
        .from(bylaws, "4.1, 4.10", None, Policy::Electorate(electorate))
        .from(bylaws, "4.2", None, Policy::Affirmation(AffirmationPolicy { waived_if_voted: true }))
        .from(bylaws, "4.8, 3.9", None, Policy::FellowQuorumBase(fellows))
        .from(bylaws, "4.7", None, Policy::Certify(certification))
        .from(bylaws, "4.5", None, Policy::Dues(supporting_dues()))
        .from(bylaws, "4.9", None, Policy::MissedVotes(MissedVotesPolicy { votes: 4 }))
}

fn elections(set: Builder) -> Builder {
    let groups = vec![SeatGroup { cohort: Some("A".into()), seats: 4, term: TermPolicy::Years(3) }];
    let method = MethodPolicy {
        method: Method::Approval,
        seats: None,
        max_choices: None,
        rank_all: false,
        further_discussion: false,
    };
    set.with("3.9", Policy::Quorum(QuorumPolicy::cast_or_void(Fraction::THIRD)))
        .with("5.4", Policy::Method(method))
        .with("5.4", Policy::Term(SeatingPolicy { groups, by_rank: true, body_size: 11 }))
        .with(
            "5.5",
            Policy::NextInRank(NextInRankPolicy { until: Until::Seating, refill: Refill::ShiftByRank }),
        )
        .with("5.14, 5.15", Policy::CoAffiliation(board_co_affiliation()))
        .with("election rules, ties", Policy::Tie(TiePolicy { steps: vec![TieStep::VerifiableLot] }))
        .with("5.7", Policy::Vacancy("Board".into()))
        .with("14.8", Policy::ElectronicVote(60))
        .with("3.4", Policy::Notice(notice()))
        .with("election rules, timeline", Policy::PhaseLength(phases()))
        .with("election rules, timeline", Policy::DeadlineZone(two_in_the_afternoon()))
        .with("election rules, nominations", Policy::Nomination(nomination()))
        .with("election rules, nominations", Policy::Acknowledgements(acknowledgements()))
        .with("election rules, nominations", Policy::Statement(statement()))
        .with("election rules, nominations", Policy::FreezeTexts(MilestoneKind::CandidatesAnnounced))
}

fn decisions(set: Builder) -> Builder {
    set.with("3.3, 3.9", Policy::Petition(Fraction::new(1, 10).unwrap_or(Fraction::WHOLE)))
        .with("3.8", Policy::RollInspection(5))
        .for_purpose(
            "3.3",
            "act of the members",
            Policy::Threshold(Threshold::more_than(Fraction::HALF, Base::Ballots)),
        )
        .for_purpose(
            "4.15",
            "removal of a member",
            Policy::Threshold(Threshold::at_least(Fraction::TWO_THIRDS, Base::Ballots)),
        )
        .with("election rules, publication", Policy::Disclosure(DisclosurePolicy::default()))
        .with("privacy notice", Policy::Retention(retention()))
}

fn awards(set: Builder) -> Builder {
    set.with("Work Group charter", Policy::AwardRounds(fellow_calendar()))
        .with("Work Group charter", Policy::CarryOver(fellow_carry_over()))
        .with("Work Group charter", Policy::Recusal(RecusalPolicy::StaysInBase))
        .for_purpose("4.8", "Fellow, by the bylaws", Policy::AwardDecision(fellow_by_bylaws()))
        .for_purpose(
            "Work Group charter",
            "Fellow, by the charter",
            Policy::AwardDecision(fellow_by_charter()),
        )
}

/// The roll of the board: Fellows, Contributing members who certify, Supporting members who pay; all affirm, waived for
/// those who voted; four missed votes.
#[must_use]
pub fn board_electorate() -> ElectorateRule {
    roll_rule(&members("Bylaws", "Board", FellowQuorumBase::Affirmed).done())
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

/// A schedule for voting that opens on this day at 14:00 UTC: notice and nominations five weeks before for a fortnight,
/// candidates two days later, affirmation cut-off and record date a week before, voting for a fortnight, result two days
/// later.
///
/// # Errors
/// When a day lies outside the years that deadlines have.
pub fn board_schedule(opening: NaiveDate) -> Result<Schedule, ScheduleError> {
    use MilestoneKind as Kind;
    let mut schedule = Schedule::new();
    for (kind, days) in [
        (Kind::Notice, -35_i64),
        (Kind::NominationsOpen, -35),
        (Kind::NominationsClose, -21),
        (Kind::AcceptanceClose, -20),
        (Kind::CandidatesAnnounced, -19),
        (Kind::AffirmationCutoff, -7),
        (Kind::RecordDate, -7),
        (Kind::VotingOpen, 0),
        (Kind::VotingClose, 14),
        (Kind::ResultAnnounced, 16),
    ] {
        schedule.plan(kind, at_two(opening, days)?)?;
    }
    Ok(schedule)
}

fn at_two(opening: NaiveDate, days: i64) -> Result<Deadline, DeadlineError> {
    let distance = Days::new(days.unsigned_abs());
    let day = if days < 0 { opening.checked_sub_days(distance) } else { opening.checked_add_days(distance) };
    let day = day.ok_or(DeadlineError::YearOutOfRange(chrono::Datelike::year(&opening)))?;
    Deadline::at(day, two_o_clock(), ZonePolicy::Utc)
}

fn two_o_clock() -> NaiveTime {
    NaiveTime::from_hms_opt(14, 0, 0).unwrap_or(NaiveTime::MIN)
}

pub(super) fn two_in_the_afternoon() -> DeadlineZonePolicy {
    DeadlineZonePolicy { zone: ZonePolicy::Utc, time: TimeOfDay::At(two_o_clock()) }
}

fn notice() -> NoticeRule {
    NoticeRule { min_days: 10, max_days: 60, before: MilestoneKind::VotingOpen, breach: Breach::Refuse }
}

fn phases() -> Vec<PhaseRule> {
    use MilestoneKind as Kind;
    let phase = |from, to, days| PhaseRule { from, to, min_days: days, max_days: days, breach: Breach::Warn };
    vec![
        phase(Kind::NominationsOpen, Kind::NominationsClose, 14),
        phase(Kind::AffirmationCutoff, Kind::VotingOpen, 7),
        phase(Kind::VotingOpen, Kind::VotingClose, 14),
    ]
}

fn nomination() -> NominationPolicy {
    NominationPolicy {
        by: Nominators::AccountHolders,
        self_nomination: true,
        own_statement: true,
        endorsements: 0,
        distinct_employers: false,
        nominee_votes: false,
    }
}

pub(super) fn acknowledgements() -> Vec<Acknowledgement> {
    let one =
        |name: &str, text: &str, required| Acknowledgement { name: name.into(), text: text.into(), required };
    vec![
        one("code of conduct", "I have read the code of conduct and will keep to it.", true),
        one("mission", "I support the mission of the organisation.", false),
    ]
}

pub(super) fn statement() -> StatementPolicy {
    let headings = ["Why I stand", "What I have done", "What I want to do", "Affiliations", "Availability"];
    StatementPolicy { headings: headings.map(str::to_owned).to_vec(), limit_bytes: 32_768 }
}

pub(super) fn retention() -> Vec<RetentionRule> {
    let rule = |kind: &str, months| RetentionRule { kind: kind.into(), months };
    vec![rule("participation", Some(24)), rule("delivery of messages", Some(6)), rule("public results", None)]
}
