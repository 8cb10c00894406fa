//! Tables as diesel sees them, one file per feature; all are re-exported here.
//!
//! The column order is the order of the migrations, because rows are read with `all_columns`.

mod accounts;
mod organisation;
#[allow(missing_docs, reason = "tables and columns are explained in the migration and on the row types")]
mod voting;

pub use accounts::*;
pub use organisation::*;
pub use voting::*;

diesel::allow_tables_to_appear_in_same_query!(addresses, persons, role_grants, sessions, tokens,);
