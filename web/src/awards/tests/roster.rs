//! Rosters: an existing list of 481 people is read, looked at, applied, searched, changed and taken back.

use std::fmt::Write as _;

use folkmoot_store::accounts::Role;

use super::setting::Setting;
use crate::testing::{Browser, Shown};

/// 481 people: 446 active, 29 emeritus, 6 deceased.
fn file() -> String {
    let mut text = String::from("Name,Year,Quarter,Status,Email\r\n");
    for n in 0..481 {
        let state = match n {
            0..=445 => "active",
            446..=474 => "Emeritus",
            _ => "deceased",
        };
        let year = 2005 + n % 20;
        write!(text, "Fellow Number{n},{year},{year} Q{},{state},fellow{n}@people.test\r\n", n % 4 + 1)
            .unwrap();
    }
    text
}

async fn send(browser: &Browser<'_>, name: &str, content: &str) -> Shown {
    let path = "/staff/awards/fellows/import";
    browser.get(path).await.expect(200);
    let answer = browser.upload(path, &[], &[("list", name, content.as_bytes())]).await;
    match answer.location() {
        Some(to) => browser.get(&to).await.expect(200),
        None => answer,
    }
}

fn path_of(shown: &Shown) -> String {
    shown.form("/staff/awards/fellows/imports/").0.rsplit_once('/').unwrap().0.to_owned()
}

#[actix_web::test]
async fn a_roster_of_481_is_read_searched_and_taken_back() {
    let s = Setting::fellows("2026-02-01T12:00:00Z", 2).await;
    s.tend();
    let known = s.test.person("Fellow7");
    let staff = s.test.staff("Mia", Role::MembershipStaff);
    for (content, words) in [
        ("", "Choose the file"),
        ("Who,When\nAnn,2020\n", "exactly one of them is"),
        ("PK\u{3}\u{4}", "spreadsheet"),
    ] {
        send(&staff, "list.csv", content).await.expect(422).says(words);
    }
    let faulty = "name,year,state\nAnn,soon,\nBo,2020,gone\n,2020,\nCy,2021,\nCy,2021,active\n";
    let looked = send(&staff, "faulty.csv", faulty)
        .await
        .says("Line 2: “soon” is no year")
        .says("Line 3: “gone” is no state");
    let looked = looked.says("People to add 1").says("is in the file already");
    staff.submit(&format!("{}/discard", path_of(&looked)), &[]).await.says("nobody was added");

    let looked = send(&staff, "fellows.csv", &file()).await;
    let looked = looked.says("People to add 481 (446 active, 29 emeritus, 6 deceased)");
    assert!(s.roster().await.is_empty(), "a dry run adds nobody");
    let path = path_of(&looked);
    staff.submit(&format!("{path}/apply"), &[]).await.expect(200).says("481 people are on the roster");
    staff.post(&format!("{path}/apply"), &[]).await.expect(409);
    let again = send(&staff, "again.csv", &file()).await.says("People to add 0").says("Known already 481");
    staff.submit(&format!("{}/discard", path_of(&again)), &[]).await.expect(200);

    let visitor = s.test.visitor();
    let page = visitor.get("/awards/fellows/recipients").await.expect(200);
    page.says("481 recipients: 446 active, 29 emeritus, 6 deceased.").says("Fellow Number480");
    let found = visitor.get("/awards/fellows/recipients?q=number48&state=deceased").await.expect(200);
    found.says("1 of 481").says("Fellow Number480");
    visitor.get("/awards/fellows/recipients?year=2010&batch=2010+Q2").await.says("24 of 481");
    visitor.get("/awards/fellows/recipients?q=nobody").await.says("Nobody fits");
    visitor.get("/awards/fellows/recipients/fellow-number7").await.expect(200).says("Fellows, 2012 Q4");
    let csv = visitor.get("/awards/fellows/recipients.csv").await.expect(200).body;
    assert_eq!(csv.lines().count(), 482);
    assert!(!csv.contains('@'), "addresses are not kept");
    let atom = visitor.get("/awards/fellows/recipients.atom").await.expect(200);
    assert_eq!(atom.headers.get("content-type").unwrap(), "application/atom+xml; charset=utf-8");
    assert_eq!(atom.body.matches("<entry>").count(), 100);
    let own = s.test.signed_in(&known).get("/account/data").await.expect(200).body;
    assert!(own.contains("2012 Q4"), "the address of the list found the account: {own}");

    let one = "/staff/awards/fellows/recipients/fellow-number7";
    staff.get("/staff/awards/fellows/recipients?q=number7").await.expect(200).says("Fellow Number7");
    let fields =
        [("name", "Фёдор Седьмой"), ("state", "emeritus"), ("citation", "for <b>all</b>"), ("about", "")];
    staff.post(one, &[("name", ""), ("state", "x"), ("citation", ""), ("about", "")]).await.expect(422);
    staff.submit(one, &fields).await.expect(200).says("Saved");
    let page = visitor.get("/awards/fellows/recipients/fellow-number7").await.expect(200);
    page.says("Фёдор Седьмой").says("Emeritus").says("for <b>all</b>");
    assert!(visitor.get("/awards/fellows/recipients.atom?year=2012").await.body.contains("&lt;b&gt;all"));

    staff.submit(&format!("{path}/undo"), &[]).await.expect(200).says("taken back");
    staff.post(&format!("{path}/undo"), &[]).await.expect(409);
    assert!(s.roster().await.is_empty());
    s.test.work();
}

