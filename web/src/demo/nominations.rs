//! Phase `nominations`: a call that takes nominations, with some in each state, and one whose candidates are announced.

use chrono::TimeDelta;
use folkmoot_governance::Instant;
use folkmoot_governance::deadline::{Deadline, MilestoneKind};
use folkmoot_governance::nomination::Nominators;
use folkmoot_store::accounts::{self, Person};
use folkmoot_store::elections::{self, Election, NewElection, preparation as table};
use folkmoot_store::nominations::questions::{self, Moderation};
use folkmoot_store::nominations::supports::{self, NewSupport, SupportRole, SupportState};
use folkmoot_store::nominations::{NewNomination, NominationId, NominationState, Review};
use folkmoot_store::{Conn, JsonText, PersonId, PublicId, Utc, nominations};

use super::{Dice, Seed, cast};
use crate::app::App;
use crate::elections::preparation::plan::Electorate;
use crate::elections::preparation::preset::Preset;
use crate::elections::preparation::{Plan, Prepared, policies, schedule};
use crate::elections::settings::ElectionSettings;
use crate::error::{AppError, AppResult};
use crate::nominations::announce;
use crate::nominations::rules::{CallRules, Released};
use crate::nominations::statement::{Affiliated, Section, Statement, Tick};

/// A call: address, title, what it fills, and how many days from now each milestone is.
struct Invented {
    slug: &'static str,
    title: &'static str,
    description: &'static str,
    body: (&'static str, &'static str),
    seats: u32,
    days: [i64; 8],
}

/// Milestones in the order of [`Invented::days`].
const KINDS: [MilestoneKind; 8] = [
    MilestoneKind::NominationsOpen,
    MilestoneKind::NominationsClose,
    MilestoneKind::AcceptanceClose,
    MilestoneKind::CandidatesAnnounced,
    MilestoneKind::RecordDate,
    MilestoneKind::VotingOpen,
    MilestoneKind::VotingClose,
    MilestoneKind::ResultAnnounced,
];

const OPEN: Invented = Invented {
    slug: "technical-council-2026",
    title: "Election of the technical council",
    description: "Three seats of the technical council are filled for two years. Whoever is nominated decides alone whether to \
                  stand.",
    body: ("technical-council", "Technical council"),
    seats: 3,
    days: [-5, 9, 12, 14, 20, 28, 42, 44],
};

const ANNOUNCED: Invented = Invented {
    slug: "outreach-2026",
    title: "Election of two directors for outreach",
    description: "Two seats of the board are filled. The candidates are known; questions to them are welcome.",
    body: ("board", "Board of directors"),
    seats: 2,
    days: [-30, -16, -13, -2, 5, 12, 26, 28],
};

/// Name, one line, employer or nothing, what they want.
#[rustfmt::skip]
const CANDIDATES: &[(&str, &str, &str, &str)] = &[
    ("Wanjiru Kamau", "Teaches, translates, and keeps the archive", "Lakeside School",
        "I want the foundation to be **found** by people who do not look for it.\n\n- workshops in schools\n    - with material in four languages\n    - and teachers who stay\n- a fund for travel\n\nMore in [my notes](https://example.org/notes)."),
    ("Ólafur Stefánsson", "Ran the conference for nine years", "",
        "Conferences bring people; *letters* keep them. I have run both.\n\n1. answer every letter within a week\n2. publish what came of it"),
    ("Ana Lima", "Designs signs that people understand", "Studio Lima", "Clear words, large letters, no jargon."),
    ("Ana Lima", "Writes software for libraries", "City Library", "I share my name with another candidate, not her plans: more readers, fewer forms."),
    ("Tenzin", "Has one name and many questions", "", "I ask until it is simple."),
];

/// Adds both calls.
///
/// # Errors
/// A database error.
pub async fn seed(seed: &Seed) -> anyhow::Result<()> {
    let now = seed.app().now();
    let ids: Vec<(PublicId, String)> = {
        let dice = seed.dice("nominations");
        (0..40).map(|_| Ok((PublicId::new(now, dice.bytes()?), tail(&dice)?))).collect::<AppResult<_>>()?
    };
    let app = seed.app().clone();
    seed.app()
        .write(move |c| {
            let mut ids = ids.clone().into_iter();
            open(c, &mut ids, now)?;
            announced(c, &app, &mut ids, now)
        })
        .await?;
    seed.progress(1, 1)
}

/// Six signs for the end of a candidate's address.
fn tail(dice: &Dice) -> AppResult<String> {
    const SIGNS: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyz";
    let sign = || dice.pick(SIGNS).map(|b| char::from(*b));
    (0..6).map(|_| sign()).collect::<Option<String>>().ok_or_else(|| AppError::internal("no signs"))
}

type Ids = std::vec::IntoIter<(PublicId, String)>;

fn next(ids: &mut Ids) -> AppResult<(PublicId, String)> {
    ids.next().ok_or_else(|| AppError::internal("too few ids"))
}

