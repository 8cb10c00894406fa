//! My membership: what I hold and until when, why I am on the next rolls or not, certification, affirmation, being named,
//! giving a membership up, and what was said about ending one.

use std::collections::BTreeMap;

use actix_web::web;
use askama::Template;
use chrono::TimeDelta;
use folkmoot_governance::term::months_later;
use folkmoot_store::elections::{self, roll};
use folkmoot_store::memberships::termination::{self, Termination, TerminationState};
use folkmoot_store::memberships::voting::{self, AffirmationHow, Certification};
use folkmoot_store::memberships::{self, Class, ClassId, Evidence, Membership, MembershipState, public};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, accounts, audit};
use serde_json::{Value, json};

use super::calls::{self, CallView};
use super::dues::policy_of;
use super::mail::AffirmationReceipt;
use super::words::{last_day, standing, state_words};
use super::{dues_page, preset};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{day, stated, when};
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::mail::{self, Recipient};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let own = Access::SignedIn;
    vec![
        Route::get("/membership", own, page),
        Route::get("/membership/certify/{class}", own, certify_page),
        Route::post("/membership/certify/{class}", own, certify),
        Route::post("/membership/calls/{call}/affirm", own, affirm),
        Route::post("/membership/calls/{call}/opt-out", own, opt_out),
        Route::post("/membership/calls/{call}/opt-in", own, opt_in),
        Route::post("/membership/named", own, be_named),
        Route::post("/membership/{membership}/resign", own, resign),
        Route::post("/membership/endings/{ending}/answer", own, answer),
    ]
}

struct Held {
    id: String,
    name: String,
    state: &'static str,
    tag: &'static str,
    from: String,
    until: String,
    reason: String,
    renew: String,
    certify: String,
    certified: String,
    may_resign: bool,
    is_present: bool,
}

struct RollLine {
    title: String,
    href: String,
    on_roll: bool,
    words: String,
}

struct Ending {
    id: String,
    class: String,
    reason: String,
    hearing: String,
    effective: String,
    answer: String,
    is_open: bool,
    outcome: String,
}

#[derive(Template)]
#[template(path = "membership/show.html")]
struct MembershipPage {
    page: Page,
    held: Vec<Held>,
    before: Vec<Held>,
    calls: Vec<CallView>,
    rolls: Vec<RollLine>,
    affirmed: Vec<(String, String)>,
    endings: Vec<Ending>,
    named: bool,
    votes: bool,
}

/// Last instant at which a certification is valid, and whether it is at `now`.
pub(super) fn valid_until(certified_at: Utc) -> Utc {
    let (at, months) = (certified_at.datetime(), preset::certification().months);
    let later = months_later(at.date_naive(), months, chrono::Datelike::day(&at.date_naive()));
    later.map_or(certified_at, |d| Utc::from_datetime(d.and_time(at.time()).and_utc()))
}

fn held_view(
    membership: &Membership,
    class: &Class,
    certifications: &[Certification],
    now: Utc,
) -> AppResult<Held> {
    let dues = policy_of(class)?;
    let state = standing(membership, dues.as_ref(), now);
    let (words, tag) = state_words(state);
    let present = matches!(
        state,
        MembershipState::Active | MembershipState::Coming | MembershipState::Applied | MembershipState::Grace
    );
    let renewable = dues.is_some()
        && membership.ends_at.is_some()
        && matches!(state, MembershipState::Active | MembershipState::Grace | MembershipState::Lapsed);
    let asks = class.evidence == Evidence::Certification && state == MembershipState::Active;
    let last = certifications.iter().filter(|c| c.class_id == class.id).map(|c| c.certified_at).max();
    let certified = match last.map(valid_until) {
        _ if !asks => String::new(),
        Some(until) if now < until => format!("Your certification is valid until {}.", day(until)),
        Some(until) => format!("Your certification ended on {}; certify again to keep the vote.", day(until)),
        None => "You have not certified yet; certify to have the vote.".to_owned(),
    };
    Ok(Held {
        id: membership.public_id.to_string(),
        name: class.name.clone(),
        state: words,
        tag,
        from: day(membership.starts_at),
        until: membership.ends_at.map(last_day).unwrap_or_default(),
        reason: membership.reason.clone(),
        renew: if renewable { dues_page(&class.key) } else { String::new() },
        certify: if asks { format!("/membership/certify/{}", class.key) } else { String::new() },
        certified,
        may_resign: matches!(state, MembershipState::Active | MembershipState::Applied),
        is_present: present,
    })
}

