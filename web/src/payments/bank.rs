//! Statements of the bank: take one in, see what it would match, and match. Nothing is settled before a person looked at it.

use std::collections::BTreeMap;

use actix_web::web;
use askama::Template;
use folkmoot_governance::{Currency, Money};
use folkmoot_store::memberships;
use folkmoot_store::payments::bank::{self, BankLine, BankLineState};
use folkmoot_store::payments::events::EventOutcome;
use folkmoot_store::payments::{self, Payment, PaymentState, Provider};
use folkmoot_store::{Conn, PublicId, Utc, accounts, audit};
use serde_json::json;

use super::bank_csv::{self, LineError, Slashes, letters};
use super::notice::Notice;
use super::pay::id_in;
use super::settle::{self, Source};
use super::staff::{booked, to_change};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult, Upload};
use crate::membership::dues::policy_of;

/// Largest statement, in bytes.
pub(super) const LARGEST: usize = 2 * 1024 * 1024;
/// Mistakes shown at once.
const MOST_MISTAKES: usize = 50;

struct ImportLine {
    href: String,
    name: String,
    at: String,
    open: i64,
}

#[derive(Template)]
#[template(path = "payments/bank.html")]
struct BankPage {
    page: Page,
    form: Form,
    imports: Vec<ImportLine>,
    mistakes: Vec<LineError>,
    more_mistakes: usize,
}

async fn bank_page(ctx: &Ctx, form: Form, mut mistakes: Vec<LineError>) -> PageResult {
    let found = ctx.app().read(|c| Ok(bank::imports(c, 50)?)).await?;
    let line = |(import, open): (bank::BankImport, i64)| ImportLine {
        href: format!("/staff/payments/bank/{}", import.public_id),
        at: when(import.created_at),
        name: import.name,
        open,
    };
    let more_mistakes = mistakes.len().saturating_sub(MOST_MISTAKES);
    mistakes.truncate(MOST_MISTAKES);
    let page = ctx.page("Bank statements").for_form(&form);
    let again = page.has_errors;
    let imports = found.into_iter().map(line).collect();
    let template = BankPage { page, form, imports, mistakes, more_mistakes };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn list(ctx: Ctx, _actor: Actor) -> PageResult {
    bank_page(&ctx, Form::filled([("slashes", "day")]), Vec::new()).await
}

/// The currency of dues; that of the first class that has any.
fn usual_currency(conn: &mut Conn) -> AppResult<Currency> {
    for class in memberships::classes(conn)? {
        if let Some(policy) = policy_of(&class)? {
            return Ok(policy.minimum.currency);
        }
    }
    Ok(Currency::USD)
}

pub(super) async fn take_in(ctx: Ctx, actor: Actor, upload: Upload) -> PageResult {
    let upload = upload.only(&["slashes"], &["file"])?;
    let form = upload.form.clone();
    let mistake = |words: &str| FieldErrors::one("file", words);
    let Some(file) = upload.file("file") else {
        return bank_page(&ctx, form.with(mistake("Choose the file of the bank.")), Vec::new()).await;
    };
    let Ok(text) = String::from_utf8(file.bytes.to_vec()) else {
        let words = "This file is not UTF-8. Save it as CSV (UTF-8) and choose it again.";
        return bank_page(&ctx, form.with(mistake(words)), Vec::new()).await;
    };
    let slashes = if form.value("slashes") == "month" { Slashes::MonthFirst } else { Slashes::DayFirst };
    let currency = ctx.app().read(usual_currency).await?;
    let read = ctx.app().blocking(move || bank_csv::read(&text, currency, slashes)).await?;
    let statement = match read {
        Ok(statement) if statement.lines.is_empty() => {
            return bank_page(&ctx, form.with(mistake("Nothing in this file came in.")), Vec::new()).await;
        }
        Ok(statement) => statement,
        Err(mistakes) => {
            let words = "Nothing was taken in; the lines below cannot be read.";
            return bank_page(&ctx, form.with(mistake(words)), mistakes).await;
        }
    };
    let (id, now, name) = (ctx.app().public_id()?, ctx.now(), file.name.clone());
    let act =
        ctx.act("payment.statement", format!("statement {id}"), json!({ "lines": statement.lines.len() }));
    let target = format!("/staff/payments/bank/{id}");
    let (all, outgoing) = (statement.lines.len(), statement.outgoing);
    let new = ctx
        .app()
        .write(move |c| {
            let new = bank::import(c, &id, &name, &statement.lines, actor.person, now)?;
            audit::append(c, &act, now)?;
            Ok(new)
        })
        .await?;
    let words = format!(
        "{new} of {all} incoming lines are new; {outgoing} outgoing lines were left out. Nothing is matched yet."
    );
    Ok(ctx.redirect_with(&target, &Flash::good(words)))
}

/// A line as staff see it.
struct Shown {
    id: i64,
    number: i64,
    day: String,
    amount: String,
    words: String,
    state: &'static str,
    tag: &'static str,
    /// What it is or would be: address and words.
    payment: Option<(String, String)>,
    /// Why the proposal needs a look, or why there is none.
    remark: String,
    is_open: bool,
    sure: bool,
}

#[derive(Template)]
#[template(path = "payments/bank_import.html")]
struct ImportPage {
    page: Page,
    form: Form,
    id: PublicId,
    name: String,
    lines: Vec<Shown>,
    sure: usize,
}

/// Payments that a transfer may be for, by the letters of their reference.
fn candidates(conn: &mut Conn, now: Utc) -> AppResult<BTreeMap<String, Payment>> {
    let states = [PaymentState::Pending, PaymentState::Cancelled];
    let from = now.plus(-chrono::TimeDelta::days(800));
    let until = now.plus(chrono::TimeDelta::days(1));
    let all = payments::waiting(conn, Provider::Offline, &states, from, until, 20_000)?;
    Ok(all.into_iter().map(|p| (letters(&p.reference), p)).collect())
}

/// The payment whose reference stands in what the bank wrote; `None` when there is none, or more than one.
fn named<'a>(words: &str, open: &'a BTreeMap<String, Payment>) -> Option<&'a Payment> {
    let text = letters(words);
    let mut found = None;
    for (at, _) in text.match_indices("FM") {
        if let Some(payment) = text.get(at..at + 10).and_then(|r| open.get(r)) {
            match found {
                None => found = Some(payment),
                Some(other) if other.id == payment.id => {}
                Some(_) => return None,
            }
        }
    }
    found
}

