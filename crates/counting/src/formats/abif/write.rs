//! Writing ABIF.

use std::fmt::Write as _;

use super::NAME;
use crate::formats::BallotFile;
use crate::formats::error::{ExportError, quoted};
use crate::formats::file::tiers;
use crate::profile::{Ballot, Kind, Votes};

pub(in crate::formats) fn write(file: &BallotFile) -> Result<String, ExportError> {
    let mut out = String::new();
    if let Some(title) = &file.title {
        let _ = writeln!(out, "{{title: {}}}", serde_json::Value::from(title.as_str()));
    }
    if let Some(seats) = file.seats {
        let _ = writeln!(out, "{{seats: {seats}}}");
    }
    for (i, name) in file.candidates.iter().enumerate() {
        if name.contains(['[', ']', '\n', '\r']) {
            let reserved = "square brackets and line ends";
            return Err(ExportError::Text { format: NAME, text: quoted(name), reserved });
        }
        let _ = writeln!(out, "=C{}:[{name}]", i + 1);
    }
    let empty =
        || ExportError::Kind { format: NAME, kind: file.kinds().first().map_or("no ballots", |k| k.key()) };
    match (file.votes_of(Kind::Ranks), file.votes_of(Kind::Scores), file.votes_of(Kind::Approvals)) {
        (Some(Votes::Ranks(ranks)), Some(Votes::Scores(scores)), _) => {
            for (i, (r, s)) in ranks.iter().zip(scores).enumerate() {
                ranked(&mut out, r, Some(s), i + 1)?;
            }
        }
        (Some(Votes::Ranks(ranks)), None, Some(Votes::Approvals(chosen))) if ranks == chosen => {
            unordered(&mut out, chosen, false)?;
        }
        (Some(Votes::Ranks(ranks)), ..) => {
            for (i, r) in ranks.iter().enumerate() {
                ranked(&mut out, r, None, i + 1)?;
            }
        }
        (None, Some(Votes::Scores(ballots)), _) => unordered(&mut out, ballots, true)?,
        (None, None, Some(Votes::Approvals(ballots))) => unordered(&mut out, ballots, false)?,
        _ => return Err(empty()),
    }
    Ok(out)
}

fn ranked(
    out: &mut String,
    ballot: &Ballot,
    scores: Option<&Ballot>,
    group: usize,
) -> Result<(), ExportError> {
    let _ = write!(out, "{}:", ballot.count);
    for (i, tier) in tiers(ballot, group, NAME)?.iter().enumerate() {
        for (j, &c) in tier.iter().enumerate() {
            let join = if j > 0 {
                "="
            } else if i > 0 {
                ">"
            } else {
                ""
            };
            let _ = write!(out, "{join}C{}", c + 1);
            if let Some(&points) = scores.and_then(|s| s.marks.get(c)) {
                not_negative(points, group)?;
                let _ = write!(out, "/{points}");
            }
        }
    }
    // Points of a candidate that the ballot does not rank have no place.
    let lost = scores.and_then(|s| s.marks.iter().zip(&ballot.marks).find(|(p, r)| **p != 0 && **r == 0));
    if let Some((&points, _)) = lost {
        return Err(ExportError::Mark { format: NAME, group, mark: i64::from(points) });
    }
    out.push('\n');
    Ok(())
}

fn unordered(out: &mut String, ballots: &[Ballot], points: bool) -> Result<(), ExportError> {
    for (i, ballot) in ballots.iter().enumerate() {
        let _ = write!(out, "{}:", ballot.count);
        let mut join = "";
        for (c, &m) in ballot.marks.iter().enumerate().filter(|(_, m)| **m != 0) {
            not_negative(m, i + 1)?;
            let _ = write!(out, "{join}C{}", c + 1);
            join = ",";
            if points {
                let _ = write!(out, "/{m}");
            } else if m != 1 {
                return Err(ExportError::Mark { format: NAME, group: i + 1, mark: i64::from(m) });
            }
        }
        out.push('\n');
    }
    Ok(())
}

fn not_negative(mark: i32, group: usize) -> Result<(), ExportError> {
    if mark < 0 { Err(ExportError::Mark { format: NAME, group, mark: i64::from(mark) }) } else { Ok(()) }
}
