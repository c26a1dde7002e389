//! What is to be done for a request: a few calls in a row and the words that go with them.
//!
//! A plan is made anew for every step from the same prompt, so it is a function of what was said.
//! It ends by itself: each step is done once, and after the last there is nothing left.

use super::turn::{Outcome, Turn};
use crate::models::PromptItem;
use crate::models::{ModelReply, Stop, Usage};
use crate::tool::ToolCall;
use serde_json::{Map, Value};

/// Calls in a row, then words.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The calls.
    pub steps: Vec<Step>,
    /// What to say when all is done; may be empty.
    pub end: String,
}

/// One call.
#[derive(Debug, Clone)]
pub struct Step {
    /// The tool.
    pub tool: &'static str,
    /// Its arguments.
    pub args: Vec<(&'static str, Arg)>,
    /// What to say with it; may be empty.
    pub words: String,
}

/// An argument.
#[derive(Debug, Clone)]
pub enum Arg {
    /// A value.
    Is(Value),
    /// A part of what the step before returned: `[1].address`. Empty for the whole.
    OfLast(String),
}

impl Plan {
    /// Nothing but words.
    pub fn say(words: impl Into<String>) -> Self {
        Self {
            steps: Vec::new(),
            end: words.into(),
        }
    }

    /// One call whose result is shown.
    pub fn show(tool: &'static str, args: Vec<(&'static str, Arg)>, words: &str) -> Self {
        Self::default().then(tool, args).shown(words)
    }

    /// Adds a call.
    pub fn then(mut self, tool: &'static str, args: Vec<(&'static str, Arg)>) -> Self {
        self.steps.push(Step {
            tool,
            args,
            words: String::new(),
        });
        self
    }

    /// Adds the showing of the last result.
    pub fn shown(mut self, words: &str) -> Self {
        let args = vec![("handle", Arg::OfLast(String::new()))];
        self.steps.push(Step {
            tool: "show",
            args,
            words: words.to_owned(),
        });
        self
    }
}

/// A literal argument.
pub fn is(value: impl Into<Value>) -> Arg {
    Arg::Is(value.into())
}

/// The next step of a plan. The outcomes so far are those of its first steps and good.
pub fn next(plan: &Plan, turn: &Turn<'_>, items: &[PromptItem]) -> ModelReply {
    let count = turn.done.len();
    let Some(step) = plan.steps.get(count) else {
        return words(&plan.end);
    };
    let as_planned = turn
        .done
        .iter()
        .zip(&plan.steps)
        .all(|((call, _), step)| call.tool == step.tool);
    let last = turn
        .done
        .iter()
        .rev()
        .find_map(|(_, outcome)| match outcome {
            Outcome::Handle(handle) => Some(handle.name.as_str()),
            Outcome::Done | Outcome::Failed(_) | Outcome::Open => None,
        });
    if !as_planned {
        return show_last(turn, items);
    }
    let mut args = Map::new();
    for (name, arg) in &step.args {
        let value = match (arg, last) {
            (Arg::Is(value), _) => value.clone(),
            (Arg::OfLast(path), Some(handle)) => format!("{handle}{path}").into(),
            // A step that left nothing behind, such as a zone that was set without a record.
            (Arg::OfLast(_), None) => return words(&plan.end),
        };
        args.insert((*name).to_owned(), value);
    }
    let call = ToolCall {
        id: fresh_id(items),
        tool: step.tool.to_owned(),
        args: args.into(),
    };
    ModelReply {
        calls: vec![call],
        ..words(&step.words)
    }
}

/// Shows the last result, unless that was done.
pub fn show_last(turn: &Turn<'_>, items: &[PromptItem]) -> ModelReply {
    let Some((_, Outcome::Handle(handle))) = turn.done.last() else {
        return words("");
    };
    let args = serde_json::json!({"handle": handle.name});
    let call = ToolCall {
        id: fresh_id(items),
        tool: "show".to_owned(),
        args,
    };
    ModelReply {
        calls: vec![call],
        ..words("")
    }
}

/// A reply of words only, which ends the turn.
pub fn words(text: &str) -> ModelReply {
    ModelReply {
        text: text.to_owned(),
        calls: Vec::new(),
        opaque: Vec::new(),
        stop: Stop::End,
        usage: Usage::default(),
    }
}

/// An id that no call of the prompt has.
fn fresh_id(items: &[PromptItem]) -> String {
    let calls = || {
        items.iter().flat_map(|item| match item {
            PromptItem::Planner { calls, .. } => calls.as_slice(),
            PromptItem::Owner { .. } | PromptItem::Result { .. } => &[],
        })
    };
    let mut number = calls().count().saturating_add(1);
    loop {
        let id = format!("c{number}");
        if calls().all(|call| call.id != id) {
            return id;
        }
        number = number.saturating_add(1);
    }
}
