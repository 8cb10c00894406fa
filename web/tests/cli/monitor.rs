//! `folkmoot monitor` against servers that are honest, and against servers that are not.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use folkmoot_ballot::archive::{EventKind, Limits, Records, Writer};
use folkmoot_ballot::receipt::{Checkpoint, SigningKey, Tree};

use crate::desk::{Answer, Desk};
use crate::whole::{UUID, log_key, single};

const PAGE: &str = "/elections/board";

/// A server of fixed answers on the loopback interface; it ends with the test's process.
struct Served {
    address: String,
    answers: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

fn answer(stream: TcpStream, answers: &Mutex<BTreeMap<String, Vec<u8>>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(&stream).lines();
    let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let body = answers.lock().unwrap().get(&path).cloned();
    let status = if body.is_some() { "200 OK" } else { "404 Not Found" };
    let body = body.unwrap_or_default();
    write!(&stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len())?;
    (&stream).write_all(&body)
}

impl Served {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let answers = Arc::new(Mutex::new(BTreeMap::new()));
        let shared = Arc::clone(&answers);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A monitor that hangs up is no failure of the server.
                answer(stream, &shared).ok();
            }
        });
        let served = Self { address, answers };
        served.put(PAGE, "<link href=\"/static/0123456789abcdef/css/folkmoot.css\">");
        let booth = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/booth");
        for file in std::fs::read_dir(booth).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            served.put(&format!("/static/0123456789abcdef/booth/{name}"), std::fs::read(&path).unwrap());
        }
        served
    }

    fn put(&self, path: &str, body: impl AsRef<[u8]>) {
        self.answers.lock().unwrap().insert(path.to_owned(), body.as_ref().to_vec());
    }

    /// The archive, and the checkpoint over it.
    fn publish(&self, archive: &[u8], key: &SigningKey) {
        self.put(&format!("{PAGE}/archive.bel"), archive);
        self.put(&format!("{PAGE}/checkpoint"), checkpoint(archive, key));
    }

    fn look(&self, desk: &Desk) -> Answer {
        desk.run(&format!("monitor {}{PAGE} --state seen --threads 1", self.address))
    }
}

fn checkpoint(archive: &[u8], key: &SigningKey) -> String {
    let mut records = Records::open(archive, Limits::default()).unwrap();
    let mut tree = Tree::new();
    while let Some(record) = records.next_record().unwrap() {
        tree.push(&record.raw);
    }
    Checkpoint::of(&format!("vote.example/e/{UUID}"), &tree).sign(key).unwrap().to_string()
}

/// An archive without its events from `keep` on.
fn cut(archive: &[u8], keep: usize) -> Vec<u8> {
    let mut records = Records::open(archive, Limits::default()).unwrap();
    let end = (0..keep).map(|_| records.next_record().unwrap().unwrap().end).last().unwrap();
    archive[..end as usize].to_vec()
}

/// The ballots of an archive, in order.
fn ballots(archive: &[u8]) -> Vec<Vec<u8>> {
    let mut records = Records::open(archive, Limits::default()).unwrap();
    let mut all = Vec::new();
    while let Some(record) = records.next_record().unwrap() {
        if record.event.kind == EventKind::Ballot {
            all.push(record.objects[0].data.clone());
        }
    }
    all
}

/// An archive with these ballots after its own.
fn with_ballots(archive: &[u8], ballots: &[&[u8]]) -> Vec<u8> {
    let mut records = Records::open(archive, Limits::default()).unwrap();
    while records.next_record().unwrap().is_some() {}
    let mut writer = Writer::resume(archive.to_vec(), records.chain());
    for ballot in ballots {
        writer.append(EventKind::Ballot, &[*ballot]).unwrap();
    }
    writer.into_inner()
}

