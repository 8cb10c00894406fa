//! Stories about affiliations.

use folkmoot_governance::seats::{Cap, Relation};
use folkmoot_store::accounts::Role;
use folkmoot_store::bodies;

use super::{parse_percent, percent, rules};
use crate::error::AppError;
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
        app.app.store().read(|c| Ok::<_, AppError>(rules::of(c, id, day)?)).unwrap()
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