fn in_cast(conn: &mut Conn, word: &str) -> AppResult<Person> {
    let email = cast::accounts().into_iter().find(|a| a.role == word).map(|a| a.email).unwrap_or_default();
    accounts::owner_of_address(conn, &email)?.ok_or_else(|| AppError::internal(format!("nobody is {word}")))
}

/// The record of a call, announced before its nominations opened.
fn call(conn: &mut Conn, invented: &Invented, state: &str, ids: &mut Ids, now: Utc) -> AppResult<Election> {
    let officer = in_cast(conn, "returns_officer")?.id;
    let preset = Preset::Board;
    let mut settings = ElectionSettings {
        description: invented.description.into(),
        help: "returns-officer@lanternmoor.example".into(),
        group: "Ed25519".into(),
        questions: preset.question().into_iter().collect(),
        quorum: preset.quorum(),
        threshold: 0,
        least_counted: folkmoot_governance::election::MIN_COUNTED,
        ties: Default::default(),
        certification: None,
    };
    for question in &mut settings.questions {
        question.title = format!("Who should sit on the {}?", invented.body.1);
        question.seats = invented.seats;
    }
    let begun = now.plus(TimeDelta::days(invented.days.first().copied().unwrap_or(0) - 3));
    let (text, uuid) =
        (serde_json::to_string(&settings).map_err(AppError::internal)?, crate::elections::setup::new_uuid());
    let public_id = next(ids)?.0;
    let new = NewElection {
        public_id: public_id.as_str(),
        slug: invented.slug,
        uuid: &uuid,
        title: invented.title,
        state,
        settings: &text,
        archive_seconds: 0,
        created_at: begun,
    };
    let election = elections::insert(conn, &new)?;
    let mut plan = Plan::begin(preset);
    plan.body = invented.body.1.into();
    plan.electorate = Some(Electorate::Members {
        slug: "board".into(),
        name: "Board of directors".into(),
        affirm: false,
        waived_by: Vec::new(),
    });
    plan.quorum_decided = true;
    plan.ties = Some(Plan::usual_ties());
    plan.announced_at = Some(begun);
    plan.call = CallRules::usual(preset);
    if let Some(call) = &mut plan.call {
        call.nomination.by = Nominators::Anybody;
    }
    for (kind, days) in KINDS.iter().zip(invented.days) {
        let deadline = at_two(now.plus(TimeDelta::days(days)))?;
        let setting = schedule::Setting { by: officer, at: begun, reason: None };
        schedule::put(conn, election.id, kind, &deadline, setting)?;
    }
    table::put_plan(conn, election.id, &JsonText::of(&plan)?)?;
    let mut prepared = Prepared::load(conn, invented.slug)?;
    prepared.plan.policies = policies::of(&prepared).freeze().ok();
    prepared.save(conn)?;
    Ok(election)
}

/// Somebody nominated in an election.
struct Named<'a> {
    name: &'a str,
    address: &'a str,
    person: Option<PersonId>,
    by: &'a Person,
    words: &'a str,
    statement: Statement,
}

fn nominate(
    conn: &mut Conn,
    election: &Election,
    named: &Named<'_>,
    ids: &mut Ids,
    at: Utc,
) -> AppResult<NominationId> {
    let (public_id, tail) = next(ids)?;
    let words: String =
        named.name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let handle = format!("{}-{tail}", words.trim_matches('-'));
    let is_self = named.person == Some(named.by.id);
    let statement = JsonText::of(&named.statement)?;
    let new = NewNomination {
        public_id: &public_id,
        election_id: election.id,
        handle: &handle,
        person: named.person,
        address: named.address,
        name: named.name,
        is_self,
        statement: &statement,
    };
    let id = nominations::add(conn, &new, at)?;
    support(conn, id, named.by, if is_self { "" } else { named.words }, SupportRole::Nominator, ids, at)?;
    Ok(id)
}

fn support(
    conn: &mut Conn,
    id: NominationId,
    by: &Person,
    words: &str,
    role: SupportRole,
    ids: &mut Ids,
    at: Utc,
) -> AppResult<()> {
    let address = accounts::mail_address_of(conn, by.id)?.unwrap_or_default();
    let new = NewSupport {
        public_id: &next(ids)?.0,
        nomination: id,
        person: Some(by.id),
        name: &by.preferred_name,
        address: &address,
        role,
        state: SupportState::Given,
        employer: "",
        words,
    };
    supports::add(conn, &new, at)?;
    Ok(())
}

fn accept(conn: &mut Conn, id: NominationId, at: Utc) -> AppResult<()> {
    let ticks = [Tick { name: "code of conduct".into(), at }];
    nominations::put_acknowledged(conn, id, &JsonText::of(&ticks)?)?;
    nominations::change_state(conn, id, NominationState::Invited, NominationState::Accepted, at)?;
    Ok(())
}

fn statement(summary: &str, employer: &str, text: &str) -> Statement {
    let affiliation = |name: &str| Affiliated {
        organisation: name.to_owned(),
        relation: "employee".into(),
        share_bp: None,
    };
    Statement {
        summary: summary.into(),
        sections: vec![Section { heading: "Why I stand".into(), text: text.into() }],
        links: Vec::new(),
        affiliations: if employer.is_empty() { Vec::new() } else { vec![affiliation(employer)] },
        no_affiliations: employer.is_empty(),
        availability: "About five hours a week".into(),
    }
}

