//! The nominee's page: the statement, what is acknowledged, accepting, declining, withdrawing.

use actix_web::web;
use askama::Template;
use folkmoot_governance::Explain;
use folkmoot_governance::nomination::CandidacyProblem;
use folkmoot_store::nominations::{Nomination, NominationState, Review};
use folkmoot_store::{Conn, JsonText, PersonId, PublicId, Utc, accounts, audit, nominations};
use serde_json::json;

use super::mail::{self, Notice};
use super::nominate::{BODY, waits};
use super::respond::{self, Words, words_of};
use super::rules::Call;
use super::statement::{MOST_AFFILIATIONS, RELATIONS, Shown, Statement, Tick, headings, text, ticks};
use super::{announce, respond::tie};
use crate::app::App;
use crate::auth::email;
use crate::elections::preparation::candidates;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/nominations/{nomination}", Access::SignedIn, show),
        Route::post("/nominations/{nomination}", Access::SignedIn, save).body_limit(BODY),
        Route::post("/nominations/{nomination}/decline", Access::SignedIn, decline),
        Route::post("/nominations/{nomination}/withdraw", Access::SignedIn, withdraw),
        Route::post("/nominations/{nomination}/clarify", Access::SignedIn, clarify),
    ]
}

/// The nomination of this person at this address. Every verified address counts.
pub(super) fn mine(conn: &mut Conn, person: PersonId, id: &PublicId) -> AppResult<Nomination> {
    let nomination = nominations::by_public_id(conn, id)?;
    let own = match nomination.person_id {
        Some(linked) => linked == person,
        None => lookups(conn, person)?.contains(&nomination.lookup),
    };
    if own { Ok(nomination) } else { Err(AppError::not_found()) }
}

/// Verified addresses of a person, in lower case.
pub(super) fn lookups(conn: &mut Conn, person: PersonId) -> AppResult<Vec<String>> {
    let all = accounts::addresses_of(conn, person)?;
    Ok(all.into_iter().filter(|a| a.verified_at.is_some()).map(|a| a.lookup).collect())
}

pub(super) struct SectionField {
    pub(super) name: String,
    pub(super) heading: String,
}

pub(super) struct AffiliationField {
    pub(super) number: usize,
    pub(super) organisation: String,
    pub(super) relation: String,
}

pub(super) struct RelationChoice {
    pub(super) value: &'static str,
    pub(super) label: &'static str,
}

struct Acknowledge {
    field: String,
    text: String,
    hint: &'static str,
}

/// The fields of a statement; shared by the nominee and those who write with them.
pub(super) struct Fields {
    pub(super) sections: Vec<SectionField>,
    pub(super) affiliations: Vec<AffiliationField>,
    pub(super) relations: Vec<RelationChoice>,
    pub(super) most: u32,
}

impl Fields {
    pub(super) fn of(call: &Call) -> Self {
        let policy = &call.rules.statement;
        let section = |(i, heading)| SectionField { name: format!("section-{}", i + 1), heading };
        let affiliation = |number| AffiliationField {
            number,
            organisation: format!("organisation-{number}"),
            relation: format!("relation-{number}"),
        };
        let mut relations = vec![RelationChoice { value: "", label: "Choose" }];
        relations.extend(RELATIONS.iter().map(|(value, label, _)| RelationChoice { value, label }));
        Self {
            sections: headings(policy).into_iter().enumerate().map(section).collect(),
            affiliations: (1..=MOST_AFFILIATIONS).map(affiliation).collect(),
            relations,
            most: policy.limit_bytes,
        }
    }
}

#[derive(Template)]
#[template(path = "nominations/own.html")]
struct OwnPage {
    page: Page,
    form: Form,
    id: String,
    slug: String,
    title: String,
    state: &'static str,
    state_kind: &'static str,
    is_self: bool,
    answerable: bool,
    editable: bool,
    can_withdraw: bool,
    withdraw_words: &'static str,
    until_utc: String,
    until_words: String,
    fields: Fields,
    acknowledgements: Vec<Acknowledge>,
    words: Vec<Words>,
    texts: Vec<Shown>,
    affiliations: Vec<String>,
    availability: String,
    preview: Vec<Shown>,
    missing: Vec<String>,
    bytes: u64,
    revision: i64,
    portrait: String,
    clarification: String,
    clarification_answer: String,
    asks: bool,
    ineligible: String,
    questions: Vec<super::questions::ForCandidate>,
    page_href: String,
    announce: String,
}

