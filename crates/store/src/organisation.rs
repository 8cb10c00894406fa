//! Named settings of the organisation, kept as JSON text.

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::schema::settings;
use crate::types::{JsonText, Utc};
use crate::{Conn, on_backend};

/// Reads the setting `name`; `None` when it was never written.
///
/// # Errors
/// A database error, or a deserialisation error when the stored JSON does not fit `T`.
pub fn setting<T: DeserializeOwned>(conn: &mut Conn, name: &str) -> QueryResult<Option<T>> {
    let text: Option<JsonText> = settings::table.find(name).select(settings::value).first(conn).optional()?;
    text.map(|t| t.parse()).transpose()
}

/// Writes the setting `name`, replacing an earlier value.
///
/// # Errors
/// A database error, or a serialisation error when `value` has no JSON form.
pub fn put_setting<T: Serialize>(conn: &mut Conn, name: &str, value: &T, now: Utc) -> QueryResult<()> {
    let text = JsonText::of(value)?;
    on_backend!(conn, c => diesel::insert_into(settings::table)
        .values((settings::name.eq(name), settings::value.eq(&text), settings::updated_at.eq(now)))
        .on_conflict(settings::name)
        .do_update()
        .set((settings::value.eq(&text), settings::updated_at.eq(now)))
        .execute(c))?;
    Ok(())
}
