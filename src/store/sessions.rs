//! Console sessions, by the hash of their token: a copy of the database opens no console.

use super::{Cell, Store, StoreError};
use crate::time::Timestamp;

/// Opens a session.
pub fn open(store: Store<'_>, hash: &str, expires_at: Timestamp) -> Result<(), StoreError> {
    store.run(
        "INSERT OR REPLACE INTO sessions (hash, expires_at) VALUES (?, ?)",
        &[Cell::from(hash), Cell::from(expires_at.millis())],
    )?;
    Ok(())
}

/// Whether a session is open.
pub fn is_open(store: Store<'_>, hash: &str, now: Timestamp) -> Result<bool, StoreError> {
    let rows = store.run(
        "SELECT 1 FROM sessions WHERE hash = ? AND expires_at > ?",
        &[Cell::from(hash), Cell::from(now.millis())],
    )?;
    Ok(!rows.is_empty())
}

/// Closes a session, and those that have run out.
pub fn close(store: Store<'_>, hash: &str, now: Timestamp) -> Result<(), StoreError> {
    store.run(
        "DELETE FROM sessions WHERE hash = ? OR expires_at <= ?",
        &[Cell::from(hash), Cell::from(now.millis())],
    )?;
    Ok(())
}

/// Closes the sessions that have run out, and says how many those were.
pub fn close_over(store: Store<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let gone = store.run(
        "DELETE FROM sessions WHERE expires_at <= ? RETURNING hash",
        &[Cell::from(now.millis())],
    )?;
    Ok(gone.len())
}
