//! Phase `elections`: one election in each phase of its life, with real ballots, really counted.

mod keys;
mod plans;

use chrono::TimeDelta;
use folkmoot_ballot::ballot;
use folkmoot_ballot::credential::Credential;
use folkmoot_ballot::decryption::PartialDecryption;
use folkmoot_ballot::election::Election as Object;
use folkmoot_ballot::group::Ed25519;
use folkmoot_store::accounts;
use folkmoot_store::elections::{self, Election, Instants, NewElection, roll, trustees};
use folkmoot_store::{Conn, PersonId, PublicId, organisation};

use self::keys::Keys;
use self::plans::{End, Plan};
use super::{Dice, Seed, cast, key_file};
use crate::app::App;
use crate::elections::settings::QuestionKind;
use crate::elections::{advance, cast as casting, opening, registrar, setup};
use crate::error::{AppError, AppResult};

type G = Ed25519;

/// The key file of the trustee of an election, for downloading.
///
/// # Errors
/// A database error.
pub(super) fn trustee_key(conn: &mut Conn, slug: &str) -> AppResult<Option<String>> {
    Ok(organisation::setting(conn, &key_setting(slug))?)
}

fn key_setting(slug: &str) -> String {
    format!("demo trustee key {slug}")
}

/// An election that voters can be drawn for.
struct Made {
    election: Election,
    keys: Keys,
    voters: Vec<(PersonId, Credential)>,
}

/// Adds the elections, one after the other.
///
/// # Errors
/// A database error, or ballots that are refused.
pub async fn seed(seed: &Seed) -> anyhow::Result<()> {
    let plans = plans::all();
    let of: usize = plans.iter().map(|p| p.ballots + 20).sum();
    let mut done = 0;
    for plan in plans {
        let dice = seed.dice(plan.slug);
        // A small demonstration has smaller elections, with the same turnout.
        let ballots = plan.ballots.min(seed.people() / 8 + 12);
        if matches!(plan.end, End::Announced) {
            announce(seed.app(), &plan, &dice)?;
        } else {
            let made = prepare(seed.app(), &plan, &dice, plan.roll.min(ballots * 5 / 2))?;
            done += 10;
            let ballots = ballots.min(made.voters.len());
            for (voter, (person, credential)) in made.voters.iter().rev().take(ballots).enumerate() {
                vote(seed.app(), &made.election, &plan, &dice, *person, credential).await?;
                seed.progress(done + voter, of)?;
            }
            finish(seed.app(), &made, &plan)?;
        }
        done += plan.ballots + 10;
        seed.progress(done, of)?;
    }
    Ok(())
}

/// The cast first, then others, up to the size of the roll.
fn people(conn: &mut Conn, size: usize) -> AppResult<Vec<PersonId>> {
    let mut all = Vec::new();
    for account in cast::accounts() {
        all.extend(accounts::owner_of_address(conn, &account.email)?.map(|p| p.id));
    }
    let more = accounts::find_persons(conn, "@people.example", i64::try_from(size).unwrap_or(0))?;
    all.extend(more.into_iter().map(|p| p.id));
    all.truncate(size);
    Ok(all)
}

fn insert(conn: &mut Conn, app: &App, plan: &Plan, dice: &Dice, state: &str) -> AppResult<Election> {
    let now = app.now();
    let settings = serde_json::to_string(&plan.settings()).map_err(AppError::internal)?;
    let public_id = PublicId::new(now, dice.bytes()?);
    let uuid = uuid(dice)?;
    let new = NewElection {
        public_id: &public_id.to_string(),
        slug: plan.slug,
        uuid: &uuid,
        title: plan.title,
        state,
        settings: &settings,
        archive_seconds: 0,
        created_at: now,
    };
    let election = elections::insert(conn, &new)?;
    let at = |hours: i64| Some(now.plus(TimeDelta::hours(hours)));
    let (opens, closes) = plan.hours;
    let instants = Instants {
        record_at: at(opens - 24),
        opens_at: at(opens),
        closes_at: at(closes),
        publish_at: at(closes + 1),
    };
    elections::put_instants(conn, election.id, instants)?;
    Ok(elections::by_id(conn, election.id)?)
}