#[actix_web::test]
async fn staff_define_any_award_but_see_no_nominations() {
    let s = Setting::fellows("2026-02-01T12:00:00Z", 2).await;
    s.tend();
    let staff = s.test.staff("Mia", Role::MembershipStaff);
    let page = staff.get("/staff/awards/new").await.expect(200).says("{recipients}");
    drop(page);
    let fields = |slug: &'static str, cutoffs: &'static str, resolution: &'static str| {
        vec![
            ("name", "Mentor of the year"),
            ("slug", slug),
            ("body", "board-of-awards"),
            ("class", ""),
            ("description", "For patience."),
            ("criteria", "Patience\nKindness"),
            ("cutoffs", cutoffs),
            ("review_day", "10"),
            ("zone", "UTC"),
            ("rounds", "1"),
            ("announce_days", "3"),
            ("forget_days", "90"),
            ("position", "2"),
            ("is_open", "yes"),
            ("resolution", resolution),
            ("announcement", "{list}"),
            ("certificate", "{recipient}"),
        ]
    };
    for (slug, cutoffs, resolution, words) in [
        ("fellows", "11-30", "{recipients}", "Another award has this address"),
        ("review", "11-30", "{recipients}", "small letters"),
        ("mentor", "11-31", "{recipients}", "cut-offs"),
        ("mentor", "november", "{recipients}", "Write month and day"),
        ("mentor", "11-30", "{winner}", "There is no place {winner}"),
    ] {
        staff.post("/staff/awards/new", &fields(slug, cutoffs, resolution)).await.expect(422).says(words);
    }
    let made =
        staff.submit("/staff/awards/new", &fields("mentor", "11-30", "{recipients}")).await.expect(200);
    made.says("Rounds close at the end of 30 November").says("has not adopted a rule yet");
    let rule = [
        ("rule_name", "by-laws"),
        ("threshold", "majority_members"),
        ("recusal", "leaves"),
        ("authority", "By-laws 7"),
    ];
    staff
        .post(
            "/staff/awards/mentor/rules",
            &[("rule_name", ""), ("threshold", "x"), ("recusal", ""), ("authority", "")],
        )
        .await
        .expect(422);
    staff.submit("/staff/awards/mentor/rules", &rule).await.expect(200).says("Candidate");
    let mut changed = fields("mentor", "", "{recipients}");
    changed.retain(|(name, _)| *name != "slug");
    staff.get("/staff/awards/mentor/edit").await.expect(200);
    staff.submit("/staff/awards/mentor/edit", &changed).await.expect(200).says("There is no calendar");
    staff.get("/awards/review/mentor").await.expect(404);
    s.test.visitor().get("/awards/mentor").await.expect(200).says("Kindness");
    s.test.visitor().get("/awards").await.expect(200).says("Mentor of the year");
}
