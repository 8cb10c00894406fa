//! How long an import of 100,000 rows takes from the bytes of the file to the last membership, how much memory it needs, and how
//! long somebody who writes meanwhile (a cast ballot, for example) has to wait. SQLite, or the database of
//! `TEST_DATABASE_URL`.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use folkmoot::chance::SystemChance;
use folkmoot::clock::SystemClock;
use folkmoot::config::{Config, MailTransport};
use folkmoot::imports;
use folkmoot::keys::Keys;
use folkmoot::{App, AppError};
use folkmoot_store::accounts::{self, NewPerson};
use folkmoot_store::audit::Act;
use folkmoot_store::memberships::{self, ClassFacts, ClassTerm, Evidence};
use folkmoot_store::organisation;
use folkmoot_store::test_db::TestDb;

const ROWS: usize = 100_000;

/// Largest resident size of this process so far, in MiB.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn app(db: &TestDb) -> anyhow::Result<App> {
    let mut config = Config { public_url: "https://folkmoot.test".into(), ..Config::default() };
    config.mail.transport = MailTransport::Keep;
    let keys = Keys::from_secret(b"a measurement");
    Ok(App::new(config, db.store().clone(), Arc::new(SystemClock), Arc::new(SystemChance), keys)?)
}

fn main() -> anyhow::Result<()> {
    let db = TestDb::new()?;
    let app = app(&db)?;
    let now = app.now();
    let by = app.store().write(|c| {
        let facts = ClassFacts {
            name: "Supporting".into(),
            description: String::new(),
            position: 1,
            votes: true,
            public_badge: false,
            dues: None,
            evidence: Evidence::None,
            evidence_text: String::new(),
            term: ClassTerm::Paid,
            is_open: true,
        };
        if memberships::class_by_key(c, "Supporting").is_err() {
            memberships::add_class(c, "Supporting", &facts, now)?;
        }
        let clerk = NewPerson {
            public_id: app.public_id()?,
            preferred_name: "Clerk".into(),
            password_hash: None,
            time_zone: "UTC".into(),
            locale: "en".into(),
        };
        Ok::<_, AppError>(accounts::add_person(c, &clerk, now)?)
    })?;
    let mut file = String::from("Name,Class,Email,Start date,End date\n");
    for n in 0..ROWS {
        writeln!(file, "Person Number{n},Supporting,person{n}@import.example,2026-01-10,2027-01-09")?;
    }
    println!("{ROWS} rows, {} KiB; {} MiB resident before", file.len() / 1024, peak_mib());
    let stop = Arc::new(AtomicBool::new(false));
    let other = std::thread::spawn({
        let (app, stop) = (app.clone(), stop.clone());
        move || {
            let (mut waits, mut n) = (Vec::new(), 0_u64);
            while !stop.load(Ordering::Relaxed) {
                let start = Instant::now();
                n += 1;
                let noted = app
                    .store()
                    .write(|c| Ok::<_, AppError>(organisation::put_setting(c, "measurement", &n, now)?));
                if noted.is_ok() {
                    waits.push(start.elapsed());
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            waits
        }
    });
    let act = Act {
        actor: Some(by),
        action: "import.stage",
        object: String::new(),
        details: serde_json::json!({}),
        reference: "measurement".into(),
    };
    let start = Instant::now();
    let id = imports::stage(&app, &act, "measurement.csv", file.as_bytes(), by)?;
    println!("read and kept after {:.1?}", start.elapsed());
    imports::look_now(&app, &id)?;
    println!("every row looked at after {:.1?}", start.elapsed());
    imports::apply_now(&app, &id, by)?;
    let whole = start.elapsed();
    stop.store(true, Ordering::Relaxed);
    let mut waits = other.join().map_err(|_| anyhow::anyhow!("the other writer panicked"))?;
    waits.sort_unstable();
    let at =
        |share: usize| waits.get((waits.len().saturating_sub(1)) * share / 100).copied().unwrap_or_default();
    let people = app.store().read(|c| Ok::<_, AppError>(accounts::count_persons(c)?))?;
    println!("applied after {whole:.1?}: {people} people (limit 60 s)");
    println!("peak resident size {} MiB", peak_mib());
    println!(
        "another writer waited {:.1?} median, {:.1?} at most of {} (limit 250 ms)",
        at(50),
        at(100),
        waits.len()
    );
    Ok(())
}
