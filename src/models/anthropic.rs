//! Anthropic's Messages API, and servers that speak the same format.
//!
//! Roles must alternate, results come first in the turn after their calls, and signed thinking
//! goes back unchanged: `Turns` keeps those rules. Replies are streamed. Deliberately not used:
//! server tools, whose blocks are skipped, and the `thinking` parameter, which is the model's
//! default. Documentation: <https://docs.claude.com/en/api/messages> and
//! <https://docs.claude.com/en/docs/build-with-claude/streaming>.

use super::assembly::Assembly;
use super::body::{BodyDecoder, Format};
use super::wire::{self, CallIds};
use super::{
    Decoder, Model, ModelCall, ModelError, ModelSettings, Prompt, PromptItem, Stop,
    arguments_schema,
};
use crate::http::Request;
use serde::Deserialize;
use serde_json::{Value, json};

/// Where the API is unless a binding names another server.
const BASE_URL: &str = "https://api.anthropic.com";

/// The version of the API that this file was written for.
const API_VERSION: &str = "2023-06-01";

/// The most blocks of one streamed reply.
const BLOCKS_MAX: usize = 1024;

/// The provider.
#[derive(Debug)]
pub struct Anthropic;

impl Model for Anthropic {
    fn provider(&self) -> &'static str {
        "anthropic"
    }

    fn call(&self, settings: &ModelSettings, prompt: &Prompt<'_>) -> Result<ModelCall, ModelError> {
        if settings.name.is_empty() {
            return Err(ModelError::Unconfigured);
        }
        let base = settings
            .base_url
            .as_deref()
            .filter(|url| !url.is_empty())
            .unwrap_or(BASE_URL);
        let base = base.trim_end_matches('/');
        let base = base.strip_suffix("/v1").unwrap_or(base);
        let mut body = json!({
            "model": settings.name,
            "max_tokens": prompt.tokens_max,
            "system": system(prompt),
            "messages": messages(prompt.items),
            "stream": true,
        });
        if let (Some(fields), false) = (body.as_object_mut(), prompt.tools.is_empty()) {
            let describe = |tool: &&'static crate::tool::ToolSpec| {
                json!({"name": tool.name, "description": tool.about,
                       "input_schema": arguments_schema(tool)})
            };
            let tools: Vec<Value> = prompt.tools.iter().map(describe).collect();
            fields.insert("tools".to_owned(), tools.into());
        }
        let mut request = Request::post_json(format!("{base}/v1/messages"), &body);
        request
            .headers
            .push(("anthropic-version".to_owned(), API_VERSION.to_owned()));
        request
            .headers
            .push(("accept".to_owned(), "text/event-stream".to_owned()));
        Ok(ModelCall::Http(request))
    }

    fn decoder(&self, _content_type: &str) -> Box<dyn Decoder> {
        Box::new(BodyDecoder::<Messages>::default())
    }
}

/// The instructions and the clock. What comes before the mark (the tools too) is the same in every
/// step, and the provider reads it from its cache for a tenth of the price.
fn system(prompt: &Prompt<'_>) -> Value {
    let clock = json!({"type": "text", "text": wire::clock_line(prompt)});
    if prompt.system.trim().is_empty() {
        return json!([clock]);
    }
    json!([{"type": "text", "text": prompt.system, "cache_control": {"type": "ephemeral"}}, clock])
}

fn messages(items: &[PromptItem]) -> Vec<Value> {
    let mut ids = CallIds::default();
    let mut turns = Turns::default();
    for item in items {
        match item {
            PromptItem::Owner { text } => turns.text("user", text),
            PromptItem::Planner {
                text,
                calls,
                opaque,
            } => {
                if turns.done.is_empty() && turns.role.is_empty() {
                    // The first word must be the user's, also where older ones were dropped.
                    turns.text("user", "(The conversation goes on from earlier.)");
                }
                if !calls.is_empty() || !text.trim().is_empty() {
                    for block in opaque.iter().filter(|block| is_thinking(block)) {
                        turns.add("assistant", block.clone());
                    }
                }
                turns.text("assistant", text);
                for call in calls {
                    turns.add(
                        "assistant",
                        json!({"type": "tool_use", "id": ids.call(&call.id),
                               "name": wire::tool_name(&call.tool),
                               "input": wire::arguments(&call.args)}),
                    );
                }
            }
            PromptItem::Result { call, text, failed } => {
                let mut block = json!({"type": "tool_result", "tool_use_id": ids.result(call),
                                       "content": text});
                if let (true, Some(fields)) = (*failed, block.as_object_mut()) {
                    fields.insert("is_error".to_owned(), true.into());
                }
                turns.add("user", block);
            }
        }
    }
    turns.finish()
}