fn state_words(nomination: &Nomination, call: &Call, now: Utc) -> (&'static str, &'static str) {
    use NominationState as S;
    match nomination.state {
        S::Invited if waits(nomination, call, now) && nomination.is_self => ("Not sent yet", "warn"),
        S::Invited if waits(nomination, call, now) => ("Waits for your answer", "warn"),
        S::Invited | S::Expired => ("Expired", ""),
        S::Accepted if announce::stands(nomination) && call.rules.carried => {
            ("You stand for election", "good")
        }
        S::Accepted if call.rules.carried => ("You do not stand", "bad"),
        S::Accepted => ("Accepted", "good"),
        S::Declined => ("Declined", ""),
        S::Withdrawn => ("Withdrawn", ""),
        S::Merged => ("Part of another nomination of yours", ""),
    }
}

/// Whether the nominee can change the texts at `now`: until the cut-off, and later only while an officer waits for
/// something to be made clear.
fn editable(nomination: &Nomination, call: &Call, now: Utc) -> bool {
    if nomination.frozen_at.is_some() || call.is_released() || now >= call.dates.announce {
        return false;
    }
    match nomination.state {
        NominationState::Invited => waits(nomination, call, now),
        NominationState::Accepted => now < call.dates.accept || asks(nomination),
        _ => false,
    }
}

fn asks(nomination: &Nomination) -> bool {
    nomination.clarification_asked_at.is_some() && nomination.clarified_at.is_none()
}

/// Until when somebody can withdraw: until the vote is over.
fn can_withdraw(nomination: &Nomination, call: &Call, now: Utc) -> bool {
    nomination.state == NominationState::Accepted
        && call.prepared.election.closes_at.is_none_or(|end| now < end)
}

fn own_page(
    conn: &mut Conn,
    page: Page,
    call: &Call,
    nomination: &Nomination,
    (form, preview): (Form, Vec<Shown>),
    (app, now): (&App, Utc),
) -> AppResult<OwnPage> {
    let statement: Statement = nomination.statement.parse()?;
    let (state, state_kind) = state_words(nomination, call, now);
    let problems = call.problems(conn, nomination, true, now)?;
    let until = match nomination.state {
        NominationState::Accepted => call.dates.accept,
        _ => call.dates.answer_by(nomination),
    };
    let announced = call.is_announced(conn, now)?;
    let acknowledge = |(i, a): (usize, &folkmoot_governance::nomination::Acknowledgement)| Acknowledge {
        field: format!("ack-{}", i + 1),
        text: a.text.clone(),
        hint: if a.required { "" } else { "You need not tick this." },
    };
    Ok(OwnPage {
        page,
        id: nomination.public_id.to_string(),
        slug: call.slug().to_owned(),
        title: call.title().to_owned(),
        state,
        state_kind,
        is_self: nomination.is_self,
        answerable: waits(nomination, call, now),
        editable: editable(nomination, call, now),
        can_withdraw: can_withdraw(nomination, call, now),
        withdraw_words: consequence(call, announced),
        until_utc: until.to_string(),
        until_words: crate::http::when::when(until),
        fields: Fields::of(call),
        acknowledgements: call.rules.acknowledgements.iter().enumerate().map(acknowledge).collect(),
        words: words_of(conn, nomination)?,
        texts: statement.shown(),
        affiliations: statement.affiliation_words(),
        availability: statement.availability.clone(),
        preview,
        missing: problems.iter().map(Explain::sentence).collect(),
        bytes: statement.bytes(),
        revision: nomination.revision,
        portrait: nomination.portrait.clone().unwrap_or_default(),
        clarification: nomination.clarification.clone(),
        clarification_answer: nomination.clarification_answer.clone(),
        asks: asks(nomination),
        ineligible: if announced && nomination.review == Review::Ineligible {
            nomination.review_reason.clone()
        } else {
            String::new()
        },
        questions: super::questions::for_candidate(conn, call, nomination, announced)?,
        page_href: if announced && announce::stands(nomination) {
            format!("/elections/{}/candidates/{}", call.slug(), nomination.handle)
        } else {
            String::new()
        },
        announce: app.when(call.dates.announce),
        form,
    })
}

