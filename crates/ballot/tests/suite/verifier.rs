//! The verifier beyond accepting and refusing: reports, matters of policy, limits, progress, continuation.

use std::io::Cursor;
use std::path::Path;

use folkmoot_ballot::archive::{EventKind, Record};
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::verify::{
    Code, Culprit, Observer, Options, Policy, Progress, Report, Severity, continues, verify_archive,
};

use crate::tampered::{archive_in, codes};

fn archive(name: &str) -> Vec<u8> {
    let valid = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/elections/valid");
    archive_in(&valid.join(name))
}

fn report(name: &str, options: &Options) -> Report {
    verify_archive(Cursor::new(archive(name)), options, &mut ()).unwrap()
}

fn expecting(name: &str, policy: Policy) -> String {
    codes(&report(name, &Options { policy, ..Options::default() }))
}

/// 26 ballots of 23 voters, 25 credentials of weight 1, one trustee.
pub fn expectations_are_matters_of_policy() {
    let whole = report("ed-approval", &Options::default());
    let (voters, size) = (whole.num_tallied, whole.election.as_ref().unwrap().credentials);
    let with =
        |quorum, roll_size, roll_weight| expecting("ed-approval", Policy { quorum, roll_size, roll_weight });
    assert_eq!(with(Some(voters), Some(size), Some(size)), "904");
    assert_eq!(with(Some(voters - 1), None, None), "904");
    assert_eq!(with(Some(voters + 1), None, None), "904 908");
    assert_eq!(with(None, Some(size + 1), None), "904 909");
    assert_eq!(with(None, Some(size - 1), Some(size - 1)), "904 909 910");
    // Before the tally nobody can say that a quorum is missed.
    let quorum = Some(1 << 40);
    assert_eq!(expecting("ed-phase-endballots", Policy { quorum, ..Policy::default() }), "");
    assert_eq!(expecting("ed-phase-tally", Policy { quorum, ..Policy::default() }), "908");
    assert_eq!(expecting("ed-threshold-330", Policy::default()), "");
    let valid = report(
        "ed-approval",
        &Options { policy: Policy { quorum, ..Policy::default() }, ..Options::default() },
    );
    assert!(valid.is_valid() && valid.violations().count() == 0 && valid.policy().count() == 2);
}

/// The verdict and the number of findings for every limit.
pub fn surplus_findings_are_summed_up() {
    let policy = Policy { quorum: Some(1 << 40), roll_size: Some(1), roll_weight: Some(1) };
    for (limit, expected) in
        [(0, "999"), (1, "904 999"), (2, "904 909 999"), (3, "904 909 910 999"), (4, "904 909 910 908")]
    {
        let options = Options { policy, max_findings: limit, ..Options::default() };
        let found = report("ed-approval", &options);
        assert_eq!(codes(&found), expected);
        assert!(found.is_valid() && found.findings.iter().all(|f| f.severity == Severity::Policy));
    }
    let mut raw = archive("ed-approval");
    raw.push(0);
    let options = Options { policy, max_findings: 0, ..Options::default() };
    let found = verify_archive(Cursor::new(raw), &options, &mut ()).unwrap();
    assert!(!found.is_valid() && found.violations().count() == 1 && found.policy().count() == 1);
}

#[derive(Default)]
struct Watch {
    heights: Vec<u64>,
    last: Progress,
    told: usize,
}

impl Observer for Watch {
    fn record(&mut self, record: &Record) {
        self.heights.push(record.event.height);
    }
    fn progress(&mut self, progress: Progress) {
        assert!(progress.bytes >= self.last.bytes && progress.events >= self.last.events);
        self.last = progress;
        self.told += 1;
    }
}

/// What the report says about a finished election, and what an observer sees of the way there.
pub fn reports_and_progress_are_complete() {
    let raw = archive("ed-approval");
    let mut watch = Watch::default();
    let whole = verify_archive(Cursor::new(&raw), &Options::default(), &mut watch).unwrap();
    assert_eq!(watch.heights, (0..whole.events).collect::<Vec<_>>());
    assert_eq!((watch.last.bytes, watch.last.events), (raw.len() as u64, whole.events));
    assert!(watch.last.ballots == whole.ballots && watch.told > 3);
    assert_eq!(whole.stage, Some(EventKind::Result));
    // The last entry is the last event; its name is its hash.
    let last = raw.windows(11).rposition(|w| w == b".event.json").unwrap();
    let hash = Hash::from_hex(std::str::from_utf8(&raw[last - 64..last]).unwrap());
    assert!(whole.head == hash && hash.is_some());
    assert_eq!((&whole.shuffles[..], &whole.decryptions[..]), (&[][..], &[1][..]));
    let summary = whole.election.as_ref().unwrap();
    assert_eq!(summary.questions, ["Approve any number of candidates"]);
    assert_eq!(summary.credential_weight, summary.credentials);
    assert!(whole.total_weight == whole.num_tallied && whole.num_tallied < whole.ballots);
    for name in ["ed-nh-schulze", "ed-lists", "ed-weighted"] {
        let all = report(name, &Options::default());
        assert_eq!(report(name, &Options { threads: Some(1), ..Options::default() }), all);
        assert!(!all.election.unwrap().questions[0].is_empty());
    }
    assert_eq!(report("ed-threshold-3of5", &Options::default()).decryptions.len(), 3);
}

/// An archive continues its own prefixes and nothing else.
pub fn only_a_prefix_is_continued() {
    let raw = archive("ed-phase-setup");
    let cut = raw.len() - 512;
    assert!(continues(&raw[..], &raw[..]).unwrap() && continues(&raw[..cut], &raw[..]).unwrap());
    assert!(!continues(&raw[..], &raw[..cut]).unwrap() && !continues(&raw[1..], &raw[..]).unwrap());
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("unplugged"))
        }
    }
    assert!(continues(Broken, &raw[..]).is_err() && continues(&raw[..], Broken).is_err());
}

/// A finding reads as one line with number, culprit and sentence.
pub fn findings_are_one_plain_line() {
    let mut raw = archive("ed-approval");
    raw.truncate(raw.len() - 512);
    let found = verify_archive(Cursor::new(&raw), &Options::default(), &mut ()).unwrap();
    let line = found.violations().next().unwrap().to_string();
    assert!(line.starts_with("F1") && line.contains(" archive: "), "{line}");
    assert_eq!(Code::ResultWrong.number(), 802);
    let culprits = [
        (Culprit::Event { height: 3 }, "event 3"),
        (Culprit::Ballot { height: 4, tracker: "abc".into() }, "ballot abc (event 4)"),
        (Culprit::Trustee { owner: 2, height: Some(9) }, "trustee 2 (event 9)"),
        (Culprit::Trustee { owner: 2, height: None }, "trustee 2"),
    ];
    for (culprit, text) in culprits {
        assert_eq!(culprit.to_string(), text);
    }
}

#[test]
fn verifier_reports() {
    expectations_are_matters_of_policy();
    surplus_findings_are_summed_up();
    reports_and_progress_are_complete();
    only_a_prefix_is_continued();
    findings_are_one_plain_line();
}