/// Blocks of thinking, and none of another provider's that the conversation began with.
fn is_thinking(block: &Value) -> bool {
    let kind = block.get("type").and_then(Value::as_str);
    matches!(kind, Some("thinking" | "redacted_thinking"))
}

/// Messages whose roles alternate.
#[derive(Default)]
struct Turns {
    done: Vec<Value>,
    role: &'static str,
    blocks: Vec<Value>,
    /// How many of the blocks are results, which must come first.
    results: usize,
}

impl Turns {
    /// Adds a text; the API refuses blank ones.
    fn text(&mut self, role: &'static str, text: &str) {
        if !text.trim().is_empty() {
            self.add(role, json!({"type": "text", "text": text}));
        }
    }

    fn add(&mut self, role: &'static str, block: Value) {
        if self.role != role {
            self.close();
            self.role = role;
        }
        if block.get("type").is_some_and(|kind| kind == "tool_result") {
            self.blocks.insert(self.results, block);
            self.results = self.results.saturating_add(1);
        } else {
            self.blocks.push(block);
        }
    }

    fn close(&mut self) {
        self.results = 0;
        if !self.blocks.is_empty() {
            let blocks = std::mem::take(&mut self.blocks);
            self.done
                .push(json!({"role": self.role, "content": blocks}));
        }
    }

    fn finish(mut self) -> Vec<Value> {
        self.close();
        self.done
    }
}

/// What must be remembered between events.
#[derive(Debug, Default)]
struct Messages {
    /// The blocks by the server's index.
    blocks: Vec<(u64, Block)>,
}

#[derive(Debug, Clone, Copy)]
enum Block {
    Text,
    /// The call at this place of the assembly.
    Call(usize),
    /// The opaque block at this place of the assembly.
    Thinking(usize),
    /// Something that is of no use here.
    Other,
}

/// An event of a stream, or a whole reply: the fields of both, of which each has a few.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type", default)]
    kind: String,
    id: Option<String>,
    index: Option<u64>,
    message: Option<Opening>,
    content_block: Option<Content>,
    content: Option<Vec<Content>>,
    delta: Option<Delta>,
    stop_reason: Option<String>,
    usage: Option<TokenCounts>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Opening {
    id: Option<String>,
    usage: Option<TokenCounts>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(rename = "type", default)]
    kind: String,
    id: Option<String>,
    name: Option<String>,
    input: Option<Value>,
    text: Option<String>,
    thinking: Option<String>,
    signature: Option<String>,
    data: Option<String>,
}

#[derive(Deserialize)]
struct Delta {
    text: Option<String>,
    partial_json: Option<String>,
    thinking: Option<String>,
    signature: Option<String>,
    stop_reason: Option<String>,
}

#[derive(Deserialize)]
struct TokenCounts {
    #[serde(rename = "input_tokens")]
    plain: Option<u64>,
    #[serde(rename = "cache_creation_input_tokens")]
    cache_written: Option<u64>,
    #[serde(rename = "cache_read_input_tokens")]
    cache_read: Option<u64>,
    #[serde(rename = "output_tokens")]
    output: Option<u64>,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(rename = "type", default)]
    kind: String,
}

impl Format for Messages {
    fn event(&mut self, data: &[u8], reply: &mut Assembly) -> Result<(), ModelError> {
        let event: Event = serde_json::from_slice(data).map_err(|_| ModelError::Malformed)?;
        match event.kind.as_str() {
            "message_start" => {
                if let Some(message) = event.message {
                    reply.note_reply_id(message.id.as_deref().unwrap_or_default());
                    note_usage(message.usage, reply);
                }
            }
            "content_block_start" => {
                let content = event.content_block.ok_or(ModelError::Malformed)?;
                if self.blocks.len() >= BLOCKS_MAX {
                    return Err(ModelError::TooLarge);
                }
                let block = self.open(content, reply)?;
                self.blocks.push((event.index.unwrap_or_default(), block));
            }
            "content_block_delta" => {
                let delta = event.delta.ok_or(ModelError::Malformed)?;
                self.extend(event.index.unwrap_or_default(), &delta, reply)?;
            }
            "message_delta" => {
                note_usage(event.usage, reply);
                note_stop(
                    event.delta.and_then(|delta| delta.stop_reason).as_deref(),
                    reply,
                );
            }
            "message_stop" => {
                reply.over = true;
                reply.stop.get_or_insert(Stop::End);
            }
            "error" => return Err(fault(event.error)),
            // Pings, block ends, and whatever the API learns to say later.
            _ => {}
        }
        Ok(())
    }

