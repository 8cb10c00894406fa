//! A copy of the receipt by mail, where the officers chose so. It is kept after the cast was committed, sealed, and mailed at the
//! end of the day together with all others, in the order of random keys: neither the database nor the times of the mails say
//! who cast which ballot or when.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use folkmoot_store::elections::receipts::{self as table, ReceiptCopy};
use folkmoot_store::elections::{self, Election};
use folkmoot_store::{Conn, PersonId, accounts};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::cast::Accepted;
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::jobs::Job;
use crate::mail::{self, Recipient};

const LABEL: &str = "copy of a receipt";

crate::mail! {
    /// The receipt of a ballot, for its voter.
    pub struct BallotReceipt {
        /// Preferred name.
        name: String,
        /// Title of the election.
        title: String,
        /// Tracker of the ballot.
        tracker: String,
        /// Where the tracker can be looked up.
        link: String,
        /// The receipt as the booth gave it.
        receipt: String,
    }
    message "ballot_receipt", kind Account, secret true,
    subject "mail/ballot_receipt/subject.txt",
    text "mail/ballot_receipt/body.txt",
    html "mail/ballot_receipt/body.html"
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Copy {
    person: PersonId,
    /// Later ballots of the same voter stand higher.
    height: u64,
    tracker: String,
    receipt: String,
}

/// Seals the receipt of an accepted ballot until the end of the day. The ballot is in the box whether this works or not.
///
/// # Errors
/// A database error.
pub async fn keep(app: &App, election: &Election, person: PersonId, accepted: &Accepted) -> AppResult<()> {
    let key = folkmoot_ballot::hash::hex(&app.random::<16>()?);
    let receipt = accepted.receipt.clone();
    let height = folkmoot_ballot::receipt::Receipt::parse(&receipt).map_err(AppError::internal)?.index();
    let copy = Copy { person, height, tracker: accepted.tracker.clone(), receipt };
    let plain = Zeroizing::new(serde_json::to_vec(&copy).map_err(AppError::internal)?);
    let sealed = STANDARD.encode(app.keys().seal(LABEL, key.as_bytes(), &plain, app.random()?));
    let row = ReceiptCopy { key, election_id: election.id, sealed };
    app.write(move |conn| Ok(table::keep(conn, &row)?)).await
}

fn open(app: &App, row: &ReceiptCopy) -> Option<Copy> {
    let sealed = STANDARD.decode(&row.sealed).ok()?;
    let plain = app.keys().open_sealed(LABEL, row.key.as_bytes(), &sealed)?;
    serde_json::from_slice(&plain).ok()
}

/// Mails the receipts of the day, to each voter the last one of each election.
#[derive(Debug, Serialize, Deserialize)]
pub struct MailReceipts {}

impl Job for MailReceipts {
    const KIND: &'static str = "elections.mail_receipts";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        app.store().write(|conn| mail_all(conn, app))?;
        Ok(())
    }
}

fn mail_all(conn: &mut Conn, app: &App) -> AppResult<()> {
    let mut last: BTreeMap<(i64, PersonId), (usize, Copy)> = BTreeMap::new();
    for (place, row) in table::take_all(conn)?.into_iter().enumerate() {
        // What another key sealed cannot be mailed by anybody; the voter has the receipt that the booth gave.
        let Some(copy) = open(app, &row) else { continue };
        let of = (row.election_id, copy.person);
        if last.get(&of).is_none_or(|(_, before)| before.height < copy.height) {
            last.insert(of, (place, copy));
        }
    }
    // In the order of the random keys: mails have numbers.
    let mut all: Vec<(i64, usize, Copy)> =
        last.into_iter().map(|((election, _), (place, copy))| (election, place, copy)).collect();
    all.sort_by_key(|(_, place, _)| *place);
    let now = app.now();
    for (election, _, copy) in all {
        let Some(address) = accounts::mail_address_of(conn, copy.person)? else { continue };
        let election = elections::by_id(conn, election)?;
        let message = BallotReceipt {
            name: accounts::person(conn, copy.person)?.preferred_name,
            title: election.title,
            link: app.link(&format!("/elections/{}/check", election.slug)),
            tracker: copy.tracker,
            receipt: copy.receipt,
        };
        mail::queue(conn, app, &Recipient::person(copy.person, address), &message, now)?;
    }
    Ok(())
}
