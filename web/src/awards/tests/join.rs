//! The chair joins two nominations of the same person, and takes them apart again while nothing is decided.

use super::setting::Setting;

/// Two nominations of one person under different names; the members vote on both.
async fn twice() -> Setting {
    let s = Setting::fellows("2024-02-01T12:00:00Z", 4).await;
    s.tend();
    s.adopt("charter").await;
    s.nominate("Ann", "Jon Smith", "for the compiler").await;
    s.nominate("Bea", "Jonathan A. Smith <jon@smith.test>", "for the documentation").await;
    s.nominate("Cas", "Ida Other", "for something else").await;
    s.at("2024-02-21T12:00:00Z");
    s.votes("Jonathan A. Smith", "nr--").await;
    s.votes("Jon Smith", "y---").await;
    s
}

#[actix_web::test]
async fn two_nominations_of_one_person_become_one_and_can_be_made_two_again() {
    let s = twice().await;
    let (from, into) = (s.case(0, "Jonathan A. Smith").await, s.case(0, "Jon Smith").await);
    let into_id = into.rsplit('/').next().unwrap().to_owned();
    let chair = s.member(0);
    let page = chair.get(&format!("{from}/join")).await.expect(200);
    page.says("Which one?").says("Jon Smith").says("Ida Other");
    let preview = chair.get(&format!("{from}/join?other={into_id}")).await.expect(200);
    preview
        .says("The nomination that was sent for it becomes one more of the other.")
        .says("Votes on it count no more (1 so far)")
        .says("It can be undone until the round of the other is decided.");
    // It is the chair\u{2019}s act, with a reason, and about nominations that are there.
    let fields = [("other", into_id.as_str()), ("reason", "Both name the same repository.")];
    s.member(1).post(&format!("{from}/join"), &fields).await.expect(403);
    s.test.signed_in(&s.test.person("Out Sider")).get(&format!("{from}/join")).await.expect(404);
    chair
        .post(&format!("{from}/join"), &[("other", &into_id), ("reason", "")])
        .await
        .expect(422)
        .says("Say how you know");
    let own = from.rsplit('/').next().unwrap();
    for unknown in ["none", own] {
        chair.post(&format!("{from}/join"), &[("other", unknown), ("reason", "x")]).await.expect(409);
    }
    chair.submit(&format!("{from}/join"), &fields).await.says("The two nominations are one now.");
    chair.post(&format!("{from}/join"), &fields).await.expect(409);

    let joined = chair.get(&into).await.expect(200);
    let joined =
        joined.says("for the compiler").says("for the documentation").says("Both name the same repository.");
    let queue = chair.get("/awards/review/fellows").await.expect(200).text();
    assert!(queue.contains("Nominated by 2.") && !queue.contains("Jonathan"), "{queue}");
    // Who stepped aside from the one has stepped aside from both; the vote against the one is no vote against the other.
    s.member(1).get(&into).await.expect(200).says("Because you stepped aside");
    joined.says("1 for").says("0 against");
    s.member(2).post(&format!("{from}/vote"), &[("choice", "no"), ("rationale", "")]).await.expect(409);

    s.member(2).post(&format!("{from}/separate"), &[]).await.expect(403);
    chair.submit(&format!("{from}/separate"), &[]).await.says("They are two nominations again");
    chair.post(&format!("{from}/separate"), &[]).await.expect(409);
    let again = chair.get(&from).await.expect(200).says("for the documentation");
    assert!(!again.text().contains("for the compiler"));
    assert!(!chair.get(&into).await.expect(200).text().contains("for the documentation"));
    let acts: Vec<String> = s.test.audited().into_iter().filter(|a| a.starts_with("award.")).collect();
    assert!(
        acts.contains(&"award.join".to_owned()) && acts.contains(&"award.separate".to_owned()),
        "{acts:?}"
    );
    s.test.mails();
}

#[actix_web::test]
async fn what_was_joined_is_granted_once_and_stays_one_after_the_decision() {
    let s = twice().await;
    let (from, into) = (s.case(0, "Jonathan A. Smith").await, s.case(0, "Jon Smith").await);
    let into_id = into.rsplit('/').next().unwrap().to_owned();
    let fields = [("other", into_id.as_str()), ("reason", "The same person.")];
    s.member(0).submit(&format!("{from}/join"), &fields).await.expect(200);
    s.votes("Jon Smith", "y-yy").await;
    s.at("2024-03-21T12:00:00Z");
    s.member(0).post(&format!("{from}/separate"), &[]).await.expect(409).says("decided about since");
    s.at("2024-03-28T12:00:00Z");
    assert_eq!(s.roster().await, ["Jon Smith"]);
    s.test.mails();
}
