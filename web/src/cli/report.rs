//! `folkmoot report`: scripted reports from the command line.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use folkmoot_reports::{
    CellKind, DataSource, Ended, Failure, Grant, Job, Limits, Output, Recorder, Run, RunError, Runner, Shape,
    Snapshot, chart, export, sample, standard,
};
use folkmoot_store::audit;
use serde_json::json;

use super::{Settings, files};
use crate::config::Config;
use crate::error::AppError;
use crate::reports;
use crate::reports::source::Source;
use crate::reports::view::{file_name, titled};
use crate::server;

/// Exit status when script, parameters or machine cannot be used.
const UNUSABLE: u8 = 2;

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 done, 1 the report failed or was stopped, 2 it could not be started.")]
pub struct ReportCommand {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List the reports that come with the program
    List,
    /// Print the text of a report that comes with the program
    Show {
        /// Its name, as `report list` says
        name: String,
    },
    /// Say what a script declares: description, form, datasets; nothing of it runs
    Check {
        /// Script, or the name of a report that comes with the program
        script: String,
    },
    /// Run a report
    Run(Box<RunArguments>),
    /// Run every report that comes with the program, into a folder: the bundle for an annual report
    Annual {
        /// Folder for the results; made when it does not exist
        folder: PathBuf,
        #[command(flatten)]
        place: Place,
    },
}

/// Which rows a report sees.
#[derive(Debug, Args)]
struct Place {
    /// Try it on the data of an invented organisation; needs no settings
    #[arg(long)]
    sample: bool,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
struct RunArguments {
    /// Script, or the name of a report that comes with the program
    script: String,
    /// A value for the form of the report
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
    /// Allow personal columns, for this reason; it goes into the audit log
    #[arg(long, value_name = "REASON")]
    personal: Option<String>,
    /// Print everything as JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Write tables as CSV and charts as SVG into a folder
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
    /// Keep all rows that the report reads in a file, so that it can be repeated
    #[arg(long, value_name = "FILE")]
    keep: Option<PathBuf>,
    /// Read the rows from a file that --keep has written, and from nowhere else
    #[arg(long, value_name = "FILE", conflicts_with_all = ["keep", "sample", "config"])]
    from: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a parameter is written NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl ReportCommand {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// One sentence when settings, database or files cannot be used.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match &self.act {
            Act::List => {
                for report in standard::ALL {
                    println!("{:<20} {}", report.name, report.title);
                }
                Ok(ExitCode::SUCCESS)
            }
            Act::Show { name } => {
                let report = standard::find(name)
                    .with_context(|| format!("there is no report {name}; see `folkmoot report list`"))?;
                print!("{}", report.script);
                Ok(ExitCode::SUCCESS)
            }
            Act::Check { script } => check(script),
            Act::Run(arguments) => arguments.run(),
            Act::Annual { folder, place } => annual(folder, place),
        }
    }
}

/// The text of a script: a file, or a report of the program.
fn text_of(script: &str) -> anyhow::Result<String> {
    match standard::find(script) {
        Some(report) if !Path::new(script).exists() => Ok(report.script.to_owned()),
        _ => files::read_text(Path::new(script)),
    }
}

fn check(script: &str) -> anyhow::Result<ExitCode> {
    let text = text_of(script)?;
    let runner = reports::runner(&Config::default())?;
    let run = match runner.check(&text) {
        Ok(run) => run,
        Err(error) => return unusable(&error.to_string()),
    };
    let Some(declaration) = run.declaration.filter(|_| run.ended == Ended::Done) else {
        return Ok(ended(&run.ended, runner.limits()));
    };
    println!(
        "{}",
        serde_json::to_string_pretty(&json!({"script": run.script_hash, "declaration": declaration}))?
    );
    Ok(ExitCode::SUCCESS)
}

fn unusable(words: &str) -> anyhow::Result<ExitCode> {
    eprintln!("folkmoot: {words}");
    Ok(ExitCode::from(UNUSABLE))
}

/// Tells how a report ended; the exit status that goes with it.
fn ended(ended: &Ended, limits: &Limits) -> ExitCode {
    match ended {
        Ended::Done => return ExitCode::SUCCESS,
        Ended::Failed(failure) => eprint!("{}", told(failure)),
        Ended::Stopped(stop) => eprintln!("folkmoot: {}", stop.words(limits)),
    }
    ExitCode::FAILURE
}

