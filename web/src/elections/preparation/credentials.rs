//! The registrar: this server, or somebody else who makes and sends the voting codes and hands over their public halves.

use std::collections::{HashMap, HashSet};

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use folkmoot_ballot::group::Group;
use folkmoot_ballot::hash::{Hash, hex};
use folkmoot_store::elections::roll;
use folkmoot_store::{Conn, accounts};
use serde_json::json;

use super::overview::Choice;
use super::plan::{CodeKeeping, Prepared, Registrar, RollStage};
use super::{change, may_prepare, place};
use crate::app::App;
use crate::auth::permission::{Action, Subject, may};
use crate::elections::engine::for_group;
use crate::elections::setup;
use crate::error::{AppError, AppResult, Kind};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult, headers};
use crate::routes::{Access, Route};
use crate::staff::fresh;

/// Lists of public codes of large rolls in the largest group.
const BODY_LIMIT: usize = 32 * 1024 * 1024;

pub(super) fn routes() -> Vec<Route> {
    let (see, handle) = (Access::May(Action::SeeElections), Access::May(Action::HandleCredentials));
    vec![
        Route::get("/staff/elections/{election}/registrar", see, show),
        Route::post("/staff/elections/{election}/registrar", Access::May(Action::PrepareElections), choose),
        Route::post("/staff/elections/{election}/registrar/roll.csv", handle, download),
        Route::post("/staff/elections/{election}/registrar/codes", handle, receive).body_limit(BODY_LIMIT),
        Route::post("/staff/elections/{election}/registrar/take-back", handle, take_back),
        Route::get("/staff/elections/{election}/registrar/generate", handle, generate),
        Route::get("/staff/elections/{election}/registrar/entries.json", handle, entries),
    ]
}

#[derive(Template)]
#[template(path = "preparation/registrar.html")]
struct RegistrarPage {
    page: Page,
    form: Form,
    slug: String,
    uuid: String,
    group: String,
    choices: Vec<Choice>,
    /// Whether codes of this server can be sent again.
    keeping: Vec<Choice>,
    nowhere: bool,
    external: bool,
    frozen: bool,
    boxed: bool,
    entries: i64,
    received: i64,
    may_prepare: bool,
    may_handle: bool,
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let page = page(&ctx, &actor, path.into_inner(), Form::empty()).await?;
    ctx.show(&page)
}

async fn page(ctx: &Ctx, actor: &Actor, slug: String, form: Form) -> AppResult<RegistrarPage> {
    let page = ctx.page("Registrar").for_form(&form);
    let may_handle = may(actor, Action::HandleCredentials, Subject::Site).is_ok();
    let may_prepare = may_prepare(actor);
    ctx.app()
        .read(move |conn| {
            let prepared = Prepared::load(conn, &slug)?;
            let (id, registrar) = (prepared.election.id, prepared.plan.registrar);
            let chosen = if registrar == Registrar::External { "external" } else { "built_in" };
            let nowhere = prepared.plan.codes == CodeKeeping::Nowhere;
            let kept = if nowhere { "nowhere" } else { "until_voting_ends" };
            let form = if form.pairs().next().is_some() {
                form
            } else {
                Form::filled([("registrar", chosen), ("codes", kept)])
            };
            let choices = [
                ("built_in", "This server", "It makes the codes when voting is opened and mails each as a link. Whoever controls the server at that moment could read them."),
                ("external", "Somebody else", "A registrar makes and sends the codes elsewhere. This server sees the public halves only."),
            ];
            let keeping = [
                ("until_voting_ends", "Yes: kept sealed until voting has ended", "Whoever did not get the mail asks for it again, or an officer sends it. Each time is recorded. Whoever has both the database and the key file of the server could read the codes until then."),
                ("nowhere", "No: kept nowhere once they are mailed", "Whoever does not get the mail, or loses it, cannot vote in this election."),
            ];
            Ok(RegistrarPage {
                page,
                form,
                keeping: keeping.map(|(value, label, hint)| Choice { value, label, hint }).into(),
                nowhere,
                choices: choices.map(|(value, label, hint)| Choice { value, label, hint }).into(),
                external: registrar == Registrar::External,
                frozen: matches!(prepared.plan.roll, RollStage::Frozen(_)),
                boxed: prepared.election.election_json.is_some(),
                entries: roll::count(conn, id)?,
                received: roll::bound_credentials(conn, id)?,
                may_prepare,
                may_handle,
                uuid: prepared.election.uuid,
                group: prepared.settings.group,
                slug,
            })
        })
        .await
}

