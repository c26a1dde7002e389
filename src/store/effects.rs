//! The outbox: what is to be done outside, written before it is done.
//!
//! A row is `pending` until it is begun. An effect that must not happen twice is marked `begun`
//! before it leaves, so that after a crash its outcome is known to be unknown. The body is a JSON
//! text whose shape belongs to `agent::effect`.

use super::{Cell, Cells, Store, StoreError};
use crate::budget::Amounts;

/// How far an effect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not begun.
    Pending,
    /// It may have happened.
    Begun,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Begun => "begun",
        }
    }
}

/// One row. A finished effect has none: its outcome is in the turn and in the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectRow {
    /// The turn.
    pub turn: i64,
    /// Its place within the turn.
    pub n: i64,
    /// How far it is.
    pub status: Status,
    /// How often it was begun.
    pub attempts: i64,
    /// What it is.
    pub body: String,
    /// What is reserved for it while a model works on it.
    pub reserved: Amounts,
}

/// Adds an effect.
pub fn insert(store: Store<'_>, turn: i64, n: i64, body: &str) -> Result<(), StoreError> {
    store.run(
        "INSERT INTO effects (turn, n, status, attempts, body) VALUES (?, ?, 'pending', 0, ?)",
        &[Cell::from(turn), Cell::from(n), Cell::from(body)],
    )?;
    Ok(())
}

/// The unfinished effects of a turn, in order.
pub fn of_turn(store: Store<'_>, turn: i64) -> Result<Vec<EffectRow>, StoreError> {
    let rows = store.run(
        "SELECT turn, n, status, attempts, body, tokens, microusd, bytes FROM effects \
         WHERE turn = ? ORDER BY n",
        &[Cell::from(turn)],
    )?;
    rows.into_iter()
        .map(|row| {
            let mut cells = Cells::of(row);
            Ok(EffectRow {
                turn: cells.int()?,
                n: cells.int()?,
                status: match cells.text()?.as_str() {
                    "pending" => Status::Pending,
                    "begun" => Status::Begun,
                    _ => return Err(StoreError::Unreadable("an effect's status")),
                },
                attempts: cells.int()?,
                body: cells.text()?,
                reserved: Amounts::of(cells.amounts()?),
            })
        })
        .collect()
}

/// Marks an effect and counts an attempt, before it is made.
pub fn begin(store: Store<'_>, turn: i64, n: i64, status: Status) -> Result<(), StoreError> {
    store.run(
        "UPDATE effects SET status = ?, attempts = attempts + 1 WHERE turn = ? AND n = ?",
        &[Cell::from(status.word()), Cell::from(turn), Cell::from(n)],
    )?;
    Ok(())
}

/// Reserves what a model call can take, in place of what was reserved before. `again` says that the
/// call was made before, so that the attempt is counted.
pub fn reserve(
    store: Store<'_>,
    turn: i64,
    n: i64,
    amounts: Amounts,
    again: bool,
) -> Result<(), StoreError> {
    store.run(
        "UPDATE effects SET tokens = ?, microusd = ?, bytes = ?, attempts = attempts + ? \
         WHERE turn = ? AND n = ?",
        &[
            Cell::from(amounts.tokens),
            Cell::from(amounts.microusd),
            Cell::from(amounts.bytes),
            Cell::from(i64::from(again)),
            Cell::from(turn),
            Cell::from(n),
        ],
    )?;
    Ok(())
}

/// Puts an effect back that certainly did not happen, or not wholly, for a later attempt.
pub fn put_back(store: Store<'_>, turn: i64, n: i64, body: &str) -> Result<(), StoreError> {
    store.run(
        "UPDATE effects SET status = 'pending', body = ? WHERE turn = ? AND n = ?",
        &[Cell::from(body), Cell::from(turn), Cell::from(n)],
    )?;
    Ok(())
}

/// Removes an effect that is finished.
pub fn finish(store: Store<'_>, turn: i64, n: i64) -> Result<(), StoreError> {
    store.run(
        "DELETE FROM effects WHERE turn = ? AND n = ?",
        &[Cell::from(turn), Cell::from(n)],
    )?;
    Ok(())
}

/// Removes what a turn has not begun, but for what it has to tell.
pub fn drop_pending(store: Store<'_>, turn: i64) -> Result<(), StoreError> {
    store.run(
        "DELETE FROM effects WHERE turn = ? AND status = 'pending' AND body NOT LIKE '{\"tell\"%'",
        &[Cell::from(turn)],
    )?;
    Ok(())
}

/// Counts every request that waits as one that may have happened: rows that come from elsewhere may
/// have been worked off there meanwhile.
pub fn doubt_requests(store: Store<'_>) -> Result<(), StoreError> {
    store.run(
        "UPDATE effects SET status = 'begun', attempts = attempts + 1 \
         WHERE status = 'pending' AND body LIKE '{\"request\"%'",
        &[],
    )?;
    Ok(())
}
