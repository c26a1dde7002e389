//! The same call for every item of a list.
//!
//! The planner makes one call and hears of one result; how many items there are it never learns.
//! Each item's call is decided about on its own.

use super::super::CALLS_MAX;
use super::super::record::{CallRecord, Progress};
use super::super::state::{Effect, Turn, World};
use super::{begin as begin_call, name_of};
use crate::agent::handles::{Reference, invalid, look_up};
use crate::agent::planner::{self, Found};
use crate::agent::reading::FOR_EACH;
use crate::message::Message;
use crate::tool::{Kind, ToolCall, ToolError};
use crate::value::Value;
use serde_json::Value as Json;

/// What stands for the item in the arguments.
const ITEM: &str = "$item";

/// Begins a loop, or defers it until its list is there.
pub(super) fn begin(turn: &mut Turn, at: usize, world: &mut World<'_>, effects: &mut Vec<Effect>) {
    let Some(record) = turn.calls.get(at) else {
        return;
    };
    let call = record.call.clone();
    let made = check(&call).and_then(|(list, tool, args)| {
        // Every item's call has the same shape.
        let one = ToolCall {
            id: String::new(),
            tool: tool.clone(),
            args: filled(&args, &format!("{}[1]", list.text())),
        };
        super::check(turn, &one, world)?;
        Ok((list, tool, args))
    });
    let outcome = match made {
        Ok((list, _, _)) if turn.is_open(&list.name) => {
            with(turn, at, |record| {
                record.status = Progress::Deferred;
                promise(record, at);
            });
            return;
        }
        Ok(made) => expand(turn, at, &call, made, world, effects),
        Err(error) => Err(error),
    };
    if let Err(error) = outcome {
        if error == ToolError::Unavailable {
            // What is no list is the owner's to know.
            with(turn, at, |record| promise(record, at));
            super::outcomes::tell_failure(turn, FOR_EACH.name, world, effects);
            end(turn, at, effects);
        }
        with(turn, at, |record| record.fail(&error));
    }
}

fn with(turn: &mut Turn, at: usize, change: impl FnOnce(&mut CallRecord)) {
    if let Some(record) = turn.calls.get_mut(at) {
        change(record);
    }
}

/// Ends a loop that does not begin.
fn end(turn: &mut Turn, at: usize, effects: &mut Vec<Effect>) {
    with(turn, at, |record| {
        record.status = Progress::Failed;
        super::outcomes::leave_nothing(record, at, effects);
    });
    effects.push(Effect::Recheck);
}

fn promise(record: &mut CallRecord, at: usize) {
    let name = name_of(record, at, Kind::Done);
    let told = planner::submitted(&name, Kind::Done, None);
    record.result.get_or_insert(told.to_string());
}

/// The list, the tool and its arguments, as far as the planner's own text shows them.
fn check(call: &ToolCall) -> Result<(Reference, String, Json), ToolError> {
    let text = |name: &str| call.args.get(name).and_then(Json::as_str);
    let list = text("list").and_then(|text| Reference::parse(text.trim()));
    let list = list.ok_or_else(|| invalid("list", "a list's handle, such as $mail_1"))?;
    let tool = text("tool").unwrap_or_default();
    let Some(Found::Works(..)) = planner::find(tool) else {
        return Err(invalid("tool", "the name of a tool that does something"));
    };
    let args = call.args.get("args").cloned().unwrap_or_default();
    if !args.is_object() {
        return Err(invalid("args", "a JSON object"));
    }
    Ok((list, tool.to_owned(), args))
}

fn expand(
    turn: &mut Turn,
    at: usize,
    call: &ToolCall,
    (list, tool, args): (Reference, String, Json),
    world: &mut World<'_>,
    effects: &mut Vec<Effect>,
) -> Result<(), ToolError> {
    let (_, found) = look_up(&list, world.handles, "list")?;
    let Value::List(items) = found.peek() else {
        return Err(ToolError::Unavailable);
    };
    with(turn, at, |record| {
        record.status = Progress::Gathering;
        promise(record, at);
    });
    let before = turn.calls.len().saturating_sub(turn.planned_calls());
    let room = CALLS_MAX.saturating_sub(before);
    if items.len() > room {
        let words = turn.locale.pick(
            "There are more items than one turn may act on, so I did nothing with them.",
            "Il y a plus d'éléments qu'un tour ne peut traiter, je n'en ai rien fait.",
        );
        turn.tell(Message::say(words), world.now, effects);
        end(turn, at, effects);
        return Ok(());
    }
    let facts = turn.calls.get(at).map(|record| record.facts);
    for n in 1..=items.len() {
        let call = ToolCall {
            id: format!("{}:{n}", call.id),
            tool: tool.clone(),
            args: filled(&args, &format!("{}[{n}]", list.text())),
        };
        // A part bears the turn's number in its name.
        let mut child = CallRecord::new(call, turn.seq.unsigned_abs());
        child.parent = Some(at);
        child.facts = super::facts(turn, &child.call);
        // A loop that was announced announced each of its calls.
        let announced = facts.is_some_and(|facts| facts.announced);
        child.facts.announced = child.facts.announced || announced;
        child.facts.in_bulk = items.len() > crate::policy::bulk_limit();
        let place = turn.calls.len();
        if let Some(Found::Works(_, spec)) = planner::find(&child.call.tool) {
            child.kind = Some(spec.returns);
        }
        begin_call(turn, &mut child, place, world, effects);
        turn.calls.push(child);
    }
    effects.push(Effect::Recheck);
    Ok(())
}

/// The arguments with the item in its places.
fn filled(args: &Json, item: &str) -> Json {
    match args {
        Json::String(text) => match text.trim().strip_prefix(ITEM) {
            Some(path) if path.is_empty() || path.starts_with(['.', '[']) => {
                format!("{item}{path}").into()
            }
            _ => args.clone(),
        },
        Json::Array(items) => items.iter().map(|value| filled(value, item)).collect(),
        Json::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), filled(value, item)));
            Json::Object(fields.collect())
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => args.clone(),
    }
}

/// Puts the results of a loop whose calls are all settled into one list.
pub(super) fn gather(turn: &mut Turn, effects: &mut Vec<Effect>) {
    let gathering: Vec<usize> = (0..turn.calls.len())
        .filter(|at| {
            turn.calls
                .get(*at)
                .is_some_and(|record| record.status == Progress::Gathering)
        })
        .collect();
    for at in gathering {
        let children = || {
            let numbered = turn.calls.iter().enumerate();
            numbered.filter(move |(_, record)| record.parent == Some(at))
        };
        if children().any(|(_, record)| record.is_open()) {
            continue;
        }
        let parts = children()
            .filter(|(_, record)| record.status == Progress::Done)
            .map(|(place, record)| name_of(record, place, Kind::Done))
            .collect();
        let name = turn
            .calls
            .get(at)
            .map(|record| name_of(record, at, Kind::Done));
        if let Some(name) = name {
            effects.push(Effect::Gather { name, parts });
            effects.push(Effect::Recheck);
        }
        with(turn, at, |record| record.status = Progress::Done);
    }
}
