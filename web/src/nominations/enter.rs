//! Entering a nomination at the instant of its transaction.

use folkmoot_store::accounts;
use folkmoot_store::nominations::supports::{self, NewSupport, SupportRole, SupportState};
use folkmoot_store::nominations::{NewNomination, Nomination};
use folkmoot_store::{Conn, JsonText, PersonId, PublicId, Utc, nominations};

use super::link;
use super::mail::{self, Notice};
use super::nominate::Wanted;
use super::rules::Call;
use super::statement::{Section, Statement, headings};
use crate::app::App;
use crate::elections::preparation::candidates;
use crate::error::{AppError, AppResult};

/// Nominations and supports that one person can give in one election.
pub(super) const MOST: usize = 50;

/// Who nominates.
#[derive(Debug, Clone)]
pub(super) struct Nominator {
    /// The account, where there is one.
    pub(super) person: Option<PersonId>,
    /// Name.
    pub(super) name: String,
    /// A proved address.
    pub(super) address: String,
}

impl Nominator {
    pub(super) fn of(conn: &mut Conn, person: PersonId) -> AppResult<Self> {
        let row = accounts::person(conn, person)?;
        let address = accounts::mail_address_of(conn, person)?;
        let address = address.ok_or_else(|| {
            AppError::conflict("Your account has no verified address. Add one on your account page first.")
        })?;
        Ok(Self { person: Some(person), name: row.preferred_name, address })
    }
}

/// What became of a nomination.
pub(super) enum Sent {
    /// The nominee is whoever nominates: the page on which they go on.
    Own(PublicId),
    /// Somebody else is asked, or the words were put beside those of others. Which of the two stays hidden.
    Other,
}

/// Enters a nomination, exactly at the instant of the transaction.
pub(super) fn enter(
    conn: &mut Conn,
    app: &App,
    call: &Call,
    by: &Nominator,
    wanted: &Wanted,
    now: Utc,
) -> AppResult<Sent> {
    call.takes_nominations(app, now)?;
    let address = if wanted.is_self { by.address.as_str() } else { wanted.email.as_str() };
    let owner = link::owner(conn, address)?;
    let owner_id = owner.as_ref().map(|p| p.id);
    let same_account = owner_id.is_some() && owner_id == by.person;
    let lookup = accounts::address_lookup(address);
    let is_nominee = wanted.is_self || same_account || lookup == accounts::address_lookup(&by.address);
    call.may_nominate(conn, by.person, is_nominee, now)?.map_err(|why| AppError::conflict(sentence(&why)))?;
    let known =
        nominations::of_nominee(conn, call.id(), owner_id.or(by.person.filter(|_| is_nominee)), &lookup)?;
    if is_nominee {
        return own(conn, app, call, by, wanted, known, now);
    }
    let (nomination, role) = match known {
        Some(nomination) => (nomination, SupportRole::Endorser),
        None => {
            let statement = JsonText::of(&Statement::default())?;
            let new = (owner_id, address, wanted.name.as_str(), false, &statement);
            (add(conn, app, call, new, now)?, SupportRole::Nominator)
        }
    };
    support(conn, app, &nomination, by, wanted, role, now)?;
    if role == SupportRole::Nominator {
        mail::invite(conn, app, call, &nomination, mail::INVITATION, now)?;
    }
    let to = mail::to(conn, by.person, &by.address)?;
    let notice = Notice {
        kind: format!("received {}", nomination.public_id),
        name: by.name.clone(),
        heading: "Your nomination is received",
        lines: vec![
            format!("You nominate {}.", wanted.name),
            format!(
                "Whether they stand is theirs to decide. The candidates are announced {}.",
                app.when(call.dates.announce)
            ),
        ],
        path: format!("/elections/{}/call", call.slug()),
    };
    mail::tell(conn, app, call, &to, notice, now)?;
    Ok(Sent::Other)
}

/// First letter large, with a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let start: String = letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default();
    if start.ends_with('.') { start } else { start + "." }
}

