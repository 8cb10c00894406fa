//! Shuffles and decryptions. Both verify the whole archive first.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use folkmoot_ballot::archive::{EventKind, owned};
use folkmoot_ballot::group::Group;
use folkmoot_ballot::trustee::{Member, SecretKey, Seed};
use folkmoot_ballot::verify::Standing;
use folkmoot_ballot::with_group;

use crate::cli::archive::{self, Edit, contribution};
use crate::cli::files;

#[derive(Debug, Args)]
struct Destination {
    /// Where to write the contribution with its owner line; standard output without it
    #[arg(long, value_name = "FILE", conflicts_with = "append")]
    out: Option<PathBuf>,
    /// Append it to the archive
    #[arg(long)]
    append: bool,
}

/// A verified archive with the place where the contribution goes: both are settled before a secret is used, so that a
/// decryption that was noted as made is never lost to a wrong file name.
enum Ready<G: Group> {
    Elsewhere(Box<Standing<G>>, Option<PathBuf>),
    Append(Box<Edit<G>>),
}

impl Destination {
    fn ready<G: Group>(&self, archive: &Path) -> anyhow::Result<Ready<G>> {
        if self.append {
            return Ok(Ready::Append(Box::new(Edit::begin(archive)?)));
        }
        if let Some(path) = self.out.as_deref().filter(|p| p.exists()) {
            bail!("{} exists; move it away first", path.display());
        }
        Ok(Ready::Elsewhere(Box::new(archive::standing(archive)?), self.out.clone()))
    }
}

impl<G: Group> Ready<G> {
    fn standing(&self) -> &Standing<G> {
        match self {
            Self::Elsewhere(standing, _) => standing,
            Self::Append(edit) => edit.standing(),
        }
    }

    fn put(self, kind: EventKind, object: &str, owner: u64) -> anyhow::Result<()> {
        match self {
            Self::Elsewhere(_, path) => files::write_or_print(path.as_deref(), &contribution(object, owner)),
            Self::Append(mut edit) => {
                let owned = owned(owner, object.as_bytes());
                edit.append(&[(kind, vec![object.as_bytes(), owned.as_bytes()])])?;
                edit.finish()
            }
        }
    }
}

#[derive(Debug, Args)]
pub struct Shuffle {
    /// Archive of the election (.bel)
    archive: PathBuf,
    /// Own number in the list of trustees, from 1
    #[arg(long)]
    owner: u64,
    #[command(flatten)]
    destination: Destination,
}

#[derive(Debug, Args)]
pub struct Decrypt {
    /// Archive of the election (.bel)
    archive: PathBuf,
    /// File with the private key of a single trustee
    #[arg(long, value_name = "FILE", conflicts_with = "seed", required_unless_present = "seed")]
    key: Option<PathBuf>,
    /// File with the seed of a member of a threshold group
    #[arg(long, value_name = "FILE", requires = "share")]
    seed: Option<PathBuf>,
    /// File with the sealed share of that member
    #[arg(long, value_name = "FILE", requires = "seed")]
    share: Option<PathBuf>,
    #[command(flatten)]
    destination: Destination,
}

impl Shuffle {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        with_group!(archive::group(&self.archive)?, G => {
            let ready = self.destination.ready::<G>(&self.archive)?;
            let shuffle = ready.standing().shuffle(self.owner, &mut files::randomness("shuffle")?)?;
            ready.put(EventKind::Shuffle, &shuffle.to_json(), self.owner)
        })
    }
}

impl Decrypt {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        with_group!(archive::group(&self.archive)?, G => self.decrypt::<G>())
    }

    fn secret<G: Group>(&self) -> anyhow::Result<(SecretKey<G>, &Path)> {
        match (&self.key, &self.seed, &self.share) {
            (Some(path), _, _) => {
                let secret = SecretKey::decode(&files::read_secret(path)?);
                Ok((secret.with_context(|| format!("{} holds no private key", path.display()))?, path))
            }
            (None, Some(path), Some(share)) => {
                let seed =
                    Seed::parse(&files::read_secret(path)?).with_context(|| path.display().to_string())?;
                let sealed = files::read_text(share)?;
                let secret = Member::<G>::open_share(&seed, sealed.trim());
                Ok((
                    secret.with_context(|| {
                        format!("the share {} and the seed do not match", share.display())
                    })?,
                    path,
                ))
            }
            _ => bail!("give a private key, or a seed and a share"),
        }
    }

    fn decrypt<G: Group>(&self) -> anyhow::Result<()> {
        let (secret, path) = self.secret::<G>()?;
        let ready = self.destination.ready::<G>(&self.archive)?;
        let standing = ready.standing();
        let tally = standing.tally_hash().context("the archive has no encrypted tally yet")?;
        let (owner, share) = standing.decrypt(&secret, &mut files::randomness("decryption")?)?;
        remember(path, standing.election().fingerprint(), &tally.hex())?;
        eprintln!("decrypting the tally {} as trustee {owner}", tally.base64());
        ready.put(EventKind::PartialDecryption, &share.to_json(), owner as u64)
    }
}

/// Notes beside the key that it has decrypted for this election, and refuses a second time: two different tallies
/// decrypted with one key can disclose single votes.
fn remember(key: &Path, fingerprint: &str, tally: &str) -> anyhow::Result<()> {
    let mut name = key.as_os_str().to_owned();
    name.push(".decrypted");
    let path = PathBuf::from(name);
    let before = if path.exists() { files::read_text(&path)? } else { String::new() };
    if before.lines().any(|l| l.split(' ').next() == Some(fingerprint)) {
        bail!(
            "this key has decrypted for this election before ({}); decrypting twice can disclose votes",
            path.display()
        );
    }
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(&path)?;
    std::io::Write::write_all(&mut file, format!("{fingerprint} {tally}\n").as_bytes())?;
    file.sync_all().with_context(|| format!("{} cannot be written", path.display()))
}
