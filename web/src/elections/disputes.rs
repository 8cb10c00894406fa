//! "This looks wrong": a report about a ballot goes to the officers and the trustees, with what the ballot box said then.

use actix_web::web;
use folkmoot_store::accounts::{self, Role};
use folkmoot_store::elections::{Election, ballot_box, results, trustees};
use folkmoot_store::rate::{self, Rate};
use folkmoot_store::{Conn, PersonId, Utc};

use super::routes::find;
use crate::app::App;
use crate::error::{AppError, AppResult, Kind};
use crate::http::flash::Flash;
use crate::http::{Check, Ctx, Form, PageResult};
use crate::mail::{self, Recipient};
use crate::routes::{Access, Route};

/// Longest report, in characters.
const LENGTH: usize = 2_000;

/// Reports from one network: five at once, then one every ten minutes.
const LIMIT: Rate = Rate { capacity: 5.0, refill_seconds: 600.0 };

/// Routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![Route::post("/elections/{election}/disputes", Access::Public, open)]
}

crate::mail! {
    /// To officers and trustees: somebody reports a wrong ballot.
    pub struct DisputeOpened {
        /// Preferred name.
        name: String,
        /// Title of the election.
        title: String,
        /// Number of the report.
        reference: String,
        /// Tracker as the voter has it.
        tracker: String,
        /// What the ballot box says about it.
        found: String,
        /// The report.
        text: String,
        /// Where it is answered.
        link: String,
    }
    message "dispute_opened", kind Legal, secret false,
    subject "mail/dispute_opened/subject.txt",
    text "mail/dispute_opened/body.txt",
    html "mail/dispute_opened/body.html"
}

async fn open(ctx: Ctx, path: web::Path<String>, form: Form) -> PageResult {
    let election = find(ctx.app(), path.into_inner()).await?;
    if election.election_json.is_none() {
        return Err(AppError::not_found());
    }
    let back = format!("/elections/{}/check", election.slug);
    let form = form.only(&["tracker", "message"])?;
    let mut check = Check::new(&form);
    let tracker = check.optional_text("tracker", 80);
    let message = check.text("message", LENGTH, "Say what looks wrong.");
    let (Some(tracker), Some(message)) = (tracker, message) else {
        return Ok(ctx.redirect_with(&back, &Flash::bad(check.errors().to_string())));
    };
    let (name, now) = (format!("dispute {}", ctx.network()), ctx.now());
    if let Err(seconds) = ctx.app().write(move |c| Ok(rate::take(c, &name, LIMIT, now)?)).await? {
        return Err(AppError::new(Kind::TooMany(seconds)));
    }
    let app = ctx.app().clone();
    let reference = ctx.app().write(move |conn| file(conn, &app, &election, &tracker, &message, now)).await?;
    let text =
        format!("Your report has arrived. Its number is {reference}. The officers and the trustees read it.");
    Ok(ctx.redirect_with(&back, &Flash::good(text)))
}

fn file(
    conn: &mut Conn,
    app: &App,
    election: &Election,
    tracker: &str,
    message: &str,
    now: Utc,
) -> AppResult<String> {
    let bytes: [u8; 5] = app.random()?;
    let reference = folkmoot_ballot::hash::hex(&bytes).to_uppercase();
    let clean: String = tracker.chars().filter(|c| !c.is_whitespace()).collect();
    let found = standing(conn, election, &clean)?;
    let text = format!("{message}\n\nThe ballot box then: {found}");
    results::insert_dispute(conn, election.id, &reference, &clean, &text, now.datetime().date_naive())?;
    for person in readers(conn, election, now)? {
        let Some(address) = accounts::mail_address_of(conn, person)? else { continue };
        let message = DisputeOpened {
            name: accounts::person(conn, person)?.preferred_name,
            title: election.title.clone(),
            reference: reference.clone(),
            tracker: clean.clone(),
            found: found.clone(),
            text: message.to_owned(),
            link: app.link(&format!("/elections/{}", election.slug)),
        };
        mail::queue(conn, app, &Recipient::person(person, address), &message, now)?;
    }
    Ok(reference)
}

/// What the ballot box says about a tracker, with its size, so that the report can be judged later.
fn standing(conn: &mut Conn, election: &Election, tracker: &str) -> AppResult<String> {
    let size = ballot_box::log_state(conn, election.id)?.map_or(0, |s| s.size);
    let size = election.public_height.map_or(size, |h| size.min(h + 1));
    let word = match ballot_box::ballot_by_tracker(conn, election.id, tracker)? {
        None => "no ballot with this tracker".to_owned(),
        Some(found) => {
            let all = ballot_box::ballots_of(conn, election.id, &found.credential)?;
            let last = all.last().is_some_and(|b| b.tracker == found.tracker);
            format!(
                "entry {}, {}",
                found.height,
                if last { "it counts" } else { "replaced by a later ballot" }
            )
        }
    };
    Ok(format!("{word}; {size} entries signed"))
}

fn readers(conn: &mut Conn, election: &Election, now: Utc) -> AppResult<Vec<PersonId>> {
    let mut all: Vec<PersonId> =
        trustees::all(conn, election.id)?.into_iter().filter_map(|t| t.person_id).collect();
    for role in [Role::ReturnsOfficer, Role::SecondOfficer] {
        all.extend(accounts::holders_of(conn, role, now)?);
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}
