//! What the bodies of the foundation are about: rules and terms, affiliations, motions in every state, resolutions, a
//! meeting with minutes, a petition, a work group with its charter. Written through the functions of the pages.

use chrono::TimeDelta;
use folkmoot_governance::electorate::InactivityPolicy;
use folkmoot_governance::quorum::{Counts, OnFail, QuorumPolicy};
use folkmoot_governance::{Fraction, preset};
use folkmoot_store::affiliations::{self, DeclarationState, NewAffiliation, RelationKind};
use folkmoot_store::bodies::{
    self, BodyFacts, BodyKind, BodyRules, MemberRole, NewBodyMember, NewSeat, SeatBasis, SeatEnd,
};
use folkmoot_store::meetings::{self, MeetingChange, NewMeeting, Presence};
use folkmoot_store::motions::{self, Choice};
use folkmoot_store::work_groups::{self, CharterFacts};
use folkmoot_store::{Conn, JsonText, PersonId, PublicId, Utc};

use super::bodies::in_cast;
use crate::app::App;
use crate::error::AppResult;
use crate::motions::effect::Effect;
use crate::motions::enter::{Entry, enter};
use crate::motions::settings::{KindSettings, preset_of};
use crate::motions::settle_due;
use crate::petitions::{self, NewWish};

fn days(now: Utc, days: i64) -> Utc {
    now.plus(TimeDelta::days(days))
}

/// Adds everything.
///
/// # Errors
/// A database error.
pub fn add(conn: &mut Conn, app: &App, now: Utc) -> AppResult<()> {
    rules(conn)?;
    core_team(conn, now)?;
    belong(conn, app, now)?;
    kinds(conn, now)?;
    decided(conn, app, now)?;
    open(conn, app, now)?;
    meeting(conn, app, now)?;
    grants(conn, app, now)
}

fn rules(conn: &mut Conn) -> AppResult<()> {
    let board = bodies::by_slug(conn, "board")?;
    let rules = BodyRules {
        seats: 5,
        term_years: 3,
        co_affiliation: Some(JsonText::of(&preset::board_co_affiliation())?),
        ..BodyRules::default()
    };
    bodies::set_rules(conn, board.id, &rules)?;
    let council = bodies::by_slug(conn, "technical-council")?;
    let rules = BodyRules {
        seats: 3,
        co_affiliation: Some(JsonText::of(&preset::council_co_affiliation())?),
        ..BodyRules::default()
    };
    Ok(bodies::set_rules(conn, council.id, &rules)?)
}

/// The core team: some for years, one inactive, one who was asked, one who left.
fn core_team(conn: &mut Conn, now: Utc) -> AppResult<()> {
    let facts = BodyFacts {
        slug: "core-team",
        name: "Core team",
        kind: BodyKind::Team,
        description: "Keeps the software of the foundation, and elects the technical council.",
        is_public: true,
    };
    let body = bodies::add(conn, &facts, now)?;
    let inactivity = Some(JsonText::of(&InactivityPolicy { years: 2, grace_days: 30 })?);
    bodies::set_rules(conn, body, &BodyRules { inactivity, ..BodyRules::default() })?;
    let day = |ago: i64| days(now, -ago).datetime().date_naive();
    for (word, since, worked) in [
        ("third_member", 1500, 10),
        ("report_author", 1200, 40),
        ("member", 900, 100),
        ("reviewer", 700, 20),
        ("second_member", 1900, 800),
        ("chair", 1600, 735),
    ] {
        let person = in_cast(conn, word)?.id;
        let member = NewBodyMember { body, person, position: "", starts_on: day(since), ends_on: None };
        let new = NewSeat { member, role: MemberRole::Member, cohort: "", basis: SeatBasis::Motion };
        let seat = bodies::seat(conn, &new, now)?;
        bodies::note_activity(conn, seat, bodies::Sign::Work(day(worked)))?;
        match word {
            "second_member" => bodies::note_activity(conn, seat, bodies::Sign::Asked(days(now, -60)))?,
            "chair" => bodies::note_activity(conn, seat, bodies::Sign::Asked(days(now, -3)))?,
            _ => true,
        };
    }
    let person = in_cast(conn, "report_approver")?.id;
    let member = NewBodyMember { body, person, position: "", starts_on: day(1400), ends_on: None };
    let new = NewSeat { member, role: MemberRole::Member, cohort: "", basis: SeatBasis::Motion };
    let seat = bodies::seat(conn, &new, now)?;
    bodies::leave(conn, body, seat, day(120), (SeatEnd::Resigned, ""))?;
    Ok(())
}

