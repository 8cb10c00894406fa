//! Whole ceremonies, and every way in which one participant, or the server between them, can cheat.

use super::ceremony::{Certificates, Commitments, Outcome, Polynomials, Shares};
use super::*;
use crate::group::{Belenios2048, Ed25519, Scalar};
use crate::hash::Hash;
use crate::random::Hedged;
use crate::testing;

fn seed(i: usize) -> Seed {
    Seed::random(&mut testing::rng(1000 + i as u64))
}

fn member<G: Group>(size: usize, threshold: usize, index: usize) -> Member<G> {
    Member::new(CeremonyContext { size, threshold, index }, &seed(index)).unwrap()
}

fn certificates<G: Group>(size: usize, threshold: usize, rng: &mut Hedged) -> Commitments<G> {
    let mut round = Certificates::<G>::new(size, threshold).unwrap();
    for index in 1..=size {
        assert_eq!(round.missing().len(), size + 1 - index);
        round.submit(index, member::<G>(size, threshold, index).certificate(rng).as_bytes()).unwrap();
    }
    round.close().unwrap()
}

fn contributions<G: Group>(
    mut round: Commitments<G>,
    size: usize,
    threshold: usize,
    rng: &mut Hedged,
) -> (Polynomials<G>, Vec<String>) {
    let certs = parse_signed_list::<G>(round.certificates_json().as_bytes()).unwrap();
    let mut kept = Vec::new();
    for index in 1..=size {
        let contribution = member::<G>(size, threshold, index).contribution(&certs, rng).unwrap();
        round.submit(index, contribution.commitment).unwrap();
        kept.push(contribution.json);
    }
    (round.close().unwrap(), kept)
}

fn polynomials<G: Group>(mut round: Polynomials<G>, kept: &[String]) -> Shares<G> {
    for (i, json) in kept.iter().enumerate() {
        round.submit(i + 1, json.as_bytes()).unwrap();
    }
    round.close().unwrap()
}

fn finish<G: Group>(size: usize, threshold: usize, rng: &mut Hedged) -> Outcome<G> {
    let round = certificates::<G>(size, threshold, rng);
    let certs = parse_signed_list::<G>(round.certificates_json().as_bytes()).unwrap();
    let (round, kept) = contributions(round, size, threshold, rng);
    let mut round = polynomials(round, &kept);
    for index in 1..=size {
        let me = member::<G>(size, threshold, index);
        let vinput = round.vinput(index).unwrap();
        let json = me.share(&certs, round.commitments(), vinput.as_bytes(), rng).unwrap();
        round.submit(index, json.as_bytes()).unwrap();
    }
    round.close().unwrap()
}

fn interpolated<G: Group>(shares: &[(u64, G::Scalar)]) -> G::Scalar {
    let term = |(i, share): &(u64, G::Scalar)| {
        shares.iter().filter(|(k, _)| k != i).fold(*share, |value, (k, _)| {
            let (k, i) = (G::Scalar::from_u64(*k), G::Scalar::from_u64(*i));
            value * k * (k - i).invert().unwrap()
        })
    };
    shares.iter().map(term).fold(G::Scalar::zero(), |a, b| a + b)
}

fn whole_ceremony<G: Group>(size: usize, threshold: usize) {
    let mut rng = testing::rng(7);
    let Outcome { group, sealed_shares } = finish::<G>(size, threshold, &mut rng);
    assert_eq!((group.threshold(), group.form()), (threshold, PedersenForm::Current));
    let shares: Vec<(u64, G::Scalar)> = (1..=size)
        .map(|i| {
            let share = Member::<G>::open_share(&seed(i), &sealed_shares[i - 1]).unwrap();
            assert_eq!(share.public(), group.verification_keys()[i - 1].public_key);
            (i as u64, *share.scalar())
        })
        .collect();
    // Any `threshold` shares are the key, fewer are not.
    let last = &shares[size - threshold..];
    assert_eq!(G::pow_generator(&interpolated::<G>(last)), group.key());
    assert_eq!(interpolated::<G>(last), interpolated::<G>(&shares[..threshold]));
    if threshold > 1 {
        assert_ne!(G::pow_generator(&interpolated::<G>(&shares[1..threshold])), group.key());
    }
    assert!(Member::<G>::open_share(&seed(1), &sealed_shares[size - 1]).is_err() || size == 1);
    // As an object of the archive, beside a single trustee.
    let single = TrusteeKey::prove(&SecretKey::random(&mut rng), &mut rng);
    let trustees = Trustees::new(vec![Trustee::Single(single), Trustee::Pedersen(group)]);
    let json = trustees.to_json();
    let read = Trustees::<G>::parse(json.as_bytes()).unwrap();
    assert_eq!((read.check(), &read, read.to_json()), (Ok(vec![]), &trustees, json));
    assert_eq!(read.keys().len(), size + 1);
    let groups = read.decryption_groups();
    assert_eq!((groups[1].owners.clone(), groups[1].needed), (2..size + 2, threshold));
}

