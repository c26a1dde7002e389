//! Messages, replies and calls in short, for tests of the engine.

use super::sim::HOME;
use crate::agent::turn::Turn;
use crate::id::{ConversationId, DeliveryId};
use crate::message::{Attachment, Author, Content, Inbound};
use crate::models::{ModelReply, Stop, Usage};
use crate::store::turns::Status;
use crate::tool::ToolCall;
use serde_json::Value as Json;

/// A message of the owner's, under a delivery id that is made of its words.
pub fn owner(words: &str) -> Inbound {
    inbound(Author::Owner, words, words)
}

pub fn inbound(author: Author, words: &str, delivery: &str) -> Inbound {
    // Ids are short and plain, the words need not be.
    let mut id: String = delivery
        .chars()
        .filter(|c| c.is_alphanumeric())
        .take(60)
        .collect();
    id.push('_');
    Inbound {
        channel: "generic".to_owned(),
        delivery: DeliveryId::try_from(id).unwrap(),
        conversation: ConversationId::try_from(HOME).unwrap(),
        author,
        content: Content::Text {
            text: words.to_owned(),
            attachments: vec![],
            reply_to: None,
        },
    }
}

pub fn with_file(mut inbound: Inbound, file: Attachment) -> Inbound {
    if let Content::Text { attachments, .. } = &mut inbound.content {
        attachments.push(file);
    }
    inbound
}

/// A reply of words alone.
pub fn text(words: &str) -> ModelReply {
    ModelReply {
        text: words.to_owned(),
        calls: vec![],
        opaque: vec![],
        stop: Stop::End,
        usage: Usage {
            tokens_in: 100,
            tokens_out: 10,
        },
    }
}

/// A reply of calls alone.
pub fn calls(wanted: &[(&str, Json)]) -> ModelReply {
    let calls = wanted.iter().enumerate().map(|(n, (tool, args))| ToolCall {
        id: format!("c{n}"),
        tool: (*tool).to_owned(),
        args: args.clone(),
    });
    ModelReply {
        calls: calls.collect(),
        ..text("")
    }
}

pub fn is_done(turn: &Turn) -> bool {
    turn.status == Status::Done
}
