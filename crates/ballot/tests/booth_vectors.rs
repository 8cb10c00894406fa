//! The numbers on which the booth's JavaScript and this crate must agree: `e2e/booth/vectors.json`.
//!
//! Here the file is made again and compared; `e2e/booth/vectors.test.mjs` does the same from the other side, and makes
//! `ceremony.json`, a ceremony of browser trustees, which is replayed here. After a deliberate change,
//! `FOLKMOOT_WRITE_VECTORS=1 cargo test -p folkmoot-ballot --test booth_vectors` writes it anew.
//!
//! Randomness of both sides: byte block i is SHA-256("booth-vectors|SEED|i"), i decimal from 0, blocks concatenated.

#![allow(clippy::unwrap_used)]

use std::convert::Infallible;
use std::fmt::Write as _;
use std::path::Path;

use folkmoot_ballot::ballot;
use folkmoot_ballot::credential::Credential;
use folkmoot_ballot::election::Election;
use folkmoot_ballot::group::{Belenios2048, Ed25519, Group, Rfc3526, Scalar};
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::receipt::{Checkpoint, KeyKind, Receipt, SigningKey, Tree};
use folkmoot_ballot::trustee::ceremony::Certificates;
use folkmoot_ballot::trustee::{CeremonyContext, Member, Seed, Signed, parse_signed_list};
use rand_core::{TryCryptoRng, TryRng};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The reproducible stream of bytes.
struct Seeded {
    seed: String,
    block: u64,
    spare: Vec<u8>,
}

impl Seeded {
    fn new(seed: &str) -> Self {
        Self { seed: seed.to_owned(), block: 0, spare: Vec::new() }
    }
}

