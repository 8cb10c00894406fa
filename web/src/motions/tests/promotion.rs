//! Promotion: 27–0 passes, 18–9 passes, 17–9 fails; seven days, hidden until the close, veto window, dated membership.

use folkmoot_store::motions::Outcome;

use super::town::Town;

const CANDIDATES: usize = 27;

/// 27 core members, five of them the council, and candidates.
async fn core() -> Town {
    let town = Town::new(32).await;
    town.body("core", "Core team", &town.people[..27]);
    town.body("council", "Steering council", &town.people[..5]);
    town.adopt("core", "promotion", |k| {
        k.veto_body = "council".into();
        if let Some(veto) = &mut k.rule.veto {
            veto.body = "Steering council".into();
        }
    });
    town.adopt("council", "act", |_| {});
    town
}

async fn promotes(town: &Town, candidate: usize) -> String {
    let fields = [
        ("kind", "promotion"),
        ("title", "A new member"),
        ("email", town.people[candidate].email.as_str()),
        ("text", "They have done *good* work."),
    ];
    town.proposes(0, "core", &fields).await
}

#[actix_web::test]
async fn promotions_pass_by_two_thirds_of_the_votes_and_stay_hidden_until_the_close() {
    let town = core().await;
    let (all, most, few) = (promotes(&town, 27).await, promotes(&town, 28).await, promotes(&town, 29).await);
    let fields =
        [("kind", "promotion"), ("title", "X"), ("email", town.people[3].email.as_str()), ("text", "x")];
    town.as_(0).post("/bodies/core/motions/new", &fields).await.expect(422).says("sits in the body already");
    town.as_(CANDIDATES).post("/bodies/core/motions/new", &fields).await.expect(403);
    town.as_(0).post(&format!("{all}/second"), &[]).await.expect(409).says("needs no seconder");
    town.votes(&all, 0..27, "yes").await;
    town.votes(&most, 0..18, "yes").await;
    town.votes(&most, 18..27, "no").await;
    town.votes(&few, 0..17, "yes").await;
    town.votes(&few, 17..26, "no").await;
    // Nobody outside knows of it, nobody inside knows how it goes, and somebody without a vote has none.
    town.app.visitor().get(&all).await.expect(404);
    town.as_(CANDIDATES).get(&all).await.expect(404);
    let page = town.sees(1, &most).await;
    assert!(!page.text().contains("18 for"), "{}", page.text());
    page.says("Open")
        .says("Members vote until 8 June 2026, 12:00 UTC")
        .says("Numbers are shown after the close");
    let entries = town.app.audited();
    assert_eq!(entries.iter().filter(|a| *a == "motion.vote").count(), 27 * 2 + 26);
    // Votes change until the close, and the last microsecond counts.
    town.as_(26).post(&format!("{all}/vote"), &[("choice", "no"), ("reason", "")]).await.expect(303);
    town.days(7);
    town.app.advance(-chrono::TimeDelta::microseconds(1));
    town.as_(26).post(&format!("{all}/vote"), &[("choice", "yes"), ("reason", "")]).await.expect(303);
    town.app.advance(chrono::TimeDelta::microseconds(1));
    town.as_(26)
        .post(&format!("{all}/vote"), &[("choice", "no"), ("reason", "")])
        .await
        .expect(409)
        .says("over");
    town.settles();
    assert_eq!(town.outcome(&few), Some(Outcome::Failed));
    town.sees(1, &few).await.says("Failed").says("17 for, 9 against, 0 abstentions");
    town.sees(1, &most)
        .await
        .says("18 for, 9 against, 0 abstentions")
        .says("Steering council may veto it before 15 June 2026");
    let page = town.sees(1, &all).await;
    page.says("27 for, 0 against, 0 abstentions").says("This holds");
    // The council may veto until the fifteenth; it does so for one of them, in time.
    assert_eq!(town.outcome(&all), None);
    town.days(1);
    let id = most.rsplit('/').next().unwrap();
    let fields = [("kind", "act"), ("title", "Veto"), ("text", "Not yet."), ("veto", id)];
    town.as_(6).post("/bodies/council/motions/new", &fields).await.expect(403);
    let veto = town.proposes(1, "council", &fields).await;
    town.votes(&veto, 0..3, "yes").await;
    town.votes(&veto, 3..5, "no").await;
    town.settles();
    assert_eq!(town.outcome(&veto), Some(Outcome::Passed));
    town.sees(1, &most).await.says("Vetoed").says("vetoed by Steering council on 9 June 2026");
    town.days(6);
    town.settles();
    assert_eq!(town.outcome(&most), Some(Outcome::Vetoed));
    assert_eq!(town.outcome(&all), Some(Outcome::Passed));
    assert!(town.sits("core", 27) && !town.sits("core", 28) && !town.sits("core", 29));
    let visitor = town.app.visitor();
    visitor.get("/bodies/core").await.says("Member 28 since 15 June 2026");
    let register = visitor.get("/bodies/core/resolutions").await.expect(200);
    register.says("A new member 2026-1 , 15 June 2026; 27 for, 0 against, 0 abstentions");
    // What is settled stays settled.
    town.settles();
    assert_eq!(town.app.audited().iter().filter(|a| *a == "motion.settle").count(), 4);
    assert!(town.app.mail_to(&town.people[0].email).body_text.contains("has passed"));
}

