//! The chat-completions format that many servers share: messages, tools, and replies.
//!
//! Servers differ in the details, so reading is lenient: a text may be a string, null or a list of
//! parts, and a field of another type is read as absent where that loses nothing. Which URL to ask
//! and which parameters a server takes is deliberately left to each provider's file.

use super::assembly::Assembly;
use super::wire::{self, CallIds};
use super::{ModelError, Prompt, PromptItem, Stop, arguments_schema};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// The conversation as messages: the system text, then the items.
///
/// The content is never null, since some servers refuse that beside calls. The owner's messages in
/// a row become one, since some chat templates want the roles to alternate, and what the owner says
/// between results comes after them, since nothing may stand between calls and their results.
pub fn messages(prompt: &Prompt<'_>) -> Vec<Value> {
    let system = format!("{}\n\n{}", prompt.system, wire::clock_line(prompt));
    let mut messages = vec![json!({"role": "system", "content": system})];
    let mut ids = CallIds::default();
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut owner = String::new();
    for item in prompt.items {
        match item {
            PromptItem::Owner { text } => {
                if !owner.is_empty() {
                    owner.push_str("\n\n");
                }
                owner.push_str(text);
            }
            PromptItem::Planner {
                text,
                calls,
                opaque: _,
            } => {
                if !owner.is_empty() {
                    messages.push(json!({"role": "user", "content": std::mem::take(&mut owner)}));
                }
                let mut sent = Vec::with_capacity(calls.len());
                for call in calls {
                    names.insert(&call.id, &call.tool);
                    sent.push(
                        json!({"id": ids.call(&call.id), "type": "function", "function": {
                            "name": wire::tool_name(&call.tool),
                            "arguments": wire::arguments(&call.args).to_string(),
                        }}),
                    );
                }
                if !sent.is_empty() {
                    let message = json!({"role": "assistant", "content": text, "tool_calls": sent});
                    messages.push(message);
                } else if !text.is_empty() {
                    messages.push(json!({"role": "assistant", "content": text}));
                }
            }
            PromptItem::Result {
                call,
                text,
                failed: _,
            } => {
                let name = names.get(call.as_str()).copied().unwrap_or_default();
                messages.push(json!({"role": "tool", "tool_call_id": ids.result(call),
                    "name": wire::tool_name(name), "content": text}));
            }
        }
    }
    if !owner.is_empty() {
        messages.push(json!({"role": "user", "content": owner}));
    }
    messages
}

/// The tools, or `None` where there are none: an empty list is refused.
pub fn tools(prompt: &Prompt<'_>) -> Option<Value> {
    let describe = |tool: &&'static crate::tool::ToolSpec| {
        json!({"type": "function", "function": {"name": tool.name, "description": tool.about,
               "parameters": arguments_schema(tool)}})
    };
    let tools: Vec<Value> = prompt.tools.iter().map(describe).collect();
    if tools.is_empty() {
        None
    } else {
        Some(tools.into())
    }
}

/// A completion, or one chunk of a streamed one.
#[derive(Debug, Deserialize)]
pub struct Completion<'a> {
    #[serde(borrow, default)]
    id: Words<'a>,
    #[serde(borrow)]
    choices: Option<Vec<Choice<'a>>>,
    usage: Option<TokenCounts>,
    error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Choice<'a> {
    #[serde(default)]
    index: Option<u64>,
    #[serde(borrow)]
    delta: Option<Said<'a>>,
    #[serde(borrow)]
    message: Option<Said<'a>>,
    #[serde(borrow, default)]
    finish_reason: Words<'a>,
}

#[derive(Debug, Default, Deserialize)]
struct Said<'a> {
    #[serde(borrow, default)]
    content: Words<'a>,
    #[serde(borrow, default)]
    refusal: Words<'a>,
    #[serde(borrow)]
    tool_calls: Option<Vec<CallPiece<'a>>>,
    #[serde(borrow)]
    function_call: Option<FunctionPiece<'a>>,
}

/// A call or a piece of one; name and arguments stand inside `function` or beside it.
#[derive(Debug, Deserialize)]
pub struct CallPiece<'a> {
    index: Option<u64>,
    #[serde(borrow, default)]
    id: Words<'a>,
    #[serde(borrow)]
    function: Option<FunctionPiece<'a>>,
    #[serde(borrow, default)]
    name: Words<'a>,
    arguments: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
struct FunctionPiece<'a> {
    #[serde(borrow, default)]
    name: Words<'a>,
    arguments: Option<Value>,
}

/// What a completion cost.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
pub struct TokenCounts {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

/// What must be remembered between the chunks of a stream.
#[derive(Debug, Default)]
pub struct Reading {
    /// The older way to write a single call. Some servers send it beside the newer one.
    function_name: String,
    function_arguments: String,
}

impl Reading {
    /// One chunk of a streamed completion.
    pub fn chunk(
        &mut self,
        completion: Completion<'_>,
        reply: &mut Assembly,
    ) -> Result<(), ModelError> {
        self.take(completion, true, reply)
    }

    /// A whole completion; [`ModelError::Malformed`] when there is no choice in it.
    pub fn whole(
        &mut self,
        completion: Completion<'_>,
        reply: &mut Assembly,
    ) -> Result<(), ModelError> {
        self.take(completion, false, reply)?;
        // Some servers leave the reason out where the reply is simply complete.
        reply.stop.get_or_insert(Stop::End);
        Ok(())
    }

    /// Nothing more comes.
    pub fn close(&mut self, reply: &mut Assembly) -> Result<(), ModelError> {
        if !self.function_name.is_empty() && !reply.has_calls() {
            let at = reply.open_call(None, "", &self.function_name)?;
            reply.write_arguments(at, &self.function_arguments)?;
        }
        Ok(())
    }

