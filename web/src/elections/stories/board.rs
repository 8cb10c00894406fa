//! Story 1: a board election by approval with a quorum; its void variant; story 12: a lost key and a full audit.

use folkmoot_ballot::group::{Belenios2048, Ed25519, Group};
use folkmoot_governance::Fraction;
use folkmoot_governance::quorum::QuorumPolicy;
use folkmoot_governance::seats::SeatGroup;
use folkmoot_governance::term::TermPolicy;
use folkmoot_store::bodies::{self, BodyFacts, BodyKind};
use serde_json::{Value, json};

use super::stage::{Stage, Times, question, settings};
use super::{ballots, marks};
use crate::elections::settings::{AnswerSettings, ElectionSettings, QuestionKind, Seating};
use crate::error::AppError;
use crate::testing::TestApp;

/// The sizes of a run.
struct Size {
    roll: usize,
    needed: usize,
    cast: usize,
    turnout: &'static str,
}

const WHOLE: Size = Size { roll: 1459, needed: 487, cast: 578, turnout: "39.6%" };
/// The same shares on a roll that a debug build manages in a finite field.
const SMALL: Size = Size { roll: 59, needed: 20, cast: 23, turnout: "39.0%" };

const TIMES: Times = Times {
    opens: "2022-06-20T12:00:00Z",
    closes: "2022-07-01T12:00:00Z",
    publishes: "2022-07-04T12:00:00Z",
};

/// Four seats for three years, 26 candidates with accounts.
fn board<G: Group>(app: &TestApp) -> ElectionSettings {
    let now = app.app.now();
    let facts = BodyFacts {
        slug: "board",
        name: "Board",
        kind: BodyKind::Board,
        description: "Directs.",
        is_public: true,
    };
    app.app.store().write(|c| Ok::<_, AppError>(bodies::add(c, &facts, now)?)).unwrap();
    let candidate = |n: u8| {
        let person = app.person(&format!("Candidate {}", char::from(b'A' + n)));
        AnswerSettings { name: person.name, person: person.public_id.to_string(), ..Default::default() }
    };
    let kind = QuestionKind::Approval { min: 0, max: 26, blank: false };
    let mut board = question("Board", kind, 4, (0..26).map(candidate).collect());
    board.seating = Some(Seating {
        body: "board".into(),
        body_size: 11,
        groups: vec![SeatGroup { cohort: None, seats: 4, term: TermPolicy::Years(3) }],
        terms_from: Some("2022-07-20".parse().unwrap()),
        ..Default::default()
    });
    let quorum = QuorumPolicy::cast_or_void(Fraction::THIRD);
    ElectionSettings { quorum, ..settings::<G>(board) }
}

/// Different totals for everybody, the best in the middle of the list: L, M, N, O.
fn totals(cast: usize) -> Vec<usize> {
    let order = |c: usize| (c + 26 - 11) % 26;
    (0..26).map(|c| cast * 4 / 5 - order(c).min(cast / 2)).collect()
}

async fn cast<G: Group>(stage: &Stage<G>, size: &Size) {
    let all = ballots(0, marks(&totals(size.cast), size.cast));
    let (roll, needed, before) = (size.roll, size.needed, size.needed - 1);
    stage.vote(&all[..before]).await;
    let text = stage.page("").await;
    let words = format!("{before} of {roll} have voted; {needed} are needed for the quorum");
    assert!(text.contains(&words) && !text.contains("which is reached"), "{text}");
    stage.vote(&all[before..needed]).await;
    stage
        .says(&format!("{needed} of {roll} have voted; {needed} are needed for the quorum, which is reached"))
        .await;
    stage.vote(&all[needed..]).await;
}

async fn story<G: Group>(size: Size, reference: bool) {
    let stage = Stage::<G>::named(size.roll, TIMES, board::<G>).await;
    let players = stage.open().await;
    cast(&stage, &size).await;
    stage.at("2022-07-01T11:59:59.999Z");
    stage.step();
    assert_eq!(stage.now().state, "open", "never before the announced instant");
    stage.at(TIMES.closes);
    stage.step();
    assert_eq!(stage.now().state, "quorum_ok");
    let (outcome, certificate) = stage.certificate();
    assert_eq!(outcome, "met");
    let facts = format!("roll {}\nneeded {}\ncast {}\nquorum met\n", size.roll, size.needed, size.cast);
    assert!(certificate.contains(&facts), "{certificate}");
    stage.count(players, &[0, 2], false).await;
    assert_eq!(stage.status_of("/results.json").await, 404, "nothing before the announcement");
    assert_eq!(stage.now().state, "allocated");

    stage.at(TIMES.publishes);
    stage.step();
    stage.says("Candidate L, Candidate M, Candidate N and Candidate O are elected.").await;
    stage.says("2022-07-20 to 2025-07-19").await;
    let announcement = String::from_utf8(stage.download("/announcement.txt").await).unwrap();
    assert!(announcement.contains(&format!("({})", size.turnout)), "{announcement}");
    let result: Value = serde_json::from_slice(&stage.download("/results.json").await).unwrap();
    assert_eq!(result["result"], json!([totals(size.cast)]));
    let report = stage.verified(reference).await;
    assert_eq!(report.result.unwrap().value_json(), serde_json::to_string(&[totals(size.cast)]).unwrap());
    assert!(stage.recount().await.contains("The result is the one announced."));
    let seats = stage.app.visitor().get("/bodies/board").await.expect(200).text();
    assert!(seats.contains("Candidate L") && seats.contains("Candidate O"), "{seats}");
    stage.app.work();
}

