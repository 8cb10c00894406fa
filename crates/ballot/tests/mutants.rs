//! The quick answer for `cargo mutants`, in one test that stops at the first disagreement: the laws of the groups,
//! ballots made and changed, the verifier's reports, and every kind of tampered archive once, on the fastest election
//! that has it. Not part of an ordinary run, where the complete sets take its place:
//! `cargo test -p folkmoot-ballot --test mutants quick_corpus`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashSet;
use std::path::Path;

#[path = "suite/ballots.rs"]
mod ballots;
#[path = "suite/edges.rs"]
mod edges;
#[path = "suite/groups.rs"]
mod groups;
#[path = "suite/portions.rs"]
mod portions;
#[path = "suite/standing_vectors.rs"]
mod standing_vectors;
mod tampered;
#[path = "suite/trustee_vectors.rs"]
mod trustee_vectors;
#[path = "suite/verifier.rs"]
mod verifier;

use folkmoot_ballot::group::{Belenios2048, Ed25519, Rfc3526};
use folkmoot_ballot::with_group;
use tampered::{Tampered, codes, expected_codes, verify};

fn corpus() -> Vec<Tampered> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/elections/tampered.tar.xz");
    let mut cases = tampered::tampered(&own);
    let slow = |case: &Tampered| !case.base.starts_with("ed-");
    cases.sort_by_key(|case| (case.name != "control-rebuilt", slow(case), case.archive.len()));
    let mut kinds = HashSet::new();
    let wanted = |case: &Tampered| {
        let control = case.name.starts_with("control") && case.base != "ff-h";
        (kinds.insert(case.name.clone()) || control) && (!slow(case) || control || case.base == "ff-h")
    };
    cases.into_iter().filter(wanted).collect()
}

#[test]
fn quick_corpus() {
    groups::vectors_of_group_arithmetic_agree_with_the_reference();
    let mut rng = groups::Seeded::generator(1);
    for _ in 0..3 {
        groups::laws::<Ed25519>(&mut rng);
        groups::laws::<Belenios2048>(&mut rng);
    }
    groups::laws::<Rfc3526>(&mut rng);
    groups::other_spellings_of_elements_and_scalars_are_refused();
    with_group!(folkmoot_ballot::group::GroupId::Ed25519, G => ballots::accepted::<G>());
    ballots::the_failed_proof_is_named();
    ballots::a_ballot_for_another_election_or_with_another_signature_is_refused();
    verifier::expectations_are_matters_of_policy();
    verifier::surplus_findings_are_summed_up();
    verifier::reports_and_progress_are_complete();
    verifier::only_a_prefix_is_continued();
    verifier::findings_are_one_plain_line();
    edges::groups_at_their_edges();
    edges::exponents_at_their_edges();
    edges::embedded_lists_at_their_edges();
    edges::points_at_their_edges();
    edges::the_failed_proof_of_lists_is_named();
    standing_vectors::quickly();
    portions::ballots_are_verified_in_portions();
    portions::the_line_of_a_credential_that_comes_twice_is_named();
    portions::groups_and_exponents_are_told_apart_in_words();
    let expected = expected_codes();
    let cases = corpus();
    assert!(cases.len() > 150, "only {} archives", cases.len());
    for case in cases {
        let report = verify(case.archive.clone());
        let wrong = case.disagreement(&report);
        assert!(wrong.is_none(), "{}", wrong.unwrap());
        let name = format!("{}--{}", case.base, case.name);
        assert_eq!(codes(&report), expected[&name], "{name}");
    }
}
