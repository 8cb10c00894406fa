//! A year of rounds driven by the clock: carry-over of one, two and three quarters, and the end after the fourth.

use super::setting::Setting;

const ROUNDS: [(&str, &str, &str); 5] = [
    ("2024-02-21T12:00:00Z", "2024-03-21T12:00:00Z", "2024-03-28T12:00:00Z"),
    ("2024-05-21T12:00:00Z", "2024-06-21T12:00:00Z", "2024-06-28T12:00:00Z"),
    ("2024-08-21T12:00:00Z", "2024-09-21T12:00:00Z", "2024-09-28T12:00:00Z"),
    ("2024-11-21T12:00:00Z", "2024-12-21T12:00:00Z", "2024-12-28T12:00:00Z"),
    ("2025-02-21T12:00:00Z", "2025-03-21T12:00:00Z", "2025-03-28T12:00:00Z"),
];

#[actix_web::test]
async fn a_year_of_rounds_runs_by_the_clock() {
    let s = Setting::fellows("2024-02-01T12:00:00Z", 3).await;
    s.tend();
    s.adopt("charter").await;
    for name in ["Now Wren", "One Wren", "Two Wren", "Three Wren", "Never Wren"] {
        let first = name.split_once(' ').unwrap().0;
        s.nominate(&format!("Writer {first}"), name, "for the choir").await;
    }
    // Renewed in the second round: it counts from there anew and is there when the others have ended.
    s.nominate("Writer Again", "Again Wren", "for the choir").await;
    let chosen = ["Now Wren", "One Wren", "Two Wren", "Three Wren"];
    for (n, (cutoff, review, announced)) in ROUNDS.iter().enumerate() {
        s.at(cutoff);
        if let Some(name) = chosen.get(n) {
            s.votes(name, "yyn").await;
        }
        let queue = s.member(0).get("/awards/review/fellows").await.expect(200).text();
        assert_eq!(queue.contains("Never Wren"), n < 4, "round {n}: {queue}");
        assert!(queue.contains("Again Wren"), "round {n}: {queue}");
        s.at(review);
        s.at(announced);
        let names = s.roster().await;
        assert_eq!(names.len(), (n + 1).min(4), "{names:?}");
        if n == 0 {
            s.nominate("Writer Too", "Again Wren", "for the choir, again").await;
        }
    }
    let (mut three, mut never) = (0, 0);
    for mail in s.test.mails() {
        assert!(!mail.body_text.contains("Never Wren"), "{}", mail.body_text);
        if mail.recipient == "writer.three@writers.test" && mail.body_text.contains("considered again") {
            three += 1;
        }
        if mail.recipient == "writer.never@writers.test" && mail.body_text.contains("the last round") {
            never += 1;
        }
    }
    assert_eq!((three, never), (3, 1));
    s.test.visitor().get("/awards/fellows/recipients/three-wren").await.expect(200).says("2024 Q4");
}

/// A server that stood still for a year does every round in order when it runs again.
#[actix_web::test]
async fn a_server_that_stood_still_catches_up_round_by_round() {
    let s = Setting::fellows("2024-02-01T12:00:00Z", 3).await;
    s.tend();
    s.adopt("bylaws").await;
    s.nominate("Ann", "Ada Quill", "for work").await;
    s.nominate("Bea", "Bo Fern", "for work").await;
    s.votes("Ada Quill", "yyy").await;
    s.at("2025-03-30T12:00:00Z");
    assert_eq!(s.roster().await, ["Ada Quill"]);
    let queue = s.member(0).get("/awards/review/fellows").await.text();
    assert!(queue.contains("there is no nomination to consider"), "{queue}");
    for round in ["2024-1", "2024-2", "2024-3", "2024-4"] {
        s.test.visitor().get(&format!("/awards/fellows/rounds/{round}")).await.expect(200);
    }
    // After a year the names of who was not chosen are removed even from the board.
    s.at("2026-04-01T12:00:00Z");
    let left: Vec<String> = s
        .test
        .app
        .store()
        .read(|c| {
            use folkmoot_store::awards::{self, nominations};
            let programme = awards::programme(c, "fellows")?.id;
            let rows = nominations::in_state(c, programme, nominations::NominationState::Expired)?;
            let ids: Vec<_> = rows.iter().map(|r| r.id).collect();
            assert_eq!(ids.len(), 1);
            let names = nominations::nominees(c, &ids)?.into_iter().map(|n| n.name);
            Ok::<_, crate::AppError>(names.collect())
        })
        .unwrap();
    assert!(left.is_empty(), "{left:?}");
    s.test.mails();
}
