//! Classes: what each is for, what it asks, whether it gives the vote, and its dues.

use actix_web::web;
use askama::Template;
use folkmoot_governance::deadline::ZonePolicy;
use folkmoot_governance::dues::DuesPolicy;
use folkmoot_governance::{Currency, Explain, Money};
use folkmoot_store::memberships::{self, Class, ClassFacts, ClassTerm, Evidence};
use folkmoot_store::{JsonText, audit};
use serde_json::json;

use super::Choice;
use crate::approvals::By;
use crate::auth::permission::Action;
use crate::error::AppResult;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::membership::dues::policy_of;
use crate::membership::preset;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageMemberships);
    vec![
        Route::get("/staff/membership/classes", manage, list),
        Route::post("/staff/membership/classes/preset", manage, install),
        Route::get("/staff/membership/classes/new", manage, new_page),
        Route::post("/staff/membership/classes/new", manage, create),
        Route::get("/staff/membership/classes/{class}", manage, edit_page),
        Route::post("/staff/membership/classes/{class}", manage, edit),
    ]
}

struct Line {
    key: String,
    name: String,
    votes: bool,
    is_open: bool,
    dues: String,
}

#[derive(Template)]
#[template(path = "membership/staff_classes.html")]
struct ListPage {
    page: Page,
    lines: Vec<Line>,
}

async fn list(ctx: Ctx, _actor: Actor) -> PageResult {
    let all = ctx.app().read(|c| Ok(memberships::classes(c)?)).await?;
    let mut lines = Vec::new();
    for class in all {
        let dues = policy_of(&class)?.map(|p| p.sentence()).unwrap_or_default();
        lines.push(Line {
            key: class.key,
            name: class.name,
            votes: class.votes,
            is_open: class.is_open,
            dues,
        });
    }
    ctx.show(&ListPage { page: ctx.page("Classes of membership"), lines })
}

async fn install(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    form.only(&[])?;
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            preset::install(c, now)?;
            audit::append(c, &by.act("class.preset", "classes".to_owned(), json!({})), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(
        "/staff/membership/classes",
        &Flash::good("The classes are there; change what you like."),
    ))
}

#[derive(Template)]
#[template(path = "membership/staff_class.html")]
struct ClassPage {
    page: Page,
    form: Form,
    key: Option<String>,
    evidence: Vec<Choice>,
    terms: Vec<Choice>,
}

