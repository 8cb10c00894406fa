//! The small-cell guard: which tallies and breakdowns may be published. (`disclosure(min_cell)`; PRV-01 to PRV-03.)

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::words::{self, Explain};

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

/// A table in which cells are hidden until none can be computed.
struct Table<'a> {
    counts: &'a [Vec<u64>],
    hidden: BTreeSet<(usize, usize)>,
}

impl<'a> Table<'a> {
    fn new(counts: &'a [Vec<u64>], min_cell: u64) -> Self {
        let mut hidden = BTreeSet::new();
        for (row, cells) in counts.iter().enumerate() {
            let small = cells.iter().enumerate().filter(|(_, count)| **count > 0 && **count < min_cell);
            hidden.extend(small.map(|(column, _)| (row, column)));
        }
        Self { counts, hidden }
    }

    /// Adds, for each hidden cell that could be computed, the cheapest cells that close a circle through it; where there
    /// is none, the whole row and column go.
    fn protect(&mut self) {
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

    fn shown(&self) -> Vec<Vec<bool>> {
        let rows = self.counts.iter().enumerate();
        rows.map(|(row, cells)| {
            (0..cells.len()).map(|column| !self.hidden.contains(&(row, column))).collect()
        })
        .collect()
    }
}

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

/// What is revealed of each ballot, for the pattern warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revealed {
    /// Rankings of at most so many of the options.
    Rankings {
        /// Ranks.
        ranks: u32,
    },
    /// Scores from 0 to this, for each option.
    Scores {
        /// Highest score.
        highest: u32,
    },
}

/// A warning that a ballot can be made recognisable by an agreed pattern (PRV-03).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatternWarning {
    /// Possible ballots (the greatest number that is kept when there are more).
    pub patterns: u128,
    /// Voters.
    pub voters: u64,
}

/// Warns when there are more possible ballots than a tenth of the voters.
#[must_use]
pub fn pattern_warning(revealed: Revealed, options: u32, voters: u64) -> Option<PatternWarning> {
    let patterns = match revealed {
        Revealed::Scores { highest } => (0..options)
            .fold(1_u128, |product, _| product.saturating_mul(u128::from(highest).saturating_add(1))),
        Revealed::Rankings { ranks } => {
            let mut sum = 1_u128;
            let mut product = 1_u128;
            for taken in 0..ranks.min(options) {
                product = product.saturating_mul(u128::from(options.saturating_sub(taken)));
                sum = sum.saturating_add(product);
            }
            sum
        }
    };
    (patterns.saturating_mul(10) > u128::from(voters)).then_some(PatternWarning { patterns, voters })
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

impl Explain for PatternWarning {
    fn sentence(&self) -> String {
        let patterns = u64::try_from(self.patterns).map_or_else(
            |_| "more ballots than can be written".into(),
            |n| format!("{} different ballots", words::grouped(n)),
        );
        format!(
            "With {} there are {patterns}, so a voter could be recognised by an agreed pattern; use fewer options or ranks.",
            words::count(self.voters, "voter", "voters")
        )
    }
}
