//! The nomination form, for anybody. Without an account the address is proved first: the nomination travels in the token.

use actix_web::web;
use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::accounts::{self, NewToken, TokenPurpose};
use folkmoot_store::{JsonText, audit};
use serde_json::json;

use super::mail::AwardNominationConfirm;
use super::programme::Award;
use super::receive::{self, Named, Proposal};
use crate::accounts::limits;
use crate::auth::{EmailAddress, email};
use crate::error::AppError;
use crate::http::session::{Actor, new_token, token_hash};
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::mail::{self, Recipient};
use crate::routes::{Access, Route};

/// How long a mailed link is good.
const HOURS: i64 = 72;
/// Most people in one nomination.
const MOST_NOMINEES: usize = 20;
/// Most web addresses.
const MOST_LINKS: usize = 12;
const FIELDS: &[&str] =
    &["nominees", "team", "citation", "accomplishments", "links", "referees", "name", "email"];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/awards/{award}/nominate", Access::Public, page),
        Route::post("/awards/{award}/nominate", Access::Public, send),
        Route::get("/awards/nominations/{token}", Access::Public, confirm_page),
        Route::post("/awards/nominations/{token}", Access::Public, confirm),
    ]
}

#[derive(Template)]
#[template(path = "awards/nominate.html")]
struct NominatePage {
    page: Page,
    form: Form,
    award: Award,
    criteria: Vec<String>,
    rules: Vec<String>,
    cutoff: Option<(String, String)>,
    signed_in: bool,
}

#[derive(Template)]
#[template(path = "awards/nominate_confirm.html")]
struct ConfirmPage {
    page: Page,
    token: String,
    award: String,
}

#[derive(Template)]
#[template(path = "awards/nominate_thanks.html")]
struct ThanksPage {
    page: Page,
    award: String,
    slug: String,
    /// The mailed link has to be followed first.
    check_mail: String,
}

#[derive(Template)]
#[template(path = "accounts/link_ended.html")]
struct LinkEndedPage {
    page: Page,
    what: &'static str,
    again: &'static str,
}

async fn page(ctx: Ctx, path: web::Path<String>) -> PageResult {
    show(&ctx, path.into_inner(), Form::empty()).await
}

async fn show(ctx: &Ctx, slug: String, form: Form) -> PageResult {
    let now = ctx.now();
    let (award, rule) = ctx
        .app()
        .read(move |c| {
            let award = Award::by_slug(c, &slug)?;
            if !award.row.is_open {
                return Err(AppError::not_found());
            }
            let rule = award.adopted(c)?;
            Ok((award, rule))
        })
        .await?;
    let rules = award.sentences(rule.as_ref());
    let page = ctx.page(format!("Nominate for the {}", award.row.name)).for_form(&form);
    let again = page.has_errors;
    let template = NominatePage {
        page,
        form,
        criteria: paragraphs(&award.settings.criteria),
        rules,
        cutoff: super::public::next_cutoff(&award, now)?,
        signed_in: ctx.actor().is_some(),
        award,
    };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

/// Paragraphs of a text, one a line.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect()
}

/// One person a line: a name, and an address in angle brackets or after a comma when it is known.
fn parse_nominees(text: &str) -> Result<Vec<Named>, String> {
    let lines = paragraphs(text);
    if lines.is_empty() {
        return Err("Name whom you nominate, one person a line.".into());
    }
    if lines.len() > MOST_NOMINEES {
        return Err(format!("Name at most {MOST_NOMINEES} people."));
    }
    let mut found: Vec<Named> = Vec::new();
    for line in lines {
        let (name, address) = match line.split_once('<') {
            Some((name, rest)) => (name, rest.trim_end_matches('>')),
            None => match line.rsplit_once(',').filter(|(_, end)| end.contains('@')) {
                Some((name, address)) => (name, address),
                None => (line.as_str(), ""),
            },
        };
        if name.contains('@') {
            return Err(format!("“{line}” has no name: write the name first, then the address in < >."));
        }
        let name = email::parse_name(name).map_err(|why| format!("“{line}”: {why}"))?;
        let email = match address.trim() {
            "" => String::new(),
            text => EmailAddress::parse(text).map_err(|why| format!("“{line}”: {why}"))?.as_str().to_owned(),
        };
        let named = Named { name, email };
        if found.contains(&named) {
            return Err(format!("“{line}” is there twice."));
        }
        found.push(named);
    }
    Ok(found)
}

