//! Reports that run by the clock for the holders of a role, with values of their own for the form where the script's are not meant.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime};
use folkmoot_store::accounts::Role;
use folkmoot_store::reports::{self as table, Ground, NewSchedule, ReportState, Rhythm, Schedule};
use folkmoot_store::{Conn, JsonText, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::form::Fields;
use super::queue::{self, Wanted};
use super::{pages, shelf};
use crate::app::App;
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{start_of, when};
use crate::http::{Check, Ctx, Form, PageResult};
use crate::jobs::Job;

/// Hour of the day, UTC, at which scheduled reports run.
const HOUR: u32 = 5;

/// The next time after an instant: at five o'clock UTC of a day, of a Monday, or of the first of a month.
pub(super) fn next(rhythm: Rhythm, after: Utc) -> Utc {
    let today = after.datetime().date_naive();
    let fits = |day: &NaiveDate| match rhythm {
        Rhythm::Daily => true,
        Rhythm::Weekly => day.weekday() == chrono::Weekday::Mon,
        Rhythm::Monthly => day.day() == 1,
    };
    let hour = NaiveTime::from_hms_opt(HOUR, 0, 0).unwrap_or_default();
    // Some day of the next two months fits.
    let last = today.checked_add_months(Months::new(2)).unwrap_or(today);
    let mut day = today;
    while day < last {
        let at = start_of(day).plus(hour.signed_duration_since(NaiveTime::MIN));
        if fits(&day) && at > after {
            return at;
        }
        day = day.checked_add_days(Days::new(1)).unwrap_or(last);
    }
    start_of(last)
}

/// Queues the scheduled reports whose time has come.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunScheduled {}

impl Job for RunScheduled {
    const KIND: &'static str = "reports.scheduled";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let now = app.now();
        let due = app.store().read(|c| Ok::<_, AppError>(table::due_schedules(c, now)?))?;
        for schedule in due {
            app.store().write(|c| begin(c, app, &schedule, now))?;
        }
        Ok(())
    }
}

fn begin(conn: &mut Conn, app: &App, schedule: &Schedule, now: Utc) -> AppResult<()> {
    if !table::move_schedule(conn, schedule, next(schedule.rhythm, now))? {
        return Ok(());
    }
    let text = shelf::find(conn, &schedule.source, false)?;
    let personal = if text.is_personal {
        shelf::grant_for(conn, &text.source, &text.script_hash, &[schedule.role], now)?
    } else {
        None
    };
    let parameters: Vec<(String, String)> = schedule.parameters.parse()?;
    let wanted = Wanted {
        text: &text,
        parameters: &parameters,
        ground: Ground::Organisation,
        personal: personal.as_deref(),
        is_trial: false,
        asked_by: None,
        mail_role: Some(schedule.role),
    };
    queue::add(conn, app, &wanted, now).map(drop)
}

type Name = actix_web::web::Path<String>;

/// The form on the page of a report.
pub(super) async fn set(ctx: Ctx, actor: Actor, name: Name, form: Form) -> PageResult {
    let form = form.only(&["rhythm", "reader", "s-*"])?;
    let (source, writes) = (name.to_string(), shelf::writes(&actor));
    let text = ctx.app().read(move |c| shelf::find(c, &source, writes)).await?;
    let declaration = shelf::declaration(&ctx, &text).await?;
    let parameters = Fields::SCHEDULE.given(&declaration, &form);
    let mut check = Check::new(&form);
    let rhythm = check.field("rhythm", |t| match t {
        "never" => Ok(None),
        other => other.parse::<Rhythm>().map(Some).map_err(|_| "Choose how often it runs."),
    });
    let role = check.field("reader", |t| match t.parse::<Role>() {
        Ok(role) if Action::RunReports.roles().contains(&role) => Ok(role),
        _ => Err("Choose the role that gets the result."),
    });
    let mut errors = check.errors();
    let elections = shelf::elections(&ctx).await?;
    if let Err(wrong) = declaration.values(&parameters, &elections) {
        let wrong = Fields::SCHEDULE.mistakes(&declaration, &wrong);
        errors.0.extend(wrong.0);
    }
    let (Some(rhythm), Some(role), true) = (rhythm, role, errors.is_empty()) else {
        return pages::show(&ctx, &actor, &name, Some(form.with(errors))).await;
    };
    let (name, now) = (name.into_inner(), ctx.now());
    let details = json!({ "rhythm": rhythm, "role": role, "parameters": parameters });
    let act = ctx.act("report.schedule", format!("report {name}"), details);
    let source = ctx
        .app()
        .write(move |c| {
            let text = shelf::find(c, &name, true)?;
            if text.saved.as_ref().is_some_and(|r| r.state != ReportState::Published) {
                return Err(AppError::conflict(
                    "Publish the report first; only published ones run by the clock.",
                ));
            }
            match rhythm {
                Some(rhythm) => {
                    if text.is_personal
                        && shelf::grant_for(c, &text.source, &text.script_hash, &[role], now)?.is_none()
                    {
                        return Err(AppError::conflict(
                            "Only the role that has the grant for this report's personal data may get it.",
                        ));
                    }
                    let new = NewSchedule {
                        source: &text.source,
                        rhythm,
                        role,
                        parameters: &JsonText::of(&parameters)?,
                        next_at: next(rhythm, now),
                        set_by: actor.person,
                    };
                    table::schedule(c, &new, now)?;
                }
                None => table::end_schedule(c, &text.source)?,
            }
            audit::append(c, &act, now)?;
            Ok(text.source)
        })
        .await?;
    let said = match rhythm {
        Some(rhythm) => format!("It runs next on {}.", when(next(rhythm, now))),
        None => "It does not run by the clock.".to_owned(),
    };
    Ok(ctx.redirect_with(&format!("/staff/reports/{source}"), &Flash::good(said)))
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn the_next_time_is_a_day_a_monday_or_a_first() {
        let at = |text: &str| Utc::parse(text).unwrap();
        let cases = [
            (Rhythm::Daily, "2026-06-01T04:59:59Z", "2026-06-01T05:00:00Z"),
            (Rhythm::Daily, "2026-06-01T05:00:00Z", "2026-06-02T05:00:00Z"),
            (Rhythm::Weekly, "2026-06-01T05:00:00Z", "2026-06-08T05:00:00Z"),
            (Rhythm::Weekly, "2026-06-03T12:00:00Z", "2026-06-08T05:00:00Z"),
            (Rhythm::Monthly, "2026-06-01T12:00:00Z", "2026-07-01T05:00:00Z"),
            (Rhythm::Monthly, "2026-12-31T12:00:00Z", "2027-01-01T05:00:00Z"),
        ];
        for (rhythm, after, expected) in cases {
            assert_eq!(next(rhythm, at(after)), at(expected), "{rhythm} after {after}");
        }
    }
}
