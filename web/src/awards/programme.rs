//! A programme with its settings, its calendar and its rounds.

use folkmoot_governance::award::{AwardCalendar, AwardDecisionPolicy, CarryOverPolicy, RoundId};
use folkmoot_governance::deadline::ZonePolicy;
use folkmoot_governance::{Explain, preset};
use folkmoot_store::awards::rounds::{self, Instants, Round};
use folkmoot_store::awards::{self, Programme, Rule, RuleId};
use folkmoot_store::bodies::{self, Body};
use folkmoot_store::{Conn, Utc};
use serde::{Deserialize, Serialize};

use super::texts;
use crate::error::{AppError, AppResult};
use crate::membership::{instant, utc};

/// What a programme is, besides its name, body and class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What the award honours, in a sentence or two.
    pub description: String,
    /// What is looked for, one criterion a paragraph.
    pub criteria: String,
    /// When rounds close; `None` when the chair puts nominations to the vote.
    pub calendar: Option<AwardCalendar>,
    /// In how many rounds a nomination is considered.
    pub carry_over: CarryOverPolicy,
    /// Days between the end of the review and the announcement.
    pub announce_days: u32,
    /// People may nominate themselves.
    pub self_nomination: bool,
    /// Several people may be nominated together.
    pub teams: bool,
    /// Reviewers see who nominated.
    pub show_authors: bool,
    /// Resolution, with the places of `texts::PLACES`.
    pub resolution: String,
    /// Announcement, with the same places.
    pub announcement: String,
    /// What the certificate says, with the same places.
    pub certificate: String,
    /// Days after which the names of nominations that were not granted are removed.
    pub forget_days: u32,
}

impl Settings {
    /// A programme to start from: four rounds a year, considered in four of them.
    #[must_use]
    pub fn quarterly() -> Self {
        Self {
            description: String::new(),
            criteria: String::new(),
            calendar: Some(preset::fellow_calendar()),
            carry_over: preset::fellow_carry_over(),
            announce_days: 7,
            self_nomination: false,
            teams: true,
            show_authors: true,
            resolution: texts::RESOLUTION.into(),
            announcement: texts::ANNOUNCEMENT.into(),
            certificate: texts::CERTIFICATE.into(),
            forget_days: 365,
        }
    }

    /// The calendar; rounds without one are counted one after the other, one "year" each.
    #[must_use]
    pub fn counting(&self) -> AwardCalendar {
        self.calendar.clone().unwrap_or_else(|| AwardCalendar {
            cutoffs: vec![(12, 31)],
            review_day: 1,
            zone: ZonePolicy::Utc,
        })
    }
}

/// A programme as the pages and jobs use it.
#[derive(Debug, Clone)]
pub struct Award {
    /// The row.
    pub row: Programme,
    /// Its settings.
    pub settings: Settings,
    /// The deciding body.
    pub body: Body,
}

/// A rule with its policy.
#[derive(Debug, Clone)]
pub(super) struct KnownRule {
    pub(super) row: Rule,
    pub(super) policy: AwardDecisionPolicy,
}

impl Award {
    /// Reads settings and body of a programme.
    ///
    /// # Errors
    /// A database error.
    pub fn of(conn: &mut Conn, row: Programme) -> AppResult<Self> {
        let settings = row.settings.parse()?;
        let body = bodies::by_id(conn, row.body_id)?;
        Ok(Self { row, settings, body })
    }

