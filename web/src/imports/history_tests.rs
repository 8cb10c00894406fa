//! The past of the people in a list: affirmations, and payments from earlier books.

use folkmoot_store::accounts::{self, Role};
use folkmoot_store::bodies::{self, BodyFacts, BodyKind};
use folkmoot_store::memberships::voting::{self, AffirmationHow};
use folkmoot_store::payments::ledger::{self, EntryKind};
use folkmoot_store::payments::{self, PaymentState, Provider, receipts};

use super::tests::{apply, look, send};
use crate::error::AppError;
use crate::membership::preset;
use crate::testing::TestApp;

/// A body that people affirm for.
pub(super) fn board(app: &TestApp) {
    let facts =
        BodyFacts { slug: "board", name: "Board", kind: BodyKind::Board, description: "", is_public: true };
    let now = app.app.now();
    app.app.store().write(|c| Ok::<_, AppError>(bodies::add(c, &facts, now)?)).unwrap();
}

/// An organisation with the usual classes and a board.
async fn organisation() -> TestApp {
    let app = TestApp::new().await;
    let now = app.app.now();
    app.app.store().write(|c| preset::install(c, now)).unwrap();
    board(&app);
    app
}

fn affirmations(app: &TestApp, address: &str) -> Vec<String> {
    let found = app.app.store().read(|c| {
        let Some(person) = accounts::owner_of_address(c, address)? else { return Ok(Vec::new()) };
        Ok::<_, AppError>(voting::affirmations_of(c, person.id)?)
    });
    let all = found.unwrap();
    assert!(all.iter().all(|a| a.how == AffirmationHow::Imported));
    all.into_iter().map(|a| a.affirmed_at.to_string()).collect()
}

#[actix_web::test]
async fn last_affirmations_of_a_list_count_for_a_body_and_go_with_the_import() {
    let app = organisation().await;
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    let file = b"class;account;e-mail;votes;last affirmation\n\
                 Supporting;ann;ann@h.test;yes;2026-05-20\n\
                 Supporting;bo;bo@h.test;yes;\n\
                 Supporting;cy;cy@h.test;yes;2099-01-01\n";
    let path = send(&mia, "members.csv", file).await;
    let columns = mia.get(&path).await.expect(200);
    assert!(columns.body.contains("value=\"affirmed_on\" selected"));
    // The body has to be named: an affirmation is for one.
    let fields = [
        ("header", "yes"),
        ("column-0", "class"),
        ("column-1", "name"),
        ("column-2", "email"),
        ("column-3", "skip"),
        ("column-4", "affirmed_on"),
        ("class", ""),
        ("starts", ""),
        ("ends", ""),
        ("election", ""),
        ("closed", ""),
        ("affirmed_for", ""),
    ];
    mia.post(&format!("{path}/columns"), &fields).await.expect(422).says("Choose the body the column");
    let page = look(&app, &mia, &path, &[("affirmed_for", "board")]).await;
    let page = page.says("Import 2 people").says("The last affirmation lies in the future");
    page.says("Nothing is made of these columns: votes");
    assert!(affirmations(&app, "ann@h.test").is_empty(), "a look changes nothing");
    apply(&app, &mia, &path, "skip").await.says("Applied");
    assert_eq!(affirmations(&app, "ann@h.test"), ["2026-05-20T00:00:00Z"]);
    assert!(affirmations(&app, "bo@h.test").is_empty());
    // An older list adds nothing, and taking it back takes nothing that it did not bring.
    let older = send(&mia, "older.csv", b"e-mail;last affirmation\nann@h.test;2025-01-01\n").await;
    look(&app, &mia, &older, &[("affirmed_for", "board")]).await;
    apply(&app, &mia, &older, "skip").await.says("Applied");
    mia.post(&format!("{older}/undo"), &[]).await.expect(303);
    app.work();
    assert_eq!(affirmations(&app, "ann@h.test"), ["2026-05-20T00:00:00Z"]);
    mia.post(&format!("{path}/undo"), &[]).await.expect(303);
    app.work();
    mia.get(&path).await.says("Taken back");
    assert!(affirmations(&app, "ann@h.test").is_empty());
    let people = app.app.store().read(|c| Ok::<_, AppError>(accounts::count_persons(c)?)).unwrap();
    assert_eq!(people, 1, "nothing stands in the way of the records");
}

