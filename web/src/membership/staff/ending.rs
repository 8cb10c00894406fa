//! Memberships that end soon, and a reminder to their holders: looked at first, then sent.

use std::collections::BTreeMap;

use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::memberships::{self, public};
use folkmoot_store::{Conn, PersonId, Utc, accounts, audit};
use serde_json::json;

use crate::approvals::By;
use crate::auth::permission::Action;
use crate::error::AppResult;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::mail::{self, Recipient};
use crate::membership::mail::StaffReminder;
use crate::membership::words::last_day;
use crate::routes::{Access, Route};

/// How far ahead is looked, in days.
const DAYS: i64 = 60;
/// People in one batch of reminders.
const MOST: i64 = 500;
/// Lines shown.
const SHOWN: usize = 100;

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageMemberships);
    vec![
        Route::get("/staff/membership/ending", manage, page),
        Route::post("/staff/membership/ending", manage, remind),
    ]
}

/// Somebody whose membership ends soon.
struct Line {
    person: PersonId,
    public_id: String,
    name: String,
    class: String,
    until: String,
    subject: String,
}

#[derive(Template)]
#[template(path = "membership/staff_ending.html")]
struct EndingPage {
    page: Page,
    form: Form,
    lines: Vec<Line>,
    total: usize,
    /// The mail as the first person would get it.
    preview: String,
}

fn gather(c: &mut Conn, now: Utc) -> AppResult<Vec<Line>> {
    let rows = memberships::ending_between(c, now, now.plus(TimeDelta::days(DAYS)), MOST)?;
    let ids: Vec<PersonId> = rows.iter().map(|(m, _)| m.person_id).collect();
    let people: BTreeMap<PersonId, accounts::Person> =
        accounts::persons_with(c, &ids)?.into_iter().map(|p| (p.id, p)).collect();
    Ok(rows
        .into_iter()
        .filter_map(|(m, class)| {
            let (person, end) = (people.get(&m.person_id)?, m.ends_at?);
            Some(Line {
                person: m.person_id,
                public_id: person.public_id.to_string(),
                name: person.preferred_name.clone(),
                class: class.name,
                until: last_day(end),
                subject: format!("{} {end}", m.public_id),
            })
        })
        .collect())
}

async fn show(ctx: &Ctx, form: Form, preview: bool) -> PageResult {
    let now = ctx.now();
    let mut lines = ctx.app().read(move |c| gather(c, now)).await?;
    let total = lines.len();
    let preview = match lines.first().filter(|_| preview) {
        Some(first) => format!(
            "Hello {},\n\nyour membership ({}) lasts until {}.\n\n{}",
            first.name,
            first.class,
            first.until,
            form.value("text")
        ),
        None => String::new(),
    };
    lines.truncate(SHOWN);
    let page = ctx.page("Ending soon").for_form(&form);
    let again = page.has_errors;
    let template = EndingPage { page, form, lines, total, preview };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn page(ctx: Ctx, _actor: Actor) -> PageResult {
    show(&ctx, Form::empty(), false).await
}

async fn remind(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["text", "act"])?;
    let mut check = Check::new(&form);
    let Some(text) = check.text("text", 2000, "Write what the reminder says.") else {
        let errors = check.errors();
        return show(&ctx, form.with(errors), false).await;
    };
    if form.value("act") != "send" {
        return show(&ctx, form, true).await;
    }
    let (app, now, by) = (ctx.app().clone(), ctx.now(), By::new(&ctx, &actor));
    let sent = ctx
        .app()
        .write(move |c| {
            let mut sent = 0_u64;
            for line in gather(c, now)? {
                let Some(address) = accounts::mail_address_of(c, line.person)? else { continue };
                // The same day, the same membership: once, however often the button is pressed.
                let notice = format!("staff {}", now.datetime().date_naive());
                if !public::note_notice(c, line.person, &notice, &line.subject, now)? {
                    continue;
                }
                let message = StaffReminder {
                    name: line.name,
                    class: line.class,
                    until: line.until,
                    text: text.clone(),
                    link: app.link("/membership"),
                };
                mail::queue(c, &app, &Recipient::person(line.person, address), &message, now)?;
                sent += 1;
            }
            let details = json!({ "sent": sent });
            audit::append(
                c,
                &by.act("membership.remind", "memberships ending soon".to_owned(), details),
                now,
            )?;
            Ok(sent)
        })
        .await?;
    let words = match sent {
        0 => Flash::warn("Nobody was left to remind today: 0 sent."),
        n => Flash::good(format!("Reminders on their way: {n}.")),
    };
    Ok(ctx.redirect_with("/staff/membership/ending", &words))
}
