//! `cargo bench -p folkmoot-ballot --bench ballots [-- FOLDER]`: time per ballot of 26 answers, beside the curve
//! operations that it needs. With a folder, also writes the archives that were measured there, for other verifiers.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::io::Cursor;
use std::time::{Duration, Instant};

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar as CurveScalar;
use curve25519_dalek::traits::{VartimeMultiscalarMul, VartimePrecomputedMultiscalarMul};
use folkmoot_ballot::archive::{EventKind, Writer, setup_data};
use folkmoot_ballot::ballot;
use folkmoot_ballot::credential::{Credential, write_roll};
use folkmoot_ballot::election::{Draft, Election, random_identifier};
use folkmoot_ballot::group::{Group, GroupId};
use folkmoot_ballot::question::{Homomorphic, Question};
use folkmoot_ballot::random::Hedged;
use folkmoot_ballot::trustee::{SecretKey, Trustee, TrusteeKey, Trustees};
use folkmoot_ballot::verify::{Options, verify_archive};
use folkmoot_ballot::with_group;
use rand_core::{TryCryptoRng, TryRng};

/// The same ballots in every run.
struct Fixed;

impl TryRng for Fixed {
    type Error = std::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(1)
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(1)
    }
    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> {
        to.fill(1);
        Ok(())
    }
}

impl TryCryptoRng for Fixed {}

/// Processor time of this process so far, in steps of 10 ms: on a busy machine the clock on the wall tells little.
/// Without /proc it is the wall clock all the same.
fn processor_time() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split(' ');
    let ticks: Vec<u64> = fields.skip(12).take(2).filter_map(|f| f.parse().ok()).collect();
    match ticks.as_slice() {
        [user, system] => Duration::from_millis((user + system) * 10),
        _ => START.elapsed(),
    }
}

/// The best of some runs, per item; a run should take a second.
fn best(runs: usize, items: usize, mut work: impl FnMut()) -> Duration {
    let mut time = || {
        let start = processor_time();
        work();
        processor_time() - start
    };
    (0..runs).map(|_| time()).min().unwrap() / items as u32
}

fn print(what: &str, each: Duration) {
    println!("{what:<58} {:>12.1} us", each.as_secs_f64() * 1e6);
}

struct Made<G: Group> {
    election: Election<G>,
    ballots: Vec<String>,
    archive: Vec<u8>,
}

fn make<G: Group>(count: usize) -> Made<G> {
    let mut rng = Hedged::new(&mut Fixed, "bench", &[]);
    let secret = SecretKey::<G>::random(&mut rng);
    let trustees = Trustees::new(vec![Trustee::Single(TrusteeKey::prove(&secret, &mut rng))]);
    let answers = (0..26).map(|i| format!("Candidate {i}")).collect();
    let question = Question::Homomorphic(Homomorphic {
        question: "Whom?".into(),
        answers,
        blank: false,
        min: 0,
        max: 5,
    });
    let draft = Draft {
        name: "Bench".into(),
        description: String::new(),
        uuid: random_identifier(&mut rng),
        questions: vec![question],
        administrator: None,
        credential_authority: None,
    };
    let election: Election<G> = draft.finish(&trustees.election_key()).unwrap();
    let credentials: Vec<Credential> = (0..count).map(|_| Credential::generate(&mut rng)).collect();
    let roll: Vec<_> = credentials.iter().map(|c| (c.public::<G>(election.uuid()), 1)).collect();
    let mut plain = vec![0; 26];
    plain[3] = 1;
    plain[7] = 1;
    let ballots: Vec<String> = credentials
        .iter()
        .map(|c| ballot::encrypt(&election, c, &[plain.clone()], &mut rng).unwrap())
        .collect();
    let mut writer = Writer::create(Vec::new(), 0).unwrap();
    let (trustees, roll) = (trustees.to_json(), write_roll::<G>(&roll));
    let setup = setup_data(election.raw(), trustees.as_bytes(), roll.as_bytes());
    let objects = [election.raw(), trustees.as_bytes(), roll.as_bytes(), setup.as_bytes()];
    writer.append(EventKind::Setup, &objects).unwrap();
    for ballot in &ballots {
        writer.append(EventKind::Ballot, &[ballot.as_bytes()]).unwrap();
    }
    Made { election, ballots, archive: writer.into_inner() }
}

