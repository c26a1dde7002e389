//! Which handles a delivered message showed, so that a reply to it can name them.

use super::{Cell, Cells, Store, StoreError, to_json};

/// How many messages of a conversation are remembered.
const KEPT_MAX: i64 = 200;

/// Remembers what a message showed.
pub fn put(
    store: Store<'_>,
    conversation: &str,
    message: &str,
    handles: &[String],
) -> Result<(), StoreError> {
    store.run(
        "INSERT OR REPLACE INTO shown (conversation, message, handles) VALUES (?, ?, ?)",
        &[
            Cell::from(conversation),
            Cell::from(message),
            Cell::from(to_json(&handles)?),
        ],
    )?;
    store.run(
        "DELETE FROM shown WHERE conversation = ? AND n <= \
         (SELECT max(n) FROM shown WHERE conversation = ?) - ?",
        &[
            Cell::from(conversation),
            Cell::from(conversation),
            Cell::from(KEPT_MAX),
        ],
    )?;
    Ok(())
}

/// What a message showed; nothing if it is not remembered.
pub fn get(store: Store<'_>, conversation: &str, message: &str) -> Result<Vec<String>, StoreError> {
    let rows = store.run(
        "SELECT handles FROM shown WHERE conversation = ? AND message = ?",
        &[Cell::from(conversation), Cell::from(message)],
    )?;
    let found = rows.into_iter().next().map(|row| Cells::of(row).json());
    Ok(found.transpose()?.unwrap_or_default())
}

/// Forgets a conversation's messages.
pub fn forget(store: Store<'_>, conversation: &str) -> Result<(), StoreError> {
    store.run(
        "DELETE FROM shown WHERE conversation = ?",
        &[Cell::from(conversation)],
    )?;
    Ok(())
}
