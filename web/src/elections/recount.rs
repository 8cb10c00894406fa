//! The recount kit: archive, rules, opened ballots, decisions and a short program, in one tar file.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use folkmoot_store::Conn;
use folkmoot_store::elections::{Election, results as records, roll, running};
use serde_json::{Value, json};

use super::archive::ArchiveStream;
use super::results;
use super::settings::ElectionSettings;
use super::{downloads, seating};
use crate::app::App;
use crate::error::{AppError, AppResult};

/// The program; it needs Python and nothing else.
const PROGRAM: [(&str, &str); 3] = [
    ("tally.py", include_str!("recount/tally.py")),
    ("methods.py", include_str!("recount/methods.py")),
    ("seats.py", include_str!("recount/seats.py")),
];

const README: &str = "This is everything needed to count this election again.

1. Verify the ballot box: every ballot, every proof, nothing taken away.
       folkmoot verify archive.bel
   or, with a program that others wrote:
       mkdir box && cp archive.bel box/UUID.bel && belenios-tool election verify --dir box
   (UUID: the identifier in the first lines of record.txt; version 2.1 or later where the group is Ed25519)
2. Count again:
       python3 tally.py
   It compares every question with the announced result. Exit status 0: the same result. 1: another one. 3: the same as
   far as it counts, but not every question is counted there; for each of the others it prints the command that is.

archive.bel     the whole ballot box, as verified in step 1
settings.json   questions, methods, seats, limits, quorum, ties: the rules of this election
result.json     what the trustees opened, and what was announced
decisions.json  what was decided on the way, with reasons: suspensions, lots, seats given up
roll.json       size of the roll and the hash of its list
quorum.txt      the signed certificate of the quorum
record.txt      the record for people
tally.py        the program of step 2, with its parts methods.py (the voting methods) and seats.py (cohorts, limits, seats
                given up); short enough to read in an evening
";

/// Name of the folder in the tar file.
const FOLDER: &str = "recount-kit";

