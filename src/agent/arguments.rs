//! Calls whose arguments are resolved: checked against the contract, handles filled in, judged.
//!
//! What a planner wrote out is labelled here: numbers, times and its own sentences are the owner's
//! unless untrusted bits have reached it in this turn; an identifier is the owner's only if the
//! owner wrote it or curates a set that has it. What comes by a handle keeps its label. Only what
//! the planner's own text or a kind shows may end in a correction; content ends in `unavailable`.

mod audience;
mod judging;
mod shape;
mod types;

use judging::is_owners;
pub use judging::{identity, judge};
pub use shape::{Known, check};
pub use types::fit;

use super::grounds::Grounds;
use super::handles::{Handles, Part, Reference, invalid, look_up};
use crate::label::{Capacity, Integrity, Label, Labeled, Readers};
use crate::time::Zone;
use crate::tool::{
    ArgSpec, ArgType, Argument, Audience, Call, Origin, ToolCall, ToolError, ToolSpec, Wording,
};
use crate::value::{Item, Value};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use types::{expected, literal};

/// The longest word inside an object that says what sort of thing it is, in bytes.
const KIND_BYTES_MAX: usize = 32;

/// The longest key of an object that is a field's name and names nothing else, in bytes.
const KEY_BYTES_MAX: usize = 64;

/// What it takes to resolve a call.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The handles of the conversation.
    pub handles: &'a dyn Handles,
    /// What the owner said and knows.
    pub grounds: &'a dyn Grounds,
    /// The owner's zone.
    pub zone: Option<&'a Zone>,
    /// Whether untrusted bits may stand in what the planner wrote out.
    pub tainted: bool,
    /// Whether they may have chosen which handles it named.
    pub swayed: bool,
}

/// Checks a call against its contract and fills in its handles.
pub fn resolve(
    call: &ToolCall,
    spec: &'static ToolSpec,
    scope: Scope<'_>,
) -> Result<Call, ToolError> {
    let Json::Object(given) = &call.args else {
        return Err(invalid("arguments", "a JSON object"));
    };
    let mut args = BTreeMap::new();
    for (name, value) in given {
        let Some(arg) = spec.arg(name) else {
            return Err(invalid(name, "an argument that this tool has"));
        };
        if value.is_null() {
            continue;
        }
        let mut reading = Reading {
            arg,
            scope,
            wording: Wording::None,
        };
        let item = reading.value(arg.holds, value)?;
        let text = value.as_str().map(str::trim);
        let origin = match text.and_then(Reference::parse) {
            Some(reference) => Origin::Handle(reference.text()),
            None => Origin::Literal,
        };
        let wording = reading.wording;
        args.insert(
            arg.name,
            Argument {
                wording,
                ..Argument::new(arg, item, origin)
            },
        );
    }
    for arg in spec.args {
        if arg.required && !args.contains_key(arg.name) {
            return Err(invalid(arg.name, "a value; it is required"));
        }
    }
    Ok(Call {
        spec,
        args,
        audience: Audience::Nobody,
    })
}

/// One argument on its way from JSON to a labelled value.
struct Reading<'a> {
    arg: &'static ArgSpec,
    scope: Scope<'a>,
    wording: Wording,
}

