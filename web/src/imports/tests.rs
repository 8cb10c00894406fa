//! Stories about imports: the numbers of a real roll, hostile files, undoing, resuming.

use folkmoot_governance::electorate::RollInstants;
use folkmoot_store::accounts::{self, Role};
use folkmoot_store::bodies;
use folkmoot_store::imports::{self, ImportState};
use folkmoot_store::memberships;
use folkmoot_store::memberships::paid::{NewPaidTerm, TermKind};

use crate::data_requests::members_for_tests as members;
use crate::error::AppError;
use crate::membership::{dues, facts, preset};
use crate::testing::{Browser, Shown, TestApp};

/// Sends a file; returns the path of the import.
pub(crate) async fn send(staff: &Browser<'_>, name: &str, bytes: &[u8]) -> String {
    staff.get("/staff/imports").await.expect(200);
    staff.upload("/staff/imports", &[], &[("file", name, bytes)]).await.expect(303).location().unwrap()
}

/// Confirms the columns as they were recognised and lets every row be looked at.
pub(crate) async fn look(app: &TestApp, staff: &Browser<'_>, path: &str, more: &[(&str, &str)]) -> Shown {
    let page = staff.get(path).await.expect(200);
    let document = scraper::Html::parse_document(&page.body);
    let chosen = scraper::Selector::parse("select option[selected]").unwrap();
    let mut fields: Vec<(String, String)> = document
        .select(&chosen)
        .map(|o| {
            let select = o.parent().and_then(scraper::ElementRef::wrap).unwrap();
            (select.attr("name").unwrap().to_owned(), o.attr("value").unwrap().to_owned())
        })
        .collect();
    if page.body.contains("id=\"header\" name=\"header\" value=\"yes\" checked") {
        fields.push(("header".into(), "yes".into()));
    }
    let mut fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    fields.retain(|(n, _)| !more.iter().any(|(m, _)| m == n));
    fields.extend(more);
    staff.post(&format!("{path}/columns"), &fields).await.expect(303);
    app.work();
    staff.get(path).await.expect(200)
}

pub(crate) async fn apply(app: &TestApp, staff: &Browser<'_>, path: &str, alike: &str) -> Shown {
    staff.post(&format!("{path}/apply"), &[("alike", alike)]).await.expect(303);
    app.work();
    staff.get(path).await.expect(200)
}

/// The roll of story 11: 1,459 rows, of which one is the header; 3 people without a name; 2 people twice, once in capitals and
/// once with a plus sign.
pub(crate) fn roll() -> String {
    let mut file = String::from("Name,Class,Email\r\n");
    for n in 0..1456 {
        let name = if n % 500 == 7 { String::new() } else { format!("Member Number{n}") };
        file.push_str(&format!("{name},Supporting Member,voter{n}@roll.example\r\n"));
    }
    file.push_str("Member Number3,Supporting Member,VOTER3@Roll.example\r\n");
    file.push_str("Member Number4,Supporting Member,voter4+psf@roll.example\r\n");
    file
}