/// A failure as an author reads it: line, reason, what to do.
fn told(failure: &Failure) -> String {
    let mut text = String::new();
    for place in &failure.trace {
        let function =
            if place.function.is_empty() { String::new() } else { format!(", in {}", place.function) };
        let _ = writeln!(text, "line {}{function}:\n    {}", place.line, place.source.trim());
    }
    let _ = writeln!(text, "{}: {}", failure.exception, failure.message);
    if !failure.advice.is_empty() {
        let _ = writeln!(text, "{}", failure.advice);
    }
    text
}

/// Where rows come from, and who answers for them.
enum Ground {
    Sample,
    /// Rows of an earlier run, and its day.
    Kept(Box<Kept>),
    Organisation(Box<crate::app::App>),
}

/// What `--keep` writes: the day of the run, and all that it read.
#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    today: chrono::NaiveDate,
    snapshot: Snapshot,
}

impl Place {
    fn open(&self) -> anyhow::Result<(Ground, Runner)> {
        if self.sample {
            return Ok((Ground::Sample, reports::runner(&Config::default())?));
        }
        let config = self.settings.load()?;
        let runner = reports::runner(&config)?;
        Ok((Ground::Organisation(Box::new(server::open(config)?)), runner))
    }
}

/// A report cannot be had at all; its words are those of [`folkmoot_reports::RunError`].
#[derive(Debug)]
struct Unusable(String);

impl Ground {
    /// Runs a script on rows that stand still meanwhile; notes in the audit log what was read. With the run comes what it read.
    fn run(
        &mut self,
        runner: &Runner,
        script: &str,
        parameters: &[(String, String)],
        grant: Grant,
    ) -> anyhow::Result<Result<(Run, Kept), Unusable>> {
        let words = |error: folkmoot_reports::RunError| Unusable(error.to_string());
        match self {
            Ground::Sample => {
                let job = Job { script, parameters, grant, today: sample::today(), ..Job::default() };
                Ok(recorded(runner, &job, &mut sample::organisation()).map_err(words))
            }
            Ground::Kept(kept) => {
                let job = Job { script, parameters, grant, today: kept.today, ..Job::default() };
                Ok(recorded(runner, &job, &mut kept.snapshot).map_err(words))
            }
            Ground::Organisation(app) => {
                let now = app.now();
                let job =
                    Job { script, parameters, grant, today: now.datetime().date_naive(), ..Job::default() };
                let ran = app.store().read(|conn| {
                    Ok::<_, AppError>(recorded(runner, &job, &mut Source::new(conn, now).with_money(true)))
                })?;
                if let Ok((run, _)) = &ran {
                    let act = audit::Act {
                        actor: None,
                        action: "report.run",
                        object: format!("report {}", run.script_hash),
                        details: json!({"data": run.data_hash, "questions": run.questions, "reasons": run.reasons}),
                        reference: "folkmoot report run".to_owned(),
                    };
                    app.store().write(|conn| Ok::<_, AppError>(audit::append(conn, &act, now)?))?;
                }
                Ok(ran.map_err(words))
            }
        }
    }
}

/// Runs, and keeps what was read.
fn recorded(runner: &Runner, job: &Job<'_>, source: &mut dyn DataSource) -> Result<(Run, Kept), RunError> {
    let mut recorder = Recorder::new(source);
    let run = runner.run(job, &mut recorder, &mut |_| {})?;
    Ok((run, Kept { today: job.today, snapshot: recorder.snapshot() }))
}

