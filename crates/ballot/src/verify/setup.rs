//! The setup, and what a verification knows after it.

use std::collections::HashMap;
use std::io::{Read, Seek};

use super::finding::{Code, Culprit};
use super::order::Order;
use super::report::{Report, Summary};
use super::{Observer, Options, Progress, policy};
use crate::archive::{ArchiveError, EventKind, Object, Record, Records, setup_data};
use crate::credential::{RollError, read_roll};
use crate::decryption::Decryptions;
use crate::election::{self, Election};
use crate::group::{Group, GroupId};
use crate::hash::Hash;
use crate::mixnet::Mixnet;
use crate::question::Question;
use crate::tally::{Accumulator, EncryptedTally};
use crate::trustee::Trustees;

/// What is remembered of a credential. The key of the map is the hash of its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voter {
    pub(super) number: u64,
    pub(super) weight: u64,
    /// Offset and size of the last ballot.
    pub(super) last: Option<(u64, u64)>,
}

/// The state of a verification.
pub(super) struct Verifier<'a, G: Group> {
    pub(super) options: &'a Options,
    pub(super) report: &'a mut Report,
    pub(super) election: Election<G>,
    pub(super) trustees: Trustees<G>,
    pub(super) keys: Vec<G::Element>,
    pub(super) mixnet: Option<Mixnet<G>>,
    pub(super) voters: HashMap<[u8; 32], Voter>,
    pub(super) accumulator: Accumulator<G>,
    order: Order,
    /// The tally to decrypt: as encrypted, then as shuffled.
    pub(super) tally: Option<EncryptedTally<G>>,
    pub(super) decryptions: Option<Decryptions<G>>,
    /// Owners of all partial decryptions, wrong ones included.
    pub(super) decryption_owners: Vec<u64>,
    pub(super) pool: Option<rayon::ThreadPool>,
}

/// Whether a verification can go on after an event.
pub(super) type Step = std::result::Result<(), Halt>;

/// What follows would be judged against something that is not there.
pub(super) struct Halt;

/// The group of the election in the first event, or a finding.
pub(super) fn group_of(first: &Record, options: &Options, report: &mut Report) -> Option<GroupId> {
    seen(report, first);
    let culprit = Culprit::Event { height: first.event.height };
    let (EventKind::Setup, [raw, ..]) = (first.event.kind, first.objects.as_slice()) else {
        let message = format!("the first event is {}, not the setup", first.event.kind);
        report.add(options.max_findings, Code::EventOrder, culprit, message);
        return None;
    };
    match election::group_of(&raw.data) {
        Ok(id) => Some(id),
        Err(error) => {
            report.add(options.max_findings, Code::Election, culprit, error.to_string());
            None
        }
    }
}

fn seen(report: &mut Report, record: &Record) {
    report.events = record.event.height + 1;
    report.stage = Some(record.event.kind);
    report.head = Some(record.hash);
}

fn refuse<T>(options: &Options, report: &mut Report, code: Code, message: impl ToString) -> Option<T> {
    report.add(options.max_findings, code, Culprit::Event { height: 0 }, message.to_string());
    None
}

impl<'a, G: Group> Verifier<'a, G> {
    /// Checks the setup. Nothing else can be judged without it, so any finding ends the verification.
    pub(super) fn start(first: &Record, options: &'a Options, report: &'a mut Report) -> Option<Self> {
        let [raw, trustees, roll, data] = first.objects.as_slice() else { return None };
        if setup_data(&raw.data, &trustees.data, &roll.data).as_bytes() != data.data {
            let message = "the setup does not name the election, trustees and credentials before it";
            return refuse(options, report, Code::SetupReference, message);
        }
        let election = match Election::<G>::parse(&raw.data) {
            Ok(election) => election,
            Err(error) => return refuse(options, report, Code::Election, error),
        };
        let trustees = read_trustees::<G>(trustees, &election, options, report)?;
        let (voters, credential_weight) = read_voters::<G>(roll, options, report)?;
        let pool =
            options.threads.and_then(|n| rayon::ThreadPoolBuilder::new().num_threads(n.max(1)).build().ok());
        report.election = Some(Summary {
            name: election.name().to_owned(),
            uuid: election.uuid().to_owned(),
            fingerprint: election.fingerprint().to_owned(),
            group: G::ID,
            questions: election.questions().iter().map(|q| question_text(q).to_owned()).collect(),
            trustees: trustees.names().into_iter().map(|name| name.map(str::to_owned)).collect(),
            credentials: voters.len() as u64,
            credential_weight,
        });
        policy::after_setup(&election, &trustees, options, report);
        Some(Self {
            options,
            report,
            keys: trustees.keys(),
            mixnet: None,
            accumulator: Accumulator::new(election.questions()),
            order: Order::after_setup(!election.mixed_questions().is_empty()),
            election,
            trustees,
            voters,
            tally: None,
            decryptions: None,
            decryption_owners: Vec::new(),
            pool,
        })
    }