async fn choose(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["registrar", "codes"])?;
    let slug = path.into_inner();
    let registrar = match form.value("registrar") {
        "built_in" => Registrar::BuiltIn,
        "external" => Registrar::External,
        _ => {
            let form = form.with(FieldErrors::one("registrar", "Choose who makes the voting codes."));
            let page = page(&ctx, &actor, slug, form).await?;
            return ctx.show_again(&page);
        }
    };
    // The question stands on the page only where this server is the registrar already.
    let codes = match form.value("codes") {
        "until_voting_ends" => Some(CodeKeeping::UntilVotingEnds),
        "nowhere" => Some(CodeKeeping::Nowhere),
        "" => None,
        _ => {
            let form = form.with(FieldErrors::one("codes", "Choose whether codes can be sent again."));
            let page = page(&ctx, &actor, slug, form).await?;
            return ctx.show_again(&page);
        }
    };
    change(
        &ctx,
        &actor,
        &slug,
        "election.registrar",
        json!({ "registrar": registrar, "codes": codes }),
        move |conn, _, prepared, _| {
            prepared.need_no_box()?;
            if roll::bound_credentials(conn, prepared.election.id)? > 0 {
                return Err(AppError::conflict(
                    "Codes were handed over already; the registrar has to take them back first.",
                ));
            }
            prepared.plan.registrar = registrar;
            prepared.plan.codes = codes.unwrap_or(prepared.plan.codes);
            Ok(())
        },
    )
    .await?;
    Ok(ctx.redirect_with(&place(&slug, "registrar"), &Flash::good("Saved.")))
}

/// The name of a roll entry outside of this server: says nothing about the person, the same each time.
fn pseudonym(app: &App, uuid: &str, entry: i64) -> String {
    let tag = app.keys().tag("roll entry", format!("{uuid}|{entry}").as_bytes());
    hex(&tag).chars().take(16).collect()
}

/// The election, refused unless its registrar is somebody else and its roll is frozen.
fn external(conn: &mut Conn, slug: &str) -> AppResult<Prepared> {
    let prepared = Prepared::load(conn, slug)?;
    prepared.need_no_box()?;
    if prepared.plan.registrar != Registrar::External {
        return Err(AppError::conflict("This server is the registrar of this election."));
    }
    if !matches!(prepared.plan.roll, RollStage::Frozen(_)) {
        return Err(AppError::conflict("The roll is not frozen yet; codes are made for a frozen roll."));
    }
    Ok(prepared)
}

/// A value of a CSV file that no spreadsheet takes for a formula.
fn csv(value: &str) -> String {
    let risky = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = value.replace('"', "\"\"");
    if risky { format!("\"'{text}\"") } else { format!("\"{text}\"") }
}

/// Entry, name and address of everybody on the roll, for sending the codes. Recorded in the audit log.
async fn download(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    fresh(&ctx)?;
    let slug = path.into_inner();
    let (wanted, app) = (slug.clone(), ctx.app().clone());
    let text = change(&ctx, &actor, &slug, "election.registrar_roll", json!({}), move |conn, _, _, _| {
        let prepared = external(conn, &wanted)?;
        let mut text = String::from("entry,name,address\r\n");
        for entry in roll::all(conn, prepared.election.id)? {
            let person = accounts::person(conn, entry.person_id)?;
            let address = accounts::mail_address_of(conn, entry.person_id)?.unwrap_or_default();
            let pseudonym = pseudonym(&app, &prepared.election.uuid, entry.id);
            text.push_str(&format!("{pseudonym},{},{}\r\n", csv(&person.preferred_name), csv(&address)));
        }
        Ok(text)
    })
    .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{slug}-roll.csv\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text))
}