fn belong(conn: &mut Conn, app: &App, now: Utc) -> AppResult<()> {
    let starts_on = days(now, -400).datetime().date_naive();
    for (word, organisation, relation, share_bp, decided) in [
        ("third_member", "Kiln Works", RelationKind::Employee, 0, true),
        ("report_author", "Kiln Works", RelationKind::Employee, 0, true),
        ("certifier", "Lumen Press", RelationKind::Director, 0, true),
        ("chair", "Harbour Data", RelationKind::Owner, 2500, false),
    ] {
        let person = in_cast(conn, word)?.id;
        let organisation = affiliations::named(conn, &app.public_id()?, (organisation, ""), now)?.id;
        let public_id = app.public_id()?;
        let new = NewAffiliation {
            public_id: &public_id,
            person,
            organisation,
            relation,
            share_bp,
            starts_on,
            ends_on: None,
        };
        let id = affiliations::declare(conn, &new, now)?;
        if decided {
            let by = in_cast(conn, "membership_staff")?.id;
            affiliations::decide(conn, id, DeclarationState::Confirmed, by, now)?;
        }
    }
    Ok(())
}

fn adopt(
    conn: &mut Conn,
    body: &str,
    name: &str,
    now: Utc,
    change: impl FnOnce(&mut KindSettings),
) -> AppResult<()> {
    let Some(mut settings) = preset_of(name) else { return Ok(()) };
    change(&mut settings);
    let body = bodies::by_slug(conn, body)?;
    motions::adopt_kind(conn, body.id, &settings.rule.kind, &JsonText::of(&settings)?, now)?;
    Ok(())
}

fn kinds(conn: &mut Conn, now: Utc) -> AppResult<()> {
    let then = days(now, -190);
    adopt(conn, "board", "act", then, |_| {})?;
    adopt(conn, "technical-council", "council", then, |k| {
        k.rule.threshold = preset::council_vote().threshold
    })?;
    adopt(conn, "core-team", "promotion", then, |k| {
        k.veto_body = "technical-council".into();
        if let Some(veto) = &mut k.rule.veto {
            veto.body = "Technical council".into();
        }
    })?;
    adopt(conn, "core-team", "no_confidence", then, |k| k.about = "technical-council".into())?;
    adopt(conn, "core-team", "amendment", then, |k| {
        k.rule.kind = "special meeting".into();
        k.title = "Special meeting".into();
        k.petition = Some(Fraction::HALF);
        k.petition_meeting = true;
    })
}

/// A motion to put: body, kind, title, text, who proposes.
struct Put {
    body: &'static str,
    kind: &'static str,
    title: &'static str,
    text: &'static str,
    proposer: &'static str,
    effect: Effect,
}

impl Put {
    fn words(
        body: &'static str,
        kind: &'static str,
        title: &'static str,
        text: &'static str,
        proposer: &'static str,
    ) -> Self {
        Self { body, kind, title, text, proposer, effect: Effect::Nothing }
    }

    fn enter(self, conn: &mut Conn, app: &App, at: Utc) -> AppResult<PublicId> {
        let body = bodies::by_slug(conn, self.body)?;
        let kind = motions::kind_of(conn, body.id, self.kind)?
            .ok_or_else(|| crate::error::AppError::internal(format!("no kind {}", self.kind)))?;
        let entry = Entry {
            kind: &kind,
            title: self.title,
            text: self.text,
            effect: self.effect,
            proposer: in_cast(conn, self.proposer)?.id,
            meeting: None,
            petition: None,
        };
        enter(conn, app, &entry, at)
    }
}

