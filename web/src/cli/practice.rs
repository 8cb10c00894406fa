//! `folkmoot ballot test`: makes a practice ballot again from the seed that its page showed.

use std::convert::Infallible;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use folkmoot_ballot::ballot::{encrypt_with, tracker};
use folkmoot_ballot::credential::Credential;
use folkmoot_ballot::election::{Election, group_of};
use folkmoot_ballot::group::Group;
use folkmoot_ballot::question::Question;
use folkmoot_ballot::with_group;
use rand_core::{TryCryptoRng, TryRng};
use ring::digest::{SHA256, digest};
use serde::Deserialize;

use super::files;

/// The test file of a practice ballot.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    format: String,
    election: String,
    code: String,
    choices: Vec<Vec<u8>>,
    seed: String,
    ballot: String,
    tracker: String,
}

/// The stream of a seed: block i is SHA-256("folkmoot-practice|SEED|i"), blocks concatenated.
struct Seeded {
    seed: String,
    block: u64,
    spare: Vec<u8>,
}

impl TryRng for Seeded {
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
        while self.spare.len() < to.len() {
            let block = digest(&SHA256, format!("folkmoot-practice|{}|{}", self.seed, self.block).as_bytes());
            self.block += 1;
            self.spare.extend_from_slice(block.as_ref());
        }
        let rest = self.spare.split_off(to.len());
        to.copy_from_slice(&self.spare);
        self.spare = rest;
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

/// Makes the ballot of a test file again. Exit status 1 when it is another one.
///
/// # Errors
/// One sentence that names the file.
pub fn run(path: &Path) -> anyhow::Result<ExitCode> {
    let text = files::read_text(path)?;
    let odd = || format!("{} is no test file of a practice ballot", path.display());
    let record: Record = serde_json::from_str(&text).with_context(odd)?;
    ensure!(record.format == "folkmoot-practice-test-1", odd());
    let hex = record.seed.len() == 64 && record.seed.bytes().all(|b| b.is_ascii_hexdigit());
    ensure!(hex, "{}: the seed is not 64 hex digits", path.display());
    let same = with_group!(group_of(record.election.as_bytes())?, G => repeat::<G>(&record))?;
    println!("The sealed ballot {} these choices.", if same { "holds exactly" } else { "does NOT hold" });
    Ok(if same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints what was chosen; whether the ballot made again is the same.
fn repeat<G: Group>(record: &Record) -> anyhow::Result<bool> {
    let election = Election::<G>::parse(record.election.as_bytes())?;
    let code = Credential::parse(&record.code)?;
    let mut source = Seeded { seed: record.seed.clone(), block: 0, spare: Vec::new() };
    let again = encrypt_with(&election, &code, &record.choices, &mut source)?;
    for (question, marks) in election.questions().iter().zip(&record.choices) {
        println!("{}", told(question, marks));
    }
    Ok(again == record.ballot && tracker(record.ballot.as_bytes()) == record.tracker)
}

/// A question and what was chosen, in one line.
fn told(question: &Question, marks: &[u8]) -> String {
    let (text, names, adds) = match question {
        Question::Homomorphic(q) => {
            let blank = q.blank.then(|| "Blank vote".to_owned());
            (&q.question, blank.into_iter().chain(q.answers.iter().cloned()).collect(), true)
        }
        Question::NonHomomorphic(q) => (&q.question, q.answers.clone(), false),
        _ => return "A question of another kind".to_owned(),
    };
    let names: Vec<String> = names;
    let chosen: Vec<String> = names
        .iter()
        .zip(marks)
        .filter(|(_, mark)| !adds || **mark == 1)
        .map(|(name, mark)| if adds { name.clone() } else { format!("{name} {mark}") })
        .collect();
    let chosen = if chosen.is_empty() { "nothing".to_owned() } else { chosen.join(", ") };
    format!("{text} {chosen}")
}

#[cfg(test)]
mod tests {
    use folkmoot_ballot::group::Ed25519;

    use super::*;

    /// Made by `static/booth/practice.mjs`.
    const MADE_IN_A_BROWSER: &str = include_str!("../../tests/cli/practice-test.json");

    #[test]
    fn a_practice_ballot_of_the_browser_is_made_again_byte_for_byte() {
        let mut record: Record = serde_json::from_str(MADE_IN_A_BROWSER).unwrap();
        assert!(repeat::<Ed25519>(&record).unwrap());
        record.choices = vec![vec![0, 1, 1, 0], vec![1, 2, 0]];
        assert!(!repeat::<Ed25519>(&record).unwrap(), "a lie about the choices");
    }

    #[test]
    fn what_was_chosen_is_told_in_words() {
        let record: Record = serde_json::from_str(MADE_IN_A_BROWSER).unwrap();
        let election = Election::<Ed25519>::parse(record.election.as_bytes()).unwrap();
        let lines: Vec<String> =
            election.questions().iter().zip(&record.choices).map(|(q, m)| told(q, m)).collect();
        assert!(lines[0].contains(", ") && !lines[0].contains("Blank"), "{lines:?}");
        assert!(lines[1].contains(" 1") && lines[1].contains(" 2"), "{lines:?}");
    }
}
