//! Voting codes that were lost: sent again by their voters and by officers, within limits, while voting is open.

use chrono::TimeDelta;
use folkmoot_store::accounts::{self, Role};
use folkmoot_store::audit;
use folkmoot_store::diesel::{self, RunQueryDsl};
use folkmoot_store::elections::sealed_codes;
use folkmoot_store::mails::{self, Mail, SuppressionReason};

use super::office::{Office, STAFF};
use crate::elections::EraseCodes;
use crate::elections::preparation::plan::{CodeKeeping, Plan, Prepared, Registrar};
use crate::error::AppError;
use crate::jobs::Job;
use crate::testing::TestPerson;

const PAGE: &str = "/elections/board";
const ASK: &str = "/elections/board/code";

/// An election that is open, with the codes that went out.
async fn open(voters: usize) -> (Office, Vec<String>) {
    let office = Office::new(voters).await;
    office.ready().await;
    let codes = office.codes();
    begin(&office);
    (office, codes)
}

fn begin(office: &Office) {
    office.advance_to("2026-06-20T14:00:00Z");
    office.advance();
    assert_eq!(office.election().state, "open");
    office.app.work();
}

/// Mails that wait to be sent, as the database holds them.
fn waiting(office: &Office) -> Vec<Mail> {
    let all = office.app.app.store().read(|c| Ok::<_, AppError>(mails::latest(c, 1000)?)).unwrap();
    all.into_iter().filter(|m| m.state == mails::MailState::Queued).collect()
}

fn readable(office: &Office, mail: &Mail) -> String {
    crate::mail::sealed::opened(&office.app.app, mail.clone()).unwrap().body_text
}

fn kept(office: &Office) -> i64 {
    let id = office.election().id;
    office.app.app.store().read(|c| Ok::<_, AppError>(sealed_codes::count(c, id)?)).unwrap()
}

async fn ask(office: &Office, person: &TestPerson) -> crate::testing::Shown {
    let browser = office.app.signed_in(person);
    browser.get(PAGE).await.expect(200);
    browser.submit(ASK, &[]).await
}

/// The person confirms another address and uses it from now on.
fn moves_to(office: &Office, person: &TestPerson, address: &str, removes_old: bool) {
    let now = office.app.app.now();
    let change = |c: &mut folkmoot_store::Conn| {
        let old = accounts::addresses_of(c, person.id)?;
        let id = accounts::add_address(c, person.id, address, Some(now), now)?;
        accounts::make_primary(c, person.id, id)?;
        for one in old.iter().filter(|_| removes_old) {
            accounts::remove_address(c, person.id, one.id)?;
        }
        Ok::<_, AppError>(())
    };
    office.app.app.store().write(change).unwrap();
}

#[actix_web::test]
async fn a_lost_code_is_sent_again_to_the_address_that_got_it_first() {
    let office = Office::new(3).await;
    office.ready().await;
    let codes = office.codes();
    let (one, two, three) = (&office.voters[0], &office.voters[1], &office.voters[2]);
    ask(&office, one).await.expect(409).says("Voting is not open yet");
    begin(&office);
    let raw = office.app.app.store().read(|c| {
        let id = office.election().id;
        let entry = folkmoot_store::elections::roll::of_person(c, id, one.id)?.unwrap();
        Ok::<_, AppError>(sealed_codes::of_entry(c, id, entry.id)?)
    });
    let raw = raw.unwrap().unwrap();
    assert!(!codes.iter().any(|c| raw.contains(c.as_str())), "kept in clear: {raw}");

    let browser = office.app.signed_in(one);
    let page = browser.get(PAGE).await.expect(200).says("It can be sent again").says(&one.email);
    assert!(!page.body.contains(&codes[0]));
    let booth = browser.get("/elections/board/booth.json").await.expect(200);
    assert!(booth.body.contains("\"lost_code\":\"/elections/board#code\""), "{}", booth.body);
    let answer = ask(&office, one).await.expect(200).says("on its way");
    assert!(!answer.body.contains(&codes[0]), "the page shows the code");
    let mail = waiting(&office).remove(0);
    assert!(mail.body_text.starts_with("sealed:"), "{}", mail.body_text);
    assert_eq!((mail.message.as_str(), mail.recipient.as_str()), ("voting_code", one.email.as_str()));
    assert!(readable(&office, &mail).contains(&format!("/elections/board/vote#c={}", codes[0])));
    assert!(mail.is_secret, "the body is removed when it is sent");
    office.app.work();
    assert!(office.app.audited().contains(&"election.code_asked".to_owned()));
    office
        .officer()
        .get(&format!("{STAFF}/deliveries"))
        .await
        .expect(200)
        .says("voting code: sent; voting code, asked for: sent");

    for _ in 0..2 {
        ask(&office, one).await.expect(200).says("on its way");
    }
    ask(&office, one).await.expect(409).says("sent again 3 times within a day");
    office.app.advance(TimeDelta::hours(24));
    ask(&office, one).await.expect(200).says("on its way");
    office.app.work();

    // Another address that mail goes to now changes nothing while the first one is confirmed still.
    moves_to(&office, two, "two.new@people.test", false);
    ask(&office, two).await.expect(200).says("on its way");
    assert_eq!(waiting(&office).remove(0).recipient, two.email);
    office.app.work();
    moves_to(&office, three, "three.new@people.test", true);
    let words = "only to the address that got it first";
    ask(&office, three).await.expect(409).says(words).says("rita@people.test");
    let page = office.app.signed_in(three).get(PAGE).await.expect(200).says(words);
    assert!(!page.body.contains("action=\"/elections/board/code\""), "a button that cannot work");
    ask(&office, &office.zoe).await.expect(409).says("not on the roll");
    office.app.visitor().post(ASK, &[]).await.expect(303);
    assert!(waiting(&office).is_empty());

    let now = office.app.app.now();
    let bounced = |c: &mut folkmoot_store::Conn| {
        mails::suppress(c, &two.email, SuppressionReason::Bounced, "550", None, now)?;
        Ok::<_, AppError>(())
    };
    office.app.app.store().write(bounced).unwrap();
    ask(&office, two).await.expect(409).says("come back").says("rita@people.test");
}

