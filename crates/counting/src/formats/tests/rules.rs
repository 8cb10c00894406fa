//! What holds for every format: limits, detection, and writers that drop nothing.

use super::*;

fn limits(bytes: usize, candidates: usize, marks: usize) -> ReadOptions {
    ReadOptions { limits: Limits { bytes, candidates, marks }, ..ReadOptions::default() }
}

#[test]
fn limits_hold_in_every_format() {
    let samples: [(Format, &str); 8] = [
        (Format::Blt, BLT),
        (Format::Abif, "5:A>B>C>D\n3:B\n"),
        (Format::PrefLib, PREFLIB),
        (Format::Csv, "A,B,C\n1,2,3\n1,2,3\n"),
        (
            Format::Json,
            r#"{"candidates":["A","B","C"],"ballots":[{"count":1,"ranks":[1,2,3]},{"count":1,"ranks":[1,2,3]}]}"#,
        ),
        (Format::Belenios, "[[1,2,3],[1,2,3]]"),
        (Format::Civs, "# Candidates: A / B / C\n1,2,3\n1,2,3\n"),
        (Format::Debian, "Option 1-->: A\nOption 2->: B\nOption 3->: C\nV: 123\nV: 321\n"),
    ];
    for (format, text) in samples {
        let problem = |options: &ReadOptions| match read(format, text.as_bytes(), options) {
            Ok(_) => None,
            Err(e) => Some(e.problem),
        };
        let n = text.len();
        assert_eq!(problem(&limits(n, 4, 1_000)), None, "{format}");
        assert_eq!(
            problem(&limits(n - 1, 4, 1_000)),
            Some(Problem::TooLarge { bytes: n, limit: n - 1 }),
            "{format}"
        );
        assert!(
            matches!(problem(&limits(n, 2, 1_000)), Some(Problem::TooManyCandidates { limit: 2, .. })),
            "{format}"
        );
        assert!(matches!(problem(&limits(n, 4, 20)), Some(Problem::TooManyMarks { .. })), "{format}");
        let mut nul = text.as_bytes().to_vec();
        nul.push(0);
        let error = read(format, &nul, &ReadOptions::default()).expect_err("a NUL byte");
        assert_eq!(error.problem, Problem::Nul, "{format}");
        if format != Format::Debian {
            let mut latin1 = text.as_bytes().to_vec();
            latin1.extend_from_slice(b"\xe9");
            let error = read(format, &latin1, &ReadOptions::default()).expect_err("not UTF-8");
            assert_eq!(error.problem, Problem::NotUtf8, "{format}");
        }
    }
}

#[test]
fn formats_are_told_by_name_then_content() {
    let cases: [(Option<&str>, &str, Option<Format>); 20] = [
        (Some("a.blt"), "", Some(Format::Blt)),
        (Some("a.ABIF"), "", Some(Format::Abif)),
        (Some("dir.csv/a.toi"), "", Some(Format::PrefLib)),
        (Some("a.csv"), "A,B\n1,2\n", Some(Format::Csv)),
        (Some("a.csv"), "# Candidates: A / B\n1,2\n", Some(Format::Civs)),
        (Some("a.json"), "{\"candidates\":[]}", Some(Format::Json)),
        (Some("a.json"), "{ \"result\":[[1]]}", Some(Format::Belenios)),
        (Some("ranks.json"), "[[1,2]]", Some(Format::Belenios)),
        (Some("tally.txt"), "Text\n   /  Option 2--->: Bo\nV: 12", Some(Format::Debian)),
        (None, BLT, Some(Format::Blt)),
        (None, PREFLIB, Some(Format::PrefLib)),
        (None, "3\n1,A\n", Some(Format::PrefLib)),
        (None, "{title: \"x\"}\n3:A\n", Some(Format::Abif)),
        (None, "{\"title\": \"x\"}\n3:A\n", Some(Format::Abif)),
        (None, "# remark\n3: A>B\n", Some(Format::Abif)),
        (None, "{\"candidates\":[]}\n", Some(Format::Json)),
        (None, "{\n\"candidates\":[]}\n", Some(Format::Json)),
        (None, "Ana,Bo\n1,2\n", Some(Format::Csv)),
        (None, "", None),
        (None, "hello", None),
    ];
    for (name, text, format) in cases {
        assert_eq!(Format::detect(name, text.as_bytes()), format, "{name:?} {text:?}");
    }
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
    }
    assert!("ods".parse::<Format>().expect_err("unknown").contains("use blt, abif"));
}

