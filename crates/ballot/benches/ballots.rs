//! `ops/bench ballots`: time per ballot of 26 answers beside the curve operations that it needs, tallies, shuffles.
//!
//! With arguments, the tools of the other measurements:
//!   write FILE GROUP COUNT ANSWERS   an archive of a whole election of COUNT ballots with ANSWERS answers
//!   verify FILE [THREADS]            verifies it; prints seconds and the peak of memory
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs::File;
use std::hint::black_box;
use std::io::{BufReader, BufWriter, Write};
use std::time::{Duration, Instant};

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar as CurveScalar;
use curve25519_dalek::traits::{VartimeMultiscalarMul, VartimePrecomputedMultiscalarMul};
use folkmoot_ballot::archive::{EventKind, Writer, owned, setup_data};
use folkmoot_ballot::ballot;
use folkmoot_ballot::credential::{Credential, write_roll};
use folkmoot_ballot::decryption::{Decryptions, PartialDecryption};
use folkmoot_ballot::election::{Draft, Election, random_identifier};
use folkmoot_ballot::elgamal::Ciphertext;
use folkmoot_ballot::group::{Group, GroupId, Scalar};
use folkmoot_ballot::mixnet::{Mixnet, Shuffle};
use folkmoot_ballot::question::{Homomorphic, Question};
use folkmoot_ballot::random::Hedged;
use folkmoot_ballot::result::ElectionResult;
use folkmoot_ballot::tally::Accumulator;
use folkmoot_ballot::trustee::{SecretKey, Trustee, TrusteeKey, Trustees};
use folkmoot_ballot::verify::{Observer, Options, Progress, verify_archive};
use folkmoot_ballot::with_group;
use rand_core::{TryCryptoRng, TryRng};
use rayon::prelude::*;

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

/// An election of one question with a roll, and the means to fill its ballot box.
struct Setting<G: Group> {
    election: Election<G>,
    credentials: Vec<Credential>,
    secret: SecretKey<G>,
    trustees: Trustees<G>,
    plain: Vec<Vec<u8>>,
}

