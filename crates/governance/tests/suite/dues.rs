//! Dues: amounts, terms, grace, lapse and refunds.

use folkmoot_governance::dues::{
    Drive, DuesKind, DuesPolicy, DuesPolicyError, DuesRefusal, DuesStanding, Payment, PaymentState,
};
use folkmoot_governance::electorate::{Paid, PersonFacts, assess};
use folkmoot_governance::term::{Term, months_later};
use folkmoot_governance::{ClassId, Currency, Instant, Interval, Money, MoneyError, preset};

use crate::membership::{at, board, instants, paid, usd};
use crate::vectors::{array, each, number};

#[test]
fn vectors_dues() {
    each("rule-vectors.json", |file| {
        let cases = array(file, "dues");
        for case in cases {
            let policy = DuesPolicy {
                minimum: Money::minor(i64::try_from(number(case, "min")).unwrap() * 100, Currency::USD),
                suggested: Money::minor(
                    i64::try_from(number(case, "suggested")).unwrap() * 100,
                    Currency::USD,
                ),
                ..preset::supporting_dues()
            };
            policy.check().unwrap();
            let amount = usd(&case["amount"].to_string());
            let accepted = policy.accept(amount, DuesKind::Term).is_ok();
            assert_eq!(accepted, case["accepted"].as_bool().unwrap(), "{case}");
        }
        cases.len()
    });
}

/// Story 7.
#[test]
fn sliding_scale_without_a_maximum() {
    let dues = preset::supporting_dues();
    for amount in ["25", "60", "99", "500", "1000000"] {
        assert_eq!(dues.accept(usd(amount), DuesKind::Term), Ok(()), "{amount}");
    }
    let refused = dues.accept(usd("24.99"), DuesKind::Term).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "24.99 USD is below the least amount of 25.00 USD; choose any amount from 25.00 USD on"
    );
    assert!(matches!(
        dues.accept(Money::minor(9900, Currency::EUR), DuesKind::Term),
        Err(DuesRefusal::Currency { .. })
    ));
    let none = DuesPolicy { lifetime: None, ..dues };
    assert_eq!(none.accept(usd("5000"), DuesKind::Lifetime), Err(DuesRefusal::NoLifetime));
}

/// Story 7.
#[test]
fn twelve_months_from_payment_and_extension_from_the_end() {
    let dues = preset::supporting_dues();
    let first = paid("p1", "2022-12-10T09:30:00Z");
    let covers = dues.covers(std::slice::from_ref(&first));
    assert_eq!(covers[0].last_day.unwrap().to_string(), "2023-12-10");
    assert_eq!(covers[0].end, Some(at("2023-12-11T00:00:00Z")));
    let renewal = paid("p2", "2023-11-20T00:00:00Z");
    let covers = dues.covers(&[renewal.clone(), first.clone(), first.clone()]);
    assert_eq!(covers.len(), 2);
    assert_eq!(covers[1].last_day.unwrap().to_string(), "2024-12-10");
    assert_eq!(dues.paid_intervals(&covers), [Interval::new(first.at, at("2024-12-11T00:00:00Z"))]);
    // In the grace days it still extends from the end; after them it starts anew.
    let grace = dues.covers(&[first.clone(), paid("p3", "2024-01-05T00:00:00Z")]);
    assert_eq!(grace[1].last_day.unwrap().to_string(), "2024-12-10");
    let late = dues.covers(&[first.clone(), paid("p4", "2024-02-01T00:00:00Z")]);
    assert_eq!(late[1].last_day.unwrap().to_string(), "2025-02-01");
    assert_eq!(dues.paid_intervals(&late).len(), 2);
    let pending = Payment { state: PaymentState::Pending, ..first };
    assert_eq!(dues.covers(&[pending]), []);
}

#[test]
fn active_grace_lapsed_lifetime() {
    let dues = preset::supporting_dues();
    let covers = dues.covers(&[paid("p1", "2022-12-10T09:30:00Z")]);
    let end = at("2023-12-11T00:00:00Z");
    let grace = end.plus_days(30);
    assert_eq!(dues.standing(&[], end), DuesStanding::NeverPaid);
    assert_eq!(dues.standing(&covers, end.plus_micros(-1)), DuesStanding::Active { until: end });
    assert_eq!(dues.standing(&covers, end), DuesStanding::Grace { ended: end, until: grace });
    assert_eq!(dues.standing(&covers, grace), DuesStanding::Lapsed { since: end });
    let life = Payment { kind: DuesKind::Lifetime, ..paid("p2", "2023-01-01T00:00:00Z") };
    let covers =
        dues.covers(&[paid("p1", "2022-12-10T09:30:00Z"), life, paid("gift", "2030-01-01T00:00:00Z")]);
    assert_eq!(covers.len(), 2);
    assert_eq!(dues.standing(&covers, at("2090-01-01T00:00:00Z")), DuesStanding::Lifetime);
    assert_eq!(dues.paid_intervals(&covers), [Interval::since(at("2022-12-10T09:30:00Z"))]);
    let keeps = DuesPolicy { grace_keeps_vote: true, ..preset::supporting_dues() };
    let covers = keeps.covers(&[paid("p1", "2022-12-10T09:30:00Z")]);
    assert_eq!(keeps.paid_intervals(&covers)[0].to, Some(grace));
}

