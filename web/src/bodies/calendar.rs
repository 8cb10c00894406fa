//! The seat calendar: which terms end in the coming years, and which seats are vacant.

use askama::Template;
use chrono::{Datelike, Months, NaiveDate};
use folkmoot_store::bodies::{self, Body, BodyMember, SeatBasis};
use folkmoot_store::{Conn, PersonId, accounts};

use super::words;
use crate::error::AppResult;
use crate::http::{Ctx, Page, PageResult};
use crate::routes::{Access, Route};

/// How many years ahead the calendar goes.
const YEARS: u32 = 4;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/seats", Access::Public, all)]
}

/// Terms that end on one day.
pub struct Ends {
    /// The day in words.
    pub day: String,
    /// The year.
    pub year: i32,
    /// Whose terms, with the cohort where there are cohorts.
    pub who: Vec<String>,
}

/// The calendar of one body.
pub struct Calendar {
    /// How many seats; 0 when the number is not fixed.
    pub seats: i64,
    /// How many of them nobody has today.
    pub vacant: i64,
    /// Terms that end within the coming years, the earliest first.
    pub ends: Vec<Ends>,
    /// Members appointed until the next election, or without a fixed end.
    pub open: Vec<String>,
}

impl Calendar {
    /// True when there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seats == 0 && self.ends.is_empty()
    }
}

/// The calendar of a body as of `today`.
///
/// # Errors
/// A database error.
pub fn of(conn: &mut Conn, body: &Body, today: NaiveDate) -> AppResult<Calendar> {
    let members = bodies::members(conn, body.id)?;
    let far = today.checked_add_months(Months::new(12 * YEARS)).unwrap_or(today);
    let ids: Vec<PersonId> = members.iter().map(|m| m.person_id).collect();
    let people = accounts::persons_with(conn, &ids)?;
    let who = |m: &BodyMember| {
        let person = people.iter().find(|p| p.id == m.person_id);
        let name = person.map_or("", |p| p.preferred_name.as_str());
        if m.cohort.is_empty() { name.to_owned() } else { format!("{name} (cohort {})", m.cohort) }
    };
    let sitting: Vec<&BodyMember> = members.iter().filter(|m| m.sits_on(today)).collect();
    let taken = i64::try_from(sitting.len()).unwrap_or(i64::MAX);
    let mut coming: Vec<(NaiveDate, &BodyMember)> = members
        .iter()
        .filter(|m| m.sits_on(today) || m.starts_on > today)
        .filter_map(|m| Some((m.ends_on?, m)))
        .filter(|(end, _)| *end <= far)
        .collect();
    coming.sort_by_key(|(end, m)| (*end, m.id));
    let mut ends: Vec<Ends> = Vec::new();
    for (end, member) in coming {
        let day = words(end);
        match ends.last_mut().filter(|last| last.day == day) {
            Some(last) => last.who.push(who(member)),
            None => ends.push(Ends { day, year: end.year(), who: vec![who(member)] }),
        }
    }
    let open = |m: &&&BodyMember| m.ends_on.is_none() && m.basis != SeatBasis::Joined;
    let open = sitting.iter().filter(open).map(|m| who(m)).collect();
    Ok(Calendar { seats: body.seats, vacant: (body.seats - taken).max(0), ends, open })
}

struct Line {
    slug: String,
    name: String,
    calendar: Calendar,
}

#[derive(Template)]
#[template(path = "bodies/calendar.html")]
struct CalendarPage {
    page: Page,
    bodies: Vec<Line>,
}

async fn all(ctx: Ctx) -> PageResult {
    let today = ctx.now().datetime().date_naive();
    let bodies = ctx
        .app()
        .read(move |c| {
            let mut lines = Vec::new();
            for body in bodies::all(c)?.into_iter().filter(|b| b.is_public) {
                let calendar = of(c, &body, today)?;
                if !calendar.is_empty() {
                    lines.push(Line { slug: body.slug, name: body.name, calendar });
                }
            }
            Ok(lines)
        })
        .await?;
    ctx.show(&CalendarPage { page: ctx.page("Seats in the coming years"), bodies })
}
