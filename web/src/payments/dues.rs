//! `/membership/dues`: how much, for what, and by whom it is taken. Suggested and least amounts, anything above, no proof.

use askama::Template;
use folkmoot_governance::Money;
use folkmoot_governance::dues::{DuesKind, DuesPolicy};
use folkmoot_store::memberships::paid::TermKind;
use folkmoot_store::memberships::{self, Class};
use folkmoot_store::payments::{self, NewPayment, Provider};
use folkmoot_store::{Conn, PublicId, audit};
use serde_json::json;

use super::provider;
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::http::session::Actor;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::membership::dues::policy_of;

/// Largest amount in major units; above it somebody mistyped, or should talk to us.
const MOST: &str = "1000000";

/// A choice of a group.
pub(super) struct Choice {
    pub value: String,
    pub label: String,
    pub hint: String,
}

#[derive(Template)]
#[template(path = "payments/dues.html")]
struct DuesPage {
    page: Page,
    form: Form,
    class: String,
    class_name: String,
    months: u32,
    least: String,
    sign: String,
    amounts: Vec<Choice>,
    terms: Vec<Choice>,
    providers: Vec<Choice>,
    contact: String,
}

/// A class with its dues, by its key; the first class with dues when none is named.
fn class_with_dues(conn: &mut Conn, key: &str) -> AppResult<(Class, DuesPolicy)> {
    for class in memberships::classes(conn)? {
        if (key.is_empty() || class.key == key)
            && class.is_open
            && let Some(policy) = policy_of(&class)?
        {
            return Ok((class, policy));
        }
    }
    Err(AppError::not_found())
}

/// Amounts offered, the least first, the suggested last; one in between when there is room.
fn offered_amounts(policy: &DuesPolicy) -> Vec<Money> {
    let (least, suggested) = (policy.minimum, policy.suggested);
    let between = Money { minor: least.minor.saturating_mul(2), ..least };
    let mut all = vec![least];
    if between.minor < suggested.minor {
        all.push(between);
    }
    if suggested.minor > least.minor {
        all.push(suggested);
    }
    all
}

/// The number of an amount as it is typed, without zeros after the point.
fn typed(money: Money) -> String {
    let text = money.to_string();
    let number = text.split(' ').next().unwrap_or_default();
    number.strip_suffix(".00").unwrap_or(number).to_owned()
}

fn choices(policy: &DuesPolicy) -> (Vec<Choice>, Vec<Choice>) {
    let amount = |money: Money| Choice {
        value: typed(money),
        label: money.to_string(),
        hint: match money {
            m if m == policy.suggested => "Suggested".into(),
            m if m == policy.minimum => "The least".into(),
            _ => String::new(),
        },
    };
    let mut amounts: Vec<Choice> = offered_amounts(policy).into_iter().map(amount).collect();
    amounts.push(Choice {
        value: "other".into(),
        label: "Another amount".into(),
        hint: "Write it below.".into(),
    });
    let mut terms = vec![Choice {
        value: TermKind::Term.as_str().into(),
        label: format!("{} months", policy.period_months),
        hint: "From today, or from the end of what is paid already.".into(),
    }];
    if let Some(least) = policy.lifetime {
        terms.push(Choice {
            value: TermKind::Lifetime.as_str().into(),
            label: "For life".into(),
            hint: format!("From {least} on."),
        });
    }
    (amounts, terms)
}

fn provider_choices(app: &App) -> Vec<Choice> {
    let hint = |p: Provider| match p {
        Provider::Stripe => "You pay on Stripe's page and come back here.",
        Provider::Offline | Provider::Import => "You get a reference to quote; it takes a few days.",
        Provider::Test => "For trying things out: everything about it is invented.",
    };
    let choice = |p: &Provider| Choice {
        value: p.as_str().into(),
        label: provider::words(*p).into(),
        hint: hint(*p).into(),
    };
    provider::offered(app).iter().map(choice).collect()
}

