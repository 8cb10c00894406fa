//! Each format read as its authors write it, and refused with line and column.

use super::*;

/// Every case must be refused with exactly this message, so that line and column are right too.
fn refused(format: Format, cases: &[(&str, &str)]) {
    for (text, message) in cases {
        match read(format, text.as_bytes(), &ReadOptions::default()) {
            Err(e) => assert_eq!(e.to_string(), *message, "{text:?}"),
            Ok(file) => panic!("{format} accepted {text:?} as {file:?}"),
        }
    }
}

#[test]
fn blt_with_every_extension_of_the_dialects() {
    let file = load(Format::Blt, BLT);
    assert_eq!(file.candidates, ["Ana B.", "Bo", "Cy", "Di"]);
    assert_eq!((file.seats, file.withdrawn.as_slice()), (Some(2), &[3usize][..]));
    assert_eq!(file.title.as_deref(), Some("Board 2027"));
    assert_eq!(ranks(&file), [(5, vec![1, 0, 2, 0]), (3, vec![2, 1, 2, 0]), (1, vec![0; 4])]);

    let text = "# made up\n3 1 [nick ann bob cy][tie bob 3 1]\n[withdrawn 3]\n(box 7) 2 ann - 2=3 0 # skipped second\n1 bob 0 4 cy 0\n0\n\"Ann\" \"Bob\"\n\"Cy\"\n\"Title\" \"source\" \"comment\"";
    let file = load(Format::Blt, text);
    assert_eq!(file.lot, Some(vec![1, 2, 0]));
    assert_eq!(file.withdrawn, [2]);
    assert_eq!(ranks(&file), [(2, vec![1, 3, 3]), (1, vec![0, 1, 0]), (4, vec![0, 0, 1])]);
    assert_eq!(load(Format::Blt, "0 0\n0\n").candidates.len(), 0);
}

#[test]
fn blt_refuses_with_line_and_column() {
    let names = "0\n\"A\"\n\"B\"\n\"T\"\n";
    let with = |ballots: &str| format!("2 1\n{ballots}{names}");
    let cases = [
        (with("3 1 3 0\n"), "line 2, column 5: there is no candidate \"3\"; the file declares 2"),
        (with("3 1 2 1 0\n"), "line 2, column 7: candidate \"1\" occurs twice"),
        (with("3 1=1 0\n"), "line 2, column 5: candidate \"1\" occurs twice"),
        (
            with("3 1 2\n"),
            "line 2, column 6: a ballot ends with 0 on its own line, found the end of the line",
        ),
        (with("1.5 1 0\n"), "line 2, column 2: a ballot ends with 0 on its own line, found \".5\""),
        (
            with("1099511627777 1 0\n"),
            "line 2, column 1: \"1099511627777\" is not a number of ballots; a whole number from 1 to 1099511627776 is needed",
        ),
        (
            with("99999999999999999999999 1 0\n"),
            "line 2, column 1: \"99999999999999999999999\" is not a number of ballots; a whole number from 1 to 1099511627776 is needed",
        ),
        (
            with("(a) 0 1 0\n"),
            "line 2, column 5: \"0\" is not a number of ballots; a whole number from 1 to 1099511627776 is needed",
        ),
        (with("2 1 -2 0\n"), "line 2, column 5: withdrawn candidates stand before the first ballot"),
        (with("2 =1 0\n"), "line 2, column 3: a ballot ends with 0 on its own line, found \"=1\""),
        (with("2 1= 0\n"), "line 2, column 6: a candidate number is expected here, found \"0\""),
        (with("-1\n-1\n"), "line 3, column 2: candidate \"1\" occurs twice"),
        (with("-3\n"), "line 2, column 2: there is no candidate \"3\"; the file declares 2"),
        (with("[tie 1]\n"), "line 2, column 1: [tie ..] must name each of the 2 candidates once"),
        (with("[tie 1 2 1 2]\n"), "line 2, column 12: [tie ..] names more than the 2 candidates"),
        (with("[nick a a]\n"), "line 2, column 9: candidate \"a\" occurs twice"),
        (
            with("[colour 1]\n"),
            "line 2, column 1: the option \"colour\" is not known; use tie, withdrawn or nick",
        ),
        (
            "2 1\n0\n\"A\"\n".into(),
            "line 4, column 1: the name of candidate 2 in quotation marks is expected here, found the end",
        ),
        (
            "1 1\n0\n\"A\n".into(),
            "line 3, column 1: the name of candidate 1 is not closed with a quotation mark",
        ),
        ("1 1\n0\n\" \"\n".into(), "line 3, column 1: a name is empty; every candidate needs one"),
        (
            "1 1\n0\n\"A\" \"T\" \"s\" \"c\" \"x\"".into(),
            "line 3, column 17: the file should end here, found \"\\\"x\\\"\"",
        ),
        ("65537 1\n".into(), "line 1, column 1: 65537 candidates are too many; the limit is 65536"),
        ("2 65537\n".into(), "line 1, column 3: more than 65536 seats are too many"),
        (String::new(), "line 1, column 1: the number of candidates is expected here, found the end"),
    ];
    let cases: Vec<(&str, &str)> = cases.iter().map(|(text, message)| (text.as_str(), *message)).collect();
    refused(Format::Blt, &cases);
}