/// How a line fits a payment: a remark for people, and whether it can be matched at all.
fn fit(line: &BankLine, payment: &Payment) -> (String, bool, bool) {
    if line.currency != payment.currency {
        return ("In another currency: pay it back.".into(), false, false);
    }
    if line.amount_minor < payment.least_minor {
        return ("Below the least amount: pay it back.".into(), false, false);
    }
    if line.amount_minor != payment.amount_minor {
        return ("Another amount than agreed on, and enough.".into(), true, false);
    }
    (String::new(), true, true)
}

fn shown(conn: &mut Conn, line: BankLine, open: &BTreeMap<String, Payment>) -> AppResult<Shown> {
    let currency = Currency::try_from(line.currency.clone()).map_err(AppError::internal)?;
    let (state, tag) = match line.state {
        BankLineState::Open => ("Open", "warn"),
        BankLineState::Matched => ("Matched", "good"),
        BankLineState::SetAside => ("Set aside", ""),
    };
    let is_open = line.state == BankLineState::Open;
    let payment = match line.payment_id {
        Some(id) => Some(payments::by_id(conn, id)?),
        None if is_open => named(&line.words, open).cloned(),
        None => None,
    };
    let (remark, sure) = match &payment {
        Some(payment) if is_open => {
            let (remark, _, sure) = fit(&line, payment);
            (remark, sure)
        }
        None if is_open => ("No reference of a payment that waits stands in it.".into(), false),
        _ => (String::new(), false),
    };
    let payment = match payment {
        None => None,
        Some(p) => {
            let name = accounts::person(conn, p.person_id)?.preferred_name;
            let agreed = settle::agreed(&p)?;
            Some((
                format!("/staff/payments/{}", p.public_id),
                format!("{}, \u{2068}{name}\u{2069}, {agreed}", p.reference),
            ))
        }
    };
    Ok(Shown {
        id: line.id.0,
        number: line.line_number,
        day: line.booked_on.format("%-d %B %Y").to_string(),
        amount: Money { minor: line.amount_minor, currency }.to_string(),
        words: line.words,
        state,
        tag,
        payment,
        remark,
        is_open,
        sure,
    })
}

