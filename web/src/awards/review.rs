//! The review board: the queue, one nomination with its evidence, the discussion, and the vote of a member.

use std::collections::BTreeSet;

use actix_web::web;
use askama::Template;
use folkmoot_governance::Explain;
use folkmoot_store::awards::nominations::{self, NominationState};
use folkmoot_store::awards::review::{self as votes, Outcome, VoteChoice};
use folkmoot_store::awards::rounds::{self, Round, RoundState};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, accounts, audit};
use serde_json::json;

use super::board::{self, Case, Seat};
use super::decide;
use super::nominate::paragraphs;
use super::programme::{Award, KnownRule, id_of};
use super::verdict::Compared;
use crate::approvals::By;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{day, when};
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let signed_in = Access::SignedIn;
    vec![
        Route::get("/awards/review/{award}", signed_in, queue),
        Route::get("/awards/review/{award}/nominations/{nomination}", signed_in, one),
        Route::post("/awards/review/{award}/nominations/{nomination}/vote", signed_in, vote),
        Route::post("/awards/review/{award}/nominations/{nomination}/recusal", signed_in, recuse),
        Route::post("/awards/review/{award}/nominations/{nomination}/comments", signed_in, comment),
    ]
}

struct Line {
    href: String,
    people: String,
    received: String,
    note: String,
    state: &'static str,
    tag: &'static str,
}

struct Group {
    label: String,
    path: String,
    state: String,
    utc: String,
    words: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "awards/queue.html")]
struct QueuePage {
    page: Page,
    award: Award,
    is_chair: bool,
    criteria: Vec<String>,
    rule: String,
    groups: Vec<Group>,
    decided: Vec<(String, String, String)>,
}

/// How a round stands, in words.
pub(super) fn round_words(round: &Round, now: Utc) -> String {
    match round.state {
        RoundState::Open => match round.cutoff_at {
            Some(at) => format!("Takes nominations until {}", when(at)),
            None => "Takes nominations until the chair puts them to the vote".into(),
        },
        RoundState::Review => match round.review_until {
            Some(end) if end <= now => "Waits for a rule: the votes are in".into(),
            Some(end) => format!("Votes are taken until {}", when(end)),
            None => "Votes are taken".into(),
        },
        RoundState::Decided => {
            format!("Decided; announced {}", round.announce_at.map(when).unwrap_or_default())
        }
        RoundState::Announced => format!("Announced {}", round.announced_at.map(day).unwrap_or_default()),
    }
}

fn standing_words(choice: Option<VoteChoice>, takes_votes: bool) -> (&'static str, &'static str) {
    match choice {
        Some(VoteChoice::Yes) => ("You: for", "good"),
        Some(VoteChoice::No) => ("You: against", "bad"),
        Some(VoteChoice::Abstain) => ("You: abstain", ""),
        Some(VoteChoice::Recused) => ("You stepped aside", ""),
        None if takes_votes => ("Your vote is missing", "warn"),
        None => ("No vote of yours", ""),
    }
}

async fn queue(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, now) = (path.into_inner(), ctx.now());
    let template = {
        let page = ctx.page("Review");
        ctx.app().read(move |c| read_queue(c, page, &slug, &actor, now)).await?
    };
    ctx.show(&template)
}