/// What withdrawing brings in this phase.
fn consequence(call: &Call, announced: bool) -> &'static str {
    let has_box = call.prepared.election.election_json.is_some();
    match (announced, has_box) {
        (false, _) => "Nobody is told that you were nominated.",
        (true, false) => "Your page says that you have withdrawn, and you are not on the ballot.",
        (true, true) => {
            "The ballot is fixed: your name stays on it, marked as withdrawn, and you are passed over when seats are given."
        }
    }
}

fn filled(call: &Call, nomination: &Nomination) -> AppResult<Form> {
    let statement: Statement = nomination.statement.parse()?;
    let ticked: Vec<Tick> = nomination.acknowledged.parse()?;
    let mut values = statement.fields(&call.rules.statement);
    values.push(("name".into(), nomination.name.clone()));
    for (i, one) in call.rules.acknowledgements.iter().enumerate() {
        if ticked.iter().any(|t| t.name == one.name) {
            values.push((format!("ack-{}", i + 1), "yes".into()));
        }
    }
    Ok(Form::filled(values))
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let page = load(&ctx, &actor, &path, None, Vec::new()).await?;
    ctx.show(&page)
}

async fn load(
    ctx: &Ctx,
    actor: &Actor,
    id: &str,
    form: Option<Form>,
    preview: Vec<Shown>,
) -> AppResult<OwnPage> {
    let id = PublicId::parse(id).ok_or_else(AppError::not_found)?;
    let (app, person, now) = (ctx.app().clone(), actor.person, ctx.now());
    let page = ctx.page("Your nomination");
    let mut shown = ctx
        .app()
        .read(move |conn| {
            let nomination = mine(conn, person, &id)?;
            let call = Call::by_id(conn, nomination.election_id)?;
            let form = match form.clone() {
                Some(form) => form,
                None => filled(&call, &nomination)?,
            };
            let page = page.clone().for_form(&form);
            own_page(conn, page, &call, &nomination, (form, preview.clone()), (&app, now))
        })
        .await?;
    shown.page.title = format!("Your nomination: {}", shown.title);
    Ok(shown)
}

/// The fields of a statement's form.
pub(super) const STATEMENT_FIELDS: &[&str] = &[
    "name",
    "summary",
    "section-*",
    "links",
    "organisation-*",
    "relation-*",
    "none",
    "availability",
    "revision",
];

