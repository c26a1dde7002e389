//! Who wrote a value, who may learn it, how much it can say and where it came from.
//!
//! Every value that enters from outside carries a [`Label`]. Values join: integrity takes the
//! worse, readers the intersection, capacity the larger, sources the union. Nothing raises
//! integrity or adds a reader. [`Labeled`] has no `Deref`: a value is read by [`Labeled::peek`],
//! which leaves the label in the caller's sight. This file decides nothing; `policy` does.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How far a value can be relied on. The order is the order of trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// Anybody may have written it, or a model that read such text.
    Untrusted,
    /// The service itself vouches for it: an id, a time, an access list the owner set.
    Attested,
    /// The owner or the deployment wrote it.
    Owner,
}

impl Integrity {
    /// The word used in descriptions, cards and the console.
    pub fn word(self) -> &'static str {
        match self {
            Self::Untrusted => "untrusted",
            Self::Attested => "attested",
            Self::Owner => "owner",
        }
    }
}

/// Who may learn a value. The owner always may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readers {
    /// Public.
    Everyone,
    /// The owner and these identities, written `kind:id`, for example `mail:ada@example.org`.
    /// The empty set is the owner alone.
    Only(BTreeSet<String>),
}

impl Readers {
    /// The owner alone.
    pub fn owner() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// Those who may read both.
    pub fn intersect(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Everyone, rest) | (rest, Self::Everyone) => rest.clone(),
            (Self::Only(a), Self::Only(b)) => Self::Only(a.intersection(b).cloned().collect()),
        }
    }

    /// Whether everybody in `self` is also in `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Everyone) => true,
            (Self::Everyone, Self::Only(_)) => false,
            (Self::Only(a), Self::Only(b)) => a.is_subset(b),
        }
    }
}

/// How much a value can say, from nothing to free text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    /// Only that it exists.
    Unit,
    /// Yes or no.
    Bool,
    /// One of a closed list.
    Choice,
    /// A number or a time.
    Number,
    /// An identifier given by a service.
    Id,
    /// A byte-identical piece of one source.
    Span,
    /// Anything.
    Text,
}

/// The label of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// How far it can be relied on.
    pub integrity: Integrity,
    /// Who may learn it.
    pub readers: Readers,
    /// How much it can say.
    pub capacity: Capacity,
    /// Ids of the objects it came from, for example `mail:17`. The owner's own words have none.
    pub sources: BTreeSet<String>,
    /// Whether untrusted text had a say in which value this is, as when a model picked it from a
    /// list. The value itself may be attested all the same. A row that does not say so is `true`.
    #[serde(default = "yes")]
    pub selected: bool,
}

fn yes() -> bool {
    true
}

impl Label {
    /// The label of a value whose label is missing: the worst one.
    pub fn worst() -> Self {
        Self {
            integrity: Integrity::Untrusted,
            readers: Readers::owner(),
            capacity: Capacity::Text,
            sources: BTreeSet::from(["unknown".to_owned()]),
            selected: true,
        }
    }

    /// What the owner or the deployment wrote. Only the owner may learn it.
    pub fn owner() -> Self {
        Self {
            integrity: Integrity::Owner,
            readers: Readers::owner(),
            capacity: Capacity::Text,
            sources: BTreeSet::new(),
            selected: false,
        }
    }

    /// What a service vouches for about one of its objects.
    pub fn attested(source: &str, readers: Readers, capacity: Capacity) -> Self {
        Self {
            integrity: Integrity::Attested,
            readers,
            capacity,
            sources: one(source),
            selected: false,
        }
    }

    /// Free text that anybody may have written.
    pub fn untrusted(source: &str, readers: Readers) -> Self {
        Self {
            integrity: Integrity::Untrusted,
            readers,
            capacity: Capacity::Text,
            sources: one(source),
            selected: false,
        }
    }

    /// The label of one that untrusted text picked among others.
    pub fn picked(self) -> Self {
        Self {
            selected: true,
            ..self
        }
    }

    /// The label of what a quarantined model makes of values with this label.
    pub fn derived(self) -> Self {
        Self {
            integrity: Integrity::Untrusted,
            capacity: Capacity::Text,
            ..self
        }
    }

    /// The label of something made from both.
    pub fn join(&self, other: &Self) -> Self {
        Self {
            integrity: self.integrity.min(other.integrity),
            readers: self.readers.intersect(&other.readers),
            capacity: self.capacity.max(other.capacity),
            sources: self.sources.union(&other.sources).cloned().collect(),
            selected: self.selected || other.selected,
        }
    }
}

impl Default for Label {
    fn default() -> Self {
        Self::worst()
    }
}

fn one(source: &str) -> BTreeSet<String> {
    BTreeSet::from([source.to_owned()])
}

/// A value with its label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labeled<T> {
    #[serde(rename = "v")]
    value: T,
    /// A row that lost its label is read back as the worst one.
    #[serde(rename = "l", default)]
    label: Label,
}

impl<T> Labeled<T> {
    /// Puts a label on a value, where it enters.
    pub fn new(value: T, label: Label) -> Self {
        Self { value, label }
    }

    /// The value, for code that keeps the label with what it makes of it.
    pub fn peek(&self) -> &T {
        &self.value
    }

    /// The label.
    pub fn label(&self) -> &Label {
        &self.label
    }

    /// Changes the value; the label stays.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Labeled<U> {
        Labeled {
            value: change(self.value),
            label: self.label,
        }
    }

    /// Changes the value in place; the label stays.
    pub fn change(&mut self, change: impl FnOnce(&mut T)) {
        change(&mut self.value);
    }

    /// Makes the label at least as bad as `other`, for example when a container hands out a part.
    pub fn tainted_by(mut self, other: &Label) -> Self {
        self.label = self.label.join(other);
        self
    }
}

#[cfg(test)]
pub(crate) mod strategies;
#[cfg(test)]
mod tests;
