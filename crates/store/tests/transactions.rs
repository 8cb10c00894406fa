//! Transactions, settings and types on a real database: SQLite, or the server of `TEST_DATABASE_URL`.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use diesel::prelude::*;
use folkmoot_store::organisation::{put_setting, setting};
use folkmoot_store::test_db::{ScratchFolder, TestDb};
use folkmoot_store::{Options, Store, StoreError, Turn, Utc};

fn now() -> Utc {
    Utc::parse("2026-06-16T12:00:00.123456Z").unwrap()
}

#[test]
fn a_setting_survives_being_written_twice() {
    let db = TestDb::new().unwrap();
    for name in ["Meadow Foundation", "Meadow and Hill Foundation"] {
        db.store().write(|c| Ok::<_, StoreError>(put_setting(c, "name", &name, now())?)).unwrap();
    }
    let found: Option<String> = db.store().read(|c| Ok::<_, StoreError>(setting(c, "name")?)).unwrap();
    assert_eq!(found.as_deref(), Some("Meadow and Hill Foundation"));
    let other: Option<String> = db.store().read(|c| Ok::<_, StoreError>(setting(c, "other")?)).unwrap();
    assert_eq!(other, None);
}

#[test]
fn an_error_rolls_everything_back() {
    let db = TestDb::new().unwrap();
    let result: Result<(), StoreError> = db.store().write(|c| {
        put_setting(c, "name", &"lost", now())?;
        Err(StoreError::Busy("refused on purpose".into()))
    });
    assert!(matches!(result, Err(StoreError::Busy(_))));
    let found: Option<String> = db.store().read(|c| Ok::<_, StoreError>(setting(c, "name")?)).unwrap();
    assert_eq!(found, None);
}

#[test]
fn a_panic_rolls_back_and_the_store_goes_on() {
    let db = TestDb::new().unwrap();
    let store = db.store().clone();
    let outcome = std::thread::spawn(move || {
        let _: Result<(), StoreError> = store.write(|c| {
            put_setting(c, "name", &"lost", now())?;
            std::panic::resume_unwind(Box::new("on purpose"))
        });
    })
    .join();
    assert!(outcome.is_err());
    let found: Option<String> = db.store().read(|c| Ok::<_, StoreError>(setting(c, "name")?)).unwrap();
    assert_eq!(found, None);
    db.store().write(|c| Ok::<_, StoreError>(put_setting(c, "name", &"kept", now())?)).unwrap();
}

#[test]
fn a_reader_cannot_write() {
    let db = TestDb::new().unwrap();
    let result = db.store().read(|c| Ok::<_, StoreError>(put_setting(c, "name", &"x", now())?));
    assert!(matches!(result, Err(StoreError::Query(_))), "{result:?}");
}

#[test]
fn sixteen_writers_lose_no_update() {
    let db = TestDb::new().unwrap();
    db.store().write(|c| Ok::<_, StoreError>(put_setting(c, "count", &0, now())?)).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..5 {
                    db.store()
                        .write(|c| {
                            let n: i64 = setting(c, "count")?.unwrap_or(0);
                            Ok::<_, StoreError>(put_setting(c, "count", &(n + 1), now())?)
                        })
                        .unwrap();
                }
            });
        }
    });
    let n: Option<i64> = db.store().read(|c| Ok::<_, StoreError>(setting(c, "count")?)).unwrap();
    assert_eq!(n, Some(80));
}

#[test]
fn writers_in_turn_do_their_work_once() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let db = TestDb::new().unwrap();
    // A second handle, as a second process has one.
    let options = Options { connections: 3, migrate: false, require_durable: false };
    let second = Store::open(db.url(), &options).unwrap();
    db.store().write(|c| Ok::<_, StoreError>(put_setting(c, "count", &0, now())?)).unwrap();
    let (runs, turn) = (AtomicUsize::new(0), Turn::of_election(7));
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let (store, runs) = (if writer % 2 == 0 { db.store() } else { &second }, &runs);
            scope.spawn(move || {
                for _ in 0..10 {
                    store
                        .write_in_turn(turn, |c| {
                            runs.fetch_add(1, Ordering::Relaxed);
                            let n: i64 = setting(c, "count")?.unwrap_or(0);
                            Ok::<_, StoreError>(put_setting(c, "count", &(n + 1), now())?)
                        })
                        .unwrap();
                }
            });
        }
    });
    let n: Option<i64> = second.read(|c| Ok::<_, StoreError>(setting(c, "count")?)).unwrap();
    assert_eq!((n, runs.into_inner()), (Some(40), 40), "nobody lost an update, nobody had to try again");
}

