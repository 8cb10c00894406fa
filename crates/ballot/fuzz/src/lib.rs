//! What the fuzz targets check: no reader panics or grows beyond its limits, and what it accepted has one spelling, so
//! that writing it again gives the same bytes.

use std::io::Cursor;
use std::sync::LazyLock;

use folkmoot_ballot::archive::{Event, EventKind, Limits, Records, Writer, parse_owned, recover};
use folkmoot_ballot::ballot;
use folkmoot_ballot::credential::{Credential, PublicCredential, read_roll};
use folkmoot_ballot::decryption::PartialDecryption;
use folkmoot_ballot::election::{Election, group_of};
use folkmoot_ballot::elgamal::Ciphertext;
use folkmoot_ballot::group::{Ed25519, Group, GroupId, Scalar};
use folkmoot_ballot::json::{Reader, Value};
use folkmoot_ballot::mixnet::Shuffle;
use folkmoot_ballot::question::Layout;
use folkmoot_ballot::receipt::{
    Checkpoint, Evidence, Note, Receipt, SignedCheckpoint, SigningKey, VerifierKey,
};
use folkmoot_ballot::result::ElectionResult;
use folkmoot_ballot::shape::Shape;
use folkmoot_ballot::tally::read_weight;
use folkmoot_ballot::trustee::{Seed, TrusteeKey, Trustees, parse_signed_list};
use folkmoot_ballot::verify::{Options, verify_archive};
use folkmoot_ballot::with_group;

/// Small, so that a reader that ignores it breaks the memory limit of the run.
const LIMITS: Limits = Limits { object: 1 << 16 };

/// The setup of an election with questions of several kinds.
const SETUP: &[u8] = include_bytes!("../setup.bel");

struct Known {
    objects: Vec<Vec<u8>>,
    election: Election<Ed25519>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let record = Records::open(SETUP, LIMITS).unwrap().next_record().unwrap().unwrap();
    let objects: Vec<Vec<u8>> = record.objects.into_iter().map(|o| o.data).collect();
    let election = Election::parse(&objects[0]).unwrap();
    Known { objects, election }
});

/// The archive as such: what is read completely is written again identically.
pub fn archive(bytes: &[u8]) {
    let _ = recover(bytes, LIMITS);
    let Ok(mut records) = Records::open(bytes, LIMITS) else { return };
    let mut writer = Writer::create(Vec::new(), records.chain().timestamp).unwrap();
    loop {
        match records.next_record() {
            Ok(Some(record)) => {
                let objects: Vec<&[u8]> = record.objects.iter().map(|o| o.data.as_slice()).collect();
                writer.append(record.event.kind, &objects).unwrap();
            }
            Ok(None) => break,
            Err(_) => return,
        }
    }
    assert!(writer.into_inner() == bytes);
}

/// The whole verifier behind a correct chain: the input gives kinds and contents of events after a correct setup. A
/// byte chooses the kind, two the length of every object.
pub fn verify(mut bytes: &[u8]) {
    let mut writer = Writer::create(Vec::new(), 0).unwrap();
    let setup: Vec<&[u8]> = KNOWN.objects.iter().map(Vec::as_slice).collect();
    writer.append(EventKind::Setup, &setup).unwrap();
    while let Some((kind, rest)) = bytes.split_first() {
        bytes = rest;
        let kind = EventKind::ALL[usize::from(*kind) % EventKind::ALL.len()];
        let mut objects = Vec::new();
        for _ in 0..kind.objects() {
            let (length, rest) = bytes.split_at(bytes.len().min(2));
            let length = length.iter().fold(0, |n, b| n << 8 | usize::from(*b));
            let (object, rest) = rest.split_at(rest.len().min(length));
            objects.push(object);
            bytes = rest;
        }
        writer.append(kind, &objects).unwrap();
    }
    let raw = writer.into_inner();
    let options = Options { limits: LIMITS, threads: Some(1), max_findings: 10, ..Options::default() };
    let report = verify_archive(Cursor::new(&raw), &options, &mut ()).unwrap();
    assert!(report.findings.len() <= 22);
    let mut longer = raw.clone();
    longer.push(b'x');
    assert!(!verify_archive(Cursor::new(longer), &options, &mut ()).unwrap().is_valid());
}

/// A ballot for the known election.
pub fn ballot(bytes: &[u8]) {
    let _ = ballot::header(bytes);
    let read = ballot::ciphertexts(&KNOWN.election, bytes);
    if let Ok(verified) = ballot::verify(&KNOWN.election, bytes) {
        assert_eq!(read, Ok(verified.ciphertexts));
    }
}

