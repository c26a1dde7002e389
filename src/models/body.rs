//! Reads a response body, as a stream of events or as one document, for every provider.
//!
//! Which of the two it is, the body's first character says: proxies and small servers get the
//! content type wrong, but no event stream of use begins with `{`. What an event or a document
//! means is for the provider's [`Format`].

use super::assembly::Assembly;
use super::sse::EventLines;
use super::{Decoder, ModelError, ModelReply, REPLY_BYTES_MAX};

/// The most bytes of a stream. Each word of it comes wrapped in a few hundred bytes of JSON.
const STREAM_BYTES_MAX: usize = 32 * REPLY_BYTES_MAX;

/// What a provider's events and documents mean.
pub trait Format: Default {
    /// The data of one event of a stream.
    fn event(&mut self, data: &[u8], reply: &mut Assembly) -> Result<(), ModelError>;
    /// A whole body that is no stream.
    fn document(&mut self, body: &[u8], reply: &mut Assembly) -> Result<(), ModelError>;
    /// Nothing more comes: what was kept back goes into the reply.
    fn close(&mut self, reply: &mut Assembly) -> Result<(), ModelError>;
}

/// A decoder for bodies in one provider's format.
///
/// Words are handed out as they come only while streaming; those of a document are in the reply.
#[derive(Debug, Default)]
pub struct BodyDecoder<F> {
    format: F,
    reply: Assembly,
    shape: Shape,
    bytes: usize,
    failure: Option<ModelError>,
}

#[derive(Debug, Default)]
enum Shape {
    /// Nothing but white space so far.
    #[default]
    Unknown,
    Stream(EventLines),
    Document(Vec<u8>),
}

impl<F: Format> BodyDecoder<F> {
    fn take(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let Self {
            format,
            reply,
            shape,
            ..
        } = self;
        self.bytes = self.bytes.saturating_add(bytes.len());
        let mut bytes = bytes;
        if matches!(shape, Shape::Unknown) {
            // A byte order mark may come before either, also cut in pieces.
            let is_blank =
                |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0xEF | 0xBB | 0xBF);
            let start = bytes
                .iter()
                .position(|byte| !is_blank(byte))
                .unwrap_or(bytes.len());
            bytes = bytes.get(start..).unwrap_or_default();
            match bytes.first() {
                None => {}
                Some(b'{' | b'[') => *shape = Shape::Document(Vec::new()),
                Some(_) => *shape = Shape::Stream(EventLines::default()),
            }
        }
        match shape {
            Shape::Unknown => check_size(self.bytes, REPLY_BYTES_MAX),
            Shape::Document(body) => {
                body.extend_from_slice(bytes);
                check_size(body.len(), REPLY_BYTES_MAX)
            }
            Shape::Stream(lines) => {
                check_size(self.bytes, STREAM_BYTES_MAX)?;
                lines.feed(bytes, |data| take_event(format, data, reply))
            }
        }
    }

    fn end(&mut self) -> Result<(), ModelError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let Self {
            format,
            reply,
            shape,
            ..
        } = self;
        match shape {
            Shape::Unknown => return Err(ModelError::Malformed),
            Shape::Document(body) => format.document(body, reply)?,
            Shape::Stream(lines) => {
                let last = lines.finish(|data| take_event(format, data, reply));
                // Once the model has said why it stopped, only the counts can be missing.
                if reply.stop.is_none() {
                    last?;
                }
            }
        }
        format.close(reply)
    }
}

impl<F: Format> Decoder for BodyDecoder<F> {
    fn feed(&mut self, bytes: &[u8]) -> Result<String, ModelError> {
        match self.take(bytes) {
            Ok(()) => Ok(self.reply.fresh_words()),
            Err(failure) => {
                self.failure = Some(failure.clone());
                Err(failure)
            }
        }
    }

    fn finish(mut self: Box<Self>) -> Result<ModelReply, ModelError> {
        self.end()?;
        self.reply.finish()
    }
}

fn take_event<F: Format>(
    format: &mut F,
    data: &[u8],
    reply: &mut Assembly,
) -> Result<(), ModelError> {
    if reply.over || data.is_empty() {
        Ok(())
    } else {
        format.event(data, reply)
    }
}

fn check_size(bytes: usize, most: usize) -> Result<(), ModelError> {
    if bytes > most {
        Err(ModelError::TooLarge)
    } else {
        Ok(())
    }
}

/// What the tests of all formats share: a body must mean the same however it is cut.
#[cfg(test)]
pub mod trial {
    use super::super::{
        Model, ModelCall, ModelError, ModelReply, ModelSettings, Prompt, PromptItem,
    };
    use crate::message::Locale;
    use crate::time::Timestamp;
    use crate::tool::{
        ArgRole, ArgSpec, ArgType, EffectClass, Kind, Reach, Sinks, ToolCall, ToolSpec,
    };
    use serde_json::{Value, json};

    static FIND: ToolSpec = ToolSpec {
        name: "mail_search",
        about: "Finds mail.",
        effect: EffectClass::Read,
        reach: Reach::Outside,
        args: &[
            ArgSpec {
                name: "query",
                holds: ArgType::Text(200),
                role: ArgRole::Inert,
                required: true,
                about: "Words to look for.",
            },
            ArgSpec {
                name: "limit",
                holds: ArgType::Integer(1, 50),
                role: ArgRole::Inert,
                required: false,
                about: "How many at most.",
            },
        ],
        returns: Kind::Mails,
        source: None,
        sinks: Sinks::Nobody,
    };

