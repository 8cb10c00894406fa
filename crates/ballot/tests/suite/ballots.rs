//! Ballots made here: accepted as they are, refused with any change.

use folkmoot_ballot::ballot::{self, BallotError, EncryptError, ProofName};
use folkmoot_ballot::credential::Credential;
use folkmoot_ballot::election::{Draft, Election, random_identifier};
use folkmoot_ballot::group::{Belenios2048, Ed25519, Group, GroupId, Scalar};
use folkmoot_ballot::question::{Homomorphic, NonHomomorphic, Question};
use folkmoot_ballot::with_group;

use crate::groups::Seeded;

pub fn question(answers: usize, blank: bool, min: usize, max: usize) -> Question {
    let answers = (0..answers).map(|i| format!("Answer {i}")).collect();
    Question::Homomorphic(Homomorphic { question: "Whom?".to_owned(), answers, blank, min, max })
}

pub fn ranking(answers: usize) -> Question {
    let answers = (0..answers).map(|i| format!("Candidate {i}")).collect();
    Question::NonHomomorphic(NonHomomorphic { question: "In which order?".to_owned(), answers, extra: None })
}

pub fn election<G: Group>(questions: Vec<Question>, seed: u64) -> Election<G> {
    let mut rng = Seeded::generator(seed);
    let draft = Draft {
        name: "Board \u{7f}\u{1} \"2030\"".to_owned(),
        description: "Eine W\u{e4}hlerin, eine Stimme".to_owned(),
        uuid: random_identifier(&mut rng),
        questions,
        administrator: None,
        credential_authority: Some("The returns officer".to_owned()),
    };
    let key = G::pow_generator(&G::Scalar::random(&mut rng));
    draft.finish(&key).unwrap()
}

pub fn accepted<G: Group>() {
    let mut rng = Seeded::generator(3);
    let mut questions = vec![question(3, false, 0, 2), question(2, true, 1, 1), question(1, true, 0, 0)];
    let mut plaintexts = vec![
        vec![vec![0, 0, 0], vec![1, 0, 0], vec![1, 0]],
        vec![vec![1, 0, 1], vec![0, 0, 1], vec![0, 0]],
        vec![vec![0, 1, 0], vec![0, 1, 0], vec![0, 0]],
    ];
    if G::ID.embeds() {
        questions.push(ranking(4));
        plaintexts.iter_mut().for_each(|p| p.push(vec![1, 255, 0, 2]));
    }
    let election = election::<G>(questions, 4);
    for plain in plaintexts {
        let credential = Credential::generate(&mut rng);
        let text = ballot::encrypt(&election, &credential, &plain, &mut rng).unwrap();
        let verified = ballot::verify(&election, text.as_bytes()).unwrap();
        assert_eq!(verified.credential, credential.public::<G>(election.uuid()));
        assert_eq!(verified.tracker.base64(), ballot::tracker(text.as_bytes()));
        assert_eq!(ballot::ciphertexts(&election, text.as_bytes()).unwrap(), verified.ciphertexts);
        assert_eq!(ballot::header(text.as_bytes()).unwrap().credential, verified.credential_text);
        // Signature; 3·4 + 2 + 3·2; twice: 2 per choice · 2 branches, blank, overall.
        let mixed = usize::from(G::ID.embeds());
        assert_eq!(
            verified.commitments.len(),
            1 + (3 * 4 + 2 + 6) + (3 * 4 + 4 + 4) + (2 * 4 + 4 + 4) + mixed
        );
    }
}

#[test]
fn ballots_of_every_kind_and_group_are_accepted() {
    for id in GroupId::ALL {
        with_group!(id, G => accepted::<G>());
    }
}

#[test]
fn choices_that_a_question_does_not_allow_are_refused_before_anything_is_encrypted() {
    let election = election::<Ed25519>(vec![question(3, true, 1, 2), ranking(2)], 1);
    let credential = Credential::generate(&mut Seeded::generator(2));
    let make = |a: &[u8], b: &[u8]| {
        ballot::encrypt(&election, &credential, &[a.to_vec(), b.to_vec()], &mut Seeded::generator(5)).err()
    };
    assert_eq!(make(&[0, 1, 1, 0], &[0, 0]), None);
    assert_eq!(make(&[1, 0, 0, 0], &[0, 0]), None);
    let not_allowed = Some(EncryptError::NotAllowed { question: 1, min: 1, max: 2 });
    for bad in [[0, 0, 0, 0], [0, 1, 1, 1], [1, 1, 0, 0], [0, 2, 0, 0], [2, 1, 0, 0]] {
        assert_eq!(make(&bad, &[0, 0]), not_allowed, "{bad:?}");
    }
    assert_eq!(make(&[0, 1, 0], &[0, 0]), Some(EncryptError::Answers { question: 1, expected: 4, found: 3 }));
    assert_eq!(make(&[0, 1, 0, 0], &[0]), Some(EncryptError::Answers { question: 2, expected: 2, found: 1 }));
    let few = ballot::encrypt(&election, &credential, &[], &mut Seeded::generator(5));
    assert_eq!(few, Err(EncryptError::Questions { expected: 2, found: 0 }));
}

