//! Rules of a body that are not words: seats, length of a term, limit on common affiliations, inactivity, class.

use actix_web::web;
use askama::Template;
use folkmoot_governance::electorate::InactivityPolicy;
use folkmoot_governance::seats::{Cap, CoAffiliationPolicy};
use folkmoot_governance::{Explain, Fraction, preset};
use folkmoot_store::bodies::{self, Body, BodyRules};
use folkmoot_store::{Conn, JsonText, PersonId, Utc, audit, memberships};
use serde_json::json;

use super::activity;
use crate::affiliations::rules::policy as limit_of;
use crate::approvals::By;
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageBodies);
    vec![
        Route::get("/staff/bodies/{body}/rules", manage, page),
        Route::post("/staff/bodies/{body}/rules", manage, save),
    ]
}

struct Choice {
    value: String,
    label: String,
}

/// What counts as a common affiliation: value and words.
const DEFINITIONS: &[(&str, &str)] = &[
    ("none", "No limit"),
    ("employer", "One employer (as PEP 13)"),
    (
        "bylaws",
        "Employees, officers, directors, consultants, owners of 1 %, with chains of control (as bylaws 5.15)",
    ),
    ("entity", "Employees, officers, directors, owners of 25 % (as PEP 772)"),
];

fn definition(name: &str) -> Option<CoAffiliationPolicy> {
    match name {
        "employer" => Some(preset::council_co_affiliation()),
        "bylaws" => Some(preset::board_co_affiliation()),
        "entity" => Some(preset::packaging_co_affiliation()),
        _ => None,
    }
}

fn name_of(policy: &CoAffiliationPolicy) -> &'static str {
    let same = |name: &&str| definition(name).is_some_and(|d| d.definition == policy.definition);
    ["employer", "bylaws", "entity"].into_iter().find(|n| same(n)).unwrap_or("bylaws")
}

/// A limit as forms have it: a number, or a fraction of the body.
fn parse_cap(text: &str) -> Result<Cap, &'static str> {
    const WRONG: &str = "Enter a number such as 2, or a fraction of the body such as 1/4.";
    if let Some(fraction) = parse_fraction(text) {
        return Ok(Cap::Share(fraction));
    }
    match text.parse::<u32>() {
        Ok(count) if (1..=1000).contains(&count) => Ok(Cap::Count(count)),
        _ => Err(WRONG),
    }
}

/// Reads `2/3`; `None` for anything that is no fraction of a whole.
#[must_use]
pub fn parse_fraction(text: &str) -> Option<Fraction> {
    let (over, under) = text.split_once('/')?;
    let (over, under) = (over.trim().parse().ok()?, under.trim().parse().ok()?);
    if under > 10_000 || over == 0 {
        return None;
    }
    Fraction::new(over, under).ok()
}

#[derive(Template)]
#[template(path = "bodies/rules.html")]
struct RulesPage {
    page: Page,
    form: Form,
    slug: String,
    body: String,
    definitions: Vec<Choice>,
    classes: Vec<Choice>,
    in_words: Vec<String>,
}

fn gather(conn: &mut Conn, page: Page, body: &Body, form: Form) -> AppResult<RulesPage> {
    let mut classes = vec![Choice { value: String::new(), label: "Anybody".into() }];
    classes.extend(memberships::classes(conn)?.into_iter().map(|c| Choice { value: c.key, label: c.name }));
    let choice = |(value, label): &(&str, &str)| Choice { value: (*value).into(), label: (*label).into() };
    Ok(RulesPage {
        page,
        form,
        slug: body.slug.clone(),
        body: body.name.clone(),
        definitions: DEFINITIONS.iter().map(choice).collect(),
        classes,
        in_words: in_words(body)?,
    })
}

/// The rules in sentences, for pages.
///
/// # Errors
/// A policy in the database that this version cannot read.
pub fn in_words(body: &Body) -> AppResult<Vec<String>> {
    let mut words = Vec::new();
    match (body.seats, body.term_years) {
        (0, 0) => {}
        (0, years) => words.push(format!("A term lasts {years} years.")),
        (seats, 0) => words.push(format!("{seats} seats.")),
        (seats, years) => words.push(format!("{seats} seats; a term lasts {years} years.")),
    }
    if !body.required_class.is_empty() {
        words.push(format!("Members must be {}.", body.required_class));
    }
    words.extend(limit_of(body)?.map(|p| p.sentence()));
    words.extend(activity::policy(body)?.map(|p| p.sentence()));
    Ok(words)
}

