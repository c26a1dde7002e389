//! The rows of one instant, read page by page while others write.
//!
//! From [`begin`] on, triggers put what a row was before its first change into a table beside its
//! own. A page is read from both: what has not changed since, and what had. So a copy of any size
//! is of one instant, costs one more row for each that changes meanwhile, and holds one page in
//! memory. A process that dies leaves the triggers behind; [`end`] finds them by their names.

use super::schema::{self, Table, listed, quoted};
use super::{Cell, Cells, Row, Store, StoreError};

/// What the names of all tables and triggers of a copy begin with.
pub const PREFIX: &str = "snapshot_of_";

/// Tables that are not copied: whoever holds a copy should not be logged in by it.
pub const LEFT_OUT: &[&str] = &["sessions"];

/// Settings that are copied: not open pairings, which let somebody in, nor what describes this
/// database and not what is in it. [`is_left_out`] says the same. That a login link was used is
/// copied: it stays used.
const SETTINGS_COPIED: &str = "name NOT IN ('schema', 'restoring') AND name NOT GLOB 'pairing:*'";

/// Whether a setting is not copied.
pub fn is_left_out(setting: &str) -> bool {
    matches!(setting, "schema" | "restoring") || setting.starts_with("pairing:")
}

/// How many bytes of cells a page holds, unless its first row alone is larger.
pub const PAGE_BYTES: i64 = 192 * 1024;
/// The most rows of a page.
const PAGE_ROWS: i64 = 256;

/// Begins a copy and says which tables it is of, and how many rows of each. It is for inside a
/// transaction.
pub fn begin(store: Store<'_>) -> Result<Vec<(Table, i64)>, StoreError> {
    end(store)?;
    let mut counted = Vec::new();
    for table in schema::tables(store)? {
        if LEFT_OUT.contains(&table.name.as_str()) {
            continue;
        }
        watch(store, &table)?;
        let statement = format!(
            "SELECT count(*) FROM {} WHERE {}",
            quoted(&table.name),
            copied(&table)
        );
        let rows = store.run(&statement, &[])?;
        let count = rows.into_iter().next().map(|row| Cells::of(row).int());
        counted.push((table, count.transpose()?.unwrap_or(0)));
    }
    Ok(counted)
}

/// The next rows of a table in the order of its key, after the one with the key `after`; none once
/// there are no more.
pub fn page(store: Store<'_>, table: &Table, after: &[Cell]) -> Result<Vec<Row>, StoreError> {
    let names: Vec<String> = table.columns.iter().map(|(name, _)| name.clone()).collect();
    let key = listed(&table.key, str::to_owned, ", ");
    let bytes = listed(
        &names,
        |name| format!("coalesce(octet_length({name}), 0)"),
        " + ",
    );
    let parameters = |limit: i64| {
        let twice = after.iter().chain(after).cloned();
        twice.chain([Cell::from(limit)]).collect::<Vec<_>>()
    };
    // How many rows fit is asked first: a row may have a hundred bytes or two million.
    let sizes = instant(table, &format!("{key}, {bytes}"), after);
    let mut fit = 0_i64;
    let mut left = PAGE_BYTES;
    for row in store.run(&sizes, &parameters(PAGE_ROWS))? {
        let Some(Cell::Int(bytes)) = row.last() else {
            return Err(StoreError::Unreadable("a row's size"));
        };
        left = left.saturating_sub(*bytes);
        if left < 0 && fit > 0 {
            break;
        }
        fit = fit.saturating_add(1);
    }
    if fit == 0 {
        return Ok(Vec::new());
    }
    let all = listed(&names, str::to_owned, ", ");
    store.run(&instant(table, &all, after), &parameters(fit))
}

/// The key of a row of a table.
pub fn key_of(table: &Table, row: &Row) -> Vec<Cell> {
    let place = |name: &String| table.columns.iter().position(|(column, _)| column == name);
    let cells = table.key.iter().filter_map(|name| row.get(place(name)?));
    cells.cloned().collect()
}

/// Ends the copy of one table: it is read to its end.
pub fn release(store: Store<'_>, table: &Table) -> Result<(), StoreError> {
    let beside = format!("{PREFIX}{}", table.name);
    for (trigger, _) in triggers(table) {
        store.run(&format!("DROP TRIGGER IF EXISTS {}", quoted(&trigger)), &[])?;
    }
    store.run(&format!("DROP TABLE IF EXISTS {}", quoted(&beside)), &[])?;
    Ok(())
}

