//! Acceptance stories of elections, with the numbers of elections that were really held. Every archive that comes out of one
//! is judged by the strict verifier and by independent ones.
//!
//! Finite-field groups are slow, so their rolls are smaller here; `ops/full` runs the tests marked as whole.

mod board;
mod box_of_record;
mod council;
mod judge;
mod machines;
mod motion;
mod ranks;
mod rules;
mod rush;
mod seated;
mod seats;
mod stage;
mod timing;
mod vacancy;
mod withdrawal;

/// Marks for one question: `totals[c]` of `ballots` voters choose candidate `c`, spread over all of them.
fn marks(totals: &[usize], ballots: usize) -> Vec<Vec<u8>> {
    let one = |v: usize| {
        let chosen =
            |(c, total): (usize, &usize)| u8::from((v + ballots - (c * 7) % ballots) % ballots < *total);
        totals.iter().enumerate().map(chosen).collect()
    };
    (0..ballots).map(one).collect()
}

/// Numbers the ballots of one question by voter, from voter `first` on.
fn ballots(first: usize, marks: Vec<Vec<u8>>) -> Vec<(usize, Vec<Vec<u8>>)> {
    marks.into_iter().enumerate().map(|(v, m)| (first + v, vec![m])).collect()
}
