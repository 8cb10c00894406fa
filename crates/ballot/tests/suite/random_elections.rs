//! Random elections, each held completely by this crate, each judged by `belenios-tool election verify` (finite-field
//! groups) and by the separate strict verifier `ops/reference/verify.py` (all groups).
//!
//! Group, kinds and number of questions, blank votes, weights, revotes, single and threshold trustees, zero ballots and
//! one ballot vary. `FOLKMOOT_ELECTIONS` sets how many are held, `FOLKMOOT_FIRST_ELECTION` the number of the first.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use folkmoot_ballot::archive::{EventKind, Writer, owned, setup_data};
use folkmoot_ballot::ballot::encrypt;
use folkmoot_ballot::credential::{Credential, write_roll};
use folkmoot_ballot::election::{Draft, Election, random_identifier};
use folkmoot_ballot::group::{Group, GroupId};
use folkmoot_ballot::json::Value as Json;
use folkmoot_ballot::question::{Homomorphic, NonHomomorphic, Question};
use folkmoot_ballot::random::Hedged;
use folkmoot_ballot::trustee::ceremony::Outcome;
use folkmoot_ballot::trustee::{Member, SecretKey, Trustee, TrusteeKey, Trustees};
use folkmoot_ballot::verify::{Options, Standing};
use folkmoot_ballot::with_group;
use rand_core::Rng;
use serde_json::{Value, json};

use crate::belenios_tool::ceremony;
use crate::groups::Seeded;

/// A number from 0 to below `n`; the bias does not matter here.
fn below(rng: &mut Hedged, n: u64) -> usize {
    (rng.next_u64() % n) as usize
}

fn names(rng: &mut Hedged, count: usize) -> Vec<String> {
    let words = ["Ada", "Zoë \"Z\"", "back\\slash", "日本語", "tab\there", "O’Hara", "/"];
    (0..count).map(|i| format!("{} {i}", words[below(rng, words.len() as u64)])).collect()
}

/// A question and, as a JSON hint of no meaning to the protocol, sometimes a method.
fn question(rng: &mut Hedged, mixed: bool) -> Question {
    let answers = 1 + below(rng, 5);
    let answers = names(rng, answers);
    let question = format!("Question {}?", below(rng, 100));
    if mixed {
        let extra = r#"{"method":"Schulze","blank":true}"#;
        let extra = (below(rng, 2) == 0).then(|| Json::parse(extra.as_bytes()).unwrap());
        return Question::NonHomomorphic(NonHomomorphic { question, answers, extra });
    }
    let min = below(rng, answers.len() as u64 + 1);
    let max = min + below(rng, (answers.len() - min) as u64 + 1);
    Question::Homomorphic(Homomorphic { question, answers, blank: below(rng, 2) == 0, min, max: max.max(1) })
}

fn choice(rng: &mut Hedged, question: &Question) -> Vec<u8> {
    match question {
        Question::NonHomomorphic(q) => q.answers.iter().map(|_| below(rng, 256) as u8).collect(),
        Question::Homomorphic(q) => {
            let mut plain = vec![0; q.ciphertexts()];
            let first = usize::from(q.blank);
            if q.blank && below(rng, 4) == 0 {
                plain[0] = 1;
                return plain;
            }
            let wanted = q.min + below(rng, (q.max - q.min) as u64 + 1);
            while plain.iter().filter(|p| **p == 1).count() < wanted {
                plain[first + below(rng, q.answers.len() as u64)] = 1;
            }
            plain
        }
        _ => unreachable!("lists are never offered"),
    }
}

/// What the counts must be, with the ranked answers of every question sorted: the mixnet hides their order.
fn expected(questions: &[Question], votes: &BTreeMap<usize, Vec<Vec<u8>>>, weights: &[u64]) -> Value {
    let counts = |(i, question): (usize, &Question)| match question {
        Question::NonHomomorphic(_) => {
            let mut all: Vec<&Vec<u8>> = votes.values().map(|v| &v[i]).collect();
            all.sort();
            json!(all)
        }
        Question::Homomorphic(q) => {
            let sum = |j| votes.iter().map(|(voter, v)| weights[*voter] * u64::from(v[i][j])).sum::<u64>();
            json!((0..q.ciphertexts()).map(sum).collect::<Vec<_>>())
        }
        _ => unreachable!("lists are never offered"),
    };
    questions.iter().enumerate().map(counts).collect()
}

fn sorted(mut result: Value) -> Value {
    for question in result.as_array_mut().unwrap() {
        if let Some(list) = question.as_array_mut().filter(|l| l.iter().all(Value::is_array)) {
            list.sort_by_key(|v| {
                v.as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect::<Vec<_>>()
            });
        }
    }
    result
}

