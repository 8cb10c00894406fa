//! What one person holds, as staff decide about it: giving a class, ending a membership, and ending one against the member's
//! will, with notice, hearing and decision.

use actix_web::web;
use askama::Template;
use chrono::{NaiveDateTime, TimeDelta};
use folkmoot_store::memberships::termination::{self, NewTermination, TerminationState};
use folkmoot_store::memberships::{
    self, Class, Membership, MembershipSource, MembershipState, NewMembership,
};
use folkmoot_store::{Conn, PublicId, Utc, accounts, audit};
use serde_json::json;

use super::{Choice, not_oneself};
use crate::App;
use crate::approvals::By;
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{day, parse_day, start_of, when};
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::mail::{self, Recipient};
use crate::membership::dues::policy_of;
use crate::membership::mail::{EndingNoticed, MembershipDecided};
use crate::membership::words::{last_day, standing, state_words};
use crate::routes::{Access, Route};

/// Days between notice and end, and between hearing and end, that the bylaws ask for.
const NOTICE_DAYS: i64 = 15;
const HEARING_DAYS: i64 = 5;

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageMemberships);
    vec![
        Route::get("/staff/membership/people/{person}", manage, show),
        Route::post("/staff/membership/people/{person}", manage, give),
        Route::post("/staff/membership/held/{membership}/end", manage, end),
        Route::get("/staff/membership/held/{membership}/notice", manage, notice_page),
        Route::post("/staff/membership/held/{membership}/notice", manage, notice),
        Route::post("/staff/membership/endings/{ending}", manage, decide),
    ]
}

struct Line {
    id: String,
    class: String,
    state: &'static str,
    tag: &'static str,
    from: String,
    until: String,
    reason: String,
    is_active: bool,
    endings: Vec<Ending>,
}

struct Ending {
    id: String,
    reason: String,
    hearing: String,
    effective: String,
    answer: String,
    outcome: String,
    is_open: bool,
}

#[derive(Template)]
#[template(path = "membership/staff_person.html")]
struct PersonPage {
    page: Page,
    form: Form,
    id: String,
    name: String,
    lines: Vec<Line>,
    classes: Vec<Choice>,
    ends: Vec<Choice>,
    today: String,
}

fn ends() -> Vec<Choice> {
    vec![
        Choice::new("resigned", "Given up by the member"),
        Choice::new("converted", "Became another class"),
        Choice::new("emeritus", "Emeritus"),
        Choice::new("deceased", "Died"),
    ]
}

fn line(c: &mut Conn, membership: Membership, class: &Class, now: Utc) -> AppResult<Line> {
    let state = standing(&membership, policy_of(class)?.as_ref(), now);
    let (words, tag) = state_words(state);
    let endings = termination::of_membership(c, membership.id)?.into_iter().map(|ending| Ending {
        id: ending.public_id.to_string(),
        reason: ending.reason,
        hearing: when(ending.hearing_at),
        effective: when(ending.effective_at),
        answer: ending.answer,
        outcome: ending.outcome,
        is_open: ending.state == TerminationState::Noticed,
    });
    Ok(Line {
        id: membership.public_id.to_string(),
        class: class.name.clone(),
        state: words,
        tag,
        from: day(membership.starts_at),
        until: membership.ends_at.map(last_day).unwrap_or_default(),
        reason: membership.reason,
        is_active: state == MembershipState::Active,
        endings: endings.collect(),
    })
}

async fn show(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    show_with(&ctx, path.into_inner(), Form::empty()).await
}

