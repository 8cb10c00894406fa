//! Staff page of the suppression list.

use actix_web::web;
use askama::Template;
use folkmoot_store::mails::{self, SuppressionId, SuppressionReason};
use folkmoot_store::{accounts, audit};

use crate::auth::EmailAddress;
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Check, Ctx, Form, Page, PageResult};

#[derive(Template)]
#[template(path = "mail_pages/suppressed.html")]
struct SuppressedPage {
    page: Page,
    form: Form,
    lines: Vec<Line>,
}

struct Line {
    id: SuppressionId,
    address: String,
    reason: &'static str,
    detail: String,
    since: String,
    by: String,
}

pub(super) async fn list(ctx: Ctx) -> PageResult {
    show(&ctx, Form::empty()).await
}

async fn show(ctx: &Ctx, form: Form) -> PageResult {
    let lines = ctx
        .app()
        .read(|c| {
            let mut lines = Vec::new();
            for s in mails::suppressions(c, 500)? {
                let by = match s.created_by {
                    Some(id) => accounts::person(c, id)?.preferred_name,
                    None => String::new(),
                };
                let reason = match s.reason {
                    SuppressionReason::Bounced => "Mail came back",
                    SuppressionReason::Complained => "Reported as unwanted",
                    SuppressionReason::Staff => "Staff",
                };
                lines.push(Line {
                    id: s.id,
                    address: s.lookup,
                    reason,
                    detail: s.detail,
                    since: when(s.created_at),
                    by,
                });
            }
            Ok(lines)
        })
        .await?;
    let page = ctx.page("Addresses not written to").for_form(&form);
    let again = page.has_errors;
    let template = SuppressedPage { page, form, lines };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn add(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["address", "reason"])?;
    let mut check = Check::new(&form);
    let address = check.field("address", EmailAddress::parse);
    let reason = check.text("reason", 200, "Say why, for those who look at the list later.");
    let (Some(address), Some(reason)) = (address, reason) else {
        let errors = check.errors();
        return show(&ctx, form.with(errors)).await;
    };
    let now = ctx.now();
    // The audit log outlives the address, so it names the act and not the address.
    let act = ctx.act("mail.suppress", "address", serde_json::json!({ "reason": &reason }));
    let added = ctx
        .app()
        .write(move |c| {
            let staff = SuppressionReason::Staff;
            let added = mails::suppress(c, address.as_str(), staff, &reason, Some(actor.person), now)?;
            if added {
                audit::append(c, &act, now)?;
            }
            Ok(added)
        })
        .await?;
    let flash = if added {
        Flash::good("Nothing but mail about the person's own account goes to this address any more.")
    } else {
        Flash::warn("This address was on the list already.")
    };
    Ok(ctx.redirect_with("/staff/mail/suppressed", &flash))
}

pub(super) async fn remove(ctx: Ctx, id: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let id = SuppressionId(id.parse().map_err(|_| AppError::not_found())?);
    let now = ctx.now();
    let act = ctx.act("mail.unsuppress", "address", serde_json::json!({ "suppression": id }));
    ctx.app()
        .write(move |c| {
            mails::unsuppress(c, id)?.ok_or_else(AppError::not_found)?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/staff/mail/suppressed", &Flash::good("The address is written to again.")))
}
