//! `folkmoot election`: conducting an election from files, without a server.

use std::borrow::Cow;
use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use folkmoot_ballot::archive::{EventKind, Writer, setup_data};
use folkmoot_ballot::ballot::tracker;
use folkmoot_ballot::credential::read_roll;
use folkmoot_ballot::election::Draft;
use folkmoot_ballot::group::{Group, GroupId};
use folkmoot_ballot::json::{Value, write_string};
use folkmoot_ballot::question::Question;
use folkmoot_ballot::trustee::{Trustee, TrusteeKey, Trustees};
use folkmoot_ballot::verify::Options;
use folkmoot_ballot::with_group;

use super::{archive, archive::Edit, files};

/// Arguments of `election`.
#[derive(Debug, Args)]
pub struct ElectionCommand {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Start an archive from questions, trustees and the public list of credentials
    Setup(Setup),
    /// Add ballots, a shuffle or a decryption, after verifying them with the whole archive
    Add(Add),
    /// End voting and compute the encrypted tally
    Tally(Archive),
    /// End the shuffles, so that decryption can begin
    EndShuffles(Archive),
    /// Combine the decryptions to the result
    Result(Archive),
}

#[derive(Debug, Args)]
struct Archive {
    /// Archive of the election (.bel)
    archive: PathBuf,
}

#[derive(Debug, Args)]
struct Setup {
    /// Identifier for which the credentials were made
    #[arg(long)]
    uuid: String,
    /// Group of the election
    #[arg(long, default_value = "Ed25519", value_parser = files::group)]
    group: GroupId,
    /// Questions: {"name","description","questions":[..],"administrator"?,"credential_authority"?}
    #[arg(long, value_name = "FILE")]
    template: PathBuf,
    /// Public key of a single trustee; repeat for more
    #[arg(long = "trustee", value_name = "FILE", required_unless_present = "threshold")]
    trustees: Vec<PathBuf>,
    /// Threshold parameters of a group of trustees
    #[arg(long, value_name = "FILE")]
    threshold: Option<PathBuf>,
    /// Public list of credentials
    #[arg(long, value_name = "FILE")]
    credentials: PathBuf,
    /// Where to write the archive; UUID.bel without it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Add {
    /// Archive of the election (.bel)
    archive: PathBuf,
    /// A sealed ballot; repeat for more
    #[arg(long = "ballot", value_name = "FILE", conflicts_with_all = ["shuffle", "decryption"])]
    ballots: Vec<PathBuf>,
    /// A shuffle with its owner line
    #[arg(long, value_name = "FILE", conflicts_with = "decryption")]
    shuffle: Option<PathBuf>,
    /// A partial decryption with its owner line
    #[arg(long, value_name = "FILE")]
    decryption: Option<PathBuf>,
}

impl ElectionCommand {
    /// Does the step.
    ///
    /// # Errors
    /// One sentence that says what has to happen first, or which file is wrong.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match &self.act {
            Act::Setup(a) => with_group!(a.group, G => a.run::<G>())?,
            Act::Add(a) => with_group!(archive::group(&a.archive)?, G => a.run::<G>())?,
            Act::Tally(a) => with_group!(archive::group(&a.archive)?, G => a.tally::<G>())?,
            Act::EndShuffles(a) => with_group!(archive::group(&a.archive)?, G => a.end_shuffles::<G>())?,
            Act::Result(a) => with_group!(archive::group(&a.archive)?, G => a.result::<G>())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn draft(uuid: &str, template: &[u8]) -> anyhow::Result<Draft> {
    let value = Value::parse(template).context("the template cannot be read")?;
    let text = |name: &str| value.get(name).map(|v| v.as_str().map(str::to_owned)).transpose();
    let known = ["name", "description", "questions", "administrator", "credential_authority"];
    let mut unknown: Vec<String> =
        value.names().into_iter().filter(|n| !known.contains(n)).map(str::to_owned).collect();
    let questions = value.field("questions")?.as_array()?;
    let questions = questions.iter().map(|q| Question::read(q, &mut unknown)).collect::<Result<_, _>>()?;
    if let Some(name) = unknown.first() {
        bail!("the template has the unknown field \"{name}\"");
    }
    Ok(Draft {
        name: text("name")?.context("the template has no name")?,
        description: text("description")?.unwrap_or_default(),
        uuid: uuid.to_owned(),
        questions,
        administrator: text("administrator")?,
        credential_authority: text("credential_authority")?,
    })
}

/// The public list without the names or numbers of voters that some tools write as third part of a line, and then in
/// the order of the credentials: who has which credential must not be published.
fn without_names(roll: &[u8]) -> anyhow::Result<Cow<'_, [u8]>> {
    let list = Value::parse(roll)?;
    let lines = list.as_array()?.iter().map(Value::as_str).collect::<Result<Vec<_>, _>>()?;
    if lines.iter().all(|line| line.split(',').count() < 3) {
        return Ok(Cow::Borrowed(roll));
    }
    let mut kept = Vec::with_capacity(lines.len());
    for line in lines {
        let mut parts = line.splitn(3, ',');
        kept.push(match (parts.next().unwrap_or_default(), parts.next().unwrap_or_default()) {
            (element, "") => element.to_owned(),
            (element, weight) => format!("{element},{weight}"),
        });
    }
    kept.sort_unstable();
    eprintln!("note: names of voters were left out of the public list");
    let mut text = String::from("[");
    for (i, line) in kept.iter().enumerate() {
        text.push_str(if i > 0 { "," } else { "" });
        write_string(&mut text, line);
    }
    text.push(']');
    Ok(Cow::Owned(text.into_bytes()))
}

