//! Statements of nominees: what the template asks for, read from forms and shown as HTML and as plain text.

use folkmoot_governance::nomination::{Acknowledgement, StatementPolicy};
use folkmoot_governance::seats::{Affiliation, Relation};
use folkmoot_governance::{Fraction, OrganisationId};
use folkmoot_store::Utc;
use serde::{Deserialize, Serialize};

use crate::affiliations::{parse_percent, percent};
use crate::http::{Check, Form};
use crate::markdown;

/// Organisations one statement can name.
pub const MOST_AFFILIATIONS: usize = 5;
/// Links one statement can list beside those in its texts.
const MOST_LINKS: usize = 20;

/// A nominee's statement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Statement {
    /// One line.
    pub summary: String,
    /// Texts under the headings of the template, Markdown.
    pub sections: Vec<Section>,
    /// Addresses of the web.
    pub links: Vec<String>,
    /// Organisations the nominee belongs to.
    pub affiliations: Vec<Affiliated>,
    /// The nominee says there are none.
    pub no_affiliations: bool,
    /// How much time there is for the work.
    pub availability: String,
}

/// A text under a heading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Heading.
    pub heading: String,
    /// Markdown.
    pub text: String,
}

/// An organisation, and how the nominee belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affiliated {
    /// Name of the organisation.
    pub organisation: String,
    /// Key of [`RELATIONS`].
    pub relation: String,
    /// Share owned in hundredths of a percent, for owners; unknown counts as the whole.
    #[serde(default)]
    pub share_bp: Option<i64>,
}

impl Affiliated {
    /// As the rules for seats take it; `None` for a relation that no rule knows.
    fn for_seats(&self) -> Option<Affiliation> {
        let (_, _, relation) = RELATIONS.iter().find(|(key, _, _)| *key == self.relation)?;
        let share = self.share_bp.and_then(|bp| Fraction::new(u32::try_from(bp).ok()?, 10_000).ok());
        let relation = match (relation, share) {
            (Relation::Owner(_), Some(share)) => Relation::Owner(share),
            (known, _) => *known,
        };
        Some(Affiliation { organisation: OrganisationId::from(self.organisation.as_str()), relation })
    }

    /// In words: "Acme (employee)".
    fn words(&self) -> String {
        let relation = RELATIONS.iter().find(|(key, _, _)| *key == self.relation).map_or("", |r| r.1);
        let share = self.share_bp.map(|bp| format!(" of {}", percent(bp))).unwrap_or_default();
        format!("{} ({}{share})", self.organisation, relation.to_lowercase())
    }
}

/// An acknowledgement that the nominee ticked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// Stable name.
    pub name: String,
    /// When it was ticked.
    pub at: Utc,
}

/// How somebody can belong to an organisation: key, words, as the rules name it.
pub const RELATIONS: &[(&str, &str, Relation)] = &[
    ("employee", "Employee", Relation::Employee),
    ("officer", "Officer", Relation::Officer),
    ("director", "Director", Relation::Director),
    ("consultant", "Significant consultant", Relation::Consultant),
    ("owner", "Owner", Relation::Owner(Fraction::WHOLE)),
];

/// A section as pages show it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Heading.
    pub heading: String,
    /// Sanitised HTML.
    pub html: String,
}

/// A statement as everybody would read it, before it is saved.
#[derive(Debug, Clone)]
pub struct Preview {
    /// One line.
    pub summary: String,
    /// The texts.
    pub texts: Vec<Shown>,
    /// Addresses of the web.
    pub links: Vec<String>,
    /// Affiliations in words.
    pub affiliations: Vec<String>,
    /// How much time there is for the work.
    pub availability: String,
}

/// Headings that people write texts under; affiliations and availability have fields of their own.
#[must_use]
pub fn headings(policy: &StatementPolicy) -> Vec<String> {
    let own = ["affiliations", "availability"];
    policy.headings.iter().filter(|h| !own.contains(&h.to_lowercase().as_str())).cloned().collect()
}

