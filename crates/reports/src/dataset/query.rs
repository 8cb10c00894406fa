//! A script's question, checked against the catalogue and against what was granted.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Column, ColumnKind, Dataset, Row, catalogue};

/// What a run may read beyond the open columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Personal columns are allowed. The reason was approved with the report and is in the audit log.
    pub personal: Option<String>,
    /// Datasets that are allowed; `None` for all.
    pub datasets: Option<Vec<String>>,
}

/// A question as the script sends it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowsRequest {
    /// Name of the dataset.
    pub dataset: String,
    /// Names of columns; all that are open when absent.
    pub columns: Option<Vec<String>>,
    /// Filters as in the call: `tier="fellow"`, `joined_after="2026-01-01"`.
    pub filters: Map<String, Value>,
    /// The script says that it wants personal columns.
    pub personal: bool,
    /// Why, in the words of the script.
    pub reason: Option<String>,
}

/// One condition on a column.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Equal to the value.
    Is(Value),
    /// Equal to one of them.
    OneOf(Vec<Value>),
    /// At this value or after it.
    From(Value),
    /// Before this value, or below it.
    Before(Value),
}

/// A column with a condition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Filter {
    /// The column.
    pub column: &'static str,
    /// What must hold.
    pub condition: Condition,
}

/// A question that may be answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Which rows.
    pub dataset: &'static Dataset,
    /// Which columns, in this order.
    pub columns: Vec<&'static Column>,
    /// All of them hold.
    pub filters: Vec<Filter>,
    /// Why personal columns are read, when they are; for the audit log.
    pub reason: Option<String>,
}

/// Why a question is not answered, in words for the author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

const MOST_VALUES: usize = 1_000;
const MOST_TEXT: usize = 500;

impl Query {
    /// Checks a question.
    ///
    /// # Errors
    /// The dataset, a column or a filter is unknown, of the wrong kind, or not granted.
    pub fn parse(request: &RowsRequest, grant: &Grant) -> Result<Query, Refusal> {
        let dataset = catalogue::find(&request.dataset).ok_or_else(|| {
            let names: Vec<_> = catalogue::all().iter().map(|d| d.name).collect();
            Refusal(format!("there is no dataset {:?}; there are: {}", request.dataset, names.join(", ")))
        })?;
        if let Some(allowed) = &grant.datasets
            && !allowed.iter().any(|name| name == dataset.name)
        {
            return Err(Refusal(format!(
                "this report may not read {} for whoever runs it; a role that may see them has to run it",
                dataset.name
            )));
        }
        let columns = match &request.columns {
            None => dataset.columns.iter().filter(|c| !c.personal).collect(),
            Some(names) => names.iter().map(|name| known(dataset, name)).collect::<Result<Vec<_>, _>>()?,
        };
        if columns.is_empty() {
            return Err(Refusal(format!("name at least one column of {}", dataset.name)));
        }
        let mut filters = Vec::new();
        for (key, value) in &request.filters {
            filters.push(filter(dataset, key, value)?);
        }
        let filtered = filters.iter().filter_map(|f| dataset.column(f.column));
        let personal = columns.iter().copied().chain(filtered).find(|column| column.personal);
        let reason = match personal {
            None => None,
            Some(column) => Some(granted(dataset, column, request, grant)?),
        };
        Ok(Query { dataset, columns, filters, reason })
    }

    /// Whether a row of the dataset's columns, given by name, meets the filters. For sources that hold rows in memory.
    pub fn meets(&self, value_of: impl Fn(&str) -> Value) -> bool {
        self.filters.iter().all(|filter| filter.condition.holds(&value_of(filter.column)))
    }

    /// The asked columns of a row given by name.
    pub fn pick(&self, value_of: impl Fn(&str) -> Value) -> Row {
        self.columns.iter().map(|column| value_of(column.name)).collect()
    }

    /// As it is written into the snapshot and the audit log.
    pub fn describe(&self) -> Value {
        let columns: Vec<_> = self.columns.iter().map(|column| column.name).collect();
        serde_json::json!({"dataset": self.dataset.name, "columns": columns, "filters": self.filters})
    }
}

impl Condition {
    /// Whether a value meets the condition. Nothing is neither before nor after anything.
    pub fn holds(&self, value: &Value) -> bool {
        match self {
            Condition::Is(wanted) => value == wanted,
            Condition::OneOf(wanted) => wanted.contains(value),
            Condition::From(bound) => compare(value, bound).is_some_and(|order| order.is_ge()),
            Condition::Before(bound) => compare(value, bound).is_some_and(|order| order.is_lt()),
        }
    }
}

