//! The last value that is right and the first that is wrong, where other tests only meet the middle.

use std::io::Cursor;
use std::path::Path;

use folkmoot_ballot::archive::{EventKind, Limits, Records};
use folkmoot_ballot::ballot::{self, BallotError, ProofName};
use folkmoot_ballot::credential::Credential;
use folkmoot_ballot::election::Election;
use folkmoot_ballot::group::{Ed25519, ElementError, Group, GroupId, Scalar, ScalarError};
use folkmoot_ballot::json::ReadError;
use folkmoot_ballot::with_group;
use zeroize::Zeroize as _;

use crate::ballots::{answers_of, resigned, with_swapped_scalars};
use crate::tampered::archive_in;

type S = <Ed25519 as Group>::Scalar;

fn of_every_group<G: Group>(order_bytes: usize) {
    let (zero, one) = (G::Scalar::zero(), G::Scalar::one());
    assert!(zero.is_zero() && !one.is_zero());
    assert_eq!(G::Scalar::random_len(), order_bytes + 16);
    let mut wiped = one;
    wiped.zeroize();
    assert!(wiped.is_zero());
    assert_eq!((one + one - one).encode(), "1");
    assert_eq!((-zero).encode(), "0");
    let text = G::encode(&G::generator());
    assert_eq!(format!("{:?}", G::generator()), text);
    assert!(format!("{:?}", G::fixed_base(&G::generator())).contains(&text));
    assert!(!format!("{:?}", G::Scalar::from_u64(987_654_321)).contains("987654321"));
    assert_eq!(G::ID.to_string(), G::NAME);
}

#[test]
pub fn groups_at_their_edges() {
    for (id, order_bytes) in [(GroupId::Ed25519, 32), (GroupId::Belenios2048, 32), (GroupId::Rfc3526, 256)] {
        with_group!(id, G => of_every_group::<G>(order_bytes));
    }
}

#[test]
pub fn exponents_at_their_edges() {
    let long = |digit: &str, length: usize| S::decode(&digit.repeat(length)).unwrap_err();
    for length in [77, 78, 100, 4095] {
        assert_eq!(long("9", length), ScalarError::OutOfRange, "{length} digits");
    }
    // Longer than any file of ours holds: not even looked at.
    assert_eq!(long("9", 4096), ScalarError::NotCanonical);
    assert_eq!(long("0", 100), ScalarError::NotCanonical);
    assert_eq!(long("a", 100), ScalarError::NotCanonical);
    // 2^256 has a fifth word, and its other words are those of 0.
    let two_to_256 = "115792089237316195423570985008687907853269984665640564039457584007913129639936";
    assert_eq!(S::decode(two_to_256), Err(ScalarError::OutOfRange));
    fn of<G: Group>() {
        let refused = |text: &str| G::Scalar::decode(text).unwrap_err();
        for length in [700, 4095] {
            assert_eq!(refused(&"9".repeat(length)), ScalarError::OutOfRange, "{length} digits, {}", G::NAME);
        }
        for no_number in ["9".repeat(4096), "0".repeat(700), "a".repeat(700), String::new(), "01".into()] {
            assert_eq!(refused(&no_number), ScalarError::NotCanonical, "{no_number:?}, {}", G::NAME);
        }
    }
    of::<folkmoot_ballot::group::Belenios2048>();
    of::<folkmoot_ballot::group::Rfc3526>();
}

#[test]
pub fn points_at_their_edges() {
    let point = |first: &str, last: &str| format!("{first}{}{last}", "f".repeat(62 - last.len() + 1));
    for (text, error) in [
        // y = p, p + 1 and 2^255 - 1: second spellings of 0, 1 and 18.
        (point("7", "ed"), ElementError::OutOfRange),
        (point("7", "ee"), ElementError::OutOfRange),
        (point("7", "ff"), ElementError::OutOfRange),
        // y = -1 has x = 0, of which there is no negative one; it is a point of order 2.
        (point("f", "ec"), ElementError::OutOfRange),
        (point("7", "ec"), ElementError::NotAMember),
        (format!("8{}1", "0".repeat(62)), ElementError::OutOfRange),
        // Order 4, in both signs.
        ("0".repeat(64), ElementError::NotAMember),
        (format!("8{}", "0".repeat(63)), ElementError::NotAMember),
    ] {
        assert_eq!(Ed25519::decode(&text), Err(error), "{text}");
    }
    for low in ["eb", "00", "80"] {
        assert_ne!(Ed25519::decode(&point("7", low)).err(), Some(ElementError::OutOfRange), "{low}");
    }
}

