//! Title, description, body, where to turn to, and the group the ballots are sealed in.

use actix_web::web;
use askama::Template;
use serde_json::json;

use super::overview::Choice;
use super::plan::Prepared;
use super::{change, load, may_prepare, place};
use crate::auth::permission::Action;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::markdown;
use crate::routes::{Access, Route};

/// Groups that can be chosen, with what the choice means.
const GROUPS: &[(&str, &str, &str)] = &[
    (
        "Ed25519",
        "Ed25519",
        "Fast and small. Verified with Folkmoot, the reference verifier and belenios-tool 2.1 or later.",
    ),
    (
        "BELENIOS-2048",
        "BELENIOS-2048",
        "Also verified with belenios-tool 2.0, as in Debian 12. Larger ballots, slower to seal.",
    ),
    ("RFC-3526-2048", "RFC-3526-2048", "The same with a group from a published standard."),
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/staff/elections/{election}/details", Access::May(Action::SeeElections), show),
        Route::post("/staff/elections/{election}/details", Access::May(Action::PrepareElections), save),
    ]
}

#[derive(Template)]
#[template(path = "preparation/details.html")]
struct DetailsPage {
    page: Page,
    form: Form,
    slug: String,
    groups: Vec<Choice>,
    editable: bool,
}

fn groups() -> Vec<Choice> {
    GROUPS.iter().map(|(value, label, hint)| Choice { value, label, hint }).collect()
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let prepared = load(&ctx, path).await?;
    let form = Form::filled([
        ("title", prepared.election.title.as_str()),
        ("description", prepared.settings.description.as_str()),
        ("body", prepared.plan.body.as_str()),
        ("help", prepared.settings.help.as_str()),
        ("group", prepared.settings.group.as_str()),
        ("receipts", if prepared.plan.mails_receipts { "yes" } else { "" }),
    ]);
    let editable = prepared.is_draft() && may_prepare(&actor);
    let page = ctx.page("Details");
    ctx.show(&DetailsPage { page, form, slug: prepared.election.slug, groups: groups(), editable })
}

#[derive(Clone)]
struct Wish {
    title: String,
    description: String,
    body: String,
    help: String,
    group: String,
    mails_receipts: bool,
}

impl Wish {
    fn parse(form: &Form) -> Result<Self, FieldErrors> {
        let mut check = Check::new(form);
        let title = check.text("title", 120, "Enter the title.");
        let description = check.text("description", 20_000, "Say what is decided and why.");
        if let Some(Err(why)) = description.as_deref().map(markdown::check) {
            check.add("description", why);
        }
        let body = check.text("body", 120, "Enter the name of the body that is elected or decides.");
        let help = check.text("help", 254, "Enter an address of mail for questions about this election.");
        let known = |t: &str| GROUPS.iter().any(|(name, _, _)| *name == t);
        let group =
            check.field("group", |t| known(t).then(|| t.to_owned()).ok_or("Choose one of the groups."));
        let errors = check.errors();
        match (title, description, body, help, group) {
            (Some(title), Some(description), Some(body), Some(help), Some(group)) if errors.is_empty() => {
                let mails_receipts = form.has("receipts", "yes");
                Ok(Self { title, description, body, help, group, mails_receipts })
            }
            _ => Err(errors),
        }
    }

    fn carry_out(&self, prepared: &mut Prepared) {
        let wish = self.clone();
        prepared.election.title = wish.title;
        prepared.settings.description = wish.description;
        prepared.settings.help = wish.help;
        prepared.settings.group = wish.group;
        prepared.plan.body = wish.body;
        prepared.plan.mails_receipts = wish.mails_receipts;
    }
}

async fn save(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["title", "description", "body", "help", "group", "receipts"])?;
    let slug = path.into_inner();
    let wish = match Wish::parse(&form) {
        Ok(wish) => wish,
        Err(errors) => {
            let form = form.with(errors);
            let page = ctx.page("Details").for_form(&form);
            return ctx.show_again(&DetailsPage { page, form, slug, groups: groups(), editable: true });
        }
    };
    let details = json!({ "title": wish.title, "body": wish.body, "group": wish.group, "receipts": wish.mails_receipts });
    change(&ctx, &actor, &slug, "election.details", details, move |conn, _, prepared, _| {
        prepared.need_draft()?;
        let keys = crate::elections::trustees::readiness(conn, &prepared.election)?.with_key;
        if keys > 0 && prepared.settings.group != wish.group {
            return Err(crate::error::AppError::conflict(
                "The trustees have made keys in the other group. Let them begin again first.",
            ));
        }
        wish.carry_out(prepared);
        Ok(())
    })
    .await?;
    Ok(ctx.redirect_with(&place(&slug, ""), &Flash::good("The details are saved.")))
}
