//! A kind of motion as a body has adopted it: the rule, and what belongs to it besides.

use folkmoot_governance::motion::MotionRule;
use folkmoot_governance::threshold::{Base, Threshold};
use folkmoot_governance::{Fraction, preset};
use folkmoot_store::motions::MotionKind;
use serde::{Deserialize, Serialize};

use crate::error::AppResult;

/// What a kind of motion can bring about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// A resolution and nothing else.
    Words,
    /// Somebody gets a seat in a body.
    Seat,
    /// Somebody, or everybody, loses the seat in a body.
    EndSeats,
}

impl Reach {
    /// Value in forms and words.
    pub const ALL: &'static [(&'static str, &'static str)] = &[
        ("words", "A resolution"),
        ("seat", "Somebody gets a seat"),
        ("end_seats", "Somebody, or the whole body, loses the seat"),
    ];

    /// From a form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "words" => Some(Self::Words),
            "seat" => Some(Self::Seat),
            "end_seats" => Some(Self::EndSeats),
            _ => None,
        }
    }

    /// Value in forms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Seat => "seat",
            Self::EndSeats => "end_seats",
        }
    }
}

/// A kind of motion of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindSettings {
    /// Name for people, for example `Promotion to the core team`.
    pub title: String,
    /// Document and section that the rule comes from.
    pub authority: String,
    /// The rule. `rule.veto.body` is the name of the body; `veto_body` its address.
    pub rule: MotionRule,
    /// Address of the body that may veto, empty without a veto.
    #[serde(default)]
    pub veto_body: String,
    /// Address of the body that motions of this kind concern, empty for the body that votes.
    #[serde(default)]
    pub about: String,
    /// Address of the body whose members propose, empty for the body that votes.
    #[serde(default)]
    pub proposers: String,
    /// What it can bring about.
    pub reach: Reach,
    /// Years of the seat that is given; 0 for the term of the body.
    #[serde(default)]
    pub seat_years: u32,
    /// Voting members of the organisation vote, by the rule of the body's roll, not its own members.
    #[serde(default)]
    pub voters: bool,
    /// Decided by a secret ballot: an officer makes an election of it.
    #[serde(default)]
    pub secret: bool,
    /// Who voted how is never shown, numbers only.
    #[serde(default)]
    pub hides_voters: bool,
    /// Share of those entitled whose petition brings such a motion about.
    #[serde(default)]
    pub petition: Option<Fraction>,
    /// Voting members of the organisation sign, not the members of the body.
    #[serde(default)]
    pub petition_voters: bool,
    /// A petition calls a meeting instead of putting the motion to the vote.
    #[serde(default)]
    pub petition_meeting: bool,
    /// Everybody may read the motion; otherwise the members of the bodies concerned and staff.
    #[serde(default)]
    pub public: bool,
}

impl KindSettings {
    /// The settings of a version.
    ///
    /// # Errors
    /// Settings in the database that this version cannot read.
    pub fn of(kind: &MotionKind) -> AppResult<Self> {
        Ok(kind.settings.parse()?)
    }
}

/// Something to start from: value, words.
pub const PRESETS: &[(&str, &str)] = &[
    ("act", "Act of a body: more yes than no, seven days or until everybody has voted"),
    ("council", "Vote of a council: majority of the non-abstaining, at least three of them (PEP 772)"),
    ("promotion", "Promotion: seven days, two thirds, hidden until the close, veto (PEP 13)"),
    ("ejection", "Ejection: two thirds of the members, not during a vote of no confidence (PEP 13)"),
    (
        "no_confidence",
        "No confidence: seconded within seven days, two weeks, two thirds of the voters (PEP 13)",
    ),
    ("no_confidence_electors", "No confidence: two weeks, two thirds of the electors (PEP 772)"),
    ("amendment", "Amendment: two weeks, two thirds of the votes cast (PEP 13)"),
    ("four_of_five", "Removal by a council: four of five members"),
];

/// A preset with its rule.
#[must_use]
pub fn preset_of(name: &str) -> Option<KindSettings> {
    let (title, authority, rule, reach, public) = match name {
        "act" => {
            let rule =
                MotionRule { kind: "act".into(), threshold: Threshold::MAJORITY, ..preset::council_vote() };
            ("Act of the body", "Bylaws 5.9", rule, Reach::Words, true)
        }
        "council" => {
            let threshold = Threshold::AllOf(vec![
                Threshold::more_than(Fraction::HALF, Base::NonAbstaining),
                Threshold::AtLeastVoting { votes: 3 },
            ]);
            let rule = MotionRule { threshold, ..preset::council_vote() };
            ("Vote of the council", "PEP 772", rule, Reach::Words, true)
        }
        "promotion" => ("Promotion", "PEP 13, Membership", preset::promotion(), Reach::Seat, false),
        "ejection" => {
            ("Ejection", "PEP 13, Ejecting core team members", preset::ejection(), Reach::EndSeats, false)
        }
        "no_confidence" => {
            let rule = preset::no_confidence_council();
            ("No confidence", "PEP 13, Vote of no confidence", rule, Reach::EndSeats, true)
        }
        "no_confidence_electors" => (
            "No confidence",
            "PEP 772, No confidence",
            preset::no_confidence_packaging(),
            Reach::EndSeats,
            true,
        ),
        "amendment" => {
            ("Amendment", "PEP 13, Changing this document", preset::amendment(), Reach::Words, true)
        }
        "four_of_five" => {
            let four = Fraction::new(4, 5).unwrap_or(Fraction::WHOLE);
            let rule = MotionRule {
                kind: "removal".into(),
                threshold: Threshold::at_least(four, Base::Members),
                ..preset::ejection()
            };
            ("Removal", "PEP 13, Ejecting core team members", rule, Reach::EndSeats, false)
        }
        _ => return None,
    };
    let hides_voters = rule.hidden_until_close;
    Some(KindSettings {
        title: title.into(),
        authority: authority.into(),
        rule,
        veto_body: String::new(),
        about: String::new(),
        proposers: String::new(),
        reach,
        seat_years: 0,
        voters: false,
        secret: false,
        petition: None,
        petition_voters: false,
        petition_meeting: false,
        hides_voters,
        public,
    })
}
