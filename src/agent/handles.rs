//! References to handles, and calls whose arguments are resolved through them.
//!
//! A reference is written `$mail_2`, `$mail_2[1]` or `$mail_2[1].body`; items count from 1. What a
//! planner gets to hear about a bad reference says only what follows from its own text and from the
//! kind of the handle. Everything that depends on content is the one code `unavailable`.

use crate::label::{Label, Labeled};
use crate::time::{Timestamp, Zone};
use crate::tool::{ArgSpec, ArgType, Argument, Call, Kind, Origin, ToolCall, ToolError, ToolSpec};
use crate::value::{Item, Step, Value};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Where handles are looked up; a missing one is `None`.
pub trait Handles {
    /// The value behind a name such as `$mail_2` in the conversation at hand.
    fn get(&self, name: &str) -> Option<(Kind, Item)>;
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
                if field.is_empty() || !field.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
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

    /// The kind of the part that the path names, if the kind of the handle has such a part at all.
    pub fn part(&self, kind: Kind) -> Option<Part> {
        let mut part = Part::Whole(kind);
        for step in &self.path {
            part = match (part, step) {
                (Part::Whole(kind), Step::Nth(_)) => Part::Whole(kind.item()?),
                (Part::Whole(kind), Step::Field(name)) => {
                    let known = kind.fields().contains(&name.as_str()) || name == "id";
                    (kind.item().is_none() && known).then_some(Part::Field)?
                }
                (Part::Field, _) => return None,
            };
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

/// Checks a call against its contract and fills in its handles.
pub fn resolve(
    call: &ToolCall,
    spec: &'static ToolSpec,
    handles: &dyn Handles,
    zone: Option<&Zone>,
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
        let resolved = match value.as_str().and_then(Reference::parse) {
            Some(reference) => from_handle(arg, &reference, handles)?,
            None => from_literal(arg, value, zone)?,
        };
        args.insert(arg.name, resolved);
    }
    for arg in spec.args {
        if arg.required && !args.contains_key(arg.name) {
            return Err(invalid(arg.name, "a value; it is required"));
        }
    }
    Ok(Call { spec, args })
}

fn from_handle(
    arg: &'static ArgSpec,
    reference: &Reference,
    handles: &dyn Handles,
) -> Result<Argument, ToolError> {
    let (part, item) = look_up(reference, handles, arg.name)?;
    // What the kind alone shows may be said; what the content shows may not.
    let fits = match (arg.holds, part) {
        (ArgType::Object(want), Part::Whole(kind)) => want == kind,
        (ArgType::Text(_) | ArgType::Address, Part::Field) => {
            matches!(item.peek(), Value::Text(_))
        }
        (ArgType::Instant, Part::Field) => matches!(item.peek(), Value::Time(_)),
        (_, Part::Whole(_) | Part::Field) => false,
    };
    if !fits {
        return Err(invalid(arg.name, expected(arg.holds)));
    }
    if let (ArgType::Text(bytes_max), Value::Text(text)) = (arg.holds, item.peek())
        && text.len() > bytes_max
    {
        return Err(ToolError::Unavailable);
    }
    let item = if arg.holds == ArgType::Address {
        let bare = bare_address(item.text().unwrap_or_default()).ok_or(ToolError::Unavailable)?;
        item.map(|_| Value::Text(bare))
    } else {
        item
    };
    let mut name = reference.name.clone();
    for step in &reference.path {
        match step {
            Step::Nth(n) => name.push_str(&format!("[{}]", n.saturating_add(1))),
            Step::Field(field) => name.push_str(&format!(".{field}")),
        }
    }
    Ok(Argument {
        spec: arg,
        item,
        origin: Origin::Handle(name),
    })
}

fn from_literal(
    arg: &'static ArgSpec,
    value: &Json,
    zone: Option<&Zone>,
) -> Result<Argument, ToolError> {
    let wrong = || invalid(arg.name, expected(arg.holds));
    let text = value.as_str();
    let value = match arg.holds {
        ArgType::Text(bytes_max) => {
            let text = text.ok_or_else(wrong)?;
            if text.len() > bytes_max {
                return Err(invalid(
                    arg.name,
                    &format!("a text of at most {bytes_max} bytes"),
                ));
            }
            Value::Text(text.to_owned())
        }
        ArgType::Address => Value::Text(address(text.ok_or_else(wrong)?).ok_or_else(wrong)?),
        ArgType::Integer(least, most) => {
            let number = value
                .as_i64()
                .or_else(|| text.and_then(|t| t.trim().parse().ok()));
            let fits = number.filter(|n| (least..=most).contains(n));
            Value::Int(fits.ok_or_else(|| {
                invalid(arg.name, &format!("a whole number from {least} to {most}"))
            })?)
        }
        ArgType::Flag => match (value.as_bool(), text) {
            (Some(flag), _) => Value::Bool(flag),
            (None, Some("true")) => Value::Bool(true),
            (None, Some("false")) => Value::Bool(false),
            _ => return Err(wrong()),
        },
        ArgType::Choice(words) => {
            let word = text.filter(|word| words.contains(word));
            let word = word.ok_or_else(|| invalid(arg.name, &words.join(", ")))?;
            Value::Text(word.to_owned())
        }
        ArgType::Instant => Value::Time(instant(text.ok_or_else(wrong)?, zone, arg.name)?),
        ArgType::Day => {
            let day: jiff::civil::Date = text.and_then(|t| t.parse().ok()).ok_or_else(wrong)?;
            Value::Text(day.to_string())
        }
        ArgType::Object(_) | ArgType::Parts => return Err(wrong()),
    };
    Ok(Argument {
        spec: arg,
        item: Labeled::new(value, Label::owner()),
        origin: Origin::Literal,
    })
}

/// The one address in `Name <address>` or in a plain one; `None` where there are several.
fn bare_address(text: &str) -> Option<String> {
    match text.rsplit_once('<') {
        Some((name, rest)) if !name.contains('@') => address(rest.strip_suffix('>')?),
        Some(_) => None,
        None => address(text),
    }
}

/// A mail address in its plain form: one `@`, a host with a dot, nothing that could hide another.
fn address(text: &str) -> Option<String> {
    let text = text.trim();
    let (local, host) = text.rsplit_once('@')?;
    let plain = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let local_fits = !local.is_empty() && local.chars().all(plain);
    let host_fits = host.contains('.')
        && host.split('.').all(|part| !part.is_empty())
        && host
            .chars()
            .all(|c| c.is_alphanumeric() || c == '-' || c == '.');
    (local_fits && host_fits && text.len() <= 254).then(|| text.to_owned())
}

/// A wall-clock time in the owner's zone, or a time with an offset.
fn instant(text: &str, zone: Option<&Zone>, argument: &str) -> Result<Timestamp, ToolError> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(Timestamp::from_millis(at.as_millisecond()));
    }
    let wall: jiff::civil::DateTime = text
        .parse()
        .map_err(|_| invalid(argument, expected(ArgType::Instant)))?;
    let zone = zone.ok_or(ToolError::NoZone)?;
    zone.instant(wall)
        .ok_or_else(|| invalid(argument, expected(ArgType::Instant)))
}

fn expected(holds: ArgType) -> &'static str {
    match holds {
        ArgType::Text(_) => "a text",
        ArgType::Address => "one mail address",
        ArgType::Integer(..) => "a whole number",
        ArgType::Flag => "true or false",
        ArgType::Choice(_) => "one of the listed words",
        ArgType::Instant => "a time such as 2026-11-24T09:00",
        ArgType::Day => "a day such as 2026-11-24",
        ArgType::Object(_) => "a handle of the right kind, such as $mail_2 or $mail_2[1]",
        ArgType::Parts => "a list of texts and references",
    }
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
