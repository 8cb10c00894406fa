//! Seats: from a ranking to seats with cohorts and terms, within the limits on common affiliation, each step explained.
//! (`co_affiliation`, `term(by_rank, cohort)`, `next_in_rank`; bylaws 5.4, 5.5, 5.14, 5.15, PEP 13, PEP 772.)
//!
//! The ranking comes from the count; this module does not count. Candidates are told apart by their identifiers, never
//! by the spelling of a name.

mod affiliation;
mod allocate;
mod departure;
mod explain;
mod input;
mod limit;

pub use affiliation::{
    Affiliation, AffiliationDefinition, Control, ControlLink, Organisations, Relation, RelationKind,
};
pub use allocate::{Allocation, OpenTie, Outcome, Seat, Skipped, Total, allocate, nobody};
pub use departure::{Departure, Refill, next_in_rank};
pub use explain::{SeatStep, Who};
pub use input::{Candidate, CandidateStatus, SeatError, SeatGroup, SeatInput, TieOrder, TieResolution};
pub use limit::{Breach, Cap, CoAffiliationPolicy, LaterBreach, Serving, breaches};
