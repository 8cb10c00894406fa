//! One election made by us and by the independent `belenios-tool` together: each must accept what the other made.
//! Skipped, with a line that says so, where the tool is not installed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use folkmoot_ballot::decryption::{Decryptions, PartialDecryption};
use folkmoot_ballot::group::{Belenios2048, Group, Rfc3526};
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::mixnet::Mixnet;
use folkmoot_ballot::trustee::ceremony::{Certificates, Outcome};
use folkmoot_ballot::trustee::{
    CeremonyContext, Member, SecretKey, Seed, Trustee, TrusteeKey, Trustees, parse_signed_list,
};

use rand_core::CryptoRng;

use crate::groups::Seeded;
use crate::trustee_vectors::{Known, agrees, mixed_lists, replay};

const UUID: &str = "AVu7anyW6keVRG";

struct Tool {
    dir: tempfile::TempDir,
    group: &'static str,
}

impl Tool {
    /// A folder for one election, or nothing without the tool.
    fn start(group: &'static str) -> Option<Self> {
        if Command::new("belenios-tool").arg("--version").output().is_err() {
            println!("skipped: belenios-tool is not installed");
            return None;
        }
        Some(Self { dir: tempfile::tempdir().unwrap(), group })
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path().join(name), content).unwrap();
    }

    fn file(&self, extension: &str) -> PathBuf {
        let mut all = std::fs::read_dir(self.path()).unwrap().map(|e| e.unwrap().path());
        all.find(|p| p.extension().is_some_and(|e| e == extension)).unwrap()
    }

    fn run(&self, arguments: &str, input: &str) -> String {
        let mut child = Command::new("belenios-tool")
            .args(arguments.split(' '))
            .env("BELENIOS_USE_URANDOM", "1")
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "belenios-tool {arguments}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn event(&self, kind: &str, input: &str) {
        self.run(&format!("archive add-event --type={kind}"), input);
    }

    /// The tool's own trustee key.
    fn trustee<G: Group>(&self) -> TrusteeKey<G> {
        self.run(&format!("setup generate-trustee-key --group {}", self.group), "");
        let text = std::fs::read_to_string(self.file("pubkey")).unwrap();
        TrusteeKey::parse(text.trim_end().as_bytes()).unwrap()
    }

    /// Sets the election up with these trustees and casts the plaintext ballots.
    fn vote<G: Group>(&self, trustees: &Trustees<G>, questions: &str, ballots: &[&str]) {
        let count = ballots.len();
        self.run(
            &format!("setup generate-credentials --uuid {UUID} --group {} --count {count}", self.group),
            "",
        );
        std::fs::rename(self.file("pubcreds"), self.path().join("public_creds.json")).unwrap();
        self.write("trustees.json", &trustees.to_json());
        self.write("template.json", &format!(r#"{{"description":"","name":"n","questions":{questions}}}"#));
        self.run(
            &format!("setup make-election --uuid {UUID} --group {} --template template.json", self.group),
            "",
        );
        self.run("archive init", "");
        let credentials = std::fs::read_to_string(self.file("privcreds")).unwrap();
        for (line, ballot) in credentials.lines().zip(ballots) {
            self.write("voter", line.split(' ').nth(1).unwrap());
            self.write("choice", ballot);
            let sealed = self.run("election generate-ballot --privcred voter --ballot choice", "");
            self.event("Ballot", &sealed);
        }
        self.event("EndBallots", "");
        let tally = self.run("election compute-encrypted-tally", "");
        self.event("EncryptedTally", &tally);
    }

    fn add_owned(&self, kind: &str, owner: usize, object: &str) {
        let payload = Hash::of(object.as_bytes()).hex();
        self.event(kind, &format!("{object}\n{{\"owner\":{owner},\"payload\":\"{payload}\"}}\n"));
    }

    fn decrypt(&self, owner: usize) {
        let key = self.file("privkey");
        let object =
            self.run(&format!("election decrypt --privkey {} --trustee-id {owner}", key.display()), "");
        self.event("PartialDecryption", &object);
    }

    /// The tool's result and verdict, and ours.
    fn finish<G: Group>(&self, expected: &str) {
        let result = self.run("election compute-result", "");
        assert_eq!(result.trim_end(), expected);
        self.event("Result", &result);
        self.run("election verify", "");
        let Known { election, trustees, tally, decryptions, result, .. } = replay::<G>(self.path());
        let mut all = Decryptions::new(election.fingerprint(), &trustees, tally.unwrap());
        for (owner, object) in &decryptions {
            all.submit(*owner, object).unwrap();
        }
        agrees(&election, &all.combine().unwrap(), &result.unwrap());
    }
}

fn share<G: Group>(known: &Known<G>, secret: &SecretKey<G>, seed: u64) -> String {
    let tally = known.tally.as_ref().unwrap();
    PartialDecryption::prove(known.election.fingerprint(), secret, tally, &mut Seeded::generator(seed))
        .to_json()
}

#[test]
fn shuffles_and_decryptions_are_accepted_in_both_directions() {
    type G = Rfc3526;
    let Some(tool) = Tool::start(G::NAME) else { return };
    let mut rng = Seeded::generator(3);
    let secret = SecretKey::<G>::random(&mut rng);
    let ours = TrusteeKey::prove(&secret, &mut rng);
    let trustees = Trustees::new(vec![Trustee::Single(ours), Trustee::Single(tool.trustee())]);
    let questions = concat!(
        r#"[{"answers":["A","B"],"min":0,"max":2,"question":"Q"},"#,
        r#"{"type":"NonHomomorphic","value":{"answers":["x","y","z"],"question":"R"}}]"#
    );
    tool.vote(&trustees, questions, &["[[1,0],[1,2,3]]", "[[1,1],[1,2,3]]", "[[0,0],[1,2,3]]"]);

    let known = replay::<G>(tool.path());
    let mixnet = Mixnet::<G>::new(known.election.fingerprint(), &G::fixed_element(known.election.key()));
    let inputs = mixed_lists(&known.election, known.tally.as_ref().unwrap());
    tool.add_owned("Shuffle", 1, &mixnet.shuffle(&inputs, &mut rng).unwrap().to_json());
    tool.run("election verify", "");
    let theirs = tool.run("election shuffle --trustee-id 2", "");
    tool.event("Shuffle", &theirs);
    tool.event("EndShuffles", "");

    let known = replay::<G>(tool.path());
    assert_eq!(known.shuffles, 2);
    tool.add_owned("PartialDecryption", 1, &share(&known, &secret, 4));
    tool.decrypt(2);
    tool.finish::<G>(r#"{"result":[[2,1],[[1,2,3],[1,2,3],[1,2,3]]]}"#);
}

/// A whole ceremony of our members: their seeds, the group, and their sealed shares.
pub fn ceremony<G: Group>(
    size: usize,
    threshold: usize,
    mut rng: &mut dyn CryptoRng,
) -> (Vec<Seed>, Outcome<G>) {
    let seeds: Vec<Seed> = (0..size).map(|_| Seed::random(&mut rng)).collect();
    let member =
        |i: usize| Member::<G>::new(CeremonyContext { size, threshold, index: i + 1 }, &seeds[i]).unwrap();
    let mut round = Certificates::<G>::new(size, threshold).unwrap();
    for i in 0..size {
        round.submit(i + 1, member(i).certificate(&mut rng).as_bytes()).unwrap();
    }
    let mut round = round.close().unwrap();
    let certs = parse_signed_list::<G>(round.certificates_json().as_bytes()).unwrap();
    let made: Vec<_> = (0..size).map(|i| member(i).contribution(&certs, &mut rng).unwrap()).collect();
    for (i, contribution) in made.iter().enumerate() {
        round.submit(i + 1, contribution.commitment).unwrap();
    }
    let mut round = round.close().unwrap();
    for (i, contribution) in made.iter().enumerate() {
        round.submit(i + 1, contribution.json.as_bytes()).unwrap();
    }
    let mut round = round.close().unwrap();
    for i in 0..size {
        let vinput = round.vinput(i + 1).unwrap();
        let key = member(i).share(&certs, round.commitments(), vinput.as_bytes(), &mut rng).unwrap();
        round.submit(i + 1, key.as_bytes()).unwrap();
    }
    let outcome = round.close().unwrap();
    (seeds, outcome)
}

#[test]
fn a_threshold_key_made_by_us_serves_in_an_election_of_the_tool() {
    type G = Belenios2048;
    let Some(tool) = Tool::start(G::NAME) else { return };
    let (seeds, Outcome { group, sealed_shares }) = ceremony::<G>(3, 2, &mut Seeded::generator(5));
    let trustees = Trustees::new(vec![Trustee::Single(tool.trustee()), Trustee::Pedersen(group)]);
    let question = r#"[{"answers":["A","B","C"],"blank":true,"min":1,"max":2,"question":"Q"}]"#;
    tool.vote(&trustees, question, &["[[0,1,0,1]]", "[[1,0,0,0]]"]);
    let known = replay::<G>(tool.path());
    tool.decrypt(1);
    for i in [2, 0] {
        let secret = Member::<G>::open_share(&seeds[i], &sealed_shares[i]).unwrap();
        tool.add_owned("PartialDecryption", i + 2, &share(&known, &secret, 6));
    }
    tool.finish::<G>(r#"{"result":[[1,1,0,1]]}"#);
}
