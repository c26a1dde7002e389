//! What the planner has seen of a conversation.
//!
//! It is kept apart from what the owner saw: only this is ever sent to a planner. Old entries go
//! when a limit is reached, always back to a message of the owner, so that no call loses its
//! result.

use crate::message::Locale;
use crate::models::PromptItem;
use crate::tool::ToolCall;
use serde::{Deserialize, Serialize};

/// The most entries that are kept.
const ITEMS_MAX: usize = 80;
/// The most bytes of entries that are kept.
const BYTES_MAX: usize = 48 * 1024;

/// The state of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Conversation {
    /// What the planner has seen, oldest first.
    pub items: Vec<PromptItem>,
    /// How many calls planners have made in it; handles are numbered by it.
    pub calls: u64,
    /// The language it is held in, once known.
    pub locale: Option<Locale>,
}

impl Conversation {
    /// Adds what a turn said, and lets go of the oldest entries over the limits.
    pub fn extend(&mut self, items: Vec<PromptItem>) {
        self.items.extend(items);
        let mut sizes: Vec<usize> = self.items.iter().map(bytes).collect();
        let mut total: usize = sizes.iter().sum();
        let mut dropped = 0;
        while self.items.len().saturating_sub(dropped) > ITEMS_MAX || total > BYTES_MAX {
            let next = self
                .items
                .iter()
                .skip(dropped.saturating_add(1))
                .position(|item| matches!(item, PromptItem::Owner { .. }));
            let Some(next) = next else { break };
            let until = dropped.saturating_add(next).saturating_add(1);
            total = sizes
                .drain(..next.saturating_add(1))
                .fold(total, usize::saturating_sub);
            dropped = until;
        }
        self.items.drain(..dropped);
    }
}

/// Takes the values that were extracted from others' text out of what a planner saw, and what it
/// said and thought once it knew them. Its calls stay: they say what the handles stand for.
pub fn forget_extracted(items: &mut [PromptItem]) {
    let mut knows = false;
    for item in items {
        match item {
            PromptItem::Result { text, .. } => {
                let Ok(serde_json::Value::Object(mut told)) = serde_json::from_str(text) else {
                    continue;
                };
                let unavailable = told.get("error").is_some_and(|code| code == "unavailable");
                knows = knows || unavailable;
                if told.remove("value").is_some() {
                    knows = true;
                    *text = serde_json::Value::Object(told).to_string();
                }
            }
            PromptItem::Planner { text, opaque, .. } if knows => {
                text.clear();
                opaque.clear();
            }
            PromptItem::Planner { .. } | PromptItem::Owner { .. } => {}
        }
    }
}

/// How many bytes an entry has, in what a planner is sent.
pub fn bytes(item: &PromptItem) -> usize {
    match item {
        PromptItem::Owner { text } | PromptItem::Result { text, .. } => text.len(),
        PromptItem::Planner {
            text,
            calls,
            opaque,
        } => planner_bytes(text, calls, opaque),
    }
}

/// How many bytes a planner's words, calls and hidden blocks have.
pub fn planner_bytes(text: &str, calls: &[ToolCall], opaque: &[serde_json::Value]) -> usize {
    let called = calls
        .iter()
        .map(|call| call.args.to_string().len() + call.tool.len() + call.id.len());
    let hidden = opaque.iter().map(|block| block.to_string().len());
    called.chain(hidden).fold(text.len(), usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_turns_go_whole() {
        let mut conversation = Conversation::default();
        for n in 0..60 {
            let call = ToolCall {
                id: format!("c{n}"),
                tool: "x".into(),
                args: serde_json::json!({}),
            };
            conversation.extend(vec![
                PromptItem::Owner {
                    text: n.to_string(),
                },
                PromptItem::Planner {
                    text: String::new(),
                    calls: vec![call],
                    opaque: vec![],
                },
                PromptItem::Result {
                    call: format!("c{n}"),
                    text: "{}".into(),
                    failed: false,
                },
            ]);
        }
        assert!(conversation.items.len() <= ITEMS_MAX);
        assert!(matches!(&conversation.items[0], PromptItem::Owner { .. }));
        assert!(
            matches!(conversation.items.last(), Some(PromptItem::Result { call, .. }) if call == "c59")
        );
    }

    #[test]
    fn one_huge_turn_is_kept_whole() {
        let mut conversation = Conversation::default();
        conversation.extend(vec![PromptItem::Owner {
            text: "small".into(),
        }]);
        conversation.extend(vec![PromptItem::Owner {
            text: "x".repeat(BYTES_MAX * 2),
        }]);
        assert_eq!(conversation.items.len(), 1);
    }
}
