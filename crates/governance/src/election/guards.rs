//! The guards: one list of checks per step.

use serde::{Deserialize, Serialize};

use super::facts::{ElectionFacts, MIN_COUNTED, Uncontested};
use super::state::Step;
use crate::deadline::MilestoneKind as Kind;
use crate::quorum::QuorumVerdict;
use crate::words::{self, Explain};
use crate::{Instant, deadline::Finding};

/// One condition of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Stable name for tests and links, for example `seats`.
    pub name: String,
    /// Whether it is fulfilled.
    pub ok: bool,
    /// What is the case, and what to do when it is not fulfilled.
    pub text: String,
}

impl Explain for Check {
    fn sentence(&self) -> String {
        self.text.clone()
    }
}

/// Collects checks.
pub(super) struct Checks(pub(super) Vec<Check>);

impl Checks {
    pub(super) fn add(&mut self, name: &str, ok: bool, yes: impl Into<String>, no: impl Into<String>) {
        let text = if ok { yes.into() } else { no.into() };
        self.0.push(Check { name: name.to_owned(), ok, text });
    }

    fn reached(&mut self, facts: &ElectionFacts, kind: &Kind, now: Instant) {
        let name = kind.name().replace(' ', "_");
        match facts.instant(kind) {
            Some(instant) => self.add(
                &name,
                instant <= now,
                format!("The {kind} at {instant} is reached."),
                format!("The {kind} is at {instant}; it is {now}. Wait for it."),
            ),
            None => self.add(&name, false, "", format!("The {kind} is not set; set it.")),
        }
    }

    fn not_over(&mut self, facts: &ElectionFacts, kind: &Kind, now: Instant) {
        let over = facts.instant(kind).is_some_and(|instant| instant <= now);
        let no = format!("The {kind} is over; move it with a reason before it passes next time.");
        self.add("still_time", !over, format!("The {kind} is still to come."), no);
    }
}

/// The checks of a step, without those on who acts.
pub(super) fn checks(step: &Step, facts: &ElectionFacts, now: Instant) -> Checks {
    let mut checks = Checks(Vec::new());
    match step {
        Step::Announce => announce(&mut checks, facts, now),
        Step::OpenNominations => checks.reached(facts, &Kind::NominationsOpen, now),
        Step::CloseNominations => checks.reached(facts, &Kind::NominationsClose, now),
        Step::AnnounceCandidates => candidates(&mut checks, facts, now),
        Step::DeclareElected => uncontested(&mut checks, facts, now),
        Step::FinishRehearsal => rehearsal(&mut checks, facts),
        Step::Open => open(&mut checks, facts, now),
        Step::Suspend { reason } | Step::Resume { reason } => {
            let given = !reason.trim().is_empty();
            checks.add(
                "reason",
                given,
                "A public reason is given.",
                "Give a reason; it is shown to everybody.",
            );
        }
        Step::Close => checks.reached(facts, &Kind::VotingClose, now),
        Step::ConcludeQuorum => quorum_decided(&mut checks, facts),
        Step::DecideReferred => referred(&mut checks, facts),
        Step::StartShuffling => {
            start_count(&mut checks, facts);
            let yes = "The ballots are shuffled before decryption.";
            checks.add(
                "shuffles",
                facts.set_up.shuffles,
                yes,
                "These ballots are added up, not shuffled; start decryption.",
            );
        }
        Step::StartDecryption => decryption(&mut checks, facts),
        Step::FinishCount => finish(&mut checks, facts),
        Step::Allocate => allocate(&mut checks, facts),
        Step::Certify => certify(&mut checks, facts),
        Step::Publish => checks.reached(facts, &Kind::ResultAnnounced, now),
        Step::Archive => archive(&mut checks, facts, now),
    }
    checks
}

fn announce(checks: &mut Checks, facts: &ElectionFacts, now: Instant) {
    let set_up = &facts.set_up;
    let mut set = |name: &str, ok: bool, what: &str| {
        checks.add(name, ok, format!("The {what} is set."), format!("The {what} is not set; choose it."));
    };
    set("body", set_up.body, "body");
    set("method", set_up.method, "voting method");
    set("quorum", set_up.quorum.is_some(), "quorum rule");
    set("tie", set_up.tie, "rule for ties");
    set("roll", set_up.roll_policy, "rule for the roll");
    if set_up.seats_apply {
        let seats = set_up.seats.unwrap_or(0);
        let yes = format!("{} to fill.", words::count(seats.into(), "seat is", "seats are"));
        checks.add("seats", seats > 0, yes, "The number of seats is not set; set it to 1 or more.");
    }
    let mut needed = vec![Kind::VotingOpen, Kind::VotingClose, Kind::RecordDate, Kind::ResultAnnounced];
    if set_up.nominations {
        needed.extend([Kind::NominationsOpen, Kind::NominationsClose, Kind::CandidatesAnnounced]);
    }
    let missing: Vec<Kind> = needed.into_iter().filter(|kind| facts.schedule.get(kind).is_none()).collect();
    let no = format!("Not set: {}.", words::list(&missing));
    checks.add("milestones", missing.is_empty(), "All milestones are set.", no);
    let blocking: Vec<String> = facts.findings.iter().filter(|f| f.blocks()).map(Finding::sentence).collect();
    checks.add("schedule", blocking.is_empty(), "The schedule fits the rules.", blocking.join(" "));
    let contradictions = set_up.contradictions.join(" ");
    checks.add("policies", contradictions.is_empty(), "The policies fit together.", contradictions);
    let past = facts.schedule.milestones().iter().find(|milestone| milestone.deadline().has_passed(now));
    let no = past.map_or_else(String::new, |m| {
        format!("The {} at {} is over; set a later time.", m.kind(), m.instant())
    });
    checks.add("future", past.is_none(), "Every milestone is still to come.", no);
}

