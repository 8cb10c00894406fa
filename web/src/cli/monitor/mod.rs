//! `folkmoot monitor`: watches the ballot box of an election from outside, for anybody who wants to.
//!
//! Every look downloads the checkpoint, the archive and the files of the booth, verifies the archive completely, and
//! holds all of it against what was seen before: ballots that were dropped, reordered or replayed, a rewritten log,
//! another election text and changed booth files each give an alarm. What proves it is kept.

mod memory;
mod site;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use folkmoot_ballot::archive::Record;
use folkmoot_ballot::json::Value;
use folkmoot_ballot::receipt::{SignedCheckpoint, Tree, VerifierKey};
use folkmoot_ballot::verify::{Observer, Options, Progress, Report, continues, verify_archive};

use super::archive::{self, Bar};
use super::receipt::key_in_description;
use memory::Memory;
use site::Site;

/// Arguments of `monitor`.
#[derive(Debug, Args)]
pub struct Monitor {
    /// Public page of the election, for example `https://vote.example.org/elections/board-2026`
    url: String,
    /// Folder in which what was seen is kept; one for every election
    #[arg(long, value_name = "FOLDER")]
    state: PathBuf,
    /// Key of the ballot box, if you have it from elsewhere; without it the first one seen is kept
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Look again after this many minutes, until an alarm; once without it
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u64).range(1..=10_080))]
    every: Option<u64>,
    /// Threads; all cores without it
    #[arg(long, value_name = "NUMBER")]
    threads: Option<usize>,
}

/// What one look brought.
struct Look {
    report: Report,
    tree: Tree,
    election: Option<Value>,
    checkpoint: SignedCheckpoint,
    /// SHA-256 of every file of the booth.
    files: BTreeMap<String, String>,
}

/// Follows the verification: the tree of the log, and the election object.
struct Watcher {
    bar: Bar,
    tree: Tree,
    election: Option<Value>,
}

impl Observer for Watcher {
    fn record(&mut self, record: &Record) {
        if record.event.height == 0 {
            self.election = record.objects.first().and_then(|o| Value::parse(&o.data).ok());
        }
        self.tree.push(&record.raw);
    }

    fn progress(&mut self, progress: Progress) {
        self.bar.show(progress);
    }
}

impl Monitor {
    /// Looks once, or again and again. Exit status 0: nothing wrong; 1: alarm; 2: the site cannot be reached or the
    /// folder cannot be used.
    ///
    /// # Errors
    /// None: they are reported here, because their exit status differs.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        loop {
            let code = match self.look() {
                Ok(alarms) if alarms.is_empty() => 0,
                Ok(alarms) => {
                    for alarm in alarms {
                        println!("ALARM: {alarm}");
                    }
                    let kept = self.state.join("alarm");
                    println!(
                        "What proves it is kept in {}. Tell the returns officer and others.",
                        kept.display()
                    );
                    1
                }
                Err(error) => {
                    eprintln!("folkmoot: {error:#}");
                    2
                }
            };
            match self.every {
                Some(minutes) if code != 1 => std::thread::sleep(Duration::from_secs(60 * minutes)),
                _ => return Ok(ExitCode::from(code)),
            }
        }
    }

    fn look(&self) -> anyhow::Result<Vec<String>> {
        let given = self.key.as_deref().map(VerifierKey::parse).transpose()?;
        let memory = Memory::open(&self.state)?;
        let look = self.fetch(&memory)?;
        let mut alarms = self.archive_alarms(&look, &memory)?;
        alarms.extend(log_alarms(&look, &memory, given)?);
        alarms.extend(file_alarms(&look.files, &memory.files()?));
        if !alarms.is_empty() {
            memory.keep_evidence()?;
            return Ok(alarms);
        }
        let name = look.election.as_ref().and_then(|e| e.get("name")?.as_str().ok()).unwrap_or_default();
        memory.remember(&key_of(&look)?, &look.checkpoint, &look.files)?;
        let fingerprint = look.report.election.as_ref().map_or("", |e| e.fingerprint.as_str());
        println!(
            "All well: \"{}\", {} ballots in {} events, fingerprint {fingerprint}, log {}",
            super::verify::plain(name),
            look.report.ballots,
            look.report.events,
            look.checkpoint.unverified().origin
        );
        for name in other_than_released(&look.files) {
            println!("Note: the booth's {name} is not the one that this program was released with.");
        }
        Ok(alarms)
    }

    /// Downloads everything into the folder and verifies the archive. The checkpoint comes first: the archive must
    /// then hold at least what it signs.
    fn fetch(&self, memory: &Memory) -> anyhow::Result<Look> {
        let site = Site::new(&self.url)?;
        let checkpoint = site.text("checkpoint")?;
        memory.write_new("checkpoint", checkpoint.as_bytes())?;
        site.download("archive.bel", &memory.new_file("archive.bel"))?;
        let files = site.booth_files()?;
        let checkpoint = SignedCheckpoint::parse(&checkpoint)
            .context("what the server gives as its checkpoint is none; check the address")?;
        let path = memory.new_file("archive.bel");
        let file = archive::open(&path)?;
        let bar = Bar::new(file.metadata()?.len());
        let mut watcher = Watcher { bar, tree: Tree::new(), election: None };
        let options = Options { threads: self.threads, ..Options::default() };
        let report = verify_archive(std::io::BufReader::new(file), &options, &mut watcher)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        let Watcher { tree, election, .. } = watcher;
        Ok(Look { report, tree, election, checkpoint, files })
    }

    fn archive_alarms(&self, look: &Look, memory: &Memory) -> anyhow::Result<Vec<String>> {
        let mut alarms: Vec<String> =
            look.report.violations().take(10).map(|f| format!("the archive is not valid: {f}")).collect();
        if let Some(older) = memory.seen("archive.bel") {
            let newer = memory.new_file("archive.bel");
            if !continues(File::open(&older)?, File::open(&newer)?)? {
                let what = if same_setup(&older, &newer) {
                    "events that were in the ballot box are gone, changed or in another order"
                } else {
                    "the election itself is another one: its texts, key, trustees or list of credentials changed"
                };
                alarms.push(format!("{what} (compared with the copy of {})", memory.time_of("archive.bel")));
            }
        }
        Ok(alarms)
    }
}

