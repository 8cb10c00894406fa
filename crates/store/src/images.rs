//! Pictures as they are served.

use diesel::prelude::*;

use crate::Conn;
use crate::schema::images;
use crate::types::Utc;

crate::row_ids! {
    /// Key of a picture.
    ImageId,
}

/// A picture, written anew by us.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Image {
    /// Key.
    pub id: ImageId,
    /// SHA-256 of the bytes in hexadecimal; its name in addresses.
    pub hash: String,
    /// In pixels.
    pub width: i64,
    /// In pixels.
    pub height: i64,
    /// Content, PNG.
    pub png: Vec<u8>,
    /// When it was kept.
    pub created_at: Utc,
}

/// Keeps a picture; the same bytes are kept once.
///
/// # Errors
/// A database error.
pub fn keep(
    conn: &mut Conn,
    hash: &str,
    (width, height): (u32, u32),
    png: &[u8],
    now: Utc,
) -> QueryResult<ImageId> {
    let known: Option<ImageId> =
        images::table.filter(images::hash.eq(hash)).select(images::id).first(conn).optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    diesel::insert_into(images::table)
        .values((
            images::hash.eq(hash),
            images::width.eq(i64::from(width)),
            images::height.eq(i64::from(height)),
            images::png.eq(png),
            images::created_at.eq(now),
        ))
        .returning(images::id)
        .get_result(conn)
}

/// The picture with this hash.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_hash(conn: &mut Conn, hash: &str) -> QueryResult<Image> {
    images::table.filter(images::hash.eq(hash)).first(conn)
}

/// Removes a picture nothing names any more.
///
/// # Errors
/// A database error.
pub fn drop_image(conn: &mut Conn, hash: &str) -> QueryResult<()> {
    diesel::delete(images::table.filter(images::hash.eq(hash))).execute(conn)?;
    Ok(())
}
