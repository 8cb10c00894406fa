//! Paying through Stripe: checkout, notices in every order, and servers that misbehave (requirements IO-05, IO-06).

use actix_web::http::header;
use actix_web::test::TestRequest;
use chrono::TimeDelta;
use folkmoot_store::payments::{self, PaymentState};
use serde_json::{Value, json};

use super::stand_in::{Mood, StandIn};
use super::*;
use crate::http::signed;

pub(super) async fn stripe_site() -> (TestApp, StandIn) {
    let stand_in = StandIn::start(at("2026-06-01T12:00:00Z").micros() / 1_000_000);
    let url = stand_in.url.clone();
    let app = site_with(|config| {
        config.payments.stripe_base_url = url.clone();
        config.payments.stripe_checkout_url = url;
        config.payments.stripe_secret_key = "sk_test_stand_in".into();
        config.payments.stripe_webhook_secrets = vec![SECRET.into(), NEXT_SECRET.into()];
    })
    .await;
    (app, stand_in)
}

pub(super) fn request(body: &str, signature: &str) -> TestRequest {
    TestRequest::post()
        .uri("/hooks/stripe")
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header(("stripe-signature", signature))
        .set_payload(body.to_owned())
}

/// Delivers a notice signed now; what the site says it did.
pub(super) async fn deliver(app: &TestApp, body: &str) -> String {
    let seconds = app.app.now().micros() / 1_000_000;
    let signature = signed::header_for(SECRET, body.as_bytes(), seconds);
    let answer = app.visitor().send(request(body, &signature)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str::<Value>(&answer.body).unwrap()["outcome"].as_str().unwrap().to_owned()
}

/// Begins a payment of 40 and goes to the checkout; the payment's address.
pub(super) async fn checkout(app: &TestApp, person: &TestPerson) -> String {
    let browser = app.signed_in(person);
    let page = begin(&browser, "40", "stripe").await;
    let shown = browser.get(&page).await.expect(200).says("Pay 40.00 USD");
    let policy = shown.headers.get(header::CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap().to_owned();
    assert!(policy.contains("form-action 'self' http://127.0.0.1"), "{policy}");
    let to = browser.post(&format!("{page}/pay"), &[]).await.expect(303).location().unwrap();
    assert!(to.contains("/pay/cs_test_"), "{to}");
    page
}

#[actix_web::test]
async fn the_return_of_the_payer_and_the_notice_settle_once_in_either_order() {
    let (app, stand_in) = stripe_site().await;
    for (n, notice_first) in [(1, true), (2, false)] {
        let person = app.person(&format!("Payer {n}"));
        let browser = app.signed_in(&person);
        let page = checkout(&app, &person).await;
        let begun = stand_in.session();
        assert_eq!(begun["amount_total"], 4000);
        assert_eq!(begun["currency"], "usd");
        assert_eq!(begun["customer_email"], person.email.as_str());
        assert!(begun["success_url"].as_str().unwrap().ends_with("?back=paid"));
        // Pressed again, it is the same checkout.
        browser.post(&format!("{page}/pay"), &[]).await.expect(303);
        assert_eq!(stand_in.session(), begun);
        browser.submit(&format!("{page}/check"), &[]).await.expect(200).says("Nothing was charged so far");
        let session = stand_in.pays();
        let event = stand_in.event(&format!("evt_{n}"), "checkout.session.completed", &session);
        if notice_first {
            assert_eq!(deliver(&app, &event).await, "applied");
        }
        let back = browser.get(&format!("{page}?back=paid")).await.expect(200);
        assert_eq!(back.body.contains("data-send"), !notice_first, "only what waits is asked about");
        if !notice_first {
            browser.submit(&format!("{page}/check"), &[]).await.expect(200).says("The payment has arrived");
            assert_eq!(deliver(&app, &event).await, "nothing");
        }
        assert_eq!(deliver(&app, &event).await, "known");
        let succeeded =
            stand_in.event(&format!("evt_{n}_b"), "checkout.session.async_payment_succeeded", &session);
        assert_eq!(deliver(&app, &succeeded).await, "nothing");
        browser.get(&page).await.expect(200).says("Paid").says(&format!("2026-00000{n}"));
        assert_eq!(entries(&app, &page).len(), 1);
        assert_eq!((standing(&app, &page).balance, receipts(&app)), (4000, n));
        assert_eq!(terms(&app, &person), [(at("2026-06-01T12:00:00Z"), Some(at("2027-06-02T00:00:00Z")))]);
        let mail = app.mail_to(&person.email);
        assert!(
            mail.subject.contains(&format!("2026-00000{n}")) && !mail.body_text.contains("USD"),
            "{}",
            mail.body_text
        );
    }
    assert_eq!(app.audited().iter().filter(|a| *a == "payment.settle").count(), 2);
}

#[actix_web::test]
async fn a_notice_needs_a_fresh_signature_under_a_secret_in_force() {
    let (app, stand_in) = stripe_site().await;
    let person = app.person("Payer");
    let page = checkout(&app, &person).await;
    let event = stand_in.event("evt_1", "checkout.session.completed", &stand_in.pays());
    let now = app.app.now().micros() / 1_000_000;
    let six_minutes_old = signed::header_for(SECRET, event.as_bytes(), now - 360);
    let of_another = signed::header_for("whsec_of_somebody_else_0000", event.as_bytes(), now);
    let of_other_bytes = signed::header_for(SECRET, event.replace("4000", "4001").as_bytes(), now);
    for signature in ["", "t=1,v1=00", &six_minutes_old, &of_another, &of_other_bytes] {
        let answer = app.visitor().send(request(&event, signature)).await;
        assert_eq!(answer.status, 403, "{signature}");
    }
    assert!(entries(&app, &page).is_empty() && receipts(&app) == 0);
    // The secret that takes the other's place is in force already.
    let rotated = signed::header_for(NEXT_SECRET, event.as_bytes(), now - 299);
    assert_eq!(app.visitor().send(request(&event, &rotated)).await.status, 200);
    assert_eq!(entries(&app, &page).len(), 1);
    for body in ["", "[]", "{\"id\":\"evt_9\"}"] {
        let signature = signed::header_for(SECRET, body.as_bytes(), now);
        assert_eq!(app.visitor().send(request(body, &signature)).await.status, 422, "{body}");
    }
    app.work();
    let off = site().await;
    assert_eq!(off.visitor().send(request(&event, &rotated)).await.status, 404, "not set up");
}

#[actix_web::test]
async fn twenty_deliveries_at_once_are_one_payment() {
    let (app, stand_in) = stripe_site().await;
    let person = app.person("Payer");
    let page = checkout(&app, &person).await;
    let event = stand_in.event("evt_1", "checkout.session.completed", &stand_in.pays());
    let signature = signed::header_for(SECRET, event.as_bytes(), app.app.now().micros() / 1_000_000);
    let serve = app.serve_raw();
    let send = || serve(request(&event, &signature).insert_header((header::HOST, "folkmoot.test")));
    let answers = futures_util::future::join_all((0..20).map(|_| send())).await;
    for answer in answers {
        assert_eq!(answer.unwrap().status(), 200);
    }
    assert_eq!((entries(&app, &page).len(), receipts(&app)), (1, 1));
    assert_eq!(terms(&app, &person).len(), 1);
    assert_eq!(app.mails().iter().filter(|m| m.message == "payment_received").count(), 1);
    assert_eq!(app.audited().iter().filter(|a| *a == "payment.settle").count(), 1);
}

#[actix_web::test]
async fn slow_methods_settle_later_and_failures_change_nothing_that_is_paid() {
    let (app, stand_in) = stripe_site().await;
    let person = app.person("Payer");
    let page = checkout(&app, &person).await;
    let mut slow = stand_in.session();
    slow["status"] = "complete".into();
    slow["payment_intent"] = "pi_1".into();
    let completed = stand_in.event("evt_1", "checkout.session.completed", &slow);
    assert_eq!(deliver(&app, &completed).await, "applied");
    assert_eq!(payment(&app, &page).state, PaymentState::Processing);
    app.signed_in(&person).post(&format!("{page}/pay"), &[]).await.expect(409);
    let paid = stand_in.pays();
    assert_eq!(
        deliver(&app, &stand_in.event("evt_2", "checkout.session.async_payment_succeeded", &paid)).await,
        "applied"
    );
    // Late and out of order.
    assert_eq!(
        deliver(&app, &stand_in.event("evt_3", "checkout.session.async_payment_failed", &slow)).await,
        "nothing"
    );
    assert_eq!(deliver(&app, &stand_in.event("evt_4", "checkout.session.expired", &slow)).await, "nothing");
    assert_eq!(deliver(&app, &stand_in.event("evt_5", "checkout.session.completed", &slow)).await, "nothing");
    assert_eq!(payment(&app, &page).state, PaymentState::Settled);
    app.work();

    // The other way round: failed first, then paid all the same. Money that is here is here.
    let other = app.person("Other");
    let page = checkout(&app, &other).await;
    let open = stand_in.session();
    assert_eq!(deliver(&app, &stand_in.event("evt_6", "checkout.session.expired", &open)).await, "applied");
    assert_eq!(payment(&app, &page).state, PaymentState::Cancelled);
    app.signed_in(&other).get(&page).await.expect(200).says("Pay again");
    assert_eq!(
        deliver(&app, &stand_in.event("evt_7", "checkout.session.completed", &stand_in.pays())).await,
        "applied"
    );
    assert_eq!(payment(&app, &page).state, PaymentState::Settled);
    app.work();
}

#[actix_web::test]
async fn another_amount_currency_or_mode_settles_nothing() {
    let (app, stand_in) = stripe_site().await;
    let person = app.person("Payer");
    let page = checkout(&app, &person).await;
    let paid = stand_in.pays();
    let with = |id: &str, name: &str, value: Value| {
        let mut session = paid.clone();
        session[name] = value;
        stand_in.event(id, "checkout.session.completed", &session)
    };
    assert_eq!(deliver(&app, &with("evt_1", "amount_total", json!(3999))).await, "odd");
    assert_eq!(deliver(&app, &with("evt_2", "currency", json!("eur"))).await, "odd");
    let live = with("evt_3", "object", json!("x")).replace("\"livemode\":false", "\"livemode\":true");
    assert_eq!(deliver(&app, &live).await, "ignored");
    let mut foreign = paid.clone();
    foreign["id"] = "cs_of_a_shop".into();
    foreign["client_reference_id"] = "order 66".into();
    foreign["payment_intent"] = "pi_of_a_shop".into();
    assert_eq!(
        deliver(&app, &stand_in.event("evt_4", "checkout.session.completed", &foreign)).await,
        "ignored"
    );
    assert_eq!(deliver(&app, &stand_in.event("evt_5", "invoice.paid", &paid)).await, "ignored");
    assert!(entries(&app, &page).is_empty());
    let staff = app.staff("Mia", folkmoot_store::accounts::Role::MembershipStaff);
    staff
        .get(&format!("/staff/payments/{}", id_of(&page)))
        .await
        .expect(200)
        .says("Does not fit: look at it");
}

#[actix_web::test]
async fn a_server_that_misbehaves_costs_nobody_anything() {
    let (app, stand_in) = stripe_site().await;
    let person = app.person("Payer");
    let browser = app.signed_in(&person);
    let page = begin(&browser, "40", "stripe").await;
    for mood in [Mood::Broken, Mood::Redirects, Mood::Astray, Mood::Babbles] {
        stand_in.mood(mood);
        let shown = browser.submit(&format!("{page}/pay"), &[]).await.expect(200).says("Nothing was charged");
        assert!(!shown.body.contains("7319"), "the words of the server are not shown");
        assert_eq!(payment(&app, &page).provider_session, None, "{mood:?}");
        browser.get(&page).await.expect(200).says("Pay 40.00 USD");
    }
    let calls = stand_in.state.lock().unwrap().calls.len();
    assert_eq!(calls, 4, "no redirect was followed");
    stand_in.mood(Mood::Fine);
    stand_in.state.lock().unwrap().sessions.clear();
    // A new payment, because the old one's checkout (of the astray answer) is remembered by its key.
    let page = checkout(&app, &person).await;
    stand_in.pays();
    stand_in.mood(Mood::Broken);
    browser.submit(&format!("{page}/check"), &[]).await.expect(200).says("within the hour");
    // The notice got lost; the job asks.
    stand_in.mood(Mood::Fine);
    app.advance(TimeDelta::minutes(11));
    let now = app.app.now();
    app.app.store().write(|c| crate::jobs::queue(c, &crate::payments::AskAboutPending {}, now)).unwrap();
    app.work();
    assert_eq!(payment(&app, &page).state, PaymentState::Settled);
    assert_eq!(standing(&app, &page).settled_at, Some(at("2026-06-01T12:00:00Z")), "when it was charged");
    assert_eq!(terms(&app, &person).len(), 1);
}

#[actix_web::test]
async fn names_from_outside_never_lead_to_another_place() {
    let (app, stand_in) = stripe_site().await;
    let person = app.person("Payer");
    let page = checkout(&app, &person).await;
    let before = stand_in.state.lock().unwrap().calls.len();
    let client = crate::payments::stripe::Stripe::new(&app.app.config().payments);
    for name in
        ["../charges", "cs_1/../../x", "cs_1?a=b", "cs_1#", "", "cs 1", "cs_1%2f", "http://169.254.169.254/"]
    {
        assert!(client.session(name).is_err(), "{name}");
    }
    assert_eq!(stand_in.state.lock().unwrap().calls.len(), before, "nothing was sent");
    // A notice cannot bring such a name in either.
    let mut session = stand_in.pays();
    session["payment_intent"] = "pi/../x".into();
    assert_eq!(
        deliver(&app, &stand_in.event("evt_1", "checkout.session.completed", &session)).await,
        "applied"
    );
    assert_eq!(payment(&app, &page).provider_payment, None);
    app.work();
}

#[actix_web::test]
async fn the_ledger_refuses_changes_by_itself() {
    let app = site().await;
    let person = app.person("Payer");
    pay(&app.signed_in(&person), "40", "term").await;
    app.work();
    for statement in [
        "UPDATE payment_entries SET amount_minor = 1",
        "DELETE FROM payment_entries",
        "UPDATE receipts SET number = '1'",
        "DELETE FROM receipts",
        "DELETE FROM payments",
        "UPDATE payments SET amount_minor = 1",
        "UPDATE payments SET reference = 'x'",
    ] {
        let run = |c: &mut folkmoot_store::Conn| {
            use folkmoot_store::diesel::connection::SimpleConnection;
            folkmoot_store::on_backend!(c, c => c.batch_execute(statement))?;
            Ok::<_, AppError>(())
        };
        assert!(app.app.store().write(run).is_err(), "{statement}");
    }
    let known = payments::Filter::default();
    assert_eq!(app.app.store().read(|c| Ok::<_, AppError>(payments::find(c, &known, 9)?)).unwrap().len(), 1);
}
