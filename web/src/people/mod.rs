//! People as staff see them: search, one person, leaving.

mod leave;
mod pages;
#[cfg(test)]
mod tests;

use crate::routes::Route;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    [pages::routes(), leave::routes()].into_iter().flatten().collect()
}
