//! The world outside the agent: it keeps its memory when the agent's process dies.

use crate::rng::Rng;
use sclerite::http::{Method, Request, Response};
use sclerite::models::{ModelError, ModelReply, Stop, Usage};
use sclerite::tool::ToolCall;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// What reached the owner.
pub struct Told {
    pub turn: String,
    pub text: String,
    pub repeated: bool,
}

/// What a request met.
pub enum Met {
    Answer(Response),
    /// The answer was lost; the request may have arrived.
    Silence,
}

/// The owner's server, a model, and a service that records what it did.
#[derive(Default)]
pub struct Outside {
    pub told: Vec<Told>,
    /// How often the service carried out each call, by its mark.
    pub done: BTreeMap<String, u32>,
    /// The turns and tools in whose names it did.
    pub by: BTreeMap<String, (i64, String)>,
    marks: u64,
    sessions: u64,
    live: Vec<String>,
    /// Answers that are to be fetched behind an event of a stream that ended.
    behind: BTreeMap<String, Json>,
    /// Whether everything works.
    pub calm: bool,
}

fn response(status: u16, body: &Json) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

/// One event of a stream.
fn stream(event: &str, message: &Json) -> Response {
    Response {
        status: 200,
        headers: vec![("content-type".to_owned(), "text/event-stream".to_owned())],
        body: format!("id: {event}\nevent: message\ndata: {message}\n\n").into_bytes(),
    }
}

impl Outside {
    /// A mark that no other call has.
    fn mark(&mut self) -> String {
        self.marks += 1;
        format!("mark{}", self.marks)
    }

    /// What a model makes of a turn: a few calls, each with a mark of its own.
    pub fn plan(
        &mut self,
        rng: &mut Rng,
        words: &str,
        steps: u32,
    ) -> Result<ModelReply, ModelError> {
        if !self.calm && rng.percent(6) {
            return Err(match rng.below(4) {
                0 => ModelError::Offline,
                1 => ModelError::Malformed,
                2 => ModelError::TooLarge,
                _ => ModelError::Status {
                    status: 503,
                    retry_after_ms: None,
                },
            });
        }
        let mut calls = Vec::new();
        if steps < 3 && rng.percent(if steps == 0 { 90 } else { 40 }) {
            for n in 0..=rng.below(3) {
                calls.push(self.call(rng, words, n));
            }
        }
        let text = if calls.is_empty() || rng.percent(20) {
            format!("Said {}.", self.mark())
        } else {
            String::new()
        };
        Ok(ModelReply {
            text,
            calls,
            opaque: vec![],
            stop: Stop::End,
            usage: Usage {
                tokens_in: 100,
                tokens_out: 10,
            },
        })
    }

    fn call(&mut self, rng: &mut Rng, words: &str, n: usize) -> ToolCall {
        let mark = self.mark();
        // Whom the owner named needs no question; anybody else does.
        let to = match words.split_whitespace().find(|word| word.contains('@')) {
            Some(named) if rng.percent(80) => named.to_owned(),
            _ => "stranger@elsewhere.example".to_owned(),
        };
        let (tool, args) = match rng.below(10) {
            0 | 1 => ("notes_add", json!({"text": mark})),
            2 => (
                "remind",
                json!({"text": mark, "in_minutes": rng.between(1, 90)}),
            ),
            3 => ("reply", json!({"parts": [format!("Said {mark}.")]})),
            4 => ("desk_find_files", json!({"query": mark})),
            5 | 6 => ("desk_put_file", json!({"name": mark})),
            7..=8 => ("desk_send_file", json!({"to": to, "note": mark})),
            _ => ("no_such_tool", json!({"mark": mark})),
        };
        ToolCall {
            id: format!("call_{n}"),
            tool: tool.to_owned(),
            args,
        }
    }

    /// What the owner's server does with a message.
    pub fn deliver(&mut self, rng: &mut Rng, body: &Json) -> Met {
        let fate = if self.calm { 99 } else { rng.below(100) };
        match fate {
            0..=3 => return Met::Answer(response(429, &json!({}))),
            4..=7 => return Met::Answer(response(503, &json!({}))),
            8..=10 => return Met::Silence,
            _ => {}
        }
        if body["type"] == "message" {
            self.told.push(Told {
                turn: body["turn"].as_str().unwrap_or_default().to_owned(),
                text: body["text"].as_str().unwrap_or_default().to_owned(),
                repeated: body["repeated"] == true,
            });
        }
        if fate < 14 {
            return Met::Silence;
        }
        Met::Answer(response(200, &json!({})))
    }

