//! `folkmoot replay`: elections that were really held, held again — numbers as published, people and ballots invented.
//!
//! A server of its own on this computer; voters and trustees reach it over HTTP as browsers do. Accounts, roll and set-up are
//! written through the functions that pages and demo use.

mod client;
mod made;
mod plans;
mod prepare;
mod trustee;

use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use chrono::TimeDelta;
use clap::Args;
use folkmoot_ballot::ballot;
use folkmoot_ballot::credential::Credential;
use folkmoot_ballot::election::Election as Object;
use folkmoot_ballot::group::{Belenios2048, Ed25519, Group, GroupId, Rfc3526};
use folkmoot_store::elections;

use self::client::Client;
use self::made::Made;
use self::plans::Plan;
use self::trustee::Keyholders;
use crate::app::App;
use crate::clock::MovableClock;
use crate::config::{Config, LogFormat, MailTransport};
use crate::elections::setup;
use crate::error::AppError;
use crate::server;

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub struct Replay {
    /// Which election: board-2022, council-2026, council-2024, board-2017
    #[arg(value_parser = plans::names())]
    election: String,
    /// Group of the ballots
    #[arg(long, default_value = "Ed25519", value_parser = ["Ed25519", "BELENIOS-2048", "RFC-3526-2048"])]
    group: String,
    /// Voters who cast at the same time
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=64))]
    at_once: u8,
    /// Write archive.bel and recount-kit.tar into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<std::path::PathBuf>,
    /// Go on serving the result until Ctrl+C
    #[arg(long)]
    serve: bool,
    /// Three people do the trustees' part in browsers: write address and sessions to this file and wait for them
    #[arg(long, value_name = "FILE", conflicts_with = "folder")]
    trustees: Option<std::path::PathBuf>,
    #[command(flatten)]
    prepare: prepare::Prepare,
}

