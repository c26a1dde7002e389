//! Whether the agent may run: not while a restore is under way, nor while nobody knows.

use super::restore;
use crate::store::{Store, StoreError, migrations, snapshot};
use std::cell::Cell;

/// What is known of the database in the memory of one instance. Until its mark has been read, the
/// door is shut.
#[derive(Default)]
pub struct Door {
    opened: Cell<bool>,
    restoring: Cell<Option<bool>>,
}

impl Door {
    /// Whether nothing may run.
    pub fn is_shut(&self) -> bool {
        self.restoring.get() != Some(false)
    }

    /// Whether a restore is known to be under way.
    pub fn is_restoring(&self) -> bool {
        self.restoring.get() == Some(true)
    }

    /// Shuts the door, before a restore touches anything.
    pub fn shut(&self) {
        self.restoring.set(Some(true));
    }

    /// Reads the mark again: a restore has done something, or has failed half way.
    pub fn look_again(&self, store: Store<'_>) -> Result<(), StoreError> {
        self.restoring.set(None);
        self.look(store)
    }

    /// Finds out what is not known yet, and makes an instance's database ready once: an export that
    /// the instance before was at has ended with it.
    pub fn look(&self, store: Store<'_>) -> Result<(), StoreError> {
        if self.restoring.get().is_some() {
            return Ok(());
        }
        migrations::migrate_to(store, 0)?;
        let restoring = restore::is_under_way(store)?;
        // What a restore has broken off is emptied by the next one.
        if !restoring && !self.opened.get() {
            // Nothing of an export may be in the way of a migration.
            store.atomically(|| snapshot::end(store))?;
            migrations::migrate(store)?;
            self.opened.set(true);
        }
        self.restoring.set(Some(restoring));
        Ok(())
    }
}

#[cfg(test)]
#[path = "door_tests.rs"]
mod tests;
