//! Reports that staff of the foundation wrote: one that everybody may run, and one that waits for the agreement to read
//! personal data.

use folkmoot_reports::{Declaration, Use, script_hash};
use folkmoot_store::reports::{self as table, NewReportVersion};
use folkmoot_store::{JsonText, PublicId, accounts};

use super::{Seed, cast};
use crate::error::{AppError, AppResult};

/// A report of the demonstration: title, script, and what the script declares.
pub(crate) struct Written {
    pub(crate) title: &'static str,
    pub(crate) script: &'static str,
    description: &'static str,
    /// Dataset, columns, personal, line.
    reads: (&'static str, &'static [&'static str], bool, u32),
    publish: bool,
}

pub(crate) const WRITTEN: &[Written] = &[
    Written {
        title: "How members joined, year by year",
        script: "\"\"\"Members by the year they joined, and by class.\"\"\"\n\npeople = members(columns=[\"tier\", \"joined\", \"status\"]).year(\"joined\")\nactive = people.where(status=\"active\")\n\nmetric(\"Memberships\", people.count())\nmetric(\"Active today\", active.count())\nbar_chart(people.group(\"year\").count(), x=\"year\", y=\"count\", title=\"Memberships by year\")\ntable(people.pivot(\"year\", \"tier\"), title=\"By year and class\")\ndownload(\"by-year\", people.group(\"year\", \"tier\").count())\n",
        description: "Members by the year they joined, and by class.",
        reads: ("members", &["tier", "joined", "status"], false, 3),
        publish: true,
    },
    Written {
        title: "Fellows to be written to",
        script: "\"\"\"Names and addresses of Fellows, for the anniversary letter.\"\"\"\n\nfellows = members(columns=[\"name\", \"email\", \"joined\"], tier=\"Fellow\", status=\"active\", personal=True, reason=\"Anniversary letter\")\ntable(fellows.sort(\"name\"), title=\"Fellows\")\ndownload(\"fellows\", fellows)\n",
        description: "Names and addresses of Fellows, for the anniversary letter.",
        reads: ("members", &["name", "email", "joined"], true, 3),
        publish: false,
    },
];

impl Written {
    /// What the script says about itself.
    pub(crate) fn declaration(&self) -> Declaration {
        let (dataset, columns, personal, line) = self.reads;
        Declaration {
            description: self.description.to_owned(),
            parameters: Vec::new(),
            uses: vec![Use {
                dataset: dataset.to_owned(),
                columns: Some(columns.iter().map(|name| (*name).to_owned()).collect()),
                personal,
                line,
            }],
        }
    }
}

/// Keeps the reports.
///
/// # Errors
/// A database error.
pub async fn seed(seed: &Seed) -> anyhow::Result<()> {
    let address = cast::accounts().iter().find(|a| a.role == "report_author").map(|a| a.email.clone());
    let Some(address) = address else { return Ok(()) };
    let now = seed.app().now();
    let dice = seed.dice("reports");
    let mut ids = Vec::new();
    for _ in WRITTEN {
        ids.push(PublicId::new(now, dice.bytes()?));
    }
    let write = move |c: &mut folkmoot_store::Conn| -> AppResult<()> {
        let Some(author) = accounts::owner_of_address(c, &address)? else { return Ok(()) };
        for (one, id) in WRITTEN.iter().zip(&ids) {
            if table::all(c)?.iter().any(|known| known.title == one.title) {
                continue;
            }
            let version = NewReportVersion {
                script: one.script,
                script_hash: &script_hash(one.script),
                declaration: &JsonText::of(&one.declaration())?,
                is_personal: one.declaration().personal(),
                author: author.id,
            };
            let report = table::add(c, id, one.title, &version, now)?;
            if one.publish {
                table::publish(c, report.id, 1, now)?;
            }
        }
        Ok::<_, AppError>(())
    };
    seed.app().write(write).await?;
    seed.progress(1, 1)
}