impl Replay {
    /// Holds the election, prints what came out, and fails when that is not what was published.
    ///
    /// # Errors
    /// One sentence that says which step failed.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let mut plan = plans::plan(&self.election)?;
        println!("{}: {}", plan.title, plans::BANNER);
        if let Some(folder) = &self.prepare.folder {
            self.prepare.enlarge(&mut plan);
            let (app, _server) = start(folder, &self.prepare.database)?;
            match GroupId::from_name(&self.group) {
                Some(GroupId::Belenios2048) => self.prepare::<Belenios2048>(&app, &plan, folder),
                Some(GroupId::Rfc3526) => self.prepare::<Rfc3526>(&app, &plan, folder),
                _ => self.prepare::<Ed25519>(&app, &plan, folder),
            }?;
            return Ok(ExitCode::SUCCESS);
        }
        let folder = own_folder()?;
        let (app, server) = start(&folder, "")?;
        let held = match GroupId::from_name(&self.group) {
            Some(GroupId::Belenios2048) => self.hold::<Belenios2048>(&app, &plan),
            Some(GroupId::Rfc3526) => self.hold::<Rfc3526>(&app, &plan),
            _ => self.hold::<Ed25519>(&app, &plan),
        };
        if held.is_ok() && self.serve {
            println!("\nOpen {}/elections/{}. Stop with Ctrl+C.", app.config().public_url, plan.slug);
            let _ = server.join();
        }
        std::fs::remove_dir_all(&folder).context("the folder of the replay could not be removed")?;
        held.map(|()| ExitCode::SUCCESS)
    }

    fn hold<G: Group>(&self, app: &App, plan: &Plan) -> anyhow::Result<()> {
        let begun = Instant::now();
        let (made, mut trustees, codes) = set_up::<G>(app, plan, self.trustees.as_deref())?;
        let sealing = Instant::now();
        let sealed = seal::<G>(app, &made, &codes)?;
        told(sealing, &format!("{} ballots sealed", sealed.len()));
        self.cast(app, plan, &made, &sealed)?;

        made.pass(app, plan.closes_in())?;
        let counting = Instant::now();
        trustees.open(app, &made, plan.is_mixed())?;
        told(counting, "the trustees have opened the tally");
        made.resolve(app, plan)?;
        made.pass(app, TimeDelta::days(3))?;
        self.judge(app, plan)?;
        told(begun, "from the roll to the published result");
        Ok(())
    }

    /// Every voter opens the booth and casts; some at once. Prints how fast that was and where the time went.
    fn cast(&self, app: &App, plan: &Plan, made: &Made, sealed: &[String]) -> anyhow::Result<()> {
        let clients = made.voters(app, sealed.len())?;
        let url = format!("/elections/{}", plan.slug);
        let booths: Vec<String> =
            clients.iter().map(|c| c.booth_proof(&url)).collect::<anyhow::Result<_>>()?;
        let work: Vec<_> = clients.iter().zip(&booths).zip(sealed).collect();
        let next = std::sync::atomic::AtomicUsize::new(0);
        let casting = Instant::now();
        let results: Vec<anyhow::Result<()>> = std::thread::scope(|scope| {
            let run = || {
                while let Some(((client, proof), ballot)) =
                    work.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                {
                    client.cast(&url, proof, ballot)?;
                }
                Ok(())
            };
            let threads: Vec<_> = (0..self.at_once).map(|_| scope.spawn(run)).collect();
            let lost = || Err(anyhow::anyhow!("a voter was lost"));
            threads.into_iter().map(|t| t.join().unwrap_or_else(|_| lost())).collect()
        });
        results.into_iter().collect::<anyhow::Result<()>>()?;
        let wall = casting.elapsed();
        told(casting, &format!("{} ballots accepted, each with a receipt", sealed.len()));
        shares(app, made, sealed, wall)
    }

    fn judge(&self, app: &App, plan: &Plan) -> anyhow::Result<()> {
        let visitor = Client::visitor(app);
        let base = format!("/elections/{}", plan.slug);
        let result: serde_json::Value =
            serde_json::from_slice(&visitor.download(&format!("{base}/results.json"))?)?;
        let question = result.pointer("/questions/0").context("the result has no question")?;
        let elected: Vec<String> =
            serde_json::from_value(question.get("elected").cloned().context("the result names nobody")?)?;
        println!("\nElected: {}", elected.join(", "));
        plan.judge(&result, &elected)?;
        let archive = visitor.download(&format!("{base}/archive.bel"))?;
        let report = folkmoot_ballot::verify::verify_archive(
            std::io::Cursor::new(&archive),
            &Default::default(),
            &mut (),
        )?;
        ensure!(report.is_valid(), "the archive does not verify");
        println!("The archive of {} bytes verifies; the numbers are those published.", archive.len());
        if let Some(folder) = &self.out {
            std::fs::create_dir_all(folder)?;
            let uuid = app.store().read(|c| Ok::<_, AppError>(elections::by_slug(c, plan.slug)?))?;
            let uuid = uuid.map(|e| e.uuid).unwrap_or_default();
            std::fs::write(folder.join(format!("{uuid}.bel")), &archive)?;
            std::fs::write(
                folder.join("recount-kit.tar"),
                visitor.download(&format!("{base}/recount-kit.tar"))?,
            )?;
            println!("Written to {}.", folder.display());
        }
        Ok(())
    }
}

/// Roll, ceremony of the trustees, codes, opening.
fn set_up<G: Group>(
    app: &App,
    plan: &Plan,
    elsewhere: Option<&std::path::Path>,
) -> anyhow::Result<(Made, Keyholders<G>, Vec<Credential>)> {
    let begun = Instant::now();
    let made = Made::new::<G>(app, plan)?;
    let mut trustees = match elsewhere {
        Some(file) => Keyholders::Elsewhere(file.to_owned()),
        None => Keyholders::AtHome(made.trustees::<G>(app)?),
    };
    trustees.make_keys(app, &made)?;
    let codes = made.open(app)?;
    told(begun, &format!("{} on the roll, three trustees with a key of which two are enough", plan.roll));
    Ok((made, trustees, codes))
}

/// Seals the ballot of every voter, on two threads.
fn seal<G: Group>(app: &App, made: &Made, codes: &[Credential]) -> anyhow::Result<Vec<String>> {
    let election = app.store().read(|c| Ok::<_, AppError>(elections::by_id(c, made.election)?))?;
    let json = election.election_json.context("the set-up is missing")?;
    let pairs: Vec<_> = codes.iter().zip(&made.ballots).collect();
    let half = pairs.len().div_ceil(2).max(1);
    std::thread::scope(|scope| {
        let work = |part: &[(&Credential, &Vec<u8>)]| -> anyhow::Result<Vec<String>> {
            let object = Object::<G>::parse(json.as_bytes())?;
            let seal = |code, marks: &Vec<u8>| {
                Ok(ballot::encrypt(&object, code, std::slice::from_ref(marks), &mut setup::generator())?)
            };
            part.iter().map(|(code, marks)| seal(code, marks)).collect()
        };
        let parts: Vec<_> = pairs.chunks(half).map(|part| scope.spawn(move || work(part))).collect();
        let mut all = Vec::new();
        for part in parts {
            all.extend(part.join().map_err(|_| anyhow::anyhow!("a ballot could not be sealed"))??);
        }
        Ok(all)
    })
}

