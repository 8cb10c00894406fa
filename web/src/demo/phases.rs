//! Runs the phases one after the other, behind the pages.

use std::sync::Arc;

use folkmoot_store::organisation;

use super::state::{Progress, Stopped};
use super::{
    Demo, Mark, Phase, SETTING, Seed, awards, bodies, elections, memberships, nominations, payments, people,
    preparation, reports, requests,
};
use crate::app::App;

/// Runs every phase, then marks the database as complete. A phase that fails is logged and shown; the later ones, which
/// build on it, are not begun.
pub async fn run(app: App, demo: Arc<Demo>) {
    for phase in Phase::ALL {
        demo.set(*phase, Progress::Running(0));
        let seed = Seed { app: app.clone(), demo: demo.clone(), phase: *phase };
        let outcome = match phase {
            Phase::People => people::seed(&seed).await,
            Phase::Elections => elections::seed(&seed).await,
            Phase::Bodies => bodies::seed(&seed).await,
            Phase::Memberships => memberships::seed(&seed).await,
            Phase::Payments => payments::seed(&seed).await,
            Phase::Requests => requests::seed(&seed).await,
            Phase::Awards => awards::seed(&seed).await,
            Phase::Preparation => preparation::seed(&seed).await,
            Phase::Reports => reports::seed(&seed).await,
            Phase::Nominations => nominations::seed(&seed).await,
        };
        match outcome {
            Ok(()) => demo.set(*phase, Progress::Done),
            Err(error) if error.is::<Stopped>() => return,
            Err(error) => {
                tracing::error!(
                    phase = phase.words(),
                    error = format!("{error:#}"),
                    "a phase of the demo failed"
                );
                demo.set(*phase, Progress::Failed);
                return;
            }
        }
    }
    let mark = Mark { seed: demo.seed(), people: demo.people(), complete: true };
    let now = app.now();
    if let Err(error) = app.write(move |c| Ok(organisation::put_setting(c, SETTING, &mark, now)?)).await {
        tracing::error!(%error, "the demo could not be marked as complete");
    }
}
