use super::*;
use crate::profile::{Ballot, Votes};

mod reading;
mod roundtrip;
mod rules;

const BLT: &str = "4 2\n-4\n5 1 3 0\n3 2 1=3 0\n1 0\n0\n\"Ana B.\"\n\"Bo\"\n\"Cy\"\n\"Di\"\n\"Board 2027\"\n";

const PREFLIB: &str = "# TITLE: Board 2027\n# DATA TYPE: toi\n# NUMBER ALTERNATIVES: 3\n# NUMBER VOTERS: 8\n# NUMBER UNIQUE ORDERS: 2\n# ALTERNATIVE NAME 1: Ana B.\n# ALTERNATIVE NAME 2: Bo\n# ALTERNATIVE NAME 3: Cy\n5: 1,3\n3: 2,{1,3}\n";

fn load(format: Format, text: &str) -> BallotFile {
    read(format, text.as_bytes(), &ReadOptions::default()).unwrap_or_else(|e| panic!("{format}: {e}\n{text}"))
}

fn ranks(file: &BallotFile) -> Vec<(u64, Vec<i32>)> {
    match file.votes_of(Kind::Ranks) {
        Some(Votes::Ranks(ballots)) => ballots.iter().map(|b| (b.count, b.marks.clone())).collect(),
        other => panic!("no ranks: {other:?}"),
    }
}
