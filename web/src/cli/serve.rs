//! `folkmoot serve`.

use std::process::ExitCode;

use clap::Args;

use super::Settings;
use crate::server;
use crate::site::set_up;

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    settings: Settings,
}

impl Serve {
    /// Serves until told to stop.
    ///
    /// # Errors
    /// One sentence when something prevents the start.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let config = self.settings.load()?;
        server::start_log(&config.log)?;
        let listener = server::bind(&config)?;
        let app = server::open(config)?;
        let config = app.config();
        tracing::info!(listen = %config.listen, public_url = %config.public_url, "serving");
        if let Some(link) = set_up::announce(&app)? {
            println!("This site has no administrators yet. Open this address to set it up:\n\n  {link}\n");
        }
        server::run(app, listener)?;
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    }
}
