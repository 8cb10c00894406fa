//! Phase `payments`: dues paid with the test provider, a transfer that is awaited, and a bank statement to match.

use chrono::TimeDelta;
use folkmoot_governance::Money;
use folkmoot_store::memberships::paid::TermKind;
use folkmoot_store::memberships::{self, Class};
use folkmoot_store::payments::bank::{self, NewBankLine};
use folkmoot_store::payments::{self, NewPayment, Payment, Provider};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, accounts};

use super::{Dice, Seed, cast};
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::membership::dues::policy_of;
use crate::payments::notice::Notice;
use crate::payments::reference;
use crate::payments::settle::{self, Source};

/// How many people became supporting members by a payment here.
const PAYERS: usize = 24;

/// What the drawn amounts are, in whole units: most give what is suggested, some more, some the least.
const AMOUNTS: &[i64] = &[25, 25, 40, 50, 60, 99, 99, 99, 120, 250, 500];

struct New {
    public_id: PublicId,
    reference: String,
    provider: Provider,
    amount: i64,
}

impl New {
    fn drawn(dice: &Dice, provider: Provider, amount: i64, at: Utc) -> AppResult<Self> {
        let (public_id, reference) = (PublicId::new(at, dice.bytes()?), reference(&dice.bytes()?));
        Ok(Self { public_id, reference, provider, amount })
    }
}

/// Adds the payments.
///
/// # Errors
/// A database error.
pub async fn seed(seed: &Seed) -> anyhow::Result<()> {
    let (app, now, number) = (seed.app().clone(), seed.app().now(), seed.seed());
    seed.app()
        .write(move |c| {
            // Drawn afresh on every try, so that a transaction that is tried again draws the same.
            let dice = Dice::new(number, "payments");
            let class = memberships::class_by_key(c, "Supporting")?;
            paid(c, &app, &class, &dice, now)?;
            awaited(c, &class, &dice, now)
        })
        .await?;
    seed.progress(1, 1)
}

fn in_cast(conn: &mut Conn, word: &str) -> AppResult<PersonId> {
    let email = cast::accounts().into_iter().find(|a| a.role == word).map(|a| a.email).unwrap_or_default();
    let found = accounts::owner_of_address(conn, &email)?;
    found.map(|p| p.id).ok_or_else(|| AppError::internal(format!("nobody is {word}")))
}

/// People who hold nothing that is paid for, and the member with one name, pay at different times of the last year.
fn paid(conn: &mut Conn, app: &App, class: &Class, dice: &Dice, now: Utc) -> AppResult<()> {
    let mut payers = vec![in_cast(conn, "third_member")?];
    for person in accounts::find_persons(conn, "@people.example", 400)? {
        let held = memberships::of_person(conn, person.id)?;
        if payers.len() < PAYERS && held.iter().all(|(_, c)| c.key == "Basic") {
            payers.push(person.id);
        }
    }
    for person in payers {
        let days = i64::try_from(dice.below(300)).unwrap_or(0) + 1;
        let at = now.plus(-TimeDelta::days(days));
        let amount = dice.pick(AMOUNTS).copied().unwrap_or(99);
        let payment = add(conn, class, person, New::drawn(dice, Provider::Test, amount, at)?, at)?;
        let notice = Notice::Settled { amount: settle::agreed(&payment)?, at };
        settle::apply(conn, app, &payment, &notice, &Source::provider("demonstration"), at)?;
    }
    Ok(())
}

fn add(conn: &mut Conn, class: &Class, person: PersonId, new: New, at: Utc) -> AppResult<Payment> {
    let policy = policy_of(class)?.ok_or_else(|| AppError::internal("the class has no dues"))?;
    let currency = policy.minimum.currency;
    let amount = Money::parse(&new.amount.to_string(), currency).map_err(AppError::internal)?;
    let new = NewPayment {
        public_id: new.public_id,
        person,
        class: class.id,
        kind: TermKind::Term,
        provider: new.provider,
        reference: new.reference,
        amount_minor: amount.minor,
        least_minor: policy.minimum.minor,
        currency: currency.to_string(),
    };
    let id = payments::add(conn, &new, at)?;
    Ok(payments::by_id(conn, id)?)
}

/// Two transfers that are awaited, and a statement that names one of them.
fn awaited(conn: &mut Conn, class: &Class, dice: &Dice, now: Utc) -> AppResult<()> {
    let at = now.plus(-TimeDelta::days(6));
    let person = in_cast(conn, "second_member")?;
    let first = add(conn, class, person, New::drawn(dice, Provider::Offline, 60, at)?, at)?;
    let person = in_cast(conn, "reviewer")?;
    add(conn, class, person, New::drawn(dice, Provider::Offline, 99, at)?, at)?;
    let booked_on = now.plus(-TimeDelta::days(2)).datetime().date_naive();
    let line = |line_number: i64, amount_minor: i64, words: String| NewBankLine {
        line_number,
        booked_on,
        amount_minor,
        currency: first.currency.clone(),
        key: format!("demonstration {line_number}"),
        words,
    };
    let lines = [
        line(2, first.amount_minor, format!("S. AL-HADDAD, dues {}", first.reference)),
        line(3, 4_500, "Lamp shop, refund of a deposit".into()),
    ];
    let staff = in_cast(conn, "membership_staff")?;
    bank::import(conn, &PublicId::new(now, dice.bytes()?), "moor-bank.csv", &lines, staff, now)?;
    Ok(())
}