/// An election object of any group.
pub fn election(bytes: &[u8]) {
    let Ok(id) = group_of(bytes) else { return };
    with_group!(id, G => if let Ok(election) = Election::<G>::parse(bytes) {
        assert_eq!(election.raw(), bytes);
        assert!(!election.questions().is_empty());
    });
}

/// Trustees, and what they submit in a ceremony.
pub fn trustees(bytes: &[u8]) {
    if let Ok(trustees) = Trustees::<Ed25519>::parse(bytes) {
        let _ = trustees.check();
        let again = Trustees::<Ed25519>::parse(trustees.to_json().as_bytes()).unwrap();
        assert_eq!(again.keys(), trustees.keys());
    }
    let _ = parse_signed_list::<Ed25519>(bytes);
    if let Ok(key) = TrusteeKey::<Ed25519>::parse(bytes) {
        assert_eq!(key.to_json().as_bytes(), bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Seed::parse(text);
    }
}

/// The list of public credentials, and a credential as a voter types it.
pub fn roll(bytes: &[u8]) {
    let _ = read_roll::<Ed25519>(bytes, |_, _| Ok(()));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = PublicCredential::<Ed25519>::parse(text, 1);
    if let Ok(credential) = Credential::parse(text) {
        assert!(Credential::parse(credential.as_str()).is_ok());
    }
}

/// A shuffle.
pub fn shuffle(bytes: &[u8]) {
    if let Ok(shuffle) = Shuffle::<Ed25519>::parse(bytes) {
        assert_eq!(shuffle.to_json().as_bytes(), bytes);
    }
}

/// A partial decryption and a result of a tally of two questions.
pub fn decryption(bytes: &[u8]) {
    let unit = Ciphertext::<Ed25519>::identity();
    let tally = Shape::Array(vec![Shape::row([unit; 3]), Shape::row([unit; 2])]);
    if let Ok(share) = PartialDecryption::<Ed25519>::parse(bytes, &tally) {
        assert_eq!(share.to_json().as_bytes(), bytes);
    }
    let opened = KNOWN.election.questions().iter().map(|question| match question.layout() {
        Layout::Flat(n) => Shape::row(vec![Ed25519::identity(); n]),
        _ => Shape::row(vec![Ed25519::identity(); 3]),
    });
    let opened = Shape::Array(opened.collect());
    if let Ok(result) = ElectionResult::check::<Ed25519>(bytes, KNOWN.election.questions(), &opened, 3) {
        assert_eq!(result.to_json().as_bytes(), bytes);
    }
}

/// Events, owners, weights.
pub fn event(bytes: &[u8]) {
    if let Ok(event) = Event::parse(bytes) {
        assert_eq!(event.to_json().as_bytes(), bytes);
    }
    let _ = parse_owned(bytes);
    if let Ok(mut reader) = Reader::from_bytes(bytes) {
        let _ = read_weight(&mut reader);
    }
}

/// Any JSON, and its canonical form.
pub fn json(bytes: &[u8]) {
    if let Ok(value) = Value::parse(bytes) {
        let text = value.to_text();
        assert_eq!(Value::parse_canonical(text.as_bytes()), Ok(value));
    }
    if let Ok(value) = Value::parse_canonical(bytes) {
        assert_eq!(value.to_text().as_bytes(), bytes);
    }
    if let Ok(mut reader) = Reader::from_bytes(bytes)
        && reader.string().is_ok()
    {
        assert!(reader.position() <= bytes.len());
    }
}

/// Everything that receipts and checkpoints are made of.
pub fn receipt(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ =
        (Note::parse(text), Checkpoint::parse(text), SignedCheckpoint::parse(text), Evidence::parse(text));
    let _ = (VerifierKey::parse(text), SigningKey::parse(text));
    if let Ok(receipt) = Receipt::parse(text) {
        // Mail programs make CR LF of line ends; a receipt is read all the same.
        assert_eq!(receipt.to_string(), text.replace("\r\n", "\n"));
    }
}

/// Elements and scalars of every group: what is decoded has no other spelling.
pub fn element(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for id in GroupId::ALL {
        with_group!(id, G => {
            if let Ok(element) = G::decode(text) {
                assert_eq!(G::encode(&element), text);
            }
            if let Ok(scalar) = <G as Group>::Scalar::decode(text) {
                assert_eq!(scalar.encode(), text);
            }
        });
    }
}