    /// What a model is asked about `items`, with one tool or without any.
    pub fn ask(
        model: &dyn Model,
        base_url: Option<&str>,
        items: &[PromptItem],
        with_tools: bool,
    ) -> ModelCall {
        let settings = ModelSettings {
            provider: model.provider().to_owned(),
            name: "some-model".to_owned(),
            base_url: base_url.map(str::to_owned),
        };
        let prompt = Prompt {
            system: "You help.",
            items,
            tools: if with_tools { &[&FIND] } else { &[] },
            answer: None,
            tokens_max: 900,
            now: Timestamp::from_millis(1_795_442_700_000),
            zone: None,
            locale: Locale::En,
        };
        model.call(&settings, &prompt).unwrap()
    }

    /// The request and its body, for a snapshot.
    pub fn show(call: ModelCall) -> String {
        let (head, body) = match call {
            ModelCall::Http(request) => {
                let headers: Vec<String> = request
                    .headers
                    .iter()
                    .map(|(key, value)| format!("{key}: {value}"))
                    .collect();
                let body: Value = serde_json::from_slice(&request.body).unwrap();
                let method = request.method.as_str();
                (
                    format!("{method} {}\n{}", request.url, headers.join("\n")),
                    body,
                )
            }
            ModelCall::Binding { model, input } => (format!("run {model}"), input),
            ModelCall::Answered(reply) => panic!("nothing was asked: {reply:?}"),
        };
        format!("{head}\n{}\n", serde_json::to_string_pretty(&body).unwrap())
    }

    pub fn owner(text: &str) -> PromptItem {
        PromptItem::Owner {
            text: text.to_owned(),
        }
    }

    pub fn planner(text: &str, calls: &[(&str, &str, Value)]) -> PromptItem {
        let call = |(id, tool, args): &(&str, &str, Value)| ToolCall {
            id: (*id).to_owned(),
            tool: (*tool).to_owned(),
            args: args.clone(),
        };
        let opaque = vec![json!({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"})];
        let calls = calls.iter().map(call).collect();
        PromptItem::Planner {
            text: text.to_owned(),
            calls,
            opaque,
        }
    }

    pub fn result(call: &str, text: &str, failed: bool) -> PromptItem {
        PromptItem::Result {
            call: call.to_owned(),
            text: text.to_owned(),
            failed,
        }
    }

    /// A conversation with everything in it: two questions in a row, two calls at once with the
    /// owner's words after their results, a call that was no JSON and an id that comes again.
    pub fn conversation() -> Vec<PromptItem> {
        vec![
            owner("Hello."),
            owner("Any mail from Ana?"),
            planner(
                "Let me look.",
                &[
                    ("a:1", "mail_search", json!({"query": "Ana"})),
                    ("a:2", "no.such tool", Value::Null),
                ],
            ),
            result("a:1", "{\"handle\":\"$mail_1\"}", false),
            owner("Be quick."),
            result("a:2", "{\"error\":\"invalid\"}", true),
            planner(
                "",
                &[("a:1", "mail_search", json!({"query": "Ana", "limit": 3}))],
            ),
            result("a:1", "{\"handle\":\"$mail_2\"}", false),
            planner("Found it.", &[]),
            owner("Thanks."),
        ]
    }

    /// Reads a body cut at the given places.
    pub fn read(model: &dyn Model, pieces: &[&[u8]]) -> Result<(String, ModelReply), ModelError> {
        let mut decoder = model.decoder("text/event-stream");
        let mut words = String::new();
        for piece in pieces {
            words.push_str(&decoder.feed(piece)?);
        }
        Ok((words, decoder.finish()?))
    }

    /// Reads a body whole, in two pieces cut at every byte, and byte by byte.
    pub fn read_every_way(model: &dyn Model, body: &str) -> (String, ModelReply) {
        let body = body.as_bytes();
        let whole = read(model, &[body]).unwrap();
        for at in 0..=body.len() {
            let (head, tail) = body.split_at(at);
            assert_eq!(
                read(model, &[head, tail]).as_ref(),
                Ok(&whole),
                "cut at byte {at}"
            );
        }
        let bytes: Vec<&[u8]> = body.chunks(1).collect();
        assert_eq!(read(model, &bytes).as_ref(), Ok(&whole));
        whole
    }

    /// Every beginning of a body must be a reply or an error, never a panic, and once it is a reply,
    /// what follows can only add to it. Returns the shortest that is a reply.
    pub fn shortest_reply(model: &dyn Model, body: &str) -> usize {
        let body = body.as_bytes();
        let is_reply = |end: &usize| read(model, &[&body[..*end]]).is_ok();
        let shortest = (0..=body.len()).find(is_reply).unwrap();
        let broken = (shortest..=body.len()).find(|end| !is_reply(end));
        assert_eq!(
            broken, None,
            "no reply again, though {shortest} bytes were one"
        );
        shortest
    }
}
