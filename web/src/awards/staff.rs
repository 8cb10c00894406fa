//! Staff pages: programmes and candidate rules. Staff never see nominations here; they belong to the deciding body.

use actix_web::web;
use askama::Template;
use folkmoot_governance::award::{AwardCalendar, AwardDecisionPolicy, CarryOverPolicy, RecusalPolicy};
use folkmoot_governance::deadline::ZonePolicy;
use folkmoot_governance::threshold::{Base, Threshold};
use folkmoot_governance::{Explain, Fraction};
use folkmoot_store::awards::{self, ProgrammeFacts};
use folkmoot_store::bodies::{self, BodyId};
use folkmoot_store::error::is_duplicate;
use folkmoot_store::memberships::{self, ClassId};
use folkmoot_store::{JsonText, audit};
use serde_json::json;

use super::programme::{Award, Settings};
use super::texts;
use crate::approvals::By;
use crate::auth::permission::Action;
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageAwards);
    vec![
        Route::get("/staff/awards", manage, list),
        Route::get("/staff/awards/new", manage, new_page),
        Route::post("/staff/awards/new", manage, create),
        Route::get("/staff/awards/{award}", manage, show),
        Route::get("/staff/awards/{award}/edit", manage, edit_page),
        Route::post("/staff/awards/{award}/edit", manage, edit),
        Route::post("/staff/awards/{award}/rules", manage, add_rule),
    ]
}

/// Parts of addresses that are pages of their own.
const RESERVED: &[&str] = &["review", "nominations", "new"];

const FIELDS: &[&str] = &[
    "name",
    "slug",
    "body",
    "class",
    "description",
    "criteria",
    "cutoffs",
    "review_day",
    "zone",
    "rounds",
    "announce_days",
    "self_nomination",
    "teams",
    "show_authors",
    "is_open",
    "resolution",
    "announcement",
    "certificate",
    "forget_days",
    "position",
];

struct Choice {
    value: String,
    label: String,
}

#[derive(Template)]
#[template(path = "awards/staff_list.html")]
struct ListPage {
    page: Page,
    awards: Vec<Award>,
}

async fn list(ctx: Ctx, _actor: Actor) -> PageResult {
    let awards = ctx.app().read(Award::all).await?;
    ctx.show(&ListPage { page: ctx.page("Awards"), awards })
}

#[derive(Template)]
#[template(path = "awards/staff_edit.html")]
struct EditPage {
    page: Page,
    form: Form,
    action: String,
    is_new: bool,
    bodies: Vec<Choice>,
    classes: Vec<Choice>,
    zones: Vec<Choice>,
    places: String,
}

