//! Staff: the kinds of motions that a body has adopted, and the rule of each. A change is a new version; motions keep the
//! version under which they were proposed.

use actix_web::web;
use askama::Template;
use folkmoot_governance::Explain;
use folkmoot_governance::motion::{MotionRule, SecondPolicy, VetoPolicy};
use folkmoot_governance::threshold::{Base, Threshold};
use folkmoot_store::bodies;
use folkmoot_store::{Conn, JsonText, audit, motions};
use serde_json::json;

use super::settings::{KindSettings, PRESETS, Reach, preset_of};
use crate::approvals::By;
use crate::auth::permission::Action;
use crate::bodies::rules::parse_fraction;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageBodies);
    vec![
        Route::get("/staff/bodies/{body}/motions", manage, list),
        Route::get("/staff/bodies/{body}/motions/new", manage, edit),
        Route::post("/staff/bodies/{body}/motions/new", manage, adopt),
    ]
}

struct Choice {
    value: String,
    label: String,
}

struct Line {
    kind: String,
    title: String,
    rule: String,
    authority: String,
    version: i64,
}

#[derive(Template)]
#[template(path = "motions/kinds.html")]
struct ListPage {
    page: Page,
    slug: String,
    body: String,
    kinds: Vec<Line>,
    presets: Vec<Choice>,
}

async fn list(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, page) = (path.into_inner(), ctx.page("Kinds of motions"));
    let template = ctx
        .app()
        .read(move |c| {
            let body = bodies::by_slug(c, &slug)?;
            let mut kinds = Vec::new();
            for kind in motions::kinds_of(c, body.id)? {
                let settings = KindSettings::of(&kind)?;
                kinds.push(Line {
                    rule: settings.rule.sentence(),
                    title: settings.title,
                    authority: settings.authority,
                    version: kind.version,
                    kind: kind.kind,
                });
            }
            Ok(ListPage { page, slug: body.slug, body: body.name, kinds, presets: presets() })
        })
        .await?;
    ctx.show(&template)
}

fn presets() -> Vec<Choice> {
    PRESETS.iter().map(|(v, l)| Choice { value: (*v).into(), label: (*l).into() }).collect()
}

const BASES: &[(&str, &str, Base)] = &[
    ("votes_cast", "Votes for and against", Base::VotesCast),
    ("non_abstaining", "Non-abstaining members", Base::NonAbstaining),
    ("ballots", "Votes with abstentions", Base::Ballots),
    ("members", "All members of the body", Base::Members),
    ("electors", "All electors", Base::Electors),
];

#[derive(Template)]
#[template(path = "motions/kind.html")]
struct EditPage {
    page: Page,
    form: Form,
    slug: String,
    body: String,
    reaches: Vec<Choice>,
    bases: Vec<Choice>,
    bodies: Vec<Choice>,
}

fn gather(conn: &mut Conn, page: Page, slug: &str, form: Form) -> AppResult<EditPage> {
    let body = bodies::by_slug(conn, slug)?;
    let mut others = vec![Choice { value: String::new(), label: "This body".into() }];
    others.extend(
        bodies::all(conn)?
            .into_iter()
            .filter(|b| b.id != body.id)
            .map(|b| Choice { value: b.slug, label: b.name }),
    );
    Ok(EditPage {
        page,
        form,
        slug: body.slug,
        body: body.name,
        reaches: Reach::ALL.iter().map(|(v, l)| Choice { value: (*v).into(), label: (*l).into() }).collect(),
        bases: BASES.iter().map(|(v, l, _)| Choice { value: (*v).into(), label: (*l).into() }).collect(),
        bodies: others,
    })
}

/// Fraction, base, whether it must be exceeded, and least number of votes, as far as forms can say it.
fn in_form(threshold: &Threshold) -> (String, &'static str, bool, String) {
    match threshold {
        Threshold::Share { fraction, of, strict } => {
            let base = BASES.iter().find(|(_, _, b)| b == of).map_or("votes_cast", |(v, _, _)| v);
            (fraction.to_string(), base, *strict, String::new())
        }
        Threshold::AllOf(parts) => {
            let mut found = (String::new(), "votes_cast", false, String::new());
            for part in parts {
                match part {
                    Threshold::AtLeastVoting { votes } => found.3 = votes.to_string(),
                    Threshold::Share { .. } => {
                        let least = std::mem::take(&mut found.3);
                        found = in_form(part);
                        found.3 = least;
                    }
                    _ => {}
                }
            }
            found
        }
        _ => (String::new(), "votes_cast", false, String::new()),
    }
}

