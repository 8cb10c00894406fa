//! One question: its text, what its kind asks for, and its answers with their statements.

use actix_web::web;
use askama::Template;
use folkmoot_counting::Method;
use folkmoot_governance::Fraction;
use folkmoot_governance::threshold::{Base, Threshold};
use folkmoot_store::{Conn, PublicId};
use serde_json::json;

use super::candidates::{account_of, complete};
use super::cohorts::{self, Cohort};
use super::overview::Choice;
use super::plan::Prepared;
use super::questions::{MOST_ANSWERS, MOST_RANKED};
use super::{change, load, may_prepare, place};
use crate::auth::permission::Action;
use crate::elections::settings::{AnswerSettings, QuestionKind, QuestionSettings};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};

/// Empty rows for more answers.
const SPARE: usize = 3;
/// Statements of many candidates are long.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/staff/elections/{election}/questions/{question}",
            Access::May(Action::SeeElections),
            show,
        ),
        Route::post(
            "/staff/elections/{election}/questions/{question}",
            Access::May(Action::PrepareElections),
            save,
        )
        .body_limit(BODY_LIMIT),
    ]
}

/// Thresholds a motion can have.
const THRESHOLDS: &[(&str, &str, Threshold)] = &[
    ("majority", "More yes than no", Threshold::MAJORITY),
    ("two_thirds", "Two thirds of yes and no", Threshold::TWO_THIRDS),
    (
        "half_of_ballots",
        "More than half of all ballots, abstentions included",
        Threshold::more_than(Fraction::HALF, Base::Ballots),
    ),
    ("half_of_electors", "More than half of the roll", Threshold::more_than(Fraction::HALF, Base::Electors)),
    (
        "two_thirds_of_electors",
        "Two thirds of the roll",
        Threshold::at_least(Fraction::TWO_THIRDS, Base::Electors),
    ),
];

/// Methods for rankings.
const RANKINGS: &[(&str, &str)] = &[
    ("schulze", "Schulze"),
    ("ranked-pairs", "Ranked pairs"),
    ("stv-scotland", "Single transferable vote, Scottish rules"),
    ("stv-meek", "Single transferable vote, Meek’s method"),
    ("stv-belenios", "Single transferable vote, as in Belenios"),
    ("irv", "Instant runoff, one seat"),
    ("borda", "Borda count"),
];

/// Tie rules of STAR.
const STARS: &[(&str, &str)] = &[
    ("bettervoting", "Ties of the election software that PEP 13 elections use"),
    ("official", "Ties of the published protocol"),
    ("starvote", "Ties of the program starvote"),
];

/// The fields of one answer.
struct Row {
    number: usize,
}

#[derive(Template)]
#[template(path = "preparation/question.html")]
struct QuestionPage {
    page: Page,
    form: Form,
    slug: String,
    number: usize,
    kind: &'static str,
    rows: Vec<Row>,
    /// Where there are several, how many seats each has is asked.
    cohorts: Vec<Cohort>,
    thresholds: Vec<Choice>,
    methods: Vec<Choice>,
    editable: bool,
}

fn choices(list: &[(&'static str, &'static str)]) -> Vec<Choice> {
    list.iter().map(|(value, label)| Choice { value, label, hint: "" }).collect()
}

fn kind_name(kind: &QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Approval { .. } => "approval",
        QuestionKind::YesNoAbstain { .. } => "yes_no_abstain",
        QuestionKind::Ranking { .. } => "ranking",
        QuestionKind::Scores { .. } => "scores",
        QuestionKind::Grades { .. } => "grades",
    }
}

impl QuestionPage {
    fn of(page: Page, form: Form, at: (String, usize), question: &QuestionSettings, editable: bool) -> Self {
        let shown = form.pairs().filter(|(name, _)| name.starts_with("name-")).count();
        let rows = shown.max(question.answers.len()) + if editable { SPARE } else { 0 };
        let motion = matches!(question.kind, QuestionKind::YesNoAbstain { .. });
        let methods = match question.kind {
            QuestionKind::Ranking { .. } => choices(RANKINGS),
            QuestionKind::Scores { .. } => choices(STARS),
            _ => Vec::new(),
        };
        Self {
            page,
            rows: if motion {
                Vec::new()
            } else {
                (1..=rows.min(MOST_ANSWERS)).map(|number| Row { number }).collect()
            },
            form,
            cohorts: cohorts::fields(question),
            slug: at.0,
            number: at.1,
            kind: kind_name(&question.kind),
            thresholds: THRESHOLDS
                .iter()
                .map(|(value, label, _)| Choice { value, label, hint: "" })
                .collect(),
            methods,
            editable,
        }
    }
}

