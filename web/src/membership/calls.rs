//! How a person stands to the rolls that are made next: on it or not, why, since when, and what can still be done.

use chrono::TimeDelta;
use folkmoot_governance::electorate::{
    ElectorateRule, Hypothesis, Reason, Remedy, RollInstants, Standing, what_if,
};
use folkmoot_governance::{Explain, Interval};
use folkmoot_store::bodies::Body;
use folkmoot_store::memberships::voting::{self, Call};
use folkmoot_store::{Conn, PersonId, Utc, elections};

use super::words::plain;
use super::{facts, instant, utc};
use crate::error::AppResult;
use crate::http::when::when;

/// A call with its rule and instants read.
#[derive(Debug, Clone)]
pub struct OpenCall {
    /// The row.
    pub call: Call,
    /// The body.
    pub body: Body,
    /// The rule of the roll.
    pub rule: ElectorateRule,
    /// The instants it is applied at.
    pub at: RollInstants,
}

impl OpenCall {
    /// Reads the JSON of a call.
    ///
    /// # Errors
    /// A stored rule that cannot be read.
    pub fn read(call: Call, body: Body) -> AppResult<Self> {
        let rule: ElectorateRule = call.rule.parse()?;
        let waivers: Vec<String> = call.waivers.parse()?;
        let at = RollInstants {
            record: instant(call.record_at)?,
            affirmation: Interval::new(instant(call.affirm_from)?, instant(call.cutoff_at)?),
            waiver_elections: waivers.into_iter().map(Into::into).collect(),
        };
        Ok(Self { call, body, rule, at })
    }
}

/// Calls whose cut-off or record instant is to come, or passed less than sixty days ago.
///
/// # Errors
/// A database error.
pub fn current(conn: &mut Conn, now: Utc) -> AppResult<Vec<OpenCall>> {
    let rows = voting::calls_since(conn, now.plus(-TimeDelta::days(60)))?;
    rows.into_iter().map(|(call, body)| OpenCall::read(call, body)).collect()
}

/// Titles of elections whose voters may be spared the affirmation: those held here that are over, and those known from lists.
///
/// # Errors
/// A database error.
pub fn elections_before(conn: &mut Conn, now: Utc) -> AppResult<Vec<String>> {
    let over = |e: &elections::Election| e.closes_at.is_some_and(|end| end <= now);
    let mut all: Vec<String> =
        elections::list(conn)?.into_iter().filter(over).take(10).map(|e| e.title).collect();
    all.extend(voting::past_elections(conn)?.into_iter().take(10).map(|(title, _, _)| title));
    Ok(all)
}

/// Something that can still be done, with the page where it is done; no page: it is done elsewhere.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) text: String,
    pub(super) href: String,
}

/// A call as its member sees it.
#[derive(Debug, Clone)]
pub(super) struct CallView {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) on_roll: bool,
    /// One sentence.
    pub(super) verdict: String,
    pub(super) since: String,
    /// For or against, and the sentence.
    pub(super) reasons: Vec<(bool, String)>,
    pub(super) ways: Vec<Way>,
    pub(super) cutoff: String,
    pub(super) cutoff_utc: String,
    pub(super) is_open: bool,
    pub(super) record: String,
    pub(super) affirms: bool,
    pub(super) affirmed: bool,
    /// What affirming now would change; empty when nothing.
    pub(super) would: String,
    pub(super) opted_out: bool,
    pub(super) rule: String,
    pub(super) authority: String,
}

fn way(remedy: &Remedy) -> Way {
    let href = match remedy {
        Remedy::PayDues { class, .. } => super::dues_page(class.as_str()),
        Remedy::Certify { class, .. } => format!("/membership/certify/{class}"),
        Remedy::Join { .. } => "/join".to_owned(),
        _ => String::new(),
    };
    Way { text: plain(&remedy.sentence()), href }
}

fn verdict(standing: &Standing, is_past: bool) -> String {
    match (&standing.class, is_past) {
        (Some(class), false) => format!("You will be on the roll as a {class} member."),
        (Some(class), true) => format!("You are on the roll as a {class} member."),
        (None, false) => "As things are, you will not be on the roll.".to_owned(),
        (None, true) => "You are not on the roll.".to_owned(),
    }
}

/// How `person` stands to a call.
///
/// # Errors
/// A database error.
pub(super) fn view(conn: &mut Conn, person: PersonId, open: &OpenCall, now: Utc) -> AppResult<CallView> {
    let OpenCall { call, body, rule, at } = open;
    let known = facts::of(conn, person, body.id, rule, at)?;
    let if_affirmed = what_if(&known, rule, at, &[Hypothesis::Affirm], instant(now)?);
    let standing = if_affirmed.now;
    let is_open = now < call.cutoff_at;
    let record_past = call.record_at <= now;
    let holds = standing.reasons.iter().any(|r| matches!(r, Reason::Holds { .. }));
    let would = if is_open && !standing.on_roll && if_affirmed.then.on_roll {
        "If you affirm now, you will be on the roll.".to_owned()
    } else if is_open && standing.on_roll && !standing.in_quorum_base && if_affirmed.then.in_quorum_base {
        "You are on the roll without affirming; if you affirm, you also count for the quorum.".to_owned()
    } else {
        String::new()
    };
    let affirmed = standing.reasons.iter().any(|r| matches!(r, Reason::Affirmed { .. }));
    let since = standing.since.map(utc).transpose()?.filter(|at| *at <= now);
    // What can be done only counts while it is not too late.
    let in_time = |remedy: &&Remedy| match remedy {
        Remedy::Affirm { .. } => is_open,
        Remedy::OptIn { .. } | Remedy::Return => true,
        _ => !record_past,
    };
    Ok(CallView {
        id: call.public_id.to_string(),
        title: call.title.clone(),
        body: body.name.clone(),
        on_roll: standing.on_roll,
        verdict: verdict(&standing, record_past),
        since: since.map(when).unwrap_or_default(),
        reasons: standing.reasons.iter().map(|r| (r.is_for(), plain(&r.sentence()))).collect(),
        ways: standing.remedies.iter().filter(in_time).map(way).collect(),
        cutoff: when(call.cutoff_at),
        cutoff_utc: call.cutoff_at.datetime().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        is_open,
        record: when(call.record_at),
        affirms: rule.affirmation.is_some() && holds,
        affirmed,
        would,
        opted_out: standing.reasons.iter().any(|r| matches!(r, Reason::OptedOut { .. })),
        rule: rule.sentence(),
        authority: call.authority.clone(),
    })
}
