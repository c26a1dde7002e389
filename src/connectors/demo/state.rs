//! The one document that remembers the first use and what the owner did with seeded things.
//!
//! The one thing to know: the first use of the account writes this single row, and reading, moving
//! or marking a mail rewrites it. Nothing else about the seeded data is ever stored, but an event
//! that was changed: that becomes a document of its own.

use super::super::parts::{document, read};
use crate::label::{Capacity, Label, Labeled};
use crate::time::{Timestamp, Zone};
use crate::tool::{CallContext, ToolError};
use crate::value::{Item, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const COLLECTION: &str = "state";
const ID: &str = "account";

#[derive(Serialize, Deserialize)]
pub(super) struct State {
    /// What the dates of seeded mails and events are counted from.
    pub(super) first_use: Timestamp,
    /// Ids of seeded mails that the owner opened.
    read: BTreeSet<String>,
    /// What else became of seeded mails, by their ids.
    #[serde(default)]
    marks: BTreeMap<String, Marks>,
    /// Ids of seeded events that are gone or that a document replaces.
    #[serde(default)]
    replaced: BTreeSet<String>,
}

/// What was done with a mail. Each value is labelled with the call that chose it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Marks {
    /// Where it is, if not where it came in.
    pub(super) folder: Option<Item>,
    /// Whether it counts as unread, if that was said.
    pub(super) unread: Option<Item>,
    /// Whether it is flagged.
    pub(super) flagged: Option<Item>,
}

impl Marks {
    /// The word for where the mail is, and who chose that.
    pub(super) fn folder<'a>(&'a self, home: &'a str) -> &'a str {
        self.folder.as_ref().and_then(Item::text).unwrap_or(home)
    }

    /// The mark as a field: what was chosen, or what holds otherwise.
    pub(super) fn field(mark: Option<&Item>, otherwise: Value, known: &Label) -> Item {
        match mark {
            Some(mark) => mark.clone().tainted_by(known),
            None => Labeled::new(otherwise, known.clone()),
        }
    }
}

/// A choice that a call made, for one of the marks.
pub(super) fn mark(value: Value, chosen_by: &Label) -> Item {
    let capacity = if matches!(value, Value::Bool(_)) {
        Capacity::Bool
    } else {
        Capacity::Choice
    };
    let label = Label {
        capacity,
        ..chosen_by.clone()
    };
    Labeled::new(value, label)
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
            marks: BTreeMap::new(),
            replaced: BTreeSet::new(),
        };
        state.store(context)?;
        Ok(state)
    }

    /// What was done with a seeded mail.
    pub(super) fn marks(&self, id: &str) -> Marks {
        self.marks.get(id).cloned().unwrap_or_default()
    }

    /// Whether a seeded mail that came in unread was opened.
    pub(super) fn is_read(&self, id: &str) -> bool {
        self.read.contains(id)
    }

    /// Notes that a mail was opened. What was said before about its being unread is over.
    pub(super) fn open(
        &mut self,
        id: &str,
        context: &mut CallContext<'_>,
    ) -> Result<(), ToolError> {
        self.read.insert(id.to_owned());
        if let Some(marks) = self.marks.get_mut(id) {
            marks.unread = None;
        }
        self.store(context)
    }

    /// Changes what was done with a seeded mail.
    pub(super) fn change(
        &mut self,
        id: &str,
        change: impl FnOnce(&mut Marks),
        context: &mut CallContext<'_>,
    ) -> Result<(), ToolError> {
        change(self.marks.entry(id.to_owned()).or_default());
        self.store(context)
    }

    /// Whether a seeded event is gone or replaced.
    pub(super) fn is_replaced(&self, id: &str) -> bool {
        self.replaced.contains(id)
    }

    /// Hides a seeded event for good.
    pub(super) fn replace(
        &mut self,
        id: &str,
        context: &mut CallContext<'_>,
    ) -> Result<(), ToolError> {
        if self.replaced.insert(id.to_owned()) {
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
