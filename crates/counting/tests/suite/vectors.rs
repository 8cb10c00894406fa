//! The counting vectors: ours (`small`, part of the project), real elections and events (read in place when present),
//! and whatever the folder named by FOLKMOOT_VECTORS holds.

use std::path::{Path, PathBuf};

use folkmoot_counting::{Ballot, Lot, Options, Profile, Votes, count, lot};
use serde_json::{Value, json};

use crate::support::{method, names, options, profile};

/// Methods that vectors name.
const METHODS: [&str; 15] = [
    "approval",
    "borda",
    "debian",
    "irv",
    "lot",
    "mj",
    "plurality",
    "ranked-pairs",
    "referendum",
    "schulze",
    "score",
    "star",
    "stv-belenios",
    "stv-meek",
    "stv-scotland",
];

fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors")
}

/// The places to read a part of the vectors from: ours, and the folder named by FOLKMOOT_VECTORS. Where it is missing
/// that is said by name.
pub fn places(part: &str, own: PathBuf) -> Vec<PathBuf> {
    let named = std::env::var_os("FOLKMOOT_VECTORS").map(PathBuf::from);
    let mut found = Vec::new();
    for root in [Some(own), named].into_iter().flatten() {
        let path = root.join(part);
        if path.exists() {
            found.push(path);
        } else {
            println!("skipped: {part} is not in {}", root.display());
        }
    }
    found
}

/// A folder without a single part that anybody here reads is a mistake in its name, not a success.
#[test]
fn vectors_folder_named_holds_vectors() {
    let Some(root) = std::env::var_os("FOLKMOOT_VECTORS").map(PathBuf::from) else { return };
    let parts = ["counting", "governance", "elections"];
    assert!(parts.iter().any(|part| root.join(part).is_dir()), "{}: none of {parts:?}", root.display());
}

/// All vectors of a folder or file. Files that hold no vectors of a method we know are ignored by name.
fn load(path: &Path) -> Vec<(String, Value)> {
    let mut files: Vec<PathBuf> = match std::fs::read_dir(path) {
        Ok(dir) => dir.map(|e| e.unwrap().path()).collect(),
        Err(_) => vec![path.to_owned()],
    };
    files.retain(|f| f.extension().is_some_and(|e| e == "json"));
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(value) = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()) else {
            assert!(!METHODS.iter().any(|m| name.starts_with(m)), "{name} is not JSON");
            println!("ignored: {name} is not JSON");
            continue;
        };
        match value {
            Value::Array(cases) => all.extend(cases.into_iter().map(|c| (name.clone(), c))),
            case => all.push((name, case)),
        }
    }
    all.retain(|(name, v)| {
        let known = v["method"].as_str().is_some_and(|m| METHODS.contains(&m));
        if !known {
            println!("ignored: {name} holds something of method {}", v["method"]);
        }
        known
    });
    all
}

/// Compares every key that is present in `expected`.
fn check(file: &str, vector: &Value) -> Result<(), String> {
    let id = vector["id"].as_str().unwrap_or(file);
    let expected = vector["expected"].as_object().ok_or_else(|| format!("{id}: nothing expected"))?;
    if vector["method"] == "lot" {
        let n = vector["n"].as_u64().unwrap() as usize;
        let drawn = lot::order(vector["seed"].as_str().unwrap(), n);
        return if serde_json::json!(drawn) == expected["lot"] {
            Ok(())
        } else {
            Err(format!("{id}: {drawn:?}"))
        };
    }
    let method = method(vector);
    let outcome = count(&method, &profile(vector, method.kind()), &options(vector))
        .map_err(|e| format!("{id}: {e}"))?;
    let got = outcome.to_vector();
    for (key, want) in expected {
        let have = got.get(key).unwrap_or(&Value::Null);
        if have != want {
            return Err(format!("{id} ({}): {key}\n  expected {want}\n  counted  {have}", vector["why"]));
        }
    }
    assert_eq!(outcome.explain().len(), outcome.steps.len());
    assert!(outcome.explain().iter().all(|s| s.ends_with('.')), "{id}: {:#?}", outcome.explain());
    Ok(())
}

