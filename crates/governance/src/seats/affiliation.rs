//! Who is affiliated with whom: people, organisations, and the links by which organisations control each other.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Fraction, OrganisationId};

/// How a person belongs to an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Employed.
    Employee,
    /// An officer.
    Officer,
    /// On the board.
    Director,
    /// A significant consultant.
    Consultant,
    /// Owns this share.
    Owner(Fraction),
}

/// The kinds of relation, for definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// Employed.
    Employee,
    /// An officer.
    Officer,
    /// On the board.
    Director,
    /// A significant consultant.
    Consultant,
}

/// A person's declared affiliation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affiliation {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The relation to it.
    pub relation: Relation,
}

/// One organisation owning a share of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlLink {
    /// The owner.
    pub owner: OrganisationId,
    /// The one owned.
    pub owned: OrganisationId,
    /// The share.
    pub share: Fraction,
}

/// From which share on an owner controls what it owns, and so on up the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// The share.
    pub share: Fraction,
    /// Whether it must be exceeded.
    pub strict: bool,
}

/// What counts as a common affiliation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AffiliationDefinition {
    /// Relations that count by themselves.
    pub relations: BTreeSet<RelationKind>,
    /// Least share that makes an owner count; `None` when owners do not count.
    pub owner_share: Option<Fraction>,
    /// Whether, and from which share on, chains of control count; `None` when each organisation stands alone.
    pub control: Option<Control>,
}

/// The organisations and who controls whom. Circles are harmless.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Organisations {
    links: Vec<ControlLink>,
}

impl Affiliation {
    /// Employed by an organisation.
    #[must_use]
    pub fn employee(organisation: impl Into<OrganisationId>) -> Self {
        Self { organisation: organisation.into(), relation: Relation::Employee }
    }
}

impl AffiliationDefinition {
    /// One employer, nothing else (PEP 13).
    #[must_use]
    pub fn employer() -> Self {
        Self { relations: BTreeSet::from([RelationKind::Employee]), owner_share: None, control: None }
    }

    fn counts(&self, relation: Relation) -> bool {
        let kind = match relation {
            Relation::Employee => RelationKind::Employee,
            Relation::Officer => RelationKind::Officer,
            Relation::Director => RelationKind::Director,
            Relation::Consultant => RelationKind::Consultant,
            Relation::Owner(share) => return self.owner_share.is_some_and(|least| share >= least),
        };
        self.relations.contains(&kind)
    }
}

impl Organisations {
    /// Organisations with these links.
    #[must_use]
    pub const fn new(links: Vec<ControlLink>) -> Self {
        Self { links }
    }

    /// The organisations that a person counts for: the declared ones that the definition counts, and everybody who
    /// controls them.
    #[must_use]
    pub fn of(
        &self,
        affiliations: &[Affiliation],
        definition: &AffiliationDefinition,
    ) -> BTreeSet<OrganisationId> {
        let counted = affiliations.iter().filter(|affiliation| definition.counts(affiliation.relation));
        let mut found: BTreeSet<OrganisationId> =
            counted.map(|affiliation| affiliation.organisation.clone()).collect();
        let Some(control) = definition.control else { return found };
        let mut open: Vec<OrganisationId> = found.iter().cloned().collect();
        while let Some(owned) = open.pop() {
            for link in self.links.iter().filter(|link| link.owned == owned && control.by(link.share)) {
                if found.insert(link.owner.clone()) {
                    open.push(link.owner.clone());
                }
            }
        }
        found
    }
}

impl Control {
    fn by(self, share: Fraction) -> bool {
        if self.strict { share > self.share } else { share >= self.share }
    }
}
