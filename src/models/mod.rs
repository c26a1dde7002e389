//! Planner models: from a prompt to a request, from bytes to a reply. No I/O, no secret, no clock.
//!
//! A prompt holds only what the owner or the deployment wrote, and descriptions of handles. Every
//! provider is one file with one entry in [`all`]. What a provider sends back is not trusted to be
//! well formed: a [`Decoder`] answers garbage with a [`ModelError`], never with a panic.

use crate::budget::amount::LARGEST;
use crate::http::Request;
use crate::message::Locale;
use crate::time::{Timestamp, Zone};
use crate::tool::{ToolCall, ToolSpec};
use serde::{Deserialize, Serialize};

pub mod anthropic;
mod assembly;
mod body;
mod chat;
pub mod offline;
pub mod openai;
pub mod retry;
mod sse;
mod wire;
pub mod workers_ai;

/// Every provider, by name.
pub fn all() -> &'static [&'static dyn Model] {
    &[
        &anthropic::Anthropic,
        &offline::Offline,
        &openai::OpenAi,
        &workers_ai::WorkersAi,
    ]
}

/// One entry of what the planner sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptItem {
    /// The owner's own words.
    Owner {
        /// The words.
        text: String,
    },
    /// What the planner said and called before.
    Planner {
        /// Its words; may be empty.
        text: String,
        /// Its calls.
        calls: Vec<ToolCall>,
        /// Provider blocks that must be sent back unchanged, such as signed thinking.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        opaque: Vec<serde_json::Value>,
    },
    /// The result of one call, as a description.
    Result {
        /// The call's id.
        call: String,
        /// A small JSON text: a handle's description or an error code.
        text: String,
        /// Whether it is an error.
        failed: bool,
    },
}

/// What a planner is asked.
#[derive(Debug)]
pub struct Prompt<'a> {
    /// The deployment's instructions.
    pub system: &'a str,
    /// The conversation, oldest first. A `Planner` entry with calls is followed by one `Result`
    /// for each of them.
    pub items: &'a [PromptItem],
    /// The tools it may call.
    pub tools: &'a [&'static ToolSpec],
    /// The JSON schema of the one answer that is wanted, for a model that has no tools.
    pub answer: Option<&'a serde_json::Value>,
    /// The most tokens it may answer with.
    pub tokens_max: u32,
    /// The instant of this step.
    pub now: Timestamp,
    /// The owner's zone, if known.
    pub zone: Option<&'a Zone>,
    /// The owner's language.
    pub locale: Locale,
}

/// Which model to ask, from the deployment's bindings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSettings {
    /// The provider's name, as [`Model::provider`] gives it.
    pub provider: String,
    /// The provider's name for the model.
    pub name: String,
    /// Another server that speaks the provider's format; set only by a binding.
    pub base_url: Option<String>,
}

/// How to get the reply.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelCall {
    /// Send this, and feed the response body to the decoder.
    Http(Request),
    /// Run this on the platform's own model binding.
    Binding {
        /// The model's name.
        model: String,
        /// The input document.
        input: serde_json::Value,
    },
    /// Nothing to send: the model is code of ours.
    Answered(ModelReply),
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// It is done, or it waits for the results of its calls.
    End,
    /// It ran into the token limit.
    Length,
    /// It declined.
    Refusal,
}

/// Tokens, as the provider counted them; 0 where it does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub tokens_in: u64,
    /// Tokens of the reply.
    pub tokens_out: u64,
}

impl Usage {
    /// The same within what is counted, which every program keeps exactly: a provider may say
    /// anything, and it goes into the log.
    pub fn bounded(self) -> Self {
        Self {
            tokens_in: self.tokens_in.min(LARGEST),
            tokens_out: self.tokens_out.min(LARGEST),
        }
    }
}

/// A complete reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelReply {
    /// The model's words.
    pub text: String,
    /// Its calls, in order.
    pub calls: Vec<ToolCall>,
    /// Blocks to send back unchanged.
    pub opaque: Vec<serde_json::Value>,
    /// Why it stopped.
    pub stop: Stop,
    /// What it cost.
    pub usage: Usage,
}

