//! A meeting from its notice to its minutes.

use folkmoot_store::accounts::Role;

use crate::motions::tests::town::Town;

#[actix_web::test]
async fn a_meeting_has_notice_quorum_motions_and_minutes() {
    let town = Town::new(8).await;
    town.body("board", "Board", &town.people[..7]);
    town.adopt("board", "act", |_| {});
    let mia = town.app.staff("Mia", Role::MembershipStaff);
    let fields = [
        ("title", "Ordinary meeting"),
        ("place", "Room 1"),
        ("agenda", "1. Budget"),
        ("day", "2026-06-15"),
        ("time", "12:00"),
        ("record", ""),
        ("notice_min", "10"),
        ("notice_max", "13"),
        ("quorum", "1/2"),
        ("strict", "yes"),
    ];
    town.as_(1).post("/bodies/board/meetings/new", &fields).await.expect(403);
    let wrong: Vec<_> =
        fields.iter().map(|(n, v)| (*n, if *n == "day" { "2026-05-01" } else { v })).collect();
    mia.post("/bodies/board/meetings/new", &wrong).await.expect(422).says("a day that is to come");
    let meeting = mia.post("/bodies/board/meetings/new", &fields).await.expect(303).location().unwrap();
    // Fourteen days before is too early, thirteen is not; nine would be too late.
    mia.post(&format!("{meeting}/notice"), &[]).await.expect(409).says("too early");
    town.days(1);
    let mia = town.app.staff("Mo", Role::MembershipStaff);
    town.as_(1).post(&format!("{meeting}/notice"), &[]).await.expect(403);
    mia.submit(&format!("{meeting}/notice"), &[]).await.says("Notice sent");
    let mail = town.app.mail_to(&town.people[3].email);
    assert!(
        mail.subject.contains("Ordinary meeting")
            && mail.body_text.contains("members at 15 June 2026, 04:00 UTC")
    );
    assert_eq!(town.app.mails().iter().filter(|m| m.subject.contains("Notice of meeting")).count(), 7);
    let moved = [("day", "2026-06-16"), ("time", "12:00"), ("place", "Room 1"), ("agenda", "1. Budget")];
    mia.post(&format!("{meeting}/change"), &moved).await.expect(409).says("notice has gone out");
    town.as_(6).submit(&format!("{meeting}/apologies"), &[]).await.expect(200);
    let id = meeting.rsplit('/').next().unwrap().to_owned();
    let motion = [
        ("kind", "act"),
        ("title", "Budget 2027"),
        ("text", "that the budget be adopted."),
        ("meeting", id.as_str()),
    ];
    town.as_(0).post("/bodies/board/motions/new", &motion).await.expect(409).says("has not begun");
    town.days(13);
    town.app.advance(chrono::TimeDelta::hours(2));
    let mia = town.app.staff("Mi", Role::MembershipStaff);
    // Seven entitled, more than half is four.
    let attends = async |browser: &crate::testing::Browser<'_>, person: usize, how: &str| {
        let fields = [("person", town.people[person].public_id.as_str()), ("presence", how)];
        browser.post(&format!("{meeting}/attendance"), &fields).await
    };
    for person in 0..3 {
        attends(&mia, person, "present").await.expect(303);
    }
    attends(&mia, 7, "present").await.expect(409).says("no member at the record instant");
    attends(&town.as_(1), 4, "present").await.expect(403);
    town.as_(0)
        .post("/bodies/board/motions/new", &motion)
        .await
        .expect(409)
        .says("3 of 7 are present or represented, 4 are needed");
    attends(&mia, 3, "represented").await.expect(303);
    mia.get(&meeting).await.says("4 of 7 members present or represented; 4 needed: the quorum is there.");
    let put = town.proposes(0, "board", &motion).await;
    town.votes(&put, 0..3, "yes").await;
    town.as_(5).post(&format!("{put}/vote"), &[("choice", "no"), ("reason", "")]).await.expect(403);
    town.votes(&put, 3..4, "no").await;
    town.settles();
    mia.get(&meeting).await.says("Budget 2027 2026-1 , 15 June 2026; 3 for, 1 against, 0 abstentions");
    mia.post(&format!("{meeting}/minutes"), &[("minutes", "x")]).await.expect(409);
    let page = mia.submit(&format!("{meeting}/close"), &[]).await.expect(200);
    let draft = page.text();
    for words in [
        "Present: Member 1, Member 2, Member 3.",
        "Represented: Member 4.",
        "Apologies: Member 7.",
        "Resolution 2026-1: Budget 2027",
    ] {
        assert!(draft.contains(words), "{words} in {draft}");
    }
    let visitor = town.app.visitor();
    assert!(!visitor.get(&meeting).await.text().contains("Member 1"));
    mia.submit(&format!("{meeting}/minutes"), &[("minutes", "The budget was adopted."), ("publish", "yes")])
        .await
        .says("Minutes published");
    mia.post(&format!("{meeting}/minutes"), &[("minutes", "No.")]).await.expect(409).says("stay as they are");
    visitor.get(&meeting).await.says("The budget was adopted.").says("Budget 2027");
    town.app.work();
}