fn candidates(checks: &mut Checks, facts: &ElectionFacts, now: Instant) {
    checks.reached(facts, &Kind::CandidatesAnnounced, now);
    let found = &facts.candidates;
    let no = format!("{} not decided; find each eligible or ineligible.", undecided(found.undecided));
    checks.add("decided", found.undecided == 0, "Every accepted candidacy is decided.", no);
    let no = "An ineligible candidacy has no reason; give it.";
    checks.add("reasons", found.without_reason == 0, "Every refusal has its reason.", no);
}

fn undecided(number: u32) -> String {
    words::count(number.into(), "accepted candidacy is", "accepted candidacies are")
}

/// Whether the seats and the candidates fit: fewer seats than candidates, or a choice for the uncontested case.
fn contested(checks: &mut Checks, facts: &ElectionFacts) {
    if !facts.set_up.seats_apply {
        return;
    }
    let (seats, eligible) = (facts.set_up.seats.unwrap_or(0), facts.candidates.eligible);
    let fits = seats > 0 && (seats < eligible || facts.candidates.uncontested.is_some());
    checks.add(
        "contested",
        fits,
        format!("{} for {}.", candidate_count(eligible), seat_count(seats)),
        format!(
            "{} for {}: choose whether they are declared elected or the vote is held all the same.",
            candidate_count(eligible),
            seat_count(seats)
        ),
    );
}

fn seat_count(seats: u32) -> String {
    words::count(seats.into(), "seat", "seats")
}

fn candidate_count(candidates: u32) -> String {
    words::count(candidates.into(), "candidate", "candidates")
}

fn uncontested(checks: &mut Checks, facts: &ElectionFacts, now: Instant) {
    checks.reached(facts, &Kind::CandidatesAnnounced, now);
    let (seats, eligible) = (facts.set_up.seats.unwrap_or(0), facts.candidates.eligible);
    let no = format!("There are {} for {}; hold the vote.", candidate_count(eligible), seat_count(seats));
    let yes = format!("There are {} for {}.", candidate_count(eligible), seat_count(seats));
    checks.add("uncontested", facts.set_up.seats_apply && seats > 0 && eligible <= seats, yes, no);
    let acclaim = facts.candidates.uncontested == Some(Uncontested::Acclaim);
    checks.add("acclaim", acclaim, "The rule is to declare them elected.", "The rule is to hold the vote.");
}

fn rehearsal(checks: &mut Checks, facts: &ElectionFacts) {
    let ready = &facts.preparation;
    contested(checks, facts);
    checks.add(
        "roll_frozen",
        ready.roll.is_some(),
        "The roll is frozen.",
        "The roll is not frozen; review and freeze it.",
    );
    let no = "The registrar has not confirmed the credentials; ask the registrar.";
    checks.add("credentials", ready.registrar_ready, "The registrar has the credentials.", no);
    trustees(checks, facts);
    let no = "No dummy ballot box was counted; do the rehearsal with the trustees.";
    checks.add("dummy_count", ready.dummy_counted, "A dummy ballot box was counted.", no);
    let no = "The test message has not arrived; check the mail settings.";
    checks.add("mail", ready.mail_canary, "The test message arrived.", no);
    let previewed = !facts.set_up.seats_apply || ready.previewed_seats == facts.set_up.seats;
    let previewed = previewed && (ready.previewed_seats.is_some() || !facts.set_up.seats_apply);
    let no = "The result page was not previewed with the number of seats; look at it.";
    checks.add("preview", previewed, "The result page was previewed.", no);
}

fn trustees(checks: &mut Checks, facts: &ElectionFacts) {
    let trustees = &facts.preparation.trustees;
    let (needed, total) = (trustees.threshold, trustees.total);
    let fits = needed > 0 && needed <= total;
    let no = "The trustees are not set; name them and how many are enough.";
    checks.add("trustees", fits, format!("{needed} of {total} trustees are enough."), no);
    let all_needed = needed == total && total > 0;
    let accepted = trustees.all_needed_accepted_by >= 2;
    checks.add(
        "one_key_may_be_lost",
        !all_needed || accepted,
        if all_needed { "Two officers accept that one lost key loses the result." } else { "A lost key loses nothing." },
        "All trustees are needed, so one lost key loses the result; lower the number, or two officers accept it in writing.",
    );
    let no =
        format!("{} of {total} trustees have made and checked their key; ask the others.", trustees.checked);
    checks.add(
        "keys_checked",
        fits && trustees.checked >= total,
        "Every trustee has made and checked the key.",
        no,
    );
}

