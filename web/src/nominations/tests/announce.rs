//! From the review to the ballot.

use std::collections::HashSet;

use chrono::{Days, TimeDelta};
use folkmoot_store::bodies::{self, NewBodyMember};
use serde_json::Value;

use super::office::{DATES, Office, RULES, STAFF};
use crate::elections::preparation::Plan;
use crate::elections::settings::ElectionSettings;
use crate::error::AppError;

fn settings(office: &Office) -> ElectionSettings {
    serde_json::from_str(&office.election().settings).unwrap()
}

#[actix_web::test]
async fn twenty_six_candidates_are_public_at_one_instant_and_not_a_microsecond_before() {
    let office = Office::open().await;
    let names: Vec<String> = (1..=26).map(|i| format!("Candidate Number{i:02}")).collect();
    for name in &names {
        office.candidate(name).await;
    }
    office.to("2026-06-18T14:00:00Z");
    for name in &names {
        office.eligible(name).await;
    }
    office.release().await;
    let handles: Vec<String> = office.nominations().into_iter().map(|n| n.handle).collect();
    let mut routes: Vec<String> = [
        "candidates",
        "candidates?find=candidate",
        "candidates/print",
        "candidates/compare",
        "candidates.json",
        "candidates.atom",
        "schedule.ics",
        "call",
        "call.txt",
        "candidate-questions",
        "rules",
        "",
    ]
    .iter()
    .map(|p| format!("/elections/board/{p}").trim_end_matches('/').to_owned())
    .collect();
    routes.extend(handles.iter().map(|h| format!("/elections/board/candidates/{h}")));
    routes.extend(["/elections".into(), "/".into()]);
    let member = office.app.person("Member");
    office.to("2026-06-20T13:59:59.999999Z");
    // The job changes nothing either.
    office.advance();
    for route in &routes {
        for browser in [office.app.visitor(), office.app.signed_in(&member)] {
            let shown = browser.get(route).await;
            assert!(shown.status == 200 || shown.status == 404, "{route}: {}", shown.status);
            assert!(
                !shown.body.contains("Number") && !handles.iter().any(|h| shown.body.contains(h)),
                "{route}"
            );
        }
    }
    assert!(settings(&office).questions[0].answers.is_empty());
    office.to("2026-06-20T14:00:00Z");
    // Before any job has run.
    let visitor = office.app.visitor();
    let list = visitor.get("/elections/board/candidates").await.expect(200).says("26 candidates");
    assert!(names.iter().all(|n| list.body.contains(n.as_str())));
    let json: Value =
        serde_json::from_str(&visitor.get("/elections/board/candidates.json").await.body).unwrap();
    assert_eq!(json["candidates"].as_array().unwrap().len(), 26);
    let feed = visitor.get("/elections/board/candidates.atom").await.expect(200);
    assert_eq!(feed.body.matches("<entry>").count(), 26);
    for handle in &handles {
        visitor.get(&format!("/elections/board/candidates/{handle}")).await.expect(200);
    }
    visitor.get("/elections/board/candidates?find=number07").await.expect(200).says("Candidate Number07");
    // The order is a viewer's own, stays with them, and differs from one to the next.
    let order = |body: &str| -> Vec<String> {
        body.match_indices("data-candidate=\"")
            .map(|(i, m)| body[i + m.len()..].split('"').next().unwrap().to_owned())
            .collect()
    };
    let first = order(&list.body);
    assert_eq!(first, order(&visitor.get("/elections/board/candidates").await.body));
    let mut seen = HashSet::from([first]);
    for _ in 0..4 {
        seen.insert(order(&office.app.visitor().get("/elections/board/candidates").await.body));
    }
    assert_eq!(seen.len(), 5);
    // The job writes down what is public: candidates are the answers, with account, page and affiliation.
    office.advance();
    assert_eq!(office.election().state, "candidates_announced");
    let question = settings(&office).questions.remove(0);
    assert_eq!(question.answers.len(), 26);
    assert!(question.answers.iter().all(|a| !a.person.is_empty()
        && a.page.starts_with("/elections/board/candidates/")
        && a.affiliations.len() == 1));
    office.app.work();
    office.officer().get(&format!("{STAFF}/questions")).await.expect(200).says("Candidate Number07");
    office.officer().get(&format!("{STAFF}/rehearsal")).await.expect(200).says("26 candidates for 2 seats");
}

