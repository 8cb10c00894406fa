//! People as staff see them: search, one person, leaving.

pub mod duplicates;
mod leave;
mod lists;
mod pages;
mod search;
#[cfg(test)]
mod tests;
pub mod timeline;

use crate::routes::Route;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    [search::routes(), pages::routes(), duplicates::routes(), lists::routes(), leave::routes()]
        .into_iter()
        .flatten()
        .collect()
}
