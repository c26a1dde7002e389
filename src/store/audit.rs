//! The audit log's rows: one for each step, chained by hash.

use super::{Cell, Cells, Store, StoreError, to_json};
use crate::audit::{Entry, GENESIS, KEPT_MS, Record, link};
use crate::time::Timestamp;

const DAY_MS: i64 = 24 * 3_600_000;
/// The most records that are removed at once.
const ROLLED_UP_MAX: i64 = 500;

/// Rolls up what is older than records are kept, once a day's worth of it is there.
pub fn keep_in_bounds(store: Store<'_>, now: Timestamp) -> Result<(), StoreError> {
    let before = now.plus_millis(-KEPT_MS);
    if oldest(store)?.is_some_and(|oldest| oldest < before.plus_millis(-DAY_MS)) {
        roll_up(store, now, before)?;
    }
    Ok(())
}

/// When the oldest record was written.
pub fn oldest(store: Store<'_>) -> Result<Option<Timestamp>, StoreError> {
    let rows = store.run(
        "SELECT at FROM audit WHERE entries <> '' ORDER BY seq LIMIT 1",
        &[],
    )?;
    let first = rows.into_iter().next();
    first
        .map(|row| Ok(Timestamp::from_millis(Cells::of(row).int()?)))
        .transpose()
}

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

/// Ends a copy of the log that somebody takes: with a record that says so, unless it has just ended.
pub fn end_export(store: Store<'_>, at: Timestamp) -> Result<(), StoreError> {
    let last = store.run("SELECT entries FROM audit ORDER BY seq DESC LIMIT 1", &[])?;
    let ended = match last.into_iter().next() {
        Some(row) => Cells::of(row).json::<Vec<Entry>>()?.last() == Some(&Entry::Exported),
        None => false,
    };
    if ended {
        return Ok(());
    }
    append(store, at, vec![Entry::Exported])
}

/// Removes the records from before an instant, and says in a new one up to where. Of the last that
/// is removed its place and its hash stay, which the first that is left follows.
pub fn roll_up(store: Store<'_>, now: Timestamp, before: Timestamp) -> Result<bool, StoreError> {
    let oldest = store.run(
        "SELECT seq, hash, at FROM audit WHERE entries <> '' ORDER BY seq LIMIT ?",
        &[Cell::from(ROLLED_UP_MAX)],
    )?;
    let mut last = None;
    for row in oldest {
        let mut cells = Cells::of(row);
        let (seq, hash, at) = (cells.int()?, cells.text()?, cells.int()?);
        if at >= before.millis() {
            break;
        }
        last = Some((seq, hash));
    }
    let Some((upto, hash)) = last else {
        return Ok(false);
    };
    append(store, now, vec![Entry::RolledUp { upto, hash }])?;
    store.run("DELETE FROM audit WHERE seq < ?", &[Cell::from(upto)])?;
    store.run(
        "UPDATE audit SET entries = '' WHERE seq = ?",
        &[Cell::from(upto)],
    )?;
    Ok(true)
}

/// Records after `after`, at most `limit`, with the hash that each follows.
pub fn after(store: Store<'_>, after: i64, limit: i64) -> Result<Vec<Record>, StoreError> {
    let rows = store.run(
        "SELECT seq, at, entries, hash FROM audit WHERE seq > ? AND entries <> '' \
         ORDER BY seq LIMIT ?",
        &[Cell::from(after), Cell::from(limit)],
    )?;
    let before = store.run(
        "SELECT hash FROM audit WHERE seq = \
         (SELECT min(seq) FROM audit WHERE seq > ? AND entries <> '') - 1",
        &[Cell::from(after)],
    )?;
    let mut prev = match before.into_iter().next() {
        Some(row) => Cells::of(row).text()?,
        None => GENESIS.to_owned(),
    };
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
