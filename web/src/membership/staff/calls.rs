//! Calls: when and by which rule the roll of a body is made. Staff make them; the page of a call counts who will be on the
//! roll, who will not and why, from the facts of this moment.

use std::collections::BTreeMap;

use actix_web::web;
use askama::Template;
use chrono::NaiveDateTime;
use folkmoot_governance::Explain;
use folkmoot_governance::electorate::{AffirmationPolicy, FellowQuorumBase, Reason};
use folkmoot_governance::quorum::QuorumPolicy;
use folkmoot_store::bodies::{self, Body};
use folkmoot_store::memberships::voting::{self, NewCall};
use folkmoot_store::{Conn, JsonText, PublicId, Utc, audit};
use serde_json::json;

use super::Choice;
use crate::approvals::By;
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::membership::calls::{OpenCall, elections_before};
use crate::membership::{facts, preset};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let (see, manage) = (Access::May(Action::SeeMemberships), Access::May(Action::ManageMemberships));
    vec![
        Route::get("/staff/membership/calls", see, list),
        Route::get("/staff/membership/calls/new", manage, new_page),
        Route::post("/staff/membership/calls/new", manage, create),
        Route::get("/staff/membership/calls/{call}", see, show),
    ]
}

struct Line {
    id: String,
    title: String,
    body: String,
    cutoff: String,
    is_over: bool,
}

#[derive(Template)]
#[template(path = "membership/staff_calls.html")]
struct ListPage {
    page: Page,
    lines: Vec<Line>,
    may_manage: bool,
}

async fn list(ctx: Ctx, actor: Actor) -> PageResult {
    let now = ctx.now();
    let rows = ctx.app().read(|c| Ok(voting::calls(c, 100)?)).await?;
    let line = |(call, body): (voting::Call, Body)| Line {
        id: call.public_id.to_string(),
        title: call.title,
        body: body.name,
        cutoff: when(call.cutoff_at),
        is_over: call.cutoff_at <= now,
    };
    let may_manage = may(&actor, Action::ManageMemberships, Subject::Site).is_ok();
    let lines = rows.into_iter().map(line).collect();
    ctx.show(&ListPage { page: ctx.page("Rolls in the making"), lines, may_manage })
}

#[derive(Template)]
#[template(path = "membership/staff_call.html")]
struct ShowPage {
    page: Page,
    title: String,
    body: String,
    cutoff: String,
    record: String,
    rule: String,
    authority: String,
    on_roll: u64,
    quorum: u64,
    affirmed: usize,
    waived: usize,
    by_class: Vec<(String, usize)>,
    against: Vec<(&'static str, usize)>,
}

const fn against_words(reason: &Reason) -> &'static str {
    match reason {
        Reason::NoMembership => "No membership",
        Reason::NoVotingClass { .. } => "Only a class without the vote",
        Reason::Ended { .. } => "Membership ended",
        Reason::NotYet { .. } => "Membership begins later",
        Reason::DuesMissing { .. } => "Dues not paid",
        Reason::CertificationMissing { .. } => "Not certified",
        Reason::AffirmationMissing { .. } => "Not affirmed",
        Reason::AffirmationLate { .. } => "Affirmed too late",
        Reason::OptedOut { .. } => "Opted out",
        Reason::MissedVotes { .. } => "Missed too many votes",
        Reason::Inactive { .. } => "Inactive",
        _ => "Barred by decision",
    }
}

fn gather(c: &mut Conn, page: Page, id: &PublicId) -> AppResult<ShowPage> {
    let (call, body) = voting::call(c, id)?;
    let open = OpenCall::read(call, body)?;
    let found = facts::electorate(c, open.body.id, &open.rule, &open.at)?;
    let mut by_class: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &found.roll.entries {
        *by_class.entry(entry.class.as_str()).or_default() += 1;
    }
    let mut against: BTreeMap<&'static str, usize> = BTreeMap::new();
    for standing in found.standings.iter().filter(|s| !s.on_roll) {
        if let Some(reason) = standing.reasons.iter().find(|r| !r.is_for()) {
            *against.entry(against_words(reason)).or_default() += 1;
        }
    }
    let count = |wanted: fn(&Reason) -> bool| {
        found.standings.iter().filter(|s| s.on_roll && s.reasons.iter().any(wanted)).count()
    };
    let quorum = QuorumPolicy::cast_or_void(folkmoot_governance::Fraction::THIRD);
    Ok(ShowPage {
        page,
        cutoff: when(open.call.cutoff_at),
        record: when(open.call.record_at),
        rule: open.rule.sentence(),
        on_roll: found.roll.count(),
        quorum: quorum.needed(found.roll.quorum_base(|_| false)),
        affirmed: count(|r| matches!(r, Reason::Affirmed { .. })),
        waived: count(|r| matches!(r, Reason::WaivedByVote { .. })),
        by_class: by_class.into_iter().map(|(class, count)| (class.to_owned(), count)).collect(),
        against: against.into_iter().collect(),
        title: open.call.title,
        body: open.body.name,
        authority: open.call.authority,
    })
}

async fn show(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    let id = PublicId::parse(&path.into_inner()).ok_or_else(AppError::not_found)?;
    let page = ctx.page("Roll in the making");
    let template = ctx.app().read(move |c| gather(c, page, &id)).await?;
    ctx.show(&template)
}

