//! Phase `memberships`: the classes, what everybody holds, certifications, affirmations, and the calls to affirm.

use chrono::TimeDelta;
use folkmoot_store::bodies;
use folkmoot_store::memberships::paid::{NewPaidTerm, TermKind};
use folkmoot_store::memberships::public::{self, DriveFacts};
use folkmoot_store::memberships::voting::{self, AffirmationHow, NewCall};
use folkmoot_store::memberships::{self, ClassId, MembershipSource, MembershipState, NewMembership};
use folkmoot_store::{Conn, JsonText, PersonId, PublicId, Utc, accounts};

use super::Seed;
use super::cast;
use super::dice::Dice;
use super::people::invent;
use crate::error::{AppError, AppResult};
use crate::http::when::start_of;
use crate::membership::{dues, preset, remind};

/// How many people are handled in one transaction, so that visitors can write in between.
const BATCH: usize = 100;

/// What one person holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Basic,
    /// Since so many days, in yearly terms; the last payment was left out when `lapsed`.
    Supporting {
        days: i64,
        lapsed: bool,
    },
    Contributing {
        days: i64,
        certified: bool,
    },
    Fellow {
        days: i64,
    },
}

/// Keys of what the phase refers to.
#[derive(Debug, Clone, Copy)]
struct Keys {
    basic: ClassId,
    supporting: ClassId,
    contributing: ClassId,
    fellow: ClassId,
    board: bodies::BodyId,
}

fn holds(dice: &Dice) -> Holds {
    let days = |most: usize| i64::try_from(30 + dice.below(most)).unwrap_or(30);
    match dice.below(100) {
        0..=47 => Holds::Basic,
        48..=77 => Holds::Supporting { days: days(1800), lapsed: dice.chance(12) },
        78..=91 => Holds::Contributing { days: days(2000), certified: dice.chance(80) },
        _ => Holds::Fellow { days: days(3000) },
    }
}

/// Adds the classes, the calls, and what everybody holds.
///
/// # Errors
/// A database error.
pub async fn seed(seed: &Seed) -> anyhow::Result<()> {
    let now = seed.app().now();
    let dice = seed.dice("memberships");
    let call = PublicId::new(now, dice.bytes()?);
    let packaging = PublicId::new(now, dice.bytes()?);
    let keys = seed.app().write(move |c| prepare(c, &call, &packaging, now)).await?;
    let people = invent(seed.seed(), seed.people());
    let emails: Vec<String> = people.into_iter().map(|p| p.email).collect();
    for (done, batch) in emails.chunks(BATCH).enumerate() {
        let mut rows = Vec::with_capacity(batch.len());
        for email in batch {
            let agreed = dice.chance(35);
            rows.push((email.clone(), holds(&dice), agreed, Dice::new(seed.seed(), email)));
        }
        seed.app()
            .write(move |c| {
                for (email, what, agreed, dice) in &rows {
                    let Some(person) = accounts::owner_of_address(c, email)? else { continue };
                    give(c, &keys, person.id, *what, dice, now)?;
                    public::set_roster_consent(c, person.id, *agreed, now)?;
                }
                Ok(())
            })
            .await?;
        seed.progress((done + 1) * BATCH, emails.len())?;
    }
    let start = seed.seed();
    seed.app().write(move |c| give_cast(c, &keys, start, now)).await?;
    // What was due before today has been sent.
    let app = seed.app().clone();
    seed.app().blocking(move || remind::note_as_sent(&app, now)).await??;
    Ok(())
}

fn prepare(conn: &mut Conn, call: &PublicId, packaging: &PublicId, now: Utc) -> AppResult<Keys> {
    preset::install(conn, now)?;
    let board = bodies::by_slug(conn, "board")?;
    let council = bodies::by_slug(conn, "technical-council")?;
    let today = now.datetime().date_naive();
    // Everything begins and ends at 14:00 UTC.
    let day = |days: i64| start_of(today).plus(TimeDelta::days(days) + TimeDelta::hours(14));
    for (id, body, title, cutoff) in [
        (call, &board, "Board election, next round", 20),
        (packaging, &council, "Technical council, by-election", 34),
    ] {
        let new = NewCall {
            public_id: id.clone(),
            body: body.id,
            election: None,
            title,
            rule: JsonText::of(&preset::rule_for(conn, &body.name)?)?,
            authority: "Bylaws, sections 4.2 and 4.10",
            affirm_from: day(cutoff - 365),
            cutoff_at: day(cutoff),
            record_at: day(cutoff),
            waivers: JsonText::of(&["Change of the bylaws: remote meetings"])?,
        };
        voting::add_call(conn, &new, now)?;
    }
    let class = |c: &mut Conn, key: &str| memberships::class_by_key(c, key).map(|class| class.id);
    let keys = Keys {
        basic: class(conn, "Basic")?,
        supporting: class(conn, "Supporting")?,
        contributing: class(conn, "Contributing")?,
        fellow: class(conn, "Fellow")?,
        board: board.id,
    };
    let drive = DriveFacts {
        title: "A hundred new supporting members".into(),
        description:
            "Dues of every size keep the lanterns lit. Help us find a hundred new supporting members this \
                      season."
                .into(),
        class_id: Some(keys.supporting),
        goal: 100,
        starts_at: start_of(today).plus(-TimeDelta::days(60)),
        ends_at: start_of(today).plus(TimeDelta::days(45)),
    };
    public::add_drive(conn, "hundred", &drive, now)?;
    Ok(keys)
}

