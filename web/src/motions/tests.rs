//! Stories about motions: small bodies with the numbers of real rules, over HTTP.

mod ejection;
mod promotion;
mod secret;
pub(crate) mod town;
