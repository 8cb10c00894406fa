//! Dues: a sliding scale without proof or maximum, terms of months from the payment, extension from the end date,
//! lapse, grace and lifetime. (`dues(min, suggested, period, lifetime)`, `term-12m-from-payment`; bylaws 4.5.)
//!
//! Amounts never affect rights: nothing outside this module looks at them.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::deadline::{Deadline, ZonePolicy};
use crate::instant::DAY;
use crate::money::Money;
use crate::term::months_later;
use crate::words::{self, Explain};
use crate::{Instant, Interval};

/// The dues of a membership class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuesPolicy {
    /// Least amount for one term; everything above is accepted.
    pub minimum: Money,
    /// Amount shown first.
    pub suggested: Money,
    /// Least amount for a membership without end, when there is one.
    pub lifetime: Option<Money>,
    /// Length of a term in months.
    pub period_months: u32,
    /// Days after the end in which a payment still extends from the end date.
    pub grace_days: u32,
    /// Whether the vote is kept during the grace days.
    pub grace_keeps_vote: bool,
    /// Zone in which the last day ends.
    pub zone: ZonePolicy,
}

/// What a payment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuesKind {
    /// One term.
    Term,
    /// For life.
    Lifetime,
}

/// Why an amount is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DuesRefusal {
    /// Below the least amount.
    #[error("{amount} is below the least amount of {least}; choose any amount from {least} on")]
    BelowMinimum {
        /// As offered.
        amount: Money,
        /// Least amount.
        least: Money,
    },
    /// In another currency.
    #[error("dues are paid in {expected}, not in {given}")]
    Currency {
        /// Currency of the policy.
        expected: crate::Currency,
        /// Currency of the payment.
        given: crate::Currency,
    },
    /// There is no membership for life.
    #[error("this class has no lifetime membership; pay for one term")]
    NoLifetime,
}

/// Why a dues policy makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DuesPolicyError {
    /// Amounts in different currencies.
    #[error("minimum, suggested and lifetime amounts must be in one currency")]
    Currencies,
    /// The suggested amount is below the least.
    #[error("the suggested amount {suggested} is below the minimum {minimum}")]
    SuggestedBelowMinimum {
        /// Suggested amount.
        suggested: Money,
        /// Least amount.
        minimum: Money,
    },
    /// The lifetime amount is below the least for one term.
    #[error("the lifetime amount is below the minimum for one term")]
    LifetimeBelowMinimum,
    /// A negative amount, or a term of no length or above 120 months.
    #[error("amounts must not be negative and a term lasts 1 to 120 months with at most 366 days of grace")]
    OutOfRange,
}

/// What became of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Not settled: counts for nothing.
    Pending,
    /// The money arrived.
    Settled,
    /// The money went back at this instant (refund or lost dispute): coverage ends then.
    Returned(Instant),
}

/// A payment of dues as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Reference of the provider or the bank; a second payment with the same reference is the same payment.
    pub reference: String,
    /// When it was made.
    pub at: Instant,
    /// What for.
    pub kind: DuesKind,
    /// What became of it.
    pub state: PaymentState,
}

/// What one payment covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// Reference of the payment.
    pub reference: String,
    /// First instant covered.
    pub from: Instant,
    /// Last day covered, in the zone of the policy; `None` for life.
    pub last_day: Option<NaiveDate>,
    /// First instant no longer covered: the end of the last day, or the return of the money; `None` for life.
    pub end: Option<Instant>,
    /// Day of the month on which terms end.
    anchor: u32,
    returned: Option<Instant>,
}

/// How a member stands with dues at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuesStanding {
    /// No settled payment so far.
    NeverPaid,
    /// Covered for life.
    Lifetime,
    /// Covered until this instant.
    Active {
        /// First instant no longer covered.
        until: Instant,
    },
    /// The term is over; a payment before `until` extends from the end date.
    Grace {
        /// When the term ended.
        ended: Instant,
        /// When the grace ends.
        until: Instant,
    },
    /// The term and the grace are over.
    Lapsed {
        /// When the term ended.
        since: Instant,
    },
}

