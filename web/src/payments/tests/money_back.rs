//! Refunds and disputes: in every order the same end.

use chrono::TimeDelta;
use folkmoot_store::accounts::Role;
use folkmoot_store::payments::PaymentState;
use serde_json::json;

use super::stripe::{checkout, deliver, stripe_site};
use super::*;

/// Every order of `n` things.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in orders(n - 1) {
        for place in 0..=shorter.len() {
            let mut order = shorter.clone();
            order.insert(place, n - 1);
            all.push(order);
        }
    }
    all
}

#[actix_web::test]
async fn notices_in_every_order_come_to_the_same_end() {
    let (app, stand_in) = stripe_site().await;
    let mut ends = Vec::new();
    for (n, order) in orders(4).into_iter().enumerate() {
        let person = app.person(&format!("Payer {n}"));
        let page = checkout(&app, &person).await;
        let session = stand_in.pays();
        let (charge, at) = {
            let state = stand_in.state.lock().unwrap();
            (state.charges.last().unwrap().clone(), state.now)
        };
        let refunded = |total: i64| {
            let mut charge = charge.clone();
            charge["amount_refunded"] = total.into();
            charge
        };
        let dispute = json!({ "id": format!("dp_{n}"), "amount": 1000, "currency": "usd", "created": at,
            "payment_intent": charge["payment_intent"], "status": "needs_response" });
        let notices = [
            stand_in.event(&format!("evt_{n}_0"), "checkout.session.completed", &session),
            stand_in.event(&format!("evt_{n}_1"), "charge.refunded", &refunded(500)),
            stand_in.event(&format!("evt_{n}_2"), "charge.refunded", &refunded(1500)),
            stand_in.event(&format!("evt_{n}_3"), "charge.dispute.created", &dispute),
        ];
        for i in &order {
            deliver(&app, &notices[*i]).await;
            deliver(&app, &notices[*i]).await;
        }
        let end = standing(&app, &page);
        ends.push((end, terms(&app, &person)));
        assert_eq!((end.refunded, end.balance), (1500, 1500), "{order:?}");
        assert_eq!(payment(&app, &page).state, PaymentState::Disputed, "{order:?}");
    }
    assert_eq!(ends.len(), 24);
    assert!(ends.windows(2).all(|w| w[0] == w[1]), "{ends:?}");
    app.work();
}

#[actix_web::test]
async fn a_lost_dispute_ends_what_was_paid_and_a_won_one_does_not() {
    let (app, stand_in) = stripe_site().await;
    for (n, status) in ["lost", "won"].into_iter().enumerate() {
        let person = app.person(status);
        let page = checkout(&app, &person).await;
        deliver(&app, &stand_in.event(&format!("evt_{n}"), "checkout.session.completed", &stand_in.pays()))
            .await;
        app.advance(TimeDelta::days(20));
        stand_in.state.lock().unwrap().now += 20 * 86_400;
        let mut dispute = json!({ "id": format!("dp_{n}"), "amount": 4000, "currency": "usd",
            "payment_intent": payment(&app, &page).provider_payment, "status": "needs_response" });
        deliver(&app, &stand_in.event(&format!("evt_{n}_d"), "charge.dispute.created", &dispute)).await;
        assert_eq!(payment(&app, &page).state, PaymentState::Disputed);
        assert_eq!(standing(&app, &page).balance, 0);
        assert_eq!(terms(&app, &person).len(), 1, "nothing is decided yet");
        dispute["status"] = status.into();
        assert_eq!(
            deliver(&app, &stand_in.event(&format!("evt_{n}_c"), "charge.dispute.closed", &dispute)).await,
            "applied"
        );
        assert_eq!(
            deliver(&app, &stand_in.event(&format!("evt_{n}_e"), "charge.dispute.created", &dispute)).await,
            "nothing"
        );
        app.work();
        let end = terms(&app, &person)[0].1.unwrap();
        if status == "won" {
            assert_eq!(payment(&app, &page).state, PaymentState::Settled);
            assert!(end > app.app.now());
        } else {
            assert_eq!(payment(&app, &page).state, PaymentState::Returned);
            assert_eq!(end, app.app.now(), "it ends when it was decided");
            assert!(app.mail_to(&person.email).subject.contains("went back"));
            app.signed_in(&person)
                .get(&format!("{page}/receipt"))
                .await
                .expect(200)
                .says("taken back by the payer's bank");
        }
    }
}

#[actix_web::test]
async fn staff_pay_back_through_the_provider_once() {
    let (app, stand_in) = stripe_site().await;
    let person = app.person("Payer");
    let page = checkout(&app, &person).await;
    deliver(&app, &stand_in.event("evt_1", "checkout.session.completed", &stand_in.pays())).await;
    let mia = app.person("Mia");
    app.grant(&mia, Role::MembershipStaff);
    let staff = app.signed_in(&mia);
    let theirs = format!("/staff/payments/{}", id_of(&page));
    staff.get(&theirs).await.expect(200).says("Pay back").says("40.00 USD");
    let refund = format!("{theirs}/refund");
    staff.post(&refund, &[("back", "40.01"), ("reason", "x")]).await.expect(422).says("more than is left");
    staff.post(&refund, &[("back", "0"), ("reason", "")]).await.expect(422).says("how much").says("Say why");
    staff.submit(&refund, &[("back", "10"), ("reason", "Paid too much")]).await.expect(200).says("30.00 USD");
    let charge = stand_in.state.lock().unwrap().charges[0].clone();
    assert_eq!(charge["amount_refunded"], 1000);
    assert_eq!(deliver(&app, &stand_in.event("evt_2", "charge.refunded", &charge)).await, "nothing");
    assert_eq!(standing(&app, &page).balance, 3000);
    assert_eq!(payment(&app, &page).state, PaymentState::Settled, "25 are enough for the term");
    app.advance(TimeDelta::days(2));
    let staff = app.signed_in(&mia);
    staff.submit(&refund, &[("back", "10"), ("reason", "Again")]).await.expect(200);
    assert_eq!(payment(&app, &page).state, PaymentState::Returned);
    assert_eq!(terms(&app, &person)[0].1, Some(app.app.now()));
    staff.post(&refund, &[("back", "1"), ("reason", "Again")]).await.expect(409);
    let shown = app.signed_in(&person).get(&page).await.expect(200);
    shown.says("Went back").says("Paid too much").says("Pay again");
    let receipt = app.signed_in(&person).get(&format!("{page}/receipt")).await.expect(200);
    receipt.says("20.00 USD of it was paid back").says("What is left: 20.00 USD");
    assert!(app.mail_to(&person.email).subject.contains("went back"));
    // Nobody their own.
    let own = pay(&staff, "30", "term").await;
    app.work();
    let own = format!("/staff/payments/{}/refund", id_of(&own));
    staff.post(&own, &[("back", "30"), ("reason", "Mine")]).await.expect(403);
    app.staff("Oda", Role::Auditor).post(&own, &[("back", "30"), ("reason", "x")]).await.expect(403);
}