    /// The programme at an address.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub fn by_slug(conn: &mut Conn, slug: &str) -> AppResult<Self> {
        let row = awards::programme(conn, slug)?;
        Self::of(conn, row)
    }

    /// Every programme in the order of lists.
    ///
    /// # Errors
    /// A database error.
    pub fn all(conn: &mut Conn) -> AppResult<Vec<Self>> {
        let rows = awards::programmes(conn)?;
        rows.into_iter().map(|row| Self::of(conn, row)).collect()
    }

    /// Rules that were not superseded, and the superseded ones.
    pub(super) fn rules(&self, conn: &mut Conn) -> AppResult<Vec<KnownRule>> {
        let rows = awards::rules(conn, self.row.id)?;
        rows.into_iter().map(|row| Ok(KnownRule { policy: row.policy.parse()?, row })).collect()
    }

    /// The adopted rule.
    pub(super) fn adopted(&self, conn: &mut Conn) -> AppResult<Option<KnownRule>> {
        Ok(self.rules(conn)?.into_iter().find(|r| r.row.is_adopted()))
    }

    /// The rule with this key.
    pub(super) fn rule(&self, conn: &mut Conn, id: RuleId) -> AppResult<KnownRule> {
        let found = self.rules(conn)?.into_iter().find(|r| r.row.id == id);
        found.ok_or_else(|| AppError::internal("a round names a rule of another award"))
    }

    /// How a round is called.
    pub(super) fn label(&self, id: RoundId) -> String {
        match self.settings.calendar.as_ref().map(AwardCalendar::rounds_per_year) {
            None => format!("No. {}", id.year),
            Some(1) => id.year.to_string(),
            Some(4) => id.to_string(),
            Some(_) => format!("{}, round {}", id.year, id.number),
        }
    }

    /// The round that takes nominations at `now`, made when it is not there.
    ///
    /// # Errors
    /// A database error, or a calendar beyond the years of deadlines.
    pub(super) fn open_round(&self, conn: &mut Conn, now: Utc) -> AppResult<Round> {
        match &self.settings.calendar {
            Some(calendar) => {
                let id = calendar.round_at(instant(now)?).map_err(AppError::internal)?.id;
                self.ensure(conn, id, now)
            }
            None => {
                let all = rounds::of_programme(conn, self.row.id)?;
                let last = all.into_iter().next_back();
                match last {
                    Some(round) if round.cutoff_at.is_none_or(|end| now < end) => Ok(round),
                    other => {
                        let before = other.map_or(0, |r| id_of(&r).year);
                        self.ensure(conn, RoundId { year: before.saturating_add(1), number: 1 }, now)
                    }
                }
            }
        }
    }

    /// The round with this id, made when it is not there.
    pub(super) fn ensure(&self, conn: &mut Conn, id: RoundId, now: Utc) -> AppResult<Round> {
        let key = (i64::from(id.year), i64::from(id.number));
        if let Some(found) = rounds::find(conn, self.row.id, key)? {
            return Ok(found);
        }
        let instants = match &self.settings.calendar {
            None => Instants::default(),
            Some(calendar) => {
                let round = calendar.round(id).map_err(AppError::internal)?;
                let review = utc(round.review_until.instant())?;
                let by = utc(round.announce_by.instant())?;
                let days = chrono::TimeDelta::days(self.settings.announce_days.into());
                let last = by.plus(-chrono::TimeDelta::hours(1));
                Instants {
                    cutoff: Some(utc(round.cutoff.instant())?),
                    review_until: Some(review),
                    announce: Some(review.plus(days).min(last)),
                    announce_by: Some(by),
                }
            }
        };
        Ok(rounds::add(conn, self.row.id, key, &self.label(id), instants, now)?)
    }

    /// Sentences on calendar, carry-over and the adopted rule.
    pub(super) fn sentences(&self, rule: Option<&KnownRule>) -> Vec<String> {
        let mut found = vec![match &self.settings.calendar {
            Some(calendar) => calendar.sentence(),
            None => "There is no calendar: the body takes nominations up when it sees fit.".to_owned(),
        }];
        if self.settings.carry_over.rounds > 1 {
            found.push(self.settings.carry_over.sentence());
        }
        match rule {
            Some(rule) => {
                found.push(rule.policy.sentence());
                if !rule.row.authority.is_empty() {
                    found.push(format!("Authority: {}.", rule.row.authority.trim_end_matches('.')));
                }
            }
            None => found.push(format!("{} has not adopted a rule yet.", self.body.name)),
        }
        if !self.settings.self_nomination {
            found.push("Nobody nominates themselves.".to_owned());
        }
        found
    }
}

/// A round as the rules count it.
pub(super) fn id_of(round: &Round) -> RoundId {
    RoundId {
        year: i32::try_from(round.year).unwrap_or(i32::MAX),
        number: u32::try_from(round.number).unwrap_or(1),
    }
}
