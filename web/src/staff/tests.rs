//! Stories about the staff side's own pages.

use folkmoot_store::JsonText;
use folkmoot_store::accounts::Role;
use folkmoot_store::diesel::prelude::*;
use folkmoot_store::jobs::{self as table, NewJob};
use folkmoot_store::schema::jobs;

use crate::error::AppError;
use crate::testing::TestApp;

#[actix_web::test]
async fn a_job_that_was_given_up_is_seen_and_tried_again() {
    let app = TestApp::new().await;
    let ada = app.staff("Ada Admin", Role::Administrator);
    ada.get("/staff/jobs").await.expect(200).says("No job was given up");
    let now = app.app.now();
    let new = NewJob {
        kind: "no such kind",
        payload: JsonText::of(&0).unwrap(),
        idempotence_key: None,
        run_at: now,
        max_attempts: 1,
    };
    app.app.store().write(|c| Ok::<_, AppError>(table::queue(c, &new, now)?)).unwrap();
    app.work();
    ada.get("/staff").await.says("Jobs given up 1");
    let page = ada.get("/staff/jobs").await.expect(200).says("no job is called");
    let path =
        page.body.split("action=\"").find(|a| a.contains("/repeat")).unwrap().split('"').next().unwrap();
    // Once its cause is gone.
    app.app
        .store()
        .write(|c| {
            folkmoot_store::diesel::update(jobs::table)
                .set((jobs::kind.eq("housekeeping"), jobs::payload.eq("{}")))
                .execute(c)?;
            Ok::<_, AppError>(())
        })
        .unwrap();
    ada.submit(path, &[]).await.says("tried again");
    assert_eq!(app.work(), 1);
    ada.get("/staff/jobs").await.says("No job was given up");
    ada.post(path, &[]).await.expect(409).says("nothing to repeat");
    ada.post("/staff/jobs/999/repeat", &[]).await.expect(404);
    assert_eq!(app.audited(), ["job.repeat"]);
}

#[actix_web::test]
async fn the_first_page_shows_what_this_person_may_see() {
    let app = TestApp::new().await;
    let ada = app.staff("Ada Admin", Role::Administrator);
    ada.get("/staff").await.expect(200).says("People with an account 1").says("Your roles: administrator");
    let vera = app.staff("Vera Reviewer", Role::Reviewer);
    let page =
        vera.get("/staff").await.expect(200).says("Your roles: reviewer").says("Nothing needs you now");
    assert!(!page.text().contains("People with an account"));
    assert!(!page.body.contains("/staff/audit"));
    let member = app.person("Max Member");
    app.signed_in(&member).get("/staff").await.expect(403);
    app.visitor().get("/staff").await.expect(303);
}
