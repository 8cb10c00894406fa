//! The collected elections, as they are and tampered with, from this tree and from the folder of `FOLKMOOT_VECTORS`.
//! Shared by the tests and by the quick corpus of `mutants.rs`.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use folkmoot_ballot::verify::{Options, Report, verify_archive};
use serde_json::Value;

/// A part of the committed elections and of those that the environment names. What is not there is skipped by name.
pub fn parts(name: &str) -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let given = std::env::var_os("FOLKMOOT_VECTORS").map(PathBuf::from);
    let all = std::iter::once(own).chain(given).map(|folder| folder.join("elections").join(name));
    all.filter(|part| {
        let there = part.exists();
        if !there {
            println!("skipped: {} is not there", part.display());
        }
        there
    })
    .collect()
}

pub fn verify(raw: Vec<u8>) -> Report {
    verify_archive(Cursor::new(raw), &Options::default(), &mut ()).unwrap()
}

/// The archive of a folder.
pub fn archive_in(folder: &Path) -> Vec<u8> {
    let files = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path());
    let archive = files.filter(|f| f.extension().is_some_and(|e| e == "bel")).min();
    fs::read(archive.expect("a folder without an archive")).unwrap()
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

/// An archive with one change, and what a verifier must say to it.
pub struct Tampered {
    pub base: String,
    pub name: String,
    pub expect: String,
    pub archive: Vec<u8>,
}

impl Tampered {
    /// What is wrong with the verifier's answer.
    pub fn disagreement(&self, report: &Report) -> Option<String> {
        let right = match self.expect.as_str() {
            "accept" => report.is_valid(),
            "reject" => !report.is_valid(),
            // Either answer will do, but not in silence.
            "policy" => !report.findings.is_empty(),
            _ => false,
        };
        let (base, name, expect) = (&self.base, &self.name, &self.expect);
        (!right).then(|| format!("{base}--{name}: {expect} {:?}", report.findings))
    }
}

pub fn tampered(packed: &Path) -> Vec<Tampered> {
    let mut files = untar(lzma_rust2::XzReader::new(fs::File::open(packed).unwrap(), true));
    let manifest: Vec<Value> = serde_json::from_slice(&files["manifest.json"]).unwrap();
    let mut read = |entry: &Value| {
        let text = |field: &str| entry[field].as_str().unwrap().to_owned();
        let archive = files.remove(&text("file")).expect("an archive that the manifest names is missing");
        Tampered { base: text("base"), name: text("name"), expect: text("expect"), archive }
    };
    manifest.iter().map(&mut read).collect()
}

/// The stable numbers of the findings, as `tests/vectors/findings.txt` holds them.
pub fn codes(report: &Report) -> String {
    let numbers: Vec<String> = report.findings.iter().map(|f| f.code.number().to_string()).collect();
    numbers.join(" ")
}

/// Name of an archive and the codes of its findings, for all committed ones.
pub fn expected_codes() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/findings.txt");
    let text = fs::read_to_string(path).unwrap();
    text.lines().filter_map(|line| line.split_once(": ")).map(|(n, c)| (n.into(), c.trim().into())).collect()
}
