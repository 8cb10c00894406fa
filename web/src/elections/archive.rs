//! The archive as a stream out of the database, byte for byte what the events prescribe.

use folkmoot_ballot::archive::{Chain, EventKind};
use folkmoot_store::Conn;
use folkmoot_store::elections::Election;
use folkmoot_store::elections::ballot_box;

use actix_web::http::header;
use actix_web::{HttpResponse, web};

use crate::app::App;
use crate::error::{AppError, AppResult};

/// Events written in one go.
const BATCH: i64 = 200;

/// Writes the archive piece by piece: each call gives the next bytes, empty at the end.
pub struct ArchiveStream {
    election: Election,
    chain: Chain,
    last: i64,
    begun: bool,
}

impl ArchiveStream {
    /// The archive up to the event at height `last`, or as far as the log goes.
    ///
    /// # Errors
    /// `Internal` for an impossible time stamp.
    pub fn new(election: Election, last: Option<i64>) -> AppResult<Self> {
        let chain = Chain::new(u64::try_from(election.archive_seconds).map_err(AppError::internal)?);
        Ok(Self { election, chain, last: last.unwrap_or(i64::MAX), begun: false })
    }

    /// The next piece; empty when everything was given.
    ///
    /// # Errors
    /// Database errors; `Internal` when an event is not the one that its objects lead to.
    pub fn next_piece(&mut self, conn: &mut Conn) -> AppResult<Vec<u8>> {
        let mut out = Vec::new();
        if !self.begun {
            self.begun = true;
            out = self.chain.prologue().map_err(AppError::internal)?;
        }
        let from = i64::try_from(self.chain.height).map_err(AppError::internal)?;
        for event in ballot_box::events(conn, self.election.id, from, BATCH)? {
            if event.height > self.last {
                break;
            }
            let kind = EventKind::ALL
                .into_iter()
                .find(|k| k.name() == event.kind)
                .ok_or_else(|| AppError::internal("an event of an unknown kind"))?;
            let mut objects = Vec::new();
            for hash in event.objects.split(',').filter(|h| !h.is_empty()) {
                objects.push(ballot_box::object_bytes(conn, self.election.id, hash)?);
            }
            let views: Vec<&[u8]> = objects.iter().map(Vec::as_slice).collect();
            let (bytes, appended, next) = self.chain.next(kind, &views).map_err(AppError::internal)?;
            if appended.event != event.event_json.as_bytes() {
                return Err(AppError::internal(
                    "an event of the ballot box does not follow from its objects",
                ));
            }
            out.extend(bytes);
            self.chain = next;
        }
        Ok(out)
    }
}

/// The archive as a download, up to the event at height `last`.
///
/// # Errors
/// `NotFound` before the setup event.
pub fn download(app: &App, election: Election, last: Option<i64>) -> AppResult<HttpResponse> {
    if election.election_json.is_none() {
        return Err(AppError::not_found());
    }
    let name = format!("attachment; filename=\"{}.bel\"", election.uuid);
    let stream = ArchiveStream::new(election, last)?;
    let app = app.clone();
    let body = futures_util::stream::unfold(Some(stream), move |state| {
        let app = app.clone();
        async move {
            let mut stream = state?;
            let step = app
                .read(move |conn| {
                    let piece = stream.next_piece(conn)?;
                    Ok((piece, stream))
                })
                .await;
            match step {
                Ok((piece, _)) if piece.is_empty() => None,
                Ok((piece, stream)) => Some((Ok(web::Bytes::from(piece)), Some(stream))),
                // The connection breaks off, so that nobody takes half an archive for a whole one.
                Err(error) => Some((Err(error), None)),
            }
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/octet-stream"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .streaming(Box::pin(body)))
}