fn filled(settings: &KindSettings) -> Form {
    let rule = &settings.rule;
    let (fraction, base, strict, least) = in_form(&rule.threshold);
    let yes = |b: bool| if b { "yes".to_owned() } else { String::new() };
    Form::filled([
        ("kind", rule.kind.clone()),
        ("title", settings.title.clone()),
        ("authority", settings.authority.clone()),
        ("voting_days", rule.voting_days.to_string()),
        ("fraction", fraction),
        ("base", base.to_owned()),
        ("strict", yes(strict)),
        ("least", least),
        ("seconders", rule.second.map(|s| s.seconders.to_string()).unwrap_or_default()),
        ("second_days", rule.second.map(|s| s.days.to_string()).unwrap_or_default()),
        ("ends_when_all_voted", yes(rule.ends_when_all_voted)),
        ("hidden", yes(rule.hidden_until_close)),
        ("hides_voters", yes(settings.hides_voters)),
        ("veto_days", rule.veto.as_ref().map(|v| v.days.to_string()).unwrap_or_default()),
        ("veto_body", settings.veto_body.clone()),
        ("blocked_by", rule.blocked_by.join(", ")),
        ("about", settings.about.clone()),
        ("proposers", settings.proposers.clone()),
        ("reach", settings.reach.name().to_owned()),
        (
            "seat_years",
            if settings.seat_years == 0 { String::new() } else { settings.seat_years.to_string() },
        ),
        ("voters", yes(settings.voters)),
        ("secret", yes(settings.secret)),
        ("petition", settings.petition.map(|p| p.to_string()).unwrap_or_default()),
        ("petition_voters", yes(settings.petition_voters)),
        ("petition_meeting", yes(settings.petition_meeting)),
        ("public", yes(settings.public)),
    ])
}

async fn edit(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, page) = (path.into_inner(), ctx.page("A kind of motion"));
    let (preset, known) = (ctx.query("preset").unwrap_or_default(), ctx.query("kind").unwrap_or_default());
    let template = ctx
        .app()
        .read(move |c| {
            let body = bodies::by_slug(c, &slug)?;
            let settings = match motions::kind_of(c, body.id, &known)? {
                Some(kind) => Some(KindSettings::of(&kind)?),
                None => preset_of(&preset),
            };
            let form = settings.as_ref().map_or_else(Form::empty, filled);
            gather(c, page, &slug, form)
        })
        .await?;
    ctx.show(&template)
}

fn days(text: &str) -> Result<u32, &'static str> {
    match text.parse() {
        Ok(n) if (1..=366).contains(&n) => Ok(n),
        _ => Err("Enter a number of days from 1 to 366."),
    }
}

fn optional_number(text: &str) -> Result<u32, &'static str> {
    match text.parse() {
        _ if text.is_empty() => Ok(0),
        Ok(n) if n <= 100_000 => Ok(n),
        _ => Err("Enter a whole number, or leave it empty."),
    }
}

fn threshold(check: &mut Check<'_>, form: &Form) -> Option<Threshold> {
    let fraction =
        check.field("fraction", |t| parse_fraction(t).ok_or("Enter a fraction such as 1/2 or 2/3."));
    let base = check.field("base", |t| {
        BASES.iter().find(|(v, _, _)| *v == t).map(|(_, _, b)| *b).ok_or("Choose what the share is taken of.")
    });
    let least = check.field("least", optional_number);
    let share = Threshold::Share { fraction: fraction?, of: base?, strict: form.has("strict", "yes") };
    Some(match least? {
        0 => share,
        votes => Threshold::AllOf(vec![share, Threshold::AtLeastVoting { votes: votes.into() }]),
    })
}

fn second(check: &mut Check<'_>) -> Option<Option<SecondPolicy>> {
    match check.field("seconders", optional_number)? {
        0 => Some(None),
        seconders => check.field("second_days", days).map(|days| Some(SecondPolicy { seconders, days })),
    }
}

