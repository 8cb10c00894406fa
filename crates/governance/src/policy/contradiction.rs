//! What is wrong with a set of policies.

use serde::{Deserialize, Serialize};

use super::kinds::{Method, TieStep};
use super::named::{Policy, PolicyName};
use super::set::PolicySet;
use crate::deadline::{MilestoneKind, TimeOfDay, ZonePolicy};
use crate::quorum::{OnFail, QuorumPolicy};
use crate::seats::Cap;
use crate::words::{self, Explain};

/// Something wrong with a policy or between policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contradiction {
    /// The policies concerned.
    pub policies: Vec<PolicyName>,
    /// The reason, as a sentence that says what to do.
    pub reason: String,
}

impl Explain for Contradiction {
    fn sentence(&self) -> String {
        self.reason.clone()
    }
}

/// Collects what is wrong.
#[derive(Default)]
struct Found(Vec<Contradiction>);

impl Found {
    fn add(&mut self, wrong: bool, policies: &[PolicyName], reason: impl Into<String>) {
        if wrong {
            self.0.push(Contradiction { policies: policies.to_vec(), reason: reason.into() });
        }
    }

    fn check<E: std::fmt::Display>(&mut self, name: PolicyName, result: Result<(), E>) {
        if let Err(error) = result {
            self.add(true, &[name], format!("{}: {error}.", name.title()));
        }
    }
}

/// Everything wrong with a set.
pub(super) fn contradictions(set: &PolicySet) -> Vec<Contradiction> {
    let mut found = Found::default();
    for version in set.versions() {
        alone(&version.policy, &mut found);
    }
    voters(set, &mut found);
    seats(set, &mut found);
    time(set, &mut found);
    awards(set, &mut found);
    found.0
}

/// A policy by itself.
fn alone(policy: &Policy, found: &mut Found) {
    let name = policy.name();
    match policy {
        Policy::Threshold(threshold) => found.check(name, threshold.check()),
        Policy::Dues(dues) => found.check(name, dues.check()),
        Policy::AwardRounds(calendar) => found.check(name, calendar.check()),
        Policy::Motion(rule) => found.check(name, rule.check()),
        Policy::AwardDecision(decision) => found.check(name, decision.threshold.check()),
        Policy::Tie(tie) => ties(&tie.steps, found),
        Policy::Quorum(QuorumPolicy::Share { fraction, strict, .. }) => {
            let never = *strict && fraction.numerator() == fraction.denominator();
            found.add(never, &[name], "A quorum of more than all can never be reached; lower it.");
            let always = !*strict && fraction.numerator() == 0;
            found.add(always, &[name], "A quorum of nobody is none; choose “no quorum”.");
        }
        Policy::CoAffiliation(limit) => {
            let zero = matches!(limit.max, Cap::Count(0));
            found.add(
                zero,
                &[name],
                "A limit of zero would keep out everybody with an affiliation; allow at least one.",
            );
            let nothing = limit.definition.relations.is_empty() && limit.definition.owner_share.is_none();
            found.add(
                nothing,
                &[name],
                "Nothing counts as an affiliation; name what does, or leave the limit out.",
            );
        }
        Policy::Nomination(nomination) => {
            let pointless = nomination.distinct_employers && nomination.endorsements == 0;
            found.add(
                pointless,
                &[name],
                "Different employers are asked for but no supporters; ask for some.",
            );
        }
        Policy::Disclosure(disclosure) => {
            found.add(
                disclosure.min_cell < 2,
                &[name],
                "Cells of one person would be published; raise the least number.",
            );
        }
        Policy::CarryOver(policy) => {
            found.add(
                policy.rounds == 0,
                &[name],
                "A nomination must be considered at least once; set 1 or more rounds.",
            );
        }
        Policy::Notice(rule) => {
            found.add(
                rule.min_days > rule.max_days,
                &[name],
                "The notice window is empty; exchange least and most days.",
            );
        }
        Policy::PhaseLength(rules) => {
            let empty = rules.iter().any(|rule| rule.min_days > rule.max_days || rule.from >= rule.to);
            found.add(empty, &[name], "A phase has no possible length; check its milestones and days.");
        }
        Policy::DeadlineZone(policy) => {
            let unclear = policy.zone == ZonePolicy::AnywhereOnEarth && policy.time == TimeOfDay::StartOfDay;
            found.add(
                unclear,
                &[name],
                "A start of the day Anywhere on Earth is ambiguous; choose the end of the day.",
            );
        }
        _ => {}
    }
}

fn ties(steps: &[TieStep], found: &mut Found) {
    let name = [PolicyName::Tie];
    let decides = steps.last().is_some_and(TieStep::always_decides);
    found.add(
        !decides,
        &name,
        "The last attempt to resolve a tie may fail too; end with a lot, a body or a casting vote.",
    );
    let before_last = steps.split_last().map_or(&[][..], |(_, before)| before);
    let unreached = before_last.iter().any(TieStep::always_decides);
    found.add(unreached, &name, "Attempts after one that always decides are never reached; put it last.");
}

