//! A small store for a connector's own documents.
//!
//! It is a port: `store::documents` implements it over rows, tests over memory.

use super::ToolError;

/// A small store for a connector's own documents, inside the turn's transaction.
///
/// Each connector sees its own documents only. Bodies are JSON of at most 256 KiB.
pub trait Documents {
    /// One document.
    fn get(&self, collection: &str, id: &str) -> Result<Option<Document>, DocumentsError>;
    /// Documents whose sort key lies in `from..to`, in ascending order, at most `limit`.
    fn list(
        &self,
        collection: &str,
        from: i64,
        to: i64,
        limit: u32,
    ) -> Result<Vec<Document>, DocumentsError>;
    /// Writes a document, replacing one of the same id.
    fn put(&mut self, collection: &str, document: Document) -> Result<(), DocumentsError>;
    /// Removes a document; `false` if there was none.
    fn remove(&mut self, collection: &str, id: &str) -> Result<bool, DocumentsError>;
}

/// One document of a connector.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its id within the collection.
    pub id: String,
    /// What it is ordered by, usually milliseconds since 1970.
    pub sort: i64,
    /// Its body.
    pub body: serde_json::Value,
}

/// The store could not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentsError {
    /// The body is over the limit.
    #[error("a document has at most 256 KiB")]
    TooLarge,
    /// The storage refused or failed.
    #[error("the storage did not answer")]
    Storage,
}

impl From<DocumentsError> for ToolError {
    fn from(_: DocumentsError) -> Self {
        Self::Unavailable
    }
}
