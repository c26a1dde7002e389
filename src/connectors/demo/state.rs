//! The one document that remembers the first use and which mails were read.
//!
//! The one thing to know: the first use of the account writes this single row, and reading a mail
//! that is unread rewrites it. Nothing else about the seeded data is ever stored.

use super::super::parts::{document, read};
use crate::time::{Timestamp, Zone};
use crate::tool::{CallContext, ToolError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const COLLECTION: &str = "state";
const ID: &str = "account";

#[derive(Serialize, Deserialize)]
pub(super) struct State {
    /// What the dates of seeded mails and events are counted from.
    pub(super) first_use: Timestamp,
    /// Ids of seeded mails that the owner opened.
    read: BTreeSet<String>,
}

impl State {
    /// The account's state, which begins with the first call.
    pub(super) fn load(context: &mut CallContext<'_>) -> Result<Self, ToolError> {
        if let Some(stored) = context.documents.get(COLLECTION, ID)? {
            return read(stored);
        }
        let state = Self {
            first_use: context.now,
            read: BTreeSet::new(),
        };
        state.store(context)?;
        Ok(state)
    }

    pub(super) fn is_read(&self, id: &str) -> bool {
        self.read.contains(id)
    }

    pub(super) fn mark_read(
        &mut self,
        id: &str,
        context: &mut CallContext<'_>,
    ) -> Result<(), ToolError> {
        if self.read.insert(id.to_owned()) {
            self.store(context)?;
        }
        Ok(())
    }

    fn store(&self, context: &mut CallContext<'_>) -> Result<(), ToolError> {
        Ok(context.documents.put(COLLECTION, document(ID, 0, self)?)?)
    }
}

/// The zone that wall-clock times of the seeded data are in. This is sample data, so UTC does while
/// the owner's zone is not known.
pub(super) fn zone(context: &CallContext<'_>) -> Result<Zone, ToolError> {
    context
        .zone
        .cloned()
        .or_else(|| Zone::named("UTC"))
        .ok_or(ToolError::Unavailable)
}
