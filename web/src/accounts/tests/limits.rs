//! Stories of attacks by number.

use chrono::TimeDelta;

use super::{PASSWORD, member, try_password};
use crate::testing::TestApp;

#[actix_web::test]
async fn a_thousand_wrong_guesses_never_lock_out_a_known_device() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    let home = app.visitor();
    try_password(&home, "ann@meadow.test", PASSWORD).await.expect(303);
    home.post("/sign-out", &[]).await.expect(303);
    let stranger = app.visitor();
    let mut heard = 0;
    for _ in 0..1_000 {
        app.advance(TimeDelta::seconds(1));
        heard += u32::from(try_password(&stranger, "ann@meadow.test", "guess").await.status == 422);
    }
    // One guess a minute on the account, and the few at the start.
    assert!((20..=26).contains(&heard), "{heard} guesses were heard");
    try_password(&home, "ann@meadow.test", PASSWORD).await.expect(303);
}

#[actix_web::test]
async fn the_mark_of_a_device_serves_its_own_account_and_cannot_be_forged() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    member(&app, "mallory@meadow.test").await;
    let mallory = app.visitor();
    try_password(&mallory, "mallory@meadow.test", PASSWORD).await.expect(303);
    mallory.post("/sign-out", &[]).await.expect(303);
    let stranger = app.visitor();
    while try_password(&stranger, "ann@meadow.test", "guess").await.status != 429 {}
    try_password(&mallory, "ann@meadow.test", "guess").await.expect(429);
    let forger = app.visitor();
    forger.cookies.borrow_mut().insert("__Host-folkmoot-device".into(), "AAAA.AAAA".into());
    try_password(&forger, "ann@meadow.test", "guess").await.expect(429);
}

#[actix_web::test]
async fn no_more_hashes_at_a_time_than_allowed() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let app = TestApp::with(|c| c.passwords.parallel = 2).await;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let gate = Arc::new(std::sync::Barrier::new(2));
    let work = (0..6).map(|_| {
        let (now, most, gate) = (now.clone(), most.clone(), gate.clone());
        app.app.hashing(move || {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // Both of the two that are allowed meet here.
            gate.wait();
            now.fetch_sub(1, Ordering::SeqCst);
        })
    });
    for done in futures_util::future::join_all(work).await {
        done.unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[actix_web::test]
async fn a_flood_of_passwords_is_turned_away_in_one_sentence() {
    use std::sync::mpsc;
    let app = TestApp::with(|c| {
        c.passwords.parallel = 1;
        c.passwords.queue = 0;
    })
    .await;
    member(&app, "ann@meadow.test").await;
    let (begun, has_begun) = mpsc::channel();
    let (end, ended) = mpsc::channel::<()>();
    let inner = app.app.clone();
    let long = actix_web::rt::spawn(async move {
        inner
            .hashing(move || {
                begun.send(()).unwrap();
                let _ = ended.recv();
            })
            .await
            .unwrap();
    });
    actix_web::rt::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
    let refused = try_password(&app.visitor(), "ann@meadow.test", PASSWORD)
        .await
        .expect(503)
        .says("Many people are signing in at this moment. Nothing was changed.");
    assert!(refused.headers.contains_key("retry-after"));
    // A stranger is told the same: nothing tells who has an account.
    try_password(&app.visitor(), "stranger@meadow.test", PASSWORD).await.expect(503);
    drop(end);
    long.await.unwrap();
    try_password(&app.visitor(), "ann@meadow.test", PASSWORD).await.expect(303);
}
