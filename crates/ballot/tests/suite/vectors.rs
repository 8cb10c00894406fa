//! The independent elections of `tests/vectors/elections`, and of the folder named by `FOLKMOOT_VECTORS`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::tampered::{Tampered, archive_in, codes, expected_codes, parts, tampered, verify};

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn vectors_valid_elections_are_accepted_with_their_result() {
    let mut cases = 0;
    for folder in parts("valid") {
        let before = cases;
        let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|f| f.unwrap().path()).collect();
        names.sort();
        for case in names.iter().filter(|case| case.join("expected.json").is_file()) {
            let expected = json(&case.join("expected.json"));
            let report = verify(archive_in(case));
            let name = case.file_name().unwrap().display().to_string();
            assert!(report.is_valid(), "{name}: {:#?}", report.findings);
            let result = report.result.as_ref().map(|r| serde_json::from_str(&r.value_json()).unwrap());
            assert_eq!(result.unwrap_or(Value::Null), expected["result"], "{name}");
            let stage = report.stage.unwrap().name();
            let found = [report.ballots.into(), report.events.into(), Value::from(stage)];
            for (field, value) in ["ballots", "events", "stage"].into_iter().zip(found) {
                let stated = &expected["reference"][field];
                assert!(stated.is_null() || *stated == value, "{name}: {field} {value}, not {stated}");
            }
            cases += 1;
        }
        assert!(cases > before, "no valid elections in {}", folder.display());
    }
    assert!(cases > 0, "no valid elections found");
    println!("{cases} valid elections");
}

#[test]
fn vectors_tampered_archives_are_answered_as_the_manifest_expects() {
    let mut count = 0;
    for packed in parts("tampered.tar.xz") {
        let cases = tampered(&packed);
        assert!(!cases.is_empty(), "no archives in {}", packed.display());
        let answer = |case: &Tampered| case.disagreement(&verify(case.archive.clone()));
        let wrong: Vec<String> = cases.iter().filter_map(answer).collect();
        assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), cases.len());
        count += cases.len();
    }
    assert!(count > 0, "no tampered archives found");
    println!("{count} tampered archives");
}

/// Every finding on every committed archive has the number that it had before: the numbers are promised to be stable.
/// After a deliberate change, `FOLKMOOT_WRITE_VECTORS=1` writes the list anew.
#[test]
fn vectors_findings_keep_their_numbers() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut found = BTreeMap::new();
    for case in fs::read_dir(own.join("elections/valid")).unwrap().map(|f| f.unwrap().path()) {
        let name = case.file_name().unwrap().display().to_string();
        found.insert(name, codes(&verify(archive_in(&case))));
    }
    for case in tampered(&own.join("elections/tampered.tar.xz")) {
        found.insert(format!("{}--{}", case.base, case.name), codes(&verify(case.archive)));
    }
    if std::env::var_os("FOLKMOOT_WRITE_VECTORS").is_some() {
        let lines: String = found.iter().map(|(name, codes)| format!("{name}: {codes}\n")).collect();
        fs::write(own.join("findings.txt"), lines).unwrap();
    }
    assert_eq!(found, expected_codes());
}
