//! The archive of an election, byte for byte (protocol 2.11).
//!
//! An archive is a tar file of a very plain kind: an entry `BELENIOS`, then per event its data objects and the event,
//! each named by the SHA-256 of its content. Events form a chain. Both directions stream: the writer keeps the head of
//! the chain only, the reader one event and the set of names.

mod read;
mod tar;
mod write;

pub use read::{ArchiveError, Limits, Object, Record, Records, Recovered, recover};
pub use write::{Appended, Chain, Writer};

use crate::hash::Hash;
use crate::json::{ReadError, Reader};

/// What an event records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// The election, the trustees, the public credentials.
    Setup,
    /// One accepted ballot.
    Ballot,
    /// No more ballots.
    EndBallots,
    /// The product of the last ballots.
    EncryptedTally,
    /// One trustee's shuffle.
    Shuffle,
    /// No more shuffles.
    EndShuffles,
    /// One trustee's decryption factors.
    PartialDecryption,
    /// The result.
    Result,
}

impl EventKind {
    /// All kinds in the order of an election.
    pub const ALL: [Self; 8] = [
        Self::Setup,
        Self::Ballot,
        Self::EndBallots,
        Self::EncryptedTally,
        Self::Shuffle,
        Self::EndShuffles,
        Self::PartialDecryption,
        Self::Result,
    ];

    /// The name in an event's field `type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Setup => "Setup",
            Self::Ballot => "Ballot",
            Self::EndBallots => "EndBallots",
            Self::EncryptedTally => "EncryptedTally",
            Self::Shuffle => "Shuffle",
            Self::EndShuffles => "EndShuffles",
            Self::PartialDecryption => "PartialDecryption",
            Self::Result => "Result",
        }
    }

    /// How many data objects precede the event; the last of them is its payload.
    pub const fn objects(self) -> usize {
        match self {
            Self::Setup => 4,
            Self::Ballot | Self::Result => 1,
            Self::EndBallots | Self::EndShuffles => 0,
            Self::EncryptedTally | Self::Shuffle | Self::PartialDecryption => 2,
        }
    }

    /// Whether an election may have several events of this kind.
    pub const fn repeats(self) -> bool {
        matches!(self, Self::Ballot | Self::Shuffle | Self::PartialDecryption)
    }
}

impl std::fmt::Display for EventKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// `{"parent"?,"height","type","payload"?}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// The hash of the previous event; none for the first.
    pub parent: Option<Hash>,
    /// 0, 1, 2, ...
    pub height: u64,
    /// What happened.
    pub kind: EventKind,
    /// The hash of the last data object; none where there is no object.
    pub payload: Option<Hash>,
}

impl Event {
    /// Canonical JSON.
    pub fn to_json(&self) -> String {
        let mut out = String::from("{");
        if let Some(parent) = &self.parent {
            out.push_str(&format!("\"parent\":\"{}\",", parent.hex()));
        }
        out.push_str(&format!("\"height\":{},\"type\":\"{}\"", self.height, self.kind));
        if let Some(payload) = &self.payload {
            out.push_str(&format!(",\"payload\":\"{}\"", payload.hex()));
        }
        out.push('}');
        out
    }

    /// Reads canonical JSON.
    ///
    /// # Errors
    /// Any other spelling, field, order or type.
    pub fn parse(raw: &[u8]) -> Result<Self, ReadError> {
        let mut reader = Reader::from_bytes(raw)?;
        let hash = |reader: &mut Reader<'_>| {
            let at = reader.position();
            let wrong = ReadError::Expected { at, expected: "64 lower-case hexadecimal digits" };
            Hash::from_hex(reader.plain()?).ok_or(wrong)
        };
        reader.token("{")?;
        let parent = if reader.eat("\"parent\":") {
            let parent = hash(&mut reader)?;
            reader.token(",")?;
            Some(parent)
        } else {
            None
        };
        reader.token("\"height\":")?;
        let height = reader.natural()?;
        reader.token(",\"type\":")?;
        let name = reader.plain()?;
        let kind = EventKind::ALL.into_iter().find(|k| k.name() == name);
        let kind = kind.ok_or_else(|| ReadError::shape(format!("the event type \"{name}\" is unknown")))?;
        let payload = if reader.eat(",\"payload\":") { Some(hash(&mut reader)?) } else { None };
        reader.token("}")?;
        reader.end()?;
        Ok(Self { parent, height, kind, payload })
    }
}

/// The three objects of a Setup event by their hashes: `{"election","trustees","credentials"}`.
pub fn setup_data(election: &[u8], trustees: &[u8], credentials: &[u8]) -> String {
    let [e, t, c] = [election, trustees, credentials].map(|raw| Hash::of(raw).hex());
    format!("{{\"election\":\"{e}\",\"trustees\":\"{t}\",\"credentials\":\"{c}\"}}")
}

/// `{"owner","payload"}`: which trustee made an object (a shuffle or a partial decryption).
pub fn owned(owner: u64, object: &[u8]) -> String {
    format!("{{\"owner\":{owner},\"payload\":\"{}\"}}", Hash::of(object).hex())
}

/// Reads an object written by [`owned`] and returns the owner and the hash of what is owned.
///
/// # Errors
/// Any other spelling.
pub fn parse_owned(raw: &[u8]) -> Result<(u64, Hash), ReadError> {
    let mut reader = Reader::from_bytes(raw)?;
    reader.token("{\"owner\":")?;
    let owner = reader.natural()?;
    reader.token(",\"payload\":")?;
    let at = reader.position();
    let wrong = ReadError::Expected { at, expected: "64 lower-case hexadecimal digits" };
    let payload = Hash::from_hex(reader.plain()?).ok_or(wrong)?;
    reader.token("}")?;
    reader.end()?;
    Ok((owner, payload))
}
