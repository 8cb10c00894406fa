//! Reading a request's body within a size and a time (requirement WEB-05).

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::{Bytes, BytesMut};
use futures_util::StreamExt;

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Larger than the limit, in bytes.
    TooLarge(usize),
    /// Not complete in time.
    TooSlow,
    /// The connection broke or the framing was wrong.
    Broken,
    /// Compressed: refused, because a small body may unpack to a huge one.
    Compressed,
}

/// Reads the body, at most `limit` bytes within `time`.
///
/// # Errors
/// [`Cut`], before more than `limit` bytes are held.
pub async fn body(
    headers: &HeaderMap,
    payload: &mut Payload,
    limit: usize,
    time: Duration,
) -> Result<Bytes, Cut> {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|v| v != "identity") {
        return Err(Cut::Compressed);
    }
    let announced: Option<usize> =
        headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    if announced.is_some_and(|n| n > limit) {
        return Err(Cut::TooLarge(limit));
    }
    let read = async {
        let mut all = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Cut::Broken)?;
            if all.len() + chunk.len() > limit {
                return Err(Cut::TooLarge(limit));
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    };
    tokio::time::timeout(time, read).await.unwrap_or(Err(Cut::TooSlow))
}