fn votes(conn: &mut Conn, motion: &PublicId, all: &[(&str, Choice, &str)], at: Utc) -> AppResult<()> {
    let motion = motions::by_public_id(conn, motion)?;
    for (word, choice, reason) in all {
        let person = in_cast(conn, word)?.id;
        motions::vote(conn, motion.id, person, (*choice, reason), at)?;
    }
    Ok(())
}

/// Motions of the last months, which the clock has settled.
fn decided(conn: &mut Conn, app: &App, now: Utc) -> AppResult<()> {
    let everybody =
        |c: Choice| [("certifier", c, ""), ("chair", Choice::Yes, ""), ("member", Choice::Yes, "")];
    let second = ("second_member", Choice::Abstain, "I was not at the talk.");
    for (ago, title, text, certifier) in [
        (
            150,
            "Budget for the coming year",
            "that the budget of 84,000 euros be adopted as presented.",
            Choice::Yes,
        ),
        (
            90,
            "A new lantern for the meeting house",
            "that a lantern be bought for at most 1,200 euros.",
            Choice::No,
        ),
        (
            45,
            "Support for the spring gathering",
            "that the spring gathering be supported with 5,000 euros.",
            Choice::Yes,
        ),
    ] {
        let at = days(now, -ago);
        let id = Put::words("board", "act", title, text, "chair").enter(conn, app, at)?;
        votes(conn, &id, &everybody(certifier), days(at, 1))?;
        votes(conn, &id, &[second], days(at, 2))?;
        settle_due(conn, app, days(at, 8))?;
    }
    let at = days(now, -70);
    let text = "that every release be signed by two people.";
    let id = Put::words(
        "technical-council",
        "council vote",
        "Two signatures for each release",
        text,
        "third_member",
    )
    .enter(conn, app, at)?;
    votes(conn, &id, &[("third_member", Choice::Yes, ""), ("report_author", Choice::Yes, "")], days(at, 1))?;
    settle_due(conn, app, days(at, 8))?;
    let at = days(now, -30);
    let text = "The council has not answered for a month.";
    Put::words("core-team", "no confidence", "No confidence in the council", text, "second_member")
        .enter(conn, app, at)
        .map(|_| ())?;
    settle_due(conn, app, days(at, 8))
}

/// Motions that are open now, and a petition.
fn open(conn: &mut Conn, app: &App, now: Utc) -> AppResult<()> {
    let at = days(now, -2);
    let candidate = in_cast(conn, "certifier")?.public_id;
    let put = Put {
        body: "core-team",
        kind: "promotion",
        title: "Tomás Aguirre joins the core team",
        text: "Tomás has looked after the release tools for a year, and answered **two hundred** reports.",
        proposer: "third_member",
        effect: Effect::Seat { body: "core-team".into(), person: candidate, years: 0 },
    };
    let id = put.enter(conn, app, at)?;
    votes(conn, &id, &[("third_member", Choice::Yes, ""), ("reviewer", Choice::Yes, "")], days(at, 1))?;
    let text = "that the code of conduct group get a budget of 2,000 euros for its training.";
    let put = Put::words("board", "act", "Training for the code of conduct group", text, "certifier");
    let id = put.enter(conn, app, days(now, -1))?;
    let said = [("certifier", Choice::Yes, "Overdue."), ("chair", Choice::Recused, "I give the training.")];
    votes(conn, &id, &said, now)?;
    let wish = NewWish {
        kind: "special meeting".into(),
        title: "A meeting about the release tools".into(),
        text: "The tools are old. Let us meet and decide what replaces them.".into(),
    };
    let author = in_cast(conn, "report_author")?.id;
    petitions::open(conn, app, "core-team", &wish, author, at)?;
    Ok(())
}

