//! The life of a report, through the pages. Runs are real: the child is the built program.

use chrono::TimeDelta;
use folkmoot_store::accounts::Role;
use folkmoot_store::audit;
use folkmoot_store::reports::{self as table, Ground, NewRun};
use folkmoot_store::{JsonText, PublicId};

use crate::error::AppError;
use crate::testing::{Browser, Shown, TestApp, between};

const COUNT: &str = "\"\"\"How many.\"\"\"\nleast = param.integer(\"At least\", default=0, min=0, max=9)\nmetric(\"Memberships\", members(columns=[\"tier\"]).count())\nmetric(\"Least\", least)\n";
const LETTERS: &str = "\"\"\"Letters.\"\"\"\npeople = members(columns=[\"name\"], personal=True, reason=\"Letters\")\ntable(people, title=\"People\")\n";

/// Sends a form that queues a run; the address it leads to, when the run is over.
async fn asked(app: &TestApp, browser: &Browser<'_>, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = browser.post(path, fields).await.expect(303);
    app.work();
    answer.location().unwrap()
}

async fn save(browser: &Browser<'_>, path: &str, title: &str, script: &str, base: &str) -> Shown {
    browser.get(path).await.expect(200);
    browser.post(path, &[("title", title), ("script", script), ("base", base), ("act", "save")]).await
}

/// Saves a report and publishes its first version; its address.
async fn published(app: &TestApp, author: &Browser<'_>, title: &str, script: &str) -> String {
    let home = save(author, "/staff/reports/new", title, script, "").await.expect(303).location().unwrap();
    author.post(&format!("{home}/publish"), &[("version", "1")]).await.expect(303);
    app.work();
    home
}

#[actix_web::test]
async fn a_report_is_tried_saved_published_run_and_its_history_kept() {
    let app = TestApp::new().await;
    let author = app.staff("Aud Thor", Role::ReportAuthor);
    let auditor = app.staff("Ode Itor", Role::Auditor);

    // A trial on the invented organisation: nobody else sees it.
    author.get("/staff/reports/new").await.expect(200).says("Try it on an invented organisation");
    let fields = [("title", "Counted"), ("script", COUNT), ("base", ""), ("act", "sample")];
    let trial = asked(&app, &author, "/staff/reports/new", &fields).await;
    let page = author.get(&trial).await.expect(200).says("Memberships").says("Trial");
    assert!(
        page.body.contains("value=\"Counted\"") && page.body.contains("param.integer"),
        "nothing typed is lost"
    );
    let run = trial.split("run=").nth(1).unwrap().to_owned();
    auditor.get(&format!("/staff/reports/runs/{run}")).await.expect(404);
    assert_eq!(app.audited(), Vec::<String>::new(), "the invented organisation has no secrets");

    let home =
        save(&author, "/staff/reports/new", "Counted", COUNT, "").await.expect(303).location().unwrap();
    author.get(&home).await.expect(200).says("draft").says("Version 1").says("Nobody runs this report now");
    auditor.get(&home).await.expect(404);
    author.post(&home, &[("p-at_least", "1")]).await.expect(409);
    author.post(&format!("{home}/publish"), &[("version", "1")]).await.expect(303);
    auditor.get("/staff/reports").await.expect(200).says("Counted").says("How many.");

    // The form comes from the script; what does not fit is told at its field.
    let page = auditor.get(&home).await.expect(200).says("At least");
    let name = between(&page.body, "name=\"p-", "\"").unwrap().to_owned();
    let key = format!("p-{name}");
    auditor.post(&home, &[(key.as_str(), "12")]).await.expect(422).says("At least: at most 9");
    let ran = asked(&app, &auditor, &home, &[(key.as_str(), "7")]).await;
    auditor.get(&ran).await.expect(200).says("done").says("Least").says("7");
    author.get(&home).await.expect(200).says("Last good result").says("Ode Itor").says("History");
    assert_eq!(app.audited(), ["report.save", "report.publish", "report.run"]);
}

