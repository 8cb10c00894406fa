//! Messages over a pipe: four bytes of length, little-endian, then JSON.

use std::io::{self, Read, Write};

use serde::{Serialize, de::DeserializeOwned};

/// Longest message either side takes, in bytes. Outputs are capped lower, by the whole run.
pub(crate) const LONGEST: usize = 8 << 20;

/// Writes one message and flushes.
pub(crate) fn write(out: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let body = serde_json::to_vec(message)?;
    let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= LONGEST);
    let length = length.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a message of {} bytes is longer than {LONGEST}", body.len()),
        )
    })?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(&body)?;
    out.flush()
}

/// Reads one message and its length in bytes; `None` at the end of the pipe.
pub(crate) fn read<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<Option<(T, usize)>> {
    let mut head = [0; 4];
    if !fill(input, &mut head)? {
        return Ok(None);
    }
    let length = u32::from_le_bytes(head) as usize;
    if length > LONGEST {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a message claims {length} bytes, at most {LONGEST} are taken"),
        ));
    }
    // Grows with what arrives, so that a claimed length costs nothing.
    let mut body = Vec::new();
    input.take(length as u64).read_to_end(&mut body)?;
    if body.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some((serde_json::from_slice(&body)?, length)))
}

/// Whether the head was there; false when the pipe ended before its first byte.
fn fill(input: &mut impl Read, head: &mut [u8; 4]) -> io::Result<bool> {
    let mut filled = 0;
    while let Some(rest) = head.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) if filled == 0 => return Ok(false),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn messages_come_back_as_they_went() {
        let mut pipe = Vec::new();
        write(&mut pipe, &"one").unwrap();
        write(&mut pipe, &vec![1, 2]).unwrap();
        let mut reading = pipe.as_slice();
        assert_eq!(read::<String>(&mut reading).unwrap(), Some(("one".to_owned(), 5)));
        assert_eq!(read::<Vec<u8>>(&mut reading).unwrap(), Some((vec![1, 2], 5)));
        assert!(read::<String>(&mut reading).unwrap().is_none());
    }

    #[test]
    fn cut_or_boastful_messages_are_errors() {
        let mut pipe = Vec::new();
        write(&mut pipe, &"a longer text").unwrap();
        for cut in 1..pipe.len() {
            assert!(read::<String>(&mut &pipe[..cut]).is_err(), "cut at {cut}");
        }
        assert!(read::<String>(&mut u32::MAX.to_le_bytes().as_slice()).is_err());
    }
}
