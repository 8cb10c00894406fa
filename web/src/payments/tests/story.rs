//! Story 7 through HTTP, with its numbers, and the page on which dues are chosen.

use chrono::TimeDelta;
use folkmoot_governance::dues::Drive;
use folkmoot_governance::electorate::{AffirmationPolicy, ElectorateRule, RollInstants};
use folkmoot_governance::{Interval, preset as rules};
use folkmoot_store::bodies::{self, BodyFacts, BodyId, BodyKind};
use folkmoot_store::payments::PaymentState;

use super::stripe::{checkout, deliver, stripe_site};
use super::*;
use crate::membership::{facts, instant};

fn body(app: &TestApp) -> BodyId {
    let now = app.app.now();
    let facts =
        BodyFacts { slug: "board", name: "Board", kind: BodyKind::Board, description: "", is_public: true };
    app.app.store().write(|c| Ok::<_, AppError>(bodies::add(c, &facts, now)?)).unwrap()
}

/// Whether somebody is on the roll made for this instant, by the rule of the preset without affirmations.
fn votes(app: &TestApp, person: &TestPerson, body: BodyId, record: Utc) -> bool {
    let rule = ElectorateRule { affirmation: None::<AffirmationPolicy>, ..rules::board_electorate() };
    let record = instant(record).unwrap();
    let at = RollInstants::new(record, record, record);
    app.app.store().read(|c| facts::standing_of(c, person.id, body, &rule, &at)).unwrap().on_roll
}

#[actix_web::test]
async fn story_7_sliding_scale_dues() {
    let app = site().await;
    app.clock.set(at("2022-12-10T15:00:00Z"));
    let body = body(&app);

    // $24.99 is refused; $25, $60, $99 and $500 are accepted and give the same rights.
    let short = app.signed_in(&app.person("Short"));
    choose(&short, "24.99", "term", "test")
        .await
        .expect(422)
        .says("24.99 USD is below the least amount of 25.00 USD");
    let mut people = Vec::new();
    for amount in ["25", "60", "99", "500"] {
        let person = app.person(&format!("Payer of {amount}"));
        pay(&app.signed_in(&person), amount, "term").await;
        assert!(votes(&app, &person, body, at("2022-12-11T00:00:00Z")));
        people.push(person);
    }
    let all: Vec<_> = people.iter().map(|p| terms(&app, p)).collect();
    assert!(all.windows(2).all(|w| w[0] == w[1]), "the amount changes no term: {all:?}");

    // Paid on 2022-12-10: member until 2023-12-10, that day included. A renewal on 2023-11-20 extends from the end.
    let (begin, end) = (at("2022-12-10T15:00:00Z"), at("2023-12-11T00:00:00Z"));
    let renews = &people[1];
    assert_eq!(terms(&app, renews), [(begin, Some(end))]);
    app.clock.set(at("2023-11-20T09:00:00Z"));
    let renewal = pay(&app.signed_in(renews), "30", "term").await;
    assert_eq!(terms(&app, renews), [(begin, Some(at("2024-12-11T00:00:00Z")))]);
    app.signed_in(renews)
        .get(&format!("{renewal}/receipt"))
        .await
        .expect(200)
        .says("2023-000001")
        .says("30.00 USD");

    // A lapse before the record date takes the entry off the roll; the one who renewed stays on it.
    let lapses = &people[0];
    let record = at("2024-06-18T04:00:00Z");
    assert!(votes(&app, lapses, body, at("2023-12-10T23:59:59Z")) && !votes(&app, lapses, body, end));
    assert!(!votes(&app, lapses, body, record) && votes(&app, renews, body, record));

    // A refund after the record date does not.
    app.clock.set(at("2024-06-20T00:00:00Z"));
    let staff = app.staff("Mia", folkmoot_store::accounts::Role::MembershipStaff);
    let refund = format!("/staff/payments/{}/refund", id_of(&renewal));
    staff.submit(&refund, &[("back", "30"), ("reason", "Asked for it")]).await.expect(200);
    assert_eq!(payment(&app, &renewal).state, PaymentState::Returned);
    assert!(votes(&app, renews, body, record), "the roll was made when it was paid");
    assert!(!votes(&app, renews, body, at("2024-06-20T00:00:00Z")));

    // A lifetime has no end.
    let for_life = app.person("For Life");
    choose(&app.signed_in(&for_life), "999.99", "lifetime", "test").await.expect(422).says("1000.00 USD");
    pay(&app.signed_in(&for_life), "1000", "lifetime").await;
    assert_eq!(terms(&app, &for_life), [(app.app.now(), None)]);
    assert!(votes(&app, &for_life, body, at("2090-01-01T00:00:00Z")));
    app.work();
}

