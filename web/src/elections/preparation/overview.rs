//! All elections for staff, a new one, and the task list of one.

use actix_web::web;
use askama::Template;
use chrono::NaiveDate;
use folkmoot_governance::election::{Check as Guard, Step};
use folkmoot_store::elections::{self, Election, NewElection, preparation};
use folkmoot_store::{Conn, JsonText, Utc, audit};
use serde_json::json;

use super::plan::{Plan, Prepared, Registrar, RollStage};
use super::preset::Preset;
use super::{facts, may_prepare, place, policies, questions, schedule};
use crate::app::App;
use crate::approvals::By;
use crate::auth::permission::Action;
use crate::elections::routes::state_words;
use crate::elections::settings::{Certification, ElectionSettings, TieSettings};
use crate::elections::{setup, trustees};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{parse_day, when};
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};
use crate::staff::fresh;

pub(super) fn routes() -> Vec<Route> {
    let (see, prepare) = (Access::May(Action::SeeElections), Access::May(Action::PrepareElections));
    vec![
        Route::get("/staff/elections", see, list),
        Route::get("/staff/elections/new", prepare, new_page),
        Route::post("/staff/elections/new", prepare, create),
        Route::get("/staff/elections/{election}", see, show),
        Route::post("/staff/elections/{election}/announce", prepare, announce),
    ]
}

struct Line {
    href: String,
    title: String,
    state: &'static str,
    opens: String,
    closes: String,
}

#[derive(Template)]
#[template(path = "preparation/list.html")]
struct ListPage {
    page: Page,
    lines: Vec<Line>,
    may_prepare: bool,
}

async fn list(ctx: Ctx, actor: Actor) -> PageResult {
    let (all, planned) = ctx.app().read(|c| Ok((elections::list(c)?, preparation::planned(c)?))).await?;
    let line = |e: Election| Line {
        href: place(&e.slug, if planned.contains(&e.id) { "" } else { "trustees" }),
        state: state_words(&e.state),
        opens: e.opens_at.map(when).unwrap_or_default(),
        closes: e.closes_at.map(when).unwrap_or_default(),
        title: e.title,
    };
    let lines = all.into_iter().map(line).collect();
    ctx.show(&ListPage { page: ctx.page("Elections"), lines, may_prepare: may_prepare(&actor) })
}

/// A choice of a form.
pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
}

#[derive(Template)]
#[template(path = "preparation/new.html")]
struct NewPage {
    page: Page,
    form: Form,
    presets: Vec<Choice>,
}

impl NewPage {
    fn of(ctx: &Ctx, form: Form) -> Self {
        let choice = |p: &Preset| Choice { value: p.name(), label: p.title(), hint: p.hint() };
        let presets = Preset::ALL.iter().map(choice).collect();
        Self { page: ctx.page("New election").for_form(&form), form, presets }
    }
}

async fn new_page(ctx: Ctx, _actor: Actor) -> PageResult {
    ctx.show(&NewPage::of(&ctx, Form::empty()))
}

#[derive(Clone)]
struct Wish {
    preset: Preset,
    title: String,
    slug: String,
    opening: Option<NaiveDate>,
}

impl Wish {
    fn parse(form: &Form) -> Result<Self, FieldErrors> {
        let mut check = Check::new(form);
        let preset =
            check.field("preset", |t| Preset::parse(t).ok_or("Choose what kind of election or vote it is."));
        let title = check.text("title", 120, "Enter a title, for example Board election 2026.");
        let slug = check.field("slug", parse_slug);
        let day = |t: &str| if t.is_empty() { Ok(None) } else { parse_day(t).map(Some) };
        let opening = check.field("opening", day);
        match (preset, title, slug, opening) {
            (Some(preset), Some(title), Some(slug), Some(opening)) => {
                Ok(Self { preset, title, slug, opening })
            }
            _ => Err(check.errors()),
        }
    }

    fn draft(&self) -> Draft<'_> {
        Draft { preset: self.preset, title: &self.title, slug: &self.slug, opening: self.opening }
    }
}

/// An election to begin: everything else can be changed until it is announced.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// What it begins from.
    pub preset: Preset,
    /// Title.
    pub title: &'a str,
    /// Last part of its address.
    pub slug: &'a str,
    /// Day on which voting opens, from which the usual schedule follows.
    pub opening: Option<NaiveDate>,
}