#[test]
fn whole_ceremonies() {
    whole_ceremony::<Ed25519>(5, 3);
    whole_ceremony::<Ed25519>(1, 1);
    whole_ceremony::<Ed25519>(3, 3);
    whole_ceremony::<Belenios2048>(3, 2);
}

#[test]
fn impossible_ceremonies_are_refused() {
    for (size, threshold) in [(0, 0), (3, 0), (3, 4), (101, 2)] {
        assert_eq!(
            Certificates::<Ed25519>::new(size, threshold).unwrap_err(),
            TrusteeError::Threshold { threshold, size }
        );
    }
    for index in [0, 4] {
        let context = CeremonyContext { size: 3, threshold: 2, index };
        assert!(Member::<Ed25519>::new(context, &seed(1)).is_err());
    }
    for text in ["", "d3BKu9GXuHwmNLSEJrnBo", "d3BKu9GXuHwmNLSEJrnBo0", "d3BKu9GXuHwmNLSEJrnBoUU"] {
        assert!(Seed::parse(text).is_err(), "{text}");
    }
}

type G = Ed25519;

fn fault(error: TrusteeError) -> (usize, Fault) {
    match error {
        TrusteeError::Trustee { owner, fault } => (owner, fault),
        other => panic!("{other}"),
    }
}

#[test]
fn a_certificate_is_for_one_place_of_one_ceremony() {
    let mut rng = testing::rng(1);
    let mut round = Certificates::<G>::new(3, 2).unwrap();
    let mine = member::<G>(3, 2, 1).certificate(&mut rng);
    assert_eq!(fault(round.submit(2, mine.as_bytes()).unwrap_err()), (2, Fault::Context));
    let other = member::<G>(4, 2, 1).certificate(&mut rng);
    assert_eq!(fault(round.submit(1, other.as_bytes()).unwrap_err()), (1, Fault::Context));
    let higher = member::<G>(3, 3, 1).certificate(&mut rng);
    assert_eq!(fault(round.submit(1, higher.as_bytes()).unwrap_err()), (1, Fault::Context));
    let altered = mine.replace("\"response\":\"", "\"response\":\"1");
    assert!(round.submit(1, altered.as_bytes()).is_err());
    round.submit(1, mine.as_bytes()).unwrap();
    round.submit(1, mine.as_bytes()).unwrap();
    let again = member::<G>(3, 2, 1).certificate(&mut testing::rng(2));
    assert_eq!(round.submit(1, again.as_bytes()), Err(TrusteeError::Repeated(1)));
    assert_eq!(round.submit(4, mine.as_bytes()).map_err(fault).unwrap_err().0, 4);
    assert_eq!((round.missing(), round.close().unwrap_err()), (vec![2, 3], TrusteeError::Missing(2)));
}

#[test]
fn nobody_reveals_other_coefficients_than_committed_to() {
    let mut rng = testing::rng(1);
    let round = certificates::<G>(3, 2, &mut rng);
    let certs = parse_signed_list::<G>(round.certificates_json().as_bytes()).unwrap();
    let (mut round, kept) = contributions(round, 3, 2, &mut rng);
    let late = member::<G>(3, 2, 3).contribution(&certs, &mut rng).unwrap();
    assert_eq!(fault(round.submit(3, late.json.as_bytes()).unwrap_err()), (3, Fault::Commitment));
    assert_eq!(fault(round.submit(1, kept[1].as_bytes()).unwrap_err()), (1, Fault::Commitment));
    // A signature over other certificates: the trustee saw something else than the others.
    let spoiled = kept[0].replace("\"signature\":{\"challenge\":\"", "\"signature\":{\"challenge\":\"1");
    assert!(round.submit(1, spoiled.as_bytes()).is_err());
    round.submit(1, kept[0].as_bytes()).unwrap();
    assert_eq!(round.close().unwrap_err(), TrusteeError::Missing(2));
}

