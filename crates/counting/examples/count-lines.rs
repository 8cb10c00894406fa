//! Counts elections given one per line as JSON, and writes one outcome per line: the bridge to other programs in
//! `ops/differential-counting`.
//!
//! A line is `{"settings": {"method": …}, "options": {"seats": …, "lot": …}, "ballots": [{"count", "marks"}],
//! "candidates": 5}`; the answer is the outcome in the form of the counting vectors, or `{"error": …}`.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};

use folkmoot_counting::{Ballot, Method, Options, Profile, Votes, count};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Line {
    settings: Method,
    options: Options,
    ballots: Vec<Ballot>,
    candidates: usize,
}

fn answer(text: &str) -> Result<Value, Box<dyn Error>> {
    let line: Line = serde_json::from_str(text)?;
    let names = (0..line.candidates).map(|c| c.to_string()).collect();
    let votes = Votes::of(line.settings.kind(), line.ballots).ok_or("this method has no ballots")?;
    let outcome = count(&line.settings, &Profile::new(names, votes)?, &line.options)?;
    Ok(outcome.to_vector())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = stdout().lock();
    for line in stdin().lock().lines() {
        let value = answer(&line?).unwrap_or_else(|e| json!({"error": e.to_string()}));
        writeln!(out, "{value}")?;
        out.flush()?;
    }
    Ok(())
}