#[actix_web::test]
async fn a_roll_of_1459_rows_is_previewed_applied_and_taken_back() {
    let app = TestApp::new().await;
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    members(&app, "Supporting", true, &[]);
    let file = roll();
    assert_eq!(file.lines().count(), 1459);
    let path = send(&mia, "roll.csv", file.as_bytes()).await;
    mia.get(&path).await.says("1459 rows").says("Name, class and address");
    let page = look(&app, &mia, &path, &[]).await;
    let page = page.says("1456 people").says("2 merges to confirm").says("1 rows ignored");
    let page = page.says("Import 1456 people").says("The same mailbox as in line 5").says("line 6");
    assert!(!page.text().contains("errors"));
    // Nothing has happened yet.
    mia.get("/staff/people?q=roll.example").await.says("0 found");
    mia.post(&format!("{path}/apply"), &[]).await.expect(422).says("Decide what becomes");
    apply(&app, &mia, &path, "join").await.says("Applied").says("Undo this import");
    let count =
        |app: &TestApp| app.app.store().read(|c| Ok::<_, AppError>(accounts::count_persons(c)?)).unwrap();
    assert_eq!(count(&app), 1457);
    // Everybody has a name to be shown by and an address for mail, the nameless too.
    mia.get("/staff/people?q=voter7@roll.example").await.says("1 found").says("Member ");
    mia.get("/staff/people?q=voter4%2Bpsf").await.says("1 found").says("Member Number4");
    mia.get("/staff/people?q=number4+member&class=Supporting").await.says("voter4@roll.example");
    // The same file is not taken twice.
    mia.get("/staff/imports").await;
    let again = mia.upload("/staff/imports", &[], &[("file", "again.csv", file.as_bytes())]).await;
    again.expect(409).says("This very file was sent already");
    // A file with other bytes and the same people makes nobody twice.
    let second =
        send(&mia, "more.csv", (file.clone() + "New One,Supporting,new@roll.example\r\n").as_bytes()).await;
    look(&app, &mia, &second, &[])
        .await
        .says("1457 people")
        .says("1 new people")
        .says("1456 people already here");
    apply(&app, &mia, &second, "skip").await.says("Applied");
    assert_eq!(count(&app), 1458);
    let held = app
        .app
        .store()
        .read(|c| {
            let one = accounts::owner_of_address(c, "voter3@roll.example")?.unwrap();
            Ok::<_, AppError>(memberships::of_person(c, one.id)?.len())
        })
        .unwrap();
    assert_eq!(held, 1);
    // What one import made goes; what the other made, and people it met, stay.
    mia.post(&format!("{second}/undo"), &[]).await.expect(303);
    app.work();
    mia.get(&second).await.says("Taken back");
    assert_eq!(count(&app), 1457);
    mia.post(&format!("{path}/undo"), &[]).await.expect(303);
    app.work();
    mia.get(&path).await.says("Taken back");
    assert_eq!(count(&app), 1);
    mia.get("/staff/people?q=roll.example").await.says("0 found");
    mia.post(&format!("{path}/undo"), &[]).await.expect(409);
    assert_eq!(
        app.audited(),
        [
            "import.stage",
            "import.columns",
            "import.apply",
            "import.applied",
            "import.stage",
            "import.columns",
            "import.apply",
            "import.applied",
            "import.undo",
            "import.undone",
            "import.undo",
            "import.undone"
        ]
    );
}

#[actix_web::test]
async fn hostile_rows_are_answered_line_by_line_and_the_others_imported() {
    let app = TestApp::new().await;
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    members(&app, "Supporting", true, &[]);
    let long = "x".repeat(10 * 1024 * 1024);
    let file = format!(
        "name,email,class\n\
         Ann,ann@x.test,Supporting\n\
         =HYPERLINK(\"http://e.test\"),evil@x.test,Supporting\n\
         @SUM(A1),evil2@x.test,\n\
         Nul\0,nul@x.test,\n\
         {long},long@x.test,\n\
         Bo,ANN@X.TEST,Supporting\n\
         Cy,=cmd@x.test,\n\
         Di,nowhere,\n\
         Ed,,\n\
         Flo,flo@x.test,Emperor\n\
         Gus,gus@x.test,Supporting,extra\n\
         ,,\n\
         Hal,hal@x.test,Supporting\n"
    );
    let path = send(&mia, "../../etc/passwd", file.as_bytes()).await;
    let page = look(&app, &mia, &path, &[]).await;
    let page =
        page.says("2 people").says("1 merges to confirm").says("2 rows ignored").says("9 rows with errors");
    let text = page.text();
    for (line, why) in [
        (3, "would run as a formula"),
        (4, "would run as a formula"),
        (5, "NUL"),
        (6, "10485760 characters"),
        (8, "“=cmd@x.test” would run as a formula"),
        (9, "“nowhere” is no e-mail address"),
        (10, "There is no e-mail address"),
        (11, "No class is called “Emperor”. Known: Supporting"),
        (12, "The row has 4 cells where 3 belong"),
    ] {
        let row =
            page.body.split("<tr>").find(|r| r.contains(&format!("<td class=\"num\">{line}</td>"))).unwrap();
        assert!(row.contains(why), "line {line}: {row}");
    }
    assert!(text.contains("The same mailbox as in line 2"));
    assert!(!page.body.contains("/etc/"));
    apply(&app, &mia, &path, "skip").await.says("Applied");
    mia.get("/staff/people?q=x.test").await.says("2 found");
    // Files that are of no use as a whole.
    for (bytes, why) in [
        (&b"PK\x03\x04zip"[..], "Save it as CSV"),
        (&b""[..], "The file is empty"),
        (&b"[{\"name\": 1"[..], "The JSON cannot be read"),
    ] {
        mia.get("/staff/imports").await;
        mia.upload("/staff/imports", &[], &[("file", "f", bytes)]).await.expect(422).says(why);
    }
    mia.upload("/staff/imports", &[], &[]).await.expect(422).says("Choose the file");
}