    pub(super) fn find(&mut self, code: Code, culprit: Culprit, message: impl ToString) {
        self.report.add(self.options.max_findings, code, culprit, message.to_string());
    }

    /// Reads and checks everything after the setup.
    pub(super) fn run<R: Read + Seek>(
        &mut self,
        records: &mut Records<R>,
        observer: &mut dyn Observer,
    ) -> std::result::Result<(), ArchiveError> {
        let mut batch = Vec::new();
        let mut size = 0;
        loop {
            let record = match records.next_record() {
                Ok(record) => record,
                Err(error) => {
                    self.check_ballots(&mut batch, records)?;
                    return Err(error);
                }
            };
            let Some(record) = record else { return self.check_ballots(&mut batch, records) };
            observer.record(&record);
            let kind = record.event.kind;
            if kind == EventKind::Ballot && self.order.accepts(kind) {
                seen(self.report, &record);
                size += record.objects.iter().map(|o| o.data.len()).sum::<usize>();
                batch.push(record);
                if batch.len() < super::ballots::BATCH && size < super::ballots::BATCH_BYTES {
                    continue;
                }
                size = 0;
                self.check_ballots(&mut batch, records)?;
                self.tell(records, observer);
                continue;
            }
            size = 0;
            self.check_ballots(&mut batch, records)?;
            self.tell(records, observer);
            let height = record.event.height;
            if kind == EventKind::Ballot || !self.order.accepts(kind) {
                self.find(Code::EventOrder, Culprit::Event { height }, self.order.refusal(kind));
                return Ok(());
            }
            seen(self.report, &record);
            if self.step(&record).is_err() {
                return Ok(());
            }
            self.tell(records, observer);
        }
    }

    fn tell<R: Read>(&self, records: &Records<R>, observer: &mut dyn Observer) {
        observer.progress(Progress {
            bytes: records.position(),
            events: self.report.events,
            ballots: self.report.ballots,
        });
    }

    fn step(&mut self, record: &Record) -> Step {
        let height = record.event.height;
        match (record.event.kind, record.objects.as_slice()) {
            (EventKind::EncryptedTally, [tally, sized]) => self.encrypted_tally(height, tally, sized),
            (EventKind::Shuffle, [shuffle, owned]) => self.shuffle(height, shuffle, owned),
            (EventKind::PartialDecryption, [object, owned]) => self.partial_decryption(height, object, owned),
            (EventKind::Result, [object]) => self.result(height, object),
            _ => Ok(()),
        }
    }

    /// Matters that can be judged at the end only.
    pub(super) fn finish(&mut self) {
        self.report.num_tallied = self.accumulator.num_tallied();
        self.report.total_weight = self.accumulator.total_weight();
        policy::at_end(self);
    }
}

fn question_text(question: &Question) -> &str {
    match question {
        Question::Homomorphic(q) => &q.question,
        Question::NonHomomorphic(q) => &q.question,
        Question::Lists(q) => &q.question,
    }
}

fn read_trustees<G: Group>(
    object: &Object,
    election: &Election<G>,
    options: &Options,
    report: &mut Report,
) -> Option<Trustees<G>> {
    let trustees = match Trustees::<G>::parse(&object.data) {
        Ok(trustees) => trustees,
        Err(error) => return refuse(options, report, Code::Trustees, error),
    };
    match trustees.check() {
        Ok(notes) => policy::about_trustees(&notes, options, report),
        Err(error) => return refuse(options, report, Code::Trustees, error),
    }
    if trustees.election_key() != G::fixed_element(election.key()) {
        let message = "the election key is not the product of the trustees' keys";
        return refuse(options, report, Code::ElectionKey, message);
    }
    Some(trustees)
}

type Voters = HashMap<[u8; 32], Voter>;

fn read_voters<G: Group>(object: &Object, options: &Options, report: &mut Report) -> Option<(Voters, u64)> {
    let mut voters = Voters::new();
    let mut total = 0u64;
    let read = read_roll::<G>(&object.data, |number, credential| {
        let key = *Hash::of(credential.text.as_bytes()).as_bytes();
        let voter = Voter { number: number as u64, weight: credential.weight, last: None };
        total = total.saturating_add(credential.weight);
        match voters.insert(key, voter) {
            None => Ok(()),
            Some(_) => Err(RollError::Duplicate { line: number + 1 }),
        }
    });
    match read {
        Ok(()) => Some((voters, total)),
        Err(error) => refuse(options, report, Code::Roll, error),
    }
}
