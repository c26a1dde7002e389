//! References to handles, and what they lead to.
//!
//! A reference is written `$mail_2`, `$mail_2[1]` or `$mail_2[1].body`; items count from 1. What a
//! planner gets to hear about a bad reference says only what follows from its own text and from the
//! kind of the handle. Everything that depends on content is the one code `unavailable`.

use crate::tool::{Kind, ToolError};
use crate::value::{Item, Step};

/// Where handles are looked up; a missing one is `None`.
pub trait Handles {
    /// The value behind a name such as `$mail_2` in the conversation at hand.
    fn get(&self, name: &str) -> Option<(Kind, Item)>;

    /// Its kind alone. A store need not read the value for it, which may be large.
    fn kind(&self, name: &str) -> Option<Kind> {
        self.get(name).map(|(kind, _)| kind)
    }
}

/// A reference that a planner wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The handle's name, with its `$`.
    pub name: String,
    /// The way into it.
    pub path: Vec<Step>,
}

impl Reference {
    /// Reads a text that is a reference as a whole; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let end = text.find(['[', '.']).unwrap_or(text.len());
        let (name, mut rest) = text.split_at_checked(end)?;
        let (stem, number) = name.strip_prefix('$')?.rsplit_once('_')?;
        let named = !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if !named || number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let mut path = Vec::new();
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let (digits, tail) = inner.split_once(']')?;
                let n: usize = digits.parse().ok()?;
                path.push(Step::Nth(n.checked_sub(1)?));
                rest = tail;
            } else {
                let inner = rest.strip_prefix('.')?;
                let end = inner.find(['[', '.']).unwrap_or(inner.len());
                let (field, tail) = inner.split_at_checked(end)?;
                if field.is_empty()
                    || !field
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'_')
                {
                    return None;
                }
                path.push(Step::Field(field.to_owned()));
                rest = tail;
            }
        }
        Some(Self {
            name: name.to_owned(),
            path,
        })
    }

    /// The reference as it is written.
    pub fn text(&self) -> String {
        let mut text = self.name.clone();
        for step in &self.path {
            match step {
                Step::Nth(n) => text.push_str(&format!("[{}]", n.saturating_add(1))),
                Step::Field(field) => text.push_str(&format!(".{field}")),
            }
        }
        text
    }

    /// The kind of the part that the path names, if the kind of the handle has such a part at all.
    pub fn part(&self, kind: Kind) -> Option<Part> {
        let mut part = Part::Whole(kind);
        let mut files = false;
        for step in &self.path {
            let next = match (part, step) {
                (Part::Field, Step::Nth(_)) if files => Part::Whole(Kind::File),
                // Some fields hold lists, such as an event's attendees.
                (Part::Whole(Kind::Data | Kind::Answer | Kind::Done) | Part::Open, _)
                | (Part::Field, Step::Nth(_)) => Part::Open,
                (Part::Whole(kind), Step::Nth(_)) => Part::Whole(kind.item()?),
                (Part::Whole(kind), Step::Field(name)) => {
                    let known = kind.fields().contains(&name.as_str()) || name == "id";
                    (kind.item().is_none() && known).then_some(Part::Field)?
                }
                (Part::Field, Step::Field(_)) => return None,
            };
            files = part == Part::Whole(Kind::Mail) && *step == Step::Field("attachments".into());
            part = next;
        }
        Some(part)
    }
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A list or a record.
    Whole(Kind),
    /// A field of a record.
    Field,
    /// Something whose shape only its service knows.
    Open,
}

/// The value a reference stands for. Errors tell what is wrong only where the kind shows it.
pub fn look_up(
    reference: &Reference,
    handles: &dyn Handles,
    argument: &str,
) -> Result<(Part, Item), ToolError> {
    let (kind, item) = handles
        .get(&reference.name)
        .ok_or_else(|| invalid(argument, "the name of a handle in this conversation"))?;
    let part = reference
        .part(kind)
        .ok_or_else(|| invalid(argument, "a part that it has"))?;
    let item = item.at(&reference.path).ok_or(ToolError::Unavailable)?;
    Ok((part, item))
}

/// The handles that a JSON value refers to, by name.
pub fn names_in(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::String(text) => {
            let starts = text.match_indices('$').map(|(at, _)| at);
            starts.filter_map(|at| name_at(text.get(at..)?)).collect()
        }
        serde_json::Value::Array(items) => items.iter().flat_map(names_in).collect(),
        serde_json::Value::Object(fields) => fields.values().flat_map(names_in).collect(),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
            Vec::new()
        }
    }
}

/// The name of a handle that a text begins with.
fn name_at(text: &str) -> Option<String> {
    let is_of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let end = text
        .char_indices()
        .skip(1)
        .find(|(_, c)| !is_of_name(*c))
        .map_or(text.len(), |(at, _)| at);
    let name = text.get(..end)?;
    Reference::parse(name).map(|reference| reference.name)
}

/// The error that tells a planner what is wrong with what it wrote.
pub fn invalid(argument: &str, expected: &str) -> ToolError {
    // Planner text is echoed to the planner, so it is kept short.
    let argument: String = argument.chars().take(64).collect();
    ToolError::Invalid {
        argument,
        expected: expected.to_owned(),
    }
}

#[cfg(test)]
#[path = "handles_tests.rs"]
mod tests;
