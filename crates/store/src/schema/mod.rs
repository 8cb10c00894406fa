//! Tables as diesel sees them, one file per feature; all are re-exported here.
//!
//! The column order is the order of the migrations, because rows are read with `all_columns`.

mod organisation;

pub use organisation::*;
