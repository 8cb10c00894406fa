//! What officers do about trustees: name them, set the threshold, invite them, begin again, go on without a missing one.

use actix_web::web;
use askama::Template;
use folkmoot_ballot::archive::EventKind;
use folkmoot_store::accounts::{self, PersonState, Role};
use folkmoot_store::elections::trustees::{self as table, NewTrustee};
use folkmoot_store::elections::{self, Election};
use folkmoot_store::{Conn, Utc, audit};
use serde_json::json;

use super::risk::AcceptNoSpare;
use super::standing::{Standing, kinds};
use super::{calls, closing};
use crate::app::App;
use crate::approvals::{self, By};
use crate::auth::permission::Action;
use crate::elections::boxes;
use crate::elections::settings::AnswerSettings;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};
use crate::staff::fresh;

/// Most trustees of one election on this site; each page of the ceremony checks everybody's part.
const MOST: usize = 21;

/// Routes of this file.
pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageTrustees);
    vec![
        Route::get("/staff/elections/{election}/trustees", manage, show),
        Route::post("/staff/elections/{election}/trustees/{act}", manage, change),
    ]
}

struct Line {
    position: i64,
    name: String,
    state: &'static str,
    fingerprint: String,
    turn: &'static str,
}

#[derive(Template)]
#[template(path = "elections/staff_trustees.html")]
struct TrusteesPage {
    page: Page,
    form: Form,
    slug: String,
    title: String,
    lines: Vec<Line>,
    needed: usize,
    threshold: u32,
    rehearsed: usize,
    /// Nobody is invited yet: names and threshold can change.
    open: bool,
    /// Keys are not fixed yet: everything can begin again.
    restartable: bool,
    shuffling: bool,
    counting: bool,
    /// Every trustee would be needed and nobody accepted that yet.
    no_spare: bool,
    findings: Vec<String>,
}

async fn show(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let slug = path.into_inner();
    let page = page(&ctx, slug, Form::empty()).await?;
    ctx.show(&page)
}

async fn page(ctx: &Ctx, slug: String, form: Form) -> AppResult<TrusteesPage> {
    let now = ctx.now();
    let page = ctx.page("Trustees").for_form(&form);
    ctx.app()
        .read(move |conn| {
            let election = elections::by_slug(conn, &slug)?.ok_or_else(AppError::not_found)?;
            let refused = table::messages(conn, election.id, kinds::REFUSED)?;
            let standing = Standing::load(conn, election)?;
            let lines = standing.trustees.iter().map(|t| Line {
                position: t.position,
                name: t.name.clone(),
                state: standing.words(t),
                fingerprint: t.fingerprint.clone().unwrap_or_default(),
                turn: standing.due(t, now).task().unwrap_or(""),
            });
            let fixed = standing.election.election_json.is_some();
            let state = standing.election.state.clone();
            Ok(TrusteesPage {
                page,
                form,
                lines: lines.collect(),
                needed: standing.needed(),
                threshold: standing.settings.threshold,
                rehearsed: standing.count(kinds::REHEARSAL),
                open: !fixed && standing.trustees.iter().all(|t| t.state == "named"),
                restartable: !fixed && !standing.trustees.is_empty(),
                shuffling: state == "shuffling",
                counting: matches!(state.as_str(), "quorum_ok" | "shuffling" | "decrypting"),
                no_spare: !fixed
                    && !standing.trustees.is_empty()
                    && standing.needed() == standing.trustees.len()
                    && !standing.has(0, kinds::NO_SPARE),
                findings: refused.into_iter().filter_map(|m| m.finding).collect(),
                slug: standing.election.slug,
                title: standing.election.title,
            })
        })
        .await
}

/// An act of this page, parsed.
#[derive(Debug, Clone)]
enum Act {
    Add(String),
    Remove(i64),
    Threshold(u32),
    Invite,
    Restart(String),
    Missing(i64),
    EndShuffling,
    AcceptNoSpare(String),
}