/// Whether two archives begin with the same setup.
fn same_setup(a: &Path, b: &Path) -> bool {
    match (archive::setup(a), archive::setup(b)) {
        (Ok(a), Ok(b)) => a.raw == b.raw,
        _ => false,
    }
}

/// The key that the election names for its log.
fn key_of(look: &Look) -> anyhow::Result<VerifierKey> {
    let description = look.election.as_ref().and_then(|e| e.get("description")?.as_str().ok());
    description
        .and_then(key_in_description)
        .context("the election's description names no key of its ballot box")
}

/// Signature, name and content of the checkpoints, the one of the last look included.
fn log_alarms(look: &Look, memory: &Memory, given: Option<VerifierKey>) -> anyhow::Result<Vec<String>> {
    let mut alarms = Vec::new();
    let pinned = match given {
        Some(key) => Some(key),
        None => memory.key()?,
    };
    match (key_of(look), &pinned) {
        (Ok(named), Some(key)) if named.to_string() != key.to_string() => {
            alarms.push(format!(
                "the election names the key {named} for its ballot box, where {key} is expected"
            ));
        }
        (Err(error), None) => alarms.push(error.to_string()),
        _ => {}
    }
    let Some(key) = pinned.or_else(|| key_of(look).ok()) else { return Ok(alarms) };
    let checkpoint = match look.checkpoint.verify(&key) {
        Ok(checkpoint) => checkpoint,
        Err(error) => {
            alarms.push(format!("the checkpoint is not signed by the ballot box: {error}"));
            return Ok(alarms);
        }
    };
    if let Some(uuid) = look.report.election.as_ref().map(|e| &e.uuid)
        && !checkpoint.origin.ends_with(&format!("/e/{uuid}"))
    {
        alarms.push(format!("the checkpoint is that of another election: {}", checkpoint.origin));
    }
    if let Err(error) = checkpoint.check_tree(&look.tree) {
        alarms.push(format!("the server signed another history than that of its archive: {error}"));
    }
    if let Some(older) = memory.checkpoint()? {
        let older = older.unverified();
        if older.origin != checkpoint.origin {
            alarms.push(format!("the log was {} before and is {} now", older.origin, checkpoint.origin));
        } else if checkpoint.size < older.size {
            let sizes = (older.size, checkpoint.size);
            alarms.push(format!("the server signed {} events before and only {} now", sizes.0, sizes.1));
        } else if let Err(error) = older.check_tree(&look.tree) {
            alarms.push(format!("the log does not continue what the server signed before: {error}"));
        }
    }
    Ok(alarms)
}

/// Files of the booth that changed or went since the last look.
fn file_alarms(now: &BTreeMap<String, String>, before: &BTreeMap<String, String>) -> Vec<String> {
    let changed = before.iter().filter(|(name, hash)| now.get(*name) != Some(*hash));
    changed
        .map(|(name, hash)| match now.get(name) {
            Some(new) => format!("the booth's {name} changed: SHA-256 {hash} before, {new} now"),
            None => format!("the booth's {name} is gone"),
        })
        .collect()
}

/// Names of files that differ from those carried by this program.
fn other_than_released(files: &BTreeMap<String, String>) -> Vec<&String> {
    let released = |name: &str| crate::http::assets::file(name).map(site::sha256);
    files.iter().filter(|(name, hash)| released(name).as_ref() != Some(*hash)).map(|(name, _)| name).collect()
}

impl Monitor {
    /// The address as it will be used, for tests of the arguments.
    #[cfg(test)]
    fn address(url: &str) -> anyhow::Result<String> {
        Site::new(url).map(|site| site.to_string())
    }
}

/// Refuses an address that is no page of an election.
fn checked(url: &str) -> anyhow::Result<url::Url> {
    let mut url = url::Url::parse(url).context("the address of the election is no address")?;
    let local = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    if url.scheme() != "https" && !(url.scheme() == "http" && local) {
        bail!("the address must begin with https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        bail!("the address must not contain a name or password");
    }
    url.set_query(None);
    url.set_fragment(None);
    if !url.path().starts_with("/elections/") {
        bail!(
            "give the public page of the election, for example https://vote.example.org/elections/board-2026"
        );
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Monitor, file_alarms};

    #[test]
    fn only_public_pages_of_elections_are_watched() {
        let good = |url| Monitor::address(url).unwrap();
        assert_eq!(
            good("https://vote.example.org/elections/b?x=1#y"),
            "https://vote.example.org/elections/b"
        );
        assert_eq!(good("http://127.0.0.1:8080/elections/b/"), "http://127.0.0.1:8080/elections/b");
        for bad in
            ["vote", "http://vote.example.org/elections/b", "https://a:b@x.org/elections/b", "https://x.org/"]
        {
            assert!(Monitor::address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn changed_and_missing_files_are_named() {
        let files = |list: &[(&str, &str)]| -> BTreeMap<String, String> {
            list.iter().map(|(n, h)| ((*n).to_owned(), (*h).to_owned())).collect()
        };
        let before = files(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let alarms = file_alarms(&files(&[("a", "1"), ("b", "9"), ("new", "4")]), &before);
        assert_eq!(alarms, ["the booth's b changed: SHA-256 2 before, 9 now", "the booth's c is gone"]);
    }
}