/// The kind that the form describes, but for the name of the body that may veto.
fn parse(form: &Form) -> Result<KindSettings, FieldErrors> {
    let mut check = Check::new(form);
    let kind = check.text("kind", 60, "Enter a short name, for example promotion.");
    let title = check.text("title", 80, "Enter the name that people read.");
    let authority = check.text("authority", 160, "Say which document and section the rule comes from.");
    let voting_days = check.field("voting_days", days);
    let threshold = threshold(&mut check, form);
    let second = second(&mut check);
    let veto = match form.value("veto_days") {
        "" => Some(None),
        _ if form.value("veto_body").is_empty() => {
            check.add("veto_body", "Choose the body that may veto.");
            None
        }
        _ => check.field("veto_days", days).map(|days| Some(VetoPolicy { body: String::new(), days })),
    };
    let reach = check.field("reach", |t| Reach::parse(t).ok_or("Choose what it can bring about."));
    let seat_years = check.field("seat_years", optional_number);
    let blocked = check.optional_text("blocked_by", 200);
    let petition = check.field("petition", |t| match t {
        "" => Ok(None),
        t => parse_fraction(t).map(Some).ok_or("Enter a fraction such as 1/10, or leave it empty."),
    });
    let (Some(kind), Some(title), Some(authority), Some(voting_days), Some(threshold)) =
        (kind, title, authority, voting_days, threshold)
    else {
        return Err(check.errors());
    };
    let (Some(second), Some(veto), Some(reach), Some(seat_years), Some(blocked), Some(petition)) =
        (second, veto, reach, seat_years, blocked, petition)
    else {
        return Err(check.errors());
    };
    let veto_body = if veto.is_some() { form.value("veto_body").to_owned() } else { String::new() };
    let rule = MotionRule {
        kind,
        second,
        voting_days,
        threshold,
        ends_when_all_voted: form.has("ends_when_all_voted", "yes"),
        hidden_until_close: form.has("hidden", "yes"),
        veto,
        blocked_by: blocked.split(',').map(str::trim).filter(|k| !k.is_empty()).map(str::to_owned).collect(),
    };
    if let Err(why) = rule.check() {
        let mut letters = why.to_string();
        letters.push('.');
        return Err(FieldErrors::one("kind", letters));
    }
    Ok(KindSettings {
        title,
        authority,
        rule,
        veto_body,
        about: form.value("about").to_owned(),
        proposers: form.value("proposers").to_owned(),
        reach,
        seat_years,
        voters: form.has("voters", "yes"),
        secret: form.has("secret", "yes"),
        petition,
        petition_voters: form.has("petition_voters", "yes"),
        petition_meeting: form.has("petition_meeting", "yes"),
        hides_voters: form.has("hides_voters", "yes"),
        public: form.has("public", "yes"),
    })
}

const FIELDS: &[&str] = &[
    "kind",
    "title",
    "authority",
    "voting_days",
    "fraction",
    "base",
    "strict",
    "least",
    "seconders",
    "second_days",
    "ends_when_all_voted",
    "hidden",
    "hides_voters",
    "veto_days",
    "veto_body",
    "blocked_by",
    "about",
    "proposers",
    "reach",
    "seat_years",
    "voters",
    "secret",
    "petition",
    "petition_voters",
    "petition_meeting",
    "public",
];

async fn adopt(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(FIELDS)?;
    let slug = path.into_inner();
    let to = format!("/staff/bodies/{slug}/motions");
    let settings = match parse(&form) {
        Ok(settings) => settings,
        Err(errors) => {
            let form = form.with(errors);
            let page = ctx.page("A kind of motion").for_form(&form);
            let again = ctx.app().read(move |c| gather(c, page, &slug, form)).await?;
            return ctx.show_again(&again);
        }
    };
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let mut settings = settings.clone();
            let body = bodies::by_slug(c, &slug)?;
            for other in [&settings.about, &settings.proposers] {
                if !other.is_empty() {
                    bodies::by_slug(c, other)?;
                }
            }
            if let Some(veto) = &mut settings.rule.veto {
                let vetoes = bodies::by_slug(c, &settings.veto_body)?;
                if vetoes.id == body.id {
                    return Err(AppError::conflict(
                        "A body does not veto its own votes; choose another one.",
                    ));
                }
                veto.body = vetoes.name;
            }
            motions::adopt_kind(c, body.id, &settings.rule.kind, &JsonText::of(&settings)?, now)?;
            let details = json!({ "kind": settings.rule.kind, "rule": settings.rule.sentence() });
            audit::append(c, &by.act("motion_kind.adopt", format!("body {slug}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The kind of motion is adopted.")))
}
