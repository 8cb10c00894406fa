//! Whose public code is which is destroyed when the time for complaints is over, and every page copes without it.

use chrono::TimeDelta;
use folkmoot_store::elections::{results, roll, running};

use super::office::{Office, STAFF};
use crate::elections::DestroyBindings;
use crate::error::AppError;
use crate::jobs::Job;

fn bound(office: &Office) -> i64 {
    let id = office.election().id;
    office.app.app.store().read(|c| Ok::<_, AppError>(roll::bound_credentials(c, id)?)).unwrap()
}

fn daily(office: &Office) -> i64 {
    DestroyBindings {}.run(&office.app.app).unwrap();
    bound(office)
}

#[actix_web::test]
async fn bindings_are_destroyed_ninety_days_after_the_announcement() {
    let office = Office::new(12).await;
    let mut zoe = office.ready().await;
    let codes = office.codes();
    office.advance_to("2026-06-20T14:00:00Z");
    office.advance();
    let mut cast = String::new();
    for (i, code) in codes.iter().take(11).enumerate() {
        let (status, answer) = office.vote(i, code, &[1, u8::from(i % 2 == 0), 0]).await;
        assert_eq!(status, 200, "{answer}");
        cast = answer["tracker"].as_str().unwrap().to_owned();
    }
    office.advance_to("2026-07-05T12:00:00Z");
    office.advance();
    zoe = zoe.again(&office.app, &office.zoe);
    zoe.act("rehearse").await;
    zoe.act("decrypt").await;
    // The job that announces is two days late; the time for complaints begins with the announcement itself.
    office.advance_to("2026-07-08T12:00:00Z");
    office.advance();
    assert_eq!(office.election().state, "published");
    assert_eq!(daily(&office), 12);
    let (id, now) = (office.election().id, office.app.app.now());
    let day = now.datetime().date_naive();
    let report = |c: &mut folkmoot_store::Conn| {
        Ok::<_, AppError>(results::insert_dispute(c, id, "AB12", "x", "Looks wrong", day)?)
    };
    office.app.app.store().write(report).unwrap();
    office.app.advance(TimeDelta::days(90) - TimeDelta::seconds(1));
    assert_eq!(daily(&office), 12, "too early");
    office.app.advance(TimeDelta::seconds(1));
    assert_eq!(daily(&office), 12, "a report is open");
    let answer = |c: &mut folkmoot_store::Conn| Ok::<_, AppError>(running::answer_dispute(c, id, "AB12")?);
    assert!(office.app.app.store().write(answer).unwrap());
    assert_eq!(daily(&office), 0);
    assert_eq!(daily(&office), 0);
    let acts = office.app.audited();
    assert_eq!(acts.iter().filter(|a| *a == "election.bindings_destroyed").count(), 1);
    let log = office.officer().get(&format!("{STAFF}/running")).await.expect(200);
    log.says("was destroyed (12 entries)");
    assert!(!office.app.visitor().get("/elections/board").await.expect(200).text().contains("destroyed"));

    // What was public stays, and nothing looks for what is gone.
    let visitor = office.app.visitor();
    for page in ["", "/board", "/results.json", "/record.txt", "/checkpoint", "/rules", "/roll"] {
        visitor.get(&format!("/elections/board{page}")).await.expect(200);
    }
    visitor.get(&format!("/elections/board/check?tracker={cast}")).await.expect(200);
    let voter = office.app.signed_in(&office.voters[0]);
    voter.get("/elections/board").await.expect(200).says("Ana");
    voter.get("/elections/board/roll").await.expect(200).says("You are on the roll");
    voter.get("/elections/board/booth.json").await.expect(409);
    let officer = office.officer();
    for page in ["", "/registrar", "/open", "/roll", "/deliveries", "/count"] {
        officer.get(&format!("{STAFF}{page}")).await.expect(200);
    }
    office.app.work();
}

#[actix_web::test]
async fn a_void_election_keeps_its_bindings_no_longer() {
    let office = Office::new(3).await;
    office.ready().await;
    office.advance_to("2026-06-20T14:00:00Z");
    office.advance();
    office.advance_to("2026-07-05T12:00:00Z");
    office.advance();
    assert_eq!(office.election().state, "void");
    let ends = office.election().publish_at.unwrap();
    office.app.advance(ends.plus(TimeDelta::days(90)).since(office.app.app.now()) - TimeDelta::seconds(1));
    assert_eq!(daily(&office), 3, "too early");
    office.app.advance(TimeDelta::seconds(1));
    assert_eq!(daily(&office), 0);
    assert_eq!(office.election().state, "void");
    office.officer().get(&format!("{STAFF}/running")).await.expect(200).says("was destroyed (3 entries)");
    office.app.work();
}