/// Who votes.
fn voters(set: &PolicySet, found: &mut Found) {
    use PolicyName as N;
    let Some(Policy::Electorate(electorate)) = set.find(N::Electorate) else { return };
    if let Some(rule) = set.electorate_rule() {
        found.check(N::Electorate, rule.check());
    }
    let needs = |which: fn(&super::kinds::VotingClass) -> bool| electorate.classes.iter().any(which);
    let certify = needs(|class| class.certify) && set.find(N::Certify).is_none();
    found.add(
        certify,
        &[N::Electorate, N::Certify],
        "A class has to certify, but no policy says what and how often.",
    );
    let dues = needs(|class| class.dues) && set.find(N::Dues).is_none();
    found.add(dues, &[N::Electorate, N::Dues], "A class has to pay dues, but no policy says how much.");
    let base = set.find(N::FellowQuorumBase);
    let both = [N::FellowQuorumBase, N::Electorate];
    found.add(
        base.is_some() && !needs(|class| class.for_life),
        &both,
        "There is no class for life to apply this to.",
    );
    let affirms = set.find(N::Affirmation).is_some();
    let both = [N::FellowQuorumBase, N::Affirmation];
    found.add(
        base.is_some() && !affirms,
        &both,
        "Members for life cannot affirm where nobody affirms; leave this out.",
    );
    if let Some(Policy::Exclusion(exclusion)) = set.find(N::Exclusion) {
        let own = exclusion.serving_on.contains(&electorate.body);
        found.add(
            own,
            &[N::Exclusion, N::Electorate],
            "Serving members of the elected body could never stand again.",
        );
    }
}

/// Seats and methods.
fn seats(set: &PolicySet, found: &mut Found) {
    use PolicyName as N;
    let term = match set.find(N::Term) {
        Some(Policy::Term(term)) => Some(term),
        _ => None,
    };
    let total = term.map(|term| term.groups.iter().fold(0_u32, |sum, group| sum.saturating_add(group.seats)));
    if let Some(term) = term {
        found.add(total == Some(0), &[N::Term], "No seat is to be filled; set at least one.");
        let larger = total.is_some_and(|total| total > term.body_size);
        found.add(larger, &[N::Term], "More seats are to be filled than the body has.");
    }
    if let Some(Policy::Method(method)) = set.find(N::Method) {
        let both = [N::Method, N::Term];
        let differ = method.seats.zip(total).is_some_and(|(seats, total)| seats != total);
        found.add(differ, &both, "The method and the cohorts name different numbers of seats.");
        found.add(
            method.seats == Some(0),
            &[N::Method],
            "The number of seats is not set; set it to 1 or more.",
        );
        let seats = method.seats.or(total);
        let many = method.method.is_single() && seats.is_some_and(|seats| seats > 1);
        found.add(
            many,
            &both,
            format!("{} fills one seat only; choose another method.", words::capital(method.method.name())),
        );
        let question = method.method == Method::Majority;
        found.add(
            question && seats.is_some(),
            &both,
            "A yes-or-no question fills no seats; choose another method.",
        );
        let undecided = question && set.all(N::Threshold).next().is_none();
        found.add(undecided, &[N::Method, N::Threshold], "A yes-or-no question needs a threshold.");
        let none = method.max_choices == Some(0);
        found.add(none, &[N::Method], "Voters need at least one choice.");
    }
}

/// Time.
fn time(set: &PolicySet, found: &mut Found) {
    use PolicyName as N;
    let Some(Policy::ElectronicVote(limit)) = set.find(N::ElectronicVote) else { return };
    let voting = set
        .schedule_rules()
        .phases
        .into_iter()
        .find(|rule| rule.from == MilestoneKind::VotingOpen && rule.to == MilestoneKind::VotingClose);
    let usual = voting.map_or(0, |rule| rule.max_days);
    let more = match set.find(N::Quorum) {
        Some(Policy::Quorum(QuorumPolicy::Share { on_fail: OnFail::Extend { days, times }, .. })) => {
            days.saturating_mul(*times)
        }
        _ => 0,
    };
    let long = usual.saturating_add(more) > *limit;
    let names = [N::ElectronicVote, N::PhaseLength, N::Quorum];
    found.add(
        long,
        &names,
        "Voting with its extensions may last longer than an electronic vote is allowed to.",
    );
}

/// Awards.
fn awards(set: &PolicySet, found: &mut Found) {
    use PolicyName as N;
    let no_rounds = set.find(N::CarryOver).is_some() && set.find(N::AwardRounds).is_none();
    found.add(
        no_rounds,
        &[N::CarryOver, N::AwardRounds],
        "Nothing carries over without rounds; set the calendar.",
    );
    if let Some(Policy::Recusal(recusal)) = set.find(N::Recusal) {
        let differs = set
            .all(N::AwardDecision)
            .any(|policy| matches!(policy, Policy::AwardDecision(decision) if decision.recusal != *recusal));
        found.add(differs, &[N::Recusal, N::AwardDecision], "Two rules say different things about recusals.");
    }
}