/// A meeting of the board whose minutes are published, and one that is planned.
fn meeting(conn: &mut Conn, app: &App, now: Utc) -> AppResult<()> {
    let board = bodies::by_slug(conn, "board")?.id;
    let quorum = QuorumPolicy::Share {
        fraction: Fraction::HALF,
        strict: true,
        counts: Counts::Present,
        on_fail: OnFail::Void,
    };
    for (title, starts_at, agenda) in [
        (
            "Meeting of the board, spring",
            days(now, -45),
            "1. Report of the treasurer\n2. The spring gathering",
        ),
        ("Meeting of the board, summer", days(now, 40), "1. Seats that end next year\n2. Any other business"),
    ] {
        let public_id = app.public_id()?;
        let new = NewMeeting {
            public_id: &public_id,
            body: board,
            title,
            place: "Meeting house, and by video",
            starts_at,
            record_at: starts_at,
            notice_days: (10, 60),
            agenda,
            quorum: JsonText::of(&quorum)?,
            petition: None,
        };
        let id = meetings::plan(conn, &new, now)?;
        if starts_at > now {
            continue;
        }
        for word in ["certifier", "chair", "member"] {
            let person: PersonId = in_cast(conn, word)?.id;
            meetings::attend(conn, id, person, Presence::Present, starts_at)?;
        }
        let change = MeetingChange {
            notice_sent_at: Some(days(starts_at, -20)),
            base: Some(4),
            closed_at: Some(starts_at.plus(TimeDelta::hours(2))),
            minutes: Some(
                "Three of four directors were present; the quorum was there.\n\nThe treasurer reported that dues \
                 cover the year. The board agreed to support the spring gathering."
                    .into(),
            ),
            published_at: Some(days(starts_at, 5)),
            ..MeetingChange::NONE
        };
        meetings::change(conn, id, &change)?;
    }
    Ok(())
}

/// A work group with a charter, reports and somebody who would like to join.
fn grants(conn: &mut Conn, app: &App, now: Utc) -> AppResult<()> {
    let facts = BodyFacts {
        slug: "grants",
        name: "Grants work group",
        kind: BodyKind::WorkGroup,
        description: "Gives small grants to local groups.",
        is_public: true,
    };
    let body = bodies::add(conn, &facts, now)?;
    let begins_on = days(now, -190).datetime().date_naive();
    for (word, role) in
        [("chair", MemberRole::Chair), ("member", MemberRole::Deputy), ("third_member", MemberRole::Member)]
    {
        let person = in_cast(conn, word)?.id;
        let member = NewBodyMember { body, person, position: "", starts_on: begins_on, ends_on: None };
        bodies::seat(conn, &NewSeat { member, role, cohort: "", basis: SeatBasis::Appointed }, now)?;
    }
    let charter = CharterFacts {
        purpose: "To give grants of up to 1,500 euros to local groups, quickly and by public criteria."
            .into(),
        selection: "The group proposes new members; the board may object within two weeks.".into(),
        chair: "The group elects its chair every year.".into(),
        reports: "What was given to whom, and what came of it, to the board.".into(),
        report_months: 3,
        begins_on,
        ends_on: days(now, 900).datetime().date_naive().into(),
        is_open: true,
    };
    work_groups::adopt(conn, body, &charter, days(now, -190))?;
    let chair = in_cast(conn, "chair")?.id;
    let text = "Nine grants were given, 8,400 euros in all. Two groups have reported already:\n\n- a reading room\n- a radio workshop";
    for (months, given) in [(3_u32, true), (6, false)] {
        let Some(due) = begins_on.checked_add_months(chrono::Months::new(months)) else { continue };
        work_groups::expect_report(conn, body, due)?;
        let report = work_groups::reports_of(conn, body, 10)?.into_iter().find(|r| r.due_on == due);
        let Some(report) = report else { continue };
        if given {
            let row = ("The first three months", text, chair);
            work_groups::submit_report(conn, body, report.id, row, days(now, -100))?;
        } else {
            work_groups::reminded(conn, report.id, days(now, -10))?;
        }
    }
    let asks = in_cast(conn, "second_member")?.id;
    let words = "I have run a local group for six years and would help with reading applications.";
    work_groups::ask(conn, &app.public_id()?, (body, asks), words, days(now, -2))?;
    Ok(())
}