impl DuesPolicy {
    /// Whether the policy makes sense.
    ///
    /// # Errors
    /// Names the first fault.
    pub fn check(&self) -> Result<(), DuesPolicyError> {
        let amounts = [Some(self.minimum), Some(self.suggested), self.lifetime];
        let mut given = amounts.iter().flatten();
        if given.clone().any(|money| money.currency != self.minimum.currency) {
            return Err(DuesPolicyError::Currencies);
        }
        if given.any(|money| money.minor < 0)
            || !(1..=120).contains(&self.period_months)
            || self.grace_days > 366
        {
            return Err(DuesPolicyError::OutOfRange);
        }
        if self.suggested.minor < self.minimum.minor {
            let (suggested, minimum) = (self.suggested, self.minimum);
            return Err(DuesPolicyError::SuggestedBelowMinimum { suggested, minimum });
        }
        if self.lifetime.is_some_and(|lifetime| lifetime.minor < self.minimum.minor) {
            return Err(DuesPolicyError::LifetimeBelowMinimum);
        }
        Ok(())
    }

    /// Whether an amount is enough. There is no maximum.
    ///
    /// # Errors
    /// When it is below the least amount, in another currency, or for a lifetime that is not offered.
    pub fn accept(&self, amount: Money, kind: DuesKind) -> Result<(), DuesRefusal> {
        let least = match kind {
            DuesKind::Term => self.minimum,
            DuesKind::Lifetime => self.lifetime.ok_or(DuesRefusal::NoLifetime)?,
        };
        if amount.currency != least.currency {
            return Err(DuesRefusal::Currency { expected: least.currency, given: amount.currency });
        }
        if amount.minor < least.minor {
            return Err(DuesRefusal::BelowMinimum { amount, least });
        }
        Ok(())
    }

    /// What the payments of one member cover, in the order of payment. Pending payments and second entries of the same
    /// reference cover nothing; payments during a lifetime membership are gifts and extend nothing.
    #[must_use]
    pub fn covers(&self, payments: &[Payment]) -> Vec<Cover> {
        // Nearly everybody has paid once, and nothing has to be put in order.
        if let [payment] = payments {
            let settled = Some(payment).filter(|payment| payment.state != PaymentState::Pending);
            return settled.and_then(|payment| self.cover(payment, &[])).into_iter().collect();
        }
        let mut seen = BTreeSet::new();
        let mut settled: Vec<&Payment> =
            payments.iter().filter(|payment| payment.state != PaymentState::Pending).collect();
        // A returned entry comes before a settled one of the same reference and instant, so the return is not lost.
        settled
            .sort_by_key(|payment| (payment.at, &payment.reference, payment.state == PaymentState::Settled));
        settled.retain(|payment| seen.insert(payment.reference.as_str()));
        let mut covers: Vec<Cover> = Vec::new();
        for payment in settled {
            covers.extend(self.cover(payment, &covers));
        }
        covers
    }

    fn cover(&self, payment: &Payment, earlier: &[Cover]) -> Option<Cover> {
        let returned = match payment.state {
            PaymentState::Returned(at) => Some(at),
            _ => None,
        };
        let standing: Vec<&Cover> =
            earlier.iter().filter(|cover| cover.returned.is_none_or(|at| at > payment.at)).collect();
        if standing.iter().any(|cover| cover.last_day.is_none()) {
            return None;
        }
        let reference = payment.reference.clone();
        if payment.kind == DuesKind::Lifetime {
            return Some(Cover {
                reference,
                from: payment.at,
                last_day: None,
                end: returned,
                anchor: 1,
                returned,
            });
        }
        let last = standing.iter().max_by_key(|cover| cover.last_day);
        let extends = last.and_then(|cover| {
            let end = self.end_of(cover.last_day?)?;
            (payment.at < end.plus_micros(self.grace())).then_some((end, cover.last_day?, cover.anchor))
        });
        let (from, start, anchor) = extends.unwrap_or_else(|| {
            let day = self.zone.local(payment.at).civil.date();
            (payment.at, day, day.day())
        });
        let last_day = months_later(start, self.period_months, anchor)?;
        let end = self.end_of(last_day)?;
        let end = returned.map_or(end, |at| end.min(at.max(from)));
        Some(Cover { reference, from, last_day: Some(last_day), end: Some(end), anchor, returned })
    }

