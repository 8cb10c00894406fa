//! `folkmoot ballot`: sealing and checking single ballots.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use folkmoot_ballot::ballot::{encrypt, tracker, verify};
use folkmoot_ballot::credential::{Credential, read_roll};
use folkmoot_ballot::election::{Election, group_of};
use folkmoot_ballot::group::Group;
use folkmoot_ballot::with_group;
use zeroize::Zeroizing;

use super::{archive, files};

/// Arguments of `ballot`.
#[derive(Debug, Args)]
pub struct Ballot {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Seal a ballot with a voting code
    Encrypt(Encrypt),
    /// Check signature and proofs of ballots, and print their trackers
    Verify(Verify),
    /// Make a practice ballot again from its test file, to see that it holds the choices it should
    Test(Test),
}

#[derive(Debug, Args)]
struct Encrypt {
    /// Archive of the election (.bel), or its election object
    election: PathBuf,
    /// File with the voting code; - reads it from standard input
    #[arg(long, value_name = "FILE")]
    credential: PathBuf,
    /// File with the choices: [[1,0],[2,1,3]], one list a question, the blank vote first where there is one
    #[arg(long, value_name = "FILE")]
    choices: PathBuf,
    /// Where to write the ballot; standard output without it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Verify {
    /// Archive of the election (.bel), or its election object
    election: PathBuf,
    /// Ballots, one a file
    #[arg(required = true)]
    ballots: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct Test {
    /// The test file that the practice page saves
    file: PathBuf,
}

impl Ballot {
    /// Seals or checks. Exit status 1 when a ballot is wrong.
    ///
    /// # Errors
    /// One sentence that names the file.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let path = match &self.act {
            Act::Encrypt(a) => &a.election,
            Act::Verify(a) => &a.election,
            Act::Test(a) => return super::practice::run(&a.file),
        };
        let raw = archive::election_object(path)?;
        with_group!(group_of(&raw)?, G => {
            let election = Election::<G>::parse(&raw)?;
            match &self.act {
                Act::Encrypt(a) => a.run(&election),
                Act::Verify(a) => a.run(&election),
                Act::Test(_) => Ok(ExitCode::SUCCESS),
            }
        })
    }
}

impl Encrypt {
    fn run<G: Group>(&self, election: &Election<G>) -> anyhow::Result<ExitCode> {
        let credential = Credential::parse(&files::read_secret(&self.credential)?)?;
        let text = Zeroizing::new(files::read(&self.choices)?);
        let choices: Zeroizing<Vec<Vec<u8>>> = Zeroizing::new(
            serde_json::from_slice(&text)
                .context("the choices are not lists of small numbers such as [[1,0,0]]")?,
        );
        let ballot = encrypt(election, &credential, &choices, &mut files::randomness("ballot")?)?;
        eprintln!("tracker: {}", tracker(ballot.as_bytes()));
        files::write_or_print(self.out.as_deref(), &ballot)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Verify {
    fn run<G: Group>(&self, election: &Election<G>) -> anyhow::Result<ExitCode> {
        let mut listed = None;
        if let Ok(setup) = archive::setup(&self.election) {
            let mut texts = std::collections::HashSet::new();
            let roll = setup.objects.get(2).map(|o| o.data.as_slice()).unwrap_or_default();
            read_roll::<G>(roll, |_, credential| {
                texts.insert(credential.text);
                Ok(())
            })?;
            listed = Some(texts);
        }
        let mut wrong = 0;
        for path in &self.ballots {
            let raw = files::read(path)?;
            let raw = raw.strip_suffix(b"\n").unwrap_or(&raw);
            let verdict = match verify(election, raw) {
                Err(error) => Err(error.to_string()),
                Ok(b) if listed.as_ref().is_some_and(|l| !l.contains(&b.credential_text)) => {
                    Err("the credential is not on the list of the election".to_owned())
                }
                Ok(b) => Ok(b.tracker.base64()),
            };
            match verdict {
                Ok(tracker) => println!("{}: valid, tracker {tracker}", path.display()),
                Err(problem) => {
                    wrong += 1;
                    println!("{}: INVALID: {problem}", path.display());
                }
            }
        }
        Ok(ExitCode::from(u8::from(wrong > 0)))
    }
}
