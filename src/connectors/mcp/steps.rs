//! The steps of a call: from opening a session to the labelled result.

use super::content;
use super::labels::{self, Frame};
use super::memory::{self, Declared, Session};
use super::messages::{Answered, Arrived, fits_header};
use super::table::{Auth, Pinned, Server};
use super::{Stage, Step, canonical};
use crate::http::{Method, Request};
use crate::tool::{Answer, Call, CallContext, EffectClass, Kind, Progress, ToolError, ToolOutput};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The versions of the protocol that are spoken, the preferred one first.
const VERSIONS: [&str; 2] = ["2025-11-25", "2025-06-18"];
/// The longest id of a session, in bytes.
const SESSION_BYTES_MAX: usize = 1_024;
/// The most pages of a list of tools, and the longest cursor between them, in bytes.
const PAGES_MAX: u32 = 50;
const CURSOR_BYTES_MAX: usize = 4_096;
/// How often a stream that broke before its answer is taken up again.
const RESUMED_MAX: u32 = 4;
/// How many requests of the server are answered while ours waits.
const REPLIES_MAX: usize = 8;

impl Server {
    /// Goes as far as the session allows: it is opened, its tools are listed, or the call is sent.
    pub(super) fn begin(
        &self,
        stage: Stage,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let pinned = self.pinned(call.spec.name).ok_or(ToolError::Unavailable)?;
        let Some(session) = Session::read(context.documents).filter(|session| !session.foreign)
        else {
            return self.initialize(stage, context);
        };
        let stage = Stage {
            step: Step::Call,
            id: fresh_id(context),
            session: session.id.clone(),
            version: session.version.clone(),
            ..stage
        };
        let as_pinned = session.declares(pinned.name, pinned.hash) == Declared::AsPinned;
        if session.is_listed(context.now) && as_pinned {
            self.call(stage, pinned, call, context)
        } else {
            self.list(stage, 0, BTreeMap::new(), None)
        }
    }

    pub(super) fn initialize(
        &self,
        stage: Stage,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let [version, _] = VERSIONS;
        let params = json!({
            "protocolVersion": version,
            "capabilities": {},
            "clientInfo": {"name": "sclerite", "version": env!("CARGO_PKG_VERSION")},
        });
        let stage = Stage {
            step: Step::Initialize,
            id: fresh_id(context),
            session: None,
            version: String::new(),
            ..stage
        };
        self.send(&stage, "initialize", &params)
    }

    /// Takes the server's greeting; the session begins.
    pub(super) fn initialized(
        &self,
        stage: &Stage,
        answer: Answer<'_>,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let arrived = Arrived::read(answer).ok_or(ToolError::Unavailable)?;
        let Answered::Result(result) = arrived.answer_to(stage.id) else {
            return Err(ToolError::Unavailable);
        };
        let version = result.get("protocolVersion").and_then(Json::as_str);
        let Some(version) = VERSIONS.iter().find(|known| version == Some(known)) else {
            let session = Session {
                foreign: true,
                ..Session::default()
            };
            session.write(context.documents)?;
            return Err(ToolError::Refused);
        };
        let id = answer.header("mcp-session-id").map(str::to_owned);
        if id
            .as_ref()
            .is_some_and(|id| !fits_header(id, SESSION_BYTES_MAX))
        {
            return Err(ToolError::Unavailable);
        }
        let session = Session {
            id: id.clone(),
            version: (*version).to_owned(),
            ..Session::default()
        };
        session.write(context.documents)?;
        let stage = Stage {
            step: Step::Initialized,
            session: id,
            version: session.version,
            ..stage.clone()
        };
        let body = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        Ok(Progress::Send {
            request: self.post(&stage, &body),
            stage: written_down(&stage)?,
        })
    }

    /// Asks for a page of the list of tools.
    pub(super) fn list(
        &self,
        stage: Stage,
        page: u32,
        hashes: BTreeMap<String, String>,
        cursor: Option<&str>,
    ) -> Result<Progress, ToolError> {
        let params = cursor.map_or(json!({}), |cursor| json!({"cursor": cursor}));
        let step = Step::List { page, hashes };
        self.send(&Stage { step, ..stage }, "tools/list", &params)
    }

