//! The independent elections of `tests/vectors/elections`, and of the folder named by `FOLKMOOT_VECTORS`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use folkmoot_ballot::verify::{Options, Report, verify_archive};
use serde_json::Value;

/// The committed vectors, and those that the environment names; each has the folder `elections` or is skipped.
fn folders() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let given = std::env::var_os("FOLKMOOT_VECTORS").map(PathBuf::from);
    let all = std::iter::once(own).chain(given).map(|folder| folder.join("elections"));
    all.filter(|folder| {
        let there = folder.is_dir();
        if !there {
            println!("skipped: {} is not there", folder.display());
        }
        there
    })
    .collect()
}

fn verify(raw: Vec<u8>) -> Report {
    verify_archive(Cursor::new(raw), &Options::default(), &mut ()).unwrap()
}

fn archive_in(folder: &Path) -> Vec<u8> {
    let files = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path());
    let archive = files.filter(|f| f.extension().is_some_and(|e| e == "bel")).min();
    fs::read(archive.expect("a folder without an archive")).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn vectors_valid_elections_are_accepted_with_their_result() {
    let mut cases = 0;
    for folder in folders().iter().map(|f| f.join("valid")).filter(|f| f.is_dir()) {
        let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|f| f.unwrap().path()).collect();
        names.sort();
        for case in names.iter().filter(|case| case.join("expected.json").is_file()) {
            let expected = json(&case.join("expected.json"));
            let report = verify(archive_in(case));
            let name = case.file_name().unwrap().display().to_string();
            assert!(report.is_valid(), "{name}: {:#?}", report.findings);
            let result = report.result.as_ref().map(|r| serde_json::from_str(&r.value_json()).unwrap());
            assert_eq!(result.unwrap_or(Value::Null), expected["result"], "{name}");
            let reference = &expected["reference"];
            assert_eq!(Value::from(report.ballots), reference["ballots"], "{name}");
            assert_eq!(Value::from(report.events), reference["events"], "{name}");
            let stage = report.stage.unwrap().name();
            assert_eq!(Value::from(stage), reference["stage"], "{name}");
            cases += 1;
        }
    }
    assert!(cases > 0, "no valid elections found");
    println!("{cases} valid elections");
}

/// Files of an ordinary tar archive, by the last part of their names.
fn untar(mut tar: impl Read) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut block = [0u8; 512];
    loop {
        tar.read_exact(&mut block).unwrap();
        if block.iter().all(|b| *b == 0) {
            return files;
        }
        let field = |range: std::ops::Range<usize>| {
            let text = block[range].split(|b| *b == 0).next().unwrap();
            std::str::from_utf8(text).unwrap().trim().to_owned()
        };
        let size = usize::from_str_radix(&field(124..136), 8).unwrap();
        let name = field(0..100).rsplit('/').next().unwrap().to_owned();
        let mut data = vec![0u8; size.next_multiple_of(512)];
        tar.read_exact(&mut data).unwrap();
        data.truncate(size);
        if block[156] == b'0' {
            files.insert(name, data);
        }
    }
}

fn tampered(packed: &Path) -> BTreeMap<String, Vec<u8>> {
    untar(lzma_rust2::XzReader::new(fs::File::open(packed).unwrap(), true))
}

#[test]
fn vectors_tampered_archives_are_answered_as_the_manifest_expects() {
    let mut cases = 0;
    let mut disagreements = Vec::new();
    for packed in folders().iter().map(|f| f.join("tampered.tar.xz")).filter(|f| f.is_file()) {
        let files = tampered(&packed);
        let manifest: Vec<Value> = serde_json::from_slice(&files["manifest.json"]).unwrap();
        for entry in &manifest {
            let file = entry["file"].as_str().unwrap();
            let report = verify(files[file].clone());
            let right = match entry["expect"].as_str().unwrap() {
                "accept" => report.is_valid(),
                "reject" => !report.is_valid(),
                "policy" => !report.findings.is_empty(),
                other => panic!("{file}: unknown expectation {other}"),
            };
            if !right {
                disagreements.push(format!("{file}: {} {:?}", entry["expect"], report.findings));
            }
            if std::env::var_os("FOLKMOOT_SHOW").is_some() {
                let found: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
                println!(
                    "{file}: {} | {} | {}",
                    entry["expect"],
                    entry["reference_verifier"][1],
                    found.join(" / ")
                );
            }
            cases += 1;
        }
    }
    assert!(cases > 0, "no tampered archives found");
    assert!(disagreements.is_empty(), "{} of {cases}: {disagreements:#?}", disagreements.len());
    println!("{cases} tampered archives");
}
