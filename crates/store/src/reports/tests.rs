//! The queue of reports is fair, versions stay, grants end.

use chrono::TimeDelta;

use super::*;
use crate::accounts;
use crate::error::StoreError;
use crate::test_db::TestDb;

fn at(seconds: i64) -> Utc {
    Utc::parse("2026-06-01T12:00:00Z").unwrap().plus(TimeDelta::seconds(seconds))
}

fn id(n: u8) -> PublicId {
    PublicId::new(at(0), [n; 10])
}

fn person(c: &mut Conn, n: u8, name: &str) -> PersonId {
    let new = accounts::NewPerson {
        public_id: id(n),
        preferred_name: name.to_owned(),
        password_hash: None,
        time_zone: "UTC".to_owned(),
        locale: "en".to_owned(),
    };
    accounts::add_person(c, &new, at(0)).unwrap()
}

fn ask(c: &mut Conn, n: u8, who: Option<PersonId>) -> RunId {
    let parameters = JsonText::of(&Vec::<(String, String)>::new()).unwrap();
    let new = NewRun {
        public_id: &id(n),
        source: "turnout",
        version: None,
        title: "Turnout",
        script: "pass",
        script_hash: "00",
        parameters: &parameters,
        ground: Ground::Organisation,
        personal: None,
        sees_money: false,
        is_trial: false,
        asked_by: who,
        mail_role: None,
    };
    queue_run(c, &new, at(0)).unwrap()
}

fn done(c: &mut Conn, id: RunId, seconds: i64) {
    let end = RunEnd {
        state: RunState::Done,
        message: String::new(),
        outcome: Some(JsonText::of(&"o").unwrap()),
        data_hash: None,
        rows: 1,
        outputs: 1,
        wall_millis: Some(1),
        processor_millis: None,
        peak_memory: None,
    };
    assert!(end_run(c, id, &end, at(seconds)).unwrap());
}

#[test]
fn one_run_of_each_person_and_turns_between_them() {
    let db = TestDb::new().unwrap();
    let story = |c: &mut Conn| {
        let (ann, bo) = (person(c, 1, "Ann"), person(c, 2, "Bo"));
        let first: Vec<RunId> = (10..14).map(|n| ask(c, n, Some(ann))).collect();
        let bos = ask(c, 20, Some(bo));
        let clock = ask(c, 30, None);
        assert_eq!(unfinished_of(c, ann)?, 4);

        let one = claim_run(c, 2, at(1))?.unwrap();
        assert_eq!(one.id, first[0]);
        let two = claim_run(c, 2, at(2))?.unwrap();
        assert_eq!(two.id, bos, "Ann runs one already");
        assert_eq!(claim_run(c, 2, at(3))?, None, "no core is free");
        done(c, one.id, 4);
        let three = claim_run(c, 2, at(5))?.unwrap();
        assert_eq!(three.id, clock, "the clock never had a turn");
        done(c, bos, 6);
        let four = claim_run(c, 2, at(7))?.unwrap();
        assert_eq!(four.id, first[1]);
        let bos = ask(c, 21, Some(bo));
        done(c, four.id, 8);
        assert_eq!(claim_run(c, 2, at(9))?.unwrap().id, bos, "Ann had the last turn");
        Ok::<_, StoreError>(())
    };
    db.store().write(story).unwrap();
}

#[test]
fn what_waits_is_cancelled_at_once_and_what_runs_is_told() {
    let db = TestDb::new().unwrap();
    let story = |c: &mut Conn| {
        let ann = person(c, 1, "Ann");
        let (running, waiting) = (ask(c, 10, Some(ann)), ask(c, 11, Some(ann)));
        claim_run(c, 1, at(1))?.unwrap();
        assert!(cancel_run(c, running, at(2))? && cancel_run(c, waiting, at(2))?);
        assert_eq!(run(c, &id(11))?.state, RunState::Cancelled);
        assert_eq!(run(c, &id(10))?.state, RunState::Running);
        assert!(cancel_asked(c, running)?);
        done(c, running, 3);
        assert!(!cancel_run(c, running, at(4))?, "it is over");
        Ok::<_, StoreError>(())
    };
    db.store().write(story).unwrap();
}

