//! Where the vectors are: the copy beside the tests, or the folder named by `FOLKMOOT_VECTORS`.

use std::path::PathBuf;

use serde_json::Value;

/// The folders to read governance vectors from: always our copy, and the named one when there is one.
fn folders() -> Vec<PathBuf> {
    let own = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/governance"));
    let named = std::env::var_os("FOLKMOOT_VECTORS").map(|root| PathBuf::from(root).join("governance"));
    [Some(own), named].into_iter().flatten().collect()
}

/// Runs `check` on the file `name` of every folder that has it and says which folders do not; `check` returns how many
/// cases it ran, and none at all is a failure.
pub fn each(name: &str, check: impl Fn(&Value) -> usize) {
    let mut files = 0;
    for folder in folders() {
        let path = folder.join(name);
        if !path.exists() {
            println!("skipped: {name} (not in {})", folder.display());
            continue;
        }
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let value: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let cases = check(&value);
        assert!(cases > 0, "{}: no case was run", path.display());
        println!("{}: {cases} cases", path.display());
        files += 1;
    }
    assert!(files > 0, "{name} was found nowhere");
}

/// The array under `key`; when the key is missing, says so and gives nothing.
pub fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    match value.get(key).and_then(Value::as_array) {
        Some(cases) => cases,
        None => {
            println!("skipped: no part {key}");
            &[]
        }
    }
}

/// A whole number under `key`.
pub fn number(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or_else(|| panic!("{key} is missing in {value}"))
}

/// A text under `key`.
pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("{key} is missing in {value}"))
}
