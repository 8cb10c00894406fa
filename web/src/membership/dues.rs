//! What dues cover. Payments are noted without their amounts; the rule of the class makes from them from when to when somebody
//! is a member, so that a renewal extends from the end and a returned payment ends what it covered.

use chrono::{Datelike, Days, NaiveDate};
use folkmoot_governance::dues::{Cover, DuesKind, DuesPolicy, DuesStanding, Payment, PaymentState};
use folkmoot_governance::term::months_later;
use folkmoot_governance::{Instant, Interval};
use folkmoot_store::memberships::paid::{self, NewPaidTerm, PaidTerm, TermKind};
use folkmoot_store::memberships::{
    self, Class, ClassId, Membership, MembershipSource, MembershipState, NewMembership,
};
use folkmoot_store::{Conn, PersonId, PublicId, Utc};

use super::{instant, utc};
use crate::app::App;
use crate::error::{AppError, AppResult};

/// Makes public ids; the application's own in requests.
pub type NewId<'a> = &'a mut dyn FnMut() -> AppResult<PublicId>;

/// The dues policy of a class; `None` when it has no dues.
///
/// # Errors
/// A stored policy that cannot be read.
pub fn policy_of(class: &Class) -> AppResult<Option<DuesPolicy>> {
    Ok(class.dues.as_ref().map(folkmoot_store::JsonText::parse).transpose()?)
}

/// What became of a payment that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extended {
    /// False when the payment was known already; nothing was changed then.
    pub is_new: bool,
    /// The membership as it is now; `None` when it covers no time.
    pub membership: Option<Membership>,
}

/// Notes a settled payment of dues and extends the membership by the rule of the class: from the end of the paid time when the
/// payment comes before the end or within the grace days, from the payment otherwise. The same reference again changes nothing.
///
/// # Errors
/// `Conflict` when the class has no dues; a database error.
pub fn extend_paid(conn: &mut Conn, app: &App, new: &NewPaidTerm<'_>, now: Utc) -> AppResult<Extended> {
    extend_with(conn, &mut || app.public_id(), new, now)
}

/// [`extend_paid`] with ids from elsewhere.
///
/// # Errors
/// As [`extend_paid`].
pub fn extend_with(conn: &mut Conn, ids: NewId<'_>, new: &NewPaidTerm<'_>, now: Utc) -> AppResult<Extended> {
    let is_new = paid::note(conn, new, now)?;
    if is_new {
        fit(conn, ids, new.person, new.class, now)?;
    }
    Ok(Extended { is_new, membership: held(conn, new.person, new.class)? })
}

/// Says that the money of a payment went back at `at` (a refund or a lost dispute): what it covered ends then. Rolls whose
/// record instant lies before keep the vote, because the time until then stays covered.
///
/// # Errors
/// A database error.
pub fn withdraw_paid(conn: &mut Conn, app: &App, reference: &str, at: Utc, now: Utc) -> AppResult<()> {
    let Some(term) = paid::by_reference(conn, reference)? else { return Ok(()) };
    if term.returned_at.is_none() {
        paid::set_returned(conn, term.id, Some(at))?;
        fit(conn, &mut || app.public_id(), term.person_id, term.class_id, now)?;
    }
    Ok(())
}

/// Says that the money of a payment came back after all (a dispute that was won).
///
/// # Errors
/// A database error.
pub fn restore_paid(conn: &mut Conn, app: &App, reference: &str, now: Utc) -> AppResult<()> {
    let Some(term) = paid::by_reference(conn, reference)? else { return Ok(()) };
    if term.returned_at.is_some() {
        paid::set_returned(conn, term.id, None)?;
        fit(conn, &mut || app.public_id(), term.person_id, term.class_id, now)?;
    }
    Ok(())
}

/// Forgets the payments with this reference, as when the import that brought them is taken back.
///
/// # Errors
/// A database error.
pub fn forget_paid(conn: &mut Conn, app: &App, reference: &str, now: Utc) -> AppResult<()> {
    if let Some(term) = paid::by_reference(conn, reference)? {
        paid::remove(conn, term.id)?;
        fit(conn, &mut || app.public_id(), term.person_id, term.class_id, now)?;
    }
    Ok(())
}

/// Makes the memberships of a person say what their payments cover, in every class they paid for: after an import was taken
/// back whose record a payment had extended.
///
/// # Errors
/// A database error.
pub fn fit_all(conn: &mut Conn, app: &App, person: PersonId, now: Utc) -> AppResult<()> {
    for class in paid::classes_of(conn, person)? {
        fit(conn, &mut || app.public_id(), person, class, now)?;
    }
    Ok(())
}

/// The instant a payment must bear so that its term ends with `last_day`: for records that come with an end and no payment. On
/// a leap day the term ends one day later, never earlier.
///
/// # Errors
/// `Internal` outside of the calendar.
pub fn payment_for_end(policy: &DuesPolicy, last_day: NaiveDate) -> AppResult<Utc> {
    let back = last_day.checked_sub_months(chrono::Months::new(policy.period_months));
    let mut day = back.ok_or_else(|| AppError::internal("an end outside of the calendar"))?;
    // At most three steps: a month is at most three days shorter than another.
    while months_later(day, policy.period_months, day.day()).is_some_and(|end| end < last_day) {
        day = day.checked_add_days(Days::new(1)).ok_or_else(|| AppError::internal("the calendar ends"))?;
    }
    Ok(crate::http::when::start_of(day))
}

/// Payments as the rule takes them.
fn payments(terms: &[PaidTerm]) -> AppResult<Vec<Payment>> {
    terms.iter().map(|t| payment(t.reference.clone(), t.kind, t.paid_at, t.returned_at)).collect()
}