fn show(ctx: &Ctx, class: &Class, policy: &DuesPolicy, form: Form) -> PageResult {
    let (amounts, terms) = choices(policy);
    let page = ctx.page("Pay your dues").for_form(&form);
    let again = page.has_errors;
    let template = DuesPage {
        page,
        form,
        class: class.key.clone(),
        class_name: class.name.clone(),
        months: policy.period_months,
        least: policy.minimum.to_string(),
        sign: policy.minimum.currency.to_string(),
        amounts,
        terms,
        providers: provider_choices(ctx.app()),
        contact: ctx.app().organisation().contact.clone(),
    };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn form(ctx: Ctx, _actor: Actor) -> PageResult {
    let key = ctx.query("class").unwrap_or_default();
    let (class, policy) = ctx.app().read(move |c| class_with_dues(c, &key)).await?;
    let first = provider::offered(ctx.app()).first().map(|p| p.as_str()).unwrap_or_default();
    let filled = [
        ("amount", typed(policy.suggested)),
        ("term", TermKind::Term.as_str().to_owned()),
        ("provider", first.to_owned()),
    ];
    show(&ctx, &class, &policy, Form::filled(filled))
}

/// What was chosen.
struct Chosen {
    amount: Money,
    kind: TermKind,
    provider: Provider,
}

fn parse(form: &Form, policy: &DuesPolicy, offered: &[Provider]) -> Result<Chosen, crate::http::FieldErrors> {
    let mut check = Check::new(form);
    let kind = check.field("term", |t| match t.parse::<TermKind>() {
        Ok(TermKind::Lifetime) if policy.lifetime.is_none() => Err("There is no membership for life here."),
        other => other.map_err(|_| "Choose for how long."),
    });
    let provider = check.field("provider", |t| match t.parse::<Provider>() {
        Ok(p) if offered.contains(&p) => Ok(p),
        _ => Err("Choose how you pay."),
    });
    let other = form.value("amount") == "other";
    let (name, text) = if other { ("other", form.value("other")) } else { ("amount", form.value("amount")) };
    // An offered amount that is not enough is put right where another one can be typed.
    let read = |text: &str| -> Result<Money, String> {
        if text.is_empty() {
            return Err(if other { "Write an amount." } else { "Choose an amount." }.to_owned());
        }
        let currency = policy.minimum.currency;
        let amount = Money::parse(text, currency).map_err(|e| e.to_string())?;
        let most = Money::parse(MOST, currency).map_err(|e| e.to_string())?;
        if amount.minor > most.minor {
            return Err(format!("{amount} is a lot; write to us first."));
        }
        let dues_kind = if kind == Some(TermKind::Lifetime) { DuesKind::Lifetime } else { DuesKind::Term };
        policy.accept(amount, dues_kind).map_err(|e| format!("{e}."))?;
        Ok(amount)
    };
    let amount = match read(text) {
        Ok(amount) => Some(amount),
        Err(message) => {
            check.add(name, message);
            None
        }
    };
    match (amount, kind, provider) {
        (Some(amount), Some(kind), Some(provider)) => Ok(Chosen { amount, kind, provider }),
        _ => Err(check.errors()),
    }
}

pub(super) async fn choose(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["class", "term", "amount", "other", "provider"])?;
    let key = form.value("class").to_owned();
    let (class, policy) = ctx.app().read(move |c| class_with_dues(c, &key)).await?;
    let chosen = match parse(&form, &policy, &provider::offered(ctx.app())) {
        Ok(chosen) => chosen,
        Err(errors) => return show(&ctx, &class, &policy, form.with(errors)),
    };
    let new = new_payment(ctx.app(), &actor, &class, &policy, &chosen)?;
    let (id, now) = (new.public_id.clone(), ctx.now());
    let details = json!({ "class": class.key, "provider": chosen.provider });
    let act = ctx.act("payment.begin", format!("payment {id}"), details);
    ctx.app()
        .write(move |c| {
            payments::add(c, &new, now)?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect(&format!("/membership/payments/{id}")))
}

fn new_payment(
    app: &App,
    actor: &Actor,
    class: &Class,
    policy: &DuesPolicy,
    chosen: &Chosen,
) -> AppResult<NewPayment> {
    let least = match chosen.kind {
        TermKind::Term => policy.minimum,
        TermKind::Lifetime => policy.lifetime.unwrap_or(policy.minimum),
    };
    Ok(NewPayment {
        public_id: app.public_id()?,
        person: actor.person,
        class: class.id,
        kind: chosen.kind,
        provider: chosen.provider,
        reference: reference(&app.random()?),
        amount_minor: chosen.amount.minor,
        least_minor: least.minor,
        currency: chosen.amount.currency.to_string(),
    })
}

/// What a payer quotes: `FM` and eight letters and digits that are not mistaken for each other, for example `FM-K7QX-29BD`.
pub(crate) fn reference(bytes: &[u8; 8]) -> String {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let letters: String =
        bytes.iter().filter_map(|b| LETTERS.get(usize::from(b % 32))).map(|b| char::from(*b)).collect();
    let (first, second) = letters.split_at_checked(4).unwrap_or((&letters, ""));
    format!("FM-{first}-{second}")
}

/// The payment in an address, when it is this person's; nobody else learns that it exists.
pub(super) fn own(conn: &mut Conn, actor: &Actor, id: &PublicId) -> AppResult<payments::Payment> {
    let payment = payments::by_public_id(conn, id)?;
    if payment.person_id == actor.person { Ok(payment) } else { Err(AppError::not_found()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_letters_that_are_not_mistaken() {
        let text = reference(&[0, 31, 32, 255, 7, 8, 9, 10]);
        assert_eq!(text, "FM-2Z2Z-9ABC");
    }
}
