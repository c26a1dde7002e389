//! The database natively: SQLite in memory, the same engine as in production.

use super::{Cell, Row, Sql, StoreError};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

/// A database that lives as long as this value.
pub struct Memory {
    connection: rusqlite::Connection,
}

impl Memory {
    /// An empty database.
    pub fn open() -> Result<Self, StoreError> {
        let connection = rusqlite::Connection::open_in_memory().map_err(|error| refused(&error))?;
        Ok(Self { connection })
    }
}

impl Sql for Memory {
    fn run(&self, statement: &str, parameters: &[Cell]) -> Result<Vec<Row>, StoreError> {
        let mut prepared = self
            .connection
            .prepare_cached(statement)
            .map_err(|error| refused(&error))?;
        let width = prepared.column_count();
        let bound = rusqlite::params_from_iter(parameters.iter());
        let mut rows = prepared.query(bound).map_err(|error| refused(&error))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(|error| refused(&error))? {
            let cells: Result<Row, StoreError> = (0..width)
                .map(
                    |column| match row.get_ref(column).map_err(|error| refused(&error))? {
                        ValueRef::Null => Ok(Cell::Null),
                        ValueRef::Integer(number) => Ok(Cell::Int(number)),
                        ValueRef::Text(text) => {
                            Ok(Cell::Text(String::from_utf8_lossy(text).into()))
                        }
                        ValueRef::Real(_) | ValueRef::Blob(_) => {
                            Err(StoreError::Unreadable("only numbers and texts are stored"))
                        }
                    },
                )
                .collect();
            found.push(cells?);
        }
        Ok(found)
    }

    fn atomically(
        &self,
        work: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.connection
            .execute_batch("SAVEPOINT step")
            .map_err(|error| refused(&error))?;
        let result = work();
        let end = if result.is_ok() {
            "RELEASE step"
        } else {
            "ROLLBACK TO step; RELEASE step"
        };
        self.connection
            .execute_batch(end)
            .map_err(|error| refused(&error))?;
        result
    }
}

impl rusqlite::ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Int(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

fn refused(error: &rusqlite::Error) -> StoreError {
    StoreError::Refused(error.to_string())
}
