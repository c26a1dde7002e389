//! Conversations: what the planner has seen of each, in one row.
//!
//! The state is a JSON text whose shape belongs to `agent::conversation`.

use super::{Cell, Cells, Store, StoreError};

/// The state of a conversation; `None` for a new one.
pub fn get(store: Store<'_>, id: &str) -> Result<Option<String>, StoreError> {
    let rows = store.run(
        "SELECT state FROM conversations WHERE id = ?",
        &[Cell::from(id)],
    )?;
    rows.into_iter()
        .next()
        .map(|row| Cells::of(row).text())
        .transpose()
}

/// Writes the state of a conversation. The newest turn tells when that was.
pub fn put(store: Store<'_>, id: &str, state: &str) -> Result<(), StoreError> {
    store.run(
        "INSERT INTO conversations (id, state, touched) VALUES (?, ?, \
         coalesce((SELECT at FROM turns ORDER BY seq DESC LIMIT 1), 0)) \
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, touched = excluded.touched",
        &[Cell::from(id), Cell::from(state)],
    )?;
    Ok(())
}

/// Forgets what the planner has seen of a conversation, and the handles that lived in it.
pub fn forget(store: Store<'_>, id: &str) -> Result<(), StoreError> {
    store.run("DELETE FROM conversations WHERE id = ?", &[Cell::from(id)])?;
    store.run(
        "DELETE FROM handles WHERE conversation = ?",
        &[Cell::from(id)],
    )?;
    super::shown::forget(store, id)
}
