//! Everything between the socket and the handlers: request context, guard of each route, headers, forms, pages, static files.

pub mod assets;
pub mod context;
mod cookies;
pub mod csrf;
pub mod edge;
pub mod export;
pub mod flash;
pub mod forms;
mod guard;
pub mod headers;
pub mod limits;
pub mod pages;
pub mod session;
pub mod signed;
pub mod upload;
pub mod urls;
pub mod when;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wire_tests;

pub use context::Ctx;
pub use forms::{Check, FieldErrors, Form};
pub use guard::{Gate, Rule, plain_answer, protect};
pub use pages::Page;
pub use upload::{SentFile, Upload};

/// What every handler returns.
pub type PageResult = crate::error::AppResult<actix_web::HttpResponse>;
