//! Changes of a running vote.

use chrono::TimeDelta;
use folkmoot_store::elections::{self, Election, running};
use folkmoot_store::{Conn, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Facts, find, moved, refuse, settings};
use crate::app::App;
use crate::approvals::{Approvable, Consent};
use crate::auth::permission::Action;
use crate::elections::decisions::{self, Record};
use crate::elections::jump::{self, Jump};
use crate::elections::notices::TellRoll;
use crate::elections::preparation::schedule::{self, Made};
use crate::elections::settings::{ElectionSettings, QuestionKind};
use crate::error::{AppError, AppResult};
use crate::http::when::when;
use crate::jobs;
use crate::nominations::announce;

/// States in which a withdrawal is recorded: from the opening until the count.
pub const WITHDRAWAL: &[&str] =
    &["open", "suspended", "referred", "closed", "quorum_ok", "shuffling", "decrypting"];

/// A change of a running vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeVote {
    /// Readable part of the election's address.
    pub election: String,
    /// What to do.
    pub change: VoteChange,
    /// What it is proposed for.
    pub seen: Seen,
}

/// The state of a vote that a change of it is proposed for: in another one, the proposal is stale (requirement AZ-02).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// How many times it was suspended, resumed or extended.
    changes: usize,
    /// Its end.
    ends: Option<Utc>,
    /// The jump of the clock that is to be trusted.
    jump: Option<Jump>,
}

impl Seen {
    fn of(conn: &mut Conn, election: &Election) -> AppResult<Self> {
        const KINDS: [&str; 4] =
            [decisions::SUSPENDED, decisions::RESUMED, decisions::EXTENDED, decisions::QUORUM_EXTENSION];
        let all = running::decisions(conn, election.id)?;
        let changes = all.iter().filter(|d| KINDS.contains(&d.kind.as_str())).count();
        Ok(Self { changes, ends: election.closes_at, jump: jump::found(conn)? })
    }
}

/// What can be changed while people vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum VoteChange {
    /// No ballot is accepted until voting is resumed.
    Suspend,
    /// Ballots are accepted again; so many minutes are added to the end.
    Resume {
        /// Minutes added, 0 for none.
        add_minutes: i64,
    },
    /// Voting ends later.
    Extend {
        /// The new end.
        until: Utc,
    },
    /// Somebody who stands has withdrawn: shown as such, and passed over in the count.
    Withdraw {
        /// The question, from 0.
        question: usize,
        /// The candidate by number.
        candidate: usize,
    },
    /// Somebody who stands may not take a seat, for the reason that is published: shown as such, and passed over for seats.
    Exclude {
        /// The question, from 0.
        question: usize,
        /// The candidate by number.
        candidate: usize,
    },
    /// The clock of the server is right although it jumped.
    TrustClock,
}

impl ChangeVote {
    /// Names the act, for the vote as it is now.
    ///
    /// # Errors
    /// Database errors.
    pub fn of(conn: &mut Conn, election: &Election, change: VoteChange) -> AppResult<Self> {
        Ok(Self { election: election.slug.clone(), change, seen: Seen::of(conn, election)? })
    }

    fn is_stale(&self, conn: &mut Conn, election: &Election) -> AppResult<bool> {
        let present = Seen::of(conn, election)?;
        Ok(match &self.change {
            VoteChange::Suspend | VoteChange::Resume { .. } | VoteChange::Extend { .. } => {
                (present.changes, present.ends) != (self.seen.changes, self.seen.ends)
            }
            VoteChange::TrustClock => present.jump != self.seen.jump,
            VoteChange::Withdraw { .. } | VoteChange::Exclude { .. } => false,
        })
    }

    fn end_after(&self, election: &Election) -> Option<Utc> {
        match self.change {
            VoteChange::Resume { add_minutes } if add_minutes > 0 => {
                election.closes_at.map(|c| c.plus(TimeDelta::minutes(add_minutes)))
            }
            VoteChange::Extend { until } => Some(until),
            _ => None,
        }
    }
}

