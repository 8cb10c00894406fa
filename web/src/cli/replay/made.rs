//! The accounts, roll, officers and set-up of a replay, and the passing of time.

use anyhow::Context;
use chrono::TimeDelta;
use folkmoot_ballot::credential::Credential;
use folkmoot_ballot::group::Group;
use folkmoot_store::accounts::{self, NewGrant, NewPerson, Role};
use folkmoot_store::elections::{self, Instants, NewElection, roll, trustees as table};
use folkmoot_store::{Conn, PersonId};

use super::client::{Client, between};
use super::plans::Plan;
use super::trustee::{SIZE, TrusteeAtHome};
use crate::app::App;
use crate::elections::settings::ElectionSettings;
use crate::elections::{advance, setup, trustees};
use crate::error::{AppError, AppResult};

/// What was made.
pub(super) struct Made {
    /// Key of the election.
    pub election: i64,
    /// Marks by voter.
    pub ballots: Vec<Vec<u8>>,
    /// Readable part of the election's address.
    pub slug: &'static str,
    /// Accounts of the trustees.
    pub trustees: Vec<PersonId>,
    voters: Vec<PersonId>,
    officers: [PersonId; 2],
}

fn person(conn: &mut Conn, app: &App, name: &str) -> AppResult<PersonId> {
    let new = NewPerson {
        public_id: app.public_id()?,
        preferred_name: name.to_owned(),
        password_hash: None,
        time_zone: "UTC".into(),
        locale: "en".into(),
    };
    Ok(accounts::add_person(conn, &new, app.now())?)
}

fn officer(conn: &mut Conn, app: &App, name: &str, role: Role) -> AppResult<PersonId> {
    let (person, now) = (person(conn, app, name)?, app.now());
    let address = format!("{}@replay.example", name.to_lowercase().replace(' ', "."));
    accounts::add_address(conn, person, &address, Some(now), now)?;
    let grant = NewGrant {
        person,
        role,
        starts_at: now,
        ends_at: None,
        granted_by: None,
        approved_by: None,
        deputy_for: None,
        reason: "replay",
    };
    accounts::grant_role(conn, &grant, now)?;
    Ok(person)
}

impl Made {
    /// Accounts, roll, trustees who are named and invited.
    pub fn new<G: Group>(app: &App, plan: &Plan) -> anyhow::Result<Self> {
        let settings = plan.settings(G::NAME);
        let text = serde_json::to_string(&settings)?;
        let random: [u8; 7] = app.random()?;
        let public_id = app.public_id()?.to_string();
        // Fourteen characters of Base58; hexadecimal digits without 0 are some of them.
        let uuid = folkmoot_ballot::hash::hex(&random).replace('0', "G");
        let made = app.store().write(|c| {
            let now = app.now();
            let officers = [
                officer(c, app, "Returns Officer", Role::ReturnsOfficer)?,
                officer(c, app, "Second Officer", Role::SecondOfficer)?,
            ];
            let new = NewElection {
                public_id: &public_id,
                slug: plan.slug,
                uuid: &uuid,
                title: plan.title,
                state: "rehearsed",
                settings: &text,
                archive_seconds: 0,
                created_at: now,
            };
            let election = elections::insert(c, &new)?;
            let closes = now.plus(plan.closes_in());
            let instants = Instants {
                record_at: Some(now),
                opens_at: Some(now),
                closes_at: Some(closes),
                publish_at: Some(closes.plus(TimeDelta::days(2))),
            };
            elections::put_instants(c, election.id, instants)?;
            let mut trustees = Vec::with_capacity(SIZE);
            for (position, name) in (1_i64..).zip(["Trustee One", "Trustee Two", "Trustee Three"]) {
                let person_id = person(c, app, name)?;
                let row = table::NewTrustee {
                    election_id: election.id,
                    position,
                    person_id: Some(person_id),
                    name,
                    state: "invited",
                };
                table::insert(c, &row)?;
                trustees.push(person_id);
            }
            let mut voters = Vec::with_capacity(plan.roll);
            for n in 1..=plan.roll {
                let person_id = person(c, app, &format!("Voter {n}"))?;
                let entry = roll::NewRollEntry {
                    election_id: election.id,
                    person_id,
                    weight: 1,
                    reason: "as published",
                    corrected: false,
                };
                roll::insert(c, &entry)?;
                voters.push(person_id);
            }
            let (election, ballots, slug) = (election.id, plan.ballots.clone(), plan.slug);
            Ok::<_, AppError>(Self { election, ballots, slug, voters, officers, trustees })
        })?;
        Ok(made)
    }

    /// The trustees, each at home.
    pub fn trustees<G: Group>(&self, app: &App) -> anyhow::Result<Vec<TrusteeAtHome<G>>> {
        let all = self.trustees.iter().zip(1..);
        Ok(all.map(|(person, index)| TrusteeAtHome::new(app, self.slug, *person, index)).collect())
    }

    /// Fixes the keys, issues the codes, opens the voting; the codes in the order of the roll.
    pub fn open(&self, app: &App) -> anyhow::Result<Vec<Credential>> {
        let codes = app.store().write(|c| {
            let election = elections::by_id(c, self.election)?;
            let settings: ElectionSettings =
                serde_json::from_str(&election.settings).map_err(AppError::internal)?;
            let keys = trustees::keys(c, &election)?;
            let issued = setup::issue_credentials(c, &election, setup::group(&settings)?)?;
            setup::write_setup(c, app, &election, &settings, &keys)?;
            Ok::<_, AppError>(issued.into_iter().map(|i| i.credential).collect())
        })?;
        advance(app, self.election)?;
        Ok(codes)
    }

    /// Sessions of the first `count` on the roll.
    pub fn voters(&self, app: &App, count: usize) -> anyhow::Result<Vec<Client>> {
        self.voters.iter().take(count).map(|p| Client::of(app, *p)).collect()
    }

    /// Lets time pass, and what it brings.
    pub fn pass(&self, app: &App, span: TimeDelta) -> anyhow::Result<()> {
        app.move_clock(span);
        // The server's own job may take a step at the same moment; then there is nothing left of it to take here.
        if advance(app, self.election).is_err() {
            advance(app, self.election)?;
        }
        Ok(())
    }

    /// Two officers draw the lot where there is a tie.
    pub fn resolve(&self, app: &App, plan: &Plan) -> anyhow::Result<()> {
        if plan.tied.is_none() {
            return Ok(());
        }
        let [first, second] = self.officers;
        let count = format!("/staff/elections/{}/count", self.slug);
        let fields = [("public_value", "31-5-12-44"), ("lot-reason", "Invented, as everything here")];
        let waiting = Client::of(app, first)?.post(&count, &format!("{count}/lot"), &fields)?;
        let second = Client::of(app, second)?;
        let page = second.page(&waiting)?;
        let digest = between(&page, "name=\"digest\" value=\"", "\"").context("nothing to approve")?;
        second.post(&waiting, &format!("{waiting}/approve"), &[("digest", digest), ("note", "")])?;
        Ok(())
    }
}