#[actix_web::test]
async fn an_officer_sends_a_code_to_the_present_address_and_the_earlier_one_is_told() {
    let (office, codes) = open(3).await;
    let (one, two, three) = (&office.voters[0], &office.voters[1], &office.voters[2]);
    let path = |p: &TestPerson| format!("{STAFF}/codes/{}", p.public_id);
    let officer = office.officer();
    officer.get(&format!("{STAFF}/deliveries")).await.expect(200).says("Send again to Voter 1");
    moves_to(&office, one, "one.new@people.test", true);
    officer
        .get(&path(one))
        .await
        .expect(200)
        .says("voting code: sent")
        .says("It is another address than before");
    officer.submit(&path(one), &[("reason", " ")]).await.expect(422).says("Give the reason");
    assert!(waiting(&office).is_empty());
    let answer = officer.submit(&path(one), &[("reason", "Called from the number we know")]).await;
    let answer = answer.expect(200).says("The voting code is on its way");
    assert!(!answer.body.contains(&codes[0]), "the officer sees the code");
    let mails = waiting(&office);
    let to = |address: &str| mails.iter().find(|m| m.recipient == address).unwrap();
    assert_eq!(mails.len(), 2);
    assert!(to("one.new@people.test").body_text.starts_with("sealed:"));
    assert!(readable(&office, to("one.new@people.test")).contains(&codes[0]));
    let notice = to(&one.email);
    assert_eq!((notice.message.as_str(), notice.kind), ("code_elsewhere", mails::MailKind::Legal));
    assert!(notice.body_text.contains("to another address") && !notice.body_text.contains(&codes[0]));
    let filter = audit::Filter { action: Some("election.code_again".into()), ..Default::default() };
    let noted = |office: &Office| {
        let all = office.app.app.store().read(|c| Ok::<_, AppError>(audit::entries(c, &filter, 10)?));
        all.unwrap()
    };
    let entry = format!("{:?}", noted(&office).remove(0));
    assert!(entry.contains("Called from the number we know") && entry.contains(one.public_id.as_str()));
    assert!(!entry.contains(&codes[0]) && !entry.contains("people.test"), "{entry}");
    office.app.work();
    // The person cannot go on from there alone: the first address is not theirs any more.
    ask(&office, one).await.expect(409).says("only to the address that got it first");

    // Somebody whose address is the same: nobody else is told.
    officer.submit(&path(two), &[("reason", "Deleted the mail")]).await.expect(200);
    assert_eq!(waiting(&office).len(), 1);
    for _ in 0..2 {
        officer.submit(&path(two), &[("reason", "Once more")]).await.expect(200);
    }
    officer.get(&path(two)).await.expect(200).says("three times within a day");
    officer.post(&path(two), &[("reason", "Once more")]).await.expect(409).says("three times within a day");
    officer.get(&path(&office.zoe)).await.expect(200).says("not on the roll");

    let as_voter = office.app.signed_in(two);
    as_voter.get(PAGE).await.expect(200);
    as_voter.post(&path(two), &[("reason", "Mine")]).await.expect(403);
    as_voter.get(&path(two)).await.expect(403);
    office.app.grant(three, Role::SecondOfficer);
    let own = office.app.signed_in(three);
    own.get(&path(three)).await.expect(200);
    own.post(&path(three), &[("reason", "Mine")]).await.expect(403).says("Another officer");
    let nowhere = |c: &mut folkmoot_store::Conn| {
        let sql = format!("UPDATE addresses SET verified_at = NULL WHERE person_id = {}", three.id);
        folkmoot_store::on_backend!(c, c => diesel::sql_query(sql).execute(c))?;
        Ok::<_, AppError>(())
    };
    office.app.app.store().write(nowhere).unwrap();
    officer.get(&path(three)).await.expect(200).says("no confirmed address");
    assert_eq!(noted(&office).len(), 4);
    office.app.work();

    let one_mail = office.app.mails().into_iter().rfind(|m| m.message == "voting_code").unwrap();
    let staff = office.app.staff("Adam", Role::Administrator);
    let shown = staff.get(&format!("/staff/mail/{}", one_mail.public_id)).await;
    shown.expect(200).says("cannot be sent again from here");
}

