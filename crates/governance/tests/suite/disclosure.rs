//! The small-cell guard.

use folkmoot_governance::Explain;
use folkmoot_governance::disclosure::{
    Cell, DisclosureError, DisclosurePolicy, GroupCount, HiddenBecause, Revealed, check_weights,
    pattern_warning,
};
use proptest::prelude::*;

fn row(label: &str, size: u64, count: u64) -> GroupCount {
    GroupCount { label: label.into(), size, count }
}

/// PRV-02 and story 3: one tally, ten ballots, no sub-tally of the twelve of the last day.
#[test]
fn one_tally_of_at_least_ten_ballots() {
    let policy = DisclosurePolicy::default();
    assert_eq!(policy.tally(10, 0, false), Ok(()));
    assert!(matches!(
        policy.tally(9, 1, false),
        Err(DisclosureError::TallyTooSmall { counted: 9, least: 10 })
    ));
    assert_eq!(policy.tally(9, 2, false), Ok(()));
    assert_eq!(policy.tally(12, 2, true), Err(DisclosureError::SecondTally));
}

#[test]
fn breakdowns_hide_small_groups_and_what_would_give_them_away() {
    let policy = DisclosurePolicy::default();
    let hidden = |rows: &[GroupCount]| -> Vec<Option<HiddenBecause>> {
        let shown = policy.breakdown(rows).unwrap().rows;
        shown.iter().map(|row| if let Cell::Hidden(why) = row.cell { Some(why) } else { None }).collect()
    };
    use HiddenBecause::{Complement, TooSmall, Unanimous};
    let big = [row("a", 500, 300), row("b", 400, 100), row("c", 300, 150)];
    assert_eq!(hidden(&big), [None, None, None]);
    let small = [row("a", 500, 300), row("b", 400, 100), row("c", 9, 4)];
    assert_eq!(hidden(&small), [None, Some(Complement), Some(TooSmall)]);
    assert_eq!(
        hidden(&[row("a", 500, 300), row("b", 49, 49), row("c", 60, 30)]),
        [None, Some(Unanimous), Some(Complement)]
    );
    assert_eq!(hidden(&[row("a", 500, 300), row("b", 50, 50)]), [None, None]);
    assert_eq!(hidden(&[row("a", 500, 491), row("b", 50, 25)]), [Some(TooSmall), Some(Complement)]);
    assert_eq!(hidden(&[row("a", 500, 300), row("empty", 0, 0)]), [None, None]);
    assert!(matches!(policy.breakdown(&[row("a", 1, 2)]), Err(DisclosureError::Impossible(_))));
    let tiny = policy.breakdown(&[row("a", 5, 2), row("b", 3, 1)]).unwrap();
    assert_eq!(tiny.total, Cell::Hidden(TooSmall));
}

#[test]
fn tables_hide_until_nothing_can_be_computed() {
    let policy = DisclosurePolicy::default();
    let table = vec![vec![100, 3, 50], vec![80, 70, 60], vec![40, 90, 20]];
    let shown = policy.table(&table).unwrap();
    let hidden: Vec<(usize, usize)> =
        (0..3).flat_map(|r| (0..3).map(move |c| (r, c))).filter(|(r, c)| !shown[*r][*c]).collect();
    assert_eq!(hidden, [(0, 1), (0, 2), (2, 1), (2, 2)]);
    assert_eq!(policy.table(&[vec![100, 200], vec![300, 400]]).unwrap(), [[true, true], [true, true]]);
    assert_eq!(policy.table(&[vec![3, 200, 300]]).unwrap(), [[false, false, false]]);
    assert!(policy.table(&vec![vec![20; 200]; 200]).is_err());
}

/// PRV-01.
#[test]
fn weights_with_unique_sums_are_refused() {
    assert_eq!(check_weights(&[1; 50]), Ok(()));
    assert_eq!(check_weights(&[1, 1, 1, 5]), Err(DisclosureError::UniqueSum { total: 3 }));
    assert_eq!(check_weights(&[1, 2]), Err(DisclosureError::UniqueSum { total: 1 }));
    let mut mixed = vec![1; 50];
    mixed.push(5);
    assert_eq!(check_weights(&mixed), Ok(()));
    assert_eq!(check_weights(&[u32::MAX, 1]), Err(DisclosureError::WeightsTooLarge));
    assert_eq!(check_weights(&[]), Ok(()));
    assert_eq!(check_weights(&[7, 0]), Ok(()));
}

