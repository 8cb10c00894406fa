//! `folkmoot admin`: what only somebody on the server can do. Each act is in the audit log and announced to every
//! administrator.

use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use chrono::TimeDelta;
use clap::{Args, Subcommand};
use folkmoot_store::accounts::{self, NewPerson, Role};
use folkmoot_store::audit::Act;
use folkmoot_store::{Conn, PublicId, Utc, audit};
use serde_json::json;

use super::Settings;
use crate::accounts::ResetSecondFactors;
use crate::app::App;
use crate::auth::EmailAddress;
use crate::auth::email::parse_name;
use crate::error::{AppError, AppResult, Kind};
use crate::http::when::day;
use crate::roles::{self, GrantRole, Grantors};
use crate::server;

/// Arguments of `admin`.
#[derive(Debug, Args)]
pub struct Admin {
    #[command(subcommand)]
    act: AdminAct,
}

#[derive(Debug, Subcommand)]
enum AdminAct {
    /// Make the first two administrators; their addresses count as confirmed
    SetUp {
        #[command(flatten)]
        settings: Settings,
        /// Name and address of each, for example "Ann Arbour <ann@example.org>"; two are needed
        #[arg(required = true, num_args = 2, value_name = "NAME <ADDRESS>")]
        people: Vec<String>,
    },
    /// Give a role to a person who has an account; announced to every administrator
    Grant {
        #[command(flatten)]
        settings: Settings,
        /// Role, for example administrator or returns_officer
        role: Role,
        /// An address the person has confirmed
        email: String,
        /// Why; kept in the audit log
        #[arg(long)]
        reason: String,
        /// End the role after so many days
        #[arg(long, value_parser = clap::value_parser!(i64).range(1..=3660))]
        days: Option<i64>,
    },
    /// Take lost second factors away from a person; announced to every administrator
    ResetFactors {
        #[command(flatten)]
        settings: Settings,
        /// An address the person has confirmed
        email: String,
        /// Why, and how you made sure who it is; kept in the audit log
        #[arg(long)]
        reason: String,
    },
    /// List who holds which role
    List {
        #[command(flatten)]
        settings: Settings,
    },
}