fn measure<G: Group>(count: usize, folder: Option<&str>) {
    let started = processor_time();
    let made = make::<G>(count);
    let making = (processor_time() - started) / count as u32;
    println!("\n{}: ballots of 26 answers, 0 to 5; {} bytes each", G::NAME, made.ballots[0].len());
    print("make one (with its share of the archive)", making);
    let verify = best(4, count, || {
        for ballot in &made.ballots {
            black_box(ballot::verify(&made.election, ballot.as_bytes()).unwrap());
        }
    });
    print("verify one", verify);
    let options = Options { threads: Some(1), ..Options::default() };
    let whole = best(4, count, || {
        let report = verify_archive(Cursor::new(&made.archive), &options, &mut ()).unwrap();
        assert!(report.is_valid() && report.ballots == count as u64);
    });
    print("verify the archive, one thread, per ballot", whole);
    let parsed = best(4, count, || {
        for ballot in &made.ballots {
            black_box(ballot::ciphertexts(&made.election, ballot.as_bytes()).unwrap());
        }
    });
    print("of which reading and membership", parsed);
    if let Some(folder) = folder {
        let path = format!("{folder}/{}-{count}.bel", G::NAME);
        std::fs::write(&path, &made.archive).unwrap();
        println!("written: {path}");
    }
    if G::ID == GroupId::Ed25519 {
        let needed = curve_operations();
        print("curve operations that it needs", needed);
        println!("verification / curve operations = {:.3}", verify.as_secs_f64() / needed.as_secs_f64());
    }
}

/// What the check of one such ballot asks of the curve library at least: 53 decodings and subgroup tests (52 halves
/// of ciphertexts and the credential), 58 pairs of commitments, that of the signature, and the encoding of all of
/// them and the product.
fn curve_operations() -> Duration {
    let scalar = |i: u64| CurveScalar::from(i + 3).invert();
    let points: Vec<EdwardsPoint> = (0..53).map(|i| EdwardsPoint::mul_base(&scalar(i))).collect();
    let texts: Vec<_> = points.iter().map(EdwardsPoint::compress).collect();
    let key = EdwardsPoint::mul_base(&scalar(99));
    let base = curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
    let table = curve25519_dalek::edwards::VartimeEdwardsPrecomputation::new([key, base]);
    let one = || {
        let mut commitments = Vec::with_capacity(119);
        for text in &texts {
            let point = black_box(text).decompress().unwrap();
            assert!(point.is_torsion_free());
        }
        let (r, c) = (scalar(5), scalar(6));
        // Both branches of 26 choices, and six of the overall proof.
        for i in 0..58 {
            let (a, shifts) = (points[i % 53], if i < 52 { i % 2 } else { usize::from(i > 52) });
            commitments.push(EdwardsPoint::vartime_double_scalar_mul_basepoint(&c, &a, &r));
            let fixed = if shifts == 0 { vec![r] } else { vec![r, c] };
            commitments.push(table.vartime_mixed_multiscalar_mul(fixed, [c], [a]));
        }
        commitments.push(EdwardsPoint::vartime_multiscalar_mul([r, c], [base, points[52]]));
        commitments.push(points.iter().sum());
        commitments.push(points.iter().sum());
        black_box(EdwardsPoint::compress_batch_alloc(&commitments));
    };
    best(5, 400, || (0..400).for_each(|_| one()))
}

fn main() {
    let folder = std::env::args().skip(1).find(|a| !a.starts_with('-'));
    for (id, count) in [(GroupId::Ed25519, 400), (GroupId::Belenios2048, 30)] {
        with_group!(id, G => measure::<G>(count, folder.as_deref()));
    }
}