/// The name of a candidate who can still withdraw or be found ineligible.
fn standing(settings: &ElectionSettings, question: usize, candidate: usize) -> AppResult<String> {
    let asked = settings.questions.get(question).ok_or_else(AppError::not_found)?;
    if matches!(asked.kind, QuestionKind::YesNoAbstain { .. }) {
        return refuse("Nobody stands in this question.");
    }
    match asked.answers.get(candidate).ok_or_else(AppError::not_found)? {
        answer if answer.withdrawn => refuse("This withdrawal is recorded already."),
        answer if !answer.ineligible.is_empty() => {
            refuse("It is recorded already that this candidate may not take a seat.")
        }
        answer => Ok(answer.name.clone()),
    }
}

impl Approvable for ChangeVote {
    const KIND: &'static str = "election.change_vote";
    const TITLE: &'static str = "Change a running vote";
    const PROPOSE: Action = Action::RunElections;
    const APPROVE: Action = Action::RunElections;

    fn object(&self) -> String {
        format!("election {}", self.election)
    }

    fn page(&self) -> String {
        format!("/staff/elections/{}/running", self.election)
    }

    fn facts(&self, conn: &mut Conn) -> AppResult<Facts> {
        let election = find(conn, &self.election)?;
        let what = match &self.change {
            VoteChange::Suspend => {
                "Suspend the voting. No ballot is accepted until it is resumed.".to_owned()
            }
            VoteChange::Resume { add_minutes: 0 } => "Resume the voting. It ends when announced.".to_owned(),
            VoteChange::Resume { add_minutes } => {
                format!("Resume the voting and add {add_minutes} minutes to its end.")
            }
            VoteChange::Extend { .. } => "Let the voting end later than announced.".to_owned(),
            VoteChange::Withdraw { question, candidate } => format!(
                "Show {} as withdrawn and pass over the name in the count. Ballots stay as they are; who has voted may vote \
                 again. This cannot be taken back.",
                standing(&settings(&election)?, *question, *candidate)?
            ),
            VoteChange::Exclude { question, candidate } => format!(
                "Show that {} may not take a seat, for the reason given here, and pass over the name when seats are filled. \
                 Ballots stay as they are; who has voted may vote again. This cannot be taken back.",
                standing(&settings(&election)?, *question, *candidate)?
            ),
            VoteChange::TrustClock => format!(
                "Open and close elections by the clock of this server again. When its jump was found it showed {}; \
                 compare what it shows now with another clock.",
                self.seen.jump.as_ref().map(|jump| when(jump.at)).unwrap_or_default()
            ),
        };
        let mut facts = vec![("Election".to_owned(), election.title.clone()), ("What".to_owned(), what)];
        if let (Some(before), Some(after)) = (election.closes_at, self.end_after(&election)) {
            facts.push(("Announced end".into(), when(before)));
            facts.push(("New end".into(), when(after)));
        }
        facts.push((
            "Told".into(),
            "Everybody on the roll by mail, and everybody on the election's page.".into(),
        ));
        Ok(facts)
    }

