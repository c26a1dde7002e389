//! When a planner is not asked again: it has had the last word, or it does not take a correction.
//!
//! Both are read off what the planner itself wrote and was told, so that nothing others wrote has a
//! say in how often it is asked.

use super::super::record::CallRecord;
use super::super::state::Turn;
use crate::agent::planner::{self, Found};
use crate::agent::reading::REPLY;
use crate::models::PromptItem;
use crate::tool::ToolCall;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// How often the same call may fail in one turn, wherever it stands in it.
const FAILURES_MAX: u32 = 3;

/// Whether the planner was told that a call failed.
pub(super) fn has_failed(record: &CallRecord) -> bool {
    let told = record.result.as_ref();
    told.is_some_and(|told| told.contains("\"error\":"))
}

/// Whether a round answers the owner and leaves nothing that the planner could learn from or go on
/// with: beside `reply` it only shows and submits, and every call that was announced is made.
/// To ask the planner once more would bring a "Done".
pub(super) fn are_last_words(turn: &Turn) -> bool {
    let made = turn
        .calls
        .iter()
        .filter(|record| record.facts.announced && record.parent.is_none() && !has_failed(record));
    if made.count() < turn.announced.len() {
        return false;
    }
    let mut answers = false;
    for (_, record) in turn.round() {
        match planner::find(&record.call.tool) {
            _ if has_failed(record) => return false,
            Some(Found::Speaks(spec)) => answers |= spec.name == REPLY.name,
            Some(Found::Works(_, spec)) if planner::is_effectful(spec) => {}
            Some(Found::Repeats) => {}
            Some(Found::Works(..) | Found::Reads(_) | Found::Announces) | None => return false,
        }
    }
    answers
}

/// Whether the planner's last two replies made the same calls and none of them worked, or one call
/// failed time and again. A planner gets one correction; one that does not take it would go on until
/// the turn's limits.
pub(super) fn is_stuck(items: &[PromptItem]) -> bool {
    has_repeated_a_failure(items) || fails_time_and_again(items)
}

fn has_repeated_a_failure(items: &[PromptItem]) -> bool {
    let mut back = items.iter().rev();
    let (Some(last), Some(before)) = (failed_round(&mut back), failed_round(&mut back)) else {
        return false;
    };
    let mut both = last.iter().zip(before);
    last.len() == before.len() && both.all(|(a, b)| a.tool == b.tool && a.args == b.args)
}

/// The calls of the next round on the way back, if all of them failed.
fn failed_round<'a>(back: &mut impl Iterator<Item = &'a PromptItem>) -> Option<&'a [ToolCall]> {
    back.find_map(|item| match item {
        PromptItem::Result { failed: true, .. } => None,
        PromptItem::Planner { calls, .. } => Some(Some(calls.as_slice())),
        PromptItem::Result { .. } | PromptItem::Owner { .. } => Some(None),
    })
    .flatten()
}

fn fails_time_and_again(items: &[PromptItem]) -> bool {
    let mut made: BTreeMap<&str, String> = BTreeMap::new();
    let mut failures: BTreeMap<String, u32> = BTreeMap::new();
    for item in items {
        match item {
            PromptItem::Planner { calls, .. } => {
                let forms = calls.iter().map(|call| (call.id.as_str(), form(call)));
                made.extend(forms);
            }
            PromptItem::Result {
                call, failed: true, ..
            } => {
                if let Some(form) = made.remove(call.as_str()) {
                    let count = failures.entry(form).or_default();
                    *count = count.saturating_add(1);
                }
            }
            PromptItem::Result { .. } | PromptItem::Owner { .. } => {}
        }
    }
    failures.values().any(|count| *count >= FAILURES_MAX)
}

/// A call but for the numbers of its handles: a planner that lists the mails once more and makes the
/// same mistake with them has made it again.
fn form(call: &ToolCall) -> String {
    let mut args = call.args.clone();
    forget_numbers(&mut args);
    format!("{} {args}", call.tool)
}

fn forget_numbers(value: &mut Json) {
    match value {
        Json::String(text) if text.starts_with('$') => text.retain(|c| !c.is_ascii_digit()),
        Json::Array(items) => items.iter_mut().for_each(forget_numbers),
        Json::Object(fields) => fields.values_mut().for_each(forget_numbers),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

#[cfg(test)]
mod tests;
