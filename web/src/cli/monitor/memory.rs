//! The folder in which a monitor keeps what it saw.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use folkmoot_ballot::receipt::{SignedCheckpoint, VerifierKey};

/// What one look downloads, besides the files of the booth.
const DOWNLOADS: [&str; 2] = ["archive.bel", "checkpoint"];

/// The folder: `archive.bel`, `checkpoint`, `key` and `files.json` of the last good look; the same names with `.new`
/// while a look goes on; `alarm/` with the evidence of the first alarm.
pub(super) struct Memory(PathBuf);

impl Memory {
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self(folder.to_owned()))
    }

    /// A file of the last good look, if there was one.
    pub fn seen(&self, name: &str) -> Option<PathBuf> {
        Some(self.0.join(name)).filter(|path| path.exists())
    }

    /// Where a download of this look goes.
    pub fn new_file(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.new"))
    }

    pub fn write_new(&self, name: &str, content: &[u8]) -> anyhow::Result<()> {
        let path = self.new_file(name);
        fs::write(&path, content).with_context(|| format!("{} cannot be written", path.display()))
    }

    fn text(&self, name: &str) -> anyhow::Result<Option<String>> {
        let read = |path: PathBuf| {
            fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))
        };
        self.seen(name).map(read).transpose()
    }

    pub fn key(&self) -> anyhow::Result<Option<VerifierKey>> {
        let text = self.text("key")?;
        text.map(|text| VerifierKey::parse(text.trim()).context("the kept key is damaged")).transpose()
    }

    pub fn checkpoint(&self) -> anyhow::Result<Option<SignedCheckpoint>> {
        let text = self.text("checkpoint")?;
        text.map(|text| SignedCheckpoint::parse(&text).context("the kept checkpoint is damaged")).transpose()
    }

    pub fn files(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let text = self.text("files.json")?;
        let files = text.map(|text| serde_json::from_str(&text).context("the kept files.json is damaged"));
        Ok(files.transpose()?.unwrap_or_default())
    }

    /// When a file was kept, as a date.
    pub fn time_of(&self, name: &str) -> String {
        let time = fs::metadata(self.0.join(name)).and_then(|m| m.modified());
        time.map_or_else(
            |_| "an earlier look".to_owned(),
            |time| chrono::DateTime::<chrono::Utc>::from(time).format("%F %R UTC").to_string(),
        )
    }

    /// Makes this look the one to compare with.
    pub fn remember(
        &self,
        key: &VerifierKey,
        checkpoint: &SignedCheckpoint,
        files: &BTreeMap<String, String>,
    ) -> anyhow::Result<()> {
        self.write_new("key", format!("{key}\n").as_bytes())?;
        self.write_new("files.json", serde_json::to_string_pretty(files)?.as_bytes())?;
        self.write_new("checkpoint", checkpoint.note().to_string().as_bytes())?;
        for name in ["archive.bel", "checkpoint", "key", "files.json"] {
            let path = self.0.join(name);
            fs::rename(self.new_file(name), &path)
                .with_context(|| format!("{} cannot be written", path.display()))?;
        }
        Ok(())
    }

    /// Keeps what was downloaded and what it contradicts. The first evidence stays.
    pub fn keep_evidence(&self) -> anyhow::Result<()> {
        let alarm = self.0.join("alarm");
        if alarm.exists() {
            return Ok(());
        }
        fs::create_dir(&alarm).with_context(|| format!("{} cannot be made", alarm.display()))?;
        let copies = DOWNLOADS.iter().flat_map(|name| {
            let new = (self.new_file(name), alarm.join(format!("new-{name}")));
            let old = self.seen(name).map(|path| (path, alarm.join(format!("old-{name}"))));
            std::iter::once(new).chain(old)
        });
        for (from, to) in copies {
            if let Err(error) = fs::copy(&from, &to) {
                bail!("{} cannot be kept as evidence: {error}", from.display());
            }
        }
        Ok(())
    }
}
