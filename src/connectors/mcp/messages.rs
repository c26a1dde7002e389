//! JSON-RPC messages in HTTP bodies: one JSON document, or a stream of events.
//!
//! Whatever bytes come, this yields messages or nothing. A server may put notifications and
//! requests of its own between us and our answer; they are told apart here. Formats:
//! <https://modelcontextprotocol.io/specification/2025-11-25/basic/transports> and
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>.

use crate::http::Response;
use serde_json::{Value as Json, json};

/// The most messages of one body that are looked at.
const MESSAGES_MAX: usize = 1_000;
/// The longest event id that is sent back, in bytes.
const EVENT_ID_BYTES_MAX: usize = 512;
/// The longest id of a server's request that is answered, in bytes.
const REQUEST_ID_BYTES_MAX: usize = 128;

/// The messages of one body.
#[derive(Debug, Default, PartialEq)]
pub struct Arrived {
    messages: Vec<Json>,
    /// The id of the last event, from which a broken stream can be taken up again.
    pub last_event: Option<String>,
}

/// What a server answered to one request of ours.
#[derive(Debug, PartialEq)]
pub enum Answered<'a> {
    /// The result.
    Result(&'a Json),
    /// An error of the protocol.
    Error,
    /// Nothing yet.
    Nothing,
}

impl Arrived {
    /// Reads a body by its content type; `None` if it is of another type or no JSON.
    pub fn read(response: &Response) -> Option<Self> {
        let kind = response.header("content-type").unwrap_or_default();
        let kind = kind
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        match kind.as_str() {
            "application/json" => {
                let document = serde_json::from_slice(&response.body).ok()?;
                let messages = if let Json::Array(messages) = document {
                    messages.into_iter().take(MESSAGES_MAX).collect()
                } else {
                    vec![document]
                };
                Some(Self {
                    messages,
                    last_event: None,
                })
            }
            "text/event-stream" => Some(Self::events(&response.body)),
            _ => None,
        }
    }

    fn events(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let mut arrived = Self::default();
        let mut data: Option<String> = None;
        // A server may forget the last blank line.
        for line in lines(text).chain([""]) {
            if line.is_empty() {
                if let Some(data) = data.take() {
                    arrived.take(&data);
                }
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "data" => {
                    let all = data.get_or_insert_default();
                    if !all.is_empty() {
                        all.push('\n');
                    }
                    all.push_str(value);
                }
                "id" if fits_header(value, EVENT_ID_BYTES_MAX) => {
                    arrived.last_event = Some(value.to_owned());
                }
                _ => {}
            }
        }
        arrived
    }

    /// Keeps the message of one event; one without data only tells its id.
    fn take(&mut self, data: &str) {
        if let Ok(message) = serde_json::from_str(data)
            && self.messages.len() < MESSAGES_MAX
        {
            self.messages.push(message);
        }
    }

    /// The answer to our request with this id.
    pub fn answer_to(&self, id: u64) -> Answered<'_> {
        let ours = |message: &&Json| {
            message.get("id").and_then(Json::as_u64) == Some(id) && message.get("method").is_none()
        };
        match self.messages.iter().find(ours) {
            None => Answered::Nothing,
            Some(message) => message
                .get("result")
                .map_or(Answered::Error, Answered::Result),
        }
    }

    /// What we answer to the server's own requests: it is alive, or nothing that we offer.
    pub fn replies(&self) -> Vec<Json> {
        let mut replies = Vec::new();
        for message in &self.messages {
            let (Some(method), Some(id)) = (message.get("method"), message.get("id")) else {
                continue;
            };
            let can_be_named = match id {
                Json::String(text) => text.len() <= REQUEST_ID_BYTES_MAX,
                Json::Number(_) => true,
                Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => false,
            };
            if !can_be_named {
                continue;
            }
            replies.push(if method.as_str() == Some("ping") {
                json!({"jsonrpc": "2.0", "id": id, "result": {}})
            } else {
                let error = json!({"code": -32601, "message": "Method not found"});
                json!({"jsonrpc": "2.0", "id": id, "error": error})
            });
        }
        replies
    }

    /// Whether the server says that its tools are no longer those it listed.
    pub fn tools_changed(&self) -> bool {
        let changed = Some("notifications/tools/list_changed");
        let mut methods = self.messages.iter().map(|message| message.get("method"));
        methods.any(|method| method.and_then(Json::as_str) == changed)
    }
}

