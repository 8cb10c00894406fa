//! One nomination as a member of the deciding body sees it.

use actix_web::web;
use askama::Template;
use folkmoot_store::awards::nominations::NominationState;
use folkmoot_store::awards::review::{self as votes, Outcome, VoteChoice};
use folkmoot_store::awards::rounds::{self, Round};
use folkmoot_store::{Conn, PersonId, Utc, accounts};

use super::{carried_words, case_for, round_words, standing_words};
use crate::awards::board::{self, Case, Seat};
use crate::awards::nominate::paragraphs;
use crate::awards::programme::{Award, KnownRule};
use crate::awards::verdict::Compared;
use crate::awards::{decide, join};
use crate::error::AppResult;
use crate::http::session::Actor;
use crate::http::when::{day, when};
use crate::http::{Ctx, Form, Page, PageResult};

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
    /// The nomination that this one became part of.
    went_into: Option<(String, String)>,
    /// Nominations that became part of this one.
    came_from: Vec<(String, String)>,
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

pub(super) async fn one(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>) -> PageResult {
    show(&ctx, actor, path.into_inner(), None).await
}

pub(super) async fn show(
    ctx: &Ctx,
    actor: Actor,
    (slug, id): (String, String),
    form: Option<Form>,
) -> PageResult {
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
        went_into: join::went_into(conn, seat, case)?,
        came_from: join::came_from(conn, seat, case)?,
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
