//! Mails to reviewers who have not voted: when the review begins, and seven and two days before it ends.

use chrono::TimeDelta;
use folkmoot_store::awards::rounds::{self, Round, RoundState};
use folkmoot_store::{Conn, Utc, accounts};
use serde::{Deserialize, Serialize};

use super::board::{members_on, waiting_for};
use super::mail::AwardReviewDue;
use super::programme::Award;
use crate::app::App;
use crate::error::AppResult;
use crate::jobs::Job;
use crate::mail::{self, Recipient};

/// Looks for reviewers who have not voted.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemindReviewers {}

impl Job for RemindReviewers {
    const KIND: &'static str = "awards.remind";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let now = app.now();
        for award in app.store().read(Award::all)? {
            let rounds =
                app.store().read(|c| Ok::<_, crate::AppError>(rounds::of_programme(c, award.row.id)?))?;
            for round in rounds.into_iter().filter(|r| r.state == RoundState::Review && r.takes_votes(now)) {
                app.store().write(|c| remind(c, app, &award, &round, now))?;
            }
        }
        Ok(())
    }
}

/// Which mail is due: its name in the table of those sent.
fn notice(round: &Round, now: Utc) -> &'static str {
    match round.review_until.map(|end| end.since(now)) {
        Some(left) if left <= TimeDelta::days(2) => "two days",
        Some(left) if left <= TimeDelta::days(7) => "seven days",
        _ => "review",
    }
}

fn remind(conn: &mut Conn, app: &App, award: &Award, round: &Round, now: Utc) -> AppResult<()> {
    let today = now.datetime().date_naive();
    for member in members_on(conn, award.body.id, today)? {
        let waiting = waiting_for(conn, award, member.person_id, now)?;
        let count = waiting.iter().find(|(r, _)| r.id == round.id).map_or(0, |(_, ids)| ids.len());
        let Some(address) = accounts::mail_address_of(conn, member.person_id)? else { continue };
        if count == 0 || !rounds::note_notice(conn, round.id, member.person_id, notice(round, now), now)? {
            continue;
        }
        let message = AwardReviewDue {
            name: accounts::person(conn, member.person_id)?.preferred_name,
            award: award.row.name.clone(),
            round: round.label.clone(),
            count,
            until: round.review_until.map(|at| app.when(at)).unwrap_or_default(),
            link: app.link(&format!("/awards/review/{}", award.row.slug)),
        };
        mail::queue(conn, app, &Recipient::person(member.person_id, address), &message, now)?;
    }
    Ok(())
}
