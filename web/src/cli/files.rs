//! Files and randomness of the offline commands.

use std::convert::Infallible;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, bail};
use folkmoot_ballot::group::GroupId;
use folkmoot_ballot::random::Hedged;
use rand_core::{TryCryptoRng, TryRng};
use zeroize::Zeroizing;

/// Bytes of a file that is read whole: a shuffle of some hundred thousand ballots.
const MAX_FILE: u64 = 1 << 30;

/// Reads a whole file, or standard input for `-`.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut data = Vec::new();
    if path == Path::new("-") {
        std::io::stdin()
            .take(MAX_FILE + 1)
            .read_to_end(&mut data)
            .context("standard input cannot be read")?;
    } else {
        let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
        file.take(MAX_FILE + 1)
            .read_to_end(&mut data)
            .with_context(|| format!("{} cannot be read", path.display()))?;
    }
    if data.len() as u64 > MAX_FILE {
        bail!("{} is larger than 1 GiB; check that it is the right file", path.display());
    }
    Ok(data)
}

/// Reads a text file.
pub fn read_text(path: &Path) -> anyhow::Result<String> {
    String::from_utf8(read(path)?).ok().with_context(|| format!("{} is not a text file", path.display()))
}

/// Reads a secret: the first line, without quotes around it. Wiped when dropped.
pub fn read_secret(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let raw = Zeroizing::new(read(path)?);
    let text =
        std::str::from_utf8(&raw).ok().with_context(|| format!("{} is not a text file", path.display()))?;
    let line = text.lines().next().unwrap_or_default().trim();
    Ok(Zeroizing::new(line.trim_matches('"').to_owned()))
}

/// The lines of a file with one JSON object per line; an array of objects does as well.
pub fn read_objects(path: &Path) -> anyhow::Result<Vec<String>> {
    let text = read_text(path)?;
    if !text.trim_start().starts_with('[') {
        return Ok(text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect());
    }
    let value = folkmoot_ballot::json::Value::parse(text.as_bytes())
        .with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(value.as_array()?.iter().map(folkmoot_ballot::json::Value::to_text).collect())
}

fn create(path: &Path, secret: bool) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
        .open(path)
        .with_context(|| format!("{} cannot be created; move an older file away first", path.display()))
}

fn write_all(path: &Path, content: &[u8], secret: bool) -> anyhow::Result<()> {
    let mut file = create(path, secret)?;
    file.write_all(content)
        .and_then(|()| file.sync_all())
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// Writes a new file; never overwrites one.
pub fn write_new(path: &Path, content: &str) -> anyhow::Result<()> {
    write_all(path, content.as_bytes(), false)
}

/// Writes a new file that only its owner can read.
pub fn write_secret(path: &Path, content: &str) -> anyhow::Result<()> {
    write_all(path, content.as_bytes(), true)
}

/// Writes a new file, or to standard output without one.
pub fn write_or_print(path: Option<&Path>, content: &str) -> anyhow::Result<()> {
    match path {
        Some(path) => write_new(path, content),
        None => {
            print!("{content}");
            Ok(())
        }
    }
}

/// 32 bytes of the system, handed out once to seed a generator.
struct Fresh(Zeroizing<[u8; 32]>);

impl TryRng for Fresh {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        to.iter_mut().zip(self.0.iter().cycle()).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

impl TryCryptoRng for Fresh {}

/// A generator for one operation, seeded by the system.
pub fn randomness(operation: &str) -> anyhow::Result<Hedged> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut()).map_err(|e| anyhow::anyhow!("the system gave no random bytes: {e}"))?;
    Ok(Hedged::new(&mut Fresh(seed), operation, &[]))
}

/// A group by its name, for arguments.
pub fn group(name: &str) -> Result<GroupId, String> {
    GroupId::from_name(name).ok_or_else(|| {
        let known = GroupId::ALL.map(GroupId::name).join(", ");
        format!("known groups are {known}")
    })
}