/// The kit as a download.
///
/// # Errors
/// `NotFound` before there is a result.
pub(super) async fn download(app: &App, election: Election) -> AppResult<HttpResponse> {
    let url = app.config().public_url.trim_end_matches('/').to_owned();
    let for_files = election.clone();
    let files = app.read(move |c| files(c, &for_files, &url)).await?;
    let mut head = Vec::new();
    for (name, bytes) in &files {
        push_file(&mut head, name, bytes)?;
    }
    let size = archive_size(app, &election).await?;
    head.extend(tar_header(&format!("{FOLDER}/archive.bel"), size)?);
    let padding = usize::try_from((512 - size % 512) % 512).map_err(AppError::internal)?;
    let mut tail = vec![0_u8; padding];
    tail.extend([0_u8; 1024]);
    let name = format!("attachment; filename=\"{}-recount-kit.tar\"", election.slug);
    let state = (app.clone(), Some(head), Some(ArchiveStream::new(election, None)?), Some(tail));
    let body = futures_util::stream::unfold(state, |(app, head, stream, tail)| async move {
        if let Some(head) = head {
            return Some((Ok(web::Bytes::from(head)), (app, None, stream, tail)));
        }
        if let Some(mut stream) = stream {
            let step = app
                .read(move |conn| {
                    let piece = stream.next_piece(conn)?;
                    Ok((piece, stream))
                })
                .await;
            return match step {
                Ok((piece, _)) if piece.is_empty() => {
                    tail.map(|t| (Ok(web::Bytes::from(t)), (app, None, None, None)))
                }
                Ok((piece, stream)) => Some((Ok(web::Bytes::from(piece)), (app, None, Some(stream), tail))),
                Err(error) => Some((Err(error), (app, None, None, None))),
            };
        }
        None
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/x-tar"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .streaming(Box::pin(body)))
}

async fn archive_size(app: &App, election: &Election) -> AppResult<u64> {
    let mut stream = ArchiveStream::new(election.clone(), None)?;
    let mut size = 0_u64;
    loop {
        let (length, next) = app
            .read(move |conn| {
                let piece = stream.next_piece(conn)?;
                Ok((piece.len(), stream))
            })
            .await?;
        stream = next;
        if length == 0 {
            return Ok(size);
        }
        size += u64::try_from(length).map_err(AppError::internal)?;
    }
}

fn files(conn: &mut Conn, election: &Election, url: &str) -> AppResult<Vec<(&'static str, Vec<u8>)>> {
    let pretty = |value: &Value| serde_json::to_vec_pretty(value).map_err(AppError::internal);
    let mut settings: ElectionSettings =
        serde_json::from_str(&election.settings).map_err(AppError::internal)?;
    for answer in settings.questions.iter_mut().flat_map(|q| &mut q.answers) {
        answer.person.clear();
    }
    let decisions: Vec<Value> = running::decisions(conn, election.id)?
        .into_iter()
        .filter(|d| d.public)
        .map(|d| {
            let details: Value = serde_json::from_str(&d.details).unwrap_or_default();
            json!({ "kind": d.kind, "at": d.at, "reason": d.reason, "details": details })
        })
        .collect();
    let snapshots: Vec<Value> = roll::snapshots(conn, election.id)?
        .into_iter()
        .map(|s| json!({ "version": s.version, "entries": s.entries, "sha256": s.list_hash, "at": s.frozen_at }))
        .collect();
    let roll = json!({ "entries": roll::count(conn, election.id)?, "versions": snapshots });
    let certificate = records::quorum_certificate(conn, election.id)?.map(|(_, n)| n).unwrap_or_default();
    let mut all: Vec<(&str, Vec<u8>)> = vec![("README.txt", README.into())];
    all.extend(PROGRAM.map(|(name, text)| (name, text.into())));
    all.extend([
        ("settings.json", pretty(&serde_json::to_value(&settings).map_err(AppError::internal)?)?),
        ("result.json", pretty(&result(conn, election)?)?),
        ("decisions.json", pretty(&Value::Array(decisions))?),
        ("roll.json", pretty(&roll)?),
        ("quorum.txt", certificate.into_bytes()),
        ("record.txt", downloads::record(conn, election, url)?.into_bytes()),
    ]);
    Ok(all)
}

/// The opened result and, question by question, what was announced.
///
/// # Errors
/// `NotFound` before there is a result.
pub(super) fn result(conn: &mut Conn, election: &Election) -> AppResult<Value> {
    let (value, _) = records::result(conn, election.id)?.ok_or_else(AppError::not_found)?;
    let value: Value = serde_json::from_str(&value).map_err(AppError::internal)?;
    let questions: Vec<Value> = results::stored(conn, election.id)?.into_iter().map(announced).collect();
    Ok(json!({ "result": value, "questions": questions }))
}

/// A decision with the names of the elected in order, for programs.
fn announced(decision: results::Decision) -> Value {
    let name = |n: usize| decision.outcome.as_ref().and_then(|o| o.candidates.get(n)).cloned();
    let elected: Vec<String> = match (&decision.allocation, &decision.outcome) {
        (Some(allocation), _) => {
            allocation.seats.iter().filter_map(|s| name(seating::number(&s.candidate)?)).collect()
        }
        (None, Some(outcome)) => outcome.winners.iter().filter_map(|n| name(*n)).collect(),
        (None, None) => Vec::new(),
    };
    let mut value = serde_json::to_value(&decision).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("elected".into(), json!(elected));
    }
    value
}

fn push_file(out: &mut Vec<u8>, name: &str, bytes: &[u8]) -> AppResult<()> {
    let size = u64::try_from(bytes.len()).map_err(AppError::internal)?;
    out.extend(tar_header(&format!("{FOLDER}/{name}"), size)?);
    out.extend(bytes);
    out.resize(out.len().div_ceil(512) * 512, 0);
    Ok(())
}

/// A ustar header for a plain file, without owner and time.
fn tar_header(name: &str, size: u64) -> AppResult<[u8; 512]> {
    // Eleven octal digits hold 8 GiB, far more than an archive may have.
    if name.len() > 99 || size >= 1 << 33 {
        return Err(AppError::internal("a file does not fit into a tar header"));
    }
    let mut header = [0_u8; 512];
    let mut put = |at: usize, text: &[u8]| {
        if let Some(place) = header.get_mut(at..at + text.len()) {
            place.copy_from_slice(text);
        }
    };
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
    if let Some(place) = header.get_mut(148..156) {
        place.copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    Ok(header)
}
