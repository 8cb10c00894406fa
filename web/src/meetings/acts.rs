//! Notice, attendance, close, minutes.

use actix_web::web;
use chrono::TimeDelta;
use folkmoot_store::bodies::Body;
use folkmoot_store::meetings::{self, Meeting, MeetingChange, Presence};
use folkmoot_store::{Conn, PublicId, Utc, accounts, audit};
use serde_json::json;

use super::mail::MeetingNotice;
use super::plan::parse_time;
use super::{entitled, leads, quorum, visible};
use crate::app::App;
use crate::approvals::By;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{parse_day, start_of, when};
use crate::http::{Check, Ctx, FieldErrors, Form, PageResult};
use crate::mail::{self, Recipient};
use crate::markdown;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/meetings/{meeting}/change", Access::SignedIn, change),
        Route::post("/meetings/{meeting}/notice", Access::SignedIn, notice),
        Route::post("/meetings/{meeting}/attendance", Access::SignedIn, attendance),
        Route::post("/meetings/{meeting}/apologies", Access::SignedIn, apologies),
        Route::post("/meetings/{meeting}/close", Access::SignedIn, close),
        Route::post("/meetings/{meeting}/minutes", Access::SignedIn, minutes),
    ]
}

/// The meeting, for those who lead it.
fn led(conn: &mut Conn, id: &str, by: &By, now: Utc) -> AppResult<(Meeting, Body)> {
    let (meeting, body) = visible(conn, id, Some(&by.actor), now)?;
    if !leads(conn, &body, &by.actor, now)? {
        return Err(AppError::forbidden("Only the chair, a deputy and staff do this."));
    }
    if meeting.cancelled_at.is_some() {
        return Err(AppError::conflict("This meeting was called off."));
    }
    Ok((meeting, body))
}

fn object(meeting: &Meeting) -> String {
    format!("meeting {}", meeting.public_id)
}

