//! How long a report takes, and how much memory: start-up, and 100,000 members grouped by three columns. Fails when a bound of
//! the project is missed. Prints one line a measurement.

use std::process::ExitCode;

use folkmoot_reports::sample::{self, InMemory};
use folkmoot_reports::{CHILD_ARGUMENT, Ended, Job, Limits, Runner, child_main};

/// Runs of each measurement; the median counts.
const RUNS: usize = 5;

const GROUPED: &str = "
people = members(columns=['tier', 'source', 'status'])
groups = people.group('tier', 'source', 'status').count().sort('-count')
metric('Members', people.count())
table(groups)
";

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(CHILD_ARGUMENT) {
        return child_main();
    }
    match measure() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<bool, Box<dyn std::error::Error>> {
    let runner = Runner::new(std::env::current_exe()?, Limits::default());
    let start = median(&runner, "metric('One', 1)", &mut InMemory::new())?;
    let grouped = median(&runner, GROUPED, &mut sample::many_members(100_000))?;
    let mebi = |bytes: Option<u64>| bytes.unwrap_or_default() / (1 << 20);
    println!(
        "start-up, one figure: {} ms (bound 100 ms), {} MiB",
        start.wall_millis,
        mebi(start.peak_memory)
    );
    println!(
        "100,000 members by three columns: {} ms (bound 1,500 ms), {} ms of processor in the child, {} MiB (bound 256 MiB)",
        grouped.wall_millis,
        grouped.processor_millis.unwrap_or_default(),
        mebi(grouped.peak_memory)
    );
    Ok(start.wall_millis < 100 && grouped.wall_millis < 1_500 && mebi(grouped.peak_memory) < 256)
}

/// The run with the median time.
fn median(
    runner: &Runner,
    script: &str,
    data: &mut InMemory,
) -> Result<folkmoot_reports::Usage, Box<dyn std::error::Error>> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let run = runner.run(&Job { script, today: sample::today(), ..Job::default() }, data, &mut |_| {})?;
        if run.ended != Ended::Done {
            return Err(format!("the report ended as {:?}", run.ended).into());
        }
        runs.push(run.usage);
    }
    runs.sort_by_key(|usage| usage.wall_millis);
    runs.into_iter().nth(RUNS / 2).ok_or_else(|| "no runs".into())
}
