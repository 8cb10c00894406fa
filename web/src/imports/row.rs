//! One row of a file as a person and a membership.

use chrono::{Days, Months, NaiveDate};
use folkmoot_governance::{Currency, Money};
use folkmoot_store::Utc;
use folkmoot_store::memberships::{Class, ClassId, MembershipState};

use super::columns::{Column, Settings, class_named};
use crate::auth::email::{EmailAddress, parse_name};
use crate::http::when::start_of;
use crate::membership::dues;
use crate::payments::bank_csv;

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Address.
    pub email: EmailAddress,
    /// Preferred name; empty when the row has none.
    pub name: String,
    /// Legal name.
    pub legal_name: Option<String>,
    /// Membership, when a class is named.
    pub membership: Option<RowMembership>,
    /// Whether the person voted in the election of the settings.
    pub voted: Option<bool>,
    /// Day of the last declared intention to vote.
    pub affirmed_on: Option<NaiveDate>,
    /// A payment, where the row names its amount.
    pub payment: Option<RowPayment>,
}

/// A payment as a row says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowPayment {
    /// For which class.
    pub class: ClassId,
    /// Amount.
    pub amount: Money,
    /// Least amount of the class today.
    pub least: Option<Money>,
    /// When it was received.
    pub on: NaiveDate,
}

/// A membership as a row says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowMembership {
    /// Class.
    pub class: ClassId,
    /// State.
    pub state: MembershipState,
    /// First instant.
    pub starts_at: Utc,
    /// First instant no longer a member.
    pub ends_at: Option<Utc>,
    /// Day of the payment, where the row names one and no end.
    pub paid_on: Option<NaiveDate>,
}

/// A day as exports write it.
#[must_use]
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let day = text.get(..10).unwrap_or(text);
    ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"]
        .iter()
        .find_map(|f| NaiveDate::parse_from_str(day, f).ok())
        .or_else(|| {
            ["%d %B %Y", "%B %d, %Y", "%d.%m.%Y"].iter().find_map(|f| NaiveDate::parse_from_str(text, f).ok())
        })
        .or_else(|| {
            text.parse()
                .ok()
                .filter(|y| text.len() == 4 && *y > 0)
                .and_then(|y| NaiveDate::from_ymd_opt(y, 1, 1))
        })
        .filter(|d| (1900..=2200).contains(&chrono::Datelike::year(d)))
}

/// True for texts that a spreadsheet would run.
#[must_use]
pub fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%', '＝', '＋', '－', '＠'])
}

struct Cells<'a> {
    cells: &'a [String],
    settings: &'a Settings,
}

