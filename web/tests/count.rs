//! `folkmoot count` as people run it: output, messages and exit status.
#![allow(missing_docs, clippy::expect_used)]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const BOARD: &str =
    "4 2\n12 1 2 0\n4 3 4 0\n3 4 3 0\n1 2 0\n0\n\"Ana\"\n\"Bo\"\n\"Cy\"\n\"Di\"\n\"Board 2027\"\n";

/// Runs `folkmoot count` with these arguments and the text on standard input.
fn count(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_folkmoot"))
        .arg("count")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that refuses its arguments does not read.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    child.wait_with_output().expect("the program ends")
}

fn printed(arguments: &[&str], input: &str) -> String {
    let out = count(arguments, input);
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    assert!(out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("UTF-8")
}

/// Status 2, nothing on standard output, one line on standard error.
fn refused(arguments: &[&str], input: &str) -> String {
    let out = count(arguments, input);
    assert_eq!(out.status.code(), Some(2), "{arguments:?}");
    assert!(out.stdout.is_empty());
    String::from_utf8(out.stderr).expect("UTF-8").trim_end().to_owned()
}

#[test]
fn a_summary_names_the_elected() {
    assert_eq!(
        printed(&["--method", "stv-scotland", "-"], BOARD),
        "Board 2027\nMethod: single transferable vote (Scottish rules)\nBallots: 20 cast, 20 valid, 0 blank, 0 invalid\nElected: Ana, Cy\n"
    );
    assert_eq!(
        printed(&["--method", "schulze", "--seats", "1", "--withdrawn", "Ana,3", "-"], BOARD),
        "Board 2027\nMethod: the Schulze method\nBallots: 20 cast, 20 valid, 0 blank, 0 invalid\nElected: Bo\n"
    );
    // Bo wins against each of the others, unless first ranks alone count.
    let ranked = "3 1\n3 1 2 3 0\n2 2 1 3 0\n2 3 2 1 0\n0\n\"Ana\"\n\"Bo\"\n\"Cy\"\n\"Board\"\n";
    assert!(printed(&["--method", "schulze", "-"], ranked).ends_with("Elected: Bo\n"));
    assert!(printed(&["--method", "schulze", "--best-ranked", "1", "-"], ranked).ends_with("Elected: Ana\n"));
    let lines = printed(&["--method", "irv", "--seats", "2", "-"], BOARD);
    assert!(lines.ends_with("Elected: Ana\nSeats that stay empty: 1\n"), "{lines}");
    let motion = r#"{"candidates":["yes","no","abstain"],"totals":[6,3,2],"method":"referendum"}"#;
    let lines = printed(&["--set", "threshold=2/3", "--set", "strict=false", "-"], motion);
    assert_eq!(lines, "Method: yes or no vote\nBallots: 11 cast\nYes 6, no 3, abstain 2\nPassed\n");
    let lines = printed(&["--set", "threshold=2/3", "--set", "strict=true", "-"], motion);
    assert!(lines.ends_with("Not passed\n"), "{lines}");
}

#[test]
fn the_explanation_is_numbered_sentences_with_the_deciding_numbers() {
    let text = printed(&["--method", "stv-scotland", "--explain", "-"], BOARD);
    let lines: Vec<&str> = text.lines().skip(1).collect();
    for (i, line) in lines.iter().enumerate() {
        assert!(line.starts_with(&format!("{}. ", i + 1)) && line.ends_with('.'), "{line}");
    }
    for wanted in ["quota", "4.99992 to Bo", "0.00008", "Di", "Cy"] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
}

#[test]
fn json_holds_ballots_settings_and_outcome_and_can_be_counted_again() {
    let text = printed(&["--method", "stv-scotland", "--seed", "abc", "--json", "-"], BOARD);
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["method"], "stv-scotland");
    assert_eq!(value["expected"]["winners"], serde_json::json!([0, 2]));
    assert_eq!(value["expected"]["quota"], "7.00000");
    assert_eq!(value["ballots"][1], serde_json::json!({"count": 4, "ranks": [0, 0, 1, 2]}));
    assert_eq!(
        value["expected"]["rounds"].as_array().map(Vec::len),
        value["outcome"]["rounds"].as_array().map(Vec::len)
    );
    assert_eq!(printed(&["--json", "-"], &text), text);
}

