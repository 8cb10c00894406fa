//! The built-in registrar: makes the voting codes and mails each as a link whose secret never reaches a server log. Where the plan
//! says so, each is kept sealed until voting has ended, so that it can be sent again (`super::codes`).

use std::collections::HashMap;

use folkmoot_store::accounts;
use folkmoot_store::elections::{Election, roll, running};
use folkmoot_store::{Conn, Utc};

use super::codes;
use super::preparation::{CodeKeeping, Plan};
use super::settings::ElectionSettings;
use super::setup::IssuedCredential;
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::mail::{self, Recipient};

/// Name of this mail in the ledger of deliveries.
pub const CODE: &str = "voting code";

crate::mail! {
    /// The voting code of one person for one election.
    pub struct VotingCode {
        /// Preferred name.
        name: String,
        /// Title of the election.
        title: String,
        /// Booth with the code in its fragment.
        link: String,
        /// The code by itself.
        code: String,
        /// First instant at which no ballot is accepted any more, in words.
        closes: String,
        /// Where questions go.
        help: String,
    }
    message "voting_code", kind Legal, secret true,
    subject "mail/voting_code/subject.txt",
    text "mail/voting_code/body.txt",
    html "mail/voting_code/body.html"
}

impl VotingCode {
    /// The mail to a person with this name and code.
    #[must_use]
    pub fn to(app: &App, election: &Election, settings: &ElectionSettings, name: String, code: &str) -> Self {
        Self {
            name,
            title: election.title.clone(),
            link: app.link(&format!("/elections/{}/vote#c={code}", election.slug)),
            code: code.to_owned(),
            closes: election.closes_at.map(|at| app.when(at)).unwrap_or_default(),
            help: settings.help.clone(),
        }
    }
}

/// Queues a mail with their code to everybody in `issued`. The codes are in those mails only, and sealed where the plan keeps
/// them; elections without a plan keep them. Returns how many entries have no address to write to.
///
/// # Errors
/// Database errors.
pub fn mail_codes(
    conn: &mut Conn,
    app: &App,
    election: &Election,
    settings: &ElectionSettings,
    issued: &[IssuedCredential],
    now: Utc,
) -> AppResult<usize> {
    let people: HashMap<i64, _> =
        roll::all(conn, election.id)?.into_iter().map(|e| (e.id, e.person_id)).collect();
    let kept = Plan::of(conn, election.id)?.is_none_or(|plan| plan.codes == CodeKeeping::UntilVotingEnds);
    let mut unreachable = 0;
    for one in issued {
        let person =
            *people.get(&one.roll_entry).ok_or_else(|| AppError::internal("a roll entry vanished"))?;
        let code = one.credential.as_str();
        if kept {
            codes::keep(conn, app, election, one.roll_entry, code)?;
        }
        let Some(address) = accounts::mail_address_of(conn, person)? else {
            unreachable += 1;
            running::note_mail(conn, election.id, person, CODE, None)?;
            continue;
        };
        let name = accounts::person(conn, person)?.preferred_name;
        let message = VotingCode::to(app, election, settings, name, code);
        let mail = mail::queue(conn, app, &Recipient::person(person, address), &message, now)?;
        running::note_mail(conn, election.id, person, CODE, Some(mail))?;
    }
    Ok(unreachable)
}
