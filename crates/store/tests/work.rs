//! Jobs, mail, buckets and the audit log on a real database.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use folkmoot_store::audit::{self, Act, Damage};
use folkmoot_store::jobs::{self, JobState, NewJob};
use folkmoot_store::rate::{self, Rate};
use folkmoot_store::test_db::TestDb;
use folkmoot_store::{Conn, JsonText, StoreError, Utc, on_backend};

fn at(minute: i64) -> Utc {
    Utc::parse("2026-06-16T12:00:00Z").unwrap().plus(TimeDelta::minutes(minute))
}

fn run<T>(db: &TestDb, mut f: impl FnMut(&mut Conn) -> Result<T, diesel::result::Error>) -> T {
    db.store().write(|c| Ok::<_, StoreError>(f(c)?)).unwrap()
}

fn job(key: Option<&str>) -> NewJob {
    NewJob {
        kind: "greet",
        payload: JsonText::of("hello").unwrap(),
        idempotence_key: key.map(Into::into),
        run_at: at(0),
        max_attempts: 2,
    }
}

#[test]
fn a_job_is_held_by_one_worker_until_its_lease_ends() {
    let db = TestDb::new().unwrap();
    let lease = TimeDelta::minutes(5);
    run(&db, |c| jobs::queue(c, &job(None), at(0)));
    assert!(run(&db, |c| jobs::claim(c, "one", lease, at(-1))).is_none());
    let first = run(&db, |c| jobs::claim(c, "one", lease, at(0))).unwrap();
    assert!(run(&db, |c| jobs::claim(c, "two", lease, at(4))).is_none());
    let second = run(&db, |c| jobs::claim(c, "two", lease, at(5))).unwrap();
    assert_eq!((first.id, second.attempts), (second.id, 2));
    assert!(!run(&db, |c| jobs::complete(c, first.id, "one", at(6))), "a lost lease completes nothing");
    assert!(run(&db, |c| jobs::complete(c, second.id, "two", at(6))));
    assert_eq!(run(&db, |c| jobs::count(c, JobState::Done)), 1);
}

#[test]
fn a_key_queues_once_for_ever() {
    let db = TestDb::new().unwrap();
    assert!(run(&db, |c| jobs::queue(c, &job(Some("k")), at(0))).is_some());
    assert!(run(&db, |c| jobs::queue(c, &job(Some("k")), at(0))).is_none());
    let claimed = run(&db, |c| jobs::claim(c, "w", TimeDelta::minutes(1), at(0))).unwrap();
    run(&db, |c| jobs::complete(c, claimed.id, "w", at(0)));
    assert!(run(&db, |c| jobs::queue(c, &job(Some("k")), at(1))).is_none());
}

#[test]
fn failures_pause_longer_and_then_wait_for_staff() {
    let db = TestDb::new().unwrap();
    run(&db, |c| jobs::queue(c, &job(None), at(0)));
    let lease = TimeDelta::minutes(1);
    let first = run(&db, |c| jobs::claim(c, "w", lease, at(0))).unwrap();
    assert_eq!(run(&db, |c| jobs::fail(c, &first, "w", "no route", at(0))), JobState::Queued);
    assert!(!run(&db, |c| jobs::is_due(c, at(0))));
    let second = run(&db, |c| jobs::claim(c, "w", lease, at(1))).unwrap();
    assert_eq!(run(&db, |c| jobs::fail(c, &second, "w", "no route", at(1))), JobState::Dead);
    assert!(run(&db, |c| jobs::claim(c, "w", lease, at(999))).is_none());
    assert!(run(&db, |c| jobs::repeat(c, second.id, at(1000))));
    assert_eq!(run(&db, |c| jobs::claim(c, "w", lease, at(1000))).unwrap().attempts, 1);
    assert_eq!(jobs::pause_after(1), TimeDelta::seconds(10));
    assert_eq!(jobs::pause_after(50), TimeDelta::hours(1));
}

