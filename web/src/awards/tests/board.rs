//! The board's awards: a team and a quarter, a round without a calendar, recusal, reminders, refusals.

use folkmoot_governance::award::{AwardCalendar, CarryOverPolicy};
use folkmoot_governance::preset;
use folkmoot_store::awards::nominations;

use super::setting::Setting;
use crate::awards::{RemindReviewers, Settings};
use crate::jobs;
use crate::testing::between;

fn community() -> Settings {
    let calendar: AwardCalendar = preset::community_service_calendar();
    Settings {
        calendar: Some(calendar),
        carry_over: CarryOverPolicy { rounds: 4 },
        resolution: "RESOLVED, that {organisation} gives the {round} {award} to {recipients}.".into(),
        ..Settings::quarterly()
    }
}

/// The Community Service Award of the fourth quarter of 2021: five people in one nomination, the board 10–0–0, and another
/// proposal that is held over, stays without a name, and comes first in the next quarter.
#[actix_web::test]
async fn a_team_award_with_one_resolution_and_a_proposal_held_over() {
    let s =
        Setting::new("2021-11-01T12:00:00Z", 10, "community-service", "Community Service Award", community())
            .await;
    s.tend();
    s.adopt("charter").await;
    s.nominate("Zoe", "Held Over", "for later").await;
    let team = "Ana One <ana@people.test>\nBen Two\nCai Three\nDia Four\nEda Five";
    s.nominate("Ann", team, "for the translation sprints").await;
    s.at("2021-12-01T12:00:00Z");
    s.votes("Ana One, Ben Two, Cai Three, Dia Four and Eda Five", "yyyyyyyyyy").await;
    let path = s.case(0, "Ana One").await;
    let texts = format!("{path}/texts");
    s.member(1).get(&texts).await.expect(403);
    s.member(0).get(&texts).await.expect(200).says("Eda Five");
    let about = "They met every month.\nA thousand pages came of it.";
    let fields = [("citation", "For the translation sprints of 2021."), ("about", about)];
    s.member(0).submit(&texts, &fields).await.expect(200).says("Saved");
    s.at("2021-12-21T12:00:00Z");
    let drafts = s.member(0).get("/awards/review/community-service/rounds/2021-4").await.expect(200);
    let resolution = "RESOLVED, that Folkmoot gives the 2021 Q4 Community Service Award to Ana One, Ben Two, Cai Three, Dia Four and \
                      Eda Five for the translation sprints of 2021.";
    drafts.says(&resolution.replace("Folkmoot", &s.test.app.organisation().name)).says("Approved, 10–0–0.");
    // The chair brings the announcement forward; beyond the calendar or into the past it does not go.
    let round = "/awards/review/community-service/rounds/2021-4/announcement";
    let chair = s.member(0);
    for wrong in ["2022-02-01", "2021-12-01", ""] {
        chair.post(round, &[("announce_on", wrong), ("announcement", "x")]).await.expect(422);
    }
    chair
        .submit(round, &[("announce_on", "2021-12-23"), ("announcement", "Hear, hear.")])
        .await
        .says("Saved");
    s.member(3).post(round, &[("announce_on", "2021-12-24"), ("announcement", "")]).await.expect(403);
    s.at("2021-12-23T13:59:59Z");
    assert!(s.roster().await.is_empty());
    s.at("2021-12-23T14:00:00Z");
    assert_eq!(s.roster().await.len(), 5);
    let visitor = s.test.visitor();
    let page = visitor.get("/awards/community-service/recipients/ana-one").await.expect(200);
    page.says("Given together with: Ben Two Cai Three Dia Four Eda Five")
        .says("A thousand pages")
        .says("RESOLVED");
    visitor
        .get("/awards/community-service/recipients/eda-five/certificate")
        .await
        .expect(200)
        .says("gives the Community Service Award to Eda Five for the translation sprints of 2021.");
    let public =
        visitor.get("/awards/community-service/rounds/2021-4").await.expect(200).says("Approved, 10–0–0.");
    assert!(!public.body.contains("Held Over"));
    // Held over, and first in the queue of the next quarter although others came since.
    s.nominate("Bea", "Newer Name", "for work").await;
    s.at("2022-03-01T12:00:00Z");
    let queue = s.member(4).get("/awards/review/community-service").await.expect(200).text();
    assert!(queue.find("Held Over").unwrap() < queue.find("Newer Name").unwrap(), "{queue}");
    s.test.mails();
}