#[actix_web::test]
async fn contributions_of_earlier_books_enter_the_ledger_without_receipts() {
    let app = organisation().await;
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    let file = b"Contact Name,Email,Date Received,Total Amount,Contribution Status\n\
                 Ann,ann@h.test,2026-01-10 09:30:00,$ 99.00,Completed\n\
                 Bo,bo@h.test,2026-01-11 10:00:00,$ 25.00,Refunded\n\
                 Cy,cy@h.test,2026-01-12 11:00:00,-5.00,Completed\n\
                 Di,di@h.test,2026-01-13 12:00:00,many,Completed\n";
    let path = send(&mia, "contributions.csv", file).await;
    mia.get(&path).await.says("CiviCRM contributions");
    let page = look(&app, &mia, &path, &[("class", "Supporting")]).await;
    let page = page.says("Import 1 people").says("This payment is “Refunded”, not completed");
    page.says("is not above zero").says("is not an amount");
    let of = |address: &str| {
        app.app
            .store()
            .read(|c| {
                let Some(person) = accounts::owner_of_address(c, address)? else { return Ok(Vec::new()) };
                Ok::<_, AppError>(payments::of_person(c, person.id)?)
            })
            .unwrap()
    };
    assert!(of("ann@h.test").is_empty(), "a look changes nothing");
    apply(&app, &mia, &path, "skip").await.says("Applied");
    let all = of("ann@h.test");
    assert_eq!(all.len(), 1);
    let paid = all[0].clone();
    assert_eq!(
        (paid.amount_minor, paid.provider, paid.state),
        (9_900, Provider::Import, PaymentState::Settled)
    );
    let (receipt, entries) = app
        .app
        .store()
        .read(|c| Ok::<_, AppError>((receipts::of_payment(c, paid.id)?, ledger::of_payment(c, paid.id)?)))
        .unwrap();
    assert!(receipt.is_none(), "whoever took the money gave one");
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].occurred_at.to_string(), "2026-01-10T00:00:00Z");
    assert!(app.mails().is_empty(), "nobody is written to");

    // Those who see payments see it as history; nothing is paid back from here.
    let staff = format!("/staff/payments/{}", paid.public_id);
    let page = mia.get(&staff).await.expect(200).says("Earlier books").says("99.00");
    assert!(!page.body.contains("/refund"));
    mia.post(&format!("{staff}/refund"), &[("back", "5"), ("reason", "x")]).await.expect(409);

    // The same contribution in another file is taken over once.
    let again = b"Email,Date Received,Total Amount\nann@h.test,2026-01-10,99.00\n";
    let other = send(&mia, "again.csv", again).await;
    look(&app, &mia, &other, &[("class", "Supporting")]).await;
    apply(&app, &mia, &other, "skip").await.says("Applied");
    assert_eq!(of("ann@h.test").len(), 1);

    // Taken back: the ledger keeps both entries, which come to nothing.
    mia.post(&format!("{path}/undo"), &[]).await.expect(303);
    app.work();
    mia.get(&format!("{path}/rows?outcome=new")).await.expect(200).says("The record stays");
    assert_eq!(of("ann@h.test")[0].state, PaymentState::Returned);
    let entries = app.app.store().read(|c| Ok::<_, AppError>(ledger::of_payment(c, paid.id)?)).unwrap();
    let kinds: Vec<(EntryKind, i64)> = entries.iter().map(|e| (e.kind, e.amount_minor)).collect();
    assert_eq!(kinds, [(EntryKind::Settled, 9_900), (EntryKind::Refunded, -9_900)]);
    app.staff("Vera", Role::Reviewer).get(&path).await.expect(403);
}
