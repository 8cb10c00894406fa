//! One person against the rules.

use serde::{Deserialize, Serialize};

use super::facts::{Affirmation, Certification, Membership, Paid, PersonFacts};
use super::reason::{Reason, Remedy};
use super::rule::{ClassRule, ElectorateRule, FellowQuorumBase, RollInstants};
use crate::term::months_later;
use crate::words::Explain;
use crate::{ClassId, Instant, Interval, PersonId};

/// Whether a person is on the roll, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Who.
    pub person: PersonId,
    /// Whether the person is on the roll.
    pub on_roll: bool,
    /// The class under which the person is entered.
    pub class: Option<ClassId>,
    /// Whether the person counts for the quorum before voting has begun.
    pub in_quorum_base: bool,
    /// Since when the person has been on the roll or off it, where that is known.
    pub since: Option<Instant>,
    /// Every condition that was looked at.
    pub reasons: Vec<Reason>,
    /// What could be done; empty when on the roll or when nothing can.
    pub remedies: Vec<Remedy>,
}

/// Applies the rules to a person: at most one entry, however many classes.
///
/// ```
/// use folkmoot_governance::electorate::{PersonFacts, RollInstants, assess};
/// use folkmoot_governance::{Explain, preset};
/// let rule = preset::board_electorate();
/// let at = RollInstants::new("2026-08-25T14:00:00Z".parse()?, "2025-08-26T14:00:00Z".parse()?, "2026-08-25T14:00:00Z".parse()?);
/// let ana = PersonFacts::new("ana").member("Fellow", "2020-01-01T00:00:00Z".parse()?);
/// let standing = assess(&ana, &rule, &at);
/// assert!(!standing.on_roll);
/// assert!(standing.sentence().contains("Did not affirm the intention to vote before 2026-08-25T14:00:00Z."));
/// let affirmed = ana.affirmed(&rule.body, "2026-08-25T13:59:59Z".parse()?);
/// assert!(assess(&affirmed, &rule, &at).on_roll);
/// # Ok::<(), folkmoot_governance::InstantError>(())
/// ```
#[must_use]
pub fn assess(facts: &PersonFacts, rule: &ElectorateRule, at: &RollInstants) -> Standing {
    let mut best: Option<(&ClassRule, Vec<Reason>)> = None;
    for class in &rule.classes {
        let Some(reasons) = class_reasons(facts, rule, class, at) else { continue };
        let against = |reasons: &[Reason]| reasons.iter().filter(|reason| !reason.is_for()).count();
        // The first class without anything against it; failing that, the one with the least against it.
        if best.as_ref().is_none_or(|(_, other)| against(&reasons) < against(other)) {
            best = Some((class, reasons));
        }
    }
    let (class, mut reasons) = match best {
        Some((class, reasons)) => (Some(class), reasons),
        None => (None, vec![no_class(facts, rule, at)]),
    };
    reasons.extend(person_reasons(facts, rule, class, at));
    let on_roll = reasons.iter().all(Reason::is_for);
    let times = reasons.iter().filter(|reason| reason.is_for() == on_roll).filter_map(Reason::since);
    let since = if on_roll { times.max() } else { times.min() };
    let class = class.filter(|_| on_roll);
    let affirmed =
        reasons.iter().any(|reason| matches!(reason, Reason::Affirmed { .. } | Reason::WaivedByVote { .. }));
    let in_quorum_base = class.is_some_and(|class| {
        !(class.for_life && rule.fellows == FellowQuorumBase::VotersOnly && rule.affirmation.is_some())
            || affirmed
    });
    let remedies = if on_roll { Vec::new() } else { remedies(&reasons, rule, at) };
    Standing {
        person: facts.person.clone(),
        on_roll,
        class: class.map(|class| class.class.clone()),
        in_quorum_base,
        since,
        reasons,
        remedies,
    }
}

/// The conditions of one class; `None` when the person does not hold it at the record instant.
fn class_reasons(
    facts: &PersonFacts,
    rule: &ElectorateRule,
    class: &ClassRule,
    at: &RollInstants,
) -> Option<Vec<Reason>> {
    let name = &class.class;
    let since = held_since(&facts.memberships, name, at.record)?;
    let mut reasons = Vec::with_capacity(4);
    reasons.push(Reason::Holds { class: name.clone(), since });
    if class.dues {
        reasons.push(dues(facts, name, at.record));
    }
    if let Some(policy) = &class.certification {
        reasons.push(certification(facts, name, policy.months, at.record));
    }
    if rule.must_affirm(class) {
        reasons.push(affirmation(facts, rule, at));
    } else if rule.affirmation.is_some() {
        reasons.push(Reason::NoAffirmationNeeded { class: name.clone() });
        // Known all the same: it may bring the member into the base of the quorum.
        reasons.extend(Some(affirmation(facts, rule, at)).filter(Reason::is_for));
    }
    Some(reasons)
}

/// Since when a class has been held without a gap up to `record`.
fn held_since(memberships: &[Membership], class: &ClassId, record: Instant) -> Option<Instant> {
    let of_class = memberships.iter().filter(|membership| membership.class == *class);
    joined_since(of_class.map(|membership| membership.during), record).map(|(since, _)| since)
}

