//! A client of MCP servers: one connector for each `[[mcp]]` of the deployment.
//!
//! The one thing to know: what a server says of itself is never told to a planner. Contracts are
//! compiled from pinned declarations; once for each session, and again every hour, the server's
//! declarations are compared with them, and a tool that is declared otherwise is off. A call is a
//! chain of requests: initialize, initialized, tools/list as often as it has pages, tools/call.
//! Protocol: <https://modelcontextprotocol.io/specification/2025-11-25>.

pub mod canonical;
mod content;
mod fields;
mod labels;
mod memory;
mod messages;
mod steps;
pub mod table;
mod written;

use super::{Connector, Lost};
use crate::http::Request;
use crate::message::Locale;
use crate::tool::{
    Answer, Call, CallContext, Documents, EffectClass, Progress, ToolError, ToolSpec,
};
use memory::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use steps::{ask_for_token, fresh_id, unread, with_token};
use table::Server;

/// One connector for each server.
pub fn connectors() -> Vec<&'static dyn Connector> {
    let mut all: Vec<&'static dyn Connector> = Vec::new();
    for server in table::servers() {
        all.push(server);
    }
    all
}

/// What a request is about, kept until its answer is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stage {
    step: Step,
    /// The id of our request.
    id: u64,
    /// The session it is sent in, and the version that is spoken there.
    session: Option<String>,
    version: String,
    /// Whether the session was renewed for this call.
    renewed: bool,
    /// The access token, as the door sealed it.
    #[serde(default)]
    token: Option<String>,
    /// Whether it was renewed for this call.
    #[serde(default)]
    token_renewed: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// Asking for an access token.
    Token,
    Initialize,
    Initialized,
    List {
        page: u32,
        hashes: BTreeMap<String, String>,
    },
    Call,
    /// Answering the server's own requests, before the stream is taken up again.
    Reply {
        rest: Vec<Json>,
        event: String,
        resumed: u32,
    },
    Resume {
        resumed: u32,
    },
}