#[actix_web::test]
async fn exports_of_other_programs_are_recognised() {
    let app = TestApp::new().await;
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    members(&app, "Supporting", true, &[]);
    members(&app, "Basic", false, &[]);
    super::history_tests::board(&app);
    let wide: Vec<u8> = std::iter::once(0xfeff_u16)
        .chain("name\temail\r\nWide Ann\twide@f.test\r\n".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let files: &[(&str, &[u8], &str, &str)] = &[
        ("Helios voters", b"password,four@f.test,four@f.test,Four Cells\n", "four@f.test", "Four Cells"),
        ("Helios voters", b"google,three@f.test,Three Cells\n", "three@f.test", "Three Cells"),
        ("People", b"two@f.test,Two Cells\n", "two@f.test", "Two Cells"),
        ("One address per line", b"one@f.test\r\nother@f.test\r\n", "one@f.test", "Member "),
        ("People, CSV with tabs", &wide, "wide@f.test", "Wide Ann"),
        (
            "CiviCRM memberships",
            b"Contact ID,Display Name,Email,Membership Type,Membership Start Date,Membership Expiration Date,Status\r7,Civi Ann,civi@f.test,Supporting Member,2022-12-10,2030-12-09,Current\r",
            "civi@f.test",
            "Civi Ann",
        ),
        (
            "CiviCRM contributions",
            b"Contact Name,Email,Date Received,Total Amount,Currency\nPaid Ann,paid@f.test,2026-01-10 09:30:00,$ 99.00,USD\n",
            "paid@f.test",
            "Paid Ann",
        ),
        (
            "Name, class and address",
            b"\xef\xbb\xbfclass;account;e-mail;votes;last affirmation\nBasic;pyann;py@f.test;no;2025-08-20\n",
            "py@f.test",
            "pyann",
        ),
        (
            "People, JSON",
            br#"[{"name":"Roster Ann","email":"roster@f.test","status":"active"}]"#,
            "roster@f.test",
            "Roster Ann",
        ),
    ];
    for (format, bytes, address, name) in files {
        let path = send(&mia, "f.csv", bytes).await;
        mia.get(&path).await.says(format);
        let class = if *format == "CiviCRM contributions" { "Supporting" } else { "" };
        let page = look(&app, &mia, &path, &[("class", class), ("affirmed_for", "board")]).await;
        assert!(!page.text().contains("errors"), "{format}: {}", page.text());
        apply(&app, &mia, &path, "join").await.says("Applied");
        mia.get(&format!("/staff/people?q={address}")).await.says("1 found").says(name);
    }
    let spans = app
        .app
        .store()
        .read(|c| {
            let mut spans = Vec::new();
            for address in ["civi@f.test", "paid@f.test"] {
                let one = accounts::owner_of_address(c, address)?.unwrap();
                for (m, _) in memberships::of_person(c, one.id)? {
                    spans.push(format!("{} {}", m.starts_at, m.ends_at.unwrap()));
                }
            }
            Ok::<_, AppError>(spans)
        })
        .unwrap();
    // The last day counts in full; a payment covers twelve months.
    assert_eq!(
        spans,
        ["2022-12-10T00:00:00Z 2030-12-10T00:00:00Z", "2026-01-10T00:00:00Z 2027-01-10T00:00:00Z"]
    );
}

#[actix_web::test]
async fn past_participation_comes_from_a_list_and_goes_with_it() {
    let app = TestApp::new().await;
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    let ann = app.person("Ann Arbour");
    let file = b"email,voted\nann.arbour@people.test,yes\nbo@people.test,no\n";
    let path = send(&mia, "voted.csv", file).await;
    let columns = [("column-0", "email"), ("column-1", "voted"), ("class", ""), ("header", "yes")];
    mia.get(&path).await.says("Past participation");
    mia.post(&format!("{path}/columns"), &columns).await.expect(422).says("Name the election");
    look(&app, &mia, &path, &[("election", "Board 2025"), ("closed", "2025-07-01")]).await.says("2 people");
    apply(&app, &mia, &path, "").await.says("Applied");
    let known = |app: &TestApp| {
        app.app
            .store()
            .read(|c| Ok::<_, AppError>(memberships::voting::past_participations_of(c, ann.id)?))
            .unwrap()
    };
    let found = known(&app);
    assert_eq!((found.len(), found[0].voted, found[0].election.as_str()), (1, true, "Board 2025"));
    mia.post(&format!("{path}/undo"), &[]).await.expect(303);
    app.work();
    assert!(known(&app).is_empty());
    // Ann was here before and stays; Bo came with the list and goes with it.
    mia.get("/staff/people?q=ann.arbour").await.says("1 found");
    mia.get("/staff/people?q=bo@").await.says("0 found");
}

#[actix_web::test]
async fn an_import_goes_on_where_it_was_interrupted_and_people_with_a_history_stay() {
    let app = TestApp::new().await;
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    members(&app, "Supporting", true, &[]);
    let file: String = (0..1200).map(|n| format!("p{n}@i.test,Person {n}\n")).collect();
    let path = send(&mia, "i.csv", file.as_bytes()).await;
    look(&app, &mia, &path, &[("class", "Supporting")]).await.says("1200 people");
    mia.post(&format!("{path}/apply"), &[]).await.expect(303);
    let id = folkmoot_store::PublicId::parse(path.rsplit('/').next().unwrap()).unwrap();
    // One batch, then the program dies: the job is run again from its beginning.
    super::step(&app.app, &id, 0).unwrap();
    let import = app.app.store().read(|c| Ok::<_, AppError>(imports::by_public_id(c, &id)?)).unwrap();
    assert_eq!((import.state, import.rows_done), (ImportState::Applying, 500));
    mia.get(&path).await.says("500 of 1200 rows");
    app.work();
    let count =
        |app: &TestApp| app.app.store().read(|c| Ok::<_, AppError>(accounts::count_persons(c)?)).unwrap();
    assert_eq!(count(&app), 1201);
    // Somebody signed in meanwhile: undoing takes the membership, not the person.
    let one = app
        .app
        .store()
        .read(|c| Ok::<_, AppError>(accounts::owner_of_address(c, "p7@i.test")?))
        .unwrap()
        .unwrap();
    let person = crate::testing::TestPerson {
        id: one.id,
        public_id: one.public_id,
        name: one.preferred_name,
        email: "p7@i.test".into(),
    };
    app.signed_in(&person).get("/account").await.expect(200);
    mia.post(&format!("{path}/undo"), &[]).await.expect(303);
    app.work();
    assert_eq!(count(&app), 2);
    mia.get(&format!("{path}/rows?outcome=new")).await.expect(200).says("The record stays");
    let held = app.app.store().read(|c| Ok::<_, AppError>(memberships::of_person(c, person.id)?)).unwrap();
    assert!(held.is_empty());
    app.staff("Vera", Role::Reviewer).get(&path).await.expect(403);
    // What is not applied can be thrown away, with every row of it.
    let other = send(&mia, "o.csv", b"o@i.test\n").await;
    mia.submit(&format!("{other}/discard"), &[]).await.says("nothing was imported");
    mia.post(&format!("{other}/discard"), &[]).await.expect(409);
}

#[actix_web::test]
async fn imported_time_is_paid_time_and_a_renewal_extends_from_its_end() {
    let app = TestApp::new().await;
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    let now = app.app.now();
    app.app.store().write(|c| preset::install(c, now)).unwrap();
    let file = "Name,Class,Email,Start date,End date\n\
                One Year,Supporting,year@i.example,2025-12-11,2026-12-10\n\
                Three Years,Supporting,three@i.example,2026-01-10,2029-01-09\n\
                No End,Supporting,life@i.example,,\n\
                Long Over,Supporting,over@i.example,2020-01-10,2021-01-09\n";
    let path = send(&mia, "members.csv", file.as_bytes()).await;
    look(&app, &mia, &path, &[]).await.says("Import 4 people");
    apply(&app, &mia, &path, "skip").await.says("Applied");
    let person = |address: &str| {
        app.app.store().read(|c| Ok::<_, AppError>(accounts::owner_of_address(c, address)?)).unwrap().unwrap()
    };
    let votes = |address: &str, at: &str| {
        let at = folkmoot_store::Utc::parse(at).unwrap();
        let found = app.app.store().read(|c| {
            let rule = folkmoot_governance::electorate::ElectorateRule {
                affirmation: None,
                ..preset::rule_for(c, "Board")?
            };
            let body = bodies::all(c)?.first().map(|b| b.id).unwrap();
            let at = crate::membership::instant(at)?;
            let at = RollInstants::new(at, at, at);
            let one = accounts::owner_of_address(c, address)?.unwrap().id;
            facts::standing_of(c, one, body, &rule, &at)
        });
        found.unwrap().on_roll
    };
    super::history_tests::board(&app);
    for (address, at, expected) in [
        ("year@i.example", "2026-06-10T00:00:00Z", true),
        ("year@i.example", "2026-12-11T12:00:00Z", false),
        ("three@i.example", "2026-01-12T00:00:00Z", true),
        ("three@i.example", "2027-06-10T00:00:00Z", true),
        ("three@i.example", "2029-01-09T12:00:00Z", true),
        ("three@i.example", "2029-01-11T00:00:00Z", false),
        ("life@i.example", "2040-01-01T00:00:00Z", true),
        ("over@i.example", "2026-06-10T00:00:00Z", false),
    ] {
        assert_eq!(votes(address, at), expected, "{address} {at}");
    }
    // Paid before the end: the year is added to the imported one. Taken back, the paid year remains.
    let supporting =
        app.app.store().read(|c| Ok::<_, AppError>(memberships::class_by_key(c, "Supporting")?)).unwrap();
    let new = NewPaidTerm {
        person: person("year@i.example").id,
        class: supporting.id,
        reference: "renewal",
        kind: TermKind::Term,
        paid_at: now,
    };
    app.app.store().write(|c| dues::extend_paid(c, &app.app, &new, now)).unwrap();
    assert!(votes("year@i.example", "2027-12-10T12:00:00Z"));
    assert!(!votes("year@i.example", "2027-12-12T00:00:00Z"));
    mia.post(&format!("{path}/undo"), &[]).await.expect(303);
    app.work();
    mia.get(&path).await.says("Taken back");
    assert!(votes("year@i.example", now.plus(chrono::TimeDelta::days(1)).to_string().as_str()));
    assert!(!votes("year@i.example", "2027-12-10T12:00:00Z"), "what is left is the year that was paid here");
    assert_eq!(app.app.store().read(|c| Ok::<_, AppError>(accounts::count_persons(c)?)).unwrap(), 2);
}