#[actix_web::test]
async fn a_failure_tells_its_line_and_the_last_good_result_stays() {
    let app = TestApp::new().await;
    let author = app.staff("Aud Thor", Role::ReportAuthor);
    let broken = "metric(\"A\", 1)\nif x\n    pass\n";
    let page = save(&author, "/staff/reports/new", "Broken", broken, "").await.expect(422);
    let page = page.says("Line 2: SyntaxError").says("Look at brackets");
    assert!(page.body.contains("data-error-line=\"2\""), "the editor marks the line");

    let home = published(&app, &author, "Rows", "metric(\"Rows\", 100 / len(elections()))\n").await;
    let failed = asked(&app, &author, &home, &[]).await;
    let page = author.get(&failed).await.expect(200);
    page.says("failed").says("Line 1: ZeroDivisionError").says("nothing to divide by");
    author.get(&home).await.expect(200).says("The last run did not come to its end.");

    author.get(&format!("{home}/edit")).await.expect(200);
    let fields =
        |script: &'static str| [("title", "Rows"), ("script", script), ("base", "1"), ("act", "sample")];
    let good = asked(&app, &author, &format!("{home}/edit"), &fields("metric(\"Fine\", 42)\n")).await;
    author.get(&good).await.expect(200).says("Fine");
    let refused = "metric(\"B\", 1)\nmembers(columns=[\"email\"])\n";
    let bad = asked(&app, &author, &format!("{home}/edit"), &fields(refused)).await;
    let page = author.get(&bad).await.expect(200).says("Line 2:").says("no grant for personal data");
    let page = page.says("Last good result").says("Fine");
    assert!(page.body.contains("data-error-line=\"2\"") && page.body.contains("columns=["));
}

#[actix_web::test]
async fn versions_are_kept_and_two_authors_do_not_overwrite_each_other() {
    let app = TestApp::new().await;
    let (one, two) = (app.staff("Aud Thor", Role::ReportAuthor), app.staff("Bea Thor", Role::ReportAuthor));
    let home = published(&app, &one, "Counted", COUNT).await;
    let edit = format!("{home}/edit");
    let next = COUNT.replace("How many.", "How many members.");
    save(&two, &edit, "Counted", &next, "1").await.expect(303);
    save(&one, &edit, "Counted", "metric('A', 1)\n", "1")
        .await
        .expect(422)
        .says("Somebody saved another version");
    save(&one, &edit, "Counted", &next, "2").await.expect(422).says("nothing changed");
    let page = one.get(&format!("{home}/versions/2")).await.expect(200);
    page.says("Changes from version 1").says("Removed:").says("How many members.");
    let auditor = app.staff("Ode Itor", Role::Auditor);
    auditor.get(&format!("{home}/versions/1")).await.expect(200);
    auditor.get(&format!("{home}/versions/2")).await.expect(404);
    one.post(&format!("{home}/retire"), &[]).await.expect(303);
    auditor.get(&home).await.expect(404);
    app.work();
}

#[actix_web::test]
async fn personal_columns_need_another_person_a_role_and_exactly_this_text() {
    let app = TestApp::new().await;
    let author = app.staff("Aud Thor", Role::ReportAuthor);
    let approver = app.staff("App Rover", Role::ReportApprover);
    let staff = app.staff("Mem Staff", Role::MembershipStaff);
    let home =
        save(&author, "/staff/reports/new", "Letters", LETTERS, "").await.expect(303).location().unwrap();
    author.get(&home).await.expect(200).says("It asks for personal columns");
    author.post(&format!("{home}/publish"), &[("version", "1")]).await.expect(409).says("Propose it");
    let wish = [("version", "1"), ("role", "membership_staff"), ("until", "2026-09-01"), ("reason", "")];
    author
        .post(&format!("{home}/approval"), &wish)
        .await
        .expect(422)
        .says("Say what the personal data is needed for");
    let wish =
        [("version", "1"), ("role", "membership_staff"), ("until", "2026-09-01"), ("reason", "Anniversary")];
    let proposal = author.post(&format!("{home}/approval"), &wish).await.expect(303).location().unwrap();
    staff.get(&home).await.expect(404);

    let page =
        approver.get(&proposal).await.expect(200).says("members: name; personal: name").says("Anniversary");
    let digest = between(&page.body, "name=\"digest\" value=\"", "\"").unwrap().to_owned();
    author.post(&format!("{proposal}/approve"), &[("digest", &digest), ("note", "")]).await.expect(403);
    approver
        .submit(&format!("{proposal}/approve"), &[("digest", &digest), ("note", "")])
        .await
        .says("Approved");

    // The role may run it; its author may not, nor read what came of it.
    author.get(&home).await.expect(200).says("stands").says("This report reads personal data");
    author.post(&home, &[]).await.expect(403).says("no role of yours has a grant");
    staff.get(&home).await.expect(200);
    let ran = asked(&app, &staff, &home, &[]).await;
    staff.get(&ran).await.expect(200).says("People");
    author.get(&ran).await.expect(404);
    let entries =
        app.app.store().read(|c| Ok::<_, AppError>(audit::entries(c, &audit::Filter::default(), 100)?));
    let run = entries.unwrap().into_iter().find(|e| e.action == "report.run").unwrap();
    let details = run.details.as_str();
    assert!(details.contains("Anniversary") && details.contains("Letters"), "{details}");

    // A grant is for one text: a waiting run ends when it is taken back.
    staff.get(&home).await.expect(200);
    let waiting = staff.post(&home, &[]).await.expect(303).location().unwrap();
    approver.get(&home).await.expect(200).says("Take the grants for personal data back");
    approver.post(&format!("{home}/revoke"), &[]).await.expect(303);
    app.work();
    staff.get(&waiting).await.expect(404);
    staff.post(&home, &[]).await.expect(403);
    app.mails();
}

