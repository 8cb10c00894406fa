//! Personal columns: one person proposes that holders of a role may run exactly this text, another one agrees
//! (requirement REP-02).

use folkmoot_reports::{Declaration, dataset};
use folkmoot_store::accounts::Role;
use folkmoot_store::reports::{self as table, NewReportGrant, Report, ReportVersion};
use folkmoot_store::{Conn, PublicId, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{pages, shelf};
use crate::app::App;
use crate::approvals::{self, Approvable, By, Consent};
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{day, parse_day, start_of};
use crate::http::{Check, Ctx, Form, PageResult};
use crate::roles::heading;

/// Longest grant, in days.
const LONGEST: i64 = 366;

/// Lets holders of a role run one version of a report with personal data, and publishes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApproveReport {
    /// Which report.
    pub report: PublicId,
    /// Which version.
    pub version: i64,
    /// SHA-256 of its text in hex: a changed text needs a new agreement.
    pub script_hash: String,
    /// Who may run it.
    pub role: Role,
    /// Up to this instant.
    pub ends_at: Utc,
}

impl ApproveReport {
    fn found(&self, conn: &mut Conn) -> AppResult<(Report, ReportVersion)> {
        let report = table::by_public_id(conn, &self.report)?;
        let version = table::version(conn, report.id, self.version)?;
        Ok((report, version))
    }
}

/// What a script asks for, one sentence each; personal columns are named.
pub(super) fn uses(declaration: &Declaration) -> Vec<String> {
    let words = |one: &folkmoot_reports::Use| {
        let columns = match &one.columns {
            Some(columns) => columns.join(", "),
            None => "all columns that are not personal".to_owned(),
        };
        let personal: Vec<&str> = match (dataset(&one.dataset), &one.columns) {
            (Some(known), Some(asked)) => known
                .columns
                .iter()
                .filter(|c| c.personal && asked.iter().any(|name| name == c.name))
                .map(|c| c.name)
                .collect(),
            _ => Vec::new(),
        };
        let about = match (one.personal, personal.is_empty()) {
            (true, false) => format!("; personal: {}", personal.join(", ")),
            (true, true) => "; asks for personal data".to_owned(),
            (false, _) => String::new(),
        };
        format!("{}: {columns}{about} (line {})", one.dataset, one.line)
    };
    declaration.uses.iter().map(words).collect()
}

impl Approvable for ApproveReport {
    const KIND: &'static str = "report.approve";
    const TITLE: &'static str = "Let a report read personal data";
    const PROPOSE: Action = Action::WriteReports;
    const APPROVE: Action = Action::ApproveReports;

    fn object(&self) -> String {
        format!("report {}", self.report)
    }

    fn page(&self) -> String {
        format!("/staff/reports/{}/versions/{}", self.report, self.version)
    }

    fn facts(&self, conn: &mut Conn) -> AppResult<Vec<(String, String)>> {
        let (report, version) = self.found(conn)?;
        let declaration: Declaration = version.declaration.parse()?;
        let mut facts = vec![
            ("Report".to_owned(), report.title),
            ("Version".to_owned(), format!("{}, SHA-256 {}", self.version, self.script_hash)),
            ("May be run by".to_owned(), heading(self.role)),
            ("Until".to_owned(), day(self.ends_at)),
        ];
        facts.extend(uses(&declaration).into_iter().map(|words| ("It reads".to_owned(), words)));
        facts.push(("Script".to_owned(), version.script));
        Ok(facts)
    }

