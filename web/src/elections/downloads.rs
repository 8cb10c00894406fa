//! What machines and people fetch at stable addresses: tiles of the log, hashes of the booth, the quorum certificate, the
//! announcement, the record, the recount kit.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use folkmoot_ballot::receipt::tiles::{Tile, WIDTH, entry_bundle};
use folkmoot_store::Conn;
use folkmoot_store::elections::{Election, ballot_box, results as records, roll, running, trustees};

use super::results;
use super::routes::find;
use super::settings::ElectionSettings;
use super::{booth, close, decisions, recount, result_page};
use crate::error::{AppError, AppResult};
use crate::http::when::when;
use crate::http::{Ctx, PageResult, assets};
use crate::routes::{Access, Route};

/// Makes a text about an election; the last argument is the public address of the site.
pub(super) type Make = fn(&mut Conn, &Election, &str) -> AppResult<String>;

/// Routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/elections/{election}/tile/{path:.*}", Access::Public, tile),
        Route::get("/elections/{election}/booth-hashes.txt", Access::Public, booth_hashes),
        Route::get("/elections/{election}/quorum.txt", Access::Public, quorum),
        Route::get("/elections/{election}/announcement.txt", Access::Public, public_announcement),
        Route::get("/elections/{election}/record.txt", Access::Public, public_record),
        Route::get("/elections/{election}/recount-kit.tar", Access::Public, kit),
    ]
}

fn plain(text: impl Into<String>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(text.into())
}

/// A number in elements of three digits, all but the last with an `x` before it (C2SP `tlog-tiles`).
fn path_number(elements: &[&str]) -> Option<u64> {
    let (last, before) = elements.split_last()?;
    let three =
        |t: &str| if t.len() == 3 && t.bytes().all(|b| b.is_ascii_digit()) { t.parse().ok() } else { None };
    let mut number = 0_u64;
    for element in before {
        let part: u64 = three(element.strip_prefix('x')?)?;
        number = number.checked_mul(1000)?.checked_add(part)?;
    }
    number.checked_mul(1000)?.checked_add(three(last)?)
}

/// What `tile/…` names: entries or hashes. Only the one spelling of each is accepted.
fn parse_tile(path: &str) -> Option<(bool, Tile)> {
    let (level, rest) = path.split_once('/')?;
    let (number, width) = match rest.split_once(".p/") {
        Some((number, width)) => {
            (number, width.parse::<u16>().ok().filter(|w| u64::from(*w) < WIDTH && *w > 0)?)
        }
        None => (rest, u16::try_from(WIDTH).ok()?),
    };
    let index = path_number(&number.split('/').collect::<Vec<_>>())?;
    let (entries, level) = match level {
        "entries" => (true, 0),
        other => (false, other.parse::<u8>().ok().filter(|l| *l < 8)?),
    };
    let tile = Tile { level, index, width };
    let spelled = if entries { tile.entries_path()? } else { tile.to_string() };
    (spelled == format!("tile/{path}")).then_some((entries, tile))
}

