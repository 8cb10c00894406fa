//! Every route, asked for by everybody (requirements AZ-01, AZ-03, AZ-05): a visitor, a member, and a holder of each role.
//!
//! What each of them gets is kept in `docs/permissions.csv`, one row for each route (and, where the address names a person,
//! one for oneself and one for another). A route without a row fails, a cell that changes fails. After a change that is
//! meant, write the table anew with `UPDATE_PERMISSIONS=1 cargo test -p folkmoot matrix` and read the difference.
//!
//! Cells: `in` the handler answered; `404` it answered that there is nothing; `no` refused with 403; `sign in` sent to the
//! sign-in page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use actix_web::http::Method;
use folkmoot_store::accounts::{Role, Strength};
use folkmoot_store::{accounts, audit};

use crate::error::AppError;
use crate::http::session::token_hash;
use crate::routes::{self, Access, Route};
use crate::testing::{Browser, Shown, TestApp, TestPerson};

const FILE: &str = "../docs/permissions.csv";

/// Visitor, member, and each role.
fn columns() -> Vec<String> {
    let roles = Role::ALL.iter().map(|r| r.as_str().to_owned());
    ["visitor".to_owned(), "member".to_owned()].into_iter().chain(roles).collect()
}

/// Whose thing the address names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Nobodys,
    Own,
    Others,
}

impl Whose {
    fn of(path: &str) -> Vec<Self> {
        if path.contains("{person}") || path.contains("{session}") {
            vec![Self::Own, Self::Others]
        } else {
            vec![Self::Nobodys]
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Nobodys => "",
            Self::Own => "own",
            Self::Others => "other",
        }
    }
}

fn session_of(app: &TestApp, person: &TestPerson) -> i64 {
    let (id, now) = (person.id, app.app.now());
    let all = app.app.store().read(|c| Ok::<_, AppError>(accounts::sessions_of(c, id, now)?)).unwrap();
    all.first().map_or(0, |s| s.id.0)
}

/// Fills the parts of an address that vary. What this function does not know is `1`, which names nothing.
fn address(app: &TestApp, pattern: &str, whose: Whose, me: &TestPerson, other: &TestPerson) -> String {
    let target = if whose == Whose::Own { me } else { other };
    let mut path = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, end) = after.split_once('}').unwrap();
        path.push_str(before);
        match name.split(':').next().unwrap() {
            "person" => path.push_str(target.public_id.as_str()),
            "session" => path.push_str(&session_of(app, target).to_string()),
            _ => path.push('1'),
        }
        rest = end;
    }
    path + rest
}

fn class(answer: &Shown) -> &'static str {
    let to_sign_in = answer.location().is_some_and(|l| l.starts_with("/sign-in?next="));
    match answer.status.as_u16() {
        _ if to_sign_in => "sign in",
        403 => "no",
        404 => "404",
        500.. => "FAILED",
        _ => "in",
    }
}

fn entries(app: &TestApp) -> i64 {
    let tail = app.app.store().read(|c| Ok::<_, AppError>(audit::tail(c)?)).unwrap();
    tail.map_or(0, |t| t.0)
}

async fn ask(app: &TestApp, browser: &Browser<'_>, route: &Route, path: &str) -> &'static str {
    if route.method == Method::GET {
        return class(&browser.get(path).await);
    }
    let before = entries(app);
    let answer = browser.post(path, &[]).await;
    let class = class(&answer);
    // Whatever staff do leaves an entry (requirement AZ-05).
    if class == "in" && path.starts_with("/staff/") && answer.status == 303 {
        assert!(entries(app) > before, "POST {path} left no entry in the audit log");
    }
    class
}

/// A browser of somebody new: acts may end the session or the account.
fn somebody<'a>(app: &'a TestApp, column: &str, n: usize) -> (TestPerson, Browser<'a>) {
    let me = app.person(&format!("{column} {n}"));
    let browser = match column {
        "visitor" => app.visitor(),
        "member" => app.signed_in(&me),
        role => {
            app.grant(&me, role.parse().unwrap());
            app.signed_in(&me)
        }
    };
    (me, browser)
}

/// Somebody else, signed in elsewhere.
fn stranger(app: &TestApp, n: usize) -> TestPerson {
    let (other, now) = (app.person(&format!("Other {n}")), app.app.now());
    let (expires, hash) = (now.plus(chrono::TimeDelta::days(1)), token_hash(&format!("other {n}")));
    let start = |c: &mut folkmoot_store::Conn| {
        accounts::add_session(c, &hash, other.id, Strength::Password, "Other", expires, now)?;
        Ok::<_, AppError>(())
    };
    app.app.store().write(start).unwrap();
    other
}

/// What the declared access says by itself, whatever the handler does: the guard lets in nobody else.
fn guard_says(access: Access, column: &str) -> Option<&'static str> {
    let role = column.parse::<Role>().ok();
    match access {
        Access::Public | Access::Static | Access::Machine => None,
        Access::SignedIn | Access::May(_) if column == "visitor" => Some("sign in"),
        Access::SignedIn => None,
        Access::May(action) => {
            let lets_in = role.is_some_and(|r| action.roles().contains(&r));
            if lets_in { None } else { Some("no") }
        }
    }
}

