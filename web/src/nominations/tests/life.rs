//! Story 8: from the nomination to the answer.

use chrono::TimeDelta;
use folkmoot_store::nominations::{NominationState, supports};

use super::office::{DATES, Date, Office, RULES, accept};
use crate::error::AppError;

#[actix_web::test]
async fn somebody_without_an_account_is_nominated_supported_and_accepts() {
    let office = Office::open().await;
    let (ana, eve) = (office.app.person("Ana"), office.app.person("Eve"));
    let sent = office.nominate(&ana, "Bo", "bo@new.test").await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    // A second nominator gets the same answer, and becomes a supporter.
    let second = office.nominate(&eve, "Bo O.", "BO@new.test").await;
    let said = |shown: &crate::testing::Shown| shown.headers.get("set-cookie").is_some();
    assert_eq!(
        (second.status, second.location(), said(&second)),
        (sent.status, sent.location(), said(&sent))
    );
    assert_eq!(office.nominations().len(), 1);
    let given = office
        .app
        .app
        .store()
        .read(|c| Ok::<_, AppError>(supports::of_nomination(c, office.named("Bo").id)?))
        .unwrap();
    let roles: Vec<&str> = given.iter().map(|s| s.role.as_str()).collect();
    assert_eq!(roles, ["nominator", "endorser"]);

    // There is nothing to practise with yet, and the page says so instead of failing.
    let practice = office.app.visitor().get("/elections/board/practice").await.expect(200);
    assert!(!practice.says("not known yet").body.contains("practice-page"));

    // Opening the link decides nothing, however often.
    let link = office.app.link_in_mail_to("bo@new.test");
    let bo = office.app.visitor();
    for _ in 0..3 {
        bo.get(&link).await.expect(200).says("you are nominated").says("Nobody has to stand");
    }
    assert_eq!(office.named("Bo").state, NominationState::Invited);
    bo.get(&link.replace("/answer/", "/answer/0")).await.expect(404);
    let wrong = format!("{}A", &link[..link.len() - 1]);
    bo.get(&wrong).await.expect(404);

    // The link proves the address: an account is made on the way.
    let account =
        [("account-name", "Bo"), ("account-password", "grey otter under snow"), ("account-accept", "yes")];
    let page = bo.submit(&format!("{link}/accept"), &account).await.expect(200);
    page.says("Waits for your answer").says("Ana nominates").says("Eve supports");
    let path = format!("/nominations/{}", office.named("Bo").public_id);
    // What is missing is said at its field; nothing typed is lost.
    let bare = [
        ("name", "Bo"),
        ("summary", "x"),
        ("section-1", "I stand."),
        ("links", ""),
        ("availability", ""),
        ("revision", "0"),
        ("act", "accept"),
    ];
    let refused = bo
        .post(&path, &bare)
        .await
        .expect(422)
        .says("Tick this to accept: conduct")
        .says("tick that there are none");
    assert!(refused.body.contains("I stand."));
    accept(&bo, &path, "Bo Okafor", "I will **serve**.").await.expect(200).says("Accepted");
    assert_eq!(office.named("Bo Okafor").state, NominationState::Accepted);
    office.app.work();
    let page = office.officer().get("/staff/elections/board/nominations").await.expect(200);
    page.says("Received 1").says("Linked to an account 1").says("Accepted 1").says("To be reviewed");
}