    fn end_of(&self, day: NaiveDate) -> Option<Instant> {
        // A day that the zone leaves out (a crossing of the date line) ends with the day before it.
        let end = |day| Deadline::end_of_day(day, self.zone).ok().map(|deadline| deadline.instant());
        end(day).or_else(|| end(day.pred_opt()?))
    }

    fn grace(&self) -> i64 {
        i64::from(self.grace_days).saturating_mul(DAY)
    }

    /// The intervals in which dues give the vote: the covers, joined where they touch, with the grace days where the
    /// policy keeps the vote during them.
    #[must_use]
    pub fn paid_intervals(&self, covers: &[Cover]) -> Vec<Interval> {
        let grace = if self.grace_keeps_vote { self.grace() } else { 0 };
        let mut parts: Vec<Interval> = covers
            .iter()
            .map(|cover| {
                let grace = if cover.returned.is_some() { 0 } else { grace };
                Interval { from: cover.from, to: cover.end.map(|end| end.plus_micros(grace)) }
            })
            .filter(|part| part.to.is_none_or(|to| to > part.from))
            .collect();
        parts.sort_by_key(|part| part.from);
        let mut joined: Vec<Interval> = Vec::new();
        for part in parts {
            match joined.last_mut() {
                Some(last) if last.to.is_none_or(|to| part.from <= to) => {
                    last.to = last.to.and_then(|to| part.to.map(|end| end.max(to)));
                }
                _ => joined.push(part),
            }
        }
        joined
    }

    /// How a member with these covers stands at `now`.
    #[must_use]
    pub fn standing(&self, covers: &[Cover], now: Instant) -> DuesStanding {
        let begun = || covers.iter().filter(|cover| cover.from <= now);
        if begun().any(|cover| cover.end.is_none()) {
            return DuesStanding::Lifetime;
        }
        let Some(last) = covers.iter().filter(|c| c.end > Some(c.from)).max_by_key(|cover| cover.end) else {
            return DuesStanding::NeverPaid;
        };
        let Some(ended) = last.end else { return DuesStanding::NeverPaid };
        let grace_end = ended.plus_micros(if last.returned.is_some() { 0 } else { self.grace() });
        if now < ended {
            DuesStanding::Active { until: ended }
        } else if now < grace_end {
            DuesStanding::Grace { ended, until: grace_end }
        } else {
            DuesStanding::Lapsed { since: ended }
        }
    }
}

/// A membership drive: so many new members in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drive {
    /// Members wanted.
    pub goal: u64,
    /// When it runs.
    pub window: Interval,
}

impl Drive {
    /// Members who joined in the window, out of all instants of joining.
    #[must_use]
    pub fn joined(&self, joins: &[Instant]) -> u64 {
        joins.iter().map(|at| u64::from(self.window.contains(*at))).sum()
    }

    /// Whole per cent of the goal, rounded down; above 100 when it is exceeded, 100 for a goal of zero.
    #[must_use]
    pub fn percent(&self, joined: u64) -> u64 {
        let percent = u128::from(joined).saturating_mul(100).checked_div(self.goal.into()).unwrap_or(100);
        u64::try_from(percent).unwrap_or(u64::MAX)
    }
}

impl Explain for DuesPolicy {
    fn sentence(&self) -> String {
        let months = words::count(self.period_months.into(), "month", "months");
        let lifetime = self.lifetime.map_or_else(String::new, |least| format!(", or from {least} for life"));
        format!(
            "Dues are {} or more ({} suggested) for {months} from the payment{lifetime}; a renewal extends from the end date.",
            self.minimum, self.suggested
        )
    }
}

impl Explain for DuesStanding {
    fn sentence(&self) -> String {
        match self {
            Self::NeverPaid => "No dues have been paid.".into(),
            Self::Lifetime => "Dues are paid for life.".into(),
            Self::Active { until } => format!("Dues are paid until {until}."),
            Self::Grace { ended, until } => {
                format!("Dues ended at {ended}; a payment before {until} extends from that end.")
            }
            Self::Lapsed { since } => format!("Dues lapsed at {since}."),
        }
    }
}
