//! Small numbers of people are not shown (PRV-02): below ten, a figure may describe a person.
//!
//! A count below ten is withheld, zero excepted. When one alone is withheld, the reader could find it from the total, so the
//! next smallest goes with it. Shares go with their counts, and figures about a group with the group.

use crate::output::{Cell, Output, Role, Shape};

/// The smallest number of people that is shown.
pub const SMALLEST: u64 = 10;

/// Withholds what is too small.
pub fn small_numbers(output: &mut Output) {
    if let Output::Metric { value, people: true, .. } = output
        && small(value)
    {
        *value = Cell::WITHHELD;
    }
    let total = matches!(output, Output::Table { total, .. } if !total.is_empty());
    if let Some(shape) = output.shape_mut() {
        in_rows(shape);
    }
    // A total over withheld figures would hand them back; counts are covered by their complements.
    if total && let Output::Table { total, totals, shape, .. } = output {
        let role =
            |name: &String| shape.place(name).and_then(|at| shape.columns.get(at)).map(|head| head.role);
        let hidden = |name: &String| {
            shape
                .place(name)
                .is_some_and(|at| shape.rows.iter().any(|row| row.get(at) == Some(&Cell::WITHHELD)))
        };
        for (name, sum) in total.iter().zip(totals.iter_mut()) {
            let count = role(name) == Some(Role::Count);
            if count && small(sum) || !count && hidden(name) {
                *sum = Cell::WITHHELD;
            }
        }
    }
}

fn small(cell: &Cell) -> bool {
    matches!(cell, Cell::Integer(number) if (1..SMALLEST as i64).contains(number))
}

fn in_rows(shape: &mut Shape) {
    let roles: Vec<Role> = shape.columns.iter().map(|head| head.role).collect();
    let counts: Vec<usize> = (0..roles.len()).filter(|at| roles.get(*at) == Some(&Role::Count)).collect();
    let mut hidden: Vec<Vec<bool>> = shape.rows.iter().map(|row| row.iter().map(small).collect()).collect();
    for row in &mut hidden {
        for (at, cell) in row.iter_mut().enumerate() {
            *cell &= counts.contains(&at);
        }
    }
    // Down each column, and across where several counts stand side by side; the second pass may ask for the first again.
    for _ in 0..4 {
        let before = hidden.clone();
        for &column in &counts {
            let cells = (0..shape.rows.len()).map(|row| (row, column)).collect();
            complement(shape, &mut hidden, cells);
        }
        if counts.len() > 1 {
            for row in 0..shape.rows.len() {
                complement(shape, &mut hidden, counts.iter().map(|column| (row, *column)).collect());
            }
        }
        if hidden == before {
            break;
        }
    }
    for (at, (row, hidden)) in shape.rows.iter_mut().zip(&hidden).enumerate() {
        let size = shape.sizes.as_ref().and_then(|sizes| sizes.get(at).copied().flatten());
        let few = size.is_some_and(|size| size < SMALLEST);
        let any = hidden.iter().any(|cell| *cell);
        for ((cell, role), hide) in row.iter_mut().zip(&roles).zip(hidden) {
            let hide = match role {
                Role::Count => *hide,
                // Without its counts nobody can tell whether a figure is about few.
                Role::Share | Role::Figure => any || counts.is_empty(),
                Role::Measure => few,
                Role::Withheld => true,
                Role::Key | Role::Percent => false,
            };
            if hide && *cell != Cell::Empty {
                *cell = Cell::WITHHELD;
            }
        }
    }
    shape.sizes = None;
}

/// Drops the counts that were there only to decide what is withheld.
pub fn drop_guards(output: &mut Output) {
    let Some(shape) = output.shape_mut() else { return };
    let kept: Vec<bool> = shape.columns.iter().map(|head| !head.guard).collect();
    if kept.iter().all(|kept| *kept) {
        return;
    }
    for row in &mut shape.rows {
        let mut kept = kept.iter();
        row.retain(|_| kept.next().copied().unwrap_or(true));
    }
    shape.columns.retain(|head| !head.guard);
}

