//! Trustees, shuffles and decryptions of the collected elections, with their trustees' private keys.
//!
//! `FOLKMOOT_VECTORS` names one more folder of the same shape.

use std::path::{Path, PathBuf};

use folkmoot_ballot::decryption::{Decryptions, PartialDecryption, Submission};
use folkmoot_ballot::election::{Election, group_of};
use folkmoot_ballot::elgamal::Ciphertext;
use folkmoot_ballot::group::{Group, Scalar};
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::mixnet::{Mixnet, Shuffle};
use folkmoot_ballot::shape::Shape;
use folkmoot_ballot::trustee::{Member, SecretKey, Seed, TrusteeNote, Trustees};
use folkmoot_ballot::with_group;
use serde_json::Value;

use crate::groups::Seeded;
use crate::tampered::parts;

/// The elections whose trustees' keys are there.
pub fn elections() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in parts("valid") {
        let cases = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
        found.extend(cases.filter(|p| p.join("secrets.json").exists()));
    }
    found.sort();
    assert!(!found.is_empty(), "no elections with their trustees' keys found");
    found
}

/// The archive of an election's folder.
pub fn archive_file(dir: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
    files.find(|p| p.extension().is_some_and(|e| e == "bel")).unwrap()
}

/// The data objects and the events of an archive, in order; a reader of its own, to be independent of the library's.
pub fn entries(dir: &Path) -> Vec<(bool, Vec<u8>)> {
    let raw = std::fs::read(archive_file(dir)).unwrap();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < raw.len() {
        let name = std::str::from_utf8(&raw[at..at + 100]).unwrap().trim_end_matches('\0');
        let size = usize::from_str_radix(std::str::from_utf8(&raw[at + 124..at + 135]).unwrap(), 8).unwrap();
        let body = raw[at + 512..at + 512 + size].to_vec();
        if name != "BELENIOS" {
            out.push((name.ends_with(".event.json"), body));
        }
        at += 512 + size.next_multiple_of(512);
    }
    out
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn shape<G: Group>(value: &Value) -> Shape<Ciphertext<G>> {
    match value {
        Value::Array(list) => Shape::Array(list.iter().map(shape).collect()),
        leaf => Shape::Leaf(Ciphertext {
            alpha: G::decode(leaf["alpha"].as_str().unwrap()).unwrap(),
            beta: G::decode(leaf["beta"].as_str().unwrap()).unwrap(),
        }),
    }
}

/// An election as far as its archive goes.
pub struct Known<G: Group> {
    pub election: Election<G>,
    pub trustees: Trustees<G>,
    /// After the last shuffle.
    pub tally: Option<Shape<Ciphertext<G>>>,
    pub shuffles: usize,
    /// Owner and object.
    pub decryptions: Vec<(u64, Vec<u8>)>,
    pub result: Option<Value>,
}

pub fn mixed_lists<G: Group>(
    election: &Election<G>,
    tally: &Shape<Ciphertext<G>>,
) -> Vec<Vec<Ciphertext<G>>> {
    let list = |i: &usize| tally.entries()[*i].leaves().into_iter().copied().collect();
    election.mixed_questions().iter().map(list).collect()
}

pub fn replay<G: Group>(dir: &Path) -> Known<G> {
    let (mut pending, mut known) = (Vec::<Vec<u8>>::new(), None::<Known<G>>);
    for (is_event, body) in entries(dir) {
        if !is_event {
            pending.push(body);
            continue;
        }
        let kind = json(&body)["type"].as_str().unwrap().to_owned();
        if kind == "Setup" {
            let trustees = Trustees::parse(&pending[1]).unwrap();
            assert_eq!(trustees.to_json().as_bytes(), pending[1]);
            let election = Election::parse(&pending[0]).unwrap();
            known = Some(Known {
                election,
                trustees,
                tally: None,
                shuffles: 0,
                decryptions: vec![],
                result: None,
            });
        }
        let k = known.as_mut().unwrap();
        match kind.as_str() {
            "EncryptedTally" => k.tally = Some(shape(&json(&pending[0]))),
            "Shuffle" => {
                let tally = k.tally.as_ref().unwrap();
                let mixnet = Mixnet::<G>::new(k.election.fingerprint(), &G::fixed_element(k.election.key()));
                let shuffle = Shuffle::parse(&pending[0]).unwrap();
                assert_eq!(shuffle.to_json().as_bytes(), pending[0]);
                mixnet.verify(&mixed_lists(&k.election, tally), &shuffle).unwrap();
                let replaced = |(i, entry): (usize, &Shape<Ciphertext<G>>)| match k
                    .election
                    .mixed_questions()
                    .iter()
                    .position(|q| *q == i)
                {
                    Some(at) => Shape::row(shuffle.ciphertexts[at].iter().copied()),
                    None => entry.clone(),
                };
                k.tally = Some(Shape::Array(tally.entries().iter().enumerate().map(replaced).collect()));
                k.shuffles += 1;
            }
            "PartialDecryption" => {
                let owned = json(&pending[1]);
                assert_eq!(owned["payload"], Hash::of(&pending[0]).hex());
                k.decryptions.push((owned["owner"].as_u64().unwrap(), pending[0].clone()));
            }
            "Result" => k.result = Some(json(&pending[0])["result"].clone()),
            _ => {}
        }
        pending.clear();
    }
    known.unwrap()
}

pub fn secrets_of<G: Group>(dir: &Path) -> Vec<(u64, SecretKey<G>)> {
    let all = json(&std::fs::read(dir.join("secrets.json")).unwrap());
    let trustee = |t: &Value| {
        let share = t.get("private_key").or_else(|| t.get("decryption_key")).unwrap();
        // Early releases added up their shares without reducing them modulo q.
        let digit =
            |sum: G::Scalar, d: u8| sum * G::Scalar::from_u64(10) + G::Scalar::from_u64(u64::from(d - b'0'));
        let reduced = share.as_str().unwrap().bytes().fold(G::Scalar::zero(), digit).encode();
        let share = SecretKey::<G>::decode(&reduced).unwrap();
        // From 3.1 on, the share is sealed as we seal it.
        if let Some(sealed) = t.get("encrypted_decryption_key").and_then(Value::as_str)
            && sealed.starts_with("{\"algorithm\":\"AES-GCM\"")
        {
            let seed = Seed::parse(t["seed"].as_str().unwrap()).unwrap();
            assert_eq!(Member::<G>::open_share(&seed, sealed).unwrap().public(), share.public());
        }
        (t["owner"].as_u64().unwrap(), share)
    };
    all["trustees"].as_array().unwrap().iter().map(trustee).collect()
}

/// The stated result against what was decrypted.
pub fn agrees<G: Group>(election: &Election<G>, plain: &Shape<G::Element>, result: &Value) {
    let mixed = election.mixed_questions();
    for (i, (entry, stated)) in plain.entries().iter().zip(result.as_array().unwrap()).enumerate() {
        let stated = stated.as_array().unwrap();
        if mixed.contains(&i) {
            let opened: Vec<Value> = entry
                .leaves()
                .into_iter()
                .zip(stated)
                .map(|(e, s)| G::unembed(e, s.as_array().unwrap().len()).unwrap().into())
                .collect();
            assert_eq!(opened, *stated);
            continue;
        }
        let flat = |v: &Value| v.as_array().cloned().unwrap_or_else(|| vec![v.clone()]);
        let counts: Vec<u64> = stated
            .iter()
            .flat_map(flat)
            .map(|c| c.as_u64().or_else(|| c.as_str()?.parse().ok()).unwrap())
            .collect();
        let powers: Vec<G::Element> =
            counts.iter().map(|c| G::vartime_pow_generator(&G::Scalar::from_u64(*c))).collect();
        assert_eq!(entry.leaves().into_iter().copied().collect::<Vec<_>>(), powers);
    }
}

fn check<G: Group>(dir: &Path) -> [usize; 3] {
    let known = replay::<G>(dir);
    let Known { election, trustees, tally, .. } = &known;
    let notes = trustees.check().unwrap();
    let name = dir.file_name().unwrap().to_str().unwrap();
    let old = ["threshold-20", "threshold-21", "threshold-251"].iter().any(|form| name.ends_with(form));
    assert_eq!(notes.iter().any(|n| matches!(n, TrusteeNote::OldForm { .. })), old, "{notes:?}");
    assert_eq!(trustees.election_key(), G::fixed_element(election.key()));
    let secrets = secrets_of::<G>(dir);
    for (owner, secret) in &secrets {
        assert_eq!(trustees.keys()[*owner as usize - 1], secret.public());
    }
    let Some(tally) = tally else { return [0; 3] };
    let mut rng = Seeded::generator(1);
    if known.shuffles > 0 && election.mixed_questions().len() == 1 {
        let mixnet = Mixnet::<G>::new(election.fingerprint(), &G::fixed_element(election.key()));
        let inputs = mixed_lists(election, tally);
        let again = mixnet.shuffle(&inputs, &mut rng).unwrap();
        mixnet.verify(&inputs, &again).unwrap();
    }
    let (mut theirs, mut ours) = (
        Decryptions::new(election.fingerprint(), trustees, tally.clone()),
        Decryptions::new(election.fingerprint(), trustees, tally.clone()),
    );
    for (owner, object) in &known.decryptions {
        assert_eq!(theirs.submit(*owner, object), Ok(Submission::Accepted));
        let secret = &secrets.iter().find(|(o, _)| o == owner).unwrap().1;
        let again = PartialDecryption::prove(election.fingerprint(), secret, tally, &mut rng);
        assert_eq!(
            json(again.to_json().as_bytes())["decryption_factors"],
            json(object)["decryption_factors"]
        );
        assert_eq!(ours.owner_of(secret).unwrap() as u64, *owner);
        assert_eq!(ours.submit(*owner, again.to_json().as_bytes()), Ok(Submission::Accepted));
    }
    if let Some(result) = &known.result {
        let plain = theirs.combine().unwrap();
        agrees(election, &plain, result);
        assert_eq!(ours.combine().unwrap(), plain);
        // The last members of a threshold group do as well as the first.
        let mut last = Decryptions::new(election.fingerprint(), trustees, tally.clone());
        for group in trustees.decryption_groups() {
            for owner in group.owners.rev().take(group.needed) {
                let secret = &secrets.iter().find(|(o, _)| *o == owner as u64).unwrap().1;
                let share = PartialDecryption::prove(election.fingerprint(), secret, tally, &mut rng);
                last.submit(owner as u64, share.to_json().as_bytes()).unwrap();
            }
        }
        assert_eq!(last.combine().unwrap(), plain);
    }
    [known.shuffles, known.decryptions.len(), usize::from(known.result.is_some())]
}

#[test]
fn vectors_of_trustees_shuffles_and_decryptions() {
    let mut sums = [0; 3];
    for dir in elections() {
        let election = entries(&dir).into_iter().next().unwrap().1;
        let seen = with_group!(group_of(&election).unwrap(), G => check::<G>(&dir));
        sums.iter_mut().zip(seen).for_each(|(sum, n)| *sum += n);
    }
    let [shuffles, decryptions, results] = sums;
    println!("{shuffles} shuffles, {decryptions} partial decryptions, {results} results");
    assert!(sums.iter().all(|n| *n > 0), "{sums:?}");
}