/// Why there is no reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelError {
    /// The provider refused the request; 401 and 403 mean the key.
    #[error("the model's server answered {status}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// How long it asks us to wait, in milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// No connection, or no answer in time.
    #[error("the model's server cannot be reached")]
    Offline,
    /// Something that is not the provider's format.
    #[error("the model's server sent something that cannot be read")]
    Malformed,
    /// More than [`REPLY_BYTES_MAX`].
    #[error("the model's reply is too long")]
    TooLarge,
    /// The settings name no known provider or lack a model name.
    #[error("the model is not configured")]
    Unconfigured,
}

impl ModelError {
    /// Whether the call is certainly not charged for: the server said that it did not work on it, or
    /// nothing was sent.
    pub fn is_unbilled(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(status, 400..=499 | 503 | 529),
            Self::Unconfigured => true,
            Self::Offline | Self::Malformed | Self::TooLarge => false,
        }
    }
}

/// The most bytes of a reply that are kept.
pub const REPLY_BYTES_MAX: usize = 1024 * 1024;

/// Reads a response body piece by piece.
pub trait Decoder {
    /// Takes the next bytes, cut anywhere, and returns the model's words that they complete.
    fn feed(&mut self, bytes: &[u8]) -> Result<String, ModelError>;
    /// The whole reply, once the body has ended.
    fn finish(self: Box<Self>) -> Result<ModelReply, ModelError>;
}

/// A provider.
pub trait Model: Sync {
    /// Its name, as in `MODEL_PROVIDER`; also the name of its routes in the allow-list.
    fn provider(&self) -> &'static str;
    /// What to send.
    fn call(&self, settings: &ModelSettings, prompt: &Prompt<'_>) -> Result<ModelCall, ModelError>;
    /// A decoder for one response with status 200; `content_type` says whether it is a stream.
    fn decoder(&self, content_type: &str) -> Box<dyn Decoder>;
}

/// Texts that may be at least this long are offered as lists of parts too.
const PARTS_BYTES_MIN: usize = 500;

/// The JSON schema of a tool's arguments, as every provider wants it.
///
/// A handle or an item of one may stand for any argument, so each also takes a reference string.
pub fn arguments_schema(tool: &ToolSpec) -> serde_json::Value {
    use serde_json::json;
    let mut properties = serde_json::Map::new();
    let mut required = Vec::new();
    for arg in tool.args {
        let mut schema = type_schema(arg.holds);
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".to_owned(), arg.about.into());
        }
        properties.insert(arg.name.to_owned(), schema);
        if arg.required {
            required.push(arg.name);
        }
    }
    json!({"type": "object", "properties": properties, "required": required,
           "additionalProperties": false})
}

fn type_schema(holds: crate::tool::ArgType) -> serde_json::Value {
    use crate::tool::ArgType;
    use serde_json::json;
    match holds {
        // A long text may be put together from words and references.
        ArgType::Text(most) if most >= PARTS_BYTES_MIN => {
            json!({"type": ["string", "array"], "items": {"type": "string"}})
        }
        ArgType::Text(_)
        | ArgType::Address
        | ArgType::Name(_)
        | ArgType::Instant
        | ArgType::Day => json!({"type": "string"}),
        ArgType::Integer(least, most) => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
        ArgType::Number => json!({"type": ["number", "string"]}),
        ArgType::Flag => json!({"type": "boolean"}),
        ArgType::Choice(words) => json!({"type": "string", "enum": words}),
        ArgType::Parts => json!({"type": "array", "items": {"type": "string"}}),
        ArgType::List(inner) => json!({"type": "array", "items": type_schema(*inner)}),
        ArgType::Anything => json!({}),
        ArgType::Object(kind) => {
            json!({"type": "string", "pattern": format!("^\\${}_[0-9]+", kind.stem())})
        }
    }
}
