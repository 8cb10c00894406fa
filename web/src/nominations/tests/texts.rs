//! Long statements and hostile texts.

use super::office::{Office, accept};
use crate::testing::between;

/// A nomination as councils get them: about 15 kB, nested lists, thirty links.
fn long() -> String {
    let mut text = String::from("My plan for the council has three parts.\n\n");
    for part in 1..=10 {
        text += &format!("### Part {part}\n\n");
        for point in 1..=3 {
            text += &format!(
                "- Point {part}.{point}: see [record {part}.{point}](https://example.org/{part}/{point})\n"
            );
            text += "    - how it is done, in some more words than a short note would have\n";
            text += "        1. first we ask everybody who is concerned, and write down what they say\n";
            text += "        2. then we decide in public, with reasons, and look at it again after a year\n";
        }
        text += "\n";
        text += &"What matters most to me is that every decision can be read, understood and questioned by whoever it concerns. ".repeat(6);
        text += "\n\n";
    }
    text
}

#[actix_web::test]
async fn fifteen_kilobytes_with_nested_lists_and_thirty_links_stay_whole() {
    let text = long();
    assert!((14_000..18_000).contains(&text.len()), "{}", text.len());
    let office = Office::open().await;
    let person = office.app.person("Cora");
    let browser = office.app.signed_in(&person);
    let begun =
        browser.post("/elections/board/nominate", &[("who", "self"), ("words", ""), ("act", "send")]).await;
    let path = begun.location().unwrap();
    accept(&browser, &path, "Cora", &text.replace('\n', "\r\n")).await.expect(200).says("Accepted");
    // It comes back into the form as it was written, and can be changed.
    let page = browser.get(&path).await.expect(200);
    let shown = scraper::Html::parse_document(&page.body);
    let area = scraper::Selector::parse("textarea#section-1").unwrap();
    let kept: String = shown.select(&area).next().unwrap().text().collect();
    assert_eq!(kept.trim(), text.trim());
    let edited = format!("{}\n\nOne more line.", text.trim());
    accept(&browser, &path, "Cora", &edited).await.expect(200);
    office.to("2026-06-18T14:00:00Z");
    office.eligible("Cora").await;
    office.release().await;
    office.to("2026-06-20T14:00:00Z");
    let handle = office.named("Cora").handle;
    for page in [format!("/elections/board/candidates/{handle}"), "/elections/board/candidates/print".into()]
    {
        let page = office.app.visitor().get(&page).await.expect(200);
        let html = scraper::Html::parse_document(&page.body);
        let count = |css: &str| html.select(&scraper::Selector::parse(css).unwrap()).count();
        assert_eq!(count("main .prose a[href^='https://example.org/']"), 30);
        assert_eq!(count("main .prose ul ul ol li"), 60);
        assert!(page.body.contains("One more line."));
    }
    office.app.work();
}

#[actix_web::test]
async fn a_statement_that_is_too_long_is_refused_and_kept_in_the_form() {
    let office = Office::open().await;
    let person = office.app.person("Cora");
    let browser = office.app.signed_in(&person);
    let begun =
        browser.post("/elections/board/nominate", &[("who", "self"), ("words", ""), ("act", "send")]).await;
    let path = begun.location().unwrap();
    let text = "ä".repeat(20_000);
    let refused = accept(&browser, &path, "Cora", &text).await.expect(422).says("bytes too long");
    assert!(refused.body.contains(&text));
    office.app.work();
}

#[actix_web::test]
async fn hostile_texts_do_nothing_wherever_they_are_shown() {
    let payloads = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://evil.example/x.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html,1)",
        "[x](//evil.example)",
        "<!-- x --> <style>*{}</style>",
    ];
    let office = Office::open().await;
    let ana = office.app.person("Ana");
    let browser = office.app.signed_in(&ana);
    let begun =
        browser.post("/elections/board/nominate", &[("who", "self"), ("words", ""), ("act", "send")]).await;
    let path = begun.location().unwrap();
    for payload in payloads {
        accept(&browser, &path, "Ana", payload).await.expect(422);
        let words =
            [("who", "other"), ("name", "Bo"), ("email", "bo@new.test"), ("words", payload), ("act", "send")];
        browser.post("/elections/board/nominate", &words).await.expect(422);
    }
    // What is text in Markdown stays text, in every field and place.
    let name = "<b>Bo</b> & \"Co\"";
    let code = "`<script>alert(1)</script>` and <svg/onload=alert(1)> and \\<b> and [ok](https://example.org/?a=1&b=2)";
    accept(&browser, &path, name, code).await.expect(200);
    office.to("2026-06-18T14:00:00Z");
    office.eligible(name).await;
    office.release().await;
    office.to("2026-06-20T14:00:00Z");
    let handle = office.named(name).handle;
    assert!(handle.starts_with("ana-"), "an address stays when the name changes: {handle}");
    for page in ["candidates", "candidates/print", "call", &format!("candidates/{handle}"), "candidates.atom"]
    {
        let page = office.app.visitor().get(&format!("/elections/board/{page}")).await.expect(200);
        assert!(
            !page.body.contains("<b>Bo")
                && !page.body.contains("<script>alert")
                && !page.body.contains("<svg"),
            "{}",
            page.body
        );
    }
    let feed = office.app.visitor().get("/elections/board/candidates.atom").await;
    assert!(between(&feed.body, "<title>Candidates", "</feed>").is_some());
    office.app.work();
}

