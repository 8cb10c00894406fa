//! From settings, roll and trustees to the setup event: the election object, the public credentials, the first leaf.

use folkmoot_ballot::archive::{EventKind, setup_data};
use folkmoot_ballot::credential::{Credential, write_roll};
use folkmoot_ballot::election::{Draft, random_identifier};
use folkmoot_ballot::group::{Group, GroupId};
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::question::{Homomorphic, NonHomomorphic, Question};
use folkmoot_ballot::trustee::Trustees;
use folkmoot_store::Conn;
use folkmoot_store::elections::{self, Election, roll};

use super::engine::for_group;
use super::log::Log;
use super::settings::{ElectionSettings, QuestionKind, QuestionSettings};
use crate::app::App;
use crate::error::{AppError, AppResult};

/// A private credential for one roll entry: to be handed to the voter and forgotten.
pub struct IssuedCredential {
    /// The entry.
    pub roll_entry: i64,
    /// The secret.
    pub credential: Credential,
}

/// The group of an election.
///
/// # Errors
/// `Internal` for a name that is not compiled in; forms offer only those that are.
pub fn group(settings: &ElectionSettings) -> AppResult<GroupId> {
    GroupId::from_name(&settings.group).ok_or_else(|| AppError::internal("unknown group in the settings"))
}

/// A new identifier for an archive.
#[must_use]
pub fn new_uuid() -> String {
    random_identifier(&mut generator())
}

/// The system's generator for keys, credentials and nonces.
#[must_use]
pub fn generator() -> impl rand_core::CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

/// Makes a credential for every roll entry and binds its public half to the entry.
///
/// # Errors
/// A unique violation when an entry has a credential already, or database errors.
pub fn issue_credentials(
    conn: &mut Conn,
    election: &Election,
    group: GroupId,
) -> AppResult<Vec<IssuedCredential>> {
    let mut rng = generator();
    let mut issued = Vec::new();
    for entry in roll::all(conn, election.id)? {
        let credential = Credential::generate(&mut rng);
        let public = public_half(group, &credential, &election.uuid)?;
        roll::bind_credential(conn, election.id, entry.id, &public)?;
        issued.push(IssuedCredential { roll_entry: entry.id, credential });
    }
    Ok(issued)
}

/// The public credential in text form.
///
/// # Errors
/// `Internal` for a group that is not served.
pub fn public_half(group: GroupId, credential: &Credential, uuid: &str) -> AppResult<String> {
    Ok(for_group!(group, G => G::encode(&credential.public::<G>(uuid))))
}

/// Writes the setup event: from here on questions, keys and credentials are fixed.
///
/// # Errors
/// `Conflict` with a sentence when the trustees' keys or the questions cannot be used, the roll has different weights, or it was
/// done before.
pub fn write_setup(
    conn: &mut Conn,
    app: &App,
    election: &Election,
    settings: &ElectionSettings,
    trustees_json: &str,
) -> AppResult<()> {
    let log = Log::open(app, &election.uuid)?;
    let draft = Draft {
        name: election.title.clone(),
        description: format!("{}\n\nBallot box key: {}", settings.description, log.verifier()),
        uuid: election.uuid.clone(),
        questions: settings.questions.iter().map(as_question).collect(),
        administrator: Some(app.organisation().name.clone()),
        credential_authority: Some(app.organisation().name.clone()),
    };
    let bound = roll::bindings_for_setup(conn, election.id)?;
    if bound.iter().any(|(_, weight)| *weight != 1) {
        // From 1, 2 and 4 votes every total says who voted how (requirement PRV-01).
        return Err(AppError::conflict(
            "An entry of the roll has another weight than 1. Totals of different weights would show single votes; give every entry the weight 1.",
        ));
    }
    let objects = for_group!(group(settings)?, G => objects::<G>(&draft, trustees_json, &bound)?);
    let [json, trustees, credentials] = &objects;
    let data = setup_data(json.as_bytes(), trustees.as_bytes(), credentials.as_bytes());
    if !elections::put_election_json(conn, election.id, json, &Hash::of(json.as_bytes()).base64())? {
        return Err(AppError::conflict("The setup of this election was written before."));
    }
    let objects: [(&str, &[u8]); 4] = [
        ("Election", json.as_bytes()),
        ("Trustees", trustees.as_bytes()),
        ("PublicCredentials", credentials.as_bytes()),
        ("SetupData", data.as_bytes()),
    ];
    log.append(conn, election, EventKind::Setup, &objects)?;
    Ok(())
}

fn objects<G: Group>(draft: &Draft, trustees_json: &str, bound: &[(String, i64)]) -> AppResult<[String; 3]> {
    let refused = |e: &dyn std::fmt::Display| {
        AppError::conflict(format!("The keys of the trustees cannot be used: {e}."))
    };
    let trustees = Trustees::<G>::parse(trustees_json.as_bytes()).map_err(|e| refused(&e))?;
    trustees.check().map_err(|e| refused(&e))?;
    let election = draft
        .finish::<G>(&trustees.election_key())
        .map_err(|e| AppError::conflict(format!("The questions cannot be used: {e}.")))?;
    let mut credentials = Vec::with_capacity(bound.len());
    for (text, weight) in bound {
        let element = G::decode_key(text).map_err(AppError::internal)?;
        credentials.push((element, u64::try_from(*weight).map_err(AppError::internal)?));
    }
    let json = String::from_utf8(election.raw().to_vec()).map_err(AppError::internal)?;
    Ok([json, trustees_json.to_owned(), write_roll::<G>(&credentials)])
}

/// A question as the archive writes it.
#[must_use]
pub fn as_question(question: &QuestionSettings) -> Question {
    let answers: Vec<String> = question.answers.iter().map(|a| a.name.clone()).collect();
    let size = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    match &question.kind {
        QuestionKind::Approval { min, max, blank } => Question::Homomorphic(Homomorphic {
            question: question.title.clone(),
            answers,
            blank: *blank,
            min: size(*min),
            max: size(*max),
        }),
        QuestionKind::YesNoAbstain { .. } => Question::Homomorphic(Homomorphic {
            question: question.title.clone(),
            answers,
            blank: false,
            min: 1,
            max: 1,
        }),
        QuestionKind::Ranking { .. } | QuestionKind::Scores { .. } | QuestionKind::Grades { .. } => {
            Question::NonHomomorphic(NonHomomorphic {
                question: question.title.clone(),
                answers,
                extra: None,
            })
        }
    }
}
