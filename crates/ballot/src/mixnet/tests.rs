//! Shuffles of every size that matters, in both groups that can embed answers, and every way to spoil one.

use super::*;
use crate::group::{Ed25519, Rfc3526};
use crate::random::Hedged;
use crate::testing;

const PHI: &str = "NF+C3FJoqG3pWwQLVVM/fQrNDmT8zfVWlyOjqLHyQsc";

struct Setup<G: Group> {
    mixnet: Mixnet<G>,
    secret: G::Scalar,
    inputs: Vec<Ciphertext<G>>,
    rng: Hedged,
}

fn setup<G: Group>(n: usize) -> Setup<G> {
    let mut rng = testing::rng(n as u64);
    let secret = G::Scalar::random(&mut rng);
    let mixnet = Mixnet::new(PHI, &G::pow_generator(&secret));
    let inputs = (0..n)
        .map(|i| {
            let message = G::embed(&[i as u8, 7]).unwrap();
            Ciphertext::encrypt_random(&mixnet.key_table, &message, &mut rng).0
        })
        .collect();
    Setup { mixnet, secret, inputs, rng }
}

fn plaintexts<G: Group>(list: &[Ciphertext<G>], secret: &G::Scalar) -> Vec<Vec<u8>> {
    let decrypt = |c: &Ciphertext<G>| G::unembed(&G::div(&c.beta, &G::pow(&c.alpha, secret)), 2).unwrap();
    let mut all: Vec<_> = list.iter().map(decrypt).collect();
    all.sort();
    all
}

fn round_trip<G: Group>(sizes: &[usize]) {
    for &n in sizes {
        let mut s = setup::<G>(n);
        let inputs = vec![s.inputs.clone(), s.inputs[..n / 2].to_vec()];
        let shuffle = s.mixnet.shuffle(&inputs, &mut s.rng).unwrap();
        s.mixnet.verify(&inputs, &shuffle).unwrap();
        for ((e, f), proof) in inputs.iter().zip(&shuffle.ciphertexts).zip(&shuffle.proofs) {
            assert_eq!(
                s.mixnet.both_ways(e, f, proof),
                (true, None),
                "merged and one by one, {n} ciphertexts"
            );
        }
        let read = Shuffle::<G>::parse(shuffle.to_json().as_bytes()).unwrap();
        assert_eq!(read, shuffle);
        assert_eq!(plaintexts(&shuffle.ciphertexts[0], &s.secret), plaintexts(&s.inputs, &s.secret));
        if n > 5 {
            assert_ne!(
                plaintexts(&shuffle.ciphertexts[0][..3], &s.secret),
                plaintexts(&s.inputs[..3], &s.secret)
            );
        }
    }
}

#[test]
fn ed25519_shuffles_of_nothing_one_and_many() {
    round_trip::<Ed25519>(&[0, 1, 2, 3, 25]);
}

#[test]
fn rfc3526_shuffles_of_nothing_one_and_some() {
    round_trip::<Rfc3526>(&[0, 1, 3]);
}

fn first_error<G: Group>(s: &Setup<G>, shuffle: &Shuffle<G>) -> ShuffleError {
    s.mixnet.verify(std::slice::from_ref(&s.inputs), shuffle).unwrap_err()
}