impl Connector for Server {
    fn name(&self) -> &'static str {
        self.name
    }

    fn tools(&self) -> &'static [ToolSpec] {
        self.specs
    }

    fn run(&self, call: &Call, context: &mut CallContext<'_>) -> Result<Progress, ToolError> {
        let mut stage = Stage {
            step: Step::Call,
            id: 0,
            session: None,
            version: String::new(),
            renewed: false,
            token: None,
            token_renewed: false,
        };
        if let Some(auth) = &self.auth {
            stage.token = memory::token(context.now, context.documents);
            if stage.token.is_none() {
                return ask_for_token(auth, stage);
            }
        }
        self.begin(stage, call, context)
    }

    fn go_on(
        &self,
        call: &Call,
        stage: &Json,
        answer: Answer<'_>,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let stage: Stage =
            serde_json::from_value(stage.clone()).map_err(|_| ToolError::Unavailable)?;
        let pinned = self.pinned(call.spec.name).ok_or(ToolError::Unavailable)?;
        // A server that forgot the session has not looked at the message.
        let forgotten = matches!(answer.status, 400 | 404) && stage.session.is_some();
        if forgotten && !stage.renewed && matches!(stage.step, Step::List { .. } | Step::Call) {
            let renewed = true;
            return self.initialize(Stage { renewed, ..stage }, context);
        }
        // Nor has one that refused the token.
        let is_unseen = !matches!(
            stage.step,
            Step::Token | Step::Reply { .. } | Step::Resume { .. }
        );
        if let (401, true, false, Some(auth)) =
            (answer.status, is_unseen, stage.token_renewed, &self.auth)
        {
            return ask_for_token(auth, stage);
        }
        match answer.status {
            200..=299 => {}
            401 => return Err(ToolError::Auth),
            _ if stage.step == Step::Token => return Err(ToolError::Auth),
            // The call itself was taken before.
            _ if matches!(stage.step, Step::Reply { .. } | Step::Resume { .. }) => {
                return Err(unread(call));
            }
            _ => return Err(ToolError::Unavailable),
        }
        match &stage.step {
            Step::Token => self.begin(with_token(stage, answer, context)?, call, context),
            Step::Initialize => self.initialized(&stage, answer, context),
            Step::Initialized => {
                let id = fresh_id(context);
                self.list(Stage { id, ..stage }, 0, BTreeMap::new(), None)
            }
            Step::List { .. } => self.listed(stage, pinned, call, answer, context),
            Step::Call | Step::Resume { .. } => {
                self.answered(&stage, pinned, call, answer, context)
            }
            Step::Reply {
                rest,
                event,
                resumed,
            } => self.reply(&stage, rest.clone(), event, *resumed),
        }
    }

    fn takes(&self, stage: &Json, status: u16) -> bool {
        let renewed = stage.get("token_renewed").and_then(Json::as_bool);
        status == 401 && self.auth.is_some() && renewed == Some(false)
    }

    /// A request that comes before the call itself changes nothing at the server.
    fn lost(&self, spec: &ToolSpec, stage: &Json) -> Lost {
        let step = serde_json::from_value(stage.clone()).map(|stage: Stage| stage.step);
        match step {
            Ok(Step::Token | Step::Initialize | Step::Initialized | Step::List { .. }) => {
                Lost::Again
            }
            Ok(Step::Call | Step::Reply { .. } | Step::Resume { .. }) | Err(_) => {
                let once = self
                    .pinned(spec.name)
                    .is_some_and(|pinned| pinned.idempotent);
                if once || spec.effect == EffectClass::Read {
                    Lost::Again
                } else {
                    Lost::Unknown
                }
            }
        }
    }

    fn taken(&self, stage: &Json) -> bool {
        let step = serde_json::from_value(stage.clone()).map(|stage: Stage| stage.step);
        matches!(step, Ok(Step::Reply { .. } | Step::Resume { .. }))
    }

    fn abandon(&self, stage: &Json) -> Option<Request> {
        let stage: Stage = serde_json::from_value(stage.clone()).ok()?;
        if !matches!(
            stage.step,
            Step::Call | Step::Reply { .. } | Step::Resume { .. }
        ) {
            return None;
        }
        let params = json!({"requestId": stage.id, "reason": "no longer wanted"});
        let body = json!({
            "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params,
        });
        Some(self.post(&stage, &body))
    }

    fn why(
        &self,
        tool: &str,
        error: &ToolError,
        locale: Locale,
        documents: &dyn Documents,
    ) -> Option<String> {
        if *error != ToolError::Refused {
            return None;
        }
        let server = self.name;
        let name = self.pinned(tool)?.name;
        let check = format!("npm run mcp:pin -- --server {server} --check");
        Some(match memory::refusal(self, tool, documents)? {
            Refusal::Changed => locale.pick(
                format!("The tool {name} of {server} is off, because its server now describes it differently than when it was pinned. `{check}` shows the difference; pin it again without --check and deploy, if you agree with it."),
                format!("L’outil {name} de {server} est désactivé, car son serveur le décrit maintenant autrement que lorsqu’il a été épinglé. `{check}` montre la différence ; épinglez-le de nouveau sans --check et déployez, si elle vous convient."),
            ),
            Refusal::Gone => locale.pick(
                format!("The tool {name} is off, because {server} does not have it any more. `{check}` shows what it has."),
                format!("L’outil {name} est désactivé, car {server} ne l’a plus. `{check}` montre ce qu’il a."),
            ),
            Refusal::Foreign => locale.pick(
                format!("The tools of {server} are off, because it speaks another version of the protocol."),
                format!("Les outils de {server} sont désactivés, car il parle une autre version du protocole."),
            ),
        })
    }

    fn knows(&self, set: &str, value: &str, documents: &dyn Documents) -> bool {
        memory::has_member(set, value, documents)
    }
}

#[cfg(test)]
mod tests;