#[test]
pub fn embedded_lists_at_their_edges() {
    use folkmoot_ballot::group::{Belenios2048, EmbedError, Rfc3526};
    fn whole<G: Group>(capacity: usize) {
        assert_eq!(G::embed_capacity(), capacity, "{}", G::NAME);
        let integers: Vec<u8> = (0..=u8::MAX).cycle().skip(7).take(capacity).collect();
        let element = G::embed(&integers).unwrap();
        assert_eq!(G::unembed(&element, capacity).unwrap(), integers);
        assert_eq!(G::unembed(&element, capacity + 1), Err(EmbedError::TooMany(capacity)));
        assert_eq!(G::embed(&vec![1; capacity + 1]), Err(EmbedError::TooMany(capacity)));
    }
    whole::<Ed25519>(30);
    whole::<Rfc3526>(255);
    // Larger than the prime, whatever is added.
    assert_eq!(Rfc3526::embed(&[255; 255]), Err(EmbedError::TooMany(254)));
    assert_eq!(Belenios2048::embed_capacity(), 0);
    assert_eq!(Belenios2048::embed(&[]), Err(EmbedError::Unsupported));
    assert_eq!(Belenios2048::unembed(&Belenios2048::generator(), 0), Err(EmbedError::Unsupported));
    for (digits, error) in [(4095, ElementError::OutOfRange), (4096, ElementError::NotCanonical)] {
        assert_eq!(Rfc3526::decode(&"9".repeat(digits)), Err(error), "{digits} digits");
    }
}

/// The election of lists among the vectors, its first ballot, and the credential that signed it.
fn ballot_of_lists() -> (Election<Ed25519>, String, Credential) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/elections/valid/ed-lists");
    let mut records = Records::open(Cursor::new(archive_in(&folder)), Limits::default()).unwrap();
    let mut election = None;
    while let Some(record) = records.next_record().unwrap() {
        match record.event.kind {
            EventKind::Setup => {
                election =
                    record.objects.iter().find_map(|object| Election::<Ed25519>::parse(&object.data).ok());
            }
            EventKind::Ballot => {
                let election = election.unwrap();
                let text = String::from_utf8(record.objects[0].data.clone()).unwrap();
                let secrets: serde_json::Value =
                    serde_json::from_slice(&std::fs::read(folder.join("secrets.json")).unwrap()).unwrap();
                let public = ballot::header(text.as_bytes()).unwrap().credential.to_owned();
                let mut credentials = secrets["credentials"].as_object().unwrap().values();
                let own = credentials.find_map(|c| {
                    let credential = Credential::parse(c.as_str().unwrap()).unwrap();
                    let same = Ed25519::encode(&credential.public::<Ed25519>(election.uuid())) == public;
                    same.then_some(credential)
                });
                return (election, text, own.unwrap());
            }
            _ => {}
        }
    }
    panic!("no ballot in {}", folder.display());
}

#[test]
pub fn the_failed_proof_of_lists_is_named() {
    let (election, text, credential) = ballot_of_lists();
    let verified = ballot::verify(&election, text.as_bytes()).unwrap();
    assert_eq!(ballot::ciphertexts(&election, text.as_bytes()).unwrap(), verified.ciphertexts);
    let answers = answers_of(&text);
    let verdict = |answers: &str| {
        ballot::verify(&election, resigned(&election, &credential, &text, answers).as_bytes())
    };
    assert!(verdict(answers).is_ok());
    // The second proof of a kind begins where the first one ends.
    let second = |field: &str, between: &str| {
        let from = answers.find(field).unwrap();
        let at = from + answers[from..].find(between).unwrap() + between.len();
        answers[..at].to_owned()
    };
    let individual = second("individual_proofs\":[[[", "],[");
    let list = second("list_proofs\":[[", "],[");
    for (field, proof) in [
        ("individual_proofs\":[[[", ProofName::Individual { choice: 1 }),
        (individual.as_str(), ProofName::Individual { choice: 2 }),
        ("overall_proof\":", ProofName::Overall),
        ("list_proofs\":[[", ProofName::List { list: 1 }),
        (list.as_str(), ProofName::List { list: 2 }),
    ] {
        let wrong = verdict(&with_swapped_scalars(answers, field));
        assert_eq!(wrong, Err(BallotError::Proof { question: 1, proof }), "{proof}");
    }
    let responses = "\"response\":[\"";
    let at = answers.find(responses).unwrap() + responses.len();
    let changed = format!("{}1{}", &answers[..at], &answers[at + 1..]);
    let other = format!("{}2{}", &answers[..at], &answers[at + 1..]);
    let wrong = verdict(if changed == answers { &other } else { &changed });
    assert_eq!(wrong, Err(BallotError::Proof { question: 1, proof: ProofName::NonZero }));
    // The identity as commitment: named, and where it begins.
    let field = "nonzero_proof\":{\"commitment\":\"";
    let at = answers.find(field).unwrap() + field.len();
    let with_identity =
        format!("{}{}{}", &answers[..at], Ed25519::encode(&Ed25519::identity()), &answers[at + 64..]);
    let raw = resigned(&election, &credential, &text, &with_identity);
    let place = raw.find(field).unwrap() + field.len();
    let error = ReadError::Element { at: place, error: ElementError::Identity };
    assert_eq!(ballot::verify(&election, raw.as_bytes()), Err(BallotError::Malformed(error)));
}