/// An award without a calendar: the chair puts nominations to the vote and sets the day of the announcement.
#[actix_web::test]
async fn an_award_without_calendar_is_put_to_the_vote_by_the_chair() {
    let settings =
        Settings { calendar: None, carry_over: CarryOverPolicy { rounds: 1 }, ..Settings::quarterly() };
    let s = Setting::new(
        "2026-06-01T12:00:00Z",
        4,
        "distinguished-service",
        "Distinguished Service Award",
        settings,
    )
    .await;
    s.tend();
    s.adopt("bylaws").await;
    s.nominate("Ann", "Ada Quill", "for the foundation itself").await;
    s.at("2026-06-05T12:00:00Z");
    let round = "/awards/review/distinguished-service/rounds/1-1";
    s.member(0).get(round).await.expect(200).says("Put the nominations to the vote");
    let chair = s.member(0);
    let to_vote = format!("{round}/vote");
    for (until, announce) in [("2026-06-04", "2026-06-20"), ("2026-06-10", "2026-06-10"), ("", "")] {
        chair.post(&to_vote, &[("review_until", until), ("announce_on", announce)]).await.expect(422);
    }
    let days = [("review_until", "2026-06-10"), ("announce_on", "2026-06-20")];
    s.member(1).post(&to_vote, &days).await.expect(403);
    chair.submit(&to_vote, &days).await.expect(200).says("Votes are taken until 11 June 2026, 00:00 UTC");
    chair.post(&to_vote, &days).await.expect(409);
    s.test.work();
    // What comes now is for the next round.
    s.nominate("Bea", "Bo Fern", "for work").await;
    s.votes("Ada Quill", "yyy-").await;
    s.at("2026-06-11T00:00:00Z");
    assert!(s.roster().await.is_empty());
    s.at("2026-06-20T14:00:00Z");
    assert_eq!(s.roster().await, ["Ada Quill"]);
    s.test.visitor().get("/awards/distinguished-service").await.says("No. 1 , announced 20 June 2026");
    s.member(2).get("/awards/review/distinguished-service").await.says("No. 2").says("Bo Fern");
    s.test.mails();
}

#[actix_web::test]
async fn reviewers_are_reminded_of_missing_votes_only() {
    let s = Setting::fellows("2024-02-01T12:00:00Z", 3).await;
    s.tend();
    s.adopt("charter").await;
    s.nominate("Ann", "Ada Quill", "for work").await;
    s.at("2024-02-22T12:00:00Z");
    let remind = || {
        let now = s.test.app.now();
        s.test.app.store().write(|c| jobs::queue(c, &RemindReviewers {}, now)).unwrap();
        s.test.work();
        let mails = s.test.mails();
        mails.iter().filter(|m| m.message == "award_review_due").count()
    };
    assert_eq!(remind(), 3);
    assert_eq!(remind(), 3, "once each");
    s.votes("Ada Quill", "yr-").await;
    s.test.clock.set(super::setting::at("2024-03-15T12:00:00Z"));
    assert_eq!(remind(), 4, "only the third has not spoken");
    s.test.clock.set(super::setting::at("2024-03-20T12:00:00Z"));
    assert_eq!(remind(), 5);
    s.member(2).get("/").await.says("Vote on 1 nomination for the Fellows, 2024 Q1");
    s.member(1).get("/").await.expect(200);
    let home = s.member(1).get("/").await.text();
    assert!(!home.contains("Vote on 1 nomination"), "{home}");
    s.test.mails();
}

