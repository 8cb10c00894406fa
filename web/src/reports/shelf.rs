//! Which reports there are: those that come with the program, and those that staff saved.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use folkmoot_reports::{DataSource, Declaration, Run, script_hash, standard};
use folkmoot_store::accounts::Role;
use folkmoot_store::reports::{self as table, Report, ReportState};
use folkmoot_store::{Conn, PublicId, Utc};

use super::source::Source;
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::Ctx;
use crate::http::session::Actor;

/// A script that can be run.
#[derive(Debug, Clone)]
pub(super) struct Text {
    /// Name of a report that comes with the program, public id of a saved one, or nothing.
    pub(super) source: String,
    pub(super) title: String,
    pub(super) script: String,
    pub(super) script_hash: String,
    /// Version of a saved report.
    pub(super) version: Option<i64>,
    /// It asks for personal columns.
    pub(super) is_personal: bool,
    /// The saved report.
    pub(super) saved: Option<Report>,
}

/// Whether somebody writes reports, and so sees drafts.
pub(super) fn writes(actor: &Actor) -> bool {
    may(actor, Action::WriteReports, Subject::Site).is_ok()
}

/// The report at an address: the published version, or for those who write reports the newest of one that is not published.
///
/// # Errors
/// `NotFound`; a database error.
pub(super) fn find(conn: &mut Conn, name: &str, writes: bool) -> AppResult<Text> {
    if let Some(report) = standard::find(name) {
        return Ok(Text {
            source: report.name.to_owned(),
            title: report.title.to_owned(),
            script: report.script.to_owned(),
            script_hash: script_hash(report.script),
            version: None,
            is_personal: false,
            saved: None,
        });
    }
    let report = saved(conn, name)?;
    let number = match (report.state, report.published) {
        (ReportState::Published, Some(number)) => number,
        _ if writes => report.published.unwrap_or(report.versions),
        _ => return Err(AppError::not_found()),
    };
    let version = table::version(conn, report.id, number)?;
    Ok(Text {
        source: report.public_id.as_str().to_owned(),
        title: report.title.clone(),
        script: version.script,
        script_hash: version.script_hash,
        version: Some(number),
        is_personal: version.is_personal,
        saved: Some(report),
    })
}

/// A saved report at an address.
///
/// # Errors
/// `NotFound`; a database error.
pub(super) fn saved(conn: &mut Conn, name: &str) -> AppResult<Report> {
    let id = PublicId::parse(name).ok_or_else(AppError::not_found)?;
    Ok(table::by_public_id(conn, &id)?)
}

/// Why holders of these roles may run a text with personal data; `None` when they may not.
///
/// # Errors
/// A database error.
pub(super) fn grant_for(
    conn: &mut Conn,
    source: &str,
    script_hash: &str,
    roles: &[Role],
    now: Utc,
) -> AppResult<Option<String>> {
    let Some(id) = PublicId::parse(source) else { return Ok(None) };
    let report = table::by_public_id(conn, &id)?;
    let grants = table::grants(conn, report.id)?;
    let fits =
        |g: &&table::ReportGrant| g.stands(now) && g.script_hash == script_hash && roles.contains(&g.role);
    Ok(grants.iter().find(fits).map(|g| g.reason.clone()))
}

/// Reads what a script declares.
///
/// # Errors
/// No process for reports could be had.
pub(super) async fn check(ctx: &Ctx, script: &str) -> AppResult<Run> {
    let runner = super::runner(ctx.app().config()).map_err(AppError::internal)?;
    let script = script.to_owned();
    ctx.app().blocking(move || runner.check(&script)).await?.map_err(AppError::internal)
}

/// What the reports of the program declare, read once.
static DECLARED: LazyLock<Mutex<HashMap<String, Declaration>>> = LazyLock::new(Mutex::default);

/// What a report declares.
///
/// # Errors
/// No process for reports could be had; a database error.
pub(super) async fn declaration(ctx: &Ctx, text: &Text) -> AppResult<Declaration> {
    if let (Some(report), Some(number)) = (&text.saved, text.version) {
        let id = report.id;
        return ctx.app().read(move |c| Ok(table::version(c, id, number)?.declaration.parse()?)).await;
    }
    let known = DECLARED.lock().unwrap_or_else(PoisonError::into_inner).get(&text.script_hash).cloned();
    if let Some(declaration) = known {
        return Ok(declaration);
    }
    let run = check(ctx, &text.script).await?;
    let declaration =
        run.declaration.ok_or_else(|| AppError::internal("a report of the program declares nothing"))?;
    DECLARED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(text.script_hash.clone(), declaration.clone());
    Ok(declaration)
}

/// Elections for a form, the latest first.
///
/// # Errors
/// A database error.
pub(super) async fn elections(ctx: &Ctx) -> AppResult<Vec<(String, String)>> {
    let now = ctx.now();
    ctx.app().read(move |c| Source::new(c, now).elections().map_err(AppError::internal)).await
}