fn open(conn: &mut Conn, ids: &mut Ids, now: Utc) -> AppResult<()> {
    let election = call(conn, &OPEN, "nominations", ids, now)?;
    let (member, second, third) =
        (in_cast(conn, "member")?, in_cast(conn, "second_member")?, in_cast(conn, "third_member")?);
    let at = |days: i64| now.plus(TimeDelta::days(days));
    let own = Named {
        name: &third.preferred_name,
        address: "third-member@lanternmoor.example",
        person: Some(third.id),
        by: &third,
        words: "",
        statement: statement(
            "Keeps the build green",
            "",
            "I have kept the build green for six years. I want to teach two others how.",
        ),
    };
    let id = nominate(conn, &election, &own, ids, at(-4))?;
    accept(conn, id, at(-3))?;
    let asked = Named {
        name: &member.preferred_name,
        address: "member@lanternmoor.example",
        person: Some(member.id),
        by: &second,
        words: "Amara answers every question twice: once with what to do, and once with **why**.",
        statement: Statement::default(),
    };
    let id = nominate(conn, &election, &asked, ids, at(-2))?;
    support(conn, id, &third, "I would work with her any day.", SupportRole::Endorser, ids, at(-1))?;
    let stranger = Named {
        name: "Ilse Brandt",
        address: "ilse.brandt@visitors.example",
        person: None,
        by: &second,
        words: "She repaired what nobody else understood.",
        statement: Statement::default(),
    };
    nominate(conn, &election, &stranger, ids, at(-1))?;
    // The same person under another address: the officer can bring both together.
    let again = Named {
        name: "Ilse M. Brandt",
        address: "ilse@brandt.example",
        person: None,
        by: &third,
        words: "Ilse explains things until they are simple.",
        statement: Statement::default(),
    };
    nominate(conn, &election, &again, ids, at(-1))?;
    Ok(())
}

fn announced(conn: &mut Conn, app: &App, ids: &mut Ids, now: Utc) -> AppResult<()> {
    let election = call(conn, &ANNOUNCED, "closed_nominations", ids, now)?;
    let (officer, by) = (in_cast(conn, "returns_officer")?.id, in_cast(conn, "second_member")?);
    let at = |days: i64| now.plus(TimeDelta::days(days));
    let people = accounts::find_persons(conn, "@people.example", 40)?;
    let mut made = Vec::new();
    for ((name, summary, employer, text), person) in CANDIDATES.iter().zip(people) {
        let address = accounts::mail_address_of(conn, person.id)?.unwrap_or_default();
        let named = Named {
            name,
            address: &address,
            person: Some(person.id),
            by: &by,
            words: "I have seen what they do, and would like them to do more of it.",
            statement: statement(summary, employer, text),
        };
        let id = nominate(conn, &election, &named, ids, at(-25))?;
        accept(conn, id, at(-20))?;
        nominations::put_review(conn, id, (Review::Eligible, ""), officer, at(-10))?;
        made.push(id);
    }
    let mut prepared = Prepared::load(conn, ANNOUNCED.slug)?;
    if let Some(call) = &mut prepared.plan.call {
        call.released = Some(Released { by: officer, at: at(-9) });
    }
    prepared.save(conn)?;
    announce::advance(conn, app, ANNOUNCED.slug)?;
    if let (Some(first), Some(last)) = (made.first(), made.last()) {
        let words = "Since May my employer is *Riverside School*.";
        nominations::add_erratum(conn, *first, words, officer, at(-1))?;
        let public_id = next(ids)?.0;
        questions::ask(
            conn,
            &public_id,
            (election.id, None),
            by.id,
            "How would you reach people who never come to a conference?",
            at(-1),
        )?;
        let question = questions::by_public_id(conn, &public_id)?;
        questions::decide(conn, question.id, (Moderation::Published, ""), officer, at(-1))?;
        for (id, words) in [(first, "By going to their schools."), (last, "By asking them. *Slowly.*")] {
            questions::answer(conn, question.id, *id, words, now)?;
        }
        for answer in questions::answers(conn, election.id)?.into_iter().filter(|a| a.nomination_id == *first)
        {
            questions::decide_answer(
                conn,
                (question.id, answer.id),
                (Moderation::Published, ""),
                officer,
                now,
            )?;
        }
    }
    Ok(())
}

/// Two in the afternoon, UTC, on the day of an instant.
fn at_two(at: Utc) -> AppResult<Deadline> {
    let day = at.datetime().date_naive();
    let time = chrono::NaiveTime::from_hms_opt(14, 0, 0).unwrap_or(chrono::NaiveTime::MIN);
    let instant = Instant::from_utc(day.and_time(time)).map_err(AppError::internal)?;
    Deadline::from_utc(instant).map_err(AppError::internal)
}
