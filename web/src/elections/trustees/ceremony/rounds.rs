//! The rounds of a threshold key, rebuilt from the messages stored, and the keys they end in.

use folkmoot_ballot::group::Group;
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::trustee::ceremony::{Certificates, Commitments, Outcome, Polynomials, Shares};
use folkmoot_ballot::trustee::{Trustee, TrusteeError, TrusteeKey, Trustees};
use folkmoot_store::Conn;
use folkmoot_store::elections::Election;
use serde_json::Value;

use super::text_at;
use crate::elections::engine::for_group;
use crate::elections::setup::group;
use crate::elections::trustees::standing::{Standing, kinds};
use crate::error::{AppError, AppResult};

/// How far a threshold key is.
pub(super) enum Round<G: Group> {
    /// Round 1 collects.
    Certificates(Certificates<G>),
    /// Round 2 collects.
    Commitments(Commitments<G>),
    /// Round 3 collects.
    Polynomials(Polynomials<G>),
    /// Round 4 collects.
    Shares(Shares<G>),
    /// All shares are there.
    Done(Box<Outcome<G>>),
}

/// Rebuilds the rounds from the messages stored.
pub(super) fn rounds<G: Group>(standing: &Standing) -> Result<Round<G>, TrusteeError> {
    let place = |p: i64| usize::try_from(p).unwrap_or_default();
    let mut round = Certificates::<G>::new(standing.trustees.len(), standing.needed())?;
    for (p, body) in standing.bodies(kinds::CERTIFICATE) {
        round.submit(place(p), body.as_bytes())?;
    }
    if !round.missing().is_empty() {
        return Ok(Round::Certificates(round));
    }
    let mut round = round.close()?;
    for (p, body) in standing.bodies(kinds::COMMITMENT) {
        if let Some(hash) = Hash::from_hex(body) {
            round.submit(place(p), hash)?;
        }
    }
    if !round.missing().is_empty() {
        return Ok(Round::Commitments(round));
    }
    let mut round = round.close()?;
    for (p, body) in standing.bodies(kinds::POLYNOMIAL) {
        round.submit(place(p), body.as_bytes())?;
    }
    if !round.missing().is_empty() {
        return Ok(Round::Polynomials(round));
    }
    let mut round = round.close()?;
    for (p, body) in standing.bodies(kinds::SHARE) {
        let name = standing.trustees.iter().find(|t| t.position == p).map_or("", |t| &t.name);
        round.submit(place(p), named(body, name).as_bytes())?;
    }
    match round.missing().is_empty() {
        true => Ok(Round::Done(Box::new(round.close()?))),
        false => Ok(Round::Shares(round)),
    }
}

/// A share whose public key carries the name of its owner, as voters will read it.
fn named(share: &str, name: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(share) else { return share.to_owned() };
    if let Some(key) = value.get_mut("public_key").and_then(Value::as_object_mut) {
        key.insert("name".into(), name.into());
    }
    value.to_string()
}

/// The list of trustees for [`crate::elections::setup::write_setup`], once keys are made and enough trustees have rehearsed.
///
/// # Errors
/// `Conflict` with a sentence that says what is missing.
pub fn keys(conn: &mut Conn, election: &Election) -> AppResult<String> {
    let standing = Standing::load(conn, election.clone())?;
    if standing.trustees.is_empty() {
        return Err(AppError::conflict("Nobody is trustee of this election yet. Name the trustees first."));
    }
    if !standing.has_keys() {
        return Err(AppError::conflict("The trustees have not finished making their keys. Remind them."));
    }
    let (rehearsed, needed) = (standing.count(kinds::REHEARSAL), standing.needed());
    if rehearsed < needed {
        return Err(AppError::conflict(format!(
            "{rehearsed} of at least {needed} trustees have proved that their key files work. Remind the others."
        )));
    }
    if needed == standing.trustees.len() && !standing.has(0, kinds::NO_SPARE) {
        return Err(AppError::conflict(
            "Every single trustee would be needed for the count. Choose a smaller threshold, or have two officers \
             accept the risk.",
        ));
    }
    let text = for_group!(group(&standing.settings)?, G => assemble::<G>(&standing)?);
    Ok(text)
}

fn assemble<G: Group>(standing: &Standing) -> AppResult<String> {
    if standing.is_threshold() {
        let Round::Done(outcome) = rounds::<G>(standing).map_err(AppError::internal)? else {
            return Err(AppError::conflict("The trustees have not finished making their keys. Remind them."));
        };
        return Ok(Trustees::new(vec![Trustee::Pedersen(outcome.group)]).to_json());
    }
    let mut items = Vec::new();
    for trustee in &standing.trustees {
        let body = standing.body(trustee.position, kinds::KEY);
        let body = body.ok_or_else(|| AppError::conflict("A trustee's key was not made on this site."))?;
        let mut key = TrusteeKey::<G>::parse(body.as_bytes()).map_err(AppError::internal)?;
        key.name = Some(trustee.name.clone());
        items.push(Trustee::Single(key));
    }
    Ok(Trustees::new(items).to_json())
}

/// What trustee `position` needs for the last round, as JSON.
pub(in crate::elections::trustees) fn vinput(standing: &Standing, position: i64) -> AppResult<Value> {
    let index = usize::try_from(position).map_err(AppError::internal)?;
    let text = for_group!(group(&standing.settings)?, G => match rounds::<G>(standing).map_err(AppError::internal)? {
        Round::Shares(round) => round.vinput(index).map_err(AppError::internal)?,
        _ => return Err(AppError::internal("the last round has not begun")),
    });
    serde_json::from_str(&text).map_err(AppError::internal)
}

/// A trustee's own share, sealed for them.
pub(in crate::elections::trustees) fn sealed_share(
    standing: &Standing,
    position: i64,
) -> AppResult<Option<String>> {
    standing.body(position, kinds::SHARE).map(|body| text_at(body, &["private_key"])).transpose()
}
