//! What a script says about itself before it runs: description, form, datasets.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

/// Kinds of form fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// A line of text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A tick box.
    Flag,
    /// One of the choices.
    Choice,
    /// A day.
    Date,
    /// One of the organisation's elections, the latest unless chosen.
    Election,
}

/// A field of the form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Name in the script; `--param key=value` on the command line.
    pub key: String,
    /// Label of the field.
    pub label: String,
    /// What it takes.
    pub kind: ParameterKind,
    /// What it is when left empty.
    #[serde(default)]
    pub default: Option<Value>,
    /// What a choice offers.
    #[serde(default)]
    pub choices: Vec<Value>,
    /// Smallest number.
    #[serde(default)]
    pub min: Option<f64>,
    /// Largest number.
    #[serde(default)]
    pub max: Option<f64>,
    /// A sentence below the label.
    #[serde(default)]
    pub help: Option<String>,
    /// Line in the script, counted from one.
    pub line: u32,
}

/// A dataset that the script's text names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// Its name.
    pub dataset: String,
    /// Its columns, where the text lists them.
    pub columns: Option<Vec<String>>,
    /// It asks for personal columns.
    pub personal: bool,
    /// Line in the script, counted from one.
    pub line: u32,
}

/// All of it, in the order of the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Declaration {
    /// The text at the top of the script.
    pub description: String,
    /// The form.
    pub parameters: Vec<Parameter>,
    /// The datasets. For people who approve; what is read is checked when it is read.
    pub uses: Vec<Use>,
}

impl Declaration {
    /// Whether it asks for personal columns, so that two people must approve it.
    pub fn personal(&self) -> bool {
        self.uses.iter().any(|one| one.personal)
    }

    /// Values for the script, by label, from what the form or the command line gave, by key.
    ///
    /// # Errors
    /// One for each field that does not fit, and for each value that belongs to no field.
    pub fn values(
        &self,
        given: &[(String, String)],
        elections: &[(String, String)],
    ) -> Result<Map<String, Value>, Vec<ParameterError>> {
        let mut errors: Vec<_> = given
            .iter()
            .filter(|(key, _)| !self.parameters.iter().any(|p| p.key == *key))
            .map(|(key, _)| ParameterError {
                key: key.clone(),
                message: format!("the report has no parameter {key}; it has: {}", self.keys()),
            })
            .collect();
        let mut values = Map::new();
        for parameter in &self.parameters {
            let text = given.iter().rev().find(|(key, _)| *key == parameter.key).map(|(_, text)| text.trim());
            match parameter.value(text.filter(|text| !text.is_empty()), elections) {
                Ok(value) => drop(values.insert(parameter.label.clone(), value)),
                Err(message) => errors.push(ParameterError { key: parameter.key.clone(), message }),
            }
        }
        if errors.is_empty() { Ok(values) } else { Err(errors) }
    }

    fn keys(&self) -> String {
        let keys: Vec<_> = self.parameters.iter().map(|p| p.key.as_str()).collect();
        if keys.is_empty() { "none".to_owned() } else { keys.join(", ") }
    }
}

/// A value that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {message}")]
pub struct ParameterError {
    /// Which field.
    pub key: String,
    /// What to do.
    pub message: String,
}

const LONGEST: usize = 2_000;

