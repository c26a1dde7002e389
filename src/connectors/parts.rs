//! Pieces that several built-in connectors share: reading arguments, labelling, searching.
//!
//! The one thing to know: a list's own label lets everyone read it and says nothing, so that each
//! item keeps its own readers; but it is only as good as the arguments that chose the items.
//! This is no connector and holds no state.

use crate::label::{Capacity, Integrity, Label, Labeled, Readers};
use crate::tool::{Answer, Call, Document, Kind, ToolError, ToolOutput};
use crate::value::{Item, Step, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// The most text that one list carries, in bytes; what comes after is left out.
const LIST_BYTES_MAX: usize = 200 * 1024;

/// The id of the object that an argument stands for. Without one nothing can be found.
pub(super) fn object_id(call: &Call, name: &str) -> Result<String, ToolError> {
    let item = call.item(name).ok_or(ToolError::Unavailable)?;
    let field = item.at(&[Step::Field("id".to_owned())]);
    field
        .as_ref()
        .unwrap_or(item)
        .text()
        .map(str::to_owned)
        .ok_or(ToolError::Unavailable)
}

/// The label of an object that the owner's own agent made: it adds nothing but its source.
pub(super) fn made_here(source: &str) -> Label {
    Label {
        integrity: Integrity::Owner,
        readers: Readers::Everyone,
        capacity: Capacity::Unit,
        sources: BTreeSet::from([source.to_owned()]),
        selected: false,
    }
}

/// What only the owner may read about an object made here.
pub(super) fn private(source: &str) -> Label {
    Label {
        readers: Readers::owner(),
        ..made_here(source)
    }
}

/// The name by which labels refer to an object, for example `notes:n_1`.
pub(super) fn source_of(kind: Kind, id: &str) -> String {
    format!("{}:{id}", kind.source())
}

/// A text with its label.
pub(super) fn text(text: impl Into<String>, label: Label) -> Item {
    Labeled::new(Value::Text(text.into()), label)
}

/// An optional argument as it came in, or nothing.
pub(super) fn given(call: &Call, name: &str) -> Item {
    call.item(name).cloned().unwrap_or_else(absent)
}

/// A field that is not there.
pub(super) fn absent() -> Item {
    Labeled::new(
        Value::Null,
        Label {
            capacity: Capacity::Unit,
            ..Label::owner()
        },
    )
}

/// The label of all arguments of a call together.
pub(super) fn of_arguments(call: &Call) -> Label {
    let start = Label {
        capacity: Capacity::Unit,
        ..Label::owner()
    };
    call.args
        .values()
        .fold(start, |all, argument| all.join(argument.item.label()))
}

/// What a choice that a call made adds to the label of what was chosen: it is no better than the
/// arguments are, but keeps its own readers.
pub(super) fn chosen_by(call: &Call) -> Label {
    Label {
        readers: Readers::Everyone,
        capacity: Capacity::Unit,
        ..of_arguments(call)
    }
}

/// A list of items, at most [`LIST_BYTES_MAX`] long. The arguments chose the items, so the list is
/// no better than they are.
pub(super) fn list(kind: Kind, call: &Call, items: impl IntoIterator<Item = Item>) -> ToolOutput {
    let label = chosen_by(call);
    let (mut kept, mut bytes) = (Vec::new(), 0_usize);
    for item in items {
        bytes = bytes.saturating_add(text_bytes(&item));
        if bytes > LIST_BYTES_MAX && !kept.is_empty() {
            break;
        }
        kept.push(item);
    }
    ToolOutput::new(kind, Labeled::new(Value::List(kept), label))
}

fn text_bytes(item: &Item) -> usize {
    match item.peek() {
        Value::Text(text) => text.len(),
        Value::List(items) => items.iter().map(text_bytes).fold(0, usize::saturating_add),
        Value::Record(fields) => fields
            .values()
            .map(text_bytes)
            .fold(0, usize::saturating_add),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Number(_) | Value::Time(_) => 8,
    }
}

/// The `limit` argument, or `default` if it was not given.
pub(super) fn limit(call: &Call, default: usize) -> usize {
    call.int("limit")
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(default)
}

/// What somebody looks for: every word must occur, whatever its case and accents.
pub(super) struct Search(Vec<String>);

impl Search {
    /// Looks for the words of a query; an empty one fits everything.
    pub(super) fn new(query: &str) -> Self {
        Self(query.split_whitespace().map(fold).collect())
    }

    /// Whether nothing is looked for.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all words occur in these texts taken together.
    pub(super) fn fits(&self, texts: &[&str]) -> bool {
        if self.is_empty() {
            return true;
        }
        let texts: Vec<String> = texts.iter().map(|text| fold(text)).collect();
        self.0
            .iter()
            .all(|word| texts.iter().any(|text| text.contains(word)))
    }

    /// Whether all words occur in these fields of a record.
    pub(super) fn fits_record(&self, item: &Item, fields: &[&str]) -> bool {
        if self.is_empty() {
            return true;
        }
        let parts = fields.iter().filter_map(|name| item.field(name));
        let texts: Vec<&str> = parts
            .flat_map(|part| std::iter::once(part).chain(part.items()))
            .filter_map(Item::text)
            .collect();
        self.fits(&texts)
    }
}

/// Lower case without the accents of French, so that `ecole` finds `École`.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'à' | 'â' | 'ä' => folded.push('a'),
            'ç' => folded.push('c'),
            'é' | 'è' | 'ê' | 'ë' => folded.push('e'),
            'î' | 'ï' => folded.push('i'),
            'ô' | 'ö' => folded.push('o'),
            'ù' | 'û' | 'ü' => folded.push('u'),
            'œ' => folded.push_str("oe"),
            '’' => folded.push('\''),
            other => folded.push(other),
        }
    }
    folded
}

/// The body of a stored document. One that does not parse is a broken store.
pub(super) fn read<T: DeserializeOwned>(document: Document) -> Result<T, ToolError> {
    serde_json::from_value(document.body).map_err(|_| ToolError::Unavailable)
}

/// A document for the store.
pub(super) fn document(id: &str, sort: i64, body: &impl Serialize) -> Result<Document, ToolError> {
    let body = serde_json::to_value(body).map_err(|_| ToolError::Unavailable)?;
    Ok(Document {
        id: id.to_owned(),
        sort,
        body,
    })
}

/// A text as it stands in a path or a query.
pub(super) fn encoded(text: &str) -> String {
    let mut written = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            written.push(char::from(byte));
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
    written
}

/// Whether an error document gives one of these reasons, in `error.errors[].reason`.
pub(super) fn gives_reason(answer: Answer<'_>, reasons: &[&str]) -> bool {
    let body: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
    let errors = body.pointer("/error/errors").and_then(Json::as_array);
    errors.into_iter().flatten().any(|error| {
        let reason = error.get("reason").and_then(Json::as_str);
        reason.is_some_and(|reason| reasons.contains(&reason))
    })
}

/// A refusal of what the planner wrote.
pub(super) fn invalid(argument: &str, expected: &str) -> ToolError {
    ToolError::Invalid {
        argument: argument.to_owned(),
        expected: expected.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_ignores_case_and_accents_and_wants_every_word() {
        assert!(Search::new("ecole RÉUNION").fits(&["École Jean-Macé", "la reunion"]));
        assert!(!Search::new("école piscine").fits(&["École Jean-Macé"]));
        assert!(Search::new(" ").fits(&[]));
    }
}