fn spoiled_proofs_are_refused<G: Group>() {
    let mut s = setup::<G>(3);
    let good = s.mixnet.shuffle(std::slice::from_ref(&s.inputs), &mut s.rng).unwrap();
    let spoil = |change: &dyn Fn(&mut ShuffleProof<G>)| {
        let mut bad = good.clone();
        change(&mut bad.proofs[0]);
        if bad.proofs[0].c_hat.len() == 3 && bad.proofs[0].s_prime.len() == 3 && bad.proofs[0].c.len() == 3 {
            assert!(!s.mixnet.both_ways(&s.inputs, &bad.ciphertexts[0], &bad.proofs[0]).0, "merged");
        }
        first_error(&s, &bad)
    };
    let is = |error: ShuffleError, expected: Equation| {
        assert_eq!(error, ShuffleError::Proof { question: 1, equation: expected });
    };
    // Responses enter no challenge, so exactly their own equation fails.
    let one = G::Scalar::one();
    is(spoil(&|p| p.s[0] = p.s[0] + one), Equation::T1);
    is(spoil(&|p| p.s[1] = p.s[1] + one), Equation::T2);
    is(spoil(&|p| p.s[2] = p.s[2] + one), Equation::T3);
    is(spoil(&|p| p.s[3] = p.s[3] + one), Equation::T41);
    is(spoil(&|p| p.s_hat[0] = p.s_hat[0] + one), Equation::Chain(1));
    is(spoil(&|p| p.s_hat[2] = p.s_hat[2] + one), Equation::Chain(3));
    is(spoil(&|p| p.s_prime[1] = p.s_prime[1] + one), Equation::T3);
    // Everything else changes the challenges too.
    let g = G::generator();
    for i in 0..5 {
        spoil(&|p| p.t[i] = G::mul(&p.t[i], &g));
    }
    for i in 0..3 {
        spoil(&|p| p.t_hat[i] = G::mul(&p.t_hat[i], &g));
        spoil(&|p| p.c[i] = G::mul(&p.c[i], &g));
        spoil(&|p| p.c_hat[i] = G::mul(&p.c_hat[i], &g));
    }
    for change in [
        (|p: &mut ShuffleProof<G>| p.t_hat.truncate(2)) as fn(&mut ShuffleProof<G>),
        |p| p.s_hat.truncate(2),
        |p| p.s_prime.truncate(2),
        |p| p.c.truncate(2),
        |p| p.c_hat.push(G::generator()),
    ] {
        assert!(matches!(spoil(&change), ShuffleError::Length { expected: 3, .. }));
    }
}

#[test]
fn ed25519_spoiled_proofs_are_refused() {
    spoiled_proofs_are_refused::<Ed25519>();
}

#[test]
fn rfc3526_spoiled_proofs_are_refused() {
    spoiled_proofs_are_refused::<Rfc3526>();
}

#[test]
fn a_t42_response_alone_is_noticed() {
    // s4 enters t4.1 and t4.2; an alpha changed consistently in e' leaves t4.1 whole.
    let mut s = setup::<Ed25519>(2);
    let witness = ShuffleWitness::random(2, &mut s.rng);
    let mut f = s.mixnet.permute(&s.inputs, &witness).unwrap();
    f[0].alpha = Ed25519::mul(&f[0].alpha, &Ed25519::generator());
    let proof = s.mixnet.prove(&s.inputs, &f, &witness, &mut s.rng).unwrap();
    let shuffle = Shuffle { ciphertexts: vec![f], proofs: vec![proof] };
    assert_eq!(first_error(&s, &shuffle), ShuffleError::Proof { question: 1, equation: Equation::T42 });
}