async fn show_with(ctx: &Ctx, id: String, form: Form) -> PageResult {
    let person = PublicId::parse(&id).ok_or_else(AppError::not_found)?;
    let now = ctx.now();
    let page = ctx.page("Memberships of a person").for_form(&form);
    let again = page.has_errors;
    let template = ctx
        .app()
        .read(move |c| {
            let person = accounts::person_by_public_id(c, &person)?;
            let mut lines = Vec::new();
            for (membership, class) in memberships::of_person(c, person.id)? {
                lines.push(line(c, membership, &class, now)?);
            }
            let without_dues = memberships::classes(c)?.into_iter().filter(|class| class.dues.is_none());
            Ok(PersonPage {
                page,
                form,
                id,
                name: person.preferred_name,
                lines,
                classes: without_dues.map(|class| Choice::new(class.key, class.name)).collect(),
                ends: ends(),
                today: now.datetime().format("%Y-%m-%d").to_string(),
            })
        })
        .await?;
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn give(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["class", "from", "reason"])?;
    let id = path.into_inner();
    let mut check = Check::new(&form);
    let class = check.text("class", 30, "Choose the class.");
    let from = check.field("from", |t| parse_day(t).map(start_of));
    let reason = check.text("reason", 1000, "Say why; the member reads it.");
    let (Some(key), Some(from), Some(reason)) = (class, from, reason) else {
        let errors = check.errors();
        return show_with(&ctx, id, form.with(errors)).await;
    };
    let person = PublicId::parse(&id).ok_or_else(AppError::not_found)?;
    let (app, now, by) = (ctx.app().clone(), ctx.now(), By::new(&ctx, &actor));
    let object = format!("person {id}");
    ctx.app()
        .write(move |c| {
            let person = accounts::person_by_public_id(c, &person)?;
            not_oneself(&actor, person.id)?;
            let class = memberships::class_by_key(c, &key)?;
            if class.dues.is_some() {
                return Err(AppError::conflict("This class follows from dues; record a payment instead."));
            }
            let holds = memberships::of_person(c, person.id)?;
            if holds.iter().any(|(m, other)| other.id == class.id && m.is_active(now)) {
                return Err(AppError::conflict("This person holds the class already."));
            }
            let new = NewMembership {
                public_id: app.public_id()?,
                person: person.id,
                class: class.id,
                source: MembershipSource::Staff,
                reference: None,
                state: MembershipState::Active,
                starts_at: from,
                ends_at: None,
                statement: "",
                reason: &reason,
            };
            memberships::add(c, &new, now)?;
            let details = json!({ "class": class.key, "from": from, "reason": reason });
            audit::append(c, &by.act("membership.give", object.clone(), details), now)?;
            let what = format!("You are a {} from {} on.", class.name.to_lowercase(), day(from));
            tell(c, &app, person.id, what, &reason, now)
        })
        .await?;
    Ok(ctx.redirect_with(&format!("/staff/membership/people/{id}"), &Flash::good("The class is given.")))
}

fn tell(
    c: &mut Conn,
    app: &App,
    person: folkmoot_store::PersonId,
    what: String,
    reason: &str,
    now: Utc,
) -> AppResult<()> {
    let name = accounts::person(c, person)?.preferred_name;
    if let Some(address) = accounts::mail_address_of(c, person)? {
        let message =
            MembershipDecided { name, what, reason: reason.to_owned(), link: app.link("/membership") };
        mail::queue(c, app, &Recipient::person(person, address), &message, now)?;
    }
    Ok(())
}

/// A membership of somebody else and the public id of its holder.
fn of_other(c: &mut Conn, actor: &Actor, id: &PublicId) -> AppResult<(Membership, Class, PublicId)> {
    let (membership, class) = memberships::by_public_id(c, id)?;
    not_oneself(actor, membership.person_id)?;
    let person = accounts::person(c, membership.person_id)?.public_id;
    Ok((membership, class, person))
}

