//! A person's own declarations.

use actix_web::web;
use askama::Template;
use chrono::NaiveDate;
use folkmoot_store::affiliations::{self, DeclarationState, NewAffiliation, NewControlLink, RelationKind};
use folkmoot_store::{PublicId, audit};
use serde_json::json;

use super::{Choice, Line, line, parse_percent, relations};
use crate::approvals::By;
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::parse_day;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};

const HOME: &str = "/account/affiliations";
/// Most declarations one person may have.
const MOST: usize = 50;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(HOME, Access::SignedIn, list),
        Route::post(HOME, Access::SignedIn, declare),
        Route::post("/account/affiliations/{affiliation}/end", Access::SignedIn, end),
        Route::post("/account/affiliations/links", Access::SignedIn, link),
    ]
}

#[derive(Template)]
#[template(path = "affiliations/own.html")]
struct OwnPage {
    page: Page,
    form: Form,
    lines: Vec<Line>,
    relations: Vec<Choice>,
    today: String,
}

async fn list(ctx: Ctx, actor: Actor) -> PageResult {
    show(&ctx, &actor, Form::empty()).await
}

async fn show(ctx: &Ctx, actor: &Actor, form: Form) -> PageResult {
    let person = actor.person;
    let all = ctx.app().read(move |c| Ok(affiliations::of(c, person)?)).await?;
    let lines = all.into_iter().map(|(a, o)| line(a, o, String::new())).collect();
    let page = ctx.page("Your affiliations").for_form(&form);
    let again = page.has_errors;
    let today = ctx.now().datetime().format("%Y-%m-%d").to_string();
    let template = OwnPage { page, form, lines, relations: relations(), today };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

struct Declared {
    organisation: String,
    homepage: String,
    relation: RelationKind,
    share_bp: i64,
    starts_on: NaiveDate,
    ends_on: Option<NaiveDate>,
}

impl Declared {
    fn parse(form: &Form) -> Result<Self, FieldErrors> {
        let mut check = Check::new(form);
        let organisation = check.text("organisation", 160, "Enter the name of the organisation.");
        let homepage = check.field("homepage", |t| match t {
            "" => Ok(String::new()),
            t if t.len() <= 300 && t.starts_with("https://") => Ok(t.to_owned()),
            _ => Err("Enter an address that begins with https://, or leave it empty."),
        });
        let relation =
            check.field("relation", |t| t.parse::<RelationKind>().map_err(|_| "Choose what you are there."));
        let share_bp = match relation {
            Some(RelationKind::Owner) => check.field("share", parse_percent),
            _ => Some(0),
        };
        let starts_on = check.field("starts", parse_day);
        let ends_on = check.field("ends", |t| if t.is_empty() { Ok(None) } else { parse_day(t).map(Some) });
        if let (Some(starts), Some(Some(ends))) = (starts_on, ends_on)
            && ends < starts
        {
            check.add("ends", "The last day must not be before the first.");
        }
        let errors = check.errors();
        match (organisation, homepage, relation, share_bp, starts_on, ends_on) {
            (
                Some(organisation),
                Some(homepage),
                Some(relation),
                Some(share_bp),
                Some(starts_on),
                Some(ends_on),
            ) if errors.is_empty() => {
                Ok(Self { organisation, homepage, relation, share_bp, starts_on, ends_on })
            }
            _ => Err(errors),
        }
    }
}

async fn declare(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["organisation", "homepage", "relation", "share", "starts", "ends"])?;
    let wish = match Declared::parse(&form) {
        Ok(wish) => wish,
        Err(errors) => return show(&ctx, &actor, form.with(errors)).await,
    };
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    let (organisation_id, id) = (ctx.app().public_id()?, ctx.app().public_id()?);
    ctx.app()
        .write(move |c| {
            if affiliations::of(c, by.actor.person)?.len() >= MOST {
                return Err(AppError::conflict("You have declared as many affiliations as can be kept."));
            }
            let names = (wish.organisation.as_str(), wish.homepage.as_str());
            let organisation = affiliations::named(c, &organisation_id, names, now)?;
            let new = NewAffiliation {
                public_id: &id,
                person: by.actor.person,
                organisation: organisation.id,
                relation: wish.relation,
                share_bp: wish.share_bp,
                starts_on: wish.starts_on,
                ends_on: wish.ends_on,
            };
            affiliations::declare(c, &new, now)?;
            let details =
                json!({ "affiliation": id, "organisation": organisation.name, "relation": wish.relation });
            audit::append(c, &by.act("affiliation.declare", person_of(&by), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(HOME, &Flash::good("Declared. It counts from its first day; staff look at it.")))
}

fn person_of(by: &By) -> String {
    format!("person {}", by.actor.public_id)
}

async fn end(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["last"])?;
    let last = parse_day(form.value("last")).map_err(|why| AppError::from(FieldErrors::one("last", why)))?;
    let id = PublicId::parse(&path.into_inner()).ok_or_else(AppError::not_found)?;
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let (found, organisation) = affiliations::by_public_id(c, &id)?;
            if found.person_id != by.actor.person {
                return Err(AppError::not_found());
            }
            if last < found.starts_on {
                return Err(AppError::conflict("The last day must not be before the first."));
            }
            affiliations::end(c, found.id, last)?;
            let details =
                json!({ "affiliation": id, "organisation": organisation.name, "until": last.to_string() });
            audit::append(c, &by.act("affiliation.end", person_of(&by), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(HOME, &Flash::good("The last day is set.")))
}

/// A link of control in a form: the owner, the one owned, the share.
pub(super) struct LinkWish {
    pub(super) owner: String,
    pub(super) owned: String,
    pub(super) share_bp: i64,
}

impl LinkWish {
    pub(super) fn parse(form: &Form) -> Result<Self, FieldErrors> {
        let mut check = Check::new(form);
        let owner = check.text("owner", 160, "Enter the name of the owner.");
        let owned = check.text("owned", 160, "Enter the name of the organisation that is owned.");
        let share_bp = check.field("owned_share", parse_percent);
        if let (Some(owner), Some(owned)) = (&owner, &owned)
            && affiliations::name_key(owner) == affiliations::name_key(owned)
        {
            check.add("owned", "No organisation owns itself.");
        }
        let errors = check.errors();
        match (owner, owned, share_bp) {
            (Some(owner), Some(owned), Some(share_bp)) if errors.is_empty() => {
                Ok(Self { owner, owned, share_bp })
            }
            _ => Err(errors),
        }
    }

    /// Keeps the link as of today.
    pub(super) fn keep(
        &self,
        c: &mut folkmoot_store::Conn,
        by: &By,
        ids: &(PublicId, PublicId),
        state: DeclarationState,
        now: folkmoot_store::Utc,
    ) -> crate::error::AppResult<()> {
        let owner = affiliations::named(c, &ids.0, (&self.owner, ""), now)?;
        let owned = affiliations::named(c, &ids.1, (&self.owned, ""), now)?;
        let new = NewControlLink {
            owner: owner.id,
            owned: owned.id,
            share_bp: self.share_bp,
            starts_on: now.datetime().date_naive(),
            declared_by: by.actor.person,
            state,
        };
        let id = affiliations::link(c, &new, now)?;
        let details = json!({ "owner": owner.name, "owned": owned.name, "share_bp": self.share_bp });
        audit::append(c, &by.act("control_link.add", format!("control link {id}"), details), now)?;
        Ok(())
    }
}

async fn link(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["owner", "owned", "owned_share"])?;
    let wish = match LinkWish::parse(&form) {
        Ok(wish) => wish,
        Err(errors) => return show(&ctx, &actor, form.with(errors)).await,
    };
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    let ids = (ctx.app().public_id()?, ctx.app().public_id()?);
    ctx.app()
        .write(move |c| {
            let declared = affiliations::links(c)?;
            let own = |l: &&affiliations::ControlLink| l.declared_by == Some(by.actor.person);
            if declared.iter().filter(own).count() >= MOST {
                return Err(AppError::conflict("You have declared as many links as can be kept."));
            }
            wish.keep(c, &by, &ids, DeclarationState::Declared, now)
        })
        .await?;
    Ok(ctx.redirect_with(HOME, &Flash::good("Thank you. Staff look at it.")))
}
