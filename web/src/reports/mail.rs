//! The mail with what came of a scheduled report.

use folkmoot_reports::{Output, Run, chart, export};
use folkmoot_store::accounts::{self, Role};
use folkmoot_store::mails::{self as outbox, Attached};
use folkmoot_store::reports::RunLine;
use folkmoot_store::{Conn, Utc};

use super::view;
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::mail::{self, Recipient};

crate::mail! {
    /// Tells the holders of a role what came of a scheduled report.
    pub struct ReportReady {
        /// Title of the report.
        title: String,
        /// One sentence: done, or why not.
        what: String,
        /// Figures: label and value.
        figures: Vec<(String, String)>,
        /// Warnings of the script.
        alerts: Vec<String>,
        /// Names of the files that travel along.
        files: Vec<String>,
        /// The run.
        link: String,
    }
    message "report_ready", kind Account, secret false,
    subject "mail/report_ready/subject.txt", text "mail/report_ready/body.txt",
    html "mail/report_ready/body.html"
}

/// Files of one mail may have together, in bytes.
const LARGEST: usize = 4 << 20;

/// Queues a mail to every holder of a role. Personal data never travels: then there is the link alone.
///
/// # Errors
/// A database error.
pub(super) fn tell(
    conn: &mut Conn,
    app: &App,
    line: &RunLine,
    run: Option<&Run>,
    role: Role,
    now: Utc,
) -> AppResult<()> {
    let open = run.filter(|_| line.personal.is_none());
    let files = open.map(files).transpose()?.unwrap_or_default();
    let outputs = open.map_or(&[][..], |run| &run.outputs);
    let done = run.is_some_and(|run| run.ended == folkmoot_reports::Ended::Done);
    let what = match (done, line.personal.is_some()) {
        (true, true) => {
            "The report ran. It holds personal data, which is not sent by mail; sign in to read it."
                .to_owned()
        }
        (true, false) => "The report ran as planned.".to_owned(),
        (false, _) => "The report did not come to its end; its page says why.".to_owned(),
    };
    let message = ReportReady {
        title: line.title.clone(),
        what,
        figures: figures(outputs),
        alerts: outputs.iter().filter_map(alert).collect(),
        files: files.iter().map(|file| file.name.clone()).collect(),
        link: app.link(&format!("/staff/reports/runs/{}", line.public_id)),
    };
    for person in accounts::holders_of(conn, role, now)? {
        if let Some(address) = accounts::mail_address_of(conn, person)? {
            let mail = mail::queue(conn, app, &Recipient::person(person, address), &message, now)?;
            for file in &files {
                outbox::attach(conn, mail, file)?;
            }
        }
    }
    Ok(())
}

fn figures(outputs: &[Output]) -> Vec<(String, String)> {
    let figure = |output: &Output| match output {
        Output::Metric { label, value, value_kind, unit, .. } => {
            Some((label.clone(), view::figure(value, *value_kind, unit)))
        }
        _ => None,
    };
    outputs.iter().filter_map(figure).collect()
}

fn alert(output: &Output) -> Option<String> {
    match output {
        Output::Alert { text } => Some(text.clone()),
        _ => None,
    }
}

/// Each chart as a picture, each table as CSV; as many as fit.
fn files(run: &Run) -> AppResult<Vec<Attached>> {
    let mut files = Vec::new();
    let mut total = 0;
    for (number, output) in (1..).zip(&run.outputs) {
        let Some((title, shape)) = view::titled(output) else { continue };
        let name = format!("{number:02}-{}", view::file_name(title));
        let csv = export::csv(shape).map_err(AppError::internal)?;
        let mut new = vec![Attached {
            name: format!("{name}.csv"),
            content_type: "text/csv; charset=utf-8".into(),
            bytes: csv,
        }];
        if let Some(svg) = chart::svg(output) {
            let bytes = alone(&svg).into_bytes();
            new.push(Attached { name: format!("{name}.svg"), content_type: "image/svg+xml".into(), bytes });
        }
        total += new.iter().map(|file| file.bytes.len()).sum::<usize>();
        if total > LARGEST {
            break;
        }
        files.extend(new);
    }
    Ok(files)
}

/// A picture of a page as a file: it says what it is, and brings the colours that the page would give it.
#[must_use]
pub fn alone(svg: &str) -> String {
    let style = "<style>text{font:14px sans-serif}.bar{fill:#0b5563}.bar.other{fill:#8a8a8a}.track{fill:#eee}\
                 .axis{stroke:#777}.line{stroke:#0b5563;stroke-width:3;fill:none}</style>";
    let named = svg.replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1);
    match named.split_once('>') {
        Some((head, rest)) => format!("{head}>{style}{rest}"),
        None => named,
    }
}
