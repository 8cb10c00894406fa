//! The policies of an election, put together from what it began from and what officers decided; frozen when it is announced.

use folkmoot_counting::Method as Counting;
use folkmoot_governance::deadline::{MilestoneKind, TimeOfDay, ZonePolicy};
use folkmoot_governance::nomination::ExclusionPolicy;
use folkmoot_governance::policy::{
    Authority, DeadlineZonePolicy, ElectoratePolicy, Method, MethodPolicy, Policy, PolicyName, PolicySet,
    PolicyStatus, PolicyVersion, SeatingPolicy, StarTies, VotingClass,
};
use folkmoot_governance::seats::SeatGroup;
use folkmoot_governance::{BodyId, Explain, preset};

use super::plan::{Electorate, Plan, Prepared};
use crate::elections::settings::{ElectionSettings, QuestionKind, QuestionSettings};

/// The method of a question as the rules name it.
#[must_use]
pub fn method(kind: &QuestionKind) -> Method {
    let counting = match kind {
        QuestionKind::Approval { .. } => return Method::Approval,
        QuestionKind::YesNoAbstain { .. } => return Method::Majority,
        QuestionKind::Ranking { method, .. }
        | QuestionKind::Scores { method }
        | QuestionKind::Grades { method, .. } => method,
    };
    match counting {
        Counting::Star { max_score, .. } => {
            Method::BlocStar { highest: *max_score, ties: StarTies::Bettervoting }
        }
        Counting::Score { max_score } => Method::Score { highest: *max_score },
        Counting::Irv { .. } => Method::Irv,
        Counting::StvScotland { .. } | Counting::StvMeek { .. } | Counting::StvBelenios => Method::Stv,
        Counting::RankedPairs { .. } => Method::RankedPairs,
        Counting::Debian { .. } => Method::Debian,
        Counting::Borda { .. } => Method::Borda,
        Counting::Mj { .. } => Method::MajorityJudgment,
        Counting::Plurality { .. } => Method::Plurality,
        Counting::Approval { .. } => Method::Approval,
        Counting::Referendum { .. } => Method::Majority,
        Counting::Schulze { .. } => Method::Schulze,
    }
}

/// The set, complete as far as it is decided.
#[must_use]
pub fn of(prepared: &Prepared) -> PolicySet {
    let (plan, settings) = (&prepared.plan, &prepared.settings);
    let mut set = plan.preset.rules();
    let usual = plan.preset.whole();
    let mut put = |purpose: Option<String>, section: &str, policy: Policy| {
        let name = policy.name();
        set.remove(name, purpose.as_deref());
        // What is as the rules have it keeps their authority.
        let same = usual.versions().iter().find(|v| v.policy == policy && v.purpose.is_none());
        let authority = same.map_or_else(
            || Authority {
                document: "Decision of the returns officer".to_owned(),
                section: section.to_owned(),
            },
            |v| v.authority.clone(),
        );
        let version = PolicyVersion { purpose, version: 1, status: PolicyStatus::Adopted, authority, policy };
        // A first version with an authority is never refused.
        let added = set.put(version);
        debug_assert!(added.is_ok(), "{added:?}");
    };
    if let Some(electorate) = &plan.electorate {
        put(None, "electorate", Policy::Electorate(electors(plan, electorate)));
    }
    if let Some(call) = &plan.call {
        put(None, "nominations", Policy::Nomination(call.nomination.clone()));
        put(None, "nominations", Policy::Acknowledgements(call.acknowledgements.clone()));
        put(None, "nominations", Policy::Statement(call.statement.clone()));
        put(None, "nominations", Policy::FreezeTexts(MilestoneKind::CandidatesAnnounced));
        if call.exclusion != ExclusionPolicy::default() {
            put(None, "nominations", Policy::Exclusion(call.exclusion.clone()));
        }
        if let Some(Policy::PhaseLength(phases)) = usual.find(PolicyName::PhaseLength) {
            let wanted = [MilestoneKind::NominationsOpen, MilestoneKind::VotingOpen];
            let kept = phases.iter().filter(|p| wanted.contains(&p.from)).cloned().collect();
            put(None, "phases", Policy::PhaseLength(kept));
        }
    }
    if plan.quorum_decided {
        put(None, "quorum", Policy::Quorum(settings.quorum.clone()));
    }
    if let Some(ties) = &plan.ties {
        put(None, "ties", Policy::Tie(ties.clone()));
    }
    let several = settings.questions.len() > 1;
    for (i, question) in settings.questions.iter().enumerate() {
        let purpose = several.then(|| format!("question {}", i + 1));
        put(purpose.clone(), "method", Policy::Method(method_policy(question)));
        if let QuestionKind::YesNoAbstain { threshold } = &question.kind {
            put(purpose, "threshold", Policy::Threshold(threshold.clone()));
        }
    }
    if let Some(certification) = &settings.certification {
        put(None, "certification", Policy::Certification(BodyId::from(certification.body.as_str())));
    }
    if let Some(Electorate::Members { affirm, waived_by, .. }) = &plan.electorate {
        for version in membership_rules(*affirm, !waived_by.is_empty()) {
            set.remove(version.policy.name(), version.purpose.as_deref());
            let added = set.put(version);
            debug_assert!(added.is_ok(), "{added:?}");
        }
    }
    cohorts(&mut set, settings);
    if set.find(PolicyName::DeadlineZone).is_none() {
        let policy = DeadlineZonePolicy { zone: ZonePolicy::Utc, time: TimeOfDay::EndOfDay };
        let authority = Authority { document: "This site".into(), section: "deadlines".into() };
        let version = PolicyVersion {
            purpose: None,
            version: 1,
            status: PolicyStatus::Adopted,
            authority,
            policy: Policy::DeadlineZone(policy),
        };
        let added = set.put(version);
        debug_assert!(added.is_ok(), "{added:?}");
    }
    set
}