fn read_queue(conn: &mut Conn, mut page: Page, slug: &str, actor: &Actor, now: Utc) -> AppResult<QueuePage> {
    let Seat { award, person, is_chair, .. } = board::seat(conn, slug, actor, now)?;
    page.title = format!("Review: {}", award.row.name);
    let all = rounds::of_programme(conn, award.row.id)?;
    let me = BTreeSet::from([person]);
    let mut groups: Vec<Group> = Vec::new();
    for case in Case::active(conn, &award)? {
        let Some(round) = board::round_of(&award, &case, &all) else { continue };
        // Who is nominated is not told so.
        if case.nominated_members(conn, &me)?.contains(&person) {
            continue;
        }
        let line = line(conn, &award, &round, &case, person, now)?;
        match groups.iter_mut().find(|g| g.label == round.label) {
            Some(group) => group.lines.push(line),
            None => groups.push(Group {
                label: round.label.clone(),
                path: round.path(),
                state: round_words(&round, now),
                utc: round.review_until.map(|at| at.to_string()).unwrap_or_default(),
                words: round.review_until.map(when).unwrap_or_default(),
                lines: vec![line],
            }),
        }
    }
    groups.sort_by_key(|g| all.iter().position(|r| r.label == g.label));
    let decided = all
        .iter()
        .rev()
        .filter(|r| matches!(r.state, RoundState::Decided | RoundState::Announced))
        .take(12)
        .map(|r| (r.path(), r.label.clone(), round_words(r, now)))
        .collect();
    let rule = award.adopted(conn)?.map(|r| r.policy.sentence()).unwrap_or_default();
    let criteria = paragraphs(&award.settings.criteria);
    Ok(QueuePage { page, award, is_chair, criteria, rule, groups, decided })
}

fn line(
    conn: &mut Conn,
    award: &Award,
    round: &Round,
    case: &Case,
    person: PersonId,
    now: Utc,
) -> AppResult<Line> {
    let said = board::said(conn, round, case.nomination.id, person)?;
    let (state, tag) = standing_words(said.map(|(c, _)| c), round.takes_votes(now));
    Ok(Line {
        href: format!("/awards/review/{}/nominations/{}", award.row.slug, case.nomination.public_id),
        people: case.people(),
        received: day(case.nomination.created_at),
        note: carried_words(award, case, round),
        state,
        tag,
    })
}

/// "Carried over for 2 rounds, considered until 2022 Q4."
fn carried_words(award: &Award, case: &Case, round: &Round) -> String {
    let supports = match case.supports.len() {
        0 | 1 => String::new(),
        n => format!(" Nominated by {n}."),
    };
    match &award.settings.calendar {
        Some(_) => format!("{}{supports}", case.standing(award, id_of(round)).sentence()),
        None => supports.trim_start().to_owned(),
    }
}

struct Evidence {
    author: String,
    at: String,
    round: String,
    citation: String,
    accomplishments: Vec<String>,
    links: Vec<String>,
    referees: Vec<String>,
}

struct Said {
    name: String,
    choice: &'static str,
    rationale: String,
    at: String,
}

#[derive(Template)]
#[template(path = "awards/review.html")]
struct ReviewPage {
    page: Page,
    form: Form,
    award: Award,
    is_chair: bool,
    path: String,
    people: Vec<(String, String)>,
    team: String,
    citation: String,
    note: String,
    criteria: Vec<String>,
    evidence: Vec<Evidence>,
    round: Option<(String, String)>,
    takes_votes: bool,
    is_recused: bool,
    own: &'static str,
    tally: String,
    verdicts: Vec<Compared>,
    said: Vec<Said>,
    comments: Vec<(String, String, Vec<String>)>,
    history: Vec<(String, String)>,
    options: Vec<Choosable>,
    is_author: bool,
}

struct Choosable {
    value: &'static str,
    label: &'static str,
    hint: &'static str,
}

fn options() -> Vec<Choosable> {
    vec![
        Choosable { value: "yes", label: "For", hint: "" },
        Choosable { value: "no", label: "Against", hint: "" },
        Choosable { value: "abstain", label: "Abstain", hint: "" },
    ]
}

/// A nomination that this member may see; what is about the member does not exist for them.
pub(super) fn case_for(conn: &mut Conn, seat: &Seat, id: &str) -> AppResult<Case> {
    let id = PublicId::parse(id).ok_or_else(AppError::not_found)?;
    let row = nominations::by_public_id(conn, seat.award.row.id, &id)?;
    let found = Case::of(conn, vec![row])?.pop().ok_or_else(AppError::not_found)?;
    let about = found.nominated_members(conn, &BTreeSet::from([seat.person]))?;
    if about.contains(&seat.person) { Err(AppError::not_found()) } else { Ok(found) }
}

