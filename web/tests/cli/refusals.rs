//! Bad input: one sentence, the right exit status, nothing left behind, no panic.

use crate::desk::Desk;

const UUID: &str = "FoLkMoot1Moot9";
const QUESTION: &str = r#"{"answers":["a","b"],"min":0,"max":1,"question":"Q?"}"#;

/// A started election without ballots.
fn started() -> Desk {
    let desk = Desk::new();
    desk.run(&format!("credentials generate --uuid {UUID} --count 2")).done();
    desk.run("trustee keygen --key t.privkey --public t.pubkey").done();
    desk.write("template", format!(r#"{{"name":"n","questions":[{QUESTION}]}}"#));
    let setup = format!("election setup --uuid {UUID} --template template --trustee t.pubkey");
    desk.run(&format!("{setup} --credentials {UUID}.pubcreds --out e.bel")).done();
    desk
}

#[test]
fn files_that_are_missing_or_something_else_are_named() {
    let desk = started();
    desk.write("noise", b"\xff\xfe noise");
    desk.write("empty", "");
    desk.write("object", "{}");
    for (line, status, words) in [
        ("verify nowhere.bel", 2, "nowhere.bel cannot be opened"),
        ("verify .", 2, "cannot be read"),
        ("verify e.bel --since nowhere", 2, "nowhere cannot be opened"),
        ("verify e.bel --receipt nowhere", 2, "nowhere cannot be opened"),
        ("verify e.bel --key noise", 2, "key"),
        ("ballot encrypt noise --credential t.pubkey --choices template", 1, "not an archive"),
        ("ballot encrypt empty --credential t.pubkey --choices template", 1, "not an archive"),
        ("ballot encrypt object --credential t.pubkey --choices template", 1, "group"),
        ("ballot encrypt e.bel --credential t.pubkey --choices template", 1, "not a voting code"),
        ("ballot encrypt e.bel --credential noise --choices template", 1, "noise is not a text file"),
        ("ballot verify e.bel nowhere", 1, "nowhere cannot be opened"),
        ("election add e.bel", 1, "--ballot, --shuffle or --decryption"),
        ("election add e.bel --shuffle noise", 1, "noise is not a text file"),
        ("election add e.bel --shuffle t.pubkey", 1, "two lines"),
        ("election add noise --ballot t.pubkey", 1, "not an archive"),
        ("trustee decrypt e.bel --key t.privkey", 1, "encrypted tally"),
        ("trustee decrypt e.bel --key noise", 1, "not a text file"),
        ("trustee decrypt e.bel --key empty", 1, "no private key"),
        ("trustee keygen --key t.privkey --public other", 1, "move an older file away"),
        ("trustee certificate --size 1 --threshold 2 --index 1 --seed s", 1, ""),
        ("trustee certificate --size 3 --threshold 2 --index 9 --seed s", 1, ""),
        ("trustee polynomial --index 1 --seed s --certificates noise --out p", 1, "not a text file"),
        ("trustee polynomial --index 1 --seed s --certificates empty --out p", 1, "no certificate"),
        ("trustee polynomial --index 1 --seed s --certificates object --out p", 1, "message"),
        ("credentials generate --count 0", 1, "between 1 and"),
        ("credentials generate --count 3 --uuid short", 1, "no identifier"),
        ("credentials generate --roll noise", 1, "not a text file"),
        ("receipt verify noise --archive e.bel", 1, "names no key"),
        ("receipt verify noise --key noise", 1, "key"),
    ] {
        desk.run(line).refused(status, words);
    }
    for line in [
        "",
        "verify",
        "verify e.bel --threads many",
        "election",
        "trustee decrypt e.bel",
        "ballot encrypt e.bel",
    ] {
        desk.run(line).status(2);
    }
    desk.run("verify e.bel").done();
    assert!(!desk.path("e.bel.new").exists());
}

#[test]
fn what_is_no_archive_is_invalid_not_unusable() {
    let desk = started();
    desk.write("empty", "");
    desk.write("noise", vec![0u8; 4096]);
    let whole = desk.bytes("e.bel");
    desk.write("cut", &whole[..whole.len() - 512]);
    for file in ["empty", "noise", "cut", "template"] {
        desk.run(&format!("verify {file}")).status(1).says("WRONG F").says("INVALID");
        let json: serde_json::Value =
            serde_json::from_str(&desk.run(&format!("verify {file} --json")).status(1).out).unwrap();
        assert_eq!(json["valid"], false);
        assert!(json.get("result").is_none());
    }
}

#[test]
fn a_setup_that_could_never_be_verified_is_not_written() {
    let desk = started();
    let setup = |template: &str, trustee: &str, credentials: &str| {
        desk.write("t2", template);
        let line = format!("election setup --uuid {UUID} --template t2 --trustee {trustee}");
        desk.run(&format!("{line} --credentials {credentials} --out new.bel"))
    };
    let good = format!(r#"{{"name":"n","questions":[{QUESTION}]}}"#);
    let public = format!("{UUID}.pubcreds");
    setup("not json", "t.pubkey", &public).refused(1, "template");
    setup(r#"{"questions":[]}"#, "t.pubkey", &public).refused(1, "name");
    setup(r#"{"name":"n","questions":[]}"#, "t.pubkey", &public).refused(1, "1 and");
    setup(&good.replace("\"name\"", "\"nmae\""), "t.pubkey", &public).refused(1, "nmae");
    setup(&good.replace("\"max\":1", "\"max\":7"), "t.pubkey", &public).refused(1, "");
    setup(&good, "t.privkey", &public).refused(1, "t.privkey");
    setup(&good, "t.pubkey", "t2").refused(1, "");
    setup(&good, "t.pubkey --group BELENIOS-2048", &public).refused(1, "t.pubkey");
    let twice = desk.read(&public).replace("[", "").replace("]", "");
    desk.write("twice", format!("[{twice},{twice}]"));
    setup(&good, "t.pubkey", "twice").refused(1, "");
    assert!(!desk.path("new.bel").exists());
    setup(&good, "t.pubkey", &public).done();
    setup(&good, "t.pubkey", &public).refused(1, "move an older file away");
}

#[test]
fn ballots_that_do_not_count_are_refused_and_the_archive_stays_as_it_was() {
    let desk = started();
    let before = desk.bytes("e.bel");
    let codes = desk.codes(UUID);
    let seal = |code: &str, choices: &str| {
        desk.write("code", code);
        desk.write("choices", choices);
        let _ = std::fs::remove_file(desk.path("ballot"));
        desk.run("ballot encrypt e.bel --credential code --choices choices --out ballot")
    };
    seal(&codes[0].1, "[[1,1]]").refused(1, "question 1: choose between 0 and 1 answers");
    seal(&codes[0].1, "[[1,0],[1]]").refused(1, "1 questions, 2 are answered");
    seal(&codes[0].1, "[[1]]").refused(1, "question 1 needs 2 numbers");
    seal(&codes[0].1, "[[300,0]]").refused(1, "lists of small numbers");
    seal("AAAAA-BBBBBB-CCCCC", "[[1,0]]").refused(1, "not a voting code");
    // A code of nobody makes a ballot, but nobody accepts it.
    seal("AAAAA-BBBBBB-CCCCC-DDDDDD", "[[1,0]]").done();
    desk.run("ballot verify e.bel ballot").status(1).says("INVALID: the credential is not on the list");
    desk.run("election add e.bel --ballot ballot").refused(1, "refused, the archive stays as it was: F4");
    seal(&codes[0].1, "[[1,0]]").done();
    desk.write("spoiled", desk.read("ballot").replacen("\"response\":\"", "\"response\":\"1", 1));
    desk.run("ballot verify e.bel spoiled ballot").status(1).says("spoiled: INVALID").says("ballot: valid");
    desk.run("election add e.bel --ballot ballot --ballot spoiled")
        .refused(1, "refused, the archive stays as it was: F4");
    desk.run("election add e.bel --ballot ballot --ballot ballot").refused(1, "");
    assert_eq!(desk.bytes("e.bel"), before);
    desk.write("e.bel.new", "");
    desk.run("election add e.bel --ballot ballot").refused(1, "another command is at work");
    std::fs::remove_file(desk.path("e.bel.new")).unwrap();
    desk.run("election add e.bel --ballot ballot").done();
    desk.run("election result e.bel").refused(1, "");
    desk.run("election tally e.bel").done();
    desk.run("election tally e.bel").refused(1, "computed once");
    assert!(!desk.path("e.bel.new").exists());
}

#[cfg(unix)]
#[test]
fn secrets_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let desk = started();
    desk.run("trustee certificate --size 3 --threshold 2 --index 1 --seed s --out c").done();
    for name in ["t.privkey", "s", &format!("{UUID}.privcreds")] {
        assert_eq!(desk.path(name).metadata().unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
}
