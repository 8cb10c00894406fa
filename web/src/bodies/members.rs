//! Staff pages about one seat: appointments, roles, resignations and removals with their days, signs of work.

use actix_web::web;
use askama::Template;
use chrono::{Datelike, NaiveDate};
use folkmoot_governance::Explain;
use folkmoot_governance::term::Term;
use folkmoot_store::bodies::{
    self, Body, BodyMember, BodyMemberId, MemberRole, NewBodyMember, NewSeat, SeatBasis, SeatEnd, Sign,
};
use folkmoot_store::{Conn, PersonId, Utc, accounts, audit};
use serde_json::json;

use super::mail::SeatChanged;
use super::staff::show_with;
use super::{Choice, activity, choices, position, rules, words};
use crate::app::App;
use crate::approvals::By;
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::parse_day;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::mail::{self, Recipient};
use crate::routes::{Access, Route};

pub(super) const ROLES: &[(&str, &str)] =
    &[("member", "Ordinary member"), ("chair", "Chair"), ("deputy", "Deputy chair")];
pub(super) const BASES: &[(&str, &str)] = &[
    ("appointed", "Appointed for a term"),
    ("until_election", "Appointed until the next election"),
    ("elected", "Elected"),
    ("recorded", "Not stated"),
];
const ENDS: &[(&str, &str)] = &[
    ("term", "End of the term"),
    ("resigned", "Resigned"),
    ("removed", "Removed by decision"),
    ("moved", "Moved to another seat"),
    ("died", "Died"),
];

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageBodies);
    vec![
        Route::post("/staff/bodies/{body}/members", manage, add),
        Route::get("/staff/bodies/{body}/members/{member}", manage, show),
        Route::post("/staff/bodies/{body}/members/{member}/role", manage, role),
        Route::post("/staff/bodies/{body}/members/{member}/end", manage, end),
        Route::post("/staff/bodies/{body}/members/{member}/work", manage, work),
    ]
}

/// A seat that is given to somebody.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The person.
    pub person: PersonId,
    /// What they are.
    pub role: MemberRole,
    /// Words for it, or empty.
    pub position: String,
    /// Cohort, or empty.
    pub cohort: String,
    /// How the seat is taken.
    pub basis: SeatBasis,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day; `None` for the length of a term of the body, where it has one, or no end.
    pub ends_on: Option<NaiveDate>,
}

/// Gives somebody a seat, or says why that cannot be: the person sits there already, lacks the class of membership that
/// members must have, or all seats are taken.
///
/// # Errors
/// A database error.
pub fn give_seat(
    conn: &mut Conn,
    body: &Body,
    seat: &Granted,
    now: Utc,
) -> AppResult<Result<BodyMemberId, String>> {
    let term = u32::try_from(body.term_years).ok().filter(|years| *years > 0);
    let ends_on = match (seat.ends_on, seat.basis, term) {
        (Some(end), _, _) => Some(end),
        (None, SeatBasis::UntilElection, _) | (None, _, None) => None,
        (None, _, Some(years)) => Term::years(seat.starts_on, years).and_then(|t| t.to.pred_opt()),
    };
    let end = |d: Option<NaiveDate>| d.unwrap_or(NaiveDate::MAX);
    let members = bodies::members(conn, body.id)?;
    let at_once = |m: &&BodyMember| m.starts_on <= end(ends_on) && seat.starts_on <= end(m.ends_on);
    if members.iter().filter(at_once).any(|m| m.person_id == seat.person) {
        return Ok(Err("This person sits in the body at that time already.".into()));
    }
    if !rules::fits_class(conn, body, seat.person, now)? {
        return Ok(Err(format!("Members of this body must be {}; this person is not.", body.required_class)));
    }
    let taken = members.iter().filter(|m| m.sits_on(seat.starts_on)).count();
    if body.seats > 0 && i64::try_from(taken).unwrap_or(i64::MAX) >= body.seats {
        return Ok(Err(format!("All {} seats are taken on that day.", body.seats)));
    }
    let member = NewBodyMember {
        body: body.id,
        person: seat.person,
        position: &seat.position,
        starts_on: seat.starts_on,
        ends_on,
    };
    let new = NewSeat { member, role: seat.role, cohort: &seat.cohort, basis: seat.basis };
    Ok(Ok(bodies::seat(conn, &new, now)?))
}

struct Wish {
    email: String,
    seat: Granted,
}

