//! Story 9: the Fellow round of the fourth quarter of 2022, with its numbers.

use super::setting::Setting;

/// Six nominations, one member recused, a group of nine: five granted, the sixth carried over and granted two quarters later.
#[actix_web::test]
async fn the_fellow_round_of_2022_q4() {
    let s = Setting::fellows("2022-02-01T12:00:00Z", 9).await;
    s.tend();
    // One from the first quarter.
    s.nominate("Old Friend", "Ottoline Vale", "for the archive").await;
    let visitor = s.test.visitor();
    visitor.get("/awards/fellows").await.expect(200).says("Rounds close at the end of 20 February");
    // The rounds of the year pass; nobody votes and nobody presses anything.
    s.adopt("bylaws").await;
    s.at("2022-03-29T12:00:00Z");
    s.at("2022-06-22T12:00:00Z");
    s.at("2022-09-22T12:00:00Z");
    s.at("2022-11-01T12:00:00Z");
    for (author, nominee) in [
        ("Ann", "Ada Quill <ada@people.test>"),
        ("Bea", "Bo Fern"),
        ("Cas", "Cy Marsh"),
        ("Dot", "Dee Hollow"),
        ("Eve", "Eli Thorn"),
        ("Fay", "Fen Brook"),
    ] {
        s.nominate(author, nominee, "for years of patient work").await;
    }
    // A second nomination of the same person merges; its author is thanked like everybody else.
    s.nominate("Gus", "ada  QUILL", "for teaching us").await;
    let queue = s.member(0).get("/awards/review/fellows").await.expect(200);
    assert_eq!(queue.text().matches("Considered for the first time").count(), 6, "{}", queue.text());
    queue.says("Nominated by 2").says("Carried over for 3 rounds, considered until 2022 Q4");

    // The cut-off is the end of 20 November Anywhere on Earth: a second later a nomination is for the next round.
    s.at("2022-11-21T11:59:59Z");
    s.member(0).get("/awards/review/fellows/rounds/2022-4").await.expect(200).says("Takes nominations until");
    s.at("2022-11-21T12:00:00Z");
    s.member(0)
        .get("/awards/review/fellows/rounds/2022-4")
        .await
        .says("Votes are taken until 21 December 2022, 12:00 UTC");
    s.nominate("Hal", "Late Comer", "for coming late").await;
    s.member(1).get("/awards/review/fellows").await.says("2023 Q1 Votes until");

    // Bylaws: two thirds of nine are six. Charter: more for than against.
    s.votes("Ada Quill", "yyyyyy---").await;
    s.votes("Bo Fern", "yyyyyynnn").await;
    s.votes("Cy Marsh", "yyyyyyyyr").await;
    s.votes("Dee Hollow", "yyyyyyyyy").await;
    s.votes("Eli Thorn", "yyyyyyaaa").await;
    // Five for, three against, one recused: fails under the bylaws, passes under the charter.
    s.votes("Fen Brook", "yyyyynnnr").await;
    let fen = s.case(0, "Fen Brook").await;
    let seen =
        s.member(0).get(&fen).await.expect(200).says("5 for, 3 against, 0 abstaining, 1 recused; 9 members");
    let text = seen.text();
    let (bylaws, charter) = (text.find("bylaws (adopted)").unwrap(), text.find("charter The").unwrap());
    assert!(bylaws < charter, "the binding rule comes first: {text}");
    assert!(text[bylaws..charter].contains("Does not pass"), "{text}");
    assert!(text[charter..].contains("Passes"), "{text}");
    // Who stepped aside sees the evidence, but neither discussion nor votes, and cannot vote.
    s.member(1)
        .submit(&format!("{fen}/comments"), &[("body", "Mind the overlap.")])
        .await
        .says("Mind the overlap");
    let aside =
        s.member(8).get(&fen).await.expect(200).says("discussion and votes are hidden").says("Twelve years");
    assert!(
        !aside.text().contains("Mind the overlap") && !aside.text().contains("5 for"),
        "{}",
        aside.text()
    );
    s.member(8).post(&format!("{fen}/vote"), &[("choice", "yes"), ("rationale", "")]).await.expect(409);
    s.member(8).post(&format!("{fen}/comments"), &[("body", "Still here.")]).await.expect(409);
    // A vote is changed until the review ends, not after.
    s.member(2)
        .submit(&format!("{fen}/vote"), &[("choice", "abstain"), ("rationale", "Hm.")])
        .await
        .says("4 for");
    s.member(2)
        .submit(&format!("{fen}/vote"), &[("choice", "yes"), ("rationale", "Yes.")])
        .await
        .says("5 for");
    s.at("2022-12-21T11:59:59Z");
    s.member(2)
        .submit(&format!("{fen}/vote"), &[("choice", "yes"), ("rationale", "Sure.")])
        .await
        .says("recorded");
    s.test.clock.set(super::setting::at("2022-12-21T12:00:00Z"));
    s.member(2)
        .post(&format!("{fen}/vote"), &[("choice", "no"), ("rationale", "")])
        .await
        .expect(409)
        .says("ended");
    s.tend();

    // Decided, not announced: nothing is public.
    let drafts = s.member(0).get("/awards/review/fellows/rounds/2022-4").await.expect(200);
    drafts
        .says("RESOLVED, that")
        .says("Ada Quill for years of patient work")
        .says("Carried over to the next round: 1. Ended: 1.");
    assert!(s.roster().await.is_empty());
    visitor.get("/awards/fellows/rounds/2022-4").await.expect(404);
    visitor.get("/awards/fellows/recipients/ada-quill").await.expect(404);
    s.at("2022-12-28T11:59:59Z");
    assert!(s.roster().await.is_empty());
    s.at("2022-12-28T12:00:00Z");
    assert_eq!(s.roster().await, ["Ada Quill", "Bo Fern", "Cy Marsh", "Dee Hollow", "Eli Thorn"]);
    visitor
        .get("/awards/fellows/recipients/ada-quill")
        .await
        .expect(200)
        .says("Fellows, 2022 Q4, for years of patient work");
    let ada = s.test.mail_to("ada@people.test");
    assert!(ada.body_text.contains("for life"), "{}", ada.body_text);
    let carried = s.test.mail_to("fay@writers.test");
    assert!(carried.body_text.contains("considered again") && !carried.body_text.contains("Fen"));

    // The old one ended after its four quarters, without any manual act.
    let old = s.test.mail_to("old.friend@writers.test");
    assert!(old.body_text.contains("the last round in which it was considered"), "{}", old.body_text);
    assert!(!old.body_text.contains("Ottoline"));

    // The sixth is granted two quarters later; who stepped aside is still aside.
    s.at("2023-03-21T12:00:00Z");
    s.at("2023-03-28T12:00:00Z");
    s.at("2023-05-21T12:00:00Z");
    s.member(8).get(&fen).await.says("You stepped aside");
    s.votes("Fen Brook", "yyyyyyy--").await;
    s.at("2023-06-21T12:00:00Z");
    s.at("2023-06-28T12:00:00Z");
    assert!(s.roster().await.contains(&"Fen Brook".to_owned()));
    visitor.get("/awards/fellows/recipients/fen-brook").await.expect(200).says("2023 Q2");
    s.test.mails();
}

