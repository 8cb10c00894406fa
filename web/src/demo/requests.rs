//! Phase `requests`: records that may be one person, requests about data and for the list of members, an import that waits.

use chrono::TimeDelta;
use folkmoot_store::accounts::{self, NewPerson};
use folkmoot_store::audit::Act;
use folkmoot_store::data_requests::{
    self, NewInspectionRequest, NewPrivacyRequest, PrivacyKind, RequestState,
};
use folkmoot_store::people::{self, DuplicateReason, NewContact};
use folkmoot_store::{Conn, PersonId, PublicId, Utc};

use super::Seed;
use super::cast;
use super::people::{Invented, invent};
use crate::error::{AppError, AppResult};
use crate::imports;

/// Who asks what about their own data, by their place among the people: kind, message, days ago, answer (empty: it waits).
type Asked = (usize, PrivacyKind, &'static str, i64, &'static str);

#[rustfmt::skip]
const ASKED: &[Asked] = &[
    (11, PrivacyKind::Correction, "My membership began in 2019. I still have the receipt.", 3, ""),
    (17, PrivacyKind::Erasure, "I moved on to other things. Please delete what you can.", 26, ""),
    (23, PrivacyKind::Access, "", 60, "Everything is in the download of your account; the paper form you sent is attached to it now."),
];

/// A list as a local group would send it: a heading, somebody twice, a class that is unknown, a missing address.
const LIST: &str = "Name;Class;E-mail\n\
    Odile Marchetti;Supporting;odile.marchetti@lantern-group.example\n\
    Per Ångström;Supporting member;per.angstrom@lantern-group.example\n\
    Odile Marchetti;Supporting;Odile.Marchetti+news@lantern-group.example\n\
    Quentin Baptiste;Patron;quentin@lantern-group.example\n\
    Rosa Delgado;Basic;\n\
    ;Basic;treasurer@lantern-group.example\n\
    Sunniva Holm;Basic;sunniva.holm@lantern-group.example\n";

/// Adds them.
///
/// # Errors
/// A database error.
pub async fn seed(seed: &Seed) -> anyhow::Result<()> {
    let people = invent(seed.seed(), seed.people());
    let (dice, now) = (seed.dice("requests"), seed.app().now());
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(PublicId::new(now, dice.bytes()?));
    }
    let app = seed.app().clone();
    seed.app().write(move |c| add(c, &people, &mut ids.clone().into_iter(), now)).await?;
    let clerk = seed.app().read(|c| in_cast(c, "membership_staff")).await?;
    let act = Act {
        actor: Some(clerk),
        action: "import.stage",
        object: String::new(),
        details: serde_json::json!({}),
        reference: "demonstration".into(),
    };
    seed.app()
        .blocking(move || {
            let id = imports::stage(&app, &act, "lantern-group-2026.csv", LIST.as_bytes(), clerk)?;
            imports::look_now(&app, &id)
        })
        .await??;
    seed.progress(1, 1)
}

fn in_cast(conn: &mut Conn, word: &str) -> AppResult<PersonId> {
    let email = cast::accounts().into_iter().find(|a| a.role == word).map(|a| a.email).unwrap_or_default();
    let found = accounts::owner_of_address(conn, &email)?;
    found.map(|p| p.id).ok_or_else(|| AppError::internal(format!("nobody is {word}")))
}

fn next(ids: &mut impl Iterator<Item = PublicId>) -> AppResult<PublicId> {
    ids.next().ok_or_else(|| AppError::internal("too few ids for the requests of the demo"))
}

fn add(
    conn: &mut Conn,
    invented: &[Invented],
    ids: &mut impl Iterator<Item = PublicId>,
    now: Utc,
) -> AppResult<()> {
    let clerk = in_cast(conn, "membership_staff")?;
    // Three people signed up again, with their address written a little differently.
    for at in [4_usize, 9, 14] {
        let Some(one) = invented.get(at) else { break };
        let Some(known) = accounts::owner_of_address(conn, &one.email)? else { continue };
        let again = NewContact {
            person: NewPerson {
                public_id: next(ids)?,
                preferred_name: one.name.clone(),
                password_hash: None,
                time_zone: one.zone.into(),
                locale: one.locale.into(),
            },
            address: one.email.replacen('@', "+lantern@", 1),
            verified_at: Some(now),
        };
        for second in people::add_many(conn, &[again], now)? {
            people::note_duplicate(conn, &next(ids)?, (known.id, second), DuplicateReason::Mailbox, now)?;
        }
    }
    for (at, kind, message, days, answer) in ASKED {
        let Some(one) = invented.get(*at) else { break };
        let Some(person) = accounts::owner_of_address(conn, &one.email)? else { continue };
        let (id, sent) = (next(ids)?, now.plus(-TimeDelta::days(*days)));
        let due_at = sent.plus(TimeDelta::days(30));
        let new = NewPrivacyRequest { public_id: &id, person: person.id, kind: *kind, message, due_at };
        data_requests::ask_privacy(conn, &new, sent)?;
        if !answer.is_empty() {
            let request = data_requests::privacy_request(conn, &id)?;
            let at = sent.plus(TimeDelta::days(4));
            data_requests::answer_privacy(conn, request.id, RequestState::Granted, answer, clerk, at)?;
        }
    }
    let member = in_cast(conn, "second_member")?;
    let new = NewInspectionRequest {
        public_id: &next(ids)?,
        person: member,
        purpose: "To ask fellow members whether ten in a hundred want a special meeting about the grants.",
        conditions: crate::data_requests::CONDITIONS,
        due_at: now.plus(TimeDelta::days(3)),
    };
    data_requests::ask_inspection(conn, &new, now.plus(-TimeDelta::days(2)))?;
    Ok(())
}
