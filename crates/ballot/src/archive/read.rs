//! Reading, strictly: every block must be the block that the writer would have written.

use std::collections::HashSet;
use std::io::{self, Read};

use super::{Chain, Event, EventKind, tar};
use crate::hash::Hash;
use crate::json::{ReadError, Reader};

/// Why an archive was refused. Offsets count bytes from its start; heights count events from 0.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The file or stream failed.
    #[error("the archive cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It ends within an entry.
    #[error("the archive is cut off: byte {offset} is missing")]
    Truncated {
        /// The first missing byte.
        offset: u64,
    },
    /// A header that is not the one canonical header of its name and size.
    #[error("byte {offset}: not the header of an archive entry")]
    Header {
        /// Where it starts.
        offset: u64,
    },
    /// Padding that is not zero.
    #[error("byte {offset}: the padding after an entry is not zero")]
    Padding {
        /// Where it starts.
        offset: u64,
    },
    /// The first entry is not the canonical `BELENIOS`.
    #[error("the archive does not start with a version 1 BELENIOS entry")]
    Prologue,
    /// Another time than in the first entry.
    #[error("byte {offset}: the time of an entry differs from that of the archive")]
    Timestamp {
        /// Where the entry starts.
        offset: u64,
    },
    /// A name that is not the hash of the content.
    #[error("byte {offset}: the name of an entry is not the hash of its content")]
    Name {
        /// Where the entry starts.
        offset: u64,
    },
    /// More than [`Limits::object`].
    #[error("byte {offset}: an event with {size} bytes of data or more; at most {limit} are read")]
    TooLarge {
        /// Where the entry starts.
        offset: u64,
        /// Bytes of the event so far, this entry included.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The same data object twice.
    #[error(
        "the same data object comes twice (a replayed ballot, for instance): {}, as a tracker {}",
        hash.hex(),
        hash.base64()
    )]
    Duplicate {
        /// The event that it belongs to.
        height: u64,
        /// The object.
        hash: Hash,
    },
    /// An event that cannot be read.
    #[error("the event cannot be read: {error}")]
    Event {
        /// Its height, by counting.
        height: u64,
        /// Why.
        error: ReadError,
    },
    /// Wrong height or parent.
    #[error("the event's height or the hash of its parent breaks the chain")]
    Chain {
        /// Its height, by counting.
        height: u64,
    },
    /// Wrong number of data objects, or a payload that is not the last of them.
    #[error("an event of type {kind} comes after {} data objects and names the last of them", kind.objects())]
    Objects {
        /// Its height.
        height: u64,
        /// Its kind.
        kind: EventKind,
    },
    /// Data objects after the last event.
    #[error("the archive ends with data objects that no event records")]
    Dangling,
}

impl ArchiveError {
    /// The height of the event where reading failed, if it is known.
    pub fn height(&self) -> Option<u64> {
        match self {
            Self::Duplicate { height, .. }
            | Self::Event { height, .. }
            | Self::Chain { height }
            | Self::Objects { height, .. } => Some(*height),
            _ => None,
        }
    }
}

/// Bounds on what is read into memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the data objects of one event together. The largest are the list of credentials and the shuffles.
    pub object: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { object: 1 << 30 }
    }
}

/// A data object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// SHA-256 of the content.
    pub hash: Hash,
    /// The content.
    pub data: Vec<u8>,
    /// Where the content starts in the archive.
    pub offset: u64,
}

/// An event with its data objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The event.
    pub event: Event,
    /// Its bytes.
    pub raw: Vec<u8>,
    /// Its hash.
    pub hash: Hash,
    /// The data objects before it.
    pub objects: Vec<Object>,
    /// Where the record ends in the archive.
    pub end: u64,
}

struct Entry {
    event: bool,
    hash: Hash,
    data: Vec<u8>,
    start: u64,
}