#[actix_web::test]
async fn who_has_a_conflict_abstains_and_a_majority_of_the_others_decides() {
    let town = Town::new(5).await;
    town.body("council", "Packaging council", &town.people[..5]);
    town.adopt("council", "council", |_| {});
    let fields = [("kind", "council vote"), ("title", "Grant to a member"), ("text", "Pay it.")];
    let tie = town.proposes(0, "council", &fields).await;
    town.votes(&tie, 0..1, "recused").await;
    town.votes(&tie, 1..3, "yes").await;
    town.votes(&tie, 3..5, "no").await;
    town.tick();
    town.sees(0, &tie)
        .await
        .says("2 for, 2 against, 1 abstention")
        .says("Failed")
        .says("conflict of interests");
    // Two non-abstaining members are not enough, however they vote.
    let few = town.proposes(0, "council", &fields).await;
    town.votes(&few, 0..2, "yes").await;
    town.votes(&few, 2..5, "abstain").await;
    town.tick();
    town.sees(0, &few).await.says("at least 3 votes for or against").says("Failed");
    let enough = town.proposes(0, "council", &fields).await;
    town.votes(&enough, 0..2, "yes").await;
    town.votes(&enough, 2..3, "no").await;
    town.votes(&enough, 3..5, "abstain").await;
    town.settles();
    assert_eq!(town.outcome(&enough), Some(Outcome::Passed));
    assert_eq!(town.outcome(&few), Some(Outcome::Failed));
    let page = town.app.visitor().get("/resolutions").await.expect(200);
    let page = page
        .says("Grant to a member Packaging council 2026-1 , 1 June 2026; 2 for, 1 against, 2 abstentions");
    let id = crate::testing::between(&page.body, "/resolutions/", "\"").unwrap().to_owned();
    town.app.visitor().get(&format!("/resolutions/{id}")).await.says("RESOLVED: Pay it.");
    // Withdrawn by whoever proposed it, by nobody else.
    let gone = town.proposes(0, "council", &fields).await;
    town.as_(1).post(&format!("{gone}/withdraw"), &[]).await.expect(403);
    town.as_(0).submit(&format!("{gone}/withdraw"), &[]).await.says("Withdrawn");
    town.as_(1).post(&format!("{gone}/vote"), &[("choice", "yes"), ("reason", "")]).await.expect(409);
    town.app.work();
}

/// The board's Community Service Award of a quarter: five recipients in one resolution, ten for, none against.
#[actix_web::test]
async fn a_board_of_ten_resolves_an_award_to_five_people() {
    let town = Town::new(10).await;
    town.body("board", "Board of directors", &town.people);
    town.adopt("board", "act", |_| {});
    let names = "Ada, Ben, Chi, Dor and Eli";
    let text = format!("that the Community Service Award of the fourth quarter of 2021 be given to {names}.");
    let fields = [("kind", "act"), ("title", "Community Service Award, Q4 2021"), ("text", text.as_str())];
    let motion = town.proposes(0, "board", &fields).await;
    town.votes(&motion, 0..10, "yes").await;
    town.settles();
    let page = town.app.visitor().get(&motion).await.expect(200);
    page.says("10 for, 0 against, 0 abstentions").says("Passed");
    let page = town.app.visitor().get("/resolutions").await.expect(200);
    let id = crate::testing::between(&page.body, "/resolutions/", "\"").unwrap().to_owned();
    let page = town.app.visitor().get(&format!("/resolutions/{id}")).await.expect(200);
    page.says("RESOLVED: that the Community Service Award of the fourth quarter of 2021 be given to Ada, Ben, Chi, Dor and Eli.");
}
