//! The call for its officers: how far every nomination is, mails, reminders, the list as a file, and letting candidates go out.

use actix_web::web;
use askama::Template;
use folkmoot_store::mails::MailState;
use folkmoot_store::nominations::supports::{self, SupportState};
use folkmoot_store::nominations::{Nomination, NominationState, Review, notices};
use folkmoot_store::{Conn, Utc, accounts, audit, nominations};
use serde_json::{Value, json};

use super::rules::{Call, Released};
use super::statement::Tick;
use super::{announce, candidacy, mail, nominate::waits};
use crate::app::App;
use crate::auth::permission::Action;
use crate::elections::preparation::{change, may_prepare, place};
use crate::error::{AppError, AppResult};
use crate::http::export::{self, Format};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};
use crate::staff::fresh;

pub(super) fn routes() -> Vec<Route> {
    let (see, prepare) = (Access::May(Action::SeeNominations), Access::May(Action::PrepareElections));
    vec![
        Route::get("/staff/elections/{election}/nominations", see, show),
        Route::post("/staff/elections/{election}/nominations/remind", prepare, remind),
        Route::post("/staff/elections/{election}/nominations/export", see, download),
        Route::post("/staff/elections/{election}/nominations/release", prepare, release),
        Route::post("/staff/elections/{election}/nominations/hold", prepare, hold),
    ]
}

struct Line {
    href: String,
    name: String,
    state: &'static str,
    kind: &'static str,
    supporters: usize,
    missing: String,
    mail: String,
}

#[derive(Template)]
#[template(path = "nominations/dashboard.html")]
struct DashboardPage {
    page: Page,
    slug: String,
    title: String,
    phase: &'static str,
    close: String,
    accept: String,
    announce: String,
    funnel: Vec<(&'static str, usize)>,
    lines: Vec<Line>,
    waiting: usize,
    obstacles: Vec<String>,
    released: String,
    announced: bool,
    may_prepare: bool,
}

/// How many nominations came how far.
fn funnel(all: &[Nomination], call: &Call, now: Utc) -> Vec<(&'static str, usize)> {
    use NominationState as S;
    let count = |fits: &dyn Fn(&Nomination) -> bool| all.iter().filter(|n| fits(n)).count();
    vec![
        ("Received", all.len()),
        ("Linked to an account", count(&|n| n.person_id.is_some())),
        ("Asked, no answer yet", count(&|n| waits(n, call, now))),
        ("Accepted", count(&|n| n.state == S::Accepted)),
        ("Declined", count(&|n| n.state == S::Declined)),
        ("Expired", count(&|n| matches!(n.state, S::Invited | S::Expired) && !waits(n, call, now))),
        ("Withdrawn", count(&|n| n.state == S::Withdrawn)),
        ("Eligible", count(&announce::stands)),
        ("Ineligible", count(&|n| n.state == S::Accepted && n.review == Review::Ineligible)),
    ]
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, now, zone) = (path.into_inner(), ctx.now(), ctx.zone());
    let may_prepare = may_prepare(&actor);
    let page = ctx.page("Nominations");
    let shown = ctx
        .app()
        .read(move |conn| {
            let call = Call::load(conn, &slug)?;
            let all: Vec<Nomination> = of(conn, &call)?;
            let announced = call.is_announced(conn, now)?;
            let mut lines = Vec::new();
            for (nomination, facts) in details(conn, &call, &all)? {
                let (state, kind) = candidacy::standing(&nomination, &call, now);
                lines.push(Line {
                    href: format!("/staff/elections/{slug}/nominations/{}", nomination.public_id),
                    state,
                    kind,
                    supporters: facts.supporters,
                    missing: facts.missing.join(", "),
                    mail: facts.mail,
                    name: nomination.name,
                });
            }
            let stated = |at| crate::http::when::stated(at, &zone);
            Ok(DashboardPage {
                page: page.clone(),
                phase: super::call::phase(&call, announced, now),
                close: stated(call.dates.close),
                accept: stated(call.dates.accept),
                announce: stated(call.dates.announce),
                funnel: funnel(&all, &call, now),
                lines,
                waiting: all.iter().filter(|n| waits(n, &call, now) && !n.is_self).count(),
                obstacles: announce::obstacles(conn, &call, now)?,
                released: call.rules.released.map(|r| when(r.at)).unwrap_or_default(),
                announced,
                may_prepare,
                slug: slug.clone(),
                title: call.title().to_owned(),
            })
        })
        .await?;
    ctx.show(&shown)
}

fn of(conn: &mut Conn, call: &Call) -> AppResult<Vec<Nomination>> {
    let all = nominations::of_election(conn, call.id())?;
    Ok(all.into_iter().filter(|n| n.state != NominationState::Merged).collect())
}

/// What the list says about a nomination besides its state.
struct Facts {
    supporters: usize,
    missing: Vec<String>,
    mail: String,
}