#[actix_web::test]
async fn the_review_has_a_second_look_a_question_and_a_reason() {
    let mut rules = RULES.to_vec();
    rules.push(("second", "yes"));
    let office = Office::with_call(DATES, &rules).await;
    office.to("2026-06-02T14:00:00Z");
    let (bo, _, _) =
        (office.candidate("Bo").await, office.candidate("Cy").await, office.candidate("Dee").await);
    office.to("2026-06-18T14:00:00Z");
    let at = |name: &str| format!("nominations/{}", office.named(name).public_id);
    let refused = |page: String, fields: Vec<(&'static str, &'static str)>| async {
        let (page, fields) = (page, fields);
        office.officer().post(&format!("{STAFF}/{page}"), &fields).await
    };
    refused("nominations/release".into(), vec![])
        .await
        .expect(409)
        .says("3 accepted candidacies are not decided");
    refused(at("Cy") + "/review", vec![("review", "ineligible"), ("reason", "")])
        .await
        .expect(422)
        .says("Give the reason");
    // A question to the nominee opens the text until it is answered.
    office.does(&(at("Bo") + "/clarify"), &[("question", "Where do you work?")]).await;
    let (browser, path) =
        (office.app.signed_in(&bo), format!("/nominations/{}", office.named("Bo").public_id));
    browser.get(&path).await.expect(200).says("The officers ask you").says("Where do you work?");
    super::office::accept(&browser, &path, "Bo", "I work at Acme.").await.expect(200);
    browser.submit(&format!("{path}/clarify"), &[("answer", "At Acme.")]).await.expect(200);
    browser
        .post(
            &path,
            &[
                ("name", "Bo"),
                ("section-1", "x"),
                ("links", ""),
                ("none", "yes"),
                ("ack-1", "yes"),
                ("revision", "9"),
                ("act", "save"),
            ],
        )
        .await
        .expect(409);
    for (name, review, reason) in
        [("Bo", "eligible", ""), ("Cy", "ineligible", "Too young by the bylaws"), ("Dee", "eligible", "")]
    {
        office.does(&(at(name) + "/review"), &[("review", review), ("reason", reason)]).await;
    }
    // Nobody looks a second time at what they decided.
    refused(at("Bo") + "/second", vec![("agree", "yes"), ("note", "")]).await.expect(403);
    refused("nominations/release".into(), vec![]).await.expect(409);
    let sam = office.app.signed_in(&office.sam);
    sam.submit(&format!("{STAFF}/{}/second", at("Dee")), &[("agree", "no"), ("note", "Look at the link")])
        .await
        .expect(200)
        .says("To be reviewed");
    office.eligible("Dee").await;
    for name in ["Bo", "Cy", "Dee"] {
        sam.submit(&format!("{STAFF}/{}/second", at(name)), &[("agree", "yes"), ("note", "")])
            .await
            .expect(200);
    }
    office.release().await;
    // Let go out, nothing changes any more; taken back, it does.
    refused(at("Bo") + "/review", vec![("review", "ineligible"), ("reason", "No")]).await.expect(409);
    office.does("nominations/hold", &[]).await;
    office.release().await;
    office.to("2026-06-20T14:00:00Z");
    office.advance();
    let page = office.app.visitor().get("/elections/board/candidates").await.expect(200).says("2 candidates");
    assert!(!page.body.contains("Cy<"));
    let cy = office.app.mail_to("cy@people.test");
    assert!(cy.body_text.contains("Too young by the bylaws"), "{}", cy.body_text);
    // Frozen: a correction stands beside it with its date.
    let handle = office.named("Bo").handle;
    office.does(&(at("Bo") + "/erratum"), &[("erratum", "Works at **Umbrella** since May.")]).await;
    let page = office.app.visitor().get(&format!("/elections/board/candidates/{handle}")).await.expect(200);
    page.says("Corrections").says("20 June 2026").says("Works at Umbrella since May");
    office.app.work();
}

