//! Whole elections from files, by one trustee and by a threshold group.

use folkmoot_ballot::archive::{Limits, Records, owned};
use folkmoot_ballot::receipt::{Checkpoint, KeyKind, Receipt, SigningKey, Tree};
use rand_core::{TryCryptoRng, TryRng};
use serde_json::Value;

use crate::desk::Desk;

pub const UUID: &str = "FoLkMoot1Moot9";

/// A generator with a fixed sequence, for the log's key.
struct Counter(u8);

impl TryRng for Counter {
    type Error = std::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.0 = self.0.wrapping_add(1);
        Ok(u32::from(self.0))
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.try_next_u32().map(u64::from)
    }
    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> {
        to.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Counter {}

pub fn log_key(name: &str) -> SigningKey {
    SigningKey::generate(name, KeyKind::Log, &mut Counter(7)).unwrap()
}

/// The server's receipt for an event of an archive, as if the log had ended with event `size - 1`.
fn receipt(archive: &[u8], index: usize, size: usize, key: &SigningKey) -> String {
    let mut records = Records::open(archive, Limits::default()).unwrap();
    let mut tree = Tree::new();
    let mut event = Vec::new();
    for height in 0..size {
        let record = records.next_record().unwrap().unwrap();
        tree.push(&record.raw);
        if height == index {
            event = record.raw;
        }
    }
    let checkpoint = Checkpoint::of(&format!("moot.example/e/{UUID}"), &tree).sign(key).unwrap();
    Receipt::under(&tree, index as u64, &event, checkpoint).unwrap().to_string()
}

/// An election with one trustee, weights, a blank vote and a revote; its archive is `e.bel`.
pub fn single(desk: &Desk, description: &str) -> (Vec<String>, String) {
    desk.write("roll", "Ada\nBo,2\nCy,3\nDee\n");
    let made = desk.run(&format!("credentials generate --uuid {UUID} --roll roll")).done();
    assert_eq!(made.out.trim_end(), UUID);
    desk.run("trustee keygen --key t.privkey --public t.pubkey --name Tess").done();
    desk.write(
        "template",
        format!(
            r#"{{"name":"Board","description":"{description}","questions":[{{"answers":["Red","Blue"],"blank":true,"min":1,"max":2,"question":"Colour?"}}]}}"#
        ),
    );
    let setup = format!("election setup --uuid {UUID} --template template --trustee t.pubkey");
    let setup = desk.run(&format!("{setup} --credentials {UUID}.pubcreds --out e.bel")).done();
    assert!(setup.err.contains("e.bel: 4 credentials") && setup.err.contains("F904"), "{}", setup.err);
    let codes: Vec<String> = desk.codes(UUID).into_iter().map(|(_, code)| code).collect();
    desk.vote("e.bel", &codes[0], "[[0,1,0]]");
    let replaced = desk.vote("e.bel", &codes[1], "[[1,0,0]]");
    desk.vote("e.bel", &codes[2], "[[0,1,1]]");
    desk.vote("e.bel", &codes[1], "[[0,0,1]]");
    (codes, replaced)
}

#[test]
fn an_election_with_one_trustee_is_held_from_files() {
    let desk = Desk::new();
    let (codes, _) = single(&desk, "");
    desk.run("verify e.bel").done().says("VALID so far").says("4 recorded, 3 count, total weight 6");
    desk.run("ballot verify e.bel ballot").done().says("ballot: valid, tracker ");
    desk.copy("e.bel", "open.bel");
    desk.run("election tally e.bel").done();
    desk.write("choices", "[[0,1,0]]");
    desk.write("code", &codes[3]);
    desk.run("ballot encrypt e.bel --credential code --choices choices --out late").done();
    desk.run("election add e.bel --ballot late").refused(1, "refused, the archive stays as it was: F204");
    desk.run("election result e.bel").refused(1, "after the decryptions");
    desk.run("trustee shuffle e.bel --owner 1").refused(1, "nothing to shuffle");
    desk.run("trustee decrypt e.bel --key t.privkey --append").done();
    let result = desk.run("election result e.bel").done();
    assert_eq!(result.out.trim_end(), r#"{"result":[[0,4,5]]}"#);

    desk.run("verify e.bel --since open.bel").done().says("continues the older").says("         4  Red");
    desk.run("verify open.bel --since e.bel").status(1).says("does NOT continue");
    let json: Value = serde_json::from_str(&desk.run("verify e.bel --json --threads 1").done().out).unwrap();
    assert_eq!(json["result"], serde_json::json!([[0, 4, 5]]));
    assert_eq!(json["total_weight"], 6);
    assert_eq!(json["findings"][0]["code"], 904);
    desk.run("verify e.bel --quorum 4 --roll 4 --roll-weight 7").done().says("Note F908");
    desk.reference_accepts("e.bel");
}

#[test]
fn a_trustee_decrypts_once_and_loses_nothing_to_a_wrong_file_name() {
    let desk = Desk::new();
    single(&desk, "");
    desk.run("election tally e.bel").done();
    desk.copy("e.bel", "copy.bel");
    desk.write("taken", "");
    desk.run("trustee decrypt e.bel --key t.privkey --out taken").refused(1, "move it away");
    desk.run("trustee decrypt e.bel --key t.privkey --out share").done();
    desk.run("trustee decrypt copy.bel --key t.privkey --out again")
        .refused(1, "decrypted for this election before");
    assert!(!desk.path("again").exists());
    // The share travels as a file; without its own owner line, or with a changed proof, it is refused.
    let share = desk.read("share");
    let (object, owner) = share.split_once('\n').unwrap();
    let spoiled = object.replacen("\"response\":\"", "\"response\":\"1", 1);
    desk.write("spoiled", format!("{spoiled}\n{owner}"));
    desk.run("election add e.bel --decryption spoiled").refused(1, "names another object");
    desk.write("spoiled", format!("{spoiled}\n{}\n", owned(1, spoiled.as_bytes())));
    desk.run("election add e.bel --decryption spoiled").refused(1, "F70");
    desk.run("election add e.bel --decryption share").done();
    desk.run("election result e.bel").done();
    desk.run("verify e.bel").done();
}

#[test]
fn receipts_are_held_against_the_archive() {
    let desk = Desk::new();
    let key = log_key("moot.example");
    let (_, replaced) = single(&desk, &format!("Receipts are signed with {}.", key.verifier()));
    let archive = desk.bytes("e.bel");
    desk.write("first", receipt(&archive, 1, 2, &key));
    desk.write("second", receipt(&archive, 2, 4, &key));
    let both = desk.run("verify e.bel --receipt first --receipt second").done();
    both.says("Receipt first: recorded, tracker ").says("Receipt second: recorded; a later ballot");
    desk.run(&format!("receipt verify second --archive e.bel --tracker {replaced}")).done().says("genuine");
    desk.run(&format!("receipt verify second --key {} --ballot ballot", key.verifier()))
        .refused(1, "another ballot");

    // The same server shows somebody else an archive without the second ballot: the receipts prove it.
    let other = Desk::new();
    single(&other, &format!("Receipts are signed with {}.", key.verifier()));
    other.write("second", desk.read("second"));
    other.run("verify e.bel --receipt second").status(1).says("NOT HONOURED").says("INVALID");
    desk.write("theirs", receipt(&other.bytes("e.bel"), 1, 4, &key));
    desk.run("receipt compare second second --archive e.bel").done().says("Consistent");
    desk.run("receipt compare second theirs --archive e.bel").status(1).says("EQUIVOCATION");
    desk.run("receipt compare first second --archive e.bel").done().says("Consistent");
    desk.write("third", receipt(&archive, 4, 5, &key));
    desk.run(&format!("receipt compare first third --key {}", key.verifier())).status(3).says("Open");
    desk.run("receipt compare first third --archive e.bel").done().says("Consistent");
    desk.run("receipt compare first nowhere --archive e.bel").refused(2, "nowhere cannot be opened");

    let stranger = log_key("other.example");
    desk.run(&format!("receipt verify first --key {}", stranger.verifier())).refused(1, "");
    desk.write("noise", "hello\n");
    desk.run("verify e.bel --receipt noise").status(1).says("Receipt noise: NOT HONOURED");
}

/// Three trustees of whom two decrypt, and one more alone; files as they pass between people.
pub fn ceremony(desk: &Desk, group: &str) {
    let each = |f: &dyn Fn(usize)| (1..=3).for_each(f);
    let names = |extension: &str| (1..=3).map(|i| format!("{i}.{extension}")).collect::<Vec<_>>();
    each(&|i| {
        let line = format!("trustee certificate --group {group} --size 3 --threshold 2 --index {i}");
        desk.run(&format!("{line} --seed {i}.seed --out {i}.cert")).done();
    });
    desk.collect(&names("cert"), "certs");
    each(&|i| {
        let line = format!("trustee polynomial --index {i} --seed {i}.seed --certificates certs");
        let made = desk.run(&format!("{line} --out {i}.poly")).done();
        desk.write(&format!("{i}.commitment"), made.out);
    });
    desk.collect(&names("commitment"), "commitments");
    desk.collect(&names("poly"), "polynomials");
    let collected = "--certificates certs --commitments commitments --polynomials polynomials";
    each(&|i| {
        let line = format!("trustee voutput --index {i} --seed {i}.seed {collected}");
        desk.run(&format!("{line} --out {i}.voutput")).done();
    });
    desk.collect(&names("voutput"), "voutputs");
    desk.run(&format!("trustee threshold {collected} --voutputs voutputs --out threshold.json --shares ."))
        .done();
}

#[test]
fn a_threshold_election_with_shuffles_is_held_from_files() {
    let desk = Desk::new();
    ceremony(&desk, "Ed25519");
    desk.run("trustee keygen --key t.privkey --public t.pubkey").done();
    desk.run(&format!("credentials generate --uuid {UUID} --count 3")).done();
    desk.write(
        "template",
        r#"{"name":"Board","questions":[{"type":"NonHomomorphic","value":{"answers":["x","y","z"],"question":"Order?"}},{"answers":["a","b"],"min":0,"max":1,"question":"One?"}]}"#,
    );
    let setup = format!("election setup --uuid {UUID} --template template --threshold threshold.json");
    desk.run(&format!("{setup} --trustee t.pubkey --credentials {UUID}.pubcreds --out e.bel")).done();
    let codes = desk.codes(UUID);
    desk.vote("e.bel", &codes[0].1, "[[1,2,3],[1,0]]");
    desk.vote("e.bel", &codes[1].1, "[[1,2,3],[0,0]]");
    desk.run("election end-shuffles e.bel").refused(1, "somebody must shuffle first");
    desk.run("election tally e.bel").done();
    desk.run("trustee decrypt e.bel --key t.privkey --out early").refused(1, "the shuffles");
    desk.run("trustee shuffle e.bel --owner 1 --append").done();
    desk.run("trustee shuffle e.bel --owner 1 --append").refused(1, "trustee 1 has shuffled already");
    for owner in [3, 4] {
        desk.run(&format!("trustee shuffle e.bel --owner {owner} --out {owner}.shuffle")).done();
        desk.run(&format!("election add e.bel --shuffle {owner}.shuffle")).done();
    }
    desk.run("election end-shuffles e.bel").done();
    desk.run("trustee decrypt e.bel --seed 1.seed --share 2.share --out wrong").refused(1, "do not match");
    desk.run("trustee decrypt e.bel --seed 3.seed --share 3.share --append").done();
    desk.run("election result e.bel").refused(1, "");
    desk.run("trustee decrypt e.bel --key t.privkey --append").done();
    desk.run("trustee decrypt e.bel --seed 1.seed --share 1.share --append").done();
    let result = desk.run("election result e.bel").done();
    assert_eq!(result.out.trim_end(), r#"{"result":[[[1,2,3],[1,2,3]],[1,0]]}"#);
    let text = desk.run("verify e.bel").done();
    text.says("VALID: every").says("2 ranked or graded ballots").says("by trustees: 1, 3, 4");
    desk.reference_accepts("e.bel");
}

#[test]
fn a_polynomial_that_was_not_committed_to_is_refused() {
    let desk = Desk::new();
    ceremony(&desk, "BELENIOS-2048");
    let line = "trustee polynomial --index 2 --seed 2.seed --certificates certs --out 2.late";
    desk.run(line).done();
    desk.collect(&["1.poly".into(), "2.late".into(), "3.poly".into()], "changed");
    let line = "trustee voutput --index 1 --seed 1.seed --certificates certs --commitments commitments";
    desk.run(&format!("{line} --polynomials changed --out late")).refused(1, "trustee 2");
    desk.collect(&["1.commitment".into(), "3.commitment".into()], "short");
    let line = "trustee voutput --index 1 --seed 1.seed --certificates certs --commitments short";
    desk.run(&format!("{line} --polynomials polynomials --out late")).refused(1, "");
    desk.run(line.replace("short", "certs").as_str()).status(2);
}