async fn end(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["state", "day", "reason"])?;
    let id = PublicId::parse(&path.into_inner()).ok_or_else(AppError::not_found)?;
    let mut check = Check::new(&form);
    let state = check.field("state", |text| match text {
        "resigned" => Ok(MembershipState::Resigned),
        "converted" => Ok(MembershipState::Converted),
        "emeritus" => Ok(MembershipState::Emeritus),
        "deceased" => Ok(MembershipState::Deceased),
        _ => Err("Choose how it ends."),
    });
    let last = check.field("day", parse_day);
    let reason = check.optional_text("reason", 1000);
    let (Some(state), Some(last), Some(reason)) = (state, last, reason) else {
        return Err(check.errors().into());
    };
    // The whole of the last day belongs to the membership.
    let at = start_of(last).plus(TimeDelta::days(1));
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    let person = ctx
        .app()
        .write(move |c| {
            let (membership, class, person) = of_other(c, &actor, &id)?;
            if at <= membership.starts_at {
                return Err(AppError::conflict("The last day must not be before the first."));
            }
            if !memberships::end(c, membership.id, at, state, &reason, Some(actor.person), now)? {
                return Err(AppError::conflict("This membership has ended already."));
            }
            let details = json!({ "class": class.key, "state": state, "until": at, "reason": reason });
            audit::append(c, &by.act("membership.end", format!("membership {id}"), details), now)?;
            Ok(person)
        })
        .await?;
    Ok(ctx.redirect_with(&format!("/staff/membership/people/{person}"), &Flash::good("The end is set.")))
}

#[derive(Template)]
#[template(path = "membership/staff_notice.html")]
struct NoticePage {
    page: Page,
    form: Form,
    id: String,
    person: String,
    name: String,
    class: String,
    notice_days: i64,
    hearing_days: i64,
}

async fn notice_page(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    show_notice(&ctx, actor, path.into_inner(), Form::empty()).await
}

async fn show_notice(ctx: &Ctx, actor: Actor, id: String, form: Form) -> PageResult {
    let membership = PublicId::parse(&id).ok_or_else(AppError::not_found)?;
    let page = ctx.page("Notice of an ending").for_form(&form);
    let again = page.has_errors;
    let template = ctx
        .app()
        .read(move |c| {
            let (membership, class, person) = of_other(c, &actor, &membership)?;
            let name = accounts::person(c, membership.person_id)?.preferred_name;
            let (notice_days, hearing_days) = (NOTICE_DAYS, HEARING_DAYS);
            let (person, class) = (person.to_string(), class.name);
            Ok(NoticePage { page, form, id, person, name, class, notice_days, hearing_days })
        })
        .await?;
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

fn parse_instant(text: &str) -> Result<Utc, &'static str> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")
        .map(|at| Utc::from_datetime(at.and_utc()))
        .map_err(|_| "Enter day and time in UTC, such as 2026-08-25T14:00.")
}

fn parse_notice(form: &Form, now: Utc) -> Result<(String, Utc, Utc), FieldErrors> {
    let mut check = Check::new(form);
    let reason = check.text("reason", 4000, "Say why; the member reads it.");
    let hearing = check.field("hearing", parse_instant);
    let effective = check.field("effective", parse_instant);
    if effective.is_some_and(|at| at < now.plus(TimeDelta::days(NOTICE_DAYS))) {
        check.add("effective", format!("The end must be at least {NOTICE_DAYS} days from now."));
    }
    if let (Some(hearing), Some(effective)) = (hearing, effective)
        && (hearing > effective.plus(-TimeDelta::days(HEARING_DAYS)) || hearing <= now)
    {
        check.add(
            "hearing",
            format!("The hearing must be to come, and at least {HEARING_DAYS} days before the end."),
        );
    }
    let errors = check.errors();
    match (reason, hearing, effective) {
        (Some(reason), Some(hearing), Some(effective)) if errors.is_empty() => {
            Ok((reason, hearing, effective))
        }
        _ => Err(errors),
    }
}