impl Statement {
    /// Length in bytes, as rules limit it.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let texts = self.sections.iter().map(|s| s.text.len()).sum::<usize>();
        u64::try_from(texts + self.summary.len() + self.availability.len()).unwrap_or(u64::MAX)
    }

    /// True while nothing is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.summary.is_empty() && self.sections.iter().all(|s| s.text.is_empty())
    }

    /// Whether the nominee said something about affiliations; "none" is an answer too.
    #[must_use]
    pub fn affiliations_declared(&self) -> bool {
        self.no_affiliations || !self.affiliations.is_empty()
    }

    /// The employers among them.
    #[must_use]
    pub fn employers(&self) -> Vec<OrganisationId> {
        let employers = self.affiliations.iter().filter(|a| a.relation == "employee");
        employers.map(|a| OrganisationId::from(a.organisation.as_str())).collect()
    }

    /// Affiliations as the rules for seats take them.
    #[must_use]
    pub fn for_seats(&self) -> Vec<Affiliation> {
        self.affiliations.iter().filter_map(Affiliated::for_seats).collect()
    }

    /// Affiliations in words.
    #[must_use]
    pub fn affiliation_words(&self) -> Vec<String> {
        let mut all: Vec<String> = self.affiliations.iter().map(Affiliated::words).collect();
        if all.is_empty() && self.no_affiliations {
            all.push("None".to_owned());
        }
        all
    }

    /// The texts as sanitised HTML.
    #[must_use]
    pub fn shown(&self) -> Vec<Shown> {
        let filled = self.sections.iter().filter(|s| !s.text.is_empty());
        filled.map(|s| Shown { heading: s.heading.clone(), html: markdown::html(&s.text) }).collect()
    }

    /// As everybody would read it.
    #[must_use]
    pub fn preview(&self) -> Preview {
        Preview {
            summary: self.summary.clone(),
            texts: self.shown(),
            links: self.links.clone(),
            affiliations: self.affiliation_words(),
            availability: self.availability.clone(),
        }
    }

    /// The beginning of the texts as plain paragraphs, for the ballot; the whole stands on the candidate's page.
    #[must_use]
    pub fn paragraphs(&self) -> Vec<String> {
        const ROOM: usize = 3000;
        let (mut out, mut used) = (Vec::new(), 0_usize);
        for section in self.sections.iter().filter(|s| !s.text.is_empty()) {
            out.push(section.heading.clone());
            for paragraph in section.text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()) {
                used += paragraph.len();
                if used > ROOM {
                    out.push("… The whole statement is on the candidate’s page.".to_owned());
                    return out;
                }
                out.push(paragraph.to_owned());
            }
        }
        out
    }

    /// The values of the form's fields.
    #[must_use]
    pub fn fields(&self, policy: &StatementPolicy) -> Vec<(String, String)> {
        let mut all = vec![
            ("summary".to_owned(), self.summary.clone()),
            ("availability".to_owned(), self.availability.clone()),
            ("links".to_owned(), self.links.join("\n")),
        ];
        for (i, heading) in headings(policy).iter().enumerate() {
            let text = self.sections.iter().find(|s| s.heading == *heading).map(|s| s.text.clone());
            all.push((format!("section-{}", i + 1), text.unwrap_or_default()));
        }
        for (i, one) in self.affiliations.iter().enumerate() {
            all.push((format!("organisation-{}", i + 1), one.organisation.clone()));
            all.push((format!("relation-{}", i + 1), one.relation.clone()));
            if let Some(share) = one.share_bp {
                all.push((format!("share-{}", i + 1), percent(share).replace(" %", "")));
            }
        }
        if self.no_affiliations {
            all.push(("none".into(), "yes".into()));
        }
        all
    }

    /// Reads the form; mistakes go to their fields.
    pub fn parse(check: &mut Check<'_>, form: &Form, policy: &StatementPolicy) -> Option<Self> {
        let most = usize::try_from(policy.limit_bytes).unwrap_or(usize::MAX);
        let summary = check.optional_text("summary", 200);
        let availability = check.optional_text("availability", 500);
        let mut sections = Vec::new();
        for (i, heading) in headings(policy).into_iter().enumerate() {
            let name = format!("section-{}", i + 1);
            if let Some(text) = text(check, &name, most) {
                sections.push(Section { heading, text });
            }
        }
        let links = check.field("links", parse_links);
        let affiliations = affiliations(check, form);
        let no_affiliations = form.has("none", "yes");
        if no_affiliations && !affiliations.is_empty() {
            check.add("none", "Either name organisations, or tick that there are none.");
        }
        let read = Self {
            summary: summary?,
            sections,
            links: links?,
            affiliations,
            no_affiliations,
            availability: availability?,
        };
        if read.bytes() > u64::from(policy.limit_bytes) {
            let over = read.bytes() - u64::from(policy.limit_bytes);
            check.add(
                "section-1",
                format!("The statement is {over} bytes too long; at most {most} are possible."),
            );
            return None;
        }
        Some(read)
    }
}