#[test]
fn changed_dropped_and_repeated_ciphertexts_are_refused_even_with_a_fresh_proof() {
    type G = Ed25519;
    let mut s = setup::<G>(4);
    let witness = ShuffleWitness::random(4, &mut s.rng);
    let honest = s.mixnet.permute(&s.inputs, &witness).unwrap();
    let mut replaced = honest.clone();
    let other = G::embed(&[9, 9]).unwrap();
    replaced[1] = Ciphertext::encrypt_random(&s.mixnet.key_table, &other, &mut s.rng).0;
    let mut repeated = honest.clone();
    repeated[1] = repeated[0];
    let mut swapped = honest.clone();
    swapped.swap(0, 1);
    for f in [replaced, repeated, swapped] {
        let proof = s.mixnet.prove(&s.inputs, &f, &witness, &mut s.rng).unwrap();
        let shuffle = Shuffle { ciphertexts: vec![f], proofs: vec![proof] };
        assert!(matches!(first_error(&s, &shuffle), ShuffleError::Proof { equation: Equation::T41, .. }));
    }
    let proof = s.mixnet.prove(&s.inputs, &honest, &witness, &mut s.rng).unwrap();
    let short = Shuffle { ciphertexts: vec![honest[..3].to_vec()], proofs: vec![proof.clone()] };
    assert!(matches!(first_error(&s, &short), ShuffleError::Length { found: 3, expected: 4, .. }));
    let missing = Shuffle { ciphertexts: vec![], proofs: vec![proof.clone()] };
    assert!(matches!(first_error(&s, &missing), ShuffleError::Length { found: 0, expected: 1, .. }));
    let doubled = Shuffle { ciphertexts: vec![honest], proofs: vec![proof.clone(), proof] };
    assert!(matches!(first_error(&s, &doubled), ShuffleError::Length { found: 2, expected: 1, .. }));
}

#[test]
fn a_proof_holds_for_its_election_and_key_only() {
    type G = Ed25519;
    let mut s = setup::<G>(3);
    let inputs = vec![s.inputs.clone()];
    let shuffle = s.mixnet.shuffle(&inputs, &mut s.rng).unwrap();
    let key = G::pow_generator(&s.secret);
    assert!(Mixnet::<G>::new(PHI, &key).verify(&inputs, &shuffle).is_ok());
    assert!(Mixnet::<G>::new("another", &key).verify(&inputs, &shuffle).is_err());
    assert!(Mixnet::<G>::new(PHI, &G::generator()).verify(&inputs, &shuffle).is_err());
    let reordered: Vec<_> = s.inputs.iter().rev().copied().collect();
    assert!(s.mixnet.verify(&[reordered], &shuffle).is_err());
}

#[test]
fn only_the_canonical_text_is_read() {
    type G = Ed25519;
    let mut s = setup::<G>(1);
    let text = s.mixnet.shuffle(std::slice::from_ref(&s.inputs), &mut s.rng).unwrap().to_json();
    assert!(Shuffle::<G>::parse(text.as_bytes()).is_ok());
    for bad in [
        text.replace("\"ciphertexts\":", "\"ciphertexts\": "),
        text.replace("]}", "],\"more\":1}"),
        text.replacen("\"alpha\":\"", "\"alpha\":\"0", 1),
        text.to_uppercase(),
        format!("{text} "),
        String::new(),
    ] {
        assert!(Shuffle::<G>::parse(bad.as_bytes()).is_err(), "{bad}");
    }
    for end in 0..text.len() {
        assert!(Shuffle::<G>::parse(&text.as_bytes()[..end]).is_err());
    }
    // A point of small order added to an element: not a member, whatever the proof says.
    let torsion = text.replacen(
        "\"alpha\":\"",
        "\"alpha\":\"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec\",\"x\":\"",
        1,
    );
    assert!(Shuffle::<G>::parse(torsion.as_bytes()).is_err());
}

#[test]
fn secrets_are_not_shown_by_debug() {
    let mut s = setup::<Ed25519>(2);
    assert_eq!(
        format!("{:?}", ShuffleWitness::<<Ed25519 as Group>::Scalar>::random(2, &mut s.rng)),
        "ShuffleWitness(2 ciphertexts)"
    );
}

#[test]
fn permutations_are_uniform_enough() {
    let mut rng = testing::rng(1);
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..600 {
        let w = ShuffleWitness::<<Ed25519 as Group>::Scalar>::random(3, &mut rng);
        assert_eq!(w.restored(&w.permuted(&[1, 2, 3]).unwrap(), 0).unwrap(), [1, 2, 3]);
        *seen.entry(w.permuted(&[1, 2, 3]).unwrap()).or_insert(0) += 1;
    }
    assert!(seen.len() == 6 && seen.values().all(|n| (60..=145).contains(n)), "{seen:?}");
}
