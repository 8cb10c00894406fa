//! Stories of payments.

mod money_back;
mod privacy;
mod staff;
mod stand_in;
mod story;
mod stripe;

use folkmoot_store::memberships;
use folkmoot_store::payments::ledger::{self, Entry, Standing};
use folkmoot_store::payments::{self, Payment};
use folkmoot_store::{PublicId, Utc};

use crate::config::Config;
use crate::error::AppError;
use crate::membership::preset;
use crate::testing::{Browser, Shown, TestApp, TestPerson};

const SECRET: &str = "whsec_of_the_stand_in_0001";
const NEXT_SECRET: &str = "whsec_of_the_stand_in_0002";

fn at(text: &str) -> Utc {
    Utc::parse(text).unwrap()
}

/// A site with the classes of the preset and the test provider.
async fn site() -> TestApp {
    site_with(|_| {}).await
}

async fn site_with(change: impl FnOnce(&mut Config)) -> TestApp {
    let app = TestApp::with(|config| {
        config.payments.test_provider = true;
        config.payments.bank_details = "Moor Bank\nIBAN XX00 0000 0000".into();
        change(config);
    })
    .await;
    let now = app.app.now();
    app.app.store().write(|c| preset::install(c, now)).unwrap();
    app
}

/// Chooses an amount and a provider; the payment's page.
async fn choose(browser: &Browser<'_>, amount: &str, term: &str, provider: &str) -> Shown {
    browser.get("/membership/dues?class=Supporting").await.expect(200);
    let fields = [
        ("class", "Supporting"),
        ("amount", "other"),
        ("other", amount),
        ("term", term),
        ("provider", provider),
    ];
    browser.post("/membership/dues", &fields).await
}

/// Begins a payment; its address.
async fn begin(browser: &Browser<'_>, amount: &str, provider: &str) -> String {
    choose(browser, amount, "term", provider).await.expect(303).location().unwrap()
}

/// Pays with the test provider; the payment's address.
async fn pay(browser: &Browser<'_>, amount: &str, term: &str) -> String {
    let page = choose(browser, amount, term, "test").await.expect(303).location().unwrap();
    let test = browser.post(&format!("{page}/pay"), &[]).await.expect(303).location().unwrap();
    browser.get(&test).await.expect(200).says("No money moves here");
    browser.submit(&test, &[("outcome", "paid")]).await.expect(200).says("The payment has arrived");
    page
}

fn id_of(page: &str) -> PublicId {
    PublicId::parse(page.rsplit('/').next().unwrap()).unwrap()
}

fn payment(app: &TestApp, page: &str) -> Payment {
    let id = id_of(page);
    app.app.store().read(|c| Ok::<_, AppError>(payments::by_public_id(c, &id)?)).unwrap()
}

fn entries(app: &TestApp, page: &str) -> Vec<Entry> {
    let id = payment(app, page).id;
    app.app.store().read(|c| Ok::<_, AppError>(ledger::of_payment(c, id)?)).unwrap()
}

fn standing(app: &TestApp, page: &str) -> Standing {
    Standing::of(&entries(app, page), payment(app, page).least_minor)
}

/// From when to when somebody is or was a member by dues.
fn terms(app: &TestApp, person: &TestPerson) -> Vec<(Utc, Option<Utc>)> {
    let held = app.app.store().read(|c| Ok::<_, AppError>(memberships::of_person(c, person.id)?)).unwrap();
    let mut terms: Vec<(Utc, Option<Utc>)> = held
        .into_iter()
        .filter(|(m, class)| class.key == "Supporting" && m.ends_at != Some(m.starts_at))
        .map(|(m, _)| (m.starts_at, m.ends_at))
        .collect();
    terms.sort();
    terms
}

fn receipts(app: &TestApp) -> usize {
    let filter = payments::Filter::default();
    let all = app.app.store().read(|c| Ok::<_, AppError>(payments::find(c, &filter, 1000)?)).unwrap();
    all.iter().filter(|l| l.receipt.is_some()).count()
}