async fn show_edit(ctx: &Ctx, slug: Option<String>, form: Form) -> PageResult {
    let (bodies, classes) = ctx.app().read(|c| Ok((bodies::all(c)?, memberships::classes(c)?))).await?;
    let title = if slug.is_some() { "Change an award" } else { "New award" };
    let page = ctx.page(title).for_form(&form);
    let again = page.has_errors;
    let nothing = Choice { value: String::new(), label: "No membership".into() };
    let template = EditPage {
        page,
        form,
        is_new: slug.is_none(),
        action: slug.map_or_else(|| "/staff/awards/new".into(), |s| format!("/staff/awards/{s}/edit")),
        bodies: bodies.into_iter().map(|b| Choice { value: b.slug, label: b.name }).collect(),
        classes: std::iter::once(nothing)
            .chain(classes.into_iter().map(|k| Choice { value: k.key, label: k.name }))
            .collect(),
        zones: vec![
            Choice { value: "AoE".into(), label: "Anywhere on Earth".into() },
            Choice { value: "UTC".into(), label: "UTC".into() },
        ],
        places: texts::PLACES.iter().map(|p| format!("{{{p}}}")).collect::<Vec<_>>().join(", "),
    };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

fn yes(is: bool) -> String {
    if is { "yes".into() } else { String::new() }
}

fn filled(award: Option<&Award>, settings: &Settings) -> Form {
    let calendar = settings.calendar.as_ref();
    let cutoffs = calendar
        .map(|c| c.cutoffs.iter().map(|(m, d)| format!("{m:02}-{d:02}")).collect::<Vec<_>>().join(" "));
    let zone = match calendar.map(|c| c.zone) {
        Some(ZonePolicy::Utc) => "UTC",
        _ => "AoE",
    };
    Form::filled([
        ("name", award.map(|a| a.row.name.clone()).unwrap_or_default()),
        ("body", award.map(|a| a.body.slug.clone()).unwrap_or_default()),
        ("position", award.map_or(1, |a| a.row.position).to_string()),
        ("is_open", yes(award.is_none_or(|a| a.row.is_open))),
        ("description", settings.description.clone()),
        ("criteria", settings.criteria.clone()),
        ("cutoffs", cutoffs.unwrap_or_default()),
        ("review_day", calendar.map_or(20, |c| c.review_day).to_string()),
        ("zone", zone.to_owned()),
        ("rounds", settings.carry_over.rounds.to_string()),
        ("announce_days", settings.announce_days.to_string()),
        ("self_nomination", yes(settings.self_nomination)),
        ("teams", yes(settings.teams)),
        ("show_authors", yes(settings.show_authors)),
        ("resolution", settings.resolution.clone()),
        ("announcement", settings.announcement.clone()),
        ("certificate", settings.certificate.clone()),
        ("forget_days", settings.forget_days.to_string()),
    ])
}

/// Reads `02-20 05-20`; empty for no calendar.
fn parse_cutoffs(text: &str) -> Result<Vec<(u32, u32)>, String> {
    let wrong = || "Write month and day of each cut-off, for example 02-20 05-20 08-20 11-20.".to_owned();
    text.split([' ', ',', '\n'])
        .map(str::trim)
        .filter(|w| !w.is_empty())
        .map(|word| {
            let (month, day) = word.split_once('-').ok_or_else(wrong)?;
            Ok((month.parse().map_err(|_| wrong())?, day.parse().map_err(|_| wrong())?))
        })
        .collect()
}

fn number(text: &str, from: u32, to: u32) -> Result<u32, String> {
    let found = text.parse::<u32>().ok().filter(|n| (from..=to).contains(n));
    found.ok_or_else(|| format!("Enter a whole number from {from} to {to}."))
}

struct Wish {
    slug: String,
    name: String,
    body: String,
    class: String,
    position: u32,
    is_open: bool,
    settings: Settings,
}

fn template(check: &mut Check<'_>, name: &str, most: usize) -> Option<String> {
    let text = check.text(name, most, "Write the text.")?;
    if let Err(why) = texts::check(&text) {
        check.add(name, why);
        return None;
    }
    Some(text)
}

fn parse_slug(text: &str) -> Result<String, &'static str> {
    let fits = (2..=60).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !RESERVED.contains(&text);
    if fits {
        Ok(text.to_owned())
    } else {
        Err("Use small letters, digits and hyphens, for example fellows.")
    }
}

fn calendar(check: &mut Check<'_>, form: &Form) -> Option<Option<AwardCalendar>> {
    let cutoffs = check.field("cutoffs", parse_cutoffs)?;
    let review_day = check.field("review_day", |t| number(t, 1, 28))?;
    if cutoffs.is_empty() {
        return Some(None);
    }
    let zone = if form.has("zone", "UTC") { ZonePolicy::Utc } else { ZonePolicy::AnywhereOnEarth };
    let calendar = AwardCalendar { cutoffs, review_day, zone };
    match calendar.check() {
        Ok(()) => Some(Some(calendar)),
        Err(why) => {
            check.add("cutoffs", format!("{why}."));
            None
        }
    }
}

impl Wish {
    fn parse(form: &Form, slug: Option<&str>) -> Result<Self, FieldErrors> {
        let mut check = Check::new(form);
        let name = check.text("name", 120, "Enter the name of the award.");
        let slug = match slug {
            Some(known) => Some(known.to_owned()),
            None => check.field("slug", parse_slug),
        };
        let body = check.text("body", 60, "Choose the body that decides.");
        let class = check.optional_text("class", 60);
        let description = check.optional_text("description", 1000);
        let criteria = check.optional_text("criteria", 6000);
        let calendar = calendar(&mut check, form);
        let rounds = check.field("rounds", |t| number(t, 1, 40));
        let announce_days = check.field("announce_days", |t| number(t, 0, 10));
        let forget_days = check.field("forget_days", |t| number(t, 30, 3650));
        let position = check.field("position", |t| number(t, 1, 1000));
        let resolution = template(&mut check, "resolution", 2000);
        let announcement = template(&mut check, "announcement", 4000);
        let certificate = template(&mut check, "certificate", 1000);
        let errors = check.errors();
        let words = (name, slug, body, class, description, criteria);
        let numbers = (calendar, rounds, announce_days, forget_days, position);
        let templates = (resolution, announcement, certificate);
        let (
            (Some(name), Some(slug), Some(body), Some(class), Some(description), Some(criteria)),
            (Some(calendar), Some(rounds), Some(announce_days), Some(forget_days), Some(position)),
            (Some(resolution), Some(announcement), Some(certificate)),
            true,
        ) = (words, numbers, templates, errors.is_empty())
        else {
            return Err(errors);
        };
        let settings = Settings {
            description,
            criteria,
            calendar,
            carry_over: CarryOverPolicy { rounds },
            announce_days,
            self_nomination: form.has("self_nomination", "yes"),
            teams: form.has("teams", "yes"),
            show_authors: form.has("show_authors", "yes"),
            resolution,
            announcement,
            certificate,
            forget_days,
        };
        Ok(Self { slug, name, body, class, position, is_open: form.has("is_open", "yes"), settings })
    }

