//! Calls that the planner announced before it read anything, and whether one is among them.

use super::super::record::{Announced, Progress};
use super::super::state::Turn;
use crate::agent::handles::{Reference, invalid};
use crate::agent::planner;
use crate::tool::{ToolCall, ToolError};
use serde_json::Value as Json;

/// The most calls that can be announced in one turn.
const ANNOUNCED_MAX: usize = 40;
/// What stands where a handle will be.
const HOLE: &str = "$";

/// Takes an announcement. Once untrusted bits have reached the planner, it is too late for one.
pub(super) fn take(turn: &mut Turn, call: &ToolCall) -> Result<(), ToolError> {
    let calls = call.args.get("calls").and_then(Json::as_array);
    let calls = calls.ok_or_else(|| invalid("calls", "a list of {\"tool\", \"args\"}"))?;
    if turn.exposed || turn.is_tainted() {
        return Err(invalid("calls", "to be announced before anything is read"));
    }
    let mut read = Vec::new();
    for call in calls {
        let tool = call.get("tool").and_then(Json::as_str).unwrap_or_default();
        if planner::find(tool).is_none() {
            return Err(invalid("calls", "names of listed tools"));
        }
        read.push(Announced {
            tool: tool.to_owned(),
            args: call.get("args").cloned().unwrap_or_default(),
        });
    }
    if turn.announced.len().saturating_add(read.len()) > ANNOUNCED_MAX {
        return Err(invalid("calls", "at most 40 calls in a turn"));
    }
    turn.announced.extend(read);
    Ok(())
}

/// Whether a call was announced, and not made before as often as it was.
pub(super) fn covers(turn: &Turn, call: &ToolCall) -> bool {
    let fits_both = |announced: &Announced, call: &ToolCall| {
        announced.tool == call.tool && fits(&announced.args, &call.args)
    };
    let fitting = || {
        let all = turn.announced.iter();
        all.filter(|announced| fits_both(announced, call))
    };
    let made = turn.calls.iter().filter(|earlier| {
        // What was not even read is written again, correctly.
        earlier.facts.announced
            && earlier.status != Progress::Failed
            && fitting().any(|announced| fits_both(announced, &earlier.call))
    });
    fitting().count() > made.count()
}

/// Whether what is called is what was announced, with handles in the holes.
fn fits(announced: &Json, called: &Json) -> bool {
    match (announced, called) {
        (Json::String(hole), Json::String(text)) if hole == HOLE => {
            let text = text.trim();
            // In a loop `$item` is a reference; with anything else behind it, it is the planner's text.
            let item = text
                .strip_prefix("$item")
                .map(|path| format!("$item_1{path}"));
            Reference::parse(item.as_deref().unwrap_or(text)).is_some()
        }
        (Json::Object(announced), Json::Object(called)) => {
            let given = |fields: &serde_json::Map<String, Json>| {
                fields.values().filter(|value| !value.is_null()).count()
            };
            given(announced) == given(called)
                && called.iter().all(|(name, value)| {
                    value.is_null() || announced.get(name).is_some_and(|a| fits(a, value))
                })
        }
        (Json::Array(announced), Json::Array(called)) => {
            announced.len() == called.len() && announced.iter().zip(called).all(|(a, c)| fits(a, c))
        }
        (announced, called) => announced == called,
    }
}

#[cfg(test)]
mod tests;