/// PRV-03.
#[test]
fn agreed_patterns_are_warned_of() {
    assert!(pattern_warning(Revealed::Scores { highest: 5 }, 6, 106).is_some());
    assert_eq!(pattern_warning(Revealed::Scores { highest: 1 }, 2, 40), None);
    let ranked = pattern_warning(Revealed::Rankings { ranks: 3 }, 3, 100).unwrap();
    assert_eq!(ranked.patterns, 1 + 3 + 6 + 6);
    assert_eq!(pattern_warning(Revealed::Rankings { ranks: 1 }, 3, 40), None);
    let many = pattern_warning(Revealed::Rankings { ranks: 30 }, 60, 1_000_000).unwrap();
    assert!(many.sentence().contains("more ballots than can be written"));
}

/// Number of sets for each total, one by one.
fn sets_by_hand(weights: &[u32]) -> Vec<u64> {
    let total: u32 = weights.iter().sum();
    let mut sets = vec![0; usize::try_from(total).unwrap() + 1];
    for set in 0_u32..1 << weights.len() {
        let sum: u32 = (0..weights.len()).filter(|n| set >> n & 1 == 1).map(|n| weights[n]).sum();
        sets[usize::try_from(sum).unwrap()] += 1;
    }
    sets
}

proptest! {
    /// The weights check agrees with trying every set.
    #[test]
    fn unique_sums_agree_with_trying_every_set(weights in prop::collection::vec(1_u32..7, 1..10)) {
        let sets = sets_by_hand(&weights);
        let inner = &sets[1..sets.len() - 1];
        let expected = inner.iter().position(|ways| *ways == 1).map(|place| place as u64 + 1);
        let found = match check_weights(&weights) {
            Err(DisclosureError::UniqueSum { total }) => Some(total),
            other => { prop_assert_eq!(other, Ok(())); None }
        };
        prop_assert_eq!(found, expected);
    }

    /// In a published table with its totals, every hidden cell can have another value: adding and taking away one along a
    /// circle of hidden cells keeps every total.
    #[test]
    fn no_hidden_cell_of_a_table_can_be_computed(rows in prop::collection::vec(prop::collection::vec(0_u64..40, 4), 2..5)) {
        let shown = DisclosurePolicy::default().table(&rows).unwrap();
        for (row, cells) in rows.iter().enumerate() {
            for (column, count) in cells.iter().enumerate() {
                prop_assert!(!shown[row][column] || *count == 0 || *count >= 10);
            }
        }
        // No row or column with exactly one hidden cell, which subtraction would give away.
        for row in &shown {
            prop_assert!(row.iter().filter(|shown| !**shown).count() != 1);
        }
        for column in 0..4 {
            prop_assert!(shown.iter().filter(|row| !row[column]).count() != 1);
        }
    }

    /// Shown rows are large enough by themselves, and the hidden ones by subtraction.
    #[test]
    fn hidden_rows_cannot_be_computed(rows in prop::collection::vec((0_u64..80, 0_u64..80), 1..8)) {
        let rows: Vec<GroupCount> = rows.iter().map(|(a, b)| row("x", a + b, *a)).collect();
        let shown = DisclosurePolicy::default().breakdown(&rows).unwrap();
        let hidden: Vec<&GroupCount> =
            rows.iter().zip(&shown.rows).filter(|(_, row)| matches!(row.cell, Cell::Hidden(_))).map(|(row, _)| row).collect();
        for published in &shown.rows {
            if let Cell::Shown { size, count } = published.cell {
                prop_assert!(size == 0 || (size >= 10 && (count == 0 || count >= 10) && (size - count == 0 || size - count >= 10)));
            }
        }
        if !hidden.is_empty() && matches!(shown.total, Cell::Shown { .. }) {
            prop_assert!(hidden.len() >= 2);
            prop_assert!(hidden.iter().map(|row| row.size).sum::<u64>() >= 10);
        }
    }
}
