//! Two nominations of one person, under two addresses, brought together by an officer: who is meant is looked at first, then
//! the one becomes part of the other. Where the nominee's own addresses show it, this happens by itself (`respond::tie`).

use actix_web::web;
use askama::Template;
use folkmoot_store::accounts::PersonState;
use folkmoot_store::nominations::supports::{self, SupportRole, SupportState};
use folkmoot_store::nominations::{Nomination, NominationState};
use folkmoot_store::{Conn, PublicId, Utc, accounts, audit, nominations};
use serde_json::json;

use super::candidacy::{find, masked, standing};
use super::link;
use super::mail::{self, Notice};
use super::rules::Call;
use super::statement::Statement;
use crate::app::App;
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let review = Access::May(Action::ReviewNominations);
    vec![
        Route::get("/staff/elections/{election}/nominations/{nomination}/merge", review, show),
        Route::post("/staff/elections/{election}/nominations/{nomination}/merge", review, bring_together),
    ]
}

struct Choice {
    value: String,
    label: String,
}

/// One of the two, for comparing.
struct Side {
    heading: &'static str,
    name: String,
    address: String,
    account: &'static str,
    state: &'static str,
    since: String,
    supporters: Vec<String>,
}

/// What would become of it.
struct Preview {
    sides: Vec<Side>,
    /// Why it cannot be; empty when it can.
    refused: String,
    follows: Vec<String>,
}

#[derive(Template)]
#[template(path = "nominations/staff_merge.html")]
struct MergePage {
    page: Page,
    form: Form,
    slug: String,
    title: String,
    id: String,
    name: String,
    others: Vec<Choice>,
    other: String,
    preview: Option<Preview>,
}

/// Whether a nomination can be part of a merge at all.
pub(super) fn open(nomination: &Nomination, call: &Call) -> bool {
    use NominationState as S;
    !call.is_released() && matches!(nomination.state, S::Invited | S::Accepted | S::Expired)
}

/// The other nomination of the same election.
fn other_of(conn: &mut Conn, call: &Call, id: &str) -> AppResult<Nomination> {
    let id = PublicId::parse(id).ok_or_else(AppError::not_found)?;
    let found = nominations::by_public_id(conn, &id)?;
    if found.election_id == call.id() { Ok(found) } else { Err(AppError::not_found()) }
}

/// Why `gone` cannot become part of `kept`; `None` when it can.
fn refused(
    conn: &mut Conn,
    (gone, kept): (&Nomination, &Nomination),
    call: &Call,
    now: Utc,
) -> AppResult<Option<&'static str>> {
    use NominationState as S;
    if gone.id == kept.id {
        return Ok(Some("These are one nomination; choose another."));
    }
    if call.is_released() || now >= call.dates.announce {
        return Ok(Some("The candidates are let go out; take that back first, or it is too late."));
    }
    if !open(gone, call) {
        return Ok(Some(
            "This nomination was answered with no, or is part of another already. It stays as it is.",
        ));
    }
    if !matches!(kept.state, S::Invited | S::Accepted) {
        return Ok(Some("The other nomination is not open any more; nobody stands by it."));
    }
    if gone.state == S::Accepted && kept.state != S::Accepted {
        return Ok(Some("The nominee accepted this one. Make the other one part of it instead."));
    }
    match (gone.person_id, kept.person_id) {
        (Some(_), None) => {
            Ok(Some("This nomination belongs to an account. Make the other one part of it instead."))
        }
        (Some(one), Some(_)) if accounts::person(conn, one)?.state != PersonState::Merged => Ok(Some(
            "They belong to two accounts. If these are one person, bring the two records together first, under People.",
        )),
        _ => Ok(None),
    }
}

fn given(conn: &mut Conn, nomination: &Nomination) -> AppResult<Vec<supports::Support>> {
    let all = supports::of_nomination(conn, nomination.id)?;
    Ok(all.into_iter().filter(|s| s.state == SupportState::Given).collect())
}

fn side(
    conn: &mut Conn,
    heading: &'static str,
    nomination: &Nomination,
    (call, now): (&Call, Utc),
) -> AppResult<Side> {
    let role = |s: &supports::Support| match s.role {
        SupportRole::Nominator => format!("{} nominates", s.name),
        SupportRole::CoNominator => format!("{} nominates too", s.name),
        SupportRole::Endorser => format!("{} supports", s.name),
    };
    Ok(Side {
        heading,
        name: nomination.name.clone(),
        address: masked(&nomination.address),
        account: if nomination.person_id.is_some() { "Has an account" } else { "No account yet" },
        state: standing(nomination, call, now).0,
        since: when(nomination.created_at),
        supporters: given(conn, nomination)?.iter().map(role).collect(),
    })
}

