//! Story 6 through HTTP: affirmation, the waiver of those who voted, one entry however many classes.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use folkmoot_store::accounts::{self, NewPerson, Role};
use folkmoot_store::memberships::voting::{self, AffirmationHow};
use folkmoot_store::{PersonId, PublicId, Utc};

use super::setting::{at, body, call, classes, give, hold, pay};
use crate::error::AppError;
use crate::testing::{TestApp, TestPerson};

const CUTOFF_2023: &str = "2023-06-15T14:00:00Z";
const CUTOFF_2024: &str = "2024-06-15T14:00:00Z";
const TITLE: &str = "Board election 2023";

/// Contributing members of a long time who certify each year; `n` of them.
fn members(test: &TestApp, n: usize) -> Vec<TestPerson> {
    let joined = at("2020-01-01T00:00:00Z");
    let app = &test.app;
    app.store()
        .write(|c| {
            let mut all = Vec::new();
            for i in 0..n {
                let public_id = app.public_id()?;
                let (name, email) = (format!("Member {i}"), format!("member{i}@people.test"));
                let new = NewPerson {
                    public_id: public_id.clone(),
                    preferred_name: name.clone(),
                    password_hash: None,
                    time_zone: "UTC".into(),
                    locale: "en".into(),
                };
                let id = accounts::add_person(c, &new, joined)?;
                accounts::add_address(c, id, &email, Some(joined), joined)?;
                all.push(TestPerson { id, public_id, name, email });
            }
            Ok::<_, AppError>(all)
        })
        .unwrap()
}

fn certify(test: &TestApp, people: &[TestPerson], when: Utc) {
    test.app
        .store()
        .write(|c| {
            let class = folkmoot_store::memberships::class_by_key(c, "Contributing")?.id;
            for person in people {
                voting::certify(c, person.id, class, when, "", "", when)?;
            }
            Ok::<_, AppError>(())
        })
        .unwrap();
}

