//! How long a mail is tried: four days from its first attempt, however long it waited before.

use chrono::TimeDelta;
use folkmoot_store::mails::{self, Mail, MailState};
use lettre::address::Envelope;

use super::{notice, send_notice};
use crate::app::App;
use crate::error::AppError;
use crate::mail::{Carrier, Mailer, Recipient, Refusal, queue};
use crate::testing::TestApp;

/// A server that lets strangers wait.
struct Greylisting;

impl Carrier for Greylisting {
    fn carry(&self, _: &Mail, _: &Envelope, _: &[u8]) -> Result<(), Refusal> {
        Err(Refusal::Later("450 4.7.1 greylisted, try again".into()))
    }
}

fn mailer(app: &App) -> Mailer {
    Mailer::with_carrier(app.clone(), "patient".into(), Box::new(Greylisting))
}

fn only(app: &TestApp) -> Mail {
    app.app.store().read(|c| Ok::<_, AppError>(mails::latest(c, 1)?)).unwrap().remove(0)
}

#[actix_web::test]
async fn a_mail_that_waited_for_weeks_is_tried_for_four_days_from_its_first_attempt() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    // As voting codes do: queued when the opening was agreed, and then the opening was moved.
    send_notice(&app, &ann);
    app.advance(TimeDelta::days(20));
    let mailer = mailer(&app.app);
    assert!(mailer.send_next().unwrap());
    assert_eq!((only(&app).state, only(&app).attempts), (MailState::Deferred, 1));
    for _ in 0..23 {
        app.advance(TimeDelta::hours(4));
        while mailer.send_next().unwrap() {}
        assert_eq!(only(&app).state, MailState::Deferred, "given up before four days");
    }
    app.advance(TimeDelta::hours(4));
    while mailer.send_next().unwrap() {}
    assert_eq!(only(&app).state, MailState::Failed, "tried for ever");
}

#[actix_web::test]
async fn each_mail_is_tried_by_its_own_time() {
    let app = TestApp::new().await;
    let (ann, bo) = (app.person("Ann"), app.person("Bo"));
    send_notice(&app, &ann);
    let mailer = mailer(&app.app);
    while mailer.send_next().unwrap() {}
    app.advance(TimeDelta::days(4));
    let (now, to) = (app.app.now(), Recipient::person(bo.id, &bo.email));
    app.app.store().write(|c| queue(c, &app.app, &to, &notice("Bo"), now)).unwrap();
    while mailer.send_next().unwrap() {}
    let all = app.app.store().read(|c| Ok::<_, AppError>(mails::latest(c, 2)?)).unwrap();
    let states: Vec<MailState> = all.iter().map(|m| m.state).collect();
    assert_eq!(states, [MailState::Deferred, MailState::Failed]);
}
