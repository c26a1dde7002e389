//! The store over SQLite in memory: transactions, limits, chains, pieces.

use super::memory::Memory;
use super::*;

#[test]
fn a_failed_step_leaves_nothing() {
    let memory = Memory::open().unwrap();
    let store = Store::new(&memory);
    migrations::migrate(store).unwrap();
    let failed: Result<(), StoreError> = store.atomically(|| {
        settings::set(store, "zone", "Europe/Paris")?;
        Err(StoreError::Refused("later".into()))
    });
    assert_eq!(failed, Err(StoreError::Refused("later".into())));
    assert_eq!(settings::get(store, "zone").unwrap(), None);
}

#[test]
fn migrating_twice_changes_nothing() {
    let memory = Memory::open().unwrap();
    let store = Store::new(&memory);
    migrations::migrate(store).unwrap();
    settings::set(store, "zone", "UTC").unwrap();
    migrations::migrate(store).unwrap();
    assert_eq!(
        settings::get(store, "zone").unwrap().as_deref(),
        Some("UTC")
    );
}

#[test]
fn production_limits_hold_here_too() {
    let memory = Memory::open().unwrap();
    let store = Store::new(&memory);
    let long = "x".repeat(CELL_BYTES_MAX + 1);
    assert!(matches!(
        store.run("SELECT ?", &[Cell::from(long)]),
        Err(StoreError::Limit(_))
    ));
    let many = vec![Cell::Int(1); 101];
    assert!(matches!(
        store.run("SELECT 1", &many),
        Err(StoreError::Limit(_))
    ));
    let statement = format!("SELECT 1 --{}", "x".repeat(100_000));
    assert!(matches!(
        store.run(&statement, &[]),
        Err(StoreError::Limit(_))
    ));
}

#[test]
fn the_audit_rows_form_a_chain() {
    use crate::audit::{Entry, GENESIS, follows};
    let memory = Memory::open().unwrap();
    let store = Store::new(&memory);
    migrations::migrate(store).unwrap();
    for n in 0..3 {
        let entry = Entry::Setting {
            name: "n".into(),
            value: n.to_string(),
        };
        audit::append(store, crate::time::Timestamp::from_millis(n), vec![entry]).unwrap();
    }
    let records = audit::after(store, 0, 10).unwrap();
    let mut prev = GENESIS.to_owned();
    for (n, record) in records.iter().enumerate() {
        assert!(follows(record, i64::try_from(n).unwrap() + 1, &prev));
        prev.clone_from(&record.hash);
    }
    assert_eq!(records.len(), 3);
    assert_eq!(audit::after(store, 2, 10).unwrap(), records[2..].to_vec());
}

#[test]
fn large_values_come_back_whole() {
    use crate::label::{Label, Labeled};
    let memory = Memory::open().unwrap();
    let store = Store::new(&memory);
    migrations::migrate(store).unwrap();
    let text = "é".repeat(400_000);
    let item = Labeled::new(crate::value::Value::Text(text), Label::worst());
    handles::put(store, "c", "$file_1", crate::tool::Kind::File, &item).unwrap();
    let (kind, read) = handles::get(store, "c", "$file_1").unwrap().unwrap();
    assert_eq!((kind, read), (crate::tool::Kind::File, item));
    assert_eq!(handles::get(store, "other", "$file_1").unwrap(), None);
}