async fn tile(ctx: Ctx, path: web::Path<(String, String)>) -> PageResult {
    let (slug, path) = path.into_inner();
    let election = find(ctx.app(), slug).await?;
    let (entries, tile) = parse_tile(&path).ok_or_else(AppError::not_found)?;
    if election.election_json.is_none() {
        return Err(AppError::not_found());
    }
    let held = ctx.app().boxes().get(ctx.app(), &election).await?;
    let bytes = ctx
        .app()
        .read(move |conn| {
            let state = ballot_box::log_state(conn, election.id)?.ok_or_else(AppError::not_found)?;
            let size = election.public_height.map_or(state.size, |h| state.size.min(h + 1));
            let size = u64::try_from(size).map_err(AppError::internal)?;
            // Nothing beyond what the public sees, at any level.
            let covered = size >> (8 * u32::from(tile.level));
            let first = tile.index.checked_mul(WIDTH).ok_or_else(AppError::not_found)?;
            if first.checked_add(u64::from(tile.width)).is_none_or(|end| end > covered) {
                return Err(AppError::not_found());
            }
            if !entries {
                return held.log.tile(conn, &election, tile);
            }
            let from = i64::try_from(first).map_err(AppError::internal)?;
            let events = ballot_box::events(conn, election.id, from, i64::from(tile.width))?;
            let texts: Vec<&[u8]> = events.iter().map(|e| e.event_json.as_bytes()).collect();
            entry_bundle(&texts).map_err(AppError::internal)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/octet-stream"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(bytes))
}

/// SHA-256 of every file of the booth, as `sha256sum` prints them.
async fn booth_hashes(ctx: Ctx, path: web::Path<String>) -> PageResult {
    find(ctx.app(), path.into_inner()).await?;
    let mut names: Vec<&str> = assets::names().filter(|n| n.starts_with("booth/")).collect();
    names.sort_unstable();
    let mut text = String::new();
    for name in names {
        if let Some(bytes) = assets::file(name) {
            let hash = folkmoot_ballot::hash::Hash::of(bytes).hex();
            text.push_str(&format!("{hash}  {}\n", assets::asset(name).trim_start_matches('/')));
        }
    }
    Ok(plain(text))
}

async fn quorum(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let election = find(ctx.app(), path.into_inner()).await?;
    let found = ctx.app().read(move |c| Ok(records::quorum_certificate(c, election.id)?)).await?;
    Ok(plain(found.ok_or_else(AppError::not_found)?.1))
}

async fn public_announcement(ctx: Ctx, path: web::Path<String>) -> PageResult {
    published(&ctx, path.into_inner(), announcement).await
}

async fn public_record(ctx: Ctx, path: web::Path<String>) -> PageResult {
    published(&ctx, path.into_inner(), record).await
}

async fn published(ctx: &Ctx, slug: String, make: Make) -> PageResult {
    let election = find(ctx.app(), slug).await?;
    if !results::is_public(&election) {
        return Err(AppError::not_found());
    }
    let url = ctx.app().config().public_url.trim_end_matches('/').to_owned();
    Ok(plain(ctx.app().read(move |c| make(c, &election, &url)).await?))
}

async fn kit(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let election = find(ctx.app(), path.into_inner()).await?;
    if !results::is_public(&election) {
        return Err(AppError::not_found());
    }
    recount::download(ctx.app(), election).await
}

fn settings(election: &Election) -> AppResult<ElectionSettings> {
    serde_json::from_str(&election.settings).map_err(AppError::internal)
}

/// The announcement, ready to be sent: who is elected, the numbers, how to verify.
pub(super) fn announcement(conn: &mut Conn, election: &Election, url: &str) -> AppResult<String> {
    let settings = settings(election)?;
    let reading = close::quorum(conn, election, &settings)?.reading;
    let mut out = format!("{}\n{}\n\n", election.title, "=".repeat(election.title.chars().count()));
    let stored = results::stored(conn, election.id)?;
    if stored.is_empty() {
        return Err(AppError::conflict("There is no result to announce yet."));
    }
    for decision in &stored {
        out.push_str(&format!("{}: {}\n", decision.title, decision.headline));
    }
    let quorum =
        if reading.needed == 0 { String::new() } else { format!(" The quorum was {}.", reading.needed) };
    out.push_str(&format!(
        "\n{} of {} people on the roll voted ({}).{quorum}\n",
        reading.counted,
        reading.base,
        percent(reading.counted, reading.base)
    ));
    for decision in &stored {
        out.push_str(&format!("\n{}\n", decision.title));
        for row in &decision.rows {
            let votes = row.votes.map(|v| format!("{v:>7}  ")).unwrap_or_default();
            out.push_str(&format!("{votes}{}{}\n", row.name, if row.won { "  *" } else { "" }));
        }
    }
    out.push_str(&format!(
        "\nThe result with every step, the whole ballot box and everything needed for a recount:\n{url}/elections/{}\n",
        election.slug
    ));
    Ok(out)
}

/// So many of so many with one digit after the point, half up.
fn percent(part: u64, of: u64) -> String {
    let per_mille =
        (part.saturating_mul(2000).saturating_add(of)).checked_div(of.saturating_mul(2)).unwrap_or(0);
    format!("{}.{}%", per_mille / 10, per_mille % 10)
}

/// The record of an election: schedule, configuration, roll, votes, decisions, steps; in the manner of a PEP.
pub(super) fn record(conn: &mut Conn, election: &Election, url: &str) -> AppResult<String> {
    let settings = settings(election)?;
    let mut out = announcement(conn, election, url)?;
    let heading = |out: &mut String, text: &str| {
        out.push_str(&format!("\n{text}\n{}\n\n", "-".repeat(text.chars().count())));
    };
    heading(&mut out, "Schedule");
    let instants = [
        ("Record date", election.record_at),
        ("Voting began", election.opens_at),
        ("Voting ended", election.closes_at),
        ("Announced", election.publish_at),
    ];
    for (name, at) in instants.into_iter().filter_map(|(n, at)| Some((n, at?))) {
        out.push_str(&format!("{name}: {}\n", when(at)));
    }
    heading(&mut out, "Configuration");
    out.push_str(&format!("UUID: {}\n", election.uuid));
    out.push_str(&format!("Fingerprint: {}\n", election.election_hash.as_deref().unwrap_or("-")));
    out.push_str(&format!("Group: {}\n", settings.group));
    out.push_str(&format!("Quorum: {}\n", folkmoot_governance::Explain::sentence(&settings.quorum)));
    for q in &settings.questions {
        out.push_str(&format!("{}: {}\n", q.title, booth::method(q)));
        if let Some(limit) = super::seating::limit_words(q) {
            out.push_str(&format!("{limit}\n"));
        }
    }
    let names: Vec<String> = trustees::all(conn, election.id)?.into_iter().map(|t| t.name).collect();
    let needed = if settings.threshold == 0 { "all".into() } else { settings.threshold.to_string() };
    out.push_str(&format!("Trustees ({needed} needed): {}\n", names.join(", ")));
    heading(&mut out, "Roll");
    out.push_str(&format!("{} entries\n", roll::count(conn, election.id)?));
    for s in roll::snapshots(conn, election.id)? {
        out.push_str(&format!(
            "Version {}: {} entries, SHA-256 {}, {}\n",
            s.version,
            s.entries,
            s.list_hash,
            when(s.frozen_at)
        ));
    }
    let all = running::decisions(conn, election.id)?;
    if all.iter().any(|d| d.public) {
        heading(&mut out, "Decisions");
        for d in all.iter().filter(|d| d.public) {
            out.push_str(&format!("{}: {}. {}\n", when(d.at), decisions::words(&d.kind), d.reason));
        }
    }
    heading(&mut out, "Count");
    for decision in results::stored(conn, election.id)? {
        out.push_str(&format!("{}\n", decision.title));
        for (place, step) in decision.steps.iter().enumerate() {
            out.push_str(&format!("{:>3}. {step}\n", place + 1));
        }
        out.push('\n');
    }
    let lot = result_page::lot(conn, election, &settings)?;
    if !lot.is_empty() {
        heading(&mut out, "Lot");
        out.push_str(&lot.join("\n"));
        out.push('\n');
    }
    if let Some((_, note)) = records::quorum_certificate(conn, election.id)? {
        heading(&mut out, "Quorum certificate");
        out.push_str(&note);
    }
    Ok(out)
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn tiles_have_one_spelling() {
        let index = |p: &str| parse_tile(p).map(|(e, t)| (e, t.level, t.index, t.width));
        assert_eq!(index("0/000"), Some((false, 0, 0, 256)));
        assert_eq!(index("1/x001/x234/067.p/9"), Some((false, 1, 1_234_067, 9)));
        assert_eq!(index("entries/002.p/1"), Some((true, 0, 2, 1)));
        for wrong in [
            "0/0",
            "00/000",
            "0/000.p/0",
            "0/000.p/256",
            "9/000",
            "0/x000/001",
            "0/-01",
            "0/000.p/07",
            "x",
            "",
        ] {
            assert_eq!(index(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn shares_are_rounded_half_up() {
        assert_eq!(percent(578, 1459), "39.6%");
        assert_eq!(percent(1, 8), "12.5%");
        assert_eq!(percent(1, 2000), "0.1%");
        assert_eq!(percent(0, 0), "0.0%");
    }
}