    /// Takes a page of the list of tools; after the last one the call itself can be sent.
    pub(super) fn listed(
        &self,
        mut stage: Stage,
        pinned: &Pinned,
        call: &Call,
        answer: Answer<'_>,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let arrived = Arrived::read(answer).ok_or(ToolError::Unavailable)?;
        let Answered::Result(result) = arrived.answer_to(stage.id) else {
            return Err(ToolError::Unavailable);
        };
        let Step::List { page, mut hashes } = std::mem::replace(&mut stage.step, Step::Call) else {
            return Err(ToolError::Unavailable);
        };
        let declarations = result.get("tools").and_then(Json::as_array);
        for declaration in declarations.ok_or(ToolError::Unavailable)? {
            let name = declaration
                .get("name")
                .and_then(Json::as_str)
                .unwrap_or_default();
            if self.tools.iter().any(|tool| tool.name == name) {
                let hash = canonical::hash(declaration);
                let again = hashes.insert(name.to_owned(), hash);
                if again.is_some() {
                    // Which of the two would be called is anybody's guess.
                    hashes.insert(name.to_owned(), String::new());
                }
            }
        }
        stage.id = fresh_id(context);
        let cursor = result
            .get("nextCursor")
            .and_then(Json::as_str)
            .unwrap_or_default();
        if !cursor.is_empty() {
            let page = page.saturating_add(1);
            if page >= PAGES_MAX || cursor.len() > CURSOR_BYTES_MAX {
                return Err(ToolError::Unavailable);
            }
            return self.list(stage, page, hashes, Some(cursor));
        }
        let session = Session {
            id: stage.session.clone(),
            version: stage.version.clone(),
            hashes,
            listed_at: Some(context.now),
            stale: arrived.tools_changed(),
            foreign: false,
        };
        session.write(context.documents)?;
        match session.declares(pinned.name, pinned.hash) {
            Declared::AsPinned => self.call(stage, pinned, call, context),
            Declared::Otherwise | Declared::NoMore => Err(ToolError::Refused),
        }
    }

    pub(super) fn call(
        &self,
        stage: Stage,
        pinned: &Pinned,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        if call.spec.effect != EffectClass::Read {
            let untrusted = call.args.values().filter(|argument| !argument.known);
            let texts = untrusted.flat_map(|argument| labels::untrusted_texts(&argument.item));
            memory::keep_written(&texts.collect::<Vec<_>>(), context.documents)?;
        }
        let args = call
            .args
            .iter()
            .map(|(name, argument)| ((*name).to_owned(), argument.item.to_json()));
        let args = Json::Object(args.collect());
        let params = json!({"name": pinned.name, "arguments": args});
        let step = Step::Call;
        self.send(&Stage { step, ..stage }, "tools/call", &params)
    }

    /// Takes the answer to the call, or takes up a stream that ended before it.
    pub(super) fn answered(
        &self,
        stage: &Stage,
        pinned: &Pinned,
        call: &Call,
        answer: Answer<'_>,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let arrived = Arrived::read(answer).ok_or_else(|| unread(call))?;
        if arrived.tools_changed()
            && let Some(session) = Session::read(context.documents)
        {
            let outdated = Session {
                stale: true,
                ..session
            };
            outdated.write(context.documents)?;
        }
        match arrived.answer_to(stage.id) {
            Answered::Result(result) => self.finish(result, pinned, call, context),
            Answered::Error => Err(ToolError::Unavailable),
            Answered::Nothing => {
                let event = arrived.last_event.as_ref().ok_or_else(|| unread(call))?;
                let resumed = match stage.step {
                    Step::Resume { resumed } => resumed,
                    Step::Token
                    | Step::Initialize
                    | Step::Initialized
                    | Step::List { .. }
                    | Step::Call
                    | Step::Reply { .. } => 0,
                };
                if resumed >= RESUMED_MAX {
                    return Err(unread(call));
                }
                let mut replies = arrived.replies();
                replies.truncate(REPLIES_MAX);
                self.reply(stage, replies, event, resumed)
            }
        }
    }

    /// Answers the server's next request, or asks for the rest of the stream.
    pub(super) fn reply(
        &self,
        stage: &Stage,
        mut rest: Vec<Json>,
        event: &str,
        resumed: u32,
    ) -> Result<Progress, ToolError> {
        let mut stage = stage.clone();
        if rest.is_empty() {
            let resumed = resumed.saturating_add(1);
            stage.step = Step::Resume { resumed };
            let mut request = self.post(&stage, &Json::Null);
            request.method = Method::Get;
            request.body.clear();
            request
                .headers
                .retain(|(name, _)| name != "content-type" && name != "accept");
            request.headers.push(header("accept", "text/event-stream"));
            request.headers.push(header("last-event-id", event));
            let stage = written_down(&stage)?;
            return Ok(Progress::Send { request, stage });
        }
        let request = self.post(&stage, &rest.remove(0));
        let event = event.to_owned();
        stage.step = Step::Reply {
            rest,
            event,
            resumed,
        };
        let stage = written_down(&stage)?;
        Ok(Progress::Send { request, stage })
    }