#[actix_web::test]
async fn who_declines_is_shown_nowhere_and_nobody_is_told() {
    let office = Office::open().await;
    let (ana, eve) = (office.app.person("Ana"), office.app.person("Eve"));
    office.nominate(&ana, "Bo", "bo@new.test").await;
    let link = office.app.link_in_mail_to("bo@new.test");
    let bo = office.app.visitor();
    bo.get(&link).await.expect(200);
    bo.submit(&format!("{link}/decline"), &[]).await.expect(200).says("You have declined");
    assert_eq!(office.named("Bo").state, NominationState::Declined);
    bo.submit(&format!("{link}/decline"), &[]).await.expect(409);
    bo.submit(&format!("{link}/accept"), &[]).await.expect(409);

    // The nominator sees what they saw before, and a second nomination is answered as ever. No further mail goes out.
    let mails = office.app.mails().len();
    let page = office.app.signed_in(&ana).get("/nominations").await.expect(200).says("Sent");
    assert!(!page.text().to_lowercase().contains("declin"));
    assert_eq!(office.nominate(&eve, "Bo", "bo@new.test").await.status, 303);
    let new: Vec<_> = office.app.mails().split_off(mails);
    assert!(new.iter().all(|m| m.recipient == eve.email), "{new:?}");
    for path in ["/elections/board/call", "/elections/board/candidates", "/elections/board"] {
        let shown = office.app.visitor().get(path).await.expect(200);
        assert!(!shown.body.contains("Bo<") && !shown.body.to_lowercase().contains("declined"), "{path}");
    }
}

#[actix_web::test]
async fn nominating_reveals_nothing_about_who_exists() {
    let office = Office::open().await;
    let (ana, known) = (office.app.person("Ana"), office.app.person("Known"));
    let (one, two) = (
        office.nominate(&ana, "Known", &known.email).await,
        office.nominate(&ana, "Nobody", "nobody@new.test").await,
    );
    assert_eq!((one.status, one.location(), one.body), (two.status, two.location(), two.body));
    assert_eq!(office.app.mails().iter().filter(|m| m.message == "nominated").count(), 2);
    // All verified addresses count, and a self-nomination from a second address is recognised.
    let now = office.app.app.now();
    office
        .app
        .app
        .store()
        .write(|c| {
            Ok::<_, AppError>(folkmoot_store::accounts::add_address(
                c,
                ana.id,
                "ana@second.test",
                Some(now),
                now,
            )?)
        })
        .unwrap();
    let own = office.nominate(&ana, "Ana", "ana@second.test").await;
    assert!(own.location().unwrap().starts_with("/nominations/"), "{:?}", own.location());
    assert!(office.named("Ana").is_self);
    office.app.work();
}

#[actix_web::test]
async fn a_visitor_writes_first_and_has_an_account_later() {
    let mut rules = RULES.to_vec();
    rules.retain(|(name, _)| *name != "by");
    rules.push(("by", "accounts"));
    let office = Office::with_call(DATES, &rules).await;
    office.to("2026-06-02T14:00:00Z");
    let visitor = office.app.visitor();
    visitor.get("/elections/board/nominate?who=other").await.expect(200).says("What you wrote is kept");
    let fields = [
        ("who", "other"),
        ("name", "Prince"),
        ("email", "prince@new.test"),
        ("words", "A *mononym* works."),
        ("own_name", "Vic"),
        ("own_email", "vic@new.test"),
        ("act", "send"),
    ];
    visitor.post("/elections/board/nominate", &fields).await.expect(200).says("Check your mail");
    assert!(office.nominations().is_empty(), "nothing is sent before the address is proved");
    let link = office.app.link_in_mail_to("vic@new.test");
    let page = visitor.get(&link).await.expect(200).says("You nominate Prince").says("Password");
    assert!(page.body.contains("<em>mononym</em>"));
    let account =
        [("account-name", "Vic"), ("account-password", "grey otter under snow"), ("account-accept", "yes")];
    visitor.submit(&link, &account).await.expect(200).says("Prince");
    assert_eq!(office.named("Prince").handle.split('-').next(), Some("prince"));
    visitor.get(&link).await.expect(404);
    office.app.work();

    // A draft of somebody with an account.
    let ana = office.app.person("Ana");
    let browser = office.app.signed_in(&ana);
    let draft =
        [("who", "other"), ("name", "Dee"), ("email", "dee@new.test"), ("words", "Later."), ("act", "draft")];
    let page = browser.submit("/elections/board/nominate", &draft).await.expect(200).says("Dee");
    let href = crate::testing::between(&page.body, "href=\"/elections/board/nominate?draft=", "\"")
        .unwrap()
        .to_owned();
    browser.get(&format!("/elections/board/nominate?draft={href}")).await.expect(200).says("Nominate");
    assert_eq!(office.nominations().len(), 1);
    let send = [
        ("who", "other"),
        ("name", "Dee"),
        ("email", "dee@new.test"),
        ("words", "Now."),
        ("act", "send"),
        ("draft", &href),
    ];
    browser.submit("/elections/board/nominate", &send).await.expect(200).says("Dee");
    assert_eq!(office.nominations().len(), 2);
    office.app.work();
}

