//! People to sign in as: one for each role, and ordinary members.

use folkmoot_store::accounts::{self, NewGrant, NewPerson, Role};
use folkmoot_store::{PublicId, Utc, audit, organisation};
use serde::Serialize;

use super::{Dice, Mark, SETTING};
use crate::app::{App, Organisation};
use crate::auth::password;
use crate::error::AppResult;

/// The password of everybody in the cast.
pub const PASSWORD: &str = "lantern over the moor";

/// The foundation's name.
pub const FOUNDATION: &str = "Lanternmoor Foundation";

/// Somebody to sign in as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// What the account is for, in one word; no two accounts share it.
    pub role: &'static str,
    /// What the account is for, for people.
    pub words: &'static str,
    /// Preferred name.
    pub name: &'static str,
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: &'static str,
    /// The role granted; `None` for ordinary members.
    #[serde(skip)]
    pub grant: Option<Role>,
}

/// Word, words for people, preferred name, role granted.
#[rustfmt::skip]
const CAST: &[(&str, &str, &str, Option<Role>)] = &[
    ("member", "Member", "Amara Okonkwo", None),
    ("second_member", "Another member", "سلمى الحداد", None),
    ("third_member", "Member with one name", "Lestari", None),
    ("administrator", "Administrator", "Marguerite Lefèvre", Some(Role::Administrator)),
    ("second_administrator", "Second administrator", "Tama Ngata", Some(Role::Administrator)),
    ("membership_staff", "Membership staff", "Inês Carvalho", Some(Role::MembershipStaff)),
    ("returns_officer", "Returns officer", "Ruth Pemberton", Some(Role::ReturnsOfficer)),
    ("second_officer", "Second officer", "Søren Lindqvist", Some(Role::SecondOfficer)),
    ("registrar", "Registrar", "渡辺 健太", Some(Role::Registrar)),
    ("trustee", "Trustee of the elections", "Hana Sedláčková", None),
    ("auditor", "Auditor", "Ewa Dąbrowska", Some(Role::Auditor)),
    ("certifier", "Certifier", "Tomás Aguirre", Some(Role::Certifier)),
    ("reviewer", "Reviewer of awards", "Priya Raman", Some(Role::Reviewer)),
    ("chair", "Chair of awards", "Dawit Tesfaye", Some(Role::Chair)),
    ("report_author", "Author of reports", "Νίκος Παπαδάκης", Some(Role::ReportAuthor)),
    ("report_approver", "Approver of reports", "Noa Harel", Some(Role::ReportApprover)),
];

/// The cast, always the same.
#[must_use]
pub fn accounts() -> Vec<Account> {
    CAST.iter()
        .map(|(role, words, name, grant)| Account {
            role,
            words,
            name,
            email: format!("{}@lanternmoor.example", role.replace('_', "-")),
            password: PASSWORD,
            grant: *grant,
        })
        .collect()
}

/// Names the foundation, adds the cast with passwords of full strength and roles, and marks the database.
///
/// # Errors
/// A database error.
pub async fn seed(app: &App, seed: u64, people: usize) -> anyhow::Result<()> {
    let dice = Dice::new(seed, "cast");
    let now = app.now();
    // Hashed two at a time, as many as the settings allow; the start waits for this.
    let cast = accounts();
    let hashes =
        futures_util::future::try_join_all(cast.iter().map(|_| password::hash(app, PASSWORD))).await?;
    let mut rows = Vec::new();
    for (account, hash) in cast.into_iter().zip(hashes) {
        rows.push((account, hash, PublicId::new(now, dice.bytes()?)));
    }
    let name = Organisation {
        name: FOUNDATION.into(),
        contact: "office@lanternmoor.example".into(),
        ..Organisation::default()
    };
    let mark = Mark { seed, people, complete: false };
    app.write(move |c| {
        organisation::put_setting(c, "organisation", &name, now)?;
        organisation::put_setting(c, SETTING, &mark, now)?;
        for (account, hash, public_id) in &rows {
            add(c, account, hash, public_id, now)?;
        }
        Ok(())
    })
    .await?;
    app.reload_organisation()?;
    Ok(())
}

fn add(
    conn: &mut folkmoot_store::Conn,
    account: &Account,
    hash: &str,
    public_id: &PublicId,
    now: Utc,
) -> AppResult<()> {
    let new = NewPerson {
        public_id: public_id.clone(),
        preferred_name: account.name.into(),
        password_hash: Some(hash.into()),
        time_zone: "UTC".into(),
        locale: "en".into(),
    };
    let person = accounts::add_person(conn, &new, now)?;
    accounts::add_address(conn, person, &account.email, Some(now), now)?;
    let Some(role) = account.grant else { return Ok(()) };
    let grant = NewGrant {
        person,
        role,
        starts_at: now,
        ends_at: None,
        granted_by: None,
        approved_by: None,
        deputy_for: None,
        reason: "Demonstration",
    };
    accounts::grant_role(conn, &grant, now)?;
    let act = audit::Act {
        actor: None,
        action: "role.grant",
        object: format!("person {public_id}"),
        details: serde_json::json!({ "role": role, "reason": "Demonstration" }),
        reference: "demo".into(),
    };
    audit::append(conn, &act, now)?;
    Ok(())
}