    pub(super) fn finish(
        &self,
        result: &Json,
        pinned: &Pinned,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        // What a server says of its failure is content, so it ends in the one code for that.
        if result.get("isError").and_then(Json::as_bool) == Some(true) {
            return Err(ToolError::Unavailable);
        }
        let value = content::value(result, pinned.wrapped).ok_or_else(|| unread(call))?;
        let written = memory::written(context.documents);
        let frame = Frame::new(&pinned.rules, self.owner, call, &written);
        let labelled = frame.label(&value).ok_or_else(|| unread(call))?;
        if !pinned.rules.knows.is_empty() && frame.feeds_sets() {
            memory::keep_members(call, labelled.members, context.now, context.documents)?;
        }
        Ok(Progress::Done(ToolOutput::new(Kind::Data, labelled.item)))
    }

    pub(super) fn send(
        &self,
        stage: &Stage,
        method: &str,
        params: &Json,
    ) -> Result<Progress, ToolError> {
        let body = json!({"jsonrpc": "2.0", "id": stage.id, "method": method, "params": params});
        Ok(Progress::Send {
            request: self.post(stage, &body),
            stage: written_down(stage)?,
        })
    }

    pub(super) fn post(&self, stage: &Stage, body: &Json) -> Request {
        let mut request = Request::post_json(self.url.to_owned(), body);
        request
            .headers
            .push(header("accept", "application/json, text/event-stream"));
        if !stage.version.is_empty() {
            request
                .headers
                .push(header("mcp-protocol-version", &stage.version));
        }
        if let Some(session) = &stage.session {
            request.headers.push(header("mcp-session-id", session));
        }
        if let Some(token) = &stage.token {
            // The door opens it.
            let value = format!("sealed {token}");
            request.headers.push(header("authorization", &value));
        }
        request
    }
}

/// What an answer means that came and cannot be read: a call that only reads has failed, any other
/// may have happened.
pub(super) fn unread(call: &Call) -> ToolError {
    match call.spec.effect {
        EffectClass::Read => ToolError::Unavailable,
        EffectClass::Draft
        | EffectClass::Write
        | EffectClass::Send
        | EffectClass::Delete
        | EffectClass::Pay
        | EffectClass::Admin => ToolError::Unknown,
    }
}

pub(super) fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Asks for an access token; the call begins, or begins again, once it is there.
pub(super) fn ask_for_token(auth: &Auth, stage: Stage) -> Result<Progress, ToolError> {
    let stage = Stage {
        token_renewed: stage.token.is_some(),
        step: Step::Token,
        token: None,
        ..stage
    };
    let form = "application/x-www-form-urlencoded";
    let request = Request {
        method: Method::Post,
        url: auth.url.to_owned(),
        headers: vec![
            header("content-type", form),
            header("accept", "application/json"),
        ],
        body: auth.body.as_bytes().to_vec(),
    };
    let stage = written_down(&stage)?;
    Ok(Progress::Send { request, stage })
}

/// Takes the answer to a request for an access token, which the door has sealed.
pub(super) fn with_token(
    stage: Stage,
    answer: Answer<'_>,
    context: &mut CallContext<'_>,
) -> Result<Stage, ToolError> {
    let answer: Json = serde_json::from_slice(&answer.body).map_err(|_| ToolError::Auth)?;
    let sealed = answer.get("sealed").and_then(Json::as_str);
    let sealed = sealed.ok_or(ToolError::Auth)?;
    let life_s = answer.get("expires_in").and_then(Json::as_i64);
    memory::keep_token(sealed, life_s.unwrap_or_default(), context)?;
    Ok(Stage {
        token: Some(sealed.to_owned()),
        ..stage
    })
}

pub(super) fn written_down(stage: &Stage) -> Result<Json, ToolError> {
    serde_json::to_value(stage).map_err(|_| ToolError::Unavailable)
}

/// An id that no other request of a session has, and that every program keeps exactly.
pub(super) fn fresh_id(context: &mut CallContext<'_>) -> u64 {
    let bytes = context.ids.bytes();
    bytes
        .iter()
        .take(6)
        .fold(0, |id, byte| id << 8 | u64::from(*byte))
}
