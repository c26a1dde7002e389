//! A copy is of one instant, whatever is written while it is read, and is of everything.

use super::*;
use crate::store::memory::Memory;
use crate::store::migrations;
use std::collections::{BTreeMap, BTreeSet};

fn database() -> Memory {
    let memory = Memory::open().unwrap();
    migrations::migrate(Store::new(&memory)).unwrap();
    memory
}

/// A row of numbers and texts that are made of `n`, so that every key is another.
fn row_of(table: &Table, n: i64) -> Row {
    let columns = table.columns.iter();
    columns
        .map(|(name, kind)| match kind.as_str() {
            "INTEGER" => Cell::from(n),
            _ => Cell::from(format!("{name} {n:04}")),
        })
        .collect()
}

fn write(store: Store<'_>, verb: &str, table: &Table, row: &Row) {
    let marks = vec!["?"; row.len()].join(", ");
    let statement = format!("{verb} INTO {} VALUES ({marks})", table.name);
    store.run(&statement, row).unwrap();
}

/// All rows of a copy by table, read page by page; `between` runs after every page.
fn read(
    store: Store<'_>,
    counted: &[(Table, i64)],
    mut between: impl FnMut(),
) -> BTreeMap<String, Vec<Row>> {
    let mut all = BTreeMap::new();
    for (table, count) in counted {
        let mut rows: Vec<Row> = Vec::new();
        loop {
            let after = rows.last().map(|row| key_of(table, row));
            let next = page(store, table, &after.unwrap_or_default()).unwrap();
            if next.is_empty() {
                break;
            }
            rows.extend(next);
            between();
        }
        assert_eq!(i64::try_from(rows.len()).unwrap(), *count, "{}", table.name);
        all.insert(table.name.clone(), rows);
    }
    all
}

/// What a plain look at the tables finds.
fn look(store: Store<'_>, counted: &[(Table, i64)]) -> BTreeMap<String, Vec<Row>> {
    let rows = |table: &Table| {
        let key = table.key.join(", ");
        let statement = format!(
            "SELECT * FROM {} WHERE {} ORDER BY {key}",
            table.name,
            copied(table)
        );
        store.run(&statement, &[]).unwrap()
    };
    let each = counted.iter();
    each.map(|(table, _)| (table.name.clone(), rows(table)))
        .collect()
}

#[test]
fn every_table_is_in_a_copy_but_those_that_log_somebody_in() {
    let memory = database();
    let store = Store::new(&memory);
    let counted = begin(store).unwrap();
    let copied: BTreeSet<String> = counted
        .iter()
        .map(|(table, _)| table.name.clone())
        .collect();
    // Asked in another way than the code under test does: from the statements that made them.
    let made = store
        .run(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table'",
            &[],
        )
        .unwrap();
    let mut there: BTreeSet<String> = BTreeSet::new();
    for row in made {
        let mut cells = Cells::of(row);
        let name = cells.text().unwrap();
        if !name.starts_with(PREFIX) && name != "sqlite_sequence" {
            there.insert(name);
        }
    }
    assert!(
        there.remove("sessions"),
        "there are no sessions to leave out"
    );
    assert!(there.len() >= 13, "only {there:?}");
    assert_eq!(copied, there);
    // The platform refuses what is neither number nor text, and a copy needs a key to go by.
    for (table, _) in &counted {
        for (column, kind) in &table.columns {
            let known = matches!(kind.as_str(), "INTEGER" | "TEXT");
            assert!(known, "{}.{column} is {kind}", table.name);
        }
    }
}

#[test]
fn a_copy_is_of_one_instant_whatever_is_written_meanwhile() {
    let memory = database();
    let store = Store::new(&memory);
    for table in schema::tables(store).unwrap() {
        for n in (0..2_400).step_by(2) {
            write(store, "INSERT", &table, &row_of(&table, n));
        }
    }
    let counted = begin(store).unwrap();
    let before = look(store, &counted);
    let mut n = 0_i64;
    // Every way to write that the statements of the tables know, all over the keys.
    let disturb = || {
        for (table, _) in &counted {
            for _ in 0..7 {
                n = (n * 31 + 17) % 2_400;
                write(store, "INSERT OR REPLACE", table, &row_of(table, n));
                n = (n * 31 + 17) % 2_400;
                let mut row = row_of(table, n);
                let free = table.columns.last().unwrap();
                if !table.key.contains(&free.0) {
                    let last = row.last_mut().unwrap();
                    *last = Cell::from("changed");
                    write(store, "INSERT OR REPLACE", table, &row);
                    let set = format!("UPDATE {} SET {} = 'again'", table.name, free.0);
                    let one = format!("{set} WHERE {} = ?", table.key.last().unwrap());
                    let key = key_of(table, &row_of(table, (n + 2) % 2_400))
                        .pop()
                        .unwrap();
                    store.run(&one, &[key]).unwrap();
                }
                n = (n * 31 + 17) % 2_400;
                let key = key_of(table, &row_of(table, n)).pop().unwrap();
                let gone = format!(
                    "DELETE FROM {} WHERE {} = ?",
                    table.name,
                    table.key.last().unwrap()
                );
                store.run(&gone, &[key]).unwrap();
            }
        }
    };
    let mut disturb = disturb;
    disturb();
    let mut pages = 0;
    let copy = read(store, &counted, || {
        pages += 1;
        disturb();
    });
    assert!(
        pages >= 5 * counted.len(),
        "a table that is one page shows little"
    );
    assert_eq!(copy, before);
    assert_ne!(
        look(store, &counted),
        before,
        "nothing was written meanwhile"
    );
}