/// What follows from making `gone` part of `kept`, in sentences.
fn follows(conn: &mut Conn, gone: &Nomination, kept: &Nomination) -> AppResult<Vec<String>> {
    let there = given(conn, kept)?;
    let mut all = Vec::new();
    for support in given(conn, gone)? {
        let both = there.iter().any(|s| {
            s.lookup == support.lookup || (s.person_id.is_some() && s.person_id == support.person_id)
        });
        all.push(match both {
            true => format!("{} is with both; the words for the other nomination stay.", support.name),
            false => format!("{} supports the other nomination, with the same words.", support.name),
        });
    }
    if takes_statement(gone, kept)? {
        all.push("The statement that was begun goes over to the other nomination.".to_owned());
    }
    all.push("The nominee is told by mail and answers once. The link in the other mail says so.".to_owned());
    all.push("This cannot be taken back.".to_owned());
    Ok(all)
}

/// Whether what nominators wrote for `gone` becomes the beginning of `kept`.
fn takes_statement(gone: &Nomination, kept: &Nomination) -> AppResult<bool> {
    let (from, to): (Statement, Statement) = (gone.statement.parse()?, kept.statement.parse()?);
    Ok(kept.state == NominationState::Invited && to.is_empty() && !from.is_empty())
}

async fn load(ctx: &Ctx, (slug, id): (String, String), other: String, form: Form) -> AppResult<MergePage> {
    let now = ctx.now();
    let page = ctx.page("Bring nominations together").for_form(&form);
    ctx.app()
        .read(move |conn| {
            let (gone, call) = find(conn, &slug, &id)?;
            let mut others: Vec<Choice> = nominations::of_election(conn, call.id())?
                .iter()
                .filter(|n| n.id != gone.id && open(n, &call))
                .map(|n| Choice {
                    value: n.public_id.to_string(),
                    label: format!("{} ({}, {})", n.name, masked(&n.address), standing(n, &call, now).0),
                })
                .collect();
            others.sort_by_key(|c| c.label.to_lowercase());
            let preview = match other.as_str() {
                "" => None,
                chosen => {
                    let kept = other_of(conn, &call, chosen)?;
                    let at = (&call, now);
                    Some(Preview {
                        sides: vec![
                            side(conn, "Becomes part of the other", &gone, at)?,
                            side(conn, "Stays", &kept, at)?,
                        ],
                        refused: refused(conn, (&gone, &kept), &call, now)?.unwrap_or_default().to_owned(),
                        follows: follows(conn, &gone, &kept)?,
                    })
                }
            };
            Ok(MergePage {
                page: page.clone(),
                form: form.clone(),
                slug: slug.clone(),
                title: call.title().to_owned(),
                id: gone.public_id.to_string(),
                name: gone.name,
                others,
                other: other.clone(),
                preview,
            })
        })
        .await
}

async fn show(ctx: Ctx, path: web::Path<(String, String)>) -> PageResult {
    let other = ctx.query("other").unwrap_or_default();
    let form = Form::filled([("other", other.clone())]);
    let page = load(&ctx, path.into_inner(), other, form).await?;
    ctx.show(&page)
}

async fn bring_together(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["other", "reason"])?;
    let (slug, id) = path.into_inner();
    let other = form.value("other").to_owned();
    let mut check = Check::new(&form);
    let Some(reason) = check.text("reason", 1000, "Say how you know that this is one person.") else {
        let errors = check.errors();
        let page = load(&ctx, (slug, id), other, form.with(errors)).await?;
        return ctx.show_again(&page);
    };
    let to = format!("/staff/elections/{slug}/nominations/{other}");
    let app = ctx.app().clone();
    let details = json!({ "into": other, "reason": reason });
    let act = ctx.act("nomination.merge", format!("nomination {id}"), details);
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let (gone, call) = find(conn, &slug, &id)?;
            let kept = other_of(conn, &call, &other)?;
            if [gone.person_id, kept.person_id].contains(&Some(actor.person)) {
                return Err(AppError::forbidden("Somebody else has to do this: it concerns yourself."));
            }
            if let Some(why) = refused(conn, (&gone, &kept), &call, now)? {
                return Err(AppError::conflict(why));
            }
            merge(conn, &app, &call, (&gone, &kept), &reason, now)?;
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("Both nominations are one now.")))
}

fn merge(
    conn: &mut Conn,
    app: &App,
    call: &Call,
    (gone, kept): (&Nomination, &Nomination),
    reason: &str,
    now: Utc,
) -> AppResult<()> {
    let changed = || AppError::conflict("One of them was changed meanwhile. Look at both again.");
    if takes_statement(gone, kept)?
        && !nominations::put_statement(conn, kept.id, kept.revision, &kept.name, &gone.statement)?
    {
        return Err(changed());
    }
    if !nominations::merge(conn, (gone.id, gone.state), kept.id, reason, now)? {
        return Err(changed());
    }
    let to = mail::to_nominee(conn, kept)?;
    let path = match kept.person_id {
        Some(_) => format!("/nominations/{}", kept.public_id),
        None => link::answer(app, kept),
    };
    let notice = Notice {
        kind: format!("merged {}", gone.public_id),
        name: kept.name.clone(),
        heading: "Two nominations of you are one now",
        lines: vec![
            "You were nominated under two addresses. The officers made one nomination of both, so that you answer once."
                .to_owned(),
            format!("If the other one was for somebody else, write to {}.", call.prepared.settings.help),
        ],
        path,
    };
    mail::tell(conn, app, call, &to, notice, now)?;
    Ok(())
}
