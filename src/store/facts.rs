//! What the owner asked the agent to remember, in their own words.

use super::{Cell, Cells, Store, StoreError};

/// A fact as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactRow {
    /// Its number, by which the owner has it forgotten.
    pub n: i64,
    /// The owner's words.
    pub text: String,
}

/// Adds a fact and returns its number.
pub fn add(store: Store<'_>, text: &str) -> Result<i64, StoreError> {
    let rows = store.run(
        "INSERT INTO facts (text) VALUES (?) RETURNING n",
        &[Cell::from(text)],
    )?;
    let row = rows
        .into_iter()
        .next()
        .ok_or(StoreError::Unreadable("a fact's number"))?;
    Cells::of(row).int()
}

/// All facts, oldest first.
pub fn all(store: Store<'_>) -> Result<Vec<FactRow>, StoreError> {
    let rows = store.run("SELECT n, text FROM facts ORDER BY n LIMIT 200", &[])?;
    rows.into_iter()
        .map(|row| {
            let mut cells = Cells::of(row);
            Ok(FactRow {
                n: cells.int()?,
                text: cells.text()?,
            })
        })
        .collect()
}

/// Removes a fact; `false` if there is none of this number.
pub fn remove(store: Store<'_>, n: i64) -> Result<bool, StoreError> {
    let rows = store.run(
        "DELETE FROM facts WHERE n = ? RETURNING n",
        &[Cell::from(n)],
    )?;
    Ok(!rows.is_empty())
}

/// Removes all of them.
pub fn clear(store: Store<'_>) -> Result<(), StoreError> {
    store.run("DELETE FROM facts", &[])?;
    Ok(())
}
