//! Static files that publish the tree (C2SP `tlog-tiles`): `tile/LEVEL/N` holds up to 256 hashes of subtrees of
//! 256^LEVEL leaves, `tile/entries/N` up to 256 events.

use std::fmt;

use super::ReceiptError;
use super::tree::{Hash, Tree};

/// Hashes in a full tile, and entries in a full bundle.
pub const WIDTH: u64 = 256;

/// Name of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// Level: each hash covers 256^level leaves. Levels above 7 need more leaves than 64 bits count.
    pub level: u8,
    /// Position within the level, from 0.
    pub index: u64,
    /// Hashes in it, 1 to 256. Below 256 the tile is partial.
    pub width: u16,
}

/// Number in path elements of three digits, all but the last with an `x` before it: 1234067 is `x001/x234/067`.
fn path_number(n: u64) -> String {
    let mut out = format!("{:03}", n % 1000);
    let mut rest = n / 1000;
    while rest > 0 {
        out = format!("x{:03}/{out}", rest % 1000);
        rest /= 1000;
    }
    out
}

fn suffix(width: u16) -> String {
    if u64::from(width) == WIDTH { String::new() } else { format!(".p/{width}") }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/{}{}", self.level, path_number(self.index), suffix(self.width))
    }
}

impl Tile {
    /// Path of the bundle with the entries of this tile; only tiles of level 0 have one.
    pub fn entries_path(&self) -> Option<String> {
        (self.level == 0).then(|| format!("tile/entries/{}{}", path_number(self.index), suffix(self.width)))
    }

    /// Positions of the entries of this tile, for a tile of level 0.
    pub fn entries(&self) -> Option<std::ops::Range<u64>> {
        let start = self.index.checked_mul(WIDTH).filter(|_| self.level == 0)?;
        Some(start..start + u64::from(self.width))
    }

    /// Content of the tile: its hashes, one after the other.
    ///
    /// # Errors
    /// [`ReceiptError::OutOfRange`] when the tree does not have these hashes.
    pub fn bytes(&self, tree: &Tree) -> Result<Vec<u8>, ReceiptError> {
        let mut out = Vec::with_capacity(usize::from(self.width) * size_of::<Hash>());
        for i in 0..u64::from(self.width) {
            let asked = self.index.saturating_mul(WIDTH).saturating_add(i);
            let hash = tree
                .complete(usize::from(self.level) * 8, asked)
                .ok_or(ReceiptError::OutOfRange { asked, size: tree.size() })?;
            out.extend_from_slice(&hash);
        }
        Ok(out)
    }
}

/// Tiles of a tree of `new` leaves that a tree of `old` leaves did not have, lowest level first. With `old` 0: all.
pub fn tiles_since(old: u64, new: u64) -> Vec<Tile> {
    let mut out = Vec::new();
    for level in 0..8u8 {
        let (before, now) = (old >> (8 * u32::from(level)), new >> (8 * u32::from(level)));
        for index in before / WIDTH..now.div_ceil(WIDTH) {
            let width = (now - index * WIDTH).min(WIDTH) as u16;
            let had = before.saturating_sub(index * WIDTH).min(WIDTH) as u16;
            if width > had {
                out.push(Tile { level, index, width });
            }
        }
    }
    out
}

/// A bundle of entries: each with its length before it, two bytes big-endian.
///
/// # Errors
/// [`ReceiptError::TooLong`] for an entry of more than 65,535 bytes.
pub fn entry_bundle<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, ReceiptError> {
    let mut out = Vec::new();
    for entry in entries.iter().map(AsRef::as_ref) {
        let length = u16::try_from(entry.len()).map_err(|_| ReceiptError::TooLong("event", 65_535))?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(entry);
    }
    Ok(out)
}
