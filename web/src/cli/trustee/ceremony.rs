//! The steps of a threshold key. What trustees hand in is collected in files with one line per trustee, in the order of
//! their places; commitments first, and polynomials only when all commitments are in.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use folkmoot_ballot::group::{Group, GroupId};
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::json::Value;
use folkmoot_ballot::trustee::ceremony::{Certificates, Commitments, Shares};
use folkmoot_ballot::trustee::{CeremonyContext, Member, Seed, Signed, parse_signed_list};
use folkmoot_ballot::with_group;

use crate::cli::files;

#[derive(Debug, Args)]
pub struct Certificate {
    /// Group of the election
    #[arg(long, default_value = "Ed25519", value_parser = files::group)]
    group: GroupId,
    /// Number of trustees in the group
    #[arg(long)]
    size: usize,
    /// How many of them will have to decrypt
    #[arg(long)]
    threshold: usize,
    /// Own place, from 1
    #[arg(long)]
    index: usize,
    /// File with the seed, made if there is none; keep it secret and safe
    #[arg(long, value_name = "FILE")]
    seed: PathBuf,
    /// Where to write the certificate; standard output without it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Polynomial {
    /// Own place, from 1
    #[arg(long)]
    index: usize,
    /// File with the seed
    #[arg(long, value_name = "FILE")]
    seed: PathBuf,
    /// All certificates
    #[arg(long, value_name = "FILE")]
    certificates: PathBuf,
    /// Where to write the polynomial; hand it in when all commitments are there
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct Collected {
    /// All certificates
    #[arg(long, value_name = "FILE")]
    certificates: PathBuf,
    /// All commitments
    #[arg(long, value_name = "FILE")]
    commitments: PathBuf,
    /// All polynomials
    #[arg(long, value_name = "FILE")]
    polynomials: PathBuf,
}

#[derive(Debug, Args)]
pub struct Voutput {
    /// Own place, from 1
    #[arg(long)]
    index: usize,
    /// File with the seed
    #[arg(long, value_name = "FILE")]
    seed: PathBuf,
    #[command(flatten)]
    collected: Collected,
    /// Where to write the last contribution; standard output without it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Threshold {
    #[command(flatten)]
    collected: Collected,
    /// All last contributions
    #[arg(long, value_name = "FILE")]
    voutputs: PathBuf,
    /// Where to write the threshold parameters, for `election setup`
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Folder for the sealed shares, 1.share and so on, to be given back to the trustees
    #[arg(long, value_name = "FOLDER")]
    shares: PathBuf,
}

/// What the first certificate says about the ceremony; all others must say the same.
fn frame(certificates: &[String]) -> anyhow::Result<(GroupId, usize, usize)> {
    let first = certificates.first().context("there is no certificate")?;
    let message = Value::parse(first.as_bytes())?.field("message")?.as_str()?.to_owned();
    let content = Value::parse(message.as_bytes())?;
    let context =
        content.field("context").context("the certificates are of an older form without context")?;
    let group = files::group(context.field("group")?.as_str()?).map_err(anyhow::Error::msg)?;
    let number = |name: &str| anyhow::Ok(usize::try_from(context.field(name)?.as_natural()?)?);
    Ok((group, number("size")?, number("threshold")?))
}

fn signed<G: Group>(certificates: &[String]) -> anyhow::Result<Vec<Signed<G>>> {
    Ok(parse_signed_list(format!("[{}]", certificates.join(",")).as_bytes())?)
}

fn seed(path: &Path) -> anyhow::Result<Seed> {
    Seed::parse(&files::read_secret(path)?).with_context(|| path.display().to_string())
}

fn certificate_round<G: Group>(certificates: &[String]) -> anyhow::Result<Commitments<G>> {
    let (_, size, threshold) = frame(certificates)?;
    let mut round = Certificates::<G>::new(size, threshold)?;
    for (i, certificate) in certificates.iter().enumerate() {
        round.submit(i + 1, certificate.as_bytes())?;
    }
    Ok(round.close()?)
}

impl Certificate {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        with_group!(self.group, G => self.make::<G>())
    }

