//! No confidence and ejection: a second on day 8 is too late, an ejection waits meanwhile, 4:1 passes and 3:2 fails; two
//! thirds of the voters are not two thirds of the electors.

use folkmoot_store::motions::Outcome;

use super::town::Town;

async fn governed() -> Town {
    let town = Town::new(12).await;
    town.body("core", "Core team", &town.people);
    town.body("council", "Steering council", &town.people[..5]);
    town.adopt("core", "no_confidence", |k| k.about = "council".into());
    town.adopt("council", "ejection", |k| k.about = "core".into());
    town.adopt("council", "four_of_five", |k| k.about = "core".into());
    town
}

const NO_CONFIDENCE: &[(&str, &str)] = &[
    ("kind", "no confidence"),
    ("title", "No confidence in the council"),
    ("text", "It must go."),
    ("email", ""),
];

fn ejects(email: &str) -> [(&str, &str); 4] {
    [("kind", "ejection"), ("title", "Ejection"), ("text", "For cause."), ("email", email)]
}

#[actix_web::test]
async fn a_motion_seconded_on_day_eight_has_lapsed() {
    let town = governed().await;
    let motion = town.proposes(6, "core", NO_CONFIDENCE).await;
    town.app
        .visitor()
        .get(&motion)
        .await
        .expect(200)
        .says("It needs a seconder before 8 June 2026, 12:00 UTC");
    town.as_(6).post(&format!("{motion}/second"), &[]).await.expect(403).says("Somebody else");
    town.as_(7).post(&format!("{motion}/vote"), &[("choice", "yes"), ("reason", "")]).await.expect(403);
    town.days(7);
    town.as_(7).post(&format!("{motion}/second"), &[]).await.expect(409).says("not seconded in time");
    town.settles();
    assert_eq!(town.outcome(&motion), Some(Outcome::Lapsed));
    // The same on day 7, a microsecond before the end.
    let motion = town.proposes(6, "core", NO_CONFIDENCE).await;
    town.days(7);
    town.app.advance(-chrono::TimeDelta::microseconds(1));
    town.as_(7).submit(&format!("{motion}/second"), &[]).await.says("Open").says("Seconded by Member 8");
    // Two weeks from the second; two thirds of those who vote: 4 of 6.
    town.votes(&motion, 5..9, "yes").await;
    town.votes(&motion, 0..2, "no").await;
    town.votes(&motion, 2..5, "abstain").await;
    town.days(14);
    town.settles();
    assert_eq!(town.outcome(&motion), Some(Outcome::Passed));
    assert!(!town.sits("council", 0) && town.sits("core", 0));
    town.app.visitor().get("/bodies/council").await.says("no members today").says("removed by decision");
}

#[actix_web::test]
async fn an_ejection_waits_while_a_vote_of_no_confidence_is_open() {
    let town = governed().await;
    let (nine, ten, eleven) = (&town.people[8].email, &town.people[9].email, &town.people[10].email);
    let before = town.proposes(0, "council", &ejects(nine)).await;
    let confidence = town.proposes(6, "core", NO_CONFIDENCE).await;
    // Called but not seconded: not open yet.
    town.votes(&before, 0..1, "yes").await;
    town.as_(7).post(&format!("{confidence}/second"), &[]).await.expect(303);
    town.as_(1)
        .post(&format!("{before}/vote"), &[("choice", "yes"), ("reason", "")])
        .await
        .expect(409)
        .says("no confidence is open");
    town.sees(1, &before).await.says("Blocked").says("It has to wait: a motion on no confidence is open.");
    town.as_(0)
        .post("/bodies/council/motions/new", &ejects(ten))
        .await
        .expect(409)
        .says("cannot be proposed");
    town.votes(&confidence, 5..7, "yes").await;
    town.votes(&confidence, 0..5, "no").await;
    town.days(14);
    town.settles();
    assert_eq!(town.outcome(&confidence), Some(Outcome::Failed));
    // The time of voting is over; one vote of five is not enough.
    assert_eq!(town.outcome(&before), Some(Outcome::Failed));
    // 4:1 passes and 3:2 fails, by two thirds of the members and by four of five.
    for (email, kind, person) in [(ten, "ejection", 9), (eleven, "removal", 10)] {
        let mut fields = ejects(email);
        fields[0].1 = kind;
        let fails = town.proposes(0, "council", &fields).await;
        town.votes(&fails, 0..3, "yes").await;
        town.votes(&fails, 3..5, "no").await;
        let passes = town.proposes(0, "council", &fields).await;
        town.votes(&passes, 0..4, "yes").await;
        town.votes(&passes, 4..5, "no").await;
        town.settles();
        assert_eq!(town.outcome(&fails), Some(Outcome::Failed), "{kind}");
        assert!(town.sees(0, &fails).await.text().contains("3 for, 2 against"));
        assert_eq!(town.outcome(&passes), Some(Outcome::Passed), "{kind}");
        assert!(!town.sits("core", person));
    }
    town.app.visitor().get(&before).await.expect(404);
}

/// PEP 772: two thirds of the 600 electors, 400, however few vote; PEP 13 looks at the voters.
#[actix_web::test]
async fn two_thirds_of_six_hundred_electors_are_four_hundred_votes() {
    let town = Town::new(603).await;
    let everybody = &town.people[..600];
    town.body("electors", "Electors", everybody);
    town.body("packaging", "Packaging council", &town.people[598..603]);
    town.body("council", "Steering council", &town.people[..2]);
    town.adopt("electors", "no_confidence_electors", |k| {
        k.about = "packaging".into();
        k.proposers = "council".into();
    });
    town.adopt("electors", "amendment", |_| {});
    let fields =
        [("kind", "no confidence"), ("title", "No confidence"), ("text", "For cause."), ("email", "")];
    town.as_(5).post("/bodies/electors/motions/new", &fields).await.expect(403);
    let (short, enough) =
        (town.proposes(0, "electors", &fields).await, town.proposes(1, "electors", &fields).await);
    let fields =
        [("kind", "amendment"), ("title", "By the voters"), ("text", "Two thirds of those who vote.")];
    let voters = town.proposes(0, "electors", &fields).await;
    for person in 0..400 {
        let browser = town.as_(person);
        for (motion, until) in [(&enough, 400), (&short, 399), (&voters, 4)] {
            if person < until {
                let fields = [("choice", "yes"), ("reason", "")];
                browser.post(&format!("{motion}/vote"), &fields).await.expect(303);
            }
        }
    }
    town.votes(&voters, 4..6, "no").await;
    town.days(14);
    town.settles();
    assert_eq!(town.outcome(&short), Some(Outcome::Failed));
    assert_eq!(town.outcome(&enough), Some(Outcome::Passed));
    assert_eq!(town.outcome(&voters), Some(Outcome::Passed));
    let page = town.app.visitor().get(&short).await.expect(200);
    page.says("399 for, 0 against, 0 abstentions; 600 electors").says("This does not hold");
    assert!(!town.sits("packaging", 602));
}
