//! A call fills as many seats as end, in the cohort that ends: never those of the whole body.

use chrono::{Days, NaiveDate};
use folkmoot_counting::{Method, Profile, Votes};
use folkmoot_governance::seats::SeatGroup;
use folkmoot_governance::term::TermPolicy;
use folkmoot_store::bodies::{self, BodyFacts, BodyKind, MemberRole, NewBodyMember, NewSeat, SeatBasis};

use super::office::{Office, STAFF};
use crate::elections::seating::{Counted, Ties, elect};
use crate::elections::settings::{AnswerSettings, ElectionSettings, QuestionSettings};
use crate::error::AppError;

const QUESTION: &str = "/staff/elections/board/questions/1";

fn question(office: &Office) -> QuestionSettings {
    let settings: ElectionSettings = serde_json::from_str(&office.election().settings).unwrap();
    settings.questions[0].clone()
}

fn groups(office: &Office) -> Vec<SeatGroup> {
    question(office).seating.unwrap().groups
}

fn cohort(name: &str, seats: u32, years: u32) -> SeatGroup {
    SeatGroup { cohort: Some(name.into()), seats, term: TermPolicy::Years(years) }
}

/// Two seats of cohort A end late, three of cohort B soon; a call is begun for the latter.
async fn called(cohorts: [&str; 5]) -> Office {
    let office = Office::new().await;
    let now = office.app.app.now();
    let starts_on = now.datetime().date_naive();
    let end = |days| -> NaiveDate { starts_on.checked_add_days(Days::new(days)).unwrap() };
    let people = ["Ann", "Bea", "Cid", "Dov", "Eve"].map(|n| office.app.person(n));
    let record = |c: &mut folkmoot_store::Conn| {
        let facts = BodyFacts {
            slug: "packaging",
            name: "Packaging Council",
            kind: BodyKind::Council,
            description: "",
            is_public: true,
        };
        let body = bodies::add(c, &facts, now)?;
        for (i, (person, cohort)) in people.iter().zip(cohorts).enumerate() {
            let ends_on = Some(end(if i < 2 { 500 } else { 120 }));
            let member = NewBodyMember { body, person: person.id, position: "", starts_on, ends_on };
            let (role, basis) = (MemberRole::Member, SeatBasis::Elected);
            bodies::seat(c, &NewSeat { member, role, cohort, basis }, now)?;
        }
        Ok::<_, AppError>(())
    };
    office.app.app.store().write(record).unwrap();
    let seats = format!("packaging {}", end(120));
    let fields = [
        ("seats", seats.as_str()),
        ("preset", "packaging"),
        ("title", "Packaging 2027"),
        ("slug", "board"),
        ("opening", "2026-09-01"),
    ];
    let officer = office.officer();
    officer.get("/staff/calls/new").await.expect(200).says("3 seats end on");
    officer.submit("/staff/calls/new", &fields).await.expect(200).says("Candidates are nominated");
    assert_eq!(question(&office).seats, 3);
    office
}

/// How many are elected of five candidates; `None` when it is not counted.
fn elected(office: &Office) -> Option<Vec<Option<String>>> {
    let mut question = question(office);
    let names: Vec<String> = ["A", "B", "C", "D", "E"].map(str::to_owned).to_vec();
    let answer = |name: &String| AnswerSettings { name: name.clone(), ..Default::default() };
    question.answers = names.iter().map(answer).collect();
    let votes = Votes::Totals { totals: vec![9, 8, 7, 6, 5], cast: None, blank: None };
    let profile = Profile::new(names, votes).unwrap();
    let method = Method::Approval { min_select: 0, max_select: None };
    match elect(0, &question, &method, &profile, &Ties::default(), &[]) {
        Ok(Counted::Done(_, Some(a))) => Some(a.seats.into_iter().map(|s| s.cohort).collect()),
        Ok(_) => panic!("no seats"),
        Err(_) => None,
    }
}

#[actix_web::test]
async fn a_call_for_the_three_seats_of_a_cohort_fills_three_in_that_cohort() {
    let office = called(["A", "A", "B", "B", "B"]).await;
    assert_eq!(groups(&office), [cohort("B", 3, 2)], "two years, as in every election after the first");
    assert_eq!(elected(&office).unwrap(), vec![Some("B".to_owned()); 3]);
    // The one cohort follows the seats.
    let page = office.officer().get(QUESTION).await.expect(200);
    assert!(!page.body.contains("cohort-1"));
    office.does("questions/1", &[("title", "Who?"), ("seats", "4"), ("blank", "")]).await;
    assert_eq!((question(&office).seats, groups(&office)), (4, vec![cohort("B", 4, 2)]));
    assert_eq!(elected(&office).unwrap().len(), 4);
    office.app.work();
}

#[actix_web::test]
async fn where_the_cohorts_are_not_on_record_the_officer_is_asked_and_nothing_is_counted() {
    let office = called([""; 5]).await;
    let officer = office.officer();
    let why = "its cohorts have 5 seats together, but 3 are to be filled";
    officer.get(&format!("{STAFF}/questions")).await.expect(200).says(why);
    assert_eq!(elected(&office), None);
    officer.get(QUESTION).await.expect(200).says("Of these in cohort A").says("Of these in cohort B");
    let fields = [("title", "Who?"), ("seats", "3"), ("blank", "")];
    officer.post(QUESTION, &fields).await.expect(422).says("Its cohorts have 5 seats together");
    let mut fields = fields.to_vec();
    fields.extend([("cohort-1", "1"), ("cohort-2", "3")]);
    officer.post(QUESTION, &fields).await.expect(422).says("Its cohorts have 4 seats together");
    fields.truncate(3);
    fields.extend([("cohort-1", ""), ("cohort-2", "3")]);
    office.does("questions/1", &fields).await;
    assert_eq!(groups(&office), [cohort("B", 3, 1)]);
    assert_eq!(elected(&office).unwrap().len(), 3);
    office.app.work();
}