#[test]
fn leap_days_and_short_months_do_not_slip() {
    let dues = preset::supporting_dues();
    let covers = dues.covers(&[
        paid("a", "2024-02-29T12:00:00Z"),
        paid("b", "2025-02-01T12:00:00Z"),
        paid("c", "2026-02-01T12:00:00Z"),
        paid("d", "2027-02-01T12:00:00Z"),
    ]);
    let days: Vec<String> = covers.iter().map(|cover| cover.last_day.unwrap().to_string()).collect();
    assert_eq!(days, ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]);
    let january = "2026-01-31".parse().unwrap();
    assert_eq!(months_later(january, 1, 31).unwrap().to_string(), "2026-02-28");
    let term = Term::years("2024-02-29".parse().unwrap(), 3).unwrap();
    assert_eq!(term.to.to_string(), "2027-02-28");
    assert!(term.covers("2027-02-27".parse().unwrap()) && !term.covers(term.to));
    assert_eq!(term.rest_from("2026-01-01".parse().unwrap()).unwrap().to, term.to);
    assert_eq!(term.rest_from(term.to), None);
}

/// Story 7: a lapse before the record date removes the entry, a refund after it does not.
#[test]
fn refunds_end_the_cover_when_the_money_goes_back() {
    let dues = preset::supporting_dues();
    let record = instants().record;
    let on_roll = |payment: Payment| {
        let covers = dues.covers(&[payment]);
        let mut facts = PersonFacts::new("bo").member("Supporting", at("2020-01-01T00:00:00Z"));
        let class: ClassId = "Supporting".into();
        facts.paid.extend(
            dues.paid_intervals(&covers).into_iter().map(|during| Paid { class: class.clone(), during }),
        );
        assess(&facts.affirmed(&board().body, at("2026-01-01T00:00:00Z")), &board(), &instants()).on_roll
    };
    let payment = paid("p1", "2026-01-01T00:00:00Z");
    assert!(on_roll(payment.clone()));
    let returned = |when: Instant| Payment { state: PaymentState::Returned(when), ..payment.clone() };
    assert!(on_roll(returned(record.plus_micros(1))));
    assert!(!on_roll(returned(record)));
    assert!(!on_roll(paid("old", "2025-08-01T00:00:00Z")));
    // A renewal that was refunded before it began covers nothing; the first term stays.
    let covers = dues.covers(&[
        paid("a", "2026-01-01T00:00:00Z"),
        Payment {
            state: PaymentState::Returned(at("2026-12-01T00:00:00Z")),
            ..paid("b", "2026-11-01T00:00:00Z")
        },
    ]);
    assert_eq!(
        dues.standing(&covers, at("2026-12-15T00:00:00Z")),
        DuesStanding::Active { until: at("2027-01-02T00:00:00Z") }
    );
}

#[test]
fn a_drive_counts_those_who_joined_in_its_window() {
    let drive =
        Drive { goal: 100, window: Interval::new(at("2026-06-01T00:00:00Z"), at("2026-07-01T00:00:00Z")) };
    let joins: Vec<Instant> = (0..75).map(|n| drive.window.from.plus_seconds(n)).collect();
    assert_eq!(drive.joined(&joins), 75);
    assert_eq!(drive.percent(75), 75);
    assert_eq!(drive.joined(&[drive.window.to.unwrap()]), 0);
    assert_eq!(drive.percent(133), 133);
    assert_eq!(Drive { goal: 0, ..drive }.percent(1), 100);
}

#[test]
fn senseless_dues_and_amounts_are_refused() {
    let dues = preset::supporting_dues();
    assert_eq!(dues.check(), Ok(()));
    assert_eq!(DuesPolicy { period_months: 0, ..dues.clone() }.check(), Err(DuesPolicyError::OutOfRange));
    let mixed = DuesPolicy { suggested: Money::minor(9900, Currency::EUR), ..dues.clone() };
    assert_eq!(mixed.check(), Err(DuesPolicyError::Currencies));
    let low = DuesPolicy { suggested: usd("20"), ..dues.clone() };
    assert!(matches!(low.check(), Err(DuesPolicyError::SuggestedBelowMinimum { .. })));
    let cheap = DuesPolicy { lifetime: Some(usd("20")), ..dues };
    assert_eq!(cheap.check(), Err(DuesPolicyError::LifetimeBelowMinimum));
    for wrong in ["", "-1", "1,50", "1.", ".5", "1e3", "٣"] {
        assert!(Money::parse(wrong, Currency::USD).is_err(), "{wrong}");
    }
    assert!(matches!(Money::parse("1.999", Currency::USD), Err(MoneyError::TooManyPlaces { .. })));
    assert_eq!(Money::parse("99999999999999999999", Currency::USD), Err(MoneyError::TooLarge));
    let yen = Currency::try_from("JPY".to_owned()).unwrap();
    assert_eq!(Money::parse("700", yen).unwrap().to_string(), "700 JPY");
    assert_eq!(usd("0.05").plus(usd("60")).unwrap().to_string(), "60.05 USD");
    assert!(Currency::try_from("usd".to_owned()).is_err());
}
