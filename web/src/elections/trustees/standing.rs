//! Where the trustees of an election stand, and whose turn it is with what.

use chrono::TimeDelta;
use folkmoot_ballot::archive::EventKind;
use folkmoot_store::elections::trustees::{self, Message, TrusteeRow};
use folkmoot_store::elections::{Election, results};
use folkmoot_store::{Conn, PersonId, Utc};

use crate::elections::decisions;
use crate::elections::opening;
use crate::elections::settings::ElectionSettings;
use crate::error::{AppError, AppResult};

/// Before the close, trustees prove once more that they can open their key file: from this many days before.
const CHECK_DAYS: i64 = 7;

/// Names of messages in the table.
pub(super) mod kinds {
    /// A single trustee's public key.
    pub const KEY: &str = "key";
    /// Round 1 of a threshold key.
    pub const CERTIFICATE: &str = "certificate";
    /// Round 2: the hash of the coefficients.
    pub const COMMITMENT: &str = "commitment";
    /// What a trustee keeps between rounds 2 and 3, sealed for themselves.
    pub const SEALED: &str = "sealed";
    /// Round 3: coefficients and sealed values.
    pub const POLYNOMIAL: &str = "polynomial";
    /// The commitments as a trustee saw them, sealed for themselves.
    pub const SEEN: &str = "seen";
    /// Round 4: the share, sealed, and its public half.
    pub const SHARE: &str = "share";
    /// Proof before opening that the key file works.
    pub const REHEARSAL: &str = "rehearsal";
    /// The same before the count.
    pub const CHECK: &str = "key_check";
    /// That two officers accepted a key without a spare; sent by nobody in particular, position 0.
    pub const NO_SPARE: &str = "no_spare_accepted";
    /// A contribution with a wrong proof, kept as a finding.
    pub const REFUSED: &str = "refused";
}

/// Whether enough trustees have shown that their key files still work for the count to begin.
///
/// # Errors
/// Database errors.
pub fn enough_checked(conn: &mut Conn, election: &Election) -> AppResult<bool> {
    let standing = Standing::load(conn, election.clone())?;
    Ok(standing.count(kinds::CHECK) >= standing.needed())
}

/// What a trustee has to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Make a key.
    Key,
    /// Round 2.
    Commit,
    /// Round 3.
    Reveal,
    /// Round 4.
    Share,
    /// Prove that the key file works.
    Rehearse,
    /// Shuffle the ranked and scored questions.
    Shuffle,
    /// Decrypt the tally.
    Decrypt,
    /// Wait for others.
    Wait,
    /// Nothing any more.
    Done,
}

impl Due {
    /// Name in the trustee document.
    pub(super) fn step(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Commit => "commit",
            Self::Reveal => "reveal",
            Self::Share => "share",
            Self::Rehearse => "rehearse",
            Self::Shuffle => "shuffle",
            Self::Decrypt => "decrypt",
            Self::Wait => "wait",
            Self::Done => "done",
        }
    }

    /// What to do, as a mail says it; `None` when there is nothing to do.
    pub(super) fn task(self) -> Option<&'static str> {
        Some(match self {
            Self::Key => "Create your key",
            Self::Commit => "Commit to your part of the key",
            Self::Reveal => "Reveal your part of the key",
            Self::Share => "Receive your share of the key",
            Self::Rehearse => "Prove that your key file works",
            Self::Shuffle => "Shuffle the ballots",
            Self::Decrypt => "Decrypt the tally",
            Self::Wait | Self::Done => return None,
        })
    }
}

/// Everything that decides whose turn it is.
pub(super) struct Standing {
    /// The election.
    pub election: Election,
    /// Its settings.
    pub settings: ElectionSettings,
    /// Its trustees in owner order.
    pub trustees: Vec<TrusteeRow>,
    messages: Vec<Message>,
    given: Vec<opening::Given>,
    quorum_met: bool,
}

impl Standing {
    pub(super) fn load(conn: &mut Conn, election: Election) -> AppResult<Self> {
        let settings = serde_json::from_str(&election.settings).map_err(AppError::internal)?;
        let quorum = results::quorum_certificate(conn, election.id)?;
        // A body to which a missing quorum was referred may have decided to count all the same.
        let allowed = decisions::last::<serde_json::Value>(conn, election.id, decisions::REFERRAL)?
            .is_some_and(|d| d.get("count") == Some(&serde_json::Value::Bool(true)));
        Ok(Self {
            settings,
            trustees: trustees::all(conn, election.id)?,
            messages: trustees::all_messages(conn, election.id)?,
            given: opening::contributions(conn, &election)?,
            quorum_met: allowed || quorum.is_some_and(|(outcome, _)| outcome == "met"),
            election,
        })
    }

    /// The place of a person.
    pub(super) fn of_person(&self, person: PersonId) -> Option<&TrusteeRow> {
        self.trustees.iter().find(|t| t.person_id == Some(person))
    }

    /// How many trustees must take part in the count.
    pub(super) fn needed(&self) -> usize {
        match usize::try_from(self.settings.threshold) {
            Ok(0) | Err(_) => self.trustees.len(),
            Ok(t) => t,
        }
    }

    /// True when the trustees make one key together, of which a threshold suffices.
    pub(super) fn is_threshold(&self) -> bool {
        self.settings.threshold > 0
    }

    /// What trustee `position` sent as `kind`.
    pub(super) fn body(&self, position: i64, kind: &str) -> Option<&str> {
        let fits = |m: &&Message| m.position == position && m.kind == kind && m.accepted;
        self.messages.iter().find(fits).map(|m| m.body.as_str())
    }

