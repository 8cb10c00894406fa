//! What the chair of the deciding body and the deputies do: adopt a rule, put nominations to the vote where there is no calendar,
//! set the instant of the announcement. None of it sets a verdict. Words and withdrawals are in `wording`.

use std::collections::BTreeSet;

use actix_web::web;
use askama::Template;
use folkmoot_governance::Explain;
use folkmoot_store::awards::rounds::{self, Instants, Round, RoundState};
use folkmoot_store::awards::{self, RuleId};
use folkmoot_store::{Conn, Utc, audit};
use serde_json::json;

use super::board::{self, Case};
use super::programme::Award;
use super::public::parse_round;
use super::review::round_words;
use super::{clock, decide};
use crate::approvals::By;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{parse_day, start_of, when};
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let signed_in = Access::SignedIn;
    vec![
        Route::get("/awards/review/{award}/rules", signed_in, rules),
        Route::post("/awards/review/{award}/rules", signed_in, adopt),
        Route::get("/awards/review/{award}/rounds/{round}", signed_in, round_page),
        Route::post("/awards/review/{award}/rounds/{round}/vote", signed_in, put_to_vote),
        Route::post("/awards/review/{award}/rounds/{round}/announcement", signed_in, set_announcement),
    ]
}

struct RuleLine {
    id: i64,
    name: String,
    sentence: String,
    authority: String,
    state: String,
    is_candidate: bool,
}

struct CaseVerdicts {
    people: String,
    tally: String,
    verdicts: Vec<(String, bool)>,
}

#[derive(Template)]
#[template(path = "awards/rules.html")]
struct RulesPage {
    page: Page,
    form: Form,
    award: Award,
    is_chair: bool,
    rules: Vec<RuleLine>,
    heads: Vec<String>,
    cases: Vec<CaseVerdicts>,
}

async fn rules(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    show_rules(&ctx, actor, path.into_inner(), Form::empty()).await
}