#[actix_web::test]
async fn amounts_are_for_those_who_may_see_payments() {
    let app = TestApp::new().await;
    let author = app.staff("Aud Thor", Role::ReportAuthor);
    let home =
        published(&app, &author, "Income", "metric(\"Rows\", len(payments(columns=[\"amount\"])))\n").await;
    let refused = asked(&app, &author, &home, &[]).await;
    author.get(&refused).await.expect(200).says("may not read payments").says("Line 1");
    let auditor = app.staff("Ode Itor", Role::Auditor);
    auditor.get(&home).await.expect(200);
    let ran = asked(&app, &auditor, &home, &[]).await;
    auditor.get(&ran).await.expect(200).says("done");
    author.get(&ran).await.expect(404);
}

#[actix_web::test]
async fn a_scheduled_report_is_mailed_to_a_role_with_chart_and_csv() {
    let app = TestApp::new().await;
    let author = app.staff("Aud Thor", Role::ReportAuthor);
    app.staff("Ode Itor", Role::Auditor);
    let script = "rows = Table([{\"a\": \"x\", \"n\": 12}])\nmetric(\"N\", 12)\nbar_chart(rows, x=\"a\", y=\"n\", title=\"Bars\")\n";
    let home = published(&app, &author, "Weekly", script).await;
    author.get(&home).await.expect(200).says("Let it run by the clock");
    let wish = [("rhythm", "weekly"), ("reader", "auditor")];
    author.post(&format!("{home}/schedule"), &wish).await.expect(303);
    author
        .get(&home)
        .await
        .expect(200)
        .says("Runs weekly for the role auditor; next on 8 June 2026, 05:00 UTC");

    app.advance(TimeDelta::days(7));
    let now = app.app.now();
    app.app.store().write(|c| crate::jobs::queue_recurring(c, now)).unwrap();
    let mail = app.mail_to("ode.itor@people.test");
    assert_eq!(mail.subject, "Report: Weekly");
    assert!(mail.body_text.contains("N: 12"), "{}", mail.body_text);
    let files =
        app.app.store().read(|c| Ok::<_, AppError>(folkmoot_store::mails::attached_to(c, mail.id)?)).unwrap();
    let names: Vec<&str> = files.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["02-bars.csv", "02-bars.svg"]);
    assert_eq!(String::from_utf8_lossy(&files[0].bytes), "a,n\r\nx,12\r\n");
    assert!(String::from_utf8_lossy(&files[1].bytes).starts_with("<svg xmlns"));
    let whole = crate::mail::compose(&app.app, &mail).unwrap().formatted();
    let whole = String::from_utf8_lossy(&whole);
    assert!(whole.contains("multipart/mixed") && whole.contains("02-bars.svg"));
    app.staff("Aud Two", Role::Auditor)
        .get(&app.link_in_mail_to("ode.itor@people.test"))
        .await
        .expect(200)
        .says("the schedule");
}

#[actix_web::test]
async fn a_schedule_has_values_of_its_own_checked_like_those_of_a_run() {
    let app = TestApp::new().await;
    let author = app.staff("Aud Thor", Role::ReportAuthor);
    app.staff("Ode Itor", Role::Auditor);
    let script = "least = param.integer(\"At least\", default=3, min=1)\nwhole = param.flag(\"Whole\", default=True)\n\
                  name = param.text(\"Name\", default=\"Ann\")\nmetric(\"Got\", f\"{least} {whole} {name}\")\n";
    let home = published(&app, &author, "Set", script).await;
    let page = author.get(&home).await.expect(200);
    for field in ["p-least", "s-least", "s-whole", "s-name"] {
        assert!(page.body.contains(&format!("name=\"{field}\"")), "no field {field}: {}", page.body);
    }
    let wish = |least: &'static str| {
        vec![("rhythm", "weekly"), ("reader", "auditor"), ("s-least", least), ("s-name", "Ann")]
    };
    author.post(&format!("{home}/schedule"), &wish("0")).await.expect(422).says("At least");
    assert!(!author.get(&home).await.expect(200).text().contains("Runs weekly"));
    author.post(&format!("{home}/schedule"), &[("rhythm", "weekly"), ("p-least", "7")]).await.expect(422);
    // An unticked box is a value; what is as the script has it is not kept.
    author.post(&format!("{home}/schedule"), &wish("7")).await.expect(303);
    let page = author.get(&home).await.expect(200);
    let page = page
        .says("Runs weekly for the role auditor, with At least 7, Whole no; next on 8 June 2026, 05:00 UTC.");
    assert!(page.body.contains("value=\"7\""), "{}", page.body);
    app.advance(TimeDelta::days(7));
    let now = app.app.now();
    app.app.store().write(|c| crate::jobs::queue_recurring(c, now)).unwrap();
    let mail = app.mail_to("ode.itor@people.test");
    assert!(mail.body_text.contains("Got: 7 False Ann"), "{}", mail.body_text);
    assert!(app.audited().iter().any(|act| act == "report.schedule"));
}

