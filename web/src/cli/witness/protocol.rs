//! The `tlog-witness` protocol: what is asked, what is answered, and what must be kept before an answer.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use folkmoot_ballot::receipt::{Checkpoint, Hash, SignedCheckpoint, SigningKey, VerifierKey};

/// Most bytes of a request.
pub(super) const MOST: usize = 64 * 1024;

/// Most hashes of a consistency proof.
const MOST_HASHES: usize = 63;

/// What is sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status code: 200 signed, 400 unreadable, 403 not signed by the log, 404 unknown log, 409 other size or another tree
    /// of this size was signed, 422 the proof is wrong.
    pub status: u16,
    /// Content type.
    pub kind: &'static str,
    /// Lines of signatures, or the size that was signed last, or why not.
    pub body: String,
}

impl Answer {
    fn no(status: u16, why: &str) -> Self {
        Self { status, kind: "text/plain; charset=utf-8", body: format!("{why}\n") }
    }

    fn conflict(size: u64) -> Self {
        Self { status: 409, kind: "text/x.tlog.size", body: format!("{size}\n") }
    }
}

/// A witness with its memory: for each log the last checkpoint it signed.
pub struct Witness {
    key: SigningKey,
    logs: Vec<VerifierKey>,
    folder: PathBuf,
    turn: Mutex<()>,
}

/// What somebody asks to be signed.
struct Request {
    old: u64,
    proof: Vec<Hash>,
    note: SignedCheckpoint,
}

impl Request {
    /// `old SIZE`, hashes in base64, an empty line, the checkpoint.
    fn parse(body: &str) -> Option<Self> {
        let (head, note) = body.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let size = lines.next()?.strip_prefix("old ")?;
        let old: u64 = size.parse().ok().filter(|n: &u64| n.to_string() == size)?;
        let hash = |line: &str| STANDARD.decode(line).ok().and_then(|b| Hash::try_from(b).ok());
        let proof: Vec<Hash> = lines.map(hash).collect::<Option<_>>()?;
        let note = SignedCheckpoint::parse(note).ok()?;
        (proof.len() <= MOST_HASHES).then_some(Self { old, proof, note })
    }
}

impl Witness {
    /// A witness of these logs that keeps what it signed in `folder`.
    #[must_use]
    pub fn new(key: SigningKey, logs: Vec<VerifierKey>, folder: PathBuf) -> Self {
        Self { key, logs, folder, turn: Mutex::new(()) }
    }

    /// The key that checks its signatures, as text.
    #[must_use]
    pub fn verifier(&self) -> String {
        self.key.verifier().to_string()
    }