    /// What every trustee sent as `kind`, in owner order, as far as it is there.
    pub(super) fn bodies(&self, kind: &str) -> Vec<(i64, &str)> {
        self.trustees.iter().filter_map(|t| Some((t.position, self.body(t.position, kind)?))).collect()
    }

    pub(super) fn has(&self, position: i64, kind: &str) -> bool {
        self.body(position, kind).is_some()
    }

    fn all_have(&self, kind: &str) -> bool {
        self.trustees.iter().all(|t| self.has(t.position, kind))
    }

    /// How many trustees sent `kind`.
    pub(super) fn count(&self, kind: &str) -> usize {
        self.trustees.iter().filter(|t| self.has(t.position, kind)).count()
    }

    /// Digest of what a trustee gave after the tally.
    pub(super) fn gave(&self, position: i64, kind: EventKind) -> Option<&opening::Given> {
        self.given.iter().find(|g| g.kind == kind && i64::try_from(g.owner).is_ok_and(|o| o == position))
    }

    /// True once every trustee's public key is known.
    pub(super) fn has_keys(&self) -> bool {
        !self.trustees.is_empty() && self.trustees.iter().all(|t| t.public_key.is_some())
    }

    /// Which message proves at this moment that a key file works.
    pub(super) fn proof_kind(&self) -> &'static str {
        match self.election.state.as_str() {
            "open" | "suspended" | "closed" | "referred" | "quorum_ok" | "shuffling" | "decrypting" => {
                kinds::CHECK
            }
            _ => kinds::REHEARSAL,
        }
    }

    /// What a trustee has to do at `now`.
    pub(super) fn due(&self, trustee: &TrusteeRow, now: Utc) -> Due {
        let p = trustee.position;
        if self.election.election_json.is_none() {
            return self.due_before(trustee);
        }
        let check = if self.has(p, kinds::CHECK) { Due::Wait } else { Due::Rehearse };
        match self.election.state.as_str() {
            "open" | "suspended" => {
                let begins = self.election.closes_at.map(|t| t.plus(-TimeDelta::days(CHECK_DAYS)));
                if begins.is_some_and(|t| t <= now) { check } else { Due::Wait }
            }
            "closed" => check,
            "referred" => Due::Wait,
            "quorum_ok" | "shuffling" | "decrypting" => self.due_in_count(p),
            "draft"
            | "announced"
            | "nominations"
            | "closed_nominations"
            | "candidates_announced"
            | "rehearsed" => {
                if self.has(p, kinds::REHEARSAL) {
                    Due::Wait
                } else {
                    Due::Rehearse
                }
            }
            _ => Due::Done,
        }
    }

    fn due_before(&self, trustee: &TrusteeRow) -> Due {
        let p = trustee.position;
        let rounds: &[(&str, Due)] = if self.is_threshold() {
            &[
                (kinds::CERTIFICATE, Due::Key),
                (kinds::COMMITMENT, Due::Commit),
                (kinds::POLYNOMIAL, Due::Reveal),
                (kinds::SHARE, Due::Share),
            ]
        } else {
            &[]
        };
        if trustee.state == "named" {
            return Due::Wait;
        }
        for (kind, due) in rounds {
            if !self.has(p, kind) {
                return *due;
            }
            if !self.all_have(kind) {
                return Due::Wait;
            }
        }
        match (trustee.public_key.is_some(), self.has(p, kinds::REHEARSAL)) {
            (false, _) => Due::Key,
            (true, false) => Due::Rehearse,
            (true, true) => Due::Wait,
        }
    }

    /// The count begins when enough trustees have shown that their key works, and never without the quorum.
    fn due_in_count(&self, p: i64) -> Due {
        let mixing = self.settings.is_mixed() && self.election.state != "decrypting";
        if !self.has(p, kinds::CHECK) {
            Due::Rehearse
        } else if !self.quorum_met || self.count(kinds::CHECK) < self.needed() {
            Due::Wait
        } else if mixing {
            if self.gave(p, EventKind::Shuffle).is_some() { Due::Wait } else { Due::Shuffle }
        } else if self.gave(p, EventKind::PartialDecryption).is_some() {
            Due::Done
        } else {
            Due::Decrypt
        }
    }

    /// How far a trustee is, in words for everybody's board.
    pub(super) fn words(&self, trustee: &TrusteeRow) -> &'static str {
        let p = trustee.position;
        let has = |kind| self.has(p, kind);
        match self.election.state.as_str() {
            _ if trustee.state == "missing" => "reported missing",
            "quorum_ok" | "shuffling" | "decrypting" | "counted" | "allocated" | "certified" => {
                if self.gave(p, EventKind::PartialDecryption).is_some() {
                    "has decrypted"
                } else if self.gave(p, EventKind::Shuffle).is_some() {
                    "has shuffled"
                } else if has(kinds::CHECK) {
                    "key checked"
                } else {
                    "key not checked yet"
                }
            }
            _ if has(kinds::CHECK) => "key checked",
            _ if has(kinds::REHEARSAL) => "has rehearsed",
            _ if trustee.public_key.is_some() => "key made, not rehearsed yet",
            _ if has(kinds::POLYNOMIAL) => "part revealed",
            _ if has(kinds::COMMITMENT) => "committed",
            _ if has(kinds::CERTIFICATE) => "certificate sent",
            _ if trustee.state == "named" => "not invited yet",
            _ => "invited",
        }
    }
}
