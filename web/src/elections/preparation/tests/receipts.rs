//! A copy of the receipt by mail: sealed until the day is over, one for each voter, and no row that says who cast what.

use folkmoot_store::elections::receipts;
use folkmoot_store::mails::{self, Mail};
use serde_json::Value;

use super::office::Office;
use crate::elections::MailReceipts;
use crate::error::AppError;
use crate::jobs::Job;
use crate::mail::sealed;

fn stored(office: &Office) -> Vec<Mail> {
    let all = office.app.app.store().read(|c| Ok::<_, AppError>(mails::latest(c, 1000)?)).unwrap();
    all.into_iter().filter(|m| m.message == "ballot_receipt").collect()
}

fn tracker(answer: &Value) -> &str {
    answer["tracker"].as_str().unwrap()
}

#[actix_web::test]
async fn receipts_are_mailed_together_when_the_day_is_over() {
    let office = Office::new(3).await;
    let app = &office.app.app;
    office.ready().await;
    let codes = office.codes();
    office.advance_to("2026-06-20T14:00:00Z");
    office.advance();
    let told = office.app.signed_in(&office.voters[0]).get("/elections/board/booth.json").await.expect(200);
    let document: Value = serde_json::from_str(&told.body).unwrap();
    assert_eq!(document["mails_receipt"], true, "the booth tells the voter");
    let mut answers = Vec::new();
    for (voter, choices) in [(0, [1, 0, 0]), (1, [0, 1, 0]), (0, [0, 0, 1])] {
        let (status, answer) = office.vote(voter, &codes[voter], &choices).await;
        assert_eq!(status, 200, "{answer}");
        answers.push(answer);
    }
    // Refused ballots leave nothing behind.
    assert_eq!(office.vote(2, &codes[0], &[1, 0, 0]).await.0, 403);
    let kept = |c: &mut folkmoot_store::Conn| {
        let all = receipts::take_all(c)?;
        for one in &all {
            receipts::keep(c, one)?;
        }
        Ok::<_, AppError>(all)
    };
    let rows = app.store().write(kept).unwrap();
    assert_eq!(rows.len(), 3);
    assert!(answers.iter().all(|a| rows.iter().all(|r| !r.sealed.contains(tracker(a)))));
    office.app.work();
    assert!(stored(&office).is_empty(), "no mail says when somebody voted");

    MailReceipts {}.run(app).unwrap();
    let waiting = stored(&office);
    assert_eq!(waiting.len(), 2, "one for each voter");
    assert!(waiting.iter().all(|m| m.body_text.starts_with("sealed:")));
    let of = |voter: usize| {
        let found = waiting.iter().find(|m| m.recipient == office.voters[voter].email).unwrap();
        sealed::opened(app, found.clone()).unwrap().body_text
    };
    let last = of(0);
    assert!(last.contains(tracker(&answers[2])) && !last.contains(tracker(&answers[0])), "{last}");
    assert!(last.contains("c2sp.org/tlog-proof@v1") && !last.contains(&codes[0]), "{last}");
    assert!(of(1).contains(tracker(&answers[1])));
    MailReceipts {}.run(app).unwrap();
    assert_eq!(stored(&office).len(), 2, "nothing is mailed twice");
    let mut sent = office.app.mails().into_iter().filter(|m| m.message == "ballot_receipt");
    assert!(sent.all(|m| m.state.as_str() == "sent" && m.is_secret));
}
