//! Which elections the demonstration has.

use folkmoot_counting::Method;
use folkmoot_governance::quorum::QuorumPolicy;
use folkmoot_governance::seats::{Affiliation, SeatGroup};
use folkmoot_governance::term::TermPolicy;
use folkmoot_governance::threshold::Threshold;
use folkmoot_governance::{Fraction, preset};

use crate::elections::settings::{AnswerSettings, ElectionSettings, QuestionKind, QuestionSettings, Seating};

/// How far an election is brought.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    /// Dates are known.
    Announced,
    /// Voting is open.
    Open,
    /// Voting has ended, the trustee's turn.
    AwaitingTrustee,
    /// The result is announced.
    Published,
}

/// One invented election.
pub(super) struct Plan {
    pub(super) slug: &'static str,
    pub(super) title: &'static str,
    pub(super) end: End,
    /// Opening and closing, in hours from the start of the demonstration. Those that end earlier are closed when their
    /// ballots are in.
    pub(super) hours: (i64, i64),
    pub(super) roll: usize,
    pub(super) ballots: usize,
    /// How many trustees, and how many of them are enough; 0 where all are needed.
    pub(super) trustees: (usize, usize),
    description: &'static str,
    question: fn() -> QuestionSettings,
}

/// Anybody can download the one key there is.
const ONE: (usize, usize) = (1, 0);

impl Plan {
    pub(super) fn settings(&self) -> ElectionSettings {
        ElectionSettings {
            description: self.description.into(),
            help: "returns-officer@lanternmoor.example".into(),
            group: "Ed25519".into(),
            questions: vec![(self.question)()],
            quorum: QuorumPolicy::cast_or_void(Fraction::THIRD),
            threshold: u32::try_from(self.trustees.1).unwrap_or(0),
            least_counted: 10,
            ties: Default::default(),
            certification: None,
        }
    }
}

/// All of them; the open one first, so that a visitor can vote soon.
#[rustfmt::skip]
pub(super) fn all() -> Vec<Plan> {
    vec![
        Plan {
            slug: "board-2026", title: "Board election 2026", end: End::Open, hours: (-48, 8), roll: 160, ballots: 50, trustees: ONE,
            description: "Three seats of the board are to be filled for three years. Approve of as many candidates as you like.",
            question: board,
        },
        Plan {
            slug: "bylaws-2026", title: "Change of the bylaws: remote meetings", end: End::Published, hours: (-240, 1), roll: 120, ballots: 64, trustees: ONE,
            description: "The board proposes that meetings of members may be held by video. Two thirds of the votes cast are needed.",
            question: bylaws,
        },
        Plan {
            slug: "board-2025", title: "Board election 2025", end: End::Published, hours: (-240, 1), roll: 110, ballots: 45, trustees: (3, 2),
            description: "Three seats of the board for three years. At most a quarter of the board may share an employer.",
            question: earlier_board,
        },
        Plan {
            slug: "council-2026", title: "Steering council 2026", end: End::AwaitingTrustee, hours: (-240, 1), roll: 60, ballots: 30, trustees: ONE,
            description: "Five members of the steering council, elected by scores.",
            question: council,
        },
        Plan {
            slug: "board-2027", title: "Board election 2027", end: End::Announced, hours: (8760, 9000), roll: 0, ballots: 0, trustees: ONE,
            description: "Four seats of the board will be filled. Nominations open a month before the vote.",
            question: || QuestionSettings { seats: 4, answers: Vec::new(), ..board() },
        },
    ]
}

fn answer(name: &str, summary: &str, statement: &[&str]) -> AnswerSettings {
    AnswerSettings {
        name: name.into(),
        summary: summary.into(),
        statement: statement.iter().map(|p| (*p).to_owned()).collect(),
        withdrawn: false,
        ..Default::default()
    }
}

#[rustfmt::skip]
fn board() -> QuestionSettings {
    QuestionSettings {
        title: "Who should sit on the board?".into(),
        kind: QuestionKind::Approval { min: 0, max: 7, blank: false },
        seats: 3,
        seating: None,
        answers: vec![
            answer("Adaeze Nwosu", "Treasurer of a regional group, for open books",
                &["I have kept the books of our regional group for six years. Members should see every quarter where their dues go.",
                  "I will publish a budget that fits on one page."]),
            answer("Björn Åkesson", "Organiser of meetings, for small grants",
                &["Small grants made my first meeting possible. I want twice as many of them, decided within two weeks."]),
            answer("Carmen Ibáñez", "Teacher, for beginners and translations",
                &["Most of the world does not read English. I want the first hour with our software to be good in ten languages."]),
            answer("Đặng Thu Hà", "Maintainer, for the people who keep things running",
                &["Infrastructure is work. I want it paid, and I want the people behind it to be able to take leave."]),
            answer("Edwin Mwangi", "Lawyer, for clear rules",
                &["Rules that nobody can read protect nobody. I will rewrite ours with you, section by section."]),
            answer("فاطمة الزهراء بنعلي", "Researcher, for an open archive",
                &["Our decisions are scattered. I want one archive that anybody can search and cite."]),
            answer("Gintarė", "Student, for a seat at the table",
                &["A third of our members are under thirty and none of the board is. I would like to change that."]),
        ],
    }
}

/// Seats for three years, a limit on common employers, everything from the roll to the recount kit.
fn earlier_board() -> QuestionSettings {
    let candidate = |name: &str, employer: &str| AnswerSettings {
        affiliations: vec![Affiliation::employee(employer)],
        ..answer(name, &format!("Works at {employer}"), &[])
    };
    QuestionSettings {
        title: "Who should sit on the board?".into(),
        kind: QuestionKind::Approval { min: 0, max: 6, blank: false },
        seats: 3,
        seating: Some(Seating {
            body_size: 7,
            groups: vec![SeatGroup { cohort: Some("A".into()), seats: 3, term: TermPolicy::Years(3) }],
            co_affiliation: Some(preset::board_co_affiliation()),
            ..Default::default()
        }),
        answers: vec![
            candidate("Amina Diallo", "Lanternworks"),
            candidate("Bruno Keller", "Lanternworks"),
            candidate("Célia Matos", "a university"),
            candidate("Dmytro Hnatiuk", "a library"),
            candidate("Eun-ji Han", "Moorland Data"),
            candidate("Fabian Roth", "a hospital"),
        ],
    }
}

fn bylaws() -> QuestionSettings {
    QuestionSettings {
        title: "Shall meetings of members be allowed by video?".into(),
        kind: QuestionKind::YesNoAbstain { threshold: Threshold::TWO_THIRDS },
        seats: 1,
        seating: None,
        answers: vec![answer("Yes", "", &[]), answer("No", "", &[]), answer("Abstain", "", &[])],
    }
}

fn council() -> QuestionSettings {
    let names =
        ["Iris Falk", "Jamal Osei", "Keiko Arai", "Lucía Prado", "Mikkel Dam", "Nadia Haddad", "Oren Levi"];
    QuestionSettings {
        title: "Who should sit on the steering council?".into(),
        kind: QuestionKind::Scores { method: Method::Star { max_score: 5, star_ties: Default::default() } },
        seats: 5,
        seating: None,
        answers: names.iter().map(|n| answer(n, "", &[])).collect(),
    }
}
