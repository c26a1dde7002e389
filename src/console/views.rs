//! What the API and the console say of turns, messages and approvals, as JSON.

use crate::agent::turn::{Cause, Turn};
use crate::approval::Approval;
use crate::inert::inert;
use crate::message::{Block, Locale, Message};
use crate::policy::Reason;
use crate::time::Timestamp;
use serde_json::{Value as Json, json};

/// Messages of a turn are numbered within it; no turn has this many.
const NUMBERS_PER_TURN: i64 = 10_000;

/// The message that set a turn off, if somebody wrote one.
pub fn opening(turn: &Turn, at: Timestamp) -> Option<Json> {
    let (role, text, message) = match &turn.cause {
        Cause::Owner { text, .. } => ("owner", text.clone(), Message::say(text.clone())),
        Cause::Guest { name, text, .. } => {
            let text = inert(text.peek());
            let block = Block::Quote {
                source: format!("chat:{}", inert(name)),
                text: text.clone(),
            };
            (
                "guest",
                text,
                Message {
                    blocks: vec![block],
                },
            )
        }
        Cause::Button { .. } | Cause::Notice { .. } | Cause::Check { .. } => return None,
    };
    Some(json!({
        "id": turn.seq.saturating_mul(NUMBERS_PER_TURN),
        "turn": turn.id,
        "role": role,
        "at": at,
        "text": text,
        "blocks": message.blocks,
    }))
}

/// One message of the agent.
pub fn said(turn: &Turn, n: usize) -> Option<Json> {
    let said = turn.messages.get(n)?;
    let number = i64::try_from(n).unwrap_or(i64::MAX).saturating_add(1);
    Some(json!({
        "id": turn.seq.saturating_mul(NUMBERS_PER_TURN).saturating_add(number),
        "turn": turn.id,
        "role": "agent",
        "at": said.at,
        "text": said.message.plain(turn.locale),
        "blocks": said.message.blocks,
    }))
}

/// All messages of a turn, in order.
pub fn messages(turn: &Turn, at: Timestamp) -> Vec<Json> {
    let rest = (0..turn.messages.len()).filter_map(|n| said(turn, n));
    opening(turn, at).into_iter().chain(rest).collect()
}

/// The sentence for a reason's code.
fn why(code: &str, locale: Locale) -> Option<&'static str> {
    let reason: Reason = serde_json::from_value(Json::from(code)).ok()?;
    let (english, french) = reason.sentence();
    Some(locale.pick(english, french))
}

/// A turn in a list.
pub fn summary(turn: &Turn, at: Timestamp) -> Json {
    let calls: Vec<Json> = turn
        .calls
        .iter()
        .map(|record| {
            json!({
                "tool": inert(&record.call.tool),
                "decision": record.decision,
                "reason": record.reason,
                "why": why(&record.reason, turn.locale),
                "status": record.status,
                "labels": record.labels,
                "approval": record.approval,
                "parent": record.parent,
            })
        })
        .collect();
    json!({
        "id": turn.id,
        "at": at,
        "status": turn.status,
        "channel": turn.channel,
        "conversation": turn.conversation,
        "calls": calls,
        "usage": turn.spent,
    })
}

/// A turn in full: its messages, and its calls with what the planner wrote into them.
pub fn full(turn: &Turn, at: Timestamp) -> Json {
    let mut view = summary(turn, at);
    if let Some(calls) = view.get_mut("calls").and_then(Json::as_array_mut) {
        for (call, record) in calls.iter_mut().zip(&turn.calls) {
            if let Some(fields) = call.as_object_mut() {
                fields.insert("args".to_owned(), record.call.args.clone());
            }
        }
    }
    if let Some(fields) = view.as_object_mut() {
        fields.insert("messages".to_owned(), Json::Array(messages(turn, at)));
    }
    view
}

/// A question in full, with the reason in the turn's language.
pub fn approval(asked: &Approval, turn: &str, locale: Locale) -> Json {
    json!({
        "id": asked.id,
        "turn": turn,
        "summary": asked.card.summary(),
        "call_hash": asked.call_hash,
        "expires_at": asked.expires_at,
        "status": asked.status,
        "reason": asked.reason,
        "why": why(&asked.reason, locale),
        "card": asked.card,
    })
}

/// The answer to a webhook whose caller waits.
pub fn waited(turn: &Turn, approvals: &[Approval]) -> Json {
    let messages: Vec<Json> = turn
        .messages
        .iter()
        .map(|said| json!({"text": said.message.plain(turn.locale), "blocks": said.message.blocks}))
        .collect();
    let asked: Vec<Json> = approvals
        .iter()
        .map(|asked| {
            json!({
                "id": asked.id,
                "summary": asked.card.summary(),
                "call_hash": asked.call_hash,
                "expires_at": asked.expires_at,
            })
        })
        .collect();
    json!({"turn": turn.id, "status": turn.status, "messages": messages, "approvals": asked})
}
