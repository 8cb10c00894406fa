//! What comes next after every stage of the collected elections, against what came next.

use std::io::Cursor;
use std::path::Path;

use folkmoot_ballot::archive::{EventKind, Limits, Record, Records};
use folkmoot_ballot::decryption::DecryptionError;
use folkmoot_ballot::election::group_of;
use folkmoot_ballot::group::{Ed25519, Group};
use folkmoot_ballot::verify::{Options, Standing, StandingError};
use folkmoot_ballot::with_group;

use crate::groups::Seeded;
use crate::trustee_vectors::{archive_file, elections, entries, secrets_of};

fn records(raw: &[u8]) -> Vec<Record> {
    let mut reader = Records::open(raw, Limits::default()).unwrap();
    std::iter::from_fn(|| reader.next_record().unwrap()).collect()
}

fn standing<G: Group>(raw: &[u8]) -> Standing<G> {
    Standing::<G>::read(Cursor::new(raw), &Options::default(), &mut ()).unwrap().unwrap()
}

fn check<G: Group>(dir: &Path) -> [usize; 3] {
    let raw = std::fs::read(archive_file(dir)).unwrap();
    let all = records(&raw);
    let before = |i: usize| standing::<G>(&raw[..all[i].end as usize]);
    let mut rng = Seeded::generator(2);
    let mut seen = [0; 3];
    for (i, record) in all.iter().enumerate().skip(1) {
        let objects: Vec<&[u8]> = record.objects.iter().map(|o| o.data.as_slice()).collect();
        match record.event.kind {
            EventKind::EncryptedTally => {
                let here = before(i - 1);
                let (tally, sized) = here.encrypted_tally().unwrap();
                assert_eq!([tally.as_bytes(), sized.to_json().as_bytes()], objects[..]);
                assert!(matches!(
                    here.shuffle(1, &mut rng),
                    Err(StandingError::Stage { .. } | StandingError::NothingToShuffle)
                ));
                assert!(matches!(here.result(), Err(StandingError::Stage { .. })));
                seen[0] += 1;
            }
            EventKind::EndShuffles => {
                let here = before(i - 1);
                let owner = here.report().shuffles[0];
                assert_eq!(here.shuffle(owner, &mut rng).unwrap_err(), StandingError::Shuffled(owner));
                let other = (1..).find(|o| !here.report().shuffles.contains(o)).unwrap();
                match here.shuffle(other, &mut rng) {
                    Ok(shuffle) => assert!(!shuffle.proofs.is_empty()),
                    Err(error) => assert!(other as usize > here.trustees().keys().len(), "{error}"),
                }
                seen[1] += 1;
            }
            EventKind::Shuffle => {
                let here = before(i - 1);
                let next = (1..).find(|owner| !here.report().shuffles.contains(owner)).unwrap();
                assert!(!here.shuffle(next, &mut rng).unwrap().proofs.is_empty());
                for nobody in [0, here.trustees().keys().len() as u64 + 1] {
                    let refused = here.shuffle(nobody, &mut rng).unwrap_err();
                    let none = DecryptionError::NoSuchTrustee {
                        owner: nobody,
                        trustees: here.trustees().keys().len(),
                    };
                    assert_eq!(refused, StandingError::Decryption(none));
                }
            }
            EventKind::PartialDecryption => {
                let here = before(i - 1);
                let done = here.report().decryptions.clone();
                let next = secrets_of::<G>(dir).into_iter().find(|(owner, _)| !done.contains(owner));
                let (owner, secret) = next.unwrap();
                assert_eq!(here.decrypt(&secret, &mut rng).unwrap().0, owner as usize);
            }
            EventKind::Result => {
                let here = before(i - 1);
                assert_eq!(here.result().unwrap().to_json().as_bytes(), objects[0]);
                let (owner, secret) = secrets_of::<G>(dir).remove(here.report().decryptions[0] as usize - 1);
                let again = here.decrypt(&secret, &mut rng).unwrap_err();
                assert_eq!(again, StandingError::Decryption(DecryptionError::Repeated(owner as usize)));
                seen[2] += 1;
            }
            _ => {}
        }
    }
    let whole = standing::<G>(&raw);
    assert_eq!(whole.chain().height, all.len() as u64);
    // One byte of the last event changed: no standing, but a report.
    let mut broken = raw.clone();
    let at = all.last().unwrap().end as usize - 512;
    broken[at] ^= 1;
    let report = Standing::<G>::read(Cursor::new(broken), &Options::default(), &mut ()).unwrap().unwrap_err();
    assert!(!report.is_valid());
    seen
}

/// Two small elections, one added up and one shuffled.
#[allow(dead_code, reason = "tests/mutants.rs asks it")]
pub fn quickly() {
    for name in ["ed-threshold-21", "ed-nh-mj"] {
        let dir = elections().into_iter().find(|dir| dir.ends_with(name)).unwrap();
        let seen = check::<Ed25519>(&dir);
        assert_eq!([seen[0], seen[2]], [1, 1], "{name}");
    }
}

#[test]
fn vectors_of_what_comes_next() {
    let mut sums = [0; 3];
    // Every archive is verified four times here, so of the slow groups one election each is enough.
    let slow = ["ff-threshold-330", "ff-nh-mixed"];
    let name = |dir: &Path| dir.file_name().unwrap().to_str().unwrap().to_owned();
    for dir in
        elections().into_iter().filter(|d| name(d).starts_with("ed-") || slow.contains(&name(d).as_str()))
    {
        let election = entries(&dir).into_iter().next().unwrap().1;
        let seen = with_group!(group_of(&election).unwrap(), G => check::<G>(&dir));
        sums.iter_mut().zip(seen).for_each(|(sum, n)| *sum += n);
    }
    println!("{} tallies, {} ends of shuffles, {} results", sums[0], sums[1], sums[2]);
    assert!(sums.iter().all(|n| *n > 0), "{sums:?}");
}
