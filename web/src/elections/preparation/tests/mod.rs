//! An officer prepares an election alone, from the draft to the announced result, through HTTP.

mod bindings;
mod codes;
mod extended;
mod office;
mod receipts;
mod secrets;
mod story11;
mod waiver;

use folkmoot_ballot::credential::Credential;
use folkmoot_ballot::group::{Ed25519, Group};
use folkmoot_store::accounts::Role;
use serde_json::Value;

use self::office::{Office, STAFF};
use super::plan::RollStage;
use crate::elections::trustees::tests::player::rng;
use crate::testing::TestPerson;

#[actix_web::test]
async fn an_officer_takes_an_election_from_a_draft_to_its_result() {
    let office = Office::new(12).await;
    let mut zoe = office.ready().await;
    let visitor = office.app.visitor();
    assert_eq!(office.election().state, "rehearsed", "the clock opens it, not the agreement");
    let sent = |office: &Office| {
        office
            .app
            .mails()
            .into_iter()
            .filter(|m| m.message == "voting_code" && m.state.as_str() == "sent")
            .count()
    };
    assert_eq!(sent(&office), 0, "codes go out when voting opens");
    let codes = office.codes();
    office.advance_to("2026-06-20T13:59:59Z");
    office.advance();
    assert_eq!(office.election().state, "rehearsed");
    office.advance_to("2026-06-20T14:00:00Z");
    office.advance();
    assert_eq!(office.election().state, "open");
    visitor.get("/elections/board").await.expect(200).says("0 of 12 have voted; 4 are needed");

    assert_eq!(sent(&office), 12);
    for (i, code) in codes.iter().take(11).enumerate() {
        let (status, answer) = office.vote(i, code, &[1, u8::from(i % 2 == 0), 0]).await;
        assert_eq!(status, 200, "{answer}");
    }
    office.advance_to("2026-07-05T11:59:59Z");
    office.advance();
    assert_eq!(office.election().state, "open", "the announced end of the day, Anywhere on Earth");
    office.advance_to("2026-07-05T12:00:00Z");
    office.advance();
    assert_eq!(office.election().state, "quorum_ok");
    zoe = zoe.again(&office.app, &office.zoe);
    zoe.act("rehearse").await;
    zoe.act("decrypt").await;
    office.advance();
    assert_eq!(office.election().state, "allocated", "announced before its instant");
    office.advance_to("2026-07-06T12:00:00Z");
    office.advance();
    visitor.get("/elections/board").await.expect(200).says("Ana and Bo are elected.");
    office.app.work();
    let acts = office.app.audited();
    for act in [
        "election.create",
        "election.announce",
        "election.freeze_roll",
        "election.rehearsed",
        "election.open",
    ] {
        assert!(acts.contains(&act.to_owned()), "{act} is not in the audit log");
    }
}

#[actix_web::test]
async fn codes_follow_an_opening_that_is_moved_and_the_roll_is_told() {
    let office = Office::new(3).await;
    office.ready().await;
    let later = [
        ("milestone", "voting_open"),
        ("date-amended", "2026-06-22"),
        ("time-amended", "14:00"),
        ("zone-amended", "UTC"),
        ("reason", "The hall is flooded"),
    ];
    office.does("timeline/amend", &later).await;
    office.agree().await;
    office.app.work();
    let to = &office.voters[0].email;
    let told = office.app.mails().into_iter().find(|m| m.message == "election_notice" && m.recipient == *to);
    let told = told.expect("nobody is told");
    for words in ["An announced date is moved", "The hall is flooded", "22 June 2026", "20 June 2026"] {
        assert!(told.body_text.contains(words), "{words}: {}", told.body_text);
    }
    let codes = |office: &Office| {
        let mails = office.app.mails();
        mails.iter().filter(|m| m.message == "voting_code" && m.state.as_str() == "sent").count()
    };
    for (at, sent) in [("2026-06-20T14:00:00Z", 0), ("2026-06-22T13:59:59Z", 0), ("2026-06-22T14:00:00Z", 3)]
    {
        office.advance_to(at);
        office.advance();
        assert_eq!(codes(&office), sent, "{at}");
        assert_eq!(office.election().state, if sent == 0 { "rehearsed" } else { "open" }, "{at}");
    }
    office.app.work();
}

