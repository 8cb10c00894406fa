//! Links in mails that prove an address, and accounts made on the way. A link is a keyed hash over what it is for: it needs
//! no row, stays the same in reminders, and is worth nothing once the nomination is answered or its cut-off has passed.
//! Opening one changes nothing (requirement CST-06).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use folkmoot_store::accounts::{self, NewPerson, Person, PersonState, Strength};
use folkmoot_store::nominations::Nomination;
use folkmoot_store::nominations::supports::Support;
use folkmoot_store::pages::SitePage;
use folkmoot_store::{Conn, PersonId, PublicId, Utc, audit};

use crate::app::App;
use crate::auth::{email, password};
use crate::error::{AppError, AppResult};
use crate::http::session::NewSession;
use crate::http::{Check, Ctx, FieldErrors, Form};
use crate::site::pages as site_pages;

const ANSWER: &str = "nomination answer";
const JOIN: &str = "nomination join";

fn proof(app: &App, label: &str, id: &PublicId, lookup: &str) -> String {
    URL_SAFE_NO_PAD.encode(app.keys().tag(label, format!("{id}|{lookup}").as_bytes()))
}

fn fits(app: &App, label: &str, id: &PublicId, lookup: &str, sent: &str) -> bool {
    let message = format!("{id}|{lookup}");
    URL_SAFE_NO_PAD.decode(sent).is_ok_and(|tag| app.keys().verify(label, message.as_bytes(), &tag))
}

/// Path at which the nominee accepts or declines.
pub(super) fn answer(app: &App, nomination: &Nomination) -> String {
    let proof = proof(app, ANSWER, &nomination.public_id, &nomination.lookup);
    format!("/nominations/answer/{}/{proof}", nomination.public_id)
}

/// Refuses a link that is not the nominee's.
pub(super) fn check_answer(app: &App, nomination: &Nomination, sent: &str) -> AppResult<()> {
    let good = fits(app, ANSWER, &nomination.public_id, &nomination.lookup, sent);
    if good { Ok(()) } else { Err(AppError::not_found()) }
}

/// Path at which somebody who is asked to nominate too says so.
pub(super) fn join(app: &App, support: &Support) -> String {
    let proof = proof(app, JOIN, &support.public_id, &support.lookup);
    format!("/nominations/join/{}/{proof}", support.public_id)
}

/// Refuses a link that was not sent to this supporter.
pub(super) fn check_join(app: &App, support: &Support, sent: &str) -> AppResult<()> {
    let good = fits(app, JOIN, &support.public_id, &support.lookup, sent);
    if good { Ok(()) } else { Err(AppError::not_found()) }
}

/// The active account that owns an address.
pub(super) fn owner(conn: &mut Conn, address: &str) -> AppResult<Option<Person>> {
    Ok(accounts::owner_of_address(conn, address)?.filter(|p| p.state == PersonState::Active))
}

/// An account to be made for whoever opened a link, whose address the link proves.
#[derive(Clone)]
pub(super) struct NewAccount {
    name: String,
    password_hash: String,
    public_id: PublicId,
    session: NewSession,
    act: audit::Act,
}

impl NewAccount {
    /// Reads the fields `account-name`, `account-password` and `account-accept`.
    ///
    /// # Errors
    /// The inner error has the mistakes.
    pub(super) async fn parse(ctx: &Ctx, form: &Form, address: &str) -> AppResult<Result<Self, FieldErrors>> {
        let organisation = ctx.app().organisation().name.clone();
        let mut check = Check::new(form);
        let name = check.field("account-name", email::parse_name);
        let context = [form.value("account-name"), address, organisation.as_str()];
        let password =
            check.raw("account-password", |p| password::check_new(p, &context).map(|()| p.to_owned()));
        if !form.has("account-accept", "yes") {
            check.add("account-accept", "Read the three texts and tick the box to agree.");
        }
        let errors = check.errors();
        let (Some(name), Some(typed), true) = (name, password, errors.is_empty()) else {
            return Ok(Err(errors));
        };
        let password_hash = password::hash(ctx.app(), &typed).await?;
        let public_id = ctx.app().public_id()?;
        let act = ctx.act("person.sign_up", format!("person {public_id}"), serde_json::json!({}));
        Ok(Ok(Self { name, password_hash, public_id, session: ctx.new_session()?, act }))
    }

    /// Makes the account and signs it in; call [`Ctx::keep_session`] with [`Self::session`] after the commit.
    pub(super) fn make(&self, conn: &mut Conn, app: &App, address: &str, now: Utc) -> AppResult<PersonId> {
        if accounts::owner_of_address(conn, address)?.is_some() {
            return Err(AppError::conflict("This address has an account meanwhile. Sign in instead."));
        }
        let accepted: Vec<(SitePage, i64)> = site_pages::all_current(conn)?;
        let new = NewPerson {
            public_id: self.public_id.clone(),
            preferred_name: self.name.clone(),
            password_hash: Some(self.password_hash.clone()),
            time_zone: app.organisation().time_zone.clone(),
            locale: "en".into(),
        };
        let person = accounts::add_person(conn, &new, now)?;
        accounts::add_address(conn, person, address, Some(now), now)?;
        site_pages::record(conn, person, &accepted, now)?;
        self.session.start(conn, app, person, Strength::Password, now)?;
        audit::append(conn, &audit::Act { actor: Some(person), ..self.act.clone() }, now)?;
        Ok(person)
    }

    /// The session that was started.
    pub(super) fn session(&self) -> &NewSession {
        &self.session
    }
}