fn find(prepared: &Prepared, number: usize) -> AppResult<QuestionSettings> {
    let found = number.checked_sub(1).and_then(|i| prepared.settings.questions.get(i));
    found.cloned().ok_or_else(AppError::not_found)
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<(String, usize)>) -> PageResult {
    let (slug, number) = path.into_inner();
    let wanted = slug.clone();
    let (prepared, form) = ctx
        .app()
        .read(move |conn| {
            let prepared = Prepared::load(conn, &wanted)?;
            let form = filled(conn, &find(&prepared, number)?)?;
            Ok((prepared, form))
        })
        .await?;
    let question = find(&prepared, number)?;
    let editable = prepared.is_draft() && may_prepare(&actor);
    ctx.show(&QuestionPage::of(
        ctx.page(format!("Question {number}")),
        form,
        (slug, number),
        &question,
        editable,
    ))
}

fn filled(conn: &mut Conn, question: &QuestionSettings) -> AppResult<Form> {
    let mut values: Vec<(String, String)> = vec![("title".into(), question.title.clone())];
    let mut put = |name: &str, value: String| values.push((name.to_owned(), value));
    if question.seats > 0 {
        put("seats", question.seats.to_string());
    }
    for (i, group) in question.seating.iter().flat_map(|s| &s.groups).enumerate() {
        put(&format!("cohort-{}", i + 1), group.seats.to_string());
    }
    match &question.kind {
        QuestionKind::Approval { min, max, blank } => {
            let all = u32::try_from(question.answers.len()).unwrap_or(u32::MAX);
            put("most", if *max == 0 || *max >= all { String::new() } else { max.to_string() });
            put("least", if *min == 0 { String::new() } else { min.to_string() });
            put("blank", if *blank { "yes".into() } else { String::new() });
        }
        QuestionKind::YesNoAbstain { threshold } => {
            let known = THRESHOLDS.iter().find(|(_, _, t)| t == threshold);
            put("threshold", known.map(|(name, _, _)| (*name).to_owned()).unwrap_or_default());
        }
        QuestionKind::Ranking { method, best_ranked } => {
            put("method", method.name().into());
            put("ranks", best_ranked.map(|most| most.to_string()).unwrap_or_default());
        }
        QuestionKind::Scores { method } => {
            let value = serde_json::to_value(method).map_err(AppError::internal)?;
            put("method", value.get("star_ties").and_then(|t| t.as_str()).unwrap_or("official").into());
        }
        QuestionKind::Grades { grades, .. } => put("grades", grades.join("\n")),
    }
    for (i, answer) in question.answers.iter().enumerate() {
        let n = i + 1;
        put(&format!("name-{n}"), answer.name.clone());
        put(&format!("summary-{n}"), answer.summary.clone());
        put(&format!("statement-{n}"), answer.statement.join("\n\n"));
        let account = match PublicId::parse(&answer.person) {
            Some(id) => account_of(conn, &id)?,
            None => String::new(),
        };
        put(&format!("account-{n}"), account);
    }
    Ok(Form::filled(values))
}

/// A question as typed; accounts of answers are addresses still.
pub(super) struct Typed {
    /// The question.
    pub(super) question: QuestionSettings,
    /// For each answer with an account: its place, its row and the address.
    pub(super) accounts: Vec<(usize, usize, String)>,
}

fn parse(form: &Form, before: &QuestionSettings) -> Result<Typed, FieldErrors> {
    let mut check = Check::new(form);
    let title = check.text("title", 300, "Enter the question as voters will read it.");
    let motion = matches!(before.kind, QuestionKind::YesNoAbstain { .. });
    let seats = if motion {
        Some(1)
    } else {
        let many = |t: &str| t.parse::<u32>().ok().filter(|n| (1..=100).contains(n));
        check.field("seats", |t| many(t).ok_or("Enter how many are elected, for example 4."))
    };
    let (answers, accounts) =
        if motion { (before.answers.clone(), Vec::new()) } else { answers(&mut check, form) };
    let kind = kind(&mut check, form, &before.kind, answers.len());
    let seating = cohorts::read(&mut check, form, before, seats);
    let errors = check.errors();
    match (title, seats, kind) {
        (Some(title), Some(seats), Some(kind)) if errors.is_empty() => {
            Ok(Typed { question: QuestionSettings { title, kind, seats, answers, seating }, accounts })
        }
        _ => Err(errors),
    }
}

/// The answers in order, and for each with an account: its place, its row and the address.
fn answers(check: &mut Check<'_>, form: &Form) -> (Vec<AnswerSettings>, Vec<(usize, usize, String)>) {
    let (mut answers, mut accounts) = (Vec::new(), Vec::new());
    for n in 1..=MOST_ANSWERS {
        let field = |name: &str| format!("{name}-{n}");
        let parts = ["summary", "statement", "account"].map(|p| form.value(&field(p)));
        if form.value(&field("name")).is_empty() {
            if parts.iter().any(|p| !p.is_empty()) {
                check.add(&field("name"), "Enter the name of this answer, or empty its other fields.");
            }
            continue;
        }
        let name = check.text(&field("name"), 120, "Enter the name.");
        let summary = check.optional_text(&field("summary"), 200);
        let statement = check.optional_text(&field("statement"), 20_000);
        let (Some(name), Some(summary), Some(statement)) = (name, summary, statement) else { continue };
        let statement =
            statement.split("\n\n").map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned).collect();
        let account = form.value(&field("account"));
        if !account.is_empty() {
            accounts.push((answers.len(), n, account.to_owned()));
        }
        answers.push(AnswerSettings { name, summary, statement, ..Default::default() });
    }
    (answers, accounts)
}