#[actix_web::test]
async fn impossible_elections_are_refused_where_they_arise() {
    let office = Office::new(3).await;
    office.draft().await;
    office.refused("announce", &[], "The quorum rule is not set").await;
    office.refused("announce", &[], "The number of seats is not set").await;
    office.question("").await.expect(422).says("Enter how many are elected");
    office.question("3").await.expect(422).says("3 answers for 3 seats leave nothing to decide");
    office.question("2").await.expect(200).says("2 seats");
    office
        .refused(
            "questions/1",
            &[("title", "Who?"), ("seats", "1"), ("name-1", "Rita"), ("name-2", "Bo")],
            "Rita is returns officer",
        )
        .await;
    let twice = [("title", "Who?"), ("seats", "1"), ("name-1", "Bo"), ("name-2", "Bo"), ("name-3", "Cy")];
    office.refused("questions/1", &twice, "Two answers have the same name").await;
    let account = [
        ("title", "Who?"),
        ("seats", "1"),
        ("name-1", "Riet"),
        ("account-1", office.rita.email.as_str()),
        ("name-2", "Bo"),
    ];
    office.refused("questions/1", &account, "cannot stand").await;

    office.does("questions", &[("kind", "ranking")]).await;
    let mut many: Vec<(String, String)> =
        (1..=31).map(|i| (format!("name-{i}"), format!("Text {i}"))).collect();
    many.extend(
        [("title", "Order"), ("seats", "1"), ("method", "schulze")]
            .map(|(n, v)| (n.to_owned(), v.to_owned())),
    );
    let fields: Vec<(&str, &str)> = many.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    office.refused("questions/2", &fields, "31 answers are too many to rank").await;
    let irv = [
        ("title", "Order"),
        ("seats", "2"),
        ("method", "irv"),
        ("name-1", "A"),
        ("name-2", "B"),
        ("name-3", "C"),
    ];
    office.refused("questions/2", &irv, "fills one seat only").await;
    office.refused("announce", &[], "Question 2: it has no text").await;
    office.does("questions/2/remove", &[]).await;

    let wrong = [
        ("date-voting_open", "2026-06-20"),
        ("time-voting_open", "14:00"),
        ("zone-voting_open", "UTC"),
        ("date-voting_close", "2026-06-20"),
        ("time-voting_close", "13:00"),
        ("zone-voting_close", "UTC"),
        ("date-notice", ""),
        ("date-record_date", "2026-06-10"),
        ("time-record_date", "25:00"),
        ("zone-record_date", "Mars"),
    ];
    let answer = office.officer().post(&format!("{STAFF}/timeline"), &wrong).await.expect(422);
    answer.says("close of voting must come after").says("Enter a time such as 14:00").says("is not a zone");
    let skipped = [
        ("date-voting_open", "2026-03-29"),
        ("time-voting_open", "02:30"),
        ("zone-voting_open", "Europe/Berlin"),
    ];
    office.refused("timeline", &skipped, "does not exist in Europe/Berlin").await;

    office.timeline().await;
    office.rules().await;
    office.does("timeline/let-stand", &[("number", "0"), ("reason", "Agreed")]).await;
    office.does("announce", &[]).await;
    office.refused("questions/1/remove", &[], "what was announced stays").await;
    let amend = |date: &'static str| {
        [
            ("milestone", "voting_close"),
            ("date-amended", date),
            ("time-amended", "12:00"),
            ("zone-amended", "UTC"),
            ("reason", "Mail was down"),
        ]
    };
    office.refused("timeline/amend", &amend("2026-07-05"), "was announced for").await;
    office.does("timeline/amend", &amend("2026-07-06")).await;
    let before = office.election().closes_at;
    office.agree().await;
    assert!(office.election().closes_at > before);
    let visitor = office.app.visitor();
    visitor
        .get("/elections/board/rules")
        .await
        .expect(200)
        .says("Moved because: Mail was down")
        .says("Bylaws, 3.9");
    let file = visitor.get("/elections/board/schedule.ics").await.expect(200).body;
    assert!(file.contains("DTSTART:20260706T120000Z"), "{file}");
    office.app.work();
}