    fn make<G: Group>(&self) -> anyhow::Result<()> {
        let mut rng = files::randomness("certificate")?;
        if !self.seed.exists() {
            files::write_secret(&self.seed, Seed::random(&mut rng).text())?;
        }
        let context = CeremonyContext { size: self.size, threshold: self.threshold, index: self.index };
        let certificate = Member::<G>::new(context, &seed(&self.seed)?)?.certificate(&mut rng);
        eprintln!("fingerprint of the certificate: {}", Hash::of(certificate.as_bytes()).base64());
        files::write_or_print(self.out.as_deref(), &format!("{certificate}\n"))
    }
}

impl Polynomial {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let certificates = files::read_objects(&self.certificates)?;
        let (group, size, threshold) = frame(&certificates)?;
        with_group!(group, G => {
            let context = CeremonyContext { size, threshold, index: self.index };
            let me = Member::<G>::new(context, &seed(&self.seed)?)?;
            let contribution = me.contribution(&signed(&certificates)?, &mut files::randomness("polynomial")?)?;
            files::write_new(&self.out, &format!("{}\n", contribution.json))?;
            eprintln!("Hand in this commitment now, and {} when all commitments are there:", self.out.display());
            println!("{}", contribution.commitment.hex());
            Ok(())
        })
    }
}

impl Collected {
    fn certificates(&self) -> anyhow::Result<Vec<String>> {
        files::read_objects(&self.certificates)
    }

    fn commitments(&self) -> anyhow::Result<Vec<Hash>> {
        let text = files::read_text(&self.commitments)?;
        let hash =
            |line: &str| Hash::from_hex(line.trim()).with_context(|| format!("\"{line}\" is no commitment"));
        text.lines().filter(|l| !l.trim().is_empty()).map(hash).collect()
    }

    /// All rounds up to the last one, every part checked.
    fn shares<G: Group>(&self) -> anyhow::Result<Shares<G>> {
        let mut round = certificate_round::<G>(&self.certificates()?)?;
        for (i, commitment) in self.commitments()?.into_iter().enumerate() {
            round.submit(i + 1, commitment)?;
        }
        let mut round = round.close()?;
        for (i, polynomial) in files::read_objects(&self.polynomials)?.iter().enumerate() {
            round.submit(i + 1, polynomial.as_bytes())?;
        }
        Ok(round.close()?)
    }
}

impl Voutput {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let certificates = self.collected.certificates()?;
        let (group, size, threshold) = frame(&certificates)?;
        with_group!(group, G => {
            let round = self.collected.shares::<G>()?;
            let context = CeremonyContext { size, threshold, index: self.index };
            let me = Member::<G>::new(context, &seed(&self.seed)?)?;
            let vinput = round.vinput(self.index)?;
            let mut rng = files::randomness("share")?;
            let share = me.share(&signed(&certificates)?, round.commitments(), vinput.as_bytes(), &mut rng)?;
            files::write_or_print(self.out.as_deref(), &format!("{share}\n"))
        })
    }
}

impl Threshold {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let (group, size, _) = frame(&self.collected.certificates()?)?;
        let voutputs = files::read_objects(&self.voutputs)?;
        if voutputs.len() != size {
            bail!("{} last contributions are there, {size} are needed", voutputs.len());
        }
        with_group!(group, G => {
            let mut round = self.collected.shares::<G>()?;
            for (i, voutput) in voutputs.iter().enumerate() {
                round.submit(i + 1, voutput.as_bytes())?;
            }
            let outcome = round.close()?;
            let mut text = String::new();
            outcome.group.write(&mut text);
            files::write_new(&self.out, &format!("{text}\n"))?;
            for (i, share) in outcome.sealed_shares.iter().enumerate() {
                files::write_new(&self.shares.join(format!("{}.share", i + 1)), &format!("{share}\n"))?;
            }
            Ok(())
        })
    }
}
