//! What is wrong with a call, as far as the planner's own text and the kinds of handles show it.
//!
//! It is looked at before any value, so that a planner hears of its mistakes alike, whatever others
//! wrote and whatever became of the calls before. What comes later is the owner's to know.

use super::super::handles::{Reference, invalid};
use super::types::{expected, literal};
use crate::agent::handles::Part;
use crate::time::Zone;
use crate::tool::{ArgSpec, ArgType, Kind, Shape, ToolCall, ToolError, ToolSpec};
use crate::value::Value;
use serde_json::Value as Json;

/// What the shape of a call is checked against.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The kind of what a handle stands for, or will once it is there.
    pub kind_of: &'a dyn Fn(&str) -> Option<Kind>,
    /// The owner's zone.
    pub zone: Option<&'a Zone>,
    /// Whether the tool reads whatever is behind a handle, rather than being given its value.
    pub reads: bool,
}

/// Checks a call against its contract. An error is what the planner got wrong.
pub fn check(
    call: &ToolCall,
    spec: &'static ToolSpec,
    known: Known<'_>,
) -> Result<Shape, ToolError> {
    let Json::Object(given) = &call.args else {
        return Err(invalid("arguments", "a JSON object"));
    };
    let mut shape = Shape::default();
    for (name, value) in given {
        let Some(arg) = spec.arg(name) else {
            return Err(invalid(name, "an argument that this tool has"));
        };
        if !value.is_null() {
            shape.insert(arg.name, known.value(arg, arg.holds, value)?);
        }
    }
    for arg in spec.args {
        if arg.required && !shape.has(arg.name) {
            return Err(invalid(arg.name, "a value; it is required"));
        }
    }
    Ok(shape)
}

impl Known<'_> {
    /// The literal that stands there; `None` if a handle does, or is in it.
    fn value(
        &self,
        arg: &'static ArgSpec,
        holds: ArgType,
        value: &Json,
    ) -> Result<Option<Value>, ToolError> {
        if let Some(reference) = reference(value) {
            return self.reference(arg, holds, &reference);
        }
        match (holds, value) {
            (ArgType::List(inner), _) => {
                let items = value
                    .as_array()
                    .map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
                let one = |value: &Json| match reference(value) {
                    Some(reference) if !matches!(inner, ArgType::Object(_) | ArgType::Anything) => {
                        self.reference(arg, holds, &reference)
                    }
                    _ => self.value(arg, *inner, value),
                };
                all(items.iter().map(one))
            }
            (ArgType::Text(bytes_max), Json::Array(parts)) => all(parts
                .iter()
                .map(|part| self.value(arg, ArgType::Text(bytes_max), part))),
            (ArgType::Anything, Json::Array(items)) => {
                all(items.iter().map(|item| self.value(arg, holds, item)))
            }
            (ArgType::Anything, Json::Object(fields)) => {
                all(fields.values().map(|item| self.value(arg, holds, item)))
            }
            (ArgType::Anything, leaf) => Ok(Some(Value::from_json_leaf(leaf))),
            // Texts and references in a list, which the tool itself reads.
            (ArgType::Parts, _) => Ok(None),
            _ => literal(arg, holds, value, self.zone).map(Some),
        }
    }

    fn reference(
        &self,
        arg: &'static ArgSpec,
        holds: ArgType,
        reference: &Reference,
    ) -> Result<Option<Value>, ToolError> {
        let kind = (self.kind_of)(&reference.name)
            .ok_or_else(|| invalid(arg.name, "the name of a handle in this conversation"))?;
        let part = reference
            .part(kind)
            .ok_or_else(|| invalid(arg.name, "a part that it has"))?;
        let fits = match (holds, part) {
            _ if self.reads => true,
            (ArgType::Object(want), Part::Whole(kind)) => want == kind,
            (ArgType::Object(_) | ArgType::Parts, _) => false,
            (_, Part::Whole(kind)) => kind.is_value() || kind == Kind::Data,
            (_, Part::Field | Part::Open) => true,
        };
        if fits {
            Ok(None)
        } else {
            Err(invalid(arg.name, expected(holds)))
        }
    }
}

/// The list of these values, if all of them are literals.
fn all(
    items: impl Iterator<Item = Result<Option<Value>, ToolError>>,
) -> Result<Option<Value>, ToolError> {
    let items: Vec<Option<Value>> = items.collect::<Result<_, _>>()?;
    let literals: Option<Vec<Value>> = items.into_iter().collect();
    let label = crate::label::Label::owner();
    let labelled = |value| crate::label::Labeled::new(value, label.clone());
    Ok(literals.map(|literals| Value::List(literals.into_iter().map(labelled).collect())))
}

fn reference(value: &Json) -> Option<Reference> {
    Reference::parse(value.as_str()?.trim())
}
