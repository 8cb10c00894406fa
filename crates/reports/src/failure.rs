//! Why a script did not come to its end, with the author's line.

use serde::{Deserialize, Serialize};

/// Kinds of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The text is no Python.
    Syntax,
    /// The form cannot be made from it.
    Declaration,
    /// A dataset, column or filter was refused.
    Refused,
    /// An exception nobody caught.
    Runtime,
}

/// One line of the way to the failure, outermost first; lines of the author only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceLine {
    /// Counted from one.
    pub line: u32,
    /// The function it is in; empty outside of functions.
    pub function: String,
    /// The line itself.
    pub source: String,
}

/// What went wrong, where, and what to do. Holds the value of no variable but what the exception's own words say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Which kind.
    pub kind: FailureKind,
    /// Name of the exception, like `KeyError`.
    pub exception: String,
    /// Its words.
    pub message: String,
    /// The author's line, counted from one; `None` when no line of the script is at fault.
    pub line: Option<u32>,
    /// The text of that line.
    pub source: String,
    /// The way there.
    pub trace: Vec<TraceLine>,
    /// What to do; empty when the words say it already.
    pub advice: String,
}

const MOST_LINES: usize = 12;
const LONGEST_TEXT: usize = 2_000;

impl Failure {
    /// Puts a failure together from what the interpreter knows; places are (line, function).
    pub(crate) fn new(
        kind: FailureKind,
        exception: &str,
        message: &str,
        places: &[(u32, String)],
        script: &str,
    ) -> Failure {
        let source_of =
            |line: u32| script.lines().nth((line as usize).saturating_sub(1)).map(clip).unwrap_or_default();
        let skipped = places.len().saturating_sub(MOST_LINES);
        // A deep recursion says the same line a thousand times; the first line and the last ones tell the story.
        let kept =
            places.iter().enumerate().filter(|(at, _)| *at == 0 || *at >= skipped).map(|(_, place)| place);
        let trace: Vec<_> = kept
            .map(|(line, function)| TraceLine {
                line: *line,
                function: function.clone(),
                source: source_of(*line),
            })
            .collect();
        let line = places.last().map(|(line, _)| *line);
        Failure {
            kind,
            exception: clip(exception),
            message: clip(message),
            line,
            source: line.map(source_of).unwrap_or_default(),
            trace,
            advice: advice(exception, message).to_owned(),
        }
    }
}

fn clip(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}

/// What usually helps.
fn advice(exception: &str, message: &str) -> &'static str {
    match exception {
        "SyntaxError" | "IndentationError" | "TabError" => {
            "Python cannot read this line. Look at brackets, quotes and colons here and on the line before."
        }
        "NameError" | "UnboundLocalError" => {
            "This name is not known here. Check its spelling, and that it is set before this line."
        }
        "ModuleNotFoundError" | "ImportError" => {
            "Only Python's own library is here, without files, network and processes."
        }
        "PermissionError" => {
            "Reports have no files, network or programs. Ask a dataset for rows, and use download() for files."
        }
        "ZeroDivisionError" => "There was nothing to divide by. Check for an empty table before dividing.",
        "RecursionError" => "A function calls itself too often.",
        "MemoryError" => {
            "The report holds too much at a time. Ask for fewer columns or rows, or group them earlier."
        }
        "TypeError" if message.contains("NoneType") => {
            "A value is empty here. Empty cells are None; leave them out with where()."
        }
        _ => "",
    }
}