fn gather(c: &mut Conn, page: Page, person: PersonId, zone: &str, now: Utc) -> AppResult<MembershipPage> {
    let rows = memberships::of_person(c, person)?;
    let certifications = voting::certifications_of(c, person)?;
    let mut held = Vec::new();
    let votes = rows.iter().any(|(m, class)| class.votes && m.is_active(now));
    for (membership, class) in &rows {
        let lasts = membership.ends_at.is_none_or(|end| end > membership.starts_at);
        if lasts || membership.state != MembershipState::Active {
            held.push(held_view(membership, class, &certifications, now)?);
        }
    }
    let (held, before) = held.into_iter().partition(|h| h.is_present);
    let mut views = Vec::new();
    for open in calls::current(c, now)? {
        views.push(calls::view(c, person, &open, now)?);
    }
    let names: BTreeMap<_, _> = folkmoot_store::bodies::all(c)?.into_iter().map(|b| (b.id, b.name)).collect();
    let affirmed = voting::affirmations_of(c, person)?
        .into_iter()
        .take(20)
        .map(|a| (names.get(&a.body_id).cloned().unwrap_or_default(), when(a.affirmed_at)));
    Ok(MembershipPage {
        page,
        held,
        before,
        calls: views,
        rolls: rolls(c, person)?,
        affirmed: affirmed.collect(),
        endings: endings(c, &rows, zone)?,
        named: public::roster_consent(c, person)?.is_some(),
        votes,
    })
}

/// States in which a roll can exist and the vote is not over.
const RUNNING: &[&str] = &[
    "announced",
    "nominations",
    "closed_nominations",
    "candidates_announced",
    "rehearsed",
    "open",
    "suspended",
];

/// Elections whose roll exists and which are not over, with the person's place on it.
fn rolls(c: &mut Conn, person: PersonId) -> AppResult<Vec<RollLine>> {
    let mut lines = Vec::new();
    for election in elections::in_states(c, RUNNING)? {
        if roll::count(c, election.id)? == 0 {
            continue;
        }
        let entry = roll::of_person(c, election.id, person)?;
        let words = match &entry {
            Some(entry) => entry.reason.clone(),
            None => "If you think you should be on it, write to us before voting closes.".to_owned(),
        };
        let href = format!("/elections/{}", election.slug);
        lines.push(RollLine { title: election.title, href, on_roll: entry.is_some(), words });
    }
    Ok(lines)
}

fn endings(c: &mut Conn, rows: &[(Membership, Class)], zone: &str) -> AppResult<Vec<Ending>> {
    let mut all = Vec::new();
    for (membership, class) in rows {
        for ending in termination::of_membership(c, membership.id)? {
            all.push(Ending {
                id: ending.public_id.to_string(),
                class: class.name.clone(),
                reason: ending.reason,
                hearing: stated(ending.hearing_at, zone),
                effective: stated(ending.effective_at, zone),
                answer: ending.answer,
                is_open: ending.state == TerminationState::Noticed,
                outcome: ending.outcome,
            });
        }
    }
    Ok(all)
}

async fn page(ctx: Ctx, actor: Actor) -> PageResult {
    let (page, now) = (ctx.page("My membership"), ctx.now());
    let template = ctx.app().read(move |c| gather(c, page, actor.person, &actor.time_zone, now)).await?;
    ctx.show(&template)
}

#[derive(Template)]
#[template(path = "membership/certify.html")]
struct CertifyPage {
    page: Page,
    form: Form,
    class: Class,
}

/// The class with this key, when the person holds it and it asks for a certification.
fn certifiable(c: &mut Conn, person: PersonId, key: &str, now: Utc) -> AppResult<Class> {
    let held = memberships::of_person(c, person)?;
    held.into_iter()
        .find(|(m, class)| class.key == key && class.evidence == Evidence::Certification && m.is_active(now))
        .map(|(_, class)| class)
        .ok_or_else(AppError::not_found)
}

async fn certify_page(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let (key, now) = (path.into_inner(), ctx.now());
    let class = ctx.app().read(move |c| certifiable(c, actor.person, &key, now)).await?;
    ctx.show(&CertifyPage { page: ctx.page("Certify"), form: Form::empty(), class })
}

