//! Mails about nominations, each once for its kind and address.

use folkmoot_store::nominations::notices;
use folkmoot_store::nominations::supports::{self, SupportRole, SupportState};
use folkmoot_store::nominations::{Nomination, NominationState};
use folkmoot_store::{Conn, PersonId, Utc, accounts, nominations};

use super::link;
use super::rules::Call;
use crate::app::App;
use crate::error::AppResult;
use crate::mail::{self, Recipient};

crate::mail! {
    /// To a nominee: accept or decline.
    pub struct Nominated {
        /// Preferred name.
        name: String,
        /// Who nominates.
        nominator: String,
        /// Title of the election.
        title: String,
        /// Why, in their words.
        words: String,
        /// Until when, in words.
        until: String,
        /// The page of the decision.
        link: String,
        /// Where questions go.
        help: String,
        /// It was sent before.
        reminder: bool,
    }
    message "nominated", kind Legal, secret true,
    subject "mail/nominated/subject.txt",
    text "mail/nominated/body.txt",
    html "mail/nominated/body.html"
}

crate::mail! {
    /// To somebody who has to do with a call.
    pub struct CallNotice {
        /// Preferred name.
        name: String,
        /// What happened, in a few words.
        heading: String,
        /// Title of the election.
        title: String,
        /// What there is to say.
        lines: Vec<String>,
        /// Where to go.
        link: String,
        /// Where questions go.
        help: String,
    }
    message "call_notice", kind Legal, secret true,
    subject "mail/call_notice/subject.txt",
    text "mail/call_notice/body.txt",
    html "mail/call_notice/body.html"
}

/// A notice about a call.
pub(super) struct Notice<'a> {
    /// Under which it is sent once to an address.
    pub(super) kind: String,
    /// To whom, by name.
    pub(super) name: String,
    /// What happened.
    pub(super) heading: &'a str,
    /// What there is to say.
    pub(super) lines: Vec<String>,
    /// Path of the page.
    pub(super) path: String,
}

/// What mails say about an election.
pub(super) struct About<'a> {
    /// Key of the election.
    pub(super) election_id: i64,
    /// Its title.
    pub(super) title: &'a str,
    /// Where questions go.
    pub(super) help: &'a str,
}

/// Queues a notice about a call unless this address had one of its kind. True when it was queued.
pub(super) fn tell(
    conn: &mut Conn,
    app: &App,
    call: &Call,
    to: &Recipient,
    notice: Notice<'_>,
    now: Utc,
) -> AppResult<bool> {
    let about = About { election_id: call.id(), title: call.title(), help: &call.prepared.settings.help };
    tell_about(conn, app, &about, to, notice, now)
}

/// Queues a notice about any election unless this address had one of its kind. True when it was queued.
pub(super) fn tell_about(
    conn: &mut Conn,
    app: &App,
    about: &About<'_>,
    to: &Recipient,
    notice: Notice<'_>,
    now: Utc,
) -> AppResult<bool> {
    let lookup = accounts::address_lookup(&to.address);
    if lookup.is_empty() || notices::was_sent(conn, about.election_id, &notice.kind, &lookup)? {
        return Ok(false);
    }
    let message = CallNotice {
        name: notice.name,
        heading: notice.heading.to_owned(),
        title: about.title.to_owned(),
        lines: notice.lines,
        link: app.link(&notice.path),
        help: about.help.to_owned(),
    };
    let mail = mail::queue(conn, app, to, &message, now)?;
    notices::note(conn, about.election_id, &notice.kind, &lookup, Some(mail), now)?;
    Ok(true)
}

/// Where mail to a nominee goes: their account's address, or the one they were named by.
pub(super) fn to_nominee(conn: &mut Conn, nomination: &Nomination) -> AppResult<Recipient> {
    to(conn, nomination.person_id, &nomination.address)
}

/// Where mail goes to a person who may have an account; nowhere when the account was closed.
pub(super) fn to(conn: &mut Conn, person: Option<PersonId>, address: &str) -> AppResult<Recipient> {
    let Some(person) = person else { return Ok(Recipient::address(address)) };
    Ok(Recipient::person(person, accounts::mail_address_of(conn, person)?.unwrap_or_default()))
}

/// Asks a nominee to accept or decline. `kind` names the mail among those to the same address; true when it was queued.
pub(super) fn invite(
    conn: &mut Conn,
    app: &App,
    call: &Call,
    nomination: &Nomination,
    kind: &str,
    now: Utc,
) -> AppResult<bool> {
    let to = to_nominee(conn, nomination)?;
    let lookup = accounts::address_lookup(&to.address);
    if lookup.is_empty() || notices::was_sent(conn, call.id(), kind, &lookup)? {
        return Ok(false);
    }
    let all = supports::of_nomination(conn, nomination.id)?;
    let first = all.iter().find(|s| s.role == SupportRole::Nominator);
    let message = Nominated {
        name: nomination.name.clone(),
        nominator: first.map_or_else(|| "Somebody".to_owned(), |s| s.name.clone()),
        title: call.title().to_owned(),
        words: first.map(|s| s.words.clone()).unwrap_or_default(),
        until: app.when(call.dates.answer_by(nomination)),
        link: app.link(&link::answer(app, nomination)),
        help: call.prepared.settings.help.clone(),
        reminder: kind != INVITATION,
    };
    let mail = mail::queue(conn, app, &to, &message, now)?;
    notices::note(conn, call.id(), kind, &lookup, Some(mail), now)?;
    Ok(true)
}

/// Kind of the first mail to a nominee.
pub(super) const INVITATION: &str = "invitation";

/// Tells nominators and supporters whether the nominee stands, once the candidates are public; declines are never named.
pub(super) fn outcomes(conn: &mut Conn, app: &App, call: &Call, now: Utc) -> AppResult<()> {
    let stands: Vec<Nomination> =
        nominations::of_election(conn, call.id())?.into_iter().filter(super::announce::stands).collect();
    let path = format!("/elections/{}/candidates", call.slug());
    for support in supports::of_election(conn, call.id())? {
        if support.state != SupportState::Given {
            continue;
        }
        let nominee = nominations::by_id(conn, support.nomination_id)?;
        // Whoever supports both hears of the nomination that stayed.
        if nominee.is_self || nominee.state == NominationState::Merged {
            continue;
        }
        let words = if stands.iter().any(|n| n.id == nominee.id) {
            format!("{}, whom you nominated or support, stands for election.", nominee.name)
        } else {
            format!("{}, whom you nominated or support, does not stand for election.", nominee.name)
        };
        let to = to(conn, support.person_id, &support.address)?;
        let notice = Notice {
            kind: format!("outcome {}", nominee.public_id),
            name: support.name,
            heading: "The candidates are announced",
            lines: vec![words],
            path: path.clone(),
        };
        tell(conn, app, call, &to, notice, now)?;
    }
    for nominee in nominations::of_election(conn, call.id())? {
        let line = match (nominee.state, super::announce::stands(&nominee)) {
            (NominationState::Accepted, true) => {
                "You stand for election. Your statement is frozen; corrections are added with their date."
                    .to_owned()
            }
            (NominationState::Accepted, false) => {
                format!("You do not stand for election: {}", nominee.review_reason)
            }
            _ => continue,
        };
        let to = to_nominee(conn, &nominee)?;
        let notice = Notice {
            kind: "candidates announced".into(),
            name: nominee.name.clone(),
            heading: "The candidates are announced",
            lines: vec![line],
            path: format!("/nominations/{}", nominee.public_id),
        };
        tell(conn, app, call, &to, notice, now)?;
    }
    Ok(())
}
