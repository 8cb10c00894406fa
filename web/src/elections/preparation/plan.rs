//! What officers decide about an election besides its settings, kept as one typed value.

use folkmoot_governance::deadline::Override;
use folkmoot_governance::policy::{FrozenPolicies, TiePolicy, TieStep};
use folkmoot_store::elections::{self, Election, preparation};
use folkmoot_store::{Conn, JsonText, PersonId, PublicId, Utc};
use serde::{Deserialize, Serialize};

use super::preset::Preset;
use crate::elections::settings::ElectionSettings;
use crate::error::{AppError, AppResult};
use crate::nominations::rules::CallRules;

/// The plan of an election.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What it began from.
    pub preset: Preset,
    /// Name of the body that is elected or decides.
    pub body: String,
    /// Who has the vote; `None` while nobody has decided.
    #[serde(default)]
    pub electorate: Option<Electorate>,
    /// Whether the quorum in the settings was decided, not only offered.
    #[serde(default)]
    pub quorum_decided: bool,
    /// How ties are resolved; `None` while nobody has decided.
    #[serde(default)]
    pub ties: Option<TiePolicy>,
    /// The vote is held also where there are no more answers than seats.
    #[serde(default)]
    pub hold_uncontested: bool,
    /// Who makes the voting codes.
    #[serde(default)]
    pub registrar: Registrar,
    /// Whether the codes that this server makes can be sent again.
    #[serde(default)]
    pub codes: CodeKeeping,
    /// Voters get a copy of their receipt by mail, at the end of the day.
    #[serde(default)]
    pub mails_receipts: bool,
    /// Warnings about the schedule that an officer lets stand.
    #[serde(default)]
    pub overrides: Vec<Override>,
    /// When the election was announced.
    #[serde(default)]
    pub announced_at: Option<Utc>,
    /// The policies as they were then.
    #[serde(default)]
    pub policies: Option<FrozenPolicies>,
    /// How far the roll is.
    #[serde(default)]
    pub roll: RollStage,
    /// The test mail.
    #[serde(default)]
    pub canary: Option<Canary>,
    /// SHA-256 of the questions with which an officer looked at the preview of the result.
    #[serde(default)]
    pub previewed: Option<String>,
    /// The two officers who agreed to open.
    #[serde(default)]
    pub opening: Option<Agreed>,
    /// Rules of the call for candidates; `None` where officers write the answers themselves.
    #[serde(default)]
    pub call: Option<CallRules>,
}

/// Who has the vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case", deny_unknown_fields)]
pub enum Electorate {
    /// Whoever sits in a body at the record instant.
    Body {
        /// Last part of the body's address.
        slug: String,
        /// Its name.
        name: String,
    },
    /// The voting members, by the rules for the roll of a body.
    Members {
        /// Last part of the body's address: affirmations are given for a body.
        slug: String,
        /// Its name.
        name: String,
        /// Only those who affirmed before the cut-off.
        affirm: bool,
        /// Titles of elections in which having voted stands for an affirmation; none when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        waived_by: Vec<String>,
    },
    /// The people on a list that an officer brought.
    List {
        /// What the list is.
        title: String,
        /// The people.
        people: Vec<PublicId>,
    },
}

impl Electorate {
    /// In a sentence: "the members of …".
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Body { name, .. } => format!("the members of {name}"),
            Self::Members { affirm: true, waived_by, .. } if !waived_by.is_empty() => {
                format!("the voting members who have affirmed or voted in {}", waived_by.join(" or in "))
            }
            Self::Members { affirm: true, .. } => "the voting members who have affirmed".to_owned(),
            Self::Members { .. } => "the voting members".to_owned(),
            Self::List { title, .. } => format!("the people on the list “{title}”"),
        }
    }
}

/// Who makes the voting codes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registrar {
    /// This server makes them when voting is opened and mails them; [`CodeKeeping`] says what it keeps.
    #[default]
    BuiltIn,
    /// Somebody else makes and sends them; the server sees public halves only.
    External,
}

/// Whether the codes that this server makes can be sent again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeKeeping {
    /// Kept sealed until voting has ended, so that a lost one can be sent again.
    #[default]
    UntilVotingEnds,
    /// Kept nowhere: a lost code is lost.
    Nowhere,
}

