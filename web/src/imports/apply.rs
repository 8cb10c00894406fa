//! Applying: the next rows become people and memberships, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Months, TimeDelta};
use folkmoot_governance::dues::DuesPolicy;
use folkmoot_store::accounts::{self, NewPerson, address_lookup};
use folkmoot_store::audit::{self, Act};
use folkmoot_store::imports::{self, Import, ImportRow, ImportState, ImportedMembership, RowOutcome};
use folkmoot_store::memberships::paid::TermKind;
use folkmoot_store::memberships::{self, Class, ClassId, MembershipState};
use folkmoot_store::people::{NewContact, add_many};
use folkmoot_store::{Conn, JsonText, PersonId, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::columns::{Alike, Settings};
use super::history;
use super::row::{Row, RowMembership, understand};
use super::{BATCH, Batch, settings_of};
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::http::when::start_of;
use crate::jobs;
use crate::membership::dues;
use crate::people::duplicates::FindDuplicates;

/// Most terms one record stands for; older ones decide about no roll to come.
const MOST_TERMS: usize = 60;

/// What a row made, for taking it back.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Made {
    /// The record itself.
    #[serde(default)]
    pub person: bool,
    /// An address added to a record that was there.
    #[serde(default)]
    pub address: Option<i64>,
    /// An affirmation.
    #[serde(default)]
    pub affirmation: Option<i64>,
    /// A payment in the ledger.
    #[serde(default)]
    pub payment: Option<i64>,
}

pub(super) struct Work {
    pub row: ImportRow,
    pub what: Row,
    pub person: Option<PersonId>,
    pub made: Made,
}

/// Applies the next rows after `line`.
pub(super) fn batch(app: &App, import: &Import, classes: &[Class], line: i64) -> AppResult<Batch> {
    let (settings, now) = (settings_of(import)?, app.now());
    app.store().write(|c| {
        let rows = imports::rows_after(c, import.id, line, BATCH)?;
        let Some(end) = rows.last().map(|r| r.line) else {
            finish(c, import, now)?;
            return Ok::<_, AppError>(Batch::Last);
        };
        let done = import.rows_done + i64::try_from(rows.len()).unwrap_or(0);
        let rows = rows.into_iter().filter(|r| !r.applied).collect();
        let changed = apply(c, app, import, rows, &settings, classes, now)?;
        imports::replace_rows(c, import.id, &changed)?;
        imports::set_done(c, import.id, done.min(import.rows_total))?;
        Ok(Batch::More(end))
    })
}

fn finish(conn: &mut Conn, import: &Import, now: Utc) -> AppResult<()> {
    if !imports::set_state(conn, import.id, ImportState::Applying, ImportState::Applied, now)? {
        return Ok(());
    }
    let counts = super::check::by_name(&imports::counts(conn, import.id)?);
    let act = Act {
        actor: None,
        action: "import.applied",
        object: format!("import {}", import.public_id),
        details: json!({ "rows": counts }),
        reference: "import.go_on".into(),
    };
    audit::append(conn, &act, now)?;
    jobs::queue(conn, &FindDuplicates {}, now)?;
    Ok(())
}

fn apply(
    conn: &mut Conn,
    app: &App,
    import: &Import,
    rows: Vec<ImportRow>,
    settings: &Settings,
    classes: &[Class],
    now: Utc,
) -> AppResult<Vec<ImportRow>> {
    let (mut work, mut refused) = (Vec::new(), Vec::new());
    for mut row in rows {
        let wanted = match row.outcome {
            RowOutcome::New | RowOutcome::Known => true,
            RowOutcome::Merge => settings.alike == Alike::Join,
            RowOutcome::Unchecked | RowOutcome::Ignored | RowOutcome::Error => false,
        };
        if !wanted {
            continue;
        }
        let cells: Vec<String> = row.cells.parse()?;
        match understand(&cells, settings, classes, import.applied_at.unwrap_or(now)) {
            Ok(Some(what)) => work.push(Work { row, what, person: None, made: Made::default() }),
            Ok(None) => {}
            Err(why) => {
                (row.outcome, row.note) = (RowOutcome::Error, why);
                refused.push(row);
            }
        }
    }
    people(conn, app, &mut work, now)?;
    join(conn, &mut work, now)?;
    hold(conn, app, import, classes, &work, now)?;
    participation(conn, import, &work, settings)?;
    history::affirm(conn, &mut work, settings, now)?;
    history::pay(conn, app, import, &mut work, now)?;
    for w in work {
        let Work { mut row, person, made, .. } = w;
        row.applied = person.is_some();
        row.person_id = person.or(row.person_id);
        row.made = JsonText::of(&made)?;
        refused.push(row);
    }
    Ok(refused)
}

/// Finds whom the rows are about, and adds those who are not here.
fn people(conn: &mut Conn, app: &App, work: &mut [Work], now: Utc) -> AppResult<()> {
    let emails: Vec<String> = work.iter().map(|w| w.what.email.as_str().to_owned()).collect();
    let owners = imports::owners(conn, &emails)?;
    let (mut new, mut waiting) = (Vec::new(), Vec::new());
    for (at, w) in work.iter_mut().enumerate() {
        w.person = owners.get(&address_lookup(w.what.email.as_str())).copied();
        if w.person.is_none() && w.row.outcome != RowOutcome::Merge {
            new.push(contact(app, &w.what, now)?);
            waiting.push(at);
        }
    }
    let ids = add_many(conn, &new, now)?;
    for (at, id) in waiting.into_iter().zip(ids) {
        if let Some(w) = work.get_mut(at) {
            (w.person, w.made.person) = (Some(id), true);
            if let Some(name) = &w.what.legal_name {
                accounts::set_legal_name(conn, id, name)?;
            }
        }
    }
    Ok(())
}

