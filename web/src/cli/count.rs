//! `folkmoot count`: counts a ballot file by any method, without a database or settings.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;
use folkmoot_counting::formats::{self, BallotFile, Format, Limits, ReadOptions};
use folkmoot_counting::outcome::{Detail, TiePlace, TieRule};
use folkmoot_counting::{CountError, Kind, Lot, Method, Options, Outcome, count};
use serde_json::{Map, Value};

/// Exit status when file or arguments cannot be used.
const UNUSABLE: u8 = 2;

/// Names of the methods, as the settings of an election spell them.
const METHODS: [&str; 14] = [
    "plurality",
    "approval",
    "referendum",
    "score",
    "star",
    "irv",
    "stv-scotland",
    "stv-meek",
    "stv-belenios",
    "schulze",
    "ranked-pairs",
    "debian",
    "borda",
    "mj",
];

/// Arguments of `count`.
#[derive(Debug, Args)]
#[command(
    after_help = "Candidates are numbered from 0, in the order of the file; a name stands for its number.\n\
    Exit status: 0 counted, 2 the file or the arguments cannot be used."
)]
pub struct Count {
    /// Ballot file: BLT, ABIF, PrefLib, CSV, JSON, Belenios result, CIVS or Debian tally sheet; - reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Voting method; may be left out when the file names one
    #[arg(long, value_name = "METHOD", value_parser = PossibleValuesParser::new(METHODS))]
    method: Option<String>,
    /// Seats to fill; the file's number, or 1, when left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536))]
    seats: Option<u32>,
    /// Candidates removed before the count, besides those the file removes
    #[arg(long, value_name = "CANDIDATE", value_delimiter = ',')]
    withdrawn: Vec<String>,
    /// Count the best N of each ranking only, where the election says so
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536))]
    best_ranked: Option<u32>,
    /// A setting of the method, such as strength=margins, ngrades=6, default=2, threshold=2/3
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, Value)>,
    /// Draw lots from this published seed
    #[arg(long, value_name = "SEED", conflicts_with = "lot")]
    seed: Option<String>,
    /// Order for lots: every candidate once, luckiest first
    #[arg(long, value_name = "CANDIDATE", value_delimiter = ',')]
    lot: Vec<String>,
    /// Number of electors, where a quorum or threshold needs it
    #[arg(long, value_name = "N")]
    eligible: Option<u64>,
    /// Format of the file, when name and content do not tell
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Which question of a Belenios result, from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    question: usize,
    /// Print ballots, settings and outcome as JSON
    #[arg(long, conflicts_with = "explain")]
    json: bool,
    /// Print the count step by step, in sentences
    #[arg(long)]
    explain: bool,
}

fn setting(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("a setting is written NAME=VALUE")?;
    // What is not a number, a list or true or false is text.
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name.to_owned(), value))
}

impl Count {
    /// Counts and prints.
    ///
    /// # Errors
    /// Only when standard output cannot be written; an unusable file is told on standard error, with status 2.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let text = read_limited(&self.file).and_then(|bytes| self.text(&bytes));
        match text {
            Ok(text) => {
                print!("{text}");
                Ok(ExitCode::SUCCESS)
            }
            Err(message) => {
                eprintln!("folkmoot: {message}");
                Ok(ExitCode::from(UNUSABLE))
            }
        }
    }

    /// The whole output, or one sentence that says why there is none.
    fn text(&self, bytes: &[u8]) -> Result<String, String> {
        let file = self.load(bytes)?;
        let settings: Map<String, Value> = self.settings.iter().cloned().collect();
        let method = file.method_with(self.method.as_deref(), &settings).map_err(|e| match e {
            formats::MethodError::Missing => "the file names no method; add --method".to_owned(),
            other => format!("{other}; settings are given with --set NAME=VALUE"),
        })?;
        let kind = kind(&file, &method)?;
        let profile = file.profile(kind).ok_or("the file holds no ballots")?.map_err(|e| e.to_string())?;
        let options = self.options(&file)?;
        let outcome = count(&method, &profile, &options).map_err(|e| explain_error(&e, &file))?;
        if self.json {
            return json(file, kind, &options, &outcome);
        }
        let mut text = String::new();
        if let Some(title) = &file.title {
            let _ = writeln!(text, "{title}");
        }
        for note in &file.notes {
            let _ = writeln!(text, "Note: {note}.");
        }
        if self.explain {
            explain(&mut text, &outcome)
        } else {
            summary(&mut text, &outcome)
        }
        Ok(text)
    }

    fn load(&self, bytes: &[u8]) -> Result<BallotFile, String> {
        let name = (self.file.as_os_str() != "-").then(|| self.file.to_string_lossy().into_owned());
        let shown = name.as_deref().unwrap_or("standard input");
        let wanted = self.method.as_deref().map_or(Kind::Ranks, kind_by_name);
        let options = ReadOptions { kind: wanted, question: self.question, limits: Limits::default() };
        let read = match self.format {
            Some(format) => formats::read(format, bytes, &options),
            None => formats::read_any(name.as_deref(), bytes, &options).map(|(_, file)| file),
        };
        let mut file = read.map_err(|e| format!("{shown}: {e}"))?;
        file.eligible = self.eligible.or(file.eligible);
        if let Some(most) = self.best_ranked {
            file.keep_best_ranked(usize::try_from(most).unwrap_or(usize::MAX));
        }
        Ok(file)
    }

    fn options(&self, file: &BallotFile) -> Result<Options, String> {
        let mut options = file.options();
        if let Some(seats) = self.seats {
            options.seats = usize::try_from(seats).unwrap_or(usize::MAX);
        }
        for name in &self.withdrawn {
            options.withdrawn.push(candidate(file, name)?);
        }
        if let Some(seed) = &self.seed {
            options.lot = Lot::Seed { seed: seed.clone() };
        }
        if !self.lot.is_empty() {
            let order: Result<Vec<usize>, String> =
                self.lot.iter().map(|name| candidate(file, name)).collect();
            options.lot =
                Lot::Agreed { order: order?, reason: "the order given on the command line".to_owned() };
        }
        Ok(options)
    }
}