#[test]
fn a_turn_is_given_back_by_an_error_and_by_a_panic() {
    let db = TestDb::new().unwrap();
    let (store, turn) = (db.store().clone(), Turn::of_election(8));
    let refused: Result<(), StoreError> =
        store.write_in_turn(turn, |_| Err(StoreError::Busy("refused on purpose".into())));
    assert!(refused.is_err());
    let panicking = store.clone();
    let outcome = std::thread::spawn(move || {
        let _: Result<(), StoreError> = panicking.write_in_turn(turn, |_| -> Result<(), StoreError> {
            std::panic::resume_unwind(Box::new("on purpose"))
        });
    })
    .join();
    assert!(outcome.is_err());
    let options = Options { connections: 1, migrate: false, require_durable: false };
    let second = Store::open(db.url(), &options).unwrap();
    second.write_in_turn(turn, |c| Ok::<_, StoreError>(put_setting(c, "name", &"kept", now())?)).unwrap();
}

#[test]
fn instants_keep_microseconds_and_sort_as_text_would() {
    use folkmoot_store::schema::settings;
    let db = TestDb::new().unwrap();
    let base = Utc::parse("2026-06-16T12:00:00Z").unwrap();
    let steps = [0_i64, 1, 1_000, 123_456, 500_000, 1_000_000];
    db.store()
        .write(|c| {
            for micros in steps {
                let at = base.plus(chrono::TimeDelta::microseconds(micros));
                put_setting(c, &format!("at {micros:07}"), &0, at)?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let found: Vec<Utc> = db
        .store()
        .read(|c| {
            Ok::<_, StoreError>(
                settings::table
                    .filter(settings::updated_at.ge(base))
                    .order(settings::updated_at)
                    .select(settings::updated_at)
                    .load(c)?,
            )
        })
        .unwrap();
    let micros: Vec<i64> = found.iter().map(|u| u.since(base).num_microseconds().unwrap()).collect();
    assert_eq!(micros, steps);
}

#[test]
fn opening_twice_applies_nothing_and_sees_the_same_data() {
    let db = TestDb::new().unwrap();
    db.store().write(|c| Ok::<_, StoreError>(put_setting(c, "name", &"kept", now())?)).unwrap();
    let options = Options { migrate: false, require_durable: false, ..Options::default() };
    let again = Store::open(db.url(), &options).unwrap();
    let found: Option<String> = again.read(|c| Ok::<_, StoreError>(setting(c, "name")?)).unwrap();
    assert_eq!(found.as_deref(), Some("kept"));
}

#[test]
fn a_database_file_open_to_everybody_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = ScratchFolder::new("folkmoot-mode").unwrap();
    let path = folder.path().join("f.db");
    std::fs::write(&path, b"").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = Store::open(&format!("sqlite:{}", path.display()), &Options::default()).unwrap_err();
    assert!(error.to_string().contains("chmod 600"), "{error}");
}

#[test]
fn a_server_that_does_not_write_to_the_disk_is_refused() {
    // ops/with-postgres starts such a server, because tests need none that lasts.
    let Ok(url) = std::env::var("TEST_DATABASE_URL") else { return };
    let error = match Store::open(&url, &Options::default()) {
        Err(error) => error.to_string(),
        // With DURABLE=1 it writes, and then there is nothing to refuse.
        Ok(_) => return,
    };
    assert!(error.contains("fsync=off, which can lose ballots; turn it on"), "{error}");
}

#[test]
fn an_unwritable_place_is_one_sentence() {
    let error = Store::open("sqlite:/nonexistent/folder/f.db", &Options::default()).unwrap_err().to_string();
    assert!(error.contains("/nonexistent/folder/f.db") && !error.contains('\n'), "{error}");
}

#[test]
fn a_copy_opens_and_holds_the_data() {
    let db = TestDb::sqlite().unwrap();
    db.store().write(|c| Ok::<_, StoreError>(put_setting(c, "name", &"kept", now())?)).unwrap();
    let folder = ScratchFolder::new("folkmoot-copy").unwrap();
    let target = folder.path().join("copy.db");
    db.store().copy_to(&target).unwrap();
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let copy = Store::open(&format!("sqlite:{}", target.display()), &Options::default()).unwrap();
    let found: Option<String> = copy.read(|c| Ok::<_, StoreError>(setting(c, "name")?)).unwrap();
    assert_eq!(found.as_deref(), Some("kept"));
}
