//! The audit log's rows: one for each step, chained by hash.

use super::{Cell, Cells, Store, StoreError, to_json};
use crate::audit::{Entry, GENESIS, Record, link};
use crate::time::Timestamp;

/// Adds the entries of one step; none are no row.
pub fn append(store: Store<'_>, at: Timestamp, entries: Vec<Entry>) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let last = store.run("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", &[])?;
    let (seq, prev) = match last.into_iter().next() {
        None => (1, GENESIS.to_owned()),
        Some(row) => {
            let mut cells = Cells::of(row);
            (cells.int()?.saturating_add(1), cells.text()?)
        }
    };
    let record = link(seq, at, entries, prev);
    store.run(
        "INSERT INTO audit (seq, at, entries, hash) VALUES (?, ?, ?, ?)",
        &[
            Cell::from(record.seq),
            Cell::from(record.at.millis()),
            Cell::from(to_json(&record.entries)?),
            Cell::from(record.hash),
        ],
    )?;
    Ok(())
}

/// Records after `after`, at most `limit`, with the hash that each follows.
pub fn after(store: Store<'_>, after: i64, limit: i64) -> Result<Vec<Record>, StoreError> {
    let before = store.run("SELECT hash FROM audit WHERE seq = ?", &[Cell::from(after)])?;
    let mut prev = match before.into_iter().next() {
        Some(row) => Cells::of(row).text()?,
        None => GENESIS.to_owned(),
    };
    let rows = store.run(
        "SELECT seq, at, entries, hash FROM audit WHERE seq > ? ORDER BY seq LIMIT ?",
        &[Cell::from(after), Cell::from(limit)],
    )?;
    rows.into_iter()
        .map(|row| {
            let mut cells = Cells::of(row);
            let record = Record {
                seq: cells.int()?,
                at: Timestamp::from_millis(cells.int()?),
                entries: cells.json()?,
                prev: prev.clone(),
                hash: cells.text()?,
            };
            prev.clone_from(&record.hash);
            Ok(record)
        })
        .collect()
}