impl Admin {
    /// Does it.
    ///
    /// # Errors
    /// One sentence that says what to do.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match &self.act {
            AdminAct::SetUp { settings, people } => {
                let people = people.iter().map(|p| named_address(p)).collect::<anyhow::Result<Vec<_>>>()?;
                set_up(&server::open(settings.load()?)?, &people)?;
                println!("Both are administrators now. They sign in with a mailed link at the site itself.");
            }
            AdminAct::Grant { settings, role, email, reason, days } => {
                let app = server::open(settings.load()?)?;
                grant(&app, *role, email, reason, *days)?;
                println!("{email} is {} now; every administrator is told by mail.", roles::words(*role));
            }
            AdminAct::ResetFactors { settings, email, reason } => {
                reset_factors(&server::open(settings.load()?)?, email, reason)?;
                println!(
                    "{email} signs in without a second factor now; every administrator is told by mail."
                );
            }
            AdminAct::List { settings } => print!("{}", list(&server::open(settings.load()?)?)?),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads `Name <address>`.
fn named_address(text: &str) -> anyhow::Result<(String, EmailAddress)> {
    let wrong =
        || anyhow!("write {text:?} as \"Name <address>\", for example \"Ann Arbour <ann@example.org>\"");
    let (name, rest) = text.split_once('<').ok_or_else(wrong)?;
    let address = rest.trim().strip_suffix('>').ok_or_else(wrong)?;
    let name = parse_name(name.trim()).map_err(|e| anyhow!("in {text:?}: {e}"))?;
    Ok((name, EmailAddress::parse(address.trim()).map_err(|e| anyhow!("in {text:?}: {e}"))?))
}

fn act(action: &'static str, person: &PublicId, details: serde_json::Value) -> Act {
    let (actor, reference) = (None, "folkmoot admin".into());
    Act { actor, action, object: format!("person {person}"), details, reference }
}

/// One sentence for the terminal out of an error meant for pages.
fn plain(error: AppError) -> anyhow::Error {
    match error.kind {
        Kind::Conflict(why) => anyhow!(why),
        _ => anyhow::Error::new(error),
    }
}

/// Takes lost second factors away, without a second person.
pub(crate) fn reset_factors(app: &App, email: &str, reason: &str) -> anyhow::Result<()> {
    if reason.trim().is_empty() {
        bail!("say with --reason why, and how you made sure who it is");
    }
    let now = app.now();
    let find = |c: &mut Conn| Ok::<_, AppError>(accounts::owner_of_address(c, email)?);
    let owner =
        app.store().read(find)?.with_context(|| format!("nobody has confirmed the address {email}"))?;
    let reset = ResetSecondFactors { person: owner.public_id };
    let entry = act("person.reset_factors", &reset.person, json!({ "reason": reason.trim() }));
    app.store().write(|c| reset.on_the_server(c, app, &entry, now)).map_err(plain)
}

fn give(conn: &mut Conn, app: &App, new: &GrantRole, reason: &str, now: Utc) -> AppResult<()> {
    let entry = act("role.grant", &new.person, new.details());
    roles::add(conn, app, new, Grantors::default(), reason, &entry, now).map(|_| ())
}

/// Makes two people administrators, with accounts if they have none.
pub(crate) fn set_up(app: &App, people: &[(String, EmailAddress)]) -> anyhow::Result<()> {
    let now = app.now();
    if people.len() != 2 || people.first().map(|p| p.1.as_str()) == people.get(1).map(|p| p.1.as_str()) {
        bail!("name two different people: nearly everything administrators do needs both");
    }
    if !app
        .store()
        .read(|c| Ok::<_, AppError>(accounts::holders_of(c, Role::Administrator, now)?))?
        .is_empty()
    {
        bail!("there are administrators already; add one with: folkmoot admin grant administrator ADDRESS");
    }
    app.store()
        .write(|c| {
            for (name, address) in people {
                let person = match accounts::owner_of_address(c, address.as_str())? {
                    Some(known) => known.public_id,
                    None => new_account(c, app, name, address, now)?,
                };
                let new = GrantRole {
                    person,
                    role: Role::Administrator,
                    starts_at: now,
                    ends_at: None,
                    deputy_for: None,
                };
                give(c, app, &new, "Set-up", now)?;
            }
            Ok::<_, AppError>(())
        })
        .map_err(plain)
}

fn new_account(conn: &mut Conn, app: &App, name: &str, at: &EmailAddress, now: Utc) -> AppResult<PublicId> {
    let public_id = app.public_id()?;
    let new = NewPerson {
        public_id: public_id.clone(),
        preferred_name: name.to_owned(),
        password_hash: None,
        time_zone: "UTC".into(),
        locale: "en".into(),
    };
    let id = accounts::add_person(conn, &new, now)?;
    accounts::add_address(conn, id, at.as_str(), Some(now), now)?;
    audit::append(conn, &act("person.set_up", &public_id, json!({})), now)?;
    Ok(public_id)
}

/// Gives a role on the server's authority.
pub(crate) fn grant(
    app: &App,
    role: Role,
    email: &str,
    reason: &str,
    days: Option<i64>,
) -> anyhow::Result<()> {
    let now = app.now();
    if reason.trim().is_empty() {
        bail!("say why with --reason; it is kept in the audit log");
    }
    app.store()
        .write(|c| {
            let Some(person) = accounts::owner_of_address(c, email)? else {
                return Err(AppError::conflict(format!(
                    "nobody with an account has confirmed {email}; the person has to sign up first"
                )));
            };
            let ends_at = days.map(|d| now.plus(TimeDelta::days(d)));
            let new = GrantRole { person: person.public_id, role, starts_at: now, ends_at, deputy_for: None };
            give(c, app, &new, reason, now)
        })
        .map_err(plain)
}

/// Who holds which role, one line each: role, name, address, first day, last day.
pub(crate) fn list(app: &App) -> anyhow::Result<String> {
    let now = app.now();
    app.store()
        .read(|c| {
            let mut text = String::new();
            for held in accounts::standing_grants(c, now)? {
                let person = accounts::person(c, held.person_id)?;
                let address = accounts::mail_address_of(c, person.id)?.unwrap_or_default();
                let until = held.ends_at.map_or_else(|| "open".to_owned(), day);
                text += &format!(
                    "{:<17} {:<30} {:<34} {:<18} {until}\n",
                    held.role,
                    person.preferred_name,
                    address,
                    day(held.starts_at)
                );
            }
            if text.is_empty() {
                text = "Nobody holds a role; begin with: folkmoot admin set-up\n".into();
            }
            Ok::<_, AppError>(text)
        })
        .context("cannot read the roles")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestApp;

    fn two() -> Vec<(String, EmailAddress)> {
        ["Ann Arbour <ann@meadow.test>", "Bo <bo@meadow.test>"].map(|t| named_address(t).unwrap()).to_vec()
    }

    #[actix_web::test]
    async fn set_up_makes_two_administrators_once() {
        let app = TestApp::new().await;
        let one = vec![two()[0].clone(), two()[0].clone()];
        assert!(set_up(&app.app, &one).unwrap_err().to_string().contains("two different people"));
        assert!(list(&app.app).unwrap().contains("set-up"));
        set_up(&app.app, &two()).unwrap();
        assert_eq!(app.audited(), ["person.set_up", "role.grant", "person.set_up", "role.grant"]);
        let text = list(&app.app).unwrap();
        assert!(text.contains("ann@meadow.test") && text.contains("Bo"), "{text}");
        assert!(set_up(&app.app, &two()).unwrap_err().to_string().contains("already"));
        // They sign in with a link.
        let browser = app.visitor();
        browser.post("/sign-in/link", &[("email", "ann@meadow.test")]).await;
        let link = app.link_in_mail_to("ann@meadow.test");
        browser.get(&link).await.expect(200);
        browser.post(&link, &[]).await.expect(303);
        app.work();
    }

    #[actix_web::test]
    async fn a_grant_on_the_server_is_logged_and_announced() {
        let app = TestApp::new().await;
        set_up(&app.app, &two()).unwrap();
        app.work();
        let rita = app.person("Rita");
        assert!(
            grant(&app.app, Role::Chair, "no@meadow.test", "x", None)
                .unwrap_err()
                .to_string()
                .contains("sign up")
        );
        assert!(
            grant(&app.app, Role::Chair, &rita.email, " ", None)
                .unwrap_err()
                .to_string()
                .contains("--reason")
        );
        grant(&app.app, Role::Chair, &rita.email, "Agreed by telephone", Some(10)).unwrap();
        assert!(
            grant(&app.app, Role::Chair, &rita.email, "x", None).unwrap_err().to_string().contains("already")
        );
        assert_eq!(app.audited().last().unwrap(), "role.grant");
        for address in ["ann@meadow.test", "bo@meadow.test"] {
            let mail = app.mail_to(address);
            assert!(mail.body_text.contains("granted by a command on the server"), "{}", mail.body_text);
            assert!(mail.body_text.contains("Agreed by telephone"));
        }
        assert_eq!(app.mail_to(&rita.email).message, "role_granted");
        assert!(list(&app.app).unwrap().contains("11 June 2026"));
    }

    #[test]
    fn people_are_named_with_their_addresses() {
        for wrong in ["ann@example.org", "Ann <ann@example.org", "<ann@example.org>", "Ann <ann>"] {
            assert!(named_address(wrong).is_err(), "{wrong}");
        }
    }
}