async fn page(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, page) = (path.into_inner(), ctx.page("Seats and rules"));
    let template = ctx
        .app()
        .read(move |c| {
            let body = bodies::by_slug(c, &slug)?;
            let (limit, inactivity) = (limit_of(&body)?, activity::policy(&body)?);
            let max = limit.as_ref().map(|l| match l.max {
                Cap::Count(count) => count.to_string(),
                Cap::Share(share) => share.to_string(),
            });
            let number = |n: i64| if n == 0 { String::new() } else { n.to_string() };
            let form = Form::filled([
                ("seats", number(body.seats)),
                ("term_years", number(body.term_years)),
                ("definition", limit.as_ref().map_or("none", name_of).to_owned()),
                ("max", max.unwrap_or_default()),
                ("years", inactivity.map(|i| i.years.to_string()).unwrap_or_default()),
                ("grace", inactivity.map_or_else(|| "30".into(), |i| i.grace_days.to_string())),
                ("required_class", body.required_class.clone()),
            ]);
            gather(c, page, &body, form)
        })
        .await?;
    ctx.show(&template)
}

fn whole(text: &str, most: i64) -> Result<i64, String> {
    match text.parse::<i64>() {
        _ if text.is_empty() => Ok(0),
        Ok(n) if (0..=most).contains(&n) => Ok(n),
        _ => Err(format!("Enter a whole number up to {most}, or leave it empty.")),
    }
}

fn parse(form: &Form) -> Result<BodyRules, FieldErrors> {
    let mut check = Check::new(form);
    let seats = check.field("seats", |t| whole(t, 100_000));
    let term_years = check.field("term_years", |t| whole(t, 50));
    let limit = match definition(form.value("definition")) {
        None => Some(None),
        Some(policy) => check.field("max", parse_cap).map(|max| Some(CoAffiliationPolicy { max, ..policy })),
    };
    let years = check.field("years", |t| whole(t, 50));
    let grace = match years {
        Some(0) | None => Some(0),
        Some(_) => check.field("grace", |t| match t.parse::<i64>() {
            Ok(n) if (1..=366).contains(&n) => Ok(n),
            _ => Err("Enter how many days they have to answer, 1 to 366."),
        }),
    };
    let required_class = check.optional_text("required_class", 60);
    let (Some(seats), Some(term_years), Some(limit), Some(years), Some(grace), Some(required_class)) =
        (seats, term_years, limit, years, grace, required_class)
    else {
        return Err(check.errors());
    };
    let number = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    let inactivity =
        (years > 0).then(|| InactivityPolicy { years: number(years), grace_days: number(grace) });
    let text = |t: Result<JsonText, _>| {
        t.map_err(|_: folkmoot_store::diesel::result::Error| {
            FieldErrors::one("seats", "These rules cannot be kept.")
        })
    };
    Ok(BodyRules {
        seats,
        term_years,
        co_affiliation: limit.as_ref().map(|l| text(JsonText::of(l))).transpose()?,
        inactivity: inactivity.as_ref().map(|i| text(JsonText::of(i))).transpose()?,
        required_class,
    })
}

async fn save(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form =
        form.only(&["seats", "term_years", "definition", "max", "years", "grace", "required_class"])?;
    let slug = path.into_inner();
    let to = format!("/staff/bodies/{slug}");
    let rules = match parse(&form) {
        Ok(rules) => rules,
        Err(errors) => {
            let form = form.with(errors);
            let page = ctx.page("Seats and rules").for_form(&form);
            let again = ctx
                .app()
                .read(move |c| {
                    let body = bodies::by_slug(c, &slug)?;
                    gather(c, page, &body, form)
                })
                .await?;
            return ctx.show_again(&again);
        }
    };
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let body = bodies::by_slug(c, &slug)?;
            let known = rules.required_class.is_empty()
                || memberships::classes(c)?.iter().any(|class| class.key == rules.required_class);
            if !known {
                return Err(AppError::conflict("There is no such class of members; choose one of the list."));
            }
            bodies::set_rules(c, body.id, &rules)?;
            let details = json!({
                "seats": rules.seats, "term_years": rules.term_years, "required_class": rules.required_class,
                "co_affiliation": rules.co_affiliation.as_ref().map(JsonText::as_str),
                "inactivity": rules.inactivity.as_ref().map(JsonText::as_str),
            });
            audit::append(c, &by.act("body.rules", format!("body {slug}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The rules are saved.")))
}

/// Whether a person has the membership that members of a body must have.
///
/// # Errors
/// A database error.
pub fn fits_class(conn: &mut Conn, body: &Body, person: PersonId, now: Utc) -> AppResult<bool> {
    if body.required_class.is_empty() {
        return Ok(true);
    }
    let held = memberships::of_person(conn, person)?;
    Ok(held.iter().any(|(m, class)| class.key == body.required_class && m.is_active(now)))
}