impl Reading<'_> {
    fn value(&mut self, holds: ArgType, value: &Json) -> Result<Item, ToolError> {
        if let Some(reference) = value
            .as_str()
            .and_then(|text| Reference::parse(text.trim()))
        {
            return self.handle(holds, &reference);
        }
        match holds {
            ArgType::List(inner) => {
                let items = value
                    .as_array()
                    .map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
                let mut read = Vec::with_capacity(items.len());
                let mut label = shell();
                for value in items {
                    let item = self.element(*inner, holds, value)?;
                    // A reference to a list stands for its items; one to an empty list for whoever
                    // emptied it.
                    match item.peek().as_list() {
                        Some([]) => label = label.join(item.label()),
                        Some(_) => read.extend(spread(&item)),
                        None => read.push(item),
                    }
                }
                Ok(Labeled::new(Value::List(read), label))
            }
            ArgType::Anything => self.anything(value),
            ArgType::Text(bytes_max) if value.is_array() => self.parts(bytes_max, value),
            ArgType::Text(_)
            | ArgType::Address
            | ArgType::Name(_)
            | ArgType::Integer(..)
            | ArgType::Number
            | ArgType::Flag
            | ArgType::Choice(_)
            | ArgType::Instant
            | ArgType::Day
            | ArgType::Object(_)
            | ArgType::Parts => {
                let literal = literal(self.arg, holds, value, self.scope.zone)?;
                let label = self.literal_label(holds, &literal);
                Ok(Labeled::new(literal, label))
            }
        }
    }

    /// A text made of the planner's own words and values, one after the other.
    fn parts(&mut self, bytes_max: usize, value: &Json) -> Result<Item, ToolError> {
        let mut text = String::new();
        let mut label = shell();
        label.sources.clear();
        for part in value.as_array().into_iter().flatten() {
            let item = self.value(ArgType::Text(bytes_max), part)?;
            text.push_str(item.text().unwrap_or_default());
            // The owner's words narrow no readers: they go where the owner sends them.
            label = if is_owners(item.label()) {
                Label {
                    capacity: Capacity::Text,
                    ..label
                }
            } else {
                label.join(item.label())
            };
        }
        if text.len() > bytes_max {
            return Err(ToolError::Unavailable);
        }
        if label.sources.is_empty() {
            label.readers = Readers::owner();
        }
        Ok(Labeled::new(Value::Text(text), label))
    }

    /// One element of a list as it is written: a value, or a reference to one or to a list of them.
    fn element(&mut self, inner: ArgType, holds: ArgType, value: &Json) -> Result<Item, ToolError> {
        let text = value.as_str().map(str::trim);
        match text.and_then(Reference::parse) {
            Some(reference) if !matches!(inner, ArgType::Object(_) | ArgType::Anything) => {
                self.handle(holds, &reference)
            }
            _ => self.value(inner, value),
        }
    }

    fn anything(&mut self, value: &Json) -> Result<Item, ToolError> {
        match value {
            Json::Array(items) => {
                let items = items.iter().map(|item| self.value(ArgType::Anything, item));
                let items = items.collect::<Result<Vec<_>, _>>()?;
                Ok(Labeled::new(Value::List(items), shell()))
            }
            Json::Object(fields) => {
                let mut read = BTreeMap::new();
                let mut label = shell();
                for (name, value) in fields {
                    label = self.key_label(name, label);
                    // What sort of thing it is names nothing.
                    let holds = match name.as_str() {
                        "type" | "kind" => ArgType::Text(KIND_BYTES_MAX),
                        _ => ArgType::Anything,
                    };
                    read.insert(name.clone(), self.value(holds, value)?);
                }
                Ok(Labeled::new(Value::Record(read), label))
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
                let literal = Value::from_json_leaf(value);
                let label = self.literal_label(ArgType::Anything, &literal);
                Ok(Labeled::new(literal, label))
            }
        }
    }

    /// The label of an object with a key more. One that is no field's name may name anything, like a
    /// text in its place; so may every key once untrusted bits may stand in it.
    fn key_label(&mut self, key: &str, object: Label) -> Label {
        if is_field_name(key) && !self.scope.tainted {
            return object;
        }
        let label = self.literal_label(ArgType::Anything, &Value::Text(key.to_owned()));
        // The owner's words narrow no readers: they go where the owner sends them.
        if is_owners(&label) {
            object
        } else {
            object.join(&label)
        }
    }

    /// The label of what a planner wrote out.
    fn literal_label(&mut self, holds: ArgType, value: &Value) -> Label {
        let mut owner = Label::owner();
        owner.capacity = capacity(holds);
        let grounds = self.scope.grounds;
        let (said, trusted) = match (holds.set(), value) {
            (Some(set), Value::Text(text)) => {
                let said = grounds.said(set, text);
                let named = said || grounds.names(&identity(set, text));
                (named, said || grounds.knows(set, text))
            }
            (Some(_), Value::Int(number)) => {
                let said = grounds.said("id", &number.to_string());
                (said, said)
            }
            (_, value) => (is_said(value, grounds), !self.scope.tainted),
        };
        let is_blank = matches!(value, Value::Text(text) if text.trim().is_empty());
        let wording = if is_blank {
            Wording::None
        } else if said {
            Wording::Owner
        } else {
            Wording::Planner
        };
        self.wording = self.wording.max(wording);
        if trusted {
            return owner;
        }
        Label {
            integrity: Integrity::Untrusted,
            sources: BTreeSet::from(["planner".to_owned()]),
            ..owner
        }
    }

    fn handle(&mut self, holds: ArgType, reference: &Reference) -> Result<Item, ToolError> {
        let wrong = || invalid(self.arg.name, expected(holds));
        let (part, item) = look_up(reference, self.scope.handles, self.arg.name)?;
        let item = if self.scope.swayed {
            item.tainted_by(&shell().picked())
        } else {
            item
        };
        match (holds, part) {
            (ArgType::Object(want), Part::Whole(kind)) if want == kind => Ok(item),
            (ArgType::Object(_) | ArgType::Parts, _) => Err(wrong()),
            (_, Part::Whole(kind)) if !kind.is_value() && kind != crate::tool::Kind::Data => {
                Err(wrong())
            }
            _ => {
                let mut item = fit(&item, holds, self.scope.zone)?;
                self.word(&item, holds);
                if holds.set().is_some() {
                    self.ground(&mut item, holds);
                }
                Ok(item)
            }
        }
    }

    /// Words of the planner's are its own by a handle too: whatever nobody else wrote.
    fn word(&mut self, item: &Item, holds: ArgType) {
        match item.peek() {
            Value::List(items) => items.iter().for_each(|item| self.word(item, holds)),
            Value::Record(fields) => fields.values().for_each(|item| self.word(item, holds)),
            value if item.label().sources.is_empty() => {
                self.literal_label(holds, value);
            }
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Time(_) => {}
        }
    }

    /// Composed words become no identifier of the owner's by going through a handle.
    fn ground(&mut self, item: &mut Item, holds: ArgType) {
        item.change(|value| match value {
            Value::List(items) => items.iter_mut().for_each(|item| self.ground(item, holds)),
            Value::Record(fields) => fields
                .values_mut()
                .for_each(|item| self.ground(item, holds)),
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Time(_) => {}
        });
        // Nobody but the planner wrote what has no source.
        let composed = item.label().sources.is_empty();
        if composed && let Value::Text(_) | Value::Int(_) = item.peek() {
            let label = self.literal_label(holds, item.peek());
            *item = item.clone().tainted_by(&label);
        }
    }
}