impl Wish {
    fn parse(form: &Form) -> Result<Self, FieldErrors> {
        let mut check = Check::new(form);
        let email = check.text("email", 254, "Enter the address of the person.");
        let position = check.optional_text("position", 80);
        let cohort = check.optional_text("cohort", 20);
        let role = check.field("role", |t| match t {
            "" => Ok(MemberRole::Member),
            t => t.parse().map_err(|_| "Choose what the person is."),
        });
        let basis = check.field("basis", |t| match t {
            "" => Ok(SeatBasis::Recorded),
            t => t.parse().map_err(|_| "Choose how the seat is taken."),
        });
        let starts = check.field("starts", parse_day);
        let ends = check.field("ends", |t| if t.is_empty() { Ok(None) } else { parse_day(t).map(Some) });
        if let (Some(starts), Some(Some(ends))) = (starts, ends)
            && ends < starts
        {
            check.add("ends", "The last day must not be before the first.");
        }
        let errors = check.errors();
        let (
            Some(email),
            Some(position),
            Some(cohort),
            Some(role),
            Some(basis),
            Some(starts_on),
            Some(ends_on),
        ) = (email, position, cohort, role, basis, starts, ends)
        else {
            return Err(errors);
        };
        if !errors.is_empty() {
            return Err(errors);
        }
        // The person is looked up in the transaction.
        let person = PersonId(0);
        Ok(Self { email, seat: Granted { person, role, position, cohort, basis, starts_on, ends_on } })
    }

    /// Seats the person, or says what is wrong with the form.
    fn carry_out(&self, conn: &mut Conn, app: &App, by: &By, slug: &str, now: Utc) -> AppResult<FieldErrors> {
        let body = bodies::by_slug(conn, slug)?;
        let Some(person) = accounts::owner_of_address(conn, &self.email)? else {
            return Ok(FieldErrors::one("email", "Nobody with an account has confirmed this address."));
        };
        let seat = Granted { person: person.id, ..self.seat.clone() };
        let id = match give_seat(conn, &body, &seat, now)? {
            Ok(id) => id,
            Err(why) => return Ok(FieldErrors::one("email", why)),
        };
        let details = json!({
            "person": person.public_id, "seat": id, "role": self.seat.role, "position": self.seat.position,
            "basis": self.seat.basis, "from": self.seat.starts_on.to_string(),
            "until": self.seat.ends_on.map(|d| d.to_string()),
        });
        audit::append(conn, &by.act("body.add_member", format!("body {slug}"), details), now)?;
        if self.seat.starts_on >= now.datetime().date_naive() {
            let what = format!("You have a seat in {} from {}.", body.name, words(self.seat.starts_on));
            tell(conn, app, &body, person.id, what, now)?;
        }
        Ok(FieldErrors::default())
    }
}

/// Writes to somebody about their seat in a body that everybody may see.
fn tell(conn: &mut Conn, app: &App, body: &Body, person: PersonId, what: String, now: Utc) -> AppResult<()> {
    let Some(address) = accounts::mail_address_of(conn, person)? else { return Ok(()) };
    let name = accounts::person(conn, person)?.preferred_name;
    let page = if body.is_public { format!("/bodies/{}", body.slug) } else { "/account".into() };
    let message = SeatChanged { name, what, link: app.link(&page) };
    mail::queue(conn, app, &Recipient::person(person, address), &message, now).map(|_| ())
}

async fn add(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["email", "position", "role", "cohort", "basis", "starts", "ends"])?;
    let (slug, now, by) = (path.into_inner(), ctx.now(), By::new(&ctx, &actor));
    let errors = match Wish::parse(&form) {
        Err(errors) => errors,
        Ok(wish) => {
            let (slug, app) = (slug.clone(), ctx.app().clone());
            ctx.app().write(move |c| wish.carry_out(c, &app, &by, &slug, now)).await?
        }
    };
    if !errors.is_empty() {
        return show_with(&ctx, slug, form.with(errors)).await;
    }
    Ok(ctx.redirect_with(&format!("/staff/bodies/{slug}"), &Flash::good("Added.")))
}

