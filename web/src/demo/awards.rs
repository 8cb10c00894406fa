//! Phase `awards`: fellows with a roster and a round in review, community service of the quarter, distinguished service.

use chrono::{Datelike, Days, NaiveDate, TimeDelta};
use folkmoot_governance::award::{AwardCalendar, AwardDecisionPolicy, CarryOverPolicy};
use folkmoot_governance::deadline::ZonePolicy;
use folkmoot_governance::preset;
use folkmoot_store::awards::recipients::RecipientState;
use folkmoot_store::awards::review::{self, VoteChoice};
use folkmoot_store::awards::rounds;
use folkmoot_store::awards::{self, ProgrammeFacts, nominations};
use folkmoot_store::bodies::{self, NewBodyMember};
use folkmoot_store::{Conn, JsonText, PersonId, Utc, accounts, memberships};

use super::Seed;
use super::people::invent;
use crate::app::App;
use crate::awards::{Award, Entries, Entry, Named, Proposal, Settings, apply_entries, receive, tend_at};
use crate::error::{AppError, AppResult};

/// Address, name, body, what it honours.
type Programme = (&'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const PROGRAMMES: &[Programme] = &[
    ("fellows", "Fellows", "fellows",
        "People who have served the community in an outstanding way. Fellows are members for life."),
    ("community-service", "Community Service Award", "board",
        "People and teams whose work of the last months made the community a better place."),
    ("distinguished-service", "Distinguished Service Award", "board",
        "Sustained work of the highest merit. It is the foundation's highest award and has no calendar."),
];

const CRITERIA: &str = "For those who write, build or teach: work of lasting use that others rely on.\n\
                        For those who organise: people found their way into the community because of it.\n\
                        It can be seen in public sources; otherwise three people can tell of it.";

/// Name, for what, and how the work group voted: yes, no, abstain, aside, or not yet.
type Case = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const ANNOUNCED: &[Case] = &[
    ("Mirela Stănescu", "for the glossary that newcomers learn from", "yyyyy"),
    ("Oluwaseun Adeyemi", "for eight years of evening classes", "yyyyn"),
    ("Kaito Mori", "for keeping the archive alive", "yyayy"),
];

#[rustfmt::skip]
const IN_REVIEW: &[Case] = &[
    ("Ingeborg Falk", "for the travelling workshop", "y-y--"),
    ("Rafael Quintero", "for mending what nobody else would touch", "n-yy-"),
    ("Zainab Yusuf", "for founding six reading groups", "-----"),
];

/// Adds the programmes, the roster and the rounds.
///
/// # Errors
/// A database error.
pub async fn seed(seed: &Seed) -> anyhow::Result<()> {
    let (app, now) = (seed.app().clone(), seed.app().now());
    let names: Vec<(String, String)> =
        invent(seed.seed(), seed.people()).into_iter().map(|p| (p.name, p.email)).collect();
    let dice = seed.dice("awards");
    let today = now.datetime().date_naive();
    let reviewers: Vec<String> = names.iter().take(3).map(|(_, email)| email.clone()).collect();
    seed.app()
        .write(move |c| {
            for (position, programme) in (1..).zip(PROGRAMMES) {
                add(c, programme, position, now)?;
            }
            seat(c, &reviewers, today, now)
        })
        .await?;
    seed.progress(1, 3)?;
    let entries = roster(&names, &dice, today.year());
    let writer = app.clone();
    seed.app()
        .write(move |c| {
            let award = Award::by_slug(c, "fellows")?;
            // On the roster since before the rounds that follow.
            apply_entries(c, &writer, &award, None, &entries, now.plus(-TimeDelta::days(300)))?;
            Ok(())
        })
        .await?;
    seed.progress(2, 3)?;
    seed.app().write(move |c| hold_rounds(c, &app, now)).await?;
    seed.progress(3, 3)
}

/// Four cut-offs a year of which the last one was ten days ago, so that a round is in review whenever the demo is shown.
fn calendar(cutoff: NaiveDate, review_day: u32) -> AwardCalendar {
    let mut cutoffs: Vec<(u32, u32)> =
        (0..4).map(|n| ((cutoff.month0() + 3 * n) % 12 + 1, cutoff.day().min(28))).collect();
    cutoffs.sort_unstable();
    AwardCalendar { cutoffs, review_day, zone: ZonePolicy::AnywhereOnEarth }
}

fn settings(slug: &str, description: &str, today: NaiveDate) -> Settings {
    let day = |days: i64| today.checked_add_signed(TimeDelta::days(days)).unwrap_or(today);
    let base =
        Settings { description: description.into(), criteria: CRITERIA.into(), ..Settings::quarterly() };
    match slug {
        "fellows" => Settings { calendar: Some(calendar(day(-10), 20)), ..base },
        "community-service" => Settings { calendar: Some(calendar(day(5), 1)), announce_days: 2, ..base },
        _ => Settings { calendar: None, carry_over: CarryOverPolicy { rounds: 1 }, ..base },
    }
}

