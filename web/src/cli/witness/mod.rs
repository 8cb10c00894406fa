//! `folkmoot witness`: signs the checkpoints of ballot boxes for others, when each extends all that was seen before.
//!
//! Speaks the C2SP `tlog-witness` protocol: `POST /add-checkpoint`. Whoever runs it needs no account with the site that it
//! watches, only the keys of its ballot boxes.

mod protocol;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Context;
use clap::Args;
use folkmoot_ballot::receipt::{KeyKind, SigningKey, VerifierKey};

use crate::elections::setup;

pub use protocol::{Answer, Witness};

/// Arguments of `witness`.
#[derive(Debug, Args)]
pub struct WitnessCommand {
    /// Name of this witness, usually its host name
    #[arg(long)]
    name: String,
    /// Folder for its key and for what it has seen; made when it is missing
    #[arg(long, value_name = "FOLDER")]
    state: PathBuf,
    /// Key of a ballot box, as the election's description prints it; several times for several
    #[arg(long = "log", value_name = "KEY", required = true)]
    logs: Vec<String>,
    /// Address to listen at; put a reverse proxy with TLS before it
    #[arg(long, default_value = "127.0.0.1:8091", value_name = "ADDRESS:PORT")]
    listen: String,
}

impl WitnessCommand {
    /// Serves until it is stopped.
    ///
    /// # Errors
    /// One sentence when key, folder or address cannot be used.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let logs = self
            .logs
            .iter()
            .map(|k| VerifierKey::parse(k).with_context(|| format!("{k} is no key of a ballot box")));
        let witness = Witness::new(self.key()?, logs.collect::<anyhow::Result<_>>()?, self.state.clone());
        println!("Give this key to the sites whose ballot boxes it watches:\n\n  {}\n", witness.verifier());
        let shared = web::Data::from(Arc::new(witness));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(web::PayloadConfig::new(protocol::MOST))
                .route("/add-checkpoint", web::post().to(add_checkpoint))
        });
        let bound = server.workers(1).bind(&self.listen);
        let bound =
            bound.with_context(|| format!("cannot listen at {}; choose another --listen", self.listen))?;
        actix_web::rt::System::new().block_on(bound.run())?;
        Ok(ExitCode::SUCCESS)
    }

    /// The key in the folder; a new one when there is none.
    fn key(&self) -> anyhow::Result<SigningKey> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let path = self.state.join("key");
        std::fs::create_dir_all(&self.state)
            .with_context(|| format!("cannot make the folder {}", self.state.display()))?;
        if path.exists() {
            let text =
                std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let key = SigningKey::parse(text.trim())?;
            anyhow::ensure!(
                key.verifier().name() == self.name && key.verifier().kind() == KeyKind::Witness,
                "the key in {} belongs to {}; use that name or another folder",
                self.state.display(),
                key.verifier().name()
            );
            return Ok(key);
        }
        let key = SigningKey::generate(&self.name, KeyKind::Witness, &mut setup::generator())?;
        let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = file.with_context(|| format!("cannot write {}", path.display()))?;
        writeln!(file, "{}", *key.to_secret_text())?;
        file.sync_all()?;
        Ok(key)
    }
}

async fn add_checkpoint(witness: web::Data<Witness>, body: String) -> HttpResponse {
    let time = u64::try_from(chrono::Utc::now().timestamp()).unwrap_or(0);
    let answered = web::block(move || witness.add_checkpoint(&body, time)).await;
    match answered {
        Ok(Ok(answer)) => {
            HttpResponse::build(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_REQUEST))
                .content_type(answer.kind)
                .body(answer.body)
        }
        // Nothing is signed that could not be kept.
        Ok(Err(error)) => {
            eprintln!("a checkpoint could not be kept: {error:#}");
            HttpResponse::InternalServerError().finish()
        }
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}
