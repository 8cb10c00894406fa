//! Rows for scripted reports, by what they are about. Whatever is about taking part in an election leaves these files as numbers
//! by class, never by person; no query here touches ballots or voting codes; and of nominations to awards nobody is named but
//! recipients in public.

mod awards;
mod money;
mod motions;
mod people;
mod records;
mod seats;
mod voting;

pub use awards::{AwardRow, Fate, awards};
pub use money::{Money, amounts, left, members_at, money, paid};
pub use motions::motions;
pub use people::{Holder, last_affirmations, last_renewals, mail_addresses, memberships_after, roster};
pub use records::{Delivery, Entry, audit_after, deliveries_after, erasures};
pub use seats::{Seat, affiliated_on, seats};
pub use voting::{OnRoll, Turnout, funnel, missed, roll, turnout};
