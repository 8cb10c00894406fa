//! An announced election whose voting ends later than planned: what is enforced, what everybody reads, what can move then.

use folkmoot_governance::Fraction;
use folkmoot_governance::quorum::{Counts, OnFail, QuorumPolicy};
use folkmoot_store::{Conn, elections};

use super::office::{Office, STAFF};
use crate::elections::settings::ElectionSettings;
use crate::error::AppError;
use crate::testing::between;

/// The end of the day that was announced, Anywhere on Earth.
const ANNOUNCED: &str = "2026-07-05T12:00:00Z";

async fn extended(office: &Office) {
    let later = [("until", "2026-07-12 12:00"), ("extend-reason", "Mail was down for a week")];
    office.does("running/extend", &later).await;
    office.agree().await;
}

fn instants(office: &Office) -> (String, String) {
    let election = office.election();
    (election.closes_at.unwrap().to_string(), election.publish_at.unwrap().to_string())
}

#[actix_web::test]
async fn an_extension_stays_when_another_date_is_moved() {
    let office = Office::new(3).await;
    office.ready().await;
    office.advance_to("2026-06-20T14:00:00Z");
    office.advance();
    extended(&office).await;
    // The announcement moves as far as the end: 14:00 in Berlin is 12:00 UTC.
    assert_eq!(instants(&office), ("2026-07-12T12:00:00Z".into(), "2026-07-13T12:00:00Z".into()));
    let visitor = office.app.visitor();
    let rules = visitor.get("/elections/board/rules").await.expect(200);
    rules.says("12 July 2026, 12:00 UTC").says("13 July 2026, 12:00 UTC").says("Mail was down for a week");
    let calendar = visitor.get("/elections/board/schedule.ics").await.expect(200);
    assert!(calendar.body.contains("DTSTART:20260712T120000Z"), "{}", calendar.body);
    assert!(!calendar.body.contains("DTSTART:20260705T120000Z"), "{}", calendar.body);

    let moved = |milestone: &'static str, date: &'static str| {
        [
            ("milestone", milestone),
            ("date-amended", date),
            ("time-amended", "12:00"),
            ("zone-amended", "UTC"),
            ("reason", "The hall is booked"),
        ]
    };
    office.officer().get(&format!("{STAFF}/timeline")).await.expect(200).says("12 July 2026, 12:00 UTC");
    office.refused("timeline/amend", &moved("voting_close", "2026-07-09"), "was announced for").await;
    office.does("timeline/amend", &moved("result_announced", "2026-07-15")).await;
    office.agree().await;
    assert_eq!(instants(&office), ("2026-07-12T12:00:00Z".into(), "2026-07-15T12:00:00Z".into()));
    office.advance_to(ANNOUNCED);
    office.advance();
    assert_eq!(office.election().state, "open", "it closed at the end that was announced before");
    office.advance_to("2026-07-12T12:00:00Z");
    office.advance();
    assert_ne!(office.election().state, "open");
    office.app.work();
}

#[actix_web::test]
async fn voting_resumed_after_its_end_goes_on_for_a_while() {
    let office = Office::new(3).await;
    office.ready().await;
    office.advance_to("2026-07-05T11:00:00Z");
    office.advance();
    office.does("running/suspend", &[("reason", "The server is slow")]).await;
    office.agree().await;
    assert_eq!(office.election().state, "suspended");
    office.app.advance(chrono::TimeDelta::hours(4));
    office.advance();
    let running = office.officer().get(&format!("{STAFF}/running")).await.expect(200);
    running.says("So far 240 minutes are lost.");
    let resume = |minutes: &'static str| [("minutes", minutes), ("resume-reason", "It is quick again")];
    for minutes in ["0", "179", "180"] {
        office.refused("running/resume", &resume(minutes), "Voting would be over at once").await;
    }
    let past = [("until", "2026-07-05 14:30"), ("extend-reason", "no")];
    office.refused("running/extend", &past, "Voting would be over at once").await;
    office.does("running/resume", &resume("300")).await;
    let left_over = office.app.link_in_mail_to(&office.sam.email);
    office.does("running/resume", &resume("240")).await;
    office.agree().await;
    office.advance();
    assert_eq!(office.election().state, "open");
    assert_eq!(instants(&office).0, "2026-07-05T16:00:00Z");
    office.app.visitor().get("/elections/board/rules").await.expect(200).says("It is quick again");

    // What was proposed for one suspension does not end another.
    office.does("running/suspend", &[("reason", "It is slow again")]).await;
    office.agree().await;
    let sam = office.app.signed_in(&office.sam);
    let page = sam.get(&left_over).await.expect(200);
    let digest = between(&page.body, "name=\"digest\" value=\"", "\"").unwrap().to_owned();
    let fields = [("digest", digest.as_str()), ("note", "")];
    let answer = sam.post(&format!("{left_over}/approve"), &fields).await;
    assert!(answer.text().contains("changed after this was proposed"), "{} {}", answer.status, answer.text());
    assert_eq!(office.election().state, "suspended");
    office.app.work();
}

#[actix_web::test]
async fn a_missing_quorum_gives_all_its_days_although_the_server_stood_still() {
    let office = Office::new(3).await;
    office.ready().await;
    let id = office.election().id;
    let mut settings: ElectionSettings = serde_json::from_str(&office.election().settings).unwrap();
    settings.quorum = QuorumPolicy::Share {
        fraction: Fraction::HALF,
        strict: false,
        counts: Counts::Cast,
        on_fail: OnFail::Extend { days: 7, times: 1 },
    };
    let text = serde_json::to_string(&settings).unwrap();
    let put = |c: &mut Conn| Ok::<_, AppError>(elections::put_settings(c, id, "Core board", &text)?);
    office.app.app.store().write(put).unwrap();
    office.advance_to("2026-06-20T14:00:00Z");
    office.advance();
    office.advance_to("2026-07-13T12:00:00Z");
    office.advance();
    assert_eq!(office.election().state, "open");
    assert_eq!(instants(&office).0, "2026-07-20T13:00:00Z");
    office.advance();
    assert_eq!(office.election().state, "open", "void at once");
    let words = "voting goes on for 7 days";
    office.app.visitor().get("/elections/board/rules").await.expect(200).says(words);
    office.officer().get(&format!("{STAFF}/timeline")).await.expect(200);
    for voter in &office.voters {
        let mail = office.app.mail_to(&voter.email);
        assert!(
            mail.subject.starts_with("Voting extended") && mail.body_text.contains(words),
            "{}",
            mail.subject
        );
    }
}
