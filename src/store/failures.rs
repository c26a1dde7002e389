//! What went wrong for good, for the owner to see: the dead letters.
//!
//! A row is here until the owner removes it, or five hundred newer ones have come.

use super::{Cell, Cells, Row, Store, StoreError};
use crate::time::Timestamp;

/// The most rows that are kept.
const KEPT_MAX: i64 = 500;
/// The most bytes of what a row says.
const ABOUT_BYTES_MAX: usize = 400;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// A message that stopped the process each time it was begun.
    GivenUp,
    /// An effect of which nobody knows whether it happened.
    Unknown,
    /// A message to the owner that its channel did not take.
    Untold,
}

impl Failure {
    /// The word in rows and in the log.
    pub fn word(self) -> &'static str {
        match self {
            Self::GivenUp => "given_up",
            Self::Unknown => "unknown",
            Self::Untold => "untold",
        }
    }

    fn read(word: &str) -> Result<Self, StoreError> {
        match word {
            "given_up" => Ok(Self::GivenUp),
            "unknown" => Ok(Self::Unknown),
            "untold" => Ok(Self::Untold),
            _ => Err(StoreError::Unreadable("what went wrong")),
        }
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureRow {
    /// Its number.
    pub n: i64,
    /// When.
    pub at: Timestamp,
    /// The turn, by its number.
    pub turn: i64,
    /// What went wrong.
    pub failure: Failure,
    /// What it was about, in a line.
    pub about: String,
}

const COLUMNS: &str = "n, at, turn, failure, about";

fn read(row: Row) -> Result<FailureRow, StoreError> {
    let mut cells = Cells::of(row);
    Ok(FailureRow {
        n: cells.int()?,
        at: Timestamp::from_millis(cells.int()?),
        turn: cells.int()?,
        failure: Failure::read(&cells.text()?)?,
        about: cells.text()?,
    })
}

/// Adds a row; the oldest goes if there are too many.
pub fn add(
    store: Store<'_>,
    at: Timestamp,
    turn: i64,
    failure: Failure,
    about: &str,
) -> Result<(), StoreError> {
    let mut until = about.len().min(ABOUT_BYTES_MAX);
    while !about.is_char_boundary(until) {
        until = until.saturating_sub(1);
    }
    store.run(
        "INSERT INTO failures (at, turn, failure, about) VALUES (?, ?, ?, ?)",
        &[
            Cell::from(at.millis()),
            Cell::from(turn),
            Cell::from(failure.word()),
            Cell::from(about.get(..until).unwrap_or_default()),
        ],
    )?;
    store.run(
        "DELETE FROM failures WHERE n <= (SELECT max(n) FROM failures) - ?",
        &[Cell::from(KEPT_MAX)],
    )?;
    Ok(())
}

/// The latest rows, newest first.
pub fn latest(store: Store<'_>, limit: i64) -> Result<Vec<FailureRow>, StoreError> {
    let statement = format!("SELECT {COLUMNS} FROM failures ORDER BY n DESC LIMIT ?");
    let rows = store.run(&statement, &[Cell::from(limit)])?;
    rows.into_iter().map(read).collect()
}

/// How many there are.
pub fn count(store: Store<'_>) -> Result<i64, StoreError> {
    let rows = store.run("SELECT count(*) FROM failures", &[])?;
    rows.into_iter()
        .next()
        .map_or(Ok(0), |row| Cells::of(row).int())
}

/// How many there are since an instant.
pub fn count_since(store: Store<'_>, since: Timestamp) -> Result<i64, StoreError> {
    let rows = store.run(
        "SELECT count(*) FROM failures WHERE at > ?",
        &[Cell::from(since.millis())],
    )?;
    rows.into_iter()
        .next()
        .map_or(Ok(0), |row| Cells::of(row).int())
}

/// One row by its number.
pub fn get(store: Store<'_>, n: i64) -> Result<Option<FailureRow>, StoreError> {
    let statement = format!("SELECT {COLUMNS} FROM failures WHERE n = ?");
    let rows = store.run(&statement, &[Cell::from(n)])?;
    rows.into_iter().next().map(read).transpose()
}

/// Removes one row.
pub fn remove(store: Store<'_>, n: i64) -> Result<(), StoreError> {
    store.run("DELETE FROM failures WHERE n = ?", &[Cell::from(n)])?;
    Ok(())
}

/// Removes all rows.
pub fn clear(store: Store<'_>) -> Result<(), StoreError> {
    store.run("DELETE FROM failures", &[])?;
    Ok(())
}
