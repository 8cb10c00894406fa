//! What a member of the deciding body does: votes, steps aside, comments.

use actix_web::web;
use folkmoot_store::awards::nominations::NominationState;
use folkmoot_store::awards::review::{self as votes, VoteChoice};
use folkmoot_store::awards::rounds::{self, Round};
use folkmoot_store::{Conn, Utc, audit};
use serde_json::json;

use super::case_for;
use super::page::show;
use crate::approvals::By;
use crate::awards::board::{self, Case, Seat};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, PageResult};

/// The round in which votes on a nomination are taken at `now`.
fn voting_round(conn: &mut Conn, seat: &Seat, case: &Case, now: Utc) -> AppResult<Round> {
    let all = rounds::of_programme(conn, seat.award.row.id)?;
    let active = case.nomination.state == NominationState::Active;
    let round = board::round_of(&seat.award, case, &all).filter(|r| active && r.takes_votes(now));
    round.ok_or_else(|| {
        AppError::conflict("The review of this round has ended; its votes cannot be changed any more.")
    })
}

/// The viewer's seat, the nomination and the round in which it is reviewed now.
fn under_review(
    conn: &mut Conn,
    actor: &Actor,
    slug: &str,
    id: &str,
    now: Utc,
) -> AppResult<(Seat, Case, Round)> {
    let seat = board::seat(conn, slug, actor, now)?;
    let case = case_for(conn, &seat, id)?;
    let round = voting_round(conn, &seat, &case, now)?;
    Ok((seat, case, round))
}

pub(super) async fn vote(
    ctx: Ctx,
    actor: Actor,
    path: web::Path<(String, String)>,
    form: Form,
) -> PageResult {
    let form = form.only(&["choice", "rationale"])?;
    let target = path.into_inner();
    let mut check = Check::new(&form);
    let choice = check.field("choice", |t| match t {
        "yes" => Ok(VoteChoice::Yes),
        "no" => Ok(VoteChoice::No),
        "abstain" => Ok(VoteChoice::Abstain),
        _ => Err("Choose for, against or abstain."),
    });
    let rationale = check.optional_text("rationale", 2000);
    let (Some(choice), Some(rationale)) = (choice, rationale) else {
        let errors = check.errors();
        return show(&ctx, actor, target, Some(form.with(errors))).await;
    };
    let (now, by, (slug, id)) = (ctx.now(), By::new(&ctx, &actor), target);
    let to = format!("/awards/review/{slug}/nominations/{id}");
    ctx.app()
        .write(move |c| {
            let (seat, case, round) = under_review(c, &actor, &slug, &id, now)?;
            let own = board::said(c, &round, case.nomination.id, seat.person)?;
            if own.is_some_and(|(c, _)| c == VoteChoice::Recused) {
                return Err(AppError::conflict("You stepped aside. Take part again before you vote."));
            }
            votes::cast(c, case.nomination.id, round.id, seat.person, choice, &rationale, now)?;
            // That somebody voted is in the log; how is in the votes.
            let object = format!("award nomination {}", case.nomination.public_id);
            audit::append(c, &by.act("award.vote", object, json!({ "round": round.path() })), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx
        .redirect_with(&to, &Flash::good("Your vote is recorded. You can change it until the review ends.")))
}

pub(super) async fn recuse(
    ctx: Ctx,
    actor: Actor,
    path: web::Path<(String, String)>,
    form: Form,
) -> PageResult {
    let form = form.only(&["act", "reason"])?;
    let aside = match form.value("act") {
        "aside" => true,
        "back" => false,
        _ => return Err(FieldErrors::one("act", "Choose to step aside or to take part again.").into()),
    };
    let mut check = Check::new(&form);
    let Some(reason) = check.optional_text("reason", 1000) else {
        return Err(check.errors().into());
    };
    let (now, by, (slug, id)) = (ctx.now(), By::new(&ctx, &actor), path.into_inner());
    let to = format!("/awards/review/{slug}/nominations/{id}");
    ctx.app()
        .write(move |c| {
            let (seat, case, round) = under_review(c, &actor, &slug, &id, now)?;
            if aside {
                let choice = VoteChoice::Recused;
                votes::cast(c, case.nomination.id, round.id, seat.person, choice, &reason, now)?;
            } else {
                let own = board::said(c, &round, case.nomination.id, seat.person)?;
                if own.is_none_or(|(c, _)| c != VoteChoice::Recused) {
                    return Err(AppError::conflict("You did not step aside."));
                }
                votes::take_back(c, case.nomination.id, round.id, seat.person)?;
            }
            let object = format!("award nomination {}", case.nomination.public_id);
            let details = json!({ "round": round.path(), "aside": aside });
            audit::append(c, &by.act("award.recusal", object, details), now)?;
            Ok(())
        })
        .await?;
    let words = if aside { "You stepped aside." } else { "You take part again." };
    Ok(ctx.redirect_with(&to, &Flash::good(words)))
}

pub(super) async fn comment(
    ctx: Ctx,
    actor: Actor,
    path: web::Path<(String, String)>,
    form: Form,
) -> PageResult {
    let form = form.only(&["body"])?;
    let target = path.into_inner();
    let mut check = Check::new(&form);
    let Some(body) = check.text("body", 4000, "Write your comment.") else {
        let errors = check.errors();
        return show(&ctx, actor, target, Some(form.with(errors))).await;
    };
    let (now, by, (slug, id)) = (ctx.now(), By::new(&ctx, &actor), target);
    let to = format!("/awards/review/{slug}/nominations/{id}");
    ctx.app()
        .write(move |c| {
            let (seat, case, round) = under_review(c, &actor, &slug, &id, now)?;
            let own = board::said(c, &round, case.nomination.id, seat.person)?;
            if own.is_some_and(|(c, _)| c == VoteChoice::Recused) {
                return Err(AppError::conflict("You stepped aside and take no part in the discussion."));
            }
            votes::comment(c, case.nomination.id, seat.person, &body, now)?;
            let object = format!("award nomination {}", case.nomination.public_id);
            audit::append(c, &by.act("award.comment", object, json!({})), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("Your comment is kept; only the body reads it.")))
}
