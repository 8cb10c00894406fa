//! Stories about affiliations.

use folkmoot_governance::seats::{Cap, Relation};
use folkmoot_store::accounts::Role;
use folkmoot_store::bodies;

use super::{parse_percent, percent, rules};
use crate::testing::{TestApp, TestPerson, between};

#[test]
fn shares_are_read_and_shown() {
    for (text, share, shown) in
        [("25", 2500, "25 %"), ("0.01", 1, "0.01 %"), ("12,5 %", 1250, "12.5 %"), ("100", 10_000, "100 %")]
    {
        assert_eq!(parse_percent(text), Ok(share));
        assert_eq!(percent(share), shown);
    }
    for text in ["", "0", "100.01", "-1", "1.234", "1e2", ".", "a", "99999999999999999999"] {
        assert!(parse_percent(text).is_err(), "{text}");
    }
}

async fn declares(app: &TestApp, person: &TestPerson, organisation: &str, relation: &str, share: &str) {
    let fields = [
        ("organisation", organisation),
        ("homepage", ""),
        ("relation", relation),
        ("share", share),
        ("starts", "2026-01-01"),
        ("ends", ""),
    ];
    app.signed_in(person).submit("/account/affiliations", &fields).await.expect(200).says("Declared");
}

/// A quarter of eleven is two; three count for one organisation, one of them through a chain of control.
#[actix_web::test]
async fn too_many_with_one_affiliation_are_noticed_during_their_terms() {
    let app = TestApp::new().await;
    let mia = app.staff("Mia", Role::MembershipStaff);
    let people: Vec<TestPerson> = ["Ann", "Bo", "Cy"].iter().map(|n| app.person(n)).collect();
    let board = [("name", "Board"), ("slug", "board"), ("kind", "board"), ("is_public", "yes")];
    mia.post("/staff/bodies/new", &board).await.expect(303);
    let limit = [("seats", "11"), ("definition", "bylaws"), ("max", "1/4")];
    mia.post("/staff/bodies/board/rules", &limit).await.expect(303);
    for (person, starts) in people.iter().zip(["2024-01-01", "2023-01-01", "2025-01-01"]) {
        let seat = [("email", person.email.as_str()), ("starts", starts), ("ends", "2027-01-01")];
        mia.post("/staff/bodies/board/members", &seat).await.expect(303);
    }
    declares(&app, &people[0], "Kiln  Works", "employee", "").await;
    declares(&app, &people[1], "kiln works", "director", "").await;
    declares(&app, &people[2], "Small Kiln", "owner", "0.5").await;
    mia.get("/").await.says("Look at 3 affiliations that were declared");
    // Half a percent is below the least share of an owner; then it grows.
    declares(&app, &people[2], "Small Kiln", "owner", "1").await;
    mia.get("/staff/affiliations").await.says("Small Kiln Owner of a share (0.5 %)");
    let exceeded = |app: &TestApp| {
        let day = app.app.now().datetime().date_naive();
        let found = app.app.store().read(|c| {
            let body = bodies::by_slug(c, "board")?;
            assert_eq!(
                rules::policy(&body)?.unwrap().max,
                Cap::Share(folkmoot_governance::Fraction::new(1, 4).unwrap())
            );
            rules::exceeded(c, &body, day)
        });
        found.unwrap()
    };
    assert!(exceeded(&app).is_empty());
    let link = [("owner", "Kiln Works"), ("owned", "Small Kiln"), ("owned_share", "60")];
    app.signed_in(&people[0]).submit("/account/affiliations/links", &link).await.says("Staff look at it");
    let own = [("owner", "Kiln Works"), ("owned", "KILN works"), ("owned_share", "60")];
    mia.post("/staff/affiliations/links", &own).await.expect(422).says("No organisation owns itself");
    let said = "Bo, Ann and Cy share Kiln Works, where at most 2 may; Bo has served longest and must resign.";
    assert_eq!(exceeded(&app), [said]);
    mia.get("/staff/bodies/board").await.says(said);
    mia.get("/").await.says("Too many with one affiliation: Board").says(said);
    // Staff refuse the link; then nobody counts through it.
    let page = mia.get("/staff/affiliations").await;
    let id = between(&page.body, "/staff/affiliations/links/", "\"").unwrap().to_owned();
    mia.submit(&format!("/staff/affiliations/links/{id}"), &[("decision", "refuse")]).await.says("Refused");
    assert!(exceeded(&app).is_empty());
    mia.submit(&format!("/staff/affiliations/links/{id}"), &[("decision", "confirm")]).await.expect(200);
    assert_eq!(exceeded(&app).len(), 1);
    // Ann leaves Kiln Works.
    let ann = app.signed_in(&people[0]);
    let page = ann.get("/account/affiliations").await;
    let end = page.form("/account/affiliations/").0;
    app.signed_in(&people[1]).post(&end, &[("last", "2026-05-31")]).await.expect(404);
    ann.submit(&end, &[("last", "2026-05-31")]).await.says("1 January 2026 to 31 May 2026");
    assert!(exceeded(&app).is_empty());
    app.work();
}

