//! Tables of counts beside the totals of their rows and columns.

use std::collections::BTreeSet;

/// A table in which cells are hidden until none can be computed.
pub(super) struct Table<'a> {
    counts: &'a [Vec<u64>],
    hidden: BTreeSet<(usize, usize)>,
}

impl<'a> Table<'a> {
    pub(super) fn new(counts: &'a [Vec<u64>], min_cell: u64) -> Self {
        let mut hidden = BTreeSet::new();
        for (row, cells) in counts.iter().enumerate() {
            let small = cells.iter().enumerate().filter(|(_, count)| **count > 0 && **count < min_cell);
            hidden.extend(small.map(|(column, _)| (row, column)));
        }
        Self { counts, hidden }
    }

    /// Adds, for each hidden cell that could be computed, the cheapest cells that close a circle through it; where there
    /// is none, the whole row and column go.
    pub(super) fn protect(&mut self) {
        while let Some(bare) = self.hidden.iter().copied().find(|cell| !self.on_circle(*cell)) {
            let closing = self.cheapest_circle(bare);
            let before = self.hidden.len();
            match closing {
                Some(cells) => self.hidden.extend(cells),
                None => {
                    // A table of one row or one column: only hiding all of it helps.
                    let all = self.counts.iter().enumerate();
                    let all = all.flat_map(|(row, cells)| (0..cells.len()).map(move |column| (row, column)));
                    self.hidden.extend(all);
                }
            }
            if self.hidden.len() == before {
                break;
            }
        }
    }

    /// Whether the column of a hidden cell can be reached from its row over other hidden cells.
    fn on_circle(&self, cell: (usize, usize)) -> bool {
        let mut rows = BTreeSet::from([cell.0]);
        let mut columns = BTreeSet::new();
        loop {
            let before = (rows.len(), columns.len());
            for &(row, column) in self.hidden.iter().filter(|other| **other != cell) {
                if rows.contains(&row) {
                    columns.insert(column);
                }
                if columns.contains(&column) {
                    rows.insert(row);
                }
            }
            if columns.contains(&cell.1) {
                return true;
            }
            if (rows.len(), columns.len()) == before {
                return false;
            }
        }
    }

    /// The other three corners of the rectangle through a cell that hides the least more. Empty cells hide nothing.
    fn cheapest_circle(&self, (row, column): (usize, usize)) -> Option<[(usize, usize); 3]> {
        let count =
            |cell: (usize, usize)| self.counts.get(cell.0).and_then(|cells| cells.get(cell.1)).copied();
        let cost = |cell: (usize, usize)| {
            if self.hidden.contains(&cell) { Some(0) } else { count(cell).filter(|n| *n > 0) }
        };
        let width = self.counts.get(row).map_or(0, Vec::len);
        let others = (0..self.counts.len()).filter(|other| *other != row);
        let corners = others.flat_map(|other| {
            (0..width).filter(move |c| *c != column).map(move |c| [(other, column), (row, c), (other, c)])
        });
        corners
            .filter_map(|cells| {
                let costs: Option<Vec<u64>> = cells.iter().map(|cell| cost(*cell)).collect();
                costs.map(|costs| (costs.iter().fold(0_u64, |sum, cost| sum.saturating_add(*cost)), cells))
            })
            .min()
            .map(|(_, cells)| cells)
    }

    pub(super) fn shown(&self) -> Vec<Vec<bool>> {
        let rows = self.counts.iter().enumerate();
        rows.map(|(row, cells)| {
            (0..cells.len()).map(|column| !self.hidden.contains(&(row, column))).collect()
        })
        .collect()
    }
}
