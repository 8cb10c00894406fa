//! What staff decide about two records: one person or two, and back again.

use actix_web::web;
use folkmoot_store::people::{self, DuplicateReason, DuplicateState, MergeChoice};
use folkmoot_store::{accounts, audit};
use serde_json::json;

use super::compare::show;
use crate::approvals::By;
use crate::auth::permission::{Action, Subject, may};
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, PageResult};
use crate::people::pages::id_in;

pub(super) async fn bring_together(
    ctx: Ctx,
    actor: Actor,
    path: web::Path<String>,
    form: Form,
) -> PageResult {
    let form = form.only(&["keep", "name", "legal_name", "address", "time_zone", "reason"])?;
    ctx.require_fresh()?;
    let id = id_in(&path)?;
    let mut check = Check::new(&form);
    for field in ["keep", "name", "legal_name", "address", "time_zone"] {
        check.field(field, |t| {
            if matches!(t, "first" | "second") { Ok(()) } else { Err("Choose one of the two.") }
        });
    }
    let reason = check.text("reason", 500, "Say how you know that this is one person.");
    let errors = check.errors();
    let (Some(reason), true) = (reason, errors.is_empty()) else {
        return show(&ctx, id, Some(form.with(errors))).await;
    };
    let (app, now, by) = (ctx.app().clone(), ctx.now(), By::new(&ctx, &actor));
    let kept = ctx
        .app()
        .write(move |c| {
            let pair = people::duplicate(c, &id)?;
            if pair.state != DuplicateState::Open {
                return Err(AppError::conflict("Somebody decided about these two in the meantime."));
            }
            let keep_first = form.value("keep") == "first";
            let (kept, gone) =
                if keep_first { (pair.first_id, pair.second_id) } else { (pair.second_id, pair.first_id) };
            for person in [kept, gone] {
                may(&by.actor, Action::ManagePeople, Subject::Person(person))
                    .map_err(|d| AppError::forbidden(d.to_string()))?;
            }
            if let Some(why) = people::merge_obstacle(c, kept, gone, now)? {
                return Err(AppError::conflict(why.to_string()));
            }
            let theirs = |field: &str| form.value(field) != form.value("keep");
            let choice = MergeChoice {
                name: theirs("name"),
                legal_name: theirs("legal_name"),
                time_zone: theirs("time_zone"),
                address: theirs("address"),
            };
            let merge = app.public_id()?;
            let moved = people::merge(c, &merge, (kept, gone), choice, (&reason, by.actor.person), now)?;
            people::set_duplicate_state(c, pair.id, DuplicateState::Merged, Some(by.actor.person), now)?;
            let (kept, gone) = (accounts::person(c, kept)?.public_id, accounts::person(c, gone)?.public_id);
            let counts: serde_json::Map<String, serde_json::Value> =
                moved.rows.iter().map(|(t, ids)| (t.clone(), ids.len().into())).collect();
            let details =
                json!({ "merge": merge, "gone": gone, "moved": counts, "choice": choice, "reason": reason });
            audit::append(c, &by.act("person.merge", format!("person {kept}"), details), now)?;
            Ok(kept)
        })
        .await?;
    let words =
        "Brought together. Nothing was deleted, and it can be taken back from the list of duplicates.";
    Ok(ctx.redirect_with(&format!("/staff/people/{kept}"), &Flash::good(words)))
}

pub(super) async fn apart(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (id, now, by) = (id_in(&path)?, ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let pair = people::duplicate(c, &id)?;
            if pair.state != DuplicateState::Open {
                return Err(AppError::conflict("Somebody decided about these two in the meantime."));
            }
            people::set_duplicate_state(c, pair.id, DuplicateState::Apart, Some(by.actor.person), now)?;
            let first = accounts::person(c, pair.first_id)?.public_id;
            let second = accounts::person(c, pair.second_id)?.public_id;
            let details = json!({ "other": second });
            audit::append(c, &by.act("person.not_duplicate", format!("person {first}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(
        "/staff/duplicates",
        &Flash::good("Noted: two people. They are not asked about again."),
    ))
}

/// Staff name the other record themselves, by an address of it.
pub(super) async fn same_as(ctx: Ctx, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["email"])?;
    let (id, now, new) = (id_in(&path)?, ctx.now(), ctx.app().public_id()?);
    let email = form.value("email").to_owned();
    let act = ctx.act("duplicates.compare", format!("person {id}"), json!({}));
    let pair = ctx
        .app()
        .write(move |c| {
            let one = accounts::person_by_public_id(c, &id)?;
            let Some(other) = accounts::owner_of_address(c, &email)? else {
                let why = "Nobody has confirmed this address. Copy it from the other record.";
                return Err(FieldErrors::one("email", why).into());
            };
            if one.id == other.id {
                return Err(FieldErrors::one(
                    "email",
                    "This address belongs to the record you are looking at.",
                )
                .into());
            }
            people::note_duplicate(c, &new, (one.id, other.id), DuplicateReason::Staff, now)?;
            audit::append(c, &act, now)?;
            let pair = people::pair(c, one.id, other.id)?.ok_or_else(AppError::not_found)?;
            if pair.state != DuplicateState::Open {
                people::set_duplicate_state(c, pair.id, DuplicateState::Open, None, now)?;
            }
            Ok(pair)
        })
        .await?;
    Ok(ctx.redirect(&format!("/staff/duplicates/{}", pair.public_id)))
}

pub(super) async fn undo(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    ctx.require_fresh()?;
    let (id, now, by) = (id_in(&path)?, ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let merge = people::merge_by_id(c, &id)?;
            may(&by.actor, Action::ManagePeople, Subject::Person(merge.kept_id))
                .map_err(|d| AppError::forbidden(d.to_string()))?;
            if let Err(why) = people::undo_merge(c, &merge, by.actor.person, now)? {
                return Err(AppError::conflict(why.to_string()));
            }
            if let Some(pair) = people::pair(c, merge.kept_id, merge.gone_id)? {
                people::set_duplicate_state(c, pair.id, DuplicateState::Apart, Some(by.actor.person), now)?;
            }
            let kept = accounts::person(c, merge.kept_id)?.public_id;
            audit::append(
                c,
                &by.act("person.unmerge", format!("person {kept}"), json!({ "merge": id })),
                now,
            )?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/staff/duplicates", &Flash::good("Taken back: two records again.")))
}