async fn import_page(ctx: &Ctx, id: PublicId, form: Form) -> PageResult {
    let (now, wanted) = (ctx.now(), id.clone());
    let (name, lines) = ctx
        .app()
        .read(move |c| {
            let (import, lines) = bank::one(c, &wanted)?;
            let open = candidates(c, now)?;
            let lines = lines.into_iter().map(|l| shown(c, l, &open)).collect::<AppResult<Vec<_>>>()?;
            Ok((import.name, lines))
        })
        .await?;
    let page = ctx.page("Bank statement").for_form(&form);
    let again = page.has_errors;
    let sure = lines.iter().filter(|l| l.sure).count();
    let template = ImportPage { page, form, id, name, lines, sure };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn one(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    import_page(&ctx, id_in(&path)?, Form::empty()).await
}

/// Matches one line with a payment, in the transaction at hand.
fn match_line(conn: &mut Conn, ctx: &Matching, line: &BankLine, payment: &Payment) -> AppResult<()> {
    let payment = to_change(conn, &ctx.actor, &payment.public_id)?;
    let (remark, may_match, _) = fit(line, &payment);
    if !may_match {
        return Err(AppError::conflict(remark));
    }
    let source = Source {
        actor: Some(ctx.actor.person),
        reference: ctx.reference.clone(),
        note: format!("Bank statement, line {}", line.line_number),
    };
    let amount = Money { minor: line.amount_minor, currency: settle::currency(&payment)? };
    let notice = Notice::Settled { amount, at: booked(line.booked_on, ctx.now) };
    let decided =
        bank::decide(conn, line.id, BankLineState::Matched, Some(payment.id), ctx.actor.person, ctx.now)?;
    let outcome = settle::apply(conn, &ctx.app, &payment, &notice, &source, ctx.now)?;
    if !decided || outcome != EventOutcome::Applied {
        return Err(AppError::conflict(
            "This line or this payment was decided meanwhile. Open the statement again.",
        ));
    }
    Ok(())
}

/// What matching needs besides the database.
struct Matching {
    app: crate::app::App,
    actor: Actor,
    reference: String,
    now: Utc,
}

impl Matching {
    fn new(ctx: &Ctx, actor: Actor) -> Self {
        Self { app: ctx.app().clone(), actor, reference: ctx.reference().to_owned(), now: ctx.now() }
    }
}

/// Matches every line whose reference and amount agree with a payment that waits.
pub(super) async fn match_all(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (id, now) = (id_in(&path)?, ctx.now());
    let target = format!("/staff/payments/bank/{id}");
    let act = ctx.act("payment.match", format!("statement {id}"), json!({}));
    let matching = Matching::new(&ctx, actor);
    let done = ctx
        .app()
        .write(move |c| {
            let (_, lines) = bank::one(c, &id)?;
            let mut open = candidates(c, now)?;
            let mut done = 0;
            for line in lines.iter().filter(|l| l.state == BankLineState::Open) {
                let Some(payment) = named(&line.words, &open).cloned() else { continue };
                // A second transfer for the same payment, or one's own payment, is looked at by people.
                if fit(line, &payment).2 && payment.person_id != matching.actor.person {
                    match_line(c, &matching, line, &payment)?;
                    open.remove(&letters(&payment.reference));
                    done += 1;
                }
            }
            audit::append(c, &act, now)?;
            Ok(done)
        })
        .await?;
    let words = match done {
        1 => "1 payment is settled; its payer has a mail.".to_owned(),
        n => format!("{n} payments are settled; their payers have a mail."),
    };
    Ok(ctx.redirect_with(&target, &Flash::good(words)))
}

/// Decides about one line: matches it with the reference typed, or sets it aside.
pub(super) async fn decide(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["line", "reference", "act"])?;
    let (id, now) = (id_in(&path)?, ctx.now());
    let wanted: Option<i64> = form.value("line").parse().ok();
    let aside = form.value("act") == "aside";
    let typed = letters(form.value("reference"));
    let target = format!("/staff/payments/bank/{id}");
    let act = ctx.act("payment.match", format!("statement {id}"), json!({ "line": wanted }));
    let matching = Matching::new(&ctx, actor);
    let again = id.clone();
    let done = ctx
        .app()
        .write(move |c| {
            let (_, lines) = bank::one(c, &id)?;
            let line = lines.iter().find(|l| Some(l.id.0) == wanted && l.state == BankLineState::Open);
            let Some(line) = line else { return Ok(Err("This line is decided already.")) };
            if aside {
                bank::decide(c, line.id, BankLineState::SetAside, None, matching.actor.person, now)?;
            } else {
                let open = candidates(c, now)?;
                let proposed = if typed.is_empty() { named(&line.words, &open) } else { open.get(&typed) };
                let Some(payment) = proposed.cloned() else {
                    return Ok(Err("No payment that waits has this reference."));
                };
                match_line(c, &matching, line, &payment)?;
            }
            audit::append(c, &act, now)?;
            Ok(Ok(()))
        })
        .await?;
    match done {
        Ok(()) => Ok(ctx.redirect_with(&target, &Flash::good("Decided."))),
        Err(words) => {
            let field = format!("reference-{}", wanted.unwrap_or(0));
            import_page(&ctx, again, form.with(FieldErrors::one(field, words))).await
        }
    }
}
