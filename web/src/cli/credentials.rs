//! `folkmoot credentials`: voting codes and the public list that belongs to them.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use folkmoot_ballot::credential::{Credential, MAX_WEIGHT, write_roll};
use folkmoot_ballot::election::{is_identifier, random_identifier};
use folkmoot_ballot::group::{Group, GroupId};
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::json::write_string;
use folkmoot_ballot::with_group;
use zeroize::Zeroizing;

use super::files;

const MAX_VOTERS: usize = 10_000_000;

/// Arguments of `credentials`.
#[derive(Debug, Args)]
pub struct Credentials {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Make a private voting code for every voter, and the public list
    Generate(Generate),
}

/// Arguments of `credentials generate`.
#[derive(Debug, Args)]
struct Generate {
    /// Identifier of the election; a new one is made and printed if none is given
    #[arg(long)]
    uuid: Option<String>,
    /// Group of the election
    #[arg(long, default_value = "Ed25519", value_parser = files::group)]
    group: GroupId,
    /// Voters, one a line: a name, and after a comma a weight other than 1
    #[arg(long, value_name = "FILE", conflicts_with = "count", required_unless_present = "count")]
    roll: Option<PathBuf>,
    /// Number of voters, named 1, 2, 3 and so on
    #[arg(long)]
    count: Option<usize>,
    /// Folder for UUID.privcreds (secret: names and codes), UUID.pubcreds (public) and UUID.bindings (which name has which
    /// public code; only for the server that takes the ballots)
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    out: PathBuf,
}

impl Credentials {
    /// Makes the files.
    ///
    /// # Errors
    /// One sentence that names the file or line.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let Act::Generate(arguments) = &self.act;
        let voters = match (&arguments.roll, arguments.count) {
            (Some(path), _) => read_roll(&files::read_text(path)?)?,
            (None, Some(count)) if (1..=MAX_VOTERS).contains(&count) => {
                (1..=count).map(|i| (i.to_string(), 1)).collect()
            }
            _ => bail!("there must be between 1 and {MAX_VOTERS} voters"),
        };
        with_group!(arguments.group, G => generate::<G>(arguments, &voters))
    }
}

fn read_roll(text: &str) -> anyhow::Result<Vec<(String, u64)>> {
    let mut voters = Vec::new();
    let mut names = std::collections::HashSet::new();
    for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let (name, weight) = match line.rsplit_once(',') {
            None => (line.trim(), 1),
            Some((name, weight)) => {
                let weight = weight.trim().parse().ok().filter(|w| (1..=MAX_WEIGHT).contains(w));
                let problem = || format!("line {}: the weight is not a number from 1 to {MAX_WEIGHT}", i + 1);
                (name.trim(), weight.with_context(problem)?)
            }
        };
        if name.is_empty() || !names.insert(name.to_owned()) {
            bail!("line {}: the voter's name is missing or appears twice", i + 1);
        }
        voters.push((name.to_owned(), weight));
    }
    if voters.is_empty() || voters.len() > MAX_VOTERS {
        bail!("there must be between 1 and {MAX_VOTERS} voters");
    }
    Ok(voters)
}

fn generate<G: Group>(arguments: &Generate, voters: &[(String, u64)]) -> anyhow::Result<ExitCode> {
    let mut rng = files::randomness("credentials")?;
    let uuid = arguments.uuid.clone().unwrap_or_else(|| random_identifier(&mut rng));
    if !is_identifier(&uuid) {
        bail!("{uuid} is no identifier: it must have 14 to 64 letters and digits without 0, O, I and l");
    }
    let mut private = Zeroizing::new(String::from("{"));
    let mut public = Vec::with_capacity(voters.len());
    let mut bindings = String::new();
    for (name, weight) in voters {
        let credential = Credential::generate(&mut rng);
        let first = private.len() == 1;
        private.push_str(if first { "\n" } else { ",\n" });
        write_string(&mut private, name);
        private.push_str(": \"");
        private.push_str(credential.as_str());
        private.push('"');
        let element = credential.public::<G>(&uuid);
        bindings.push_str(&format!("{name},{}\n", G::encode(&element)));
        public.push((element, *weight));
    }
    private.push_str("\n}\n");
    let roll = write_roll::<G>(&public);
    let path = |extension: &str| arguments.out.join(format!("{uuid}.{extension}"));
    files::write_secret(&path("privcreds"), &private)?;
    files::write_new(&path("pubcreds"), &roll)?;
    files::write_secret(&path("bindings"), &bindings)?;
    eprintln!("{} voting codes for election {uuid}", voters.len());
    eprintln!("fingerprint of the public list: {}", Hash::of(roll.as_bytes()).base64());
    println!("{uuid}");
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::read_roll;

    #[test]
    fn rolls_have_names_and_weights() {
        let roll = read_roll("Ada\n\n Lovelace, Ada,3\nBob , 2\n").unwrap();
        assert_eq!(roll, [("Ada".into(), 1), ("Lovelace, Ada".into(), 3), ("Bob".into(), 2)]);
        for bad in ["", "Ada\nAda\n", "Ada,0", "Ada,x", "Ada,-1", ",3", "Ada,9007199254740992"] {
            assert!(read_roll(bad).is_err(), "{bad}");
        }
    }
}
