//! Reports from the command line: the program is its own child.

use crate::desk::Desk;

#[test]
fn a_report_runs_on_the_sample_and_shows_figures_and_tables() {
    let desk = Desk::new();
    desk.run("report list").done().says("turnout");
    desk.run("report show turnout").done().says("param.election");
    let answer = desk.run("report run --sample turnout").done();
    for words in ["Ballots cast:", "By class", "contributing", "script "] {
        assert!(answer.out.contains(words), "{}", answer.out);
    }
    desk.run("report run --sample turnout --param election=board-2025 --json").done().says("\"script_hash\"");
    desk.run("report run --sample roster --csv out").done();
    assert!(desk.read("out/report.txt").contains("On the roster"));
    assert!(desk.read("out/02-by-year-and-status.csv").starts_with("since,"));
}

#[test]
fn a_report_runs_on_the_organisation_and_is_noted() {
    let desk = Desk::new();
    let variables = [("FOLKMOOT_PUBLIC_URL", "http://localhost:8080"), ("FOLKMOOT_DATA_FOLDER", "data")];
    desk.write(
        "members.py",
        "metric('Memberships', members(columns=['tier']).count())\nmetric('Elections', len(elections()))\n",
    );
    desk.run_with("report run members.py", &variables).done().says("Memberships: 0");
    desk.run_with("audit verify", &variables).done().says("1 entries");
}

#[test]
fn a_script_that_fails_says_where_why_and_what_to_do() {
    let desk = Desk::new();
    desk.write("wrong.py", "x = 1\nif x\n    pass\n");
    let answer = desk.run("report check wrong.py").status(1);
    assert!(
        answer.err.contains("line 2") && answer.err.contains("if x") && answer.err.contains("SyntaxError"),
        "{}",
        answer.err
    );
    desk.write("divide.py", "metric('A', 1)\nmetric('B', 1 / 0)\n");
    let answer = desk.run("report run --sample divide.py").status(1).says("A: 1");
    assert!(
        answer.err.contains("line 2")
            && answer.err.contains("ZeroDivisionError")
            && answer.err.contains("nothing to divide by"),
        "{}",
        answer.err
    );
    desk.write("private.py", "members(columns=['email'], personal=True, reason='x')\n");
    assert!(desk.run("report run --sample private.py").status(1).err.contains("no grant for personal data"));
    desk.run("report run --sample private.py --personal because").done();
    desk.run("report run --sample turnout --param day=1").refused(2, "has no parameter day");
    desk.run("report run --sample nowhere.py").refused(1, "nowhere.py");
    desk.run("report check turnout").done().says("\"kind\": \"election\"");
}

#[test]
fn a_report_is_repeated_from_what_it_read() {
    let desk = Desk::new();
    let first = desk.run("report run --sample roster --keep rows.json --json").done();
    let again = desk.run("report run roster --from rows.json --json").done();
    let hash = |text: &str| {
        let run: serde_json::Value = serde_json::from_str(text).unwrap();
        (run["data_hash"].clone(), run["outputs"].clone())
    };
    assert_eq!(hash(&first.out), hash(&again.out));
    desk.run("report run retention --from rows.json").refused(2, "the snapshot has no answer");
    desk.write("none.json", "{}");
    desk.run("report run roster --from none.json").refused(1, "holds no rows");
}

#[test]
fn the_annual_bundle_has_a_folder_for_each_report() {
    let desk = Desk::new();
    desk.run("report annual --sample annual").done().says("Turnout and quorum by class and day");
    for name in ["turnout", "roster", "retention"] {
        assert!(desk.read(&format!("annual/{name}/report.txt")).contains("script "), "{name}");
    }
}
