//! What every fuzz target of this crate checks: a reader never panics, keeps to its limits, and what it accepted is
//! a consistent election that comes back after writing.

use folkmoot_counting::formats::{BallotFile, Format, Limits, ReadOptions, read, read_any, write};

/// Small limits: a break of one shows as a crash within the memory limit of the run.
const LIMITS: Limits = Limits { bytes: 1 << 16, candidates: 1 << 8, marks: 1 << 16 };

/// Reads the bytes as one format.
pub fn check(format: Format, bytes: &[u8]) {
    let options = ReadOptions { limits: LIMITS, ..ReadOptions::default() };
    if let Ok(file) = read(format, bytes, &options) {
        consistent(&file);
        comes_back(format, &file);
    }
}

/// Reads the bytes as whatever they look like.
pub fn check_any(bytes: &[u8]) {
    let options = ReadOptions { limits: LIMITS, ..ReadOptions::default() };
    if let Ok((format, file)) = read_any(None, bytes, &options) {
        consistent(&file);
        assert_eq!(Format::detect(Some(&format!("x.{format}")), bytes).is_some(), true);
    }
}

fn consistent(file: &BallotFile) {
    assert!(file.candidates.len() <= LIMITS.candidates);
    for kind in file.kinds() {
        let profile = file.profile(kind).expect("the kind is there").expect("a reader accepts only what can be counted");
        assert!(profile.ballots().len() <= LIMITS.marks);
    }
    for &c in file.withdrawn.iter().chain(file.lot.iter().flatten()) {
        assert!(c < file.candidates.len());
    }
}

/// Writing may refuse; what it writes must be read as the same election. `None` in one format is no failure.
fn comes_back(format: Format, file: &BallotFile) {
    let Ok(text) = write(format, file) else { return };
    let back = read(format, text.as_bytes(), &ReadOptions::default());
    let back = back.unwrap_or_else(|e| panic!("{format} refused what it wrote: {e}\n{text}"));
    assert_eq!(back.candidates, file.candidates);
    let (mut back, mut file) = (back, file.clone());
    back.join_identical();
    file.join_identical();
    match format {
        // Ranks left out are written as the last rank.
        Format::Civs => {}
        // Points of blank ballots and ballots of no kind have nothing to be told by.
        Format::Abif | Format::Json if file.profile(file.kinds()[0]).is_some_and(|p| p.is_ok_and(|p| p.ballots().iter().all(|b| b.is_blank()))) => {}
        _ => assert_eq!(back.votes, file.votes, "{format}:\n{text}"),
    }
}