    fn check(&self, conn: &mut Conn, _app: &App, now: Utc) -> AppResult<()> {
        let (report, version) = self.found(conn)?;
        let refuse = |why: &str| Err(AppError::conflict(why));
        if version.script_hash != self.script_hash {
            return refuse("This is not the text of that version. Propose it again.");
        }
        if !version.is_personal {
            return refuse("This version asks for no personal columns and needs no agreement: publish it.");
        }
        if self.ends_at <= now {
            return refuse("The grant would be over already; choose a later day.");
        }
        if !Action::RunReports.roles().contains(&self.role) {
            return refuse("Holders of this role run no reports; choose another role.");
        }
        let same = |g: &table::ReportGrant| {
            g.stands(now)
                && g.script_hash == self.script_hash
                && g.role == self.role
                && g.ends_at >= self.ends_at
        };
        if table::grants(conn, report.id)?.iter().any(same) {
            return refuse("This role may run this version already, and for that long.");
        }
        Ok(())
    }

    fn apply(&self, conn: &mut Conn, app: &App, consent: &Consent, now: Utc) -> AppResult<()> {
        self.check(conn, app, now)?;
        let (report, _) = self.found(conn)?;
        let new = NewReportGrant {
            report: report.id,
            version: self.version,
            script_hash: &self.script_hash,
            role: self.role,
            reason: &consent.reason,
            proposed_by: consent.proposed_by,
            approved_by: consent.approved_by,
            ends_at: self.ends_at,
        };
        table::grant(conn, &new, now)?;
        table::publish(conn, report.id, self.version, now)?;
        let details = json!({
            "version": self.version, "script": self.script_hash, "role": self.role, "ends_at": self.ends_at,
        });
        audit::append(conn, &consent.act("report.approve", self.object(), details), now)?;
        Ok(())
    }
}

type Name = actix_web::web::Path<String>;

/// The form on the page of a report.
pub(super) async fn propose(ctx: Ctx, actor: Actor, name: Name, form: Form) -> PageResult {
    let form = form.only(&["version", "role", "until", "reason"])?;
    let number: i64 = form.value("version").parse().map_err(|_| AppError::not_found())?;
    let now = ctx.now();
    let mut check = Check::new(&form);
    let role = check.field("role", |t| t.parse::<Role>().map_err(|_| "Choose the role that may run it."));
    let until = check.field("until", parse_day);
    let reason = check.text("reason", 500, "Say what the personal data is needed for.");
    if let Some(until) = until {
        let end = start_of(until);
        if end <= now || end > now.plus(chrono::TimeDelta::days(LONGEST)) {
            check.add("until", "Choose a day after today, within a year.");
        }
    }
    let errors = check.errors();
    let (Some(role), Some(until), Some(reason), true) = (role, until, reason, errors.is_empty()) else {
        return pages::show(&ctx, &actor, &name, Some(form.with(errors))).await;
    };
    let (app, by, name) = (ctx.app().clone(), By::new(&ctx, &actor), name.into_inner());
    let id = ctx
        .app()
        .write(move |c| {
            let report = shelf::saved(c, &name)?;
            let version = table::version(c, report.id, number)?;
            let act = ApproveReport {
                report: report.public_id,
                version: number,
                script_hash: version.script_hash,
                role,
                ends_at: start_of(until),
            };
            approvals::propose(c, &app, &by, &act, &reason, now)
        })
        .await?;
    Ok(ctx.redirect(&format!("/staff/approvals/{id}")))
}

/// Takes every standing grant of a report back. Runs that wait are refused when their turn comes.
pub(super) async fn revoke(ctx: Ctx, _actor: Actor, name: Name, form: Form) -> PageResult {
    form.only(&[])?;
    let (name, now) = (name.into_inner(), ctx.now());
    let act = ctx.act("report.revoke", format!("report {name}"), json!({}));
    let id = ctx
        .app()
        .write(move |c| {
            let report = shelf::saved(c, &name)?;
            if table::revoke_grants(c, report.id, now)? == 0 {
                return Err(AppError::conflict("This report has no grant that stands."));
            }
            audit::append(c, &act, now)?;
            Ok(report.public_id)
        })
        .await?;
    Ok(ctx.redirect_with(
        &format!("/staff/reports/{id}"),
        &Flash::good("Its grants for personal data are over."),
    ))
}