impl Draft<'_> {
    /// Makes the draft.
    ///
    /// # Errors
    /// A unique violation when another election has the address; a database error.
    pub fn insert(&self, conn: &mut Conn, app: &App, by: &By, now: Utc) -> AppResult<()> {
        let preset = self.preset;
        let settings = ElectionSettings {
            description: String::new(),
            help: app.organisation().contact.clone(),
            group: "Ed25519".into(),
            questions: preset.question().into_iter().collect(),
            quorum: preset.quorum(),
            threshold: 2,
            least_counted: folkmoot_governance::election::MIN_COUNTED,
            ties: TieSettings::default(),
            certification: preset.certified_by().map(|body| Certification { body, complaint_days: 0 }),
        };
        let plan = Plan::begin(preset);
        let text = serde_json::to_string(&settings).map_err(AppError::internal)?;
        let public_id = app.public_id()?;
        let uuid = setup::new_uuid();
        // One stamp for every entry of the archive, of the day only (requirement PRV-04).
        let seconds = now.micros().div_euclid(1_000_000);
        let new = NewElection {
            public_id: public_id.as_str(),
            slug: self.slug,
            uuid: &uuid,
            title: self.title,
            state: "draft",
            settings: &text,
            archive_seconds: seconds - seconds.rem_euclid(86_400),
            created_at: now,
        };
        let election = elections::insert(conn, &new)?;
        preparation::put_plan(conn, election.id, &JsonText::of(&plan)?)?;
        if let Some(opening) = self.opening {
            for milestone in preset.schedule(opening)?.milestones() {
                let setting = schedule::Setting { by: by.actor.person, at: now, reason: None };
                schedule::put(conn, election.id, milestone.kind(), &milestone.deadline(), setting)?;
            }
        }
        let details = json!({ "title": self.title, "preset": preset.name() });
        audit::append(conn, &by.act("election.create", format!("election {public_id}"), details), now)?;
        Ok(())
    }
}

/// Reads the readable part of an election's address.
///
/// # Errors
/// A sentence for the form.
pub fn parse_slug(text: &str) -> Result<String, &'static str> {
    let fits = (3..=60).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text != "new";
    if fits {
        Ok(text.to_owned())
    } else {
        Err("Use small letters, digits and hyphens, for example board-2026.")
    }
}

async fn create(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["preset", "title", "slug", "opening"])?;
    let wish = match Wish::parse(&form) {
        Ok(wish) => wish,
        Err(errors) => return ctx.show_again(&NewPage::of(&ctx, form.with(errors))),
    };
    let (app, by, slug) = (ctx.app().clone(), By::new(&ctx, &actor), wish.slug.clone());
    let made = ctx
        .app()
        .write(move |conn| {
            if elections::by_slug(conn, &wish.slug)?.is_some() {
                return Ok(false);
            }
            wish.draft().insert(conn, &app, &by, app.now())?;
            Ok(true)
        })
        .await?;
    if !made {
        let errors = FieldErrors::one("slug", "Another election has this address; choose another.");
        return ctx.show_again(&NewPage::of(&ctx, form.with(errors)));
    }
    let said = "The draft is made. Nobody but officers sees it until you announce it.";
    Ok(ctx.redirect_with(&place(&slug, ""), &Flash::good(said)))
}

/// A task of the list.
struct Part {
    title: &'static str,
    href: String,
    hint: String,
    state: &'static str,
    kind: &'static str,
}

#[derive(Template)]
#[template(path = "preparation/overview.html")]
struct OverviewPage {
    page: Page,
    slug: String,
    title: String,
    state: &'static str,
    parts: Vec<Part>,
    draft: bool,
    unmet: Vec<Guard>,
    may_prepare: bool,
    rules: Vec<String>,
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, now) = (path.into_inner(), ctx.now());
    let page = ctx.page("Election");
    let may_prepare = may_prepare(&actor);
    let mut shown = ctx
        .app()
        .read(move |conn| {
            let prepared = Prepared::load(conn, &slug)?;
            let draft = prepared.is_draft();
            let unmet = match draft {
                true => facts::checklist(conn, &prepared, &Step::Announce, now)?,
                false => Vec::new(),
            };
            Ok(OverviewPage {
                page,
                parts: parts(conn, &prepared)?,
                draft,
                unmet: unmet.into_iter().filter(|c| !c.ok).collect(),
                may_prepare,
                rules: prepared
                    .plan
                    .policies
                    .iter()
                    .flat_map(|p| p.versions.iter().map(|v| v.plain_words()))
                    .collect(),
                state: state_words(&prepared.election.state),
                slug: prepared.election.slug,
                title: prepared.election.title,
            })
        })
        .await?;
    shown.page.title.clone_from(&shown.title);
    ctx.show(&shown)
}

const DONE: (&str, &str) = ("Done", "good");
const OPEN: (&str, &str) = ("To do", "warn");
const LATER: (&str, &str) = ("Not yet", "");