/// Reads an archive event by event.
///
/// Memory: the objects of one event, and 32 bytes per data object to find duplicates.
#[derive(Debug)]
pub struct Records<R> {
    input: R,
    limits: Limits,
    offset: u64,
    chain: Chain,
    seen: HashSet<[u8; 32]>,
}

impl<R: Read> Records<R> {
    /// Reads the first entry.
    ///
    /// # Errors
    /// An archive that does not start as every archive does.
    pub fn open(mut input: R, limits: Limits) -> Result<Self, ArchiveError> {
        let mut offset = 0;
        let small = Limits { object: 4096 };
        let first = read_entry(&mut input, &mut offset, small).map_err(|error| match error {
            ArchiveError::Io(error) => ArchiveError::Io(error),
            _ => ArchiveError::Prologue,
        })?;
        let Some((name, data, timestamp, _)) = first else { return Err(ArchiveError::Prologue) };
        let canonical = || -> Result<bool, ReadError> {
            let mut reader = Reader::from_bytes(&data)?;
            reader.token("{\"version\":1,\"timestamp\":")?;
            let same = reader.plain()? == timestamp.to_string();
            reader.token("}")?;
            reader.end()?;
            Ok(same)
        };
        if name != "BELENIOS" || !canonical().unwrap_or(false) {
            return Err(ArchiveError::Prologue);
        }
        Ok(Self { input, limits, offset, chain: Chain::new(timestamp), seen: HashSet::new() })
    }

    /// The head after the records read so far.
    pub fn chain(&self) -> Chain {
        self.chain
    }

    /// Bytes read so far.
    pub fn position(&self) -> u64 {
        self.offset
    }

    /// The next entry, when `held` bytes of the same event are in memory already.
    fn entry(&mut self, held: u64) -> Result<Option<Entry>, ArchiveError> {
        let start = self.offset;
        let left = Limits { object: self.limits.object.saturating_sub(held) };
        let read = read_entry(&mut self.input, &mut self.offset, left).map_err(|error| match error {
            ArchiveError::TooLarge { offset, size, .. } => {
                ArchiveError::TooLarge { offset, size: held.saturating_add(size), limit: self.limits.object }
            }
            other => other,
        })?;
        let Some((name, data, timestamp, _)) = read else { return Ok(None) };
        if timestamp != self.chain.timestamp {
            return Err(ArchiveError::Timestamp { offset: start });
        }
        let hash = Hash::of(&data);
        let event = match name.split_once('.') {
            Some((hex, "data.json")) if hex == hash.hex() => false,
            Some((hex, "event.json")) if hex == hash.hex() => true,
            _ => return Err(ArchiveError::Name { offset: start }),
        };
        Ok(Some(Entry { event, hash, data, start }))
    }

    /// Reads some bytes again, such as a ballot that a later one replaces. Reading then goes on where it was.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn reread(&mut self, offset: u64, size: u64) -> Result<Vec<u8>, ArchiveError>
    where
        R: io::Seek,
    {
        self.input.seek(io::SeekFrom::Start(offset))?;
        let mut data = Vec::new();
        let read = self.input.by_ref().take(size).read_to_end(&mut data)? as u64;
        self.input.seek(io::SeekFrom::Start(self.offset))?;
        if read == size { Ok(data) } else { Err(ArchiveError::Truncated { offset: offset + read }) }
    }

    /// The next event with its objects, or nothing at the end of the archive.
    ///
    /// # Errors
    /// See [`ArchiveError`]. After an error nothing more can be read.
    pub fn next_record(&mut self) -> Result<Option<Record>, ArchiveError> {
        let height = self.chain.height;
        let mut objects: Vec<Object> = Vec::new();
        loop {
            let held = objects.iter().map(|o| o.data.len() as u64).sum();
            let Some(entry) = self.entry(held)? else {
                return if objects.is_empty() { Ok(None) } else { Err(ArchiveError::Dangling) };
            };
            if entry.event {
                return self.record(entry, objects).map(Some);
            }
            if !self.seen.insert(*entry.hash.as_bytes()) {
                return Err(ArchiveError::Duplicate { height, hash: entry.hash });
            }
            // No event has more than four objects; refusing here keeps memory bounded.
            if objects.len() == 4 {
                return Err(ArchiveError::Objects { height, kind: EventKind::Setup });
            }
            let offset = entry.start + tar::BLOCK as u64;
            objects.push(Object { hash: entry.hash, data: entry.data, offset });
        }
    }

