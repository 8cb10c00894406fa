//! Reading vectors and building profiles.

use folkmoot_counting::{Ballot, Kind, Lot, Method, Options, Profile, Votes};
use serde_json::{Map, Value, json};

/// Settings that the vector format keeps among the options but that belong to the election.
const ELECTION: [&str; 7] = ["lot", "withdrawn", "groups", "max_per_group", "sitting", "eligible", "seed"];

pub fn method(vector: &Value) -> Method {
    let name = vector["method"].as_str().expect("method");
    let mut settings = Map::new();
    settings.insert("method".to_owned(), json!(name));
    for (key, value) in vector["options"].as_object().into_iter().flatten() {
        if !ELECTION.contains(&key.as_str()) {
            settings.insert(key.clone(), value.clone());
        }
    }
    serde_json::from_value(Value::Object(settings)).unwrap_or_else(|e| panic!("{}: {e}", vector["id"]))
}

pub fn options(vector: &Value) -> Options {
    let o = &vector["options"];
    let get = |key: &str| (!o[key].is_null()).then(|| o[key].clone());
    Options {
        seats: vector["seats"].as_u64().unwrap_or(1) as usize,
        withdrawn: get("withdrawn").map(|w| serde_json::from_value(w).unwrap()).unwrap_or_default(),
        lot: get("lot").map_or(Lot::CandidateOrder, |l| Lot::Agreed {
            order: serde_json::from_value(l).unwrap(),
            reason: "given by the vector".to_owned(),
        }),
        groups: get("groups").map(|g| serde_json::from_value(g).unwrap()).unwrap_or_default(),
        max_per_group: get("max_per_group").map(|m| serde_json::from_value(m).unwrap()),
        sitting: get("sitting").map(|s| serde_json::from_value(s).unwrap()).unwrap_or_default(),
        ..Options::default()
    }
}

pub fn profile(vector: &Value, kind: Kind) -> Profile {
    let names: Vec<String> = serde_json::from_value(vector["candidates"].clone()).unwrap();
    let votes = if vector["totals"].is_null() {
        let ballots = vector["ballots"].as_array().expect("ballots");
        let read = |b: &Value| {
            let marks: Vec<i32> = serde_json::from_value(b[kind.key()].clone()).unwrap();
            Ballot::new(b["count"].as_u64().unwrap(), marks)
        };
        Votes::of(kind, ballots.iter().map(read).collect()).unwrap()
    } else {
        let totals = serde_json::from_value(vector["totals"].clone()).unwrap();
        Votes::Totals { totals, cast: vector["cast"].as_u64(), blank: None }
    };
    Profile::new(names, votes).unwrap().with_eligible(vector["options"]["eligible"].as_u64())
}

/// Settings from JSON.
pub fn settings(value: Value) -> Method {
    serde_json::from_value(value).unwrap()
}

/// A profile of candidates named A, B, C, … from `(count, marks)`.
pub fn ballots(kind: Kind, groups: &[(u64, &[i32])]) -> Profile {
    let n = groups.first().map_or(3, |g| g.1.len());
    let list = groups.iter().map(|&(count, marks)| Ballot::new(count, marks)).collect();
    Profile::new(names(n), Votes::of(kind, list).unwrap()).unwrap()
}

pub fn names(n: usize) -> Vec<String> {
    (0..n).map(|c| char::from(b'A' + c as u8).to_string()).collect()
}

pub fn agreed(order: &[usize]) -> Lot {
    Lot::Agreed { order: order.to_vec(), reason: "test".to_owned() }
}
