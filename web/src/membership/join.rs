//! Joining: which class fits, what it asks, and the account inside the same path. Nothing typed is lost: it travels in the mail
//! that proves the address, and to people we know already in a mail that leads them back to it.

use actix_web::web;
use askama::Template;
use folkmoot_governance::Explain;
use folkmoot_store::accounts::{self, TokenPurpose};
use folkmoot_store::memberships::public;
use folkmoot_store::memberships::{
    self, Class, Evidence, MembershipSource, MembershipState, NewMembership, voting,
};
use folkmoot_store::{Conn, PersonId, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::dues::policy_of;
use super::{calls, dues_page};
use crate::accounts::sign_up::{self, Applicant};
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::token_hash;
use crate::http::when::stated;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/join", Access::Public, choose),
        Route::get("/join/{class}", Access::Public, form),
        Route::post("/join/{class}", Access::Public, join),
        Route::get("/join/continue/{token}", Access::SignedIn, go_on),
    ]
}

/// What somebody wants to join, kept until the address is proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Key of the class.
    pub class: String,
    /// What the applicant wrote.
    pub statement: String,
    /// Agreed to what the class certifies.
    pub certified: bool,
    /// Agreed to be named in public.
    pub named: bool,
}

struct ClassView {
    key: String,
    name: String,
    description: String,
    votes: bool,
    dues: String,
    evidence: String,
    asks_statement: bool,
    is_open: bool,
}

impl ClassView {
    fn of(class: &Class) -> AppResult<Self> {
        Ok(Self {
            key: class.key.clone(),
            name: class.name.clone(),
            description: class.description.clone(),
            votes: class.votes,
            dues: policy_of(class)?.map(|policy| policy.sentence()).unwrap_or_default(),
            evidence: class.evidence_text.clone(),
            asks_statement: class.evidence == Evidence::Certification,
            is_open: class.is_open,
        })
    }
}

/// A question with two answers.
struct Question {
    name: &'static str,
    legend: &'static str,
    options: Vec<Answer>,
}

struct Answer {
    value: &'static str,
    label: &'static str,
    hint: &'static str,
}

fn questions() -> Vec<Question> {
    let answer = |value, label| Answer { value, label, hint: "" };
    let yes_or_no = || vec![answer("yes", "Yes"), answer("no", "No")];
    vec![
        Question { name: "vote", legend: "Do you want to vote in elections?", options: yes_or_no() },
        Question {
            name: "work",
            legend: "Do you work for the mission without pay, about five hours a month or more?",
            options: yes_or_no(),
        },
        Question {
            name: "dues",
            legend: "Do you want to support the work with yearly dues, as much as you choose?",
            options: yes_or_no(),
        },
    ]
}