#[test]
fn abif_keeps_order_and_points() {
    let text =
        "{title: \"Board 2027\"}\n=A:[Ana B.]\n=B:[Bo]\n=C:[Cy]\n5:A/5>C/3>B/0\n3:B/5>A/1=C/1 # remark\n1:\n";
    let file = load(Format::Abif, text);
    assert_eq!(file.title.as_deref(), Some("Board 2027"));
    assert_eq!(ranks(&file), [(5, vec![1, 3, 2]), (3, vec![2, 1, 2]), (1, vec![0, 0, 0])]);
    let scores = vec![Ballot::new(5, [5, 0, 3]), Ballot::new(3, [1, 5, 1]), Ballot::new(1, [0, 0, 0])];
    assert_eq!(file.votes_of(Kind::Scores), Some(&Votes::Scores(scores)));

    // Candidates declared by use, order read from the points.
    let file = load(Format::Abif, "2: [Doña G.]/3, Bo/5 ,Cy/3\n{\"seats\": 2}\n");
    assert_eq!(file.candidates, ["Doña G.", "Bo", "Cy"]);
    assert_eq!((ranks(&file), file.seats), (vec![(2, vec![2, 1, 2])], Some(2)));

    // Neither order nor points: a choice.
    let file = load(Format::Abif, "2:A,C\n7:B\n");
    let chosen = vec![Ballot::new(2, [1, 1, 0]), Ballot::new(7, [0, 0, 1])];
    assert_eq!(file.votes_of(Kind::Approvals), Some(&Votes::Approvals(chosen)));
    assert_eq!(load(Format::Abif, "2:A>C\n7:B\n").votes_of(Kind::Approvals), None);
}

