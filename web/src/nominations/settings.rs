//! The rules of a call on the task list of an election; set in the draft, fixed by the announcement.

use actix_web::web;
use askama::Template;
use folkmoot_governance::nomination::{
    Acknowledgement, ExclusionPolicy, NominationPolicy, Nominators, StatementPolicy,
};
use folkmoot_governance::{BodyId, ClassId, Explain};
use serde_json::json;

use super::rules::CallRules;
use crate::auth::permission::Action;
use crate::elections::preparation::{change, load, may_prepare, place};
use crate::error::AppResult;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};

/// Longest statement that any call takes, in bytes.
const MOST_BYTES: u32 = 65_536;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/staff/elections/{election}/call", Access::May(Action::SeeElections), show),
        Route::post("/staff/elections/{election}/call", Access::May(Action::PrepareElections), save),
    ]
}

struct Choice {
    value: &'static str,
    label: &'static str,
    hint: &'static str,
}

#[derive(Template)]
#[template(path = "nominations/settings.html")]
struct SettingsPage {
    page: Page,
    form: Form,
    slug: String,
    editable: bool,
    by: Vec<Choice>,
    sentences: Vec<String>,
}

fn filled(rules: Option<&CallRules>, usual: Option<&CallRules>) -> Form {
    let mut values: Vec<(&str, String)> =
        vec![("nominations", if rules.is_some() { "yes" } else { "no" }.to_owned())];
    let Some(rules) = rules.or(usual) else { return Form::filled(values) };
    let (nomination, yes) = (&rules.nomination, |b: bool| if b { "yes".to_owned() } else { String::new() });
    values.push((
        "by",
        match &nomination.by {
            Nominators::Anybody => "anybody",
            Nominators::AccountHolders => "accounts",
            Nominators::Voters => "voters",
            Nominators::Classes(_) => "classes",
        }
        .to_owned(),
    ));
    if let Nominators::Classes(classes) = &nomination.by {
        values.push(("classes", classes.iter().map(ClassId::as_str).collect::<Vec<_>>().join("\n")));
    }
    values.push(("self", yes(nomination.self_nomination)));
    values.push(("own", yes(nomination.own_statement)));
    values.push(("endorsements", nomination.endorsements.to_string()));
    values.push(("employers", yes(nomination.distinct_employers)));
    values.push(("votes", yes(nomination.nominee_votes)));
    values.push(("staff", yes(rules.exclusion.staff)));
    let bodies: Vec<&str> = rules.exclusion.serving_on.iter().map(BodyId::as_str).collect();
    values.push(("serving", bodies.join("\n")));
    values.push(("headings", rules.statement.headings.join("\n")));
    values.push(("limit", rules.statement.limit_bytes.to_string()));
    let line =
        |a: &Acknowledgement| format!("{}{}: {}", if a.required { "" } else { "optional " }, a.name, a.text);
    values.push(("acknowledgements", rules.acknowledgements.iter().map(line).collect::<Vec<_>>().join("\n")));
    values.push(("second", yes(rules.second_look)));
    Form::filled(values)
}

async fn page(ctx: &Ctx, actor: &Actor, slug: String, form: Option<Form>) -> AppResult<SettingsPage> {
    let prepared = load(ctx, web::Path::from(slug)).await?;
    let rules = prepared.plan.call.as_ref();
    let form = form.unwrap_or_else(|| filled(rules, CallRules::usual(prepared.plan.preset).as_ref()));
    let mut sentences = Vec::new();
    if let Some(rules) = rules {
        sentences.push(rules.nomination.sentence());
        sentences.push(rules.exclusion.sentence());
    }
    let choice = |value, label| Choice { value, label, hint: "" };
    Ok(SettingsPage {
        page: ctx.page("Call for candidates").for_form(&form),
        form,
        editable: prepared.is_draft() && may_prepare(actor),
        by: vec![
            choice("anybody", "Anybody with a verified address, also without an account"),
            choice("accounts", "Anybody with an account"),
            choice("voters", "Those with the vote"),
            choice("classes", "Members of these classes or bodies"),
        ],
        sentences,
        slug: prepared.election.slug,
    })
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let page = page(&ctx, &actor, path.into_inner(), None).await?;
    ctx.show(&page)
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect()
}

