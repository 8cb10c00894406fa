//! An outcome in the form of the published counting vectors: the keys under `expected`.

use serde_json::{Map, Value, json};

use crate::amount::Amount;
use crate::method::Method;
use crate::outcome::{Action, Detail, Outcome, Pairwise, Round, TieRule};

impl Outcome {
    /// The outcome with the keys and number formats of the counting vectors, per method. Nothing is left out that
    /// the format knows, so a reader may compare any part of it.
    pub fn to_vector(&self) -> Value {
        let mut v = Map::new();
        let counts =
            [("cast", self.counts.cast), ("blank", self.counts.blank), ("invalid", self.counts.invalid)];
        for (key, count) in counts {
            if let Some(count) = count {
                v.insert(key.to_owned(), json!(count));
            }
        }
        if let Some(valid) = self.counts.valid {
            // Belenios' STV counts blank ballots as valid.
            let blank = if self.settings == Method::StvBelenios { self.counts.blank.unwrap_or(0) } else { 0 };
            v.insert("valid".to_owned(), json!(valid + blank));
        }
        v.insert("winners".to_owned(), json!(self.winners));
        v.insert("order".to_owned(), json!(self.order));
        v.insert("ranking".to_owned(), json!(self.ranking));
        v.insert("lot_used".to_owned(), json!(self.lot_used));
        if let Some(d) = &self.disqualified {
            v.insert("disqualified".to_owned(), json!(d));
        }
        if !self.rounds.is_empty() {
            let rounds: Vec<Value> = self.rounds.iter().map(|r| self.round(r)).collect();
            v.insert("rounds".to_owned(), Value::Array(rounds));
        }
        if matches!(self.settings, Method::StvScotland { .. })
            && let Some(quota) = self.rounds.first().and_then(|r| r.quota)
        {
            v.insert("quota".to_owned(), json!(quota.to_string()));
        }
        self.detail(&mut v);
        Value::Object(v)
    }

    fn detail(&self, v: &mut Map<String, Value>) {
        match &self.detail {
            Detail::Totals(totals) => {
                let borda = matches!(self.settings, Method::Borda { .. });
                let all: Vec<Value> =
                    totals.iter().map(|&t| if borda { text(t) } else { whole(t) }).collect();
                v.insert("totals".to_owned(), Value::Array(all));
            }
            Detail::Referendum(r) => {
                v.insert("base".to_owned(), json!(r.base));
                v.insert("quorum_met".to_owned(), json!(r.quorum_met));
                v.insert("threshold_met".to_owned(), json!(r.threshold_met));
                v.insert("passed".to_owned(), json!(r.passed));
            }
            Detail::Rounds => {}
            Detail::Events(events) => {
                v.insert("events".to_owned(), json!(events.iter().map(|e| e.to_array()).collect::<Vec<_>>()));
            }
            Detail::Pairwise(p) => pairwise(p, v),
            Detail::Grades { raw, median } => {
                v.insert("raw".to_owned(), json!(raw));
                v.insert("median".to_owned(), json!(median));
            }
        }
    }

    fn round(&self, r: &Round) -> Value {
        match self.settings {
            Method::Star { .. } => star(r),
            Method::Irv { .. } => irv(r),
            Method::StvScotland { .. } => scotland(r),
            Method::StvMeek { .. } => meek(r),
            _ => json!({"votes": votes(r, text), "elected": r.elected, "excluded": r.excluded}),
        }
    }
}

impl crate::outcome::Event {
    /// The event as that program prints it: `["Win", [0]]`, `["Lose", 1]`.
    pub fn to_array(&self) -> Value {
        use crate::outcome::Event::{Lose, TieLose, TieWin, Win};
        match self {
            Win(who) => json!(["Win", who]),
            Lose(who) => json!(["Lose", who]),
            TieWin(who) => json!(["TieWin", who]),
            TieLose(who) => json!(["TieLose", who]),
        }
    }
}

fn text(a: Amount) -> Value {
    json!(a.to_string())
}

fn whole(a: Amount) -> Value {
    json!(u64::try_from(a.floor()).unwrap_or(u64::MAX))
}

fn votes(r: &Round, form: fn(Amount) -> Value) -> Value {
    Value::Object(r.votes.iter().map(|(c, &a)| (c.to_string(), form(a))).collect())
}