async fn certify(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["certify", "note"])?;
    let (key, now, person) = (path.into_inner(), ctx.now(), actor.person);
    let class = ctx.app().read(move |c| certifiable(c, person, &key, now)).await?;
    let mut check = Check::new(&form);
    let note = check.optional_text("note", 1000);
    if !form.has("certify", "yes") {
        check.add("certify", "Tick the box to certify.");
    }
    let errors = check.errors();
    let (Some(note), true) = (note, errors.is_empty()) else {
        let form = form.with(errors);
        return ctx.show_again(&CertifyPage { page: ctx.page("Certify").for_form(&form), form, class });
    };
    let act =
        ctx.act("membership.certify", format!("person {}", actor.public_id), json!({ "class": class.key }));
    ctx.app()
        .write(move |c| {
            voting::certify(c, person, class.id, now, &class.evidence_text, &note, now)?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    let words = format!("Thank you. Your certification is valid until {}.", day(valid_until(now)));
    Ok(ctx.redirect_with("/membership", &Flash::good(words)))
}

fn id_in(text: &str) -> AppResult<PublicId> {
    PublicId::parse(text).ok_or_else(AppError::not_found)
}

async fn affirm(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (id, person) = (id_in(&path.into_inner())?, actor.person);
    let app = ctx.app().clone();
    let base = ctx.act("membership.affirm", format!("person {}", actor.public_id), json!({}));
    let words = ctx
        .app()
        .write(move |c| {
            // The instant inside of the transaction: a form that waited counts when it is written.
            let now = app.now();
            let (call, body) = voting::call(c, &id)?;
            voting::opt_in(c, person, body.id, now)?;
            voting::affirm(c, person, body.id, now, AffirmationHow::Explicit, now)?;
            let details = json!({ "body": body.slug, "call": call.public_id, "at": now });
            audit::append(c, &audit::Act { details, ..base.clone() }, now)?;
            let in_time = now < call.cutoff_at;
            let counts_for = if in_time {
                format!("It counts for: {}.", call.title)
            } else {
                format!(
                    "The cut-off of {} was {}; your affirmation counts for the next election only.",
                    call.title,
                    when(call.cutoff_at)
                )
            };
            if let Some(address) = accounts::mail_address_of(c, person)? {
                let message = AffirmationReceipt {
                    name: actor.name.clone(),
                    body: body.name,
                    at: when(now),
                    counts_for: counts_for.clone(),
                    link: app.link("/membership"),
                };
                mail::queue(c, &app, &Recipient::person(person, address), &message, now)?;
            }
            Ok(format!("You have affirmed. {counts_for}"))
        })
        .await?;
    Ok(ctx.redirect_with("/membership", &Flash::good(words)))
}

async fn opt(ctx: &Ctx, actor: &Actor, id: &str, out: bool) -> AppResult<String> {
    let (id, now, person) = (id_in(id)?, ctx.now(), actor.person);
    let name = if out { "membership.opt_out" } else { "membership.opt_in" };
    let base = ctx.act(name, format!("person {}", actor.public_id), json!({}));
    ctx.app()
        .write(move |c| {
            let (_, body) = voting::call(c, &id)?;
            if out {
                voting::opt_out(c, person, body.id, now)?;
            } else {
                voting::opt_in(c, person, body.id, now)?;
            }
            audit::append(c, &audit::Act { details: json!({ "body": body.slug }), ..base.clone() }, now)?;
            Ok(body.name)
        })
        .await
}

async fn opt_out(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let body = opt(&ctx, &actor, &path.into_inner(), true).await?;
    let words = format!("You are left out of the rolls of {body} until you come back, and get no reminders.");
    Ok(ctx.redirect_with("/membership", &Flash::good(words)))
}

async fn opt_in(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let body = opt(&ctx, &actor, &path.into_inner(), false).await?;
    let words = format!("You can be on the rolls of {body} again.");
    Ok(ctx.redirect_with("/membership", &Flash::good(words)))
}

async fn be_named(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["named"])?;
    let (named, now, person) = (form.has("named", "yes"), ctx.now(), actor.person);
    let details = json!({ "named": named });
    let act = ctx.act("membership.named", format!("person {}", actor.public_id), details);
    ctx.app()
        .write(move |c| {
            public::set_roster_consent(c, person, named, now)?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    let words = if named {
        "Your name is on the public list of members."
    } else {
        "Your name is not shown in public."
    };
    Ok(ctx.redirect_with("/membership", &Flash::good(words)))
}

async fn resign(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["sure"])?;
    let (id, now, person) = (id_in(&path.into_inner())?, ctx.now(), actor.person);
    if !form.has("sure", "yes") {
        return Ok(ctx.redirect_with("/membership", &Flash::warn("Tick the box to give the membership up.")));
    }
    let base = ctx.act("membership.resign", format!("membership {id}"), json!({}));
    ctx.app()
        .write(move |c| {
            let (membership, class) = memberships::by_public_id(c, &id)?;
            if membership.person_id != person {
                return Err(AppError::not_found());
            }
            let done = match membership.state {
                MembershipState::Applied => {
                    let decision = memberships::Decision {
                        state: MembershipState::Refused,
                        starts_at: None,
                        ends_at: Some(now),
                        reason: "Taken back by the applicant",
                        by: None,
                    };
                    memberships::decide(c, membership.id, MembershipState::Applied, &decision, now)?
                }
                _ => memberships::end(c, membership.id, now, MembershipState::Resigned, "", None, now)?,
            };
            if !done {
                return Err(AppError::conflict("This membership has ended already."));
            }
            audit::append(c, &audit::Act { details: json!({ "class": class.key }), ..base.clone() }, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/membership", &Flash::good("The membership is given up.")))
}

async fn answer(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["answer"])?;
    let (id, now) = (id_in(&path.into_inner())?, ctx.now());
    let mut check = Check::new(&form);
    let Some(text) = check.text("answer", 10_000, "Write your answer.") else {
        return Err(check.errors().into());
    };
    let act = ctx.act("membership.answer", format!("termination {id}"), json!({}));
    ctx.app()
        .write(move |c| {
            let ending: Termination = termination::by_public_id(c, &id)?;
            let own =
                memberships::of_person(c, actor.person)?.iter().any(|(m, _)| m.id == ending.membership_id);
            if !own {
                return Err(AppError::not_found());
            }
            if !termination::answer(c, ending.id, &text)? {
                return Err(AppError::conflict("This is decided already; write to us instead."));
            }
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/membership", &Flash::good("Your answer is with those who decide.")))
}

/// The section of the download.
///
/// # Errors
/// A database error.
pub fn own_data(c: &mut Conn, person: PersonId, _: Utc) -> AppResult<Value> {
    let keys: BTreeMap<ClassId, String> =
        memberships::classes(c)?.into_iter().map(|k| (k.id, k.key)).collect();
    let bodies: BTreeMap<_, _> =
        folkmoot_store::bodies::all(c)?.into_iter().map(|b| (b.id, b.name)).collect();
    let held: Vec<Value> = memberships::of_person(c, person)?
        .into_iter()
        .map(|(m, class)| {
            json!({
                "class": class.key, "state": m.state, "source": m.source, "from": m.starts_at, "until": m.ends_at,
                "statement": m.statement, "reason": m.reason,
            })
        })
        .collect();
    let certifications: Vec<Value> = voting::certifications_of(c, person)?
        .into_iter()
        .map(|x| json!({ "class": keys.get(&x.class_id), "at": x.certified_at, "text": x.agreed_text, "note": x.note }))
        .collect();
    let affirmations: Vec<Value> = voting::affirmations_of(c, person)?
        .into_iter()
        .map(|a| json!({ "body": bodies.get(&a.body_id), "at": a.affirmed_at, "how": a.how }))
        .collect();
    let past: Vec<Value> = voting::past_participations_of(c, person)?
        .into_iter()
        .map(|p| json!({ "election": p.election, "closed_at": p.closed_at, "took_part": p.voted }))
        .collect();
    Ok(json!({
        "memberships": held,
        "certifications": certifications,
        "affirmations": affirmations,
        "participation_elsewhere": past,
        "named_in_public_since": public::roster_consent(c, person)?,
    }))
}

/// Ends what a person holds when the account is closed.
///
/// # Errors
/// A database error.
pub fn leave(c: &mut Conn, person: PersonId, now: Utc) -> AppResult<()> {
    public::set_roster_consent(c, person, false, now)?;
    for (membership, _) in memberships::of_person(c, person)? {
        if membership.standing(now, TimeDelta::zero()) == MembershipState::Active {
            memberships::end(
                c,
                membership.id,
                now,
                MembershipState::Resigned,
                "The account was closed",
                None,
                now,
            )?;
        }
    }
    Ok(())
}