/// Fourteen letters for the archive, as Belenios writes identifiers.
fn uuid(dice: &Dice) -> AppResult<String> {
    const LETTERS: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let letter = || dice.pick(LETTERS).map(|b| char::from(*b));
    (0..14).map(|_| letter()).collect::<Option<String>>().ok_or_else(|| AppError::internal("no letters"))
}

fn announce(app: &App, plan: &Plan, dice: &Dice) -> AppResult<()> {
    app.store().write(|c| insert(c, app, plan, dice, "announced").map(|_| ()))
}

/// Roll, trustees, codes, set-up event; voting is open afterwards.
fn prepare(app: &App, plan: &Plan, dice: &Dice, roll_size: usize) -> anyhow::Result<Made> {
    let keys = Keys::make(plan.trustees.0, plan.trustees.1)?;
    let settings = plan.settings();
    let (election, voters, trustee) = app.store().write(|c| {
        let now = app.now();
        let election = insert(c, app, plan, dice, "rehearsed")?;
        let trustee = name_trustees(c, &election, &keys)?;
        for person_id in people(c, roll_size)? {
            let reason = "member on the record date";
            let entry = roll::NewRollEntry {
                election_id: election.id,
                person_id,
                weight: 1,
                reason,
                corrected: false,
            };
            roll::insert(c, &entry)?;
        }
        let issued = setup::issue_credentials(c, &election, setup::group(&settings)?)?;
        if matches!(plan.end, End::Open) {
            registrar::mail_codes(c, app, &election, &settings, &issued, now)?;
        }
        setup::write_setup(c, app, &election, &settings, &keys.json)?;
        let persons: std::collections::HashMap<i64, PersonId> =
            roll::all(c, election.id)?.into_iter().map(|e| (e.id, e.person_id)).collect();
        let voters: Vec<_> = issued
            .into_iter()
            .filter_map(|i| persons.get(&i.roll_entry).map(|person| (*person, i.credential)))
            .collect();
        Ok::<_, AppError>((election, voters, trustee))
    })?;
    advance(app, election.id)?;
    let election = app.store().read(|c| Ok::<_, AppError>(elections::by_id(c, election.id)?))?;
    if let [alone] = keys.owners.as_slice() {
        let secret = alone.secret.encode();
        let file = key_file::seal(app, &election.uuid, &trustee, &alone.public_key, &secret)?;
        let setting = key_setting(plan.slug);
        app.store()
            .write(|c| Ok::<_, AppError>(organisation::put_setting(c, &setting, &file, app.now())?))?;
    }
    Ok(Made { election, keys, voters })
}

/// The trustee of the cast first, then others; the name of the first.
fn name_trustees(conn: &mut Conn, election: &Election, keys: &Keys) -> AppResult<String> {
    let first = cast::accounts().into_iter().find(|a| a.role == "trustee");
    let first = first.ok_or_else(|| AppError::internal("the cast has no trustee"))?;
    let mut people =
        vec![(accounts::owner_of_address(conn, &first.email)?.map(|p| p.id), first.name.to_owned())];
    let more = i64::try_from(keys.owners.len()).unwrap_or(0);
    let others = accounts::find_persons(conn, "@people.example", more)?;
    people.extend(others.into_iter().map(|p| (Some(p.id), p.preferred_name)));
    for ((position, owner), (person_id, name)) in (1..).zip(&keys.owners).zip(&people) {
        let state = "rehearsed";
        let row =
            trustees::NewTrustee { election_id: election.id, position, person_id: *person_id, name, state };
        trustees::insert(conn, &row)?;
        trustees::put_key(conn, election.id, position, &owner.public_key, &owner.fingerprint)?;
    }
    Ok(first.name.to_owned())
}

