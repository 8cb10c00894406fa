//! Proposing, and deciding what was proposed.

use chrono::TimeDelta;
use folkmoot_store::accounts::{self, Role};
use folkmoot_store::approvals::{self as table, Approval, ApprovalState, NewApproval};
use folkmoot_store::{Conn, JsonText, PersonId, PublicId, Utc, audit};
use serde_json::json;

use super::kinds::{Kind, canonical, digest_of, kind};
use super::mail::{ApprovalDecided, ApprovalWaiting};
use super::{Approvable, By, Consent, HOURS};
use crate::app::App;
use crate::auth::permission::{Action, Subject, may, may_as};
use crate::error::{AppError, AppResult};
use crate::mail::{self, Recipient};

/// Proposes `act`, in the transaction at hand, and tells everybody who may approve it. Returns the id of the proposal; its
/// page is `/staff/approvals/{id}`.
///
/// # Errors
/// `Forbidden` when the actor may not propose it; `Conflict` when it is not possible now, is proposed already, or when
/// nobody else may approve it.
pub fn propose<A: Approvable>(
    conn: &mut Conn,
    app: &App,
    by: &By,
    act: &A,
    reason: &str,
    now: Utc,
) -> AppResult<PublicId> {
    let subject = act.subject(conn)?;
    may(&by.actor, A::PROPOSE, subject).map_err(|d| AppError::forbidden(d.to_string()))?;
    act.check(conn, app, now)?;
    let value = serde_json::to_value(act).map_err(AppError::internal)?;
    let payload = JsonText::of(&canonical(value))?;
    let object = act.object();
    let digest = digest_of(A::KIND, &object, &payload)?;
    if table::open_twin(conn, &digest, now)?.is_some() {
        return Err(AppError::conflict(
            "Exactly this is proposed already; look for it among the approvals that wait.",
        ));
    }
    let others = approvers(conn, A::APPROVE, subject, by.actor.person, now)?;
    if others.is_empty() {
        return Err(AppError::conflict(format!(
            "Nobody else may approve this. {} An administrator can give one to another person; on the server \
             \"folkmoot admin grant\" does.",
            crate::auth::permission::Denied::Role(A::APPROVE)
        )));
    }
    let public_id = app.public_id()?;
    let expires_at = now.plus(TimeDelta::hours(HOURS));
    let new = NewApproval {
        public_id: &public_id,
        kind: A::KIND,
        subject: &object,
        payload: &payload,
        digest: &digest,
        reason,
        proposed_by: by.actor.person,
        expires_at,
    };
    table::add(conn, &new, now)?;
    let details = json!({ "approval": public_id, "kind": A::KIND, "sha256": digest });
    audit::append(conn, &by.act("approval.propose", object, details), now)?;
    let message = ApprovalWaiting {
        title: A::TITLE.into(),
        proposer: by.actor.name.clone(),
        reason: reason.into(),
        link: app.link(&format!("/staff/approvals/{public_id}")),
        until: app.when(expires_at),
    };
    for person in others {
        if let Some(address) = accounts::mail_address_of(conn, person)? {
            mail::queue(conn, app, &Recipient::person(person, address), &message, now)?;
        }
    }
    Ok(public_id)
}

/// Proposals of this kind that wait and concern `object`, for the page of the thing itself.
///
/// # Errors
/// A database error.
pub fn open_about<A: Approvable>(conn: &mut Conn, object: &str, now: Utc) -> AppResult<Vec<PublicId>> {
    let all = table::open_about(conn, object, now)?;
    Ok(all.into_iter().filter(|a| a.kind == A::KIND).map(|a| a.public_id).collect())
}

/// Everybody but `except` who may do `action` to `subject` at this moment.
fn approvers(
    conn: &mut Conn,
    action: Action,
    subject: Subject,
    except: PersonId,
    now: Utc,
) -> AppResult<Vec<PersonId>> {
    let mut found: Vec<PersonId> = Vec::new();
    for role in action.roles() {
        found.extend(accounts::holders_of(conn, *role, now)?);
    }
    found.sort_unstable();
    found.dedup();
    let able = |person: &PersonId, role: Role| may_as(*person, &[role], action, subject).is_ok();
    found.retain(|p| *p != except && action.roles().iter().any(|r| able(p, *r)));
    Ok(found)
}