/// Reads lines of entry and public code and checks that they fit the roll: each entry once, nothing else, and every code
/// a proper element of the group.
fn parse<G: Group>(text: &str, known: &HashMap<String, i64>) -> Result<Vec<(i64, String)>, String> {
    let (mut pairs, mut entries, mut codes) = (Vec::new(), HashSet::new(), HashSet::new());
    for (i, line) in text.lines().map(str::trim).enumerate().filter(|(_, l)| !l.is_empty()) {
        let n = i + 1;
        let Some((entry, code)) = line.split_once(',') else {
            return Err(format!("Line {n}: write the entry, a comma and the public code."));
        };
        let (entry, code) = (entry.trim(), code.trim());
        let Some(id) = known.get(entry) else {
            return Err(format!("Line {n}: the roll has no entry {entry}."));
        };
        if !entries.insert(*id) {
            return Err(format!("Line {n}: the entry {entry} comes twice."));
        }
        if !codes.insert(code.to_owned()) {
            return Err(format!("Line {n}: this code belongs to an earlier line already."));
        }
        G::decode_key(code)
            .map_err(|e| format!("Line {n}: this is no public code of this election: {e}."))?;
        pairs.push((*id, code.to_owned()));
    }
    if pairs.len() != known.len() {
        return Err(format!(
            "{} codes for {} entries: every entry of the roll needs exactly one.",
            pairs.len(),
            known.len()
        ));
    }
    Ok(pairs)
}

async fn receive(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["list"])?;
    let (slug, list) = (path.into_inner(), form.value("list").to_owned());
    let details = json!({ "sha256": Hash::of(list.as_bytes()).hex() });
    let wanted = slug.clone();
    let outcome = change(&ctx, &actor, &slug, "election.receive_codes", details, move |conn, app, _, _| {
        let prepared = external(conn, &wanted)?;
        let id = prepared.election.id;
        if roll::bound_credentials(conn, id)? > 0 {
            return Err(AppError::conflict("Codes were handed over already; take them back first."));
        }
        let uuid = &prepared.election.uuid;
        let known = roll::all(conn, id)?.into_iter().map(|e| (pseudonym(app, uuid, e.id), e.id)).collect();
        let group = setup::group(&prepared.settings)?;
        let pairs = for_group!(group, G => parse::<G>(&list, &known));
        let pairs = pairs.map_err(|why| AppError::from(FieldErrors::one("list", why)))?;
        for (entry, code) in &pairs {
            roll::bind_credential(conn, id, *entry, code)?;
        }
        Ok(pairs.len())
    })
    .await;
    match outcome {
        Ok(count) => {
            let said = format!("{count} public codes are received, one for every entry of the roll.");
            Ok(ctx.redirect_with(&place(&slug, "registrar"), &Flash::good(said)))
        }
        Err(AppError { kind: Kind::Invalid(errors), .. }) => {
            let page = page(&ctx, &actor, slug, form.with(errors)).await?;
            ctx.show_again(&page)
        }
        Err(other) => Err(other),
    }
}

async fn take_back(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    fresh(&ctx)?;
    let slug = path.into_inner();
    let wanted = slug.clone();
    change(&ctx, &actor, &slug, "election.take_codes_back", json!({}), move |conn, _, _, _| {
        let prepared = external(conn, &wanted)?;
        roll::destroy_bindings(conn, prepared.election.id)?;
        Ok(())
    })
    .await?;
    let said = "The codes are taken back. Whoever has one of them cannot vote with it.";
    Ok(ctx.redirect_with(&place(&slug, "registrar"), &Flash::good(said)))
}

#[derive(Template)]
#[template(path = "preparation/generate.html")]
struct GeneratePage {
    page: Page,
    slug: String,
    title: String,
    modules: Vec<crate::http::assets::Module>,
}

/// The page on which a browser makes the codes; it runs under the policy of the booth.
async fn generate(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    let slug = path.into_inner();
    let prepared = ctx.app().read(move |conn| external(conn, &slug)).await?;
    let body = GeneratePage {
        page: ctx.page("Make the voting codes"),
        slug: prepared.election.slug,
        title: prepared.election.title,
        modules: crate::http::assets::modules("booth/registrar-page.mjs"),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, headers::BOOTH_CSP))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body.render()?))
}

/// What that page works from: no names, no addresses.
async fn entries(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, app, csrf) = (path.into_inner(), ctx.app().clone(), ctx.page("").csrf);
    let value = ctx
        .app()
        .read(move |conn| {
            let prepared = external(conn, &slug)?;
            let uuid = &prepared.election.uuid;
            let all = roll::all(conn, prepared.election.id)?;
            let entries: Vec<String> = all.iter().map(|e| pseudonym(&app, uuid, e.id)).collect();
            Ok(json!({
                "format": "folkmoot-registrar-1",
                "uuid": uuid,
                "group": prepared.settings.group,
                "entries": entries,
                "vote_url": app.link(&format!("/elections/{slug}/vote")),
                "submit": { "url": place(&slug, "registrar/codes"), "csrf": csrf },
            }))
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(value))
}