fn details(conn: &mut Conn, call: &Call, all: &[Nomination]) -> AppResult<Vec<(Nomination, Facts)>> {
    let given = supports::of_election(conn, call.id())?;
    let mails = notices::all(conn, call.id())?;
    let states = notices::states(conn, &mails)?;
    let mut found = Vec::new();
    for one in all {
        let ticked: Vec<Tick> = one.acknowledged.parse()?;
        let wanted = call.rules.acknowledgements.iter();
        let missing =
            wanted.filter(|a| !ticked.iter().any(|t| t.name == a.name)).map(|a| a.name.clone()).collect();
        let to = accounts::address_lookup(&mail::to_nominee(conn, one)?.address);
        let last = mails.iter().rfind(|m| m.lookup == to || m.lookup == one.lookup);
        let state = last.and_then(|m| m.mail_id).and_then(|id| states.get(&id).copied());
        let words = match state {
            None => "",
            Some(MailState::Queued | MailState::Deferred) => "on its way",
            Some(MailState::Sent) => "delivered to the mail server",
            Some(MailState::Bounced) => "came back",
            Some(MailState::Failed) => "could not be sent",
        };
        let mail = last.map(|m| format!("{}: {words}", m.kind.split(' ').next().unwrap_or_default()));
        let supporters =
            given.iter().filter(|s| s.nomination_id == one.id && s.state == SupportState::Given).count();
        found.push((one.clone(), Facts { supporters, missing, mail: mail.unwrap_or_default() }));
    }
    Ok(found)
}

async fn remind(ctx: Ctx, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let slug = path.into_inner();
    let app = ctx.app().clone();
    let (act, wanted) = (ctx.act("nominations.remind", format!("election {slug}"), json!({})), slug.clone());
    let count = ctx
        .app()
        .write(move |conn| {
            let now = app.now();
            let call = Call::load(conn, &wanted)?;
            let kind = format!("reminder {}", now.datetime().format("%F"));
            let count = remind_all(conn, &app, &call, &kind, now)?;
            audit::append(conn, &act, now)?;
            Ok(count)
        })
        .await?;
    let said = match count {
        0 => Flash::warn("Nobody was reminded: everybody has answered, or had a reminder today."),
        1 => Flash::good("One nominee is reminded."),
        n => Flash::good(format!("{n} nominees are reminded.")),
    };
    Ok(ctx.redirect_with(&format!("/staff/elections/{slug}/nominations"), &said))
}

/// Reminds everybody who has not answered, once under this kind; returns how many.
pub(super) fn remind_all(conn: &mut Conn, app: &App, call: &Call, kind: &str, now: Utc) -> AppResult<usize> {
    let mut count = 0;
    for one in of(conn, call)?.iter().filter(|n| waits(n, call, now) && !n.is_self) {
        count += usize::from(mail::invite(conn, app, call, one, kind, now)?);
    }
    Ok(count)
}

const COLUMNS: &[&str] = &[
    "name",
    "address",
    "account",
    "self",
    "state",
    "review",
    "reason",
    "supporters",
    "nominated",
    "answered",
    "missing",
    "mail",
];

async fn download(ctx: Ctx, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["format"])?;
    let format = Format::asked(&form)?;
    fresh(&ctx)?;
    let slug = path.into_inner();
    let (app, wanted) = (ctx.app().clone(), slug.clone());
    let act =
        ctx.act("nominations.export", format!("election {slug}"), json!({ "format": form.value("format") }));
    ctx.app()
        .write(move |conn| {
            Call::load(conn, &wanted)?;
            audit::append(conn, &act, app.now())?;
            Ok(())
        })
        .await?;
    let now = ctx.now();
    export::download(&ctx, &format!("nominations-{slug}"), format, COLUMNS, move |conn, _| {
        let call = Call::load(conn, &slug)?;
        let all = of(conn, &call)?;
        let row = |(n, facts): (Nomination, Facts)| -> Vec<Value> {
            vec![
                json!(n.name),
                json!(n.address),
                json!(n.person_id.is_some()),
                json!(n.is_self),
                json!(candidacy::standing(&n, &call, now).0),
                json!(n.review),
                json!(n.review_reason),
                json!(facts.supporters),
                json!(when(n.created_at)),
                json!(n.answered_at.map(when).unwrap_or_default()),
                json!(facts.missing.join(", ")),
                json!(facts.mail),
            ]
        };
        Ok((details(conn, &call, &all)?.into_iter().map(row).collect(), None))
    })
}

async fn release(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    fresh(&ctx)?;
    let (slug, person) = (path.into_inner(), actor.person);
    change(&ctx, &actor, &slug, "nominations.release", json!({}), move |conn, _, prepared, now| {
        let call = Call::load(conn, &prepared.election.slug)?;
        if call.is_released() {
            return Err(AppError::conflict("The candidates are let go out already."));
        }
        let obstacles = announce::obstacles(conn, &call, now)?;
        if !obstacles.is_empty() {
            return Err(AppError::conflict(obstacles.join(" ")));
        }
        if let Some(rules) = &mut prepared.plan.call {
            rules.released = Some(Released { by: person, at: now });
        }
        Ok(())
    })
    .await?;
    let said = "Decided. The candidates become public at the announced instant.";
    Ok(ctx.redirect_with(&place(&slug, "nominations"), &Flash::good(said)))
}

async fn hold(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let slug = path.into_inner();
    change(&ctx, &actor, &slug, "nominations.hold", json!({}), move |conn, _, prepared, now| {
        let call = Call::load(conn, &prepared.election.slug)?;
        if call.is_announced(conn, now)? || call.rules.released.is_none() {
            return Err(AppError::conflict("The candidates are public, or were never let go out."));
        }
        if let Some(rules) = &mut prepared.plan.call {
            rules.released = None;
        }
        Ok(())
    })
    .await?;
    Ok(ctx.redirect_with(
        &place(&slug, "nominations"),
        &Flash::good("Taken back. Candidacies can be reviewed again."),
    ))
}