#[actix_web::test]
async fn cut_offs_hold_to_the_microsecond_in_every_zone() {
    let aoe: Date = ("nominations_close", "2026-06-16", "end of day", "AoE");
    let new_york: Date = ("nominations_close", "2026-06-16", "09:00", "America/New_York");
    for (close, instant) in [
        (DATES[2], "2026-06-16T14:00:00Z"),
        (aoe, "2026-06-17T12:00:00Z"),
        (new_york, "2026-06-16T13:00:00Z"),
    ] {
        let mut dates = DATES.to_vec();
        dates[2] = close;
        let office = Office::with_call(&dates, RULES).await;
        let ana = office.app.person("Ana");
        office.before("2026-06-02T14:00:00Z", TimeDelta::microseconds(1));
        let early = office.nominate(&ana, "Bo", "bo@new.test").await.expect(409);
        early.says("Nominations open");
        office.to("2026-06-02T14:00:00Z");
        assert_eq!(office.nominate(&ana, "Bo", "bo@new.test").await.status, 303);
        for (before, name) in [(TimeDelta::seconds(1), "Cy"), (TimeDelta::microseconds(1), "Di")] {
            office.before(instant, before);
            let sent = office.nominate(&ana, name, &format!("{name}@new.test")).await;
            assert_eq!(sent.status, 303, "{instant} minus {before}: {}", sent.text());
        }
        office.to(instant);
        office.nominate(&ana, "Ed", "ed@new.test").await.expect(409).says("this one came too late");
        let refused = office
            .app
            .signed_in(&ana)
            .post("/elections/board/nominate", &[("who", "self"), ("words", ""), ("act", "send")])
            .await;
        refused.expect(409);
        assert_eq!(office.nominations().len(), 3, "{instant}");
        office.app.work();
    }
}

#[actix_web::test]
async fn across_the_change_to_winter_time_new_york_keeps_its_clock() {
    // Clocks go back on 1 November 2026: 09:00 in New York is 13:00 UTC before and 14:00 UTC after it.
    let dates: &[Date] = &[
        ("notice", "2026-10-20", "12:00", "UTC"),
        ("nominations_open", "2026-10-20", "09:00", "America/New_York"),
        ("nominations_close", "2026-11-03", "09:00", "America/New_York"),
        ("acceptance_close", "2026-11-05", "09:00", "America/New_York"),
        ("candidates_announced", "2026-11-07", "09:00", "America/New_York"),
        ("record_date", "2026-11-10", "14:00", "UTC"),
        ("voting_open", "2026-11-20", "14:00", "UTC"),
        ("voting_close", "2026-12-04", "14:00", "UTC"),
        ("result_announced", "2026-12-06", "14:00", "UTC"),
    ];
    let office = Office::with_call(dates, RULES).await;
    let ana = office.app.person("Ana");
    office.before("2026-10-20T13:00:00Z", TimeDelta::microseconds(1));
    office.nominate(&ana, "Bo", "bo@new.test").await.expect(409);
    office.to("2026-10-20T13:00:00Z");
    assert_eq!(office.nominate(&ana, "Bo", "bo@new.test").await.status, 303);
    office.to("2026-11-03T13:59:59.999999Z");
    assert_eq!(office.nominate(&ana, "Cy", "cy@new.test").await.status, 303);
    office.to("2026-11-03T14:00:00Z");
    office.nominate(&ana, "Di", "di@new.test").await.expect(409);
    office.app.visitor().get("/elections/board/call").await.expect(200).says("14:00 UTC");
    office.app.work();
}

