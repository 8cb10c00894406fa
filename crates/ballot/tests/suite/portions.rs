//! Large ballot boxes are verified a portion at a time, and rolls line by line.

use std::io::Cursor;

use folkmoot_ballot::archive::{EventKind, Writer, setup_data};
use folkmoot_ballot::ballot;
use folkmoot_ballot::credential::{Credential, write_roll};
use folkmoot_ballot::election::{Draft, Election, random_identifier};
use folkmoot_ballot::group::{Ed25519, Group, GroupId, Rfc3526, Scalar};
use folkmoot_ballot::question::{Homomorphic, Question};
use folkmoot_ballot::trustee::{SecretKey, Trustee, TrusteeKey, Trustees};
use folkmoot_ballot::verify::{Code, Observer, Options, Progress, verify_archive};

use crate::groups::Seeded;

/// An election that is set up, with so many entries on the roll, all for one credential, and its ballots.
fn voted(entries: usize, ballots: usize) -> Vec<u8> {
    let mut rng = Seeded::generator(5);
    let secret = SecretKey::<Ed25519>::random(&mut rng);
    let trustees = Trustees::new(vec![Trustee::Single(TrusteeKey::prove(&secret, &mut rng))]);
    let draft = Draft {
        name: "Portions".into(),
        description: String::new(),
        uuid: random_identifier(&mut rng),
        questions: vec![Question::Homomorphic(Homomorphic {
            question: "Which?".into(),
            answers: vec!["This".into()],
            blank: false,
            min: 0,
            max: 1,
        })],
        administrator: None,
        credential_authority: None,
    };
    let election: Election<Ed25519> = draft.finish(&trustees.election_key()).unwrap();
    let credential = Credential::generate(&mut rng);
    let roll = write_roll::<Ed25519>(&vec![(credential.public::<Ed25519>(election.uuid()), 1); entries]);
    let trustees = trustees.to_json();
    let setup = setup_data(election.raw(), trustees.as_bytes(), roll.as_bytes());
    let mut writer = Writer::create(Vec::new(), 0).unwrap();
    let objects = [election.raw(), trustees.as_bytes(), roll.as_bytes(), setup.as_bytes()];
    writer.append(EventKind::Setup, &objects).unwrap();
    for _ in 0..ballots {
        let sealed = ballot::encrypt(&election, &credential, &[vec![1]], &mut rng).unwrap();
        writer.append(EventKind::Ballot, &[sealed.as_bytes()]).unwrap();
    }
    writer.into_inner()
}

#[derive(Default)]
struct Told(Vec<u64>);

impl Observer for Told {
    fn progress(&mut self, progress: Progress) {
        self.0.push(progress.ballots);
    }
}

/// Memory stays small because no more than 256 ballots are held at a time, and time because no fewer are.
#[test]
pub fn ballots_are_verified_in_portions() {
    let mut told = Told::default();
    let report = verify_archive(Cursor::new(voted(1, 300)), &Options::default(), &mut told).unwrap();
    assert!(report.is_valid() && report.ballots == 300 && report.num_tallied == 1);
    told.0.retain(|ballots| *ballots > 0);
    told.0.dedup();
    assert_eq!(told.0, [256], "the rest is told with the next event");
}

#[test]
pub fn the_line_of_a_credential_that_comes_twice_is_named() {
    let report = verify_archive(Cursor::new(voted(2, 0)), &Options::default(), &mut ()).unwrap();
    let found = report.violations().next().unwrap();
    assert_eq!(found.code, Code::Roll);
    assert!(found.to_string().contains("public credential 2 appears twice"), "{found}");
}

#[test]
pub fn groups_and_exponents_are_told_apart_in_words() {
    let embeds = GroupId::ALL.map(|id| (id.name(), id.embeds()));
    assert_eq!(embeds, [("Ed25519", true), ("BELENIOS-2048", false), ("RFC-3526-2048", true)]);
    fn shown<G: Group>() -> String {
        format!("{:?}", G::Scalar::from_u64(7_777))
    }
    assert_eq!([shown::<Ed25519>(), shown::<Rfc3526>()], ["Ed25519Scalar(..)", "ModpScalar(..)"]);
}