    fn record(&mut self, entry: Entry, objects: Vec<Object>) -> Result<Record, ArchiveError> {
        let height = self.chain.height;
        let event = Event::parse(&entry.data).map_err(|error| ArchiveError::Event { height, error })?;
        if event.height != height || event.parent != self.chain.parent {
            return Err(ArchiveError::Chain { height });
        }
        let payload = objects.last().map(|o| o.hash);
        if objects.len() != event.kind.objects() || event.payload != payload {
            return Err(ArchiveError::Objects { height, kind: event.kind });
        }
        self.chain.height += 1;
        self.chain.parent = Some(entry.hash);
        Ok(Record { event, raw: entry.data, hash: entry.hash, objects, end: self.offset })
    }
}

/// Fills `to` as far as the input goes and returns how much that was.
fn fill(input: &mut impl Read, to: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = to.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

type RawEntry = (String, Vec<u8>, u64, u64);

fn read_entry(
    input: &mut impl Read,
    offset: &mut u64,
    limits: Limits,
) -> Result<Option<RawEntry>, ArchiveError> {
    let start = *offset;
    let mut block = [0u8; tar::BLOCK];
    match fill(input, &mut block)? {
        0 => return Ok(None),
        tar::BLOCK => {}
        n => return Err(ArchiveError::Truncated { offset: start + n as u64 }),
    }
    let (name, size, timestamp) = tar::parse(&block).ok_or(ArchiveError::Header { offset: start })?;
    if size > limits.object {
        return Err(ArchiveError::TooLarge { offset: start, size, limit: limits.object });
    }
    let body = start + tar::BLOCK as u64;
    // The buffer grows with what is really there, not with what a header claims.
    let mut data = Vec::new();
    let read = input.by_ref().take(size).read_to_end(&mut data)? as u64;
    if read != size {
        return Err(ArchiveError::Truncated { offset: body + read });
    }
    let mut padding = [0u8; tar::BLOCK];
    let wanted = tar::padding(size);
    let slot = padding.get_mut(..wanted).unwrap_or_default();
    let read = fill(input, slot)?;
    if read != wanted {
        return Err(ArchiveError::Truncated { offset: body + size + read as u64 });
    }
    if slot.iter().any(|b| *b != 0) {
        return Err(ArchiveError::Padding { offset: body + size });
    }
    *offset = body + size + wanted as u64;
    Ok(Some((name, data, timestamp, start)))
}

/// Where an archive can be continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The head after the last complete event.
    pub chain: Chain,
    /// The length up to there; what follows is an interrupted append and can be cut off.
    pub length: u64,
    /// Whether something follows.
    pub torn: bool,
}

/// Finds the end of the last complete event of an archive whose last append may have been interrupted.
///
/// # Errors
/// Damage that an interrupted append cannot cause: anything but a missing end.
pub fn recover(input: impl Read, limits: Limits) -> Result<Recovered, ArchiveError> {
    let mut records = Records::open(input, limits)?;
    let mut length = records.position();
    loop {
        match records.next_record() {
            Ok(Some(record)) => length = record.end,
            Ok(None) => return Ok(Recovered { chain: records.chain(), length, torn: false }),
            Err(ArchiveError::Truncated { .. } | ArchiveError::Dangling) => {
                return Ok(Recovered { chain: records.chain(), length, torn: true });
            }
            Err(error) => return Err(error),
        }
    }
}