/// Changes every digit group and every structural byte of a ballot, one at a time.
fn no_change_survives<G: Group>(questions: Vec<Question>, plain: &[Vec<u8>], step: usize) {
    let election = election::<G>(questions, 11);
    let mut rng = Seeded::generator(12);
    let credential = Credential::generate(&mut rng);
    let text = ballot::encrypt(&election, &credential, plain, &mut rng).unwrap();
    for at in (0..text.len()).step_by(step) {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = match bytes[at] {
            b'9' => b'8',
            b'f' => b'e',
            b => b + 1,
        };
        assert!(
            ballot::verify(&election, &bytes).is_err(),
            "changed byte {at}: {}",
            &text[at..text.len().min(at + 40)]
        );
        let cut = ballot::verify(&election, &text.as_bytes()[..at]);
        assert!(cut.is_err(), "cut at {at}");
    }
}

#[test]
fn no_changed_byte_survives() {
    no_change_survives::<Ed25519>(
        vec![question(2, true, 0, 2), ranking(3)],
        &[vec![0, 1, 0], vec![1, 2, 3]],
        1,
    );
    no_change_survives::<Belenios2048>(vec![question(1, false, 0, 1)], &[vec![1]], 97);
}

#[test]
pub fn a_ballot_for_another_election_or_with_another_signature_is_refused() {
    let first = election::<Ed25519>(vec![question(2, false, 0, 1)], 21);
    let other = election::<Ed25519>(vec![question(2, false, 0, 1)], 22);
    let mut rng = Seeded::generator(23);
    let mut cast = |election| {
        let credential = Credential::generate(&mut rng);
        ballot::encrypt(election, &credential, &[vec![1, 0]], &mut rng).unwrap()
    };
    let (a, b, foreign) = (cast(&first), cast(&first), cast(&other));
    assert_eq!(ballot::verify(&first, foreign.as_bytes()), Err(BallotError::OtherElection));
    let mark = ",\"signature\":";
    let (body, _) = a.split_once(mark).unwrap();
    let (_, signature) = b.split_once(mark).unwrap();
    let mixed = format!("{body}{mark}{signature}");
    assert_eq!(ballot::verify(&first, mixed.as_bytes()), Err(BallotError::SignatureHash));
}

/// The ballot `text` with other answers, signed again with the voter's key.
pub fn resigned<G: Group>(
    election: &Election<G>,
    credential: &Credential,
    text: &str,
    answers: &str,
) -> String {
    let head = &text[..text.find("\"answers\":").unwrap()];
    let body = format!("{head}\"answers\":{answers}");
    let hash = folkmoot_ballot::hash::Hash::of(format!("{body}}}").as_bytes()).base64();
    let secret = credential.secret::<G>(election.uuid());
    let prefix = format!("sig|{hash}|");
    let proof = folkmoot_ballot::proof::prove_knowledge::<G>(&prefix, &secret, &mut Seeded::generator(1));
    let mut out = format!("{body},\"signature\":{{\"hash\":\"{hash}\",\"proof\":");
    proof.write(&mut out);
    out + "}}"
}

/// The answers of a ballot, as they stand in it.
pub fn answers_of(text: &str) -> &str {
    &text[text.find("\"answers\":").unwrap() + 10..text.find(",\"signature\"").unwrap()]
}

/// The answers with the two scalars swapped in the first proof behind `field`.
pub fn with_swapped_scalars(answers: &str, field: &str) -> String {
    let at = answers.find(field).unwrap() + field.len();
    let end = at + answers[at..].find('}').unwrap() + 1;
    let scalars: Vec<&str> = answers[at..end].split('"').collect();
    let swapped = format!("{{\"challenge\":\"{}\",\"response\":\"{}\"}}", scalars[7], scalars[3]);
    format!("{}{swapped}{}", &answers[..at], &answers[end..])
}

#[test]
pub fn the_failed_proof_is_named() {
    let election = election::<Ed25519>(vec![question(2, true, 0, 1)], 31);
    let mut rng = Seeded::generator(32);
    let credential = Credential::generate(&mut rng);
    let text = ballot::encrypt(&election, &credential, &[vec![0, 0, 1]], &mut rng).unwrap();
    let answers = answers_of(&text);
    let verdict = |answers: &str| {
        ballot::verify(&election, resigned(&election, &credential, &text, answers).as_bytes())
    };
    assert!(verdict(answers).is_ok());
    for (field, proof) in [
        ("individual_proofs\":[[", ProofName::Individual { choice: 1 }),
        ("overall_proof\":[", ProofName::Overall),
        ("blank_proof\":[", ProofName::Blank),
    ] {
        let wrong = verdict(&with_swapped_scalars(answers, field));
        assert_eq!(wrong, Err(BallotError::Proof { question: 1, proof }));
    }
}

#[test]
fn credentials_of_both_forms_are_read_and_typing_errors_found() {
    let mut rng = Seeded::generator(41);
    for _ in 0..20 {
        let text = Credential::generate(&mut rng).as_str().to_owned();
        assert_eq!(Credential::parse(&text).unwrap().as_str(), text);
    }
    for bad in ["", "abc", "zv8ts-Zd1t4a-LjWYk-Bc1Va", "zv8ts-Zd1t4a-LjWYk-Bc1Va0", "zv8tsZd1t4aLjWYkBc1Vax"]
    {
        assert!(Credential::parse(bad).is_err(), "{bad}");
    }
    let scalars =
        ["1", "2"].map(|uuid| Credential::generate(&mut Seeded::generator(1)).secret::<Ed25519>(uuid));
    assert_ne!(scalars[0], scalars[1]);
    assert!(!scalars[0].is_zero());
}
