//! The chair joins two nominations of the same people that came under different names or addresses: a preview, then the act, which
//! can be undone until the round is decided. The supports of both are read as one; no verdict is touched.

use actix_web::web;
use askama::Template;
use folkmoot_store::awards::joins::{self, Join, Moved};
use folkmoot_store::awards::nominations::{self, NewNominee, Nomination, NominationState};
use folkmoot_store::awards::review;
use folkmoot_store::awards::rounds::{self, Round, RoundKey, RoundState};
use folkmoot_store::{Conn, Utc, audit};
use serde_json::json;

use super::board::{self, Case, Seat};
use super::programme::Award;
use super::receive;
use super::review::case_for;
use crate::approvals::By;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::day;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let signed_in = Access::SignedIn;
    vec![
        Route::get("/awards/review/{award}/nominations/{nomination}/join", signed_in, page),
        Route::post("/awards/review/{award}/nominations/{nomination}/join", signed_in, join),
        Route::post("/awards/review/{award}/nominations/{nomination}/separate", signed_in, separate),
    ]
}

struct Other {
    id: String,
    people: String,
    about: String,
}

/// What joining would do.
struct Preview {
    other: Other,
    lines: Vec<String>,
}

#[derive(Template)]
#[template(path = "awards/join.html")]
struct JoinPage {
    page: Page,
    form: Form,
    path: String,
    people: String,
    others: Vec<Other>,
    preview: Option<Preview>,
}

fn other(case: &Case) -> Other {
    let supports = match case.supports.len() {
        1 => "one nomination".to_owned(),
        n => format!("{n} nominations"),
    };
    Other {
        id: case.nomination.public_id.to_string(),
        people: case.people(),
        about: format!("{supports}, the first received {}", day(case.nomination.created_at)),
    }
}

/// Other active nominations of as many people that the chair may see.
fn others(conn: &mut Conn, seat: &Seat, case: &Case) -> AppResult<Vec<Case>> {
    let me = std::collections::BTreeSet::from([seat.person]);
    let mut found = Vec::new();
    for one in Case::active(conn, &seat.award)? {
        let fits = one.nomination.id != case.nomination.id && one.nominees.len() == case.nominees.len();
        if fits && one.nominated_members(conn, &me)?.is_empty() {
            found.push(one);
        }
    }
    Ok(found)
}

fn preview(conn: &mut Conn, award: &Award, from: &Case, into: &Case) -> AppResult<Preview> {
    let supports = match from.supports.len() {
        1 => "The nomination that was sent for it becomes one more of the other.".to_owned(),
        n => format!("The {n} nominations that were sent for it become more of the other."),
    };
    let mut lines = vec![
        supports,
        format!("It is considered as {}, with that nomination\u{2019}s citation.", into.people()),
        "Comments move along. Who stepped aside from one of the two steps aside from both.".to_owned(),
    ];
    let all = rounds::of_programme(conn, award.row.id)?;
    if let Some(round) = board::round_of(award, from, &all) {
        let votes = review::votes(conn, round.id, &[from.nomination.id])?;
        let cast = votes.iter().filter(|v| v.choice != review::VoteChoice::Recused).count();
        lines.push(match cast {
            0 => "No votes on it are lost: nobody has voted on it.".to_owned(),
            n => format!("Votes on it count no more ({n} so far). Those who cast them vote on the other."),
        });
    }
    lines.push("It can be undone until the round of the other is decided.".to_owned());
    Ok(Preview { other: other(into), lines })
}

async fn page(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>) -> PageResult {
    let chosen = ctx.query("other").unwrap_or_default();
    show(&ctx, actor, path.into_inner(), chosen, Form::empty()).await
}

