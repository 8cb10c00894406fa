//! The milestones: set freely in a draft, afterwards moved to later instants only, by two officers and with a reason.

use actix_web::web;
use askama::Template;
use folkmoot_governance::Explain;
use folkmoot_governance::deadline::{
    Breach, Civil, Deadline, Finding, Fold, MilestoneKind, Override, Schedule, ScheduleProblem, TimeOfDay,
    ZonePolicy, instant_in,
};
use serde_json::json;

use super::amend::AmendMilestone;
use super::plan::Prepared;
use super::{change, may_prepare, place, policies, schedule};
use crate::approvals::{self, By};
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::parse_day;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};
use crate::staff::fresh;

/// The milestones in order, with what each means; those of a call only where candidates are nominated.
const KINDS: &[(MilestoneKind, &str, &str)] = &[
    (
        MilestoneKind::Notice,
        "Notice",
        "The notice of the vote goes out. Leave it empty where no rule asks for one.",
    ),
    (MilestoneKind::NominationsOpen, "Nominations open", "The first instant at which a nomination is taken."),
    (
        MilestoneKind::NominationsClose,
        "Nominations close",
        "The first instant at which no nomination is taken any more.",
    ),
    (
        MilestoneKind::AcceptanceClose,
        "Acceptances end",
        "The first instant at which nobody can accept or change a statement any more. Empty: with the nominations.",
    ),
    (
        MilestoneKind::CandidatesAnnounced,
        "Candidates",
        "Candidates and their statements become public, and the texts are frozen.",
    ),
    (
        MilestoneKind::AffirmationCutoff,
        "Affirmation cut-off",
        "Affirmations before it count. Only where members affirm their intention to vote.",
    ),
    (MilestoneKind::RecordDate, "Record date", "Who has the vote is decided by the facts at this instant."),
    (MilestoneKind::VotingOpen, "Voting opens", "The first instant at which a ballot is accepted."),
    (MilestoneKind::VotingClose, "Voting ends", "The first instant at which no ballot is accepted any more."),
    (MilestoneKind::ResultAnnounced, "Result", "The result becomes public."),
    (MilestoneKind::TermStart, "Terms begin", "Those elected take their seats. Leave it empty for motions."),
];

/// Whether a milestone belongs to a call for candidates.
const fn is_of_call(kind: &MilestoneKind) -> bool {
    matches!(
        kind,
        MilestoneKind::NominationsOpen
            | MilestoneKind::NominationsClose
            | MilestoneKind::AcceptanceClose
            | MilestoneKind::CandidatesAnnounced
    )
}

/// Clocks on which officers read a deadline before they set it.
const CITIES: &[(&str, &str)] = &[
    ("Los Angeles", "America/Los_Angeles"),
    ("São Paulo", "America/Sao_Paulo"),
    ("Berlin", "Europe/Berlin"),
    ("Kolkata", "Asia/Kolkata"),
    ("Auckland", "Pacific/Auckland"),
];

pub(super) fn routes() -> Vec<Route> {
    let prepare = Access::May(Action::PrepareElections);
    vec![
        Route::get("/staff/elections/{election}/timeline", Access::May(Action::SeeElections), show),
        Route::post("/staff/elections/{election}/timeline", prepare, save),
        Route::post("/staff/elections/{election}/timeline/let-stand", prepare, let_stand),
        Route::post("/staff/elections/{election}/timeline/amend", prepare, amend),
    ]
}

