//! What an argument can hold: literals as planners write them, and values from outside that fit.

use super::super::handles::invalid;
use super::{shell, spread};
use crate::label::Labeled;
use crate::time::{Timestamp, Zone};
use crate::tool::{ArgSpec, ArgType, Kind, ToolError};
use crate::value::{Item, Value};
use serde_json::Value as Json;

/// A value from outside as an argument of this type. What does not fit is `unavailable`, since
/// that follows from its content.
pub fn fit(item: &Item, holds: ArgType, zone: Option<&Zone>) -> Result<Item, ToolError> {
    if let ArgType::List(inner) = holds {
        let (items, label) = if item.peek().as_list().is_some() {
            (spread(item), item.label().clone())
        } else {
            (vec![item.clone()], shell())
        };
        let items = items.iter().map(|item| fit(item, *inner, zone));
        let items = items.collect::<Result<Vec<_>, _>>()?;
        return Ok(Labeled::new(Value::List(items), label));
    }
    let value = fitting(item.peek(), holds, zone).ok_or(ToolError::Unavailable)?;
    Ok(item.clone().map(|_| value))
}

fn fitting(value: &Value, holds: ArgType, zone: Option<&Zone>) -> Option<Value> {
    let text = value.as_text();
    match holds {
        ArgType::Text(bytes_max) => {
            let text = text?;
            (text.len() <= bytes_max).then_some(Value::Text(text))
        }
        ArgType::Address => bare_address(&text?).map(Value::Text),
        ArgType::Name(_) if matches!(value, Value::Int(_)) => Some(value.clone()),
        ArgType::Name(_) => text.filter(|text| !text.is_empty()).map(Value::Text),
        ArgType::Integer(least, most) => {
            let number: i64 = text?.trim().parse().ok()?;
            (least..=most)
                .contains(&number)
                .then_some(Value::Int(number))
        }
        ArgType::Number => number(&text?),
        ArgType::Flag => match (value, text.as_deref()) {
            (Value::Bool(flag), _) => Some(Value::Bool(*flag)),
            (_, Some("true")) => Some(Value::Bool(true)),
            (_, Some("false")) => Some(Value::Bool(false)),
            _ => None,
        },
        ArgType::Choice(words) => {
            let text = text?;
            words.contains(&text.as_str()).then_some(Value::Text(text))
        }
        ArgType::Instant if matches!(value, Value::Time(_)) => Some(value.clone()),
        ArgType::Instant => instant(&text?, zone, "").ok().map(Value::Time),
        ArgType::Day => {
            let text = text?;
            let day: jiff::civil::Date = text.get(..10)?.parse().ok()?;
            Some(Value::Text(day.to_string()))
        }
        ArgType::Anything => Some(value.clone()),
        ArgType::Object(_) | ArgType::Parts | ArgType::List(_) => None,
    }
}

fn number(text: &str) -> Option<Value> {
    let text = text.trim();
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Value::Int(whole));
    }
    let number: f64 = text.parse().ok()?;
    serde_json::Number::from_f64(number).map(Value::Number)
}

pub(super) fn literal(
    arg: &'static ArgSpec,
    holds: ArgType,
    value: &Json,
    zone: Option<&Zone>,
) -> Result<Value, ToolError> {
    let wrong = || invalid(arg.name, expected(holds));
    let text = value.as_str();
    match holds {
        ArgType::Text(bytes_max) => {
            let text = text.ok_or_else(wrong)?;
            if text.len() > bytes_max {
                let most = format!("a text of at most {bytes_max} bytes");
                return Err(invalid(arg.name, &most));
            }
            Ok(Value::Text(text.to_owned()))
        }
        ArgType::Address => {
            let address = address(text.ok_or_else(wrong)?).ok_or_else(wrong)?;
            Ok(Value::Text(address))
        }
        ArgType::Name(_) => match (text, value.as_i64()) {
            (Some(text), _) if !text.trim().is_empty() => Ok(Value::Text(text.to_owned())),
            (None, Some(number)) => Ok(Value::Int(number)),
            _ => Err(wrong()),
        },
        ArgType::Integer(least, most) => {
            let given = value
                .as_i64()
                .or_else(|| text.and_then(|t| t.trim().parse().ok()));
            let fits = given.filter(|n| (least..=most).contains(n));
            Ok(Value::Int(fits.ok_or_else(|| {
                invalid(arg.name, &format!("a whole number from {least} to {most}"))
            })?))
        }
        ArgType::Number => match (value, text) {
            (Json::Number(_), _) => Ok(Value::from_json_leaf(value)),
            (_, Some(text)) => number(text).ok_or_else(wrong),
            _ => Err(wrong()),
        },
        ArgType::Flag => match (value.as_bool(), text) {
            (Some(flag), _) => Ok(Value::Bool(flag)),
            (None, Some("true")) => Ok(Value::Bool(true)),
            (None, Some("false")) => Ok(Value::Bool(false)),
            _ => Err(wrong()),
        },
        ArgType::Choice(words) => {
            let word = text.filter(|word| words.contains(word));
            let word = word.ok_or_else(|| invalid(arg.name, &words.join(", ")))?;
            Ok(Value::Text(word.to_owned()))
        }
        ArgType::Instant => instant(text.ok_or_else(wrong)?, zone, arg.name).map(Value::Time),
        ArgType::Day => {
            let day: jiff::civil::Date = text.and_then(|t| t.parse().ok()).ok_or_else(wrong)?;
            Ok(Value::Text(day.to_string()))
        }
        ArgType::Object(_) | ArgType::Parts | ArgType::List(_) | ArgType::Anything => Err(wrong()),
    }
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

pub(super) fn expected(holds: ArgType) -> &'static str {
    match holds {
        ArgType::Text(_) => "a text",
        ArgType::Address => "one mail address",
        ArgType::Name(_) => "a name or an id",
        ArgType::Integer(..) => "a whole number",
        ArgType::Number => "a number",
        ArgType::Flag => "true or false",
        ArgType::Choice(_) => "one of the listed words",
        ArgType::Instant => "a time such as 2026-11-24T09:00",
        ArgType::Day => "a day such as 2026-11-24",
        ArgType::Object(Kind::Mail) => "one mail, such as $mail_2[1] of a list",
        ArgType::Object(Kind::Event) => "one event, such as $event_2[1] of a list",
        ArgType::Object(Kind::Draft) => "one draft, such as $draft_2",
        ArgType::Object(Kind::Note) => "one note, such as $note_2[1] of a list",
        ArgType::Object(Kind::Reminder) => "one reminder, such as $reminder_2[1] of a list",
        ArgType::Object(_) => "a handle of the right kind, such as $mail_2 or $mail_2[1]",
        ArgType::Parts => "a list of texts and references",
        ArgType::List(_) => "a list",
        ArgType::Anything => "a JSON value",
    }
}