/// Hides the smallest open count beside a single hidden one.
fn complement(shape: &Shape, hidden: &mut [Vec<bool>], cells: Vec<(usize, usize)>) {
    let is_hidden = |hidden: &[Vec<bool>], (row, column): (usize, usize)| {
        hidden.get(row).and_then(|r| r.get(column)).copied().unwrap_or(false)
    };
    if cells.iter().filter(|place| is_hidden(hidden, **place)).count() != 1 {
        return;
    }
    let value = |(row, column): (usize, usize)| match shape.rows.get(row).and_then(|r| r.get(column)) {
        Some(Cell::Integer(number)) if *number > 0 => Some(*number),
        _ => None,
    };
    let open = cells.iter().filter(|place| !is_hidden(hidden, **place));
    let next = open.filter_map(|place| value(*place).map(|number| (number, *place))).min();
    if let Some((_, (row, column))) = next
        && let Some(cell) = hidden.get_mut(row).and_then(|r| r.get_mut(column))
    {
        *cell = true;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value, json};

    fn after(output: Value) -> Output {
        let mut output = Output::parse(output).unwrap();
        small_numbers(&mut output);
        output
    }

    fn column(output: &Output, at: usize) -> Vec<String> {
        output.shape().unwrap().words().into_iter().map(|row| row[at].clone()).collect()
    }

    #[test]
    fn a_small_count_takes_the_next_smallest_its_share_and_its_figures_along() {
        let output = after(json!({"kind": "table", "title": "", "total": ["count", "amount"],
            "columns": [{"name": "tier", "kind": "text"}, {"name": "count", "kind": "integer", "role": "count"},
                {"name": "share", "kind": "percent", "role": "share"}, {"name": "amount", "kind": "integer", "role": "measure"}],
            "rows": [["a", 120, 80.0, 5], ["b", 25, 15.0, 6], ["c", 4, 5.0, 7], ["d", 0, 0.0, null]], "sizes": [120, 25, 4, 0]}));
        assert_eq!(column(&output, 1), ["120", "fewer than 10", "fewer than 10", "0"]);
        assert_eq!(column(&output, 2), ["80.0 %", "fewer than 10", "fewer than 10", "0.0 %"]);
        assert_eq!(column(&output, 3), ["5", "6", "fewer than 10", ""]);
        let Output::Table { totals, .. } = output else { panic!() };
        assert_eq!(totals, [Cell::Integer(149), Cell::WITHHELD]);
    }

    #[test]
    fn a_figure_goes_with_a_count_that_is_not_shown_and_without_any() {
        let mut output = after(json!({"kind": "table", "title": "", "total": [],
            "columns": [{"name": "tier", "kind": "text"}, {"name": "turnout", "kind": "number", "role": "figure"},
                {"name": "cast", "kind": "integer", "role": "count", "guard": true}],
            "rows": [["a", 50.0, 60], ["b", 40.0, 40], ["c", 20.0, 3]]}));
        drop_guards(&mut output);
        assert_eq!(column(&output, 1), ["50", "fewer than 10", "fewer than 10"]);
        assert_eq!(output.shape().unwrap().columns.len(), 2);
        let output = after(json!({"kind": "table", "title": "", "total": [],
            "columns": [{"name": "tier", "kind": "text"}, {"name": "turnout", "kind": "number", "role": "figure"}],
            "rows": [["a", 50.0]]}));
        assert_eq!(column(&output, 1), ["fewer than 10"]);
    }

    #[test]
    fn in_a_cross_table_rows_and_columns_are_covered() {
        let output = after(json!({"kind": "table", "title": "", "total": [],
            "columns": [{"name": "y", "kind": "text"}, {"name": "p", "kind": "integer", "role": "count"}, {"name": "q", "kind": "integer", "role": "count"}],
            "rows": [["1", 30, 3], ["2", 40, 50], ["3", 60, 70]]}));
        let shape = output.shape().unwrap();
        for at in [1, 2] {
            let hidden = shape.rows.iter().filter(|row| row[at] == Cell::WITHHELD).count();
            assert_ne!(hidden, 1, "a single hidden cell in column {at}");
        }
        for row in &shape.rows {
            assert_ne!(
                row.iter().filter(|cell| **cell == Cell::WITHHELD).count(),
                1,
                "a single hidden cell in {row:?}"
            );
        }
        assert_eq!(shape.rows[0][2], Cell::WITHHELD);
    }

    #[test]
    fn figures_that_count_no_people_stay() {
        let output = after(
            json!({"kind": "metric", "label": "Elections", "value": 3, "value_kind": "integer", "unit": "", "note": ""}),
        );
        assert!(matches!(output, Output::Metric { value: Cell::Integer(3), .. }));
        let output = after(
            json!({"kind": "metric", "label": "Members", "value": 3, "value_kind": "integer", "people": true, "unit": "", "note": ""}),
        );
        assert!(matches!(output, Output::Metric { value: Cell::WITHHELD, .. }));
    }
}
