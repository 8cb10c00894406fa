//! How long the search for people takes: 10,000 people on SQLite, or on the database of `TEST_DATABASE_URL`.

use std::time::Instant;

use folkmoot_store::accounts::{NewPerson, add_address, add_person, find_persons};
use folkmoot_store::test_db::TestDb;
use folkmoot_store::{PublicId, StoreError, Utc};

const PEOPLE: usize = 10_000;
const ROUNDS: usize = 40;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = TestDb::new()?;
    let now = Utc::parse("2026-06-01T12:00:00Z")?;
    let given = ["Ann", "Bjørk", "Chen", "Dalia", "Eunji", "Farid", "Giulia", "Hiroshi", "Ines", "Jorge"];
    let family =
        ["Arbour", "Nguyễn", "Okonkwo", "Lindqvist", "Haddad", "Novák", "Park", "Silva", "Tanaka", "Weber"];
    let all: Vec<(u64, String, String)> = (0_u64..)
        .take(PEOPLE)
        .map(|n| {
            let name = |list: [&'static str; 10], at: u64| list[usize::try_from(at % 10).unwrap_or(0)];
            (n, format!("{} {} {n}", name(given, n), name(family, n / 10)), format!("person{n}@people.test"))
        })
        .collect();
    for batch in all.chunks(500) {
        db.store().write(|c| {
            for (n, name, email) in batch {
                let mut random = [0_u8; 10];
                for (to, from) in random.iter_mut().zip(n.to_be_bytes()) {
                    *to = from;
                }
                let new = NewPerson {
                    public_id: PublicId::new(now, random),
                    preferred_name: name.clone(),
                    password_hash: None,
                    time_zone: "UTC".into(),
                    locale: "en".into(),
                };
                let id = add_person(c, &new, now)?;
                add_address(c, id, email, Some(now), now)?;
            }
            Ok::<_, StoreError>(())
        })?;
    }
    for text in ["arbour", "Ann", "person99", "people.test", "Bjørk", "nobody at all"] {
        let mut times = Vec::new();
        let mut found = 0;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            found = db.store().read(|c| Ok::<_, StoreError>(find_persons(c, text, 51)?))?.len();
            times.push(start.elapsed());
        }
        times.sort_unstable();
        let at = |share: usize| times.get((times.len() - 1) * share / 100).copied().unwrap_or_default();
        println!("{PEOPLE} people, {text:?}: {found} found, median {:.1?}, slowest {:.1?}", at(50), at(100));
    }
    Ok(())
}