impl Act {
    fn parse(name: &str, form: &Form) -> AppResult<Result<Self, FieldErrors>> {
        let mut check = Check::new(form);
        let number = |t: &str| t.parse::<i64>().map_err(|_| "Reload the page and try again.");
        let act = match name {
            "add" => {
                check.text("email", 254, "Enter the e-mail address of the person's account.").map(Self::Add)
            }
            "remove" => check.field("position", number).map(Self::Remove),
            "threshold" => check
                .field("threshold", |t| {
                    t.parse::<u32>().map_err(|_| "Enter a number, for example 2; 0 means every trustee.")
                })
                .map(Self::Threshold),
            "invite" => Some(Self::Invite),
            "restart" => {
                check.text("reason", 500, "Say why the trustees have to begin again.").map(Self::Restart)
            }
            "missing" => check.field("position", number).map(Self::Missing),
            "end-shuffling" => Some(Self::EndShuffling),
            "accept-no-spare" => {
                check.text("reason", 500, "Say why no trustee may be spared.").map(Self::AcceptNoSpare)
            }
            _ => return Err(AppError::not_found()),
        };
        Ok(match act {
            Some(act) => check.finish().map(|()| act),
            None => Err(check.errors()),
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Add(_) => "trustee.add",
            Self::Remove(_) => "trustee.remove",
            Self::Threshold(_) => "trustee.threshold",
            Self::Invite => "trustee.invite",
            Self::Restart(_) => "trustee.restart",
            Self::Missing(_) => "trustee.missing",
            Self::EndShuffling => "trustee.end_shuffling",
            Self::AcceptNoSpare(_) => "trustee.propose_no_spare",
        }
    }

    fn details(&self) -> serde_json::Value {
        match self {
            Self::Remove(p) | Self::Missing(p) => json!({ "trustee": p }),
            Self::Threshold(t) => json!({ "threshold": t }),
            Self::Restart(why) | Self::AcceptNoSpare(why) => json!({ "reason": why }),
            Self::Add(_) | Self::Invite | Self::EndShuffling => json!({}),
        }
    }
}

async fn change(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let (slug, name) = path.into_inner();
    let form = form.only(&["email", "position", "threshold", "reason"])?;
    let back = format!("/staff/elections/{slug}/trustees");
    let act = match Act::parse(&name, &form)? {
        Ok(act) => act,
        Err(errors) => {
            let page = page(&ctx, slug, form.with(errors)).await?;
            return ctx.show_again(&page);
        }
    };
    fresh(&ctx)?;
    let (app, by, entry) = (ctx.app().clone(), By::new(&ctx, &actor), act.clone());
    let said = ctx
        .app()
        .write(move |conn| {
            let now = app.now();
            let election = elections::by_slug(conn, &slug)?.ok_or_else(AppError::not_found)?;
            let object = format!("election {}", election.public_id);
            let said = apply(conn, &app, &by, &election, &act, now)?;
            audit::append(conn, &by.act(entry.name(), object, entry.details()), now)?;
            Ok(said)
        })
        .await?;
    Ok(ctx.redirect_with(&back, &Flash::good(said)))
}

fn apply(
    conn: &mut Conn,
    app: &App,
    by: &By,
    election: &Election,
    act: &Act,
    now: Utc,
) -> AppResult<&'static str> {
    let standing = Standing::load(conn, election.clone())?;
    let counting = matches!(act, Act::Missing(_) | Act::EndShuffling);
    if !counting && election.election_json.is_some() {
        return Err(AppError::conflict(
            "The keys of this election are fixed; its trustees cannot change any more.",
        ));
    }
    let before_invitation = matches!(act, Act::Add(_) | Act::Remove(_) | Act::Threshold(_) | Act::Invite);
    if before_invitation && standing.trustees.iter().any(|t| t.state != "named") {
        return Err(AppError::conflict(
            "The trustees are invited and may have made keys. To change them, let them begin again first.",
        ));
    }
    if before_invitation && !matches!(act, Act::Invite) {
        // What officers accepted about another list of trustees does not hold for this one.
        table::start_again(conn, election.id)?;
    }
    match act {
        Act::Add(address) => add(conn, &standing, address, now),
        Act::Remove(position) => {
            table::remove(conn, election.id, *position)?;
            Ok("The trustee is taken off the list.")
        }
        Act::Threshold(threshold) => set_threshold(conn, &standing, *threshold),
        Act::Invite => invite(conn, app, &standing, now),
        Act::Restart(_) => {
            table::start_again(conn, election.id)?;
            Ok("All keys are forgotten. Check the list, then invite the trustees again.")
        }
        Act::Missing(position) => miss(conn, app, &standing, *position, now),
        Act::EndShuffling => {
            let held = boxes::open(conn, app, election)?;
            closing::end_shuffles(conn, app, &held, &standing, now)?;
            Ok("The shuffling is over; the trustees are asked to decrypt.")
        }
        Act::AcceptNoSpare(reason) => {
            let trustees = standing.trustees.iter().map(|t| t.name.clone()).collect();
            let act = AcceptNoSpare { election: election.slug.clone(), trustees };
            approvals::propose(conn, app, by, &act, reason, now)?;
            Ok("Proposed. A second officer has to agree.")
        }
    }
}