#[actix_web::test]
async fn equal_names_have_pages_of_their_own_and_whoever_withdraws_leaves_the_ballot() {
    let office = Office::open().await;
    let (one, _) = (office.candidate("Sam Lee").await, office.candidate("Prince").await);
    let two = office.app.person("Sam Lee Two");
    let browser = office.app.signed_in(&two);
    let begun =
        browser.post("/elections/board/nominate", &[("who", "self"), ("words", ""), ("act", "send")]).await;
    super::office::accept(&browser, &begun.location().unwrap(), "Sam Lee", "I am another one.")
        .await
        .expect(200);
    let early = office.candidate("Early Leaver").await;
    office.to("2026-06-18T14:00:00Z");
    for one in office.nominations() {
        office
            .does(&format!("nominations/{}/review", one.public_id), &[("review", "eligible"), ("reason", "")])
            .await;
    }
    let withdraw = |person: &crate::testing::TestPerson| {
        let id = office.nominations().into_iter().find(|n| n.person_id == Some(person.id)).unwrap().public_id;
        (office.app.signed_in(person), format!("/nominations/{id}/withdraw"))
    };
    let (browser, path) = withdraw(&early);
    browser.submit(&path, &[("sure", "yes")]).await.expect(200).says("Withdrawn");
    office.release().await;
    office.to("2026-06-20T14:00:00Z");
    office.advance();
    let visitor = office.app.visitor();
    let list = visitor.get("/elections/board/candidates").await.expect(200).says("3 candidates");
    assert!(!list.body.contains("Early Leaver"));
    let handles: Vec<String> =
        office.nominations().into_iter().filter(|n| n.name == "Sam Lee").map(|n| n.handle).collect();
    assert_eq!(handles.len(), 2);
    for handle in &handles {
        visitor.get(&format!("/elections/board/candidates/{handle}")).await.expect(200).says("Sam Lee");
    }
    let both = format!("/elections/board/candidates/compare?a={}&b={}", handles[0], handles[1]);
    visitor.get(&both).await.expect(200).says("I am another one").says("I will serve");
    let names: HashSet<String> =
        settings(&office).questions[0].answers.iter().map(|a| a.name.clone()).collect();
    assert_eq!(names.len(), 3, "names on the ballot differ");
    let (browser, path) = withdraw(&one);
    browser.submit(&path, &[]).await.expect(200).says("Tick the box");
    browser.submit(&path, &[("sure", "yes")]).await.expect(200).says("Withdrawn");
    assert_eq!(settings(&office).questions[0].answers.len(), 2, "no ballot is made yet: the name goes");
    visitor.get("/elections/board/candidates").await.expect(200).says("Withdrawn");
    office.app.work();
}

#[actix_web::test]
async fn on_a_ballot_that_is_made_a_name_stays_and_is_marked() {
    let office = Office::open().await;
    let people =
        [office.candidate("Ann").await, office.candidate("Bea").await, office.candidate("Cid").await];
    office.to("2026-06-18T14:00:00Z");
    for name in ["Ann", "Bea", "Cid"] {
        office.eligible(name).await;
    }
    office.release().await;
    office.to("2026-06-20T14:00:00Z");
    office.advance();
    let id = office.election().id;
    office
        .app
        .app
        .store()
        .write(|c| Ok::<_, AppError>(folkmoot_store::elections::put_election_json(c, id, "{}", "hash")?))
        .unwrap();
    let nomination = office.named("Bea").public_id;
    let browser = office.app.signed_in(&people[1]);
    browser.get(&format!("/nominations/{nomination}")).await.expect(200).says("you are passed over");
    browser.submit(&format!("/nominations/{nomination}/withdraw"), &[("sure", "yes")]).await.expect(200);
    let answers = settings(&office).questions.remove(0).answers;
    assert_eq!(answers.len(), 3);
    assert_eq!(answers.iter().filter(|a| a.withdrawn).map(|a| a.name.as_str()).collect::<Vec<_>>(), ["Bea"]);
    // After the end of the vote nothing is left to withdraw from.
    office.to("2026-07-15T14:00:00Z");
    let path = format!("/nominations/{}/withdraw", office.named("Ann").public_id);
    office.app.signed_in(&people[0]).post(&path, &[("sure", "yes")]).await.expect(409);
    office.app.work();
}

