//! What staff do about money: statements, cheques, the daily comparison, the export.

use chrono::TimeDelta;
use folkmoot_store::accounts::Role;
use folkmoot_store::payments::PaymentState;

use super::stripe::{checkout, deliver, stripe_site};
use super::*;

#[actix_web::test]
async fn a_bank_statement_is_looked_at_and_matched() {
    let app = site().await;
    let people: Vec<TestPerson> = (0..4).map(|n| app.person(&format!("Payer {n}"))).collect();
    let mut pages = Vec::new();
    for person in &people {
        pages.push(begin(&app.signed_in(person), "60", "offline").await);
    }
    let reference = |n: usize| payment(&app, &pages[n]).reference;
    app.advance(TimeDelta::days(3));
    let csv = format!(
        "Date;Payer;Text;Amount;Currency\n02.06.2026;A;Dues {};60,00;USD\n02.06.2026;B;dues {};70,00;USD\n\
         03.06.2026;C;{};24,99;USD\n03.06.2026;D;thank you;60,00;USD\n03.06.2026;Rent;June;-900,00;USD\n",
        reference(0),
        reference(1).to_lowercase().replace('-', " "),
        reference(2),
    );
    let staff = app.staff("Mia", Role::MembershipStaff);
    staff.get("/staff/payments/bank").await.expect(200).says("No statement so far");
    let wrong = b"Date;Amount\n2.6.26x;60\n".as_slice();
    let refused =
        staff.upload("/staff/payments/bank", &[("slashes", "day")], &[("file", "a.csv", wrong)]).await;
    refused.expect(422).says("Line 2").says("not a day");
    let refused = staff.upload("/staff/payments/bank", &[], &[("file", "a.csv", b"\xff\xfeD\0")]).await;
    refused.expect(422).says("not UTF-8");
    staff.upload("/staff/payments/bank", &[], &[]).await.expect(422).says("Choose the file");
    let taken = staff
        .upload("/staff/payments/bank", &[("slashes", "day")], &[("file", "june.csv", csv.as_bytes())])
        .await;
    let page = taken.expect(303).location().unwrap();
    let shown = staff.get(&page).await.expect(200).says("4 of 4 incoming lines are new; 1 outgoing");
    let shown = shown
        .says("1 line names a payment")
        .says("Another amount than agreed on")
        .says("Below the least amount");
    let shown = shown.says("No reference of a payment");
    assert!(
        pages.iter().all(|p| payment(&app, p).state == PaymentState::Pending),
        "nothing is settled unseen"
    );
    staff.get("/").await.expect(200).says("Match 4 bank transfers");
    staff.submit(&format!("{page}/match"), &[]).await.expect(200).says("1 payment is settled");
    assert_eq!(standing(&app, &pages[0]).settled_at, Some(at("2026-06-02T12:00:00Z")));
    assert_eq!(terms(&app, &people[0])[0].0, at("2026-06-02T12:00:00Z"));

    // The others one by one: enough, too little, and one that a person recognises.
    let lines: Vec<String> = shown
        .body
        .split("name=\"line\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    let decide = format!("{page}/decide");
    let act = |line: &str, reference: &str, act: &str| {
        [("line", line.to_owned()), ("reference", reference.to_owned()), ("act", act.to_owned())]
    };
    for (line, reference, what, status, words) in [
        (1, String::new(), "match", 200, "Decided"),
        (2, String::new(), "match", 409, "Below the least amount"),
        (2, String::new(), "aside", 200, "Set aside"),
        (3, "FM-0000".to_owned(), "match", 422, "No payment that waits"),
        (3, reference(3), "match", 200, "Matched"),
        (3, reference(2), "match", 422, "decided already"),
    ] {
        let fields = act(&lines[line], &reference, what);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        staff.submit(&decide, &fields).await.expect(status).says(words);
    }
    assert_eq!(standing(&app, &pages[1]).received, 7000, "what arrived counts");
    assert_eq!(standing(&app, &pages[3]).received, 6000);
    assert_eq!(payment(&app, &pages[2]).state, PaymentState::Pending);

    // Whoever closes the account leaves day and amount in the books, and no name.
    staff.get(&page).await.expect(200).says("A, Dues");
    app.signed_in(&people[0]).submit("/account/close", &[("sure", "yes")]).await.expect(200);
    assert!(!staff.get(&page).await.expect(200).text().contains("A, Dues"));
    assert_eq!(standing(&app, &pages[0]).balance, 6000);

    // The same file again brings nothing new.
    let again = staff.upload("/staff/payments/bank", &[], &[("file", "again.csv", csv.as_bytes())]).await;
    let again = again.expect(303).location().unwrap();
    staff.get(&again).await.expect(200).says("0 of 4 incoming lines are new").says("taken in before");
    assert_eq!(receipts(&app), 3);
    app.work();
    assert_eq!(app.audited().iter().filter(|a| *a == "payment.match").count(), 4);
}

#[actix_web::test]
async fn a_cheque_is_entered_once_with_its_day() {
    let app = site().await;
    let person = app.person("Payer");
    let page = begin(&app.signed_in(&person), "60", "offline").await;
    app.advance(TimeDelta::days(10));
    let staff = app.staff("Mia", Role::MembershipStaff);
    let path = format!("/staff/payments/{}/arrived", id_of(&page));
    let wrong = [("amount", "20"), ("day", "2027-01-01"), ("note", "")];
    let shown = staff.post(&path, &wrong).await.expect(422);
    shown.says("below the least amount").says("This day is to come").says("Say how it came");
    let cheque = [("amount", "60"), ("day", "2026-06-05"), ("note", "Cheque 4711")];
    staff.submit(&path, &cheque).await.expect(200).says("Cheque 4711").says("2026-000001");
    staff.post(&path, &cheque).await.expect(409);
    assert_eq!(terms(&app, &person), [(at("2026-06-05T12:00:00Z"), Some(at("2027-06-06T00:00:00Z")))]);
    assert_eq!(entries(&app, &page).len(), 1);
    app.work();
    let by_test = begin(&app.signed_in(&person), "60", "test").await;
    staff.post(&format!("/staff/payments/{}/arrived", id_of(&by_test)), &cheque).await.expect(409);
}

#[actix_web::test]
async fn every_day_the_books_are_compared() {
    let (app, stand_in) = stripe_site().await;
    let mia = app.person("Mia");
    app.grant(&mia, Role::MembershipStaff);
    // One settled, one whose notice got lost, one with a refund nobody told us of, and a sale of a shop.
    let mut pages = Vec::new();
    for n in 0..3 {
        let person = app.person(&format!("Payer {n}"));
        pages.push(checkout(&app, &person).await);
        let session = stand_in.pays();
        if n != 1 {
            deliver(&app, &stand_in.event(&format!("evt_{n}"), "checkout.session.completed", &session)).await;
        }
    }
    {
        let mut state = stand_in.state.lock().unwrap();
        state.charges[2]["amount_refunded"] = 700.into();
        let mut shop = state.charges[0].clone();
        shop["id"] = "ch_shop".into();
        shop["payment_intent"] = "pi_shop".into();
        shop["metadata"] = serde_json::json!({});
        state.charges.push(shop);
    }
    let run = |app: &TestApp| {
        let now = app.app.now();
        app.app.store().write(|c| crate::jobs::queue(c, &crate::payments::Reconcile {}, now)).unwrap();
        app.work();
    };
    app.clock.set(at("2026-06-02T00:30:00Z"));
    run(&app);
    let staff = app.signed_in(&mia);
    let empty = staff.get("/staff/payments/reconciliation").await.expect(200);
    assert!(!empty.text().contains("1 June 2026"), "yesterday is compared from one o'clock on");
    app.clock.set(at("2026-06-02T01:00:00Z"));
    run(&app);
    run(&app);
    let staff = app.signed_in(&mia);
    let report = staff.get("/staff/payments/reconciliation").await.expect(200);
    let report = report
        .says("3 payments in their books, 2 in ours")
        .says("not settled here")
        .says("7.00 USD paid back");
    assert_eq!(report.text().matches("paid in the provider's books").count(), 1, "made once");
    assert!(!report.body.contains("pi_shop"));
    staff.get("/").await.expect(200).says("Look at 2 differences");

    // Put right and compared again.
    let asked = |app: &TestApp| {
        let now = app.app.now();
        app.app.store().write(|c| crate::jobs::queue(c, &crate::payments::AskAboutPending {}, now)).unwrap();
        app.work();
    };
    asked(&app);
    assert_eq!(payment(&app, &pages[1]).state, PaymentState::Settled);
    let charge = stand_in.state.lock().unwrap().charges[2].clone();
    deliver(&app, &stand_in.event("evt_9", "charge.refunded", &charge)).await;
    staff
        .post("/staff/payments/reconciliation", &[("day", "2026-06-02")])
        .await
        .expect(422)
        .says("a day that is over");
    staff
        .submit("/staff/payments/reconciliation", &[("day", "2026-06-01")])
        .await
        .expect(200)
        .says("everything agrees");
    // Settled here and gone there.
    stand_in.state.lock().unwrap().charges.remove(0);
    staff
        .submit("/staff/payments/reconciliation", &[("day", "2026-06-01")])
        .await
        .expect(200)
        .says("is not in the provider's books");
    app.work();
}

#[actix_web::test]
async fn the_ledger_comes_as_csv_without_formulas() {
    let app = site().await;
    let person = app.person("=HYPERLINK(1)");
    pay(&app.signed_in(&person), "73.19", "term").await;
    app.work();
    let auditor = app.staff("Oda", Role::Auditor);
    let days = [("from", "2026-06-01"), ("to", "2026-06-01")];
    let csv = auditor.post("/staff/payments/ledger", &days).await.expect(200);
    assert!(csv.body.contains("settled,73.19,USD,FM-"), "{}", csv.body);
    assert!(csv.body.contains(",'=HYPERLINK(1),") && csv.body.contains("2026-000001"), "{}", csv.body);
    assert_eq!(csv.body.lines().count(), 2);
    assert_eq!(app.audited().last().map(String::as_str), Some("payment.export"));
    let earlier = [("from", "2026-01-01"), ("to", "2026-05-31")];
    assert_eq!(auditor.post("/staff/payments/ledger", &earlier).await.expect(200).body.lines().count(), 1);
    auditor.post("/staff/payments/ledger", &[("from", "x")]).await.expect(422);
    let list = auditor.get("/staff/payments?q=2026-0000").await.expect(200).says("73.19 USD");
    assert!(!list.body.contains("/staff/people/"));
    auditor.get("/staff/payments?q=fm-").await.expect(200).says("73.19 USD");
    auditor.get("/staff/payments?q=hyper&state=settled").await.expect(200).says("73.19 USD");
    auditor.get("/staff/payments?state=failed").await.expect(200).says("No payment fits");
    app.advance(TimeDelta::minutes(6));
    auditor.post("/staff/payments/ledger", &days).await.expect(307);
}
