//! The daily comparison: what a provider's books say of yesterday against our ledger, and what of the bank waits for people.

use askama::Template;
use chrono::{Days, NaiveDate, TimeDelta};
use folkmoot_governance::{Currency, Money};
use folkmoot_store::payments::ledger::{self, EntryKind};
use folkmoot_store::payments::reconciliation::{self, Reconciliation};
use folkmoot_store::payments::{self, Payment, PaymentState, Provider, bank, events};
use folkmoot_store::{Conn, JsonText, PublicId, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::provider::{self, Taking};
use super::settle;
use crate::app::App;
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{parse_day, start_of, when};
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult};
use crate::jobs::Job;
use crate::tasks::Task;

/// Something that the books and the ledger do not agree on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Our payment, when there is one.
    pub payment: Option<PublicId>,
    /// The provider's name for it, or the reference.
    pub name: String,
    /// What, in words.
    pub words: String,
}

/// What a comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// Payments in the provider's books.
    pub theirs: usize,
    /// Payments settled in ours.
    pub ours: usize,
    /// Lines of bank statements that nobody decided about.
    pub open_lines: i64,
    /// Differences.
    pub differences: Vec<Difference>,
}

fn money(minor: i64, currency: Currency) -> String {
    Money { minor, currency }.to_string()
}

