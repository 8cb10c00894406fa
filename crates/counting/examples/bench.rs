//! Processor time of every method on a large made electorate, beside `belenios-tool method` in the same run.
//!
//! 100,000 voters and 30 candidates in a plane; every voter ranks the nearest candidates, between 1 and 14 of them,
//! scores all from 0 to 5 and grades all from 1 to 6 by distance. Our figures start from parsed ballots, those of
//! belenios-tool include reading its JSON. `bench [VOTERS [CANDIDATES [FOLDER]]]`; with a folder the rankings and scores are
//! also left there for other programs.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use folkmoot_counting::{Ballot, Kind, Lot, Method, Options, Profile, Votes, count};
use serde_json::json;

/// A small generator of numbers that only have to look random (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Roughly normal with deviation 1: the sum of twelve uniform numbers.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| (self.next() >> 11) as f64 / (1u64 << 53) as f64).sum::<f64>() - 6.0
    }
}

struct Electorate {
    ranks: Vec<Ballot>,
    scores: Vec<Ballot>,
    grades: Vec<Ballot>,
    approvals: Vec<Ballot>,
}

fn electorate(voters: usize, candidates: usize) -> Electorate {
    let mut rng = Numbers(20_261_121);
    let places: Vec<(f64, f64)> = (0..candidates).map(|_| (rng.normal(), rng.normal())).collect();
    let mut all = Electorate { ranks: vec![], scores: vec![], grades: vec![], approvals: vec![] };
    for _ in 0..voters {
        let (x, y) = (rng.normal(), rng.normal());
        // Nobody judges distances exactly; without this far fewer rankings would be distinct.
        let far: Vec<f64> = places.iter().map(|(a, b)| (a - x).hypot(b - y) + 0.05 * rng.normal()).collect();
        let mut order: Vec<usize> = (0..candidates).collect();
        order.sort_by(|&a, &b| far[a].total_cmp(&far[b]));
        let length = (1 + rng.next() as usize % 14).min(candidates);
        let mut ranks = vec![0; candidates];
        for (rank, &c) in order.iter().take(length).enumerate() {
            ranks[c] = rank as i32 + 1;
        }
        let scores: Vec<i32> = far.iter().map(|d| (5.5 - 1.6 * d).clamp(0.0, 5.0) as i32).collect();
        all.grades.push(Ballot::new(1, scores.iter().map(|s| 6 - s).collect::<Vec<_>>()));
        all.approvals.push(Ballot::new(1, scores.iter().map(|&s| i32::from(s >= 4)).collect::<Vec<_>>()));
        all.scores.push(Ballot::new(1, scores));
        all.ranks.push(Ballot::new(1, ranks));
    }
    all
}

/// Processor time of this process so far, in seconds.
fn own_time() -> f64 {
    let text = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Processor time of the children that ended, in seconds (clock ticks of 10 ms).
fn children_time() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit(')').next().unwrap_or_default();
    after.split_whitespace().nth(13).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0) / 100.0
}

fn json_of(ballots: &[Ballot]) -> Result<String, Box<dyn Error>> {
    let mut text = String::from("[");
    for (i, b) in ballots.iter().enumerate() {
        let marks = serde_json::to_string(&b.marks)?;
        write!(text, "{}{marks}", if i > 0 { "," } else { "" })?;
    }
    text.push(']');
    Ok(text)
}