fn contact(app: &App, what: &Row, now: Utc) -> AppResult<NewContact> {
    let public_id = app.public_id()?;
    let preferred_name = if what.name.is_empty() {
        // Everybody gets a name that can be shown and mailed; it says nothing the file did not say.
        let end: String =
            public_id.as_str().chars().rev().take(6).collect::<Vec<_>>().into_iter().rev().collect();
        format!("Member {end}")
    } else {
        what.name.clone()
    };
    let person = NewPerson {
        public_id,
        preferred_name,
        password_hash: None,
        time_zone: app.organisation().time_zone.clone(),
        locale: "en".into(),
    };
    Ok(NewContact { person, address: what.email.as_str().to_owned(), verified_at: Some(now) })
}

/// Rows that look like somebody's join that person: the address is added to the others.
fn join(conn: &mut Conn, work: &mut [Work], now: Utc) -> AppResult<()> {
    let open: Vec<String> =
        work.iter().filter(|w| w.person.is_none()).map(|w| w.row.mailbox.clone()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let alike = imports::people_with_keys(conn, &open)?;
    for w in work.iter_mut().filter(|w| w.person.is_none()) {
        let Some(person) = alike.get(&w.row.mailbox).copied().or(w.row.person_id) else {
            w.row.note = "Whoever this looked like is not here any more; left out".into();
            continue;
        };
        // Two spellings of one address may stand in one batch.
        if accounts::owner_of_address(conn, w.what.email.as_str())?.is_none() {
            w.made.address =
                Some(accounts::add_address(conn, person, w.what.email.as_str(), Some(now), now)?.0);
        }
        w.person = Some(person);
    }
    Ok(())
}

/// Memberships for rows that name a class, unless the person holds that class for that time already.
fn hold(
    conn: &mut Conn,
    app: &App,
    import: &Import,
    classes: &[Class],
    work: &[Work],
    now: Utc,
) -> AppResult<()> {
    let mut policies = BTreeMap::new();
    for class in classes {
        if let Some(policy) = dues::policy_of(class)? {
            policies.insert(class.id, policy);
        }
    }
    let named: Vec<&Work> =
        work.iter().filter(|w| w.what.membership.is_some() && w.person.is_some()).collect();
    let Some(earliest) = named.iter().filter_map(|w| w.what.membership.as_ref()).map(|m| m.starts_at).min()
    else {
        return Ok(());
    };
    let ids: Vec<PersonId> = named.iter().filter_map(|w| w.person).collect();
    let mut ends: BTreeMap<(PersonId, ClassId), BTreeSet<Option<Utc>>> = BTreeMap::new();
    for (person, class, end) in imports::classes_held(conn, &ids, earliest)? {
        ends.entry((person, class)).or_default().insert(end);
    }
    let mut new = Vec::new();
    for w in named {
        let (Some(person), Some(m)) = (w.person, &w.what.membership) else { continue };
        let held = ends.entry((person, m.class)).or_default();
        if held.iter().any(|end| end.is_none_or(|end| end > m.starts_at)) {
            continue;
        }
        held.insert(m.ends_at);
        new.push(ImportedMembership {
            public_id: app.public_id()?,
            person,
            class: m.class,
            state: m.state,
            starts_at: m.starts_at,
            ends_at: m.ends_at,
            paid: policies.get(&m.class).map(|policy| paid(policy, m)).transpose()?.unwrap_or_default(),
        });
    }
    imports::add_memberships(conn, &new, import.public_id.as_str(), now)?;
    Ok(())
}

/// The payments a record of a class with dues stands for: the one the row names, one for each term of the time it states, or
/// one without end.
fn paid(policy: &DuesPolicy, m: &RowMembership) -> AppResult<Vec<(TermKind, Utc)>> {
    if m.state != MembershipState::Active {
        return Ok(Vec::new());
    }
    let end = match (m.paid_on, m.ends_at) {
        (Some(day), _) => return Ok(vec![(TermKind::Term, start_of(day))]),
        (None, None) => return Ok(vec![(TermKind::Lifetime, m.starts_at)]),
        (None, Some(end)) => end,
    };
    let mut last_day = end.plus(-TimeDelta::microseconds(1)).datetime().date_naive();
    let mut terms = Vec::new();
    while terms.len() < MOST_TERMS {
        let paid_at = dues::payment_for_end(policy, last_day)?;
        terms.push((TermKind::Term, paid_at));
        let before = last_day.checked_sub_months(Months::new(policy.period_months.max(1)));
        last_day = match before {
            Some(day) if paid_at > m.starts_at => day,
            _ => break,
        };
    }
    terms.reverse();
    Ok(terms)
}

fn participation(conn: &mut Conn, import: &Import, work: &[Work], settings: &Settings) -> AppResult<()> {
    let Some(closed_on) = settings.closed_on.filter(|_| !settings.election.is_empty()) else { return Ok(()) };
    for w in work {
        if let (Some(person), Some(voted)) = (w.person, w.what.voted) {
            let reference = import.public_id.as_str();
            let closed_at = start_of(closed_on);
            memberships::voting::note_past_participation(
                conn,
                person,
                &settings.election,
                closed_at,
                voted,
                reference,
            )?;
        }
    }
    Ok(())
}
