//! Shares made and checked, in shapes that no question has, and everything that a share must not be.

use super::*;
use crate::group::Ed25519;
use crate::testing;
use crate::trustee::{Trustee, TrusteeKey};

type G = Ed25519;
const PHI: &str = "NF+C3FJoqG3pWwQLVVM/fQrNDmT8zfVWlyOjqLHyQsc";

struct Setup {
    secrets: Vec<SecretKey<G>>,
    trustees: Trustees<G>,
    tally: Shape<Ciphertext<G>>,
    plain: Shape<<G as Group>::Element>,
}

fn setup() -> Setup {
    let mut rng = testing::rng(5);
    let secrets: Vec<_> = (0..2).map(|_| SecretKey::<G>::random(&mut rng)).collect();
    let keys = secrets.iter().map(|s| Trustee::Single(TrusteeKey::prove(s, &mut rng))).collect();
    let trustees = Trustees::new(keys);
    let y = G::fixed_base(&trustees.election_key());
    let element = |n: u64| G::pow_generator(&<G as Group>::Scalar::from_u64(n));
    let plain = Shape::Array(vec![
        Shape::row([element(3), element(0)]),
        Shape::Array(vec![Shape::row([element(1)]), Shape::Array(vec![])]),
    ]);
    let encrypt = &mut |m: &_| Ok::<_, ()>(Ciphertext::encrypt_random(&y, m, &mut rng).0);
    let tally = plain.try_map(encrypt).unwrap();
    Setup { secrets, trustees, tally, plain }
}

#[test]
fn singles_decrypt_together_and_nobody_twice() {
    let s = setup();
    let mut rng = testing::rng(6);
    let mut all = Decryptions::new(PHI, &s.trustees, s.tally.clone());
    let shares: Vec<String> =
        s.secrets.iter().map(|x| PartialDecryption::prove(PHI, x, &s.tally, &mut rng).to_json()).collect();
    assert_eq!(all.owner_of(&s.secrets[1]), Ok(2));
    assert_eq!(all.owner_of(&SecretKey::random(&mut rng)), Err(DecryptionError::ForeignKey));
    assert_eq!(all.submit(2, shares[1].as_bytes()), Ok(Submission::Accepted));
    assert_eq!(all.submit(2, shares[1].as_bytes()), Err(DecryptionError::Repeated(2)));
    assert_eq!(
        all.combine().unwrap_err(),
        DecryptionError::NotEnough { first: 1, last: 1, needed: 1, have: 0 }
    );
    for owner in [0, 3, u64::MAX] {
        let result = all.submit(owner, shares[0].as_bytes());
        assert!(matches!(result, Err(DecryptionError::NoSuchTrustee { trustees: 2, .. })));
    }
    assert!(matches!(all.submit(1, shares[1].as_bytes()), Err(DecryptionError::Proof { ciphertext: 1 })));
    all.submit(1, shares[0].as_bytes()).unwrap();
    assert_eq!((all.combine().unwrap(), all.contributors()), (s.plain, vec![1, 2]));
}

#[test]
fn a_share_is_for_one_election_key_and_tally() {
    let s = setup();
    let share = PartialDecryption::prove(PHI, &s.secrets[0], &s.tally, &mut testing::rng(6));
    let key = s.secrets[0].public();
    assert_eq!(share.verify(PHI, &key, &s.tally), Ok(()));
    assert!(share.verify("other", &key, &s.tally).is_err());
    assert!(share.verify(PHI, &s.secrets[1].public(), &s.tally).is_err());
    let mut leaves: Vec<_> = s.tally.leaves().into_iter().copied().collect();
    leaves.swap(1, 2);
    let other = s.tally.refill(leaves).unwrap();
    assert_eq!(share.verify(PHI, &key, &other), Err(DecryptionError::Proof { ciphertext: 2 }));
    // One factor changed, with or without its proof.
    let mut wrong = share.clone();
    let mut factors: Vec<_> = wrong.factors.leaves().into_iter().copied().collect();
    factors[2] = G::mul(&factors[2], &G::generator());
    wrong.factors = s.tally.refill(factors).unwrap();
    assert_eq!(wrong.verify(PHI, &key, &s.tally), Err(DecryptionError::Proof { ciphertext: 3 }));
    assert!(share.verify(PHI, &key, &Shape::row([])).is_err());
}

#[test]
fn only_the_canonical_text_in_the_shape_of_the_tally_is_read() {
    let s = setup();
    let share = PartialDecryption::prove(PHI, &s.secrets[0], &s.tally, &mut testing::rng(6));
    let json = share.to_json();
    assert_eq!(PartialDecryption::parse(json.as_bytes(), &s.tally), Ok(share));
    for bad in [
        json.replace(",[]", ""),
        json.replace("\"decryption_proofs\"", "\"proofs\""),
        json.replace("]]]}", "]]],\"more\":1}"),
        json.replacen("\"challenge\":\"", "\"challenge\":\"0", 1),
        json.replacen('[', "[ ", 1),
        format!("{json}\n"),
    ] {
        assert!(bad != json && PartialDecryption::<G>::parse(bad.as_bytes(), &s.tally).is_err(), "{bad}");
    }
}

#[test]
fn lagrange_coefficients_interpolate_at_zero() {
    type S = <Ed25519 as Group>::Scalar;
    // f(x) = 7 + 3x + 2x².
    let f = |x: u64| S::from_u64(7 + 3 * x + 2 * x * x);
    let sum =
        lagrange::<S>(&[2, 5, 9]).into_iter().zip([f(2), f(5), f(9)]).fold(S::zero(), |s, (l, v)| s + l * v);
    assert_eq!(sum, S::from_u64(7));
    assert_eq!(lagrange::<S>(&[4]), [S::one()]);
}