/// Numbers by size; days and instants by their text, which is ordered as they are.
fn compare(a: &Value, b: &Value) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
        },
        _ => None,
    }
}

fn known(dataset: &'static Dataset, name: &str) -> Result<&'static Column, Refusal> {
    dataset.column(name).ok_or_else(|| {
        let names: Vec<_> = dataset.columns.iter().map(|column| column.name).collect();
        Refusal(format!("{} has no column {name:?}; it has: {}", dataset.name, names.join(", ")))
    })
}

/// The reason under which a personal column is read.
fn granted(
    dataset: &Dataset,
    column: &Column,
    request: &RowsRequest,
    grant: &Grant,
) -> Result<String, Refusal> {
    let place = format!("column {:?} of {} is personal", column.name, dataset.name);
    let Some(approved) = &grant.personal else {
        return Err(Refusal(format!(
            "{place}, and this report has no grant for personal data; leave the column out or have the report approved for it"
        )));
    };
    let reason = request.reason.as_deref().map(str::trim).unwrap_or_default();
    if !request.personal || reason.is_empty() {
        return Err(Refusal(format!(
            "{place}: write {}(…, personal=True, reason=\"what for\")",
            dataset.name
        )));
    }
    Ok(format!("{approved}; script: {}", reason.chars().take(MOST_TEXT).collect::<String>()))
}

fn filter(dataset: &'static Dataset, key: &str, value: &Value) -> Result<Filter, Refusal> {
    // A column may itself end in such a word, so the whole name is tried first.
    if let Some(column) = dataset.column(key) {
        let condition = match value {
            Value::Array(values) if values.len() <= MOST_VALUES => Condition::OneOf(
                values.iter().map(|v| checked(dataset, column, v)).collect::<Result<_, _>>()?,
            ),
            Value::Array(_) => {
                return Err(Refusal(format!("filter {key} takes at most {MOST_VALUES} values")));
            }
            single => Condition::Is(checked(dataset, column, single)?),
        };
        return Ok(Filter { column: column.name, condition });
    }
    for (ending, ordered) in [("_after", false), ("_from", true), ("_before", false), ("_min", true)] {
        let Some(column) = key.strip_suffix(ending).and_then(|name| dataset.column(name)) else { continue };
        let dated = matches!(column.kind, ColumnKind::Date | ColumnKind::Time);
        let counted = matches!(column.kind, ColumnKind::Integer | ColumnKind::Number | ColumnKind::Money);
        let fits = if ending == "_min" { counted } else { dated || (ending == "_before" && counted) };
        if !fits {
            return Err(Refusal(format!(
                "filter {key} does not fit column {:?}, which holds {:?}",
                column.name, column.kind
            )));
        }
        let bound = checked(dataset, column, value)?;
        let from = ordered || ending == "_after";
        return Ok(Filter {
            column: column.name,
            condition: if from { Condition::From(bound) } else { Condition::Before(bound) },
        });
    }
    Err(Refusal(format!(
        "{} has no filter {key:?}; filters are names of columns, and for dates NAME_after and NAME_before, for numbers NAME_min and NAME_before",
        dataset.name
    )))
}

fn checked(dataset: &Dataset, column: &Column, value: &Value) -> Result<Value, Refusal> {
    let fits = match (column.kind, value) {
        (_, Value::Null) => true,
        (ColumnKind::Text, Value::String(text)) => text.len() <= MOST_TEXT,
        (ColumnKind::Flag, Value::Bool(_)) => true,
        (ColumnKind::Integer | ColumnKind::Money, Value::Number(n)) => n.is_i64(),
        (ColumnKind::Number, Value::Number(_)) => true,
        (ColumnKind::Date | ColumnKind::Time, Value::String(text)) => {
            chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
                || (column.kind == ColumnKind::Time
                    && ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
                        .iter()
                        .any(|f| chrono::NaiveDateTime::parse_from_str(text, f).is_ok()))
        }
        _ => false,
    };
    if fits {
        Ok(value.clone())
    } else {
        Err(Refusal(format!(
            "the filter on {:?} of {} wants {}",
            column.name,
            dataset.name,
            wanted(column.kind)
        )))
    }
}

fn wanted(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text => "a text",
        ColumnKind::Integer => "a whole number",
        ColumnKind::Number => "a number",
        ColumnKind::Money => "an amount in whole cents",
        ColumnKind::Date => "a date like 2026-06-01",
        ColumnKind::Time => "a date or an instant like 2026-06-01T12:00",
        ColumnKind::Flag => "True or False",
    }
}