fn run(part: &str, own: PathBuf) {
    for path in places(part, own) {
        let cases = load(&path);
        assert!(!cases.is_empty(), "no case in {}", path.display());
        let failures: Vec<String> = cases.iter().filter_map(|(file, v)| check(file, v).err()).collect();
        let shown: Vec<&String> = failures.iter().take(12).collect();
        assert!(failures.is_empty(), "{} of {} fail:\n{shown:#?}", failures.len(), cases.len());
        println!("{}: {} cases", path.display(), cases.len());
    }
}

#[test]
fn vectors_counting_small() {
    run("counting/small", own());
}

#[test]
fn vectors_counting_real() {
    run("counting/real", shared());
}

/// Counts of `belenios-tool method`, recorded with the elections they belong to.
#[test]
fn vectors_elections_methods() {
    for path in places("elections/methods.json", own()) {
        let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert!(!cases.is_empty(), "no case in {}", path.display());
        let mut failures = Vec::new();
        for (number, case) in cases.iter().enumerate() {
            if let Err(what) = check_belenios(case) {
                failures.push(format!("case {number} ({} {}): {what}", case["method"], case["args"]));
            }
        }
        assert!(failures.is_empty(), "{} of {} fail: {failures:#?}", failures.len(), cases.len());
    }
}

fn check_belenios(case: &Value) -> Result<(), String> {
    let args: Vec<&str> = case["args"].as_array().unwrap().iter().map(|a| a.as_str().unwrap()).collect();
    let arg = |name: &str| args.iter().position(|a| *a == name).and_then(|i| args.get(i + 1)).copied();
    let number = |name: &str| arg(name).map_or(1, |n| n.parse::<usize>().unwrap());
    let marks: Vec<Vec<i32>> = serde_json::from_value(case["ballots"].clone()).unwrap();
    let n = marks.first().map_or_else(|| number("--nchoices"), Vec::len);
    let ballots: Vec<Ballot> = marks.into_iter().map(|m| Ballot::new(1, m)).collect();
    let blank_allowed = arg("--blank-allowed") != Some("false");
    let (settings, votes) = match case["method"].as_str().unwrap() {
        "schulze" => (json!({"method": "schulze"}), Votes::Ranks(ballots)),
        "stv" => (json!({"method": "stv-belenios"}), Votes::Ranks(ballots)),
        _ => (
            json!({"method": "mj", "ngrades": number("--ngrades"), "blank_allowed": blank_allowed}),
            Votes::Grades(ballots),
        ),
    };
    let options = Options::seats(number("--nseats")).with_lot(Lot::CandidateOrder);
    let method = crate::support::settings(settings);
    let outcome =
        count(&method, &Profile::new(names(n), votes).unwrap(), &options).map_err(|e| e.to_string())?;
    let (got, want) = (outcome.to_vector(), &case["output"]);
    let same = |what: &str, a: &Value, b: &Value| {
        if a == b { Ok(()) } else { Err(format!("{what}: expected {b}, counted {a}")) }
    };
    if case["method"] == "stv" {
        same("events", &got["events"], &want["events"])?;
        same("winners", &got["winners"], &want["winners"])?;
        same("valid", &got["valid"], &json!(want["ballots"].as_array().unwrap().len()))?;
        return same("invalid", &got["invalid"], &json!(want["invalid"].as_array().unwrap().len()));
    }
    let mut groups: Vec<Vec<u64>> = serde_json::from_value(want["winners"].clone()).unwrap();
    groups.iter_mut().for_each(|g| g.sort_unstable());
    same("winners", &got["ranking"], &json!(groups))?;
    let raw = if case["method"] == "schulze" { &got["matrix"] } else { &got["raw"] };
    same("raw", raw, &want["raw"])?;
    if case["method"] == "schulze" {
        same("beatpaths", &got["paths"], &want["beatpaths"])?;
        if blank_allowed {
            same("blank", &got["blank"], &want["blank"])?;
            same("valid", &got["valid"], &want["valid"])?;
        }
    } else {
        same("valid", &got["valid"], &want["valid"])?;
        same("invalid", &got["invalid"], &json!(want["invalid"].as_array().unwrap().len()))?;
    }
    Ok(())
}
