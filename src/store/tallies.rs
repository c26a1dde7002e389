//! Counts by day and source: bits that were extracted, questions that the owner refused.
//!
//! Days are counted in UTC. Old days are removed when a new one is written.

use super::{Cell, Cells, Store, StoreError};
use crate::time::Timestamp;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tally {
    /// Bits of a source that reached planners.
    Bits,
    /// Questions about what a source had a say in, to which the owner said no.
    Refusals,
}

impl Tally {
    fn word(self) -> &'static str {
        match self {
            Self::Bits => "bits",
            Self::Refusals => "refusals",
        }
    }
}

const DAY_MS: i64 = 86_400_000;

fn day(now: Timestamp) -> i64 {
    now.millis().div_euclid(DAY_MS)
}

/// Today's count of a source.
pub fn get(
    store: Store<'_>,
    tally: Tally,
    source: &str,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let rows = store.run(
        "SELECT count FROM tallies WHERE day = ? AND tally = ? AND source = ?",
        &[
            Cell::from(day(now)),
            Cell::from(tally.word()),
            Cell::from(source),
        ],
    )?;
    let count = rows.into_iter().next().map(|row| Cells::of(row).int());
    Ok(count
        .transpose()?
        .and_then(|count| u32::try_from(count).ok())
        .unwrap_or(0))
}

/// Adds to today's count of a source.
pub fn add(
    store: Store<'_>,
    tally: Tally,
    source: &str,
    more: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    store.run("DELETE FROM tallies WHERE day < ?", &[Cell::from(day(now))])?;
    store.run(
        "INSERT INTO tallies (day, tally, source, count) VALUES (?, ?, ?, ?) \
         ON CONFLICT (day, tally, source) DO UPDATE SET count = count + excluded.count",
        &[
            Cell::from(day(now)),
            Cell::from(tally.word()),
            Cell::from(source),
            Cell::from(i64::from(more)),
        ],
    )?;
    Ok(())
}