/// The class that fits the answers; `None` while a question is open.
fn advice<'a>(classes: &'a [Class], form: &Form) -> Option<(&'a Class, &'static str)> {
    let said = |name: &str| match form.value(name) {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let (vote, work, dues) = (said("vote")?, said("work")?, said("dues")?);
    let open = || classes.iter().filter(|class| class.is_open);
    let by_work = open().find(|c| c.votes && c.evidence == Evidence::Certification);
    let by_dues = open().find(|c| c.votes && c.dues.is_some());
    let free = open().find(|c| !c.votes && c.dues.is_none());
    match (vote, work, dues) {
        (true, true, _) => by_work.map(|c| (c, "Your work gives you the vote; it costs nothing.")),
        (_, _, true) => by_dues.map(|c| (c, "Your dues give you the vote, whatever the amount.")),
        (true, false, false) => free.map(|c| {
            (c, "The vote needs either work for the mission or dues. You can begin here and change later.")
        }),
        (false, _, false) => free.map(|c| (c, "You belong and are kept informed, without duties.")),
    }
}

#[derive(Template)]
#[template(path = "membership/join.html")]
struct JoinPage {
    page: Page,
    form: Form,
    classes: Vec<ClassView>,
    questions: Vec<Question>,
    advice: Option<(String, String, &'static str)>,
    next_rolls: Vec<(String, String)>,
}

async fn choose(ctx: Ctx) -> PageResult {
    let asked = ["vote", "work", "dues"].map(|name| (name, ctx.query(name).unwrap_or_default()));
    let (form, now, zone) = (Form::filled(asked), ctx.now(), ctx.zone());
    let (all, next_rolls) =
        ctx.app().read(move |c| Ok((memberships::classes(c)?, rolls(c, &zone, now)?))).await?;
    let advice = advice(&all, &form).map(|(class, why)| (class.key.clone(), class.name.clone(), why));
    let classes = all.iter().map(ClassView::of).collect::<AppResult<Vec<_>>>()?;
    let page = ctx.page("Become a member");
    ctx.show(&JoinPage { page, form, classes, questions: questions(), advice, next_rolls })
}

/// Rolls to come: title, and until when one must be a member.
fn rolls(conn: &mut Conn, zone: &str, now: Utc) -> AppResult<Vec<(String, String)>> {
    let to_come = calls::current(conn, now)?.into_iter().filter(|open| open.call.record_at > now);
    Ok(to_come.map(|open| (open.call.title, stated(open.call.record_at, zone))).collect())
}

#[derive(Template)]
#[template(path = "membership/join_class.html")]
struct ClassPage {
    page: Page,
    form: Form,
    class: ClassView,
    signed_in: bool,
    next_rolls: Vec<(String, String)>,
}

async fn form(ctx: Ctx, path: web::Path<String>) -> PageResult {
    show(&ctx, path.into_inner(), Form::empty()).await
}

async fn show(ctx: &Ctx, key: String, form: Form) -> PageResult {
    let (now, zone) = (ctx.now(), ctx.zone());
    let (class, next_rolls) =
        ctx.app().read(move |c| Ok((memberships::class_by_key(c, &key)?, rolls(c, &zone, now)?))).await?;
    if !class.is_open {
        return Err(AppError::not_found());
    }
    let page = ctx.page(format!("Join: {}", class.name)).for_form(&form);
    let again = page.has_errors;
    let (class, signed_in) = (ClassView::of(&class)?, ctx.actor().is_some());
    let template = ClassPage { page, form, class, signed_in, next_rolls };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

fn parse(check: &mut Check<'_>, form: &Form, class: &Class) -> Option<Wish> {
    let asks = class.evidence == Evidence::Certification;
    let statement = if asks {
        check.text("statement", 4000, "Write a few words about what you do.")
    } else {
        Some(String::new())
    };
    let certified = form.has("certify", "yes");
    if asks && !certified {
        check.add("certify", "Tick the box to certify; without it this class cannot be given.");
    }
    Some(Wish { class: class.key.clone(), statement: statement?, certified, named: form.has("named", "yes") })
}

async fn join(ctx: Ctx, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["statement", "certify", "named", "name", "email", "password", "accept"])?;
    let key = path.into_inner();
    let found = key.clone();
    let class = ctx.app().read(move |c| Ok(memberships::class_by_key(c, &found)?)).await?;
    if !class.is_open {
        return Err(AppError::not_found());
    }
    let mut check = Check::new(&form);
    let applicant = match ctx.actor() {
        Some(_) => None,
        None => Applicant::parse(&mut check, &form, &ctx.app().organisation().name),
    };
    let wish = parse(&mut check, &form, &class);
    let errors: FieldErrors = check.errors();
    let Some(wish) = wish.filter(|_| errors.is_empty()) else {
        return show(&ctx, key, form.with(errors)).await;
    };
    let Some(actor) = ctx.actor() else {
        let Some(applicant) = applicant else { return show(&ctx, key, form.with(errors)).await };
        return sign_up::begin(&ctx, applicant, Some(wish)).await;
    };
    let (app, now, person) = (ctx.app().clone(), ctx.now(), actor.person);
    let act =
        ctx.act("membership.join", format!("person {}", actor.public_id), json!({ "class": wish.class }));
    let outcome = ctx
        .app()
        .write(move |c| {
            let outcome = apply(c, &app, person, &wish, now)?;
            if outcome.changed {
                audit::append(c, &act, now)?;
            }
            Ok(outcome)
        })
        .await?;
    Ok(ctx.redirect_with(&outcome.to, &Flash::good(outcome.words)))
}

/// What joining came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Where to go next.
    pub to: String,
    /// What to say there.
    pub words: String,
    /// False when there was nothing to do.
    pub changed: bool,
}

/// Carries out a wish for a person whose address is proved.
///
/// # Errors
/// `NotFound` when the class does not exist or cannot be asked for any more; a database error.
pub fn apply(conn: &mut Conn, app: &App, person: PersonId, wish: &Wish, now: Utc) -> AppResult<Outcome> {
    let class = memberships::class_by_key(conn, &wish.class)?;
    if !class.is_open {
        return Err(AppError::not_found());
    }
    if wish.named {
        public::set_roster_consent(conn, person, true, now)?;
    }
    let held = memberships::of_person(conn, person)?;
    let same = held.iter().map(|(m, _)| m).filter(|m| m.class_id == class.id);
    let done = |to: &str, words: String, changed| Outcome { to: to.to_owned(), words, changed };
    for membership in same {
        if membership.state == MembershipState::Applied {
            return Ok(done("/membership", "Your application is with us already.".into(), false));
        }
        if membership.is_active(now) && class.dues.is_none() {
            return Ok(done("/membership", format!("You are a {} already.", lower(&class.name)), false));
        }
    }
    if class.dues.is_some() {
        let words = "Your account is ready. Choose your dues to become a member.".to_owned();
        return Ok(done(&dues_page(&class.key), words, false));
    }
    let waits = class.evidence != Evidence::None;
    let new = NewMembership {
        public_id: app.public_id()?,
        person,
        class: class.id,
        source: if waits { MembershipSource::Application } else { MembershipSource::Joined },
        reference: None,
        state: if waits { MembershipState::Applied } else { MembershipState::Active },
        starts_at: now,
        ends_at: None,
        statement: &wish.statement,
        reason: "",
    };
    memberships::add(conn, &new, now)?;
    if wish.certified {
        voting::certify(conn, person, class.id, now, &class.evidence_text, "", now)?;
    }
    let words = if waits {
        "Your application is sent. You get a mail when it is decided.".to_owned()
    } else {
        format!("Welcome. You are a {} now.", lower(&class.name))
    };
    Ok(done("/membership", words, true))
}

/// A class's name inside a sentence.
fn lower(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// The page that a mail to a known address leads to: the form as it was filled.
async fn go_on(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (hash, now) = (token_hash(&path.into_inner()), ctx.now());
    let person = ctx.actor().map(|a| a.person);
    let found = ctx.app().read(move |c| Ok(accounts::peek_token(c, &hash, TokenPurpose::Join, now)?)).await?;
    let Some(token) = found.filter(|t| t.person_id.is_some() && t.person_id == person) else {
        return Ok(ctx.redirect_with("/join", &Flash::warn("This link has ended. Choose a class again.")));
    };
    let wish: Wish = token.payload.parse()?;
    let yes = |is: bool| if is { "yes" } else { "" };
    let form = Form::filled([
        ("statement", wish.statement.as_str()),
        ("certify", yes(wish.certified)),
        ("named", yes(wish.named)),
    ]);
    show(&ctx, wish.class, form).await
}
