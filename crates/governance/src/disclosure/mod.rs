//! The small-cell guard: which tallies and breakdowns may be published. (`disclosure(min_cell)`; PRV-01 to PRV-03.)

mod pattern;
mod table;
mod weights;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use pattern::{PatternWarning, Revealed, pattern_warning};
pub use weights::check_weights;

use self::table::Table;
use crate::words::Explain;

/// `disclosure(min_cell)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisclosurePolicy {
    /// Least number in any published cell, and least number of counted ballots.
    pub min_cell: u64,
    /// Groups smaller than this are not shown when nobody or everybody in them did something.
    pub min_unanimous: u64,
}

impl Default for DisclosurePolicy {
    fn default() -> Self {
        Self { min_cell: 10, min_unanimous: 50 }
    }
}

/// One row of a breakdown: so many of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupCount {
    /// Name of the group.
    pub label: String,
    /// Size of the group.
    pub size: u64,
    /// How many of them (voted, say).
    pub count: u64,
}

/// A row as it may be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedRow {
    /// Name of the group.
    pub label: String,
    /// Size and count, or why they are hidden.
    pub cell: Cell,
}

/// A breakdown as it may be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breakdown {
    /// The rows, in the order given.
    pub rows: Vec<PublishedRow>,
    /// All groups together.
    pub total: Cell,
}

/// The content of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// May be shown.
    Shown {
        /// Size of the group.
        size: u64,
        /// How many of them.
        count: u64,
    },
    /// Hidden.
    Hidden(HiddenBecause),
}

/// Why a row is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HiddenBecause {
    /// The group, or one side of it, is too small.
    TooSmall,
    /// Nobody or everybody in a small group did it.
    Unanimous,
    /// It would give away a hidden row.
    Complement,
}

/// Why something must not be published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DisclosureError {
    /// Too few counted ballots, not waived.
    #[error(
        "{counted} counted ballots are fewer than {least}; the tally stays sealed unless two officers waive this"
    )]
    TallyTooSmall {
        /// Counted.
        counted: u64,
        /// Least number.
        least: u64,
    },
    /// A second tally of the same election.
    #[error("one tally was published; a second one of the same election would show the difference")]
    SecondTally,
    /// A count above the size of its group.
    #[error("the row “{0}” counts more than its group has")]
    Impossible(String),
    /// Too many rows to check.
    #[error("a breakdown has at most {MAX_ROWS} rows; make the groups larger")]
    TooManyRows,
    /// Weights whose sums show who voted how.
    #[error(
        "a total of {total} could only come from one set of voters; use equal weights, or two officers waive this"
    )]
    UniqueSum {
        /// Such a total.
        total: u64,
    },
    /// Weights too large to check.
    #[error("these weights are too large to check; use smaller numbers or equal weights")]
    WeightsTooLarge,
}

/// Most rows of a breakdown.
pub const MAX_ROWS: usize = 10_000;

impl DisclosurePolicy {
    /// Whether the only tally of an election may be published (PRV-02).
    ///
    /// # Errors
    /// When one was published before, or too few ballots are counted and no two officers waived that.
    pub fn tally(&self, counted: u64, waived_by: u32, published_before: bool) -> Result<(), DisclosureError> {
        if published_before {
            return Err(DisclosureError::SecondTally);
        }
        if counted < self.min_cell && waived_by < 2 {
            return Err(DisclosureError::TallyTooSmall { counted, least: self.min_cell });
        }
        Ok(())
    }

