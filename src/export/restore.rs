//! Puts an export into a fresh database, page by page.
//!
//! While a restore is under way the database is marked, and whoever runs the agent does nothing
//! else with it. The mark goes in the transaction that finds the rows whole. What came in is only
//! in the database and the sum only in memory, so a restore that breaks off is begun anew, from an
//! empty database.

use super::lines::{self, Header, Sum, Trailer};
use crate::audit::Entry;
use crate::egress::{self, Vault};
use crate::http::Problem;
use crate::store::schema::{self, Table};
use crate::store::{
    Cell, Store, StoreError, audit, documents, effects, migrations, settings, snapshot, turns,
};
use crate::time::Timestamp;
use serde_json::{Map, Value as Json};

/// The setting that marks a database whose restore is not finished.
pub const MARK: &str = "restoring";

/// Why a restore does not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The first line says nothing that is understood.
    #[error("This is no export of this program, or one in a format that it does not know.")]
    NotAnExport,
    /// The export is from a later version.
    #[error("This export was made by version {0}, which is newer. Update this deployment first.")]
    Newer(String),
    /// The database is in use.
    #[error("This agent has been used already. An export goes into a fresh deployment only.")]
    NotEmpty,
    /// There is no such restore, or no more.
    #[error("No such restore is under way: it broke off or was never begun. Begin it anew.")]
    NotUnderWay,
    /// A page is missing or comes twice.
    #[error("Page {0} was expected. Begin the restore anew.")]
    WrongPage(u64),
    /// The rows are not those that were exported.
    #[error("The export is damaged: {0}. Nothing was restored.")]
    Damaged(&'static str),
    /// The storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RestoreError {
    /// What whoever restores is told; `Err` if it is the storage's fault.
    pub fn into_problem(self) -> Result<Problem, StoreError> {
        let (status, code) = match &self {
            Self::NotAnExport => (400, "not_an_export"),
            Self::Newer(_) => (409, "newer_export"),
            Self::NotEmpty => (409, "not_empty"),
            Self::NotUnderWay => (409, "no_restore"),
            Self::WrongPage(_) => (409, "wrong_page"),
            Self::Damaged(_) => (422, "damaged_export"),
            Self::Store(error) => return Err(error.clone()),
        };
        Ok(Problem::new(status, code, self.to_string()))
    }
}

/// What a restore has brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// How many rows.
    pub rows: i64,
    /// How many sealed tokens were dropped, since they were sealed under another key.
    pub tokens_dropped: usize,
    /// How many calls the other deployment may have made after the export.
    pub unknown: usize,
}

/// A restore under way.
pub struct Restore {
    /// Its id, so that no page of another one gets in.
    pub id: String,
    header: Header,
    tables: Vec<Table>,
    sum: Sum,
    pages: u64,
}

/// Whether a restore has been begun and not finished.
pub fn is_under_way(store: Store<'_>) -> Result<bool, StoreError> {
    Ok(settings::get(store, MARK)?.is_some())
}

/// Gives a restore up: the database is empty again.
pub fn abandon(store: Store<'_>) -> Result<(), StoreError> {
    if is_under_way(store)? {
        empty(store, migrations::STEPS_TOTAL)?;
        settings::remove(store, MARK)?;
    }
    Ok(())
}

/// Drops all that is there and makes the tables anew, as they were at a step of the schema.
fn empty(store: Store<'_>, steps: usize) -> Result<(), StoreError> {
    store.atomically(|| {
        snapshot::end(store)?;
        for table in schema::tables(store)? {
            if table.name != "settings" {
                store.run(&format!("DROP TABLE {}", schema::quoted(&table.name)), &[])?;
            }
        }
        settings::clear(store)?;
        settings::set(store, MARK, "1")
    })?;
    migrations::migrate_to(store, steps)
}

impl Restore {
    /// Begins a restore with an export's first line.
    pub fn begin(store: Store<'_>, line: &[u8], id: String) -> Result<Self, RestoreError> {
        if !is_under_way(store)? && turns::next_seq(store)? > 1 {
            return Err(RestoreError::NotEmpty);
        }
        let text = std::str::from_utf8(line).ok();
        let header = text
            .and_then(Header::read)
            .ok_or(RestoreError::NotAnExport)?;
        if header.schema > migrations::STEPS_TOTAL {
            let version = header.version.chars().take(40).collect();
            return Err(RestoreError::Newer(version));
        }
        empty(store, header.schema)?;
        let mut tables = schema::tables(store)?;
        tables.retain(|table| !snapshot::LEFT_OUT.contains(&table.name.as_str()));
        let is_there = |name: &str| tables.iter().any(|table| table.name == name);
        if !header.tables.iter().all(|(name, _)| is_there(name)) {
            abandon(store)?;
            return Err(RestoreError::NotAnExport);
        }
        let mut sum = Sum::default();
        sum.update(line);
        Ok(Self {
            id,
            header,
            tables,
            sum,
            pages: 0,
        })
    }

