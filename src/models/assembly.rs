//! Puts a reply together from pieces, within limits, whatever the provider.
//!
//! Every piece is counted before it is kept, so a server cannot make the reply grow past
//! [`REPLY_BYTES_MAX`] or past [`CALLS_MAX`] calls. What a call's arguments mean is not judged
//! here, only whether they are a JSON object.

use super::{ModelError, ModelReply, REPLY_BYTES_MAX, Stop, Usage};
use crate::tool::ToolCall;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The most tool calls in one reply.
pub const CALLS_MAX: usize = 64;

/// How deep arguments may be nested. The call is stored inside other documents, which must stay
/// within the 128 levels that the JSON reader takes.
const ARGUMENT_DEPTH_MAX: u8 = 32;

/// A reply in the making.
#[derive(Debug, Default)]
pub struct Assembly {
    /// Blocks to send back unchanged.
    pub opaque: Vec<Value>,
    /// Why the model stopped; a reply without it is cut off.
    pub stop: Option<Stop>,
    /// Whether the model declined in words, whatever reason the server then gives for the end.
    pub refused: bool,
    /// Whether the server has said that nothing more comes.
    pub over: bool,
    /// What it cost so far.
    pub usage: Usage,
    /// The server's id of the reply, for calls that come without their own.
    pub reply_id: String,
    text: String,
    /// How much of the text has been handed out as it came.
    text_shown: usize,
    calls: Vec<CallDraft>,
    bytes: usize,
}

/// A call in the making.
#[derive(Debug, Default)]
struct CallDraft {
    index: Option<u64>,
    id: String,
    name: String,
    written: String,
    object: Option<Map<String, Value>>,
}

impl Assembly {
    /// Adds to the visible words.
    pub fn say(&mut self, words: &str) -> Result<(), ModelError> {
        self.count(words.len())?;
        self.text.push_str(words);
        Ok(())
    }

    /// Whether there are visible words yet.
    pub fn has_words(&self) -> bool {
        !self.text.is_empty()
    }

    /// Whether there is a call yet.
    pub fn has_calls(&self) -> bool {
        !self.calls.is_empty()
    }

    /// The visible words that came since the last time.
    pub fn fresh_words(&mut self) -> String {
        let fresh = self
            .text
            .get(self.text_shown..)
            .unwrap_or_default()
            .to_owned();
        self.text_shown = self.text.len();
        fresh
    }

    /// Counts bytes that are about to be kept.
    pub fn count(&mut self, bytes: usize) -> Result<(), ModelError> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > REPLY_BYTES_MAX {
            Err(ModelError::TooLarge)
        } else {
            Ok(())
        }
    }

    /// Starts a call and says where it is. `index` is the server's own number for it, if any.
    pub fn open_call(
        &mut self,
        index: Option<u64>,
        id: &str,
        name: &str,
    ) -> Result<usize, ModelError> {
        let at = self.calls.len();
        if at >= CALLS_MAX {
            return Err(ModelError::TooLarge);
        }
        self.count(id.len().saturating_add(name.len()))?;
        let (id, name) = (id.to_owned(), name.to_owned());
        self.calls.push(CallDraft {
            index,
            id,
            name,
            ..CallDraft::default()
        });
        Ok(at)
    }

    /// Finds the call that a piece belongs to, or starts it, and says where it is.
    ///
    /// Servers differ: some give id and name once, some with every piece, some give no index, and
    /// some give one index to several calls whose ids differ.
    pub fn resume_call(
        &mut self,
        index: Option<u64>,
        id: &str,
        name: &str,
    ) -> Result<usize, ModelError> {
        let found = self.calls.iter().rposition(|call| match index {
            Some(_) => call.index == index,
            None if id.is_empty() => name.is_empty(),
            None => call.id == id,
        });
        let continues = |call: &CallDraft| id.is_empty() || call.id.is_empty() || call.id == id;
        let Some(at) = found.filter(|at| self.calls.get(*at).is_some_and(continues)) else {
            return self.open_call(index, id, name);
        };
        self.count(id.len().saturating_add(name.len()))?;
        if let Some(call) = self.calls.get_mut(at) {
            if call.id.is_empty() {
                id.clone_into(&mut call.id);
            }
            if call.name != name {
                call.name.push_str(name);
            }
        }
        Ok(at)
    }

    /// Adds a piece of the JSON text of a call's arguments.
    pub fn write_arguments(&mut self, at: usize, piece: &str) -> Result<(), ModelError> {
        self.count(piece.len())?;
        if let Some(call) = self.calls.get_mut(at) {
            call.written.push_str(piece);
        }
        Ok(())
    }

    /// Takes a call's arguments in whichever form they come: JSON text, or the object itself.
    pub fn take_arguments(&mut self, at: usize, arguments: Value) -> Result<(), ModelError> {
        match arguments {
            Value::String(piece) => return self.write_arguments(at, &piece),
            Value::Object(object) => {
                let text_bytes = serde_json::to_string(&object).map_or(0, |text| text.len());
                self.count(text_bytes)?;
                if let Some(call) = self.calls.get_mut(at) {
                    call.object = Some(object);
                }
            }
            // Left out or null means none; anything else is no object and ends as no arguments.
            Value::Null => {}
            Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                return self.write_arguments(at, "[]");
            }
        }
        Ok(())
    }

    /// The whole reply; [`ModelError::Malformed`] when the server never said why it stopped.
    pub fn finish(self) -> Result<ModelReply, ModelError> {
        let stop = self.stop.ok_or(ModelError::Malformed)?;
        let stop = if self.refused { Stop::Refusal } else { stop };
        let mut seen = BTreeSet::new();
        let mut calls = Vec::with_capacity(self.calls.len());
        for (at, draft) in self.calls.into_iter().enumerate() {
            let args = draft.arguments();
            let mut id = draft.id;
            if id.is_empty() || seen.contains(&id) {
                // The reply's own id keeps these apart from those of an earlier reply.
                let number = at.saturating_add(1);
                id = match self.reply_id.as_str() {
                    "" => format!("call_{number}"),
                    reply => format!("call_{reply}_{number}"),
                };
            }
            seen.insert(id.clone());
            calls.push(ToolCall {
                id,
                tool: draft.name,
                args,
            });
        }
        let (text, opaque, usage) = (self.text, self.opaque, self.usage.bounded());
        Ok(ModelReply {
            text,
            calls,
            opaque,
            stop,
            usage,
        })
    }

    /// Remembers the last characters of the server's id of the reply, which tell replies apart.
    pub fn note_reply_id(&mut self, id: &str) {
        if self.reply_id.is_empty() {
            let tail: Vec<char> = id
                .chars()
                .rev()
                .filter(char::is_ascii_alphanumeric)
                .take(24)
                .collect();
            self.reply_id.extend(tail.into_iter().rev());
        }
    }
}