impl Parameter {
    /// The value of the field, from text; without text, the default.
    ///
    /// # Errors
    /// The text does not fit; a sentence that says what would.
    pub fn value(&self, text: Option<&str>, elections: &[(String, String)]) -> Result<Value, String> {
        let Some(text) = text else { return self.otherwise(elections) };
        if text.len() > LONGEST {
            return Err(format!("at most {LONGEST} characters"));
        }
        match self.kind {
            ParameterKind::Text => Ok(Value::from(text)),
            ParameterKind::Integer => {
                let number: i64 = text.parse().map_err(|_| "a whole number, like 12".to_owned())?;
                self.within(number as f64).map(|()| Value::from(number))
            }
            ParameterKind::Number => {
                let number: f64 = text.parse().map_err(|_| "a number, like 2.5".to_owned())?;
                self.within(number)?;
                Number::from_f64(number).map(Value::Number).ok_or_else(|| "a number, like 2.5".to_owned())
            }
            ParameterKind::Flag => match text {
                "true" | "yes" | "on" | "1" => Ok(Value::Bool(true)),
                "false" | "no" | "off" | "0" => Ok(Value::Bool(false)),
                _ => Err("yes or no".to_owned()),
            },
            ParameterKind::Date => match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
                Ok(_) => Ok(Value::from(text)),
                Err(_) => Err("a date, like 2026-06-01".to_owned()),
            },
            ParameterKind::Choice => {
                let found = self.choices.iter().find(|choice| words(choice) == text);
                found.cloned().ok_or_else(|| {
                    format!("one of {}", self.choices.iter().map(words).collect::<Vec<_>>().join(", "))
                })
            }
            ParameterKind::Election if elections.iter().any(|(id, _)| id == text) => Ok(Value::from(text)),
            ParameterKind::Election if text == "latest" => self.otherwise(elections),
            ParameterKind::Election => Err("the identifier of an election, or latest".to_owned()),
        }
    }

    fn otherwise(&self, elections: &[(String, String)]) -> Result<Value, String> {
        match (self.kind, &self.default) {
            (ParameterKind::Election, _) => elections
                .first()
                .map(|(id, _)| Value::from(id.as_str()))
                .ok_or_else(|| "there is no election yet".to_owned()),
            (ParameterKind::Choice, None) => {
                self.choices.first().cloned().ok_or_else(|| "the choice offers nothing".to_owned())
            }
            (ParameterKind::Date, None | Some(Value::Null)) => Ok(Value::Null),
            (ParameterKind::Text, None | Some(Value::Null)) => Ok(Value::from("")),
            (ParameterKind::Flag, None | Some(Value::Null)) => Ok(Value::Bool(false)),
            (_, None | Some(Value::Null)) => Ok(Value::from(0)),
            (ParameterKind::Flag, Some(value @ Value::Bool(_))) => Ok(value.clone()),
            // A default goes the way of any other text, so that a wrong one is found.
            (_, Some(value)) => self.value(Some(&words(value)), elections),
        }
    }

    fn within(&self, number: f64) -> Result<(), String> {
        match (self.min, self.max) {
            (Some(min), _) if number < min => Err(format!("at least {min}")),
            (_, Some(max)) if number > max => Err(format!("at most {max}")),
            _ => Ok(()),
        }
    }
}

/// A literal as the form shows it.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn parameter(kind: &str, rest: Value) -> Parameter {
        let mut all = json!({"key": "k", "label": "L", "kind": kind, "line": 1});
        all.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn values_are_typed_and_refused_with_a_sentence() {
        let integer = parameter("integer", json!({"default": 3, "min": 1, "max": 9}));
        assert_eq!(integer.value(Some("4"), &[]).unwrap(), json!(4));
        assert_eq!(integer.value(None, &[]).unwrap(), json!(3));
        assert_eq!(integer.value(Some("12"), &[]).unwrap_err(), "at most 9");
        assert_eq!(integer.value(Some("x"), &[]).unwrap_err(), "a whole number, like 12");
        let date = parameter("date", json!({"default": "2026-01-01"}));
        assert_eq!(date.value(None, &[]).unwrap(), json!("2026-01-01"));
        assert_eq!(date.value(Some("2026-02-30"), &[]).unwrap_err(), "a date, like 2026-06-01");
        let choice = parameter("choice", json!({"choices": ["all", 2]}));
        assert_eq!(choice.value(Some("2"), &[]).unwrap(), json!(2));
        assert_eq!(choice.value(None, &[]).unwrap(), json!("all"));
        assert_eq!(choice.value(Some("none"), &[]).unwrap_err(), "one of all, 2");
        let election = parameter("election", json!({}));
        let elections = [("e2".to_owned(), "Two".to_owned()), ("e1".to_owned(), "One".to_owned())];
        assert_eq!(election.value(Some("latest"), &elections).unwrap(), json!("e2"));
        assert_eq!(election.value(Some("e1"), &elections).unwrap(), json!("e1"));
        assert!(election.value(Some("e9"), &elections).is_err());
        assert_eq!(election.value(None, &[]).unwrap_err(), "there is no election yet");
    }

    #[test]
    fn a_value_for_no_field_is_an_error_beside_the_others() {
        let declaration = Declaration {
            description: String::new(),
            parameters: vec![parameter("integer", json!({}))],
            uses: vec![],
        };
        let given = [("k".to_owned(), "x".to_owned()), ("z".to_owned(), "1".to_owned())];
        let errors = declaration.values(&given, &[]).unwrap_err();
        let keys: Vec<_> = errors.iter().map(|e| e.key.as_str()).collect();
        assert_eq!(keys, ["z", "k"]);
    }
}
