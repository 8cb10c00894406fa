//! An officer sends a code again, to the address that its person has confirmed and uses now. A reason is recorded, and whoever
//! got the code before is told when it goes elsewhere.

use actix_web::web;
use askama::Template;
use folkmoot_store::accounts::{self, Person, address_lookup};
use folkmoot_store::elections::{self, Election, running};
use folkmoot_store::rate::{self, Rate};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, audit, mails};
use serde_json::json;

use super::again::{self, ALL, BY_OFFICER, Kept, Refusal};
use crate::app::App;
use crate::approvals::By;
use crate::auth::permission::Action;
use crate::elections::settings::ElectionSettings;
use crate::error::{AppError, AppResult, Kind};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::mail::{self, Recipient};
use crate::routes::{Access, Route};
use crate::staff::fresh;

/// Name of the notice in the ledger of deliveries.
const ELSEWHERE: &str = "notice that the code went elsewhere";

/// Codes one officer sends: thirty at once, then one every five minutes. To send a whole roll anew takes two people.
const LIMIT: Rate = Rate { capacity: 30.0, refill_seconds: 300.0 };

crate::mail! {
    /// To an address that got a voting code before: an officer sent it to another one.
    pub struct CodeElsewhere {
        /// Preferred name.
        name: String,
        /// Title of the election.
        title: String,
        /// Page of the election.
        link: String,
        /// Where questions go.
        help: String,
    }
    message "code_elsewhere", kind Legal, secret false,
    subject "mail/code_elsewhere/subject.txt",
    text "mail/code_elsewhere/body.txt",
    html "mail/code_elsewhere/body.html"
}

pub(super) fn routes() -> Vec<Route> {
    let run = Access::May(Action::RunElections);
    vec![
        Route::get("/staff/elections/{election}/codes/{person}", run, show),
        Route::post("/staff/elections/{election}/codes/{person}", run, send),
    ]
}

