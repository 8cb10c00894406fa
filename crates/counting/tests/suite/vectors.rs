//! The counting vectors: ours (`small`, part of the project), real elections and events (read in place when present),
//! and whatever the folder named by FOLKMOOT_VECTORS holds.

use std::path::{Path, PathBuf};

use folkmoot_counting::{count, lot};
use serde_json::Value;

use crate::support::{method, options, profile};

fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors")
}

/// The folder to read a part of the vectors from, or `None` (said by name) when it is not there.
fn folder(part: &str, default: PathBuf) -> Option<PathBuf> {
    let root = std::env::var_os("FOLKMOOT_VECTORS").map_or(default, PathBuf::from);
    let path = root.join(part);
    if !path.exists() {
        println!("skipped: {part} is not in {}", root.display());
    }
    path.exists().then_some(path)
}

/// All vectors of a folder or file; files that are not vectors are ignored.
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
        let value: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        match value {
            Value::Array(cases) => all.extend(cases.into_iter().map(|c| (name.clone(), c))),
            case => all.push((name, case)),
        }
    }
    all.retain(|(_, v)| v["method"].is_string());
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

fn run(part: &str, default: PathBuf) {
    let Some(path) = folder(part, default) else { return };
    let cases = load(&path);
    assert!(!cases.is_empty(), "no case in {}", path.display());
    let failures: Vec<String> = cases.iter().filter_map(|(file, v)| check(file, v).err()).collect();
    let shown: Vec<&String> = failures.iter().take(12).collect();
    assert!(failures.is_empty(), "{} of {} fail:\n{shown:#?}", failures.len(), cases.len());
    println!("{part}: {} cases", cases.len());
}

#[test]
fn vectors_counting_small() {
    run("counting/small", own());
}

#[test]
fn vectors_counting_real() {
    run("counting/real", shared());
}
