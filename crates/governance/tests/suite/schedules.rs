//! Milestones, amendments, schedules and calendar files.

use folkmoot_governance::Explain;
use folkmoot_governance::deadline::{
    AmendmentError, Breach, Calendar, Milestone, MilestoneKind, NoticeRule, Override, PhaseRule, Schedule,
    ScheduleProblem, ScheduleRules,
};

use crate::deadlines::{at, read_plain};

/// Story 3: what was announced is enforced.
#[test]
fn announced_is_enforced() {
    let close = read_plain("11 December 2023, end of day AoE");
    let mut milestone = Milestone::planned(MilestoneKind::VotingClose, close);
    let now = at("2023-11-01T00:00:00Z");
    milestone.amend(close, "", now).unwrap();
    milestone.announce(now).unwrap();
    assert!(matches!(milestone.announce(now), Err(AmendmentError::AlreadyAnnounced(_))));
    let earlier = read_plain("2023-12-11 12:00 UTC");
    assert!(matches!(milestone.amend(earlier, "clock", now), Err(AmendmentError::NotLater { .. })));
    let later = read_plain("2023-12-13 12:00 UTC");
    assert!(matches!(milestone.amend(later, "  ", now), Err(AmendmentError::Reason(_))));
    milestone.amend(later, "Two hours lost to an outage.", now).unwrap();
    assert_eq!(milestone.versions().len(), 2);
    assert_eq!(milestone.versions()[0].deadline, close);
    assert!(matches!(milestone.amend(later, "again", later.instant()), Err(AmendmentError::Passed { .. })));
    // What a rule or a suspension does to an end that has passed.
    let mut extended = milestone.clone();
    let week = read_plain("2023-12-20 12:00 UTC");
    assert!(matches!(
        extended.extend(later, "quorum", later.instant()),
        Err(AmendmentError::NotLater { .. })
    ));
    assert!(matches!(extended.extend(week, "", later.instant()), Err(AmendmentError::Reason(_))));
    extended.extend(week, "The quorum was missed.", later.instant()).unwrap();
    assert_eq!(extended.instant(), week.instant());
    assert!(close.accepts(at("2023-12-12T11:59:59.999Z")));
    assert!(!close.accepts(at("2023-12-12T12:00:00.000Z")));
    let copy: Milestone = serde_json::from_value(serde_json::to_value(&milestone).unwrap()).unwrap();
    assert_eq!(copy, milestone);
    assert!(serde_json::from_str::<Milestone>(r#"{"kind":"voting_close","versions":[]}"#).is_err());
}

fn schedule(pairs: &[(MilestoneKind, &str)]) -> Schedule {
    let mut schedule = Schedule::new();
    for (kind, written) in pairs {
        schedule.plan(kind.clone(), read_plain(written)).unwrap();
    }
    schedule
}

#[test]
fn schedules_are_checked_for_order_lengths_and_notice() {
    use MilestoneKind as Kind;
    let rules = ScheduleRules {
        required: vec![Kind::NominationsOpen, Kind::VotingOpen, Kind::VotingClose],
        phases: vec![PhaseRule {
            from: Kind::VotingOpen,
            to: Kind::VotingClose,
            min_days: 7,
            max_days: 14,
            breach: Breach::Warn,
        }],
        notice: Some(NoticeRule {
            min_days: 10,
            max_days: 60,
            before: Kind::VotingOpen,
            breach: Breach::Refuse,
        }),
    };
    let plan = schedule(&[
        (Kind::VotingClose, "2025-12-12 AoE"),
        (Kind::VotingOpen, "2025-11-28 12:00 UTC"),
        (Kind::Notice, "2025-11-20 12:00 UTC"),
    ]);
    let found = plan.check(&rules, &[]);
    let texts: Vec<String> = found.iter().map(Explain::sentence).collect();
    assert_eq!(
        texts,
        [
            "The opening of nominations is not set.",
            "From the opening of voting to the close of voting it is 15 days; the rule is 7 to 14 days. Change it, or let \
             it stand with a reason.",
            "The notice goes out 8 days before the opening of voting; the rule is 10 to 60 days.",
        ]
    );
    assert!(found.iter().all(folkmoot_governance::deadline::Finding::blocks));
    let stands =
        Override { problem: found[1].problem.clone(), reason: "As in every earlier election.".into() };
    assert!(!plan.check(&rules, &[stands])[1].blocks());
    let refused = Override { problem: found[2].problem.clone(), reason: "no".into() };
    assert!(plan.check(&rules, &[refused])[2].blocks());

    let swapped =
        schedule(&[(Kind::VotingOpen, "2026-09-15 14:00 UTC"), (Kind::VotingClose, "2026-09-15 14:00 UTC")]);
    let order = ScheduleProblem::Order { first: Kind::VotingOpen, second: Kind::VotingClose };
    assert_eq!(swapped.check(&ScheduleRules::default(), &[])[0].problem, order);
}

#[test]
fn a_fortnight_across_a_clock_change_is_fourteen_days() {
    use MilestoneKind as Kind;
    let phase = |breach| PhaseRule {
        from: Kind::VotingOpen,
        to: Kind::VotingClose,
        min_days: 14,
        max_days: 14,
        breach,
    };
    let rules = ScheduleRules { phases: vec![phase(Breach::Refuse)], ..ScheduleRules::default() };
    let plan = schedule(&[
        (Kind::VotingOpen, "2026-03-01 14:00 America/New_York"),
        (Kind::VotingClose, "2026-03-15 14:00 America/New_York"),
    ]);
    assert_eq!(plan.check(&rules, &[]), []);
    let window = plan.window(&Kind::VotingOpen, &Kind::VotingClose).unwrap();
    assert_eq!(window.length().unwrap().num_hours(), 14 * 24 - 1);
    assert!(plan.is_voting(window.from) && !plan.is_voting(window.to.unwrap()));
}

#[test]
fn announcing_is_all_or_nothing_and_calendar_files_follow() {
    use MilestoneKind as Kind;
    let mut plan =
        schedule(&[(Kind::VotingOpen, "2026-09-01 14:00 UTC"), (Kind::VotingClose, "2026-09-15 14:00 UTC")]);
    assert!(plan.announce(at("2026-09-01T14:00:00Z")).is_err());
    assert!(!plan.milestones().iter().any(Milestone::is_announced));
    plan.announce(at("2026-08-01T14:00:00Z")).unwrap();
    assert!(plan.plan(Kind::VotingOpen, read_plain("2026-09-02 14:00 UTC")).is_err());
    let later = read_plain("2026-09-16 AoE");
    plan.amend(&Kind::VotingClose, later, "Outage; one day more.", at("2026-09-10T00:00:00Z")).unwrap();
    assert!(plan.amend(&Kind::Notice, later, "x", at("2026-09-10T00:00:00Z")).is_err());
    let file = Calendar {
        title: "Board election, 2026",
        uid: "board-2026@vote.example.org",
        url: "https://vote.example.org/elections/board-2026",
        stamp: at("2026-09-10T00:00:00Z"),
    }
    .render(&plan);
    assert!(file.contains(
        "DTSTART:20260901T140000Z\r\nSEQUENCE:0\r\nSUMMARY:Board election\\, 2026: opening of voting\r\n"
    ));
    assert!(file.contains("DTSTART:20260917T120000Z\r\nSEQUENCE:1\r\n"));
    assert!(file.lines().all(|line| line.len() <= 75), "{file}");
    assert_eq!(file.matches("BEGIN:VEVENT").count(), 2);
    let copy: Schedule = serde_json::from_value(serde_json::to_value(&plan).unwrap()).unwrap();
    assert_eq!(copy, plan);
}