#[actix_web::test]
async fn silence_expires_and_acceptance_ends_at_its_cut_off() {
    let office = Office::open().await;
    let ana = office.app.person("Ana");
    for name in ["Bo", "Cy"] {
        office.nominate(&ana, name, &format!("{name}@new.test")).await;
    }
    let links = ["Bo@new.test", "Cy@new.test"].map(|a| office.app.link_in_mail_to(a));
    // Reminders three days and one day before, once each.
    let reminded =
        |office: &Office| office.app.mails().iter().filter(|m| m.subject.starts_with("Reminder")).count();
    for (at, all) in [
        ("2026-06-15T13:00:00Z", 0),
        ("2026-06-15T15:00:00Z", 2),
        ("2026-06-16T15:00:00Z", 2),
        ("2026-06-17T15:00:00Z", 4),
    ] {
        office.to(at);
        remind(&office);
        assert_eq!(reminded(&office), all, "{at}");
    }
    let account =
        [("account-name", "Bo"), ("account-password", "grey otter under snow"), ("account-accept", "yes")];
    let bo = office.app.visitor();
    bo.get(&links[0]).await.expect(200);
    let page = bo.submit(&format!("{}/accept", links[0]), &account).await.expect(200);
    drop(page);
    office.to("2026-06-18T13:59:59.999999Z");
    // A day later the session has ended.
    let bo = office.app.signed_in(&office.owner("bo@new.test"));
    let path = format!("/nominations/{}", office.named("Bo").public_id);
    accept(&bo, &path, "Bo", "Just in time.").await.expect(200).says("Accepted");
    office.app.work();
    office.to("2026-06-18T14:00:00Z");
    let cy = office.app.visitor();
    cy.get(&links[1]).await.expect(200).says("It has expired");
    let late = cy.submit(&format!("{}/accept", links[1]), &account).await;
    late.expect(409).says("It has expired");
    let cy_has_an_account = office
        .app
        .app
        .store()
        .read(|c| Ok::<_, AppError>(folkmoot_store::accounts::owner_of_address(c, "cy@new.test")?.is_some()))
        .unwrap();
    assert!(!cy_has_an_account);
    office.advance();
    assert_eq!(office.named("Cy").state, NominationState::Expired);
    assert_eq!(office.election().state, "closed_nominations");
    // The statement is closed too.
    let late = [
        ("name", "Bo"),
        ("section-1", "Changed"),
        ("links", ""),
        ("none", "yes"),
        ("revision", "1"),
        ("ack-1", "yes"),
        ("act", "save"),
    ];
    bo.post(&path, &late).await.expect(409).says("could be changed until");
    office.app.work();
}

fn remind(office: &Office) {
    use crate::jobs::Job;
    crate::nominations::jobs::RemindNominees {}.run(&office.app.app).unwrap();
}

#[actix_web::test]
async fn officers_of_the_election_cannot_stand_and_rules_say_who_nominates() {
    let mut rules = RULES.to_vec();
    rules.retain(|(name, _)| *name != "by" && *name != "staff");
    rules.push(("by", "voters"));
    let office = Office::with_call(DATES, &rules).await;
    office.to("2026-06-02T14:00:00Z");
    let own = [("who", "self"), ("words", ""), ("act", "send")];
    let ana = office.app.person("Ana");
    office
        .nominate(&ana, "Bo", "bo@new.test")
        .await
        .expect(409)
        .says("Only those with the vote may nominate");
    office
        .app
        .signed_in(&ana)
        .get("/elections/board/nominate")
        .await
        .expect(200)
        .says("Only those with the vote");
    let cora = office.owner("cora.core@people.test");
    assert_eq!(
        office.nominate(&cora, "Rita", &office.rita.email).await.status,
        303,
        "the answer shows nothing"
    );
    // The officer who is nominated learns at the page what stands against it.
    let link = office.app.link_in_mail_to(&office.rita.email);
    let rita = office.officer();
    rita.get(&link).await;
    let path = format!("/nominations/{}", office.named("Rita").public_id);
    rita.get(&path).await.expect(200);
    accept(&rita, &path, "Rita", "Vote for me").await.expect(409).says("returns officer and cannot stand");
    rita.post("/elections/board/nominate", &own).await.expect(409);
    office.app.work();
}