#[actix_web::test]
async fn rankings_by_which_a_ballot_could_be_known_again_are_warned_of() {
    let office = Office::new(3).await;
    office.draft().await;
    let officer = office.officer();
    officer.get(&format!("{STAFF}/questions")).await.expect(200);
    officer.submit(&format!("{STAFF}/questions"), &[("kind", "ranking")]).await.expect(200);
    let path = format!("{STAFF}/questions/2");
    let mut fields = vec![
        ("title", "Which name?"),
        ("seats", "1"),
        ("method", "schulze"),
        ("ranks", "31"),
        ("name-1", "Moor"),
        ("name-2", "Fen"),
        ("name-3", "Heath"),
    ];
    officer.post(&path, &fields).await.expect(422).says("Enter a number from 1 to 30, or nothing.");
    fields[3].1 = "";
    officer.submit(&path, &fields).await.expect(200);
    let list = || async { officer.get(&format!("{STAFF}/questions")).await.expect(200) };
    let words = "This question can be answered in 16 ways. With fewer than 160 voters, somebody could ask";
    list().await.says(words).says("Let fewer ranks count");
    fields[3].1 = "1";
    officer.submit(&path, &fields).await.expect(200);
    list().await.says("in 4 ways. With fewer than 40 voters").says("Choose one; one is elected.");
}

#[actix_web::test]
async fn a_roll_is_checked_corrected_and_frozen() {
    let office = Office::new(3).await;
    office.announced().await;
    let (one, sam) = (&office.voters[0], &office.sam);
    office.refused("roll/make", &[], "still to come").await;
    office.app.signed_in(one).get("/elections/board/roll").await.expect(200).says("you would be on it");
    office.advance_to("2026-06-11T12:00:00Z");
    office.does("roll/make", &[]).await.says("Member of Core team on 11 June 2026").says("Made, not public");
    office.app.visitor().get("/elections/board/roll").await.expect(200).says("not published yet");
    office.refused("roll/freeze", &[], "Publish count and hash first").await;
    office.does("roll/publish", &[]).await;
    office.refused("roll/make", &[], "by corrections only").await;
    office
        .app
        .visitor()
        .get("/elections/board/roll")
        .await
        .expect(200)
        .says("Entries 3")
        .says("Sign in to see");
    office.app.signed_in(one).get("/elections/board/roll").await.expect(200).says("You are on the roll");
    let stranger = office.app.signed_in(&office.zoe);
    stranger.get("/elections/board/roll").await.expect(200).says("You are not on the roll");
    stranger
        .submit("/elections/board/roll", &[("message", "I joined in May.")])
        .await
        .expect(200)
        .says("Not answered yet");
    office.refused("roll/freeze", &[], "Objections without an answer: 1").await;
    let zoe = office.zoe.email.clone();
    fn correct<'a>(email: &'a str, what: &'a str) -> [(&'a str, &'a str); 3] {
        [("email", email), ("what", what), ("reason", "Joined in May")]
    }
    let fields = correct(&zoe, "add");
    office.does("roll/correct", &fields).await;
    assert_eq!(office.count(), 3, "one officer is not two");
    office.agree().await;
    assert_eq!(office.count(), 4);
    office.refused("roll/correct", &fields, "on the roll already").await;
    let answer = [("objection", "1"), ("answer", "You are on it now.")];
    office.does("roll/answer", &answer).await.says("Answer: You are on it now.");
    stranger
        .get("/elections/board/roll")
        .await
        .expect(200)
        .says("Correction: Joined in May")
        .says("Entries 4");
    office.does("roll/freeze", &[]).await;
    office.agree().await;
    assert!(matches!(office.plan().roll, RollStage::Frozen(_)));
    stranger
        .post("/elections/board/roll", &[("message", "Again")])
        .await
        .expect(409)
        .says("The roll is frozen");
    let fields = correct(&zoe, "remove");
    office.does("roll/correct", &fields).await;
    office.agree().await;
    assert_eq!(office.count(), 3);
    office.refused("trustees/add", &[("email", &sam.email)], "edits the roll cannot be a trustee").await;
    office.opened().await;
    let fields = correct(&zoe, "add");
    office.refused("roll/correct", &fields, "Nobody can be added or taken off any more").await;
    assert_eq!(office.election().state, "rehearsed");
    office.app.work();
}

