//! What was paid for membership, what for, and which memberships were not renewed.

use std::collections::{HashMap, HashSet};

use folkmoot_governance::dues::{Cover, DuesPolicy, DuesStanding};
use folkmoot_store::memberships::paid::{PaidTerm, TermKind};
use folkmoot_store::memberships::public::{self, Drive};
use folkmoot_store::memberships::{self, Class, ClassId};
use folkmoot_store::{PersonId, PublicId, Utc, report_rows};
use serde_json::{Value, json};

use super::{Rows, Source, day};
use crate::error::{AppError, AppResult};
use crate::membership::{dues, instant};

/// More drives than this nobody holds.
const MOST_DRIVES: i64 = 10_000;

/// What the rows of dues follow from, beside the payments themselves.
struct Ground {
    classes: HashMap<ClassId, (Class, Option<DuesPolicy>)>,
    drives: Vec<Drive>,
    amounts: HashMap<String, (i64, String)>,
    /// Members today, of any class.
    members: HashSet<PersonId>,
    /// Memberships that ended otherwise than by time.
    left: HashSet<(PersonId, ClassId)>,
    now: Utc,
}

impl Source<'_> {
    pub(super) fn dues(&mut self) -> Rows {
        let mut classes = HashMap::new();
        for class in memberships::classes(self.conn)? {
            let policy = dues::policy_of(&class)?;
            classes.insert(class.id, (class, policy));
        }
        let ground = Ground {
            classes,
            drives: public::drives(self.conn, MOST_DRIVES)?,
            amounts: if self.money { report_rows::amounts(self.conn)? } else { HashMap::new() },
            members: report_rows::members_at(self.conn, self.now)?,
            left: report_rows::left(self.conn)?,
            now: self.now,
        };
        let paid = report_rows::paid(self.conn)?;
        let mut rows = Vec::new();
        let same = |a: &(PaidTerm, PublicId), b: &(PaidTerm, PublicId)| {
            a.0.person_id == b.0.person_id && a.0.class_id == b.0.class_id
        };
        for one in paid.chunk_by(same) {
            rows.extend(ground.of_person(one)?);
        }
        Ok(rows)
    }
}

impl Ground {
    /// The payments of one person for one class, oldest first, and what is due after them.
    fn of_person(&self, paid: &[(PaidTerm, PublicId)]) -> AppResult<Vec<Value>> {
        let Some((first, member)) = paid.first() else { return Ok(Vec::new()) };
        let (class, policy) = self.classes.get(&first.class_id).ok_or_else(AppError::not_found)?;
        let terms: Vec<PaidTerm> = paid.iter().map(|(term, _)| term.clone()).collect();
        let mut rows = Vec::with_capacity(terms.len() + 1);
        for (number, term) in terms.iter().enumerate() {
            let earlier = terms.get(..number).unwrap_or_default();
            let (kind, due) = before(policy.as_ref(), earlier, term)?;
            let amount = self.amounts.get(&term.reference);
            let drive = self.drives.iter().find(|drive| kind == "new" && ran(drive, class, term.paid_at));
            rows.push(json!({
                "tier": class.key, "due": due, "kind": kind, "paid": day(term.paid_at),
                "status": if term.returned_at.is_some() { "returned" } else { "paid" }, "member": member.to_string(),
                "amount": amount.map(|(minor, _)| minor), "currency": amount.map(|(_, currency)| currency),
                "band": amount.and_then(|(minor, currency)| band(policy.as_ref()?, term.kind, *minor, currency)),
                "drive": drive.map(|drive| &drive.title),
            }));
        }
        rows.extend(self.owed(first, policy.as_ref(), &terms)?.map(|(status, due)| {
            json!({"tier": class.key, "due": due, "kind": "renewal", "status": status, "member": member.to_string()})
        }));
        Ok(rows)
    }

    /// `open` or `lapsed` with the last paid day, when the paid time is over and the person did not leave.
    fn owed(
        &self,
        who: &PaidTerm,
        policy: Option<&DuesPolicy>,
        terms: &[PaidTerm],
    ) -> AppResult<Option<(&'static str, Option<String>)>> {
        let Some(policy) = policy else { return Ok(None) };
        let covers = dues::covers(policy, terms)?;
        let status = match policy.standing(&covers, instant(self.now)?) {
            DuesStanding::Grace { .. } => "open",
            DuesStanding::Lapsed { .. } => "lapsed",
            _ => return Ok(None),
        };
        let left =
            self.left.contains(&(who.person_id, who.class_id)) || self.members.contains(&who.person_id);
        Ok((!left).then(|| (status, last_day(&covers))))
    }
}

/// What a payment was after those before it, and when it was due.
fn before(
    policy: Option<&DuesPolicy>,
    earlier: &[PaidTerm],
    term: &PaidTerm,
) -> AppResult<(&'static str, Option<String>)> {
    let paid = Some(day(term.paid_at));
    let Some(policy) = policy else {
        return Ok((if earlier.is_empty() { "new" } else { "renewal" }, paid));
    };
    let covers = dues::covers(policy, earlier)?;
    Ok(match policy.standing(&covers, instant(term.paid_at)?) {
        DuesStanding::NeverPaid => ("new", paid),
        DuesStanding::Lapsed { .. } => ("rejoin", paid),
        DuesStanding::Lifetime => ("renewal", paid),
        DuesStanding::Active { .. } | DuesStanding::Grace { .. } => ("renewal", last_day(&covers).or(paid)),
    })
}

fn last_day(covers: &[Cover]) -> Option<String> {
    covers.iter().filter_map(|cover| cover.last_day).max().map(|day| day.to_string())
}

/// Whether new members of a class counted for a drive at an instant.
fn ran(drive: &Drive, class: &Class, at: Utc) -> bool {
    let counts = drive.class_id.map_or(class.votes, |only| only == class.id);
    counts && drive.starts_at <= at && at < drive.ends_at
}

/// Where an amount lies in the scale of the class; nothing for an amount in another currency.
fn band(policy: &DuesPolicy, kind: TermKind, minor: i64, currency: &str) -> Option<&'static str> {
    if kind == TermKind::Lifetime {
        return Some("lifetime");
    }
    let suggested = policy.suggested;
    (suggested.currency.to_string() == currency).then_some(())?;
    Some(match minor {
        at if at <= policy.minimum.minor && at < suggested.minor => "least",
        below if below < suggested.minor => "below suggested",
        at if at == suggested.minor => "suggested",
        _ => "above suggested",
    })
}
