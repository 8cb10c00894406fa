//! Stories about people as staff see them.

use folkmoot_store::accounts::Role;

use crate::testing::TestApp;

#[actix_web::test]
async fn people_are_found_by_parts_of_name_and_address() {
    let app = TestApp::new().await;
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    let (ann, _other) = (app.person("Ann Arbour"), app.person("Bjørk Guðmundsdóttir"));
    mia.get("/staff/people").await.expect(200).says("3 people have an account");
    for q in ["arb", "ARBOUR", "ann.arbour%40people", "Ann+A", "a+ann"] {
        let page =
            mia.get(&format!("/staff/people?q={q}")).await.expect(200).says("1 found").says("Ann Arbour");
        assert!(page.body.contains(&format!("/staff/people/{}", ann.public_id)));
    }
    mia.get("/staff/people?q=bjork+gudm").await.says("Guðmundsdóttir");
    mia.get("/staff/people?q=100%25").await.says("Nobody is found under");
    for n in 0..51 {
        app.person(&format!("Twin {n}"));
    }
    mia.get("/staff/people?q=twin").await.says("51 found; the first 50 by name");
    app.staff("Vera", Role::Reviewer).get("/staff/people?q=a").await.expect(403);
}

#[actix_web::test]
async fn staff_sign_a_person_out_and_bar_them() {
    let app = TestApp::new().await;
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    let ann = app.person("Ann Arbour");
    let browser = app.signed_in(&ann);
    let path = format!("/staff/people/{}", ann.public_id);
    let page = mia.get(&path).await.expect(200).says("ann.arbour@people.test").says("No role, now or before");
    assert!(page.text().contains("Account made") && !page.text().contains("Recorded"));
    mia.submit(&format!("{path}/sign-out"), &[]).await.says("Signed out everywhere");
    browser.get("/account").await.expect(303);
    let again = app.signed_in(&ann);
    mia.submit(&format!("{path}/bar"), &[]).await.says("Barred");
    again.get("/account").await.expect(303);
    mia.post(&format!("{path}/bar"), &[]).await.expect(409);
    mia.submit(&format!("{path}/restore"), &[]).await.says("can sign in again");
    mia.post(&format!("{path}/restore"), &[]).await.expect(409);
    assert_eq!(app.audited(), ["person.sign_out", "person.bar", "person.restore"]);
    // Not oneself, and nobody unknown.
    let mia_path = mia.get("/staff/people?q=mia").await.body;
    let mia_path = mia_path
        .split("href=\"")
        .find(|h| h.starts_with("/staff/people/"))
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    mia.post(&format!("{mia_path}/bar"), &[]).await.expect(403).says("yourself");
    mia.get("/staff/people/0190b5a0-0000-7000-8000-000000000000").await.expect(404);
    mia.get("/staff/people/7").await.expect(404);
    app.staff("Ada Admin", Role::Administrator)
        .get(&path)
        .await
        .says("History")
        .says("Recorded: person.bar")
        .says("by Mia Members");
}

#[actix_web::test]
async fn leaving_ends_roles_sessions_and_proposals_in_one_act() {
    let app = TestApp::new().await;
    let (ada, carl) = (app.staff("Ada Admin", Role::Administrator), app.person("Carl Chair"));
    app.grant(&carl, Role::Chair);
    app.grant(&carl, Role::Administrator);
    let (browser, rita) = (app.signed_in(&carl), app.person("Rita"));
    let give =
        [("email", rita.email.as_str()), ("role", "certifier"), ("starts", "2026-06-01"), ("reason", "x")];
    browser.post("/staff/roles/give", &give).await.expect(303);
    let path = format!("/staff/people/{}/leave", carl.public_id);
    let page =
        ada.get(&path).await.expect(200).says("Chair, Administrator").says("Afterwards nobody is chair");
    let page = page.says("Proposals withdrawn 1").says("Browsers signed out 1");
    assert!(!page.text().contains("Key shares"));
    ada.post(&path, &[("reason", "")]).await.expect(422).says("Say why");
    ada.submit(&path, &[("reason", "End of contract")]).await.says("Every role is taken away");
    browser.get("/account").await.expect(303);
    app.signed_in(&carl).get("/staff").await.expect(403);
    ada.get("/staff/approvals").await.says("Withdrawn");
    assert_eq!(app.audited(), ["approval.propose", "role.revoke", "role.revoke", "person.leave"]);
    browser.get(&path).await.expect(303);
    app.work();
}