/// Whether a text can stand in a header: visible ASCII, not too long.
pub fn fits_header(text: &str, bytes_max: usize) -> bool {
    (1..=bytes_max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Lines that end in a line feed, a carriage return, or both.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\n', '\r']) else {
            rest = None;
            return (!text.is_empty()).then_some(text);
        };
        let (line, tail) = text.split_at(end);
        let tail = tail.strip_prefix("\r\n").or_else(|| tail.get(1..));
        rest = tail;
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn response(kind: &str, body: &[u8]) -> Response {
        Response {
            status: 200,
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body: body.to_vec(),
        }
    }

    fn stream(body: &str) -> Arrived {
        Arrived::read(&response(
            "text/event-stream; charset=utf-8",
            body.as_bytes(),
        ))
        .unwrap()
    }

    #[test]
    fn an_answer_is_found_among_notifications_and_requests_of_the_server() {
        let arrived = stream(
            "\u{feff}: hello\r\nid: a-1\r\ndata:\r\n\r\n\
             event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n\n\
             data: {\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}\r\r\
             data: {\"id\":7,\n: between\ndata: \"result\":\ndata: {\"a\": 1}}\nid: a-2\n\n\
             data: not json\n\ndata: {\"id\":9,\"error\":{\"code\":1}}",
        );
        assert_eq!(arrived.answer_to(7), Answered::Result(&json!({"a": 1})));
        assert_eq!(arrived.answer_to(9), Answered::Error);
        assert_eq!(arrived.answer_to(8), Answered::Nothing);
        assert_eq!(arrived.last_event.as_deref(), Some("a-2"));
        assert!(!arrived.tools_changed());
        assert_eq!(
            arrived.replies(),
            [json!({"jsonrpc": "2.0", "id": 7, "result": {}})]
        );
    }

    #[test]
    fn every_line_ending_gives_the_same_events() {
        let body = "data: {\"id\":1,\ndata: \"result\":2}\n\ndata: {\"id\":2,\"result\":3}\n\n";
        for ending in ["\n", "\r\n", "\r"] {
            let arrived = stream(&body.replace('\n', ending));
            assert_eq!(
                arrived.answer_to(1),
                Answered::Result(&json!(2)),
                "{ending:?}"
            );
            assert_eq!(
                arrived.answer_to(2),
                Answered::Result(&json!(3)),
                "{ending:?}"
            );
        }
    }

    #[test]
    fn requests_of_the_server_are_refused_and_odd_ids_are_ignored() {
        let long = "x".repeat(REQUEST_ID_BYTES_MAX + 1);
        let text = json!([
            {"id": "s", "method": "sampling/createMessage"},
            {"id": null, "method": "ping"}, {"id": long, "method": "ping"}, {"id": [1], "method": "x"},
            {"method": "notifications/tools/list_changed"},
        ]);
        let arrived = Arrived::read(&response("Application/JSON", text.to_string().as_bytes()));
        let arrived = arrived.unwrap();
        let replies = arrived.replies();
        assert_eq!(replies.len(), 1);
        assert_eq!(replies[0]["id"], "s");
        assert_eq!(replies[0]["error"]["code"], -32601);
        assert!(arrived.tools_changed());
    }

    #[test]
    fn an_answer_that_is_a_request_or_of_another_type_is_none() {
        assert!(Arrived::read(&response("text/html", b"{}")).is_none());
        assert!(Arrived::read(&response("application/json", b"{")).is_none());
        let both = stream("data: {\"id\":1,\"method\":\"x\",\"result\":{}}\n\n");
        assert_eq!(both.answer_to(1), Answered::Nothing);
        let text = stream("data: {\"id\":\"1\",\"result\":{}}\n\n");
        assert_eq!(text.answer_to(1), Answered::Nothing);
        assert_eq!(stream("id: a b\ndata: 1\n\n").last_event, None);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd(
            bytes in proptest::collection::vec(any::<u8>(), 0..400),
            text in "(data|id|:|\r|\n|\\{|\\}|\"id\"|1|,|\\[|\\]| |é){0,60}",
            cut in 0_usize..200,
        ) {
            let valid = "data: {\"id\":1,\"result\":{\"a\":[1,2]}}\n\ndata: {\"id\":\"s\",\"method\":\"ping\"}\n\n";
            for body in [bytes.as_slice(), text.as_bytes(), valid.as_bytes().get(..cut).unwrap_or_default()] {
                for kind in ["application/json", "text/event-stream"] {
                    if let Some(arrived) = Arrived::read(&response(kind, body)) {
                        let _ = (arrived.answer_to(1), arrived.replies(), arrived.tools_changed());
                    }
                }
            }
        }
    }
}