/// The seats of this election are said by its questions; a preset's cohorts only count where they agree, and otherwise those
/// of the questions do.
fn cohorts(set: &mut PolicySet, settings: &ElectionSettings) {
    let filled = || settings.questions.iter().filter(|q| has_seats(q));
    let sum = |groups: &[SeatGroup]| groups.iter().fold(0_u32, |sum, g| sum.saturating_add(g.seats));
    let seats = filled().fold(0_u32, |sum, q| sum.saturating_add(q.seats));
    let own: Vec<SeatGroup> =
        filled().filter_map(|q| q.seating.as_ref()).flat_map(|s| s.groups.clone()).collect();
    let term = match set.find(PolicyName::Term) {
        Some(Policy::Term(term)) if own.is_empty() && sum(&term.groups) == seats => return,
        Some(Policy::Term(term)) if term.groups == own && sum(&own) == seats => return,
        Some(Policy::Term(term)) => term.clone(),
        _ => return,
    };
    set.remove(PolicyName::Term, None);
    if !own.is_empty() && sum(&own) == seats {
        let authority =
            Authority { document: "Decision of the returns officer".into(), section: "terms".into() };
        let policy = Policy::Term(SeatingPolicy { groups: own, ..term });
        let status = PolicyStatus::Adopted;
        let added = set.put(PolicyVersion { purpose: None, version: 1, status, authority, policy });
        debug_assert!(added.is_ok(), "{added:?}");
    }
}

/// What the rules of membership say besides who has the vote.
fn membership_rules(affirm: bool, waived: bool) -> Vec<PolicyVersion> {
    use PolicyName as N;
    let wanted = |name| match name {
        N::Certify | N::Dues | N::MissedVotes => true,
        N::Affirmation | N::FellowQuorumBase => affirm,
        _ => false,
    };
    let kept =
        preset::board().versions().iter().filter(|v| wanted(v.policy.name())).cloned().collect::<Vec<_>>();
    let as_decided = |mut version: PolicyVersion| {
        if let Policy::Affirmation(policy) = &mut version.policy {
            policy.waived_if_voted = waived;
        }
        version
    };
    kept.into_iter().map(as_decided).collect()
}

fn electors(plan: &Plan, electorate: &Electorate) -> ElectoratePolicy {
    let name = match electorate {
        Electorate::Members { .. } => {
            let board = preset::board();
            let classes = match board.find(PolicyName::Electorate) {
                Some(Policy::Electorate(policy)) => policy.classes.clone(),
                _ => Vec::new(),
            };
            return ElectoratePolicy { body: plan.body.as_str().into(), classes };
        }
        Electorate::Body { name, .. } => name.clone(),
        Electorate::List { title, .. } => title.clone(),
    };
    let class = VotingClass { class: name.as_str().into(), dues: false, certify: false, for_life: false };
    ElectoratePolicy { body: plan.body.as_str().into(), classes: vec![class] }
}

/// Whether a question fills seats, rather than decides a motion.
#[must_use]
pub fn has_seats(question: &QuestionSettings) -> bool {
    !matches!(question.kind, QuestionKind::YesNoAbstain { .. })
}

fn method_policy(question: &QuestionSettings) -> MethodPolicy {
    let max_choices = match &question.kind {
        QuestionKind::Approval { max, .. } => {
            let all = u32::try_from(question.answers.len()).unwrap_or(u32::MAX);
            (*max > 0 && *max < all).then_some(*max)
        }
        _ => None,
    };
    MethodPolicy {
        method: method(&question.kind),
        seats: has_seats(question).then_some(question.seats),
        max_choices,
        rank_all: false,
        further_discussion: false,
    }
}

/// Contradictions as sentences, without those that the checks of the questions say better.
#[must_use]
pub fn contradictions(set: &PolicySet) -> Vec<String> {
    set.contradictions().iter().map(Explain::sentence).collect()
}
