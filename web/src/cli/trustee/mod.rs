//! `folkmoot trustee`: a trustee's own steps, offline.

mod ceremony;
mod contribute;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use folkmoot_ballot::group::{Group, GroupId};
use folkmoot_ballot::trustee::{SecretKey, TrusteeKey};
use folkmoot_ballot::with_group;
use zeroize::Zeroizing;

use super::files;

/// Arguments of `trustee`.
#[derive(Debug, Args)]
pub struct TrusteeCommand {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Make the key of a single trustee
    Keygen(Keygen),
    /// Threshold key, step 1: make a seed (unless there is one) and the certificate
    Certificate(ceremony::Certificate),
    /// Threshold key, steps 2 and 3: prepare the polynomial, and the commitment to be shown first
    Polynomial(ceremony::Polynomial),
    /// Threshold key, step 4: check everybody's part and make one's own share
    Voutput(ceremony::Voutput),
    /// Threshold key, last step: put the parts together (no secret is needed)
    Threshold(ceremony::Threshold),
    /// Verify the archive, then shuffle its ranked and graded answers
    Shuffle(contribute::Shuffle),
    /// Verify the archive, then decrypt its tally; once per election
    Decrypt(contribute::Decrypt),
}

#[derive(Debug, Args)]
struct Keygen {
    /// Group of the election
    #[arg(long, default_value = "Ed25519", value_parser = files::group)]
    group: GroupId,
    /// Where to write the private key; keep it secret and safe
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where to write the public key, to be handed in
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// Name shown to voters
    #[arg(long)]
    name: Option<String>,
}

impl TrusteeCommand {
    /// Does the step.
    ///
    /// # Errors
    /// One sentence that names the file, or the trustee whose part is wrong.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match &self.act {
            Act::Keygen(a) => with_group!(a.group, G => a.run::<G>())?,
            Act::Certificate(a) => a.run()?,
            Act::Polynomial(a) => a.run()?,
            Act::Voutput(a) => a.run()?,
            Act::Threshold(a) => a.run()?,
            Act::Shuffle(a) => a.run()?,
            Act::Decrypt(a) => a.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Keygen {
    fn run<G: Group>(&self) -> anyhow::Result<()> {
        let mut rng = files::randomness("trustee key")?;
        let secret = SecretKey::<G>::random(&mut rng);
        let mut public = TrusteeKey::prove(&secret, &mut rng);
        public.name.clone_from(&self.name);
        files::write_secret(&self.key, &Zeroizing::new(format!("\"{}\"", *secret.encode())))?;
        files::write_new(&self.public, &format!("{}\n", public.to_json()))?;
        eprintln!("public key: {}", G::encode(&public.public_key));
        Ok(())
    }
}
