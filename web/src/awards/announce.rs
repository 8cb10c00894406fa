//! The announcement: roster, pages, memberships and mails appear in one transaction, with the announced instant.

use folkmoot_store::accounts::{self, NewPerson};
use folkmoot_store::awards::nominations::{self, Nominee};
use folkmoot_store::awards::recipients::{self, NewRecipient, RecipientState};
use folkmoot_store::awards::review::{self, Outcome};
use folkmoot_store::awards::rounds::{self, Round};
use folkmoot_store::memberships::{self, ClassId, MembershipSource, MembershipState, NewMembership};
use folkmoot_store::people::fold;
use folkmoot_store::{Conn, PersonId, PublicId, Utc};

use super::decide::{granted, write_texts};
use super::mail::{AwardGranted, AwardOutcome};
use super::programme::Award;
use super::texts::Granted;
use crate::app::App;
use crate::error::AppResult;
use crate::mail::{self, Recipient};

/// Announces a decided round; `at` is its announced instant, `now` when this is done.
///
/// # Errors
/// A database error.
pub(super) fn announce(
    conn: &mut Conn,
    app: &App,
    award: &Award,
    round: &Round,
    at: Utc,
    now: Utc,
) -> AppResult<()> {
    if round.minutes.is_empty() {
        write_texts(conn, app, award, round)?;
    }
    for grant in granted(conn, round)? {
        for nominee in &grant.nominees {
            honour(conn, app, award, round, &grant, nominee, at, now)?;
        }
    }
    rounds::set_announced(conn, round.id, at)?;
    tell_authors(conn, app, award, round, now)
}

#[allow(clippy::too_many_arguments, reason = "one grant with its round and two instants")]
fn honour(
    conn: &mut Conn,
    app: &App,
    award: &Award,
    round: &Round,
    grant: &Granted,
    nominee: &Nominee,
    at: Utc,
    now: Utc,
) -> AppResult<()> {
    let public_id = app.public_id()?;
    let slug = free_slug(conn, award, &nominee.name, &public_id)?;
    let known = match nominee.person_id {
        Some(person) => Some(person),
        None if nominee.email.is_empty() => None,
        None => accounts::owner_of_address(conn, &nominee.email)?.map(|p| p.id),
    };
    let person = match (known, award.row.class_id) {
        (None, Some(_)) => Some(make_person(conn, app, nominee, now)?),
        (known, _) => known,
    };
    let new = NewRecipient {
        public_id: public_id.clone(),
        programme: award.row.id,
        grant: Some((round.id, grant.nomination.id)),
        import: None,
        person,
        slug: &slug,
        name: &nominee.name,
        team: &grant.nomination.team,
        year: year_of(award, round, at),
        batch: &round.label,
        citation: &grant.nomination.citation,
        about: &grant.nomination.about,
        state: RecipientState::Active,
        public_from: at,
    };
    recipients::add(conn, &new, now)?;
    let class = match (award.row.class_id, person) {
        (Some(class), Some(person)) => give_class(conn, app, class, person, award, round, at, now)?,
        _ => String::new(),
    };
    let address = match person {
        Some(person) => accounts::mail_address_of(conn, person)?,
        None => None,
    };
    let address = address.or_else(|| Some(nominee.email.clone()).filter(|e| !e.is_empty()));
    if let Some(address) = address {
        let page = format!("/awards/{}/recipients/{slug}", award.row.slug);
        let message = AwardGranted {
            name: nominee.name.clone(),
            award: award.row.name.clone(),
            round: round.label.clone(),
            body: award.body.name.clone(),
            class,
            link: app.link(&page),
            certificate: app.link(&format!("{page}/certificate")),
        };
        mail::queue(conn, app, &Recipient { person, address }, &message, now)?;
    }
    Ok(())
}

/// Rounds without a calendar are counted; their recipients stand under the year of the announcement.
fn year_of(award: &Award, round: &Round, at: Utc) -> i64 {
    match award.settings.calendar {
        Some(_) => round.year,
        None => i64::from(chrono::Datelike::year(&at.datetime())),
    }
}