#[actix_web::test]
async fn an_officer_cannot_send_a_whole_roll_anew() {
    let (office, _) = open(11).await;
    let officer = office.officer();
    officer.get(PAGE).await.expect(200);
    let mut answers = Vec::new();
    for _ in 0..3 {
        for person in &office.voters {
            let path = format!("{STAFF}/codes/{}", person.public_id);
            answers.push(officer.post(&path, &[("reason", "Everybody")]).await.status.as_u16());
        }
    }
    let sent = answers.iter().filter(|a| **a == 303).count();
    assert_eq!((sent, answers.last()), (30, Some(&429)), "{answers:?}");
    office.app.work();
}

#[actix_web::test]
async fn no_code_is_sent_after_the_announced_end_and_none_is_kept() {
    let (office, _) = open(3).await;
    let one = &office.voters[0];
    EraseCodes {}.run(&office.app.app).unwrap();
    assert_eq!(kept(&office), 3, "erased while voting is open");
    let suspend = |to: &str| {
        let id = office.election().id;
        let from = office.election().state;
        let change = |c: &mut folkmoot_store::Conn| {
            Ok::<_, AppError>(folkmoot_store::elections::change_state(c, id, &from, to)?)
        };
        assert!(office.app.app.store().write(change).unwrap());
    };
    suspend("suspended");
    ask(&office, one).await.expect(200).says("on its way");
    EraseCodes {}.run(&office.app.app).unwrap();
    assert_eq!(kept(&office), 3, "erased in a pause");
    suspend("open");
    office.app.work();
    office.advance_to("2026-07-05T12:00:00Z");
    assert_eq!(office.election().state, "open", "the job has not run yet");
    ask(&office, one).await.expect(409).says("Voting has ended");
    let path = format!("{STAFF}/codes/{}", one.public_id);
    let officer = office.officer();
    officer.get(&path).await.expect(200).says("Voting has ended");
    officer.post(&path, &[("reason", "Late")]).await.expect(409).says("Voting has ended");
    let page = officer.get(&format!("{STAFF}/deliveries")).await.expect(200);
    assert!(!page.text().contains("Send again"), "{}", page.text());
    office.advance();
    assert_eq!(office.election().state, "void");
    EraseCodes {}.run(&office.app.app).unwrap();
    assert_eq!(kept(&office), 0);
    EraseCodes {}.run(&office.app.app).unwrap();
    let erased = office.app.audited().into_iter().filter(|a| a == "election.codes_erased").count();
    assert_eq!(erased, 1, "recorded once");
    ask(&office, one).await.expect(409).says("Voting has ended");
    office.app.work();
}

#[actix_web::test]
async fn codes_are_kept_nowhere_where_the_officers_choose_so() {
    let office = Office::new(3).await;
    office.rolled().await;
    assert_eq!(office.plan().codes, CodeKeeping::UntilVotingEnds, "the usual choice");
    let fields = [("registrar", "built_in"), ("codes", "nowhere")];
    office.refused("registrar", &[("registrar", "built_in"), ("codes", "x")], "Choose whether codes").await;
    office.does("registrar", &fields).await.says("Can a code be sent again?");
    assert_eq!(office.plan().codes, CodeKeeping::Nowhere);
    office.opened().await;
    office.refused("registrar", &fields, "The ballot box is set up").await;
    begin(&office);
    assert_eq!(kept(&office), 0);
    let one = &office.voters[0];
    ask(&office, one).await.expect(409).says("kept nowhere once they are mailed");
    office.app.signed_in(one).get(PAGE).await.expect(200).says("kept nowhere once they are mailed");
    let path = format!("{STAFF}/codes/{}", one.public_id);
    office.officer().get(&path).await.expect(200).says("are kept nowhere");
    office.officer().get(&format!("{STAFF}/registrar")).await.expect(200).says("kept nowhere");

    // A registrar of its own: this site has nothing to send.
    let external = |c: &mut folkmoot_store::Conn| {
        let mut prepared = Prepared::load(c, "board")?;
        prepared.plan.registrar = Registrar::External;
        prepared.save(c)
    };
    office.app.app.store().write(external).unwrap();
    ask(&office, one).await.expect(409).says("made and sent by its registrar");
    office.officer().get(&path).await.expect(200).says("come from its registrar");

    // A plan from before this choice existed keeps codes.
    let mut old = serde_json::to_value(office.plan()).unwrap();
    assert!(old.as_object_mut().unwrap().remove("codes").is_some());
    let old: Plan = serde_json::from_value(old).unwrap();
    assert_eq!(old.codes, CodeKeeping::UntilVotingEnds);
    office.app.work();
}
