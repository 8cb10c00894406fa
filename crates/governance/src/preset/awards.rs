//! Rounds and decisions of awards.

use crate::Fraction;
use crate::award::{AwardCalendar, AwardDecisionPolicy, CarryOverPolicy, RecusalPolicy};
use crate::deadline::ZonePolicy;
use crate::threshold::{Base, Threshold};

/// Fellow rounds: cut-offs on the 20th of February, May, August and November, Anywhere on Earth; reviewed until the 20th of
/// the next month.
#[must_use]
pub fn fellow_calendar() -> AwardCalendar {
    let cutoffs = vec![(2, 20), (5, 20), (8, 20), (11, 20)];
    AwardCalendar { cutoffs, review_day: 20, zone: ZonePolicy::AnywhereOnEarth }
}

/// Community service rounds: one per quarter, by the end of the quarter's second month.
#[must_use]
pub fn community_service_calendar() -> AwardCalendar {
    let cutoffs = vec![(2, 28), (5, 31), (8, 31), (11, 30)];
    AwardCalendar { cutoffs, review_day: 20, zone: ZonePolicy::AnywhereOnEarth }
}

/// A nomination stays active for one year: four rounds.
#[must_use]
pub fn fellow_carry_over() -> CarryOverPolicy {
    CarryOverPolicy { rounds: 4 }
}

/// Fellows by the bylaws: two thirds of the members of the Work Group.
#[must_use]
pub fn fellow_by_bylaws() -> AwardDecisionPolicy {
    decision("bylaws", "Fellow Work Group", Threshold::at_least(Fraction::TWO_THIRDS, Base::Members))
}

/// Fellows by the charter of the Work Group: more than half of the votes cast.
#[must_use]
pub fn fellow_by_charter() -> AwardDecisionPolicy {
    decision("charter", "Fellow Work Group", Threshold::MAJORITY)
}

/// Community Service and Distinguished Service: the board by majority.
#[must_use]
pub fn award_by_board() -> AwardDecisionPolicy {
    decision("board resolution", "Board", Threshold::MAJORITY)
}

fn decision(name: &str, body: &str, threshold: Threshold) -> AwardDecisionPolicy {
    AwardDecisionPolicy {
        name: name.to_owned(),
        body: body.to_owned(),
        threshold,
        recusal: RecusalPolicy::StaysInBase,
    }
}