#[actix_web::test]
async fn board_2022_small_in_a_finite_field() {
    story::<Belenios2048>(SMALL, true).await;
}

#[actix_web::test]
#[ignore = "whole size; ops/full runs it"]
async fn board_2022_whole() {
    story::<Ed25519>(WHOLE, false).await;
}

#[actix_web::test]
#[ignore = "whole size; ops/full runs it"]
async fn board_2022_whole_in_a_finite_field() {
    story::<Belenios2048>(WHOLE, false).await;
}

async fn void<G: Group>(size: Size) {
    let stage = Stage::<G>::named(size.roll, TIMES, board::<G>).await;
    let players = stage.open().await;
    let few = size.needed - 1;
    stage.vote(&ballots(0, marks(&totals(size.cast), size.cast))[..few]).await;
    stage.at(TIMES.closes);
    stage.step();
    assert_eq!(stage.now().state, "void");
    let words = format!(
        "The quorum was not reached: {few} of {} on the roll voted, {} were needed. The election is void",
        size.roll, size.needed
    );
    stage.says(&words).await;
    for player in stage.again(players) {
        assert_eq!(player.step().await, "done", "trustee pages stay locked");
        player.refused("decrypt", json!({ "partial_decryption": "{}" }), 409, "not your turn").await;
    }
    stage.at("2022-08-01T00:00:00Z");
    stage.step();
    assert_eq!((stage.now().state.as_str(), stage.events("EncryptedTally")), ("void", 0), "no tally exists");
    assert_eq!(stage.certificate().0, "void");
    assert_eq!(stage.status_of("/results.json").await, 404);
    stage.verified(false).await;
    stage.app.work();
}

#[actix_web::test]
async fn below_the_quorum_nothing_is_ever_opened() {
    void::<Ed25519>(SMALL).await;
}

#[actix_web::test]
#[ignore = "whole size; ops/full runs it"]
async fn below_the_quorum_nothing_is_ever_opened_whole() {
    void::<Ed25519>(WHOLE).await;
}

#[actix_web::test]
async fn a_lost_key_does_not_stop_the_count_and_outsiders_can_repeat_all_of_it() {
    let size = Size { roll: 12, needed: 4, cast: 5, turnout: "41.7%" };
    let stage = Stage::<Belenios2048>::named(size.roll, TIMES, board::<Belenios2048>).await;
    let players = stage.open().await;
    let totals: Vec<usize> = (0..26).map(|c: usize| 5 - ((c + 26 - 11) % 26).min(5)).collect();
    stage.vote(&ballots(0, marks(&totals, size.cast))).await;
    // A week before the close, whoever runs the vote reads that the keys are not checked.
    stage.at("2022-06-24T12:00:01Z");
    let officer = stage.app.signed_in(&stage.officer);
    officer.get("/").await.expect(200).says("Trustees have not checked their keys: The vote");
    stage.at(TIMES.closes);
    stage.step();
    assert_eq!(stage.now().state, "quorum_ok", "a missing key check never stops the close");
    let mut players = stage.again(players);
    let early = json!({ "partial_decryption": "{}" });
    players[0].refused("decrypt", early, 409, "not your turn").await;
    assert_eq!(players[0].act("rehearse").await, "wait", "one key is not enough to begin");

    let officer = stage.app.signed_in(&stage.officer);
    officer.get("/staff/elections/vote/trustees").await.expect(200);
    let missing = officer.post("/staff/elections/vote/trustees/missing", &[("position", "2")]).await;
    assert_eq!(missing.status, 303);
    assert_eq!(players[2].act("rehearse").await, "decrypt");
    players[0].act("decrypt").await;
    assert_eq!(players[2].act("decrypt").await, "done");
    stage.at(TIMES.publishes);
    stage.step();
    stage.says("Ada and Zoe").await;
    let report = stage.verified(true).await;
    assert!(report.result.is_some());
    assert!(stage.recount().await.contains("as announced"));
    stage.app.work();
}