/// The beginning and end of the unbroken time around `now` that the intervals make together.
fn joined_since(
    mut intervals: impl Iterator<Item = Interval>,
    now: Instant,
) -> Option<(Instant, Option<Instant>)> {
    let (first, second) = (intervals.next()?, intervals.next());
    // Nearly everybody has one only, and nothing has to be put in order.
    let Some(second) = second else { return first.contains(now).then_some((first.from, first.to)) };
    let mut sorted: Vec<Interval> = [first, second].into_iter().chain(intervals).collect();
    sorted.sort_by_key(|interval| interval.from);
    let mut joined: Option<Interval> = None;
    for interval in sorted {
        joined = match joined {
            Some(before) if before.to.is_none_or(|to| interval.from <= to) => {
                let to = before.to.and_then(|to| interval.to.map(|end| end.max(to)));
                Some(Interval { from: before.from, to })
            }
            // A gap: the time before it is of no interest unless `now` lies in it.
            Some(before) if before.contains(now) => return Some((before.from, before.to)),
            _ => Some(interval),
        };
    }
    joined.filter(|interval| interval.contains(now)).map(|interval| (interval.from, interval.to))
}

fn dues(facts: &PersonFacts, class: &ClassId, record: Instant) -> Reason {
    let of_class = || facts.paid.iter().filter(|paid| paid.class == *class).map(|paid| paid.during);
    match joined_since(of_class(), record) {
        Some((since, until)) => Reason::DuesPaid { class: class.clone(), since, until },
        None => {
            let since = of_class().filter_map(|during| during.to).filter(|to| *to <= record).max();
            Reason::DuesMissing { class: class.clone(), since }
        }
    }
}

fn certification(facts: &PersonFacts, class: &ClassId, months: u32, record: Instant) -> Reason {
    let given = facts.certifications.iter().filter(|certification| certification.class == *class);
    let last = given.map(|certification| certification.at).filter(|at| *at < record).max();
    // Valid through the same clock time so many months later.
    let valid = last.filter(|at| {
        let civil = at.utc();
        let day = months_later(civil.date(), months, chrono::Datelike::day(&civil.date()));
        let end = day.and_then(|day| Instant::from_utc(day.and_time(civil.time())).ok());
        end.is_none_or(|end| record < end)
    });
    match valid {
        Some(at) => Reason::Certified { class: class.clone(), at },
        None => Reason::CertificationMissing { class: class.clone(), last },
    }
}

fn affirmation(facts: &PersonFacts, rule: &ElectorateRule, at: &RollInstants) -> Reason {
    let given =
        || facts.affirmations.iter().filter(|affirmation| affirmation.body == rule.body).map(|a| a.at);
    if let Some(at) = given().filter(|given| at.affirmation.contains(*given)).min() {
        return Reason::Affirmed { at };
    }
    if rule.affirmation.as_ref().is_some_and(|policy| policy.waived_if_voted) {
        let voted = facts.participation.iter().find(|p| p.voted && at.waiver_elections.contains(&p.election));
        if let Some(vote) = voted {
            return Reason::WaivedByVote { election: vote.election.clone(), at: vote.closed };
        }
    }
    let cutoff = at.cutoff();
    let late =
        cutoff.and_then(|cutoff| given().filter(|given| *given >= cutoff).min().map(|given| (given, cutoff)));
    late.map_or(Reason::AffirmationMissing { cutoff }, |(at, cutoff)| Reason::AffirmationLate { at, cutoff })
}

/// Why somebody holds no class with the vote at the record instant.
fn no_class(facts: &PersonFacts, rule: &ElectorateRule, at: &RollInstants) -> Reason {
    let voting = || facts.memberships.iter().filter(|membership| rule.class(&membership.class).is_some());
    let ended = voting().filter_map(|m| m.during.to.filter(|to| *to <= at.record).map(|to| (to, m)));
    if let Some((at, membership)) = ended.max_by_key(|(to, _)| *to) {
        return Reason::Ended { class: membership.class.clone(), at, why: membership.ended };
    }
    if let Some(membership) = voting().min_by_key(|membership| membership.during.from) {
        return Reason::NotYet { class: membership.class.clone(), from: membership.during.from };
    }
    let held = facts.memberships.iter().filter(|membership| membership.during.contains(at.record));
    let classes: Vec<ClassId> = held.map(|membership| membership.class.clone()).collect();
    if classes.is_empty() { Reason::NoMembership } else { Reason::NoVotingClass { classes } }
}

