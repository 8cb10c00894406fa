//! Phase `bodies`: the foundation's board, council and work group, and a proposal that waits for a second administrator.

use chrono::{Days, NaiveDate};
use folkmoot_store::accounts::{self, Person, Role, SessionId, Strength};
use folkmoot_store::bodies::{self, BodyFacts, BodyKind, NewBodyMember};
use folkmoot_store::{Conn, Utc};

use super::Seed;
use super::{cast, governance};
use crate::app::App;
use crate::approvals::{self, By};
use crate::error::{AppError, AppResult};
use crate::http::session::Actor;
use crate::roles::GrantRole;

/// A body: address, name, kind, what it is for, open to everybody, and its members as word of the cast and position.
type Invented =
    (&'static str, &'static str, BodyKind, &'static str, bool, &'static [(&'static str, &'static str)]);

#[rustfmt::skip]
const BODIES: &[Invented] = &[
    ("board", "Board of directors", BodyKind::Board, "Directs the foundation and certifies results.", true,
        &[("certifier", "Chair"), ("chair", "Treasurer"), ("member", ""), ("second_member", "")]),
    ("technical-council", "Technical council", BodyKind::Council, "Decides technical questions between elections.", true,
        &[("third_member", ""), ("report_author", "")]),
    ("fellows", "Fellows work group", BodyKind::WorkGroup, "Decides who becomes a fellow.", true,
        &[("chair", "Chair"), ("reviewer", "")]),
    ("security", "Security team", BodyKind::Team, "Answers reports of weaknesses.", false, &[("report_approver", "")]),
];

/// Adds the bodies and the proposal.
///
/// # Errors
/// A database error.
pub async fn seed(seed: &Seed) -> anyhow::Result<()> {
    let (app, now) = (seed.app().clone(), seed.app().now());
    seed.app()
        .write(move |c| {
            let today = now.datetime().date_naive();
            for body in BODIES {
                add(c, body, today, now)?;
            }
            governance::add(c, &app, now)?;
            propose(c, &app, now)
        })
        .await?;
    seed.progress(1, 1)
}

pub(super) fn in_cast(conn: &mut Conn, word: &str) -> AppResult<Person> {
    let email = cast::accounts().into_iter().find(|a| a.role == word).map(|a| a.email).unwrap_or_default();
    accounts::owner_of_address(conn, &email)?.ok_or_else(|| AppError::internal(format!("nobody is {word}")))
}

fn add(conn: &mut Conn, invented: &Invented, today: NaiveDate, now: Utc) -> AppResult<()> {
    let (slug, name, kind, description, is_public, members) = *invented;
    let body = bodies::add(conn, &BodyFacts { slug, name, kind, description, is_public }, now)?;
    for (word, position) in members {
        let person = in_cast(conn, word)?.id;
        let starts_on = today.checked_sub_days(Days::new(200)).unwrap_or(today);
        let ends_on = today.checked_add_days(Days::new(530));
        bodies::add_member(conn, NewBodyMember { body, person, position, starts_on, ends_on }, now)?;
    }
    Ok(())
}

/// One administrator proposes a deputy; the other finds it among the tasks.
fn propose(conn: &mut Conn, app: &App, now: Utc) -> AppResult<()> {
    let administrator = in_cast(conn, "administrator")?;
    let actor = Actor {
        person: administrator.id,
        public_id: administrator.public_id,
        name: administrator.preferred_name,
        session: SessionId(0),
        strength: Strength::SecondFactor,
        proved_at: now,
        roles: vec![Role::Administrator],
        time_zone: administrator.time_zone,
    };
    let act = GrantRole {
        person: in_cast(conn, "member")?.public_id,
        role: Role::ReturnsOfficer,
        starts_at: now,
        ends_at: Some(now.plus(chrono::TimeDelta::days(90))),
        deputy_for: Some(in_cast(conn, "returns_officer")?.public_id),
    };
    let by = By { actor, reference: "demonstration".into() };
    approvals::propose(conn, app, &by, &act, "Stands in during the summer; agreed by the board.", now)?;
    Ok(())
}
