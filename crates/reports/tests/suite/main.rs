//! Runs of whole reports in real child processes.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod datasets;
mod escapes;
mod examples;
mod features;
mod probes;
mod runs;
mod standard;

use std::path::PathBuf;

use folkmoot_reports::sample::{self, InMemory};
use folkmoot_reports::{Ended, Failure, Grant, Job, Limits, Run, RunError, Runner};

/// The child by itself.
pub fn child() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_folkmoot-report-child"))
}

/// Limits that an interpreter without optimisation keeps on a busy machine.
pub fn patient() -> Limits {
    Limits { processor_seconds: 120, wall_millis: 300_000, address_space: 1 << 30, ..Limits::default() }
}

pub fn runner() -> Runner {
    Runner::new(child(), patient())
}

/// A script on data, with values for its form.
pub fn attempt(
    runner: &Runner,
    script: &str,
    data: &mut InMemory,
    parameters: &[(&str, &str)],
    grant: Grant,
) -> Result<Run, RunError> {
    let parameters: Vec<_> =
        parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let job = Job { script, parameters: &parameters, grant, today: sample::today(), ..Job::default() };
    runner.run(&job, data, &mut |_| {})
}

/// A script on no data.
pub fn alone(script: &str) -> Run {
    attempt(&runner(), script, &mut InMemory::new(), &[], Grant::default()).unwrap()
}

/// What it printed, when it came to its end.
pub fn printed(script: &str) -> String {
    let run = alone(script);
    assert_eq!(run.ended, Ended::Done, "of {script}");
    run.log
}

/// How it failed.
pub fn failure(script: &str) -> Failure {
    match alone(script).ended {
        Ended::Failed(failure) => failure,
        other => panic!("{script} ended as {other:?}"),
    }
}
