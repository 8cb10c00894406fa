//! Tables as diesel sees them, one file per feature; all are re-exported here.
//!
//! The column order is the order of the migrations, because rows are read with `all_columns`.

mod accounts;
mod organisation;

pub use accounts::*;
pub use organisation::*;

diesel::allow_tables_to_appear_in_same_query!(addresses, persons, role_grants, sessions, tokens,);