fn parts(conn: &mut Conn, prepared: &Prepared) -> AppResult<Vec<Part>> {
    let (election, settings, plan) = (&prepared.election, &prepared.settings, &prepared.plan);
    let facts = facts::of(conn, prepared)?;
    let ready = trustees::readiness(conn, election)?;
    let done = |ok: bool| if ok { DONE } else { OPEN };
    let after = |ok: bool, possible: bool| match (ok, possible) {
        (true, _) => DONE,
        (false, true) => OPEN,
        (false, false) => LATER,
    };
    let announced = !prepared.is_draft();
    let frozen = matches!(plan.roll, RollStage::Frozen(_));
    let rehearsed = !super::rehearsal::PREPARED.contains(&election.state.as_str());
    let timeline = facts.schedule.milestones().len() >= 4 && !facts.findings.iter().any(|f| f.blocks());
    let asked = questions::problems(settings, plan);
    let decided = plan.quorum_decided && plan.ties.is_some();
    let part = |title, page, hint: String, (state, kind): (&'static str, &'static str)| Part {
        title,
        href: place(&election.slug, page),
        hint,
        state,
        kind,
    };
    let closes = election.closes_at.map(|t| format!("Voting ends {}", when(t))).unwrap_or_default();
    let roll_words = match plan.roll {
        RollStage::None => "Made at the record instant",
        RollStage::Made(_) => "Made; review it, then publish its count and hash",
        RollStage::Published(_) => "Published; people check their entries and object",
        RollStage::Frozen(_) => "Frozen; the base of the quorum",
    };
    let registrar = match plan.registrar {
        Registrar::BuiltIn => "This server makes and mails the codes".to_owned(),
        Registrar::External if election.election_json.is_some() && facts.preparation.credentials == 0 => {
            "The public codes were received and are destroyed by now".to_owned()
        }
        Registrar::External => format!("{} public codes received", facts.preparation.credentials),
    };
    let mut all = vec![
        part("Details", "details", plan.body.clone(), done(!settings.description.is_empty())),
        part("Timeline", "timeline", closes, done(timeline)),
        part(
            "Electorate",
            "electorate",
            plan.electorate.as_ref().map_or_else(String::new, |e| format!("For {}", e.words())),
            done(plan.electorate.is_some()),
        ),
        part(
            "Questions, method and seats",
            "questions",
            match settings.questions.len() {
                1 => "1 question".into(),
                n => format!("{n} questions"),
            },
            done(asked.is_empty()),
        ),
        part(
            "Call for candidates",
            "call",
            match &plan.call {
                Some(_) => "Candidates are nominated".into(),
                None => "No nominations; officers write the answers".into(),
            },
            DONE,
        ),
        part("Quorum and ties", "rules", String::new(), done(decided)),
        part("Roll", "roll", roll_words.into(), after(frozen, announced)),
        part(
            "Trustees",
            "trustees",
            format!("{} named, {} with a key, {} rehearsed", ready.total, ready.with_key, ready.rehearsed),
            done(ready.needed > 0 && ready.rehearsed >= ready.needed && ready.with_key == ready.total),
        ),
        part("Registrar", "registrar", registrar, after(facts.preparation.registrar_ready, frozen)),
        part("Messages", "messages", String::new(), done(facts.preparation.mail_canary)),
        part("Rehearsal", "rehearsal", String::new(), after(rehearsed, announced)),
        part("Open", "open", String::new(), after(plan.opening.is_some(), rehearsed)),
    ];
    if election.state != "rehearsed" && !super::rehearsal::PREPARED.contains(&election.state.as_str()) {
        let open = matches!(election.state.as_str(), "open" | "suspended");
        all.push(part("Running the vote", "running", String::new(), if open { OPEN } else { DONE }));
        let public = matches!(election.state.as_str(), "published" | "archived" | "void");
        all.push(part("Count", "count", String::new(), after(public, !open)));
    }
    if let Some(call) = plan.call.as_ref().filter(|_| announced) {
        let known =
            if call.carried { "Candidates are announced" } else { "Who is nominated, and the review" };
        let roll = all.iter().position(|p| p.title == "Roll").unwrap_or(all.len());
        all.insert(roll, part("Nominations", "nominations", known.into(), done(call.carried)));
    }
    Ok(all)
}

async fn announce(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    fresh(&ctx)?;
    let slug = path.into_inner();
    let person = actor.person;
    super::change(&ctx, &actor, &slug, "election.announce", json!({}), move |conn, _, prepared, now| {
        facts::take(conn, prepared, &Step::Announce, &facts::officer(person), now)?;
        let frozen = policies::of(prepared).freeze();
        let frozen = frozen.map_err(|e| AppError::conflict(format!("The rules cannot be frozen: {e}.")))?;
        prepared.plan.policies = Some(frozen);
        prepared.plan.announced_at = Some(now);
        Ok(())
    })
    .await?;
    let said = "The election is announced. Its dates can only be moved to later ones now, with a reason.";
    Ok(ctx.redirect_with(&place(&slug, ""), &Flash::good(said)))
}
