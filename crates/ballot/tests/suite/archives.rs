//! Archives: byte for byte both ways, resumable, and refused when damaged.

use std::io::Cursor;

use folkmoot_ballot::archive::{
    ArchiveError, Chain, EventKind, Limits, Records, Writer, owned, parse_owned, recover, setup_data,
};
use proptest::prelude::*;

type Step = (EventKind, Vec<Vec<u8>>);

fn sample() -> Vec<Step> {
    let (election, trustees, roll) = (b"{\"e\":1}".to_vec(), b"[]".to_vec(), vec![b'x'; 512]);
    let setup = setup_data(&election, &trustees, &roll).into_bytes();
    vec![
        (EventKind::Setup, vec![election, trustees, roll, setup]),
        (EventKind::Ballot, vec![vec![b'b'; 513]]),
        (EventKind::Ballot, vec![vec![]]),
        (EventKind::EndBallots, vec![]),
        (EventKind::EncryptedTally, vec![b"[[]]".to_vec(), b"{}".to_vec()]),
    ]
}

fn write(steps: &[Step], timestamp: u64) -> Vec<u8> {
    let mut writer = Writer::create(Vec::new(), timestamp).unwrap();
    for (kind, objects) in steps {
        let objects: Vec<&[u8]> = objects.iter().map(Vec::as_slice).collect();
        writer.append(*kind, &objects).unwrap();
    }
    writer.into_inner()
}

fn read(raw: &[u8]) -> Result<Vec<Step>, ArchiveError> {
    let mut records = Records::open(raw, Limits::default())?;
    let mut steps = Vec::new();
    while let Some(record) = records.next_record()? {
        steps.push((record.event.kind, record.objects.into_iter().map(|o| o.data).collect()));
    }
    Ok(steps)
}

#[test]
fn what_is_written_is_read_and_rewritten_identically() {
    let steps = sample();
    let raw = write(&steps, 0);
    assert_eq!(raw.len() % 512, 0);
    assert_eq!(read(&raw).unwrap(), steps);
    assert!(write(&steps, (1 << 33) - 1).len() == raw.len() && Writer::create(Vec::new(), 1 << 33).is_err());
}

#[test]
fn every_cut_is_either_a_valid_prefix_or_recovered_to_one() {
    let steps = sample();
    let raw = write(&steps, 7);
    let ends: Vec<usize> = (0..=steps.len()).map(|n| write(&steps[..n], 7).len()).collect();
    for cut in (0..=raw.len()).step_by(37).chain(ends.iter().copied()) {
        let part = &raw[..cut];
        let whole = ends.iter().rposition(|end| *end <= cut);
        let Some(whole) = whole else {
            assert!(matches!(read(part), Err(ArchiveError::Prologue)));
            continue;
        };
        assert_eq!(read(part).is_ok(), ends[whole] == cut, "cut at {cut}");
        let found = recover(part, Limits::default()).unwrap();
        assert_eq!((found.length as usize, found.torn), (ends[whole], ends[whole] != cut));
        // Cutting the torn part off and appending what is missing gives the same archive.
        let mut out = Cursor::new(raw[..ends[whole]].to_vec());
        out.set_position(ends[whole] as u64);
        let mut writer = Writer::resume(out, found.chain);
        for (kind, objects) in &steps[whole..] {
            let objects: Vec<&[u8]> = objects.iter().map(Vec::as_slice).collect();
            writer.append(*kind, &objects).unwrap();
        }
        assert!(writer.into_inner().into_inner() == raw);
    }
}

#[test]
fn no_changed_byte_of_an_archive_survives() {
    let raw = write(&sample(), 7);
    for at in 0..raw.len() {
        let mut changed = raw.clone();
        changed[at] ^= 1;
        assert!(read(&changed).is_err(), "byte {at}");
    }
    for tail in [vec![0; 1024], vec![0; 512], b"x".to_vec()] {
        assert!(read(&[raw.clone(), tail].concat()).is_err());
    }
}

#[test]
fn limits_duplicates_and_wrong_counts_are_refused() {
    let steps = sample();
    let raw = write(&steps, 7);
    let mut records = Records::open(raw.as_slice(), Limits { object: 520 }).unwrap();
    // 7, 2 and 512 bytes: none is too large alone.
    assert!(matches!(records.next_record(), Err(ArchiveError::TooLarge { size: 521, limit: 520, .. })));
    let mut twice = steps.clone();
    twice.insert(2, steps[1].clone());
    assert!(matches!(read(&write(&twice, 7)), Err(ArchiveError::Duplicate { height: 2, .. })));
    assert!(Chain::new(0).next(EventKind::Setup, &[b"a"]).is_err());
    assert!(Chain::new(0).next(EventKind::EndBallots, &[b"a"]).is_err());
}

#[test]
fn owned_objects_have_one_spelling() {
    let text = owned(3, b"{}");
    assert_eq!(parse_owned(text.as_bytes()).unwrap().0, 3);
    for bad in [
        text.replace(":3", ":03"),
        text.replace(":3", ":-3"),
        text.replace(":3", ":\"3\""),
        format!("{text} "),
    ] {
        assert!(parse_owned(bad.as_bytes()).is_err(), "{bad}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_refused_without_panic(raw in prop::collection::vec(any::<u8>(), 0..2048)) {
        prop_assert!(read(&raw).is_err());
    }

    #[test]
    fn any_ballots_round_trip(ballots in prop::collection::hash_set(prop::collection::vec(any::<u8>(), 0..1500), 0..6)) {
        let steps: Vec<Step> = ballots.into_iter().map(|b| (EventKind::Ballot, vec![b])).collect();
        prop_assert_eq!(read(&write(&steps, 1)).unwrap(), steps);
    }
}