/// Reads no more than the readers accept, whatever the file's size is said to be.
fn read_limited(path: &Path) -> Result<Vec<u8>, String> {
    let limit = u64::try_from(Limits::default().bytes).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(limit + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
    };
    read.map_err(|e| format!("{} cannot be read: {e}", path.display()))?;
    Ok(bytes)
}

/// What a method counts, before its settings are known.
fn kind_by_name(method: &str) -> Kind {
    match method {
        "plurality" | "approval" | "referendum" => Kind::Approvals,
        "score" | "star" => Kind::Scores,
        "mj" => Kind::Grades,
        _ => Kind::Ranks,
    }
}

/// Which of the file's ballots the method counts.
fn kind(file: &BallotFile, method: &Method) -> Result<Kind, String> {
    if method.takes_totals() && file.kinds() == [Kind::Totals] {
        return Ok(Kind::Totals);
    }
    if file.profile(method.kind()).is_some() {
        return Ok(method.kind());
    }
    let held: Vec<&str> = file.kinds().iter().map(|k| k.key()).collect();
    Err(format!(
        "{} counts {}, but the file holds {}; choose another method",
        method.title(),
        method.kind().key(),
        held.join(" and ")
    ))
}

/// A candidate by name, or by number from 0.
fn candidate(file: &BallotFile, text: &str) -> Result<usize, String> {
    let mut named = file.candidates.iter().enumerate().filter(|(_, name)| *name == text).map(|(i, _)| i);
    match (named.next(), named.next()) {
        (Some(c), None) => return Ok(c),
        (Some(_), Some(_)) => return Err(format!("several candidates are called {text:?}; give the number")),
        _ => {}
    }
    let number = text.parse::<usize>().ok().filter(|&c| c < file.candidates.len());
    number.ok_or_else(|| {
        let last = file.candidates.len().saturating_sub(1);
        format!("there is no candidate {text:?}; give a name of the file or a number from 0 to {last}")
    })
}

fn names(outcome: &Outcome, who: &[usize]) -> String {
    who.iter().map(|&c| outcome.name(c)).collect::<Vec<_>>().join(", ")
}

fn explain_error(error: &CountError, file: &BallotFile) -> String {
    let CountError::LotNeeded { tied, place, .. } = error else { return error.to_string() };
    let tied: Vec<&str> = tied.iter().filter_map(|&c| file.candidates.get(c)).map(String::as_str).collect();
    format!(
        "{} are tied {}, which only a lot decides; draw it as announced and give --seed or --lot",
        tied.join(", "),
        place_words(*place)
    )
}

fn place_words(place: TiePlace) -> &'static str {
    match place {
        TiePlace::LastSeat => "for the last seat",
        TiePlace::Order => "for their order",
        TiePlace::Finalist => "for a place in the runoff",
        TiePlace::Runoff => "in the runoff",
        TiePlace::Exclusion => "for exclusion",
        TiePlace::Surplus => "for the next surplus",
        TiePlace::CastingVote => "for the casting vote",
        TiePlace::Majorities => "between equal majorities",
    }
}

fn explain(text: &mut String, outcome: &Outcome) {
    for (i, sentence) in outcome.explain().iter().enumerate() {
        let _ = writeln!(text, "{}. {sentence}", i + 1);
    }
}

fn summary(text: &mut String, outcome: &Outcome) {
    let _ = writeln!(text, "Method: {}", outcome.settings.title());
    let counts = [
        ("cast", outcome.counts.cast),
        ("valid", outcome.counts.valid),
        ("blank", outcome.counts.blank),
        ("invalid", outcome.counts.invalid),
    ];
    let known: Vec<String> = counts.iter().filter_map(|(what, n)| n.map(|n| format!("{n} {what}"))).collect();
    if !known.is_empty() {
        let _ = writeln!(text, "Ballots: {}", known.join(", "));
    }
    if let Detail::Referendum(r) = &outcome.detail {
        let _ = writeln!(text, "Yes {}, no {}, abstain {}", r.yes, r.no, r.abstain);
        let _ = writeln!(text, "{}", if r.passed { "Passed" } else { "Not passed" });
        return;
    }
    if outcome.winners.is_empty() {
        let _ = writeln!(text, "Elected: nobody");
    } else {
        let _ = writeln!(text, "Elected: {}", names(outcome, &outcome.winners));
    }
    let empty = outcome.seats.saturating_sub(outcome.winners.len());
    if empty > 0 {
        let _ = writeln!(text, "Seats that stay empty: {empty}");
    }
    if let Some(passed_over) = outcome.disqualified.as_ref().filter(|d| !d.is_empty()) {
        let _ = writeln!(text, "Passed over, group full: {}", names(outcome, passed_over));
    }
    for tie in outcome.ties.iter().filter(|t| t.by == TieRule::Lot && t.place != TiePlace::Order) {
        let _ = writeln!(
            text,
            "Lot: {} tied {}, picked {}",
            names(outcome, &tie.tied),
            place_words(tie.place),
            names(outcome, &tie.picked)
        );
    }
}

/// The file as it was counted: one kind of ballots, the options in force, the outcome.
fn json(mut file: BallotFile, kind: Kind, options: &Options, outcome: &Outcome) -> Result<String, String> {
    file.keep(kind);
    file.seats = u32::try_from(options.seats).ok();
    formats::write_json(&file, Some(outcome)).map_err(|e| e.to_string())
}