fn parse_links(text: &str) -> Result<String, String> {
    let lines = paragraphs(text);
    if lines.len() > MOST_LINKS {
        return Err(format!("Give at most {MOST_LINKS} links, one a line."));
    }
    for line in &lines {
        let known = url::Url::parse(line).is_ok_and(|u| matches!(u.scheme(), "https" | "http"));
        if !known || line.chars().count() > 400 {
            return Err(format!("“{line}” is no web address; begin with https://."));
        }
    }
    Ok(lines.join("\n"))
}

/// The form as a proposal; whoever is signed in is the author.
fn parse(form: &Form, award: &Award, author: Option<(&Actor, &str)>) -> Result<Proposal, FieldErrors> {
    let mut check = Check::new(form);
    let nominees = check.field("nominees", parse_nominees);
    let team = check.optional_text("team", 100);
    let citation = check.text("citation", 300, "Say in one sentence for what.");
    let accomplishments = check.text("accomplishments", 8000, "Tell what they have done.");
    let links = check.field("links", parse_links);
    let referees = check.optional_text("referees", 2000);
    let (author_name, author_email) = match author {
        Some((actor, address)) => (Some(actor.name.clone()), Some(address.to_owned())),
        None => (
            check.field("name", email::parse_name),
            check.field("email", |t| EmailAddress::parse(t).map(|e| e.as_str().to_owned())),
        ),
    };
    if !award.settings.teams && nominees.as_ref().is_some_and(|n| n.len() > 1) {
        check.add("nominees", "This award goes to one person; send a nomination for each.");
    }
    let errors = check.errors();
    let all = (nominees, team, citation, accomplishments, links, referees, author_name, author_email);
    match all {
        (
            Some(nominees),
            Some(team),
            Some(citation),
            Some(acc),
            Some(links),
            Some(refs),
            Some(name),
            Some(mail),
        ) if errors.is_empty() => Ok(Proposal {
            award: award.row.slug.clone(),
            team: team.replace('\n', " "),
            nominees,
            citation: citation.replace('\n', " "),
            accomplishments: acc,
            links,
            referees: refs,
            author_name: name,
            author_email: mail,
        }),
        _ => Err(errors),
    }
}

async fn send(ctx: Ctx, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(FIELDS)?;
    let slug = path.into_inner();
    let who = ctx.actor().map(|a| a.person);
    let (award, address) = {
        let slug = slug.clone();
        let read = ctx.app().read(move |c| {
            let award = Award::by_slug(c, &slug)?;
            let address = who.map(|p| accounts::mail_address_of(c, p)).transpose()?.flatten();
            Ok((award, address))
        });
        read.await?
    };
    if !award.row.is_open {
        return Err(AppError::not_found());
    }
    let actor = ctx.actor().cloned();
    let author = actor.as_ref().zip(address.as_deref());
    let proposal = match parse(&form, &award, author) {
        Ok(proposal) => proposal,
        Err(errors) => return show(&ctx, slug, form.with(errors)).await,
    };
    let person = author.map(|(a, _)| a.person);
    let looked = proposal.clone();
    let own = !award.settings.self_nomination
        && ctx.app().read(move |c| receive::nominates_self(c, &looked, person)).await?;
    if own {
        let why = "Nobody nominates themselves for this award. Ask somebody who knows your work.";
        return show(&ctx, slug, form.with(FieldErrors::one("nominees", why))).await;
    }
    limits::nomination(&ctx).await?;
    match person {
        Some(person) => take(&ctx, proposal, person, &award).await,
        None => ask(&ctx, proposal, &award).await,
    }
}