/// Trustees with the keys of those who will decrypt, and the owners who will shuffle.
struct Keys<G: Group> {
    trustees: Trustees<G>,
    secrets: Vec<SecretKey<G>>,
    shufflers: Vec<u64>,
}

fn keys<G: Group>(rng: &mut Hedged) -> Keys<G> {
    let (mut items, mut secrets) = (Vec::new(), Vec::new());
    let singles = 1 + below(rng, 2) - usize::from(below(rng, 3) == 0);
    for _ in 0..singles {
        let secret = SecretKey::random(rng);
        items.push(Trustee::Single(TrusteeKey::prove(&secret, rng)));
        secrets.push(secret);
    }
    if singles == 0 || below(rng, 3) == 0 {
        let size = 1 + below(rng, 3);
        let threshold = 1 + below(rng, size as u64);
        let (seeds, Outcome { group, sealed_shares }) = ceremony::<G>(size, threshold, rng);
        items.push(Trustee::Pedersen(group));
        // Any members, in any order, sometimes more than needed; with a threshold of one all have the same share.
        let first = below(rng, size as u64);
        let spare = if threshold == 1 { 0 } else { below(rng, (size - threshold) as u64 + 1) };
        let count = threshold + spare;
        secrets.extend((0..count).map(|i| {
            let i = (first + i) % size;
            Member::<G>::open_share(&seeds[i], &sealed_shares[i]).unwrap()
        }));
    }
    let trustees = Trustees::new(items);
    let all = trustees.keys().len() as u64;
    let shufflers = (1..=all.min(1 + below(rng, 2) as u64)).collect();
    Keys { trustees, secrets, shufflers }
}

/// The archive as far as it is.
struct Box(Vec<u8>);

impl Box {
    fn standing<G: Group>(&self) -> Standing<G> {
        let options = Options { threads: Some(1), ..Options::default() };
        let standing = Standing::<G>::read(Cursor::new(&self.0), &options, &mut ()).unwrap();
        standing.unwrap_or_else(|report| panic!("{:#?}", report.findings))
    }

    fn append<G: Group>(&mut self, events: &[(EventKind, Vec<&[u8]>)]) {
        let chain = self.standing::<G>().chain();
        let mut writer = Writer::resume(&mut self.0, chain);
        for (kind, objects) in events {
            writer.append(*kind, objects).unwrap();
        }
    }

    fn append_owned<G: Group>(&mut self, kind: EventKind, owner: u64, object: &str) {
        let owner = owned(owner, object.as_bytes());
        self.append::<G>(&[(kind, vec![object.as_bytes(), owner.as_bytes()])]);
    }
}