async fn change(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["day", "time", "place", "agenda", "cancel"])?;
    let mut check = Check::new(&form);
    let day = check.field("day", parse_day);
    let time = check.field("time", parse_time);
    let place = check.text("place", 300, "Say where the meeting is, or how to join it.");
    let agenda = check.text("agenda", 20_000, "Enter the agenda.");
    if let Some(Err(why)) = agenda.as_deref().map(markdown::check) {
        check.add("agenda", why);
    }
    let errors = check.errors();
    let (Some(day), Some(time), Some(place), Some(agenda), true) =
        (day, time, place, agenda, errors.is_empty())
    else {
        return Err(errors.into());
    };
    let cancel = form.has("cancel", "yes");
    let (id, now, by) = (path.into_inner(), ctx.now(), By::new(&ctx, &actor));
    let to = format!("/meetings/{id}");
    ctx.app()
        .write(move |c| {
            let (meeting, _) = led(c, &id, &by, now)?;
            if now >= meeting.starts_at {
                return Err(AppError::conflict("The meeting has begun."));
            }
            let starts_at = Utc::from_datetime(day.and_time(time).and_utc());
            let moved = starts_at != meeting.starts_at || place != meeting.place;
            if moved && meeting.notice_sent_at.is_some() && !cancel {
                return Err(AppError::conflict(
                    "The notice has gone out; call the meeting off and plan another one.",
                ));
            }
            if starts_at <= now {
                return Err(AppError::conflict("Choose a day that is to come."));
            }
            let mut change = MeetingChange { agenda: Some(agenda.clone()), ..MeetingChange::NONE };
            if moved {
                change.starts_at = Some(starts_at);
                change.record_at = Some(start_of(day).plus(TimeDelta::hours(4)).min(starts_at));
                change.place = Some(place.clone());
            }
            change.cancelled_at = cancel.then_some(now);
            meetings::change(c, meeting.id, &change)?;
            let details = json!({ "starts": starts_at.to_string(), "called_off": cancel });
            audit::append(c, &by.act("meeting.change", object(&meeting), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("Saved.")))
}

/// Sends the notice to everybody entitled by what is known now, within the window.
fn send_notice(conn: &mut Conn, app: &App, by: &By, id: &str, now: Utc) -> AppResult<()> {
    let (meeting, body) = led(conn, id, by, now)?;
    if meeting.notice_sent_at.is_some() {
        return Err(AppError::conflict("The notice has gone out already."));
    }
    let latest = meeting.starts_at.plus(-TimeDelta::days(meeting.notice_min_days));
    let earliest = meeting.starts_at.plus(-TimeDelta::days(meeting.notice_max_days));
    if now > latest {
        return Err(AppError::conflict(format!(
            "It is too late: notice had to go out before {}. Move the meeting to a later day.",
            when(latest)
        )));
    }
    if now < earliest {
        return Err(AppError::conflict(format!(
            "It is too early: notice goes out from {} on.",
            when(earliest)
        )));
    }
    let people = entitled(conn, &body, &meeting)?;
    if people.is_empty() {
        return Err(AppError::conflict("Nobody would be entitled at this meeting."));
    }
    for some in people.chunks(500) {
        for person in accounts::persons_with(conn, some)? {
            let Some(address) = accounts::mail_address_of(conn, person.id)? else { continue };
            let message = MeetingNotice {
                name: person.preferred_name,
                body: body.name.clone(),
                title: meeting.title.clone(),
                when: app.when(meeting.starts_at),
                place: meeting.place.clone(),
                record: when(meeting.record_at),
                agenda: meeting.agenda.clone(),
                link: app.link(&format!("/meetings/{}", meeting.public_id)),
            };
            mail::queue(conn, app, &Recipient::person(person.id, address), &message, now)?;
        }
    }
    let change = MeetingChange { notice_sent_at: Some(now), ..MeetingChange::NONE };
    meetings::change(conn, meeting.id, &change)?;
    audit::append(conn, &by.act("meeting.notice", object(&meeting), json!({ "people": people.len() })), now)?;
    Ok(())
}

async fn notice(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (id, now, by, app) = (path.into_inner(), ctx.now(), By::new(&ctx, &actor), ctx.app().clone());
    let to = format!("/meetings/{id}");
    ctx.app().write(move |c| send_notice(c, &app, &by, &id, now)).await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The notice is on its way to everybody entitled.")))
}

async fn attendance(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["person", "presence"])?;
    let how: Presence = form
        .value("presence")
        .parse()
        .map_err(|_| AppError::from(FieldErrors::one("presence", "Choose how the person takes part.")))?;
    let person = PublicId::parse(form.value("person")).ok_or_else(AppError::not_found)?;
    let (id, now, by) = (path.into_inner(), ctx.now(), By::new(&ctx, &actor));
    let to = format!("/meetings/{id}");
    ctx.app()
        .write(move |c| {
            let (meeting, body) = led(c, &id, &by, now)?;
            if now < meeting.starts_at || meeting.closed_at.is_some() {
                return Err(AppError::conflict("Attendance is noted while the meeting is in session."));
            }
            let who = accounts::person_by_public_id(c, &person)?.id;
            if !entitled(c, &body, &meeting)?.contains(&who) {
                return Err(AppError::conflict("This person was no member at the record instant."));
            }
            meetings::attend(c, meeting.id, who, how, now)?;
            let details = json!({ "person": person, "presence": how });
            audit::append(c, &by.act("meeting.attendance", object(&meeting), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("Noted.")))
}

async fn apologies(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (id, now, by) = (path.into_inner(), ctx.now(), By::new(&ctx, &actor));
    let to = format!("/meetings/{id}");
    ctx.app()
        .write(move |c| {
            let (meeting, body) = visible(c, &id, Some(&by.actor), now)?;
            if now >= meeting.starts_at || !entitled(c, &body, &meeting)?.contains(&by.actor.person) {
                return Err(AppError::conflict("Apologies are sent by members before the meeting begins."));
            }
            meetings::attend(c, meeting.id, by.actor.person, Presence::Apologies, now)?;
            audit::append(c, &by.act("meeting.apologies", object(&meeting), json!({})), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("Your apologies are noted.")))
}

async fn close(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (id, now, by) = (path.into_inner(), ctx.now(), By::new(&ctx, &actor));
    let to = format!("/meetings/{id}");
    ctx.app()
        .write(move |c| {
            let (meeting, body) = led(c, &id, &by, now)?;
            if now < meeting.starts_at || meeting.closed_at.is_some() {
                return Err(AppError::conflict("Only a meeting in session can be closed."));
            }
            let (_, reading) = quorum(c, &body, &meeting)?;
            let base = i64::try_from(reading.base).map_err(AppError::internal)?;
            let change = MeetingChange { closed_at: Some(now), base: Some(base), ..MeetingChange::NONE };
            meetings::change(c, meeting.id, &change)?;
            let details =
                json!({ "base": reading.base, "represented": reading.counted, "quorum": reading.met });
            audit::append(c, &by.act("meeting.close", object(&meeting), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The meeting is closed. Write the minutes.")))
}

async fn minutes(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["minutes", "publish"])?;
    let mut check = Check::new(&form);
    let text = check.text("minutes", 50_000, "Enter the minutes.");
    if let Some(Err(why)) = text.as_deref().map(markdown::check) {
        check.add("minutes", why);
    }
    let errors = check.errors();
    let (Some(text), true) = (text, errors.is_empty()) else { return Err(errors.into()) };
    let publish = form.has("publish", "yes");
    let (id, now, by) = (path.into_inner(), ctx.now(), By::new(&ctx, &actor));
    let to = format!("/meetings/{id}");
    ctx.app()
        .write(move |c| {
            let (meeting, _) = led(c, &id, &by, now)?;
            if meeting.closed_at.is_none() {
                return Err(AppError::conflict("Close the meeting first."));
            }
            if meeting.published_at.is_some() {
                return Err(AppError::conflict("The minutes are published and stay as they are."));
            }
            let change = MeetingChange {
                minutes: Some(text.clone()),
                published_at: publish.then_some(now),
                ..MeetingChange::NONE
            };
            meetings::change(c, meeting.id, &change)?;
            let details = json!({ "published": publish });
            audit::append(c, &by.act("meeting.minutes", object(&meeting), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good(if publish { "The minutes are published." } else { "Saved." })))
}