/// How far the roll is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RollStage {
    /// Not made.
    #[default]
    None,
    /// Made from the facts at the record instant, seen by officers only.
    Made(Utc),
    /// Count and hash are public; people look themselves up and object.
    Published(Utc),
    /// Fixed by two officers; the base of the quorum.
    Frozen(Utc),
}

impl RollStage {
    /// True once count and hash are public.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Published(_) | Self::Frozen(_))
    }
}

/// The test mail to an officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Canary {
    /// SHA-256 of the word in the mail.
    pub word_hash: String,
    /// When it was queued.
    pub sent_at: Utc,
    /// When the word was typed in.
    #[serde(default)]
    pub arrived_at: Option<Utc>,
}

/// Two officers and when they agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreed {
    /// The returns officer.
    pub first: PersonId,
    /// The second officer.
    pub second: PersonId,
    /// When the second one agreed.
    pub at: Utc,
}

impl Plan {
    /// The plan of an election, if it was prepared here.
    ///
    /// # Errors
    /// A database error, or a plan that this version cannot read.
    pub fn of(conn: &mut Conn, election_id: i64) -> AppResult<Option<Self>> {
        preparation::plan(conn, election_id)?.map(|text| Ok(text.parse()?)).transpose()
    }

    /// The plan that an election begins with.
    #[must_use]
    pub fn begin(preset: Preset) -> Self {
        Self {
            preset,
            body: preset.body().into(),
            electorate: None,
            quorum_decided: false,
            ties: None,
            hold_uncontested: false,
            registrar: Registrar::BuiltIn,
            codes: CodeKeeping::default(),
            mails_receipts: false,
            overrides: Vec::new(),
            announced_at: None,
            policies: None,
            roll: RollStage::None,
            canary: None,
            previewed: None,
            opening: None,
            call: None,
        }
    }

    /// The usual rule for ties.
    #[must_use]
    pub fn usual_ties() -> TiePolicy {
        TiePolicy { steps: vec![TieStep::VerifiableLot] }
    }
}

/// An election with everything that is decided about it.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The record.
    pub election: Election,
    /// Its settings.
    pub settings: ElectionSettings,
    /// Its plan.
    pub plan: Plan,
}

impl Prepared {
    /// The election at this address.
    ///
    /// # Errors
    /// `NotFound` when there is none or it was not prepared on these pages.
    pub fn load(conn: &mut Conn, slug: &str) -> AppResult<Self> {
        let election = elections::by_slug(conn, slug)?.ok_or_else(AppError::not_found)?;
        let plan = Plan::of(conn, election.id)?.ok_or_else(AppError::not_found)?;
        let settings = serde_json::from_str(&election.settings).map_err(AppError::internal)?;
        Ok(Self { election, settings, plan })
    }

    /// Writes title, settings and plan.
    ///
    /// # Errors
    /// Database errors.
    pub fn save(&self, conn: &mut Conn) -> AppResult<()> {
        let settings = serde_json::to_string(&self.settings).map_err(AppError::internal)?;
        elections::put_settings(conn, self.election.id, &self.election.title, &settings)?;
        preparation::put_plan(conn, self.election.id, &JsonText::of(&self.plan)?)?;
        Ok(())
    }

    /// As in the audit log.
    #[must_use]
    pub fn object(&self) -> String {
        format!("election {}", self.election.public_id)
    }

    /// True while nothing is announced.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.election.state == "draft"
    }

    /// Refuses changes of what was announced.
    ///
    /// # Errors
    /// `Conflict` once the election is announced.
    pub fn need_draft(&self) -> AppResult<()> {
        if self.is_draft() {
            return Ok(());
        }
        Err(AppError::conflict(
            "This election is announced; what was announced stays. Only dates can be moved, to later ones and with a reason.",
        ))
    }

    /// Refuses changes of what the ballot box holds.
    ///
    /// # Errors
    /// `Conflict` once the ballot box is set up.
    pub fn need_no_box(&self) -> AppResult<()> {
        if self.election.election_json.is_none() {
            return Ok(());
        }
        Err(AppError::conflict(
            "The ballot box is set up: its questions, voting codes and keys are part of what every ballot is bound to, and cannot change any more.",
        ))
    }
}
