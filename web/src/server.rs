//! Starting and stopping: log, database, keys, then the HTTP server.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpServer;
use anyhow::Context;
use folkmoot_store::{Options, Store};

use crate::app::App;
use crate::chance::{Chance, SystemChance};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Log, LogFormat};
use crate::jobs::Workers;
use crate::keys::Keys;

/// Sends log lines to standard error.
///
/// # Errors
/// When the filter cannot be understood.
pub fn start_log(log: &Log) -> anyhow::Result<()> {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_new(&log.filter)
        .with_context(|| format!("in [log], the filter {:?} cannot be understood", log.filter))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let result = match log.format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => lines.compact().try_init(),
    };
    // A second call in one process (tests) keeps the first log.
    drop(result);
    Ok(())
}

/// Opens database and keys as the settings say.
///
/// # Errors
/// One sentence for everything a newcomer can get wrong.
pub fn open(config: Config) -> anyhow::Result<App> {
    open_with(config, Arc::new(SystemClock))
}

/// As [`open`], with another clock.
///
/// # Errors
/// As [`open`].
pub fn open_with(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<App> {
    make_folder(&config.data_folder)?;
    let chance: Arc<dyn Chance> = Arc::new(SystemChance);
    let keys = Keys::open(&config.key_path(), chance.as_ref())?;
    let store = Store::open(&config.database(), &Options::default())?;
    Ok(App::new(config, store, clock, chance, keys)?)
}

/// Makes the data folder and sees whether files can be made in it.
///
/// # Errors
/// One sentence naming the folder.
pub fn make_folder(folder: &Path) -> anyhow::Result<()> {
    let probe = folder.join(format!(".probe-{}", std::process::id()));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&probe, b""))
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|e| {
            anyhow::anyhow!(
                "cannot write in the data folder {}: {}; choose another one, or give this user the right to write there",
                folder.display(),
                said(&e)
            )
        })
}

/// The system's words without the error's number.
pub(crate) fn said(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// Binds the address the settings name, so that a port in use is reported before anything else happens.
///
/// # Errors
/// One sentence naming the address.
pub fn bind(config: &Config) -> anyhow::Result<TcpListener> {
    listen(&config.listen, "another address with FOLKMOOT_LISTEN")
}

/// Listens on `address`. `choose` completes "stop it, or choose …" when it is in use.
///
/// # Errors
/// One sentence naming the address.
pub fn listen(address: &str, choose: &str) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).map_err(|e| match e.kind() {
        std::io::ErrorKind::AddrInUse => {
            anyhow::anyhow!("{address} is in use by another program; stop it, or choose {choose}")
        }
        std::io::ErrorKind::InvalidInput => {
            anyhow::anyhow!("{address:?} is no address to listen on; write it like 127.0.0.1:8080")
        }
        _ => anyhow::anyhow!("cannot listen on {address}: {}; choose {choose}", said(&e)),
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// The application as actix runs it; the same for the server and for tests.
#[macro_export]
macro_rules! actix_app {
    ($app:expr) => {
        actix_web::App::new()
            .app_data(actix_web::web::Data::new($app))
            .wrap(actix_web::middleware::from_fn($crate::http::edge::layer))
            .configure($crate::routes::configure)
    };
}

/// Reads the organisation's settings again now and then, for changes made through another process.
async fn follow_settings(app: App) {
    loop {
        tokio::time::sleep(Duration::from_secs(30)).await;
        let again = app.clone();
        if let Ok(Err(error)) = app.blocking(move || again.reload_organisation()).await {
            tracing::warn!(%error, "the organisation's settings could not be read");
        }
    }
}

/// Serves until the process is told to stop, then finishes the requests at hand.
///
/// # Errors
/// When the server cannot start.
pub fn run(app: App, listener: TcpListener) -> anyhow::Result<()> {
    let http = app.config().http.clone();
    let workers = if app.config().work_inside { Some(Workers::start(&app)?) } else { None };
    let shared = app;
    actix_web::rt::System::new().block_on(async move {
        actix_web::rt::spawn(follow_settings(shared.clone()));
        HttpServer::new(move || crate::actix_app!(shared.clone()))
            .workers(http.workers)
            .max_connections(http.max_connections)
            .client_request_timeout(Duration::from_secs(http.head_seconds))
            .keep_alive(Duration::from_secs(http.keep_alive_seconds))
            .shutdown_timeout(20)
            .listen(listener)?
            .run()
            .await
    })?;
    if let Some(workers) = workers {
        workers.stop();
    }
    Ok(())
}
