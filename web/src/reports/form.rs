//! The fields of a report's parameters, for a run and for runs by the clock.

use folkmoot_reports::{Declaration, Parameter, ParameterError, ParameterKind};
use serde_json::Value;

use crate::http::{FieldErrors, Form};

/// One field of a report's form.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) hint: String,
    pub(super) kind: &'static str,
    pub(super) options: Vec<Choice>,
}

/// One of the values of a field.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
}

/// The fields of one of the two forms of a report, told apart by how their names begin.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    start: &'static str,
    /// What is left empty, or as the script has it, is decided when the report runs.
    later: bool,
}

impl Fields {
    /// Of a run.
    pub(super) const RUN: Self = Self { start: "p-", later: false };
    /// Of runs by the clock.
    pub(super) const SCHEDULE: Self = Self { start: "s-", later: true };

    /// The name under which a parameter travels in the form.
    fn name(self, key: &str) -> String {
        format!("{}{key}", self.start)
    }

    /// The fields as templates show them.
    pub(super) fn of(self, declaration: &Declaration, elections: &[(String, String)]) -> Vec<Field> {
        declaration.parameters.iter().map(|parameter| self.field(parameter, elections)).collect()
    }

    fn field(self, p: &Parameter, elections: &[(String, String)]) -> Field {
        let mut options: Vec<Choice> = match p.kind {
            ParameterKind::Election => elections
                .iter()
                .map(|(id, title)| Choice { value: id.clone(), label: title.clone() })
                .collect(),
            _ => p.choices.iter().map(|c| Choice { value: words(c), label: words(c) }).collect(),
        };
        if self.later && p.kind == ParameterKind::Election {
            let latest = Choice { value: String::new(), label: "The latest one when it runs".to_owned() };
            options.insert(0, latest);
        }
        Field {
            name: self.name(&p.key),
            label: p.label.clone(),
            hint: p.help.clone().unwrap_or_default(),
            kind: match p.kind {
                ParameterKind::Text => "text",
                ParameterKind::Integer | ParameterKind::Number => "number",
                ParameterKind::Flag => "flag",
                ParameterKind::Date => "date",
                ParameterKind::Choice | ParameterKind::Election => "choice",
            },
            options,
        }
    }

    /// Names and values of the form: what is kept, or else as the script has it.
    pub(super) fn filled(
        self,
        declaration: &Declaration,
        kept: &[(String, String)],
    ) -> Vec<(String, String)> {
        let value = |p: &Parameter| {
            let kept = kept.iter().find(|(key, _)| *key == p.key).map(|(_, value)| value.clone());
            match (p.kind, kept.unwrap_or_else(|| default(p))) {
                (ParameterKind::Flag, value) if value == "no" => String::new(),
                (_, value) => value,
            }
        };
        declaration.parameters.iter().map(|p| (self.name(&p.key), value(p))).collect()
    }

    /// What was typed, by the parameter's own name. A box that is not ticked sends nothing.
    pub(super) fn given(self, declaration: &Declaration, form: &Form) -> Vec<(String, String)> {
        let value = |p: &Parameter| match (p.kind, form.value(&self.name(&p.key))) {
            (ParameterKind::Flag, "") => "no".to_owned(),
            (_, typed) => typed.to_owned(),
        };
        let all = declaration.parameters.iter().map(|p| (p, value(p)));
        // What is as the script has it follows the script, also when that changes.
        let same = |p: &Parameter, value: &str| match p.kind {
            ParameterKind::Flag => (value == "no") == default(p).is_empty(),
            _ => value.is_empty() || value == default(p),
        };
        all.filter(|(p, value)| !self.later || !same(p, value))
            .map(|(p, value)| (p.key.clone(), value))
            .collect()
    }

    /// The mistakes, beside their fields.
    pub(super) fn mistakes(self, declaration: &Declaration, errors: &[ParameterError]) -> FieldErrors {
        let mut wrong = FieldErrors::default();
        for error in errors {
            wrong.add(
                self.name(&error.key),
                format!("{}: {}.", label(declaration, &error.key), error.message),
            );
        }
        wrong
    }
}

fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// As the script has it.
fn default(p: &Parameter) -> String {
    match &p.default {
        Some(Value::Bool(true)) => "yes".to_owned(),
        None | Some(Value::Null | Value::Bool(false)) => String::new(),
        Some(value) => words(value),
    }
}

/// The label of a parameter.
pub(super) fn label<'a>(declaration: &'a Declaration, key: &'a str) -> &'a str {
    declaration.parameters.iter().find(|p| p.key == key).map_or(key, |p| p.label.as_str())
}