#[derive(Template)]
#[template(path = "elections/staff_code.html")]
struct CodePage {
    page: Page,
    form: Form,
    slug: String,
    title: String,
    id: PublicId,
    name: String,
    /// Mails about the election to this person, and what became of each.
    mails: Vec<(String, &'static str)>,
    refusal: &'static str,
    elsewhere: bool,
}

fn found(conn: &mut Conn, slug: &str, person: &PublicId) -> AppResult<(Election, Person)> {
    let election = elections::by_slug(conn, slug)?.ok_or_else(AppError::not_found)?;
    Ok((election, accounts::person_by_public_id(conn, person)?))
}

/// What an officer may send: the code, the present address, and earlier ones that differ from it.
struct Sending {
    kept: Kept,
    address: String,
    earlier: Vec<String>,
}

fn ready(
    conn: &mut Conn,
    election: &Election,
    person: PersonId,
    now: Utc,
) -> AppResult<Result<Sending, Refusal>> {
    let kept = match again::kept(conn, election, person, now)? {
        Ok(kept) => kept,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(address) = accounts::mail_address_of(conn, person)? else { return Ok(Err(Refusal::NoAddress)) };
    if mails::suppression(conn, &address)?.is_some() {
        return Ok(Err(Refusal::Suppressed));
    }
    if let Err(refusal) = again::not_too_often(conn, election, person, BY_OFFICER, now)? {
        return Ok(Err(refusal));
    }
    let mut earlier: Vec<String> =
        running::sent_to(conn, election.id, person, ALL)?.into_iter().filter_map(|m| m.recipient).collect();
    earlier.retain(|a| address_lookup(a) != address_lookup(&address));
    earlier.sort_unstable();
    earlier.dedup();
    Ok(Ok(Sending { kept, address, earlier }))
}

async fn show(ctx: Ctx, path: web::Path<(String, String)>) -> PageResult {
    let page = page(&ctx, path.into_inner(), Form::empty()).await?;
    ctx.show(&page)
}

async fn page(ctx: &Ctx, (slug, person): (String, String), form: Form) -> AppResult<CodePage> {
    let id = PublicId::parse(&person).ok_or_else(AppError::not_found)?;
    let (page, now) = (ctx.page("Send a voting code again").for_form(&form), ctx.now());
    ctx.app()
        .read(move |conn| {
            let (election, person) = found(conn, &slug, &id)?;
            let (refusal, elsewhere) = match ready(conn, &election, person.id, now)? {
                Ok(sending) => ("", !sending.earlier.is_empty()),
                Err(refusal) => (refusal.to_officer(), false),
            };
            let all = running::sent(conn, election.id)?.into_iter().filter(|s| s.person_id == person.id);
            Ok(CodePage {
                page,
                form,
                mails: all.map(|s| (s.kind, crate::elections::running::delivery_words(s.state))).collect(),
                slug: election.slug,
                title: election.title,
                id: person.public_id,
                name: person.preferred_name,
                refusal,
                elsewhere,
            })
        })
        .await
}

async fn send(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let (slug, person) = path.into_inner();
    let form = form.only(&["reason"])?;
    let id = PublicId::parse(&person).ok_or_else(AppError::not_found)?;
    let mut check = Check::new(&form);
    let reason = check.text("reason", 500, "Give the reason; it is recorded.");
    let errors: FieldErrors = match (reason, check.finish()) {
        (Some(reason), Ok(())) => {
            fresh(&ctx)?;
            let (bucket, now) = (format!("voting codes {}", actor.public_id), ctx.now());
            if let Err(seconds) = ctx.app().write(move |c| Ok(rate::take(c, &bucket, LIMIT, now)?)).await? {
                return Err(AppError::new(Kind::TooMany(seconds)));
            }
            let (app, by, wanted) = (ctx.app().clone(), By::new(&ctx, &actor), slug.clone());
            ctx.app().write(move |conn| apply(conn, &app, &by, &wanted, &id, &reason)).await?;
            let back = format!("/staff/elections/{slug}/deliveries");
            return Ok(ctx.redirect_with(&back, &Flash::good("The voting code is on its way.")));
        }
        (_, Err(errors)) => errors,
        (None, Ok(())) => FieldErrors::one("reason", "Give the reason; it is recorded."),
    };
    let page = page(&ctx, (slug, person), form.with(errors)).await?;
    ctx.show_again(&page)
}

fn apply(conn: &mut Conn, app: &App, by: &By, slug: &str, id: &PublicId, reason: &str) -> AppResult<()> {
    let now = app.now();
    let (election, person) = found(conn, slug, id)?;
    if by.actor.person == person.id {
        // Otherwise whoever takes over an officer's account would get round the frozen address.
        return Err(AppError::forbidden("Another officer has to send you your own code."));
    }
    let sending = ready(conn, &election, person.id, now)?.map_err(|r| AppError::conflict(r.to_officer()))?;
    again::send(conn, app, &election, &sending.kept, (person.id, &sending.address), BY_OFFICER, now)?;
    for address in &sending.earlier {
        tell(conn, app, &election, &person, address, now)?;
    }
    let details =
        json!({ "person": person.public_id, "reason": reason, "other_address": !sending.earlier.is_empty() });
    let object = format!("election {}", election.public_id);
    audit::append(conn, &by.act("election.code_again", object, details), now)?;
    Ok(())
}

fn tell(
    conn: &mut Conn,
    app: &App,
    election: &Election,
    person: &Person,
    address: &str,
    now: Utc,
) -> AppResult<()> {
    let settings: ElectionSettings = serde_json::from_str(&election.settings).map_err(AppError::internal)?;
    let message = CodeElsewhere {
        name: person.preferred_name.clone(),
        title: election.title.clone(),
        link: app.link(&format!("/elections/{}", election.slug)),
        help: settings.help,
    };
    let mail = mail::queue(conn, app, &Recipient::person(person.id, address), &message, now)?;
    Ok(running::note_mail(conn, election.id, person.id, ELSEWHERE, Some(mail))?)
}
