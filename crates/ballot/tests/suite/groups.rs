//! Groups against values of the independent reference, and against their own laws.

use folkmoot_ballot::group::{ElementError, Group, GroupId, Scalar};
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::random::Hedged;
use folkmoot_ballot::with_group;
use proptest::prelude::*;
use rand_core::{CryptoRng, TryCryptoRng, TryRng};

/// A reproducible generator for tests.
pub struct Seeded(u64);

impl Seeded {
    pub fn generator(seed: u64) -> Hedged {
        Hedged::new(&mut Self(seed), "test", &[])
    }
}

impl TryRng for Seeded {
    type Error = std::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.0 as u32)
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0)
    }
    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> {
        to.iter_mut().zip(self.0.to_be_bytes().into_iter().cycle()).for_each(|(t, b)| *t = b);
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

fn reference() -> serde_json::Value {
    serde_json::from_str(include_str!("../vectors/groups.json")).unwrap()
}

fn decode<G: Group>(value: &serde_json::Value) -> G::Element {
    G::decode(value.as_str().unwrap()).unwrap()
}

fn agrees<G: Group>() {
    let all = reference();
    let expected = &all[G::NAME];
    let text = |e: &G::Element| serde_json::Value::from(G::encode(e));
    for (index, value) in (-1..).zip(expected["generators"].as_array().unwrap()) {
        assert_eq!(text(&G::independent_generator(index)), *value, "generator {index}");
        assert_eq!(decode::<G>(value), G::independent_generator(index));
    }
    assert_eq!(text(&G::identity()), expected["identity"]);
    assert_eq!(text(&G::vartime_pow_generator(&G::Scalar::from_u64(7))), expected["g7"]);
    let big = G::Scalar::from_be_bytes(&Hash::of(b"x").as_bytes().repeat(8));
    assert_eq!(text(&G::pow_generator(&big)), expected["big"]);
    assert_eq!(text(&G::vartime_pow(&G::generator(), &big)), expected["big"]);
    assert_eq!(G::Scalar::from_be_bytes(Hash::of(b"abc").as_bytes()).encode(), expected["scalar"]);
    assert_eq!(G::Scalar::from_be_bytes(&Hash::of(b"x").as_bytes().repeat(9)).encode(), expected["wide"]);
    assert_eq!(G::Scalar::from_u64(3).invert().unwrap().encode(), expected["inv3"]);
    assert!(G::Scalar::zero().invert().is_none());
    for pair in expected["embed"].as_array().into_iter().flatten() {
        let integers: Vec<u8> = serde_json::from_value(pair[0].clone()).unwrap();
        let element = G::embed(&integers).unwrap();
        assert_eq!(text(&element), pair[1]);
        assert_eq!(G::unembed(&element, integers.len()).unwrap(), integers);
    }
    assert!(G::embed(&vec![1; G::embed_capacity() + 1]).is_err());
}

#[test]
pub fn vectors_of_group_arithmetic_agree_with_the_reference() {
    for id in GroupId::ALL {
        with_group!(id, G => agrees::<G>());
    }
}

/// Equations between the operations of a group.
pub fn laws<G: Group>(rng: &mut dyn CryptoRng) {
    let [a, b, c] = [0; 3].map(|_| G::Scalar::random(rng));
    let (p, q) = (G::pow_generator(&a), G::pow_generator(&b));
    assert_eq!(G::mul(&p, &q), G::pow_generator(&(a + b)));
    assert_eq!(G::div(&p, &q), G::vartime_pow_generator(&(a - b)));
    assert_eq!(G::invert(&p), G::pow_generator(&-a));
    assert_eq!(G::pow(&p, &b), G::pow(&q, &a));
    assert_eq!(a * a.invert().unwrap(), G::Scalar::one());
    let key = G::fixed_base(&q);
    assert_eq!(G::pow_fixed(&key, &c), G::vartime_pow_fixed(&key, &c));
    let powers = G::powers(&p);
    assert_eq!(G::vartime_commit(&c, &powers, &b), G::mul(&G::pow_generator(&c), &G::pow(&p, &b)));
    let shifted = G::vartime_commit_shifted(Some(&a), &key, &c, &powers, &b);
    assert_eq!(shifted, G::mul(&p, &G::mul(&G::pow(&q, &c), &G::pow(&p, &b))));
    let plain = G::vartime_commit_shifted(None, &key, &c, &powers, &b);
    assert_eq!(plain, G::vartime_double_pow(&q, &c, &p, &b));
    assert_eq!(shifted, G::vartime_multi_pow(&[p, q, p], &[G::Scalar::one(), c, b, a]));
    assert_eq!(G::vartime_multi_pow(&[], &[]), G::identity());
    let texts = G::encode_batch(&[p, q, G::identity()]);
    assert_eq!(texts, [G::encode(&p), G::encode(&q), G::encode(&G::identity())]);
    for (text, element) in texts.iter().zip([p, q]) {
        assert_eq!(G::decode(text), Ok(element));
        assert_eq!(G::decode_with_powers(text).map(|(e, _)| e), Ok(element));
    }
    assert_eq!(G::decode_key(&texts[2]), Err(ElementError::Identity));
    assert_eq!(G::Scalar::decode(&a.encode()), Ok(a));
}

#[test]
fn groups_obey_their_laws() {
    let mut rng = Seeded::generator(1);
    for id in GroupId::ALL {
        for _ in 0..if id == GroupId::Rfc3526 { 2 } else { 20 } {
            with_group!(id, G => laws::<G>(&mut rng));
        }
    }
}

#[test]
pub fn other_spellings_of_elements_and_scalars_are_refused() {
    use folkmoot_ballot::group::{Belenios2048, Ed25519, Rfc3526};
    let y = |n: u32, sign: bool| format!("{}{n:063x}", if sign { "8" } else { "0" });
    assert!(Ed25519::decode(&y(1, false)).is_ok());
    let p_plus_1 = format!("7{}ee", "f".repeat(61));
    let p_minus_1 = format!("7{}ec", "f".repeat(61));
    for bad in
        [y(1, true), y(0, false), p_plus_1, p_minus_1.clone(), p_minus_1.replacen('7', "f", 1), y(2, false)]
    {
        assert!(Ed25519::decode(&bad).is_err(), "{bad}");
    }
    let g = Ed25519::encode(&Ed25519::generator());
    for bad in [&g[1..], &format!("0{g}"), "", "é", &"A".repeat(64)] {
        assert_eq!(Ed25519::decode(bad), Err(ElementError::NotCanonical), "{bad}");
    }
    let g = Belenios2048::encode(&Belenios2048::generator());
    let p = "20694785691422546401013643657505008064922989295751104097100884787057374219242717401922237254497684338129066633138078958404960054389636289796393038773905722803605973749427671376777618898589872735865049081167099310535867780980030790491654063777173764198678527273474476341835600035698305193144284561701911000786737307333564123971732897913240474578834468260652327974647951137672658693582180046317922073668860052627186363386088796882120769432366149491002923444346373222145884100586421050242120365433561201320481118852408731077014151666200162313177169372189248078507711827842317498073276598828825169183103125680162072880719";
    for (bad, error) in [
        (format!("0{g}"), ElementError::NotCanonical),
        (format!("+{g}"), ElementError::NotCanonical),
        (format!("-{g}"), ElementError::NotCanonical),
        ("0x2".to_owned(), ElementError::NotCanonical),
        ("0".to_owned(), ElementError::NotAMember),
        ("2".to_owned(), ElementError::NotAMember),
        (p.to_owned(), ElementError::OutOfRange),
        (format!("{p}0"), ElementError::OutOfRange),
        (format!("{p}718"), ElementError::OutOfRange),
        (p.replace("880719", "880718"), ElementError::NotAMember),
    ] {
        assert_eq!(Belenios2048::decode(&bad), Err(error), "{bad}");
    }
    assert_eq!(Rfc3526::decode("0"), Err(ElementError::NotAMember));
    assert_eq!(Rfc3526::decode("11"), Err(ElementError::NotAMember));
    assert!(Rfc3526::decode("4").is_ok());
    for id in GroupId::ALL {
        for bad in ["", "-1", "+1", "01", "0x1", "1e3", "1.0", " 1", "٣"] {
            assert!(with_group!(id, G => <G as Group>::Scalar::decode(bad).is_err()), "{bad}");
        }
        let q_minus_1 = with_group!(id, G => (-<G as Group>::Scalar::one()).encode());
        // q - 1 is even and does not end in 9, so the next decimal is q itself.
        let (head, last) = q_minus_1.split_at(q_minus_1.len() - 1);
        let q = format!("{head}{}", last.parse::<u8>().unwrap() + 1);
        assert!(with_group!(id, G => <G as Group>::Scalar::decode(&q).is_err()));
        assert!(with_group!(id, G => <G as Group>::Scalar::decode(&format!("{q}0")).is_err()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn embedded_integers_come_back(integers in prop::collection::vec(any::<u8>(), 0..=30)) {
        use folkmoot_ballot::group::{Ed25519, Rfc3526};
        let ed = Ed25519::embed(&integers).unwrap();
        prop_assert_eq!(Ed25519::unembed(&ed, integers.len()).unwrap(), integers.clone());
        let ff = Rfc3526::embed(&integers).unwrap();
        prop_assert_eq!(Rfc3526::unembed(&ff, integers.len()).unwrap(), integers);
    }

    #[test]
    fn mutated_texts_never_decode_to_the_same_element(at in 0usize..64, to in any::<u8>()) {
        use folkmoot_ballot::group::Ed25519;
        let text = Ed25519::encode(&Ed25519::independent_generator(3));
        let mut bytes = text.clone().into_bytes();
        bytes[at] = to;
        if let Ok(other) = String::from_utf8(bytes) && other != text && let Ok(element) = Ed25519::decode(&other) {
            prop_assert_ne!(element, Ed25519::independent_generator(3));
        }
    }
}