#[actix_web::test]
async fn few_runs_of_one_person_wait_and_any_can_be_cancelled() {
    let app = TestApp::new().await;
    let author = app.staff("Aud Thor", Role::ReportAuthor);
    let home = published(&app, &author, "Counted", "metric(\"A\", 1)\n").await;
    author.get(&home).await.expect(200);
    let mut waiting = Vec::new();
    for _ in 0..5 {
        waiting.push(author.post(&home, &[]).await.expect(303).location().unwrap());
    }
    author.post(&home, &[]).await.expect(409).says("5 reports of yours wait already");
    author.get(&waiting[4]).await.expect(200).says("waits for its turn").says("Cancel the run");
    author.post(&format!("{}/cancel", waiting[4]), &[]).await.expect(303);
    app.work();
    author.get(&waiting[0]).await.expect(200).says("done");
    author.get(&waiting[4]).await.expect(200).says("cancelled");
    author.post(&format!("{}/cancel", waiting[0]), &[]).await.expect(303);
}

#[actix_web::test]
async fn a_running_report_is_cancelled_and_a_loop_without_end_stopped() {
    let app = TestApp::new().await;
    let person = app.person("Aud Thor");
    let (now, parameters) = (app.app.now(), JsonText::of(&Vec::<(String, String)>::new()).unwrap());
    let id = app.app.public_id().unwrap();
    let queue = |id: &PublicId| {
        app.app
            .store()
            .write(|c| {
                let new = NewRun {
                    public_id: id,
                    source: "",
                    version: None,
                    title: "Loop",
                    script: "while True: pass\n",
                    script_hash: "00",
                    parameters: &parameters,
                    ground: Ground::Sample,
                    personal: None,
                    sees_money: false,
                    is_trial: true,
                    asked_by: Some(person.id),
                    mail_role: None,
                };
                Ok::<_, AppError>(table::queue_run(c, &new, now)?)
            })
            .unwrap()
    };
    let state = |id: &PublicId| app.app.store().read(|c| Ok::<_, AppError>(table::run(c, id)?)).unwrap();
    let key = queue(&id);
    let claimed =
        app.app.store().write(|c| Ok::<_, AppError>(table::claim_run(c, 1, now)?)).unwrap().unwrap();
    app.app.store().write(|c| Ok::<_, AppError>(table::cancel_run(c, key, now)?)).unwrap();
    super::queue::finish(&app.app, &claimed, now).unwrap();
    let line = state(&id);
    assert_eq!((line.state.as_str(), line.message.as_str()), ("cancelled", "The report was cancelled."));
    let id = app.app.public_id().unwrap();
    queue(&id);
    app.work();
    let line = state(&id);
    assert_eq!(line.state.as_str(), "stopped");
    assert!(line.message.contains("computed for more than 5 seconds"), "{}", line.message);
}

#[actix_web::test]
async fn a_table_leaves_as_csv_and_as_a_workbook() {
    let app = TestApp::new().await;
    let author = app.staff("Aud Thor", Role::ReportAuthor);
    let script = "rows = Table([{\"a\": \"=1+1\", \"n\": 12}])\ndownload(\"all\", rows)\n";
    let home = published(&app, &author, "File", script).await;
    author.get(&home).await.expect(200);
    let ran = asked(&app, &author, &home, &[]).await;
    author.get(&ran).await.expect(200).says("Workbook");
    let csv = author.post(&format!("{ran}/file"), &[("file", "csv-0")]).await.expect(200);
    assert_eq!(csv.body, "a,n\r\n'=1+1,12\r\n");
    let disposition = csv.headers.get("content-disposition").unwrap().to_str().unwrap();
    assert_eq!(disposition, "attachment; filename=\"file-all.csv\"");
    author.post(&format!("{ran}/file"), &[("file", "csv-9")]).await.expect(404);
    author.post(&format!("{ran}/file"), &[("file", "exe-0")]).await.expect(404);
}

#[actix_web::test]
async fn the_reports_of_the_demonstration_declare_what_is_kept_of_them() {
    let app = TestApp::new().await;
    let runner = super::runner(app.app.config()).unwrap();
    for one in crate::demo::reports::WRITTEN {
        let run = runner.check(one.script).unwrap();
        assert_eq!(run.declaration, Some(one.declaration()), "{}", one.title);
    }
}