/// A member of the body who is nominated does not learn it, counts as aside, and cannot act on it.
#[actix_web::test]
async fn a_nominated_reviewer_is_not_told() {
    let s = Setting::fellows("2024-02-01T12:00:00Z", 3).await;
    s.tend();
    s.adopt("charter").await;
    s.nominate("Ann", "Somebody Else <reviewer.2@people.test>", "for work").await;
    let path = s.case(0, "Somebody Else").await;
    let own = s.member(1).get("/awards/review/fellows").await.expect(200).text();
    assert!(!own.contains("Somebody Else"), "{own}");
    s.member(1).get(&path).await.expect(404);
    s.member(1).post(&format!("{path}/vote"), &[("choice", "yes"), ("rationale", "")]).await.expect(404);
    let rules = s.member(1).get("/awards/review/fellows/rules").await.expect(200);
    assert!(!rules.body.contains("Somebody Else"));
    s.at("2024-02-22T12:00:00Z");
    s.votes("Somebody Else", "y-y").await;
    s.member(0).get(&path).await.says("2 for, 0 against, 0 abstaining, 1 recused; 3 members");
    s.at("2024-03-21T12:00:00Z");
    s.member(1).get("/awards/review/fellows/rounds/2024-1").await.expect(404);
    s.at("2024-03-28T12:00:00Z");
    assert_eq!(s.roster().await, ["Somebody Else"]);
    // The grant is a membership for life of the person who has the address, from the announcement on.
    s.member(1).get("/membership").await.expect(200).says("Fellow In force");
    s.test.mails();
}

#[actix_web::test]
async fn nominations_are_checked_and_self_nomination_follows_the_policy() {
    let s = Setting::fellows("2024-02-01T12:00:00Z", 3).await;
    s.tend();
    let ann = s.test.person("Ann Arbour");
    let browser = s.test.signed_in(&ann);
    let path = "/awards/fellows/nominate";
    let send = |nominees: &'static str, links: &'static str, citation: &'static str| {
        [
            ("nominees", nominees),
            ("team", ""),
            ("citation", citation),
            ("accomplishments", "Much."),
            ("links", links),
            ("referees", ""),
        ]
    };
    for (nominees, links, citation, words) in [
        ("", "", "for x", "Name whom you nominate"),
        ("bo@people.test", "", "for x", "has no name"),
        ("Bo", "javascript:alert(1)", "for x", "is no web address"),
        ("Bo", "", "", "Say in one sentence"),
        ("Ann  Arbour", "", "for x", "Nobody nominates themselves"),
        ("Me <ann.arbour@people.test>", "", "for x", "Nobody nominates themselves"),
    ] {
        browser.post(path, &send(nominees, links, citation)).await.expect(422).says(words);
    }
    browser.get(path).await.expect(200);
    browser.post(path, &send("Bo", "", "for x")).await.expect(200).says("Thank you");
    s.test.mails();
    // Outsiders see no board; a nomination of another award's address is nowhere.
    for page in
        ["/awards/review/fellows", "/awards/review/fellows/rules", "/awards/review/fellows/rounds/2024-1"]
    {
        browser.get(page).await.expect(404);
    }
    let case = s.case(1, "Bo").await;
    browser.get(&case).await.expect(404);
    assert!(between(&case, "/nominations/", "x").is_none());
    // The chair withdraws; it is gone from the queue and nobody can vote on it.
    let chair = s.member(0);
    chair.post(&format!("{case}/withdraw"), &[("reason", "")]).await.expect(422);
    s.member(1).post(&format!("{case}/withdraw"), &[("reason", "x")]).await.expect(403);
    chair.submit(&format!("{case}/withdraw"), &[("reason", "As Bo wishes")]).await.says("withdrawn");
    s.member(1).post(&format!("{case}/vote"), &[("choice", "yes"), ("rationale", "")]).await.expect(409);
    let sent = s
        .test
        .app
        .store()
        .read(|c| Ok::<_, crate::AppError>(nominations::sent_by(c, ann.id)?.len()))
        .unwrap();
    assert_eq!(sent, 1);
    s.test.mails();
}
