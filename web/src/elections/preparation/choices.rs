//! Quorum, ties, certification, and what happens when nobody has to be left out.

use actix_web::web;
use askama::Template;
use folkmoot_governance::policy::{TiePolicy, TieStep};
use folkmoot_governance::quorum::{Counts, OnFail, QuorumPolicy};
use folkmoot_governance::{Explain, Fraction};
use serde_json::json;

use super::overview::Choice;
use super::plan::Prepared;
use super::{change, load, may_prepare, place};
use crate::auth::permission::Action;
use crate::elections::settings::Certification;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/staff/elections/{election}/rules", Access::May(Action::SeeElections), show),
        Route::post("/staff/elections/{election}/rules", Access::May(Action::PrepareElections), save),
    ]
}

#[derive(Template)]
#[template(path = "preparation/rules.html")]
struct RulesPage {
    page: Page,
    form: Form,
    slug: String,
    quorums: Vec<Choice>,
    fails: Vec<Choice>,
    ties: Vec<Choice>,
    editable: bool,
}

const NO_HINT: &str = "";

impl RulesPage {
    fn of(page: Page, form: Form, slug: String, editable: bool) -> Self {
        let choice = |(value, label, hint)| Choice { value, label, hint };
        let quorums = [
            ("none", "No quorum", "Any number of ballots will do."),
            ("share", "A share of the roll must vote", "Blank votes and abstentions count."),
        ];
        let fails = [
            ("void", "The vote is void", "Nothing is decrypted, ever."),
            ("extend", "Voting is extended", "By the days below, as often as said; then void."),
            ("refer", "A body decides", "The ballot box stays sealed until it has."),
        ];
        let ties = [
            ("lot", "By a lot that anybody can reproduce", NO_HINT),
            ("agreement", "By agreement of the tied, failing that by such a lot", NO_HINT),
        ];
        Self {
            page,
            form,
            slug,
            quorums: quorums.map(choice).into(),
            fails: fails.map(choice).into(),
            ties: ties.map(choice).into(),
            editable,
        }
    }
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let prepared = load(&ctx, path).await?;
    let editable = prepared.is_draft() && may_prepare(&actor);
    let form = filled(&prepared);
    ctx.show(&RulesPage::of(ctx.page("Quorum and ties"), form, prepared.election.slug, editable))
}

fn filled(prepared: &Prepared) -> Form {
    let plan = &prepared.plan;
    let mut values: Vec<(&str, String)> = Vec::new();
    match &prepared.settings.quorum {
        QuorumPolicy::None => values.push(("quorum", "none".into())),
        QuorumPolicy::Share { fraction, on_fail, .. } => {
            values.push(("quorum", "share".into()));
            values.push(("share", format!("{}/{}", fraction.numerator(), fraction.denominator())));
            match on_fail {
                OnFail::Void => values.push(("fail", "void".into())),
                OnFail::Extend { days, times } => {
                    values.push(("fail", "extend".into()));
                    values.push(("days", days.to_string()));
                    values.push(("times", times.to_string()));
                }
                OnFail::Refer { body } => {
                    values.push(("fail", "refer".into()));
                    values.push(("refer", body.clone()));
                }
            }
        }
    }
    let ties = match plan.ties.as_ref().and_then(|t| t.steps.first()) {
        Some(TieStep::Agreement) => "agreement",
        Some(_) => "lot",
        None => "",
    };
    values.push(("ties", ties.into()));
    let settings = &prepared.settings;
    values.push(("public_value", settings.ties.public_value.clone()));
    if let Some(certification) = &settings.certification {
        values.push(("certified_by", certification.body.clone()));
        values.push(("complaint_days", certification.complaint_days.to_string()));
    }
    values.push(("hold_uncontested", if plan.hold_uncontested { "yes" } else { "" }.into()));
    Form::filled(values)
}

#[derive(Clone)]
struct Wish {
    quorum: QuorumPolicy,
    ties: TiePolicy,
    public_value: String,
    certification: Option<Certification>,
    hold_uncontested: bool,
}