struct Line {
    key: &'static str,
    title: &'static str,
    hint: &'static str,
    words: String,
    cities: Vec<(&'static str, String)>,
    earlier: Vec<String>,
}

struct Warning {
    text: String,
    number: usize,
    can_stand: bool,
}

#[derive(Template)]
#[template(path = "preparation/timeline.html")]
struct TimelinePage {
    page: Page,
    form: Form,
    slug: String,
    lines: Vec<Line>,
    warnings: Vec<Warning>,
    draft: bool,
    may_prepare: bool,
}

impl TimelinePage {
    fn of(page: Page, form: Form, prepared: &Prepared, schedule: &Schedule, may_prepare: bool) -> Self {
        let rules = policies::of(prepared).schedule_rules();
        let findings = schedule.check(&rules, &prepared.plan.overrides);
        let warning = |(number, f): (usize, &Finding)| Warning {
            text: f.sentence(),
            number,
            can_stand: f.breach == Breach::Warn && f.overridden.is_none(),
        };
        Self {
            page,
            form,
            slug: prepared.election.slug.clone(),
            lines: KINDS
                .iter()
                .filter(|(kind, _, _)| prepared.plan.call.is_some() || !is_of_call(kind))
                .map(|(kind, title, hint)| line(schedule, kind, title, hint))
                .collect(),
            warnings: findings.iter().enumerate().map(warning).collect(),
            draft: prepared.is_draft(),
            may_prepare,
        }
    }
}

fn line(schedule: &Schedule, kind: &MilestoneKind, title: &'static str, hint: &'static str) -> Line {
    let milestone = schedule.get(kind);
    let cities = milestone.map_or_else(Vec::new, |m| {
        let at = |(city, zone): &(&'static str, &str)| {
            let zone: ZonePolicy = zone.parse().ok()?;
            Some((*city, instant_in(m.instant(), zone)))
        };
        CITIES.iter().filter_map(at).collect()
    });
    let versions = milestone.map(|m| m.versions()).unwrap_or_default();
    let earlier = versions.windows(2).filter_map(|pair| match pair {
        [before, after] => Some(format!(
            "Was {}. Moved: {}",
            before.deadline.page_text(),
            after.reason.as_deref().unwrap_or_default()
        )),
        _ => None,
    });
    Line {
        key: schedule::key(kind),
        title,
        hint,
        words: milestone.map(|m| m.deadline().page_text()).unwrap_or_default(),
        cities,
        earlier: earlier.collect(),
    }
}

/// The time of a deadline as the form shows and reads it.
fn time_words(deadline: &Deadline) -> String {
    let time = match deadline.civil().time {
        TimeOfDay::EndOfDay => "end of day".to_owned(),
        TimeOfDay::StartOfDay => "start of day".to_owned(),
        at @ TimeOfDay::At(_) => at.to_string(),
    };
    match deadline.fold() {
        Some(Fold::Earlier) => format!("{time} earlier"),
        Some(Fold::Later) => format!("{time} later"),
        None => time,
    }
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let slug = path.into_inner();
    let (prepared, schedule) = read(&ctx, slug).await?;
    let zone = prepared.plan.preset.zone().to_string();
    let mut values = Vec::new();
    for (kind, _, _) in KINDS {
        let key = schedule::key(kind);
        let deadline = schedule.get(kind).map(|m| m.deadline());
        values
            .push((format!("date-{key}"), deadline.map(|d| d.civil().date.to_string()).unwrap_or_default()));
        values.push((format!("time-{key}"), deadline.map(|d| time_words(&d)).unwrap_or_default()));
        let zone = deadline.map_or_else(|| zone.clone(), |d| d.zone().to_string());
        values.push((format!("zone-{key}"), zone));
    }
    values.push(("zone-amended".into(), zone));
    let (page, form) = (ctx.page("Timeline"), Form::filled(values));
    ctx.show(&TimelinePage::of(page, form, &prepared, &schedule, may_prepare(&actor)))
}

async fn read(ctx: &Ctx, slug: String) -> AppResult<(Prepared, Schedule)> {
    ctx.app()
        .read(move |conn| {
            let prepared = Prepared::load(conn, &slug)?;
            let schedule = schedule::load(conn, prepared.election.id, &prepared.plan)?;
            Ok((prepared, schedule))
        })
        .await
}

/// Reads the three fields of a deadline; `None` when the day is empty.
fn deadline(check: &mut Check<'_>, form: &Form, key: &str) -> Option<Deadline> {
    let (date, time, zone) = (format!("date-{key}"), format!("time-{key}"), format!("zone-{key}"));
    if form.value(&date).is_empty() {
        return None;
    }
    let day = check.field(&date, parse_day);
    let time_of_day = check.field(&time, |t| {
        let (t, fold) = match t.rsplit_once(' ') {
            Some((t, "earlier")) => (t, Some(Fold::Earlier)),
            Some((t, "later")) => (t, Some(Fold::Later)),
            _ => (t, None),
        };
        let known = t.trim().to_lowercase().replace(' ', "-").parse::<TimeOfDay>();
        known.map(|t| (t, fold)).map_err(|_| "Enter a time such as 14:00, or “end of day”.")
    });
    let policy = check.field(&zone, |t| t.parse::<ZonePolicy>().map_err(|e| format!("{e}.")));
    let ((date_read, (time_read, fold)), policy) = day.zip(time_of_day).zip(policy)?;
    match Deadline::resolve(Civil { date: date_read, time: time_read }, policy, fold) {
        Ok(deadline) => Some(deadline),
        Err(why) => {
            let hint = if matches!(why, folkmoot_governance::deadline::DeadlineError::Twice { .. }) {
                " Add “earlier” or “later” after the time."
            } else {
                ""
            };
            check.add(&time, format!("{}.{hint}", capital(&why.to_string())));
            None
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What was typed, as a schedule; mistakes and impossible orders go to the fields.
fn parse(form: &Form) -> Result<Vec<(MilestoneKind, Deadline)>, FieldErrors> {
    let mut check = Check::new(form);
    let mut schedule = Schedule::new();
    let mut found = Vec::new();
    for (kind, _, _) in KINDS {
        if let Some(deadline) = deadline(&mut check, form, schedule::key(kind)) {
            // A new schedule refuses nothing that a deadline allows.
            let planned = schedule.plan(kind.clone(), deadline);
            debug_assert!(planned.is_ok(), "{planned:?}");
            found.push((kind.clone(), deadline));
        }
    }
    for finding in schedule.check(&Default::default(), &[]) {
        if let ScheduleProblem::Order { second, .. } = &finding.problem {
            check.add(&format!("date-{}", schedule::key(second)), finding.problem.sentence());
        }
    }
    check.finish().map(|()| found)
}

async fn save(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["date-*", "time-*", "zone-*"])?;
    let slug = path.into_inner();
    let wanted = match parse(&form) {
        Ok(wanted) => wanted,
        Err(errors) => return again(&ctx, slug, form.with(errors)).await,
    };
    let person = actor.person;
    let texts: serde_json::Map<String, serde_json::Value> =
        wanted.iter().map(|(k, d)| (schedule::key(k).to_owned(), d.written().into())).collect();
    let missing =
        change(&ctx, &actor, &slug, "election.timeline", json!(texts), move |conn, _, prepared, now| {
            prepared.need_draft()?;
            let present = schedule::load(conn, prepared.election.id, &prepared.plan)?;
            for milestone in present.milestones() {
                if !wanted.iter().any(|(kind, _)| kind == milestone.kind()) {
                    return Ok(Some(milestone.kind().clone()));
                }
            }
            for (kind, deadline) in &wanted {
                if present.get(kind).is_none_or(|m| m.deadline() != *deadline) {
                    let setting = schedule::Setting { by: person, at: now, reason: None };
                    schedule::put(conn, prepared.election.id, kind, deadline, setting)?;
                }
            }
            Ok(None)
        })
        .await?;
    if let Some(kind) = missing {
        let field = format!("date-{}", schedule::key(&kind));
        let errors = FieldErrors::one(field, format!("The {kind} was set before; enter its day."));
        return again(&ctx, slug, form.with(errors)).await;
    }
    Ok(ctx.redirect_with(&place(&slug, "timeline"), &Flash::good("The timeline is saved.")))
}

async fn again(ctx: &Ctx, slug: String, form: Form) -> PageResult {
    let page = ctx.page("Timeline").for_form(&form);
    let (prepared, schedule) = read(ctx, slug).await?;
    ctx.show_again(&TimelinePage::of(page, form, &prepared, &schedule, true))
}

async fn let_stand(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["number", "reason"])?;
    let slug = path.into_inner();
    let number: usize = form.value("number").parse().map_err(|_| AppError::not_found())?;
    let reason = form.value("reason").to_owned();
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(AppError::conflict("Give a reason of at most 500 characters; it is part of the record."));
    }
    let details = json!({ "reason": reason });
    change(&ctx, &actor, &slug, "election.let_stand", details, move |conn, _, prepared, _| {
        prepared.need_draft()?;
        let schedule = schedule::load(conn, prepared.election.id, &prepared.plan)?;
        let findings = schedule.check(&policies::of(prepared).schedule_rules(), &prepared.plan.overrides);
        let found = findings.get(number).filter(|f| f.breach == Breach::Warn);
        let found = found.ok_or_else(|| AppError::conflict("The timeline was changed; look at it again."))?;
        prepared.plan.overrides.push(Override { problem: found.problem.clone(), reason: reason.clone() });
        Ok(())
    })
    .await?;
    Ok(ctx.redirect_with(&place(&slug, "timeline"), &Flash::good("Noted.")))
}

async fn amend(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["milestone", "date-amended", "time-amended", "zone-amended", "reason"])?;
    let slug = path.into_inner();
    let mut check = Check::new(&form);
    let kind = check.field("milestone", |t| schedule::kind(t).ok_or("Choose what is moved."));
    if form.value("date-amended").is_empty() {
        check.add("date-amended", "Enter the new day.");
    }
    let deadline = deadline(&mut check, &form, "amended");
    let reason = check.text("reason", 500, "Give the reason; it is shown to everybody.");
    let errors = check.errors();
    let ((kind, deadline), reason) = match kind.zip(deadline).zip(reason) {
        Some(read) if errors.is_empty() => read,
        _ => return again(&ctx, slug, form.with(errors)).await,
    };
    fresh(&ctx)?;
    let act = AmendMilestone::new(&slug, &kind, &deadline);
    let (app, by) = (ctx.app().clone(), By::new(&ctx, &actor));
    let id =
        ctx.app().write(move |conn| approvals::propose(conn, &app, &by, &act, &reason, app.now())).await?;
    Ok(ctx.redirect_with(
        &format!("/staff/approvals/{id}"),
        &Flash::good("Proposed. A second officer has to agree."),
    ))
}
