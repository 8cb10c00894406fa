//! Opening, verifying and extending archive files.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use folkmoot_ballot::archive::{EventKind, Limits, Record, Records, Writer};
use folkmoot_ballot::election::group_of;
use folkmoot_ballot::group::{Group, GroupId};
use folkmoot_ballot::verify::{Observer, Options, Progress, Report, Standing};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A progress bar on standard error, when that is a terminal.
pub struct Bar(ProgressBar);

impl Bar {
    /// For a file of this many bytes.
    pub fn new(bytes: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {msg} {eta}");
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    /// Shows the state.
    pub fn show(&self, progress: Progress) {
        self.0.set_position(progress.bytes);
        self.0.set_message(format!("{} ballots", progress.ballots));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Observer for Bar {
    fn progress(&mut self, progress: Progress) {
        self.show(progress);
    }
}

/// Opens an archive.
pub fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("{} cannot be opened", path.display()))
}

/// The first event of an archive: its setup.
pub fn setup(path: &Path) -> anyhow::Result<Record> {
    let mut records = Records::open(open(path)?, Limits::default())
        .with_context(|| format!("{} is not an archive of an election", path.display()))?;
    let first = records.next_record()?.context("the archive has no event")?;
    if first.event.kind != EventKind::Setup || first.objects.len() < 4 {
        bail!("the archive does not begin with a setup");
    }
    Ok(first)
}

/// The raw election object of an archive, or of a file that is one.
pub fn election_object(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut start = [0];
    let read = open(path)?.read(&mut start)?;
    if read == 1 && start == *b"{" {
        return super::files::read(path);
    }
    let first = setup(path)?;
    first.objects.into_iter().next().map(|o| o.data).context("the setup holds no election")
}

/// The group of an archive.
pub fn group(path: &Path) -> anyhow::Result<GroupId> {
    Ok(group_of(&election_object(path)?)?)
}

/// Says what makes an archive invalid: the first finding, and how many more there are.
fn findings(report: &Report) -> String {
    let first = report.violations().next().map(ToString::to_string).unwrap_or_default();
    match report.violations().count() {
        0 | 1 => first,
        more => format!("{first} (and {} more findings; see folkmoot verify)", more - 1),
    }
}

fn verified<G: Group>(path: &Path, file: &mut File) -> anyhow::Result<Standing<G>> {
    file.seek(SeekFrom::Start(0))?;
    let mut bar = Bar::new(file.metadata()?.len());
    let standing = Standing::<G>::read(&mut *file, &Options::default(), &mut bar)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    standing.map_err(|report| anyhow::anyhow!("{}", findings(&report)))
}

/// Verifies an archive completely; contributions start from here.
pub fn standing<G: Group>(path: &Path) -> anyhow::Result<Standing<G>> {
    verified(path, &mut open(path)?).with_context(|| format!("{} is not valid", path.display()))
}

/// Extends an archive: on a copy beside it, which replaces it only after it was verified as a whole.
pub struct Edit<G: Group> {
    path: PathBuf,
    copy: PathBuf,
    file: File,
    standing: Standing<G>,
    done: bool,
}

impl<G: Group> Edit<G> {
    /// Copies and verifies the archive. The copy also keeps two commands from extending it at once.
    pub fn begin(path: &Path) -> anyhow::Result<Self> {
        let mut copy = path.as_os_str().to_owned();
        copy.push(".new");
        let copy = PathBuf::from(copy);
        let mut file =
            File::options().read(true).write(true).create_new(true).open(&copy).with_context(|| {
                format!(
                    "{} exists: another command is at work, or was interrupted (then delete it)",
                    copy.display()
                )
            })?;
        let copied = open(path).and_then(|mut from| Ok(std::io::copy(&mut from, &mut file)?));
        let standing = copied.and_then(|_| verified(path, &mut file));
        match standing.with_context(|| format!("{} is not valid", path.display())) {
            Ok(standing) => Ok(Self { path: path.to_owned(), copy, file, standing, done: false }),
            Err(error) => {
                std::fs::remove_file(&copy).ok();
                Err(error)
            }
        }
    }

    /// The verified state.
    pub fn standing(&self) -> &Standing<G> {
        &self.standing
    }

    /// Appends events, then verifies everything again.
    pub fn append(&mut self, events: &[(EventKind, Vec<&[u8]>)]) -> anyhow::Result<()> {
        self.file.seek(SeekFrom::End(0))?;
        let mut writer = Writer::resume(&mut self.file, self.standing.chain());
        for (kind, objects) in events {
            writer.append(*kind, objects)?;
        }
        self.standing =
            verified(&self.path, &mut self.file).context("refused, the archive stays as it was")?;
        Ok(())
    }

    /// Puts the extended archive in the place of the old one.
    pub fn finish(mut self) -> anyhow::Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.copy, &self.path)
            .with_context(|| format!("{} cannot be replaced", self.path.display()))?;
        self.done = true;
        Ok(())
    }
}

impl<G: Group> Drop for Edit<G> {
    fn drop(&mut self) {
        if !self.done {
            std::fs::remove_file(&self.copy).ok();
        }
    }
}

/// The two lines in which a contribution travels: the object, and whose it is.
pub fn contribution(object: &str, owner: u64) -> String {
    format!("{object}\n{}\n", folkmoot_ballot::archive::owned(owner, object.as_bytes()))
}

/// Takes the two lines apart.
pub fn read_contribution(text: &str) -> anyhow::Result<(&str, &str)> {
    let mut lines = text.lines();
    match (lines.next(), lines.next(), lines.next()) {
        (Some(object), Some(owned), None) => Ok((object, owned)),
        _ => bail!("a contribution has two lines: the object, and whose it is"),
    }
}
