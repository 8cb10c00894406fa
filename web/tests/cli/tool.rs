//! Elections in which the command line and `belenios-tool` (2.0 or newer) work on the same archive in turns.
//! Skipped, with a line that says so, where the tool is not installed.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::desk::Desk;

const UUID: &str = "AVu7anyW6keVRG";

fn installed() -> bool {
    let there = Command::new("belenios-tool").arg("--version").output().is_ok();
    if !there {
        println!("skipped: belenios-tool is not installed");
    }
    there
}

/// `belenios-tool LINE` with this input; what it printed.
#[track_caller]
fn tool(desk: &Desk, line: &str, input: &str) -> String {
    let mut child = Command::new("belenios-tool")
        .args(line.split(' '))
        .env("BELENIOS_USE_URANDOM", "1")
        .current_dir(desk.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "belenios-tool {line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Names of the files with an extension, sorted.
fn files(desk: &Desk, extension: &str) -> Vec<String> {
    let names =
        std::fs::read_dir(desk.folder()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|n| n.ends_with(extension)).collect();
    names.sort();
    names
}

fn file(desk: &Desk, extension: &str) -> String {
    files(desk, extension).swap_remove(0)
}

fn add(desk: &Desk, kind: &str, object: &str) {
    tool(desk, &format!("archive add-event --type={kind}"), object);
}

/// Both verify the archive; our result.
#[track_caller]
fn verified(desk: &Desk, archive: &str) -> Value {
    tool(desk, "election verify", "");
    let json: Value =
        serde_json::from_str(&desk.run(&format!("verify {archive} --json")).done().out).unwrap();
    assert_eq!(json["valid"], true);
    json["result"].clone()
}

/// The tool's voting codes, 15 characters each.
fn codes(desk: &Desk, group: &str, count: usize) -> Vec<String> {
    tool(desk, &format!("setup generate-credentials --uuid {UUID} --group {group} --count {count}"), "");
    let all = desk.read(&file(desk, ".privcreds"));
    all.lines().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect()
}

fn their_ballot(desk: &Desk, code: &str, choices: &str) -> String {
    desk.write("code", code);
    desk.write("choices", choices);
    tool(desk, "election generate-ballot --privcred code --ballot choices", "")
}

fn our_ballot(desk: &Desk, archive: &str, code: &str, choices: &str) -> String {
    desk.write("code", code);
    desk.write("choices", choices);
    desk.run(&format!("ballot encrypt {archive} --credential code --choices choices")).done().out
}

const MIXED: &str = concat!(
    r#"{"name":"n","description":"d","questions":["#,
    r#"{"type":"NonHomomorphic","value":{"answers":["x","y","z"],"question":"R"}},"#,
    r#"{"answers":["A","B"],"blank":true,"min":1,"max":2,"question":"Q"}]}"#
);

#[test]
fn every_step_of_an_election_can_be_taken_by_either_program() {
    if !installed() {
        return;
    }
    let desk = Desk::new();
    let (group, archive) = ("RFC-3526-2048", format!("{UUID}.bel"));
    let codes = codes(&desk, group, 4);
    tool(&desk, &format!("setup generate-trustee-key --group {group}"), "");
    let (their_public, their_key) = (file(&desk, ".pubkey"), file(&desk, ".privkey"));
    desk.run(&format!("trustee keygen --group {group} --key ours.key --public ours.public")).done();
    desk.write("template", MIXED);
    let setup =
        format!("election setup --uuid {UUID} --group {group} --template template --trustee ours.public");
    let credentials = file(&desk, ".pubcreds");
    desk.run(&format!("{setup} --trustee {their_public} --credentials {credentials}")).done();

    // The tool's ballots into the archive by us, ours by the tool; the codes have the old form.
    for (code, choices) in codes.iter().zip(["[[1,2,3],[0,1,0]]", "[[3,1,2],[1,0,0]]"]) {
        desk.write("ballot", their_ballot(&desk, code, choices));
        desk.run(&format!("ballot verify {archive} ballot")).done();
        desk.run(&format!("election add {archive} --ballot ballot")).done();
    }
    for (code, choices) in codes[1..].iter().zip(["[[2,3,1],[0,1,1]]", "[[1,2,3],[0,0,1]]"]) {
        add(&desk, "Ballot", &our_ballot(&desk, &archive, code, choices));
    }
    tool(&desk, "election verify", "");
    desk.run(&format!("election tally {archive}")).done();

    desk.run(&format!("trustee shuffle {archive} --owner 1 --out shuffle")).done();
    add(&desk, "Shuffle", &desk.read("shuffle"));
    desk.write("theirs", tool(&desk, "election shuffle --trustee-id 2", ""));
    desk.run(&format!("election add {archive} --shuffle theirs")).done();
    desk.run(&format!("election end-shuffles {archive}")).done();

    desk.write("share", tool(&desk, &format!("election decrypt --privkey {their_key} --trustee-id 2"), ""));
    desk.run(&format!("election add {archive} --decryption share")).done();
    desk.run(&format!("trustee decrypt {archive} --key ours.key --out ours")).done();
    add(&desk, "PartialDecryption", &desk.read("ours"));
    let theirs = tool(&desk, "election compute-result", "");
    let ours = desk.run(&format!("election result {archive}")).done().out;
    assert_eq!(theirs, ours);

    let mut result = verified(&desk, &archive);
    let ranked = result[0].as_array_mut().unwrap();
    ranked.sort_by_key(|r| r[0].as_u64());
    assert_eq!(result, serde_json::json!([[[1, 2, 3], [1, 2, 3], [2, 3, 1]], [0, 2, 2]]));
}

#[test]
fn their_private_key_works_here_and_ours_there() {
    if !installed() {
        return;
    }
    let desk = Desk::new();
    let (group, archive) = ("BELENIOS-2048", format!("{UUID}.bel"));
    // Set up and led by the tool, with a public list and a key that we made.
    desk.run(&format!("credentials generate --uuid {UUID} --group {group} --count 3")).done();
    tool(&desk, &format!("setup generate-trustee-key --group {group}"), "");
    let their_key = file(&desk, ".privkey");
    desk.run(&format!("trustee keygen --group {group} --key ours.key --public ours.public --name Tess"))
        .done();
    desk.copy(&format!("{UUID}.pubcreds"), "public_creds.json");
    desk.write("public_keys.jsons", desk.read(&file(&desk, ".pubkey")) + &desk.read("ours.public"));
    tool(&desk, "setup make-trustees", "");
    desk.write("template", r#"{"description":"d","name":"n","questions":[{"answers":["A","B"],"min":0,"max":2,"question":"Q"}]}"#);
    tool(&desk, &format!("setup make-election --uuid {UUID} --group {group} --template template"), "");
    tool(&desk, "archive init", "");
    for ((_, code), choices) in desk.codes(UUID).iter().zip(["[[1,0]]", "[[1,1]]"]) {
        add(&desk, "Ballot", &our_ballot(&desk, &archive, code, choices));
    }
    add(&desk, "EndBallots", "");
    let tally = tool(&desk, "election compute-encrypted-tally", "");
    add(&desk, "EncryptedTally", &tally);
    // Each program decrypts with the key that the other one made.
    desk.run(&format!("trustee decrypt {archive} --key {their_key} --append")).done();
    add(&desk, "PartialDecryption", &tool(&desk, "election decrypt --privkey ours.key --trustee-id 2", ""));
    let result = tool(&desk, "election compute-result", "");
    add(&desk, "Result", &result);
    assert_eq!(verified(&desk, &archive), serde_json::json!([[2, 1]]));
}

/// A ceremony of 2 of 3, made by the tool alone; its keys, in the order of the certificates.
fn their_ceremony(desk: &Desk, group: &str) -> Vec<String> {
    let step =
        format!("setup generate-trustee-key-threshold --group {group} --threshold 2 --certs certs --step");
    for _ in 0..3 {
        tool(desk, &format!("setup generate-trustee-key-threshold --group {group} --step 1"), "");
    }
    desk.collect(&files(desk, ".cert"), "certs");
    let keys = files(desk, ".key");
    let polynomials: String =
        keys.iter().map(|key| tool(desk, &format!("{step} 3 --key {key}"), "")).collect();
    desk.write("polynomials", polynomials);
    tool(desk, &format!("{step} 4 --polynomials polynomials"), "");
    let mut outputs = String::new();
    for key in &keys {
        let input = desk.read(&key.replace(".key", ".vinput"));
        let output = tool(desk, &format!("{step} 5 --key {key}"), &input);
        outputs.push_str(&output);
    }
    desk.write("threshold.json", tool(desk, &format!("{step} 6 --polynomials polynomials"), &outputs));
    keys
}

#[test]
fn a_threshold_election_of_the_tool_is_accepted_with_its_old_form_as_a_finding() {
    if !installed() {
        return;
    }
    let desk = Desk::new();
    let (group, archive) = ("BELENIOS-2048", format!("{UUID}.bel"));
    let keys = their_ceremony(&desk, group);
    let codes = codes(&desk, group, 2);
    desk.write("template", r#"{"name":"n","description":"d","questions":[{"answers":["A","B"],"min":1,"max":1,"question":"Q"}]}"#);
    let setup = format!(
        "election setup --uuid {UUID} --group {group} --template template --threshold threshold.json"
    );
    desk.run(&format!("{setup} --credentials {}", file(&desk, ".pubcreds"))).done();
    add(&desk, "Ballot", &their_ballot(&desk, &codes[0], "[[0,1]]"));
    desk.run(&format!("election tally {archive}")).done();
    for (owner, key) in keys.iter().enumerate().skip(1) {
        let share = key.replace(".key", ".dkey");
        let line = format!(
            "election decrypt-threshold --key {key} --decryption-key {share} --trustee-id {}",
            owner + 1
        );
        desk.write("share", tool(&desk, &line, ""));
        desk.run(&format!("election add {archive} --decryption share")).done();
    }
    desk.run(&format!("election result {archive}")).done();
    assert_eq!(verified(&desk, &archive), serde_json::json!([[0, 1]]));
    desk.run(&format!("verify {archive}")).done().says("an old form");
}

#[test]
fn a_threshold_election_of_ours_is_accepted_by_the_tool() {
    if !installed() {
        return;
    }
    let desk = Desk::new();
    let (group, archive) = ("BELENIOS-2048", format!("{UUID}.bel"));
    crate::whole::ceremony(&desk, group);
    desk.run(&format!("credentials generate --uuid {UUID} --group {group} --count 2")).done();
    desk.write(
        "template",
        r#"{"name":"n","questions":[{"answers":["A","B"],"min":1,"max":1,"question":"Q"}]}"#,
    );
    let setup = format!(
        "election setup --uuid {UUID} --group {group} --template template --threshold threshold.json"
    );
    desk.run(&format!("{setup} --credentials {UUID}.pubcreds")).done();
    desk.vote(&archive, &desk.codes(UUID)[1].1, "[[1,0]]");
    desk.run(&format!("election tally {archive}")).done();
    for i in [3, 1] {
        desk.run(&format!("trustee decrypt {archive} --seed {i}.seed --share {i}.share --append")).done();
    }
    let result = desk.run(&format!("election result {archive}")).done().out;
    assert_eq!(result, tool(&desk, "election compute-result", ""));
    assert_eq!(verified(&desk, &archive), serde_json::json!([[1, 0]]));
    desk.reference_accepts(&archive);
}