fn rule(by: Option<TieRule>) -> Value {
    json!(by)
}

fn star(r: &Round) -> Value {
    let mut v = Map::new();
    v.insert("scores".to_owned(), votes(r, whole));
    let winner = r.elected.first().copied().or(r.excluded);
    v.insert("winner".to_owned(), json!(winner));
    v.insert("score_tie".to_owned(), rule(r.runoff.and_then(|x| x.score_tie)));
    v.insert("runoff_tie".to_owned(), rule(r.runoff.and_then(|x| x.runoff_tie)));
    match r.runoff {
        None => {
            v.insert("runoff".to_owned(), Value::Null);
        }
        Some(x) => {
            let [a, b] = x.finalists;
            let [for_a, for_b] = x.preferred;
            let mut counts = Map::new();
            counts.insert(a.to_string(), json!(for_a));
            counts.insert(b.to_string(), json!(for_b));
            counts.insert("equal".to_owned(), json!(x.equal));
            v.insert("runoff".to_owned(), Value::Object(counts));
            v.insert("finalists".to_owned(), json!([a, b]));
        }
    }
    if r.excluded.is_some() {
        v.insert("disqualified".to_owned(), json!(true));
    }
    Value::Object(v)
}

fn irv(r: &Round) -> Value {
    let mut v = Map::new();
    v.insert("votes".to_owned(), votes(r, whole));
    v.insert("exhausted".to_owned(), whole(r.exhausted));
    if let Some(c) = r.elected.first() {
        v.insert("elected".to_owned(), json!(c));
    }
    if let Some(c) = r.excluded {
        v.insert("excluded".to_owned(), json!(c));
    }
    tie(r, &mut v);
    Value::Object(v)
}

fn tie(r: &Round, v: &mut Map<String, Value>) {
    if r.tie.is_some() {
        v.insert("tie".to_owned(), rule(r.tie));
    }
}

fn scotland(r: &Round) -> Value {
    let (action, candidate) = match r.action {
        Action::Surplus(c) => ("surplus", Some(c)),
        Action::Exclude(c) => ("exclude", Some(c)),
        _ => ("first", None),
    };
    let mut v = Map::new();
    v.insert("action".to_owned(), json!(action));
    if let Some(c) = candidate {
        v.insert("candidate".to_owned(), json!(c));
    }
    v.insert("votes".to_owned(), votes(r, text));
    v.insert("nontransferable".to_owned(), text(r.exhausted));
    v.insert("rounding".to_owned(), text(r.rounding.unwrap_or(Amount::ZERO)));
    v.insert("elected".to_owned(), json!(r.elected));
    tie(r, &mut v);
    Value::Object(v)
}

fn meek(r: &Round) -> Value {
    let mut elected = r.elected.clone();
    elected.sort_unstable();
    let mut v = Map::new();
    v.insert("elected".to_owned(), json!(elected));
    v.insert("excluded".to_owned(), json!(r.excluded));
    if r.action == Action::Fill {
        v.insert("fill".to_owned(), json!(true));
        return Value::Object(v);
    }
    v.insert("quota".to_owned(), text(r.quota.unwrap_or(Amount::ZERO)));
    v.insert("votes".to_owned(), votes(r, text));
    v.insert("surplus".to_owned(), text(r.surplus.unwrap_or(Amount::ZERO)));
    v.insert("exhausted".to_owned(), text(r.exhausted));
    tie(r, &mut v);
    Value::Object(v)
}

fn pairwise(p: &Pairwise, v: &mut Map<String, Value>) {
    v.insert("matrix".to_owned(), json!(p.matrix));
    v.insert("condorcet_winner".to_owned(), json!(p.condorcet_winner));
    if let Some(paths) = &p.paths {
        v.insert("paths".to_owned(), json!(paths));
    }
    if let Some(locked) = &p.locked {
        v.insert("locked".to_owned(), json!(locked));
    }
    if let Some(skipped) = &p.skipped {
        v.insert("skipped".to_owned(), json!(skipped));
    }
    if let Some(d) = &p.debian {
        v.insert("dropped_quorum".to_owned(), json!(d.quorum));
        v.insert("dropped_majority".to_owned(), json!(d.majority));
        v.insert("dropped_defeats".to_owned(), json!(d.defeats));
        v.insert("schwartz".to_owned(), json!(d.schwartz));
    }
}
