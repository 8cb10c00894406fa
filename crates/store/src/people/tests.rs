//! The search against the plain answer, and many people at once.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::merge::{MOVED, STAYS};
use super::*;
use crate::accounts::{self, NewPerson, PersonState};
use crate::test_db::TestDb;
use crate::types::{PersonId, PublicId, Utc};
use crate::{Conn, StoreError};

fn now() -> Utc {
    Utc::parse("2026-06-01T12:00:00Z").unwrap()
}

fn contact(n: u16, name: &str, address: &str) -> NewContact {
    let mut random = [0; 10];
    random[..2].copy_from_slice(&n.to_be_bytes());
    let person = NewPerson {
        public_id: PublicId::new(now(), random),
        preferred_name: name.into(),
        password_hash: None,
        time_zone: "UTC".into(),
        locale: "en".into(),
    };
    NewContact { person, address: address.into(), verified_at: Some(now()) }
}

fn found(c: &mut Conn, text: &str) -> (Vec<String>, Option<usize>) {
    let wanted = Wanted { text: text.into(), ..Wanted::default() };
    let found = search(c, &wanted, 51).unwrap();
    (found.people.into_iter().map(|p| p.preferred_name).collect(), found.total)
}

#[test]
fn a_search_finds_what_begins_so_and_follows_every_change() {
    let db = TestDb::new().unwrap();
    db.store()
        .write(|c| {
            let ids = add_many(
                c,
                &[
                    contact(1, "Ann Arbour", "ann@a.test"),
                    contact(2, "Søren Ann-Lindqvist", "soren@b.test"),
                    contact(3, "渡辺健太", "kenta@c.test"),
                    contact(4, "Hannah 50%_off", "hannah@d.test"),
                ],
                now(),
            )?;
            let names = |c: &mut Conn, text| found(c, text).0;
            assert_eq!(names(c, "ann"), ["Ann Arbour", "Søren Ann-Lindqvist"]);
            assert_eq!(names(c, "ANN LIND"), ["Søren Ann-Lindqvist"]);
            assert_eq!(names(c, "soren"), ["Søren Ann-Lindqvist"]);
            assert_eq!(names(c, "健太"), ["渡辺健太"]);
            assert_eq!(names(c, "c.test"), ["渡辺健太"]);
            assert_eq!(names(c, "kenta@c"), ["渡辺健太"]);
            assert_eq!(names(c, "50%"), ["Hannah 50%_off"]);
            for nobody in ["%", "_", "annn", "ann hannah", "#state"] {
                assert_eq!(names(c, nobody), [""; 0], "{nobody}");
            }
            let (ann, soren) = (ids[0], ids[1]);
            accounts::set_preferred_name(c, ann, "Zelda")?;
            accounts::add_address(c, ann, "zelda@z.test", Some(now()), now())?;
            assert_eq!(names(c, "zelda@z"), ["Zelda"]);
            assert_eq!(names(c, "arbour"), [""; 0]);
            accounts::set_person_state(c, soren, PersonState::Disabled)?;
            let barred = Wanted { state: Some(PersonState::Disabled), ..Wanted::default() };
            assert_eq!(search(c, &barred, 9)?.people.len(), 1);
            accounts::close_person(c, ann, now())?;
            assert_eq!(names(c, "z.test"), [""; 0]);
            let lost = Wanted { no_address: true, ..Wanted::default() };
            assert_eq!(search(c, &lost, 9)?.people[0].id, ann);
            assert_eq!(without_words(c, 10)?, [] as [PersonId; 0]);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn a_search_among_many_agrees_with_looking_at_everybody() {
    let db = TestDb::new().unwrap();
    // More than are loaded whole, so that every way through the search is taken.
    let all: Vec<NewContact> = (0..2_600_u16)
        .map(|n| {
            let family = if n % 3 == 0 { "Weber" } else { "Park" };
            contact(n, &format!("Ann {family} n{}", n % 50), &format!("p{n}@x.test"))
        })
        .collect();
    db.store().write(|c| add_many(c, &all, now()).map(|_| ()).map_err(StoreError::from)).unwrap();
    db.store()
        .read(|c| {
            let plain = |parts: &[&str]| {
                all.iter()
                    .filter(|p| {
                        let words = words_of(&p.person.preferred_name, &[&p.address]);
                        parts.iter().all(|part| words.iter().any(|w| w.starts_with(part)))
                    })
                    .count()
            };
            for text in ["n7", "ann n7", "weber n7", "weber", "n49 p", "p2599", "weber p1 n1"] {
                let parts: Vec<&str> = text.split(' ').collect();
                let (names, total) = found(c, text);
                assert_eq!(total, Some(plain(&parts)), "{text}");
                assert_eq!(names.len(), plain(&parts).min(51), "{text}");
            }
            for text in ["ann", "ann p", "x.test a", "a"] {
                let (names, total) = found(c, text);
                assert_eq!((names.len(), total), (51, None), "{text}");
            }
            // Both large, nobody in both.
            let (names, total) = found(c, "ann p zz");
            assert_eq!((names.len(), total), (0, Some(0)));
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

#[test]
fn a_merge_knows_every_table_about_people() {
    let db = TestDb::new().unwrap();
    if !db.store().is_sqlite() {
        return;
    }
    let sql = "SELECT DISTINCT m.name AS name FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f \
               WHERE m.type = 'table' AND f.\"table\" = 'persons' AND f.\"from\" = 'person_id' ORDER BY 1";
    let found: Vec<Named> = db
        .store()
        .read(|c| {
            crate::on_backend!(c,
                sqlite(c) => Ok::<_, StoreError>(diesel::sql_query(sql).load(c)?),
                postgres(_c) => Ok(Vec::new()))
        })
        .unwrap();
    assert!(found.len() > 20);
    for Named { name } in found {
        let known = MOVED.iter().any(|(t, _)| *t == name) || STAYS.contains(&name.as_str());
        assert!(known, "say in people/merge.rs whether the rows of {name} move when two records become one");
    }
}