#[derive(Template)]
#[template(path = "membership/staff_call_new.html")]
struct NewPage {
    page: Page,
    form: Form,
    bodies: Vec<Choice>,
    fellows: Vec<Choice>,
    before: Vec<Choice>,
}

fn fellow_choices() -> Vec<Choice> {
    [
        ("affirmed", FellowQuorumBase::Affirmed),
        ("all", FellowQuorumBase::All),
        ("voters_only", FellowQuorumBase::VotersOnly),
    ]
    .into_iter()
    .map(|(value, base)| Choice::new(value, base.sentence()))
    .collect()
}

fn before(c: &mut Conn, now: Utc) -> AppResult<Vec<Choice>> {
    let choice = |title: String| Choice::new(title.clone(), title);
    Ok(elections_before(c, now)?.into_iter().map(choice).collect())
}

async fn new_page(ctx: Ctx, _actor: Actor) -> PageResult {
    let form = Form::filled([
        ("affirm", "yes"),
        ("fellows", "affirmed"),
        ("authority", "Bylaws, sections 4.2, 4.10"),
    ]);
    show_new(&ctx, form).await
}

async fn show_new(ctx: &Ctx, form: Form) -> PageResult {
    let now = ctx.now();
    let (bodies, before) = ctx.app().read(move |c| Ok((bodies::all(c)?, before(c, now)?))).await?;
    let bodies = bodies.into_iter().map(|b| Choice::new(b.slug, b.name)).collect();
    let page = ctx.page("Call for a roll").for_form(&form);
    let again = page.has_errors;
    let template = NewPage { page, form, bodies, fellows: fellow_choices(), before };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

/// Reads what date-and-time inputs send, in UTC.
fn parse_instant(text: &str) -> Result<Utc, &'static str> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")
        .ok()
        .filter(|at| (1990..=2200).contains(&chrono::Datelike::year(&at.date())))
        .map(|at| Utc::from_datetime(at.and_utc()))
        .ok_or("Enter day and time in UTC, such as 2026-08-25T14:00.")
}

struct Wish {
    body: String,
    title: String,
    authority: String,
    from: Utc,
    cutoff: Utc,
    record: Utc,
    affirm: bool,
    fellows: FellowQuorumBase,
    waivers: Vec<String>,
}

impl Wish {
    fn parse(form: &Form) -> Result<Self, FieldErrors> {
        let mut check = Check::new(form);
        let body = check.text("body", 60, "Choose the body.");
        let title = check.text("title", 120, "Enter what is voted on, for example Board election 2026.");
        let authority = check.text("authority", 200, "Name the document and section the rule comes from.");
        let from = check.field("from", parse_instant);
        let cutoff = check.field("cutoff", parse_instant);
        let record = check.field("record", parse_instant);
        let fellows = check.field("fellows", |text| match text {
            "all" => Ok(FellowQuorumBase::All),
            "affirmed" => Ok(FellowQuorumBase::Affirmed),
            "voters_only" => Ok(FellowQuorumBase::VotersOnly),
            _ => Err("Choose how members for life count."),
        });
        if let (Some(from), Some(cutoff)) = (from, cutoff)
            && cutoff <= from
        {
            check.add("cutoff", "The cut-off must come after the beginning.");
        }
        let waivers: Vec<String> = form.all("waiver").take(20).map(str::to_owned).collect();
        let affirm = form.has("affirm", "yes");
        let errors = check.errors();
        match (body, title, authority, from, cutoff, record, fellows) {
            (
                Some(body),
                Some(title),
                Some(authority),
                Some(from),
                Some(cutoff),
                Some(record),
                Some(fellows),
            ) if errors.is_empty() => {
                Ok(Self { body, title, authority, from, cutoff, record, affirm, fellows, waivers })
            }
            _ => Err(errors),
        }
    }
}

async fn create(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&[
        "body",
        "title",
        "authority",
        "from",
        "cutoff",
        "record",
        "affirm",
        "fellows",
        "waiver",
    ])?;
    let wish = match Wish::parse(&form) {
        Ok(wish) => wish,
        Err(errors) => return show_new(&ctx, form.with(errors)).await,
    };
    let (app, now, by) = (ctx.app().clone(), ctx.now(), By::new(&ctx, &actor));
    let id = app.public_id()?;
    let to = format!("/staff/membership/calls/{id}");
    ctx.app()
        .write(move |c| {
            let body = bodies::by_slug(c, &wish.body)?;
            let mut rule = preset::rule_for(c, &body.name)?;
            rule.affirmation = wish.affirm.then_some(AffirmationPolicy { waived_if_voted: true });
            rule.fellows = wish.fellows;
            let new = NewCall {
                public_id: id.clone(),
                body: body.id,
                election: None,
                title: &wish.title,
                rule: JsonText::of(&rule)?,
                authority: &wish.authority,
                affirm_from: wish.from,
                cutoff_at: wish.cutoff,
                record_at: wish.record,
                waivers: JsonText::of(&wish.waivers)?,
            };
            voting::add_call(c, &new, now)?;
            let details = json!({ "body": body.slug, "title": wish.title, "cutoff": wish.cutoff, "record": wish.record });
            audit::append(c, &by.act("membership.call", format!("call {id}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The call is open; members see it on their page.")))
}
