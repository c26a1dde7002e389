//! Rows. One file per table; every statement is in the file of its table.
//!
//! [`Sql`] is the port to the database: a Durable Object's storage in production, SQLite natively.
//! [`Store`] checks the production limits in every build, since the local runtime does not.
//! Nothing here decides anything.

pub mod approvals;
pub mod audit;
pub mod compaction;
pub mod conversations;
pub mod documents;
pub mod effects;
pub mod facts;
pub mod failures;
pub mod handles;
pub mod ledger;
#[cfg(not(target_arch = "wasm32"))]
pub mod memory;
pub mod migrations;
pub mod schema;
pub mod sessions;
pub mod settings;
pub mod shown;
pub mod snapshot;
pub mod standing;
pub mod tallies;
pub mod timers;
pub mod turns;
pub mod wake;

/// One cell of a row, or one bound parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// NULL.
    Null,
    /// A whole number within ±2^53, since it passes through a JavaScript number.
    Int(i64),
    /// A text.
    Text(String),
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Cell {
    /// An amount; what is too large for a cell is as large as one can be.
    fn from(amount: u64) -> Self {
        let amount = amount.min(crate::budget::amount::LARGEST);
        Self::Int(i64::try_from(amount).unwrap_or(i64::MAX))
    }
}

/// A row.
pub type Row = Vec<Cell>;

/// Why the database did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A cell is over [`CELL_BYTES_MAX`], a statement too long or parameters too many.
    #[error("over a limit of the storage: {0}")]
    Limit(&'static str),
    /// The database refused the statement.
    #[error("the storage refused: {0}")]
    Refused(String),
    /// A row is not what this version writes.
    #[error("a stored row cannot be read: {0}")]
    Unreadable(&'static str),
}

/// The most bytes of one cell. Rows may have 2 MB in production; this leaves room for the rest.
pub const CELL_BYTES_MAX: usize = 1_900_000;
/// Values over this are stored in pieces.
pub const PIECE_BYTES: usize = 256 * 1024;
const STATEMENT_BYTES_MAX: usize = 100_000;
const PARAMETERS_MAX: usize = 100;

/// The port to the database.
pub trait Sql {
    /// Runs one statement and returns all its rows.
    fn run(&self, statement: &str, parameters: &[Cell]) -> Result<Vec<Row>, StoreError>;
    /// Runs `work`; all its statements are kept if it is `Ok`, none if it is `Err`.
    fn atomically(
        &self,
        work: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;
}

/// The database behind its limits.
#[derive(Clone, Copy)]
pub struct Store<'a> {
    sql: &'a dyn Sql,
}

impl<'a> Store<'a> {
    /// A store over a database.
    pub fn new(sql: &'a dyn Sql) -> Self {
        Self { sql }
    }

    /// Runs one statement.
    pub fn run(&self, statement: &str, parameters: &[Cell]) -> Result<Vec<Row>, StoreError> {
        if statement.len() > STATEMENT_BYTES_MAX {
            return Err(StoreError::Limit("a statement has at most 100 KB"));
        }
        if parameters.len() > PARAMETERS_MAX {
            return Err(StoreError::Limit("a statement has at most 100 parameters"));
        }
        let fits = |cell: &Cell| !matches!(cell, Cell::Text(text) if text.len() > CELL_BYTES_MAX);
        if !parameters.iter().all(fits) {
            return Err(StoreError::Limit("a row has at most 2 MB"));
        }
        self.sql.run(statement, parameters)
    }

    /// Runs `work` in one transaction.
    pub fn atomically<T, E: From<StoreError>>(
        &self,
        mut work: impl FnMut() -> Result<T, E>,
    ) -> Result<T, E> {
        let mut outcome = None;
        let ended = self.sql.atomically(&mut || {
            let result = work();
            let failed = result.is_err();
            outcome = Some(result);
            if failed {
                Err(StoreError::Refused("rolled back".to_owned()))
            } else {
                Ok(())
            }
        });
        match (outcome, ended) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => {
                Err(StoreError::Refused("the transaction did not run".to_owned()).into())
            }
        }
    }
}

/// The cells of one row, read in order.
pub(crate) struct Cells(std::vec::IntoIter<Cell>);

impl Cells {
    pub(crate) fn of(row: Row) -> Self {
        Self(row.into_iter())
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        match self.0.next() {
            Some(Cell::Text(text)) => Ok(text),
            _ => Err(StoreError::Unreadable("a text was expected")),
        }
    }

    pub(crate) fn int(&mut self) -> Result<i64, StoreError> {
        match self.0.next() {
            Some(Cell::Int(number)) => Ok(number),
            _ => Err(StoreError::Unreadable("a number was expected")),
        }
    }

    /// An amount, which is never less than nothing.
    fn amount(&mut self) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.int()?).unwrap_or(0))
    }

    /// The next amounts.
    pub(crate) fn amounts<const N: usize>(&mut self) -> Result<[u64; N], StoreError> {
        let mut amounts = [0; N];
        for amount in &mut amounts {
            *amount = self.amount()?;
        }
        Ok(amounts)
    }

    pub(crate) fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, StoreError> {
        from_json(&self.text()?)
    }
}

/// Reads a stored JSON text.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable("a JSON column"))
}

/// Writes a JSON text.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Unreadable("a value without JSON form"))
}

#[cfg(test)]
mod tests;