fn give(conn: &mut Conn, keys: &Keys, person: PersonId, what: Holds, dice: &Dice, now: Utc) -> AppResult<()> {
    let ago = |days: i64| now.plus(-TimeDelta::days(days));
    match what {
        Holds::Basic => {
            let from = ago(i64::try_from(dice.below(2500)).unwrap_or(0));
            plain(conn, keys.basic, person, MembershipSource::Joined, from, dice)?;
        }
        Holds::Supporting { days, lapsed } => {
            let years = if lapsed { (days / 365).max(1) } else { days / 365 + 1 };
            for year in 0..years {
                let back = days - year * 365;
                // Somebody who lapsed paid once, long enough ago.
                let paid_at = ago(if lapsed { back + 366 } else { back });
                let reference = format!("demo {person} {year}");
                let new = NewPaidTerm {
                    person,
                    class: keys.supporting,
                    reference: &reference,
                    kind: TermKind::Term,
                    paid_at,
                };
                dues::extend_with(conn, &mut || id(dice, paid_at), &new, paid_at)?;
            }
        }
        Holds::Contributing { days, certified } => {
            plain(conn, keys.contributing, person, MembershipSource::Application, ago(days), dice)?;
            let text = preset::certification().text;
            let at = if certified {
                ago(i64::try_from(dice.below(330)).unwrap_or(0).min(days))
            } else {
                ago(days)
            };
            voting::certify(conn, person, keys.contributing, at, &text, "", at)?;
        }
        Holds::Fellow { days } => {
            plain(conn, keys.fellow, person, MembershipSource::Nomination, ago(days), dice)?;
        }
    }
    if what != Holds::Basic && dice.chance(45) {
        let at = ago(i64::try_from(dice.below(40)).unwrap_or(0));
        voting::affirm(conn, person, keys.board, at, AffirmationHow::Explicit, at)?;
    }
    Ok(())
}

fn id(dice: &Dice, at: Utc) -> AppResult<PublicId> {
    Ok(PublicId::new(at, dice.bytes()?))
}

fn plain(
    conn: &mut Conn,
    class: ClassId,
    person: PersonId,
    source: MembershipSource,
    starts_at: Utc,
    dice: &Dice,
) -> AppResult<()> {
    let new = NewMembership {
        public_id: id(dice, starts_at)?,
        person,
        class,
        source,
        reference: None,
        state: MembershipState::Active,
        starts_at,
        ends_at: None,
        statement: "",
        reason: "",
    };
    memberships::add(conn, &new, starts_at)?;
    Ok(())
}

/// The people to sign in as hold what lets a visitor see every case; one application waits for a decision.
fn give_cast(conn: &mut Conn, keys: &Keys, seed: u64, now: Utc) -> AppResult<()> {
    for (word, what) in [
        ("member", Holds::Supporting { days: 340, lapsed: false }),
        ("second_member", Holds::Fellow { days: 1200 }),
        ("third_member", Holds::Contributing { days: 700, certified: false }),
        ("trustee", Holds::Supporting { days: 40, lapsed: true }),
        ("reviewer", Holds::Fellow { days: 900 }),
        ("auditor", Holds::Basic),
    ] {
        let person = in_cast(conn, word)?;
        give(conn, keys, person, what, &Dice::new(seed, &format!("held by {word}")), now)?;
    }
    let (person, dice) = (in_cast(conn, "report_author")?, Dice::new(seed, "application"));
    let sent = now.plus(-TimeDelta::days(2));
    let new = NewMembership {
        public_id: id(&dice, sent)?,
        person,
        class: keys.contributing,
        source: MembershipSource::Application,
        reference: None,
        state: MembershipState::Applied,
        starts_at: sent,
        ends_at: None,
        statement: "I keep the handbook for newcomers and answer questions in the forum, about six hours a week.",
        reason: "",
    };
    memberships::add(conn, &new, sent)?;
    Ok(())
}

fn in_cast(conn: &mut Conn, word: &str) -> AppResult<PersonId> {
    let email = cast::accounts().into_iter().find(|a| a.role == word).map(|a| a.email).unwrap_or_default();
    let found = accounts::owner_of_address(conn, &email)?;
    found.map(|p| p.id).ok_or_else(|| AppError::internal(format!("nobody is {word}")))
}
