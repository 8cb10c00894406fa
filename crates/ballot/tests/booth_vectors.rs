//! The numbers on which the booth's JavaScript and this crate must agree: `e2e/booth/vectors.json`.
//!
//! Here the file is made again and compared; `e2e/booth/vectors.test.mjs` does the same from the other side. After a
//! deliberate change, `FOLKMOOT_WRITE_VECTORS=1 cargo test -p folkmoot-ballot --test booth_vectors` writes it anew.
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

#[test]
fn the_booth_and_this_crate_agree_on_the_vectors() {
    let mut ballots = Vec::new();
    homomorphic_ballots::<Ed25519>(&mut ballots);
    mixed_ballot::<Ed25519>(&mut ballots);
    homomorphic_ballots::<Belenios2048>(&mut ballots);
    mixed_ballot::<Rfc3526>(&mut ballots);
    let groups = [arithmetic::<Ed25519>(1000), arithmetic::<Belenios2048>(100), arithmetic::<Rfc3526>(20)];
    let made =
        serde_json::to_string_pretty(&json!({"arithmetic": groups, "ballots": ballots})).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/booth/vectors.json");
    if std::env::var_os("FOLKMOOT_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(kept == made, "{} is not what this crate makes", path.display());
}