fn show(ctx: &Ctx, key: Option<String>, form: Form) -> PageResult {
    let page = ctx.page(if key.is_some() { "Change a class" } else { "New class" }).for_form(&form);
    let again = page.has_errors;
    let evidence = vec![
        Choice::new("none", "Nothing, or dues"),
        Choice::new("certification", "A certification every year; staff decide about applications"),
        Choice::new("nomination", "A nomination by others"),
    ];
    let terms = vec![
        Choice::new("open", "Until it is ended"),
        Choice::new("paid", "As long as dues are paid"),
        Choice::new("life", "For life"),
    ];
    let template = ClassPage { page, form, key, evidence, terms };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn new_page(ctx: Ctx, _actor: Actor) -> PageResult {
    show(
        &ctx,
        None,
        Form::filled([("evidence", "none"), ("term", "open"), ("is_open", "yes"), ("position", "10")]),
    )
}

/// The number of an amount as it is typed.
fn typed(money: Money) -> String {
    money.to_string().split(' ').next().unwrap_or_default().to_owned()
}

async fn edit_page(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    let key = path.into_inner();
    let class: Class = ctx.app().read(move |c| Ok(memberships::class_by_key(c, &key)?)).await?;
    let yes = |is: bool| if is { "yes" } else { "" }.to_owned();
    let mut values = vec![
        ("name", class.name.clone()),
        ("description", class.description.clone()),
        ("position", class.position.to_string()),
        ("votes", yes(class.votes)),
        ("public_badge", yes(class.public_badge)),
        ("is_open", yes(class.is_open)),
        ("evidence", class.evidence.to_string()),
        ("evidence_text", class.evidence_text.clone()),
        ("term", class.term.to_string()),
    ];
    if let Some(policy) = policy_of(&class)? {
        values.extend([
            ("currency", policy.minimum.currency.code().to_owned()),
            ("minimum", typed(policy.minimum)),
            ("suggested", typed(policy.suggested)),
            ("lifetime", policy.lifetime.map(typed).unwrap_or_default()),
            ("months", policy.period_months.to_string()),
            ("grace", policy.grace_days.to_string()),
        ]);
    }
    show(&ctx, Some(class.key), Form::filled(values))
}

fn dues(check: &mut Check<'_>, form: &Form) -> Option<DuesPolicy> {
    let currency = check.field("currency", |text| {
        Currency::try_from(text.to_uppercase())
            .map_err(|_| "Enter the three letters of the currency, such as USD.")
    })?;
    let amount = |text: &str| Money::parse(text, currency).map_err(|e| e.to_string());
    let minimum = check.field("minimum", amount);
    let suggested = check.field("suggested", amount);
    let lifetime =
        check.field("lifetime", |text| if text.is_empty() { Ok(None) } else { amount(text).map(Some) });
    let number = |text: &str| text.parse::<u32>().map_err(|_| "Enter a whole number.");
    let months = check.field("months", number);
    let grace = check.field("grace", number);
    let policy = DuesPolicy {
        minimum: minimum?,
        suggested: suggested?,
        lifetime: lifetime?,
        period_months: months?,
        grace_days: grace?,
        grace_keeps_vote: form.has("grace_keeps_vote", "yes"),
        zone: ZonePolicy::Utc,
    };
    if let Err(fault) = policy.check() {
        check.add("minimum", fault.to_string());
        return None;
    }
    Some(policy)
}

fn parse(form: &Form) -> Result<ClassFacts, FieldErrors> {
    let mut check = Check::new(form);
    let name = check.text("name", 80, "Enter the name of the class.");
    let description = check.optional_text("description", 1000);
    let evidence_text = check.optional_text("evidence_text", 1000);
    let position = check.field("position", |t| t.parse::<i64>().map_err(|_| "Enter a whole number."));
    let evidence = check.field("evidence", |t| t.parse::<Evidence>().map_err(|_| "Choose what is asked."));
    let term = check.field("term", |t| t.parse::<ClassTerm>().map_err(|_| "Choose how long it lasts."));
    let dues = (term == Some(ClassTerm::Paid)).then(|| dues(&mut check, form)).flatten();
    let errors = check.errors();
    let dues = dues.as_ref().map(JsonText::of).transpose().ok().flatten();
    match (name, description, evidence_text, position, evidence, term) {
        (Some(name), Some(description), Some(evidence_text), Some(position), Some(evidence), Some(term))
            if errors.is_empty() =>
        {
            Ok(ClassFacts {
                name,
                description,
                position,
                votes: form.has("votes", "yes"),
                public_badge: form.has("public_badge", "yes"),
                dues,
                evidence,
                evidence_text,
                term,
                is_open: form.has("is_open", "yes"),
            })
        }
        _ => Err(errors),
    }
}

const FIELDS: [&str; 16] = [
    "key",
    "name",
    "description",
    "position",
    "votes",
    "public_badge",
    "is_open",
    "evidence",
    "evidence_text",
    "term",
    "currency",
    "minimum",
    "suggested",
    "lifetime",
    "months",
    "grace",
];

fn parse_key(text: &str) -> Result<String, &'static str> {
    let sound = (2..=30).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && text.starts_with(|c: char| c.is_ascii_uppercase());
    if sound {
        Ok(text.to_owned())
    } else {
        Err("Begin with a capital; letters, digits and hyphens only, for example Supporting.")
    }
}

async fn create(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&FIELDS)?;
    let mut check = Check::new(&form);
    let key = check.field("key", parse_key);
    let errors = check.errors();
    let (Some(key), true) = (key, errors.is_empty()) else { return show(&ctx, None, form.with(errors)) };
    let facts = match parse(&form) {
        Ok(facts) => facts,
        Err(errors) => return show(&ctx, None, form.with(errors)),
    };
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    let taken = ctx
        .app()
        .write(move |c| -> AppResult<bool> {
            if memberships::classes(c)?.iter().any(|class| class.key.eq_ignore_ascii_case(&key)) {
                return Ok(true);
            }
            memberships::add_class(c, &key, &facts, now)?;
            let details = json!({ "name": facts.name, "votes": facts.votes });
            audit::append(c, &by.act("class.create", format!("class {key}"), details), now)?;
            Ok(false)
        })
        .await?;
    if taken {
        return show(
            &ctx,
            None,
            form.with(FieldErrors::one("key", "Another class has this key; choose another.")),
        );
    }
    Ok(ctx.redirect_with("/staff/membership/classes", &Flash::good("The class is made.")))
}

async fn edit(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&FIELDS)?;
    let key = path.into_inner();
    let facts = match parse(&form) {
        Ok(facts) => facts,
        Err(errors) => return show(&ctx, Some(key), form.with(errors)),
    };
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let class = memberships::class_by_key(c, &key)?;
            memberships::change_class(c, class.id, &facts)?;
            let details = json!({ "name": facts.name, "votes": facts.votes, "open": facts.is_open });
            audit::append(c, &by.act("class.change", format!("class {key}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/staff/membership/classes", &Flash::good("Saved.")))
}
