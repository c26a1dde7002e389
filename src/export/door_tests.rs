//! A storage that fails at any statement leaves the door shut, and the next look finds out.

use super::*;
use crate::store::memory::Memory;
use crate::store::{Cell as Value, Row, Sql, settings};

/// A database that fails at one statement.
struct Faulty {
    memory: Memory,
    left: Cell<Option<u32>>,
}

impl Faulty {
    fn new(memory: Memory) -> Self {
        let left = Cell::new(None);
        Self { memory, left }
    }
}

impl Sql for Faulty {
    fn run(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        match self.left.get() {
            Some(0) => {
                self.left.set(None);
                return Err(StoreError::Refused("it failed".to_owned()));
            }
            left => self.left.set(left.map(|n| n - 1)),
        }
        self.memory.run(statement, parameters)
    }

    fn atomically(
        &self,
        work: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.memory.atomically(work)
    }
}

/// An empty database, one in use, one whose restore has broken off.
fn databases() -> [(Memory, bool); 3] {
    let [empty, used, broken] = [0; 3].map(|_| Memory::open().unwrap());
    migrations::migrate(Store::new(&used)).unwrap();
    // From an older version, so that there is a step to do.
    migrations::migrate_to(Store::new(&broken), 3).unwrap();
    settings::set(Store::new(&broken), restore::MARK, "1").unwrap();
    [(empty, false), (used, false), (broken, true)]
}

#[test]
fn the_door_stays_shut_until_the_mark_has_been_read() {
    let mut failures = 0;
    for n in 0.. {
        let mut failed = false;
        for (memory, restoring) in databases() {
            let sql = Faulty::new(memory);
            let store = Store::new(&sql);
            let door = Door::default();
            assert!(door.is_shut());
            sql.left.set(Some(n));
            if door.look(store).is_err() {
                assert!(door.is_shut() && !door.is_restoring());
                failed = true;
                failures += 1;
                sql.left.set(None);
                door.look(store).unwrap();
            }
            sql.left.set(None);
            assert_eq!(
                (door.is_shut(), door.is_restoring()),
                (restoring, restoring)
            );
            let steps = if restoring {
                3
            } else {
                migrations::STEPS_TOTAL
            };
            assert_eq!(migrations::done(store).unwrap(), steps);
        }
        if !failed {
            break;
        }
    }
    assert!(failures > 40, "only {failures}");
}

#[test]
fn a_look_that_fails_after_a_step_of_a_restore_leaves_it_shut() {
    for (memory, restoring) in databases() {
        let sql = Faulty::new(memory);
        let store = Store::new(&sql);
        let door = Door::default();
        door.look(store).unwrap();
        door.shut();
        assert!(door.is_shut() && door.is_restoring());
        sql.left.set(Some(0));
        assert!(door.look_again(store).is_err());
        assert!(door.is_shut());
        door.look(store).unwrap();
        assert_eq!(door.is_shut(), restoring);
        // What is known costs nothing.
        sql.left.set(Some(0));
        door.look(store).unwrap();
    }
}

#[test]
fn a_look_after_a_restore_makes_its_database_ready() {
    let [.., (memory, _)] = databases();
    let store = Store::new(&memory);
    let door = Door::default();
    door.look(store).unwrap();
    restore::abandon(store).unwrap();
    door.look_again(store).unwrap();
    assert!(!door.is_shut());
    assert_eq!(migrations::done(store).unwrap(), migrations::STEPS_TOTAL);
}
