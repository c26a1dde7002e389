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
fn an_export_ends_with_a_record_of_it_and_old_records_roll_up() {
    use crate::audit::{Entry, GENESIS, follows};
    use crate::time::Timestamp;
    let memory = Memory::open().unwrap();
    let store = Store::new(&memory);
    migrations::migrate(store).unwrap();
    let setting = |n: i64| Entry::Setting {
        name: "n".into(),
        value: n.to_string(),
    };
    let at = Timestamp::from_millis;
    for n in 1..=5 {
        audit::append(store, at(n), vec![setting(n)]).unwrap();
    }
    audit::end_export(store, at(6)).unwrap();
    audit::end_export(store, at(7)).unwrap();
    let records = audit::after(store, 0, 10).unwrap();
    assert_eq!(records.len(), 6);
    assert_eq!(records[5].entries, vec![Entry::Exported]);

    assert_eq!(audit::oldest(store).unwrap(), Some(at(1)));
    assert!(audit::roll_up(store, at(8), at(4)).unwrap());
    assert!(!audit::roll_up(store, at(8), at(4)).unwrap());
    assert_eq!(audit::oldest(store).unwrap(), Some(at(4)));
    let left = audit::after(store, 0, 10).unwrap();
    assert_eq!(left[..3], records[3..]);
    let upto = (3, records[2].hash.clone());
    assert_eq!(
        left[3].entries,
        vec![Entry::RolledUp {
            upto: upto.0,
            hash: upto.1.clone()
        }]
    );
    // The chain goes on from the hash that is named.
    let mut prev = upto.1;
    for (n, record) in left.iter().enumerate() {
        assert!(follows(record, i64::try_from(n).unwrap() + 4, &prev), "{n}");
        prev.clone_from(&record.hash);
    }
    assert_ne!(left[0].prev, GENESIS);
    // Nothing here is old enough for the agent to do it by itself, until it is.
    let after_long = |ms: i64| Timestamp::from_millis(crate::audit::KEPT_MS + ms);
    audit::keep_in_bounds(store, after_long(10)).unwrap();
    assert_eq!(audit::oldest(store).unwrap(), Some(at(4)));
    // Once more: what is rolled up twice follows the later hash.
    assert!(audit::roll_up(store, at(9), at(6)).unwrap());
    let left = audit::after(store, 0, 10).unwrap();
    assert_eq!(left[0].prev, records[4].hash);
    assert_eq!(audit::after(store, left[0].seq, 10).unwrap(), left[1..]);
    audit::keep_in_bounds(store, after_long(2 * 24 * 3_600_000)).unwrap();
    let left = audit::after(store, 0, 10).unwrap();
    assert!(matches!(left[0].entries[..], [Entry::RolledUp { .. }]) && left.len() == 1);
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
    assert_eq!(handles::kind(store, "c", "$file_1").unwrap(), Some(kind));
    assert_eq!(handles::kind(store, "other", "$file_1").unwrap(), None);
}
