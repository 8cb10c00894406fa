//! An election that is open, left in a folder with everything its voters would send: what tests under load work with.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use clap::Args;
use folkmoot_ballot::group::Group;
use folkmoot_store::elections::{self, Instants};
use serde_json::json;

use super::plans::Plan;
use super::{Replay, seal, set_up, told};
use crate::app::App;
use crate::error::AppError;

/// Arguments for preparing only.
#[derive(Debug, Args)]
pub(super) struct Prepare {
    /// Only prepare: leave the open election in this folder, and in casts.json what its voters would send
    #[arg(long = "prepare", value_name = "DIR", conflicts_with_all = ["out", "serve"])]
    pub folder: Option<PathBuf>,
    /// With --prepare: the database, instead of one in the folder
    #[arg(long, value_name = "URL", default_value = "", requires = "folder")]
    pub database: String,
    /// With --prepare: how many voters have sealed ballots (and at least so many are on the roll)
    #[arg(long, value_name = "N", requires = "folder")]
    voters: Option<usize>,
    /// With --prepare: how many different ballots each voter has sealed
    #[arg(long, value_name = "N", default_value_t = 1, requires = "folder")]
    ballots_each: usize,
    /// With --prepare: voting ends so many seconds after the preparation
    #[arg(long, value_name = "SECONDS", requires = "folder")]
    closes_in: Option<i64>,
}

impl Prepare {
    /// As many voters as asked for.
    pub fn enlarge(&self, plan: &mut Plan) {
        if let Some(voters) = self.voters {
            plan.roll = plan.roll.max(voters);
            let published = plan.ballots.clone();
            plan.ballots = published.into_iter().cycle().take(voters).collect();
        }
    }
}

impl Replay {
    /// Opens the election and writes `casts.json`: address of the server, path of the election, the key that verifies its
    /// receipts, its end, and for each voter cookie, proof of the form and sealed ballots. Whoever has the file can vote for
    /// these invented people, and for nobody else.
    pub(super) fn prepare<G: Group>(&self, app: &App, plan: &Plan, folder: &Path) -> anyhow::Result<()> {
        let (made, _, codes) = set_up::<G>(app, plan, None)?;
        let begun = std::time::Instant::now();
        let mut rounds = Vec::with_capacity(self.prepare.ballots_each);
        for _ in 0..self.prepare.ballots_each {
            rounds.push(seal::<G>(app, &made, &codes)?);
        }
        let url = format!("/elections/{}", plan.slug);
        let mut voters = Vec::new();
        for (place, client) in made.voters(app, plan.ballots.len())?.iter().enumerate() {
            let ballots: Vec<&String> = rounds.iter().filter_map(|round| round.get(place)).collect();
            voters.push(
                json!({ "cookie": client.cookie(), "csrf": client.booth_proof(&url)?, "ballots": ballots }),
            );
        }
        let election = app.store().read(|c| Ok::<_, AppError>(elections::by_id(c, made.election)?))?;
        let closes =
            self.prepare.closes_in.map(|s| app.now().plus(TimeDelta::seconds(s))).or(election.closes_at);
        let instants = Instants {
            record_at: election.record_at,
            opens_at: election.opens_at,
            closes_at: closes,
            publish_at: closes.map(|at| at.plus(TimeDelta::days(2))),
        };
        app.store().write(|c| Ok::<_, AppError>(elections::put_instants(c, election.id, instants)?))?;
        let held = app.boxes().get_now(app, &election)?;
        let casts = json!({
            "url": app.config().public_url, "election": url, "uuid": election.uuid, "verifier": held.log.verifier(),
            "closes_at": closes.map(|at| at.to_string()), "voters": voters,
        });
        fs::write(folder.join("casts.json"), casts.to_string())?;
        told(
            begun,
            &format!("{} ballots sealed; {} is ready", voters.len() * rounds.len(), folder.display()),
        );
        Ok(())
    }
}