fn add(conn: &mut Conn, programme: &Programme, position: i64, now: Utc) -> AppResult<()> {
    let (slug, name, body, description) = *programme;
    let body = bodies::by_slug(conn, body)?;
    let fellows = slug == "fellows";
    let class = if fellows { Some(memberships::class_by_key(conn, "Fellow")?.id) } else { None };
    let settings = settings(slug, description, now.datetime().date_naive());
    let facts = ProgrammeFacts {
        name,
        body: body.id,
        class,
        settings: JsonText::of(&settings)?,
        position,
        is_open: true,
    };
    let id = awards::add_programme(conn, slug, &facts, now)?;
    let named = |policy: AwardDecisionPolicy| AwardDecisionPolicy { body: body.name.clone(), ..policy };
    if fellows {
        let bylaws = named(preset::fellow_by_bylaws());
        awards::add_rule(conn, id, &JsonText::of(&bylaws)?, "Bylaws of the foundation, 4.8", now)?;
    }
    let (policy, authority) = if fellows {
        (preset::fellow_by_charter(), "Charter of the work group, 5")
    } else {
        (preset::award_by_board(), "Rules of the board, 12")
    };
    let rule = awards::add_rule(conn, id, &JsonText::of(&named(policy))?, authority, now)?;
    awards::adopt_rule(conn, id, rule, "Minutes of the first meeting, item 3", None, now)?;
    Ok(())
}

/// Three more members for the work group, which has two of the cast.
fn seat(conn: &mut Conn, emails: &[String], today: NaiveDate, now: Utc) -> AppResult<()> {
    let body = bodies::by_slug(conn, "fellows")?.id;
    for email in emails {
        let Some(person) = accounts::owner_of_address(conn, email)? else { continue };
        let starts_on = today.checked_sub_days(Days::new(400)).unwrap_or(today);
        let member = NewBodyMember { body, person: person.id, position: "", starts_on, ends_on: None };
        bodies::add_member(conn, member, now)?;
    }
    Ok(())
}

/// Fellows of ten years: mostly active, some emeritus, a few who died.
fn roster(names: &[(String, String)], dice: &super::Dice, year: i32) -> Entries {
    let people = names.iter().skip(3).take(64).enumerate().map(|(n, (name, _))| {
        let ago = i64::try_from(1 + n % 10).unwrap_or(1);
        let year = i64::from(year).saturating_sub(ago);
        let state = match dice.below(12) {
            0 => RecipientState::Emeritus,
            1 if n % 5 == 0 => RecipientState::Deceased,
            _ => RecipientState::Active,
        };
        Entry {
            name: name.clone(),
            email: String::new(),
            year,
            batch: format!("{year} Q{}", dice.below(4) + 1),
            state,
            citation: String::new(),
        }
    });
    Entries { people: people.collect(), ..Entries::default() }
}

/// The round before runs from its nominations to the announcement; the present one is in review, with some votes.
fn hold_rounds(conn: &mut Conn, app: &App, now: Utc) -> AppResult<()> {
    let award = Award::by_slug(conn, "fellows")?;
    let before = now.plus(-TimeDelta::days(115));
    tend_at(conn, app, &award, before)?;
    nominate(conn, app, &award, ANNOUNCED, before)?;
    let all = rounds::of_programme(conn, award.row.id)?;
    let first = all.first().ok_or_else(|| AppError::internal("no round was made"))?;
    let instants = [first.cutoff_at, first.review_until, first.announce_at];
    for (n, at) in instants.into_iter().flatten().enumerate() {
        tend_at(conn, app, &award, at)?;
        if n == 0 {
            vote(conn, &award, ANNOUNCED, at)?;
        }
    }
    let lately = now.plus(-TimeDelta::days(20));
    tend_at(conn, app, &award, lately)?;
    nominate(conn, app, &award, IN_REVIEW, lately)?;
    tend_at(conn, app, &award, now)?;
    vote(conn, &award, IN_REVIEW, now)?;
    for slug in ["community-service", "distinguished-service"] {
        let award = Award::by_slug(conn, slug)?;
        tend_at(conn, app, &award, now)?;
    }
    Ok(())
}

fn nominate(conn: &mut Conn, app: &App, award: &Award, cases: &[Case], at: Utc) -> AppResult<()> {
    for (name, citation, _) in cases {
        let proposal = Proposal {
            award: award.row.slug.clone(),
            team: String::new(),
            nominees: vec![Named { name: (*name).into(), email: String::new() }],
            citation: (*citation).into(),
            accomplishments: "They have done this for years, without being asked and without a word about it.\nWhoever works \
                              here today has learned from it."
                .into(),
            links: "https://work.lanternmoor.example/notes".into(),
            referees: "Everybody who was at the last gathering.".into(),
            author_name: "Wren Ashby".into(),
            author_email: "wren@visitors.example".into(),
        };
        receive(conn, app, &proposal, None, at)?;
    }
    Ok(())
}

fn vote(conn: &mut Conn, award: &Award, cases: &[Case], at: Utc) -> AppResult<()> {
    let members: Vec<PersonId> =
        bodies::members(conn, award.body.id)?.into_iter().rev().map(|m| m.person_id).collect();
    let active = nominations::in_state(conn, award.row.id, nominations::NominationState::Active)?;
    let ids: Vec<_> = active.iter().map(|n| n.id).collect();
    let nominees = nominations::nominees(conn, &ids)?;
    for (name, _, votes) in cases {
        let Some(nominee) = nominees.iter().find(|n| n.name == *name) else { continue };
        let received = nominations::supports(conn, &[nominee.nomination_id])?;
        let Some((_, round)) = received.first() else { continue };
        for (member, vote) in members.iter().zip(votes.chars()) {
            let choice = match vote {
                'y' => VoteChoice::Yes,
                'n' => VoteChoice::No,
                'a' => VoteChoice::Abstain,
                _ => continue,
            };
            let why = "I looked at the links and spoke with two people.";
            review::cast(conn, nominee.nomination_id, round.id, *member, choice, why, at)?;
        }
    }
    Ok(())
}
