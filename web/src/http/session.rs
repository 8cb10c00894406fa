//! Who is asking: the session behind the cookie, and the roles of its person, read afresh on every request so that a
//! revoked session or role ends at once (requirements AUT-02, AZ-03).

use actix_web::HttpRequest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use folkmoot_store::accounts::{self, Role, SessionId, Strength};
use folkmoot_store::{Conn, PersonId, PublicId, Utc};

use super::cookies::Jar;
use crate::app::App;
use crate::error::AppResult;

/// A signed-in person.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Key.
    pub person: PersonId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// The name shown.
    pub name: String,
    /// The session of this request.
    pub session: SessionId,
    /// How well they proved who they are.
    pub strength: Strength,
    /// When they last proved it.
    pub proved_at: Utc,
    /// Roles held at this instant.
    pub roles: Vec<Role>,
    /// IANA name of their time zone.
    pub time_zone: String,
}

impl Actor {
    /// True when the person holds `role`.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// True when the person holds any role.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        !self.roles.is_empty()
    }
}

/// A token for a cookie or a mailed link: 256 random bits as text.
///
/// # Errors
/// `Internal` when the system has no randomness.
pub fn new_token(app: &App) -> AppResult<String> {
    Ok(URL_SAFE_NO_PAD.encode(app.random::<32>()?))
}

/// What the database keeps of a token.
#[must_use]
pub fn token_hash(token: &str) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, token.as_bytes()).as_ref().to_vec()
}

/// A session to be started: the row's hash, and the cookie's value.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Value of the cookie.
    pub token: String,
    /// Family of browser and system.
    pub agent: String,
}

impl NewSession {
    /// Writes the session. Call in the same transaction as the sign-in it belongs to.
    ///
    /// # Errors
    /// A database error.
    pub fn start(
        &self,
        conn: &mut Conn,
        app: &App,
        person: PersonId,
        strength: Strength,
        now: Utc,
    ) -> AppResult<SessionId> {
        let staff = !accounts::roles_of(conn, person, now)?.is_empty();
        let rules = &app.config().sessions;
        let span =
            if staff { TimeDelta::hours(rules.staff_hours) } else { TimeDelta::days(rules.member_days) };
        let expires = now.plus(span);
        Ok(accounts::add_session(
            conn,
            &token_hash(&self.token),
            person,
            strength,
            &self.agent,
            expires,
            now,
        )?)
    }
}

/// What the guard learns from the cookie.
pub(super) struct Found {
    pub(super) actor: Actor,
    /// The row should note that it was used.
    pub(super) stale: bool,
    /// A new version of the terms waits for the person's agreement.
    pub(super) owes_agreement: bool,
}

pub(super) fn load(conn: &mut Conn, app: &App, hash: &[u8], now: Utc) -> AppResult<Option<Found>> {
    let Some((session, person)) = accounts::session(conn, hash, now)? else { return Ok(None) };
    let roles = accounts::roles_of(conn, person.id, now)?;
    let rules = &app.config().sessions;
    let idle = now.since(session.last_seen_at);
    let (idle_limit, age_limit) = if roles.is_empty() {
        (TimeDelta::hours(rules.member_idle_hours), TimeDelta::days(rules.member_days))
    } else {
        (TimeDelta::minutes(rules.staff_idle_minutes), TimeDelta::hours(rules.staff_hours))
    };
    if idle >= idle_limit || now.since(session.created_at) >= age_limit {
        return Ok(None);
    }
    let actor = Actor {
        person: person.id,
        public_id: person.public_id,
        name: person.preferred_name,
        session: session.id,
        strength: session.strength,
        proved_at: session.proved_at,
        roles,
        time_zone: person.time_zone,
    };
    let owes_agreement = !folkmoot_store::pages::missing(conn, person.id)?.is_empty();
    Ok(Some(Found { actor, stale: idle >= TimeDelta::minutes(5), owes_agreement }))
}

/// Token of the session cookie.
pub(super) fn cookie(app: &App, req: &HttpRequest) -> Option<String> {
    Jar::Session.read(app.config(), req)
}

/// Family of browser and system out of the `User-Agent`, for the person's own list of sessions. Nothing finer is kept.
#[must_use]
pub fn agent_family(user_agent: &str) -> String {
    let first = |names: &[(&str, &'static str)], other: &'static str| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map_or(other, |(_, name)| name)
    };
    let browser = first(
        &[
            ("Firefox/", "Firefox"),
            ("Edg/", "Edge"),
            ("OPR/", "Opera"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
        ],
        "A browser",
    );
    let system = first(
        &[
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Mac OS", "macOS"),
            ("Linux", "Linux"),
        ],
        "an unknown system",
    );
    format!("{browser} on {system}")
}
