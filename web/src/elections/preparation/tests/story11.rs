//! Story 11: an imported roll, mail that bounces, and people who were missed, added before the opening.

use folkmoot_store::accounts::{self, Role};

use super::office::Office;
use crate::error::AppError;
use crate::imports::tests::{apply, look, roll, send};
use crate::mail::tests::{fail_everything, send_notice};
use crate::membership::preset;
use crate::testing::TestPerson;

/// The owner of an imported address.
fn voter(office: &Office, address: &str) -> TestPerson {
    let found = office.app.app.store().read(|c| Ok::<_, AppError>(accounts::owner_of_address(c, address)?));
    let person = found.unwrap().unwrap();
    TestPerson {
        id: person.id,
        public_id: person.public_id,
        name: person.preferred_name,
        email: address.into(),
    }
}

#[actix_web::test]
async fn imported_1456_and_118_who_were_missed_are_a_roll_of_1574() {
    let office = Office::new(0).await;
    let app = &office.app;
    // With dues, as real organisations have them: an imported record stands for its payment.
    app.app.store().write(|c| preset::install(c, app.app.now())).unwrap();
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    let path = send(&mia, "roll.csv", roll().as_bytes()).await;
    look(app, &mia, &path, &[]).await.says("1456 people").says("2 merges to confirm").says("1 rows ignored");
    apply(app, &mia, &path, "join").await.says("Applied");

    // Forty addresses bounce; one of these people has another name and address by the time of the next message.
    let bounced: Vec<TestPerson> =
        (100..140).map(|n| voter(&office, &format!("voter{n}@roll.example"))).collect();
    for person in &bounced {
        send_notice(app, person);
    }
    fail_everything(app);
    let now = app.app.now();
    let moved = bounced[0].id;
    app.app
        .store()
        .write(|c| {
            let id = accounts::add_address(c, moved, "new@roll.example", Some(now), now)?;
            accounts::make_primary(c, moved, id)?;
            Ok::<_, AppError>(accounts::set_preferred_name(c, moved, "Chosen Name")?)
        })
        .unwrap();
    let lost = mia.get("/staff/mail/lost").await.expect(200).says("Would be sent again 40");
    let fields = lost.form("/staff/mail/lost").1;
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    mia.submit("/staff/mail/lost", &fields).await.expect(200).says("40 copies are on their way");
    let again: Vec<String> = app.mails().into_iter().rev().take(40).map(|m| m.recipient).collect();
    assert!(again.contains(&"new@roll.example".to_owned()), "{again:?}");
    assert!(!again.contains(&"voter100@roll.example".to_owned()));

    mia.get(&format!("/staff/people/{}", bounced[0].public_id)).await.expect(200).says("Chosen Name");

    office.draft().await;
    office.does("electorate", &[("of", "members"), ("body", "core")]).await.says("1456 entries");
    office.timeline().await;
    office.question("2").await.expect(200);
    office.rules().await;
    office.does("timeline/let-stand", &[("number", "0"), ("reason", "The last day counts everywhere")]).await;
    office.does("announce", &[]).await;
    office.advance_to("2026-06-11T12:00:00Z");
    office.does("roll/make", &[]).await.says("Entries 1456");
    office.does("roll/publish", &[]).await;

    // On day three 118 people turn out to have been missed: one act of two officers, none of them alone.
    let missed: Vec<TestPerson> = (0..118).map(|n| app.person(&format!("Missed {n}"))).collect();
    let addresses: Vec<&str> = missed.iter().map(|p| p.email.as_str()).collect();
    let reason = "Left out of the list that was imported";
    let text = format!("{}\nnobody@roll.example", addresses.join("\n"));
    let wrong = [("email", text.as_str()), ("what", "add"), ("reason", reason)];
    office.refused("roll/correct", &wrong, "confirmed this address: nobody@roll.example").await;
    let text = addresses.join("\r\n");
    let fields = [("email", text.as_str()), ("what", "add"), ("reason", reason)];
    office.does("roll/correct", &fields).await.says("People 118").says("Missed 117 (missed.117@people.test)");
    assert_eq!(office.count(), 1456, "one officer is not two");
    office.agree().await;
    assert_eq!(office.count(), 1574);
    office.refused("roll/correct", &fields, "Missed 0 is on the roll already").await;
    let public = app.visitor().get("/elections/board/roll").await.expect(200);
    let public = public.says("Entries 1574").says("Corrections 118");
    assert!(!public.text().contains("Missed"), "corrections are public as a count");
    app.signed_in(&missed[5]).get("/elections/board/roll").await.expect(200).says(reason);
    // The base of the quorum is the corrected roll: a third of 1,574, rounded up.
    office.officer().get(&format!("{}/roll", super::STAFF)).await.says("Needed for the quorum 525");
    office.does("roll/freeze", &[]).await;
    office.agree().await;
    office.officer().get(&format!("{}/roll", super::STAFF)).await.says("Entries 1574");
    app.work();
}