fn kind(check: &mut Check<'_>, form: &Form, before: &QuestionKind, answers: usize) -> Option<QuestionKind> {
    let all = u32::try_from(answers).unwrap_or(u32::MAX);
    let up_to = |t: &str, empty: u32| match t {
        "" => Ok(empty),
        t => t
            .parse::<u32>()
            .ok()
            .filter(|n| *n <= all)
            .ok_or("Enter a number not above that of the answers, or nothing."),
    };
    let method = |value: serde_json::Value| serde_json::from_value::<Method>(value).ok();
    Some(match before {
        QuestionKind::Approval { .. } => {
            let (min, max) = (check.field("least", |t| up_to(t, 0)), check.field("most", |t| up_to(t, all)));
            QuestionKind::Approval { min: min?, max: max?, blank: form.has("blank", "yes") }
        }
        QuestionKind::YesNoAbstain { .. } => {
            let known =
                |t: &str| THRESHOLDS.iter().find(|(name, _, _)| *name == t).map(|(_, _, t)| t.clone());
            let threshold = check.field("threshold", |t| known(t).ok_or("Choose what it needs to pass."))?;
            QuestionKind::YesNoAbstain { threshold }
        }
        QuestionKind::Ranking { .. } => {
            let known = |t: &str| {
                RANKINGS.iter().any(|(n, _)| *n == t).then(|| method(json!({ "method": t }))).flatten()
            };
            let method = check.field("method", |t| known(t).ok_or("Choose how it is counted."));
            // Also before the candidates are known: their number does not matter here.
            let best_ranked = check.field("ranks", |t| match t {
                "" => Ok(None),
                t => match t.parse::<u32>() {
                    Ok(most) if usize::try_from(most).is_ok_and(|n| (1..=MOST_RANKED).contains(&n)) => {
                        Ok(Some(most))
                    }
                    _ => Err("Enter a number from 1 to 30, or nothing."),
                },
            });
            QuestionKind::Ranking { method: method?, best_ranked: best_ranked? }
        }
        QuestionKind::Scores { .. } => {
            let known = |t: &str| {
                let fits = STARS.iter().any(|(n, _)| *n == t);
                fits.then(|| method(json!({ "method": "star", "max_score": 5, "star_ties": t }))).flatten()
            };
            QuestionKind::Scores {
                method: check.field("method", |t| known(t).ok_or("Choose how ties are broken."))?,
            }
        }
        QuestionKind::Grades { .. } => {
            let grades = check.field("grades", |t| {
                let lines: Vec<String> =
                    t.lines().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect();
                let fits = (2..=10).contains(&lines.len()) && lines.iter().all(|l| l.chars().count() <= 40);
                if fits { Ok(lines) } else { Err("Enter 2 to 10 grades, one a line, the best first.") }
            })?;
            let value = json!({ "method": "mj", "ngrades": grades.len() });
            QuestionKind::Grades { method: method(value)?, grades }
        }
    })
}

async fn save(ctx: Ctx, actor: Actor, path: web::Path<(String, usize)>, form: Form) -> PageResult {
    let names = [
        "title",
        "seats",
        "cohort-*",
        "least",
        "most",
        "blank",
        "threshold",
        "method",
        "ranks",
        "grades",
        "name-*",
        "summary-*",
        "statement-*",
        "account-*",
    ];
    let form = form.only(&names)?;
    let (slug, number) = path.into_inner();
    let before = find(&load(&ctx, web::Path::from(slug.clone())).await?, number)?;
    let again = |form: Form| {
        let page = ctx.page(format!("Question {number}")).for_form(&form);
        ctx.show_again(&QuestionPage::of(page, form, (slug.clone(), number), &before, true))
    };
    let sent = form.clone();
    if let Err(errors) = parse(&sent, &before) {
        return again(form.with(errors));
    }
    let details = json!({ "question": number });
    let outcome = change(&ctx, &actor, &slug, "election.question", details, move |conn, _, prepared, now| {
        prepared.need_draft()?;
        let before = find(prepared, number)?;
        let mut typed = parse(&sent, &before).map_err(AppError::from)?;
        let errors = complete(conn, prepared, &mut typed, now)?;
        if !errors.is_empty() {
            return Err(AppError::from(errors));
        }
        if let Some(place) = prepared.settings.questions.get_mut(number - 1) {
            *place = typed.question;
        }
        Ok(())
    })
    .await;
    match outcome {
        Ok(()) => Ok(ctx.redirect_with(&place(&slug, "questions"), &Flash::good("The question is saved."))),
        Err(AppError { kind: crate::error::Kind::Invalid(errors), .. }) => again(form.with(errors)),
        Err(other) => Err(other),
    }
}