/// Why `by` may not decide, `None` when they may.
pub(super) fn obstacle(conn: &mut Conn, by: &By, found: &Approval, now: Utc) -> AppResult<Option<String>> {
    let kind = kind(&found.kind)?;
    if found.state != ApprovalState::Pending {
        return Ok(Some("This was decided already.".into()));
    }
    if now >= found.expires_at {
        return Ok(Some(format!("Nobody approved this within {HOURS} hours. Propose it again.")));
    }
    if found.proposed_by == by.actor.person {
        return Ok(Some("Somebody else has to decide this: you proposed it.".into()));
    }
    let subject = (kind.subject)(conn, &found.payload)?;
    Ok(may(&by.actor, kind.approve, subject).err().map(|d| d.to_string()))
}

/// Decides: approves and does the act, or declines. `digest` is the hash of what the person was shown.
pub(super) fn decide(
    conn: &mut Conn,
    app: &App,
    by: &By,
    id: &PublicId,
    (approve, digest, note): (bool, &str, &str),
    now: Utc,
) -> AppResult<()> {
    let found = table::approval(conn, id)?;
    let kind = kind(&found.kind)?;
    if let Some(why) = obstacle(conn, by, &found, now)? {
        let decided = found.state != ApprovalState::Pending || now >= found.expires_at;
        return Err(if decided { AppError::conflict(why) } else { AppError::forbidden(why) });
    }
    // What was shown, what is stored and what the stored act amounts to must be one.
    let actual = digest_of(&found.kind, &found.subject, &found.payload)?;
    if digest != found.digest || actual != found.digest {
        return Err(AppError::conflict(
            "This is not the act you were shown. Open the proposal again and read it.",
        ));
    }
    let state = if approve { ApprovalState::Approved } else { ApprovalState::Declined };
    if !table::decide(conn, found.id, state, by.actor.person, note, now)? {
        return Err(AppError::conflict("Somebody else decided this in the meantime."));
    }
    let details = json!({ "approval": id, "kind": found.kind, "sha256": found.digest });
    let action = if approve { "approval.approve" } else { "approval.decline" };
    audit::append(conn, &by.act(action, found.subject.clone(), details), now)?;
    if approve {
        proposer_still_may(conn, kind, &found, now)?;
        (kind.check)(conn, app, &found.payload, now)?;
        let consent = Consent {
            approval: id.clone(),
            proposed_by: found.proposed_by,
            approved_by: by.actor.person,
            reason: found.reason.clone(),
            reference: by.reference.clone(),
        };
        (kind.apply)(conn, app, &found.payload, &consent, now)?;
    }
    tell_proposer(conn, app, by, kind, &found, (approve, note), now)
}

fn proposer_still_may(conn: &mut Conn, kind: Kind, found: &Approval, now: Utc) -> AppResult<()> {
    let roles = accounts::roles_of(conn, found.proposed_by, now)?;
    let subject = (kind.subject)(conn, &found.payload)?;
    may_as(found.proposed_by, &roles, kind.propose, subject).map_err(|_| {
        AppError::conflict(
            "Whoever proposed this may no longer do so. Somebody else has to propose it again.",
        )
    })
}

fn tell_proposer(
    conn: &mut Conn,
    app: &App,
    by: &By,
    kind: Kind,
    found: &Approval,
    (approved, note): (bool, &str),
    now: Utc,
) -> AppResult<()> {
    let Some(address) = accounts::mail_address_of(conn, found.proposed_by)? else { return Ok(()) };
    let message = ApprovalDecided {
        title: kind.title.into(),
        decider: by.actor.name.clone(),
        approved,
        note: note.into(),
        link: app.link(&format!("/staff/approvals/{}", found.public_id)),
    };
    mail::queue(conn, app, &Recipient::person(found.proposed_by, address), &message, now)?;
    Ok(())
}

/// Takes a proposal back.
pub(super) fn withdraw(conn: &mut Conn, by: &By, id: &PublicId, now: Utc) -> AppResult<()> {
    let found = table::approval(conn, id)?;
    if found.proposed_by != by.actor.person {
        return Err(AppError::forbidden("Only whoever proposed this can take it back."));
    }
    if !table::decide(conn, found.id, ApprovalState::Withdrawn, by.actor.person, "", now)? {
        return Err(AppError::conflict("This was decided or ran out already."));
    }
    let details = json!({ "approval": id, "kind": found.kind });
    audit::append(conn, &by.act("approval.withdraw", found.subject, details), now)?;
    Ok(())
}
