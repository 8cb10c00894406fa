//! Writing and resuming.

use std::io::{self, Write};

use super::{Event, EventKind, tar};
use crate::hash::Hash;

/// The head of an archive: all that is needed to append the next event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Seconds since 1970, the same in every entry; any constant will do.
    pub timestamp: u64,
    /// The height of the next event.
    pub height: u64,
    /// The hash of the last event.
    pub parent: Option<Hash>,
}

/// An event that was appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Its height.
    pub height: u64,
    /// Its hash.
    pub hash: Hash,
    /// Its bytes; what receipts and checkpoints are made over.
    pub event: Vec<u8>,
}

fn entry(out: &mut Vec<u8>, name: &str, data: &[u8], timestamp: u64) -> io::Result<()> {
    let size = data.len() as u64;
    let header = tar::header(name, size, timestamp).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "an object of 8 GiB or more, or a time beyond the year 2242",
        )
    })?;
    out.extend_from_slice(&header);
    out.extend_from_slice(data);
    out.resize(out.len() + tar::padding(size), 0);
    Ok(())
}

impl Chain {
    /// The head of an archive that has no event yet.
    pub const fn new(timestamp: u64) -> Self {
        Self { timestamp, height: 0, parent: None }
    }

    /// The first entry of an archive.
    ///
    /// # Errors
    /// A time that does not fit into a header.
    pub fn prologue(&self) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        let data = format!("{{\"version\":1,\"timestamp\":\"{}\"}}", self.timestamp);
        entry(&mut out, "BELENIOS", data.as_bytes(), self.timestamp)?;
        Ok(out)
    }

    /// The bytes to append for an event and its data objects, the event, and the new head. Nothing is written.
    ///
    /// # Errors
    /// The wrong number of objects for the kind of event, or an object that is too large.
    pub fn next(&self, kind: EventKind, objects: &[&[u8]]) -> io::Result<(Vec<u8>, Appended, Self)> {
        if objects.len() != kind.objects() {
            let what =
                format!("an event of type {kind} has {} data objects, not {}", kind.objects(), objects.len());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let mut out = Vec::with_capacity(objects.iter().map(|o| o.len() + 1024).sum::<usize>() + 1024);
        let mut payload = None;
        for object in objects {
            let hash = Hash::of(object);
            entry(&mut out, &format!("{}.data.json", hash.hex()), object, self.timestamp)?;
            payload = Some(hash);
        }
        let event = Event { parent: self.parent, height: self.height, kind, payload }.to_json().into_bytes();
        let hash = Hash::of(&event);
        entry(&mut out, &format!("{}.event.json", hash.hex()), &event, self.timestamp)?;
        let next = Self { timestamp: self.timestamp, height: self.height + 1, parent: Some(hash) };
        Ok((out, Appended { height: self.height, hash, event }, next))
    }
}

/// Appends events to a file or stream, one write per event.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    chain: Chain,
}

impl<W: Write> Writer<W> {
    /// Starts an archive. The time may be 0; it never changes, so it cannot tell when anybody voted.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn create(mut out: W, timestamp: u64) -> io::Result<Self> {
        let chain = Chain::new(timestamp);
        out.write_all(&chain.prologue()?)?;
        Ok(Self { out, chain })
    }

    /// Continues an archive whose stream stands at its end; see [`super::recover`] for a file that may be torn.
    pub fn resume(out: W, chain: Chain) -> Self {
        Self { out, chain }
    }

    /// Appends an event with its data objects. After an error the stream may end in a part of the event: recover.
    ///
    /// # Errors
    /// Those of [`Chain::next`] and of the stream.
    pub fn append(&mut self, kind: EventKind, objects: &[&[u8]]) -> io::Result<Appended> {
        let (bytes, appended, next) = self.chain.next(kind, objects)?;
        self.out.write_all(&bytes)?;
        self.chain = next;
        Ok(appended)
    }

    /// The head.
    pub fn chain(&self) -> Chain {
        self.chain
    }

    /// The stream.
    pub fn into_inner(self) -> W {
        self.out
    }
}
