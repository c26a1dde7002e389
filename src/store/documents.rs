//! The documents of connectors, each connector in its own space.

use super::{Cell, Cells, PIECE_BYTES, Row, Store, StoreError};
use crate::tool::{Document, Documents, DocumentsError};

/// The space of one connector.
pub struct Space<'a> {
    store: Store<'a>,
    connector: &'static str,
}

impl<'a> Space<'a> {
    /// The documents of this connector and of no other.
    pub fn of(store: Store<'a>, connector: &'static str) -> Self {
        Self { store, connector }
    }
}

impl Documents for Space<'_> {
    fn get(&self, collection: &str, id: &str) -> Result<Option<Document>, DocumentsError> {
        let rows = self.store.run(
            "SELECT id, sort, body FROM documents \
             WHERE connector = ? AND collection = ? AND id = ?",
            &[
                Cell::from(self.connector),
                Cell::from(collection),
                Cell::from(id),
            ],
        );
        let rows = rows.map_err(|_| DocumentsError::Storage)?;
        rows.into_iter().next().map(read).transpose()
    }

    fn list(
        &self,
        collection: &str,
        from: i64,
        to: i64,
        limit: u32,
    ) -> Result<Vec<Document>, DocumentsError> {
        let rows = self.store.run(
            "SELECT id, sort, body FROM documents WHERE connector = ? AND collection = ? \
             AND sort >= ? AND sort < ? ORDER BY sort, id LIMIT ?",
            &[
                Cell::from(self.connector),
                Cell::from(collection),
                Cell::from(bounded(from)),
                Cell::from(bounded(to)),
                Cell::from(i64::from(limit)),
            ],
        );
        rows.map_err(|_| DocumentsError::Storage)?
            .into_iter()
            .map(read)
            .collect()
    }

    fn put(&mut self, collection: &str, document: Document) -> Result<(), DocumentsError> {
        let body = document.body.to_string();
        if body.len() > PIECE_BYTES {
            return Err(DocumentsError::TooLarge);
        }
        let written = self.store.run(
            "INSERT OR REPLACE INTO documents (connector, collection, id, sort, body) \
             VALUES (?, ?, ?, ?, ?)",
            &[
                Cell::from(self.connector),
                Cell::from(collection),
                Cell::from(document.id),
                Cell::from(bounded(document.sort)),
                Cell::from(body),
            ],
        );
        written.map(drop).map_err(|_| DocumentsError::Storage)
    }

    fn remove(&mut self, collection: &str, id: &str) -> Result<bool, DocumentsError> {
        let gone = self.store.run(
            "DELETE FROM documents WHERE connector = ? AND collection = ? AND id = ? RETURNING id",
            &[
                Cell::from(self.connector),
                Cell::from(collection),
                Cell::from(id),
            ],
        );
        Ok(!gone.map_err(|_| DocumentsError::Storage)?.is_empty())
    }
}

/// Removes a collection of every connector, and says how many documents it had.
pub fn drop_collection(store: Store<'_>, collection: &str) -> Result<usize, StoreError> {
    let gone = store.run(
        "DELETE FROM documents WHERE collection = ? RETURNING id",
        &[Cell::from(collection)],
    )?;
    Ok(gone.len())
}

/// Keeps a sort key exact when it passes through a JavaScript number.
fn bounded(sort: i64) -> i64 {
    const EXACT: i64 = 1 << 53;
    sort.clamp(-EXACT, EXACT)
}

fn read(row: Row) -> Result<Document, DocumentsError> {
    let mut cells = Cells::of(row);
    let mut document = || {
        Ok::<Document, StoreError>(Document {
            id: cells.text()?,
            sort: cells.int()?,
            body: cells.json()?,
        })
    };
    document().map_err(|_| DocumentsError::Storage)
}
