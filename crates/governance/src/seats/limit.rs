//! The limit on members who share an affiliation.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::affiliation::{Affiliation, AffiliationDefinition, Organisations};
use crate::words::{self, Explain};
use crate::{Fraction, Instant, OrganisationId, PersonId};

/// How many members of a body may share an affiliation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    /// So many.
    Count(u32),
    /// This fraction of the body, rounded down.
    Share(Fraction),
}

/// Who resigns when a limit is exceeded later, by a change of affiliation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaterBreach {
    /// The longest-serving of those concerned.
    LongestServing,
    /// They agree among themselves.
    TheyAgree,
}

/// `co_affiliation(max, definition, requalify)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoAffiliationPolicy {
    /// How many may share one.
    pub max: Cap,
    /// What counts as sharing one.
    pub definition: AffiliationDefinition,
    /// Whether those skipped are seated after all, in rank order, when seats would stay empty.
    pub requalify: bool,
    /// Who resigns after a later excess.
    pub later: LaterBreach,
}

/// A member of a body, serving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Serving {
    /// Who.
    pub person: PersonId,
    /// The name that sentences show.
    pub name: String,
    /// Declared affiliations.
    pub affiliations: Vec<Affiliation>,
    /// Since when without a break.
    pub since: Instant,
}

/// A limit that is exceeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// The common affiliation.
    pub organisation: OrganisationId,
    /// Members who share it, longest-serving first.
    pub holders: Vec<PersonId>,
    /// How many may.
    pub limit: u32,
    /// Who has to resign, where the policy says so; otherwise they agree.
    pub resign: Vec<PersonId>,
}

impl CoAffiliationPolicy {
    /// How many members of a body of this size may share an affiliation. Never below one: nobody shares anything with
    /// themselves.
    ///
    /// ```
    /// use folkmoot_governance::{Fraction, preset};
    /// let quarter = preset::board_co_affiliation();
    /// assert_eq!([11, 12, 13].map(|size| quarter.limit(size)), [2, 3, 3]);
    /// ```
    #[must_use]
    pub fn limit(&self, body_size: u32) -> u32 {
        match self.max {
            Cap::Count(count) => count.max(1),
            Cap::Share(fraction) => {
                u32::try_from(fraction.greatest_count(body_size.into())).unwrap_or(u32::MAX).max(1)
            }
        }
    }
}

/// How many of those seated so far share each organisation.
#[derive(Clone, Debug, Default)]
pub(super) struct Shares {
    holders: BTreeMap<OrganisationId, Vec<String>>,
}

impl Shares {
    pub(super) fn add(&mut self, name: &str, organisations: &BTreeSet<OrganisationId>) {
        for organisation in organisations {
            self.holders.entry(organisation.clone()).or_default().push(name.to_owned());
        }
    }

    /// The first organisation that one more member would push over the limit, with those who hold it.
    pub(super) fn full(
        &self,
        organisations: &BTreeSet<OrganisationId>,
        limit: u32,
    ) -> Option<(OrganisationId, Vec<String>)> {
        organisations.iter().find_map(|organisation| {
            let holders = self.holders.get(organisation)?;
            let full = u32::try_from(holders.len()).unwrap_or(u32::MAX) >= limit;
            full.then(|| (organisation.clone(), holders.clone()))
        })
    }
}

/// Every limit that the serving members exceed, and who has to resign. (Bylaws 5.15.)
///
/// One resignation may mend several breaches; those named for an earlier breach are not counted again for a later one.
#[must_use]
pub fn breaches(
    serving: &[Serving],
    policy: &CoAffiliationPolicy,
    organisations: &Organisations,
    body_size: u32,
) -> Vec<Breach> {
    let limit = policy.limit(body_size);
    let mut sorted: Vec<&Serving> = serving.iter().collect();
    sorted.sort_by_key(|member| (member.since, &member.person));
    let mut shared: BTreeMap<OrganisationId, Vec<&Serving>> = BTreeMap::new();
    for member in sorted {
        for organisation in organisations.of(&member.affiliations, &policy.definition) {
            shared.entry(organisation).or_default().push(member);
        }
    }
    let mut gone: BTreeSet<&PersonId> = BTreeSet::new();
    let mut found = Vec::new();
    for (organisation, holders) in &shared {
        let allowed = usize::try_from(limit).unwrap_or(usize::MAX);
        if holders.len() <= allowed {
            continue;
        }
        let staying: Vec<&PersonId> =
            holders.iter().map(|member| &member.person).filter(|p| !gone.contains(p)).collect();
        let excess = staying.len().saturating_sub(allowed);
        let resign: Vec<PersonId> = match policy.later {
            LaterBreach::LongestServing => {
                staying.iter().take(excess).map(|person| (*person).clone()).collect()
            }
            LaterBreach::TheyAgree => Vec::new(),
        };
        gone.extend(holders.iter().map(|member| &member.person).filter(|person| resign.contains(person)));
        let holders = holders.iter().map(|member| member.person.clone()).collect();
        found.push(Breach { organisation: organisation.clone(), holders, limit, resign });
    }
    found
}

impl Explain for CoAffiliationPolicy {
    fn sentence(&self) -> String {
        let max = match self.max {
            Cap::Count(count) => words::count(count.into(), "member", "members"),
            Cap::Share(fraction) => format!("{} of the body", fraction.in_words()),
        };
        let definition = &self.definition;
        let mut kinds: Vec<String> = definition.relations.iter().map(|kind| kind.name().to_owned()).collect();
        kinds.extend(definition.owner_share.map(|share| format!("owner of {share} or more")));
        let control = if definition.control.is_some() { ", counting chains of control" } else { "" };
        let requalify = if self.requalify {
            "; if seats would stay empty, those skipped are seated in rank order"
        } else {
            ""
        };
        format!("At most {max} may share an affiliation (as {}){control}{requalify}.", words::either(kinds))
    }
}

impl super::affiliation::RelationKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Employee => "employee",
            Self::Officer => "officer",
            Self::Director => "director",
            Self::Consultant => "significant consultant",
        }
    }
}

impl Explain for Breach {
    fn sentence(&self) -> String {
        let who = words::list(&self.holders);
        let limit = words::count(self.limit.into(), "member", "members");
        let next = if self.resign.is_empty() {
            "they agree who resigns".to_owned()
        } else {
            format!("{}, the longest-serving, must resign", words::list(&self.resign))
        };
        format!("{who} share {}, where at most {limit} may; {next}.", self.organisation)
    }
}
