//! How long the search for people takes: 100,000 people on SQLite, or on the database of `TEST_DATABASE_URL`.

use std::time::Instant;

use folkmoot_store::accounts::{NewPerson, PersonState};
use folkmoot_store::people::{NewContact, Wanted, add_many, search};
use folkmoot_store::test_db::TestDb;
use folkmoot_store::{PublicId, StoreError, Utc};

const PEOPLE: usize = 100_000;
const ROUNDS: usize = 100;

fn somebody(n: u64, now: Utc) -> NewContact {
    let given = ["Ann", "Bjørk", "Chen", "Dalia", "Eunji", "Farid", "Giulia", "Hiroshi", "Ines", "Jorge"];
    let family =
        ["Arbour", "Nguyễn", "Okonkwo", "Lindqvist", "Haddad", "Novák", "Park", "Silva", "Tanaka", "Weber"];
    let name = |list: [&'static str; 10], at: u64| list[usize::try_from(at % 10).unwrap_or(0)];
    let mut random = [0_u8; 10];
    for (to, from) in random.iter_mut().zip(n.to_be_bytes()) {
        *to = from;
    }
    let person = NewPerson {
        public_id: PublicId::new(now, random),
        preferred_name: format!("{} {} {}", name(given, n), name(family, n / 10), n / 100),
        password_hash: None,
        time_zone: "UTC".into(),
        locale: "en".into(),
    };
    NewContact { person, address: format!("person{n}@people.test"), verified_at: Some(now) }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = TestDb::new()?;
    let now = Utc::parse("2026-06-01T12:00:00Z")?;
    let all: Vec<NewContact> = (0_u64..).take(PEOPLE).map(|n| somebody(n, now)).collect();
    let start = Instant::now();
    for batch in all.chunks(500) {
        db.store().write(|c| add_many(c, batch, now).map(|_| ()).map_err(StoreError::from))?;
    }
    println!("{PEOPLE} people added in {:.1?}", start.elapsed());
    let mut worst = std::time::Duration::ZERO;
    let texts = [
        "",
        "a",
        "p",
        "arbour",
        "Ann",
        "ann arbour 99",
        "ann weber",
        "ann nguyen 7",
        "people.test",
        "person99",
        "person12345@people.test",
        "Bjørk",
        "a b",
        "w 1 p",
        "nobody at all",
    ];
    for text in texts {
        for state in [None, Some(PersonState::Active), Some(PersonState::Disabled)] {
            let wanted = Wanted { text: text.into(), state, ..Wanted::default() };
            let mut times = Vec::new();
            let mut found = String::new();
            for _ in 0..ROUNDS {
                let start = Instant::now();
                let result = db.store().read(|c| Ok::<_, StoreError>(search(c, &wanted, 51)?))?;
                times.push(start.elapsed());
                found = result.total.map_or_else(|| "many".into(), |n| n.to_string());
            }
            times.sort_unstable();
            let at = |share: usize| times.get((times.len() - 1) * share / 100).copied().unwrap_or_default();
            worst = worst.max(at(95));
            let state = state.map_or("any state", PersonState::as_str);
            println!("{text:?}, {state}: {found} found, median {:.1?}, 95 % {:.1?}", at(50), at(95));
        }
    }
    println!("slowest 95th percentile: {worst:.1?} (limit 50 ms)");
    Ok(())
}
