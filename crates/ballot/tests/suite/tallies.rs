//! Tallies and results against their own definition.

use folkmoot_ballot::elgamal::Ciphertext;
use folkmoot_ballot::group::{Ed25519, Group, Rfc3526, Scalar};
use folkmoot_ballot::json::Reader;
use folkmoot_ballot::result::{ElectionResult, ResultError};
use folkmoot_ballot::shape::Shape;
use folkmoot_ballot::tally::{Accumulator, TallyError, read_weight, write_weight};

use crate::ballots::{question, ranking};
use crate::groups::Seeded;

type E = Ed25519;
type S = <E as Group>::Scalar;

fn plain(counts: &[u64]) -> Vec<Ciphertext<E>> {
    let beta = |n: &u64| E::vartime_pow_generator(&S::from_u64(*n));
    counts.iter().map(|n| Ciphertext { alpha: E::identity(), beta: beta(n) }).collect()
}

fn betas(shape: &Shape<Ciphertext<E>>) -> Shape<<E as Group>::Element> {
    shape.try_map(&mut |c| Ok::<_, ()>(c.beta)).unwrap()
}

#[test]
fn the_last_ballot_of_each_voter_counts_with_its_weight() {
    let questions = [question(2, false, 0, 2)];
    let mut tally = Accumulator::<E>::new(&questions);
    let (first, second, third) = ([plain(&[1, 0])], [plain(&[0, 1])], [plain(&[1, 1])]);
    tally.cast(7, 1, &first, None).unwrap();
    tally.cast(9, 2_000_000_000, &second, None).unwrap();
    tally.cast(7, 1, &third, Some(&first)).unwrap();
    assert_eq!((tally.num_tallied(), tally.total_weight()), (2, 2_000_000_001));
    let encrypted = tally.finish();
    let json = encrypted.to_json();
    assert!(tally.sized(&json).to_json().contains("\"num_tallied\":2,\"total_weight\":\"2000000001\","));
    let result =
        ElectionResult::decode::<E>(&questions, &betas(&encrypted.shape), tally.total_weight()).unwrap();
    assert_eq!(result.to_json(), "{\"result\":[[1,\"2000000001\"]]}");
    let check = |raw: &str| {
        ElectionResult::check::<E>(raw.as_bytes(), &questions, &betas(&encrypted.shape), tally.total_weight())
    };
    assert_eq!(check(&result.to_json()), Ok(result.clone()));
    assert_eq!(check("{\"result\":[[1,\"2000000000\"]]}"), Err(ResultError::Wrong { question: 1 }));
    for bad in
        ["{\"result\":[[1,2000000001]]}", "{\"result\":[[1]]}", "{\"result\":[[1,\"2000000001\"]],\"x\":1}"]
    {
        assert!(matches!(check(bad), Err(ResultError::Malformed(_))), "{bad}");
    }
    // A count above the total weight is no result even where the decryption says so.
    let heavy = ElectionResult::decode::<E>(&questions, &betas(&encrypted.shape), 2_000_000_000);
    assert_eq!(heavy, Err(ResultError::NoCount { question: 1 }));
}

#[test]
fn mixed_questions_are_sorted_and_refuse_weights() {
    let questions = [ranking(2)];
    let mut rng = Seeded::generator(1);
    let mut element = || E::pow_generator(&S::random(&mut rng));
    let mut ballot = || [vec![Ciphertext::<E> { alpha: element(), beta: element() }]];
    let ballots = [ballot(), ballot(), ballot()];
    let tally = |order: [usize; 3]| {
        let mut tally = Accumulator::<E>::new(&questions);
        for i in order {
            tally.cast(i as u64, 1, &ballots[i], None).unwrap();
        }
        tally.finish().to_json()
    };
    assert_eq!(tally([0, 1, 2]), tally([2, 0, 1]));
    let mut weighted = Accumulator::<E>::new(&questions);
    assert_eq!(weighted.cast(1, 2, &ballots[0], None), Err(TallyError::Weight { weight: 2 }));
    assert_eq!(weighted.cast(1, 1, &[plain(&[1, 1])], None), Err(TallyError::Shape));
    assert_eq!(weighted.finish().to_json(), "[[]]");
}

#[test]
fn ranks_are_read_back_in_the_order_of_the_ballots() {
    let questions = [ranking(3)];
    let ballots = [[1u8, 2, 255], [0, 0, 0]];
    let entry = Shape::row(ballots.iter().map(|b| Rfc3526::embed(b).unwrap()));
    let result = ElectionResult::decode::<Rfc3526>(&questions, &Shape::Array(vec![entry]), 2).unwrap();
    assert_eq!(result.value_json(), "[[[1,2,255],[0,0,0]]]");
}

#[test]
fn weights_have_one_spelling() {
    for weight in [0, 1, 1_073_741_823, 1_073_741_824, 1 << 52] {
        let mut text = String::new();
        write_weight(&mut text, weight);
        assert_eq!(read_weight(&mut Reader::new(&text)), Ok(weight));
    }
    for bad in ["1073741824", "\"1\"", "\"1073741823\"", "01", "-1", "\"0x10\"", "1.0"] {
        let mut reader = Reader::new(bad);
        assert!(read_weight(&mut reader).and_then(|_| reader.end()).is_err(), "{bad}");
    }
}