#[actix_web::test]
async fn a_portrait_is_written_anew_and_served_inert() {
    let office = Office::open().await;
    let person = office.app.person("Cora");
    let browser = office.app.signed_in(&person);
    let begun =
        browser.post("/elections/board/nominate", &[("who", "self"), ("words", ""), ("act", "send")]).await;
    let path = begun.location().unwrap();
    accept(&browser, &path, "Cora", "I stand.").await.expect(200);
    let form = format!("{path}/portrait");
    browser.get(&form).await.expect(200).says("written anew");
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    browser.upload(&form, &[], &[("portrait", "me.png", &svg[..])]).await.expect(422).says("SVG");
    let mut png = Vec::new();
    let pixels = image::RgbaImage::from_pixel(900, 600, image::Rgba([10, 20, 30, 255]));
    image::DynamicImage::from(pixels)
        .write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png)
        .unwrap();
    png.extend_from_slice(b"<script>secret place</script>");
    assert_eq!(browser.upload(&form, &[], &[("portrait", "me.png", &png)]).await.status, 303);
    let own = browser.get(&format!("{path}/portrait.png")).await.expect(200);
    assert!(!own.body.contains("secret place"));
    office.app.signed_in(&office.sam).get(&format!("{path}/portrait.png")).await.expect(404);
    let handle = office.named("Cora").handle;
    let public = format!("/elections/board/candidates/{handle}/portrait.png");
    office.to("2026-06-18T14:00:00Z");
    office.eligible("Cora").await;
    office.release().await;
    office.to("2026-06-20T13:59:59.999999Z");
    office.app.visitor().get(&public).await.expect(404);
    office.to("2026-06-20T14:00:00Z");
    let shown = office.app.visitor().get(&public).await.expect(200);
    let header =
        |name: &str| shown.headers.get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-security-policy").contains("sandbox"));
    office.app.work();
}