/// What stands against a person whatever the class.
fn person_reasons(
    facts: &PersonFacts,
    rule: &ElectorateRule,
    class: Option<&ClassRule>,
    at: &RollInstants,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let opted = facts.opt_outs.iter().find(|out| out.body == rule.body && out.during.contains(at.record));
    reasons.extend(opted.map(|out| Reason::OptedOut { since: out.during.from }));
    let exempt = facts.memberships.iter().any(|membership| {
        membership.during.contains(at.record)
            && rule.class(&membership.class).is_some_and(|class| class.for_life)
    });
    if class.is_some() && !exempt {
        reasons.extend(missed(facts, rule, at.record));
    }
    let inactive = facts.inactive.iter().find(|during| during.contains(at.record));
    reasons.extend(inactive.map(|during| Reason::Inactive { since: during.from }));
    let barred = facts.barred.iter().find(|barred| barred.during.contains(at.record));
    reasons.extend(barred.map(|b| Reason::Barred { since: b.during.from, reason: b.reason.clone() }));
    reasons
}

/// Bylaws 4.9: from the close of the n-th missed vote of a year to the end of that year.
fn missed(facts: &PersonFacts, rule: &ElectorateRule, record: Instant) -> Option<Reason> {
    let policy = rule.missed_votes?;
    let year = record.utc_year();
    let (start, until) =
        (Instant::start_of_year(year).ok()?, Instant::start_of_year(year.saturating_add(1)).ok()?);
    let mut closes: Vec<Instant> = facts
        .participation
        .iter()
        .filter(|vote| !vote.voted && vote.closed >= start && vote.closed <= record)
        .map(|vote| vote.closed)
        .collect();
    closes.sort_unstable();
    let place = usize::try_from(policy.votes).ok()?.checked_sub(1)?;
    let since = *closes.get(place)?;
    let missed = u32::try_from(closes.len()).unwrap_or(u32::MAX);
    Some(Reason::MissedVotes { missed, since, until })
}

fn remedies(reasons: &[Reason], rule: &ElectorateRule, at: &RollInstants) -> Vec<Remedy> {
    let before = at.record;
    let body = rule.body.clone();
    let mut found = Vec::new();
    for reason in reasons {
        found.extend(match reason {
            Reason::DuesMissing { class, .. } => Some(Remedy::PayDues { class: class.clone(), before }),
            Reason::CertificationMissing { class, .. } => {
                Some(Remedy::Certify { class: class.clone(), before })
            }
            Reason::AffirmationMissing { cutoff } => {
                Some(Remedy::Affirm { body: body.clone(), before: *cutoff })
            }
            Reason::OptedOut { .. } => Some(Remedy::OptIn { body: body.clone() }),
            Reason::Inactive { .. } => Some(Remedy::Return),
            Reason::NoMembership | Reason::NoVotingClass { .. } | Reason::Ended { .. } => {
                // Nobody can simply join a class for life.
                let open =
                    rule.classes.iter().filter(|class| !class.for_life).map(|class| class.class.clone());
                let classes: Vec<ClassId> = open.collect();
                (!classes.is_empty()).then_some(Remedy::Join { classes, before })
            }
            _ => None,
        });
    }
    found
}

/// Number of votes of a person with these classes: one when any of them has the vote, else none. (Bylaws 4.10.)
#[must_use]
pub fn votes_of<'a>(classes: impl IntoIterator<Item = &'a ClassId>, rule: &ElectorateRule) -> u64 {
    u64::from(classes.into_iter().any(|class| rule.class(class).is_some()))
}

/// Something that a person could do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hypothesis {
    /// Affirm for the body.
    Affirm,
    /// Certify as a member of a class.
    Certify(ClassId),
    /// Pay dues for a class, covering this time.
    Pay(Paid),
    /// Become a member of a class.
    Join(ClassId),
}

/// How a person stands, and would stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIf {
    /// As things are.
    pub now: Standing,
    /// After the acts.
    pub then: Standing,
}

/// "What if I affirm today?": the standing after doing these things at `when`.
#[must_use]
pub fn what_if(
    facts: &PersonFacts,
    rule: &ElectorateRule,
    at: &RollInstants,
    acts: &[Hypothesis],
    when: Instant,
) -> WhatIf {
    let mut changed = facts.clone();
    for act in acts {
        match act {
            Hypothesis::Affirm => {
                changed.affirmations.push(Affirmation { body: rule.body.clone(), at: when });
                changed.opt_outs.retain(|out| out.body != rule.body);
            }
            Hypothesis::Certify(class) => {
                changed.certifications.push(Certification { class: class.clone(), at: when });
            }
            Hypothesis::Pay(paid) => changed.paid.push(paid.clone()),
            Hypothesis::Join(class) => {
                let membership =
                    Membership { class: class.clone(), during: Interval::since(when), ended: None };
                changed.memberships.push(membership);
            }
        }
    }
    WhatIf { now: assess(facts, rule, at), then: assess(&changed, rule, at) }
}

impl Explain for Standing {
    fn sentence(&self) -> String {
        let shown = self.reasons.iter().filter(|reason| reason.is_for() == self.on_roll);
        let reasons: Vec<String> = shown.map(Explain::sentence).collect();
        let verdict = match (self.on_roll, &self.class) {
            (true, Some(class)) => format!("On the roll as a {class} member."),
            (true, None) => "On the roll.".into(),
            (false, _) => "Not on the roll.".into(),
        };
        let remedies: Vec<String> = self.remedies.iter().map(Explain::sentence).collect();
        [vec![verdict], reasons, remedies].concat().join(" ")
    }
}