#[actix_web::test]
async fn two_records_of_one_person_are_brought_together_and_apart_again() {
    let app = TestApp::new().await;
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    let (old, new) = (app.person("Ann Arbour"), app.person("Ann  Arbour"));
    let now = app.app.now();
    let addresses = |c: &mut folkmoot_store::Conn, id| {
        Ok::<_, crate::AppError>(
            folkmoot_store::accounts::addresses_of(c, id)?
                .into_iter()
                .map(|a| (a.address, a.is_primary))
                .collect::<Vec<_>>(),
        )
    };
    app.app
        .store()
        .write(|c| {
            folkmoot_store::accounts::add_address(c, old.id, "a+old@x.test", Some(now), now)?;
            folkmoot_store::accounts::add_address(c, new.id, "a+new@x.test", Some(now), now)?;
            Ok::<_, crate::AppError>(())
        })
        .unwrap();
    crate::data_requests::members_for_tests(&app, "Supporting", true, &[&new]);
    mia.get("/staff/duplicates").await.expect(200).says("None waits");
    mia.submit("/staff/duplicates/find", &[]).await.says("The search runs");
    app.work();
    let list = mia.get("/staff/duplicates").await.says("The addresses reach one mailbox");
    mia.get("/").await.says("Look at 1 pair of records");
    let at = list.body.find("/staff/duplicates/0").unwrap();
    let path = list.body[at..at + "/staff/duplicates/".len() + 36].to_owned();
    let page = mia.get(&path).await.expect(200).says("Supporting from 1 June 2026, no end");
    assert!(page.text().contains("Number of memberships 0 1"));
    let choose = |keep: &'static str, reason: &'static str| {
        [
            ("keep", keep),
            ("name", "second"),
            ("legal_name", "first"),
            ("address", "first"),
            ("time_zone", "first"),
            ("reason", reason),
        ]
    };
    mia.post(&format!("{path}/merge"), &choose("first", "")).await.expect(422).says("Say how you know");
    // Whoever holds a role cannot vanish into another record.
    app.grant(&new, Role::Reviewer);
    mia.post(&format!("{path}/merge"), &choose("first", "She said so"))
        .await
        .expect(409)
        .says("holds a role");
    let store = app.app.store();
    store
        .write(|c| {
            let grant = folkmoot_store::accounts::grants_of(c, new.id)?.remove(0);
            Ok::<_, crate::AppError>(folkmoot_store::accounts::revoke_grant(c, grant.id, None, now)?)
        })
        .unwrap();
    let other = app.signed_in(&new);
    mia.submit(&format!("{path}/merge"), &choose("first", "She said so"))
        .await
        .expect(200)
        .says("Brought together")
        .says("She said so");
    other.get("/account").await.expect(303);
    let held = |id| {
        store
            .read(|c| Ok::<_, crate::AppError>(folkmoot_store::memberships::of_person(c, id)?.len()))
            .unwrap()
    };
    assert_eq!((held(old.id), held(new.id)), (1, 0));
    let of_old = store.read(|c| addresses(c, old.id)).unwrap();
    assert_eq!(of_old.iter().filter(|(_, primary)| *primary).count(), 1);
    assert_eq!((of_old.len(), of_old[0].0.as_str()), (4, "ann.arbour@people.test"));
    mia.get("/staff/people?q=ann+arbour&state=merged").await.says("1 found");
    mia.get("/staff/people?q=ann+arbour&state=active").await.says("1 found");
    mia.post(&format!("{path}/merge"), &choose("first", "again")).await.expect(409);
    // And back, as if nothing had been.
    let list = mia.get("/staff/duplicates").await;
    let (undo, _) = list.form("/staff/merges/");
    mia.submit(&undo, &[]).await.says("two records again");
    assert_eq!((held(old.id), held(new.id)), (0, 1));
    let both =
        store.read(|c| Ok::<_, crate::AppError>((addresses(c, old.id)?, addresses(c, new.id)?))).unwrap();
    assert_eq!(both.0, [("ann.arbour@people.test".to_owned(), true), ("a+old@x.test".to_owned(), false)]);
    assert_eq!(both.1, [("ann..arbour@people.test".to_owned(), true), ("a+new@x.test".to_owned(), false)]);
    mia.post(&undo, &[]).await.expect(409);
    app.signed_in(&new).get("/account").await.expect(200);
    assert_eq!(app.audited(), ["duplicates.find", "person.merge", "person.unmerge"]);
    // The search does not ask about them again; staff still may.
    mia.submit("/staff/duplicates/find", &[]).await;
    app.work();
    mia.get("/staff/duplicates").await.says("None waits");
    let same = format!("/staff/people/{}/same-as", old.public_id);
    mia.post(&same, &[("email", "nobody@x.test")]).await.expect(422);
    mia.submit(&same, &[("email", "a+new@x.test")]).await.expect(200).says("Are these one person?");
}
