//! Reports that staff write in Python: the interpreter, the sandboxed child it runs in, datasets and outputs.
//!
//! A report runs in a process of its own: [`Runner::run`] starts the program again with one argument, and [`child_main`]
//! takes over there. The child builds the interpreter, locks itself in (no files, no network, no new processes, bounded
//! memory and time) and only then receives the script. It asks for rows over its pipe; the parent checks every question
//! ([`Query::parse`]), reads from a [`DataSource`] and takes back outputs as data ([`Output`]), never HTML.
//!
//! The interpreter is no security boundary; the process is. What is shown to people is made here from typed outputs:
//! pictures ([`chart::svg`]), CSV and workbooks ([`export`]), with small numbers of people withheld ([`withhold`]).

pub mod chart;
mod child;
mod dataset;
mod declaration;
pub mod export;
mod failure;
mod frame;
mod host;
mod interpreter;
mod message;
mod output;
pub mod sample;
mod sandbox;
mod snapshot;
pub mod standard;
mod watch;
pub mod withhold;

pub use child::{CHILD_ARGUMENT, child_main};
pub use dataset::{
    Column, ColumnKind, Condition, DataError, DataSource, Dataset, Filter, Grant, Query, Refusal, Row,
    RowsRequest, Sink, all as datasets, find as dataset,
};
pub use declaration::{Declaration, Parameter, ParameterError, ParameterKind, Use};
pub use failure::{Failure, FailureKind, TraceLine};
pub use host::{Ended, Event, Job, Run, RunError, Runner, Stop, Usage};
pub use output::{Cell, CellKind, Head, Output, OutputError, Picture, Role, Shape};
pub use sandbox::{Layer, Limits};
pub use snapshot::{Recorder, Snapshot, SnapshotError, script_hash};
pub use watch::Cancel;

/// Locking in, one layer at a time, for the tests of escapes and for diagnosis on a new machine.
pub mod probe {
    pub use crate::sandbox::{Enforced, Layer, Limits, lock_in};
}