fn parse_acknowledgement(line: &str) -> Option<Acknowledgement> {
    let (name, text) = line.split_once(':')?;
    let (name, required) = match name.trim().strip_prefix("optional ") {
        Some(rest) => (rest, false),
        None => (name.trim(), true),
    };
    let text = text.trim();
    let fits = !name.is_empty() && name.len() <= 60 && !text.is_empty() && text.len() <= 500;
    fits.then(|| Acknowledgement { name: name.to_owned(), text: text.to_owned(), required })
}

fn parse(form: &Form) -> Result<Option<CallRules>, FieldErrors> {
    if form.value("nominations") != "yes" {
        return Ok(None);
    }
    let mut check = Check::new(form);
    let classes: Vec<ClassId> = lines(form.value("classes")).iter().map(|l| l.as_str().into()).collect();
    if form.value("by") == "classes" && classes.is_empty() {
        check.add("classes", "Name a class or a body, one a line.");
    }
    let by = check.field("by", |t| match t {
        "anybody" => Ok(Nominators::Anybody),
        "accounts" => Ok(Nominators::AccountHolders),
        "voters" => Ok(Nominators::Voters),
        "classes" => Ok(Nominators::Classes(classes.clone())),
        _ => Err("Choose who may nominate."),
    });
    let number = |t: &str| t.parse::<u32>().ok();
    let endorsements = check.field("endorsements", |t| {
        if t.is_empty() {
            Ok(0)
        } else {
            number(t).filter(|n| *n <= 50).ok_or("Enter a number from 0 to 50.")
        }
    });
    let limit = check.field("limit", |t| {
        number(t).filter(|n| (1000..=MOST_BYTES).contains(n)).ok_or("Enter a number from 1000 to 65536.")
    });
    let headings = check.field("headings", |t| {
        let all = lines(t);
        let fits = (1..=10).contains(&all.len()) && all.iter().all(|h| h.chars().count() <= 80);
        if fits { Ok(all) } else { Err("Enter 1 to 10 headings, one a line.") }
    });
    let acknowledgements = check.field("acknowledgements", |t| {
        let all: Option<Vec<_>> = lines(t).iter().map(|l| parse_acknowledgement(l)).collect();
        all.filter(|a| a.len() <= 10).ok_or(
            "Write each as “name: text”, one a line, at most ten; “optional name: text” need not be ticked.",
        )
    });
    let serving = lines(form.value("serving")).iter().take(20).map(|l| l.as_str().into()).collect();
    let errors = check.errors();
    match (by, endorsements, limit, headings, acknowledgements) {
        (Some(by), Some(endorsements), Some(limit_bytes), Some(headings), Some(acknowledgements))
            if errors.is_empty() =>
        {
            let yes = |name| form.has(name, "yes");
            Ok(Some(CallRules {
                nomination: NominationPolicy {
                    by,
                    self_nomination: yes("self"),
                    own_statement: yes("own"),
                    endorsements,
                    distinct_employers: yes("employers"),
                    nominee_votes: yes("votes"),
                },
                exclusion: ExclusionPolicy { staff: yes("staff"), serving_on: serving },
                acknowledgements,
                statement: StatementPolicy { headings, limit_bytes },
                second_look: yes("second"),
                released: None,
                carried: false,
            }))
        }
        _ => Err(errors),
    }
}

async fn save(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&[
        "nominations",
        "by",
        "classes",
        "self",
        "own",
        "endorsements",
        "employers",
        "votes",
        "staff",
        "serving",
        "headings",
        "limit",
        "acknowledgements",
        "second",
    ])?;
    let slug = path.into_inner();
    let rules = match parse(&form) {
        Ok(rules) => rules,
        Err(errors) => {
            let page = page(&ctx, &actor, slug, Some(form.with(errors))).await?;
            return ctx.show_again(&page);
        }
    };
    let details = json!({ "nominations": rules.is_some() });
    change(&ctx, &actor, &slug, "election.call", details, move |_, _, prepared, _| {
        prepared.need_draft()?;
        prepared.plan.call.clone_from(&rules);
        if rules.is_some()
            && let Some(question) = super::rules::question_of(&prepared.settings)
            && let Some(question) = prepared.settings.questions.get_mut(question)
        {
            question.answers.clear();
        }
        Ok(())
    })
    .await?;
    Ok(ctx.redirect_with(&place(&slug, "call"), &Flash::good("Saved.")))
}
