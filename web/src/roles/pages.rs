//! Pages: who holds which role, giving a role, taking one away.

use std::collections::BTreeMap;

use actix_web::web;
use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::accounts::{self, GrantId, Person, Role, RoleGrant};
use folkmoot_store::{Conn, PersonId, PublicId, Utc};

use super::grant::{GrantRole, Grantors, add, revoke};
use super::{duties, heading, needs_two};
use crate::app::App;
use crate::approvals::{self, Approvable, By};
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{day, parse_day, start_of};
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};
use crate::staff::fresh;

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageRoles);
    vec![
        Route::get("/staff/roles", Access::May(Action::SeeRoles), list),
        Route::get("/staff/roles/give", manage, form),
        Route::post("/staff/roles/give", manage, give),
        Route::get("/staff/roles/{grant}/take-away", manage, take_away_page),
        Route::post("/staff/roles/{grant}/take-away", manage, take_away),
    ]
}

pub(super) struct Line {
    pub(super) id: i64,
    pub(super) role: String,
    pub(super) person: String,
    /// The page of the person, empty when the viewer may not open it.
    pub(super) page: String,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) granted: String,
    pub(super) deputy_for: String,
    /// The viewer may take it away.
    pub(super) removable: bool,
}

#[derive(Template)]
#[template(path = "roles/list.html")]
struct ListPage {
    page: Page,
    standing: Vec<Line>,
    past: Vec<Line>,
    may_give: bool,
}

struct RoleChoice {
    value: &'static str,
    label: String,
    hint: String,
}

#[derive(Template)]
#[template(path = "roles/give.html")]
struct GivePage {
    page: Page,
    form: Form,
    roles: Vec<RoleChoice>,
}

#[derive(Template)]
#[template(path = "roles/take_away.html")]
struct TakeAwayPage {
    page: Page,
    form: Form,
    line: Line,
}

pub(super) fn lines(conn: &mut Conn, actor: &Actor, grants: &[RoleGrant], now: Utc) -> AppResult<Vec<Line>> {
    let ids: Vec<PersonId> = grants
        .iter()
        .flat_map(|g| [Some(g.person_id), g.granted_by, g.approved_by, g.deputy_for, g.revoked_by])
        .flatten()
        .collect();
    let people = accounts::persons_with(conn, &ids)?;
    let pages: BTreeMap<PersonId, String> =
        people.iter().map(|p| (p.id, format!("/staff/people/{}", p.public_id))).collect();
    let may_open = may(actor, Action::SeePeople, Subject::Site).is_ok();
    let known: BTreeMap<PersonId, String> = people.into_iter().map(|p| (p.id, p.preferred_name)).collect();
    let name = |id: PersonId| known.get(&id).cloned().unwrap_or_default();
    let line = |g: &RoleGrant| Line {
        id: g.id.0,
        role: heading(g.role),
        person: name(g.person_id),
        page: pages.get(&g.person_id).filter(|_| may_open).cloned().unwrap_or_default(),
        from: day(g.starts_at),
        until: match (g.revoked_at, g.ends_at) {
            (Some(at), _) => match g.revoked_by {
                Some(by) => format!("{}, taken away by {}", day(at), name(by)),
                None => format!("{}, taken away", day(at)),
            },
            (None, Some(at)) => day(at.plus(-TimeDelta::microseconds(1))),
            (None, None) => String::new(),
        },
        granted: match (g.granted_by, g.approved_by) {
            (None, _) => "on the server".to_owned(),
            (Some(one), None) => name(one),
            (Some(one), Some(two)) => format!("{} and {}", name(one), name(two)),
        },
        deputy_for: g.deputy_for.map(name).unwrap_or_default(),
        removable: g.stands(now) && may(actor, Action::ManageRoles, Subject::Person(g.person_id)).is_ok(),
    };
    Ok(grants.iter().map(line).collect())
}

async fn list(ctx: Ctx, actor: Actor) -> PageResult {
    let now = ctx.now();
    let may_give = may(&actor, Action::ManageRoles, Subject::Site).is_ok();
    let (standing, past) = ctx
        .app()
        .read(move |c| {
            let (standing, past) = (accounts::standing_grants(c, now)?, accounts::past_grants(c, 200, now)?);
            Ok((lines(c, &actor, &standing, now)?, lines(c, &actor, &past, now)?))
        })
        .await?;
    ctx.show(&ListPage { page: ctx.page("Roles"), standing, past, may_give })
}

fn choices() -> Vec<RoleChoice> {
    let choice = |role: &Role| RoleChoice {
        value: role.as_str(),
        label: heading(*role),
        hint: if needs_two(*role) {
            format!("{} A second administrator has to approve.", duties(*role))
        } else {
            duties(*role).to_owned()
        },
    };
    Role::ALL.iter().map(choice).collect()
}

async fn form(ctx: Ctx, _actor: Actor) -> PageResult {
    let mut values = vec![("starts", ctx.now().datetime().format("%Y-%m-%d").to_string())];
    if let Some(address) = ctx.query("email") {
        values.push(("email", address.chars().take(254).collect()));
    }
    ctx.show(&GivePage { page: ctx.page("Give a role"), form: Form::filled(values), roles: choices() })
}

/// What was typed, before the people are looked up.
struct Wish {
    email: String,
    role: Role,
    starts_at: Utc,
    ends_at: Option<Utc>,
    deputy_for: String,
    reason: String,
}