/// The round in which votes on a nomination are taken at `now`.
fn voting_round(conn: &mut Conn, seat: &Seat, case: &Case, now: Utc) -> AppResult<Round> {
    let all = rounds::of_programme(conn, seat.award.row.id)?;
    let active = case.nomination.state == NominationState::Active;
    let round = board::round_of(&seat.award, case, &all).filter(|r| active && r.takes_votes(now));
    round.ok_or_else(|| {
        AppError::conflict("The review of this round has ended; its votes cannot be changed any more.")
    })
}

async fn one(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>) -> PageResult {
    show(&ctx, actor, path.into_inner(), None).await
}

async fn show(ctx: &Ctx, actor: Actor, (slug, id): (String, String), form: Option<Form>) -> PageResult {
    let (now, page) = (ctx.now(), ctx.page("Review"));
    let again = form.as_ref().is_some_and(|f| !f.errors.is_empty());
    let template = ctx
        .app()
        .read(move |c| {
            let seat = board::seat(c, &slug, &actor, now)?;
            let case = case_for(c, &seat, &id)?;
            read_one(c, page, &seat, &case, form, now)
        })
        .await?;
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

fn read_one(
    conn: &mut Conn,
    mut page: Page,
    seat: &Seat,
    case: &Case,
    form: Option<Form>,
    now: Utc,
) -> AppResult<ReviewPage> {
    let award = &seat.award;
    page.title = format!("Review: {}", case.people());
    let all = rounds::of_programme(conn, award.row.id)?;
    let granted = case.nomination.granted_in.and_then(|id| all.iter().find(|r| r.id == id).cloned());
    let round = match granted {
        Some(round) => Some(round),
        None if case.nomination.state == NominationState::Active => board::round_of(award, case, &all),
        None => None,
    };
    let own = match &round {
        Some(round) => board::said(conn, round, case.nomination.id, seat.person)?,
        None => None,
    };
    let is_recused = own.as_ref().is_some_and(|(c, _)| *c == VoteChoice::Recused);
    let has_voted = own.is_some() && !is_recused;
    let takes_votes = round.as_ref().is_some_and(|r| r.takes_votes(now))
        && case.nomination.state == NominationState::Active;
    let form = form.unwrap_or_else(|| match &own {
        Some((choice, rationale)) => {
            Form::filled([("choice", choice.as_str()), ("rationale", rationale.as_str())])
        }
        None => Form::empty(),
    });
    let page = page.for_form(&form);
    // Others' votes are shown to who has spoken, or when nothing can be changed any more.
    let open = !is_recused && (has_voted || !takes_votes);
    let rules = award.rules(conn)?;
    let (tally, verdicts, said) = match &round {
        Some(round) if open => {
            let tally = decide::tally(conn, award, round, case, now)?;
            let rules = fixed(&rules, round);
            (tally.words(), tally.compared(&rules)?, said(conn, round, case)?)
        }
        _ => (String::new(), Vec::new(), Vec::new()),
    };
    Ok(ReviewPage {
        page,
        form,
        is_chair: seat.is_chair,
        path: format!("/awards/review/{}/nominations/{}", award.row.slug, case.nomination.public_id),
        people: case.nominees.iter().map(|n| (n.name.clone(), n.email.clone())).collect(),
        team: case.nomination.team.clone(),
        citation: case.nomination.citation.clone(),
        note: round.as_ref().map(|r| carried_words(award, case, r)).unwrap_or_default(),
        criteria: paragraphs(&award.settings.criteria),
        evidence: evidence(award, case),
        round: round.as_ref().map(|r| (r.label.clone(), round_words(r, now))),
        takes_votes,
        is_recused,
        own: standing_words(own.map(|(c, _)| c), takes_votes).0,
        tally,
        verdicts,
        said,
        comments: if is_recused { Vec::new() } else { discussion(conn, case)? },
        history: history(conn, case)?,
        options: options(),
        is_author: case.supports.iter().any(|(s, _)| s.person_id == Some(seat.person)),
        award: award.clone(),
    })
}

/// The rules to compare; the one that was fixed for the round is the binding one, whatever was adopted since.
fn fixed(rules: &[KnownRule], round: &Round) -> Vec<KnownRule> {
    let Some(id) = round.rule_id else { return rules.to_vec() };
    rules
        .iter()
        .cloned()
        .map(|mut rule| {
            if rule.row.id == id {
                rule.row.superseded_at = None;
            } else if rule.row.is_adopted() {
                rule.row.adopted_at = None;
            }
            rule
        })
        .collect()
}

fn evidence(award: &Award, case: &Case) -> Vec<Evidence> {
    case.supports
        .iter()
        .map(|(s, round)| Evidence {
            author: if award.settings.show_authors { s.author_name.clone() } else { String::new() },
            at: day(s.created_at),
            round: award.label(*round),
            citation: s.citation.clone(),
            accomplishments: paragraphs(&s.accomplishments),
            links: paragraphs(&s.links),
            referees: paragraphs(&s.referees),
        })
        .collect()
}

fn names(conn: &mut Conn, ids: &[PersonId]) -> AppResult<Vec<(PersonId, String)>> {
    Ok(accounts::persons_with(conn, ids)?.into_iter().map(|p| (p.id, p.preferred_name)).collect())
}

fn named(names: &[(PersonId, String)], id: PersonId) -> String {
    names.iter().find(|(n, _)| *n == id).map(|(_, name)| name.clone()).unwrap_or_default()
}

fn said(conn: &mut Conn, round: &Round, case: &Case) -> AppResult<Vec<Said>> {
    let all = votes::votes(conn, round.id, &[case.nomination.id])?;
    let ids: Vec<PersonId> = all.iter().map(|v| v.person_id).collect();
    let names = names(conn, &ids)?;
    Ok(all
        .into_iter()
        .map(|v| Said {
            name: named(&names, v.person_id),
            choice: match v.choice {
                VoteChoice::Yes => "For",
                VoteChoice::No => "Against",
                VoteChoice::Abstain => "Abstains",
                VoteChoice::Recused => "Stepped aside",
            },
            rationale: v.rationale,
            at: when(v.changed_at),
        })
        .collect())
}

fn discussion(conn: &mut Conn, case: &Case) -> AppResult<Vec<(String, String, Vec<String>)>> {
    let all = votes::comments(conn, case.nomination.id)?;
    let ids: Vec<PersonId> = all.iter().map(|v| v.person_id).collect();
    let names = names(conn, &ids)?;
    Ok(all
        .into_iter()
        .map(|m| (named(&names, m.person_id), when(m.created_at), paragraphs(&m.body)))
        .collect())
}

fn history(conn: &mut Conn, case: &Case) -> AppResult<Vec<(String, String)>> {
    let lines = votes::history(conn, case.nomination.id)?.into_iter().map(|(d, round)| {
        let outcome = match d.outcome {
            Outcome::Granted => "granted",
            Outcome::CarriedOver => "carried over",
            Outcome::Expired => "ended",
        };
        let numbers = format!("{}–{}–{}", d.votes_for, d.votes_against, d.abstentions);
        (round.label, format!("{outcome}, {numbers} of {} members", d.members))
    });
    Ok(lines.collect())
}

async fn vote(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["choice", "rationale"])?;
    let target = path.into_inner();
    let mut check = Check::new(&form);
    let choice = check.field("choice", |t| match t {
        "yes" => Ok(VoteChoice::Yes),
        "no" => Ok(VoteChoice::No),
        "abstain" => Ok(VoteChoice::Abstain),
        _ => Err("Choose for, against or abstain."),
    });
    let rationale = check.optional_text("rationale", 2000);
    let (Some(choice), Some(rationale)) = (choice, rationale) else {
        let errors = check.errors();
        return show(&ctx, actor, target, Some(form.with(errors))).await;
    };
    let (now, by, (slug, id)) = (ctx.now(), By::new(&ctx, &actor), target);
    let to = format!("/awards/review/{slug}/nominations/{id}");
    ctx.app()
        .write(move |c| {
            let seat = board::seat(c, &slug, &actor, now)?;
            let case = case_for(c, &seat, &id)?;
            let round = voting_round(c, &seat, &case, now)?;
            let own = board::said(c, &round, case.nomination.id, seat.person)?;
            if own.is_some_and(|(c, _)| c == VoteChoice::Recused) {
                return Err(AppError::conflict("You stepped aside. Take part again before you vote."));
            }
            votes::cast(c, case.nomination.id, round.id, seat.person, choice, &rationale, now)?;
            // That somebody voted is in the log; how is in the votes.
            let object = format!("award nomination {}", case.nomination.public_id);
            audit::append(c, &by.act("award.vote", object, json!({ "round": round.path() })), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx
        .redirect_with(&to, &Flash::good("Your vote is recorded. You can change it until the review ends.")))
}

async fn recuse(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["act", "reason"])?;
    let aside = match form.value("act") {
        "aside" => true,
        "back" => false,
        _ => return Err(FieldErrors::one("act", "Choose to step aside or to take part again.").into()),
    };
    let mut check = Check::new(&form);
    let Some(reason) = check.optional_text("reason", 1000) else {
        return Err(check.errors().into());
    };
    let (now, by, (slug, id)) = (ctx.now(), By::new(&ctx, &actor), path.into_inner());
    let to = format!("/awards/review/{slug}/nominations/{id}");
    ctx.app()
        .write(move |c| {
            let seat = board::seat(c, &slug, &actor, now)?;
            let case = case_for(c, &seat, &id)?;
            let round = voting_round(c, &seat, &case, now)?;
            if aside {
                let choice = VoteChoice::Recused;
                votes::cast(c, case.nomination.id, round.id, seat.person, choice, &reason, now)?;
            } else {
                let own = board::said(c, &round, case.nomination.id, seat.person)?;
                if own.is_none_or(|(c, _)| c != VoteChoice::Recused) {
                    return Err(AppError::conflict("You did not step aside."));
                }
                votes::take_back(c, case.nomination.id, round.id, seat.person)?;
            }
            let object = format!("award nomination {}", case.nomination.public_id);
            let details = json!({ "round": round.path(), "aside": aside });
            audit::append(c, &by.act("award.recusal", object, details), now)?;
            Ok(())
        })
        .await?;
    let words = if aside { "You stepped aside." } else { "You take part again." };
    Ok(ctx.redirect_with(&to, &Flash::good(words)))
}

async fn comment(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["body"])?;
    let target = path.into_inner();
    let mut check = Check::new(&form);
    let Some(body) = check.text("body", 4000, "Write your comment.") else {
        let errors = check.errors();
        return show(&ctx, actor, target, Some(form.with(errors))).await;
    };
    let (now, by, (slug, id)) = (ctx.now(), By::new(&ctx, &actor), target);
    let to = format!("/awards/review/{slug}/nominations/{id}");
    ctx.app()
        .write(move |c| {
            let seat = board::seat(c, &slug, &actor, now)?;
            let case = case_for(c, &seat, &id)?;
            let round = voting_round(c, &seat, &case, now)?;
            let own = board::said(c, &round, case.nomination.id, seat.person)?;
            if own.is_some_and(|(c, _)| c == VoteChoice::Recused) {
                return Err(AppError::conflict("You stepped aside and take no part in the discussion."));
            }
            votes::comment(c, case.nomination.id, seat.person, &body, now)?;
            let object = format!("award nomination {}", case.nomination.public_id);
            audit::append(c, &by.act("award.comment", object, json!({})), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("Your comment is kept; only the body reads it.")))
}