#[test]
fn abif_refuses_with_line_and_column() {
    refused(
        Format::Abif,
        &[
            ("=A:[Ana]\n3:A>B\n", "line 2, column 5: there is no candidate \"B\"; the file declares 1"),
            ("3:A>B>A\n", "line 1, column 7: candidate \"A\" occurs twice"),
            ("=A:[Ana]\n=A:[Bo]\n", "line 2, column 2: candidate \"A\" occurs twice"),
            (
                "0:A\n",
                "line 1, column 1: \"0\" is not a number of ballots; a whole number from 1 to 1099511627776 is needed",
            ),
            (
                "3x:A\n",
                "line 1, column 1: \"3x\" is not a number of ballots; a whole number from 1 to 1099511627776 is needed",
            ),
            ("3 A>B\n", "line 1, column 3: a colon is expected after the number of ballots, found \"A>B\""),
            ("3:A>B,C\n", "line 1, column 6: a comma cannot be mixed with > or = in one ballot"),
            ("3:A>\n", "line 1, column 5: a candidate is expected here, found the end"),
            ("3:A;B\n", "line 1, column 4: candidates are joined by > = or a comma, found \";B\""),
            ("3:A/5>B\n", "line 1, column 7: points must be on every candidate of the file or on none"),
            (
                "3:A/5\n1:\n2:A\n",
                "line 3, column 3: points must be on every candidate of the file or on none",
            ),
            ("3:A/1.5\n", "line 1, column 5: \"1.5\" is not a whole number from 0 to 2147483647"),
            ("3:A/-1\n", "line 1, column 5: \"-1\" is not a whole number from 0 to 2147483647"),
            ("3:[A\n", "line 1, column 3: the name is not closed with ]"),
            ("{title \"x\"}\n", "line 1, column 8: metadata is written {key: \"value\"}"),
            ("{title: \"x}\n", "line 1, column 9: the text is not closed with a quotation mark"),
            ("{title: \"a\\u0007\"}\n", "line 1, column 9: the name \"a\\u{7}\" holds a control character"),
            (
                "hello\n",
                "line 1, column 1: a vote line (count:), a candidate line (=) or metadata is expected here, found \"hello\"",
            ),
        ],
    );
}

#[test]
fn preflib_new_and_old() {
    let expected = [(5, vec![1, 0, 2]), (3, vec![2, 1, 2])];
    let file = load(Format::PrefLib, PREFLIB);
    assert_eq!(ranks(&file), expected);
    assert_eq!(file.candidates, ["Ana B.", "Bo", "Cy"]);
    assert_eq!(write(Format::PrefLib, &file).expect("fits"), PREFLIB);
    let old = load(Format::PrefLib, "3\n1,Ana B.\n2,Bo\n3,Cy\n8,8,2\n5,1,3\n3,2,{1,3}\n");
    assert_eq!((ranks(&old), old.candidates), (expected.to_vec(), file.candidates));
}

#[test]
fn preflib_refuses_with_line_and_column() {
    let swap = |from: &str, to: &str| PREFLIB.replacen(from, to, 1);
    let cases = [
        (swap("toi", "soi"), "line 2, column 14: the data type soi has no ties, but ballot line 2 has one"),
        (
            swap("toi", "toc"),
            "line 2, column 14: the data type toc ranks everybody, but ballot line 1 does not",
        ),
        (swap("toi", "cat"), "line 2, column 14: the data type \"cat\" is not soc, soi, toc or toi"),
        (swap("VOTERS: 8", "VOTERS: 9"), "line 4, column 18: the header states 9 voters, the file holds 8"),
        (swap("ORDERS: 2", "ORDERS: 3"), "line 5, column 25: the header states 3 orders, the file holds 2"),
        (swap("5: 1,3", "5: 1,4"), "line 9, column 6: there is no candidate \"4\"; the file declares 3"),
        (swap("5: 1,3", "5: 1,0"), "line 9, column 6: there is no candidate \"0\"; the file declares 3"),
        (swap("5: 1,3", "5: 1,1"), "line 9, column 6: candidate \"1\" occurs twice"),
        (swap("5: 1,3", "5:"), "line 9, column 3: an alternative is expected here, found the end"),
        (swap("5: 1,3", "5: 1,"), "line 9, column 6: an alternative is expected here, found the end"),
        (
            swap("5: 1,3", "-5: 1"),
            "line 9, column 1: \"\" is not a number of ballots; a whole number from 1 to 1099511627776 is needed",
        ),
        (swap("{1,3}", "{1,{3}}"), "line 10, column 9: a tie cannot stand inside a tie"),
        (swap("{1,3}", "{1,3"), "line 10, column 10: a tie is not closed with }"),
        (swap("NAME 2", "NAME 1"), "line 7, column 3: candidate \"1\" occurs twice"),
        (swap("# ALTERNATIVE NAME 3: Cy\n", ""), "line 8, column 1: the header lacks ALTERNATIVE NAME 3"),
        (
            swap("ALTERNATIVES: 3", "ALTERNATIVES: 70000"),
            "line 3, column 24: 70000 candidates are too many; the limit is 65536",
        ),
        ("3\n1,A\n".to_owned(), "line 1, column 1: the file ends before its ballots"),
    ];
    let cases: Vec<(&str, &str)> = cases.iter().map(|(text, message)| (text.as_str(), *message)).collect();
    refused(Format::PrefLib, &cases);
}

