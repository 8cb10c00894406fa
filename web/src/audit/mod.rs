//! The audit log as staff read it. Writing it is `folkmoot_store::audit`; checking it is `folkmoot audit verify`.

mod download;
mod pages;
#[cfg(test)]
mod tests;

pub use pages::routes;