    /// Body and class by key, or what is wrong with the form.
    fn resolve(
        &self,
        conn: &mut folkmoot_store::Conn,
    ) -> crate::AppResult<Result<(BodyId, Option<ClassId>), FieldErrors>> {
        let Some(body) = bodies::all(conn)?.into_iter().find(|b| b.slug == self.body) else {
            return Ok(Err(FieldErrors::one("body", "Choose the body that decides.")));
        };
        let class = memberships::classes(conn)?.into_iter().find(|k| k.key == self.class);
        if class.is_none() && !self.class.is_empty() {
            return Ok(Err(FieldErrors::one("class", "Choose a class of membership from the list.")));
        }
        Ok(Ok((body.id, class.map(|k| k.id))))
    }

    fn facts(&self, body: BodyId, class: Option<ClassId>) -> crate::AppResult<ProgrammeFacts<'_>> {
        Ok(ProgrammeFacts {
            name: &self.name,
            body,
            class,
            settings: JsonText::of(&self.settings)?,
            position: self.position.into(),
            is_open: self.is_open,
        })
    }
}

async fn new_page(ctx: Ctx, _actor: Actor) -> PageResult {
    show_edit(&ctx, None, filled(None, &Settings::quarterly())).await
}

async fn create(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(FIELDS)?;
    let wish = match Wish::parse(&form, None) {
        Ok(wish) => wish,
        Err(errors) => return show_edit(&ctx, None, form.with(errors)).await,
    };
    let (now, by, slug) = (ctx.now(), By::new(&ctx, &actor), wish.slug.clone());
    let outcome = ctx
        .app()
        .write(move |c| {
            let (body, class) = match wish.resolve(c)? {
                Ok(found) => found,
                Err(errors) => return Ok(Err(errors)),
            };
            if awards::programmes(c)?.iter().any(|p| p.slug == wish.slug) {
                let why = "Another award has this address; choose another.";
                return Ok(Err(FieldErrors::one("slug", why)));
            }
            awards::add_programme(c, &wish.slug, &wish.facts(body, class)?, now).map_err(|e| {
                match is_duplicate(&e) {
                    true => AppError::conflict("Another award got this address at the same moment."),
                    false => e.into(),
                }
            })?;
            let details = json!({ "name": wish.name, "body": wish.body });
            audit::append(c, &by.act("award.create", format!("award {}", wish.slug), details), now)?;
            Ok(Ok(()))
        })
        .await?;
    match outcome {
        Err(errors) => show_edit(&ctx, None, form.with(errors)).await,
        Ok(()) => {
            let flash = Flash::good("The award is made. Add the rules its body may choose from.");
            Ok(ctx.redirect_with(&format!("/staff/awards/{slug}"), &flash))
        }
    }
}

async fn edit_page(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    let slug = path.into_inner();
    let (award, class) = ctx
        .app()
        .read(move |c| {
            let award = Award::by_slug(c, &slug)?;
            let class = memberships::classes(c)?.into_iter().find(|k| Some(k.id) == award.row.class_id);
            Ok((award, class))
        })
        .await?;
    let mut form = filled(Some(&award), &award.settings);
    if let Some(class) = class {
        let values: Vec<(String, String)> = form
            .pairs()
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .chain([("class".to_owned(), class.key)])
            .collect();
        form = Form::filled(values);
    }
    show_edit(&ctx, Some(award.row.slug), form).await
}

async fn edit(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(FIELDS)?;
    let slug = path.into_inner();
    let wish = match Wish::parse(&form, Some(&slug)) {
        Ok(wish) => wish,
        Err(errors) => return show_edit(&ctx, Some(slug), form.with(errors)).await,
    };
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    let outcome = ctx
        .app()
        .write(move |c| {
            let award = Award::by_slug(c, &wish.slug)?;
            let (body, class) = match wish.resolve(c)? {
                Ok(found) => found,
                Err(errors) => return Ok(Err(errors)),
            };
            awards::change_programme(c, award.row.id, &wish.facts(body, class)?)?;
            let details = json!({ "name": wish.name, "body": wish.body, "open": wish.is_open });
            audit::append(c, &by.act("award.change", format!("award {}", wish.slug), details), now)?;
            Ok(Ok(()))
        })
        .await?;
    match outcome {
        Err(errors) => show_edit(&ctx, Some(slug), form.with(errors)).await,
        Ok(()) => Ok(ctx.redirect_with(&format!("/staff/awards/{slug}"), &Flash::good("Saved."))),
    }
}