    /// What the service does with a message of the protocol.
    pub fn serve(&mut self, rng: &mut Rng, turn: i64, request: &Request) -> Met {
        if request.method == Method::Get {
            return self.resume(rng, request);
        }
        let message: Json = serde_json::from_slice(&request.body).unwrap_or_default();
        let id = message["id"].clone();
        let fate = if self.calm { 99 } else { rng.below(100) };
        match fate {
            0..=3 => return Met::Answer(response(429, &json!({}))),
            4..=6 => return Met::Answer(response(500 + [0, 2, 3, 4][rng.below(4)], &json!({}))),
            7..=9 => return Met::Silence,
            _ => {}
        }
        let session = request
            .headers
            .iter()
            .find(|(name, _)| name == "mcp-session-id")
            .map(|(_, value)| value.clone());
        let method = message["method"].as_str().unwrap_or_default();
        if method != "initialize" && !session.is_some_and(|it| self.live.contains(&it)) {
            return Met::Answer(response(404, &json!({})));
        }
        let answer = match method {
            "initialize" => {
                self.sessions += 1;
                let name = format!("session-{}", self.sessions);
                self.live.push(name.clone());
                let result = json!({"protocolVersion": "2025-11-25", "capabilities": {}});
                let mut answer =
                    response(200, &json!({"jsonrpc": "2.0", "id": id, "result": result}));
                answer.headers.push(("mcp-session-id".to_owned(), name));
                return if fate < 12 {
                    Met::Silence
                } else {
                    Met::Answer(answer)
                };
            }
            "tools/list" => json!({"tools": declarations()}),
            "tools/call" => {
                let result = self.carry_out(&message["params"], turn);
                if fate < 12 {
                    // The session is gone with the server's process.
                    self.live.clear();
                }
                result
            }
            _ => return Met::Answer(response(202, &json!({}))),
        };
        match fate {
            // Done, and the answer gets lost on its way or is spoilt.
            10..=16 => Met::Silence,
            17 | 18 => Met::Answer(response(504, &json!({}))),
            19 => Met::Answer(response(200, &json!("spoilt"))),
            20..=27 if method == "tools/call" => {
                let event = format!("event-{}", self.behind.len() + 1);
                let answer = json!({"jsonrpc": "2.0", "id": id, "result": answer});
                self.behind.insert(event.clone(), answer);
                let note = json!({"jsonrpc": "2.0", "method": "notifications/message"});
                Met::Answer(stream(&event, &note))
            }
            _ => Met::Answer(response(
                200,
                &json!({"jsonrpc": "2.0", "id": id, "result": answer}),
            )),
        }
    }

    /// Gives the rest of a stream that ended before its answer.
    fn resume(&mut self, rng: &mut Rng, request: &Request) -> Met {
        let last = request
            .headers
            .iter()
            .find(|(name, _)| name == "last-event-id");
        let answer = last.and_then(|(_, event)| self.behind.get(event)).cloned();
        let fate = if self.calm { 99 } else { rng.below(100) };
        match fate {
            0..=19 => Met::Answer(response(
                [429, 401, 403, 404, 503][rng.below(5)],
                &json!({}),
            )),
            20..=29 => Met::Silence,
            _ => Met::Answer(match answer {
                Some(answer) => stream("event-0", &answer),
                None => response(404, &json!({})),
            }),
        }
    }

    fn carry_out(&mut self, params: &Json, turn: i64) -> Json {
        let tool = params["name"].as_str().unwrap_or_default();
        let args = &params["arguments"];
        let mark = args["note"].as_str().or(args["name"].as_str());
        if let Some(mark) = mark {
            // A file is put there once, however often it is asked for.
            let count = self.done.entry(mark.to_owned()).or_insert(0);
            if tool != "put_file" || *count == 0 {
                *count += 1;
            }
            self.by
                .insert(mark.to_owned(), (turn, format!("desk_{tool}")));
        }
        let text = if tool == "find_files" {
            "[{\"id\":\"f-1\"}]"
        } else {
            "{\"ok\":true}"
        };
        json!({"content": [{"type": "text", "text": text}]})
    }
}

/// The declarations that the service is pinned by.
fn declarations() -> Json {
    let pins: Json = serde_json::from_str(include_str!("pins/desk.json")).unwrap();
    let tools = pins["tools"].as_array().unwrap().iter();
    tools.map(|pin| pin["declaration"].clone()).collect()
}