    fn document(&mut self, body: &[u8], reply: &mut Assembly) -> Result<(), ModelError> {
        let whole: Event = serde_json::from_slice(body).map_err(|_| ModelError::Malformed)?;
        if whole.kind == "error" {
            return Err(fault(whole.error));
        }
        let blocks = whole.content.ok_or(ModelError::Malformed)?;
        reply.note_reply_id(whole.id.as_deref().unwrap_or_default());
        for content in blocks {
            let block = self.open(content, reply)?;
            self.blocks.push((0, block));
        }
        note_usage(whole.usage, reply);
        note_stop(whole.stop_reason.as_deref(), reply);
        reply.stop.get_or_insert(Stop::End);
        Ok(())
    }

    fn close(&mut self, reply: &mut Assembly) -> Result<(), ModelError> {
        // Thinking without its signature would be refused when it comes back.
        reply.opaque.retain(|block| {
            let filled = |key| {
                block
                    .get(key)
                    .and_then(Value::as_str)
                    .is_some_and(|s| !s.is_empty())
            };
            filled("signature") || filled("data")
        });
        Ok(())
    }
}

impl Messages {
    /// Starts a block with what is already in it, which for a whole reply is everything.
    fn open(&self, content: Content, reply: &mut Assembly) -> Result<Block, ModelError> {
        match content.kind.as_str() {
            "text" => {
                // Words after a call begin a paragraph of their own.
                let follows_text = matches!(self.blocks.last(), None | Some((_, Block::Text)));
                if !follows_text && reply.has_words() {
                    reply.say("\n\n")?;
                }
                reply.say(&content.text.unwrap_or_default())?;
                Ok(Block::Text)
            }
            "tool_use" => {
                let id = content.id.unwrap_or_default();
                let at = reply.open_call(None, &id, &content.name.unwrap_or_default())?;
                reply.take_arguments(at, content.input.unwrap_or_default())?;
                Ok(Block::Call(at))
            }
            "thinking" => {
                let thinking = content.thinking.unwrap_or_default();
                let signature = content.signature.unwrap_or_default();
                reply.count(thinking.len().saturating_add(signature.len()))?;
                reply.opaque.push(
                    json!({"type": "thinking", "thinking": thinking, "signature": signature}),
                );
                Ok(Block::Thinking(reply.opaque.len().saturating_sub(1)))
            }
            "redacted_thinking" => {
                let data = content.data.unwrap_or_default();
                reply.count(data.len())?;
                reply
                    .opaque
                    .push(json!({"type": "redacted_thinking", "data": data}));
                Ok(Block::Other)
            }
            _ => Ok(Block::Other),
        }
    }

    fn extend(&self, index: u64, delta: &Delta, reply: &mut Assembly) -> Result<(), ModelError> {
        let found = self.blocks.iter().rfind(|(known, _)| *known == index);
        let (_, block) = found.ok_or(ModelError::Malformed)?;
        match *block {
            Block::Text => reply.say(delta.text.as_deref().unwrap_or_default()),
            Block::Call(at) => {
                reply.write_arguments(at, delta.partial_json.as_deref().unwrap_or_default())
            }
            Block::Thinking(at) => {
                let pieces = [
                    ("thinking", &delta.thinking),
                    ("signature", &delta.signature),
                ];
                for (key, piece) in pieces {
                    let piece = piece.as_deref().unwrap_or_default();
                    reply.count(piece.len())?;
                    let field = reply
                        .opaque
                        .get_mut(at)
                        .and_then(|block| block.get_mut(key));
                    if let Some(Value::String(kept)) = field {
                        kept.push_str(piece);
                    }
                }
                Ok(())
            }
            Block::Other => Ok(()),
        }
    }
}

/// Writes down the counts; what was written to or read from the cache was part of the prompt.
fn note_usage(counts: Option<TokenCounts>, reply: &mut Assembly) {
    let Some(counts) = counts else { return };
    let parts = [counts.plain, counts.cache_written, counts.cache_read];
    let tokens_in = parts.into_iter().flatten().fold(0, u64::saturating_add);
    let usage = &mut reply.usage;
    usage.tokens_in = usage.tokens_in.max(tokens_in);
    usage.tokens_out = usage.tokens_out.max(counts.output.unwrap_or(0));
}

fn note_stop(reason: Option<&str>, reply: &mut Assembly) {
    reply.stop = match reason {
        None => return,
        Some("max_tokens" | "model_context_window_exceeded") => Some(Stop::Length),
        Some("refusal") => Some(Stop::Refusal),
        Some(_) => Some(Stop::End),
    };
}

/// The status that an error inside a successful response stands for:
/// <https://docs.claude.com/en/api/errors>.
fn fault(error: Option<Fault>) -> ModelError {
    let kind = error.map(|error| error.kind).unwrap_or_default();
    let status = match kind.as_str() {
        "invalid_request_error" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => 500,
    };
    ModelError::Status {
        status,
        retry_after_ms: None,
    }
}

#[cfg(test)]
mod tests;