/// The address of somebody signed in is proved already.
async fn take(ctx: &Ctx, proposal: Proposal, person: folkmoot_store::PersonId, award: &Award) -> PageResult {
    let (app, now) = (ctx.app().clone(), ctx.now());
    let act = ctx.act("award.nominate", format!("award {}", award.row.slug), json!({}));
    ctx.app()
        .write(move |c| {
            receive::receive(c, &app, &proposal, Some(person), now)?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    thanks(ctx, award, String::new())
}

/// Mails a link; the answer is the same whether the address had its fill of mails.
async fn ask(ctx: &Ctx, proposal: Proposal, award: &Award) -> PageResult {
    let address = proposal.author_email.clone();
    let may_mail = limits::mail(ctx, &address).await?;
    let (app, now, token) = (ctx.app().clone(), ctx.now(), new_token(ctx.app())?);
    let name = award.row.name.clone();
    if may_mail {
        ctx.app()
            .write(move |c| {
                let new = NewToken {
                    token_hash: &token_hash(&token),
                    purpose: TokenPurpose::NominateForAward,
                    person: None,
                    payload: JsonText::of(&proposal)?,
                    expires_at: now.plus(TimeDelta::hours(HOURS)),
                };
                accounts::add_token(c, &new, now)?;
                let message = AwardNominationConfirm {
                    name: proposal.author_name.clone(),
                    award: name.clone(),
                    link: app.link(&format!("/awards/nominations/{token}")),
                    hours: HOURS,
                };
                mail::queue(c, &app, &Recipient::address(&proposal.author_email), &message, now)?;
                Ok(())
            })
            .await?;
    }
    thanks(ctx, award, address)
}

fn thanks(ctx: &Ctx, award: &Award, check_mail: String) -> PageResult {
    let title = if check_mail.is_empty() { "Thank you for your nomination" } else { "Check your mail" };
    ctx.show(&ThanksPage {
        page: ctx.page(title),
        award: award.row.name.clone(),
        slug: award.row.slug.clone(),
        check_mail,
    })
}

fn ended(ctx: &Ctx) -> PageResult {
    let page = LinkEndedPage { page: ctx.page("This link has ended"), what: "nomination", again: "/awards" };
    ctx.show_as(actix_web::http::StatusCode::GONE, &page)
}

/// Looking changes nothing: mail scanners follow links.
async fn confirm_page(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (token, now) = (path.into_inner(), ctx.now());
    let hash = token_hash(&token);
    let found = ctx
        .app()
        .read(move |c| {
            let Some(token) = accounts::peek_token(c, &hash, TokenPurpose::NominateForAward, now)? else {
                return Ok(None);
            };
            let proposal: Proposal = token.payload.parse()?;
            Ok(Some(Award::by_slug(c, &proposal.award)?.row.name))
        })
        .await?;
    match found {
        None => ended(&ctx),
        Some(award) => ctx.show(&ConfirmPage { page: ctx.page("Send your nomination"), token, award }),
    }
}

async fn confirm(ctx: Ctx, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (hash, app, now) = (token_hash(&path.into_inner()), ctx.app().clone(), ctx.now());
    let act = ctx.act("award.nominate", "", json!({}));
    let done = ctx
        .app()
        .write(move |c| {
            let Some(token) = accounts::use_token(c, &hash, TokenPurpose::NominateForAward, now)? else {
                return Ok(None);
            };
            let proposal: Proposal = token.payload.parse()?;
            // Who has an account under the address is the author with it, signed in or not.
            let author = accounts::owner_of_address(c, &proposal.author_email)?.map(|p| p.id);
            receive::receive(c, &app, &proposal, author, now)?;
            let object = format!("award {}", proposal.award);
            audit::append(c, &audit::Act { object, actor: author, ..act.clone() }, now)?;
            Ok(Some(Award::by_slug(c, &proposal.award)?))
        })
        .await?;
    match done {
        None => ended(&ctx),
        Some(award) => thanks(&ctx, &award, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_read_line_by_line() {
        let named = |name: &str, email: &str| Named { name: name.into(), email: email.into() };
        assert_eq!(
            parse_nominees("Ada  Quill <Ada@Example.org>\r\n\n Bo \nCy, cy@example.org\nDee, of the docs"),
            Ok(vec![
                named("Ada Quill", "Ada@example.org"),
                named("Bo", ""),
                named("Cy", "cy@example.org"),
                named("Dee, of the docs", ""),
            ])
        );
        for wrong in ["", " \n", "ada@example.org", "Ada <ada>", "Ada\nAda", "<a@b.org>"] {
            assert!(parse_nominees(wrong).is_err(), "{wrong:?}");
        }
        assert!(parse_nominees(&"x\n".repeat(21)).is_err());
    }

    #[test]
    fn links_are_web_addresses() {
        assert_eq!(
            parse_links(" https://a.example/x \n\nhttp://b.example"),
            Ok("https://a.example/x\nhttp://b.example".into())
        );
        for wrong in ["javascript:alert(1)", "a.example", "ftp://a.example", "data:text/html,x"] {
            assert!(parse_links(wrong).is_err(), "{wrong}");
        }
    }
}
