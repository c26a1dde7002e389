//! Timers: what falls due, whose it is and which of its documents it is about.

use super::{Cell, Cells, Row, Store, StoreError};
use crate::id::TimerId;
use crate::time::Timestamp;

/// One timer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// Its id.
    pub id: TimerId,
    /// When it falls due.
    pub due: Timestamp,
    /// The connector that set it.
    pub connector: String,
    /// The connector's document that it is about.
    pub document: String,
}

/// Sets a timer, replacing one of the same id.
pub fn set(store: Store<'_>, timer: &Timer) -> Result<(), StoreError> {
    store.run(
        "INSERT OR REPLACE INTO timers (id, due, connector, document) VALUES (?, ?, ?, ?)",
        &[
            Cell::from(timer.id.as_str()),
            Cell::from(timer.due.millis()),
            Cell::from(timer.connector.as_str()),
            Cell::from(timer.document.as_str()),
        ],
    )?;
    Ok(())
}

/// Puts a timer off and counts that it is tried; how often it was, this time included.
pub fn dare(store: Store<'_>, id: &TimerId, until: Timestamp) -> Result<i64, StoreError> {
    let rows = store.run(
        "UPDATE timers SET due = ?, attempts = attempts + 1 WHERE id = ? RETURNING attempts",
        &[Cell::from(until.millis()), Cell::from(id.as_str())],
    )?;
    rows.into_iter()
        .next()
        .map_or(Ok(0), |row| Cells::of(row).int())
}

/// Forgets a timer.
pub fn clear(store: Store<'_>, id: &TimerId) -> Result<(), StoreError> {
    store.run(
        "DELETE FROM timers WHERE id = ?",
        &[Cell::from(id.as_str())],
    )?;
    Ok(())
}

/// When a timer is due; `None` if there is none.
pub fn when(store: Store<'_>, id: &TimerId) -> Result<Option<Timestamp>, StoreError> {
    let rows = store.run(
        "SELECT due FROM timers WHERE id = ?",
        &[Cell::from(id.as_str())],
    )?;
    let due = rows.into_iter().next().map(|row| Cells::of(row).int());
    Ok(due.transpose()?.map(Timestamp::from_millis))
}

/// The timers that are due, earliest first, at most `limit`.
pub fn due(store: Store<'_>, now: Timestamp, limit: i64) -> Result<Vec<Timer>, StoreError> {
    let rows = store.run(
        "SELECT id, due, connector, document FROM timers WHERE due <= ? ORDER BY due LIMIT ?",
        &[Cell::from(now.millis()), Cell::from(limit)],
    )?;
    rows.into_iter().map(read).collect()
}

fn read(row: Row) -> Result<Timer, StoreError> {
    let mut cells = Cells::of(row);
    Ok(Timer {
        id: TimerId::try_from(cells.text()?).map_err(|_| StoreError::Unreadable("a timer's id"))?,
        due: Timestamp::from_millis(cells.int()?),
        connector: cells.text()?,
        document: cells.text()?,
    })
}
