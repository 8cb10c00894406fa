//! The nominee's page: the statement, what is acknowledged, accepting, declining, withdrawing.

use actix_web::web;
use askama::Template;
use folkmoot_governance::Explain;
use folkmoot_store::nominations::{Nomination, NominationState, Review};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, accounts, nominations};

use super::announce;
use super::nominate::{BODY, waits};
use super::own_acts as acts;
use super::respond::{Words, words_of};
use super::rules::Call;
use super::statement::{MOST_AFFILIATIONS, Preview, RELATIONS, Shown, Statement, Tick, headings};
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::http::session::Actor;
use crate::http::{Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/nominations/{nomination}", Access::SignedIn, show),
        Route::post("/nominations/{nomination}", Access::SignedIn, acts::save).body_limit(BODY),
        Route::post("/nominations/{nomination}/decline", Access::SignedIn, acts::decline),
        Route::post("/nominations/{nomination}/withdraw", Access::SignedIn, acts::withdraw),
        Route::post("/nominations/{nomination}/clarify", Access::SignedIn, acts::clarify),
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
    pub(super) share: String,
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
            share: format!("share-{number}"),
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
pub(super) struct OwnPage {
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
    preview: Option<Preview>,
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
pub(super) fn editable(nomination: &Nomination, call: &Call, now: Utc) -> bool {
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
pub(super) fn can_withdraw(nomination: &Nomination, call: &Call, now: Utc) -> bool {
    nomination.state == NominationState::Accepted
        && call.prepared.election.closes_at.is_none_or(|end| now < end)
}

fn own_page(
    conn: &mut Conn,
    page: Page,
    call: &Call,
    nomination: &Nomination,
    (form, preview): (Form, Option<Preview>),
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
        // Whoever previews goes on from the text they began with.
        revision: form.value("revision").parse().unwrap_or(nomination.revision),
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
    let page = load(&ctx, &actor, &path, None, None).await?;
    ctx.show(&page)
}

/// The page of this person's nomination, with a form as typed or as kept.
pub(super) async fn load(
    ctx: &Ctx,
    actor: &Actor,
    id: &str,
    form: Option<Form>,
    preview: Option<Preview>,
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
