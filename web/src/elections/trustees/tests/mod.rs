//! Stories of trustees through HTTP, from the invitation to the result.

pub mod player;
mod story;

use chrono::TimeDelta;
use folkmoot_ballot::group::Ed25519;
use folkmoot_ballot::trustee::parse_signed_list;
use folkmoot_store::accounts::Role;
use serde_json::{Value, json};

use self::player::{Player, SLUG, rng};
use self::story::{STAFF, Story, approval, ranking};

/// All trustees together through every round of a threshold key, and the rehearsal of those in `rehearsing`.
async fn ceremony(players: &mut [Player<'_>], rehearsing: &[usize]) {
    for step in ["key", "commit", "reveal", "share"] {
        for player in players.iter_mut() {
            player.act(step).await;
        }
    }
    for place in rehearsing {
        assert_eq!(players[*place].act("rehearse").await, "wait");
    }
}

#[actix_web::test]
async fn two_of_three_trustees_make_a_key_and_open_the_result_without_the_third() {
    let story = Story::named(approval(), &["Ada", "Grace", "Zoe"], "2").await;
    let mut players = story.players(Some((2, 3)));
    assert_eq!(players[0].step().await, "wait", "nobody is invited yet");
    story.does("invite", &[]).await;
    assert_eq!(story.app.mails().len(), 3);
    assert_eq!(story.app.mail_to("ada@people.test").subject, "Trustee of Board election: Create your key");
    assert_eq!(story.app.link_in_mail_to("zoe@people.test"), "/elections/board/trustee");
    players[0].browser.get("/").await.expect(200).says("Create your key: Board election");
    players[0].browser.get("/elections/board/trustee").await.expect(200).says("Trustee: Board election");

    assert_eq!(players[0].act("key").await, "wait");
    assert_eq!(players[2].act("key").await, "wait");
    assert_eq!(players[1].act("key").await, "commit");
    assert_eq!(story.app.mails().len(), 5, "the two others are told, whoever sits there is not");
    for step in ["commit", "reveal", "share"] {
        for player in &mut players {
            player.act(step).await;
        }
    }
    assert!(story.keys().is_err(), "no key before the rehearsal");
    players[0].act("rehearse").await;
    players[1].act("rehearse").await;
    let keys = story.keys().unwrap();
    assert!(keys.contains("\"name\":\"Zoe\""), "{keys}");
    players[2].act("rehearse").await;
    story.staff().get(STAFF).await.expect(200).says("3 of at least 2 have proved");
    story.app.work();

    story.vote(&[[1, 0, 0], [1, 1, 0], [0, 1, 1], [1, 0, 0]]).await;
    story.app.advance(TimeDelta::days(6));
    let players = story.again(players);
    assert_eq!(players[0].step().await, "wait", "the check begins a week before the close");
    story.app.advance(TimeDelta::days(1));
    let before = story.app.mails().len();
    let mut players = story.again(players);
    assert_eq!(players[0].act("rehearse").await, "wait");
    assert!(before <= story.app.mails().len());
    story.close();
    let mut players = story.again(players);
    assert_eq!(players[0].step().await, "wait", "the count waits for a second key check");
    let early = json!({ "partial_decryption": "{}" });
    players[0].refused("decrypt", early, 409, "not your turn").await;
    assert_eq!(players[2].act("rehearse").await, "decrypt");
    let sealed = story.public_archive().await;

    let (step, payload) = players[0].payload().await;
    assert_eq!(players[0].send(&step, payload.clone()).await.0, 200);
    let (status, again) = players[0].send(&step, payload.clone()).await;
    assert_eq!((status, &again["document"]["step"]), (200, &json!("done")));
    let other = payload["partial_decryption"].as_str().unwrap().replacen('1', "2", 1);
    players[0].refused("decrypt", json!({ "partial_decryption": other }), 409, "another one").await;
    assert_eq!(story.result(), None);
    assert_eq!(players[2].act("decrypt").await, "done");
    assert_eq!(story.now().state, "allocated");
    assert_eq!(story.result().as_deref(), Some("[[3,2,1]]"));
    assert_eq!(story.public_archive().await, sealed, "nothing after the tally is public yet");
    assert!(players[1].archive().await.len() > sealed.len(), "trustees see all of it");
    assert_eq!(story.announce().await, "[[3,2,1]]");
    story.app.work();
}

#[actix_web::test]
async fn ranked_ballots_are_shuffled_by_all_who_come_and_a_missing_trustee_does_not_block() {
    let story = Story::named(ranking(), &["Ada", "Grace", "Zoe"], "2").await;
    story.does("invite", &[]).await;
    let mut players = story.players(Some((2, 3)));
    ceremony(&mut players, &[0, 1, 2]).await;
    story.vote(&[[1, 2, 3], [1, 3, 2], [2, 1, 3], [1, 2, 0]]).await;
    story.close();
    let mut players = story.again(players);
    assert_eq!(players[0].act("rehearse").await, "wait");
    assert_eq!(players[1].act("rehearse").await, "shuffle");

    // Two begin at the same time: the second has to shuffle what the first left.
    let (step, overtaken) = players[1].payload().await;
    assert_eq!(players[0].act("shuffle").await, "wait");
    players[1].refused(&step, overtaken.clone(), 409, "came in while yours was made").await;
    let wrong = overtaken["shuffle"].as_str().unwrap().replacen("proofs", "proof", 1);
    players[1].refused("shuffle", json!({ "shuffle": wrong }), 422, "refused").await;
    story.staff().get(STAFF).await.expect(200).says("A contribution was refused.");
    players[1].refused("decrypt", json!({ "partial_decryption": "{}" }), 409, "not your turn").await;
    assert_eq!(players[1].act("shuffle").await, "wait", "the third may still come");

    story.does("missing", &[("position", "3")]).await;
    assert_eq!(story.now().state, "decrypting");
    players[0].act("decrypt").await;
    players[1].act("decrypt").await;
    assert_eq!(story.now().state, "allocated");
    assert_eq!(story.announce().await.matches('[').count(), 6, "four ballots are opened");
    story.app.work();
}

#[actix_web::test]
async fn who_has_not_shuffled_a_day_later_is_not_waited_for() {
    let story = Story::named(ranking(), &["Ada", "Grace", "Zoe"], "2").await;
    story.does("invite", &[]).await;
    let mut players = story.players(Some((2, 3)));
    ceremony(&mut players, &[0, 1, 2]).await;
    story.vote(&[[1, 2, 3], [1, 3, 2], [0, 0, 1], [0, 0, 0]]).await;
    story.close();
    let mut players = story.again(players);
    for step in ["rehearse", "shuffle"] {
        for place in [1, 2] {
            players[place].act(step).await;
        }
        if step == "rehearse" {
            story.may_not("end-shuffling", &[], "0 of at least 2").await;
        }
    }
    story.app.work();
    assert_eq!(story.now().state, "shuffling");
    story.app.advance(TimeDelta::hours(24));
    story.app.work();
    assert_eq!(story.now().state, "decrypting");
    assert_eq!(story.app.mail_to("zoe@people.test").subject, "Trustee of Board election: Decrypt the tally");
    assert_eq!(story.again(players)[0].step().await, "rehearse", "who comes late checks the key first");
}

#[actix_web::test]
async fn a_key_that_needs_everybody_needs_two_officers() {
    let story = Story::named(approval(), &["Ada", "Grace"], "0").await;
    story.does("invite", &[]).await;
    let mut players = story.players(None);
    let (_, key) = players[0].payload().await;
    assert_eq!(players[0].send("key", key.clone()).await.0, 200);
    players[1].refused("key", key, 422, "Another trustee has sent this very key").await;
    players[1].act("key").await;
    for player in &mut players {
        player.act("rehearse").await;
    }
    let why = story.keys().unwrap_err().to_string();
    assert!(why.contains("two officers"), "{why}");
    let second = story.app.person("Sam");
    story.app.grant(&second, Role::SecondOfficer);
    story.does("accept-no-spare", &[("reason", "Both sit on the committee")]).await;
    assert!(story.keys().is_err(), "one officer is not two");
    let waiting = story.app.link_in_mail_to("sam@people.test");
    let officer = story.app.signed_in(&second);
    let page = officer.get(&waiting).await.expect(200);
    let digest = crate::testing::between(&page.body, "name=\"digest\" value=\"", "\"").unwrap().to_owned();
    officer
        .submit(&format!("{waiting}/approve"), &[("digest", &digest), ("note", "")])
        .await
        .says("Approved");
    assert_eq!(story.keys().unwrap().matches("Single").count(), 2);
    story.app.work();
}

#[actix_web::test]
async fn lies_in_the_ceremony_are_refused() {
    let story = Story::named(approval(), &["Ada", "Grace", "Zoe"], "2").await;
    story.does("invite", &[]).await;
    let mut players = story.players(Some((2, 3)));
    let (_, ada) = players[0].payload().await;
    players[1].refused("key", ada.clone(), 422, "another place").await;
    players[0].refused("key", json!({ "certificate": "x" }), 422, "refused").await;
    players[0].refused("key", json!({ "public_key": {} }), 422, "out of date").await;
    let early = json!({ "commitment": "00", "sealed": "" });
    players[0].refused("commit", early, 409, "not your turn").await;
    assert_eq!(players[0].send("key", ada.clone()).await.0, 200);
    assert_eq!(players[0].send("key", ada).await.0, 200, "the same bytes may come again");
    let other: Value = serde_json::from_str(&players[0].member().certificate(&mut rng())).unwrap();
    players[0].refused("key", json!({ "certificate": other }), 409, "something else").await;
    players[1].act("key").await;
    players[2].act("key").await;

    let long = json!({ "commitment": "0".repeat(64), "sealed": "x".repeat(1_100_000) });
    players[0].refused("commit", long, 422, "too long").await;
    players[0].refused("commit", json!({ "commitment": "0", "sealed": "x" }), 422, "64").await;
    let certs = players[0].document().await["inputs"]["certs"].to_string();
    let certs = parse_signed_list::<Ed25519>(certs.as_bytes()).unwrap();
    for player in &mut players {
        player.act("commit").await;
    }
    let second = players[0].member().contribution(&certs, &mut rng()).unwrap();
    let second: Value = serde_json::from_str(&second.json).unwrap();
    let lie = json!({ "polynomial": second, "seen": "x" });
    players[0].refused("reveal", lie, 422, "other coefficients than they had committed to").await;
    for step in ["reveal", "share"] {
        for player in &mut players {
            player.act(step).await;
        }
    }
    let proof = players[1].proof(&players[1].document().await);
    players[0].refused("rehearse", proof, 422, "does not prove").await;
    story.app.work();
}

#[actix_web::test]
async fn trustees_are_named_by_officers_and_nobody_else_comes_in() {
    let story = Story::named(approval(), &["Ada", "Grace", "Zoe"], "4").await;
    story.may_not("invite", &[], "only 3 are named").await;
    story.does("threshold", &[("threshold", "2")]).await;
    story.may_not("add", &[("email", "ada@people.test")], "a trustee already").await;
    story.may_not("add", &[("email", "nobody@people.test")], "Nobody has an account").await;
    story.does("invite", &[]).await;
    let stranger = story.app.person("Eve");
    let eve = story.app.signed_in(&stranger);
    for path in ["trustee", "trustee.json", "trustee/archive.bel"] {
        eve.get(&format!("{SLUG}/{path}")).await.expect(404);
    }
    eve.get(STAFF).await.expect(403);
    story.app.grant(&stranger, Role::Administrator);
    story.may_not("add", &[("email", &stranger.email)], "let them begin again").await;

    let mut players = story.players(Some((2, 3)));
    ceremony(&mut players, &[]).await;
    story.does("restart", &[("reason", "Zoe lost her file")]).await;
    assert_eq!(players[0].step().await, "wait");
    story.may_not("add", &[("email", &stranger.email)], "cannot be a trustee").await;
    story.does("remove", &[("position", "1")]).await;
    story.does("invite", &[]).await;
    let document = players[1].document().await;
    assert_eq!((&document["trustee"]["index"], &document["step"]), (&json!(1), &json!("key")));
    assert!(document["public_key"].is_null());
    players[0].browser.get(&format!("{SLUG}/trustee.json")).await.expect(404);
    let acts = story.app.audited();
    assert_eq!(acts.iter().filter(|a| *a == "trustee.submit").count(), 12);
    assert!(acts.contains(&"trustee.restart".to_owned()));
    story.app.work();
}

#[actix_web::test]
async fn a_wrong_decryption_is_named_and_does_not_block() {
    let story = Story::named(approval(), &["Ada", "Grace", "Zoe"], "2").await;
    story.does("invite", &[]).await;
    let mut players = story.players(Some((2, 3)));
    ceremony(&mut players, &[0, 1, 2]).await;
    story.vote(&[[1, 0, 0], [1, 1, 0], [0, 0, 0], [1, 0, 0]]).await;
    story.close();
    let mut players = story.again(players);
    for player in &mut players {
        player.act("rehearse").await;
    }
    let (_, grace) = players[1].payload().await;
    players[0].refused("decrypt", grace, 422, "refused").await;
    story.staff().get(STAFF).await.expect(200).says("A contribution was refused.");
    assert_eq!(story.now().state, "quorum_ok", "nothing was stored");
    players[1].act("decrypt").await;
    players[2].act("decrypt").await;
    assert_eq!(story.result().as_deref(), Some("[[3,1,0]]"));
    let auditor = story.app.staff("Aud", Role::Auditor);
    assert_eq!(
        auditor.get(&format!("{SLUG}/trustee/archive.bel")).await.expect(200).body.into_bytes(),
        players[0].archive().await
    );
    story.app.work();
}