#[test]
fn writers_refuse_what_a_format_cannot_hold() {
    let file = |marks: &[i32]| BallotFile {
        candidates: vec!["A".to_owned(), "B".to_owned()],
        votes: vec![Votes::Ranks(vec![Ballot::new(1, [1, 2]), Ballot::new(2, marks)])],
        ..BallotFile::default()
    };
    let error = |format, file: &BallotFile| write(format, file).expect_err("does not fit").to_string();
    assert_eq!(
        error(Format::PrefLib, &file(&[0, 0])),
        "PrefLib has no blank ballots, but ballot group 2 is blank; leave blank ballots out first"
    );
    for (format, name) in [(Format::PrefLib, "PrefLib"), (Format::Abif, "ABIF")] {
        let expected =
            format!("{name} has no skipped ranks, but ballot group 2 skips one; close up the ranks first");
        assert_eq!(error(format, &file(&[0, 2])), expected);
    }
    assert_eq!(error(Format::Blt, &file(&[3, 0])), "BLT cannot hold the mark 3 of ballot group 2");
    assert!(
        write(Format::Blt, &file(&[2, 0])).expect("has a sign for skipped ranks").contains("\n2 - 1 0\n")
    );
    for format in Format::ALL.into_iter().filter(|f| *f != Format::Json) {
        assert!(
            error(format, &file(&[-1, 1])).contains("cannot hold the mark -1 of ballot group 2"),
            "{format}"
        );
    }
    let mut named = file(&[1, 1]);
    named.candidates = vec!["a\"]/ b ".to_owned(), "x / y".to_owned()];
    for format in [Format::Blt, Format::Abif, Format::PrefLib, Format::Civs, Format::Debian] {
        assert!(error(format, &named).contains("cannot hold the text"), "{format}");
    }
    let mut many = file(&[1, 1]);
    many.votes = vec![Votes::Ranks(vec![Ballot::new(1 << 40, [1, 2])])];
    for format in [Format::Belenios, Format::Civs, Format::Debian] {
        assert!(
            error(format, &many).contains("limited to 1048576 ballots, here are 1099511627776"),
            "{format}"
        );
    }
    let mut short = file(&[1, 1]);
    short.candidates.push("C".to_owned());
    for format in Format::ALL {
        assert!(error(format, &short).starts_with("the ballots do not fit"), "{format}");
    }
}

#[test]
fn joining_closing_and_leaving_out() {
    let mut file = load(Format::Abif, "2:A/3>B/1\n1:\n3:B/5\n4:A/3>B/1\n");
    file.join_identical();
    assert_eq!(ranks(&file), [(6, vec![1, 2]), (1, vec![0, 0]), (3, vec![0, 1])]);
    assert_eq!(file.remove_blank(), 1);
    assert_eq!(ranks(&file), [(6, vec![1, 2]), (3, vec![0, 1])]);
    assert_eq!(
        file.votes_of(Kind::Scores),
        Some(&Votes::Scores(vec![Ballot::new(6, [3, 1]), Ballot::new(3, [0, 5])]))
    );
    let mut file = load(Format::Csv, "A,B,C,D,E\n7,3,,3,9\n");
    file.close_ranks();
    assert_eq!(ranks(&file), [(1, vec![2, 1, 0, 1, 3])]);
    let most = 1u64 << 40;
    let mut file = load(Format::Abif, &format!("{most}:A>B\n1:A>B\n2:A>B\n"));
    file.join_identical();
    assert_eq!(ranks(&file), [(most, vec![1, 2]), (3, vec![1, 2])]);
}