#[test]
fn csv_reads_ranks_and_points_and_guards_formulas() {
    let text = "count,Ana,\"Bo, jr \"\"B\"\"\",'=Cy\r\n5,1,,2\r\n3,\"2\",1,2";
    let file = load(Format::Csv, text);
    assert_eq!(file.candidates, ["Ana", "Bo, jr \"B\"", "=Cy"]);
    assert_eq!(ranks(&file), [(5, vec![1, 0, 2]), (3, vec![2, 1, 2])]);
    let written = write(Format::Csv, &file).expect("fits");
    assert_eq!(written, "count,\"Ana\",\"Bo, jr \"\"B\"\"\",\"'=Cy\"\n5,1,,2\n3,2,1,2\n");
    let scores = ReadOptions { kind: Kind::Scores, ..ReadOptions::default() };
    let file = read(Format::Csv, b"A,B\n5,0\n,3\n", &scores).expect("reads");
    assert_eq!(file.votes, [Votes::Scores(vec![Ballot::new(1, [5, 0]), Ballot::new(1, [0, 3])])]);
}

#[test]
fn csv_refuses_with_line_and_column() {
    refused(
        Format::Csv,
        &[
            ("A,A\n1,2\n", "line 1, column 3: candidate \"A\" occurs twice"),
            ("A,,C\n", "line 1, column 3: a name is empty; every candidate needs one"),
            ("A,B\n1\n", "line 2, column 1: columns needed: 2, as in the first line; found: 1"),
            ("A,B\n1,2,3\n", "line 2, column 5: columns needed: 2, as in the first line; here is one more"),
            ("A,B\n1,x\n", "line 2, column 3: \"x\" is not a whole number from 0 to 2147483647"),
            ("A,B\n1,-2\n", "line 2, column 3: \"-2\" is not a whole number from 0 to 2147483647"),
            (
                "A,B\n1,2147483648\n",
                "line 2, column 3: \"2147483648\" is not a whole number from 0 to 2147483647",
            ),
            (
                "count,A\n,1\n",
                "line 2, column 1: \"\" is not a number of ballots; a whole number from 1 to 1099511627776 is needed",
            ),
            ("A,B\n\"1,2\n", "line 2, column 1: the cell is not closed with a quotation mark"),
            (
                "A,B\n1\"2,3\n",
                "line 2, column 2: a quotation mark inside a cell: put the whole cell in quotation marks and double it",
            ),
            (
                "A,B\n\"1\"2,3\n",
                "line 2, column 4: a comma or the end of the line is expected here, found \"2,3\"",
            ),
            ("\"A\nB\",C\n", "line 1, column 1: the name \"A\\nB\" holds a control character"),
            ("count\n1\n", "line 2, column 1: the first line names no candidate"),
        ],
    );
}

