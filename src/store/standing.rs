//! Standing rules that the owner made, and how often each was used.
//!
//! The rule is a JSON text whose shape belongs to `agent::standing`.

use super::{Cell, Cells, Store, StoreError};

/// A rule as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingRow {
    /// Its number, by which the owner forbids it again.
    pub n: i64,
    /// How often it has been used.
    pub used: i64,
    /// The rule.
    pub rule: String,
}

/// Adds a rule and returns its number.
pub fn add(store: Store<'_>, rule: &str) -> Result<i64, StoreError> {
    let rows = store.run(
        "INSERT INTO standing (used, rule) VALUES (0, ?) RETURNING n",
        &[Cell::from(rule)],
    )?;
    let row = rows
        .into_iter()
        .next()
        .ok_or(StoreError::Unreadable("a rule's number"))?;
    Cells::of(row).int()
}

/// All rules, oldest first.
pub fn all(store: Store<'_>) -> Result<Vec<StandingRow>, StoreError> {
    let rows = store.run(
        "SELECT n, used, rule FROM standing ORDER BY n LIMIT 200",
        &[],
    )?;
    rows.into_iter()
        .map(|row| {
            let mut cells = Cells::of(row);
            Ok(StandingRow {
                n: cells.int()?,
                used: cells.int()?,
                rule: cells.text()?,
            })
        })
        .collect()
}

/// Counts a use.
pub fn use_once(store: Store<'_>, n: i64) -> Result<(), StoreError> {
    store.run(
        "UPDATE standing SET used = used + 1 WHERE n = ?",
        &[Cell::from(n)],
    )?;
    Ok(())
}

/// Removes a rule; `false` if there is none of this number.
pub fn remove(store: Store<'_>, n: i64) -> Result<bool, StoreError> {
    let rows = store.run(
        "DELETE FROM standing WHERE n = ? RETURNING n",
        &[Cell::from(n)],
    )?;
    Ok(!rows.is_empty())
}