async fn show_rules(ctx: &Ctx, actor: Actor, slug: String, form: Form) -> PageResult {
    let now = ctx.now();
    let page = ctx.page("Rules of decision").for_form(&form);
    let again = page.has_errors;
    let template = ctx
        .app()
        .read(move |c| {
            let seat = board::seat(c, &slug, &actor, now)?;
            read_rules(c, page, form, seat, now)
        })
        .await?;
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

fn read_rules(conn: &mut Conn, page: Page, form: Form, seat: board::Seat, now: Utc) -> AppResult<RulesPage> {
    let award = seat.award;
    let known = award.rules(conn)?;
    let rules = known
        .iter()
        .map(|r| RuleLine {
            id: r.row.id.0,
            name: r.policy.name.clone(),
            sentence: r.policy.sentence(),
            authority: r.row.authority.clone(),
            state: match (r.row.adopted_at, r.row.superseded_at) {
                (Some(at), None) => format!("Adopted {} ({})", when(at), r.row.minute),
                (Some(_), Some(at)) => format!("Superseded {}", when(at)),
                (None, _) => "Candidate".to_owned(),
            },
            is_candidate: r.row.adopted_at.is_none(),
        })
        .collect();
    let current: Vec<_> = known.into_iter().filter(|r| r.row.superseded_at.is_none()).collect();
    let all = rounds::of_programme(conn, award.row.id)?;
    let me = BTreeSet::from([seat.person]);
    let mut cases = Vec::new();
    for case in Case::active(conn, &award)? {
        let Some(round) = board::round_of(&award, &case, &all) else { continue };
        let own = board::said(conn, &round, case.nomination.id, seat.person)?;
        let aside = own.is_some_and(|(c, _)| c == awards::review::VoteChoice::Recused);
        if aside || case.nominated_members(conn, &me)?.contains(&seat.person) {
            continue;
        }
        let tally = decide::tally(conn, &award, &round, &case, now)?;
        let mut verdicts = Vec::new();
        for rule in &current {
            verdicts.push((rule.policy.name.clone(), tally.under(&rule.policy)?.passes));
        }
        cases.push(CaseVerdicts { people: case.people(), tally: tally.words(), verdicts });
    }
    let heads = current.iter().map(|r| r.policy.name.clone()).collect();
    Ok(RulesPage { page, form, award, is_chair: seat.is_chair, rules, heads, cases })
}

async fn adopt(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["rule", "minute"])?;
    let slug = path.into_inner();
    let mut check = Check::new(&form);
    let rule = check.field("rule", |t| t.parse::<i64>().map_err(|_| "Choose the rule the body adopted."));
    let minute =
        check.text("minute", 200, "Say where the adoption is written down, for example the minutes.");
    let (Some(rule), Some(minute)) = (rule, minute) else {
        let errors = check.errors();
        return show_rules(&ctx, actor, slug, form.with(errors)).await;
    };
    let (now, by, to) = (ctx.now(), By::new(&ctx, &actor), format!("/awards/review/{slug}/rules"));
    ctx.app()
        .write(move |c| {
            let seat = board::chair(c, &slug, &actor, now)?;
            let id = RuleId(rule);
            if !awards::adopt_rule(c, seat.award.row.id, id, &minute, Some(seat.person), now)? {
                return Err(AppError::conflict("This rule is no candidate of this award."));
            }
            let details = json!({ "rule": rule, "minute": minute });
            audit::append(c, &by.act("award.adopt_rule", format!("award {slug}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The rule is adopted. It decides rounds whose review begins later, and any that waits for a rule.")))
}

#[derive(Template)]
#[template(path = "awards/review_round.html")]
struct RoundPage {
    page: Page,
    form: Form,
    award: Award,
    is_chair: bool,
    path: String,
    state: String,
    rule: String,
    is_open: bool,
    is_decided: bool,
    is_announced: bool,
    announce: String,
    no_calendar: bool,
    resolution: String,
    minutes: String,
    announcement: String,
    granted: Vec<(String, String, String)>,
    carried: usize,
    ended: usize,
}

async fn round_page(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>) -> PageResult {
    show_round(&ctx, actor, path.into_inner(), None).await
}

fn find_round(conn: &mut Conn, award: &Award, text: &str) -> AppResult<Round> {
    rounds::find(conn, award.row.id, parse_round(text)?)?.ok_or_else(AppError::not_found)
}

async fn show_round(
    ctx: &Ctx,
    actor: Actor,
    (slug, round): (String, String),
    form: Option<Form>,
) -> PageResult {
    let (now, page) = (ctx.now(), ctx.page("Round"));
    let again = form.is_some();
    let template = ctx
        .app()
        .read(move |c| {
            let seat = board::seat(c, &slug, &actor, now)?;
            let round = find_round(c, &seat.award, &round)?;
            read_round(c, page, seat, round, form, now)
        })
        .await?;
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

fn read_round(
    conn: &mut Conn,
    mut page: Page,
    seat: board::Seat,
    round: Round,
    form: Option<Form>,
    now: Utc,
) -> AppResult<RoundPage> {
    let award = seat.award;
    page.title = format!("{}, {}", award.row.name, round.label);
    let decided = awards::review::decided_in(conn, round.id)?;
    let count = |outcome| decided.iter().filter(|d| d.outcome == outcome).count();
    let (carried, ended) =
        (count(awards::review::Outcome::CarriedOver), count(awards::review::Outcome::Expired));
    let mut granted = Vec::new();
    let me = BTreeSet::from([seat.person]);
    for grant in decide::granted(conn, &round)? {
        // A member who is to receive the award learns it with everybody else.
        let rows = vec![grant.nomination.clone()];
        let about_me = match Case::of(conn, rows)?.pop() {
            Some(case) => case.nominated_members(conn, &me)?.contains(&seat.person),
            None => false,
        };
        if about_me && round.state != RoundState::Announced {
            return Err(AppError::not_found());
        }
        let page = format!("/awards/review/{}/nominations/{}", award.row.slug, grant.nomination.public_id);
        granted.push((page, grant.people(), grant.nomination.citation.clone()));
    }
    let rule = round.rule_id.map(|id| award.rule(conn, id)).transpose()?;
    let announce_day = round.announce_at.map(|at| at.datetime().format("%Y-%m-%d").to_string());
    let form = form.unwrap_or_else(|| {
        Form::filled([
            ("announce_on", announce_day.clone().unwrap_or_default()),
            ("announcement", round.announcement.clone()),
        ])
    });
    let page = page.for_form(&form);
    Ok(RoundPage {
        page,
        form,
        is_chair: seat.is_chair,
        path: format!("/awards/review/{}/rounds/{}", award.row.slug, round.path()),
        state: round_words(&round, now),
        rule: rule.map(|r| r.policy.sentence()).unwrap_or_default(),
        is_open: round.state == RoundState::Open,
        is_decided: round.state == RoundState::Decided,
        is_announced: round.state == RoundState::Announced,
        announce: round.announce_at.map(when).unwrap_or_default(),
        no_calendar: award.settings.calendar.is_none(),
        resolution: round.resolution,
        minutes: round.minutes,
        announcement: round.announcement,
        granted,
        carried,
        ended,
        award,
    })
}

/// The announcement of a day goes out at 14:00 UTC.
fn announce_on(day: chrono::NaiveDate) -> Utc {
    start_of(day).plus(chrono::TimeDelta::hours(14))
}

async fn put_to_vote(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["review_until", "announce_on"])?;
    let target = path.into_inner();
    let mut check = Check::new(&form);
    let now = ctx.now();
    let until = check.field("review_until", parse_day);
    let announce = check.field("announce_on", parse_day);
    if let (Some(until), Some(announce)) = (until, announce) {
        let end = start_of(until).plus(chrono::TimeDelta::days(1));
        if end <= now.plus(chrono::TimeDelta::hours(1)) {
            check.add("review_until", "The last day of the vote has passed.");
        }
        if announce_on(announce) < end {
            check.add("announce_on", "Announce after the last day of the vote.");
        }
    }
    let errors = check.errors();
    let (Some(until), Some(announce), true) = (until, announce, errors.is_empty()) else {
        return show_round(&ctx, actor, target, Some(form.with(errors))).await;
    };
    let (app, by, (slug, round)) = (ctx.app().clone(), By::new(&ctx, &actor), target);
    let to = format!("/awards/review/{slug}/rounds/{round}");
    ctx.app()
        .write(move |c| {
            let seat = board::chair(c, &slug, &actor, now)?;
            let round = find_round(c, &seat.award, &round)?;
            if seat.award.settings.calendar.is_some() || round.state != RoundState::Open {
                return Err(AppError::conflict("This round is not waiting to be put to the vote."));
            }
            let end = start_of(until).plus(chrono::TimeDelta::days(1));
            let at = announce_on(announce);
            let instants = Instants {
                cutoff: Some(now),
                review_until: Some(end),
                announce: Some(at),
                announce_by: None,
            };
            rounds::set_instants(c, round.id, instants)?;
            let details = json!({ "review_until": end, "announce_at": at });
            let object = format!("award {slug} round {}", round.path());
            audit::append(c, &by.act("award.put_to_vote", object, details), now)?;
            clock::tend_at(c, &app, &seat.award, now)
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The nominations are put to the vote.")))
}

async fn set_announcement(
    ctx: Ctx,
    actor: Actor,
    path: web::Path<(String, String)>,
    form: Form,
) -> PageResult {
    let form = form.only(&["announce_on", "announcement"])?;
    let target = path.into_inner();
    let now = ctx.now();
    let mut check = Check::new(&form);
    let announce = check.field("announce_on", parse_day);
    let text = check.optional_text("announcement", 10_000);
    if announce.is_some_and(|day| announce_on(day) <= now) {
        check.add("announce_on", "Choose a day to come; the announcement goes out at 14:00 UTC.");
    }
    let errors = check.errors();
    let (Some(day), Some(text), true) = (announce, text, errors.is_empty()) else {
        return show_round(&ctx, actor, target, Some(form.with(errors))).await;
    };
    let (by, (slug, round), at) = (By::new(&ctx, &actor), target, announce_on(day));
    let to = format!("/awards/review/{slug}/rounds/{round}");
    let late = ctx
        .app()
        .write(move |c| {
            let seat = board::chair(c, &slug, &actor, now)?;
            let round = find_round(c, &seat.award, &round)?;
            if round.state != RoundState::Decided {
                return Err(AppError::conflict("This round does not wait for its announcement."));
            }
            if round.announce_by.is_some_and(|by| at >= by) {
                return Ok(true);
            }
            let instants = Instants {
                cutoff: round.cutoff_at,
                review_until: round.review_until,
                announce: Some(at),
                announce_by: round.announce_by,
            };
            rounds::set_instants(c, round.id, instants)?;
            rounds::set_texts(c, round.id, &round.resolution, &round.minutes, &text)?;
            let object = format!("award {slug} round {}", round.path());
            audit::append(c, &by.act("award.announcement", object, json!({ "announce_at": at })), now)?;
            Ok(false)
        })
        .await?;
    if late {
        let why = "The calendar asks for the announcement before the end of the month after the cut-off.";
        return Err(AppError::from(FieldErrors::one("announce_on", why)));
    }
    Ok(ctx.redirect_with(&to, &Flash::good("Saved.")))
}