#[actix_web::test]
async fn codes_made_elsewhere_work_and_only_their_public_halves_are_known() {
    let office = Office::new(3).await;
    office.rolled().await;
    office.does("registrar", &[("registrar", "external")]).await.says("0 of 3 public codes");
    let reg = office.app.person("Reg");
    office.app.grant(&reg, Role::Registrar);
    let registrar = office.app.signed_in(&reg);
    let path = |page: &str| format!("{STAFF}/registrar{page}");
    office.officer().get(&path("/entries.json")).await.expect(403);
    registrar.get(&path("/generate")).await.expect(200).says("Make the voting codes");
    let document: Value = serde_json::from_str(&registrar.get(&path("/entries.json")).await.body).unwrap();
    let text = document.to_string();
    assert!(!text.contains("Voter") && !text.contains("@"), "pseudonyms only: {text}");
    registrar.get(&path("")).await.expect(200).says("Download the roll");
    let roll = registrar.post(&path("/roll.csv"), &[]).await.expect(200).body;
    assert!(roll.contains("\"Voter 1\",\"voter.1@people.test\""), "{roll}");

    let uuid = document["uuid"].as_str().unwrap();
    let entries: Vec<&str> =
        document["entries"].as_array().unwrap().iter().map(|e| e.as_str().unwrap()).collect();
    let codes: Vec<Credential> = entries.iter().map(|_| Credential::generate(&mut rng())).collect();
    let public = |c: &Credential| <Ed25519 as Group>::encode(&c.public::<Ed25519>(uuid));
    let lines: Vec<String> = entries.iter().zip(&codes).map(|(e, c)| format!("{e},{}", public(c))).collect();
    let list = |lines: &[String]| lines.join("\n");
    for (wrong, words) in [
        (list(&lines[1..]), "2 codes for 3 entries"),
        (list(&[lines.clone(), vec![lines[0].clone()]].concat()), "comes twice"),
        (
            list(&[lines[..2].to_vec(), vec![format!("{},{}", entries[2], public(&codes[0]))]].concat()),
            "earlier line",
        ),
        (
            list(&[lines[..2].to_vec(), vec![format!("stranger,{}", public(&codes[2]))]].concat()),
            "no entry stranger",
        ),
        (
            list(&[lines[..2].to_vec(), vec![format!("{},{}", entries[2], "0".repeat(64))]].concat()),
            "no public code",
        ),
    ] {
        registrar.post(&path("/codes"), &[("list", &wrong)]).await.expect(422).says(words);
    }
    office.refused("rehearsal/finish", &[], "has not confirmed the credentials").await;
    registrar
        .submit(&path("/codes"), &[("list", &list(&lines))])
        .await
        .expect(200)
        .says("3 of 3 public codes");
    office
        .refused(
            "roll/correct",
            &[("email", &office.zoe.email), ("what", "add"), ("reason", "x")],
            "handed over",
        )
        .await;
    office.opened().await;
    assert_eq!(
        office.app.mails().iter().filter(|m| m.message == "voting_code").count(),
        0,
        "the registrar sends them"
    );
    registrar.post(&path("/take-back"), &[]).await.expect(409).says("cannot change any more");
    office.advance_to("2026-06-20T14:00:00Z");
    office.advance();
    let code_of = |voter: &TestPerson| {
        let line = roll.lines().find(|l| l.contains(&voter.email)).unwrap();
        let at = entries.iter().position(|e| line.starts_with(e)).unwrap();
        codes[at].as_str().to_owned()
    };
    let code = code_of(&office.voters[1]);
    assert_eq!(office.vote(1, &code, &[1, 0, 0]).await.0, 200);
    let (status, answer) = office.vote(0, &code, &[1, 0, 0]).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (403, Some("credential")), "bound to the account");
    office.app.work();
}