/// Ends a copy, and whatever is left of one whose process died.
pub fn end(store: Store<'_>) -> Result<(), StoreError> {
    let rows = store.run(
        "SELECT type, name FROM sqlite_master WHERE name GLOB ? AND type IN ('table', 'trigger') \
         ORDER BY type DESC",
        &[Cell::from(format!("{PREFIX}*"))],
    )?;
    for row in rows {
        let mut cells = Cells::of(row);
        let kind = cells.text()?.to_uppercase();
        let name = quoted(&cells.text()?);
        store.run(&format!("DROP {kind} {name}"), &[])?;
    }
    Ok(())
}

/// Which rows of a table are copied, as a condition.
fn copied(table: &Table) -> &'static str {
    match table.name.as_str() {
        "settings" => SETTINGS_COPIED,
        _ => "1",
    }
}

/// The rows of the instant in the order of the key, as a statement that lacks its limit. SQLite
/// merges the two halves as it reads them, so that no more is read than the limit says.
fn instant(table: &Table, wanted: &str, after: &[Cell]) -> String {
    let (own, beside) = (
        quoted(&table.name),
        quoted(&format!("{PREFIX}{}", table.name)),
    );
    let key = listed(&table.key, str::to_owned, ", ");
    let condition = copied(table);
    let later = if after.is_empty() {
        String::new()
    } else {
        let marks = vec!["?"; after.len()].join(", ");
        format!(" AND ({key}) > ({marks})")
    };
    let same = listed(
        &table.key,
        |name| format!("changed.{name} = {own}.{name}"),
        " AND ",
    );
    format!(
        "SELECT {wanted} FROM {own} WHERE {condition}{later} \
         AND NOT EXISTS (SELECT 1 FROM {beside} AS changed WHERE {same}) \
         UNION ALL SELECT {wanted} FROM {beside} WHERE snapshot_was = 1 AND {condition}{later} \
         ORDER BY {key} LIMIT ?"
    )
}

/// Keeps what the rows of a table are before they change.
fn watch(store: Store<'_>, table: &Table) -> Result<(), StoreError> {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|(name, kind)| format!("{} {kind}", quoted(name)))
        .collect();
    let statement = format!(
        "CREATE TABLE {} ({}, snapshot_was INTEGER NOT NULL, PRIMARY KEY ({})) WITHOUT ROWID",
        quoted(&format!("{PREFIX}{}", table.name)),
        columns.join(", "),
        listed(&table.key, str::to_owned, ", ")
    );
    store.run(&statement, &[])?;
    for (name, body) in triggers(table) {
        store.run(&format!("CREATE TRIGGER {} {body}", quoted(&name)), &[])?;
    }
    Ok(())
}

/// The triggers of a table by name. None relies on a conflict clause: that of the statement which
/// sets a trigger off would override it.
fn triggers(table: &Table) -> Vec<(String, String)> {
    let (own, beside) = (
        quoted(&table.name),
        quoted(&format!("{PREFIX}{}", table.name)),
    );
    let names: Vec<String> = table.columns.iter().map(|(name, _)| name.clone()).collect();
    let all = listed(&names, str::to_owned, ", ");
    let key = listed(&table.key, str::to_owned, ", ");
    let unknown = |row: &str| {
        let same = listed(
            &table.key,
            |name| format!("changed.{name} = {row}.{name}"),
            " AND ",
        );
        format!("NOT EXISTS (SELECT 1 FROM {beside} AS changed WHERE {same})")
    };
    // What is replaced is deleted without a word to the triggers of deletion.
    let replaced: Vec<String> = table
        .unique
        .iter()
        .map(|columns| {
            let same = listed(
                columns,
                |name| format!("{own}.{name} = NEW.{name}"),
                " AND ",
            );
            format!(
                "INSERT INTO {beside} SELECT {all}, 1 FROM {own} WHERE {same} AND {}; ",
                unknown(&own)
            )
        })
        .collect();
    let old = listed(&names, |name| format!("OLD.{name}"), ", ");
    let was = format!(
        "INSERT INTO {beside} SELECT {old}, 1 WHERE {};",
        unknown("OLD")
    );
    let new = listed(&table.key, |name| format!("NEW.{name}"), ", ");
    let was_not = format!(
        "INSERT INTO {beside} ({key}, snapshot_was) SELECT {new}, 0 WHERE {};",
        unknown("NEW")
    );
    let on =
        |when: &str, what: &str, body: &str| format!("{when} {what} ON {own} BEGIN {body} END");
    [
        ("inserts", on("BEFORE", "INSERT", &replaced.concat())),
        ("inserted", on("AFTER", "INSERT", &was_not)),
        ("updates", on("BEFORE", "UPDATE", &was)),
        ("updated", on("AFTER", "UPDATE", &was_not)),
        ("deletes", on("BEFORE", "DELETE", &was)),
    ]
    .into_iter()
    .map(|(name, body)| (format!("{PREFIX}{}_{name}", table.name), body))
    .collect()
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;
