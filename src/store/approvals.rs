//! Approvals: the questions and what became of them.
//!
//! The status changes by compare-and-swap, so of two answers only one counts.

use super::{Cell, Cells, Store, StoreError, to_json};
use crate::approval::{Approval, Status};
use crate::id::ApprovalId;
use crate::time::Timestamp;

/// Adds a question.
pub fn insert(store: Store<'_>, approval: &Approval) -> Result<(), StoreError> {
    store.run(
        "INSERT INTO approvals (id, turn, status, expires_at, body) VALUES (?, ?, ?, ?, ?)",
        &[
            Cell::from(approval.id.as_str()),
            Cell::from(approval.turn),
            Cell::from(approval.status.word()),
            Cell::from(approval.expires_at.millis()),
            Cell::from(to_json(approval)?),
        ],
    )?;
    Ok(())
}

/// One question.
pub fn get(store: Store<'_>, id: &ApprovalId) -> Result<Option<Approval>, StoreError> {
    let rows = store.run(
        "SELECT status, body FROM approvals WHERE id = ?",
        &[Cell::from(id.as_str())],
    )?;
    rows.into_iter().next().map(read).transpose()
}

/// The questions that wait for an answer, those that expire first before the others.
pub fn waiting(store: Store<'_>, limit: i64) -> Result<Vec<Approval>, StoreError> {
    let rows = store.run(
        "SELECT status, body FROM approvals WHERE status = 'waiting' ORDER BY expires_at LIMIT ?",
        &[Cell::from(limit)],
    )?;
    rows.into_iter().map(read).collect()
}

/// The waiting questions whose time is over.
pub fn overdue(store: Store<'_>, now: Timestamp) -> Result<Vec<Approval>, StoreError> {
    let rows = store.run(
        "SELECT status, body FROM approvals WHERE status = 'waiting' AND expires_at <= ? LIMIT 100",
        &[Cell::from(now.millis())],
    )?;
    rows.into_iter().map(read).collect()
}

/// The questions that expired between two instants without an answer.
pub fn expired(
    store: Store<'_>,
    from: Timestamp,
    to: Timestamp,
    limit: i64,
) -> Result<Vec<Approval>, StoreError> {
    let rows = store.run(
        "SELECT status, body FROM approvals \
         WHERE status = 'expired' AND expires_at > ? AND expires_at <= ? \
         ORDER BY expires_at LIMIT ?",
        &[
            Cell::from(from.millis()),
            Cell::from(to.millis()),
            Cell::from(limit),
        ],
    )?;
    rows.into_iter().map(read).collect()
}

/// Answers a waiting question; `false` if it was no longer waiting.
pub fn answer(store: Store<'_>, id: &ApprovalId, status: Status) -> Result<bool, StoreError> {
    let rows = store.run(
        "UPDATE approvals SET status = ? WHERE id = ? AND status = 'waiting' RETURNING id",
        &[Cell::from(status.word()), Cell::from(id.as_str())],
    )?;
    Ok(!rows.is_empty())
}

fn read(row: super::Row) -> Result<Approval, StoreError> {
    let mut cells = Cells::of(row);
    let status = match cells.text()?.as_str() {
        "waiting" => Status::Waiting,
        "approved" => Status::Approved,
        "denied" => Status::Denied,
        "expired" => Status::Expired,
        _ => return Err(StoreError::Unreadable("an approval's status")),
    };
    Ok(Approval {
        status,
        ..cells.json()?
    })
}