impl Wish {
    fn parse(form: &Form, now: Utc) -> Result<Self, FieldErrors> {
        let mut check = Check::new(form);
        let email = check.text("email", 254, "Enter the address of the person who gets the role.");
        let role = check.field("role", |t| t.parse::<Role>().map_err(|_| "Choose a role."));
        let starts = check.field("starts", parse_day);
        let ends = check.field("ends", |t| if t.is_empty() { Ok(None) } else { parse_day(t).map(Some) });
        let deputy_for = check.optional_text("deputy_for", 254);
        let reason = check.text("reason", 500, "Say why this person gets the role.");
        if let (Some(starts), Some(Some(ends))) = (starts, ends)
            && ends < starts
        {
            check.add("ends", "The last day must not be before the first.");
        }
        let errors = check.errors();
        match (email, role, starts, ends, deputy_for, reason) {
            (Some(email), Some(role), Some(starts), Some(ends), Some(deputy_for), Some(reason))
                if errors.is_empty() =>
            {
                // Today means now; the last day counts whole.
                let starts_at = start_of(starts).max(now);
                let ends_at = ends.map(|d| start_of(d).plus(TimeDelta::days(1)));
                Ok(Self { email, role, starts_at, ends_at, deputy_for, reason })
            }
            _ => Err(errors),
        }
    }

    /// Finds the people behind the addresses.
    fn resolve(&self, conn: &mut Conn) -> AppResult<Result<GrantRole, FieldErrors>> {
        let mut errors = FieldErrors::default();
        let mut find = |field: &str, address: &str| -> AppResult<Option<Person>> {
            let found = accounts::owner_of_address(conn, address)?;
            if found.is_none() {
                errors.add(field, "Nobody with an account has confirmed this address.");
            }
            Ok(found)
        };
        let person = find("email", &self.email)?;
        let deputy_for =
            if self.deputy_for.is_empty() { None } else { find("deputy_for", &self.deputy_for)? };
        let Some(person) = person.filter(|_| errors.is_empty()) else { return Ok(Err(errors)) };
        Ok(Ok(GrantRole {
            person: person.public_id,
            role: self.role,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            deputy_for: deputy_for.map(|p| p.public_id),
        }))
    }
}

/// What became of the wish.
enum Outcome {
    Wrong(FieldErrors),
    Granted,
    Proposed(PublicId),
}

fn carry_out(conn: &mut Conn, app: &App, by: &By, wish: &Wish, now: Utc) -> AppResult<Outcome> {
    let new = match wish.resolve(conn)? {
        Ok(new) => new,
        Err(errors) => return Ok(Outcome::Wrong(errors)),
    };
    if needs_two(new.role) {
        return approvals::propose(conn, app, by, &new, &wish.reason, now).map(Outcome::Proposed);
    }
    let subject = new.subject(conn)?;
    may(&by.actor, Action::ManageRoles, subject).map_err(|d| AppError::forbidden(d.to_string()))?;
    let act = by.act("role.grant", new.object(), new.details());
    let grantors = Grantors { proposed_by: Some(by.actor.person), approved_by: None };
    add(conn, app, &new, grantors, &wish.reason, &act, now)?;
    Ok(Outcome::Granted)
}

async fn give(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    fresh(&ctx)?;
    let form = form.only(&["email", "role", "starts", "ends", "deputy_for", "reason"])?;
    let (now, app, by) = (ctx.now(), ctx.app().clone(), By::new(&ctx, &actor));
    let outcome = match Wish::parse(&form, now) {
        Err(errors) => Outcome::Wrong(errors),
        Ok(wish) => ctx.app().write(move |c| carry_out(c, &app, &by, &wish, now)).await?,
    };
    match outcome {
        Outcome::Wrong(errors) => {
            let form = form.with(errors);
            let page = ctx.page("Give a role").for_form(&form);
            ctx.show_again(&GivePage { page, form, roles: choices() })
        }
        Outcome::Granted => Ok(ctx.redirect_with("/staff/roles", &Flash::good("The role is given."))),
        Outcome::Proposed(id) => {
            let words = "Proposed. Another administrator has to approve it; all of them are told by mail.";
            Ok(ctx.redirect_with(&format!("/staff/approvals/{id}"), &Flash::good(words)))
        }
    }
}

async fn take_away_page(ctx: Ctx, actor: Actor, path: web::Path<i64>) -> PageResult {
    show_take_away(&ctx, &actor, GrantId(path.into_inner()), Form::empty()).await
}

async fn show_take_away(ctx: &Ctx, actor: &Actor, id: GrantId, form: Form) -> PageResult {
    let (now, viewer) = (ctx.now(), actor.clone());
    let line = ctx
        .app()
        .read(move |c| {
            let held = accounts::grant(c, id)?;
            may(&viewer, Action::ManageRoles, Subject::Person(held.person_id))
                .map_err(|d| AppError::forbidden(d.to_string()))?;
            if !held.stands(now) {
                return Err(AppError::conflict("This role is over already."));
            }
            lines(c, &viewer, &[held], now)?.pop().ok_or_else(AppError::not_found)
        })
        .await?;
    let template = TakeAwayPage { page: ctx.page("Take a role away").for_form(&form), form, line };
    if template.page.has_errors { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn take_away(ctx: Ctx, actor: Actor, path: web::Path<i64>, form: Form) -> PageResult {
    fresh(&ctx)?;
    let id = GrantId(path.into_inner());
    let form = form.only(&["reason"])?;
    let mut check = Check::new(&form);
    let Some(reason) = check.text("reason", 500, "Say why the role is taken away.") else {
        let errors = check.errors();
        return show_take_away(&ctx, &actor, id, form.with(errors)).await;
    };
    let (now, app, by) = (ctx.now(), ctx.app().clone(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let subject = Subject::Person(accounts::grant(c, id)?.person_id);
            may(&by.actor, Action::ManageRoles, subject).map_err(|d| AppError::forbidden(d.to_string()))?;
            revoke(c, &app, &by, id, &reason, now)
        })
        .await?;
    Ok(ctx.redirect_with("/staff/roles", &Flash::good("The role is taken away.")))
}