async fn whole_table(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let mut table = BTreeMap::new();
    let mut n = 0;
    // Looking changes nothing, so the same people do for every page.
    let lookers: Vec<_> = columns().iter().map(|column| somebody(app, column, 0)).collect();
    let looked_at = stranger(app, 0);
    for route in routes::all() {
        for whose in Whose::of(route.path) {
            let mut cells = Vec::new();
            for (column, looker) in columns().into_iter().zip(&lookers) {
                n += 1;
                let cell = if route.method == Method::GET {
                    let path = address(app, route.path, whose, &looker.0, &looked_at);
                    ask(app, &looker.1, &route, &path).await
                } else {
                    let ((me, browser), other) = (somebody(app, &column, n), stranger(app, n));
                    let path = address(app, route.path, whose, &me, &other);
                    ask(app, &browser, &route, &path).await
                };
                let context = format!("{} {} as {column}", route.method, route.path);
                assert_ne!(cell, "FAILED", "{context}");
                match guard_says(route.access, &column) {
                    Some(expected) => assert_eq!(cell, expected, "{context}"),
                    None => assert_ne!(cell, "sign in", "{context}"),
                }
                cells.push(cell.to_owned());
            }
            table.insert(format!("{},{},{}", route.method, route.path, whose.words()), cells);
        }
    }
    table
}

fn as_csv(table: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = format!("method,path,whose,{}\n", columns().join(","));
    for (row, cells) in table {
        let _ = writeln!(text, "{row},{}", cells.join(","));
    }
    text
}

#[actix_web::test]
async fn the_matrix_of_roles_and_routes_is_as_written_down() {
    let app = TestApp::new().await;
    let found = as_csv(&whole_table(&app).await);
    app.work();
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::env::var_os("UPDATE_PERMISSIONS").is_some() {
        std::fs::write(&file, &found).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    let missing: Vec<&str> = found.lines().filter(|l| !kept.lines().any(|k| k == *l)).collect();
    let stale: Vec<&str> = kept.lines().filter(|l| !found.lines().any(|k| k == *l)).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "docs/permissions.csv does not say what the routes do. After a change that is meant, run\n\
         UPDATE_PERMISSIONS=1 cargo test -p folkmoot the_matrix\nand read the difference.\n\
         found:\n{}\nwritten down:\n{}",
        missing.join("\n"),
        stale.join("\n")
    );
}

#[test]
fn who_may_do_what_is_decided_without_the_database() {
    use super::permission::{Action, Denied, Subject, may_as};
    use folkmoot_store::PersonId;
    let (me, other) = (PersonId(1), PersonId(2));
    for action in Action::ALL {
        for role in Role::ALL {
            let carries = action.roles().contains(role);
            let answer = may_as(me, &[*role], *action, Subject::Person(other));
            assert_eq!(answer.is_ok(), carries, "{} {role}", action.name());
        }
        assert_eq!(may_as(me, &[], *action, Subject::Site), Err(Denied::Role(*action)));
    }
    for action in [Action::ManageRoles, Action::ManagePeople] {
        let all = Role::ALL;
        assert_eq!(may_as(me, all, action, Subject::Person(me)), Err(Denied::Oneself));
        assert!(may_as(me, all, action, Subject::Person(other)).is_ok());
    }
    // Whoever holds credentials touches neither people nor roles; whoever grants roles runs nothing that counts votes.
    for action in [Action::ManagePeople, Action::ManageRoles, Action::SeePeople] {
        assert!(may_as(me, &[Role::Registrar], action, Subject::Site).is_err());
    }
}

/// Posts without a form of their own: they hand out a challenge, take a sealed ballot as JSON, or ask for a proof and carry
/// the fields of the form that needs it.
const WITHOUT_FORM: &[&str] = &[
    "/account/confirm",
    "/account/confirm/options",
    "/account/passkeys/options",
    "/elections/{election}/ballots",
    "/sign-in/passkey/options",
    "/sign-in/second/options",
];

/// Every form names its fields (requirement AZ-04): with one field too many the answer is a refusal and nothing is changed.
#[actix_web::test]
async fn every_form_refuses_fields_it_does_not_have() {
    let app = TestApp::new().await;
    let mut accepted = Vec::new();
    let mut n = 0;
    for route in routes::all() {
        let posts = route.method == Method::POST && route.access != Access::Machine;
        if !posts || WITHOUT_FORM.contains(&route.path) {
            continue;
        }
        for column in columns().iter().filter(|c| guard_says(route.access, c).is_none()) {
            n += 1;
            let (me, browser) = somebody(&app, column, 10_000 + n);
            let other = app.person(&format!("Another {n}"));
            for whose in Whose::of(route.path) {
                let path = address(&app, route.path, whose, &me, &other);
                let before = entries(&app);
                let answer = browser.post(&path, &[("granted_by_mass_assignment", "1")]).await;
                let refused = answer.status.is_client_error() || class(&answer) == "sign in";
                if !refused || entries(&app) != before {
                    accepted.push(format!("{} as {column}: {}", route.path, answer.status));
                }
            }
        }
    }
    app.work();
    assert!(accepted.is_empty(), "a form took a field it does not have:\n{}", accepted.join("\n"));
}
