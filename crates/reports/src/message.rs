//! What parent and child say to each other.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::dataset::{ColumnKind, RowsRequest};
use crate::declaration::Declaration;
use crate::failure::Failure;
use crate::sandbox::{Enforced, Limits};

/// From the parent.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub(crate) enum ToChild {
    /// First: how to lock in.
    Start { limits: Limits, layers: Vec<crate::sandbox::Layer> },
    /// Only to a child that is locked in.
    Script { script: String, today: String, datasets: Vec<String> },
    /// The form is filled in: run.
    Go { parameters: Map<String, Value> },
    /// A question is answered: what the rows hold, …
    Columns { columns: Vec<ColumnHead>, people: bool },
    /// … rows, column by column, …
    Batch { columns: Vec<Vec<Value>> },
    /// … and that is all.
    End,
    /// A question is not answered.
    Refused { reason: String },
    /// Nothing more; exit.
    Bye,
}

/// A column that is about to come.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ColumnHead {
    pub(crate) name: String,
    pub(crate) kind: ColumnKind,
    /// Its numbers count people.
    pub(crate) counts: bool,
}

/// From the child.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub(crate) enum ToParent {
    /// Locked in as far as the kernel lets.
    Ready { enforced: Enforced },
    /// What the script's text says about itself.
    Declared { declaration: Declaration },
    /// A question for rows.
    Rows { request: RowsRequest },
    /// An output, not yet looked at.
    Output { output: Value },
    /// What the script printed.
    Log { text: String },
    /// The script came to its end.
    Done,
    /// It did not.
    Failed { failure: Failure },
}