/// Policy table of story 9: the same votes under both rules, and none binding before the body adopts one.
#[actix_web::test]
async fn the_same_votes_are_shown_under_each_candidate_before_one_is_adopted() {
    let s = Setting::fellows("2022-11-01T12:00:00Z", 9).await;
    s.tend();
    for (name, votes) in [
        ("Six Yes", "yyyyyy---"),
        ("Five Yes", "yyyyy----"),
        ("Five Three", "yyyyynnna"),
        ("Four Four", "yyyynnnna"),
    ] {
        s.nominate(&format!("For {name}"), name, "for work").await;
        s.votes(name, votes).await;
    }
    let page = s.member(1).get("/awards/review/fellows/rules").await.expect(200);
    let rows = |text: &str, name: &str| {
        let begin = text.find(name).unwrap();
        let row: String = text[begin..].chars().take(90 + name.len()).collect();
        row
    };
    let text = page.text();
    for (name, bylaws, charter) in [
        ("Six Yes", "Passes", "Passes"),
        ("Five Yes", "Does not pass", "Passes"),
        ("Five Three", "Does not pass", "Passes"),
        ("Four Four", "Does not pass", "Does not pass"),
    ] {
        let row = rows(&text, name);
        assert!(row.contains(&format!("members {bylaws} {charter}")), "{row}");
    }
    // Without a rule the review ends and nothing is decided; a member who is not the chair adopts nothing.
    s.at("2022-12-28T12:00:00Z");
    s.member(1).get("/awards/review/fellows").await.says("Waits for a rule");
    s.member(1).post("/awards/review/fellows/rules", &[("rule", "1"), ("minute", "x")]).await.expect(403);
    assert!(s.roster().await.is_empty());
    s.adopt("charter").await;
    s.tend();
    s.tend();
    assert_eq!(s.roster().await, ["Five Three", "Five Yes", "Six Yes"]);
    s.test.mails();
}
