//! Phase `people`: the members of the invented foundation.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use folkmoot_store::accounts::{self, NewPerson};
use folkmoot_store::{PublicId, Utc};

use super::Seed;
use super::dice::Dice;
use super::names::{CULTURES, Culture, Order, Word, words};
use crate::error::AppResult;

/// How many people are added in one transaction, so that visitors can write in between.
const BATCH: usize = 100;

/// An invented person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Invented {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) zone: &'static str,
    pub(super) locale: &'static str,
}

/// `count` people of this seed, always the same. The first and the last of them bear the same name.
pub(super) fn invent(seed: u64, count: usize) -> Vec<Invented> {
    let dice = Dice::new(seed, "people");
    let mut taken = BTreeSet::new();
    let mut all: Vec<Invented> = Vec::with_capacity(count);
    for index in 0..count {
        let namesake = if index > 0 && index + 1 == count { all.first().cloned() } else { None };
        let (name, latin, zone, locale) = match namesake {
            Some(first) => {
                let latin = first.email.split('@').next().unwrap_or("").to_owned();
                (first.name, latin, first.zone, first.locale)
            }
            None => {
                // The first culture only stands in for the impossible empty list.
                let Some(culture) = dice.pick(CULTURES).or(CULTURES.first()) else { break };
                let (name, latin) = compose(culture, &dice);
                (name, latin, culture.zone, culture.locale)
            }
        };
        let mut local = latin.clone();
        let mut number = 2;
        while !taken.insert(local.clone()) {
            local = format!("{latin}{number}");
            number += 1;
        }
        all.push(Invented { name, email: format!("{local}@people.example"), zone, locale });
    }
    all
}

/// A name as its bearer writes it, and its Latin form for an address.
fn compose(culture: &Culture, dice: &Dice) -> (String, String) {
    let empty = Word { native: "", latin: "" };
    let given = dice.pick(&words(culture.given)).copied().unwrap_or(empty);
    let family = dice.pick(&words(culture.family)).copied().unwrap_or(empty);
    let name = match culture.order {
        Order::GivenFamily => format!("{} {}", given.native, family.native),
        Order::FamilyGiven => format!("{} {}", family.native, given.native),
        Order::FamilyGivenJoined => format!("{}{}", family.native, given.native),
        Order::Mononym => given.native.to_owned(),
    };
    let latin = if family.latin.is_empty() {
        plain(given.latin)
    } else {
        format!("{}.{}", plain(given.latin), plain(family.latin))
    };
    (name, latin)
}

/// Lower-case ASCII letters and hyphens for the local part of an address; accents fall away.
pub(super) fn plain(latin: &str) -> String {
    let mut out = String::new();
    for c in latin.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '-' => out.push(c),
            'à'..='ã' | 'å' | 'ą' | 'ā' | 'ạ' | 'ả' | 'ă' => out.push('a'),
            'æ' | 'ä' => out.push_str("ae"),
            'ç' | 'ć' | 'č' => out.push('c'),
            'ď' | 'đ' | 'ð' => out.push('d'),
            'è'..='ë' | 'ę' | 'ē' | 'ě' | 'ẹ' | 'ế' | 'ề' => out.push('e'),
            'ğ' => out.push('g'),
            'ì'..='ï' | 'ī' | 'ı' | 'ị' => out.push('i'),
            'ł' | 'ľ' => out.push('l'),
            'ñ' | 'ń' | 'ň' => out.push('n'),
            'ò'..='õ' | 'ő' | 'ō' | 'ọ' | 'ộ' | 'ơ' | 'ồ' | 'ỗ' => out.push('o'),
            'ö' | 'ø' => out.push_str("oe"),
            'ř' => out.push('r'),
            'ś' | 'š' | 'ş' | 'ṣ' => out.push('s'),
            'ß' => out.push_str("ss"),
            'ť' => out.push('t'),
            'þ' => out.push_str("th"),
            'ù'..='û' | 'ů' | 'ű' | 'ũ' | 'ụ' | 'ư' | 'ū' => out.push('u'),
            'ü' => out.push_str("ue"),
            'ý' | 'ÿ' | 'ỳ' => out.push('y'),
            'ź' | 'ż' | 'ž' => out.push('z'),
            _ => {}
        }
    }
    out
}

/// The instant somebody joined: up to ten years before `now`.
fn joined(dice: &Dice, now: Utc) -> Utc {
    let minutes = i64::try_from(dice.below(10 * 365 * 24 * 60)).unwrap_or(0);
    now.plus(-TimeDelta::minutes(minutes))
}

/// Adds the people. None has a password: they sign in by mailed link, which the mail viewer shows.
///
/// # Errors
/// A database error.
pub async fn seed(seed: &Seed) -> anyhow::Result<()> {
    let people = invent(seed.seed(), seed.people());
    let dice = seed.dice("joined");
    let now = seed.app().now();
    for (done, batch) in people.chunks(BATCH).enumerate() {
        let mut rows = Vec::with_capacity(batch.len());
        for person in batch {
            let at = joined(&dice, now);
            rows.push((person.clone(), PublicId::new(at, dice.bytes()?), at));
        }
        seed.app().write(move |c| add_all(c, &rows)).await?;
        seed.progress((done + 1) * BATCH, people.len())?;
    }
    Ok(())
}

fn add_all(conn: &mut folkmoot_store::Conn, rows: &[(Invented, PublicId, Utc)]) -> AppResult<()> {
    for (person, public_id, at) in rows {
        let new = NewPerson {
            public_id: public_id.clone(),
            preferred_name: person.name.clone(),
            password_hash: None,
            time_zone: person.zone.into(),
            locale: person.locale.into(),
        };
        let id = accounts::add_person(conn, &new, *at)?;
        accounts::add_address(conn, id, &person.email, Some(*at), *at)?;
    }
    Ok(())
}