type Server = std::thread::JoinHandle<anyhow::Result<()>>;

/// A server on a port of its own, with its database in `folder` or at `database`.
fn start(folder: &std::path::Path, database: &str) -> anyhow::Result<(App, Server)> {
    let listener = server::listen("127.0.0.1:0", "")?;
    let app = open(folder, database, &listener)?;
    let serving = app.clone();
    let server =
        std::thread::Builder::new().name("server".into()).spawn(move || server::run(serving, listener))?;
    Ok((app, server))
}

fn open(folder: &std::path::Path, database: &str, listener: &TcpListener) -> anyhow::Result<App> {
    let port = listener.local_addr()?.port();
    let mut config = Config {
        public_url: format!("http://localhost:{port}"),
        listen: format!("127.0.0.1:{port}"),
        data_folder: folder.to_owned(),
        database_url: database.to_owned(),
        ..Config::default()
    };
    config.mail.transport = MailTransport::Keep;
    config.log.format = LogFormat::Text;
    config.log.filter = "warn".into();
    config.check()?;
    server::start_log(&config.log)?;
    server::open_with(config, Arc::new(MovableClock::default()))
}

/// A folder of our own for database and keys.
fn own_folder() -> anyhow::Result<std::path::PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).map_err(|e| anyhow::anyhow!("the system gave no random bytes: {e}"))?;
    let path = std::env::temp_dir().join(format!("folkmoot-replay-{:016x}", u64::from_be_bytes(bytes)));
    let made = std::fs::DirBuilder::new().mode(0o700).create(&path);
    made.with_context(|| format!("cannot make the folder {}", path.display()))?;
    Ok(path)
}

fn told(since: Instant, what: &str) {
    println!("{:>8.1} s  {what}", since.elapsed().as_secs_f64());
}

/// Where the server's time went: checking proofs is measured again on the same ballots, alone.
fn shares(app: &App, made: &Made, sealed: &[String], wall: Duration) -> anyhow::Result<()> {
    let election = app.store().read(|c| Ok::<_, AppError>(elections::by_id(c, made.election)?))?;
    let held = app.boxes().get_now(app, &election)?;
    let sample = sealed.len().min(50);
    let alone = Instant::now();
    for ballot in sealed.iter().take(sample) {
        held.engine.check(ballot.as_bytes())?;
    }
    let check = alone.elapsed().as_secs_f64() / sample.max(1) as f64;
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let each = wall.as_secs_f64() / sealed.len().max(1) as f64;
    let share = (check / (each * processors as f64) * 100.0).min(100.0);
    println!("figure: ballots accepted = {:.1} per second", 1.0 / each);
    println!("figure: proofs of a ballot, alone = {:.1} ms", check * 1000.0);
    println!("figure: share of cryptography in {processors} processors = {share:.0} %");
    let commit = commit_alone(app, &election)?;
    println!("figure: one commit to the disk, alone = {:.1} ms", commit * 1000.0);
    println!(
        "figure: share of commits in the time between two ballots = {:.0} %",
        (commit / each * 100.0).min(100.0)
    );
    println!("figure: share of HTTP, queries and the rest in the processors = {:.0} %", 100.0 - share);
    Ok(())
}

/// How long the smallest writing transaction takes, in seconds.
fn commit_alone(app: &App, election: &elections::Election) -> anyhow::Result<f64> {
    const TIMES: u32 = 50;
    let instants = elections::Instants {
        record_at: election.record_at,
        opens_at: election.opens_at,
        closes_at: election.closes_at,
        publish_at: election.publish_at,
    };
    let begun = Instant::now();
    for _ in 0..TIMES {
        app.store().write(|c| Ok::<_, AppError>(elections::put_instants(c, election.id, instants)?))?;
    }
    Ok(begun.elapsed().as_secs_f64() / f64::from(TIMES))
}
