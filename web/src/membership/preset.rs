//! The four classes of a software foundation, as an example to start from; staff change everything about them but the keys.

use folkmoot_governance::dues::DuesPolicy;
use folkmoot_governance::electorate::{CertificationPolicy, ClassRule, ElectorateRule};
use folkmoot_governance::preset;
use folkmoot_store::memberships::{self, ClassFacts, ClassTerm, Evidence};
use folkmoot_store::{Conn, JsonText, Utc};

use crate::error::AppResult;

/// Key, name, description, what has to be brought.
type Words = (&'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const WORDS: &[Words] = &[
    ("Basic", "Basic member",
        "For everybody who wants to belong and be kept informed. It is free and gives no vote.", ""),
    ("Supporting", "Supporting member",
        "For everybody who supports the work with yearly dues of their own choice. It gives the vote.", ""),
    ("Contributing", "Contributing member",
        "For everybody who works for the mission without pay. It is free, is certified once a year, and gives the vote.", ""),
    ("Fellow", "Fellow",
        "For people who have done outstanding work; by nomination and for life. It gives the vote.",
        "Fellows are nominated by others; a work group or the members decide."),
];

/// Adds the classes that are missing. Doing it twice adds nothing.
///
/// # Errors
/// A database error.
pub fn install(conn: &mut Conn, now: Utc) -> AppResult<()> {
    let known = memberships::classes(conn)?;
    for (position, (key, name, description, evidence_text)) in (1..).zip(WORDS) {
        if known.iter().any(|class| class.key == *key) {
            continue;
        }
        let certified = preset::board_electorate()
            .class(&(*key).into())
            .and_then(|class| class.certification.clone())
            .map(|policy| policy.text);
        let (evidence, term) = match *key {
            "Supporting" => (Evidence::None, ClassTerm::Paid),
            "Contributing" => (Evidence::Certification, ClassTerm::Open),
            "Fellow" => (Evidence::Nomination, ClassTerm::Life),
            _ => (Evidence::None, ClassTerm::Open),
        };
        let dues: Option<DuesPolicy> = (term == ClassTerm::Paid).then(preset::supporting_dues);
        let facts = ClassFacts {
            name: (*name).into(),
            description: (*description).into(),
            position,
            votes: *key != "Basic",
            public_badge: *key != "Basic",
            dues: dues.as_ref().map(JsonText::of).transpose()?,
            evidence,
            evidence_text: certified.unwrap_or_else(|| (*evidence_text).into()),
            term,
            is_open: evidence != Evidence::Nomination,
        };
        memberships::add_class(conn, key, &facts, now)?;
    }
    Ok(())
}

/// The rule of the roll of a body of this name: every class with the vote as the organisation configured it, the rest as in
/// the preset of the board.
///
/// # Errors
/// A database error.
pub fn rule_for(conn: &mut Conn, body: &str) -> AppResult<ElectorateRule> {
    let mut rule = ElectorateRule { body: body.into(), ..preset::board_electorate() };
    let voting = memberships::classes(conn)?.into_iter().filter(|class| class.votes);
    let mut classes: Vec<ClassRule> = voting
        .map(|class| ClassRule {
            class: class.key.as_str().into(),
            dues: class.dues.is_some(),
            certification: (class.evidence == Evidence::Certification)
                .then(|| CertificationPolicy { text: class.evidence_text.clone(), ..certification() }),
            for_life: class.term == ClassTerm::Life,
        })
        .collect();
    // People in several are entered as members for life first, as members who pay last.
    classes.sort_by_key(|class| (!class.for_life, class.dues));
    // Without a class that votes the rule would be none at all.
    if !classes.is_empty() {
        rule.classes = classes;
    }
    Ok(rule)
}

/// How long a certification is valid in the preset.
#[must_use]
pub fn certification() -> CertificationPolicy {
    let rule = preset::board_electorate();
    let found = rule.classes.iter().find_map(|class| class.certification.clone());
    found.unwrap_or_else(|| CertificationPolicy { months: 12, text: String::new() })
}
