//! The collected elections through `folkmoot verify`; also those of the folder named by `FOLKMOOT_VECTORS`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::Value;

use crate::desk::program;

fn folders() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/ballot/tests/vectors");
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

/// Exit status and JSON of `folkmoot verify --json`.
fn verify(file: &Path) -> (i32, Value) {
    let output = program().args(["verify", "--json", "--threads", "1"]).arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let json = serde_json::from_slice(&output.stdout);
    let json = json.unwrap_or_else(|e| panic!("{}: {e}: {said}", file.display()));
    (output.status.code().unwrap(), json)
}

/// Runs the check of every case on all cores; the complaints.
fn on_all_cores<T: Sync>(cases: &[T], check: impl Fn(&T) -> Option<String> + Sync) -> Vec<String> {
    let next = Mutex::new(cases.iter());
    let complaints = Mutex::new(Vec::new());
    let work = || {
        loop {
            let Some(case) = next.lock().unwrap().next() else { return };
            if let Some(complaint) = check(case) {
                complaints.lock().unwrap().push(complaint);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    complaints.into_inner().unwrap()
}

#[test]
fn vectors_valid_elections_pass_the_command_with_their_result() {
    let mut cases = Vec::new();
    for folder in folders().iter().map(|f| f.join("valid")).filter(|f| f.is_dir()) {
        let all = fs::read_dir(&folder).unwrap().map(|f| f.unwrap().path());
        cases.extend(all.filter(|case| case.join("expected.json").is_file()));
    }
    assert!(!cases.is_empty(), "no valid elections found");
    let wrong = on_all_cores(&cases, |case| {
        let expected: Value = serde_json::from_slice(&fs::read(case.join("expected.json")).unwrap()).unwrap();
        let archive = fs::read_dir(case).unwrap().map(|f| f.unwrap().path());
        let archive = archive.filter(|f| f.extension().is_some_and(|e| e == "bel")).min().unwrap();
        let (status, json) = verify(&archive);
        let right = status == 0 && json["valid"] == true && json.get("result") == expected.get("result");
        (!right).then(|| format!("{}: {status} {json}", case.display()))
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{} valid elections", cases.len());
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

#[test]
fn vectors_tampered_archives_get_the_exit_status_that_the_manifest_expects() {
    let scratch = tempfile::tempdir().unwrap();
    let mut cases = Vec::new();
    let packed = folders().into_iter().map(|f| f.join("tampered.tar.xz")).filter(|f| f.is_file());
    for (i, packed) in packed.enumerate() {
        let files = untar(lzma_rust2::XzReader::new(fs::File::open(packed).unwrap(), true));
        let manifest: Vec<Value> = serde_json::from_slice(&files["manifest.json"]).unwrap();
        for entry in manifest {
            let name = entry["file"].as_str().unwrap();
            let path = scratch.path().join(format!("{i}-{name}"));
            fs::write(&path, &files[name]).unwrap();
            cases.push((path, entry["expect"].as_str().unwrap().to_owned()));
        }
    }
    assert!(!cases.is_empty(), "no tampered archives found");
    let wrong = on_all_cores(&cases, |(path, expect)| {
        let (status, json) = verify(path);
        let findings = json["findings"].as_array().unwrap().len();
        let right = json["valid"] == (status == 0)
            && match expect.as_str() {
                "accept" => status == 0,
                "reject" => status == 1 && findings > 0,
                "policy" => status < 2 && findings > 0,
                _ => false,
            };
        (!right).then(|| format!("{}: {expect}: {status} {json}", path.display()))
    });
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), cases.len());
    println!("{} tampered archives", cases.len());
}