#[derive(Template)]
#[template(path = "awards/staff_show.html")]
struct ShowPage {
    page: Page,
    form: Form,
    award: Award,
    sentences: Vec<String>,
    rules: Vec<(String, String, String, &'static str)>,
    thresholds: Vec<Choice>,
    recusals: Vec<Choice>,
}

/// What it takes, as staff choose it.
#[rustfmt::skip]
const THRESHOLDS: &[(&str, &str)] = &[
    ("majority_cast", "More than half of the votes for and against"),
    ("two_thirds_cast", "Two thirds of the votes for and against"),
    ("majority_members", "More than half of all members"),
    ("two_thirds_members", "Two thirds of all members"),
];

fn threshold(key: &str) -> Option<Threshold> {
    Some(match key {
        "majority_cast" => Threshold::MAJORITY,
        "two_thirds_cast" => Threshold::TWO_THIRDS,
        "majority_members" => Threshold::more_than(Fraction::HALF, Base::Members),
        "two_thirds_members" => Threshold::at_least(Fraction::TWO_THIRDS, Base::Members),
        _ => return None,
    })
}

async fn show(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    show_one(&ctx, path.into_inner(), Form::empty()).await
}

async fn show_one(ctx: &Ctx, slug: String, form: Form) -> PageResult {
    let (award, rules) = ctx
        .app()
        .read(move |c| {
            let award = Award::by_slug(c, &slug)?;
            let rules = award.rules(c)?;
            Ok((award, rules))
        })
        .await?;
    let page = ctx.page(award.row.name.clone()).for_form(&form);
    let again = page.has_errors;
    let choice = |(value, label): &(&str, &str)| Choice { value: (*value).into(), label: (*label).into() };
    let template = ShowPage {
        page,
        form,
        sentences: award.sentences(rules.iter().find(|r| r.row.is_adopted())),
        rules: rules
            .into_iter()
            .map(|r| {
                let state = match (r.row.adopted_at, r.row.superseded_at) {
                    (Some(_), None) => "Adopted",
                    (Some(_), Some(_)) => "Superseded",
                    (None, _) => "Candidate",
                };
                (r.policy.name.clone(), r.policy.sentence(), r.row.authority, state)
            })
            .collect(),
        award,
        thresholds: THRESHOLDS.iter().map(choice).collect(),
        recusals: [
            ("stays", "Who steps aside still counts as a member"),
            ("leaves", "Who steps aside does not count as a member"),
        ]
        .iter()
        .map(choice)
        .collect(),
    };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn add_rule(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["rule_name", "threshold", "recusal", "authority"])?;
    let slug = path.into_inner();
    let mut check = Check::new(&form);
    let name = check.text("rule_name", 80, "Name the rule, for example by its document.");
    let threshold = check.field("threshold", |t| threshold(t).ok_or("Choose what it takes."));
    let recusal = check.field("recusal", |t| match t {
        "stays" => Ok(RecusalPolicy::StaysInBase),
        "leaves" => Ok(RecusalPolicy::LeavesBase),
        _ => Err("Choose what stepping aside does."),
    });
    let authority = check.text("authority", 200, "Name document and section, for example Bylaws 4.8.");
    let (Some(name), Some(threshold), Some(recusal), Some(authority)) = (name, threshold, recusal, authority)
    else {
        let errors = check.errors();
        return show_one(&ctx, slug, form.with(errors)).await;
    };
    let (now, by, to) = (ctx.now(), By::new(&ctx, &actor), format!("/staff/awards/{slug}"));
    ctx.app()
        .write(move |c| {
            let award = Award::by_slug(c, &slug)?;
            let (name, threshold) = (name.clone(), threshold.clone());
            let policy = AwardDecisionPolicy { name, body: award.body.name.clone(), threshold, recusal };
            awards::add_rule(c, award.row.id, &JsonText::of(&policy)?, &authority, now)?;
            let details = json!({ "rule": policy, "authority": authority });
            audit::append(c, &by.act("award.add_rule", format!("award {slug}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(
        &to,
        &Flash::good("The rule is a candidate. The chair of the body enters its adoption."),
    ))
}