/// Holds an election; its archive and what its result must be.
fn hold<G: Group>(number: u64, rng: &mut Hedged) -> (String, Vec<u8>, Value) {
    let mixed_possible = G::embed(&[0]).is_ok();
    let mut questions: Vec<Question> = Vec::new();
    for _ in 0..1 + below(rng, 3) {
        let mixed = mixed_possible && below(rng, 2) == 0;
        questions.push(question(rng, mixed));
    }
    let mixed = questions.iter().any(Question::is_mixed);
    let uuid = random_identifier(rng);
    let Keys { trustees, secrets, shufflers } = keys::<G>(rng);
    let draft = Draft {
        name: format!("Election {number}"),
        description: String::new(),
        uuid: uuid.clone(),
        questions,
        administrator: (below(rng, 2) == 0).then(|| "Returns officer".to_owned()),
        credential_authority: None,
    };
    let election: Election<G> = draft.finish(&trustees.election_key()).unwrap();

    let voters = 1 + below(rng, 6);
    let weighted = !mixed && below(rng, 2) == 0;
    let weights: Vec<u64> =
        (0..voters).map(|_| if weighted { 1 + below(rng, 1000) as u64 } else { 1 }).collect();
    let credentials: Vec<Credential> = (0..voters).map(|_| Credential::generate(rng)).collect();
    let public: Vec<_> = credentials.iter().zip(&weights).map(|(c, w)| (c.public::<G>(&uuid), *w)).collect();
    let (roll, list) = (write_roll::<G>(&public), trustees.to_json());
    let data = setup_data(election.raw(), list.as_bytes(), roll.as_bytes());
    let mut writer = Writer::create(Vec::new(), 0).unwrap();
    let objects = [election.raw(), list.as_bytes(), roll.as_bytes(), data.as_bytes()];
    writer.append(EventKind::Setup, &objects).unwrap();
    let mut archive = Box(writer.into_inner());

    let mut casts = [0, 1].get(number as usize % 8).copied().unwrap_or_else(|| 1 + below(rng, 6));
    if casts == 0 && election.questions().iter().all(Question::is_mixed) && secrets.len() > 1 {
        // Two trustees would decrypt nothing with one and the same object, and an archive holds no object twice.
        casts = 1;
    }
    let mut votes = BTreeMap::new();
    let mut ballots = Vec::new();
    for _ in 0..casts {
        let voter = below(rng, voters as u64);
        let choices: Vec<Vec<u8>> = election.questions().iter().map(|q| choice(rng, q)).collect();
        ballots.push(encrypt(&election, &credentials[voter], &choices, rng).unwrap());
        votes.insert(voter, choices);
    }
    let mut events: Vec<_> = ballots.iter().map(|b| (EventKind::Ballot, vec![b.as_bytes()])).collect();
    events.push((EventKind::EndBallots, vec![]));
    archive.append::<G>(&events);
    let (tally, sized) = archive.standing::<G>().encrypted_tally().unwrap();
    archive.append::<G>(&[(EventKind::EncryptedTally, vec![tally.as_bytes(), sized.to_json().as_bytes()])]);
    if mixed {
        for owner in shufflers {
            let shuffle = archive.standing::<G>().shuffle(owner, rng).unwrap().to_json();
            archive.append_owned::<G>(EventKind::Shuffle, owner, &shuffle);
        }
        archive.append::<G>(&[(EventKind::EndShuffles, vec![])]);
    }
    for secret in &secrets {
        let (owner, share) = archive.standing::<G>().decrypt(secret, rng).unwrap();
        archive.append_owned::<G>(EventKind::PartialDecryption, owner as u64, &share.to_json());
    }
    let result = archive.standing::<G>().result().unwrap();
    archive.append::<G>(&[(EventKind::Result, vec![result.to_json().as_bytes()])]);
    let wanted = expected(election.questions(), &votes, &weights);
    assert_eq!(sorted(serde_json::from_str(&result.value_json()).unwrap()), wanted, "election {number}");
    archive.standing::<G>();
    (uuid, archive.0, wanted)
}

/// The reference's result; nothing where Python is missing.
fn reference(file: &Path) -> Option<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ops/reference/verify.py");
    let output = Command::new("python3").arg("-B").arg(script).arg(file).output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let (_, result) = said.split_once("'result': ").unwrap();
    let (result, _) = result.split_once(", 'stage': 'Result'").unwrap();
    Some(serde_json::from_str(result).unwrap())
}

/// Whether the tool, where it is installed, accepts the archive in a folder; its own computation of the result is
/// part of that.
fn tool(folder: &Path) -> Option<()> {
    let output =
        Command::new("belenios-tool").args(["election", "verify", "--dir"]).arg(folder).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(())
}

fn one(number: u64) -> [bool; 2] {
    let mut rng = Seeded::generator(1000 + number);
    let id = match number % 5 {
        0 | 2 => GroupId::Ed25519,
        1 | 3 => GroupId::Belenios2048,
        _ => GroupId::Rfc3526,
    };
    let (uuid, archive, result) = with_group!(id, G => hold::<G>(number, &mut rng));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("{uuid}.bel"));
    std::fs::write(&file, archive).unwrap();
    let theirs = reference(&file).map(|theirs| assert_eq!(sorted(theirs), result, "election {number}"));
    // Release 2.0, the one that is packaged, does not know Ed25519.
    let accepted = if id == GroupId::Ed25519 { None } else { tool(folder.path()) };
    [theirs.is_some(), accepted.is_some()]
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[test]
fn random_elections_are_accepted_by_the_other_verifiers() {
    let first = setting("FOLKMOOT_FIRST_ELECTION", 0);
    let end = first + setting("FOLKMOOT_ELECTIONS", 5);
    let next = AtomicU64::new(first);
    let seen = [0, 1].map(|_| AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= end {
                        return;
                    }
                    let judged = one(number);
                    for (count, judged) in seen.iter().zip(judged) {
                        count.fetch_add(u64::from(judged), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let [reference, tool] = seen.map(AtomicU64::into_inner);
    println!("figure: random elections held = {} elections", end - first);
    println!("figure: of these accepted by the reference verifier = {reference} elections");
    println!("figure: of these accepted by belenios-tool (finite-field groups) = {tool} elections");
    let finite = (first..end).filter(|n| n % 5 % 2 == 1 || n % 5 == 4).count() as u64;
    assert!(reference == end - first || reference == 0, "python3 came and went");
    assert!(tool == finite || tool == 0, "belenios-tool came and went");
}
