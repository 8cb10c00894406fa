//! Stories of lost second factors.

use chrono::TimeDelta;
use folkmoot_store::accounts::Role;

use super::codes::set_up_app;
use crate::testing::{TestApp, between};

#[actix_web::test]
async fn two_members_of_staff_take_lost_factors_away_and_nobody_their_own() {
    let app = TestApp::new().await;
    let (ann, rita, otto) = (app.person("Ann"), app.person("Rita"), app.person("Otto"));
    for person in [&rita, &otto] {
        app.grant(person, Role::MembershipStaff);
    }
    let (ann_here, rita_here, otto_here) = (app.signed_in(&ann), app.signed_in(&rita), app.signed_in(&otto));
    set_up_app(&app, &ann_here).await;
    let path = format!("/staff/people/{}/second-factors", ann.public_id);
    ann_here.get(&path).await.expect(403);
    rita_here.get(&path).await.expect(200).says("10 recovery codes left");
    rita_here.submit(&path, &[("reason", "")]).await.expect(422).says("Say how");
    let page = rita_here.submit(&path, &[("reason", "Video call, knew her")]).await.expect(200);
    let page = page.says("Video call");
    let approval = between(&page.body, "/staff/approvals/", "/").unwrap().to_owned();
    let approve = format!("/staff/approvals/{approval}/approve");
    let (_, fields) = otto_here.get(&format!("/staff/approvals/{approval}")).await.form(&approve);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert!(rita_here.post(&approve, &fields).await.status.is_client_error(), "nobody approves alone");
    ann_here.get("/account").await.expect(200);
    otto_here.submit(&approve, &fields).await.expect(200);
    ann_here.get("/account").await.expect(303);
    assert!(
        app.mails().iter().any(|m| m.recipient == ann.email && m.body_text.contains("Two members of staff"))
    );
    app.signed_in(&ann).get("/account").await.expect(200).says("Authenticator app Off");
    rita_here.submit(&path, &[("reason", "again")]).await.expect(409);
    // Their own factors only others take away.
    set_up_app(&app, &rita_here).await;
    let own = format!("/staff/people/{}/second-factors", rita.public_id);
    rita_here.submit(&own, &[("reason", "lost")]).await.expect(403).says("Somebody else");
    app.advance(TimeDelta::minutes(5));
    rita_here.post(&path, &[("reason", "late")]).await.expect(307);
}

#[actix_web::test]
async fn on_the_server_factors_are_taken_away_and_every_administrator_hears_of_it() {
    let app = TestApp::new().await;
    let (ann, rita) = (app.person("Ann"), app.person("Rita"));
    app.grant(&rita, Role::Administrator);
    let browser = app.signed_in(&ann);
    let again = || crate::cli::admin::reset_factors(&app.app, &ann.email, "Met her in the office");
    assert!(again().unwrap_err().to_string().contains("no second factor"));
    set_up_app(&app, &browser).await;
    again().unwrap();
    browser.get("/account").await.expect(303);
    assert!(app.mail_to(&ann.email).body_text.contains("Somebody on the server"));
    assert!(app.mail_to(&rita.email).body_text.contains("second factors of Ann"));
    assert_eq!(app.audited(), ["totp.add", "person.reset_factors"]);
    let nobody = crate::cli::admin::reset_factors(&app.app, "no@people.test", "x").unwrap_err();
    assert!(nobody.to_string().contains("nobody has confirmed"));
}