    /// A breakdown with every row hidden that is too small or would give away a hidden one. The total is shown beside
    /// it unless it is too small itself, so the hidden rows together are never too small either.
    ///
    /// ```
    /// use folkmoot_governance::disclosure::{Cell, DisclosurePolicy, GroupCount};
    /// let row = |label: &str, size, count| GroupCount { label: label.into(), size, count };
    /// let rows = [row("Supporting", 600, 420), row("Contributing", 200, 150), row("Fellow", 70, 64)];
    /// let shown = DisclosurePolicy::default().breakdown(&rows)?;
    /// // 6 Fellows did not vote: hidden, and a second row with them.
    /// assert!(matches!(shown.rows[2].cell, Cell::Hidden(_)) && matches!(shown.rows[1].cell, Cell::Hidden(_)));
    /// assert_eq!(shown.rows[0].cell, Cell::Shown { size: 600, count: 420 });
    /// assert_eq!(shown.total, Cell::Shown { size: 870, count: 634 });
    /// # Ok::<(), folkmoot_governance::disclosure::DisclosureError>(())
    /// ```
    ///
    /// # Errors
    /// When a row counts more than its group has, or there are more than [`MAX_ROWS`].
    pub fn breakdown(&self, rows: &[GroupCount]) -> Result<Breakdown, DisclosureError> {
        if rows.len() > MAX_ROWS {
            return Err(DisclosureError::TooManyRows);
        }
        if let Some(row) = rows.iter().find(|row| row.count > row.size) {
            return Err(DisclosureError::Impossible(row.label.clone()));
        }
        let mut hidden: BTreeMap<usize, HiddenBecause> = BTreeMap::new();
        for (place, row) in rows.iter().enumerate().filter(|(_, row)| row.size > 0) {
            if let Some(why) = self.too_small(row.size, row.count) {
                hidden.insert(place, why);
            }
        }
        // The smallest rows join the hidden ones until these cannot be told apart from outside.
        let mut others: Vec<usize> = (0..rows.len()).filter(|place| !hidden.contains_key(place)).collect();
        others.sort_by_key(|place| rows.get(*place).map(|row| (row.size, row.count)));
        let mut others = others.into_iter().filter(|place| rows.get(*place).is_some_and(|row| row.size > 0));
        while !hidden.is_empty() && !self.safe_together(rows, &hidden) {
            let Some(next) = others.next() else { break };
            hidden.insert(next, HiddenBecause::Complement);
        }
        let publish = |(place, row): (usize, &GroupCount)| PublishedRow {
            label: row.label.clone(),
            cell: hidden
                .get(&place)
                .map_or(Cell::Shown { size: row.size, count: row.count }, |why| Cell::Hidden(*why)),
        };
        let (size, count) = sums(rows.iter());
        let total = self.too_small(size, count).map_or(Cell::Shown { size, count }, Cell::Hidden);
        Ok(Breakdown { rows: rows.iter().enumerate().map(publish).collect(), total })
    }

    /// Why a group with a count may not be shown by itself.
    fn too_small(&self, size: u64, count: u64) -> Option<HiddenBecause> {
        let rest = size.saturating_sub(count);
        if size < self.min_cell {
            return Some(HiddenBecause::TooSmall);
        }
        if count == 0 || rest == 0 {
            return (size < self.min_unanimous).then_some(HiddenBecause::Unanimous);
        }
        (count < self.min_cell || rest < self.min_cell).then_some(HiddenBecause::TooSmall)
    }

    /// Whether the hidden rows, seen as one group by subtraction from the total, may be shown as one group.
    fn safe_together(&self, rows: &[GroupCount], hidden: &BTreeMap<usize, HiddenBecause>) -> bool {
        let (size, count) = sums(hidden.keys().filter_map(|place| rows.get(*place)));
        hidden.len() >= 2 && self.too_small(size, count).is_none()
    }

    /// Which cells of a table of counts may be published together with the totals of rows and columns: `true` for shown.
    ///
    /// No hidden cell can be computed from the others: seen as an edge between its row and its column, each hidden cell
    /// lies on a circle of hidden cells.
    ///
    /// # Errors
    /// When there are more than [`MAX_ROWS`] cells.
    pub fn table(&self, counts: &[Vec<u64>]) -> Result<Vec<Vec<bool>>, DisclosureError> {
        let cells = counts.iter().map(Vec::len).fold(0_usize, usize::saturating_add);
        if cells > MAX_ROWS {
            return Err(DisclosureError::TooManyRows);
        }
        let mut table = Table::new(counts, self.min_cell);
        table.protect();
        Ok(table.shown())
    }
}

fn sums<'a>(rows: impl Iterator<Item = &'a GroupCount>) -> (u64, u64) {
    rows.fold((0, 0), |(size, count), row| (size.saturating_add(row.size), count.saturating_add(row.count)))
}

impl Explain for DisclosurePolicy {
    fn sentence(&self) -> String {
        format!(
            "No published number stands for fewer than {} people, and nothing is said about a group smaller than {} in \
             which nobody or everybody did the same.",
            self.min_cell, self.min_unanimous
        )
    }
}

impl Explain for HiddenBecause {
    fn sentence(&self) -> String {
        match self {
            Self::TooSmall => "Hidden because the number is too small.".into(),
            Self::Unanimous => "Hidden because nobody or everybody in a small group did it.".into(),
            Self::Complement => "Hidden because it would give away another hidden number.".into(),
        }
    }
}