#[actix_web::test]
async fn story_7_a_drive_and_a_replayed_notice() {
    let (app, stand_in) = stripe_site().await;
    // Goal 100, 75 new members: 75 %.
    let from = app.app.now();
    let mut joins = Vec::new();
    for n in 0..75 {
        let person = app.person(&format!("New {n}"));
        pay(&app.signed_in(&person), "25", "term").await;
        joins.push(instant(terms(&app, &person)[0].0).unwrap());
    }
    let window =
        Interval { from: instant(from).unwrap(), to: Some(instant(from.plus(TimeDelta::days(30))).unwrap()) };
    let drive = Drive { goal: 100, window };
    assert_eq!(drive.percent(drive.joined(&joins)), 75);
    assert_eq!(receipts(&app), 75);
    app.work();

    // The same notice again and again: one payment.
    let person = app.person("Payer");
    let page = checkout(&app, &person).await;
    let event = stand_in.event("evt_1", "checkout.session.completed", &stand_in.pays());
    assert_eq!(deliver(&app, &event).await, "applied");
    for _ in 0..3 {
        assert_eq!(deliver(&app, &event).await, "known");
    }
    assert_eq!((entries(&app, &page).len(), terms(&app, &person).len()), (1, 1));
    app.work();
}

#[actix_web::test]
async fn dues_are_chosen_freely_and_mistakes_are_named() {
    let app = site().await;
    let person = app.person("Payer");
    let browser = app.signed_in(&person);
    let page = browser.get("/membership/dues").await.expect(200);
    page.says("25.00 USD").says("50.00 USD").says("99.00 USD").says("same vote");
    for (amount, words) in [
        ("", "Write an amount"),
        ("24.999", "digits after the point"),
        ("-60", "not an amount"),
        ("6e3", "not an amount"),
        ("25,50", "not an amount"),
        ("1000000.01", "write to us first"),
        ("99999999999999999999", "too large"),
    ] {
        choose(&browser, amount, "term", "test").await.expect(422).says(words);
    }
    choose(&browser, "60", "decade", "test").await.expect(422).says("Choose for how long");
    choose(&browser, "60", "term", "stripe").await.expect(422).says("Choose how you pay");
    choose(&browser, "60", "term", "cash").await.expect(422).says("Choose how you pay");
    let kept = choose(&browser, "24", "term", "offline").await.expect(422);
    assert!(kept.body.contains("value=\"24\""), "what was typed stays");
    browser.get("/membership/dues?class=Basic").await.expect(404);
    // Declined, given up, and paid in the end.
    let page = begin(&browser, "60", "test").await;
    browser.post(&format!("{page}/test"), &[("outcome", "maybe")]).await.expect(422);
    browser.submit(&format!("{page}/test"), &[("outcome", "declined")]).await.expect(200).says("Failed");
    browser.post(&format!("{page}/test"), &[("outcome", "paid")]).await.expect(409);
    let page = begin(&browser, "60", "test").await;
    browser.submit(&format!("{page}/cancel"), &[]).await.expect(200).says("Given up");
    browser.post(&format!("{page}/pay"), &[]).await.expect(409);
    assert!(terms(&app, &person).is_empty());
    let page = begin(&browser, "60", "offline").await;
    browser.get(&page).await.expect(200).says("IBAN XX00").says(&payment(&app, &page).reference);
    browser.get(&format!("{page}/test")).await.expect(404);
    let list = browser.get("/membership/payments").await.expect(200);
    list.says("Failed").says("Given up").says("Not paid yet");
    // Somebody else learns nothing.
    let other = app.signed_in(&app.person("Other"));
    for part in ["", "/receipt", "/test"] {
        other.get(&format!("{page}{part}")).await.expect(404);
    }
    for part in ["/pay", "/check", "/cancel"] {
        other.post(&format!("{page}{part}"), &[]).await.expect(404);
    }
    app.work();
}