impl RunArguments {
    fn run(&self) -> anyhow::Result<ExitCode> {
        let script = text_of(&self.script)?;
        let (mut ground, runner) = match &self.from {
            Some(file) => {
                let kept = serde_json::from_str(&files::read_text(file)?)
                    .with_context(|| format!("{} holds no rows that --keep has written", file.display()))?;
                (Ground::Kept(Box::new(kept)), reports::runner(&Config::default())?)
            }
            None => self.place.open()?,
        };
        let grant = Grant { personal: self.personal.clone(), datasets: None };
        let (run, kept) = match ground.run(&runner, &script, &self.parameters, grant)? {
            Ok(ran) => ran,
            Err(Unusable(words)) => return unusable(&words),
        };
        if let Some(file) = &self.keep {
            std::fs::write(file, serde_json::to_string(&kept)?)
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        if self.json {
            println!("{}", serde_json::to_string_pretty(&run)?);
        } else if let Some(folder) = &self.csv {
            write_files(folder, "", &run)?;
        } else {
            print!("{}", shown(&run));
        }
        Ok(ended(&run.ended, runner.limits()))
    }
}

fn annual(folder: &Path, place: &Place) -> anyhow::Result<ExitCode> {
    let (mut ground, runner) = place.open()?;
    let mut failed = 0;
    for report in standard::ALL {
        match ground.run(&runner, report.script, &[], Grant::default())? {
            Ok((run, _)) if run.ended == Ended::Done => {
                write_files(folder, report.name, &run)?;
                println!("{}: {} outputs", report.title, run.outputs.len());
            }
            Ok((run, _)) => {
                failed += 1;
                eprintln!("{}:", report.title);
                ended(&run.ended, runner.limits());
            }
            Err(Unusable(words)) => {
                failed += 1;
                eprintln!("{}: {words}", report.title);
            }
        }
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One CSV for each table, one SVG for each chart, one workbook, and everything as JSON and as text.
fn write_files(folder: &Path, prefix: &str, run: &Run) -> anyhow::Result<()> {
    let folder = if prefix.is_empty() { folder.to_owned() } else { folder.join(prefix) };
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let put = |name: String, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
    };
    for (number, output) in (1..).zip(&run.outputs) {
        if let Some((title, shape)) = titled(output) {
            put(format!("{number:02}-{}.csv", file_name(title)), &export::csv(shape)?)?;
            if let Some(svg) = chart::svg(output) {
                let svg = svg.replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1);
                put(format!("{number:02}-{}.svg", file_name(title)), svg.as_bytes())?;
            }
        }
    }
    let tables: Vec<_> = run.outputs.iter().filter_map(titled).collect();
    if !tables.is_empty() {
        put("report.xlsx".to_owned(), &export::xlsx(tables)?)?;
    }
    put("report.json".to_owned(), serde_json::to_string_pretty(run)?.as_bytes())?;
    put("report.txt".to_owned(), shown(run).as_bytes())
}

/// A report for a terminal.
fn shown(run: &Run) -> String {
    let mut text = String::new();
    for output in &run.outputs {
        match output {
            Output::Metric { label, value, value_kind, unit, note, .. } => {
                let gap = if unit.is_empty() { "" } else { " " };
                let note = if note.is_empty() { String::new() } else { format!(" ({note})") };
                let _ = writeln!(text, "{label}: {}{gap}{unit}{note}", value.words(*value_kind));
            }
            Output::Note { text: note } => {
                let _ = writeln!(text, "\n{note}");
            }
            Output::Alert { text: warning } => {
                let _ = writeln!(text, "! {warning}");
            }
            // The rows are in a table of the report, or a file of it.
            Output::Download { .. } => {}
            other => {
                if let Some((title, shape)) = titled(other) {
                    let _ = writeln!(text, "\n{title}");
                    lines(&mut text, shape);
                }
                if let Output::Table { total, totals, shape, .. } = other {
                    for (name, sum) in total.iter().zip(totals) {
                        let kind = shape
                            .place(name)
                            .and_then(|at| shape.columns.get(at))
                            .map_or(CellKind::Number, |head| head.kind);
                        let _ = writeln!(text, "  Total of {name}: {}", sum.words(kind));
                    }
                }
            }
        }
    }
    if !run.log.is_empty() {
        let _ = writeln!(text, "\nPrinted:\n{}", run.log.trim_end());
    }
    let hash = |hash: &str| hash.get(..16).unwrap_or_default().to_owned();
    let _ = writeln!(
        text,
        "\nscript {} · data {} · {} rows · {} ms",
        hash(&run.script_hash),
        hash(&run.data_hash),
        run.usage.rows,
        run.usage.wall_millis
    );
    text
}

/// Columns of equal width, numbers flush right.
fn lines(text: &mut String, shape: &Shape) {
    let rows = shape.words();
    let heads: Vec<String> = shape.columns.iter().map(|head| head.name.clone()).collect();
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).chain(heads.get(at));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    for row in std::iter::once(&heads).chain(&rows) {
        let mut line = String::new();
        for ((cell, head), width) in row.iter().zip(&shape.columns).zip(&widths) {
            let _ = if head.kind.is_number() {
                write!(line, "  {cell:>width$}")
            } else {
                write!(line, "  {cell:<width$}")
            };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_plain() {
        assert_eq!(file_name("Turnout in per cent"), "turnout-in-per-cent");
        assert_eq!(file_name("../../etc/passwd"), "etc-passwd");
        assert_eq!(file_name("…"), "table");
    }
}
