//! Reminders: affirm before a cut-off, renew dues, certify again. Each goes out once, and only to people who have not acted.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use folkmoot_governance::electorate::{Reason, Standing};
use folkmoot_store::memberships::{self, Class, Evidence, Membership, public};
use folkmoot_store::{Conn, PersonId, Utc, accounts};
use serde::{Deserialize, Serialize};

use super::calls::{self, OpenCall};
use super::dues::policy_of;
use super::mail::{AffirmationDue, CertificationDue, DuesDue};
use super::member::valid_until;
use super::words::last_day;
use super::{dues_page, facts};
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::http::when::day;
use crate::jobs::Job;
use crate::mail::{self, Recipient};

/// Days before a cut-off at which those who have not affirmed are asked to.
const AFFIRM: &[i64] = &[60, 30, 7, 1];
/// Days before the end of dues; the last is the end itself.
const DUES: &[i64] = &[30, 7, 0];
/// Days before the end of a certification; the last is the end itself.
const CERTIFY: &[i64] = &[30, 0];
/// How many mails are queued in one transaction.
const BATCH: usize = 100;

/// One reminder for one person.
#[derive(Debug, Clone)]
struct Reminder {
    person: PersonId,
    /// What is reminded of, and at which step.
    notice: String,
    /// Of which thing; with `notice` it is sent once.
    subject: String,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Affirm { title: String, cutoff: Utc },
    Dues { class: String, key: String, what: String },
    Certify { class: String, key: String, what: String },
}

/// The last of `steps` (days before `end`, descending) that has come.
fn step(end: Utc, steps: &[i64], now: Utc) -> Option<i64> {
    steps.iter().copied().filter(|days| end.plus(-TimeDelta::days(*days)) <= now).min()
}

/// People without the vote only because they have not affirmed; who opted out is left alone.
pub(super) fn lacks_affirmation(standing: &Standing) -> bool {
    let against: Vec<&Reason> = standing.reasons.iter().filter(|r| !r.is_for()).collect();
    !against.is_empty()
        && against
            .iter()
            .all(|r| matches!(r, Reason::AffirmationMissing { .. } | Reason::AffirmationLate { .. }))
}

fn affirmations(c: &mut Conn, open: &OpenCall, now: Utc) -> AppResult<Vec<Reminder>> {
    let Some(days) = step(open.call.cutoff_at, AFFIRM, now).filter(|_| now < open.call.cutoff_at) else {
        return Ok(Vec::new());
    };
    let (notice, subject) = (format!("affirm {days}"), open.call.public_id.to_string());
    let done: BTreeSet<PersonId> = public::noticed(c, &notice, &subject)?.into_iter().collect();
    let all = facts::electorate(c, open.body.id, &open.rule, &open.at)?;
    let what = What::Affirm { title: open.call.title.clone(), cutoff: open.call.cutoff_at };
    let people =
        all.everybody().filter(|(_, standing)| lacks_affirmation(standing)).map(|(person, _)| person);
    Ok(people
        .filter(|person| !done.contains(person))
        .map(|person| Reminder {
            person,
            notice: notice.clone(),
            subject: subject.clone(),
            what: what.clone(),
        })
        .collect())
}

fn dues(c: &mut Conn, now: Utc) -> AppResult<Vec<Reminder>> {
    let mut all = Vec::new();
    // From the end of the longest grace to the first reminder.
    let (from, to) = (now.plus(-TimeDelta::days(366)), now.plus(TimeDelta::days(30)));
    for (membership, class) in memberships::ending_between(c, from, to, 100_000)? {
        let (Some(policy), Some(end)) = (policy_of(&class)?, membership.ends_at) else { continue };
        if end <= membership.starts_at {
            continue;
        }
        let grace_end = end.plus(TimeDelta::days(policy.grace_days.into()));
        if grace_end <= now || renewed(c, &membership)? {
            continue;
        }
        let (step, what) = match step(end, DUES, now) {
            _ if policy.grace_days > 7 && grace_end.plus(-TimeDelta::days(7)) <= now => {
                let what = format!(
                    "Your dues ended with {}. A renewal until {} still counts from that day; later ones begin anew.",
                    last_day(end),
                    last_day(grace_end)
                );
                ("grace".to_owned(), what)
            }
            Some(0) => ("0".to_owned(), format!("Your dues ended with {}.", last_day(end))),
            Some(days) => (
                days.to_string(),
                format!("Your dues end with {}. A renewal counts from that day on.", last_day(end)),
            ),
            None => continue,
        };
        all.push(Reminder {
            person: membership.person_id,
            notice: format!("dues {step}"),
            subject: format!("{} {end}", membership.public_id),
            what: What::Dues { class: class.name, key: class.key, what },
        });
    }
    Ok(all)
}