#[test]
fn a_monitor_gives_no_alarm_while_a_server_is_honest_and_one_for_each_way_of_cheating() {
    let desk = Desk::new();
    let (honest, key) = (Served::start(), log_key("vote.example"));
    single(&desk, &format!("Ballot box key: {}", key.verifier()));
    let archive = desk.bytes("e.bel");
    honest.publish(&cut(&archive, 3), &key);
    honest.look(&desk).done().says("All well: \"Board\", 2 ballots in 3 events");
    honest.publish(&archive, &key);
    honest.look(&desk).done().says("4 ballots in 5 events");
    honest.look(&desk).done();

    let mut number = 0;
    let mut alarm = |prepare: &dyn Fn(&Served), words: &str| {
        number += 1;
        let server = Served::start();
        server.publish(&archive, &key);
        prepare(&server);
        let state = format!("seen{number}");
        std::fs::create_dir(desk.path(&state)).unwrap();
        for name in ["archive.bel", "checkpoint", "key", "files.json"] {
            desk.copy(&format!("seen/{name}"), &format!("{state}/{name}"));
        }
        let line = format!("monitor {}{PAGE} --state {state} --threads 1", server.address);
        desk.run(&line).status(1).says("ALARM: ").says(words);
        for name in ["new-archive.bel", "old-archive.bel", "new-checkpoint", "old-checkpoint"] {
            assert!(desk.path(&state).join("alarm").join(name).exists(), "{words}: {name}");
        }
        // What was seen before stays the measure.
        desk.run(&line).status(1).says(words);
    };
    let cast = ballots(&archive);
    let setup = cut(&archive, 1);
    let dropped = with_ballots(&setup, &[&cast[0], &cast[2], &cast[3]]);
    let moved = with_ballots(&setup, &[&cast[1], &cast[0], &cast[2], &cast[3]]);
    let replayed = with_ballots(&archive, &[&cast[1]]);
    let gone = "events that were in the ballot box are gone, changed or in another order";
    alarm(&|s| s.publish(&dropped, &key), gone);
    alarm(&|s| s.publish(&dropped, &key), "the server signed 5 events before and only 4 now");
    alarm(&|s| s.publish(&moved, &key), gone);
    alarm(&|s| s.publish(&moved, &key), "the log does not continue what the server signed before");
    alarm(&|s| s.publish(&cut(&archive, 3), &key), gone);
    alarm(&|s| s.put(&format!("{PAGE}/archive.bel"), &replayed), "the archive is not valid: F");
    alarm(
        &|s| s.put(&format!("{PAGE}/checkpoint"), checkpoint(&moved, &key)),
        "the server signed another history than that of its archive",
    );
    alarm(
        &|s| s.put(&format!("{PAGE}/checkpoint"), checkpoint(&archive, &log_key("other.example"))),
        "the checkpoint is not signed by the ballot box",
    );
    alarm(
        &|s| s.put("/static/0123456789abcdef/booth/belenios.mjs", "alert()"),
        "the booth's booth/belenios.mjs changed",
    );
    let other = Desk::new();
    single(&other, &format!("A friendlier text. Ballot box key: {}", key.verifier()));
    alarm(&|s| s.publish(&other.bytes("e.bel"), &key), "the election itself is another one");
}

#[test]
fn a_monitor_says_when_it_cannot_look() {
    let desk = Desk::new();
    let (server, key) = (Served::start(), log_key("vote.example"));
    server.look(&desk).refused(2, "is not there; check the address, and whether voting has begun");
    single(&desk, &format!("Ballot box key: {}", key.verifier()));
    server.publish(&desk.bytes("e.bel"), &key);
    let look = |more: &str| desk.run(&format!("monitor {}{PAGE} --state seen{more}", server.address));
    look(" --key nonsense").refused(2, "key");
    look(&format!(" --key {}", log_key("other.example").verifier())).status(1).says("is expected");
    server.put("/static/0123456789abcdef/booth/booth.mjs", "changed before the first look");
    look("").done().says("booth/booth.mjs is not the one that this program was released with");
    desk.run("monitor http://127.0.0.1:1/elections/x --state seen").refused(2, "cannot be fetched");
    desk.run("monitor http://vote.example/elections/x --state seen").refused(2, "https://");
    desk.write("file", "");
    desk.run(&format!("monitor {}{PAGE} --state file", server.address)).refused(2, "cannot be made");
}
