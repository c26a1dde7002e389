//! Handles: labelled values that the planner can name and not see.
//!
//! A value over 256 KiB is stored in pieces. A handle belongs to its conversation, so the name of
//! another conversation's handle finds nothing. It is as old as the newest turn was when it was made.

use super::{Cell, Cells, PIECE_BYTES, Store, StoreError, from_json, to_json};
use crate::tool::Kind;
use crate::value::Item;

/// Keeps a value under a name.
pub fn put(
    store: Store<'_>,
    conversation: &str,
    name: &str,
    kind: Kind,
    item: &Item,
) -> Result<(), StoreError> {
    let kind = to_json(&kind)?;
    let body = to_json(item)?;
    // What is shorter than what was there leaves no piece of it behind.
    store.run(
        "DELETE FROM handles WHERE conversation = ? AND name = ?",
        &[Cell::from(conversation), Cell::from(name)],
    )?;
    for (piece, part) in pieces(&body).into_iter().enumerate() {
        store.run(
            "INSERT INTO handles (conversation, name, piece, kind, body, made) \
             VALUES (?, ?, ?, ?, ?, \
             coalesce((SELECT at FROM turns ORDER BY seq DESC LIMIT 1), 0))",
            &[
                Cell::from(conversation),
                Cell::from(name),
                Cell::from(i64::try_from(piece).unwrap_or(i64::MAX)),
                Cell::from(kind.as_str()),
                Cell::from(part),
            ],
        )?;
    }
    Ok(())
}

/// The value behind a name.
pub fn get(
    store: Store<'_>,
    conversation: &str,
    name: &str,
) -> Result<Option<(Kind, Item)>, StoreError> {
    let rows = store.run(
        "SELECT kind, body FROM handles WHERE conversation = ? AND name = ? ORDER BY piece",
        &[Cell::from(conversation), Cell::from(name)],
    )?;
    let mut kind = None;
    let mut body = String::new();
    for row in rows {
        let mut cells = Cells::of(row);
        kind = Some(cells.json::<Kind>()?);
        body.push_str(&cells.text()?);
    }
    kind.map(|kind| Ok((kind, from_json(&body)?))).transpose()
}

/// The kind of the value behind a name, without the value.
pub fn kind(store: Store<'_>, conversation: &str, name: &str) -> Result<Option<Kind>, StoreError> {
    let rows = store.run(
        "SELECT kind FROM handles WHERE conversation = ? AND name = ? AND piece = 0",
        &[Cell::from(conversation), Cell::from(name)],
    )?;
    let first = rows.into_iter().next();
    first.map(|row| Cells::of(row).json()).transpose()
}

/// Cuts a text into pieces of at most [`PIECE_BYTES`], never inside a character.
fn pieces(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while rest.len() > PIECE_BYTES {
        let mut at = PIECE_BYTES;
        while !rest.is_char_boundary(at) {
            at = at.saturating_sub(1);
        }
        let (part, tail) = rest.split_at(at);
        parts.push(part);
        rest = tail;
    }
    parts.push(rest);
    parts
}