async fn show(
    ctx: &Ctx,
    actor: Actor,
    (slug, id): (String, String),
    chosen: String,
    form: Form,
) -> PageResult {
    let now = ctx.now();
    let page = ctx.page("Join with another nomination").for_form(&form);
    let again = page.has_errors;
    let path = format!("/awards/review/{slug}/nominations/{id}");
    let template = ctx
        .app()
        .read(move |c| {
            let seat = board::chair(c, &slug, &actor, now)?;
            let case = case_for(c, &seat, &id)?;
            still_active(&case.nomination)?;
            let others = others(c, &seat, &case)?;
            let into = others.iter().find(|o| o.nomination.public_id.as_str() == chosen);
            let preview = into.map(|into| preview(c, &seat.award, &case, into)).transpose()?;
            let others = others.iter().map(other).collect();
            Ok(JoinPage { page, form, path, people: case.people(), others, preview })
        })
        .await?;
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

fn still_active(nomination: &Nomination) -> AppResult<()> {
    if nomination.state == NominationState::Active {
        return Ok(());
    }
    Err(AppError::conflict("This nomination is not active any more."))
}

/// Rounds whose votes are not counted yet.
fn undecided(all: &[Round]) -> Vec<RoundKey> {
    let open = all.iter().filter(|r| matches!(r.state, RoundState::Open | RoundState::Review));
    open.map(|r| r.id).collect()
}

/// Votes that are in are not taken away between the end of the review and the decision.
fn under_way(conn: &mut Conn, award: &Award, case: &Case, now: Utc) -> AppResult<()> {
    let all = rounds::of_programme(conn, award.row.id)?;
    let round = board::round_of(award, case, &all);
    if round.is_some_and(|r| r.takes_votes(now)) {
        return Ok(());
    }
    Err(AppError::conflict("The review of this round has ended; wait until it is decided."))
}

async fn join(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["other", "reason"])?;
    let target = path.into_inner();
    let mut check = Check::new(&form);
    let chosen = check.text("other", 64, "Choose the other nomination.");
    let reason = check.text("reason", 200, "Say how you know that they are the same people.");
    let (Some(chosen), Some(reason)) = (chosen, reason) else {
        let (errors, chosen) = (check.errors(), form.value("other").to_owned());
        return show(&ctx, actor, target, chosen, form.with(errors)).await;
    };
    let (now, by, (slug, id)) = (ctx.now(), By::new(&ctx, &actor), target);
    let to = format!("/awards/review/{slug}/nominations/{chosen}");
    ctx.app()
        .write(move |c| {
            let seat = board::chair(c, &slug, &actor, now)?;
            let case = case_for(c, &seat, &id)?;
            let into = others(c, &seat, &case)?
                .into_iter()
                .find(|o| o.nomination.public_id.as_str() == chosen)
                .ok_or_else(|| AppError::conflict("The other nomination is not active any more."))?;
            still_active(&case.nomination)?;
            under_way(c, &seat.award, &case, now)?;
            under_way(c, &seat.award, &into, now)?;
            let open = undecided(&rounds::of_programme(c, seat.award.row.id)?);
            if !joins::join(c, case.nomination.id, into.nomination.id, &open, now)? {
                return Err(AppError::conflict("This nomination is not active any more."));
            }
            complete(c, &case, &into)?;
            // The reason may name people; it goes where the discussion is.
            let text = format!("Joined with the nomination of {}: {reason}", case.people());
            review::comment(c, into.nomination.id, seat.person, &text, now)?;
            let object = format!("award nomination {}", case.nomination.public_id);
            let details = json!({ "into": into.nomination.public_id });
            audit::append(c, &by.act("award.join", object, details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The two nominations are one now.")))
}

/// Keeps the addresses that only one of the two told.
fn complete(conn: &mut Conn, from: &Case, into: &Case) -> AppResult<()> {
    let told: Vec<NewNominee> = from
        .nominees
        .iter()
        .map(|n| NewNominee { name: n.name.clone(), email: n.email.clone(), person: n.person_id })
        .collect();
    if let ([there], [sent]) = (into.nominees.as_slice(), told.as_slice()) {
        if there.email.is_empty() && !sent.email.is_empty() {
            nominations::complete_nominee(conn, there.id, &sent.email, sent.person)?;
        }
        return Ok(());
    }
    receive::complete(conn, &into.nominees, &told)
}

/// The join of a nomination that this chair may take apart.
fn join_of(conn: &mut Conn, case: &Case) -> AppResult<Join> {
    let join = joins::of(conn, case.nomination.id)?;
    join.ok_or_else(|| AppError::conflict("This nomination is not part of another one."))
}

async fn separate(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    form.only(&[])?;
    let (slug, id) = path.into_inner();
    let to = format!("/awards/review/{slug}/nominations/{id}");
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let seat = board::chair(c, &slug, &actor, now)?;
            let case = case_for(c, &seat, &id)?;
            let join = join_of(c, &case)?;
            let moved: Moved = join.moved.parse()?;
            if case.nominees.is_empty() || !joins::undo(c, &join, &moved)? {
                return Err(AppError::conflict(
                    "The joined nomination was decided about since; they stay one.",
                ));
            }
            let object = format!("award nomination {}", case.nomination.public_id);
            audit::append(c, &by.act("award.separate", object, json!({})), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx
        .redirect_with(&to, &Flash::good("They are two nominations again, each with what was sent for it.")))
}

/// Where a nomination went, for its page: address and people of the other, if this member may see it.
pub(super) fn went_into(conn: &mut Conn, seat: &Seat, case: &Case) -> AppResult<Option<(String, String)>> {
    let Some(join) = joins::of(conn, case.nomination.id)? else { return Ok(None) };
    let found = nominations::by_id(conn, join.into_id)?;
    let Ok(into) = case_for(conn, seat, found.public_id.as_str()) else { return Ok(None) };
    let href = format!("/awards/review/{}/nominations/{}", seat.award.row.slug, found.public_id);
    Ok(Some((href, into.people())))
}

/// Nominations that became part of this one: address and people.
pub(super) fn came_from(conn: &mut Conn, seat: &Seat, case: &Case) -> AppResult<Vec<(String, String)>> {
    let mut found = Vec::new();
    for join in joins::into(conn, case.nomination.id)? {
        let from = nominations::by_id(conn, join.nomination_id)?;
        let Ok(from) = case_for(conn, seat, from.public_id.as_str()) else { continue };
        let href =
            format!("/awards/review/{}/nominations/{}", seat.award.row.slug, from.nomination.public_id);
        found.push((href, from.people()));
    }
    Ok(found)
}
