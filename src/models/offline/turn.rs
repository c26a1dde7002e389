//! Where the turn stands: the owner's last text, what was done since, and earlier handles.
//!
//! All of it is read from the prompt, so the planner keeps no state and the same prompt always
//! gets the same reply. Handles are names only; what they stand for is never seen here.

use crate::models::PromptItem;
use crate::tool::{Kind, ToolCall};
use serde::Deserialize;

/// The present turn.
#[derive(Debug)]
pub struct Turn<'a> {
    /// All that was said before the owner's last text, and that text as the last item.
    pub said: &'a [PromptItem],
    /// The calls made since, each with its outcome, in order.
    pub done: Vec<(&'a ToolCall, Outcome)>,
    /// Whether the planner already ended its turn.
    pub ended: bool,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A value under this name.
    Handle(Handle),
    /// It was done and there is nothing to pass on.
    Done,
    /// It failed with this code.
    Failed(String),
    /// There is no result yet.
    Open,
}

/// A value's name and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Handle {
    /// Its name: `$mail_1`.
    #[serde(rename = "handle")]
    pub name: String,
    /// What it stands for.
    pub kind: Kind,
    /// `submitted` where the owner is asked first, so that nothing is done yet.
    #[serde(default)]
    pub status: Option<String>,
}

impl<'a> Turn<'a> {
    /// Reads the items of a prompt; `None` without a text of the owner.
    pub fn of(items: &'a [PromptItem]) -> Option<Self> {
        let last = items
            .iter()
            .rposition(|item| matches!(item, PromptItem::Owner { .. }))?;
        let (said, since) = items.split_at_checked(last.checked_add(1)?)?;
        let mut turn = Self {
            said,
            done: Vec::new(),
            ended: false,
        };
        for item in since {
            match item {
                PromptItem::Planner { calls, .. } => {
                    turn.ended = calls.is_empty();
                    turn.done
                        .extend(calls.iter().map(|call| (call, Outcome::Open)));
                }
                PromptItem::Result { call, text, failed } => {
                    let open = turn
                        .done
                        .iter_mut()
                        .find(|(made, outcome)| made.id == *call && *outcome == Outcome::Open);
                    if let Some((_, outcome)) = open {
                        *outcome = outcome_of(text, *failed);
                    }
                }
                PromptItem::Owner { .. } => {}
            }
        }
        Some(turn)
    }

    /// What the planner last said before the owner's text, within the turn before.
    pub fn question(said: &'a [PromptItem]) -> Option<&'a str> {
        let before = said.split_last()?.1;
        for item in before.iter().rev() {
            match item {
                PromptItem::Planner { text, .. } if !text.is_empty() => return Some(text),
                PromptItem::Owner { .. } => return None,
                PromptItem::Planner { .. } | PromptItem::Result { .. } => {}
            }
        }
        None
    }

    /// The items up to and with the owner's text before this one.
    pub fn earlier(said: &'a [PromptItem]) -> Option<&'a [PromptItem]> {
        let before = said.split_last()?.1;
        let last = before
            .iter()
            .rposition(|item| matches!(item, PromptItem::Owner { .. }))?;
        before.get(..=last)
    }

    /// The latest earlier handle of a kind that is wanted.
    pub fn latest(&self, wanted: impl Fn(Kind) -> bool) -> Option<Handle> {
        self.said.iter().rev().find_map(|item| match item {
            PromptItem::Result {
                text,
                failed: false,
                ..
            } => handle_of(text).filter(|handle| wanted(handle.kind)),
            PromptItem::Result { .. } | PromptItem::Owner { .. } | PromptItem::Planner { .. } => {
                None
            }
        })
    }
}

fn handle_of(text: &str) -> Option<Handle> {
    let handle: Handle = serde_json::from_str(text).ok()?;
    handle.name.starts_with('$').then_some(handle)
}

fn outcome_of(text: &str, failed: bool) -> Outcome {
    if let Some(handle) = handle_of(text).filter(|_| !failed) {
        return Outcome::Handle(handle);
    }
    let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    match value.get("error").and_then(serde_json::Value::as_str) {
        Some(code) => Outcome::Failed(code.to_owned()),
        None if failed => Outcome::Failed("unavailable".to_owned()),
        None => Outcome::Done,
    }
}
