//! Confirming what the columns of a file mean.

use actix_web::web;
use folkmoot_store::bodies::{self, Body};
use folkmoot_store::imports::{self, ImportState, RowOutcome};
use folkmoot_store::memberships::{self, Class};
use folkmoot_store::{JsonText, audit};
use serde_json::json;

use super::columns::{Alike, Column, Settings};
use super::pages::{Heading, id_in, show_one};
use super::{go_on, settings_of};
use crate::error::AppError;
use crate::http::when::parse_day;
use crate::http::{Check, Ctx, FieldErrors, Form, PageResult};

/// The form as the settings fill it.
pub(super) fn form_of(settings: &Settings, headings: &[Heading]) -> Form {
    let day = |d: Option<chrono::NaiveDate>| d.map(|d| d.to_string()).unwrap_or_default();
    let mut values: Vec<(String, String)> =
        headings.iter().map(|h| (h.name.clone(), h.value.to_owned())).collect();
    values.push(("class".into(), settings.class.clone()));
    values.push(("starts".into(), day(settings.starts)));
    values.push(("ends".into(), day(settings.ends)));
    values.push(("election".into(), settings.election.clone()));
    values.push(("closed".into(), day(settings.closed_on)));
    values.push(("affirmed_for".into(), settings.affirmed_for.clone()));
    if settings.header {
        values.push(("header".into(), "yes".into()));
    }
    Form::filled(values)
}

/// The settings in a form, on top of those there are.
fn parse(
    form: &Form,
    before: &Settings,
    classes: &[Class],
    bodies: &[Body],
) -> Result<Settings, FieldErrors> {
    let mut check = Check::new(form);
    let day = |text: &str| if text.is_empty() { Ok(None) } else { parse_day(text).map(Some) };
    let (starts, ends) = (check.field("starts", day), check.field("ends", day));
    let closed_on = check.field("closed", day);
    let election = check.optional_text("election", 200);
    let class = check.field("class", |t| {
        let known = t.is_empty() || super::class_by_key(classes, t).is_some();
        if known { Ok(t.to_owned()) } else { Err("Choose one of the classes.") }
    });
    let affirmed_for = check.field("affirmed_for", |t| {
        let known = t.is_empty() || bodies.iter().any(|b| b.slug == t);
        if known { Ok(t.to_owned()) } else { Err("Choose one of the bodies.") }
    });
    let mut columns = Vec::new();
    for at in 0..before.columns.len() {
        let name = format!("column-{at}");
        let column = check.field(&name, |t| Column::parse(t).ok_or("Choose what this column means."));
        if let Some(column) = column {
            if column != Column::Skip && columns.contains(&column) {
                check.add(&name, "Two columns cannot mean the same.");
            }
            columns.push(column);
        }
    }
    if !columns.contains(&Column::Email) {
        check.add("column-0", "Say which column holds the e-mail address.");
    }
    if columns.contains(&Column::Voted) && (election.as_deref() == Some("") || closed_on == Some(None)) {
        check
            .add("election", "Name the election the column “voted” is about, and the day its voting closed.");
    }
    if columns.contains(&Column::AffirmedOn) && affirmed_for.as_deref() == Some("") {
        check.add("affirmed_for", "Choose the body the column “last affirmed on” is about, or leave it out.");
    }
    if columns.contains(&Column::Amount) && !columns.contains(&Column::PaidOn) {
        check.add("column-0", "Amounts need the day they were paid: say which column holds it.");
    }
    if let (Some(Some(first)), Some(Some(last))) = (starts, ends)
        && last < first
    {
        check.add("ends", "The last day lies before the first.");
    }
    let header = form.has("header", "yes");
    check.finish()?;
    let (Some(starts), Some(ends), Some(closed_on), Some(election), Some(class), Some(affirmed_for)) =
        (starts, ends, closed_on, election, class, affirmed_for)
    else {
        return Err(FieldErrors::one("class", "Look at the form again."));
    };
    Ok(Settings {
        header,
        columns,
        class,
        starts,
        ends,
        alike: Alike::Undecided,
        election,
        closed_on,
        affirmed_for,
    })
}

pub(super) async fn columns(ctx: Ctx, path: web::Path<String>, form: Form) -> PageResult {
    let form =
        form.only(&["column-*", "class", "starts", "ends", "election", "closed", "affirmed_for", "header"])?;
    let (id, now) = (id_in(&path)?, ctx.now());
    let at = id.clone();
    let (import, classes, bodies) = ctx
        .app()
        .read(move |c| Ok((imports::by_public_id(c, &at)?, memberships::classes(c)?, bodies::all(c)?)))
        .await?;
    let settings = match parse(&form, &settings_of(&import)?, &classes, &bodies) {
        Ok(settings) => settings,
        Err(errors) => return show_one(&ctx, id, Some(form.with(errors))).await,
    };
    let target = format!("/staff/imports/{id}");
    let act = ctx.act("import.columns", format!("import {id}"), json!({ "settings": settings }));
    ctx.app()
        .write(move |c| {
            if !imports::set_state(c, import.id, ImportState::Staged, ImportState::Checking, now)? {
                return Err(AppError::conflict("The columns of this import were confirmed already."));
            }
            imports::set_settings(c, import.id, &JsonText::of(&settings)?)?;
            // Whether the first row is the header may have been decided otherwise than it was read.
            let mut first = imports::rows_after(c, import.id, -1, 1)?;
            for row in first.iter_mut().filter(|r| r.outcome != RowOutcome::Error) {
                let header = settings.header;
                row.outcome = if header { RowOutcome::Ignored } else { RowOutcome::Unchecked };
                row.note = if header { "The header".into() } else { String::new() };
            }
            imports::replace_rows(c, import.id, &first)?;
            audit::append(c, &act, now)?;
            go_on(c, &import, now)
        })
        .await?;
    Ok(ctx.redirect(&target))
}
