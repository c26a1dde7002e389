//! What tables there are, read from the database itself: a copy of everything must not depend on a
//! list that somebody forgot to add to.

use super::{Cell, Cells, Store, StoreError};

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns in order, with their declared types.
    pub columns: Vec<(String, String)>,
    /// The columns of its primary key, in the key's order.
    pub key: Vec<String>,
    /// The columns of each unique index, the primary key's included.
    pub unique: Vec<Vec<String>>,
}

/// All tables of ours in order of name, but those that hold a copy.
pub fn tables(store: Store<'_>) -> Result<Vec<Table>, StoreError> {
    let rows = store.run(
        "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
        &[],
    )?;
    let mut tables = Vec::new();
    for row in rows {
        let name = Cells::of(row).text()?;
        // The first are SQLite's own, the next the platform's.
        let foreign = ["sqlite_", "_cf_", "__cf_", super::snapshot::PREFIX];
        if !foreign.iter().any(|prefix| name.starts_with(prefix)) {
            tables.push(table(store, name)?);
        }
    }
    Ok(tables)
}

fn table(store: Store<'_>, name: String) -> Result<Table, StoreError> {
    let mut columns = Vec::new();
    let mut places = Vec::new();
    for row in store.run(&format!("PRAGMA table_info({})", quoted(&name)), &[])? {
        let [_, column, kind, _, _, place] = row.as_slice() else {
            return Err(StoreError::Unreadable("a table's columns"));
        };
        let (Cell::Text(column), Cell::Text(kind), Cell::Int(place)) = (column, kind, place) else {
            return Err(StoreError::Unreadable("a table's columns"));
        };
        columns.push((column.clone(), kind.clone()));
        places.push(*place);
    }
    // Each column has its place in the key, from 1; those that are not in it have 0.
    let place_of = |n: i64| places.iter().position(|place| *place == n);
    let key: Vec<String> = (1..)
        .map_while(|n| columns.get(place_of(n)?))
        .map(|(column, _)| column.clone())
        .collect();
    if key.is_empty() {
        return Err(StoreError::Unreadable("a table has no primary key"));
    }
    let mut unique = vec![key.clone()];
    for row in store.run(&format!("PRAGMA index_list({})", quoted(&name)), &[])? {
        let [_, index, Cell::Int(1), _, Cell::Int(0)] = row.as_slice() else {
            continue;
        };
        let Cell::Text(index) = index else {
            return Err(StoreError::Unreadable("an index's name"));
        };
        let mut of_index = Vec::new();
        for row in store.run(&format!("PRAGMA index_info({})", quoted(index)), &[])? {
            match row.into_iter().nth(2) {
                Some(Cell::Text(column)) => of_index.push(column),
                _ => return Err(StoreError::Unreadable("an index's columns")),
            }
        }
        if !unique.contains(&of_index) {
            unique.push(of_index);
        }
    }
    Ok(Table {
        name,
        columns,
        key,
        unique,
    })
}

/// The numbers that SQLite gave last, by table: a number that was given is not given again.
pub fn sequences(store: Store<'_>) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = store.run("SELECT name, seq FROM sqlite_sequence ORDER BY name", &[])?;
    let read = |row| {
        let mut cells = Cells::of(row);
        Ok((cells.text()?, cells.int()?))
    };
    rows.into_iter().map(read).collect()
}

/// Sets the number that SQLite gave last in a table.
pub fn set_sequence(store: Store<'_>, table: &str, last: i64) -> Result<(), StoreError> {
    store.run(
        "DELETE FROM sqlite_sequence WHERE name = ?",
        &[Cell::from(table)],
    )?;
    store.run(
        "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)",
        &[Cell::from(table), Cell::from(last)],
    )?;
    Ok(())
}

/// A name as SQL takes it, whatever is in it.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Names with something around each, joined.
pub(super) fn listed(names: &[String], each: impl Fn(&str) -> String, between: &str) -> String {
    let parts: Vec<String> = names.iter().map(|name| each(&quoted(name))).collect();
    parts.join(between)
}
