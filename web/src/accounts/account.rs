//! The person's own page: name, addresses, password, signed-in browsers.

use actix_web::web;
use askama::Template;
use folkmoot_store::accounts::{self, Address, Means, SessionId, TokenPurpose};
use folkmoot_store::audit;

use super::mail::PasswordChanged;
use crate::auth::email;
use crate::auth::password::{self, Verdict};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{Zone, parse_zone, zones};
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::mail::{self, Recipient};

#[derive(Template)]
#[template(path = "accounts/account.html")]
struct AccountPage {
    page: Page,
    form: Form,
    zone: String,
    addresses: Vec<Address>,
    means: Means,
    sessions: Vec<SessionLine>,
}

struct SessionLine {
    id: i64,
    agent: String,
    since: String,
    seen: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "accounts/password.html")]
struct PasswordPage {
    page: Page,
    form: Form,
    has_password: bool,
}

pub(super) async fn page(ctx: Ctx, actor: Actor) -> PageResult {
    let form = Form::filled([("name", actor.name.clone())]);
    show(&ctx, &actor, form).await
}

async fn show(ctx: &Ctx, actor: &Actor, form: Form) -> PageResult {
    let (person, now) = (actor.person, ctx.now());
    let (addresses, sessions, means) = ctx
        .app()
        .read(move |c| {
            Ok((
                accounts::addresses_of(c, person)?,
                accounts::sessions_of(c, person, now)?,
                accounts::means_of(c, person)?,
            ))
        })
        .await?;
    let sessions = sessions
        .into_iter()
        .map(|s| SessionLine {
            id: s.id.0,
            agent: s.agent,
            since: ctx.when(s.created_at),
            seen: ctx.when(s.last_seen_at),
            current: s.id == actor.session,
        })
        .collect();
    let page = ctx.page("Your account").for_form(&form);
    let again = page.has_errors;
    let template = AccountPage { page, form, zone: ctx.zone().replace('_', " "), addresses, means, sessions };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn change_name(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["name"])?;
    let mut check = Check::new(&form);
    let Some(name) = check.field("name", email::parse_name) else {
        let errors = check.errors();
        return show(&ctx, &actor, form.with(errors)).await;
    };
    let (person, now) = (actor.person, ctx.now());
    let act = ctx.act("person.rename", format!("person {}", actor.public_id), serde_json::json!({}));
    ctx.app()
        .write(move |c| {
            accounts::set_preferred_name(c, person, &name)?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/account", &Flash::good("Your name is changed.")))
}

#[derive(Template)]
#[template(path = "accounts/time_zone.html")]
struct ZonePage {
    page: Page,
    form: Form,
    zones: Vec<Zone>,
    now: String,
}

pub(super) async fn zone_page(ctx: Ctx, actor: Actor) -> PageResult {
    let form = Form::filled([("time_zone", actor.time_zone)]);
    let now = ctx.when(ctx.now());
    ctx.show(&ZonePage { page: ctx.page("Your time zone"), form, zones: zones(), now })
}

pub(super) async fn change_zone(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["time_zone"])?;
    let mut check = Check::new(&form);
    let Some(zone) = check.field("time_zone", parse_zone) else {
        let form = form.clone().with(check.errors());
        let (page, now) = (ctx.page("Your time zone").for_form(&form), ctx.when(ctx.now()));
        return ctx.show_again(&ZonePage { page, form, zones: zones(), now });
    };
    let (person, now) = (actor.person, ctx.now());
    let act = ctx.act("person.time_zone", format!("person {}", actor.public_id), serde_json::json!({}));
    ctx.app()
        .write(move |c| {
            accounts::set_time_zone(c, person, &zone)?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/account", &Flash::good("Your time zone is changed.")))
}

pub(super) async fn password_page(ctx: Ctx, actor: Actor) -> PageResult {
    let person = actor.person;
    let has_password =
        ctx.app().read(move |c| Ok(accounts::person(c, person)?.password_hash.is_some())).await?;
    ctx.show(&PasswordPage { page: ctx.page("Change your password"), form: Form::empty(), has_password })
}

pub(super) async fn change_password(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["current", "password"])?;
    let person = actor.person;
    let (owner, address) = ctx
        .app()
        .read(move |c| Ok((accounts::person(c, person)?, accounts::mail_address_of(c, person)?)))
        .await?;
    let has_password = owner.password_hash.is_some();
    if !has_password {
        ctx.require_fresh()?;
    }
    let mut check = Check::new(&form);
    let organisation = ctx.app().organisation();
    let context =
        [owner.preferred_name.as_str(), address.as_deref().unwrap_or(""), organisation.name.as_str()];
    let new = check.raw("password", |p| password::check_new(p, &context).map(|()| p.to_owned()));
    if has_password {
        super::limits::sign_in(&ctx, address.as_deref().unwrap_or("")).await?;
        if password::verify(ctx.app(), form.raw("current"), owner.password_hash.clone()).await?
            == Verdict::Wrong
        {
            check.add("current", "This is not your present password.");
        }
    }
    let errors = check.errors();
    let (Some(new), true) = (new, errors.is_empty()) else {
        let form = form.with(errors);
        let page = ctx.page("Change your password").for_form(&form);
        return ctx.show_again(&PasswordPage { page, form, has_password });
    };
    let hash = password::hash(ctx.app(), &new).await?;
    let (app, now, keep) = (ctx.app().clone(), ctx.now(), actor.session);
    let act = ctx.act("person.password", format!("person {}", actor.public_id), serde_json::json!({}));
    ctx.app()
        .write(move |c| {
            accounts::set_password_hash(c, person, &hash)?;
            accounts::end_sessions(c, person, Some(keep))?;
            for purpose in [TokenPurpose::Recover, TokenPurpose::SignIn, TokenPurpose::SecondStep] {
                accounts::void_tokens(c, person, purpose, now)?;
            }
            audit::append(c, &act, now)?;
            if let Some(address) = &address {
                let message = PasswordChanged {
                    name: owner.preferred_name.clone(),
                    link: app.link("/sign-in/forgotten"),
                };
                mail::queue(c, &app, &Recipient::person(person, address), &message, now)?;
            }
            Ok(())
        })
        .await?;
    Ok(ctx
        .redirect_with("/account", &Flash::good("Your password is changed; other browsers are signed out.")))
}

pub(super) async fn end_session(ctx: Ctx, actor: Actor, path: web::Path<i64>, form: Form) -> PageResult {
    form.only(&[])?;
    let (person, id, now) = (actor.person, SessionId(path.into_inner()), ctx.now());
    let act = ctx.act("session.end", "session", serde_json::json!({ "session": id }));
    ctx.app()
        .write(move |c| {
            if !accounts::end_session(c, person, id)? {
                return Err(crate::AppError::not_found());
            }
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/account", &Flash::good("That browser is signed out.")))
}

pub(super) async fn end_other_sessions(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    form.only(&[])?;
    let (person, keep, now) = (actor.person, actor.session, ctx.now());
    let act = ctx.act("session.end_others", "session", serde_json::json!({}));
    ctx.app()
        .write(move |c| {
            accounts::end_sessions(c, person, Some(keep))?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/account", &Flash::good("Every other browser is signed out.")))
}