fn belenios(args: &[String], ballots: &[Ballot]) -> Result<f64, Box<dyn Error>> {
    let path = std::env::temp_dir().join(format!("folkmoot-bench-{}.json", std::process::id()));
    fs::write(&path, json_of(ballots)?)?;
    let before = children_time();
    let status = Command::new("belenios-tool")
        .arg("method")
        .args(args)
        .stdin(fs::File::open(&path)?)
        .stdout(Stdio::null())
        .status();
    fs::remove_file(&path)?;
    if status?.success() { Ok(children_time() - before) } else { Err("belenios-tool failed".into()) }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let mut number = |otherwise: usize| args.next().and_then(|a| a.parse().ok()).unwrap_or(otherwise);
    let (voters, candidates) = (number(100_000), number(30));
    let e = electorate(voters, candidates);
    if let Some(folder) = args.next().map(PathBuf::from) {
        fs::write(folder.join("ranks.json"), json_of(&e.ranks)?)?;
        fs::write(folder.join("scores.json"), json_of(&e.scores)?)?;
    }
    let mut distinct: Vec<&Vec<i32>> = e.ranks.iter().map(|b| &b.marks).collect();
    distinct.sort_unstable();
    distinct.dedup();
    println!(
        "{voters} ballots, {candidates} candidates, {} distinct rankings; seconds of processor time",
        distinct.len()
    );
    let names: Vec<String> = (0..candidates).map(|c| format!("Candidate {c}")).collect();
    let seats = 9.min(candidates);
    let n = format!("--nchoices={candidates}");
    let tool = |extra: &[&str]| extra.iter().map(|s| (*s).to_owned()).collect::<Vec<String>>();
    let all = [
        ("schulze", json!({"method": "schulze"}), 1, tool(&["schulze", &n, "--blank-allowed=true"])),
        ("ranked pairs", json!({"method": "ranked-pairs"}), 1, vec![]),
        ("debian", json!({"method": "debian", "default": 0, "quorum": 3}), 1, vec![]),
        ("instant runoff", json!({"method": "irv"}), 1, vec![]),
        ("stv, scottish, 9 seats", json!({"method": "stv-scotland"}), seats, vec![]),
        ("stv, meek, 9 seats", json!({"method": "stv-meek"}), seats, vec![]),
        (
            "stv, belenios, 9 seats",
            json!({"method": "stv-belenios"}),
            seats,
            tool(&["stv", &format!("--nseats={seats}")]),
        ),
        ("borda", json!({"method": "borda"}), 1, vec![]),
        ("score", json!({"method": "score"}), seats, vec![]),
        ("bloc star, 9 seats", json!({"method": "star"}), seats, vec![]),
        ("approval", json!({"method": "approval"}), seats, vec![]),
        ("majority judgment", json!({"method": "mj", "ngrades": 6}), 1, vec![]),
    ];
    let profiles = [
        Votes::Ranks(e.ranks),
        Votes::Scores(e.scores),
        Votes::Grades(e.grades),
        Votes::Approvals(e.approvals),
    ]
    .map(|votes| Profile::new(names.clone(), votes));
    for (label, settings, seats, tool) in all {
        let method: Method = serde_json::from_value(settings)?;
        let profile =
            profiles.iter().flatten().find(|p| p.kind() == method.kind()).ok_or("no ballots of this kind")?;
        let options = Options::seats(seats).with_lot(Lot::CandidateOrder);
        let mut best = f64::MAX;
        for _ in 0..3 {
            let before = own_time();
            let outcome = count(&method, profile, &options)?;
            best = best.min(own_time() - before);
            assert!(!outcome.winners.is_empty());
        }
        let other = if tool.is_empty() { None } else { belenios(&tool, profile.ballots()).ok() };
        let other =
            other.map_or_else(String::new, |t| format!("   belenios-tool {t:.2} (x {:.1})", t / best));
        println!("{label:<24} {best:.3}{other}");
    }
    judgment(&profiles, candidates)
}

/// belenios-tool removes one middle grade at a time, so its time grows with the square of the ballots: a tenth of them.
fn judgment<E>(profiles: &[Result<Profile, E>], candidates: usize) -> Result<(), Box<dyn Error>> {
    let profile = profiles.iter().flatten().find(|p| p.kind() == Kind::Grades).ok_or("no grades")?;
    let some = profile.ballots().get(..profile.ballots().len() / 10).unwrap_or_default();
    let tenth = Profile::new(profile.candidates().to_vec(), Votes::Grades(some.to_vec()))?;
    let method: Method = serde_json::from_value(json!({"method": "mj", "ngrades": 6}))?;
    // One count is shorter than the clock can tell.
    let times = 100;
    let before = own_time();
    for _ in 0..times {
        count(&method, &tenth, &Options::default().with_lot(Lot::CandidateOrder))?;
    }
    let ours = (own_time() - before) / f64::from(times);
    let args =
        ["majority-judgment", &format!("--nchoices={candidates}"), "--ngrades=6", "--blank-allowed=true"];
    if let Ok(t) = belenios(&args.map(str::to_owned), some) {
        println!("majority judgment, 1/10    {ours:.4}   belenios-tool {t:.2} (x {:.0})", t / ours);
    }
    Ok(())
}