    fn check(&self, conn: &mut Conn, _app: &App, now: Utc) -> AppResult<()> {
        let election = find(conn, &self.election)?;
        let ended = election.closes_at.is_none_or(|t| t <= now);
        if self.is_stale(conn, &election)? {
            return refuse(
                "The vote was changed after this was proposed. Look at how it stands now, and propose again what is still needed.",
            );
        }
        if let Some(until) = self.end_after(&election).or(election.closes_at)
            && matches!(self.change, VoteChange::Resume { .. } | VoteChange::Extend { .. })
            && matches!(election.state.as_str(), "open" | "suspended")
            && until <= now
        {
            let missing = now.since(until).num_minutes().saturating_add(1);
            return refuse(&format!(
                "Voting would be over at once: its end would be {}, which has passed. It has to end at least {missing} \
                 minutes later than that; leave people time to vote.",
                when(until)
            ));
        }
        match (&self.change, election.state.as_str()) {
            (VoteChange::Suspend, "open") if !ended => Ok(()),
            (VoteChange::Suspend, _) => refuse("Only voting that is open can be suspended."),
            (VoteChange::Resume { add_minutes }, "suspended") if (0..=60 * 24 * 60).contains(add_minutes) => {
                Ok(())
            }
            (VoteChange::Resume { .. }, "suspended") => refuse("At most 60 days can be added."),
            (VoteChange::Resume { .. }, _) => refuse("The voting is not suspended."),
            (VoteChange::Extend { until }, "open" | "suspended") => match election.closes_at {
                Some(closes) if *until <= closes => {
                    refuse("Voting may not end earlier than announced, only later.")
                }
                _ if ended && election.state == "open" => {
                    refuse("Voting has ended; it cannot be extended any more.")
                }
                _ if until.since(now) > TimeDelta::days(60) => refuse("Voting lasts at most 60 days more."),
                _ => Ok(()),
            },
            (VoteChange::Extend { .. }, _) => {
                refuse("Only voting that is open or suspended can be extended.")
            }
            (
                VoteChange::Withdraw { question, candidate } | VoteChange::Exclude { question, candidate },
                state,
            ) if WITHDRAWAL.contains(&state) => {
                standing(&settings(&election)?, *question, *candidate).map(|_| ())
            }
            (VoteChange::Withdraw { .. } | VoteChange::Exclude { .. }, _) => refuse(
                "Between the opening of the vote and its count it is recorded here that a candidate no longer stands; before, \
                 on the page of the questions; after the count, as a seat given up.",
            ),
            (VoteChange::TrustClock, _) if !jump::is_frozen(conn)? => refuse("The clock is trusted already."),
            (VoteChange::TrustClock, _) => Ok(()),
        }
    }

    fn apply(&self, conn: &mut Conn, app: &App, consent: &Consent, now: Utc) -> AppResult<()> {
        self.check(conn, app, now)?;
        let election = find(conn, &self.election)?;
        let until = self.end_after(&election);
        let kind = match &self.change {
            VoteChange::Suspend => {
                moved(conn, &election, "suspended")?;
                decisions::SUSPENDED
            }
            VoteChange::Resume { .. } => {
                moved(conn, &election, "open")?;
                decisions::RESUMED
            }
            VoteChange::Extend { .. } => decisions::EXTENDED,
            VoteChange::Withdraw { question, candidate } => {
                let mut changed = settings(&election)?;
                let answer = changed.questions.get_mut(*question).and_then(|q| q.answers.get_mut(*candidate));
                let answer = answer.ok_or_else(AppError::not_found)?;
                answer.withdrawn = true;
                announce::officers_recorded(conn, &election, &answer.page, now)?;
                let text = serde_json::to_string(&changed).map_err(AppError::internal)?;
                elections::put_settings(conn, election.id, &election.title, &text)?;
                decisions::WITHDRAWN
            }
            VoteChange::Exclude { question, candidate } => {
                let mut changed = settings(&election)?;
                let asked = changed.questions.get_mut(*question).ok_or_else(AppError::not_found)?;
                let answer = asked.answers.get_mut(*candidate).ok_or_else(AppError::not_found)?;
                answer.ineligible.clone_from(&consent.reason);
                // Nobody is passed over where the count alone says who is elected, without seats to fill.
                asked.seating.get_or_insert_default();
                let text = serde_json::to_string(&changed).map_err(AppError::internal)?;
                elections::put_settings(conn, election.id, &election.title, &text)?;
                decisions::EXCLUDED
            }
            VoteChange::TrustClock => {
                jump::trust(conn, now)?;
                decisions::CLOCK
            }
        };
        if let Some(until) = until {
            let made = Made { by: Some(consent.proposed_by), at: now, reason: Some(&consent.reason) };
            schedule::extend_voting(conn, &election, until, &made)?;
        }
        let details = json!({ "change": self.change, "closed_before": election.closes_at, "closes": until });
        let public = kind != decisions::CLOCK;
        let what = Record { kind, reason: &consent.reason, details: details.clone(), public };
        decisions::record(conn, &election, &what, Some(consent), now)?;
        if public {
            jobs::queue(conn, &TellRoll::of(&election, kind, &consent.reason, now), now)?;
        }
        audit::append(conn, &consent.act("election.change_vote", self.object(), details), now)?;
        Ok(())
    }
}