#[test]
fn a_trustee_notices_replaced_certificates() {
    let mut rng = testing::rng(1);
    let round = certificates::<G>(3, 2, &mut rng);
    let mut certs = parse_signed_list::<G>(round.certificates_json().as_bytes()).unwrap();
    let me = member::<G>(3, 2, 2);
    let imposter = Member::<G>::new(CeremonyContext { size: 3, threshold: 2, index: 2 }, &seed(77)).unwrap();
    let text = format!("[{}]", imposter.certificate(&mut rng));
    certs[1] = parse_signed_list::<G>(text.as_bytes()).unwrap().remove(0);
    assert_eq!(fault(me.contribution(&certs, &mut rng).unwrap_err()), (2, Fault::Replaced));
    certs.swap(0, 2);
    assert_eq!(fault(me.contribution(&certs, &mut rng).unwrap_err()), (1, Fault::Context));
    assert!(matches!(me.contribution(&certs[..2], &mut rng), Err(TrusteeError::Count { found: 2, .. })));
}

#[test]
fn a_trustee_notices_wrong_shares_and_a_lying_server() {
    let mut rng = testing::rng(1);
    let round = certificates::<G>(3, 2, &mut rng);
    let certs = parse_signed_list::<G>(round.certificates_json().as_bytes()).unwrap();
    let (round, kept) = contributions(round, 3, 2, &mut rng);
    let round = polynomials(round, &kept);
    let commitments = round.commitments().to_vec();
    let me = member::<G>(3, 2, 2);
    let vinput = round.vinput(2).unwrap();
    assert!(me.share(&certs, &commitments, vinput.as_bytes(), &mut rng).is_ok());
    // Somebody else's sealed values, a swapped sender, other commitments.
    let foreign = round.vinput(1).unwrap();
    assert_eq!(
        fault(me.share(&certs, &commitments, foreign.as_bytes(), &mut rng).unwrap_err()),
        (1, Fault::Message)
    );
    let mut other = commitments.clone();
    other[2] = Hash::of(b"other");
    assert_eq!(
        fault(me.share(&certs, &other, vinput.as_bytes(), &mut rng).unwrap_err()),
        (3, Fault::Commitment)
    );
    assert!(matches!(
        me.share(&certs, &commitments[..2], vinput.as_bytes(), &mut rng),
        Err(TrusteeError::Count { what: "commitments", .. })
    ));
    let value = Value::parse(vinput.as_bytes()).unwrap();
    type Fields = Vec<(String, Value)>;
    let rebuilt = |change: &dyn Fn(&mut Fields)| {
        let Value::Object(mut fields) = value.clone() else { panic!() };
        change(&mut fields);
        Value::Object(fields).to_text()
    };
    let swapped = rebuilt(&|fields| {
        let Value::Array(secrets) = &mut fields[1].1 else { panic!() };
        secrets.swap(0, 2);
    });
    assert_eq!(
        fault(me.share(&certs, &commitments, swapped.as_bytes(), &mut rng).unwrap_err()),
        (1, Fault::Message)
    );
    let foreign_polynomial = rebuilt(&|fields| {
        fields[0].1 = Value::parse(foreign.as_bytes()).unwrap().get("polynomial").unwrap().clone()
    });
    assert_eq!(
        fault(me.share(&certs, &commitments, foreign_polynomial.as_bytes(), &mut rng).unwrap_err()),
        (2, Fault::Message)
    );
    // Trustee 1 seals a value that does not fit: a second contribution of theirs, mixed into the first.
    let second = member::<G>(3, 2, 1).contribution(&certs, &mut rng).unwrap();
    let sealed =
        Value::parse(second.json.as_bytes()).unwrap().get("secrets").unwrap().as_array().unwrap()[1].clone();
    let wrong = rebuilt(&|fields| {
        let Value::Array(secrets) = &mut fields[1].1 else { panic!() };
        secrets[0] = sealed.clone();
    });
    assert_eq!(
        fault(me.share(&certs, &commitments, wrong.as_bytes(), &mut rng).unwrap_err()),
        (1, Fault::Share)
    );
}