fn open(checks: &mut Checks, facts: &ElectionFacts, now: Instant) {
    checks.reached(facts, &Kind::VotingOpen, now);
    checks.not_over(facts, &Kind::VotingClose, now);
    contested(checks, facts);
    let ready = &facts.preparation;
    let expected = ready.roll.map(|roll| roll.saturating_add(ready.reserve));
    let no = format!(
        "There are {} credentials for a roll of {} and a reserve of {}; these must agree.",
        words::grouped(ready.credentials),
        ready.roll.map_or_else(|| "unknown size".into(), words::grouped),
        words::grouped(ready.reserve)
    );
    let yes = "There is a credential for every entry of the roll and of the reserve.";
    checks.add("credential_count", expected == Some(ready.credentials) && ready.credentials > 0, yes, no);
    let no = "The set-up of the ballot box is not published; publish it.";
    checks.add("box", ready.box_published, "The set-up of the ballot box is published.", no);
}

fn quorum_decided(checks: &mut Checks, facts: &ElectionFacts) {
    let known = facts.set_up.quorum.is_some();
    checks.add("quorum", known, "The quorum rule is known.", "The quorum rule is not set.");
    let extended = facts.set_up.quorum.as_ref().map(|policy| policy.conclude(facts.voting.quorum).verdict);
    let not_extended = !matches!(extended, Some(QuorumVerdict::Extend { .. }));
    checks.add(
        "not_extended",
        not_extended,
        "Voting has ended.",
        "The quorum rule extends voting; it is not over.",
    );
}

fn referred(checks: &mut Checks, facts: &ElectionFacts) {
    let decided = facts.voting.body_lets_stand.is_some();
    checks.add("decision", decided, "The body has decided.", "The body has not decided yet.");
}

fn start_count(checks: &mut Checks, facts: &ElectionFacts) {
    let trustees = &facts.preparation.trustees;
    let (present, needed) = (trustees.present_for_count, trustees.threshold);
    let no = format!(
        "{present} of at least {needed} trustees have shown that they have their key; ask the others."
    );
    checks.add("keys_present", needed > 0 && present >= needed, "Enough trustees have their key.", no);
    let counted = facts.count.counted;
    let enough = counted >= MIN_COUNTED || facts.count.small_count_waived_by >= 2;
    let no = format!(
        "{} would be counted, fewer than {MIN_COUNTED}; two officers must waive this.",
        ballots(counted)
    );
    checks.add(
        "enough_ballots",
        enough,
        "The count hides each single ballot, or two officers waived that.",
        no,
    );
}

fn ballots(number: u64) -> String {
    words::count(number, "ballot", "ballots")
}

fn decryption(checks: &mut Checks, facts: &ElectionFacts) {
    start_count(checks, facts);
    if facts.set_up.shuffles {
        let (done, needed) = (facts.count.shuffles_verified, facts.preparation.trustees.threshold);
        let no = format!("{done} of at least {needed} shuffles are verified.");
        checks.add("shuffled", needed > 0 && done >= needed, "Enough verified shuffles.", no);
    }
}

fn finish(checks: &mut Checks, facts: &ElectionFacts) {
    let (done, needed) = (facts.count.decryptions_verified, facts.preparation.trustees.threshold);
    let no = format!("{done} of {needed} decryptions are verified.");
    checks.add("decrypted", needed > 0 && done >= needed, "Enough verified decryptions.", no);
    let no = "The result was not verified from the archive; run the verifier.";
    checks.add("verified", facts.count.result_verified, "The result was verified from the archive.", no);
}

fn allocate(checks: &mut Checks, facts: &ElectionFacts) {
    let no = format!("{} to be resolved.", words::count(facts.count.open_ties.into(), "tie is", "ties are"));
    checks.add("ties", facts.count.open_ties == 0, "No tie is open.", no);
    checks.add(
        "allocated",
        facts.count.allocated,
        "The seat rules were applied.",
        "The seat rules were not applied yet.",
    );
}

fn certify(checks: &mut Checks, facts: &ElectionFacts) {
    let ok = !facts.set_up.certification || facts.count.certified;
    let yes = if facts.set_up.certification {
        "The body has certified the result."
    } else {
        "No certification is needed."
    };
    checks.add("certified", ok, yes, "The certifying body's motion has not passed.");
    let no = format!(
        "{} open.",
        words::count(facts.count.open_complaints.into(), "complaint is", "complaints are")
    );
    checks.add("complaints", facts.count.open_complaints == 0, "No complaint is open.", no);
}

fn archive(checks: &mut Checks, facts: &ElectionFacts, now: Instant) {
    let over = facts.count.retention_ends.is_some_and(|end| end <= now);
    let no = facts.count.retention_ends.map_or_else(
        || "The retention periods are not set.".to_owned(),
        |end| format!("Voter data is kept until {end}."),
    );
    checks.add("retention", over, "The retention periods are over.", no);
}
