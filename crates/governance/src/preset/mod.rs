//! Ready-made policies, as examples to start from: a board like that of a software foundation, a steering council
//! (PEP 13) and a packaging council (PEP 772). (`domain.md` 6.10.)
//!
//! Each set can be changed policy by policy; nothing else in this crate knows them.

mod awards;
mod board;
mod council;
mod packaging;

pub use awards::{
    award_by_board, community_service_calendar, fellow_by_bylaws, fellow_by_charter, fellow_calendar,
    fellow_carry_over,
};
pub use board::{board, board_co_affiliation, board_electorate, board_schedule, supporting_dues};
pub use council::{
    amendment, council_co_affiliation, council_electorate, council_vote, ejection, no_confidence_council,
    promotion, steering_council,
};
pub use packaging::{
    no_confidence_packaging, packaging_co_affiliation, packaging_council, packaging_electorate,
    packaging_seats,
};

use crate::electorate::{ElectorateRule, FellowQuorumBase};
use crate::policy::{Authority, Policy, PolicySet, PolicyStatus, PolicyVersion};

/// Puts together a set of adopted first versions.
struct Builder {
    set: PolicySet,
    document: &'static str,
}

impl Builder {
    fn new(document: &'static str) -> Self {
        Self { set: PolicySet::new(), document }
    }

    fn with(self, section: &str, policy: Policy) -> Self {
        let document = self.document;
        self.from(document, section, None, policy)
    }

    fn for_purpose(self, section: &str, purpose: &str, policy: Policy) -> Self {
        let document = self.document;
        self.from(document, section, Some(purpose), policy)
    }

    fn from(mut self, document: &str, section: &str, purpose: Option<&str>, policy: Policy) -> Self {
        let version = PolicyVersion {
            purpose: purpose.map(str::to_owned),
            version: 1,
            status: PolicyStatus::Adopted,
            authority: Authority { document: document.to_owned(), section: section.to_owned() },
            policy,
        };
        // First versions with an authority are never refused; a test puts every preset together and counts.
        let added = self.set.put(version);
        debug_assert!(added.is_ok(), "{added:?}");
        self
    }

    fn done(self) -> PolicySet {
        self.set
    }
}

/// The roll rule of a preset.
fn roll_rule(set: &PolicySet) -> ElectorateRule {
    // Every preset has an electorate; the fallback lets nobody vote.
    set.electorate_rule().unwrap_or_else(|| ElectorateRule {
        body: "".into(),
        classes: Vec::new(),
        affirmation: None,
        fellows: FellowQuorumBase::default(),
        missed_votes: None,
    })
}
