//! `folkmoot demo`.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use folkmoot_store::organisation;

use crate::app::App;
use crate::clock::MovableClock;
use crate::config::{Config, LogFormat, MailTransport};
use crate::demo::{self, Demo, Mark, PASSWORD, SETTING, cast};
use crate::error::AppError;
use crate::server;

/// Ports tried when none is asked for.
const PORTS: std::ops::RangeInclusive<u16> = 8080..=8099;

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoCommand {
    /// Port on this computer; 0 takes any free one [default: the first free one from 8080 on]
    #[arg(long)]
    port: Option<u16>,
    /// Everything invented follows from this number
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many people the foundation has
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    people: u32,
    /// Keep the data in this folder, and go on with it next time
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Add everything before serving the first page
    #[arg(long)]
    wait: bool,
    /// Print address and accounts as one line of JSON
    #[arg(long)]
    json: bool,
}

impl DemoCommand {
    /// Serves the demonstration until told to stop.
    ///
    /// # Errors
    /// One sentence when something prevents the start.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let listener = self.bind()?;
        let port = listener.local_addr()?.port();
        let folder = Folder::open(self.folder.as_deref())?;
        let mut config = Config {
            public_url: format!("http://localhost:{port}"),
            listen: format!("127.0.0.1:{port}"),
            data_folder: folder.path.clone(),
            ..Config::default()
        };
        config.mail.transport = MailTransport::Keep;
        config.mail.from = format!("{} <office@lanternmoor.example>", cast::FOUNDATION);
        config.payments.test_provider = true;
        config.payments.bank_details =
            "Moor Bank, Lanternmoor Foundation\nIBAN XX00 1234 5678 9012 (invented)".into();
        config.log.format = LogFormat::Text;
        config.log.filter = "warn".into();
        config.check()?;
        server::start_log(&config.log)?;
        let app = server::open_with(config, Arc::new(MovableClock::default()))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (mark, begun) = self.mark(&app)?;
        if !begun {
            runtime.block_on(cast::seed(&app, mark.seed, mark.people))?;
        }
        let demo = Arc::new(Demo::new(mark.seed, mark.people, cast::accounts()));
        let app = app.showing(demo.clone());
        if mark.complete {
            demo.all_done();
        } else if self.wait {
            runtime.block_on(demo::run(app.clone(), demo.clone()));
        }
        self.announce(&app, &demo, &folder)?;
        let background = if mark.complete || self.wait {
            None
        } else {
            let (app, demo) = (app.clone(), demo.clone());
            let work = move || runtime.block_on(demo::run(app, demo));
            Some(std::thread::Builder::new().name("demo".into()).spawn(work)?)
        };
        let served = server::run(app, listener);
        demo.stop();
        if let Some(thread) = background {
            let _ = thread.join();
        }
        served?;
        Ok(ExitCode::SUCCESS)
    }

    fn bind(&self) -> anyhow::Result<TcpListener> {
        let listen = |port: u16| format!("127.0.0.1:{port}");
        if let Some(port) = self.port {
            return server::listen(&listen(port), "another port with --port");
        }
        for port in PORTS {
            if let Ok(listener) = server::listen(&listen(port), "") {
                return Ok(listener);
            }
        }
        bail!("the ports {} to {} are all in use; choose another one with --port", PORTS.start(), PORTS.end())
    }

    /// What the folder's database says of itself, and whether it says anything yet.
    fn mark(&self, app: &App) -> anyhow::Result<(Mark, bool)> {
        let (mark, used) = app.store().read(|c| {
            let mark = organisation::setting::<Mark>(c, SETTING)?;
            Ok::<_, AppError>((mark, !folkmoot_store::accounts::find_persons(c, "", 1)?.is_empty()))
        })?;
        let folder = app.config().data_folder.display();
        match mark {
            Some(mark) if mark.complete => Ok((mark, true)),
            Some(_) => bail!(
                "the demo in {folder} was stopped before everything was added; remove the folder and start again"
            ),
            None if used => bail!("{folder} holds the data of a real installation; choose an empty folder"),
            None => Ok((Mark { seed: self.seed, people: self.people as usize, complete: false }, false)),
        }
    }

    fn announce(&self, app: &App, demo: &Demo, folder: &Folder) -> anyhow::Result<()> {
        let url = &app.config().public_url;
        if self.json {
            println!("{}", serde_json::json!({ "url": url, "accounts": demo.accounts() }));
            return Ok(());
        }
        println!("\n{}, {} people, all invented (seed {}).\n", cast::FOUNDATION, demo.people(), demo.seed());
        println!("  Open  {url}");
        println!("  Mail  {url}/demo/mail\n");
        println!("  Sign in as              with this address");
        for account in demo.accounts() {
            println!("  {:<23} {}", account.words, account.email);
        }
        println!("\n  Everybody's password: {PASSWORD}\n");
        let then = if folder.keep { "kept" } else { "removed at the end" };
        println!("Data in {}, {then}. Stop with Ctrl+C.", folder.path.display());
        Ok(())
    }
}

/// Where the data lie; a folder of our own goes away with this value.
struct Folder {
    path: PathBuf,
    keep: bool,
}

impl Folder {
    fn open(chosen: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(path) = chosen {
            return Ok(Self { path: path.to_owned(), keep: true });
        }
        use std::os::unix::fs::DirBuilderExt;
        let mut bytes = [0_u8; 8];
        getrandom::fill(&mut bytes).map_err(|e| anyhow::anyhow!("the system gave no random bytes: {e}"))?;
        let path = std::env::temp_dir().join(format!("folkmoot-demo-{:016x}", u64::from_be_bytes(bytes)));
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .with_context(|| format!("cannot make the folder {}", path.display()))?;
        Ok(Self { path, keep: false })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.keep
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            eprintln!("folkmoot: could not remove {}: {error}", self.path.display());
        }
    }
}