impl CallDraft {
    /// The arguments as an object, `{}` where none were written, or null.
    fn arguments(&self) -> Value {
        let written = self.written.trim();
        let parsed = if written.is_empty() || written == "null" {
            Value::Object(self.object.clone().unwrap_or_default())
        } else {
            serde_json::from_str(written).unwrap_or(Value::Null)
        };
        if parsed.is_object() && is_shallow(&parsed, ARGUMENT_DEPTH_MAX) {
            parsed
        } else {
            Value::Null
        }
    }
}

fn is_shallow(value: &Value, levels: u8) -> bool {
    let Some(below) = levels.checked_sub(1) else {
        return false;
    };
    match value {
        Value::Array(items) => items.iter().all(|item| is_shallow(item, below)),
        Value::Object(fields) => fields.values().all(|field| is_shallow(field, below)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reply(build: impl FnOnce(&mut Assembly)) -> ModelReply {
        let mut assembly = Assembly {
            stop: Some(Stop::End),
            ..Assembly::default()
        };
        build(&mut assembly);
        assembly.finish().unwrap()
    }

    #[test]
    fn arguments_are_an_object_or_null() {
        let args = |text: &str| {
            let reply = reply(|assembly| {
                let at = assembly.open_call(None, "a", "show").unwrap();
                assembly.write_arguments(at, text).unwrap();
            });
            reply.calls[0].args.clone()
        };
        assert_eq!(args("{\"a\":1}"), json!({"a": 1}));
        assert_eq!([args(""), args(" null ")], [json!({}), json!({})]);
        for bad in ["{\"a\":", "[1]", "\"x\"", "7", "{} {}", "{'a':1}"] {
            assert_eq!(args(bad), Value::Null, "{bad}");
        }
        let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert!(args(&nested(31)).is_object());
        assert_eq!(
            [args(&nested(32)), args(&nested(100_000))],
            [Value::Null, Value::Null]
        );
    }

    #[test]
    fn calls_without_an_id_of_their_own_get_one_that_stays_the_same() {
        let reply = reply(|assembly| {
            assembly.note_reply_id("chatcmpl-0123456789012345678901234567");
            for id in ["", "x", "x"] {
                assembly.open_call(None, id, "show").unwrap();
            }
        });
        let ids: Vec<&str> = reply.calls.iter().map(|call| call.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "call_456789012345678901234567_1",
                "x",
                "call_456789012345678901234567_3"
            ]
        );
    }

    #[test]
    fn there_is_an_end_to_calls_and_bytes() {
        let mut assembly = Assembly::default();
        for _ in 0..CALLS_MAX {
            assembly.open_call(None, "", "show").unwrap();
        }
        assert_eq!(
            assembly.open_call(None, "", "show"),
            Err(ModelError::TooLarge)
        );
        let mut assembly = Assembly::default();
        assert_eq!(assembly.say(&"a".repeat(REPLY_BYTES_MAX)), Ok(()));
        assert_eq!(assembly.write_arguments(0, "b"), Err(ModelError::TooLarge));
    }

    #[test]
    fn no_provider_makes_the_log_unreadable_by_what_it_says_a_reply_took() {
        for told in [0, 1, 9_007_199_254_740_993, u64::MAX] {
            let reply = reply(|assembly| {
                assembly.usage.tokens_in = told;
                assembly.usage.tokens_out = told;
            });
            for kept in [reply.usage.tokens_in, reply.usage.tokens_out] {
                assert_eq!(kept, told.min(crate::budget::amount::LARGEST));
                assert!(kept < 1 << 53, "every program keeps it exactly");
            }
        }
    }

    #[test]
    fn a_reply_without_its_end_is_malformed() {
        assert_eq!(Assembly::default().finish(), Err(ModelError::Malformed));
    }
}
