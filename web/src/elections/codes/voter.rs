//! A voter who has no code asks for it: by a form that needs no script, to the address that got it first.

use actix_web::web;
use folkmoot_store::elections::{self, Election};
use folkmoot_store::{Conn, PersonId, Utc, audit};
use serde_json::json;

use super::again::{self, ASKED, Kept, Refusal};
use crate::approvals::By;
use crate::elections::routes::find;
use crate::elections::settings::ElectionSettings;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Ctx, Form, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![Route::post("/elections/{election}/code", Access::SignedIn, ask)]
}

/// What the page of an election says to somebody on its roll who has no code.
pub struct LostCode {
    /// Where it would go.
    pub address: String,
    /// Why it cannot be sent; empty when it can.
    pub refusal: String,
}

/// What to say to a person on the roll; `None` while no ballots are taken.
///
/// # Errors
/// Database errors.
pub fn lost(
    conn: &mut Conn,
    election: &Election,
    settings: &ElectionSettings,
    person: PersonId,
    now: Utc,
) -> AppResult<Option<LostCode>> {
    Ok(match ready(conn, election, person, now)? {
        Ok((_, address)) => Some(LostCode { address, refusal: String::new() }),
        Err(Refusal::NotOpen | Refusal::Ended | Refusal::NotOnRoll) => None,
        Err(refusal) => Some(LostCode { address: String::new(), refusal: refusal.to_voter(&settings.help) }),
    })
}

/// The code and where it goes, or why not.
fn ready(
    conn: &mut Conn,
    election: &Election,
    person: PersonId,
    now: Utc,
) -> AppResult<Result<(Kept, String), Refusal>> {
    let kept = match again::kept(conn, election, person, now)? {
        Ok(kept) => kept,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let address = match again::frozen_address(conn, election, person)? {
        Ok(address) => address,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let free = again::not_too_often(conn, election, person, ASKED, now)?;
    Ok(free.map(|()| (kept, address)))
}

async fn ask(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let election = find(ctx.app(), path.into_inner()).await?;
    let back = format!("/elections/{}", election.slug);
    let (app, by, id) = (ctx.app().clone(), By::new(&ctx, &actor), election.id);
    ctx.app()
        .write(move |conn| {
            let (now, person) = (app.now(), by.actor.person);
            let election = elections::by_id(conn, id)?;
            let settings: ElectionSettings =
                serde_json::from_str(&election.settings).map_err(AppError::internal)?;
            let (kept, address) = ready(conn, &election, person, now)?
                .map_err(|refusal| AppError::conflict(refusal.to_voter(&settings.help)))?;
            again::send(conn, &app, &election, &kept, (person, &address), ASKED, now)?;
            let details = json!({ "person": by.actor.public_id });
            let object = format!("election {}", election.public_id);
            audit::append(conn, &by.act("election.code_asked", object, details), now)?;
            Ok(())
        })
        .await?;
    let said = "Your voting code is on its way, to the address that got it first. Look into the folder for unwanted mail too.";
    Ok(ctx.redirect_with(&back, &Flash::good(said)))
}