/// The payment a line of the books is about.
fn ours(conn: &mut Conn, taking: &Taking) -> AppResult<Option<Payment>> {
    if let Some(payment) = payments::by_provider_payment(conn, &taking.name)? {
        return Ok(Some(payment));
    }
    let Some(id) = taking.payment.as_deref().and_then(PublicId::parse) else { return Ok(None) };
    match payments::by_public_id(conn, &id) {
        Ok(payment) => Ok(Some(payment)),
        Err(folkmoot_store::diesel::result::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Compares a provider's books of a day with the ledger.
///
/// # Errors
/// A database error.
pub(super) fn compare(
    conn: &mut Conn,
    provider: Provider,
    day: NaiveDate,
    books: &[Taking],
) -> AppResult<Findings> {
    let mut found = Findings { theirs: 0, open_lines: bank::count_open(conn)?, ..Findings::default() };
    let mut seen = Vec::new();
    for taking in books {
        // An account may serve others too: what does not bear a payment's id is none of ours.
        let payment = match ours(conn, taking)? {
            Some(payment) => payment,
            None if taking.payment.is_none() => continue,
            None => {
                found.theirs += 1;
                let words = "is in the provider's books and names a payment that does not exist here".into();
                found.differences.push(Difference { payment: None, name: taking.name.clone(), words });
                continue;
            }
        };
        found.theirs += 1;
        seen.push(payment.id);
        if let Some(words) = disagrees(conn, &payment, taking)? {
            let id = Some(payment.public_id.clone());
            found.differences.push(Difference { payment: id, name: payment.reference.clone(), words });
        }
    }
    let from = start_of(day);
    for entry in ledger::between(conn, from, from.plus(TimeDelta::days(1)))? {
        let payment = payments::by_id(conn, entry.payment_id)?;
        if payment.provider != provider || entry.kind != EntryKind::Settled {
            continue;
        }
        found.ours += 1;
        // Around midnight the two books may hold it under different days.
        let near = entry.occurred_at.since(from) < TimeDelta::minutes(10);
        if provider == Provider::Stripe && !seen.contains(&payment.id) && !near {
            let id = Some(payment.public_id.clone());
            let words = "is settled here and is not in the provider's books of this day".into();
            found.differences.push(Difference { payment: id, name: payment.reference.clone(), words });
        }
    }
    for event in events::odd(conn, provider, from, from.plus(TimeDelta::days(1)))? {
        let payment = event.payment_id.map(|id| payments::by_id(conn, id)).transpose()?;
        let words = format!("the notice {} ({}) does not fit", event.event_id, event.kind);
        let id = payment.map(|p| p.public_id);
        found.differences.push(Difference { payment: id, name: event.subject, words });
    }
    Ok(found)
}

/// In what a payment and its line in the books differ.
fn disagrees(conn: &mut Conn, payment: &Payment, taking: &Taking) -> AppResult<Option<String>> {
    let standing = settle::standing(conn, payment)?;
    let currency = settle::currency(payment)?;
    if standing.settled_at.is_none() {
        return Ok(Some("is paid in the provider's books and not settled here".into()));
    }
    if taking.amount.currency != currency || taking.amount.minor != standing.received {
        let (theirs, here) = (taking.amount.to_string(), money(standing.received, currency));
        return Ok(Some(format!("{theirs} in the provider's books, {here} here")));
    }
    if taking.refunded != standing.refunded {
        let (theirs, here) = (money(taking.refunded, currency), money(standing.refunded, currency));
        return Ok(Some(format!("{theirs} paid back in the provider's books, {here} here")));
    }
    Ok(None)
}

/// Compares every provider that is in use; nothing is kept twice for a day unless `again`.
///
/// # Errors
/// When books cannot be read, or a database error; the text holds no amounts.
pub(super) fn run(app: &App, day: NaiveDate, again: bool) -> anyhow::Result<usize> {
    let mut differences = 0;
    for kind in provider::offered(app) {
        let done = app.store().read(|c| Ok::<_, AppError>(reconciliation::of_day(c, kind, day)?))?;
        if done.is_some() && !again {
            continue;
        }
        let books = provider::of(app, kind).books(day).map_err(|e| anyhow::anyhow!("{e}"))?;
        let now = app.now();
        let found = app.store().write(|c| {
            let found = compare(c, kind, day, books.as_deref().unwrap_or_default())?;
            let count = i64::try_from(found.differences.len()).unwrap_or(i64::MAX);
            reconciliation::add(c, kind, day, &JsonText::of(&found)?, count, now)?;
            Ok::<_, AppError>(found)
        })?;
        differences += found.differences.len();
    }
    Ok(differences)
}

/// Compares yesterday, once, from one in the morning (UTC) on: what was paid around midnight is settled by then.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reconcile {}

impl Job for Reconcile {
    const KIND: &'static str = "payments.reconcile";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let settled = app.now().plus(-TimeDelta::hours(1)).datetime().date_naive();
        if let Some(day) = settled.checked_sub_days(Days::new(1)) {
            run(app, day, false)?;
        }
        Ok(())
    }
}

/// Asks providers about payments that were begun and of which no notice came: one that got lost, or a payer who never came
/// back. Runs every ten minutes.
#[derive(Debug, Serialize, Deserialize)]
pub struct AskAboutPending {}

impl Job for AskAboutPending {
    const KIND: &'static str = "payments.ask";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let now = app.now();
        let (from, to) = (now.plus(-TimeDelta::days(3)), now.plus(-TimeDelta::minutes(10)));
        let states = [PaymentState::Pending, PaymentState::Processing];
        let begun = app
            .store()
            .read(|c| Ok::<_, AppError>(payments::waiting(c, Provider::Stripe, &states, from, to, 200)?))?;
        let mut failed = 0;
        for payment in begun.into_iter().filter(|p| p.provider_session.is_some()) {
            match provider::of(app, payment.provider).ask(&payment) {
                Err(_) => failed += 1,
                Ok(found) => app.store().write(|c| {
                    let payment = payments::by_id(c, payment.id)?;
                    settle::found(c, app, &payment, &found, now)
                })?,
            }
        }
        anyhow::ensure!(failed == 0, "{failed} payments could not be looked up at their provider");
        Ok(())
    }
}

struct ReportLine {
    day: String,
    provider: &'static str,
    theirs: usize,
    ours: usize,
    open_lines: i64,
    differences: Vec<Difference>,
    made_at: String,
}

#[derive(Template)]
#[template(path = "payments/reconciliation.html")]
struct ReportPage {
    page: Page,
    form: Form,
    reports: Vec<ReportLine>,
}

fn report_line(report: Reconciliation) -> AppResult<ReportLine> {
    let found: Findings = report.findings.parse()?;
    Ok(ReportLine {
        day: report.day.format("%-d %B %Y").to_string(),
        provider: provider::words(report.provider),
        theirs: found.theirs,
        ours: found.ours,
        open_lines: found.open_lines,
        differences: found.differences,
        made_at: when(report.made_at),
    })
}

async fn show(ctx: &Ctx, form: Form) -> PageResult {
    let found = ctx.app().read(|c| Ok(reconciliation::latest(c, 31)?)).await?;
    let reports = found.into_iter().map(report_line).collect::<AppResult<Vec<_>>>()?;
    let page = ctx.page("Comparison with the providers").for_form(&form);
    let again = page.has_errors;
    let template = ReportPage { page, form, reports };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn page(ctx: Ctx, _actor: Actor) -> PageResult {
    show(&ctx, Form::empty()).await
}

/// Compares a day again, for example after something was put right.
pub(super) async fn compare_day(ctx: Ctx, _actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["day"])?;
    let today = ctx.now().datetime().date_naive();
    let read = parse_day(form.value("day"))
        .and_then(|day| if day >= today { Err("Choose a day that is over.".to_owned()) } else { Ok(day) });
    let day = match read {
        Ok(day) => day,
        Err(words) => return show(&ctx, form.with(FieldErrors::one("day", words))).await,
    };
    let (app, now) = (ctx.app().clone(), ctx.now());
    let act = ctx.act("payment.reconcile", format!("day {day}"), json!({}));
    let differences = ctx.app().blocking(move || run(&app, day, true)).await?.map_err(|error| {
        tracing::warn!(error = format!("{error:#}"), "the books of a provider could not be read");
        AppError::unavailable("The payment service's books could not be read.")
    })?;
    ctx.app().write(move |c| Ok(audit::append(c, &act, now)?)).await?;
    let flash = match differences {
        0 => Flash::good("Compared; everything agrees."),
        n => Flash::warn(format!("Compared; {n} differences.")),
    };
    Ok(ctx.redirect_with("/staff/payments/reconciliation", &flash))
}

/// Differences and open lines as tasks of membership staff.
///
/// # Errors
/// A database error.
pub fn tasks(conn: &mut Conn, actor: &Actor, now: Utc) -> AppResult<Vec<Task>> {
    if may(actor, Action::ManagePayments, Subject::Site).is_err() {
        return Ok(Vec::new());
    }
    let task = |text: String, href: &str| Task { text, href: href.into(), hint: String::new(), due: None };
    let mut all = Vec::new();
    match bank::count_open(conn)? {
        0 => {}
        1 => all.push(task("Match 1 bank transfer".into(), "/staff/payments/bank")),
        n => all.push(task(format!("Match {n} bank transfers"), "/staff/payments/bank")),
    }
    let since = now.plus(-TimeDelta::days(8)).datetime().date_naive();
    let found = reconciliation::latest(conn, 31)?;
    let mut latest: Vec<&Reconciliation> = Vec::new();
    for report in found.iter().filter(|r| r.day >= since) {
        if !latest.iter().any(|r| r.day == report.day && r.provider == report.provider) {
            latest.push(report);
        }
    }
    let differences: i64 = latest.iter().map(|r| r.differences).sum();
    if differences > 0 {
        let words = format!("Look at {differences} differences with the payment services");
        all.push(task(words, "/staff/payments/reconciliation"));
    }
    Ok(all)
}
