//! The page of a meeting.

use std::collections::BTreeMap;

use actix_web::web;
use askama::Template;
use folkmoot_store::meetings::{self, Presence};
use folkmoot_store::motions;
use folkmoot_store::{Conn, PersonId, Utc, accounts};

use super::plan::tag;
use super::{entitled, is_insider, leads, quorum, visible};
use crate::error::AppResult;
use crate::http::session::Actor;
use crate::http::when::{stated, when};
use crate::http::{Ctx, Form, Page, PageResult};
use crate::markdown;
use crate::motions::register::{self, Line};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/meetings/{meeting}", Access::Public, show)]
}

struct Member {
    id: String,
    name: String,
    presence: &'static str,
}

#[derive(Template)]
#[template(path = "meetings/show.html")]
struct ShowPage {
    page: Page,
    form: Form,
    id: String,
    slug: String,
    body: String,
    title: String,
    tag: (&'static str, &'static str),
    facts: Vec<(&'static str, String)>,
    agenda: String,
    minutes: String,
    members: Vec<Member>,
    motions: Vec<(String, String)>,
    resolutions: Vec<Line>,
    may_lead: bool,
    may_put: bool,
    may_apologise: bool,
    may_notify: bool,
    in_session: bool,
    over: bool,
    published: bool,
}

const fn presence_words(how: Option<Presence>) -> &'static str {
    match how {
        Some(Presence::Present) => "Present",
        Some(Presence::Represented) => "Represented",
        Some(Presence::Apologies) => "Sent apologies",
        None => "Absent",
    }
}

fn members(conn: &mut Conn, people: &[PersonId], there: &[(PersonId, Presence)]) -> AppResult<Vec<Member>> {
    let mut members = Vec::new();
    for some in people.chunks(500) {
        for person in accounts::persons_with(conn, some)? {
            let how = there.iter().find(|(p, _)| *p == person.id).map(|(_, how)| *how);
            members.push(Member {
                id: person.public_id.to_string(),
                name: person.preferred_name,
                presence: presence_words(how),
            });
        }
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(members)
}

/// What minutes begin with: when, where, who was there, the quorum, what was resolved.
fn draft(page: &ShowPage, quorum: &str, starts: &str) -> String {
    let named = |how: &str| -> Vec<&str> {
        page.members.iter().filter(|m| m.presence == how).map(|m| m.name.as_str()).collect()
    };
    let mut text = format!("Minutes of {}, {}, {starts}.\n\n", page.title, page.body);
    for (label, how) in [
        ("Present", "Present"),
        ("Represented", "Represented"),
        ("Apologies", "Sent apologies"),
        ("Absent", "Absent"),
    ] {
        let names = named(how);
        if !names.is_empty() {
            text += &format!("{label}: {}.\n\n", names.join(", "));
        }
    }
    text += &format!("{quorum}\n\n");
    for r in &page.resolutions {
        text += &format!("Resolution {}: {} ({}).\n\n", r.number, r.title, r.about);
    }
    text
}

fn gather(
    conn: &mut Conn,
    (page, zone): (Page, &str),
    id: &str,
    actor: Option<&Actor>,
    now: Utc,
) -> AppResult<ShowPage> {
    let (meeting, body) = visible(conn, id, actor, now)?;
    let inside = is_insider(conn, &body, actor, now)?;
    let may_lead = match actor {
        Some(actor) => leads(conn, &body, actor, now)?,
        None => false,
    };
    let (policy, reading) = quorum(conn, &body, &meeting)?;
    let there = meetings::attendance(conn, meeting.id)?;
    let people = entitled(conn, &body, &meeting)?;
    let entitled_self = actor.is_some_and(|a| people.contains(&a.person));
    let in_session =
        meeting.starts_at <= now && meeting.closed_at.is_none() && meeting.cancelled_at.is_none();
    let over = meeting.closed_at.is_some() || meeting.cancelled_at.is_some();
    let quorum_words = format!(
        "{} of {} members present or represented; {} needed{}.",
        reading.counted,
        reading.base,
        reading.needed,
        if reading.met { ": the quorum is there" } else { "" }
    );
    let mut facts = vec![
        ("When", stated(meeting.starts_at, zone)),
        ("Where", meeting.place.clone()),
        ("Who has a vote", format!("Members at {}", when(meeting.record_at))),
        (
            "Notice",
            match meeting.notice_sent_at {
                Some(at) => format!("Sent on {}", when(at)),
                None => format!(
                    "To be sent {} to {} days before",
                    meeting.notice_min_days, meeting.notice_max_days
                ),
            },
        ),
        ("Quorum", folkmoot_governance::Explain::sentence(&policy)),
    ];
    if in_session || over {
        facts.push(("Attendance", quorum_words.clone()));
    }
    let mut titles = Vec::new();
    for motion in motions::of_meeting(conn, meeting.id)? {
        if crate::motions::may_read(conn, &motion.public_id, actor, now)? {
            titles.push((motion.title, format!("/motions/{}", motion.public_id)));
        }
    }
    let mut found = motions::resolutions_in(conn, meeting.id)?;
    found.retain(|r| r.is_public || inside);
    let published = meeting.published_at.is_some();
    let mut shown = ShowPage {
        page: page.titled(&meeting.title),
        form: Form::empty(),
        id: meeting.public_id.to_string(),
        slug: body.slug.clone(),
        body: body.name.clone(),
        title: meeting.title.clone(),
        tag: tag(&meeting, now),
        facts,
        agenda: markdown::html(&meeting.agenda),
        minutes: if published || inside { markdown::html(&meeting.minutes) } else { String::new() },
        members: if inside { members(conn, &people, &there)? } else { Vec::new() },
        motions: titles,
        resolutions: register::lines(found, &BTreeMap::new()),
        may_lead,
        may_put: in_session && entitled_self && reading.met,
        may_apologise: entitled_self && !over && meeting.starts_at > now,
        may_notify: may_lead && meeting.notice_sent_at.is_none() && !over && meeting.starts_at > now,
        in_session,
        over,
        published,
    };
    let text = match meeting.minutes.as_str() {
        "" => draft(&shown, &quorum_words, &when(meeting.starts_at)),
        text => text.to_owned(),
    };
    shown.form = Form::filled([
        ("minutes", text),
        ("agenda", meeting.agenda.clone()),
        ("place", meeting.place.clone()),
        ("day", meeting.starts_at.datetime().format("%Y-%m-%d").to_string()),
        ("time", meeting.starts_at.datetime().format("%H:%M").to_string()),
    ]);
    Ok(shown)
}

async fn show(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (id, now, zone, page) = (path.into_inner(), ctx.now(), ctx.zone(), ctx.page(""));
    let actor = ctx.actor().cloned();
    let template = ctx.app().read(move |c| gather(c, (page, &zone), &id, actor.as_ref(), now)).await?;
    ctx.show(&template)
}
