//! Memberships as facts: several at a time, ends with reasons, counts at any instant, drives.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed step is a failed test")]

use chrono::TimeDelta;
use folkmoot_store::accounts::{self, NewPerson};
use folkmoot_store::memberships::public::{self, DriveFacts};
use folkmoot_store::memberships::{self, *};
use folkmoot_store::test_db::TestDb;
use folkmoot_store::{Conn, PersonId, PublicId, QueryResult, StoreError, Utc};

fn at(text: &str) -> Utc {
    Utc::parse(text).unwrap()
}

fn person(c: &mut Conn, n: u8) -> QueryResult<PersonId> {
    let now = at("2026-01-01T00:00:00Z");
    let new = NewPerson {
        public_id: PublicId::new(now, [n; 10]),
        preferred_name: format!("Person {n}"),
        password_hash: None,
        time_zone: "UTC".into(),
        locale: "en".into(),
    };
    accounts::add_person(c, &new, now)
}

fn class(c: &mut Conn, key: &str, votes: bool) -> QueryResult<ClassId> {
    let facts = ClassFacts {
        name: key.into(),
        description: String::new(),
        position: 1,
        votes,
        public_badge: true,
        dues: None,
        evidence: Evidence::None,
        evidence_text: String::new(),
        term: ClassTerm::Open,
        is_open: true,
    };
    add_class(c, key, &facts, at("2026-01-01T00:00:00Z"))
}

fn member(
    c: &mut Conn,
    n: u8,
    person: PersonId,
    class: ClassId,
    from: &str,
    to: Option<&str>,
) -> QueryResult<MembershipId> {
    let new = NewMembership {
        public_id: PublicId::new(at(from), [n; 10]),
        person,
        class,
        source: MembershipSource::Staff,
        reference: Some("import 7"),
        state: MembershipState::Active,
        starts_at: at(from),
        ends_at: to.map(at),
        statement: "",
        reason: "",
    };
    memberships::add(c, &new, at(from))
}

#[test]
fn memberships_are_independent_facts_counted_at_any_instant() {
    let db = TestDb::new().unwrap();
    db.store()
        .write(|c| {
            let (ana, bo) = (person(c, 1)?, person(c, 2)?);
            let (fellow, supporting) = (class(c, "Fellow", true)?, class(c, "Supporting", true)?);
            member(c, 1, ana, fellow, "2020-01-01T00:00:00Z", None)?;
            member(c, 2, ana, supporting, "2026-02-01T00:00:00Z", Some("2027-02-01T00:00:00Z"))?;
            let bos = member(c, 3, bo, supporting, "2026-03-01T00:00:00Z", None)?;
            let spring = at("2026-04-01T00:00:00Z");
            assert_eq!(public::counts(c, spring)?.iter().map(|(_, n)| n).sum::<i64>(), 3);
            assert_eq!(public::count_people(c, spring)?, 2, "somebody with two classes is one person");

            let june = at("2026-06-01T00:00:00Z");
            let reason = "Moved on";
            assert!(memberships::end(c, bos, june, MembershipState::Resigned, reason, None, june)?);
            assert!(!memberships::end(c, bos, june, MembershipState::Terminated, "", None, june)?);
            assert_eq!(public::count_people(c, spring)?, 2, "what was, stays");
            assert_eq!(public::count_people(c, june)?, 1);
            let held = memberships::of_person(c, bo)?;
            let standing = held[0].0.standing(june, TimeDelta::days(30));
            assert_eq!((standing, held[0].0.reason.as_str()), (MembershipState::Resigned, reason));
            assert_eq!(memberships::by_reference(c, "import 7")?.len(), 3);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn the_end_of_a_term_is_followed_by_grace_and_lapse() {
    let db = TestDb::new().unwrap();
    let held = db
        .store()
        .write(|c| {
            let (ana, supporting) = (person(c, 1)?, class(c, "Supporting", true)?);
            member(c, 1, ana, supporting, "2025-02-01T00:00:00Z", Some("2026-02-01T00:00:00Z"))?;
            Ok::<_, StoreError>(memberships::of_person(c, ana)?.remove(0).0)
        })
        .unwrap();
    let standing = |text| held.standing(at(text), TimeDelta::days(30));
    assert_eq!(standing("2025-01-31T23:59:59Z"), MembershipState::Coming);
    assert_eq!(standing("2026-01-31T23:59:59.999999Z"), MembershipState::Active);
    assert_eq!(standing("2026-02-01T00:00:00Z"), MembershipState::Grace);
    assert_eq!(standing("2026-03-03T00:00:00Z"), MembershipState::Lapsed);
}

#[test]
fn a_drive_counts_people_who_are_new_in_its_window() {
    let db = TestDb::new().unwrap();
    db.store()
        .write(|c| {
            let supporting = class(c, "Supporting", true)?;
            let people = [person(c, 1)?, person(c, 2)?, person(c, 3)?];
            member(c, 1, people[0], supporting, "2024-05-01T00:00:00Z", Some("2025-05-01T00:00:00Z"))?;
            member(c, 2, people[0], supporting, "2026-05-10T00:00:00Z", None)?;
            member(c, 3, people[1], supporting, "2026-05-31T23:59:59Z", None)?;
            member(c, 4, people[2], supporting, "2026-06-01T00:00:00Z", None)?;
            let facts = DriveFacts {
                title: "May".into(),
                description: String::new(),
                class_id: None,
                goal: 10,
                starts_at: at("2026-05-01T00:00:00Z"),
                ends_at: at("2026-06-01T00:00:00Z"),
            };
            public::add_drive(c, "may", &facts, facts.starts_at)?;
            let drive = public::drive(c, "may")?;
            assert_eq!(public::joins(c, &drive)?, vec![at("2026-05-31T23:59:59Z")]);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn counts_over_many_instants_are_the_counts_at_each() {
    let db = TestDb::new().unwrap();
    db.store()
        .write(|c| {
            let (basic, fellow) = (class(c, "basic", false)?, class(c, "fellow", true)?);
            class(c, "nobodys", false)?;
            let (ann, ben) = (person(c, 1)?, person(c, 2)?);
            // Ann twice at once, and again after a pause; the second ends before the first.
            member(c, 11, ann, basic, "2026-01-10T00:00:00Z", Some("2026-06-01T00:00:00Z"))?;
            member(c, 12, ann, basic, "2026-02-01T00:00:00Z", Some("2026-03-01T00:00:00Z"))?;
            member(c, 13, ann, basic, "2026-09-01T00:00:00Z", None)?;
            member(c, 14, ben, basic, "2026-03-01T00:00:00Z", Some("2026-03-01T00:00:00Z"))?;
            member(c, 15, ben, fellow, "2026-05-01T00:00:00Z", None)?;
            let instants: Vec<Utc> =
                (1..=12).map(|month| at(&format!("2026-{month:02}-01T00:00:00Z"))).collect();
            let over = public::counts_over(c, &instants)?;
            assert_eq!(over.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [basic, fellow]);
            for (place, instant) in instants.iter().enumerate() {
                let mut each: Vec<(ClassId, i64)> = over.iter().map(|(id, n)| (*id, n[place])).collect();
                each.retain(|(_, n)| *n > 0);
                let mut counted = public::counts(c, *instant)?;
                counted.sort_unstable();
                assert_eq!(each, counted, "{instant}");
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
}