    fn take(
        &mut self,
        completion: Completion<'_>,
        streamed: bool,
        reply: &mut Assembly,
    ) -> Result<(), ModelError> {
        if let Some(error) = completion.error {
            return Err(ModelError::Status {
                status: error_status(&error),
                retry_after_ms: None,
            });
        }
        reply.note_reply_id(&completion.id.0);
        if let Some(counts) = completion.usage {
            counts.note(reply);
        }
        let choices = completion.choices.unwrap_or_default();
        // Only one choice was asked for; where a server sends more, the first one counts.
        let first = choices
            .into_iter()
            .find(|choice| choice.index.unwrap_or(0) == 0);
        let Some(choice) = first else {
            return if streamed {
                Ok(())
            } else {
                Err(ModelError::Malformed)
            };
        };
        // A stream's last chunk may repeat everything as a message, which is not read.
        let said = if streamed {
            choice.delta
        } else {
            choice.message
        };
        if said.is_none() && !streamed {
            return Err(ModelError::Malformed);
        }
        self.said(said.unwrap_or_default(), streamed, reply)?;
        match choice.finish_reason.0.as_ref() {
            "" => {}
            "length" => reply.stop = Some(Stop::Length),
            "content_filter" | "refusal" => reply.stop = Some(Stop::Refusal),
            _ => {
                reply.stop.get_or_insert(Stop::End);
            }
        }
        Ok(())
    }

    fn said(
        &mut self,
        said: Said<'_>,
        streamed: bool,
        reply: &mut Assembly,
    ) -> Result<(), ModelError> {
        reply.say(&said.content.0)?;
        if !said.refusal.0.is_empty() {
            reply.say(&said.refusal.0)?;
            reply.refused = true;
        }
        for piece in said.tool_calls.unwrap_or_default() {
            take_call(piece, streamed, reply)?;
        }
        if let Some(function) = said.function_call {
            let piece = function
                .arguments
                .as_ref()
                .and_then(Value::as_str)
                .unwrap_or_default();
            reply.count(function.name.0.len().saturating_add(piece.len()))?;
            if self.function_name != function.name.0 {
                self.function_name.push_str(&function.name.0);
            }
            self.function_arguments.push_str(piece);
        }
        Ok(())
    }
}

/// Takes one call, or with `streamed` a piece of one.
pub fn take_call(
    piece: CallPiece<'_>,
    streamed: bool,
    reply: &mut Assembly,
) -> Result<(), ModelError> {
    let function = piece.function.unwrap_or_default();
    let name = if function.name.0.is_empty() {
        &piece.name.0
    } else {
        &function.name.0
    };
    let at = if streamed {
        reply.resume_call(piece.index, &piece.id.0, name)?
    } else {
        reply.open_call(piece.index, &piece.id.0, name)?
    };
    reply.take_arguments(
        at,
        function.arguments.or(piece.arguments).unwrap_or_default(),
    )
}

impl TokenCounts {
    /// Writes down the counts; they are totals wherever they come more than once.
    pub fn note(self, reply: &mut Assembly) {
        let usage = &mut reply.usage;
        usage.tokens_in = usage.tokens_in.max(self.prompt_tokens.unwrap_or(0));
        usage.tokens_out = usage.tokens_out.max(self.completion_tokens.unwrap_or(0));
    }
}

/// The HTTP status that an error inside a successful response stands for.
fn error_status(error: &Value) -> u16 {
    let number = |key: &str| {
        let code = error.get(key)?;
        let code = code.as_u64().or_else(|| code.as_str()?.parse().ok())?;
        u16::try_from(code)
            .ok()
            .filter(|status| (400..600).contains(status))
    };
    let word = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
    if let Some(status) = number("code").or_else(|| number("status")) {
        return status;
    }
    let says = |what: &str| word("type").contains(what) || word("code").contains(what);
    let known = [
        ("rate_limit", 429),
        ("quota", 429),
        ("overloaded", 529),
        ("invalid", 400),
    ];
    known
        .iter()
        .find(|(what, _)| says(what))
        .map_or(500, |(_, status)| *status)
}

/// A text in any of its forms; whatever is no text is empty.
#[derive(Debug, Default)]
struct Words<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Words<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(WordsVisitor(PhantomData))
    }
}

struct WordsVisitor<'a>(PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for WordsVisitor<'a> {
    type Value = Words<'a>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Words<'a>, E> {
        Ok(Words(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Words<'a>, E> {
        Ok(Words(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Words<'a>, E> {
        Ok(Words::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Words<'a>, E> {
        Ok(Words::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Words<'a>, E> {
        Ok(Words::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Words<'a>, E> {
        Ok(Words::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Words<'a>, E> {
        Ok(Words::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Words<'a>, A::Error> {
        let mut text = String::new();
        while let Some(part) = parts.next_element::<Words<'_>>()? {
            text.push_str(&part.0);
        }
        Ok(Words(Cow::Owned(text)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut part: A) -> Result<Words<'a>, A::Error> {
        let (mut text, mut kind) = (Words::default(), Words::default());
        while let Some(key) = part.next_key::<Words<'_>>()? {
            match key.0.as_ref() {
                "text" => text = part.next_value()?,
                "type" => kind = part.next_value()?,
                _ => {
                    part.next_value::<IgnoredAny>()?;
                }
            }
        }
        // A part of another type is the model's thinking or media, and no words for the owner.
        let visible = matches!(kind.0.as_ref(), "" | "text" | "output_text");
        Ok(if visible { text } else { Words::default() })
    }
}