/// Reads `1/3`.
fn fraction(text: &str) -> Result<Fraction, &'static str> {
    const HOW: &str = "Enter a fraction between 0 and 1, for example 1/3.";
    let (part, whole) = text.split_once('/').ok_or(HOW)?;
    let number = |t: &str| t.trim().parse::<u32>().map_err(|_| HOW);
    let (part, whole) = (number(part)?, number(whole)?);
    if part == 0 || part > whole {
        return Err(HOW);
    }
    Fraction::new(part, whole).map_err(|_| HOW)
}

impl Wish {
    fn parse(form: &Form) -> Result<Self, FieldErrors> {
        let mut check = Check::new(form);
        let quorum = match form.value("quorum") {
            "none" => Some(QuorumPolicy::None),
            "share" => share(&mut check, form),
            _ => check.field("quorum", |_| Err("Choose whether there is a quorum.")),
        };
        let ties = check.field("ties", |t| {
            Ok(match t {
                "lot" => vec![TieStep::VerifiableLot],
                "agreement" => vec![TieStep::Agreement, TieStep::VerifiableLot],
                _ => return Err("Choose how ties are resolved."),
            })
        });
        let public_value = check.optional_text("public_value", 300);
        let body = check.optional_text("certified_by", 120);
        let days = check.field("complaint_days", |t| match t {
            "" => Ok(0),
            t => t.parse::<u32>().ok().filter(|n| *n <= 90).ok_or("Enter a number of days from 0 to 90."),
        });
        match (quorum, ties, public_value, body.zip(days)) {
            (Some(quorum), Some(steps), Some(public_value), Some((body, complaint_days))) => Ok(Self {
                quorum,
                ties: TiePolicy { steps },
                public_value,
                certification: (!body.is_empty()).then_some(Certification { body, complaint_days }),
                hold_uncontested: form.has("hold_uncontested", "yes"),
            }),
            _ => Err(check.errors()),
        }
    }
}

fn share(check: &mut Check<'_>, form: &Form) -> Option<QuorumPolicy> {
    let fraction = check.field("share", fraction);
    let small = |most: u32, what: &'static str| {
        move |t: &str| t.parse::<u32>().ok().filter(|n| (1..=most).contains(n)).ok_or(what)
    };
    let on_fail = match form.value("fail") {
        "void" => Some(OnFail::Void),
        "extend" => {
            let days = check.field("days", small(30, "Enter a number of days from 1 to 30."));
            let times = check.field("times", small(5, "Enter how often, from 1 to 5."));
            days.zip(times).map(|(days, times)| OnFail::Extend { days, times })
        }
        "refer" => {
            let body = check.text("refer", 120, "Enter the name of the body that decides.");
            body.map(|body| OnFail::Refer { body })
        }
        _ => check.field("fail", |_| Err("Choose what happens below the quorum.")),
    };
    let (fraction, on_fail) = fraction.zip(on_fail)?;
    Some(QuorumPolicy::Share { fraction, strict: false, counts: Counts::Cast, on_fail })
}

async fn save(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let names = [
        "quorum",
        "share",
        "fail",
        "days",
        "times",
        "refer",
        "ties",
        "public_value",
        "certified_by",
        "complaint_days",
        "hold_uncontested",
    ];
    let form = form.only(&names)?;
    let slug = path.into_inner();
    let wish = match Wish::parse(&form) {
        Ok(wish) => wish,
        Err(errors) => {
            let form = form.with(errors);
            let page = ctx.page("Quorum and ties").for_form(&form);
            return ctx.show_again(&RulesPage::of(page, form, slug, true));
        }
    };
    let details = json!({ "quorum": wish.quorum.sentence(), "ties": wish.ties.sentence() });
    change(&ctx, &actor, &slug, "election.rules", details, move |_, _, prepared, _| {
        prepared.need_draft()?;
        prepared.settings.quorum = wish.quorum.clone();
        prepared.plan.quorum_decided = true;
        prepared.plan.ties = Some(wish.ties.clone());
        let agreement = wish.ties.steps.contains(&TieStep::Agreement);
        let ties = &mut prepared.settings.ties;
        (ties.agreement, ties.public_value) = (agreement, wish.public_value.clone());
        prepared.settings.certification.clone_from(&wish.certification);
        prepared.plan.hold_uncontested = wish.hold_uncontested;
        Ok(())
    })
    .await?;
    Ok(ctx.redirect_with(&place(&slug, ""), &Flash::good("The rules are saved.")))
}
