//! Signing up. Nothing is made before the address is proved, and the answer is the same whether the address is known.

use actix_web::web;
use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::accounts::{self, NewPerson, NewToken, Strength, TokenPurpose, address_lookup};
use folkmoot_store::error::is_duplicate;
use folkmoot_store::pages::SitePage;
use folkmoot_store::{JsonText, audit, people};
use serde::{Deserialize, Serialize};

use super::mail::{AlreadyRegistered, ConfirmSignUp};
use super::{device, limits};
use crate::auth::{EmailAddress, email, password};
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::{new_token, token_hash};
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::mail::{self, Recipient};
use crate::membership::join::{self, Wish};
use crate::site::pages as site_pages;

const HOURS: i64 = 24;

#[derive(Template)]
#[template(path = "accounts/sign_up.html")]
struct SignUpPage {
    page: Page,
    form: Form,
}

#[derive(Template)]
#[template(path = "accounts/check_mail.html")]
pub(super) struct CheckMailPage {
    pub(super) page: Page,
    pub(super) address: String,
}

#[derive(Template)]
#[template(path = "accounts/confirm_sign_up.html")]
struct ConfirmPage {
    page: Page,
    token: String,
    name: String,
}

#[derive(Template)]
#[template(path = "accounts/link_ended.html")]
pub(super) struct LinkEndedPage {
    pub(super) page: Page,
    pub(super) what: &'static str,
    pub(super) again: &'static str,
}

/// Somebody who wants an account.
pub(crate) struct Applicant {
    name: String,
    email: EmailAddress,
    password: String,
}

impl Applicant {
    /// Reads the fields `name`, `email`, `password` and `accept`, and notes what is wrong with them.
    pub(crate) fn parse(check: &mut Check<'_>, form: &Form, organisation: &str) -> Option<Self> {
        let name = check.field("name", email::parse_name);
        let address = check.field("email", EmailAddress::parse);
        let context = [form.value("name"), form.value("email"), organisation];
        let password = check.raw("password", |p| password::check_new(p, &context).map(|()| p.to_owned()));
        let accepts = form.has("accept", "yes");
        if !accepts {
            check.add("accept", "Read the three texts and tick the box to agree.");
        }
        Some(Self { name: name?, email: address?, password: password? }).filter(|_| accepts)
    }
}

/// What the token remembers until the address is proved.
#[derive(Serialize, Deserialize)]
struct Pending {
    name: String,
    email: String,
    password_hash: String,
    /// Versions of the site pages that were in force when the box was ticked.
    #[serde(default)]
    accepted: Vec<(SitePage, i64)>,
    /// The class to join at once.
    #[serde(default)]
    join: Option<Wish>,
}

pub(super) async fn form(ctx: Ctx) -> PageResult {
    if ctx.actor().is_some() {
        return Ok(ctx.redirect("/"));
    }
    ctx.show(&SignUpPage { page: ctx.page("Sign up"), form: Form::empty() })
}

pub(super) async fn ask(ctx: Ctx, form: Form) -> PageResult {
    let form = form.only(&["name", "email", "password", "accept"])?;
    let mut check = Check::new(&form);
    let Some(applicant) = Applicant::parse(&mut check, &form, &ctx.app().organisation().name) else {
        let errors = check.errors();
        let form = form.with(errors);
        return ctx.show_again(&SignUpPage { page: ctx.page("Sign up").for_form(&form), form });
    };
    begin(&ctx, applicant, None).await
}