#[test]
fn what_a_stopped_program_left_is_over_and_personal_outcomes_are_forgotten() {
    let db = TestDb::new().unwrap();
    let story = |c: &mut Conn| {
        let ann = person(c, 1, "Ann");
        let left = ask(c, 10, Some(ann));
        claim_run(c, 1, at(1))?.unwrap();
        assert_eq!(abandon_runs(c, at(1), "gone", at(60))?, 0);
        assert_eq!(abandon_runs(c, at(2), "gone", at(60))?, 1);
        assert_eq!(run(c, &id(10))?.message, "gone");
        assert!(!cancel_run(c, left, at(61))?);

        let parameters = JsonText::of(&0).unwrap();
        let new = NewRun {
            public_id: &id(11),
            source: "x",
            version: Some(1),
            title: "X",
            script: "",
            script_hash: "00",
            parameters: &parameters,
            ground: Ground::Organisation,
            personal: Some("because"),
            sees_money: false,
            is_trial: false,
            asked_by: Some(ann),
            mail_role: None,
        };
        let personal = queue_run(c, &new, at(62))?;
        claim_run(c, 1, at(63))?.unwrap();
        done(c, personal, 64);
        assert!(last_good(c, "x")?.is_some());
        assert_eq!(forget_personal_outcomes(c, at(64))?, 0);
        assert_eq!(forget_personal_outcomes(c, at(65))?, 1);
        assert_eq!((outcome_of(c, personal)?, last_good(c, "x")?), (None, None));
        assert_eq!(history(c, "x", 5)?.len(), 1);
        Ok::<_, StoreError>(())
    };
    db.store().write(story).unwrap();
}

#[test]
fn versions_stay_and_retiring_ends_grants_and_schedule() {
    let db = TestDb::new().unwrap();
    let story = |c: &mut Conn| {
        let (ann, bo) = (person(c, 1, "Ann"), person(c, 2, "Bo"));
        let declaration = JsonText::of(&0).unwrap();
        let text = |script, hash| NewReportVersion {
            script,
            script_hash: hash,
            declaration: &declaration,
            is_personal: true,
            author: ann,
        };
        let report = add(c, &id(40), "One", &text("a", "aa"), at(0))?;
        assert_eq!((report.versions, report.published, report.state), (1, None, ReportState::Draft));
        assert_eq!(add_version(c, report.id, "Two", &text("b", "bb"), at(1))?, 2);
        publish(c, report.id, 1, at(2))?;
        let report = by_public_id(c, &id(40))?;
        assert_eq!((report.title.as_str(), report.published), ("Two", Some(1)));
        let scripts: Vec<String> = versions(c, report.id)?.into_iter().map(|v| v.script).collect();
        assert_eq!(scripts, ["b", "a"]);

        let new = NewReportGrant {
            report: report.id,
            version: 1,
            script_hash: "aa",
            role: Role::MembershipStaff,
            reason: "Letters",
            proposed_by: ann,
            approved_by: bo,
            ends_at: at(100),
        };
        grant(c, &new, at(3))?;
        let held = grants(c, report.id)?.remove(0);
        assert!(held.stands(at(3)) && !held.stands(at(100)) && !held.stands(at(2)));
        let parameters = JsonText::of(&0).unwrap();
        let source = report.public_id.as_str().to_owned();
        for rhythm in [Rhythm::Daily, Rhythm::Weekly] {
            let new = NewSchedule {
                source: &source,
                rhythm,
                role: Role::Auditor,
                parameters: &parameters,
                next_at: at(50),
                set_by: ann,
            };
            schedule(c, &new, at(4))?;
        }
        assert!(due_schedules(c, at(49))?.is_empty());
        let due = due_schedules(c, at(50))?;
        assert_eq!(due.iter().map(|s| s.rhythm).collect::<Vec<_>>(), [Rhythm::Weekly]);
        assert!(move_schedule(c, &due[0], at(90))? && !move_schedule(c, &due[0], at(91))?);
        retire(c, &report, at(60))?;
        assert!(!grants(c, report.id)?[0].stands(at(61)));
        assert_eq!(schedule_of(c, &source)?, None);
        Ok::<_, StoreError>(())
    };
    db.store().write(story).unwrap();
}