/// A text in Markdown with what has no place in it refused.
pub(super) fn text(check: &mut Check<'_>, name: &str, most: usize) -> Option<String> {
    let text = check.optional_text(name, most)?;
    match markdown::check(&text) {
        Ok(()) => Some(text),
        Err(why) => {
            check.add(name, why);
            None
        }
    }
}

fn parse_links(text: &str) -> Result<Vec<String>, String> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    if lines.len() > MOST_LINKS {
        return Err(format!("List at most {MOST_LINKS} links here; more can stand in the texts."));
    }
    let sound = |line: &&str| {
        let known = url::Url::parse(line).ok().filter(|u| matches!(u.scheme(), "https" | "http"));
        known.is_some_and(|u| u.host_str().is_some())
            && line.len() <= 500
            && !line.contains(char::is_whitespace)
    };
    match lines.iter().find(|l| !sound(l)) {
        Some(wrong) => {
            let short: String = wrong.chars().take(60).collect();
            Err(format!("“{short}” is no address of the web; begin with https://"))
        }
        None => Ok(lines.into_iter().map(str::to_owned).collect()),
    }
}

fn affiliations(check: &mut Check<'_>, form: &Form) -> Vec<Affiliated> {
    let mut found = Vec::new();
    for n in 1..=MOST_AFFILIATIONS {
        let (name, relation) = (format!("organisation-{n}"), format!("relation-{n}"));
        if form.value(&name).is_empty() {
            continue;
        }
        let organisation = check.text(&name, 120, "Enter the organisation.");
        let known = |t: &str| {
            RELATIONS
                .iter()
                .find(|(key, _, _)| *key == t)
                .map(|r| r.0.to_owned())
                .ok_or("Choose how you belong to it.")
        };
        let relation = check.field(&relation, known);
        let share_bp = match relation.as_deref() {
            Some("owner") => check.field(&format!("share-{n}"), parse_percent).map(Some),
            _ => Some(None),
        };
        if let (Some(organisation), Some(relation), Some(share_bp)) = (organisation, relation, share_bp) {
            found.push(Affiliated { organisation, relation, share_bp });
        }
    }
    found
}

/// What was ticked in a form, with the instants of what was ticked before.
#[must_use]
pub fn ticks(form: &Form, wanted: &[Acknowledgement], before: &[Tick], now: Utc) -> Vec<Tick> {
    let mut all = Vec::new();
    for (i, one) in wanted.iter().enumerate() {
        if form.has(&format!("ack-{}", i + 1), "yes") {
            let at = before.iter().find(|t| t.name == one.name).map_or(now, |t| t.at);
            all.push(Tick { name: one.name.clone(), at });
        }
    }
    all
}
