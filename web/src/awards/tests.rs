//! Stories about awards: story 9 with its numbers, a year of rounds by the clock, confidentiality, teams, rosters.

mod board;
mod confidential;
mod join;
mod roster;
mod setting;
mod story9;
mod year;