#[test]
fn a_bucket_empties_and_refills() {
    let db = TestDb::new().unwrap();
    let rate = Rate { capacity: 2.0, refill_seconds: 60.0 };
    let take = |minute| run(&db, |c| rate::take(c, "x", rate, at(minute)));
    assert_eq!((take(0), take(0), take(0)), (Ok(()), Ok(()), Err(60)));
    assert_eq!(take(1), Ok(()));
    assert_eq!(take(1), Err(60));
    assert_eq!(run(&db, |c| rate::take(c, "y", rate, at(1))), Ok(()));
    assert_eq!(take(-5), Err(60), "a clock that went back refills nothing");
}

fn log(db: &TestDb, n: i64) {
    for i in 0..n {
        let act = Act {
            actor: None,
            action: "test.act",
            object: format!("thing {i}"),
            details: serde_json::json!({ "n": i }),
            reference: "test".into(),
        };
        run(db, |c| audit::append(c, &act, at(i)));
    }
}

fn check(db: &TestDb) -> Result<i64, Damage> {
    run(db, |c| audit::verify(c, |message, signature| signature == sign(message)))
}

fn sign(message: &[u8]) -> Vec<u8> {
    message.iter().rev().copied().collect()
}

/// Does what only somebody with the database's own keys could do: takes the triggers away first.
fn tamper(db: &TestDb, sql: &str) {
    run(db, |c| {
        on_backend!(c,
            sqlite(c) => c.batch_execute("DROP TRIGGER IF EXISTS audit_log_no_update; DROP TRIGGER IF EXISTS audit_log_no_delete"),
            postgres(c) => c.batch_execute("DROP TRIGGER IF EXISTS audit_log_append_only ON audit_log"))?;
        on_backend!(c, c => c.batch_execute(sql))
    });
}

#[test]
fn the_log_refuses_changes_by_itself() {
    let db = TestDb::new().unwrap();
    log(&db, 2);
    for sql in ["UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log WHERE seq = 2"] {
        let result: Result<(), StoreError> =
            db.store().write(|c| Ok(on_backend!(c, c => c.batch_execute(sql))?));
        assert!(result.unwrap_err().to_string().contains("append-only"), "{sql}");
    }
    assert_eq!(check(&db), Ok(2));
}

#[test]
fn verification_finds_edits_deletions_reorderings_and_cuts() {
    let cases: [(&str, Damage); 4] = [
        ("UPDATE audit_log SET object = 'other' WHERE seq = 3", Damage::Content(3)),
        ("DELETE FROM audit_log WHERE seq = 3", Damage::Gap { expected: 3, found: 4 }),
        (
            "UPDATE audit_log SET seq = 99 WHERE seq = 2; UPDATE audit_log SET seq = 2 WHERE seq = 3; \
             UPDATE audit_log SET seq = 3 WHERE seq = 99",
            Damage::Chain(2),
        ),
        ("DELETE FROM audit_log WHERE seq > 3", Damage::Truncated { end: 3, seq: 5 }),
    ];
    for (sql, damage) in cases {
        let db = TestDb::new().unwrap();
        log(&db, 5);
        assert_eq!(run(&db, |c| audit::checkpoint(c, sign, at(9))), Some(5));
        assert_eq!(run(&db, |c| audit::checkpoint(c, sign, at(9))), None);
        log(&db, 2);
        assert_eq!(check(&db), Ok(7));
        tamper(&db, sql);
        assert_eq!(check(&db), Err(damage), "{sql}");
    }
}

#[test]
fn a_rewritten_chain_contradicts_its_checkpoint() {
    let db = TestDb::new().unwrap();
    log(&db, 3);
    run(&db, |c| audit::checkpoint(c, sign, at(9)));
    // The attacker rewrites everything consistently, as `append` itself would.
    tamper(&db, "DELETE FROM audit_log");
    log(&db, 2);
    let act = Act {
        actor: None,
        action: "test.act",
        object: "forged".into(),
        details: serde_json::json!({}),
        reference: "test".into(),
    };
    run(&db, |c| audit::append(c, &act, at(2)));
    assert_eq!(check(&db), Err(Damage::Checkpoint(3)));
}
