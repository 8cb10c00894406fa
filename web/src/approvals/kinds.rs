//! The registry of acts, and the hash that binds an approval to one of them.

use folkmoot_store::{Conn, JsonText, Utc};
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use super::{Approvable, Consent};
use crate::app::App;
use crate::auth::permission::{Action, Subject};
use crate::error::{AppError, AppResult};

/// Every act that needs two people. A new one adds its line here.
#[rustfmt::skip]
const KINDS: &[Kind] = &[
    Kind::of::<crate::accounts::ResetSecondFactors>(),
    Kind::of::<crate::roles::GrantRole>(),
    Kind::of::<crate::data_requests::ErasePerson>(),
    Kind::of::<crate::reports::ApproveReport>(),
    Kind::of::<crate::elections::trustees::AcceptNoSpare>(),
    Kind::of::<crate::elections::officers::ChangeVote>(),
    Kind::of::<crate::elections::officers::ChangeCount>(),
    Kind::of::<crate::elections::officers::Certify>(),
    Kind::of::<crate::elections::preparation::AmendMilestone>(),
    Kind::of::<crate::elections::preparation::FreezeRoll>(),
    Kind::of::<crate::elections::preparation::CorrectRoll>(),
    Kind::of::<crate::elections::preparation::ConfirmOpening>(),
];

type Facts = Vec<(String, String)>;

/// An [`Approvable`] with its type taken away.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) propose: Action,
    pub(super) approve: Action,
    pub(super) page: fn(&JsonText) -> AppResult<String>,
    pub(super) subject: fn(&mut Conn, &JsonText) -> AppResult<Subject>,
    pub(super) facts: fn(&mut Conn, &JsonText) -> AppResult<Facts>,
    pub(super) check: fn(&mut Conn, &App, &JsonText, Utc) -> AppResult<()>,
    pub(super) apply: fn(&mut Conn, &App, &JsonText, &Consent, Utc) -> AppResult<()>,
}

impl Kind {
    const fn of<A: Approvable>() -> Self {
        Self {
            name: A::KIND,
            title: A::TITLE,
            propose: A::PROPOSE,
            approve: A::APPROVE,
            page: |payload| Ok(payload.parse::<A>()?.page()),
            subject: |c, payload| payload.parse::<A>()?.subject(c),
            facts: |c, payload| payload.parse::<A>()?.facts(c),
            check: |c, app, payload, now| payload.parse::<A>()?.check(c, app, now),
            apply: |c, app, payload, consent, now| payload.parse::<A>()?.apply(c, app, consent, now),
        }
    }
}

/// The act called `name`.
pub(super) fn kind(name: &str) -> AppResult<Kind> {
    KINDS
        .iter()
        .find(|k| k.name == name)
        .copied()
        .ok_or_else(|| AppError::internal(format!("no act is called {name:?} in this version")))
}

/// JSON with the keys of every object in order and no white space, so that equal acts have equal texts.
pub(super) fn canonical(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<(String, Value)> = map.into_iter().collect();
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(pairs.into_iter().map(|(k, v)| (k, canonical(v))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(canonical).collect()),
        other => other,
    }
}

/// SHA-256, in hex, of the line `folkmoot approval v1` and the canonical JSON of kind, subject and payload.
pub(super) fn digest_of(kind: &str, object: &str, payload: &JsonText) -> AppResult<String> {
    let payload: Value = payload.parse()?;
    let whole = canonical(json!({ "kind": kind, "subject": object, "payload": payload }));
    let hash = digest(&SHA256, format!("folkmoot approval v1\n{whole}").as_bytes());
    Ok(hash.as_ref().iter().map(|b| format!("{b:02x}")).collect())
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn equal_acts_have_equal_hashes_and_different_ones_do_not() {
        let text = |v: Value| JsonText::of(&v).unwrap();
        let one = digest_of("k", "s", &text(json!({ "a": 1, "b": { "c": [1, 2], "d": null } }))).unwrap();
        let same = digest_of("k", "s", &text(json!({ "b": { "d": null, "c": [1, 2] }, "a": 1 }))).unwrap();
        assert_eq!(one, same);
        for (kind, object, payload) in [
            ("k", "s", json!({ "a": 1, "b": { "c": [2, 1], "d": null } })),
            ("k", "s", json!({ "a": "1", "b": { "c": [1, 2], "d": null } })),
            ("k", "t", json!({ "a": 1, "b": { "c": [1, 2], "d": null } })),
            ("l", "s", json!({ "a": 1, "b": { "c": [1, 2], "d": null } })),
        ] {
            assert_ne!(one, digest_of(kind, object, &text(payload)).unwrap());
        }
    }

    #[test]
    fn names_of_acts_are_unique() {
        let mut names: Vec<&str> = KINDS.iter().map(|k| k.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KINDS.len());
    }
}