async fn vote(
    app: &App,
    election: &Election,
    plan: &Plan,
    dice: &Dice,
    person: PersonId,
    credential: &Credential,
) -> anyhow::Result<()> {
    let choices: Vec<Vec<u8>> =
        plan.settings().questions.iter().map(|q| choice(&q.kind, q.answers.len(), dice)).collect();
    let raw = {
        let object = object(election)?;
        ballot::encrypt(&object, credential, &choices, &mut setup::generator())?
    };
    match casting::cast(app, election, person, raw).await? {
        Ok(_) => Ok(()),
        Err(refusal) => anyhow::bail!("a ballot was refused: {refusal}"),
    }
}

fn object(election: &Election) -> AppResult<Object<G>> {
    let json =
        election.election_json.as_deref().ok_or_else(|| AppError::internal("the set-up is missing"))?;
    Object::parse(json.as_bytes()).map_err(AppError::internal)
}

/// What an invented voter chooses: the earlier answers a little more often.
fn choice(kind: &QuestionKind, answers: usize, dice: &Dice) -> Vec<u8> {
    let liking = |i: usize| 62_usize.saturating_sub(i * 6);
    match kind {
        QuestionKind::Approval { max, .. } => {
            let most = usize::try_from(*max).unwrap_or(usize::MAX);
            let mut left = most.min(answers);
            let mut marks = Vec::with_capacity(answers);
            for i in 0..answers {
                let yes = left > 0 && dice.chance(liking(i));
                left -= usize::from(yes);
                marks.push(u8::from(yes));
            }
            marks
        }
        QuestionKind::YesNoAbstain { .. } => {
            let side = if dice.chance(8) { 2 } else { usize::from(!dice.chance(74)) };
            (0..answers).map(|i| u8::from(i == side)).collect()
        }
        QuestionKind::Scores { .. } | QuestionKind::Grades { .. } | QuestionKind::Ranking { .. } => {
            let score = |i: usize| if dice.chance(liking(i)) { 3 + dice.below(3) } else { dice.below(4) };
            (0..answers).map(|i| u8::try_from(score(i)).unwrap_or(0)).collect()
        }
    }
}

/// Ends voting, adds up and opens, as far as the plan says.
fn finish(app: &App, made: &Made, plan: &Plan) -> anyhow::Result<()> {
    let id = made.election.id;
    if matches!(plan.end, End::Open) {
        return Ok(());
    }
    let now = app.now();
    let opens = made.election.opens_at;
    let instants = Instants {
        record_at: made.election.record_at,
        opens_at: opens,
        closes_at: Some(now),
        publish_at: Some(now),
    };
    app.store().write(|c| Ok::<_, AppError>(elections::put_instants(c, id, instants)?))?;
    advance(app, id)?;
    if matches!(plan.end, End::Published) {
        decrypt(app, made)?;
        advance(app, id)?;
    }
    Ok(())
}

/// The trustees' part for questions that are added up.
fn decrypt(app: &App, made: &Made) -> anyhow::Result<()> {
    let id = made.election.id;
    let (object, tally) = app.store().read(|c| {
        let election = elections::by_id(c, id)?;
        opening::to_decrypt::<G>(c, &election)
    })?;
    let held = app.boxes().get_now(app, &made.election)?;
    for (owner, secret) in made.keys.opening() {
        let mut rng = setup::generator();
        let share = PartialDecryption::prove(object.fingerprint(), secret, &tally.shape, &mut rng).to_json();
        app.store().write(|c| {
            opening::submit_decryption(c, &held, id, owner, &share, false)?;
            let position = i64::try_from(owner).map_err(AppError::internal)?;
            Ok::<_, AppError>(trustees::put_state(c, id, position, "decrypted")?)
        })?;
    }
    Ok(())
}
