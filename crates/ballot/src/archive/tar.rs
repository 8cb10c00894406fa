//! The header block of an entry: exactly the bytes that the tool writes.

/// Size of a block.
pub(super) const BLOCK: usize = 512;
/// Sizes and times have eleven octal digits.
pub(super) const MAX_OCTAL: u64 = (1 << 33) - 1;

/// The header of an entry; nothing for a name, size or time that does not fit.
pub(super) fn header(name: &str, size: u64, timestamp: u64) -> Option<[u8; BLOCK]> {
    if name.len() >= 100 || size > MAX_OCTAL || timestamp > MAX_OCTAL {
        return None;
    }
    let mut block = [0u8; BLOCK];
    let mut put = |at: usize, text: &str| {
        if let Some(slot) = block.get_mut(at..at + text.len()) {
            slot.copy_from_slice(text.as_bytes());
        }
    };
    put(0, name);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{size:011o}"));
    put(136, &format!("{timestamp:011o}"));
    put(148, "        ");
    put(156, "0");
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    let sum = format!("{sum:06o}\0 ");
    if let Some(slot) = block.get_mut(148..156) {
        slot.copy_from_slice(sum.as_bytes());
    }
    Some(block)
}

/// Name, size and time of a header, if it is byte for byte what [`header`] makes of them.
pub(super) fn parse(block: &[u8; BLOCK]) -> Option<(String, u64, u64)> {
    let length = block.iter().take(100).position(|b| *b == 0)?;
    let name = std::str::from_utf8(block.get(..length)?).ok()?;
    let octal = |at: usize| u64::from_str_radix(std::str::from_utf8(block.get(at..at + 11)?).ok()?, 8).ok();
    let (size, timestamp) = (octal(124)?, octal(136)?);
    (header(name, size, timestamp)? == *block).then(|| (name.to_owned(), size, timestamp))
}

/// Zero bytes after a body of this size.
pub(super) fn padding(size: u64) -> usize {
    let block = BLOCK as u64;
    ((block - size % block) % block) as usize
}
