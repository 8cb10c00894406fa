//! The cohorts of a question in its form: how many of the seats each has.

use folkmoot_governance::seats::SeatGroup;

use crate::elections::settings::{QuestionSettings, Seating};
use crate::http::{Check, Form};

/// The field for the seats of one cohort.
pub(super) struct Cohort {
    pub(super) field: String,
    pub(super) label: String,
    pub(super) term: String,
}

/// A field for each cohort, where there are several.
pub(super) fn fields(question: &QuestionSettings) -> Vec<Cohort> {
    let groups = question.seating.as_ref().map(|s| s.groups.as_slice()).unwrap_or_default();
    if groups.len() < 2 {
        return Vec::new();
    }
    let one = |(i, group): (usize, &SeatGroup)| Cohort {
        field: format!("cohort-{}", i + 1),
        label: group.cohort.clone().unwrap_or_else(|| (i + 1).to_string()),
        term: group.term.clause(),
    };
    groups.iter().enumerate().map(one).collect()
}

/// How the seats are filled, with as many by cohort as there are: all of them in the only one, otherwise as the form says.
pub(super) fn read(
    check: &mut Check<'_>,
    form: &Form,
    before: &QuestionSettings,
    seats: Option<u32>,
) -> Option<Seating> {
    let mut seating = before.seating.clone()?;
    if let ([only], Some(seats)) = (seating.groups.as_mut_slice(), seats) {
        only.seats = seats;
        return Some(seating);
    }
    let field = |i: usize| format!("cohort-{}", i + 1);
    if seating.groups.iter().enumerate().all(|(i, _)| form.value(&field(i)).is_empty()) {
        return Some(seating);
    }
    for (i, group) in seating.groups.iter_mut().enumerate() {
        let many = |t: &str| if t.is_empty() { Some(0) } else { t.parse().ok().filter(|n| *n <= 100) };
        let said =
            check.field(&field(i), |t| many(t).ok_or("Enter how many seats this cohort has, or nothing."));
        group.seats = said.unwrap_or(group.seats);
    }
    seating.groups.retain(|group| group.seats > 0);
    Some(seating)
}