#[actix_web::test]
async fn story_6_affirmation_and_waiver() {
    let test = TestApp::new().await;
    test.clock.set(at("2023-05-01T00:00:00Z"));
    classes(&test);
    let board = body(&test, "board", "Board");
    let packaging = body(&test, "packaging", "Packaging Council");
    let first = call(&test, board, "Board", TITLE, "2022-06-15T14:00:00Z", CUTOFF_2023, &[]);
    // 900 members with the vote: 840 Contributing, 60 Supporting until December 2023. 877 of them affirm in time.
    let people = members(&test, 900);
    let app = &test.app;
    app.store()
        .write(|c| {
            for person in &people[..840] {
                hold(c, app, person.id, "Contributing", at("2020-01-01T00:00:00Z"))?;
            }
            for person in &people[840..] {
                pay(c, app, person.id, &format!("2022 {}", person.name), at("2022-12-10T00:00:00Z"))?;
            }
            let early = at("2023-05-20T00:00:00Z");
            for person in people[..816].iter().chain(&people[840..]) {
                voting::affirm(c, person.id, board, early, AffirmationHow::Imported, early)?;
            }
            Ok::<_, AppError>(())
        })
        .unwrap();
    certify(&test, &people[..840], at("2023-03-01T00:00:00Z"));

    // One second before the cut-off the last affirms; one second after, another does: that one counts for 2024 only.
    let affirm = format!("/membership/calls/{first}/affirm");
    test.clock.set(at(CUTOFF_2023).plus(TimeDelta::seconds(-1)));
    let (last, late) = (&people[816], &people[817]);
    test.signed_in(last).submit(&affirm, &[]).await.says("It counts for: Board election 2023");
    test.clock.set(at(CUTOFF_2023).plus(TimeDelta::seconds(1)));
    test.signed_in(late)
        .submit(&affirm, &[])
        .await
        .says("counts for the next election only")
        .says("Not eligible");
    let (ruth, ines) = (test.person("Ruth"), test.person("Ines"));
    test.grant(&ruth, Role::ReturnsOfficer);
    test.grant(&ines, Role::MembershipStaff);
    let page = format!("/staff/membership/calls/{first}");
    test.signed_in(&ruth)
        .get(&page)
        .await
        .expect(200)
        .says("On the roll 877")
        .says("Quorum of one third 293");

    // 621 of them vote: the list comes from elsewhere, as addresses.
    let voters: Vec<&TestPerson> = people[840..].iter().chain(&people[..561]).collect();
    assert_eq!(voters.len(), 621);
    let mut list = String::from("email,voted\n");
    let cast: BTreeSet<PersonId> = voters.iter().map(|p| p.id).collect();
    for person in people[..817].iter().chain(&people[840..]) {
        let voted = if cast.contains(&person.id) { "yes" } else { "no" };
        list += &format!("{},{voted}\n", person.email.to_uppercase());
    }
    let staff = test.signed_in(&ines);
    let fields =
        [("election", TITLE), ("closed", "2023-07-01T12:00"), ("list", list.as_str()), ("act", "look")];
    staff.get("/staff/membership/participation").await.expect(200);
    let look = staff.post("/staff/membership/participation", &fields).await.expect(200);
    look.says("877 entitled").says("621 voted");
    let fields = [fields[0], fields[1], fields[2], ("act", "import")];
    staff.submit("/staff/membership/participation", &fields).await.says("877 lines are taken over");
    staff.submit("/staff/membership/participation", &fields).await.says("0 lines are taken over");
    // 621 of 877 is above the quorum of 293: 70.8 %.
    assert_eq!((621 * 1000 / 877, 877_usize.div_ceil(3)), (708, 293));

    // Next year: of the 60 who pay and voted, 40 do not renew.
    test.clock.set(at("2024-05-01T00:00:00Z"));
    certify(&test, &people[..840], at("2024-03-01T00:00:00Z"));
    app.store()
        .write(|c| {
            for person in &people[880..] {
                pay(c, app, person.id, &format!("2023 {}", person.name), at("2023-12-01T00:00:00Z"))?;
            }
            Ok::<_, AppError>(())
        })
        .unwrap();
    let second = call(&test, board, "Board", "Board election 2024", CUTOFF_2023, CUTOFF_2024, &[TITLE]);
    let council =
        call(&test, packaging, "Packaging Council", "Packaging Council 2024", CUTOFF_2023, CUTOFF_2024, &[]);
    let page = format!("/staff/membership/calls/{second}");
    // 621 − 40 without acting, and the one who affirmed a second late in 2023.
    test.signed_in(&ruth).get(&page).await.says("On the roll 582").says("By voting before 581");
    let lapsed = test.signed_in(&people[850]).get("/membership").await;
    lapsed.says("The Supporting membership ended at 11 December 2023, 00:00 UTC, not having been renewed");
    let mut waived = test.signed_in(&people[0]);
    let page_of = waived.get("/membership").await;
    page_of
        .says("Board election 2024 Eligible You will be on the roll as a Contributing member")
        .says("Voted in Board election 2023, so no affirmation is needed")
        // The other body is a matter of its own.
        .says("Packaging Council 2024 Not eligible");
    waived = test.signed_in(late);
    waived.get("/membership").await.says("Affirmed the intention to vote at 15 June 2023, 14:00 UTC");

    // Both Supporting and Contributing: one entry. Basic: none. A Fellow affirms like everybody else; the page cites why.
    let app_now = at("2024-04-01T00:00:00Z");
    app.store().write(|c| pay(c, app, people[0].id, "also", app_now)).unwrap();
    test.signed_in(&ruth).get(&page).await.says("On the roll 582");
    let (basic, fellow) = (test.person("Basil"), test.person("Fay"));
    give(&test, basic.id, "Basic", "2020-01-01T00:00:00Z");
    give(&test, fellow.id, "Fellow", "2020-01-01T00:00:00Z");
    let shown = test.signed_in(&basic).get("/membership").await;
    shown.says("Is a Basic member, which does not give the vote");
    let shown = test.signed_in(&fellow).get("/membership").await;
    shown
        .says("Did not affirm")
        .says("members for life affirm like everybody else")
        .says("Authority: Bylaws 4.2");
    test.signed_in(&fellow).submit(&format!("/membership/calls/{council}/affirm"), &[]).await.expect(200);
    test.signed_in(&ruth).get(&page).await.says("On the roll 582");
    let other = format!("/staff/membership/calls/{council}");
    test.signed_in(&ruth).get(&other).await.says("On the roll 1 ");
    test.work();
    let _: PublicId = second;
}