impl<G: Group> Setting<G> {
    fn new(voters: usize, answers: usize) -> Self {
        let mut rng = Hedged::new(&mut Fixed, "bench", &[]);
        let secret = SecretKey::<G>::random(&mut rng);
        let trustees = Trustees::new(vec![Trustee::Single(TrusteeKey::prove(&secret, &mut rng))]);
        let question = Question::Homomorphic(Homomorphic {
            question: "Whom?".into(),
            answers: (0..answers).map(|i| format!("Candidate {i}")).collect(),
            blank: false,
            min: 0,
            max: answers.min(5),
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
        let credentials = (0..voters).map(|_| Credential::generate(&mut rng)).collect();
        let plain = vec![(0..answers).map(|i| u8::from(i == 3 || i == 7)).collect()];
        Self { election, credentials, secret, trustees, plain }
    }

    fn ballot(&self, voter: usize) -> String {
        let mut rng = Hedged::new(&mut Fixed, "ballot", &[&voter.to_be_bytes()]);
        ballot::encrypt(&self.election, &self.credentials[voter], &self.plain, &mut rng).unwrap()
    }

    fn start<W: Write>(&self, out: W) -> Writer<W> {
        let mut writer = Writer::create(out, 0).unwrap();
        let public = |c: &Credential| (c.public::<G>(self.election.uuid()), 1);
        let roll: Vec<_> = self.credentials.par_iter().map(public).collect();
        let (trustees, roll) = (self.trustees.to_json(), write_roll::<G>(&roll));
        let raw = self.election.raw();
        let setup = setup_data(raw, trustees.as_bytes(), roll.as_bytes());
        let objects = [raw, trustees.as_bytes(), roll.as_bytes(), setup.as_bytes()];
        writer.append(EventKind::Setup, &objects).unwrap();
        writer
    }

    /// From the end of voting to the result.
    fn finish<W: Write>(&self, writer: &mut Writer<W>, sum: &Accumulator<G>) {
        let tally = sum.finish();
        let json = tally.to_json();
        let mut rng = Hedged::new(&mut Fixed, "decryption", &[]);
        let share =
            PartialDecryption::prove(self.election.fingerprint(), &self.secret, &tally.shape, &mut rng);
        let share = share.to_json();
        let mut all = Decryptions::new(self.election.fingerprint(), &self.trustees, tally.shape.clone());
        all.submit(1, share.as_bytes()).unwrap();
        let opened = all.combine().unwrap();
        let result =
            ElectionResult::decode::<G>(self.election.questions(), &opened, sum.total_weight()).unwrap();
        writer.append(EventKind::EndBallots, &[]).unwrap();
        let sized = sum.sized(&json).to_json();
        writer.append(EventKind::EncryptedTally, &[json.as_bytes(), sized.as_bytes()]).unwrap();
        let owner = owned(1, share.as_bytes());
        writer.append(EventKind::PartialDecryption, &[share.as_bytes(), owner.as_bytes()]).unwrap();
        writer.append(EventKind::Result, &[result.to_json().as_bytes()]).unwrap();
    }
}

fn write<G: Group>(path: &str, count: usize, answers: usize) {
    let setting = Setting::<G>::new(count, answers);
    let mut writer = setting.start(BufWriter::new(File::create(path).unwrap()));
    let mut sum = Accumulator::new(setting.election.questions());
    for start in (0..count).step_by(512) {
        let voters = start..count.min(start + 512);
        let ballots: Vec<String> = voters.into_par_iter().map(|voter| setting.ballot(voter)).collect();
        for (ballot, voter) in ballots.iter().zip(start as u64..) {
            let ciphertexts = ballot::ciphertexts(&setting.election, ballot.as_bytes()).unwrap();
            sum.cast(voter, 1, &ciphertexts, None).unwrap();
            writer.append(EventKind::Ballot, &[ballot.as_bytes()]).unwrap();
        }
    }
    setting.finish(&mut writer, &sum);
    writer.into_inner().into_inner().unwrap().sync_all().unwrap();
}

/// The greatest resident set so far, in KiB.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse().ok()).unwrap_or(0)
}

struct Told(Instant);

impl Observer for Told {
    fn progress(&mut self, progress: Progress) {
        if self.0.elapsed() > Duration::from_secs(10) {
            eprintln!("{} ballots, {} MB", progress.ballots, progress.bytes / 1_000_000);
            self.0 = Instant::now();
        }
    }
}

fn verify(path: &str, threads: Option<usize>) {
    let file = BufReader::new(File::open(path).unwrap());
    let size = std::fs::metadata(path).unwrap().len();
    let options = Options { threads, ..Options::default() };
    let (start, cpu) = (Instant::now(), processor_time());
    let report = verify_archive(file, &options, &mut Told(start)).unwrap();
    let (wall, cpu) = (start.elapsed().as_secs_f64(), (processor_time() - cpu).as_secs_f64());
    assert!(report.is_valid(), "{:?}", report.findings);
    println!(
        "bytes={size} ballots={} stage={} wall_s={wall:.2} cpu_s={cpu:.2} peak_kib={}",
        report.ballots,
        report.stage.unwrap(),
        peak_memory()
    );
}

fn measure<G: Group>(count: usize) {
    let setting = Setting::<G>::new(count, 26);
    let started = processor_time();
    let ballots: Vec<String> = (0..count).map(|voter| setting.ballot(voter)).collect();
    let making = (processor_time() - started) / count as u32;
    println!("\n{}: ballots of 26 answers, 0 to 5; {} bytes each", G::NAME, ballots[0].len());
    print("make one", making);
    let verify = best(4, count, || {
        for ballot in &ballots {
            black_box(ballot::verify(&setting.election, ballot.as_bytes()).unwrap());
        }
    });
    print("verify one", verify);
    let parsed: Vec<_> =
        ballots.iter().map(|b| ballot::ciphertexts(&setting.election, b.as_bytes()).unwrap()).collect();
    let rounds = if G::ID == GroupId::Ed25519 { 200 } else { 20 };
    let sum = best(4, count * rounds, || {
        for _ in 0..rounds {
            let mut sum = Accumulator::<G>::new(setting.election.questions());
            for (ballot, voter) in parsed.iter().zip(0..) {
                sum.cast(voter, 1, ballot, None).unwrap();
            }
            black_box(sum.total_weight());
        }
    });
    print("count one: 52 multiplications", sum);
    let elements: Vec<G::Element> =
        parsed.iter().flatten().flatten().flat_map(|c| [c.alpha, c.beta]).collect();
    let products = best(4, count * rounds, || {
        let mut sums = vec![G::identity(); 52];
        for _ in 0..rounds {
            for ballot in elements.chunks_exact(52) {
                sums.iter_mut().zip(ballot).for_each(|(sum, e)| *sum = G::mul(sum, e));
            }
        }
        black_box(&sums);
    });
    println!("counting / multiplications = {:.3}", sum.as_secs_f64() / products.as_secs_f64());
    if G::ID == GroupId::Ed25519 {
        let needed = curve_operations();
        print("curve operations that verifying one needs", needed);
        println!("verification / curve operations = {:.3}", verify.as_secs_f64() / needed.as_secs_f64());
    }
}

/// Shuffles of `n` ciphertexts.
fn shuffles<G: Group>(n: usize) {
    let mut rng = Hedged::new(&mut Fixed, "shuffle", &[]);
    let key = G::pow_generator(&G::Scalar::random(&mut rng));
    let mut element = || G::vartime_pow_generator(&G::Scalar::random(&mut rng));
    let input: Vec<Vec<Ciphertext<G>>> =
        vec![(0..n).map(|_| Ciphertext { alpha: element(), beta: element() }).collect()];
    let mixnet = Mixnet::<G>::new(&"f".repeat(43), &key);
    println!("\n{}: shuffles of {n} ciphertexts, processor time per ciphertext", G::NAME);
    let mut made = None;
    let mut rng = Hedged::new(&mut Fixed, "shuffle", &[]);
    print("the generators, shuffle and proof", best(1, n, || made = mixnet.shuffle(&input, &mut rng).ok()));
    print("shuffle and proof", best(2, n, || made = mixnet.shuffle(&input, &mut rng).ok()));
    let shuffle = made.unwrap();
    let json = shuffle.to_json();
    print(
        "reading with membership",
        best(2, n, || drop(black_box(Shuffle::<G>::parse(json.as_bytes()).unwrap()))),
    );
    print("verification", best(2, n, || mixnet.verify(&input, &shuffle).unwrap()));
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
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["write", path, group, count, answers] => {
            let (id, count) = (GroupId::from_name(group).unwrap(), count.parse().unwrap());
            with_group!(id, G => write::<G>(path, count, answers.parse().unwrap()));
        }
        ["verify", path] => verify(path, None),
        ["verify", path, threads] => verify(path, Some(threads.parse().unwrap())),
        _ => {
            for (id, count) in [(GroupId::Ed25519, 300), (GroupId::Belenios2048, 20)] {
                with_group!(id, G => measure::<G>(count));
            }
            for (id, count) in [(GroupId::Ed25519, 2000), (GroupId::Rfc3526, 10)] {
                with_group!(id, G => shuffles::<G>(count));
            }
        }
    }
}