fn own(
    conn: &mut Conn,
    app: &App,
    call: &Call,
    by: &Nominator,
    wanted: &Wanted,
    known: Option<Nomination>,
    now: Utc,
) -> AppResult<Sent> {
    let Some(person) = by.person else {
        return Err(AppError::conflict("To stand for election you need an account. Create one or sign in."));
    };
    if let Some(known) = known {
        // Nominated by somebody else before: the same page, on which they accept.
        return Ok(Sent::Own(known.public_id));
    }
    if let Some(why) = candidates::conflict(conn, call.id(), person, &by.name, now)? {
        return Err(AppError::conflict(why));
    }
    let mut statement = Statement::default();
    if let (false, Some(heading)) =
        (wanted.words.is_empty(), headings(&call.rules.statement).into_iter().next())
    {
        statement.sections.push(Section { heading, text: wanted.words.clone() });
    }
    let statement = JsonText::of(&statement)?;
    let nomination = add(conn, app, call, (Some(person), &by.address, &by.name, true, &statement), now)?;
    support(conn, app, &nomination, by, &Wanted::default(), SupportRole::Nominator, now)?;
    Ok(Sent::Own(nomination.public_id))
}

/// Nominee's account, address, name, whether it is whoever nominates, and the statement so far.
type New<'a> = (Option<PersonId>, &'a str, &'a str, bool, &'a JsonText);

fn add(conn: &mut Conn, app: &App, call: &Call, new: New<'_>, now: Utc) -> AppResult<Nomination> {
    let (person, address, name, is_self, statement) = new;
    let (public_id, handle) = (app.public_id()?, handle(app, name)?);
    let new = NewNomination {
        public_id: &public_id,
        election_id: call.id(),
        handle: &handle,
        person,
        address,
        name,
        is_self,
        statement,
    };
    let id = nominations::add(conn, &new, now)?;
    Ok(nominations::by_id(conn, id)?)
}

/// Last part of a candidate's address: the name as far as letters go, and six random signs, so that equal names and names
/// in other scripts have addresses of their own.
fn handle(app: &App, name: &str) -> AppResult<String> {
    const SIGNS: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyz";
    let mut words = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            words.push(c);
        } else if !words.is_empty() && !words.ends_with('-') {
            words.push('-');
        }
        if words.len() >= 40 {
            break;
        }
    }
    let words = words.trim_matches('-');
    let start = if words.is_empty() { "candidate" } else { words };
    let random: [u8; 6] = app.random()?;
    let tail: String = random
        .iter()
        .filter_map(|b| SIGNS.get(usize::from(*b) % SIGNS.len()))
        .map(|b| char::from(*b))
        .collect();
    Ok(format!("{start}-{tail}"))
}

fn support(
    conn: &mut Conn,
    app: &App,
    nomination: &Nomination,
    by: &Nominator,
    wanted: &Wanted,
    role: SupportRole,
    now: Utc,
) -> AppResult<()> {
    let lookup = accounts::address_lookup(&by.address);
    if let Some(known) = supports::of_supporter(conn, nomination.id, by.person, &lookup)? {
        let texts = (wanted.employer.as_str(), wanted.words.as_str());
        supports::give(conn, known.id, by.person, texts, now)?;
        return Ok(());
    }
    if let Some(person) = by.person {
        let given = supports::of_person(conn, person)?;
        let mut here = 0;
        for one in given.iter().take(4 * MOST) {
            here += usize::from(
                nominations::by_id(conn, one.nomination_id)?.election_id == nomination.election_id,
            );
        }
        if here >= MOST {
            return Err(AppError::conflict(format!(
                "One person can nominate or support {MOST} people at most."
            )));
        }
    }
    let public_id = app.public_id()?;
    let new = NewSupport {
        public_id: &public_id,
        nomination: nomination.id,
        person: by.person,
        name: &by.name,
        address: &by.address,
        role,
        state: SupportState::Given,
        employer: &wanted.employer,
        words: &wanted.words,
    };
    supports::add(conn, &new, now)?;
    Ok(())
}
