//! Weighted votes: weights whose totals give away who voted how.

use std::collections::BTreeMap;

use super::DisclosureError;

/// Most steps spent on checking weights.
const MAX_WORK: usize = 50_000_000;

/// Whether weights can be used (PRV-01): refuses them when some total strictly between nothing and everything can only
/// come from one set of voters, who would then be known to have voted for it.
///
/// # Errors
/// Names such a total, or says that the weights are too large to check.
pub fn check_weights(weights: &[u32]) -> Result<(), DisclosureError> {
    let mut how_many: BTreeMap<u32, usize> = BTreeMap::new();
    for weight in weights.iter().filter(|weight| **weight > 0) {
        let number = how_many.entry(*weight).or_default();
        *number = number.saturating_add(1);
    }
    if how_many.len() <= 1 && how_many.values().all(|number| *number > 1) {
        return Ok(());
    }
    let total = weights
        .iter()
        .fold(0_usize, |sum, weight| sum.saturating_add(usize::try_from(*weight).unwrap_or(usize::MAX)));
    if total.saturating_mul(how_many.len()) > MAX_WORK {
        return Err(DisclosureError::WeightsTooLarge);
    }
    // Number of sets for each total, where 2 stands for two or more.
    let mut sets = vec![0_u8; total.saturating_add(1)];
    if let Some(first) = sets.first_mut() {
        *first = 1;
    }
    for (weight, number) in how_many {
        sets = with_weight(&sets, usize::try_from(weight).unwrap_or(usize::MAX), number);
    }
    let unique = sets.iter().enumerate().find(|(sum, ways)| *sum > 0 && *sum < total && **ways == 1);
    unique.map_or(Ok(()), |(total, _)| {
        Err(DisclosureError::UniqueSum { total: u64::try_from(total).unwrap_or(u64::MAX) })
    })
}

/// The sets for each total after adding `number` voters of one weight. Taking none or all of them is one way each, any
/// number between is at least two.
fn with_weight(before: &[u8], weight: usize, number: usize) -> Vec<u8> {
    let get = |sum: Option<usize>| sum.and_then(|sum| before.get(sum)).copied().unwrap_or(0);
    let mut after = vec![0_u8; before.len()];
    // For each remainder, how many reachable totals lie in the window of one to `number - 1` weights below.
    let mut window = vec![0_usize; weight.min(before.len())];
    for sum in 0..before.len() {
        let slot = window.get_mut(sum.checked_rem(weight).unwrap_or(0));
        let between = match slot {
            Some(inside) => {
                if number > 1 {
                    *inside = inside.saturating_add(usize::from(get(sum.checked_sub(weight)) > 0));
                    let leaving = weight.checked_mul(number).and_then(|back| sum.checked_sub(back));
                    *inside = inside.saturating_sub(usize::from(get(leaving) > 0));
                }
                *inside > 0
            }
            None => false,
        };
        let all = weight.checked_mul(number).and_then(|back| sum.checked_sub(back));
        let ways = get(Some(sum)).saturating_add(get(all)).saturating_add(if between { 2 } else { 0 });
        if let Some(cell) = after.get_mut(sum) {
            *cell = ways.min(2);
        }
    }
    after
}