async fn notice(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["reason", "hearing", "effective"])?;
    let (text, now) = (path.into_inner(), ctx.now());
    let id = PublicId::parse(&text).ok_or_else(AppError::not_found)?;
    let (reason, hearing_at, effective_at) = match parse_notice(&form, now) {
        Ok(parsed) => parsed,
        Err(errors) => return show_notice(&ctx, actor, text, form.with(errors)).await,
    };
    let (app, by) = (ctx.app().clone(), By::new(&ctx, &actor));
    let person = ctx
        .app()
        .write(move |c| {
            let (membership, class, person) = of_other(c, &actor, &id)?;
            let open = termination::of_membership(c, membership.id)?;
            if !membership.is_active(now) || open.iter().any(|t| t.state == TerminationState::Noticed) {
                return Err(AppError::conflict(
                    "The membership is not in force, or notice was given already.",
                ));
            }
            let new = NewTermination {
                public_id: app.public_id()?,
                membership: membership.id,
                reason: &reason,
                hearing_at,
                effective_at,
                by: actor.person,
            };
            termination::notice(c, &new, now)?;
            let details = json!({ "class": class.key, "hearing": hearing_at, "effective": effective_at });
            audit::append(c, &by.act("membership.notice", format!("membership {id}"), details), now)?;
            let name = accounts::person(c, membership.person_id)?.preferred_name;
            if let Some(address) = accounts::mail_address_of(c, membership.person_id)? {
                let message = EndingNoticed {
                    name,
                    class: class.name,
                    reason: reason.clone(),
                    hearing: when(hearing_at),
                    effective: when(effective_at),
                    link: app.link("/membership"),
                };
                mail::queue(c, &app, &Recipient::person(membership.person_id, address), &message, now)?;
            }
            Ok(person)
        })
        .await?;
    let to = format!("/staff/membership/people/{person}");
    Ok(ctx.redirect_with(&to, &Flash::good("Notice is given; the member can answer.")))
}

async fn decide(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["act", "outcome"])?;
    let id = PublicId::parse(&path.into_inner()).ok_or_else(AppError::not_found)?;
    let mut check = Check::new(&form);
    let ends = check.field("act", |text| match text {
        "end" => Ok(true),
        "drop" => Ok(false),
        _ => Err("Choose to end the membership or to drop the matter."),
    });
    let outcome = check.text("outcome", 4000, "Say what was decided and why; the member reads it.");
    let (Some(ends), Some(outcome)) = (ends, outcome) else { return Err(check.errors().into()) };
    let (app, now, by) = (ctx.app().clone(), ctx.now(), By::new(&ctx, &actor));
    let person = ctx
        .app()
        .write(move |c| {
            let ending = termination::by_public_id(c, &id)?;
            let held = memberships::by_id(c, ending.membership_id)?;
            let (membership, class, person) = of_other(c, &actor, &held.public_id)?;
            if ends && now < ending.hearing_at {
                return Err(AppError::conflict(format!(
                    "The member is heard on {}; decide after that.",
                    when(ending.hearing_at)
                )));
            }
            let state = if ends { TerminationState::Decided } else { TerminationState::Dropped };
            if !termination::decide(c, ending.id, state, &outcome, actor.person, now)? {
                return Err(AppError::conflict("This is decided already."));
            }
            if ends {
                let at = ending.effective_at.max(now);
                let state = MembershipState::Terminated;
                memberships::end(c, membership.id, at, state, &outcome, Some(actor.person), now)?;
            }
            let details = json!({ "class": class.key, "ended": ends });
            audit::append(c, &by.act("membership.terminate", format!("termination {id}"), details), now)?;
            let what = if ends {
                format!(
                    "It was decided to end your membership ({}) at {}.",
                    class.name,
                    when(ending.effective_at.max(now))
                )
            } else {
                format!("It was decided to leave your membership ({}) as it is.", class.name)
            };
            tell(c, &app, membership.person_id, what, &outcome, now)?;
            Ok(person)
        })
        .await?;
    Ok(ctx.redirect_with(
        &format!("/staff/membership/people/{person}"),
        &Flash::good("The decision is recorded."),
    ))
}