#[actix_web::test]
async fn moved_dates_are_told_to_everybody_concerned() {
    let office = Office::open().await;
    let ana = office.app.person("Ana");
    office.nominate(&ana, "Bo", "bo@new.test").await;
    office.app.work();
    let amend = [
        ("milestone", "nominations_close"),
        ("date-amended", "2026-06-17"),
        ("time-amended", "14:00"),
        ("zone-amended", "UTC"),
        ("reason", "The form was away for a day"),
    ];
    office.does("timeline/amend", &amend).await;
    let path = office.app.link_in_mail_to(&office.sam.email);
    let sam = office.app.signed_in(&office.sam);
    let page = sam.get(&path).await.expect(200);
    let digest = crate::testing::between(&page.body, "name=\"digest\" value=\"", "\"").unwrap().to_owned();
    sam.submit(&format!("{path}/approve"), &[("digest", &digest), ("note", "")]).await.expect(200);
    for address in ["bo@new.test", ana.email.as_str()] {
        let mail = office.app.mail_to(address);
        assert!(
            mail.body_text.contains("The form was away for a day") && mail.body_text.contains("17 June 2026"),
            "{}",
            mail.body_text
        );
    }
    office.to("2026-06-16T14:00:00Z");
    assert_eq!(office.nominate(&ana, "Cy", "cy@new.test").await.status, 303, "the new cut-off holds");
    office
        .app
        .visitor()
        .get("/elections/board/call")
        .await
        .expect(200)
        .says("First announced")
        .says("The form was away");
    office.app.work();
}

#[actix_web::test]
async fn people_nominate_together_and_write_until_the_nominee_accepts() {
    let office = Office::open().await;
    let ana = office.app.person("Ana");
    office.nominate(&ana, "Bo", "bo@new.test").await;
    let link = office.app.link_in_mail_to("bo@new.test");
    let browser = office.app.signed_in(&ana);
    let page = browser.get("/nominations").await.expect(200);
    let id = crate::testing::between(&page.body, "/nominations/support/", "\"").unwrap().to_owned();
    let support = format!("/nominations/support/{id}");
    browser
        .submit(&format!("{support}/together"), &[("co_name", "Eve"), ("co_email", "eve@new.test")])
        .await
        .expect(200)
        .says("Asked: Eve");
    let invitation = office.app.link_in_mail_to("eve@new.test");
    let eve = office.app.visitor();
    eve.get(&invitation).await.expect(200).says("Nominate Bo together").says("She gets things done.");
    eve.submit(&invitation, &[("words", "")]).await.expect(422);
    eve.submit(&invitation, &[("words", "He answers letters.")]).await.expect(200).says("You nominate Bo");
    office.app.signed_in(&office.app.person("Mallory")).get(&support).await.expect(404);

    // A statement is begun for the nominee; two who write at once do not overwrite each other.
    let text = [
        ("summary", "Answers letters"),
        ("section-1", "Begun by others."),
        ("section-2", ""),
        ("links", ""),
        ("availability", ""),
        ("revision", "0"),
    ];
    browser.submit(&format!("{support}/write"), &text).await.expect(200).says("the last word");
    browser.post(&format!("{support}/write"), &text).await.expect(409).says("Somebody else changed");
    let bo = office.app.visitor();
    bo.get(&link).await.expect(200).says("Begun by others.").says("Eve nominates too");
    let account =
        [("account-name", "Bo"), ("account-password", "grey otter under snow"), ("account-accept", "yes")];
    bo.submit(&format!("{link}/accept"), &account).await.expect(200).says("Begun by others.");
    let path = format!("/nominations/{}", office.named("Bo").public_id);
    accept(&bo, &path, "Bo", "My own words.").await.expect(200);
    browser.post(&format!("{support}/write"), &text).await.expect(409).says("the nominee’s alone");
    office.app.work();
}