#[test]
fn lots_are_drawn_only_when_given() {
    let tied = "count,Ana,Bo,Cy\n2,1,0,0\n2,0,1,0\n";
    let base = ["--format", "csv", "--method", "approval"];
    let with = |more: &[&'static str]| [&base[..], more, &["-"]].concat();
    assert_eq!(
        refused(&with(&[]), tied),
        "folkmoot: Ana, Bo are tied for the last seat, which only a lot decides; draw it as announced and give --seed or --lot"
    );
    for (lot, winner) in [("Bo,Cy,Ana", "Bo"), ("0,1,2", "Ana")] {
        let text = printed(&with(&["--lot", lot]), tied);
        assert!(
            text.contains(&format!(
                "Elected: {winner}\nLot: Ana, Bo tied for the last seat, picked {winner}\n"
            )),
            "{text}"
        );
    }
    // The order of this seed is in the documentation of the lot: 3, 2, 4, 1, 0.
    let five = "count,A,B,C,D,E\n1,1,1,1,1,1\n";
    assert!(printed(&with(&["--seed", "2026-board-election"]), five).contains("Elected: D\n"));
    assert_eq!(
        refused(&with(&["--lot", "Ana,Bo"]), tied),
        "folkmoot: the order of the lot must hold each of the 3 candidates exactly once"
    );
}

#[test]
fn unusable_input_is_told_in_one_sentence() {
    let broken = BOARD.replace("4 3 4 0", "4 3 7 0");
    assert_eq!(
        refused(&["--method", "irv", "-"], &broken),
        "folkmoot: standard input: line 3, column 5: there is no candidate \"7\"; the file declares 4"
    );
    assert_eq!(refused(&["-"], BOARD), "folkmoot: the file names no method; add --method");
    assert_eq!(
        refused(&["--method", "star", "-"], BOARD),
        "folkmoot: STAR voting counts scores, but the file holds ranks; choose another method"
    );
    assert_eq!(
        refused(&["--method", "irv", "--withdrawn", "Zoe", "-"], BOARD),
        "folkmoot: there is no candidate \"Zoe\"; give a name of the file or a number from 0 to 3"
    );
    let setting = refused(&["--method", "irv", "--set", "colour=red", "-"], BOARD);
    assert!(setting.starts_with("folkmoot: method irv: unknown field `colour`"), "{setting}");
    assert!(setting.ends_with("settings are given with --set NAME=VALUE"), "{setting}");
    assert!(
        refused(&["--method", "irv", "/no/such/file.blt"], "")
            .starts_with("folkmoot: /no/such/file.blt cannot be read: ")
    );
    assert!(
        refused(&["--method", "irv", "-"], "hm").contains("line 1, column 1: the format is not recognised")
    );
    assert!(refused(&["--method", "coin", "-"], BOARD).contains("[possible values: plurality, approval,"));
    assert!(refused(&["--method", "irv", "--seats", "0", "-"], BOARD).contains("0 is not in 1..=65536"));
}

#[test]
fn every_method_counts_a_file_of_its_kind() {
    let ranks = "A,B,C\n1,2,3\n1,3,2\n2,1,\n";
    let cases: [(&[&str], &str); 14] = [
        (&["plurality"], "A,B,C\n1,0,0\n1,0,0\n0,1,0\n"),
        (&["approval"], "A,B,C\n1,0,1\n1,0,0\n0,1,0\n"),
        (&["referendum"], "yes,no\n1,\n1,\n,1\n"),
        (&["score"], "A,B,C\n5,0,1\n"),
        (&["star"], "A,B,C\n5,0,1\n"),
        (&["irv"], ranks),
        (&["stv-scotland"], ranks),
        (&["stv-meek"], ranks),
        (&["stv-belenios"], ranks),
        (&["schulze"], ranks),
        (&["ranked-pairs"], ranks),
        (&["debian", "--set", "default=2"], ranks),
        (&["borda"], ranks),
        (&["mj", "--set", "ngrades=3"], "A,B,C\n1,2,3\n1,3,2\n"),
    ];
    for (method, table) in cases {
        let arguments = [&["--format", "csv", "--method"], method, &["-"]].concat();
        let text = printed(&arguments, table);
        assert!(text.contains("Elected: A\n") || text.contains("Passed\n"), "{method:?}: {text}");
    }
}