#[test]
fn the_last_round_takes_only_the_key_that_follows() {
    let mut rng = testing::rng(1);
    let round = certificates::<G>(2, 2, &mut rng);
    let certs = parse_signed_list::<G>(round.certificates_json().as_bytes()).unwrap();
    let (round, kept) = contributions(round, 2, 2, &mut rng);
    let mut round = polynomials(round, &kept);
    let share = |i: usize, rng: &mut Hedged| {
        let vinput = round.vinput(i).unwrap();
        member::<G>(2, 2, i).share(&certs, round.commitments(), vinput.as_bytes(), rng).unwrap()
    };
    let (one, two) = (share(1, &mut rng), share(2, &mut rng));
    assert_eq!(fault(round.submit(1, two.as_bytes()).unwrap_err()), (1, Fault::Key));
    let Value::Object(mut fields) = Value::parse(one.as_bytes()).unwrap() else { panic!() };
    let Value::Object(key) = &mut fields[1].1 else { panic!() };
    key.retain(|(name, _)| name != "signature");
    let unsigned = Value::Object(fields).to_text();
    assert_eq!(fault(round.submit(1, unsigned.as_bytes()).unwrap_err()), (1, Fault::KeySignature));
    round.submit(1, one.as_bytes()).unwrap();
    round.submit(2, two.as_bytes()).unwrap();
    assert!(round.vinput(0).is_err() && round.vinput(3).is_err());
    assert_eq!(round.close().unwrap().sealed_shares.len(), 2);
}

#[test]
fn singles_prove_their_keys() {
    let mut rng = testing::rng(3);
    let secret = SecretKey::<G>::random(&mut rng);
    let mut key = TrusteeKey::prove(&secret, &mut rng);
    key.name = Some("Zoë \"Z\" \u{7f}".to_owned());
    assert_eq!(TrusteeKey::<G>::parse(key.to_json().as_bytes()).unwrap(), key);
    assert!(TrusteeKey::<G>::parse(key.to_json().replace("\"pok\":", "\"pok\": ").as_bytes()).is_err());
    let mut wrong = key.clone();
    wrong.pok.response = wrong.pok.response + <G as Group>::Scalar::one();
    assert_eq!(wrong.check(), Err(Fault::Possession));
    assert_eq!(TrusteeKey::<G>::parse(wrong.to_json().as_bytes()), Err(Fault::Possession));
    let identity = key.to_json().replace(&G::encode(&key.public_key), &G::encode(&G::identity()));
    assert_eq!(TrusteeKey::<G>::parse(identity.as_bytes()), Err(Fault::Element(ElementError::Identity)));
    let read = SecretKey::<G>::decode(&secret.encode()).unwrap();
    assert_eq!(read.public(), key.public_key);
    assert!(SecretKey::<G>::decode("0").is_err() && SecretKey::<G>::decode("01").is_err());
    assert_eq!(format!("{secret:?} {:?}", seed(1)), "SecretKey(..) Seed(..)");
}

#[test]
fn lists_of_trustees_are_checked_as_a_whole() {
    let mut rng = testing::rng(3);
    let secret = SecretKey::<G>::random(&mut rng);
    let key = TrusteeKey::prove(&secret, &mut rng);
    let twice = Trustees::new(vec![Trustee::Single(key.clone()), Trustee::Single(key.clone())]);
    assert_eq!(twice.check(), Ok(vec![TrusteeNote::SameKey { first: 1, second: 2 }]));
    let opposite = SecretKey::<G>::from_scalar(-*secret.scalar());
    let opposite = TrusteeKey::prove(&opposite, &mut rng);
    let cancelled = Trustees::new(vec![Trustee::Single(key.clone()), Trustee::Single(opposite)]);
    assert_eq!(cancelled.check(), Err(TrusteeError::NoKey));
    assert_eq!(Trustees::<G>::new(vec![]).check(), Err(TrusteeError::NoKey));
    let json = Trustees::new(vec![Trustee::Single(key)]).to_json();
    let spaced = json.replace("[\"Single\",", "[ \"Single\",");
    let read = Trustees::<G>::parse(spaced.as_bytes()).unwrap();
    assert_eq!(read.check(), Ok(vec![TrusteeNote::NotCanonical]));
    for bad in
        ["", "{}", "[[\"Single\"]]", "[[\"Double\",{}]]", "[[\"Single\",{}]]", "[[\"Pedersen\",{}]]", "[1]"]
    {
        assert!(Trustees::<G>::parse(bad.as_bytes()).is_err(), "{bad}");
    }
    let more = json.replace("\"public_key\":", "\"more\":1,\"public_key\":");
    assert!(Trustees::<G>::parse(more.as_bytes()).is_err());
}
