//! What is written is read back, for random elections; and no bytes make a reader panic or take much memory.

use proptest::prelude::*;

use super::*;

/// Names that stress every format's signs, among ordinary ones.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Z][a-z]{1,8}( [A-Z]\\.)?",
        "[=+@'#{:,;/|>-][ -~]{0,8}",
        "\\PC{1,12}",
        Just("count".to_owned()),
        Just("Доña \u{1f5f3} 9".to_owned()),
    ]
    .prop_filter("a name is not blank", |n| !n.trim().is_empty() && !n.chars().any(char::is_control))
}

fn names() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::btree_set(name(), 1..8).prop_map(|set| set.into_iter().collect())
}

/// Ranks without gaps, some equal, some missing; sometimes blank.
fn closed_ranks(n: usize) -> impl Strategy<Value = Vec<i32>> {
    proptest::collection::vec(0..=i32::try_from(n).unwrap_or(1), n).prop_map(|marks| {
        let mut file =
            BallotFile { votes: vec![Votes::Ranks(vec![Ballot::new(1, marks)])], ..BallotFile::default() };
        file.close_ranks();
        file.ballots().first().map(|b| b.marks.clone()).unwrap_or_default()
    })
}

fn groups(marks: impl Strategy<Value = Vec<i32>>) -> impl Strategy<Value = Vec<Ballot>> {
    let count = prop_oneof![4 => 1u64..50, 1 => Just(1u64 << 40)];
    proptest::collection::vec((count, marks).prop_map(|(count, marks)| Ballot { count, marks }), 0..12)
}

fn election(votes: fn(usize) -> BoxedStrategy<Votes>) -> impl Strategy<Value = BallotFile> {
    (names(), proptest::option::of(name()), 0u32..9)
        .prop_flat_map(move |(names, title, seats)| {
            let n = names.len();
            (Just((names, title, seats)), votes(n), Just((0..n).collect::<Vec<_>>()).prop_shuffle(), 0..=n)
        })
        .prop_map(|((candidates, title, seats), votes, lot, withdrawn)| {
            let mut withdrawn: Vec<usize> = lot.iter().copied().take(withdrawn).collect();
            withdrawn.sort_unstable();
            let (seats, lot, votes) = (Some(seats), Some(lot), vec![votes]);
            BallotFile { title, seats, candidates, withdrawn, lot, votes, ..BallotFile::default() }
        })
}

fn ranked(n: usize) -> BoxedStrategy<Votes> {
    groups(closed_ranks(n)).prop_map(Votes::Ranks).boxed()
}

fn scored(n: usize) -> BoxedStrategy<Votes> {
    groups(proptest::collection::vec(0..6i32, n)).prop_map(Votes::Scores).boxed()
}

fn anything(n: usize) -> BoxedStrategy<Votes> {
    let marks = || groups(proptest::collection::vec(prop_oneof![0..9i32, any::<i32>()], n));
    prop_oneof![
        marks().prop_map(Votes::Ranks),
        marks().prop_map(Votes::Scores),
        marks().prop_map(Votes::Grades),
        marks().prop_map(Votes::Approvals),
        proptest::collection::vec(0..1u64 << 44, n).prop_map(|totals| Votes::Totals {
            totals,
            cast: Some(1 << 44),
            blank: None
        }),
    ]
    .boxed()
}