/// Whether the person is a member of the class beyond the end of this membership.
fn renewed(c: &mut Conn, membership: &Membership) -> AppResult<bool> {
    let end = membership.ends_at;
    Ok(memberships::of_person(c, membership.person_id)?.iter().any(|(m, _)| {
        m.class_id == membership.class_id && m.id != membership.id && (m.ends_at.is_none() || m.ends_at > end)
    }))
}

fn certifications(c: &mut Conn, now: Utc) -> AppResult<Vec<Reminder>> {
    let classes: BTreeMap<_, Class> = memberships::classes(c)?
        .into_iter()
        .filter(|class| class.evidence == Evidence::Certification)
        .map(|class| (class.id, class))
        .collect();
    let mut all = Vec::new();
    for (person, class, at) in memberships::facts::last_certifications(c, now)? {
        let Some(class) = classes.get(&class) else { continue };
        let end = valid_until(at);
        // Somebody who did not certify for a year is not asked for ever.
        let Some(days) = step(end, CERTIFY, now).filter(|_| now < end.plus(TimeDelta::days(30))) else {
            continue;
        };
        let what = if days == 0 {
            format!("Your certification ended on {}. Certify again to have the vote.", day(end))
        } else {
            format!(
                "Your certification is valid until {}. Certify again before then to keep the vote.",
                day(end)
            )
        };
        all.push(Reminder {
            person,
            notice: format!("certify {days}"),
            subject: format!("{} {at}", class.key),
            what: What::Certify { class: class.name.clone(), key: class.key.clone(), what },
        });
    }
    Ok(all)
}

fn plan(c: &mut Conn, now: Utc) -> AppResult<Vec<Reminder>> {
    let mut all = Vec::new();
    for open in calls::current(c, now)? {
        all.extend(affirmations(c, &open, now)?);
    }
    all.extend(dues(c, now)?);
    all.extend(certifications(c, now)?);
    Ok(all)
}

fn send(c: &mut Conn, app: &App, reminder: &Reminder, now: Utc) -> AppResult<()> {
    let person = accounts::person(c, reminder.person)?;
    let Some(address) = accounts::mail_address_of(c, reminder.person)? else { return Ok(()) };
    if !public::note_notice(c, reminder.person, &reminder.notice, &reminder.subject, now)? {
        return Ok(());
    }
    let (to, name) = (Recipient::person(person.id, address), person.preferred_name);
    match reminder.what.clone() {
        What::Affirm { title, cutoff } => {
            let (link, cutoff) = (app.link("/membership"), app.when(cutoff));
            mail::queue(c, app, &to, &AffirmationDue { name, title, cutoff, link }, now)?;
        }
        What::Dues { class, key, what } => {
            let link = app.link(&dues_page(&key));
            mail::queue(c, app, &to, &DuesDue { name, class, what, link }, now)?;
        }
        What::Certify { class, key, what } => {
            let link = app.link(&format!("/membership/certify/{key}"));
            mail::queue(c, app, &to, &CertificationDue { name, class, what, link }, now)?;
        }
    }
    Ok(())
}

/// Looks every hour for people to remind.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemindMembers {}

impl Job for RemindMembers {
    const KIND: &'static str = "membership.remind";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let now = app.now();
        let all = app.store().read(|c| plan(c, now))?;
        for batch in all.chunks(BATCH) {
            app.store().write(|c| batch.iter().try_for_each(|reminder| send(c, app, reminder, now)))?;
        }
        Ok(())
    }
}

/// Notes every reminder that is due as sent, without sending it: for records taken over from elsewhere, whose members were
/// reminded there.
///
/// # Errors
/// A database error.
pub fn note_as_sent(app: &App, now: Utc) -> AppResult<()> {
    let all = app.store().read(|c| plan(c, now))?;
    for batch in all.chunks(BATCH) {
        app.store().write(|c| {
            for reminder in batch {
                public::note_notice(c, reminder.person, &reminder.notice, &reminder.subject, now)?;
            }
            Ok::<_, AppError>(())
        })?;
    }
    Ok(())
}
