//! Everything the agent holds, as one encrypted file, and back.
//!
//! [`Export`] reads the rows of one instant page by page (`store::snapshot`), writes them as lines
//! of JSON and encrypts those to the owner's recipient ([`age`]). [`restore`] takes the lines that
//! the owner's computer has decrypted, and puts them into a fresh database. Neither holds more than
//! a page. No binding is in any row, so none is in the file.
//! `docs/decisions/0025-encrypted-export.md` says why it is so.

pub mod age;
pub mod door;
pub mod lines;
pub mod restore;

use crate::audit::Entry;
use crate::store::schema::{self, Table};
use crate::store::{Cell, Store, StoreError, audit, migrations, snapshot};
use crate::time::Timestamp;
use age::{AgeError, Random, Recipient, Writer};
use lines::{Header, Sum};
use std::collections::VecDeque;

/// Why an export cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The file cannot be encrypted.
    #[error(transparent)]
    Age(#[from] AgeError),
    /// The rows cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an export is told of its deployment.
pub struct About<'a> {
    /// The instant.
    pub now: Timestamp,
    /// The recipient as the binding has it.
    pub recipient: &'a str,
    /// A word sealed under `SEAL_KEY`, if there is one.
    pub sealed: Option<String>,
}

/// An export under way.
pub struct Export {
    tables: VecDeque<Table>,
    /// The key of the row that was written last.
    after: Vec<Cell>,
    sum: Sum,
    /// `None` once the file has its end.
    writer: Option<Writer>,
}

impl Export {
    /// Begins an export: records that it is taken, and holds on to the rows of this instant.
    /// Returns it with the file's first bytes.
    pub fn begin(
        store: Store<'_>,
        about: &About<'_>,
        random: &Random,
    ) -> Result<(Self, Vec<u8>), ExportError> {
        let recipient = Recipient::read(about.recipient)?;
        let mut out = Vec::new();
        let mut writer = Writer::begin(&recipient, random, &mut out)?;
        let (counted, sequences) = store.atomically(|| {
            let taken = Entry::ExportBegun {
                recipient: about.recipient.trim().to_owned(),
            };
            audit::append(store, about.now, vec![taken])?;
            Ok::<_, StoreError>((snapshot::begin(store)?, schema::sequences(store)?))
        })?;
        let header = Header {
            schema: migrations::done(store)?,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            at: about.now,
            tables: (counted.iter())
                .map(|(table, rows)| (table.name.clone(), *rows))
                .collect(),
            sequences,
            sealed: about.sealed.clone(),
        };
        let mut sum = Sum::default();
        let line = header.line();
        sum.update(line.as_bytes());
        writer.push(line.as_bytes(), &mut out)?;
        let export = Self {
            tables: counted.into_iter().map(|(table, _)| table).collect(),
            after: Vec::new(),
            sum,
            writer: Some(writer),
        };
        Ok((export, out))
    }

    /// The next bytes of the file, at most a page and a chunk; `None` after its end.
    pub fn next(&mut self, store: Store<'_>) -> Result<Option<Vec<u8>>, ExportError> {
        let mut out = Vec::new();
        while out.is_empty() {
            if self.writer.is_none() {
                return Ok(None);
            }
            self.page(store, &mut out)?;
        }
        Ok(Some(out))
    }

    fn page(&mut self, store: Store<'_>, out: &mut Vec<u8>) -> Result<(), ExportError> {
        let Some(table) = self.tables.front() else {
            let trailer = std::mem::take(&mut self.sum).trailer().line();
            if let Some(mut writer) = self.writer.take() {
                writer.push(trailer.as_bytes(), out)?;
                writer.finish(out)?;
            }
            return Ok(());
        };
        let rows = snapshot::page(store, table, &self.after)?;
        let Some(last) = rows.last() else {
            // What is read to its end need not be kept as it was any longer.
            snapshot::release(store, table)?;
            self.after.clear();
            self.tables.pop_front();
            return Ok(());
        };
        self.after = snapshot::key_of(table, last);
        let mut text = String::new();
        for row in &rows {
            lines::write_row(table, row, &mut text);
        }
        self.sum.count(&table.name, rows.len());
        self.sum.update(text.as_bytes());
        if let Some(writer) = &mut self.writer {
            writer.push(text.as_bytes(), out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