    /// Takes the next page of lines. The last one may come again, if its answer was lost.
    pub fn add(&mut self, store: Store<'_>, page: u64, text: &[u8]) -> Result<(), RestoreError> {
        if page.checked_add(1) == Some(self.pages) {
            return Ok(());
        }
        if page != self.pages {
            return Err(RestoreError::WrongPage(self.pages));
        }
        let lines = std::str::from_utf8(text).ok();
        let lines = lines.and_then(|text| text.strip_suffix('\n'));
        let lines = lines.ok_or(RestoreError::Damaged("a line is cut"))?;
        let tables = &self.tables;
        let mut sum = self.sum.clone();
        sum.update(text);
        self.sum = store.atomically(|| {
            let mut sum = sum.clone();
            for line in lines.split('\n') {
                let (name, row) =
                    lines::read_row(line).ok_or(RestoreError::Damaged("a line is no row"))?;
                let table = tables.iter().find(|table| table.name == name);
                let table = table.ok_or(RestoreError::Damaged("a row is of no table"))?;
                sum.count(&name, 1);
                insert(store, table, row)?;
            }
            Ok::<Sum, RestoreError>(sum)
        })?;
        self.pages = self.pages.saturating_add(1);
        Ok(())
    }

    /// Ends a restore with the export's last line: only if all that came is what was exported does
    /// the agent go on from it. `settle` ends the calls that the other deployment may have made
    /// meanwhile, and says how many.
    pub fn finish(
        self,
        store: Store<'_>,
        line: &[u8],
        vault: &dyn Vault,
        now: Timestamp,
        settle: &mut dyn FnMut() -> Result<usize, StoreError>,
    ) -> Result<Restored, RestoreError> {
        let wanted = std::str::from_utf8(line).ok().and_then(Trailer::read);
        let wanted = wanted.ok_or(RestoreError::Damaged("its last line is missing"))?;
        let rows = self.sum.total();
        let found = self.sum.trailer();
        let promised = &self.header.tables;
        let all = promised
            .iter()
            .fold(0_i64, |all, (_, n)| all.saturating_add(*n));
        let fits = |(name, count): &(String, i64)| {
            found.count(name) == *count && wanted.count(name) == *count
        };
        if all != rows || !promised.iter().all(fits) {
            return Err(RestoreError::Damaged("rows are missing"));
        }
        if found.sha256 != wanted.sha256 {
            return Err(RestoreError::Damaged("its hash does not fit"));
        }
        for (table, last) in &self.header.sequences {
            if self.tables.iter().any(|known| known.name == *table) {
                schema::set_sequence(store, table, *last)?;
            }
        }
        // Rows of an older version go the way that its own database would have gone.
        migrations::migrate(store)?;
        // The mark is still there: if this fails, the restore is begun anew.
        let unknown = settle()?;
        let opens = self.header.sealed.as_deref();
        let opens = opens.is_none_or(|mark| egress::tokens::is_own(mark, vault));
        store.atomically(|| {
            let tokens_dropped = if opens {
                0
            } else {
                documents::drop_collection(store, egress::tokens::COLLECTION)?
            };
            effects::doubt_requests(store)?;
            let entry = Entry::Restored {
                exported_at: self.header.at.millis(),
                rows,
                tokens_dropped,
                unknown,
            };
            audit::append(store, now, vec![entry])?;
            settings::remove(store, MARK)?;
            Ok::<_, RestoreError>(Restored {
                rows,
                tokens_dropped,
                unknown,
            })
        })
    }
}

/// Adds a row, with exactly the columns that its table has.
fn insert(store: Store<'_>, table: &Table, mut row: Map<String, Json>) -> Result<(), RestoreError> {
    let damaged = || RestoreError::Damaged("a row does not fit its table");
    let mut cells = Vec::with_capacity(table.columns.len());
    for (column, _) in &table.columns {
        let value = row.remove(column).ok_or_else(damaged)?;
        cells.push(lines::read_cell(value).ok_or_else(damaged)?);
    }
    if !row.is_empty() {
        return Err(damaged());
    }
    // What describes a database, and what would let somebody in, was never exported.
    if table.name == "settings"
        && let Some(Cell::Text(name)) = cells.first()
        && snapshot::is_left_out(name)
    {
        return Err(damaged());
    }
    let marks = vec!["?"; cells.len()].join(", ");
    let statement = format!(
        "INSERT INTO {} VALUES ({marks})",
        schema::quoted(&table.name)
    );
    store.run(&statement, &cells).map_err(|error| match error {
        StoreError::Limit(_) | StoreError::Unreadable(_) => damaged(),
        // A key that is there already is the file's fault as well.
        StoreError::Refused(text) if text.contains("constraint") => damaged(),
        refused @ StoreError::Refused(_) => refused.into(),
    })?;
    Ok(())
}