async fn save(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let mut names = STATEMENT_FIELDS.to_vec();
    names.extend(["ack-*", "act"]);
    let form = form.only(&names)?;
    let id = path.into_inner();
    let call = call_of(&ctx, &actor, &id).await?;
    let mut check = Check::new(&form);
    let name = check.field("name", |t| email::parse_name(t));
    let statement = Statement::parse(&mut check, &form, &call.rules.statement);
    let errors = check.errors();
    let (Some(name), Some(statement), true) = (name, statement, errors.is_empty()) else {
        let page = load(&ctx, &actor, &id, Some(form.with(errors)), Vec::new()).await?;
        return ctx.show_again(&page);
    };
    let accept = match form.value("act") {
        "preview" => {
            let page = load(&ctx, &actor, &id, Some(form), statement.shown()).await?;
            return ctx.show(&page);
        }
        "accept" => true,
        _ => false,
    };
    let (app, sent, public_id) =
        (ctx.app().clone(), form.clone(), PublicId::parse(&id).ok_or_else(AppError::not_found)?);
    let act = ctx.act(
        if accept { "nomination.accept" } else { "nomination.statement" },
        format!("nomination {id}"),
        json!({}),
    );
    let outcome = ctx
        .app()
        .write(move |conn| {
            let now = app.now();
            let nomination = mine(conn, actor.person, &public_id)?;
            let call = Call::by_id(conn, nomination.election_id)?;
            if !editable(&nomination, &call, now) {
                return Err(AppError::conflict(too_late(&app, &call, &nomination, now)));
            }
            if nomination.person_id.is_none() && tie(conn, &call, &nomination, actor.person, now)? != public_id {
                return Err(AppError::conflict("You are nominated under another address too; both are one now. Look at your nominations."));
            }
            let before: Vec<Tick> = nomination.acknowledged.parse()?;
            let ticked = ticks(&sent, &call.rules.acknowledgements, &before, now);
            nominations::put_acknowledged(conn, nomination.id, &JsonText::of(&ticked)?)?;
            let revision = sent.value("revision").parse().unwrap_or(-1);
            if !nominations::put_statement(conn, nomination.id, revision, &name, &JsonText::of(&statement)?)? {
                return Err(AppError::conflict(
                    "Somebody who writes with you changed the statement meanwhile. Copy your text, open the page again, and put both together.",
                ));
            }
            let nomination = nominations::by_id(conn, nomination.id)?;
            // Whoever stands cannot take away again what standing needs.
            let complete = accept || nomination.state == NominationState::Accepted;
            if let Some(errors) = complete.then(|| lacks(conn, &call, &nomination, &sent, now)).transpose()?.flatten() {
                return Err(AppError::from(errors));
            }
            if accept {
                stand(conn, &app, &call, &nomination, actor.person, now)?;
            }
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await;
    match outcome {
        Ok(()) if accept => Ok(ctx.redirect_with(
            &format!("/nominations/{id}"),
            &Flash::good("You have accepted. Officers look at it; you can change the statement until the end of acceptances."),
        )),
        Ok(()) => Ok(ctx.redirect_with(&format!("/nominations/{id}"), &Flash::good("Your statement is saved."))),
        Err(AppError { kind: crate::error::Kind::Invalid(errors), .. }) => {
            let page = load(&ctx, ctx.actor().ok_or_else(AppError::not_found)?, &id, Some(form.with(errors)), Vec::new()).await?;
            ctx.show_again(&page)
        }
        Err(other) => Err(other),
    }
}

async fn call_of(ctx: &Ctx, actor: &Actor, id: &str) -> AppResult<Call> {
    let id = PublicId::parse(id).ok_or_else(AppError::not_found)?;
    let person = actor.person;
    ctx.app()
        .read(move |conn| {
            let nomination = mine(conn, person, &id)?;
            Call::by_id(conn, nomination.election_id)
        })
        .await
}

fn too_late(app: &App, call: &Call, nomination: &Nomination, now: Utc) -> String {
    if call.is_released() || now >= call.dates.announce {
        return "The texts are frozen. An officer can add a correction with its date.".into();
    }
    let until = app.when(call.dates.answer_by(nomination));
    match nomination.state {
        NominationState::Invited | NominationState::Expired => {
            format!("This nomination could be accepted until {until}. It has expired; you do not stand.")
        }
        NominationState::Accepted => format!(
            "The statement could be changed until {}. If something is wrong, write to {}.",
            app.when(call.dates.accept),
            call.prepared.settings.help
        ),
        _ => "This nomination is not open any more.".into(),
    }
}

/// What the nominee has to mend before accepting; what officers decide about is left to them.
fn lacks(
    conn: &mut Conn,
    call: &Call,
    nomination: &Nomination,
    form: &Form,
    now: Utc,
) -> AppResult<Option<FieldErrors>> {
    let mut errors = FieldErrors::default();
    for problem in call.problems(conn, nomination, true, now)? {
        match &problem {
            CandidacyProblem::NotAcknowledged(name) => {
                let at =
                    call.rules.acknowledgements.iter().position(|a| a.name == *name).map_or(1, |i| i + 1);
                errors.add(format!("ack-{at}"), format!("Tick this to accept: {name}."));
            }
            CandidacyProblem::NoOwnStatement => {
                errors.add("section-1", "Write a statement of your own, however short.")
            }
            CandidacyProblem::AffiliationsNotDeclared => {
                errors.add("none", "Name the organisations you belong to, or tick that there are none.");
            }
            CandidacyProblem::StatementTooLong { .. } => errors.add("section-1", problem.sentence()),
            CandidacyProblem::NoVote | CandidacyProblem::Staff | CandidacyProblem::ServesOn(_) => {
                errors.add("name", format!("You cannot stand. {}", problem.sentence()));
            }
            _ => {}
        }
    }
    if form.value("name").is_empty() {
        errors.add("name", "Enter your name as voters shall read it.");
    }
    Ok((!errors.is_empty()).then_some(errors))
}

/// Accepts: from here on the nominee stands unless officers find against it.
pub(super) fn stand(
    conn: &mut Conn,
    app: &App,
    call: &Call,
    nomination: &Nomination,
    person: PersonId,
    now: Utc,
) -> AppResult<()> {
    if let Some(why) = candidates::conflict(conn, call.id(), person, &nomination.name, now)? {
        return Err(AppError::conflict(why));
    }
    if nomination.state == NominationState::Accepted {
        return Ok(());
    }
    if !waits(nomination, call, now) {
        return Err(AppError::conflict(too_late(app, call, nomination, now)));
    }
    let (from, to) = (NominationState::Invited, NominationState::Accepted);
    if !nominations::change_state(conn, nomination.id, from, to, now)? {
        return Err(AppError::conflict("This nomination was answered meanwhile."));
    }
    let to = mail::to_nominee(conn, nomination)?;
    let notice = Notice {
        kind: "accepted".into(),
        name: nomination.name.clone(),
        heading: "You have accepted your nomination",
        lines: vec![format!(
            "You can change your statement until {}. The candidates are announced {}. You can withdraw at any time.",
            app.when(call.dates.accept),
            app.when(call.dates.announce)
        )],
        path: format!("/nominations/{}", nomination.public_id),
    };
    mail::tell(conn, app, call, &to, notice, now)?;
    Ok(())
}

async fn decline(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let id = PublicId::parse(&path).ok_or_else(AppError::not_found)?;
    let (person, wanted) = (actor.person, id.clone());
    ctx.app().read(move |conn| mine(conn, person, &wanted).map(|_| ())).await?;
    respond::refuse(&ctx, id).await?;
    Ok(ctx.redirect_with("/nominations", &Flash::good(respond::DECLINED)))
}

async fn withdraw(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["sure"])?;
    let id = PublicId::parse(&path).ok_or_else(AppError::not_found)?;
    let back = format!("/nominations/{id}");
    if !form.has("sure", "yes") {
        let words = "Tick the box to withdraw; it cannot be taken back.";
        return Ok(ctx.redirect_with(&back, &Flash::bad(words)));
    }
    let app = ctx.app().clone();
    let act = ctx.act("nomination.withdraw", format!("nomination {id}"), json!({}));
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let nomination = mine(conn, actor.person, &id)?;
            let mut call = Call::by_id(conn, nomination.election_id)?;
            if !can_withdraw(&nomination, &call, now) {
                return Err(AppError::conflict(
                    "You do not stand, or the vote is over; nothing is left to withdraw from.",
                ));
            }
            let (from, to) = (NominationState::Accepted, NominationState::Withdrawn);
            if !nominations::change_state(conn, nomination.id, from, to, now)? {
                return Err(AppError::conflict("This nomination changed meanwhile. Reload the page."));
            }
            announce::withdrawn(conn, &mut call, &nomination)?;
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&back, &Flash::good("You have withdrawn.")))
}

async fn clarify(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["answer"])?;
    let id = PublicId::parse(&path).ok_or_else(AppError::not_found)?;
    let mut check = Check::new(&form);
    let answer = text(&mut check, "answer", 4000).filter(|t| !t.is_empty());
    let errors = check.errors();
    let Some(answer) = answer.filter(|_| errors.is_empty()) else {
        return Ok(ctx.redirect_with(
            &format!("/nominations/{id}"),
            &Flash::bad("Write an answer of at most 4000 characters, in Markdown without HTML."),
        ));
    };
    let app = ctx.app().clone();
    let act = ctx.act("nomination.clarify", format!("nomination {id}"), json!({}));
    let back = format!("/nominations/{id}");
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let nomination = mine(conn, actor.person, &id)?;
            let call = Call::by_id(conn, nomination.election_id)?;
            if call.is_released()
                || now >= call.dates.announce
                || !nominations::clarify(conn, nomination.id, &answer, now)?
            {
                return Err(AppError::conflict("Nothing waits for an answer."));
            }
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&back, &Flash::good("Your answer is sent to the officers.")))
}
