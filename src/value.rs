//! The shape of what tools return: labelled trees, addressed by field and position.
//!
//! A record's fields carry labels of their own, since a service vouches for an id and a stranger
//! wrote the subject. [`Item::at`] hands out a part with the labels of everything around it joined
//! in, so a part is never better than its container.

use crate::label::{Label, Labeled};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A labelled value: what a handle stands for.
pub type Item = Labeled<Value>;

/// What a tool returns or takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Nothing, for an optional field that is absent.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number that is not whole, such as an amount, as it was written.
    Number(serde_json::Number),
    /// A text.
    Text(String),
    /// An instant.
    Time(Timestamp),
    /// A list whose order is kept, so that the owner can say "the second one".
    List(Vec<Item>),
    /// Named fields.
    Record(BTreeMap<String, Item>),
}

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// The n-th item of a list, counted from 0.
    Nth(usize),
    /// A field of a record.
    Field(String),
}

impl Value {
    /// A JSON text, number, flag or null; what holds others is null, since its parts have labels.
    pub fn from_json_leaf(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Bool(flag) => Self::Bool(*flag),
            serde_json::Value::Number(number) => number
                .as_i64()
                .map_or_else(|| Self::Number(number.clone()), Self::Int),
            serde_json::Value::String(text) => Self::Text(text.clone()),
            serde_json::Value::Null
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => Self::Null,
        }
    }

    /// The items of a list; `None` for anything else.
    pub fn as_list(&self) -> Option<&[Item]> {
        if let Self::List(items) = self {
            Some(items)
        } else {
            None
        }
    }

    /// A single value as text; `None` for nothing, a list or a record.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Bool(flag) => Some(flag.to_string()),
            Self::Int(number) => Some(number.to_string()),
            Self::Number(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Time(at) => Some(at.to_rfc3339()),
            Self::Null | Self::List(_) | Self::Record(_) => None,
        }
    }
}

impl Item {
    /// The value as JSON, without labels; a time is RFC 3339 text.
    pub fn to_json(&self) -> serde_json::Value {
        match self.peek() {
            Value::Null => serde_json::Value::Null,
            Value::Bool(flag) => (*flag).into(),
            Value::Int(number) => (*number).into(),
            Value::Number(number) => serde_json::Value::Number(number.clone()),
            Value::Text(text) => text.clone().into(),
            Value::Time(at) => at.to_rfc3339().into(),
            Value::List(items) => items.iter().map(Item::to_json).collect(),
            Value::Record(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, item)| (name.clone(), item.to_json()));
                serde_json::Value::Object(fields.collect())
            }
        }
    }

    /// The part that a path names, with all labels on the way joined in; `None` if there is none.
    pub fn at(&self, path: &[Step]) -> Option<Item> {
        let mut part = self;
        let mut label = self.label().clone();
        for step in path {
            part = match step {
                Step::Nth(n) => part.items().get(*n)?,
                Step::Field(name) => part.field(name)?,
            };
            label = label.join(part.label());
        }
        Some(Labeled::new(part.peek().clone(), label))
    }

    /// The label of the whole: its own joined with those of all parts.
    pub fn total_label(&self) -> Label {
        match self.peek() {
            Value::List(items) => items.iter().fold(self.label().clone(), |all, item| {
                all.join(&item.total_label())
            }),
            Value::Record(fields) => fields.values().fold(self.label().clone(), |all, item| {
                all.join(&item.total_label())
            }),
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Time(_) => self.label().clone(),
        }
    }

    /// Whether something holds for the label of the whole or of any part of it.
    pub fn any_label(&self, holds: &dyn Fn(&Label) -> bool) -> bool {
        let inside = |item: &Item| item.any_label(holds);
        holds(self.label())
            || match self.peek() {
                Value::List(items) => items.iter().any(inside),
                Value::Record(fields) => fields.values().any(inside),
                Value::Null
                | Value::Bool(_)
                | Value::Int(_)
                | Value::Number(_)
                | Value::Text(_)
                | Value::Time(_) => false,
            }
    }

    /// The text of a text value.
    pub fn text(&self) -> Option<&str> {
        let Value::Text(text) = self.peek() else {
            return None;
        };
        Some(text)
    }

    /// A field of a record, as it is stored there.
    pub fn field(&self, name: &str) -> Option<&Item> {
        let Value::Record(fields) = self.peek() else {
            return None;
        };
        fields.get(name)
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Item] {
        self.peek().as_list().unwrap_or_default()
    }
}

/// Builds a record from fields, its own label being what the service vouches for.
pub fn record(label: Label, fields: impl IntoIterator<Item = (&'static str, Item)>) -> Item {
    // One by one: collecting them would bring a sort of its own for every kind of iterator.
    let mut all = BTreeMap::new();
    for (name, item) in fields {
        all.insert(name.to_owned(), item);
    }
    Labeled::new(Value::Record(all), label)
}

#[cfg(test)]
pub(crate) mod strategies;
#[cfg(test)]
mod tests;