fn again(format: Format, file: &BallotFile, kind: Kind) -> Option<BallotFile> {
    let text = write(format, file).ok()?;
    let options = ReadOptions { kind, ..ReadOptions::default() };
    Some(read(format, text.as_bytes(), &options).unwrap_or_else(|e| panic!("{format}: {e}\n{text}")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn blt_comes_back(mut file in election(ranked)) {
        for name in file.candidates.iter_mut().chain(&mut file.title) {
            *name = name.replace('"', "'");
        }
        prop_assert_eq!(again(Format::Blt, &file, Kind::Ranks), Some(file));
    }

    #[test]
    fn abif_comes_back(mut file in election(ranked)) {
        file.candidates.iter_mut().for_each(|name| *name = name.replace(['[', ']'], "'"));
        (file.lot, file.withdrawn) = (None, Vec::new());
        let back = again(Format::Abif, &file, Kind::Ranks).expect("fits");
        prop_assert_eq!(back.votes_of(Kind::Ranks), file.votes_of(Kind::Ranks));
        prop_assert_eq!((back.title, back.candidates, back.seats), (file.title, file.candidates, file.seats));
    }

    #[test]
    fn abif_points_come_back(mut file in election(scored)) {
        file.candidates.iter_mut().for_each(|name| *name = name.replace(['[', ']'], "'"));
        let back = again(Format::Abif, &file, Kind::Scores).expect("fits");
        let all_blank = file.ballots().iter().all(Ballot::is_blank);
        if !all_blank {
            prop_assert_eq!(back.votes_of(Kind::Scores), file.votes_of(Kind::Scores));
            // Order and points together come back too.
            prop_assert_eq!(again(Format::Abif, &back, Kind::Scores), Some(back));
        }
    }

    #[test]
    fn preflib_comes_back(mut file in election(ranked)) {
        file.remove_blank();
        file.join_identical();
        for name in file.candidates.iter_mut().chain(&mut file.title) {
            *name = name.trim().to_owned();
        }
        (file.lot, file.withdrawn, file.seats) = (None, Vec::new(), None);
        prop_assert_eq!(again(Format::PrefLib, &file, Kind::Ranks), Some(file));
    }

    #[test]
    fn csv_comes_back(mut file in election(anything)) {
        let kind = file.kinds()[0];
        (file.lot, file.withdrawn, file.seats, file.title) = (None, Vec::new(), None, None);
        if let Some(back) = again(Format::Csv, &file, kind) {
            prop_assert_eq!(back, file);
        } else {
            let negative = file.ballots().iter().any(|b| b.marks.iter().any(|&m| m < 0));
            prop_assert!(kind == Kind::Totals || negative);
        }
    }

    #[test]
    fn json_comes_back(file in election(anything)) {
        let mut back = again(Format::Json, &file, Kind::Ranks).expect("fits");
        if file.ballots().is_empty() && !matches!(file.votes[0], Votes::Totals { .. }) {
            back.votes = file.votes.clone(); // An empty list of ballots has no kind.
        }
        prop_assert_eq!(back, file);
    }

    #[test]
    fn belenios_comes_back(file in election(anything)) {
        let kind = file.kinds()[0];
        if let Some(back) = again(Format::Belenios, &file, kind) {
            let mut back = back;
            let mut file = file;
            back.join_identical();
            file.join_identical();
            match (&back.votes[0], &file.votes[0]) {
                (Votes::Totals { totals, .. }, Votes::Totals { totals: expected, .. }) => {
                    prop_assert_eq!(totals, expected);
                }
                (back, expected) => prop_assert_eq!(back, expected),
            }
        }
    }

    #[test]
    fn debian_and_civs_come_back(mut file in election(ranked)) {
        for (i, name) in file.candidates.iter_mut().enumerate() {
            *name = format!("{i} {}", name.trim().replace('/', "|"));
        }
        (file.lot, file.withdrawn, file.seats, file.title) = (None, Vec::new(), None, None);
        file.join_identical();
        if let Some(mut back) = again(Format::Debian, &file, Kind::Ranks) {
            back.join_identical();
            prop_assert_eq!(&back, &file);
        }
        if let Votes::Ranks(ballots) = &mut file.votes[0] {
            ballots.retain(|b| b.count < 50 && !b.marks.contains(&0));
        }
        file.join_identical();
        let mut back = again(Format::Civs, &file, Kind::Ranks).expect("complete rankings fit");
        back.join_identical();
        prop_assert_eq!(back, file);
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in hostile(), which in 0..8usize) {
        let small = Limits { bytes: 1 << 16, candidates: 64, marks: 1 << 12 };
        let options = ReadOptions { limits: small, ..ReadOptions::default() };
        let _ = read_any(None, &bytes, &options);
        if let Ok(file) = read(Format::ALL[which], &bytes, &options) {
            prop_assert!(file.candidates.len() <= small.candidates);
            // Whatever was accepted is a consistent election.
            prop_assert!(file.votes.is_empty() || file.profile(file.kinds()[0]).is_some_and(|p| p.is_ok()));
            for format in Format::ALL {
                let _ = write(format, &file);
            }
        }
    }
}

/// Noise, and true files with bytes changed, doubled or cut.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let true_file = (election(ranked), 0..8usize).prop_map(|(mut file, which)| {
        file.close_ranks();
        file.remove_blank();
        write(Format::ALL[which], &file).unwrap_or_default().into_bytes()
    });
    let damage = proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0..4u8), 1..6);
    let damaged = (true_file, damage).prop_map(|(mut bytes, damage)| {
        for (place, value, how) in damage {
            if bytes.is_empty() {
                break;
            }
            let i = place.index(bytes.len());
            match how {
                0 => bytes[i] = value,
                1 => bytes.insert(i, value),
                2 => bytes.truncate(i),
                _ => {
                    let tail = bytes[i..].to_vec();
                    bytes.extend(tail);
                }
            }
        }
        bytes
    });
    prop_oneof![
        damaged,
        proptest::collection::vec(any::<u8>(), 0..200),
        "\\PC{0,120}".prop_map(String::into_bytes)
    ]
}