#[derive(Template)]
#[template(path = "bodies/member.html")]
struct MemberPage {
    page: Page,
    form: Form,
    slug: String,
    body: String,
    id: i64,
    name: String,
    facts: Vec<(&'static str, String)>,
    roles: Vec<Choice>,
    ends: Vec<Choice>,
    watches_work: bool,
}

fn found(conn: &mut Conn, slug: &str, id: i64) -> AppResult<(Body, BodyMember)> {
    let body = bodies::by_slug(conn, slug)?;
    let member = bodies::members(conn, body.id)?.into_iter().find(|m| m.id == BodyMemberId(id));
    Ok((body, member.ok_or_else(AppError::not_found)?))
}

async fn show(ctx: Ctx, _actor: Actor, path: web::Path<(String, i64)>) -> PageResult {
    let ((slug, id), now, page) = (path.into_inner(), ctx.now(), ctx.page(""));
    let template = ctx
        .app()
        .read(move |c| {
            let (body, member) = found(c, &slug, id)?;
            let name = accounts::person(c, member.person_id)?.preferred_name;
            let today = now.datetime().date_naive();
            let day = |d: Option<NaiveDate>| d.map_or_else(|| "none".to_owned(), words);
            let basis = BASES.iter().find(|(v, _)| *v == member.basis.as_str()).map_or("Other", |(_, l)| l);
            let mut facts = vec![
                ("Position", position(&member)),
                ("Cohort", member.cohort.clone()),
                ("Basis", basis.to_owned()),
                ("First day", words(member.starts_on)),
                ("Last day", day(member.ends_on)),
                ("Term as given until", day(member.term_until)),
                ("How it ended", super::ended(&member, today)),
                ("Note", member.end_note.clone()),
            ];
            let policy = activity::policy(&body)?;
            if let Some(policy) = &policy {
                facts.push(("Last work", day(member.last_work_on)));
                facts.push(("Activity", activity::stands(policy, &member, now)?.sentence()));
            }
            facts.retain(|(_, value)| !value.is_empty());
            let today = today.format("%Y-%m-%d").to_string();
            let form = Form::filled([
                ("role", member.role.as_str().to_owned()),
                ("position", member.position.clone()),
                ("last", today.clone()),
                ("how", "resigned".to_owned()),
                ("worked", today),
            ]);
            Ok(MemberPage {
                page: page.titled(&format!("{name}, {}", body.name)),
                form,
                slug: body.slug,
                body: body.name,
                id,
                name,
                facts,
                roles: choices(ROLES),
                ends: choices(ENDS),
                watches_work: policy.is_some(),
            })
        })
        .await?;
    ctx.show(&template)
}

async fn role(ctx: Ctx, actor: Actor, path: web::Path<(String, i64)>, form: Form) -> PageResult {
    let form = form.only(&["role", "position"])?;
    let mut check = Check::new(&form);
    let role = check.field("role", |t| t.parse::<MemberRole>().map_err(|_| "Choose what the person is."));
    let position = check.optional_text("position", 80);
    let (Some(role), Some(position)) = (role, position) else { return Err(check.errors().into()) };
    let ((slug, id), now, by) = (path.into_inner(), ctx.now(), By::new(&ctx, &actor));
    let to = format!("/staff/bodies/{slug}");
    ctx.app()
        .write(move |c| {
            let (body, member) = found(c, &slug, id)?;
            bodies::set_role(c, body.id, member.id, (role, &position))?;
            let details = json!({ "seat": id, "role": role, "position": position });
            audit::append(c, &by.act("body.role", format!("body {slug}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("Saved.")))
}

async fn end(ctx: Ctx, actor: Actor, path: web::Path<(String, i64)>, form: Form) -> PageResult {
    let form = form.only(&["last", "how", "note"])?;
    let mut check = Check::new(&form);
    let last = check.field("last", parse_day);
    let how = check.field("how", |t| match t {
        "" => Ok(None),
        t => t.parse::<SeatEnd>().map(Some).map_err(|_| "Choose how it ends."),
    });
    let note = check.optional_text("note", 200);
    let (Some(last), Some(how), Some(note)) = (last, how, note) else { return Err(check.errors().into()) };
    let ((slug, id), now, by) = (path.into_inner(), ctx.now(), By::new(&ctx, &actor));
    let (to, app) = (format!("/staff/bodies/{slug}"), ctx.app().clone());
    ctx.app()
        .write(move |c| {
            let (body, member) = found(c, &slug, id)?;
            if last < member.starts_on || last.year() > 2200 {
                return Err(AppError::conflict("The last day must not be before the first."));
            }
            match how {
                Some(how) => bodies::leave(c, body.id, member.id, last, (how, &note))?,
                None => bodies::end_member(c, body.id, member.id, last)?,
            };
            let details = json!({ "seat": id, "until": last.to_string(), "how": how });
            audit::append(c, &by.act("body.end_member", format!("body {slug}"), details), now)?;
            if how.is_some_and(|how| how != SeatEnd::Died) && last >= now.datetime().date_naive() {
                let what = format!("Your last day in {} is {}.", body.name, words(last));
                tell(c, &app, &body, member.person_id, what, now)?;
            }
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The last day is set.")))
}

async fn work(ctx: Ctx, actor: Actor, path: web::Path<(String, i64)>, form: Form) -> PageResult {
    let form = form.only(&["worked"])?;
    let ((slug, id), now, by) = (path.into_inner(), ctx.now(), By::new(&ctx, &actor));
    let day = parse_day(form.value("worked"))
        .ok()
        .filter(|d| *d <= now.datetime().date_naive())
        .ok_or_else(|| AppError::from(FieldErrors::one("worked", "Enter a day that is not to come.")))?;
    let to = format!("/staff/bodies/{slug}/members/{id}");
    ctx.app()
        .write(move |c| {
            let (_, member) = found(c, &slug, id)?;
            bodies::note_activity(c, member.id, Sign::Work(day))?;
            let details = json!({ "seat": id, "worked": day.to_string() });
            audit::append(c, &by.act("body.work", format!("body {slug}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("Noted.")))
}
