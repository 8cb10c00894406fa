//! A result as pages show it: the sentence first, then the numbers, the seats, the steps, and how to verify all of it.

use folkmoot_counting::outcome::Detail;
use folkmoot_governance::CandidateId;
use folkmoot_governance::seats::{Allocation, Total};
use folkmoot_store::elections::{Election, ballot_box, results as store, running, trustees};
use folkmoot_store::{Conn, Utc};

use super::decisions;
use super::publish;
use super::results::{self, Decision, LotSeed};
use super::seating;
use super::settings::{ElectionSettings, QuestionSettings};
use crate::error::{AppError, AppResult};
use crate::http::when::day;

/// A result as the page shows it.
pub struct ResultShown {
    /// One entry per question.
    pub decisions: Vec<DecisionShown>,
    /// Whether the numbers were certified, and by whom; empty where nobody was asked.
    pub certified: String,
    /// Until when complaints are taken, in words; empty when they are not.
    pub complaints_until: String,
    /// What was checked, for the box beside the result.
    pub integrity: Vec<(&'static str, String)>,
    /// The lot in lines of Python, empty when none was drawn.
    pub lot: Vec<String>,
    /// Commands with our program.
    pub ours: Vec<String>,
    /// Commands with the other program.
    pub theirs: Vec<String>,
}

/// One question of a shown result.
pub struct DecisionShown {
    /// The sentence first.
    pub headline: String,
    /// The question.
    pub title: String,
    /// Whether every answer has one number.
    pub has_votes: bool,
    /// What the number counts.
    pub unit: &'static str,
    /// Bars and rows.
    pub rows: Vec<RowShown>,
    /// Filled seats, where rules beyond the method fill them.
    pub seats: Vec<SeatShown>,
    /// Ranks and totals of everybody, and of those left after exclusions; both empty without such rules.
    pub before: Vec<RankShown>,
    /// See `before`.
    pub after: Vec<RankShown>,
    /// The limit in words.
    pub limit: String,
    /// Runoffs round by round, for scored questions.
    pub runoffs: Vec<RunoffShown>,
    /// Step by step.
    pub steps: Vec<String>,
}

/// One row with the length of its bar.
pub struct RowShown {
    /// Name.
    pub name: String,
    /// The number in words, empty where there is no single number.
    pub votes: String,
    /// What became of it, empty for those not elected.
    pub outcome: &'static str,
    /// Length in per mille of the longest.
    pub width: u64,
}

/// A filled seat.
pub struct SeatShown {
    /// 1 for the first.
    pub place: u32,
    /// Who.
    pub name: String,
    /// Cohort, empty without.
    pub cohort: String,
    /// From when until when, in words.
    pub term: String,
}

/// A candidate's rank and total.
pub struct RankShown {
    /// Rank; the tied have the same.
    pub rank: u32,
    /// Who.
    pub name: String,
    /// Total, empty without.
    pub total: String,
}

/// One round of a scored count.
pub struct RunoffShown {
    /// 1 for the first round.
    pub round: usize,
    /// Finalist and ballots that prefer them.
    pub first: (String, u64),
    /// The other one.
    pub second: (String, u64),
    /// Ballots that score both alike.
    pub equal: u64,
}

/// The result for the page, once it is public.
///
/// # Errors
/// Database errors.
pub fn shown(conn: &mut Conn, election: &Election, url: &str) -> AppResult<Option<ResultShown>> {
    if !results::is_public(election) {
        return Ok(None);
    }
    let settings: ElectionSettings = serde_json::from_str(&election.settings).map_err(AppError::internal)?;
    let Some(at) = election.publish_at else { return Ok(None) };
    let all = results::stored(conn, election.id)?;
    let decisions = all.into_iter().zip(&settings.questions).map(|(d, q)| decision(d, q, at)).collect();
    let certified = running::last_decision(conn, election.id, decisions::CERTIFIED)?;
    let days = settings.certification.as_ref().map_or(0, |c| c.complaint_days);
    let until = at.plus(chrono::TimeDelta::days(i64::from(days)));
    Ok(Some(ResultShown {
        decisions,
        certified: match (certified, &settings.certification) {
            (Some(d), Some(c)) => format!("Certified by {} on {}. {}", c.body, day(d.at), d.reason),
            _ => String::new(),
        },
        complaints_until: if days > 0 { day(until) } else { String::new() },
        integrity: integrity(conn, election)?,
        lot: lot(conn, election, &settings)?,
        ours: commands(election, url, &format!("folkmoot verify {}.bel", election.uuid)),
        theirs: commands(election, url, "belenios-tool election verify --dir ."),
    }))
}

fn commands(election: &Election, url: &str, verify: &str) -> Vec<String> {
    let base = format!("{url}/elections/{}", election.slug);
    vec![
        format!("curl -o {}.bel {base}/archive.bel", election.uuid),
        verify.to_owned(),
        format!("curl -o kit.tar {base}/recount-kit.tar && tar xf kit.tar && python3 recount-kit/tally.py"),
    ]
}

fn integrity(conn: &mut Conn, election: &Election) -> AppResult<Vec<(&'static str, String)>> {
    let count = |n: i64| n.to_string();
    let voters = ballot_box::voters(conn, election.id)?;
    let cast = ballot_box::ballot_count(conn, election.id)?;
    let log = ballot_box::log_state(conn, election.id)?;
    let given = super::opening::contributions(conn, election)?;
    let names = trustees::all(conn, election.id)?;
    let decrypted: Vec<&str> = names
        .iter()
        .filter(|t| {
            let by = |g: &&super::opening::Given| i64::try_from(g.owner).is_ok_and(|o| o == t.position);
            given.iter().filter(by).any(|g| g.kind == folkmoot_ballot::archive::EventKind::PartialDecryption)
        })
        .map(|t| t.name.as_str())
        .collect();
    let shuffles = given.iter().filter(|g| g.kind == folkmoot_ballot::archive::EventKind::Shuffle).count();
    let mut all = vec![
        ("Ballots counted", count(voters)),
        ("Ballots accepted, replaced ones included", count(cast)),
        ("Opened by the trustees", seating::and(&decrypted)),
        ("Entries in the signed ballot box", log.map(|l| count(l.size)).unwrap_or_default()),
    ];
    if shuffles > 0 {
        all.push(("Shuffles, each proved", shuffles.to_string()));
    }
    if let Some((outcome, _)) = store::quorum_certificate(conn, election.id)? {
        all.push(("Quorum", outcome));
    }
    Ok(all)
}

/// The lot as a program that anybody can run. Names do not enter.
///
/// # Errors
/// Database errors.
pub fn lot(conn: &mut Conn, election: &Election, settings: &ElectionSettings) -> AppResult<Vec<String>> {
    let Some(drawn) = decisions::last::<LotSeed>(conn, election.id, decisions::LOT)? else {
        return Ok(Vec::new());
    };
    let most = settings.questions.iter().map(|q| q.answers.len()).max().unwrap_or(0);
    Ok(lot_in_python(&drawn, most))
}

/// Ten lines of Python that give the order of luck again.
///
/// # Errors
/// None.
#[must_use]
pub fn lot_in_python(drawn: &LotSeed, candidates: usize) -> Vec<String> {
    let text = |t: &str| serde_json::to_string(t).unwrap_or_default();
    vec![
        "import hashlib".into(),
        format!("ballot_box = {}  # hash of the event EndBallots", text(&drawn.ballot_box)),
        format!("committed = {}  # fixed before the vote", text(&drawn.committed)),
        format!("public = {}  # made after the close", text(&drawn.public_value)),
        "parts = [\"folkmoot-lot-1\", ballot_box, committed, public]".into(),
        "seed = hashlib.sha256(\"\\n\".join(parts).encode()).hexdigest()".into(),
        "def luck(candidate):".into(),
        "    return hashlib.sha256(seed.encode() + b\"\\0\" + str(candidate).encode()).digest()".into(),
        format!("print(seed, sorted(range({candidates}), key=luck))  # numbers from 0, luckiest first"),
    ]
}

/// One question as pages show it; `announced` is the instant of the announcement.
#[must_use]
pub fn decision(d: Decision, question: &QuestionSettings, announced: Utc) -> DecisionShown {
    let word = if d.outcome.is_some() { "Elected" } else { "Prevails" };
    let most = d.rows.iter().filter_map(|r| r.votes).max().unwrap_or(0).max(1);
    let votes = d.outcome.as_ref().is_none_or(|o| o.settings.takes_totals());
    let name = |id: &CandidateId| {
        let answer = seating::number(id).and_then(|n| question.answers.get(n));
        answer.map(|a| a.name.clone()).unwrap_or_default()
    };
    let ranks = |totals: &[Total]| -> Vec<RankShown> {
        let one = |t: &Total| RankShown {
            rank: t.rank,
            name: name(&t.candidate),
            total: t.total.map(|n| n.to_string()).unwrap_or_default(),
        };
        totals.iter().map(one).collect()
    };
    let seats = d.allocation.as_ref().map(|a| seats(a, question, announced, &name)).unwrap_or_default();
    DecisionShown {
        headline: d.headline,
        title: d.title,
        has_votes: d.rows.iter().any(|r| r.votes.is_some()),
        unit: if votes { "Votes" } else { "Points" },
        seats,
        before: d.allocation.as_ref().map(|a| ranks(&a.before_exclusions)).unwrap_or_default(),
        after: d.allocation.as_ref().map(|a| ranks(&a.after_exclusions)).unwrap_or_default(),
        limit: seating::limit_words(question).unwrap_or_default(),
        runoffs: d.outcome.as_ref().map(runoffs).unwrap_or_default(),
        rows: d
            .rows
            .into_iter()
            .map(|r| RowShown {
                name: r.name,
                votes: r.votes.map(|v| v.to_string()).unwrap_or_default(),
                outcome: if r.won { word } else { "" },
                width: r.votes.unwrap_or(0) * 1000 / most,
            })
            .collect(),
        steps: d.steps,
    }
}

fn seats(
    allocation: &Allocation,
    question: &QuestionSettings,
    announced: Utc,
    name: &dyn Fn(&CandidateId) -> String,
) -> Vec<SeatShown> {
    let Some(seating) = &question.seating else { return Vec::new() };
    let from = publish::first_day(seating, announced);
    let one = |seat: &folkmoot_governance::seats::Seat| SeatShown {
        place: seat.place,
        name: name(&seat.candidate),
        cohort: seat.cohort.clone().unwrap_or_default(),
        term: match publish::days_of(seat, from) {
            (from, Some(last)) => format!("{from} to {last}"),
            (from, None) => format!("from {from}, until the next election"),
        },
    };
    allocation.seats.iter().map(one).collect()
}

fn runoffs(outcome: &folkmoot_counting::Outcome) -> Vec<RunoffShown> {
    if !matches!(outcome.detail, Detail::Totals(_)) {
        return Vec::new();
    }
    let name = |i: usize| outcome.candidates.get(i).cloned().unwrap_or_default();
    let rounds = outcome.rounds.iter().enumerate();
    rounds
        .filter_map(|(i, round)| {
            let runoff = round.runoff?;
            let [a, b] = runoff.finalists;
            let [for_a, for_b] = runoff.preferred;
            Some(RunoffShown {
                round: i + 1,
                first: (name(a), for_a),
                second: (name(b), for_b),
                equal: runoff.equal,
            })
        })
        .collect()
}
