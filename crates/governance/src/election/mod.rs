//! The life of an election as a state machine with guards: pure transitions from facts to a new state with effects, or
//! to a refusal with every reason. (`domain.md` 6.1.)
//!
//! The caller gathers [`ElectionFacts`], asks [`check`] for a checklist or [`apply`] for the transition, carries out the
//! [`Effect`]s and writes the audit event, all in one transaction. Nothing here reads a clock or stores anything.

mod facts;
mod guards;
mod state;
mod transition;

pub use facts::{
    CandidateFacts, CountFacts, ElectionFacts, MIN_COUNTED, PreparationFacts, SetUpFacts, TrusteeFacts,
    Uncontested, VotingFacts,
};
pub use guards::Check;
pub use state::{Effect, State, Step};
pub use transition::{Actor, Authority, Refusal, Transition, apply, check, next_steps};
