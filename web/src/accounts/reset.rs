//! Somebody who lost every second factor: two members of staff, neither of them that person, take the factors away together,
//! after making sure whom they talk to. A mailed link or the password then signs in again.

use actix_web::web;
use askama::Template;
use folkmoot_store::accounts::{self, Means, Person, PersonState, Role, TokenPurpose};
use folkmoot_store::{Conn, PublicId, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::notices;
use crate::app::App;
use crate::approvals::{self, Approvable, By, Consent};
use crate::auth::permission::{Action, Subject};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, Form, Page, PageResult};

/// Takes authenticator app, recovery codes and passkeys away from a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetSecondFactors {
    /// Whose.
    pub person: PublicId,
}

impl ResetSecondFactors {
    fn read(&self, conn: &mut Conn) -> AppResult<(Person, Means)> {
        let person = accounts::person_by_public_id(conn, &self.person)?;
        let means = accounts::means_of(conn, person.id)?;
        Ok((person, means))
    }
}

impl Approvable for ResetSecondFactors {
    const KIND: &'static str = "person.reset_factors";
    const TITLE: &'static str = "Take a person's second factors away";
    const PROPOSE: Action = Action::ResetSecondFactors;
    const APPROVE: Action = Action::ResetSecondFactors;

    fn object(&self) -> String {
        format!("person {}", self.person)
    }

    fn page(&self) -> String {
        format!("/staff/people/{}/second-factors", self.person)
    }

    fn subject(&self, conn: &mut Conn) -> AppResult<Subject> {
        Ok(Subject::Person(accounts::person_by_public_id(conn, &self.person)?.id))
    }

    fn facts(&self, conn: &mut Conn) -> AppResult<Vec<(String, String)>> {
        let (person, means) = self.read(conn)?;
        let address = accounts::mail_address_of(conn, person.id)?.unwrap_or_else(|| "no address".into());
        Ok(vec![
            ("Person".into(), format!("{} ({address})", person.preferred_name)),
            ("Authenticator app".into(), if means.totp { "taken away" } else { "none" }.into()),
            ("Passkeys taken away".into(), means.passkeys.to_string()),
            ("Afterwards".into(), "signed out everywhere; a mailed link or the password signs in".into()),
        ])
    }

    fn check(&self, conn: &mut Conn, _app: &App, _now: Utc) -> AppResult<()> {
        let (person, means) = self.read(conn)?;
        if person.state != PersonState::Active {
            return Err(AppError::conflict("This person's account is closed or barred."));
        }
        if !means.totp && means.passkeys == 0 {
            return Err(AppError::conflict("This person has no second factor that could be taken away."));
        }
        Ok(())
    }

    fn apply(&self, conn: &mut Conn, app: &App, consent: &Consent, now: Utc) -> AppResult<()> {
        let entry = consent.act("person.reset_factors", self.object(), json!({}));
        self.take_away(conn, app, "Two members of staff", &entry, now).map(|_| ())
    }
}

impl ResetSecondFactors {
    fn take_away(
        &self,
        conn: &mut Conn,
        app: &App,
        who: &str,
        entry: &audit::Act,
        now: Utc,
    ) -> AppResult<Person> {
        let (person, _) = self.read(conn)?;
        accounts::remove_factors_since(conn, person.id, person.created_at)?;
        accounts::end_sessions(conn, person.id, None)?;
        accounts::void_tokens(conn, person.id, TokenPurpose::SecondStep, now)?;
        audit::append(conn, entry, now)?;
        let what = format!(
            "{who} took your authenticator app, recovery codes and passkeys away because you had lost them. \
             Sign in and set up a new second factor."
        );
        notices::tell(conn, app, person.id, &what, now)?;
        Ok(person)
    }

    /// Does it without a second person, for whoever runs the server; told to the person and to every administrator.
    ///
    /// # Errors
    /// `Conflict` when there is nothing to take away; a database error.
    pub fn on_the_server(&self, conn: &mut Conn, app: &App, entry: &audit::Act, now: Utc) -> AppResult<()> {
        self.check(conn, app, now)?;
        let person = self.take_away(conn, app, "Somebody on the server", entry, now)?;
        let what = format!("On the server, the second factors of {} were taken away.", person.preferred_name);
        for administrator in accounts::holders_of(conn, Role::Administrator, now)? {
            if administrator != person.id {
                notices::tell(conn, app, administrator, &what, now)?;
            }
        }
        Ok(())
    }
}

#[derive(Template)]
#[template(path = "accounts/reset.html")]
struct ResetPage {
    page: Page,
    form: Form,
    name: String,
    means: Means,
    action: String,
}

async fn show(ctx: &Ctx, act: ResetSecondFactors, form: Form) -> PageResult {
    let action = act.page();
    let (person, means) = ctx.app().read(move |c| act.read(c)).await?;
    let page = ctx.page("Lost second factor").for_form(&form);
    let again = page.has_errors;
    let template = ResetPage { page, form, name: person.preferred_name, means, action };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

fn act_of(path: &str) -> AppResult<ResetSecondFactors> {
    let person = PublicId::parse(path).ok_or_else(AppError::not_found)?;
    Ok(ResetSecondFactors { person })
}

pub(super) async fn page(ctx: Ctx, path: web::Path<String>) -> PageResult {
    show(&ctx, act_of(&path)?, Form::empty()).await
}

pub(super) async fn propose(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["reason"])?;
    ctx.require_fresh()?;
    let act = act_of(&path)?;
    let mut check = Check::new(&form);
    let missing = "Say how you made sure that you talk to this very person.";
    let Some(reason) = check.text("reason", 500, missing) else {
        let errors = check.errors();
        return show(&ctx, act, form.with(errors)).await;
    };
    let (app, now, by) = (ctx.app().clone(), ctx.now(), By::new(&ctx, &actor));
    let id = ctx.app().write(move |c| approvals::propose(c, &app, &by, &act, &reason, now)).await?;
    let flash = Flash::good("Proposed. It is done when another member of staff approves within 24 hours.");
    Ok(ctx.redirect_with(&format!("/staff/approvals/{id}"), &flash))
}
