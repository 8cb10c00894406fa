//! Two records side by side, field by field.

use actix_web::web;
use askama::Template;
use folkmoot_store::accounts::{self, Person};
use folkmoot_store::people::{self, DuplicateState};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, memberships};

use super::reason_words;
use crate::error::AppResult;
use crate::http::when::day;
use crate::http::{Ctx, Form, Page, PageResult};
use crate::people::pages::id_in;

/// One field of both records.
struct Field {
    /// Name in the form; empty for what cannot be chosen.
    name: &'static str,
    label: &'static str,
    values: (String, String),
}

/// Rows of both records, by what they are.
struct Rows {
    what: String,
    counts: (usize, usize),
}

#[derive(Template)]
#[template(path = "people/compare.html")]
struct ComparePage {
    page: Page,
    form: Form,
    action: String,
    why: &'static str,
    people: (Person, Person),
    fields: Vec<Field>,
    rows: Vec<Rows>,
    obstacles: (String, String),
    is_open: bool,
}

pub(super) async fn one(ctx: Ctx, path: web::Path<String>) -> PageResult {
    show(&ctx, id_in(&path)?, None).await
}

pub(super) async fn show(ctx: &Ctx, id: PublicId, sent: Option<Form>) -> PageResult {
    let (page, now) = (ctx.page("Are these one person?"), ctx.now());
    let template = ctx.app().read(move |c| gather(c, page, &id, sent, now)).await?;
    if template.page.has_errors { ctx.show_again(&template) } else { ctx.show(&template) }
}

fn table_words(table: &str) -> String {
    match table {
        "paid_terms" => "paid terms".into(),
        "membership_notices" => "reminders sent".into(),
        "page_acceptances" => "agreements to texts".into(),
        "past_participations" => "participation elsewhere".into(),
        "affirmation_optouts" => "standing opt-outs".into(),
        "body_members" => "seats in bodies".into(),
        "inspection_requests" => "requests for the list of members".into(),
        other => other.replace('_', " "),
    }
}

fn held(conn: &mut Conn, id: PersonId) -> AppResult<String> {
    let all = memberships::of_person(conn, id)?;
    let words = all.iter().map(|(m, class)| {
        let end = m.ends_at.map_or_else(|| "no end".into(), |e| format!("until {}", day(e)));
        format!("{} from {}, {end}", class.name, day(m.starts_at))
    });
    Ok(words.collect::<Vec<_>>().join("; "))
}

fn gather(
    conn: &mut Conn,
    page: Page,
    id: &PublicId,
    sent: Option<Form>,
    now: Utc,
) -> AppResult<ComparePage> {
    let pair = people::duplicate(conn, id)?;
    let (one, two) = (accounts::person(conn, pair.first_id)?, accounts::person(conn, pair.second_id)?);
    let address = |conn: &mut Conn, id| accounts::mail_address_of(conn, id).map(Option::unwrap_or_default);
    let both =
        |conn: &mut Conn, f: fn(&mut Conn, PersonId) -> AppResult<String>| -> AppResult<(String, String)> {
            Ok((f(conn, pair.first_id)?, f(conn, pair.second_id)?))
        };
    let addresses = |conn: &mut Conn, id: PersonId| -> AppResult<String> {
        let all: Vec<String> = accounts::addresses_of(conn, id)?.into_iter().map(|a| a.address).collect();
        Ok(all.join(", "))
    };
    let pick = |f: fn(&Person) -> String| (f(&one), f(&two));
    let fields = vec![
        Field { name: "name", label: "Name", values: pick(|p| p.preferred_name.clone()) },
        Field {
            name: "legal_name",
            label: "Legal name",
            values: pick(|p| p.legal_name.clone().unwrap_or_default()),
        },
        Field {
            name: "address",
            label: "Mail goes to",
            values: (address(conn, pair.first_id)?, address(conn, pair.second_id)?),
        },
        Field {
            name: "time_zone",
            label: "Time zone and language",
            values: pick(|p| format!("{}, {}", p.time_zone, p.locale)),
        },
        Field { name: "", label: "Addresses", values: both(conn, addresses)? },
        Field { name: "", label: "Memberships", values: both(conn, held)? },
        Field { name: "", label: "Account since", values: pick(|p| day(p.created_at)) },
        Field {
            name: "",
            label: "Signs in with a password",
            values: pick(|p| if p.password_hash.is_some() { "yes" } else { "no" }.into()),
        },
    ];
    let (first, second) =
        (people::rows_about(conn, pair.first_id)?, people::rows_about(conn, pair.second_id)?);
    let mut tables: Vec<&str> = first.keys().chain(second.keys()).copied().collect();
    tables.sort_unstable();
    tables.dedup();
    let count =
        |map: &std::collections::BTreeMap<&'static str, usize>, t: &str| map.get(t).copied().unwrap_or(0);
    let obstacle = |conn: &mut Conn, kept, gone| -> AppResult<String> {
        Ok(people::merge_obstacle(conn, kept, gone, now)?.map(|o| o.to_string()).unwrap_or_default())
    };
    let form = sent.unwrap_or_else(|| {
        Form::filled(["keep", "name", "legal_name", "address", "time_zone"].map(|n| (n, "first")))
    });
    Ok(ComparePage {
        page: page.for_form(&form),
        form,
        action: format!("/staff/duplicates/{id}"),
        why: reason_words(pair.reason),
        fields,
        rows: tables
            .iter()
            .map(|t| Rows { what: table_words(t), counts: (count(&first, t), count(&second, t)) })
            .collect(),
        obstacles: (
            obstacle(conn, pair.first_id, pair.second_id)?,
            obstacle(conn, pair.second_id, pair.first_id)?,
        ),
        is_open: pair.state == DuplicateState::Open,
        people: (one, two),
    })
}