impl Setup {
    fn trustees<G: Group>(&self) -> anyhow::Result<Trustees<G>> {
        let mut items = Vec::new();
        for path in &self.trustees {
            for text in files::read_objects(path)? {
                let key = TrusteeKey::<G>::parse(text.as_bytes());
                items.push(Trustee::Single(key.with_context(|| path.display().to_string())?));
            }
        }
        if let Some(path) = &self.threshold {
            let text = files::read_text(path)?;
            let wrapped = format!("[[\"Pedersen\",{}]]", text.trim());
            let read =
                Trustees::<G>::parse(wrapped.as_bytes()).with_context(|| path.display().to_string())?;
            items.extend(read.items().iter().cloned());
        }
        let trustees = Trustees::new(items);
        trustees.check()?;
        Ok(trustees)
    }

    fn run<G: Group>(&self) -> anyhow::Result<()> {
        let trustees = self.trustees::<G>()?;
        let election =
            draft(&self.uuid, &files::read(&self.template)?)?.finish::<G>(&trustees.election_key())?;
        let roll = files::read(&self.credentials)?;
        let roll = without_names(roll.strip_suffix(b"\n").unwrap_or(&roll))
            .with_context(|| format!("{} is not a public list of credentials", self.credentials.display()))?;
        let mut count = 0;
        read_roll::<G>(&roll, |_, _| {
            count += 1;
            Ok(())
        })?;
        let trustees = trustees.to_json();
        let data = setup_data(election.raw(), trustees.as_bytes(), &roll);
        let mut bytes = Writer::create(Vec::new(), 0)?;
        bytes.append(EventKind::Setup, &[election.raw(), trustees.as_bytes(), &roll, data.as_bytes()])?;
        let bytes = bytes.into_inner();
        let report = folkmoot_ballot::verify::verify_archive(
            std::io::Cursor::new(&bytes),
            &Options::default(),
            &mut (),
        )?;
        if let Some(finding) = report.violations().next() {
            bail!("{finding}");
        }
        let out = self.out.clone().unwrap_or_else(|| PathBuf::from(format!("{}.bel", self.uuid)));
        let problem = || format!("{} cannot be created; move an older file away first", out.display());
        let mut file = File::create_new(&out).with_context(problem)?;
        std::io::Write::write_all(&mut file, &bytes)?;
        file.sync_all()?;
        eprintln!("{}: {count} credentials", out.display());
        eprintln!("fingerprint of the election: {}", election.fingerprint());
        for finding in report.policy() {
            eprintln!("note: {finding}");
        }
        Ok(())
    }
}

impl Add {
    fn run<G: Group>(&self) -> anyhow::Result<()> {
        let mut edit = Edit::<G>::begin(&self.archive)?;
        if let Some((path, kind)) = match (&self.shuffle, &self.decryption) {
            (Some(path), _) => Some((path, EventKind::Shuffle)),
            (None, Some(path)) => Some((path, EventKind::PartialDecryption)),
            (None, None) => None,
        } {
            let text = files::read_text(path)?;
            let (object, owned) = archive::read_contribution(&text)?;
            edit.append(&[(kind, vec![object.as_bytes(), owned.as_bytes()])])?;
        } else {
            let read = |path: &PathBuf| {
                let raw = files::read(path)?;
                Ok(raw.strip_suffix(b"\n").unwrap_or(&raw).to_vec())
            };
            let ballots = self.ballots.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
            if ballots.is_empty() {
                bail!("name what to add: --ballot, --shuffle or --decryption");
            }
            let events: Vec<_> = ballots.iter().map(|b| (EventKind::Ballot, vec![b.as_slice()])).collect();
            edit.append(&events)?;
            ballots.iter().for_each(|b| eprintln!("recorded {}", tracker(b)));
        }
        edit.finish()
    }
}

impl Archive {
    fn tally<G: Group>(&self) -> anyhow::Result<()> {
        let mut edit = Edit::<G>::begin(&self.archive)?;
        if matches!(edit.standing().stage(), EventKind::Setup | EventKind::Ballot) {
            edit.append(&[(EventKind::EndBallots, vec![])])?;
        }
        let (tally, sized) = edit.standing().encrypted_tally()?;
        edit.append(&[(EventKind::EncryptedTally, vec![tally.as_bytes(), sized.to_json().as_bytes()])])?;
        edit.finish()?;
        eprintln!("{} ballots count, of total weight {}", sized.num_tallied, sized.total_weight);
        Ok(())
    }

    fn end_shuffles<G: Group>(&self) -> anyhow::Result<()> {
        let mut edit = Edit::<G>::begin(&self.archive)?;
        if edit.standing().stage() != EventKind::Shuffle {
            bail!("the archive ends with a {} event; somebody must shuffle first", edit.standing().stage());
        }
        edit.append(&[(EventKind::EndShuffles, vec![])])?;
        edit.finish()
    }

    fn result<G: Group>(&self) -> anyhow::Result<()> {
        let mut edit = Edit::<G>::begin(&self.archive)?;
        let result = edit.standing().result()?.to_json();
        edit.append(&[(EventKind::Result, vec![result.as_bytes()])])?;
        edit.finish()?;
        println!("{result}");
        Ok(())
    }
}
