//! How many members of each class there are, how that changed, and whose membership ends soon.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use askama::Template;
use chrono::{Datelike, Months, NaiveDate, TimeDelta};
use folkmoot_store::memberships::{self, ClassId, public};
use folkmoot_store::{Conn, Utc};

use crate::auth::permission::{Action, Subject, may};
use crate::error::AppResult;
use crate::http::session::Actor;
use crate::http::when::{day, start_of};
use crate::http::{Ctx, Page, PageResult};
use crate::routes::{Access, Route};

/// Months shown in the chart.
const MONTHS: u32 = 24;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/staff/membership", Access::May(Action::SeeMemberships), show)]
}

struct ClassLine {
    name: String,
    now: i64,
    year_ago: i64,
    chart: Chart,
    rows: Vec<(String, i64)>,
}

/// A line over the months: points of an SVG path in a box of 600 by 120, and the greatest value.
struct Chart {
    path: String,
    most: i64,
    words: String,
}

#[derive(Template)]
#[template(path = "membership/staff_overview.html")]
struct OverviewPage {
    page: Page,
    lines: Vec<ClassLine>,
    people: i64,
    applications: usize,
    ending: usize,
    first: String,
    last: String,
    may_manage: bool,
}

/// The first days of the last `MONTHS` months, and today.
fn instants(now: Utc) -> Vec<Utc> {
    let today = now.datetime().date_naive();
    let first = NaiveDate::from_ymd_opt(today.year(), today.month(), 1).unwrap_or(today);
    let back = |months: u32| first.checked_sub_months(Months::new(months)).map(start_of);
    (0..MONTHS).rev().filter_map(back).chain(std::iter::once(now)).collect()
}

fn chart(name: &str, counts: &[i64]) -> Chart {
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let steps = i64::try_from(counts.len().saturating_sub(1)).unwrap_or(1).max(1);
    let mut path = String::new();
    for (place, count) in (0_i64..).zip(counts) {
        let (x, y) = (place * 600 / steps, 120 - count * 120 / most);
        // Writing to a String cannot fail.
        let _ = write!(path, "{}{x} {y}", if place == 0 { 'M' } else { 'L' });
    }
    let (first, last) = (counts.first().copied().unwrap_or(0), counts.last().copied().unwrap_or(0));
    Chart { path, most, words: format!("{name}: from {first} to {last} in {MONTHS} months") }
}

fn gather(c: &mut Conn, page: Page, now: Utc, may_manage: bool) -> AppResult<OverviewPage> {
    let instants = instants(now);
    let mut counted: BTreeMap<ClassId, Vec<i64>> = public::counts_over(c, &instants)?.into_iter().collect();
    let mut lines = Vec::new();
    for class in memberships::classes(c)? {
        let counts = counted.remove(&class.id).unwrap_or_else(|| vec![0; instants.len()]);
        let rows = instants.iter().zip(&counts).map(|(at, n)| (day(*at), *n)).collect();
        let year_ago = counts.iter().rev().nth(12).copied().unwrap_or(0);
        let now = counts.last().copied().unwrap_or(0);
        lines.push(ClassLine { now, year_ago, chart: chart(&class.name, &counts), name: class.name, rows });
    }
    let ending = memberships::ending_between(c, now, now.plus(TimeDelta::days(60)), 10_000)?.len();
    Ok(OverviewPage {
        page,
        lines,
        people: public::count_people(c, now)?,
        applications: memberships::applications(c, 1000)?.len(),
        ending,
        first: instants.first().map(|at| day(*at)).unwrap_or_default(),
        last: day(now),
        may_manage,
    })
}

async fn show(ctx: Ctx, actor: Actor) -> PageResult {
    let (page, now) = (ctx.page("Membership"), ctx.now());
    let manage = may(&actor, Action::ManageMemberships, Subject::Site).is_ok();
    let template = ctx.app().read(move |c| gather(c, page, now, manage)).await?;
    ctx.show(&template)
}