impl<'a> Cells<'a> {
    fn get(&self, column: Column) -> &'a str {
        let at = self.settings.columns.iter().position(|c| *c == column);
        let text = at.and_then(|at| self.cells.get(at)).map_or("", String::as_str);
        // The mark our own exports put before such texts.
        text.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(text)
    }

    fn day(&self, column: Column, what: &str) -> Result<Option<NaiveDate>, String> {
        let text = self.get(column);
        if text.is_empty() {
            return Ok(None);
        }
        parse_date(text)
            .map(Some)
            .ok_or_else(|| format!("“{}” is no {what}. Write it as 2026-05-31.", short(text)))
    }

    fn name(&self, column: Column) -> Result<String, String> {
        let text = self.get(column);
        if text.is_empty() {
            return Ok(String::new());
        }
        if is_formula(text) {
            return Err(format!(
                "“{}” would run as a formula in a spreadsheet. Correct the name.",
                short(text)
            ));
        }
        parse_name(text).map_err(|why| format!("Name: {why}"))
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Understands the cells of a row. `None` for a row without any text.
///
/// # Errors
/// A sentence that says what is wrong with the row.
pub fn understand(
    cells: &[String],
    settings: &Settings,
    classes: &[Class],
    now: Utc,
) -> Result<Option<Row>, String> {
    if cells.iter().all(String::is_empty) {
        return Ok(None);
    }
    let width = settings.columns.len();
    if cells.len() > width || (settings.header && cells.len() < width && width > 1) {
        return Err(format!("The row has {} cells where {width} belong.", cells.len()));
    }
    let row = Cells { cells, settings };
    let email = row.get(Column::Email);
    if email.is_empty() {
        return Err("There is no e-mail address, so this person could never be told. Add one.".into());
    }
    let email =
        EmailAddress::parse(email).map_err(|_| format!("“{}” is no e-mail address.", short(email)))?;
    if is_formula(email.as_str()) {
        return Err(format!("“{}” would run as a formula in a spreadsheet.", short(email.as_str())));
    }
    let mut name = row.name(Column::Name)?;
    if name.is_empty() {
        let parts = [row.name(Column::GivenName)?, row.name(Column::FamilyName)?];
        name = parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ");
    }
    // Some programs write the address where a name is missing.
    if name.contains('@') && EmailAddress::parse(&name).is_ok() {
        name.clear();
    }
    let legal_name = Some(row.name(Column::LegalName)?).filter(|n| !n.is_empty());
    // Money that did not stay pays for nothing.
    let status = row.get(Column::Status);
    if !row.get(Column::Amount).is_empty() && !matches!(status.to_lowercase().as_str(), "" | "completed") {
        return Err(format!("This payment is “{}”, not completed, so it is left out.", short(status)));
    }
    let membership = membership(&row, classes, now)?;
    let voted = match row.get(Column::Voted).to_lowercase().as_str() {
        _ if !settings.columns.contains(&Column::Voted) => None,
        "yes" | "y" | "1" | "true" | "x" => Some(true),
        "no" | "n" | "0" | "false" | "" => Some(false),
        other => {
            return Err(format!(
                "“{}” does not say whether the person voted: write yes or no.",
                short(other)
            ));
        }
    };
    let affirmed_on = row.day(Column::AffirmedOn, "day of an affirmation")?;
    if affirmed_on.is_some_and(|day| start_of(day) > now) {
        return Err("The last affirmation lies in the future.".into());
    }
    let payment = payment(&row, membership.as_ref(), classes)?;
    Ok(Some(Row { email, name, legal_name, membership, voted, affirmed_on, payment }))
}

fn payment(
    row: &Cells<'_>,
    membership: Option<&RowMembership>,
    classes: &[Class],
) -> Result<Option<RowPayment>, String> {
    let text = row.get(Column::Amount);
    if text.is_empty() {
        return Ok(None);
    }
    let on = row.day(Column::PaidOn, "day of payment")?;
    let on = on.ok_or("The row has an amount, but not the day on which it was paid.")?;
    let class = membership.and_then(|m| classes.iter().find(|k| k.id == m.class));
    let class = class.ok_or("An amount needs a class; choose one for rows that name none.")?;
    let least = dues::policy_of(class).ok().flatten().map(|policy| policy.minimum);
    let currency = match (row.get(Column::Currency), least) {
        ("", Some(least)) => least.currency,
        ("", None) => return Err(format!("{} has no dues; say the currency in a column.", class.name)),
        (code, _) => Currency::try_from(code.to_uppercase())
            .map_err(|_| format!("“{}” is no currency; write three letters as in EUR.", short(code)))?,
    };
    let bare = text.trim_start_matches(['$', '€', '£', '¥', ' ']);
    let amount = bank_csv::amount(bare, currency)?.filter(|m| m.minor > 0);
    let amount = amount.ok_or("Only money that came in is history; this amount is not above zero.")?;
    Ok(Some(RowPayment { class: class.id, amount, least: least.filter(|l| l.currency == currency), on }))
}

fn membership(row: &Cells<'_>, classes: &[Class], now: Utc) -> Result<Option<RowMembership>, String> {
    let named = row.get(Column::Class);
    let class = match (named, row.settings.class.as_str()) {
        ("", "") => return Ok(None),
        ("", key) => classes.iter().find(|k| k.key == key),
        (text, _) => Some(class_named(classes, text).ok_or_else(|| {
            let known: Vec<&str> = classes.iter().map(|k| k.name.as_str()).collect();
            format!("No class is called “{}”. Known: {}.", short(text), known.join(", "))
        })?),
    };
    let Some(class) = class else { return Ok(None) };
    let paid = row.day(Column::PaidOn, "day of payment")?;
    let starts = row.day(Column::Starts, "first day")?.or(paid).or(row.settings.starts);
    let starts_at = starts.map_or(now, start_of);
    // The last day counts in full.
    let last = row
        .day(Column::Ends, "last day")?
        .or(row.settings.ends)
        .and_then(|d| d.checked_add_days(Days::new(1)));
    let covered = paid.and_then(|d| d.checked_add_months(Months::new(12)));
    let ends_at = last.or(covered).map(start_of);
    if ends_at.is_some_and(|end| end <= starts_at) {
        return Err("The membership ends before it begins.".into());
    }
    let text = row.get(Column::Status).to_lowercase();
    let (state, ends_at) = match text.as_str() {
        "" | "active" | "current" | "new" | "grace" | "good standing" | "completed" => {
            (MembershipState::Active, ends_at)
        }
        "expired" | "lapsed" | "cancelled" | "canceled" => match ends_at {
            Some(end) => (MembershipState::Active, Some(end)),
            None => return Err("The membership is over, but the row does not say since when.".into()),
        },
        "emeritus" => (MembershipState::Emeritus, Some(ends_at.unwrap_or(now))),
        "deceased" => (MembershipState::Deceased, Some(ends_at.unwrap_or(now))),
        other => return Err(format!("“{}” is no known state of a membership.", short(other))),
    };
    let paid_on = paid.filter(|_| last.is_none());
    Ok(Some(RowMembership { class: class.id, state, starts_at, ends_at, paid_on }))
}