/// A settled payment as the rule takes it; `returned_at` when its money went back.
///
/// # Errors
/// `Internal` for instants outside of the calendar.
pub fn payment(
    reference: String,
    kind: TermKind,
    paid_at: Utc,
    returned_at: Option<Utc>,
) -> AppResult<Payment> {
    let state = match returned_at {
        Some(at) => PaymentState::Returned(instant(at)?),
        None => PaymentState::Settled,
    };
    let kind = match kind {
        TermKind::Term => DuesKind::Term,
        TermKind::Lifetime => DuesKind::Lifetime,
    };
    Ok(Payment { reference, at: instant(paid_at)?, kind, state })
}

/// What these payments cover.
///
/// # Errors
/// `Internal` for instants outside of the calendar.
pub fn covers(policy: &DuesPolicy, terms: &[PaidTerm]) -> AppResult<Vec<Cover>> {
    Ok(policy.covers(&payments(terms)?))
}

/// How a person stands with the dues of a class at `now`; `None` for a class without dues.
///
/// # Errors
/// A database error.
pub fn standing(
    conn: &mut Conn,
    person: PersonId,
    class: &Class,
    now: Utc,
) -> AppResult<Option<DuesStanding>> {
    let Some(policy) = policy_of(class)? else { return Ok(None) };
    let covers = covers(&policy, &paid::of_person(conn, person, class.id)?)?;
    Ok(Some(policy.standing(&covers, instant(now)?)))
}

/// The latest membership of a person in a class.
fn held(conn: &mut Conn, person: PersonId, class: ClassId) -> AppResult<Option<Membership>> {
    let all = memberships::of_person(conn, person)?;
    Ok(all.into_iter().map(|(membership, _)| membership).find(|m| {
        m.class_id == class
            && m.state == MembershipState::Active
            && m.ends_at.is_none_or(|end| end > m.starts_at)
    }))
}

/// Makes the memberships of a person in a class say what the payments cover.
fn fit(conn: &mut Conn, ids: NewId<'_>, person: PersonId, class: ClassId, now: Utc) -> AppResult<()> {
    let all = memberships::of_person(conn, person)?;
    let classes = memberships::classes(conn)?;
    let row = classes.iter().find(|c| c.id == class).ok_or_else(AppError::not_found)?;
    let policy = policy_of(row)?.ok_or_else(|| AppError::conflict(format!("{} has no dues.", row.name)))?;
    let terms = paid::of_person(conn, person, class)?;
    let of_class: Vec<Membership> = all.into_iter().map(|(m, _)| m).filter(|m| m.class_id == class).collect();
    let covered = policy.paid_intervals(&covers(&policy, &terms)?);
    let last_end = last_ending(&of_class);
    let wanted = after_ending(covered, last_end, &terms)?;
    let mut rows: Vec<Membership> = of_class
        .into_iter()
        .filter(|m| m.state == MembershipState::Active)
        .filter(|m| matches!(m.source, MembershipSource::Dues | MembershipSource::Import))
        .collect();
    rows.sort_by_key(|m| (m.starts_at, m.id));
    for (from, to) in wanted {
        let touching = rows
            .iter()
            .position(|m| to.is_none_or(|to| m.starts_at <= to) && m.ends_at.is_none_or(|end| end >= from));
        match touching.map(|place| rows.remove(place)) {
            Some(known) => {
                let starts =
                    if known.source == MembershipSource::Import { known.starts_at.min(from) } else { from };
                memberships::set_time(conn, known.id, starts, to)?;
            }
            None => {
                let new = NewMembership {
                    public_id: ids()?,
                    person,
                    class,
                    source: MembershipSource::Dues,
                    reference: None,
                    state: MembershipState::Active,
                    starts_at: from,
                    ends_at: to,
                    statement: "",
                    reason: "",
                };
                memberships::add(conn, &new, now)?;
            }
        }
    }
    // Covered by nothing any more: the row stays as a fact and lasts no time. What lies before an ending is left alone.
    let before = |m: &Membership| last_end.is_some_and(|end| m.ends_at.is_some_and(|to| to <= end));
    for left in rows.into_iter().filter(|m| m.source == MembershipSource::Dues && !before(m)) {
        memberships::set_time(conn, left.id, left.starts_at, Some(left.starts_at))?;
    }
    Ok(())
}

/// When a membership of the class was last ended by decision or given up.
fn last_ending(of_class: &[Membership]) -> Option<Utc> {
    use MembershipState as State;
    let ended = of_class.iter().filter(|m| {
        matches!(
            m.state,
            State::Converted | State::Resigned | State::Terminated | State::Removed | State::Deceased
        )
    });
    ended.filter_map(|m| m.ends_at).max()
}

/// The covered time after an ending, where something was paid since; all of it when there was no ending.
fn after_ending(
    covered: Vec<Interval>,
    last_end: Option<Utc>,
    terms: &[PaidTerm],
) -> AppResult<Vec<(Utc, Option<Utc>)>> {
    let paid_since = |end: Utc, to: Option<Utc>| {
        let within = |at: Utc| at >= end && to.is_none_or(|to| at < to);
        terms.iter().filter(|t| t.returned_at.is_none()).map(|t| t.paid_at).filter(|at| within(*at)).min()
    };
    let convert = |at: Option<Instant>| at.map(utc).transpose();
    let mut wanted = Vec::new();
    for interval in covered {
        let (from, to) = (utc(interval.from)?, convert(interval.to)?);
        match last_end {
            None => wanted.push((from, to)),
            Some(end) if to.is_some_and(|to| to <= end) => {}
            Some(end) if from < end => wanted.extend(paid_since(end, to).map(|at| (at, to))),
            Some(_) => wanted.push((from, to)),
        }
    }
    Ok(wanted)
}