#[actix_web::test]
async fn a_declaration_counts_until_it_is_refused_and_nobody_confirms_their_own() {
    let app = TestApp::new().await;
    let mia = app.person("Mia");
    app.grant(&mia, Role::MembershipStaff);
    let bo = app.person("Bo");
    declares(&app, &bo, "Kiln Works", "employee", "").await;
    declares(&app, &mia, "Lumen", "officer", "").await;
    let day = app.app.now().datetime().date_naive();
    let of = |person: &TestPerson| {
        let id = person.id;
        app.app.store().read(|c| rules::of(c, id, day)).unwrap()
    };
    assert_eq!(of(&bo)[0].relation, Relation::Employee);
    let browser = app.signed_in(&mia);
    let page = browser.get("/staff/affiliations").await.expect(200);
    let forms: Vec<String> = page
        .body
        .split("action=\"/staff/affiliations/")
        .skip(1)
        .filter_map(|p| p.split('"').next())
        .filter(|p| *p != "links")
        .map(|p| format!("/staff/affiliations/{p}"))
        .collect();
    assert_eq!(forms.len(), 2);
    browser.post(&forms[1], &[("decision", "confirm")]).await.expect(403);
    browser.post(&forms[0], &[("decision", "maybe")]).await.expect(422);
    browser.submit(&forms[0], &[("decision", "refuse")]).await.expect(200);
    assert!(of(&bo).is_empty());
    app.signed_in(&bo).get("/account/affiliations").await.says("Refused, does not count");
    app.signed_in(&bo).get("/staff/affiliations").await.expect(403);
    let data = app.signed_in(&bo).get("/account/data").await.expect(200).body;
    assert!(data.contains("Kiln Works"), "{data}");
}

/// Ranked A to C with two employers; one serving member shares the first: with a limit of two, the second of them is passed
/// over.
#[actix_web::test]
async fn the_seat_rules_of_an_election_take_members_and_candidates_from_the_records() {
    let app = TestApp::new().await;
    let mia = app.staff("Mia", Role::MembershipStaff);
    let people: Vec<TestPerson> = ["Sia", "Ann", "Bo", "Cy"].iter().map(|n| app.person(n)).collect();
    for person in &people[..3] {
        declares(&app, person, "Kiln Works", "employee", "").await;
    }
    let council = [("name", "Council"), ("slug", "council"), ("kind", "council"), ("is_public", "yes")];
    mia.post("/staff/bodies/new", &council).await.expect(303);
    let limit = [("seats", "3"), ("definition", "employer"), ("max", "2")];
    mia.post("/staff/bodies/council/rules", &limit).await.expect(303);
    let seat = [("email", people[0].email.as_str()), ("starts", "2026-01-01"), ("ends", "2027-12-31")];
    mia.post("/staff/bodies/council/members", &seat).await.expect(303);
    let rita = app.staff("Rita", Role::ReturnsOfficer);
    let new = [("preset", "board"), ("title", "Council"), ("slug", "council-2026"), ("opening", "")];
    rita.post("/staff/elections/new", &new).await.expect(303);
    let path = "/staff/elections/council-2026/questions/1";
    let mut fields = vec![("title", "Who?"), ("seats", "2"), ("least", ""), ("most", ""), ("blank", "yes")];
    let names = ["name-1", "name-2", "name-3"];
    let accounts = ["account-1", "account-2", "account-3"];
    for ((name, account), person) in names.iter().zip(accounts).zip(&people[1..]) {
        fields.push((*name, person.name.as_str()));
        fields.push((account, person.email.as_str()));
    }
    rita.post(path, &fields).await.expect(303);
    let seats = format!("{path}/seats");
    rita.get(&seats).await.expect(200).says("Ann Kiln Works").says("Cy none declared");
    mia.post(&seats, &[("body", "council"), ("first", "2026-09-01")]).await.expect(403);
    rita.post(&seats, &[("body", "council"), ("first", "soon")]).await.expect(422);
    let page = rita.submit(&seats, &[("body", "council"), ("first", "2026-09-01")]).await.expect(200);
    page.says("Members whose terms go on Sia Kiln Works").says("At most 2 members may share an affiliation");
    let prepared =
        app.app.store().read(|c| crate::elections::preparation::Prepared::load(c, "council-2026")).unwrap();
    let question = &prepared.settings.questions[0];
    let profile = folkmoot_counting::Profile::new(
        vec!["Ann".into(), "Bo".into(), "Cy".into()],
        folkmoot_counting::Votes::Totals { totals: vec![9, 8, 7], cast: None, blank: None },
    );
    let method = folkmoot_counting::Method::Approval { min_select: 0, max_select: None };
    let ties = crate::elections::seating::Ties::default();
    let counted =
        crate::elections::seating::elect(0, question, &method, &profile.unwrap(), &ties, &[]).unwrap();
    let crate::elections::seating::Counted::Done(_, Some(allocation)) = counted else { panic!("tied") };
    let seated: Vec<&str> = allocation.seats.iter().map(|s| s.candidate.as_str()).collect();
    assert_eq!(seated, ["0", "2"]);
    app.work();
}