/// Somebody who has no account yet: the record carries the membership. The address is not proved, so nobody signs in with it.
fn make_person(conn: &mut Conn, app: &App, nominee: &Nominee, now: Utc) -> AppResult<PersonId> {
    let new = NewPerson {
        public_id: app.public_id()?,
        preferred_name: nominee.name.clone(),
        password_hash: None,
        time_zone: app.organisation().time_zone.clone(),
        locale: "en".into(),
    };
    let person = accounts::add_person(conn, &new, now)?;
    if !nominee.email.is_empty() {
        accounts::add_address(conn, person, &nominee.email, None, now)?;
    }
    Ok(person)
}

#[allow(clippy::too_many_arguments, reason = "a membership with its origin and two instants")]
fn give_class(
    conn: &mut Conn,
    app: &App,
    class: ClassId,
    person: PersonId,
    award: &Award,
    round: &Round,
    at: Utc,
    now: Utc,
) -> AppResult<String> {
    let held = memberships::of_person(conn, person)?;
    let name = memberships::classes(conn)?.into_iter().find(|k| k.id == class).map(|k| k.name);
    if held.iter().any(|(m, k)| k.id == class && m.is_active(at)) {
        return Ok(name.unwrap_or_default());
    }
    let reference = format!("award {} {}", award.row.slug, round.path());
    let new = NewMembership {
        public_id: app.public_id()?,
        person,
        class,
        source: MembershipSource::Nomination,
        reference: Some(&reference),
        state: MembershipState::Active,
        starts_at: at,
        ends_at: None,
        statement: "",
        reason: &format!("{}, {}", award.row.name, round.label),
    };
    memberships::add(conn, &new, now)?;
    Ok(name.unwrap_or_default())
}

/// Last part of the address of a recipient's page: the name in small letters, with a number when it is taken; the public id
/// when the name has no letters of the alphabet.
pub(super) fn free_slug(
    conn: &mut Conn,
    award: &Award,
    name: &str,
    public_id: &PublicId,
) -> AppResult<String> {
    let plain = plain_slug(name, public_id);
    let taken = recipients::slugs_like(conn, award.row.id, &plain)?;
    Ok(unused(plain, |slug| taken.iter().any(|t| t == slug)))
}

pub(super) fn plain_slug(name: &str, public_id: &PublicId) -> String {
    let folded = fold(name);
    let words: Vec<String> = folded
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect();
    let slug: String = words.join("-").chars().take(60).collect();
    let slug = slug.trim_end_matches('-').to_owned();
    if slug.is_empty() { public_id.as_str().to_owned() } else { slug }
}

pub(super) fn unused(plain: String, taken: impl Fn(&str) -> bool) -> String {
    if !taken(&plain) {
        return plain;
    }
    (2_u32..).map(|n| format!("{plain}-{n}")).find(|slug| !taken(slug)).unwrap_or(plain)
}

/// Whoever nominated hears what became of it, without a name: granted, considered again, or ended.
fn tell_authors(conn: &mut Conn, app: &App, award: &Award, round: &Round, now: Utc) -> AppResult<()> {
    let decided = review::decided_in(conn, round.id)?;
    let ids: Vec<_> = decided.iter().map(|d| d.nomination_id).collect();
    let mut told: Vec<(String, Outcome)> = Vec::new();
    for (support, received) in nominations::supports(conn, &ids)? {
        let Some(found) = decided.iter().find(|d| d.nomination_id == support.nomination_id) else { continue };
        let key = (accounts::address_lookup(&support.author_email), found.outcome);
        // Who supported twice, or several of one outcome, gets one mail about it.
        if support.author_email.is_empty() || (received.year, received.number) > (round.year, round.number) {
            continue;
        }
        if told.contains(&key) {
            continue;
        }
        told.push(key);
        let link = match found.outcome {
            Outcome::Granted => format!("/awards/{}/rounds/{}", award.row.slug, round.path()),
            Outcome::CarriedOver | Outcome::Expired => format!("/awards/{}", award.row.slug),
        };
        let message = AwardOutcome {
            name: support.author_name,
            award: award.row.name.clone(),
            round: round.label.clone(),
            granted: found.outcome == Outcome::Granted,
            carried: found.outcome == Outcome::CarriedOver,
            link: app.link(&link),
        };
        let to = Recipient { person: support.person_id, address: support.author_email };
        mail::queue(conn, app, &to, &message, now)?;
    }
    Ok(())
}