#[test]
fn json_reads_options_and_refuses_what_it_does_not_know() {
    let text = r#"{"id":"x","method":"schulze","seats":2,"candidates":["A","B"],"ballots":[{"count":5,"ranks":[1,2]}],
      "options":{"lot":[1,0],"withdrawn":[0],"groups":["x",null],"max_per_group":1,"eligible":9,"strength":"wv"},
      "why":"..","expected":{"winners":[0]},"checked_by":["nobody"]}"#;
    let file = load(Format::Json, text);
    assert_eq!((file.method.as_deref(), file.seats, file.eligible), (Some("schulze"), Some(2), Some(9)));
    assert_eq!((file.lot.as_deref(), file.withdrawn.as_slice()), (Some(&[1usize, 0][..]), &[0usize][..]));
    assert_eq!((file.groups, file.max_per_group), (vec![Some("x".to_owned()), None], Some(1)));
    assert_eq!(serde_json::Value::Object(file.settings), serde_json::json!({"strength": "wv"}));
    refused(
        Format::Json,
        &[
            (
                r#"{"candidates":["A","B"],"ballots":[{"count":5,"ranks":[1]}]}"#,
                "line 1, column 58: a ballot has length 1, but the number of candidates is 2",
            ),
            (
                "{\"ballots\":[{\"count\":5,\"ranks\":[1]}],\n\"candidates\":[\"Ä\",\"B\"]}",
                "line 2, column 22: the list of candidates has length 2, but the number of candidates is 1",
            ),
            (
                r#"{"candidates":["A"],"ballots":[{"count":0,"ranks":[1]}]}"#,
                "line 1, column 54: 0 is not a number of ballots; a whole number from 1 to 1099511627776 is needed",
            ),
            (
                r#"{"candidates":["A"],"ballots":[{"count":1,"ranks":[1],"grades":[1]}]}"#,
                "line 1, column 67: a ballot has one list of marks",
            ),
            (
                r#"{"candidates":["A"],"ballots":[{"count":1,"ranks":[1]},{"count":1,"scores":[1]}]}"#,
                "line 1, column 80: this ballot has scores, others have other marks",
            ),
            (
                r#"{"candidates":["A"],"ballot":[]}"#,
                "line 1, column 28: the key \"ballot\" is not known here",
            ),
            (
                r#"{"candidates":["A"],"candidates":["B"],"ballots":[]}"#,
                "line 1, column 32: the key \"candidates\" occurs twice",
            ),
            (r#"{"candidates":["A"]}"#, "line 1, column 1: the key \"ballots\" is missing"),
            (
                r#"{"candidates":["A"],"ballots":[],"options":{"lot":[0,0]}}"#,
                "line 1, column 1: options: lot must hold every candidate's number once",
            ),
            (
                r#"{"candidates":["A"],"ballots":[],"options":{"withdrawn":[1]}}"#,
                "line 1, column 1: there is no candidate 1; the file declares 1",
            ),
            (
                r#"{"candidates":["A"],"ballots":[],"options":{"withdrawn":[0,0]}}"#,
                "line 1, column 1: candidate 0 occurs twice",
            ),
            (r#"{"candidates":["A"],"ballots":[]} x"#, "line 1, column 35: trailing characters"),
            (
                r#"[{"candidates":["A"],"ballots":[]}]"#,
                "line 1, column 1: invalid type: sequence, expected one election as an object with candidates and ballots (a list of cases must be split)",
            ),
        ],
    );
}

#[test]
fn belenios_result_and_bare_list() {
    let text = r#"{"result":[[14,9,2],[[1,3,2],[2,1,0]]]}"#;
    let totals = load(Format::Belenios, text);
    assert_eq!(totals.votes, [Votes::Totals { totals: vec![14, 9, 2], cast: None, blank: None }]);
    let second = ReadOptions { question: 1, ..ReadOptions::default() };
    let file = read(Format::Belenios, text.as_bytes(), &second).expect("reads");
    assert_eq!(ranks(&file), [(1, vec![1, 3, 2]), (1, vec![2, 1, 0])]);
    assert_eq!(file.candidates, ["Answer 1", "Answer 2", "Answer 3"]);
    assert_eq!(load(Format::Belenios, "[[1,3,2],[2,1,0]]").votes, file.votes);
    let third = ReadOptions { question: 2, ..ReadOptions::default() };
    let error = read(Format::Belenios, text.as_bytes(), &third).expect_err("two questions");
    assert_eq!(error.to_string(), "line 1, column 1: the result has no question 2; the first is 0");
    refused(
        Format::Belenios,
        &[
            ("[[1,2],[1]]", "line 1, column 11: a ballot has length 1, but the number of candidates is 2"),
            ("[[1,-2]]", "line 1, column 7: -2 is below 0, which a Belenios ballot cannot hold"),
            ("[1,[2]]", "line 1, column 7: a question holds totals or ballots, not both"),
            (r#"{"result":[],"more":1}"#, "line 1, column 19: the key \"more\" is not known here"),
            (
                r#"{"result":[[1,"x"]]}"#,
                "line 1, column 17: invalid type: string \"x\", expected a total or the list of one ballot's marks",
            ),
        ],
    );
}

#[test]
fn civs_says_how_it_read_no_opinion() {
    let file = load(Format::Civs, "# Candidates: Ana / Bo / Cy\n1,3,2\n2,1,2\n-,1,-\n-,-,-\n");
    assert_eq!(file.candidates, ["Ana", "Bo", "Cy"]);
    assert_eq!(ranks(&file)[2], (1, vec![0, 1, 0]));
    assert_eq!(
        file.notes,
        ["ballots with \"no opinion\" (-) on some candidates: 1; read as not ranked, below all ranked"]
    );
    assert_eq!(
        write(Format::Civs, &file).expect("fits"),
        "# Candidates: Ana / Bo / Cy\n1,3,2\n2,1,2\n2,1,2\n1,1,1\n"
    );
    refused(
        Format::Civs,
        &[
            ("1,2\n", "line 1, column 1: the line # Candidates: A / B / C stands before the ballots"),
            ("# Candidates: A / A\n", "line 1, column 1: candidate \"A\" occurs twice"),
            ("# Candidates: A / B\n1\n", "line 2, column 1: ranks needed: 2, one per candidate; found: 1"),
            (
                "# Candidates: A / B\n1,2,3\n",
                "line 2, column 5: ranks needed: 2, one per candidate; here is one more",
            ),
            ("# Candidates: A / B\n1,0\n", "line 2, column 3: ranks begin with 1; no opinion is written -"),
            ("# Candidates: A\n# Candidates: A\n", "line 2, column 1: the candidates are listed twice"),
        ],
    );
}

#[test]
fn debian_sheet_in_latin_1() {
    let sheet = b"Tally Sheet for the votes cast.\n\n     Option 1---->: Ren\xe9\n   /  Option 2--->: Bo\n   |/  Option 3-->: Further Discussion\nV: 132\t5f0c\nV: -12\t9ab1\n";
    let file = read(Format::Debian, sheet, &ReadOptions::default()).expect("reads");
    assert_eq!(file.candidates, ["René", "Bo", "Further Discussion"]);
    assert_eq!(ranks(&file), [(1, vec![1, 3, 2]), (1, vec![0, 1, 2])]);
    assert_eq!(
        write(Format::Debian, &file).expect("fits"),
        "     Option 1---->: René\n   /  Option 2--->: Bo\n   |/  Option 3-->: Further Discussion\nV: 132\nV: -12\n"
    );
    refused(
        Format::Debian,
        &[
            ("Option 1->: A\nV: 12\n", "line 2, column 4: ranks needed: 1, one per option; found: 2"),
            ("Option 1->: A\nV: g\n", "line 2, column 4: \"g\" is not a rank (1 to 9, a to f) or -"),
            ("Option 1->: A\nV: 0\n", "line 2, column 4: \"0\" is not a rank (1 to 9, a to f) or -"),
            ("Option 2->: A\n", "line 1, column 1: option 1 is expected here, found \"2\""),
            ("Option 1->: A\nOption 1->: B\n", "line 2, column 1: candidate \"1\" occurs twice"),
            (
                "Option 1->: A\nV: 1\nhm\n",
                "line 3, column 1: a ballot (V: 12-) is expected here, found \"hm\"",
            ),
            ("V: 1\n", "line 1, column 4: ranks needed: 0, one per option; found: 1"),
            ("hm\n", "line 1, column 1: the sheet has no option lines (Option 1---->: name)"),
        ],
    );
}