fn add(conn: &mut Conn, standing: &Standing, address: &str, now: Utc) -> AppResult<&'static str> {
    let person = accounts::owner_of_address(conn, address)?
        .filter(|p| p.state == PersonState::Active)
        .ok_or_else(|| {
            AppError::conflict("Nobody has an account with this address. Ask the person to sign up first.")
        })?;
    if standing.of_person(person.id).is_some() {
        return Err(AppError::conflict(format!("{} is a trustee already.", person.preferred_name)));
    }
    if standing.trustees.iter().any(|t| t.name == person.preferred_name) {
        return Err(AppError::conflict(
            "Another trustee has the same name; voters could not tell them apart.",
        ));
    }
    if standing.trustees.len() >= MOST {
        return Err(AppError::conflict(format!("An election has at most {MOST} trustees.")));
    }
    let roles = accounts::roles_of(conn, person.id, now)?;
    // No role may hold a part of the key and run the server, make the codes or edit the roll.
    let apart = |r: &&Role| {
        matches!(
            r,
            Role::Administrator
                | Role::Registrar
                | Role::ReturnsOfficer
                | Role::SecondOfficer
                | Role::MembershipStaff
        )
    };
    if let Some(role) = roles.iter().find(apart) {
        return Err(AppError::conflict(format!(
            "{} is {}; whoever runs the server, makes the voting codes or edits the roll cannot be a trustee as well.",
            person.preferred_name,
            crate::roles::words(*role)
        )));
    }
    let stands = |a: &AnswerSettings| a.person == person.public_id.as_str();
    if standing.settings.questions.iter().any(|q| q.answers.iter().any(stands)) {
        return Err(AppError::conflict(format!(
            "{} is a candidate in this election and cannot be a trustee of it.",
            person.preferred_name
        )));
    }
    let position = i64::try_from(standing.trustees.len()).map_err(AppError::internal)? + 1;
    let new = NewTrustee {
        election_id: standing.election.id,
        position,
        person_id: Some(person.id),
        name: &person.preferred_name,
        state: "named",
    };
    table::insert(conn, &new)?;
    Ok("The trustee is on the list. Nobody was told yet.")
}

fn set_threshold(conn: &mut Conn, standing: &Standing, threshold: u32) -> AppResult<&'static str> {
    if usize::try_from(threshold).map_or(true, |t| t > MOST) {
        return Err(AppError::conflict(format!("An election has at most {MOST} trustees.")));
    }
    let mut settings = standing.settings.clone();
    settings.threshold = threshold;
    let text = serde_json::to_string(&settings).map_err(AppError::internal)?;
    elections::put_settings(conn, standing.election.id, &standing.election.title, &text)?;
    Ok("The threshold is set.")
}

fn invite(conn: &mut Conn, app: &App, standing: &Standing, now: Utc) -> AppResult<&'static str> {
    let (size, needed) = (standing.trustees.len(), standing.needed());
    if size == 0 {
        return Err(AppError::conflict("Name the trustees first."));
    }
    if needed > size {
        return Err(AppError::conflict(format!(
            "{needed} trustees would be needed, but only {size} are named. Name more, or lower the threshold."
        )));
    }
    for trustee in &standing.trustees {
        table::put_state(conn, standing.election.id, trustee.position, "invited")?;
    }
    calls::call(conn, app, &standing.election, None, now)?;
    Ok("The trustees are invited by mail.")
}

fn miss(conn: &mut Conn, app: &App, standing: &Standing, position: i64, now: Utc) -> AppResult<&'static str> {
    let mixed = standing.settings.is_mixed();
    let found = standing.trustees.iter().find(|t| t.position == position).ok_or_else(AppError::not_found)?;
    let counting = matches!(standing.election.state.as_str(), "quorum_ok" | "shuffling" | "decrypting");
    if !counting || standing.gave(position, EventKind::PartialDecryption).is_some() {
        return Err(AppError::conflict(
            "Trustees can be reported missing only while the count waits for them.",
        ));
    }
    table::put_state(conn, standing.election.id, found.position, "missing")?;
    let after = Standing::load(conn, standing.election.clone())?;
    let done = |p: i64| after.gave(p, EventKind::Shuffle).is_some();
    let enough = after.trustees.iter().filter(|t| done(t.position)).count() >= after.needed();
    let nobody_else = after.trustees.iter().all(|t| done(t.position) || t.state == "missing");
    if mixed && enough && nobody_else && after.election.state == "shuffling" {
        let held = boxes::open(conn, app, &after.election)?;
        closing::end_shuffles(conn, app, &held, &after, now)?;
    }
    Ok("Noted. The count goes on as soon as enough others have done their part.")
}
