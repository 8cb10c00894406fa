//! Phase `preparation`: an election that staff are preparing; its roll is published and somebody objects.

use chrono::TimeDelta;
use folkmoot_governance::deadline::{Deadline, MilestoneKind};
use folkmoot_governance::quorum::QuorumPolicy;
use folkmoot_governance::{Fraction, Instant};
use folkmoot_store::accounts;
use folkmoot_store::elections::{self, NewElection, preparation as table, trustees};
use folkmoot_store::{Conn, JsonText, PublicId, Utc};

use super::{Seed, cast};
use crate::elections::preparation::plan::{Electorate, RollStage};
use crate::elections::preparation::preset::Preset;
use crate::elections::preparation::{Plan, Prepared, policies, roll, schedule};
use crate::elections::settings::{AnswerSettings, ElectionSettings};
use crate::error::{AppError, AppResult};

const SLUG: &str = "charter-2026";

/// Adds the election.
///
/// # Errors
/// A database error.
pub async fn seed(seed: &Seed) -> anyhow::Result<()> {
    let now = seed.app().now();
    let dice = seed.dice("preparation");
    let public_id = PublicId::new(now, dice.bytes()?);
    seed.app().write(move |c| add(c, &public_id, now)).await?;
    seed.progress(1, 1)
}

fn person(conn: &mut Conn, word: &str) -> AppResult<accounts::Person> {
    let email = cast::accounts().into_iter().find(|a| a.role == word).map(|a| a.email).unwrap_or_default();
    accounts::owner_of_address(conn, &email)?.ok_or_else(|| AppError::internal(format!("nobody is {word}")))
}

fn settings() -> ElectionSettings {
    let mut settings = ElectionSettings {
        description:
            "The technical council has outgrown its charter. The new one has terms of two years and says who \
                      decides when the council cannot.\n\nThe text was public for comments for six weeks."
                .into(),
        help: "returns-officer@lanternmoor.example".into(),
        group: "Ed25519".into(),
        questions: Preset::Bylaw.question().into_iter().collect(),
        quorum: QuorumPolicy::cast_or_void(Fraction::THIRD),
        threshold: 0,
        least_counted: folkmoot_governance::election::MIN_COUNTED,
        ties: Default::default(),
        certification: None,
    };
    let summaries = ["The new charter replaces the old one.", "The old charter stays.", ""];
    for question in &mut settings.questions {
        question.title = "Shall the new charter of the technical council replace the old one?".into();
        let answers = question.answers.iter().zip(summaries);
        question.answers =
            answers.map(|(a, summary)| AnswerSettings { summary: summary.into(), ..a.clone() }).collect();
    }
    settings
}

fn add(conn: &mut Conn, public_id: &PublicId, now: Utc) -> AppResult<()> {
    let officer = person(conn, "returns_officer")?.id;
    let settings = settings();
    let text = serde_json::to_string(&settings).map_err(AppError::internal)?;
    let uuid = crate::elections::setup::new_uuid();
    let announced = now.plus(TimeDelta::days(-12));
    let new = NewElection {
        public_id: public_id.as_str(),
        slug: SLUG,
        uuid: &uuid,
        title: "Charter of the technical council",
        state: "announced",
        settings: &text,
        archive_seconds: 0,
        created_at: announced,
    };
    let election = elections::insert(conn, &new)?;
    let mut plan = Plan::begin(Preset::Bylaw);
    plan.body = "Members".into();
    plan.electorate = Some(Electorate::Members {
        slug: "board".into(),
        name: "Board of directors".into(),
        affirm: false,
        waived_by: Vec::new(),
    });
    plan.quorum_decided = true;
    plan.ties = Some(Plan::usual_ties());
    plan.announced_at = Some(announced);
    for (kind, days) in [
        (MilestoneKind::RecordDate, -2),
        (MilestoneKind::VotingOpen, 4),
        (MilestoneKind::VotingClose, 18),
        (MilestoneKind::ResultAnnounced, 20),
    ] {
        let deadline = at_two(now.plus(TimeDelta::days(days)))?;
        let setting = schedule::Setting { by: officer, at: announced, reason: None };
        schedule::put(conn, election.id, &kind, &deadline, setting)?;
    }
    table::put_plan(conn, election.id, &JsonText::of(&plan)?)?;
    let mut prepared = Prepared::load(conn, SLUG)?;
    prepared.plan.policies = policies::of(&prepared).freeze().ok();
    roll::make(conn, &mut prepared, now)?;
    roll::snapshot(conn, election.id, now)?;
    prepared.plan.roll = RollStage::Published(now);
    prepared.save(conn)?;
    let member = person(conn, "third_member")?.id;
    let words = "I moved and paid my dues late, but before the record date. Please look whether I am on it.";
    table::insert_objection(conn, election.id, member, words, now)?;
    let trustee = person(conn, "trustee")?;
    let new = trustees::NewTrustee {
        election_id: election.id,
        position: 1,
        person_id: Some(trustee.id),
        name: &trustee.preferred_name,
        state: "named",
    };
    trustees::insert(conn, &new)?;
    Ok(())
}

/// Two in the afternoon, UTC, on the day of an instant.
fn at_two(at: Utc) -> AppResult<Deadline> {
    let day = at.datetime().date_naive();
    let time = chrono::NaiveTime::from_hms_opt(14, 0, 0).unwrap_or(chrono::NaiveTime::MIN);
    let instant = Instant::from_utc(day.and_time(time)).map_err(AppError::internal)?;
    Deadline::from_utc(instant).map_err(AppError::internal)
}
