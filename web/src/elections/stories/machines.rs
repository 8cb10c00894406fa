//! What machines fetch and what witnesses sign.

use folkmoot_ballot::group::Ed25519;
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::receipt::tiles::tiles_since;
use folkmoot_ballot::receipt::{SignedCheckpoint, Tree};

use super::ballots;
use super::rules::{TIMES, board, one};
use super::stage::Stage;

#[actix_web::test]
async fn tiles_checkpoint_and_booth_hashes_are_what_machines_expect() {
    let stage = Stage::<Ed25519>::named(3, TIMES, |_| board()).await;
    let players = stage.open().await;
    stage.vote(&ballots(0, vec![vec![1, 0, 0], vec![0, 1, 0], vec![1, 1, 0]])).await;
    stage.at(TIMES.closes);
    stage.step();
    let note = String::from_utf8(stage.download("/checkpoint").await).unwrap();
    let size = SignedCheckpoint::parse(&note).unwrap().unverified().size;
    assert_eq!(size, 6, "setup, three ballots, the end, the tally");
    let entries = stage.download("/tile/entries/000.p/6").await;
    let (mut tree, mut rest) = (Tree::new(), entries.as_slice());
    while let [a, b, more @ ..] = rest {
        let (entry, next) = more.split_at(usize::from(u16::from_be_bytes([*a, *b])));
        tree.push(entry);
        rest = next;
    }
    SignedCheckpoint::parse(&note).unwrap().unverified().check_tree(&tree).unwrap();
    for tile in tiles_since(0, size) {
        assert_eq!(stage.download(&format!("/{tile}")).await, tile.bytes(&tree).unwrap());
    }
    stage.count(players, &[0, 1], false).await;
    for hidden in ["/tile/0/000.p/7", "/tile/entries/000.p/7", "/tile/0/000", "/tile/1/000.p/1", "/tile/0/0"]
    {
        assert_eq!(stage.status_of(hidden).await, 404, "{hidden}");
    }
    let hashes = String::from_utf8(stage.download("/booth-hashes.txt").await).unwrap();
    let line = hashes.lines().find(|l| l.ends_with("booth/booth.mjs")).unwrap();
    let (hash, name) = line.split_once("  ").unwrap();
    let served = stage.app.visitor().get(&format!("/{name}")).await.expect(200).body;
    assert_eq!(Hash::of(served.as_bytes()).hex(), hash);
    let certificate = String::from_utf8(stage.download("/quorum.txt").await).unwrap();
    assert!(
        certificate.contains("quorum met\n") && certificate.contains("— folkmoot.test/e/"),
        "{certificate}"
    );
}

#[actix_web::test]
async fn witnesses_sign_what_the_public_sees_and_no_other_history() {
    use crate::cli::witness::Witness;
    use crate::elections::witnesses::ask_all;
    use folkmoot_ballot::receipt::{KeyKind, SigningKey, VerifierKey};
    let stage = Stage::<Ed25519>::named(3, TIMES, |_| board()).await;
    let players = stage.open().await;
    let app = &stage.app.app;
    let held = app.boxes().get_now(app, &stage.now()).unwrap();
    let log = VerifierKey::parse(&held.log.verifier()).unwrap();
    let folder = std::env::temp_dir().join(format!("folkmoot-witnesses-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let own = SigningKey::from_seed("w.example", KeyKind::Witness, [7; 32].into()).unwrap();
    let key = own.verifier().clone();
    let witness = Witness::new(own, vec![log], folder.clone());
    let settings = [crate::config::Witness { url: "https://w.example".into(), key: key.to_string() }];
    let ask = || {
        let post = |url: &str, body: &str| {
            assert_eq!(url, "https://w.example/add-checkpoint");
            let answer = witness.add_checkpoint(body, 1_800_000_000)?;
            Ok((answer.status, answer.body))
        };
        ask_all(app, &settings, &post)
    };
    let signed = |text: &str| {
        let note = SignedCheckpoint::parse(text).unwrap();
        (note.unverified().size, note.cosignatures(std::slice::from_ref(&key)).unwrap().len())
    };
    assert_eq!(stage.status_of("/checkpoint?witnessed=1").await, 404);
    ask().unwrap();
    stage.vote(&one(0, [1, 0, 0])).await;
    let now = async |query: &str| {
        let text = stage.download(&format!("/checkpoint{query}")).await;
        signed(&String::from_utf8(text).unwrap())
    };
    assert_eq!((now("").await, now("?witnessed=1").await), ((2, 0), (1, 1)));
    ask().unwrap();
    assert_eq!(now("").await, (2, 1));
    // It has forgotten; it says so, and is asked again.
    for file in std::fs::read_dir(&folder).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    stage.vote(&ballots(1, vec![vec![0, 1, 0], vec![0, 1, 0]])).await;
    ask().unwrap();
    assert_eq!(now("?witnessed=1").await, (4, 1));
    stage.at(TIMES.closes);
    stage.step();
    stage.count(players, &[0, 1], false).await;
    ask().unwrap();
    assert_eq!(now("?witnessed=1").await, (6, 1), "no more than the public sees before the announcement");
    stage.at(TIMES.publishes);
    stage.step();
    ask().unwrap();
    assert!(now("").await.0 > 6 && now("").await.1 == 1);
    // A server that cannot extend what was signed is found out.
    let refuse = |_: &str, _: &str| Ok((409, "99\n".to_owned()));
    let other = [crate::config::Witness {
        url: "https://x.example".into(),
        key: SigningKey::from_seed("x.example", KeyKind::Witness, [8; 32].into())
            .unwrap()
            .verifier()
            .to_string(),
    }];
    let said = ask_all(app, &other, &refuse).unwrap_err().to_string();
    assert!(said.contains("it has signed a checkpoint of 99 events"), "{said}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[actix_web::test]
async fn nobody_but_a_trustee_sends_large_bodies() {
    use actix_web::http::header;
    use actix_web::test::TestRequest;
    let stage = Stage::<Ed25519>::named(1, TIMES, |_| board()).await;
    stage.open().await;
    // The proof of the form comes after the body: who is no trustee is sent away before either is looked at.
    for (person, status) in [(&stage.voters[0], 404), (&stage.trustees[0], 403)] {
        let browser = stage.app.signed_in(person);
        let request = TestRequest::post()
            .uri("/elections/vote/trustee")
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header((header::ACCEPT, "application/json"))
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .set_payload("{}");
        assert_eq!(browser.send(request).await.status.as_u16(), status);
    }
}