#[test]
fn what_takes_the_place_of_another_row_does_not_hide_it() {
    let memory = database();
    let store = Store::new(&memory);
    let shows = |handles: &str| {
        let statement =
            "INSERT OR REPLACE INTO shown (conversation, message, handles) VALUES ('c', 'm', ?)";
        store.run(statement, &[Cell::from(handles)]).unwrap();
    };
    shows("[1]");
    let counted = begin(store).unwrap();
    // It has another number and the same message, so it replaces the first by a unique index.
    shows("[2]");
    shows("[3]");
    let copy = read(store, &counted, || ());
    let texts = ["c", "m", "[1]"].map(Cell::from);
    let [row] = copy["shown"].as_slice() else {
        panic!("{:?}", copy["shown"]);
    };
    assert_eq!(row[1..], texts);
}

#[test]
fn pages_are_bounded_by_bytes_and_large_rows_come_alone() {
    let memory = database();
    let store = Store::new(&memory);
    let large = "é".repeat(300_000);
    for n in 0..40 {
        let body = if n % 10 == 3 { large.as_str() } else { "small" };
        let row = [
            "x".into(),
            "y".into(),
            format!("{n:02}").into(),
            Cell::from(0_i64),
            body.into(),
        ];
        let statement = "INSERT INTO documents VALUES (?, ?, ?, ?, ?)";
        store.run(statement, &row).unwrap();
    }
    let counted = begin(store).unwrap();
    let (table, count) = counted
        .iter()
        .find(|(table, _)| table.name == "documents")
        .unwrap();
    let mut after = Vec::new();
    let mut sizes = Vec::new();
    loop {
        let rows = page(store, table, &after).unwrap();
        let Some(last) = rows.last() else { break };
        after = key_of(table, last);
        sizes.push(rows.len());
    }
    assert_eq!(
        sizes.iter().sum::<usize>(),
        usize::try_from(*count).unwrap()
    );
    assert_eq!(sizes, [3, 1, 9, 1, 9, 1, 9, 1, 6]);
}

#[test]
fn what_a_dead_process_left_behind_is_found_and_removed() {
    let memory = database();
    let store = Store::new(&memory);
    let objects = || {
        store
            .run(
                "SELECT type, name, sql FROM sqlite_master ORDER BY name",
                &[],
            )
            .unwrap()
    };
    let before = objects();
    begin(store).unwrap();
    assert!(objects().len() > before.len() + 70);
    // A second one begins where the first was left.
    let counted = begin(store).unwrap();
    release(store, &counted[0].0).unwrap();
    end(store).unwrap();
    assert_eq!(objects(), before);
}

#[test]
fn open_pairings_stay_behind_and_a_used_login_link_stays_used() {
    let memory = database();
    let store = Store::new(&memory);
    let names = [
        "zone",
        "login:abc",
        "pairing:chat",
        "owner:chat",
        "restoring",
    ];
    for name in names {
        super::super::settings::set(store, name, "1").unwrap();
    }
    let counted = begin(store).unwrap();
    super::super::settings::set(store, "pairing:later", "1").unwrap();
    super::super::settings::remove(store, "pairing:chat").unwrap();
    super::super::settings::remove(store, "login:abc").unwrap();
    let copy = read(store, &counted, || ());
    let kept: Vec<&Cell> = copy["settings"].iter().map(|row| &row[0]).collect();
    let wanted = ["login:abc", "owner:chat", "zone"].map(Cell::from);
    assert_eq!(kept, wanted.iter().collect::<Vec<_>>());
    assert!(
        names
            .iter()
            .all(|name| is_left_out(name) != wanted.contains(&Cell::from(*name)))
    );
}