/// Mails a link that makes the account and joins the class; to somebody who has an account, a link that leads back to joining.
pub(crate) async fn begin(ctx: &Ctx, wish: Applicant, join: Option<Wish>) -> PageResult {
    let address = wish.email.as_str().to_owned();
    let may_mail = limits::mail(ctx, &address).await?;
    // Hashed in every case: the time tells nothing about the address.
    let password_hash = password::hash(ctx.app(), &wish.password).await?;
    let token = new_token(ctx.app())?;
    let (app, now) = (ctx.app().clone(), ctx.now());
    let shown = address.clone();
    if may_mail {
        ctx.app()
            .write(move |c| {
                if let Some(owner) = accounts::owner_of_address(c, &address)? {
                    let link = match &join {
                        None => app.link("/sign-in"),
                        Some(join) => {
                            let new = NewToken {
                                token_hash: &token_hash(&token),
                                purpose: TokenPurpose::Join,
                                person: Some(owner.id),
                                payload: JsonText::of(join)?,
                                expires_at: now.plus(TimeDelta::hours(HOURS)),
                            };
                            accounts::add_token(c, &new, now)?;
                            app.link(&format!("/join/continue/{token}"))
                        }
                    };
                    let message = AlreadyRegistered { name: owner.preferred_name, link };
                    mail::queue(c, &app, &Recipient::person(owner.id, &address), &message, now)?;
                    return Ok(());
                }
                let pending = Pending {
                    name: wish.name.clone(),
                    email: address.clone(),
                    password_hash: password_hash.clone(),
                    accepted: site_pages::all_current(c)?,
                    join: join.clone(),
                };
                let new = NewToken {
                    token_hash: &token_hash(&token),
                    purpose: TokenPurpose::SignUp,
                    person: None,
                    payload: JsonText::of(&pending)?,
                    expires_at: now.plus(TimeDelta::hours(HOURS)),
                };
                accounts::add_token(c, &new, now)?;
                let message = ConfirmSignUp {
                    name: wish.name.clone(),
                    link: app.link(&format!("/sign-up/{token}")),
                    hours: HOURS,
                };
                mail::queue(c, &app, &Recipient::address(&address), &message, now)?;
                Ok(())
            })
            .await?;
    }
    ctx.show(&CheckMailPage { page: ctx.page("Check your mail"), address: shown })
}

/// The page the mailed link opens. Looking changes nothing: mail scanners follow links (requirement AUT-05).
pub(super) async fn confirm_page(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (token, now) = (path.into_inner(), ctx.now());
    let hash = token_hash(&token);
    let found =
        ctx.app().read(move |c| Ok(accounts::peek_token(c, &hash, TokenPurpose::SignUp, now)?)).await?;
    match found {
        None => ended(&ctx),
        Some(found) => {
            let pending: Pending = found.payload.parse()?;
            ctx.show(&ConfirmPage { page: ctx.page("Confirm your address"), token, name: pending.name })
        }
    }
}

pub(super) async fn confirm(ctx: Ctx, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let hash = token_hash(&path.into_inner());
    let session = ctx.new_session()?;
    let (app, now, new) = (ctx.app().clone(), ctx.now(), session.clone());
    let public_id = app.public_id()?;
    let act = ctx.act("person.sign_up", format!("person {public_id}"), serde_json::json!({}));
    let done = ctx
        .app()
        .write(move |c| {
            let Some(token) = accounts::use_token(c, &hash, TokenPurpose::SignUp, now)? else {
                return Ok(None);
            };
            let pending: Pending = token.payload.parse()?;
            let person = accounts::add_person(
                c,
                &NewPerson {
                    public_id: public_id.clone(),
                    preferred_name: pending.name,
                    password_hash: Some(pending.password_hash),
                    time_zone: app.organisation().time_zone.clone(),
                    locale: "en".into(),
                },
                now,
            )?;
            accounts::add_address(c, person, &pending.email, Some(now), now).map_err(|e| {
                if is_duplicate(&e) {
                    AppError::conflict("This address has an account meanwhile. Sign in instead.")
                } else {
                    e.into()
                }
            })?;
            // Somebody who has forgotten an account, perhaps: staff compare the two.
            for (other, reason) in people::alike_to(c, person)? {
                people::note_duplicate(c, &app.public_id()?, (person, other), reason, now)?;
            }
            site_pages::record(c, person, &pending.accepted, now)?;
            new.start(c, &app, person, Strength::Password, now)?;
            audit::append(c, &audit::Act { actor: Some(person), ..act.clone() }, now)?;
            let joined = match &pending.join {
                Some(wish) => {
                    let action = "membership.join";
                    let details = serde_json::json!({ "class": wish.class });
                    let act = audit::Act { actor: Some(person), action, details, ..act.clone() };
                    audit::append(c, &act, now)?;
                    Some(join::apply(c, &app, person, wish, now)?)
                }
                None => None,
            };
            Ok(Some((pending.email, joined)))
        })
        .await?;
    let Some((address, joined)) = done else { return ended(&ctx) };
    device::remember(&ctx, &address_lookup(&address))?;
    ctx.keep_session(&session);
    let (to, words) = joined.map_or_else(
        || ("/".to_owned(), "Welcome. Your address is confirmed.".to_owned()),
        |outcome| (outcome.to, outcome.words),
    );
    Ok(ctx.redirect_with(&to, &Flash::good(words)))
}

fn ended(ctx: &Ctx) -> PageResult {
    let page = LinkEndedPage { page: ctx.page("This link has ended"), what: "sign-up", again: "/sign-up" };
    ctx.show_as(actix_web::http::StatusCode::GONE, &page)
}
