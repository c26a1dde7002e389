//! Settings: what the owner or the deployment chose, by name.
//!
//! Names: `schema`, `zone`, `locale`, `stopped`, `quiet`, `budget_day`, `owner:<channel>`, `pairing:<channel>`,
//! `login:…`, `restoring`. What lets somebody in is left out of exports by its name: see `store::snapshot`.

use super::{Cell, Cells, Row, Store, StoreError};

/// The value of a setting.
pub fn get(store: Store<'_>, name: &str) -> Result<Option<String>, StoreError> {
    let rows = store.run(
        "SELECT value FROM settings WHERE name = ?",
        &[Cell::from(name)],
    )?;
    rows.into_iter()
        .next()
        .map(|row| Cells::of(row).text())
        .transpose()
}

/// Those of four settings that are set.
pub fn some(store: Store<'_>, names: [&str; 4]) -> Result<Vec<(String, String)>, StoreError> {
    let rows = store.run(
        "SELECT name, value FROM settings WHERE name IN (?, ?, ?, ?)",
        &names.map(Cell::from),
    )?;
    rows.into_iter().map(pair).collect()
}

/// All settings whose name begins with a prefix, in order of name.
pub fn with_prefix(store: Store<'_>, prefix: &str) -> Result<Vec<(String, String)>, StoreError> {
    let rows = store.run(
        "SELECT name, value FROM settings WHERE name >= ? AND name < ? ORDER BY name",
        &[
            Cell::from(prefix),
            Cell::from(format!("{prefix}\u{10FFFF}")),
        ],
    )?;
    rows.into_iter().map(pair).collect()
}

fn pair(row: Row) -> Result<(String, String), StoreError> {
    let mut cells = Cells::of(row);
    Ok((cells.text()?, cells.text()?))
}

/// Sets a setting.
pub fn set(store: Store<'_>, name: &str, value: &str) -> Result<(), StoreError> {
    store.run(
        "INSERT INTO settings (name, value) VALUES (?, ?) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[Cell::from(name), Cell::from(value)],
    )?;
    Ok(())
}

/// Removes a setting.
pub fn remove(store: Store<'_>, name: &str) -> Result<(), StoreError> {
    store.run("DELETE FROM settings WHERE name = ?", &[Cell::from(name)])?;
    Ok(())
}

/// Removes all settings.
pub fn clear(store: Store<'_>) -> Result<(), StoreError> {
    store.run("DELETE FROM settings", &[])?;
    Ok(())
}