    /// Answers `POST /add-checkpoint` at `time`, in seconds since 1970.
    ///
    /// # Errors
    /// When what was signed cannot be kept; then nothing is signed.
    pub fn add_checkpoint(&self, body: &str, time: u64) -> anyhow::Result<Answer> {
        let Some(request) = Request::parse(body).filter(|_| body.len() <= MOST) else {
            return Ok(Answer::no(400, "This is no request to sign a checkpoint."));
        };
        let new = request.note.unverified().clone();
        let Some(log) = self.logs.iter().find(|k| k.name() == new.origin) else {
            return Ok(Answer::no(404, "This log is not watched here."));
        };
        if request.note.verify(log).is_err() {
            return Ok(Answer::no(403, "The checkpoint is not signed by the log."));
        }
        if request.old > new.size {
            return Ok(Answer::no(400, "The old size is larger than the checkpoint."));
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.last(&new.origin)?;
        if let Some(answer) = refusal(before.as_ref(), &request, &new) {
            return Ok(answer);
        }
        let mut signed = SignedCheckpoint::parse(&request.note.to_string())?;
        signed.cosign(&self.key, time)?;
        self.keep(&new.origin, &request.note.to_string())?;
        let line = signed.to_string().trim_end().rsplit('\n').next().unwrap_or_default().to_owned();
        Ok(Answer { status: 200, kind: "text/plain; charset=utf-8", body: format!("{line}\n") })
    }

    fn place(&self, origin: &str) -> PathBuf {
        self.folder.join(format!("{}.checkpoint", folkmoot_ballot::hash::Hash::of(origin.as_bytes()).hex()))
    }

    fn last(&self, origin: &str) -> anyhow::Result<Option<Checkpoint>> {
        let path = self.place(origin);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(SignedCheckpoint::parse(&text)?.unverified().clone())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// On the disk before the signature leaves: a witness that forgets could sign a fork.
    fn keep(&self, origin: &str, note: &str) -> anyhow::Result<()> {
        let path = self.place(origin);
        let part = path.with_extension("part");
        let mut file = File::create(&part).with_context(|| format!("cannot write {}", part.display()))?;
        file.write_all(note.as_bytes())?;
        file.sync_all()?;
        fs::rename(&part, &path)?;
        File::open(&self.folder)?.sync_all()?;
        Ok(())
    }
}

/// Why a checkpoint is not signed after what was signed before.
fn refusal(before: Option<&Checkpoint>, request: &Request, new: &Checkpoint) -> Option<Answer> {
    let known = before.map_or(0, |b| b.size);
    if request.old != known {
        return Some(Answer::conflict(known));
    }
    let Some(before) = before.filter(|b| b.size > 0) else {
        let wrong = !request.proof.is_empty();
        return wrong.then(|| Answer::no(422, "From nothing on there is no proof."));
    };
    if before.size == new.size {
        return match before.root == new.root && request.proof.is_empty() {
            true => None,
            false => Some(Answer::conflict(known)),
        };
    }
    let wrong = before.check_extension(new, &request.proof).is_err();
    wrong.then(|| Answer::no(422, "The checkpoint does not extend the one that was signed before."))
}

#[cfg(test)]
mod tests {
    use folkmoot_ballot::receipt::{KeyKind, Tree};
    use zeroize::Zeroizing;

    use super::*;

    const LOG: &str = "vote.example.org/e/abc";

    fn key(name: &str, kind: KeyKind, seed: u8) -> SigningKey {
        SigningKey::from_seed(name, kind, Zeroizing::new([seed; 32])).unwrap()
    }

    fn tree(events: &[&str]) -> Tree {
        let mut tree = Tree::new();
        for event in events {
            tree.push(event.as_bytes());
        }
        tree
    }

    fn ask(tree: &Tree, old: u64, by: &SigningKey) -> String {
        let note = Checkpoint::of(LOG, tree).sign(by).unwrap();
        let proof = if old == 0 { Vec::new() } else { tree.consistency(old, tree.size()).unwrap() };
        let lines: String = proof.iter().map(|h| format!("{}\n", STANDARD.encode(h))).collect();
        format!("old {old}\n{lines}\n{note}")
    }

    #[test]
    fn a_witness_answers_with_the_statuses_of_the_protocol_and_signs_no_fork() {
        let folder = std::env::temp_dir().join(format!("folkmoot-witness-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let log = key(LOG, KeyKind::Log, 1);
        let witness = |seed| {
            let own = key("witness.example", KeyKind::Witness, seed);
            Witness::new(own, vec![log.verifier().clone()], folder.clone())
        };
        let one = witness(2);
        let (a, ab, abc) = (tree(&["a"]), tree(&["a", "b"]), tree(&["a", "b", "c"]));
        let status = |body: &str| one.add_checkpoint(body, 1_800_000_000).unwrap();

        assert_eq!(status("old 1\nnonsense").status, 400);
        assert_eq!(status(&ask(&a, 0, &log).replace("old 0", "old 00")).status, 400);
        assert_eq!(status(&ask(&a, 0, &log).replace("old 0", "old 2")).status, 400);
        let foreign =
            Checkpoint::of("other.example/e/x", &a).sign(&key("other.example/e/x", KeyKind::Log, 5)).unwrap();
        assert_eq!(status(&format!("old 0\n\n{foreign}")).status, 404);
        assert_eq!(status(&ask(&a, 0, &key(LOG, KeyKind::Log, 9))).status, 403);

        let signed = status(&ask(&a, 0, &log));
        assert_eq!(signed.status, 200);
        let whole = format!("{}{}", Checkpoint::of(LOG, &a).sign(&log).unwrap(), signed.body);
        let found = SignedCheckpoint::parse(&whole).unwrap();
        let found = found.cosignatures(&[VerifierKey::parse(&one.verifier()).unwrap()]).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].time, 1_800_000_000);

        assert_eq!(status(&ask(&abc, 0, &log)), Answer::conflict(1), "it says what it has seen");
        assert_eq!(status(&ask(&ab, 1, &log)).status, 200);
        assert_eq!(status(&ask_same(&ab, &log)).status, 200, "the same once more");
        assert_eq!(status(&ask_same(&a, &log)).status, 409, "never back");
        let fork = tree(&["a", "x"]);
        assert_eq!(status(&ask_same(&fork, &log)), Answer::conflict(2), "another tree of the same size");
        let longer = tree(&["a", "x", "c"]);
        assert_eq!(status(&ask(&longer, 2, &log)).status, 422, "a fork that goes on");
        // Started again, it still knows.
        let again = witness(2);
        assert_eq!(again.add_checkpoint(&ask(&abc, 0, &log), 1).unwrap(), Answer::conflict(2));
        assert_eq!(again.add_checkpoint(&ask(&abc, 2, &log), 1).unwrap().status, 200);
        fs::remove_dir_all(&folder).unwrap();
    }

    /// The checkpoint of this very size once more.
    fn ask_same(tree: &Tree, by: &SigningKey) -> String {
        format!("old {}\n\n{}", tree.size(), Checkpoint::of(LOG, tree).sign(by).unwrap())
    }
}