/// Whether a key is the plain name of a field.
fn is_field_name(key: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    !key.is_empty() && key.len() <= KEY_BYTES_MAX && key.bytes().all(plain)
}

/// Whether the owner wrote what a planner wrote out, as far as code can look it up: a time or a yes
/// may be meant in many words.
fn is_said(value: &Value, grounds: &dyn Grounds) -> bool {
    match value {
        Value::Text(text) => grounds.said_words(text),
        Value::Int(number) => grounds.said("number", &number.to_string()),
        Value::Number(number) => grounds.said("number", &number.to_string()),
        Value::Null | Value::Bool(_) | Value::Time(_) | Value::List(_) | Value::Record(_) => false,
    }
}

/// The items of a list, each with the list's own label joined in.
fn spread(list: &Item) -> Vec<Item> {
    let items = list.items().iter();
    items
        .map(|item| item.clone().tainted_by(list.label()))
        .collect()
}

/// The label of a list or record that the planner put together: it adds nothing to its parts.
fn shell() -> Label {
    Label {
        readers: Readers::Everyone,
        capacity: Capacity::Unit,
        ..Label::owner()
    }
}

fn capacity(holds: ArgType) -> Capacity {
    match holds {
        ArgType::Flag => Capacity::Bool,
        ArgType::Choice(_) => Capacity::Choice,
        ArgType::Integer(..) | ArgType::Number | ArgType::Instant | ArgType::Day => {
            Capacity::Number
        }
        ArgType::Text(_)
        | ArgType::Address
        | ArgType::Name(_)
        | ArgType::Object(_)
        | ArgType::Parts
        | ArgType::List(_)
        | ArgType::Anything => Capacity::Text,
    }
}

#[cfg(test)]
mod tests;