#[actix_web::test]
async fn a_preview_shows_everything_typed_and_saves_nothing() {
    let office = Office::open().await;
    let (ana, cora) = (office.app.person("Ana"), office.app.person("Cora"));
    let browser = office.app.signed_in(&cora);
    let begun =
        browser.post("/elections/board/nominate", &[("who", "self"), ("words", ""), ("act", "send")]).await;
    let path = begun.location().unwrap();
    let typed = [
        ("name", "Cora C."),
        ("summary", "Reads the budget"),
        ("section-1", "I **stand**."),
        ("section-2", "Nothing <yet"),
        ("links", "https://example.org/me"),
        ("organisation-1", "Acme"),
        ("relation-1", "owner"),
        ("share-1", "12.5"),
        ("availability", "Mondays"),
        ("ack-1", "yes"),
        ("revision", "0"),
        ("act", "preview"),
    ];
    browser.get(&path).await.expect(200);
    let page = browser.post(&path, &typed).await.expect(200);
    let page = page.says("Nothing is saved yet").says("Acme (owner of 12.5 %)").says("Mondays");
    let html = scraper::Html::parse_document(&page.body);
    let all = |css: &str| html.select(&scraper::Selector::parse(css).unwrap()).count();
    assert_eq!(all("section[aria-labelledby=preview] strong"), 1);
    assert_eq!(all("#ack-1[checked]"), 1);
    for (name, value) in typed.iter().filter(|(n, _)| n.starts_with("section")) {
        let field = scraper::Selector::parse(&format!("textarea#{name}")).unwrap();
        assert_eq!(html.select(&field).next().unwrap().text().collect::<String>().trim(), *value);
    }
    for (name, value) in [("name", "Cora C."), ("summary", "Reads the budget"), ("share-1", "12.5")] {
        assert_eq!(all(&format!("input[name=\"{name}\"][value=\"{value}\"]")), 1, "{name}");
    }
    assert_eq!(all("option[value=owner][selected]"), 1);
    let kept = office.named("Cora");
    assert!(kept.revision == 0 && !kept.statement.as_str().contains("budget"), "{}", kept.statement.as_str());

    // Who supports or writes with a nominee has the same button.
    office.nominate(&ana, "Bo", "bo@new.test").await;
    let browser = office.app.signed_in(&ana);
    let mine = browser.get("/nominations").await.expect(200);
    let id = between(&mine.body, "/nominations/support/", "\"").unwrap().to_owned();
    let support = format!("/nominations/support/{id}");
    let words = [("words", "She *listens*."), ("act", "preview")];
    let page = browser.submit(&support, &words).await.expect(200).says("Nothing is saved yet");
    assert!(page.body.contains("<em>listens</em>") && page.body.contains("She *listens*."));
    let text = [
        ("summary", "Listens"),
        ("section-1", "Begun by *others*."),
        ("section-2", ""),
        ("links", ""),
        ("availability", ""),
        ("revision", "0"),
        ("act", "preview"),
    ];
    let page = browser.submit(&format!("{support}/write"), &text).await.expect(200).says("Listens");
    assert!(page.body.contains("<em>others</em>") && page.body.contains("She gets things done."));
    assert_eq!(office.named("Bo").revision, 0);
    // A preview goes on from the text it began with: what others wrote meanwhile is not lost.
    let save = |act: &'static str| text.map(|(n, v)| if n == "act" { (n, act) } else { (n, v) });
    browser.submit(&format!("{support}/write"), &save("save")).await.expect(200);
    let page = browser.submit(&format!("{support}/write"), &save("preview")).await.expect(200);
    assert!(page.body.contains("name=\"revision\" value=\"0\""));
    browser.post(&format!("{support}/write"), &save("save")).await.expect(409);
    office.app.work();
}

#[actix_web::test]
async fn an_owner_names_the_share_and_what_candidates_say_is_declared() {
    let office = Office::open().await;
    let cora = office.app.person("Cora");
    let browser = office.app.signed_in(&cora);
    let begun =
        browser.post("/elections/board/nominate", &[("who", "self"), ("words", ""), ("act", "send")]).await;
    let path = begun.location().unwrap();
    let with = |share: &'static str| {
        [
            ("name", "Cora"),
            ("summary", ""),
            ("section-1", "I stand."),
            ("links", ""),
            ("organisation-1", "Acme"),
            ("relation-1", "employee"),
            ("organisation-2", "Umbrella"),
            ("relation-2", "owner"),
            ("share-2", share),
            ("ack-1", "yes"),
            ("revision", "0"),
            ("act", "accept"),
        ]
    };
    browser.get(&path).await.expect(200);
    for wrong in ["", "0", "101", "many"] {
        browser.post(&path, &with(wrong)).await.expect(422).says("Enter a share between 0.01 and 100");
    }
    // Employment at Acme was declared before, with other letters.
    let declared = [("organisation", "ACME"), ("relation", "employee"), ("starts", "2020-01-01")];
    browser.get("/account/affiliations").await.expect(200);
    browser.submit("/account/affiliations", &declared).await.expect(200).says("Declared");
    browser.get(&path).await.expect(200);
    browser.submit(&path, &with("12.5")).await.expect(200).says("Accepted");
    office.to("2026-06-18T14:00:00Z");
    office.eligible("Cora").await;
    office.release().await;
    office.to("2026-06-20T14:00:00Z");
    office.advance();
    let handle = office.named("Cora").handle;
    let page = office.app.visitor().get(&format!("/elections/board/candidates/{handle}")).await.expect(200);
    page.says("Umbrella (owner of 12.5 %)").says("Acme (employee)");
    let page = office.app.signed_in(&cora).get("/account/affiliations").await.expect(200);
    let page = page.says("Umbrella").says("Owner of a share (12.5 %)");
    assert_eq!(page.body.matches("Employed by it,").count(), 1, "declared once");
    // The rules for seats take the share as it is.
    use folkmoot_governance::Fraction;
    use folkmoot_governance::seats::Relation;
    let settings: crate::elections::settings::ElectionSettings =
        serde_json::from_str(&office.election().settings).unwrap();
    let all = &settings.questions[0].answers[0].affiliations;
    let owned = Relation::Owner(Fraction::new(1_250, 10_000).unwrap());
    assert_eq!(all.iter().filter(|a| a.relation == owned).count(), 1, "{all:?}");
    assert_eq!(all.len(), 2, "{all:?}");
    office.app.work();
}
