//! The named policies.

use serde::{Deserialize, Serialize};

use super::kinds::{
    DeadlineZonePolicy, ElectoratePolicy, MethodPolicy, NextInRankPolicy, RetentionRule, SeatingPolicy,
    TiePolicy,
};
use crate::award::{AwardCalendar, AwardDecisionPolicy, CarryOverPolicy, RecusalPolicy};
use crate::deadline::{MilestoneKind, NoticeRule, PhaseRule};
use crate::disclosure::DisclosurePolicy;
use crate::dues::DuesPolicy;
use crate::electorate::{
    AffirmationPolicy, CertificationPolicy, FellowQuorumBase, InactivityPolicy, MissedVotesPolicy,
};
use crate::motion::{MotionRule, SecondPolicy, VetoPolicy};
use crate::nomination::{Acknowledgement, ExclusionPolicy, NominationPolicy, StatementPolicy};
use crate::quorum::QuorumPolicy;
use crate::seats::CoAffiliationPolicy;
use crate::threshold::Threshold;
use crate::words::{self, Explain};
use crate::{BodyId, Fraction};

macro_rules! policies {
    ($($(#[$doc:meta])* $variant:ident($value:ty) = $name:literal, $title:literal;)*) => {
        /// A policy with its parameters. Serialised as `{"name": parameters}`.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Policy { $($(#[$doc])* $variant($value),)* }

        /// The name of a policy.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum PolicyName { $($(#[$doc])* $variant,)* }

        impl PolicyName {
            /// Every name.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name as it is written: `co_affiliation`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The name as a heading: `Common affiliation`.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }

        impl Policy {
            /// The name of the policy.
            #[must_use]
            pub const fn name(&self) -> PolicyName {
                match self { $(Self::$variant(_) => PolicyName::$variant,)* }
            }
        }
    };
}

policies! {
    /// Who votes for a body.
    Electorate(ElectoratePolicy) = "electorate", "Electorate";
    /// Whether members affirm their intention to vote.
    Affirmation(AffirmationPolicy) = "affirmation", "Affirmation";
    /// How many must take part.
    Quorum(QuorumPolicy) = "quorum", "Quorum";
    /// How members for life affirm and count.
    FellowQuorumBase(FellowQuorumBase) = "fellow_quorum_base", "Members for life in the quorum";
    /// The voting method.
    Method(MethodPolicy) = "method", "Method";
    /// What a decision needs.
    Threshold(Threshold) = "threshold", "Threshold";
    /// How ties are resolved.
    Tie(TiePolicy) = "tie", "Ties";
    /// How many may share an affiliation.
    CoAffiliation(CoAffiliationPolicy) = "co_affiliation", "Common affiliation";
    /// Seats, cohorts and terms.
    Term(SeatingPolicy) = "term", "Terms";
    /// Who follows when somebody withdraws.
    NextInRank(NextInRankPolicy) = "next_in_rank", "Next in rank";
    /// Who may nominate and what a candidacy needs.
    Nomination(NominationPolicy) = "nomination", "Nomination";
    /// What nominees acknowledge.
    Acknowledgements(Vec<Acknowledgement>) = "acknowledgements", "Acknowledgements";
    /// Template and length of statements.
    Statement(StatementPolicy) = "statement", "Statement";
    /// How long before the act the notice goes out.
    Notice(NoticeRule) = "notice", "Notice";
    /// How long phases last.
    PhaseLength(Vec<PhaseRule>) = "phase_length", "Length of phases";
    /// Zone and usual time of deadlines.
    DeadlineZone(DeadlineZonePolicy) = "deadline_zone", "Zone of deadlines";
    /// Dues.
    Dues(DuesPolicy) = "dues", "Dues";
    /// Certification of contributing members.
    Certify(CertificationPolicy) = "certify", "Certification of members";
    /// What missed votes cost.
    MissedVotes(MissedVotesPolicy) = "missed_votes", "Missed votes";
    /// What inactivity costs.
    Inactivity(InactivityPolicy) = "inactivity", "Inactivity";
    /// When award rounds close.
    AwardRounds(AwardCalendar) = "award_rounds", "Award rounds";
    /// In how many rounds a nomination is considered.
    CarryOver(CarryOverPolicy) = "carry_over", "Carry-over";
    /// Who decides an award and what it takes.
    AwardDecision(AwardDecisionPolicy) = "award_decision", "Award decision";
    /// What a recusal does to the number of members.
    Recusal(RecusalPolicy) = "recusal", "Recusal";
    /// Who may veto.
    Veto(VetoPolicy) = "veto", "Veto";
    /// Who must second.
    Second(SecondPolicy) = "second", "Seconding";
    /// A kind of motion.
    Motion(MotionRule) = "motion", "Motion";
    /// From which milestone on texts cannot be changed.
    FreezeTexts(MilestoneKind) = "freeze_texts", "Frozen texts";
    /// Which numbers may be published.
    Disclosure(DisclosurePolicy) = "disclosure", "Disclosure";
    /// How long records are kept.
    Retention(Vec<RetentionRule>) = "retention", "Retention";
    /// Who certifies results.
    Certification(BodyId) = "certification", "Certification of results";
    /// Who cannot stand.
    Exclusion(ExclusionPolicy) = "exclusion", "Exclusions";
    /// Share of the voters whose petition calls a meeting or motion.
    Petition(Fraction) = "petition", "Petition";
    /// Days within which a voting member gets the list of members.
    RollInspection(u32) = "roll_inspection", "Inspection of the roll";
    /// Most days that an electronic vote may last, extensions included.
    ElectronicVote(u32) = "electronic_vote", "Electronic votes";
    /// The body that fills a vacancy until the next election.
    Vacancy(BodyId) = "vacancy", "Vacancies";
}

impl Policy {
    /// The policy in plain words.
    #[must_use]
    pub fn plain_words(&self) -> String {
        match self {
            Self::Electorate(policy) => policy.sentence(),
            Self::Affirmation(AffirmationPolicy { waived_if_voted: true }) => {
                "Members affirm before the cut-off that they intend to vote; those who voted in the last vote need not.".into()
            }
            Self::Affirmation(_) => "Members affirm before the cut-off that they intend to vote.".into(),
            Self::Quorum(policy) => policy.sentence(),
            Self::FellowQuorumBase(policy) => policy.sentence(),
            Self::Method(policy) => policy.sentence(),
            Self::Threshold(policy) => policy.sentence(),
            Self::Tie(policy) => policy.sentence(),
            Self::CoAffiliation(policy) => policy.sentence(),
            Self::Term(policy) => policy.sentence(),
            Self::NextInRank(policy) => policy.sentence(),
            Self::Nomination(policy) => policy.sentence(),
            Self::Acknowledgements(list) => acknowledgements(list),
            Self::Statement(policy) => format!(
                "Statements have the sections {} and at most {} bytes.",
                words::list(&policy.headings),
                words::grouped(policy.limit_bytes.into())
            ),
            Self::Notice(rule) => {
                format!("The notice goes out {} to {} days before the {}.", rule.min_days, rule.max_days, rule.before)
            }
            Self::PhaseLength(rules) => rules.iter().map(phase).collect::<Vec<_>>().join(" "),
            Self::DeadlineZone(policy) => policy.sentence(),
            Self::Dues(policy) => policy.sentence(),
            Self::Certify(policy) => format!(
                "Contributing members certify every {} months: {}",
                policy.months, policy.text
            ),
            Self::MissedVotes(policy) => format!(
                "{} missed in a calendar year take the vote away for the rest of it, except from members for life.",
                words::count(policy.votes.into(), "vote", "votes")
            ),
            Self::Inactivity(policy) => policy.sentence(),
            Self::AwardRounds(policy) => policy.sentence(),
            Self::CarryOver(policy) => policy.sentence(),
            Self::AwardDecision(policy) => policy.sentence(),
            Self::Recusal(RecusalPolicy::StaysInBase) => "Members who recuse themselves still count as members.".into(),
            Self::Recusal(RecusalPolicy::LeavesBase) => "Members who recuse themselves do not count as members.".into(),
            Self::Veto(policy) => format!("The {} may veto within {}.", policy.body, days(policy.days)),
            Self::Second(policy) => format!(
                "A motion needs {} within {}.",
                words::count(policy.seconders.into(), "seconder", "seconders"),
                days(policy.days)
            ),
            Self::Motion(rule) => rule.sentence(),
            Self::FreezeTexts(milestone) => format!("Texts cannot be changed after the {milestone}."),
            Self::Disclosure(policy) => policy.sentence(),
            Self::Retention(rules) => rules.iter().map(Explain::sentence).collect::<Vec<_>>().join(" "),
            Self::Certification(body) => format!("The {body} certifies the result."),
            Self::Exclusion(policy) => policy.sentence(),
            Self::Petition(share) => {
                format!("At least {} of those with the vote can call a meeting or a motion.", share.in_words())
            }
            Self::RollInspection(limit) => {
                format!("A voting member who asks gets the list of members within {}.", days(*limit))
            }
            Self::ElectronicVote(limit) => format!("An electronic vote lasts at most {}.", days(*limit)),
            Self::Vacancy(body) => format!("The {body} fills a vacancy until the next election."),
        }
    }
}

fn days(number: u32) -> String {
    words::count(number.into(), "day", "days")
}

fn acknowledgements(list: &[Acknowledgement]) -> String {
    let of =
        |required: bool| words::list(list.iter().filter(|one| one.required == required).map(|one| &one.name));
    match (of(true).as_str(), of(false).as_str()) {
        ("", "") => "Nothing is to be acknowledged.".into(),
        (required, "") => format!("Nominees must acknowledge {required}."),
        ("", asked) => format!("Nominees are asked to acknowledge {asked}."),
        (required, asked) => {
            format!("Nominees must acknowledge {required} and are asked to acknowledge {asked}.")
        }
    }
}

fn phase(rule: &PhaseRule) -> String {
    let length = if rule.min_days == rule.max_days {
        days(rule.min_days)
    } else {
        format!("{} to {} days", rule.min_days, rule.max_days)
    };
    format!("From the {} to the {} it is {length}.", rule.from, rule.to)
}