#[actix_web::test]
async fn questions_and_answers_are_shown_when_an_officer_lets_them_through() {
    let office = Office::open().await;
    let (ann, asker) = (office.candidate("Ann").await, office.app.person("Asker"));
    for name in ["Bea", "Cid"] {
        office.candidate(name).await;
    }
    let path = "/elections/board/candidate-questions";
    office.app.visitor().get(path).await.expect(404);
    office.to("2026-06-18T14:00:00Z");
    for name in ["Ann", "Bea", "Cid"] {
        office.eligible(name).await;
    }
    office.release().await;
    office.to("2026-06-20T14:00:00Z");
    office.advance();
    let handle = office.named("Ann").handle;
    let browser = office.app.signed_in(&asker);
    browser.submit(path, &[("to", &handle), ("text", "What about <b>money</b>?")]).await.expect(200);
    let shown = |body: &str| body.contains("money");
    assert!(!shown(&office.app.visitor().get(path).await.body));
    let staff = format!("{STAFF}/candidate-questions");
    let page = office.officer().get(&staff).await.expect(200).says("What about <b>money</b>?").says("Asker");
    let (action, fields) = page.form(&format!("{staff}/"));
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .chain([("act", "publish"), ("reason", "")])
        .collect();
    office.officer().submit(&action, &fields).await.expect(200);
    let public = office.app.visitor().get(path).await.expect(200).says("What about <b>money</b>?");
    assert!(!public.body.contains("Asker"));
    let own = format!("/nominations/{}", office.named("Ann").public_id);
    let browser = office.app.signed_in(&ann);
    let page = browser.get(&own).await.expect(200).says("Questions to you");
    let (action, _) = page.form(&format!("{own}/questions/"));
    browser
        .submit(&action, &[("answer", "We *save* it.")])
        .await
        .expect(200)
        .says("An officer looks at your answer");
    assert!(!office.app.visitor().get(path).await.body.contains("<em>save</em>"));
    let page = office.officer().get(&staff).await.expect(200);
    let (action, fields) = page.form(&format!("{staff}/"));
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .chain([("act", "publish"), ("reason", "")])
        .collect();
    office.officer().submit(&action, &fields).await.expect(200);
    let page = office.app.visitor().get(&format!("/elections/board/candidates/{handle}")).await.expect(200);
    assert!(page.body.contains("<em>save</em>"));
    office.app.work();
}

#[actix_web::test]
async fn a_call_begins_from_the_seats_that_end() {
    let office = Office::new().await;
    let people = [office.app.person("Ann"), office.app.person("Bea"), office.app.person("Cid")];
    let now = office.app.app.now();
    let today = now.datetime().date_naive();
    let end = today.checked_add_days(Days::new(120)).unwrap();
    office
        .app
        .app
        .store()
        .write(|c| {
            let facts = bodies::BodyFacts {
                slug: "board",
                name: "Board",
                kind: bodies::BodyKind::Board,
                description: "",
                is_public: true,
            };
            let body = bodies::add(c, &facts, now)?;
            for (i, person) in people.iter().enumerate() {
                let ends_on = (i < 2).then_some(end);
                bodies::add_member(
                    c,
                    NewBodyMember { body, person: person.id, position: "", starts_on: today, ends_on },
                    now,
                )?;
            }
            Ok::<_, AppError>(())
        })
        .unwrap();
    let officer = office.officer();
    officer
        .get("/staff/calls/new")
        .await
        .expect(200)
        .says("Board: 2 seats end on 29 September 2026")
        .says("Ann");
    let seats = format!("board {end}");
    let fields = [
        ("seats", seats.as_str()),
        ("preset", "board"),
        ("title", "Board 2026"),
        ("slug", "board"),
        ("opening", "2026-09-01"),
    ];
    officer.submit("/staff/calls/new", &fields).await.expect(200).says("Candidates are nominated");
    officer
        .get(&format!("{STAFF}/timeline"))
        .await
        .expect(200)
        .says("Nominations close")
        .says("11 August 2026");
    assert_eq!(settings(&office).questions[0].seats, 2);
    let id = office.election().id;
    let plan = office.app.app.store().read(|c| Plan::of(c, id)).unwrap().unwrap();
    assert!(plan.call.is_some() && plan.body == "Board");
    office.app.visitor().get("/elections/board/call").await.expect(404);
    officer.submit("/staff/calls/new", &fields).await.expect(422).says("choose another");
    office.app.advance(TimeDelta::zero());
    office.app.work();
}

#[actix_web::test]
async fn the_list_leaves_as_a_file_and_reminders_go_out_once_a_day() {
    let office = Office::open().await;
    let ana = office.app.person("Ana");
    office.nominate(&ana, "=cmd()", "bo@new.test").await;
    office.app.work();
    let (officer, remind) = (office.officer(), format!("{STAFF}/nominations/remind"));
    officer.submit(&remind, &[]).await.expect(200).says("One nominee is reminded");
    officer.submit(&remind, &[]).await.expect(200).says("Nobody was reminded");
    assert_eq!(office.app.mails().iter().filter(|m| m.subject.starts_with("Reminder")).count(), 1);
    let file =
        office.officer().post(&format!("{STAFF}/nominations/export"), &[("format", "csv")]).await.expect(200);
    assert!(file.body.contains("\"'=cmd()\"") && file.body.contains("bo@new.test"), "{}", file.body);
    assert!(office.app.audited().contains(&"nominations.export".to_owned()));
    office.app.signed_in(&ana).get(&format!("{STAFF}/nominations")).await.expect(403);
}
