//! What an election can begin from.

use chrono::{Days, NaiveDate, NaiveTime};
use folkmoot_counting::Method;
use folkmoot_governance::deadline::{Deadline, MilestoneKind, Schedule, ZonePolicy};
use folkmoot_governance::policy::{Policy, PolicyName, PolicySet};
use folkmoot_governance::quorum::QuorumPolicy;
use folkmoot_governance::threshold::{Base, Threshold};
use folkmoot_governance::{Fraction, preset};
use serde::{Deserialize, Serialize};

use crate::elections::settings::{AnswerSettings, QuestionKind, QuestionSettings, Seating};
use crate::error::{AppError, AppResult};

/// What an election can begin from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// A board like that of a software foundation.
    Board,
    /// A steering council.
    Council,
    /// A packaging council.
    Packaging,
    /// A change of the bylaws.
    Bylaw,
    /// Somebody is made a member of the core team.
    Promotion,
    /// No confidence in a body or a member of it.
    NoConfidence,
    /// Whether an officer stays.
    Retention,
    /// A question without consequences.
    Survey,
}

impl Preset {
    /// In the order of the form.
    pub const ALL: &'static [Self] = &[
        Self::Board,
        Self::Council,
        Self::Packaging,
        Self::Bylaw,
        Self::Promotion,
        Self::NoConfidence,
        Self::Retention,
        Self::Survey,
    ];

    /// Name in forms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Board => "board",
            Self::Council => "council",
            Self::Packaging => "packaging",
            Self::Bylaw => "bylaw",
            Self::Promotion => "promotion",
            Self::NoConfidence => "no_confidence",
            Self::Retention => "retention",
            Self::Survey => "survey",
        }
    }

    /// For people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Board => "Board election",
            Self::Council => "Steering council election",
            Self::Packaging => "Packaging council election",
            Self::Bylaw => "Change of the bylaws",
            Self::Promotion => "Promotion to the core team",
            Self::NoConfidence => "Vote of no confidence",
            Self::Retention => "Whether an officer stays",
            Self::Survey => "Survey",
        }
    }

    /// What it brings, in one sentence.
    #[must_use]
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Board => {
                "Approval voting, a third must vote, notice 10 to 60 days before, two weeks of voting."
            }
            Self::Council => "Five seats by scores (Bloc STAR), no quorum, deadlines Anywhere on Earth.",
            Self::Packaging => {
                "Five seats by approval, half of the electors must vote, certified by the board."
            }
            Self::Bylaw => "Yes, no or abstain; two thirds of the votes cast, a third must vote.",
            Self::Promotion => "Yes, no or abstain for one person; two thirds of the votes cast, seven days.",
            Self::NoConfidence => "Yes, no or abstain; two thirds of the votes cast, two weeks.",
            Self::Retention => "Yes, no or abstain; more yes than no, a third must vote.",
            Self::Survey => "Any questions, no quorum; the result binds nobody.",
        }
    }

    /// The one with this name in forms.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|p| p.name() == name)
    }

    /// Name of the body, as far as the preset knows it.
    #[must_use]
    pub const fn body(self) -> &'static str {
        match self {
            Self::Board => "Board",
            Self::Council => "Steering Council",
            Self::Packaging => "Packaging Council",
            Self::Promotion | Self::NoConfidence => "Core team",
            Self::Bylaw | Self::Retention | Self::Survey => "Members",
        }
    }

    /// Every rule of the preset, also those that an election without nominations does not need.
    #[must_use]
    pub fn whole(self) -> PolicySet {
        match self {
            Self::Board => preset::board(),
            Self::Council => preset::steering_council(),
            Self::Packaging => preset::packaging_council(),
            _ => PolicySet::new(),
        }
    }

    /// The rules about notice, phases, zone and certification.
    #[must_use]
    pub fn rules(self) -> PolicySet {
        let whole = self.whole();
        use PolicyName as N;
        let kept = [
            N::Term,
            N::CoAffiliation,
            N::NextInRank,
            N::Vacancy,
            N::Notice,
            N::PhaseLength,
            N::DeadlineZone,
            N::ElectronicVote,
            N::Certification,
            N::Disclosure,
            N::Retention,
        ];
        let mut set = PolicySet::new();
        for version in whole.versions().iter().filter(|v| kept.contains(&v.policy.name())) {
            let mut version = version.clone();
            if let Policy::PhaseLength(phases) = &mut version.policy {
                phases.retain(|p| p.from == MilestoneKind::VotingOpen);
            }
            // First versions with an authority are never refused.
            let added = set.put(version);
            debug_assert!(added.is_ok(), "{added:?}");
        }
        set
    }

    /// The zone its deadlines usually have.
    #[must_use]
    pub fn zone(self) -> ZonePolicy {
        match self.rules().find(PolicyName::DeadlineZone) {
            Some(Policy::DeadlineZone(policy)) => policy.zone,
            _ => ZonePolicy::Utc,
        }
    }

    /// The body that certifies, if one usually does.
    #[must_use]
    pub fn certified_by(self) -> Option<String> {
        match self.rules().find(PolicyName::Certification) {
            Some(Policy::Certification(body)) => Some(body.as_str().to_owned()),
            _ => None,
        }
    }

    /// The quorum that is offered first.
    #[must_use]
    pub fn quorum(self) -> QuorumPolicy {
        match self {
            Self::Board | Self::Bylaw | Self::Retention => QuorumPolicy::cast_or_void(Fraction::THIRD),
            Self::Packaging => QuorumPolicy::cast_or_void(Fraction::HALF),
            Self::Council | Self::Promotion | Self::NoConfidence | Self::Survey => QuorumPolicy::None,
        }
    }

    /// The question it begins with.
    #[must_use]
    pub fn question(self) -> Option<QuestionSettings> {
        let approval = |seats| QuestionSettings {
            title: format!("Who should sit on the {}?", self.body()),
            kind: QuestionKind::Approval { min: 0, max: 0, blank: true },
            seats,
            answers: Vec::new(),
            seating: self.seating(),
        };
        let motion = |title: &str, threshold| QuestionSettings {
            title: title.into(),
            kind: QuestionKind::YesNoAbstain { threshold },
            seats: 1,
            answers: motion_answers(),
            seating: None,
        };
        Some(match self {
            // How many seats are due is for the officer to say: an unset number must not become a default.
            Self::Board => approval(0),
            Self::Packaging => approval(5),
            Self::Council => QuestionSettings {
                title: "Who should sit on the steering council?".into(),
                kind: QuestionKind::Scores {
                    method: Method::Star {
                        max_score: 5,
                        star_ties: folkmoot_counting::method::StarTies::Bettervoting,
                    },
                },
                seats: 5,
                answers: Vec::new(),
                seating: self.seating(),
            },
            Self::Bylaw => motion("Shall the bylaws be changed as proposed?", Threshold::TWO_THIRDS),
            Self::Promotion => motion("Shall this person join the core team?", Threshold::TWO_THIRDS),
            Self::NoConfidence => motion("Do you declare no confidence?", Threshold::TWO_THIRDS),
            Self::Retention => motion(
                "Shall the officer stay in office?",
                Threshold::more_than(Fraction::HALF, Base::VotesCast),
            ),
            Self::Survey => return None,
        })
    }

    /// How the elected get their seats, as far as the rules say.
    fn seating(self) -> Option<Seating> {
        let whole = self.whole();
        let Some(Policy::Term(term)) = whole.find(PolicyName::Term) else { return None };
        let co_affiliation = match whole.find(PolicyName::CoAffiliation) {
            Some(Policy::CoAffiliation(limit)) => Some(limit.clone()),
            _ => None,
        };
        // Which cohort of a board is due changes from year to year; that of a council is always all of it.
        let groups = if matches!(self, Self::Board) { Vec::new() } else { term.groups.clone() };
        Some(Seating { body_size: term.body_size, groups, co_affiliation, ..Seating::default() })
    }

    /// The cohorts of elections after the first, where their terms differ: the first ones only set the cohorts apart.
    #[must_use]
    pub fn later_cohorts(self) -> Option<Vec<folkmoot_governance::seats::SeatGroup>> {
        matches!(self, Self::Packaging).then(|| preset::packaging_seats(false))
    }

    /// Days of voting that are offered.
    const fn voting_days(self) -> u64 {
        match self {
            Self::Promotion | Self::Survey => 7,
            _ => 14,
        }
    }

    /// The milestones that are offered for voting that opens on `opening`.
    ///
    /// # Errors
    /// `Conflict` for days that no deadline can have.
    pub fn schedule(self, opening: NaiveDate) -> AppResult<Schedule> {
        use MilestoneKind as Kind;
        let odd = |e: &dyn std::fmt::Display| AppError::conflict(format!("This day cannot be used: {e}."));
        let zone = self.zone();
        let mut schedule = Schedule::new();
        let mut plan = |kind, days: i64| {
            let distance = Days::new(days.unsigned_abs());
            let day = match days < 0 {
                true => opening.checked_sub_days(distance),
                false => opening.checked_add_days(distance),
            };
            let day = day.ok_or_else(|| odd(&"it is too far away"))?;
            let at = match zone {
                ZonePolicy::AnywhereOnEarth => Deadline::end_of_day(day, zone),
                _ => Deadline::at(day, NaiveTime::from_hms_opt(14, 0, 0).unwrap_or(NaiveTime::MIN), zone),
            };
            schedule.plan(kind, at.map_err(|e| odd(&e))?).map_err(|e| odd(&e))
        };
        let length = i64::try_from(self.voting_days()).unwrap_or(14);
        if matches!(self, Self::Board) {
            plan(Kind::Notice, -35)?;
        }
        plan(Kind::RecordDate, -7)?;
        plan(Kind::VotingOpen, 0)?;
        plan(Kind::VotingClose, length)?;
        plan(Kind::ResultAnnounced, length + 2)?;
        Ok(schedule)
    }
}

/// The three answers of a motion, in the order in which they are counted.
#[must_use]
pub fn motion_answers() -> Vec<AnswerSettings> {
    ["Yes", "No", "Abstain"].map(|name| AnswerSettings { name: name.into(), ..Default::default() }).to_vec()
}