impl TryRng for Seeded {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        while self.spare.len() < to.len() {
            let block = Sha256::digest(format!("booth-vectors|{}|{}", self.seed, self.block));
            self.block += 1;
            self.spare.extend_from_slice(&block);
        }
        let rest = self.spare.split_off(to.len());
        to.copy_from_slice(&self.spare);
        self.spare = rest;
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `count` lines "s t g^s (g^s)^t g^s·(g^s)^t" of random s and t: their hash, and the first line to look at.
fn arithmetic<G: Group>(count: usize) -> Value {
    let mut rng = Seeded::new(&format!("arithmetic {}", G::NAME));
    let mut lines = String::new();
    for _ in 0..count {
        let (s, t) = (G::Scalar::random(&mut rng), G::Scalar::random(&mut rng));
        let a = G::pow_generator(&s);
        let b = G::pow(&a, &t);
        let c = G::mul(&a, &b);
        let [a, b, c] = [a, b, c].map(|element| G::encode(&element));
        let _ = writeln!(lines, "{} {} {a} {b} {c}", s.encode(), t.encode());
    }
    let first = lines.lines().next().unwrap();
    json!({"group": G::NAME, "count": count, "sha256": hex(&Sha256::digest(&lines)), "first": first})
}

fn homomorphic(answers: &[&str], blank: Option<bool>, min: usize, max: usize) -> Value {
    match blank {
        Some(blank) => {
            json!({"answers": answers, "blank": blank, "min": min, "max": max, "question": "Who?"})
        }
        None => json!({"answers": answers, "min": min, "max": max, "question": "Who?"}),
    }
}

fn ranking(answers: &[&str]) -> Value {
    json!({"type": "NonHomomorphic", "value": {"answers": answers, "question": "Order?"}, "extra": {"method": "Schulze", "blank": true}})
}

/// One ballot from fixed randomness. The tracker is a hash of the whole text, so equal trackers are equal ballots.
fn fixed_ballot<G: Group>(name: &str, questions: &[Value], choices: &[Vec<u8>]) -> Value {
    let seed = format!("{name} {}", G::NAME);
    let key = G::pow_generator(&G::Scalar::random(&mut Seeded::new(&format!("key {seed}"))));
    let election = json!({"version": 1, "description": "Béla’s “election” \u{7f}\n", "name": "Vectors", "group": G::NAME,
        "public_key": G::encode(&key), "questions": questions, "uuid": "VectorE1ection14"});
    let text = serde_json::to_string(&election).unwrap().replace('\u{7f}', "\\u007f");
    let parsed = Election::<G>::parse(text.as_bytes()).unwrap();
    let code = Credential::generate(&mut Seeded::new(&format!("code {seed}")));
    let ballot = ballot::encrypt_with(&parsed, &code, choices, &mut Seeded::new(&seed)).unwrap();
    ballot::verify(&parsed, ballot.as_bytes()).unwrap();
    json!({"name": name, "seed": seed, "election": text, "fingerprint": parsed.fingerprint(), "code": code.as_str(),
        "credential": G::encode(&code.public::<G>(parsed.uuid())), "choices": choices, "bytes": ballot.len(),
        "tracker": ballot::tracker(ballot.as_bytes())})
}

fn homomorphic_ballots<G: Group>(to: &mut Vec<Value>) {
    let three = ["Ada", "Grace", "Zoë"];
    let cases: [(&str, Value, Vec<u8>); 6] = [
        ("approval", homomorphic(&three, None, 0, 3), vec![1, 0, 1]),
        ("exactly one", homomorphic(&three, None, 1, 1), vec![0, 0, 1]),
        ("two of three", homomorphic(&three, Some(false), 2, 2), vec![1, 1, 0]),
        ("blank allowed", homomorphic(&three, Some(true), 1, 2), vec![0, 0, 1, 1]),
        ("blank used", homomorphic(&three, Some(true), 1, 2), vec![1, 0, 0, 0]),
        ("blank used, min 0", homomorphic(&three, Some(true), 0, 2), vec![1, 0, 0, 0]),
    ];
    for (name, question, choices) in cases {
        to.push(fixed_ballot::<G>(name, &[question], &[choices]));
    }
}

fn mixed_ballot<G: Group>(to: &mut Vec<Value>) {
    let questions = [ranking(&["Ada", "Grace", "Zoë", "Kim"]), homomorphic(&["yes", "no"], None, 0, 1)];
    to.push(fixed_ballot::<G>("ranking and approval", &questions, &[vec![2, 255, 0, 1], vec![0, 1]]));
}

/// Receipts for some positions of logs of some sizes, as the server issues them.
fn receipts() -> Vec<Value> {
    let key = SigningKey::generate("vote.example", KeyKind::Log, &mut Seeded::new("log key")).unwrap();
    let origin = "vote.example/e/VectorE1ection14";
    let mut made = Vec::new();
    for (index, size) in [(1, 2), (1, 3), (2, 3), (6, 7), (4, 9), (8, 9), (15, 16), (16, 17), (40, 100)] {
        let mut tree = Tree::new();
        let mut kept = (String::new(), String::new());
        for height in 0..size {
            let ballot = format!("ballot {height}");
            let payload = hex(&Sha256::digest(&ballot));
            let parent = hex(&Sha256::digest("parent"));
            let event = match height {
                0 => format!("{{\"height\":0,\"type\":\"Setup\",\"payload\":\"{payload}\"}}"),
                _ => format!(
                    "{{\"parent\":\"{parent}\",\"height\":{height},\"type\":\"Ballot\",\"payload\":\"{payload}\"}}"
                ),
            };
            tree.push(event.as_bytes());
            if height == index {
                kept = (event, ballot::tracker(ballot.as_bytes()));
            }
        }
        let checkpoint = Checkpoint::of(origin, &tree).sign(&key).unwrap();
        let receipt = Receipt::under(&tree, index, kept.0.as_bytes(), checkpoint).unwrap();
        made.push(
            json!({"key": key.verifier().to_string(), "origin": origin, "tracker": kept.1, "index": index,
            "size": size, "receipt": receipt.to_string()}),
        );
    }
    made
}

/// A ceremony of 2 of 3 members, with everything that passes through the server.
fn ceremony<G: Group>() -> Value {
    let mut rng = Seeded::new(&format!("ceremony {}", G::NAME));
    let seeds: Vec<Seed> = (0..3).map(|_| Seed::random(&mut rng)).collect();
    let members: Vec<Member<G>> = seeds
        .iter()
        .enumerate()
        .map(|(i, seed)| Member::new(CeremonyContext { size: 3, threshold: 2, index: i + 1 }, seed).unwrap())
        .collect();
    let mut round = Certificates::<G>::new(3, 2).unwrap();
    for (i, member) in members.iter().enumerate() {
        round.submit(i + 1, member.certificate(&mut rng).as_bytes()).unwrap();
    }
    let mut round = round.close().unwrap();
    let certs = parse_signed_list::<G>(round.certificates_json().as_bytes()).unwrap();
    let contributions: Vec<_> = members.iter().map(|m| m.contribution(&certs, &mut rng).unwrap()).collect();
    for (i, contribution) in contributions.iter().enumerate() {
        round.submit(i + 1, contribution.commitment).unwrap();
    }
    let mut round = round.close().unwrap();
    for (i, contribution) in contributions.iter().enumerate() {
        round.submit(i + 1, contribution.json.as_bytes()).unwrap();
    }
    let round = round.close().unwrap();
    let commitments = round.commitments().to_vec();
    let vinputs: Vec<String> = (1..=3).map(|i| round.vinput(i).unwrap()).collect();
    let share =
        |(m, vinput): (&Member<G>, &String)| m.share(&certs, &commitments, vinput.as_bytes(), &mut rng);
    let voutputs: Vec<String> = members.iter().zip(&vinputs).map(share).collect::<Result<_, _>>().unwrap();
    let texts: Vec<String> = contributions.iter().map(|c| c.commitment.hex()).collect();
    let mut signed = String::new();
    certs.iter().for_each(|c| {
        signed.push(',');
        c.write(&mut signed);
    });
    let certs: Value = serde_json::from_str(&format!("[{}]", signed.trim_start_matches(','))).unwrap();
    json!({"group": G::NAME, "seeds": seeds.iter().map(Seed::text).collect::<Vec<_>>(), "certs": certs,
        "commitments": texts, "vinputs": parsed(&vinputs), "voutputs": parsed(&voutputs)})
}

fn parsed(texts: &[String]) -> Vec<Value> {
    texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

/// A file of the booth's tests.
fn booth_file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/booth").join(name)
}

#[test]
fn a_ceremony_of_browser_trustees_is_accepted_by_this_crate() {
    let made: Value =
        serde_json::from_str(&std::fs::read_to_string(booth_file("ceremony.json")).unwrap()).unwrap();
    let texts = |name: &str| -> Vec<String> {
        made[name]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
            .collect()
    };
    let mut round = Certificates::<Ed25519>::new(3, 2).unwrap();
    for (i, cert) in texts("certs").iter().enumerate() {
        round.submit(i + 1, cert.as_bytes()).unwrap();
    }
    let mut round = round.close().unwrap();
    let certs: Vec<Signed<Ed25519>> = parse_signed_list(round.certificates_json().as_bytes()).unwrap();
    for (i, commitment) in texts("commitments").iter().enumerate() {
        round.submit(i + 1, Hash::from_hex(commitment).unwrap()).unwrap();
    }
    let mut round = round.close().unwrap();
    for (i, polynomial) in texts("polynomials").iter().enumerate() {
        round.submit(i + 1, polynomial.as_bytes()).unwrap();
    }
    let mut round = round.close().unwrap();
    let (voutputs, seeds) = (texts("voutputs"), texts("seeds"));
    for (i, (voutput, seed)) in voutputs.iter().zip(&seeds).enumerate() {
        let seed = Seed::parse(seed).unwrap();
        let context = CeremonyContext { size: 3, threshold: 2, index: i + 1 };
        let member = Member::<Ed25519>::new(context, &seed).unwrap();
        let vinput = round.vinput(i + 1).unwrap();
        let own =
            member.share(&certs, round.commitments(), vinput.as_bytes(), &mut Seeded::new("share")).unwrap();
        let (own, theirs): (Value, Value) =
            (serde_json::from_str(&own).unwrap(), serde_json::from_str(voutput).unwrap());
        assert_eq!(own["public_key"]["public_key"], theirs["public_key"]["public_key"]);
        let share = Member::<Ed25519>::open_share(&seed, theirs["private_key"].as_str().unwrap()).unwrap();
        assert_eq!(Ed25519::encode(&share.public()), theirs["public_key"]["public_key"].as_str().unwrap());
        round.submit(i + 1, voutput.as_bytes()).unwrap();
    }
    round.close().unwrap();
}

#[test]
fn the_booth_and_this_crate_agree_on_the_vectors() {
    let mut ballots = Vec::new();
    homomorphic_ballots::<Ed25519>(&mut ballots);
    mixed_ballot::<Ed25519>(&mut ballots);
    homomorphic_ballots::<Belenios2048>(&mut ballots);
    mixed_ballot::<Rfc3526>(&mut ballots);
    let groups = [arithmetic::<Ed25519>(1000), arithmetic::<Belenios2048>(100), arithmetic::<Rfc3526>(20)];
    let made = serde_json::to_string_pretty(&json!({"arithmetic": groups, "ballots": ballots,
        "receipts": receipts(), "ceremony": ceremony::<Ed25519>()}))
    .unwrap()
        + "\n";
    let path = booth_file("vectors.json");
    if std::env::var_os("FOLKMOOT_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(kept == made, "{} is not what this crate makes", path.display());
}
