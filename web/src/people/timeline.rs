//! What happened with a person, in one list: account, addresses, roles, seats, mails, and what other features add.

use folkmoot_store::accounts::{self, Person};
use folkmoot_store::audit::{self, Filter};
use folkmoot_store::mails::MailState;
use folkmoot_store::memberships::{self, MembershipState, voting};
use folkmoot_store::{Conn, PersonId, Utc, bodies, mails};

use crate::auth::permission::{Action, Subject, may};
use crate::error::AppResult;
use crate::http::session::Actor;
use crate::http::when::{start_of, when};
use crate::roles;

/// Most events shown; older ones are left out.
const MOST: usize = 120;

/// Something that happened. Never an amount of money, and nothing that shows how somebody voted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Utc,
    /// In words.
    pub text: String,
    /// Who did it, when it was not the person or the system.
    pub by: Option<PersonId>,
    /// A page about it, or empty.
    pub href: String,
}

impl Event {
    /// An event without an actor or a page.
    pub fn new(at: Utc, text: impl Into<String>) -> Self {
        Self { at, text: text.into(), by: None, href: String::new() }
    }

    /// Done by somebody.
    #[must_use]
    pub fn by(mut self, person: Option<PersonId>) -> Self {
        self.by = person;
        self
    }

    /// With a page about it.
    #[must_use]
    pub fn at_page(mut self, href: impl Into<String>) -> Self {
        self.href = href.into();
        self
    }
}

/// A line of the page.
pub(super) struct Line {
    pub at: String,
    pub text: String,
    pub by: String,
    pub href: String,
}

type Source = fn(&mut Conn, &Person, &Actor) -> AppResult<Vec<Event>>;

/// Who knows of events. A feature adds its line here.
#[rustfmt::skip]
const SOURCES: &[Source] = &[
    account,
    roles,
    seats,
    held,
    written,
    crate::data_requests::events,
    super::duplicates::events,
    recorded,
];

fn account(conn: &mut Conn, person: &Person, _: &Actor) -> AppResult<Vec<Event>> {
    let mut events = vec![Event::new(person.created_at, "Account made")];
    events.extend(person.closed_at.map(|at| Event::new(at, "Account closed")));
    for a in accounts::addresses_of(conn, person.id)? {
        match a.verified_at {
            Some(at) => events.push(Event::new(at, format!("Address {} confirmed", a.address))),
            None => {
                events.push(Event::new(a.created_at, format!("Address {} added, not confirmed", a.address)));
            }
        }
    }
    Ok(events)
}

fn roles(conn: &mut Conn, person: &Person, _: &Actor) -> AppResult<Vec<Event>> {
    let mut events = Vec::new();
    for g in accounts::grants_of(conn, person.id)? {
        let role = roles::words(g.role);
        events.push(Event::new(g.created_at, format!("Became {role}")).by(g.granted_by));
        if let Some(at) = g.revoked_at {
            events.push(Event::new(at, format!("No longer {role}: taken away")).by(g.revoked_by));
        }
    }
    Ok(events)
}

fn seats(conn: &mut Conn, person: &Person, _: &Actor) -> AppResult<Vec<Event>> {
    let mut events = Vec::new();
    for (seat, body) in bodies::seats_of(conn, person.id)? {
        let position =
            if seat.position.is_empty() { String::new() } else { format!(" as {}", seat.position) };
        events.push(Event::new(start_of(seat.starts_on), format!("Joined {}{position}", body.name)));
        events.extend(seat.ends_on.map(|d| Event::new(start_of(d), format!("Left {}", body.name))));
    }
    Ok(events)
}

/// Memberships, certifications and affirmations. What was paid is not among them, nor how much.
fn held(conn: &mut Conn, person: &Person, _: &Actor) -> AppResult<Vec<Event>> {
    let mut events = Vec::new();
    for (m, class) in memberships::of_person(conn, person.id)? {
        let name = class.name;
        match m.state {
            MembershipState::Applied => events.push(Event::new(m.starts_at, format!("Applied for {name}"))),
            MembershipState::Refused => {
                events.push(
                    Event::new(m.decided_at.unwrap_or(m.starts_at), format!("{name} was refused"))
                        .by(m.decided_by),
                );
            }
            _ => {
                events.push(Event::new(m.starts_at, format!("{name} began ({})", m.source)));
                let how = if m.state == MembershipState::Active { "ended" } else { m.state.as_str() };
                events.extend(m.ends_at.map(|at| Event::new(at, format!("{name}: {how}")).by(m.decided_by)));
            }
        }
    }
    for c in voting::certifications_of(conn, person.id)? {
        events.push(Event::new(c.certified_at, "Certified the work of a contributing member"));
    }
    for a in voting::affirmations_of(conn, person.id)? {
        events.push(Event::new(a.affirmed_at, format!("Affirmed the intention to vote ({})", a.how)));
    }
    for p in voting::past_participations_of(conn, person.id)? {
        let voted = if p.voted { "Voted" } else { "Did not vote" };
        events.push(Event::new(p.closed_at, format!("{voted} in {}", p.election)));
    }
    Ok(events)
}

fn written(conn: &mut Conn, person: &Person, actor: &Actor) -> AppResult<Vec<Event>> {
    let opens = may(actor, Action::SeeMail, Subject::Site).is_ok();
    let words = |state| match state {
        MailState::Queued | MailState::Deferred => "waits to be sent",
        MailState::Sent => "sent",
        MailState::Bounced => "came back",
        MailState::Failed => "could not be sent",
    };
    let event = |m: mails::Mail| {
        let subject = if m.subject.is_empty() { m.message.replace('_', " ") } else { m.subject };
        let event = Event::new(m.created_at, format!("Mail “{subject}” {}", words(m.state)));
        if opens { event.at_page(format!("/staff/mail/{}", m.public_id)) } else { event }
    };
    Ok(mails::mails_of(conn, person.id, 50)?.into_iter().map(event).collect())
}

/// Entries of the audit log, for whoever may read it.
fn recorded(conn: &mut Conn, person: &Person, actor: &Actor) -> AppResult<Vec<Event>> {
    if may(actor, Action::ReadAuditLog, Subject::Site).is_err() {
        return Ok(Vec::new());
    }
    let filter = Filter { object: Some(format!("person {}", person.public_id)), ..Filter::default() };
    let entries = audit::entries(conn, &filter, 50)?;
    Ok(entries.into_iter().map(|e| Event::new(e.at, format!("Recorded: {}", e.action)).by(e.actor)).collect())
}

/// Everything about `person` that `actor` may see, the newest first.
pub(super) fn of(conn: &mut Conn, person: &Person, actor: &Actor, now: Utc) -> AppResult<Vec<Line>> {
    let mut events = Vec::new();
    for source in SOURCES {
        events.extend(source(conn, person, actor)?);
    }
    events.retain(|e| e.at <= now);
    events.sort_by_key(|e| std::cmp::Reverse(e.at));
    events.truncate(MOST);
    let ids: Vec<PersonId> = events.iter().filter_map(|e| e.by).collect();
    let names = accounts::persons_with(conn, &ids)?;
    let name = |id: Option<PersonId>| {
        id.and_then(|id| names.iter().find(|p| p.id == id))
            .map(|p| p.preferred_name.clone())
            .unwrap_or_default()
    };
    Ok(events
        .into_iter()
        .map(|e| Line { at: when(e.at), by: name(e.by), text: e.text, href: e.href })
        .collect())
}
