//! A share of the members signs, and a motion or a meeting follows.

use folkmoot_governance::Fraction;

use crate::motions::tests::town::Town;

#[actix_web::test]
async fn a_tenth_of_the_members_calls_a_meeting_and_a_third_puts_a_motion() {
    let town = Town::new(30).await;
    town.body("members", "Members", &town.people[..25]);
    town.adopt("members", "amendment", |k| {
        k.rule.kind = "special meeting".into();
        k.title = "Special meeting".into();
        k.petition = Some(Fraction::new(1, 10).unwrap());
        k.petition_meeting = true;
    });
    town.adopt("members", "no_confidence", |k| k.petition = Some(Fraction::THIRD));
    let path = "/bodies/members/petitions/new";
    let fields = [("kind", "special meeting"), ("title", "Meet about the budget"), ("text", "We *must*.")];
    town.as_(29).post(path, &fields).await.expect(403);
    town.as_(0).post(path, &[("kind", "special meeting"), ("title", ""), ("text", "x")]).await.expect(422);
    let petition = town.as_(0).post(path, &fields).await.expect(303).location().unwrap();
    let visitor = town.app.visitor();
    visitor.get(&petition).await.expect(200).says("1 of 3 signatures; 25 could sign when it began.");
    let sign = format!("{petition}/sign");
    town.as_(29).post(&sign, &[]).await.expect(403);
    town.as_(1).submit(&sign, &[]).await.says("2 of 3 signatures");
    town.as_(1).submit(&sign, &[]).await.says("2 of 3 signatures");
    town.as_(1).submit(&sign, &[("back", "yes")]).await.says("1 of 3 signatures");
    town.as_(1).submit(&sign, &[]).await.says("2 of 3 signatures");
    visitor.get("/bodies/members/meetings").await.says("No meetings are planned");
    town.as_(2).submit(&sign, &[]).await.says("Enough signatures");
    visitor
        .get("/bodies/members/meetings")
        .await
        .says("Meet about the budget 1 July 2026, 14:00 UTC Planned");
    town.as_(3).post(&sign, &[]).await.expect(409).says("over");
    // A third of 25 is 9; their signatures second the motion.
    let fields = [("kind", "no confidence"), ("title", "No confidence"), ("text", "For cause.")];
    let petition = town.as_(0).post(path, &fields).await.expect(303).location().unwrap();
    let sign = format!("{petition}/sign");
    for person in 1..8 {
        town.as_(person).submit(&sign, &[]).await.says("Open");
    }
    visitor.get("/bodies/members/motions").await.says("no motions");
    town.as_(8).submit(&sign, &[]).await.says("9 of 9 signatures");
    let list = visitor.get("/bodies/members/motions").await;
    list.says("No confidence").says("Open");
    // One that too few sign is over after sixty days; its author may take it back before.
    let late = town.as_(0).post(path, &fields).await.expect(303).location().unwrap();
    let gone = town.as_(0).post(path, &fields).await.expect(303).location().unwrap();
    town.as_(1).post(&format!("{gone}/withdraw"), &[]).await.expect(403);
    town.as_(0).submit(&format!("{gone}/withdraw"), &[]).await.says("Withdrawn");
    town.app.work();
    town.days(60);
    town.as_(1).post(&format!("{late}/sign"), &[]).await.expect(409);
    town.app.visitor().get(&late).await.says("Not enough signatures");
    town.app.work();
}
