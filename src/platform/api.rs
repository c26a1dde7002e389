//! What the object answers: deliveries, the API, and the console's messages.

use super::audit_log;
use super::backup;
use super::object::{Agent, CALLER, Caller, turn_of};
use super::respond;
use super::secrets::Bindings;
use super::sockets::Sockets;
use crate::agent::engine::{Accepted, AnswerError, RUN_MAX};
use crate::approval::ApprovalError;
use crate::channels::Secrets;
use crate::channels::console::{ClientMessage, parse_client};
use crate::console::{login, views};
use crate::egress::Vault;
use crate::http::Problem;
use crate::id::{ApprovalId, ConversationId, DeliveryId, TurnId};
use crate::message::{Author, Content, Inbound};
use crate::store::turns::{self, Status, TurnRow};
use crate::store::{StoreError, approvals, ledger, sessions, settings};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::rc::Rc;
use std::time::Duration;
use worker::{Delay, Method, Request, Response, Result, WebSocket, WebSocketPair};

/// The console's conversation.
const CONSOLE: &str = "console:main";
/// How many turns the console shows.
const TURNS_SHOWN: i64 = 40;

#[derive(Deserialize)]
struct Delivery {
    inbound: Vec<Inbound>,
    wait_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    code: Option<String>,
    token: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    decision: String,
    call_hash: String,
}

/// Why there is no ordinary answer.
pub enum Refusal {
    /// The caller's mistake, or what they have to wait for.
    Problem(Problem),
    /// The database's.
    Store(StoreError),
    /// The runtime's.
    Fault(worker::Error),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<worker::Error> for Refusal {
    fn from(error: worker::Error) -> Self {
        Self::Fault(error)
    }
}

/// An answer, or why there is none.
pub type Answered = std::result::Result<Response, Refusal>;

/// Answers one request of the front door.
pub async fn handle(agent: &Rc<Agent>, request: Request) -> Result<Response> {
    match route(agent, request).await {
        Ok(response) => Ok(response),
        Err(Refusal::Problem(problem)) => respond::problem(&problem),
        Err(Refusal::Store(StoreError::Limit(limit))) => respond::problem(&Problem::new(
            413,
            "too_large",
            format!("{limit}. Send less."),
        )),
        Err(Refusal::Store(error)) => {
            super::log(&agent.env, "store", &error.to_string());
            respond::problem(&Problem::new(
                503,
                "try_again",
                "The agent's storage did not answer. Send it again; with the same id it is done once.",
            ))
        }
        Err(Refusal::Fault(error)) => Err(error),
    }
}

async fn route(agent: &Rc<Agent>, mut request: Request) -> Answered {
    let path = request.path();
    let caller = request.headers().get(CALLER)?.unwrap_or_default();
    let caller = Caller::of_header(&caller);
    if let Some(answered) = backup::handle(agent, &caller, &mut request).await? {
        return answered;
    }
    match (request.method(), path.as_str()) {
        (_, "/accept" | "/wake") if caller != Caller::Platform => {
            Err(Problem::new(404, "not_found", "There is no such route.").into())
        }
        (Method::Post, "/accept") => accept(agent, &request.bytes().await?).await,
        (Method::Post, "/wake") => {
            agent.wake_now().await;
            agent.engine(|engine| engine.keep_in_bounds(RUN_MAX))?;
            ledger::keep_in_bounds(agent.store(), super::now())?;
            Ok(respond::empty(204)?)
        }
        (Method::Post, "/api/login") => {
            let secure = request.url()?.scheme() == "https";
            log_in(agent, &request.bytes().await?, secure)
        }
        (Method::Post, "/api/logout") => log_out(agent, &caller),
        (Method::Get, _) if path.starts_with("/api/turns/") => {
            let id = path.strip_prefix("/api/turns/").unwrap_or_default();
            turn(agent, &caller, id)
        }
        (method, _) => {
            admit_owner(agent, &caller)?;
            owners(agent, &caller, request, method, &path).await
        }
    }
}

/// The routes that are the owner's alone.
async fn owners(
    agent: &Rc<Agent>,
    caller: &Caller,
    mut request: Request,
    method: Method,
    path: &str,
) -> Answered {
    match (method, path) {
        (Method::Get, "/api/socket") => socket(agent, caller),
        (Method::Get, "/api/state") => Ok(respond::json(200, &state(agent)?)?),
        (Method::Get, "/api/turns") => Ok(respond::json(200, &json!({"turns": recent(agent)?}))?),
        (Method::Get, "/api/approvals") => {
            Ok(respond::json(200, &json!({"approvals": waiting(agent)?}))?)
        }
        (Method::Get, "/api/audit") => Ok(audit_log::answer(agent, &request)?),
        (Method::Get, "/api/budget") => {
            let account = agent.engine(|engine| engine.budget())?;
            Ok(respond::text(200, "application/json", &account.json())?)
        }
        (Method::Post, _) if path.starts_with("/api/approvals/") => {
            let id = path
                .strip_prefix("/api/approvals/")
                .unwrap_or_default()
                .to_owned();
            answer(agent, &id, &request.bytes().await?).await
        }
        _ => Err(Problem::new(404, "not_found", "There is no such route.").into()),
    }
}

/// Whether the caller is the owner.
pub fn admit_owner(agent: &Agent, caller: &Caller) -> std::result::Result<(), Refusal> {
    let open = match caller {
        Caller::Console => true,
        Caller::Session(token) => {
            sessions::is_open(agent.store(), &login::session_hash(token), super::now())?
        }
        Caller::Platform | Caller::Nobody => false,
        Caller::Webhook => {
            let text = "The webhook token reads the turns it started and nothing else.";
            return Err(Problem::new(403, "not_yours", text).into());
        }
    };
    if open {
        return Ok(());
    }
    let text = "Log in with a fresh link (`npm run login`) or send the console token.";
    Err(Problem::new(401, "login_first", text).into())
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> std::result::Result<T, Problem> {
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(body)).map_err(
        |error| {
            let text: String = error.to_string().chars().take(200).collect();
            Problem::new(400, "bad_request", text)
        },
    )
}

/// Stores proven messages, and waits for the answer to the first if the caller does.
async fn accept(agent: &Agent, body: &[u8]) -> Answered {
    let Delivery { inbound, wait_ms } = read(body)?;
    let held = wait_ms > 0;
    agent.note_deployment()?;
    let mut first: Option<Accepted> = None;
    for message in &inbound {
        let accepted = take_in(agent, message, held)?;
        first.get_or_insert(accepted);
    }
    let Some(first) = first else {
        return Ok(respond::json(200, &json!({"ok": true}))?);
    };
    // Nothing can happen between this look and the registration: both are synchronous.
    let row = turns::get(agent.store(), first.seq)?;
    let over = row.is_none_or(|row| row.status.is_final() || row.status == Status::Waiting);
    let waiter = (held && !over).then(|| agent.shared.wait_for(first.seq));
    agent.wake_now().await;
    if !held {
        return Ok(respond::json(202, &json!({"turn": first.id}))?);
    }
    if let Some(waiter) = waiter {
        let patience = Delay::from(Duration::from_millis(wait_ms));
        futures::future::select(waiter, patience).await;
    }
    waited(agent, first.seq)
}

/// Stores one message; a control command is carried out at once.
fn take_in(
    agent: &Agent,
    message: &Inbound,
    held: bool,
) -> std::result::Result<Accepted, StoreError> {
    let accepted = agent.engine(|engine| engine.accept(message, held))?;
    if accepted.fresh {
        agent.shared.is_counted(accepted.seq);
        if message.channel == "console"
            && let Some(row) = turns::get(agent.store(), accepted.seq)?
            && let Some(opening) = views::opening(&turn_of(&row)?, row.at)
        {
            agent
                .shared
                .sockets
                .tell(&json!({"type": "message", "message": opening}));
        }
    }
    if accepted.control {
        let open = turns::unfinished(agent.store(), 0, None, 200)?;
        let jobs = agent.engine(|engine| engine.begin(accepted.seq))?;
        agent.shared.post(jobs);
        agent.shared.notify(agent, accepted.seq);
        // `/stop` and its like end turns that somebody looks at or waits for.
        for seq in open.into_iter().filter(|seq| *seq != accepted.seq) {
            if turns::get(agent.store(), seq)?.is_some_and(|row| row.status.is_final()) {
                agent.shared.notify(agent, seq);
            }
        }
    }
    Ok(accepted)
}

/// What a waiting caller gets; later messages are pushed.
fn waited(agent: &Agent, seq: i64) -> Answered {
    let released = agent.engine(|engine| engine.release(seq))?;
    let Some(turn) = released else {
        return Err(Problem::new(404, "no_turn", "This turn is gone.").into());
    };
    let asked: Vec<_> = approvals::waiting(agent.store(), 50)?
        .into_iter()
        .filter(|asked| asked.turn == turn.seq)
        .collect();
    let at_work = matches!(turn.status, Status::Queued | Status::Running);
    Ok(respond::json(
        if at_work { 202 } else { 200 },
        &views::waited(&turn, &asked),
    )?)
}

fn log_in(agent: &Agent, body: &[u8], secure: bool) -> Answered {
    let Login { code, token } = read(body)?;
    let bindings = Bindings(&agent.env);
    let now = super::now();
    let refused = || {
        let text = "This link or token is not valid any more. Get a fresh link: `npm run login`.";
        Refusal::Problem(Problem::new(401, "bad_login", text))
    };
    let secret = bindings.read("CONSOLE_TOKEN").ok_or_else(refused)?;
    match (code, token) {
        (Some(code), None) => {
            let code = login::check(&code, &secret, now).ok_or_else(refused)?;
            let fresh = agent.engine(|engine| engine.use_login(&code.nonce, code.expires_at))?;
            if !fresh {
                return Err(refused());
            }
        }
        (None, Some(token)) if bindings.matches("CONSOLE_TOKEN", &token) => {}
        _ => return Err(refused()),
    }
    let token = crate::id::IdSource::new(super::seed()).token() + &crate::id::hex(&super::seed());
    let expires_at = now.plus_millis(login::SESSION_MS);
    sessions::open(agent.store(), &login::session_hash(&token), expires_at)?;
    let response = respond::empty(204)?;
    response
        .headers()
        .set("set-cookie", &login::cookie(Some(&token), secure))?;
    Ok(response)
}

fn log_out(agent: &Agent, caller: &Caller) -> Answered {
    if let Caller::Session(token) = caller {
        let hash = login::session_hash(token);
        sessions::close(agent.store(), &hash, super::now())?;
        for socket in agent.state.get_websockets_with_tag(&hash) {
            // A socket that is closed already is as closed as we want it.
            drop(socket.close(Some(4401), Some("logged out")));
        }
    }
    let response = respond::empty(204)?;
    response
        .headers()
        .set("set-cookie", &login::cookie(None, false))?;
    Ok(response)
}

fn turn(agent: &Agent, caller: &Caller, id: &str) -> Answered {
    let unknown = || Problem::new(404, "no_turn", "There is no such turn.");
    if *caller != Caller::Webhook {
        admit_owner(agent, caller)?;
    }
    let id = TurnId::try_from(id).map_err(|_| unknown())?;
    let row = turns::by_id(agent.store(), &id)?.ok_or_else(unknown)?;
    if *caller == Caller::Webhook && !row.conversation.starts_with("generic:") {
        return Err(unknown().into());
    }
    Ok(respond::json(200, &views::full(&turn_of(&row)?, row.at))?)
}

async fn answer(agent: &Agent, id: &str, body: &[u8]) -> Answered {
    let Answer {
        decision,
        call_hash,
    } = read(body)?;
    let yes = match decision.as_str() {
        "approve" => true,
        "deny" => false,
        _ => {
            let text = "decision: say `approve` or `deny`.";
            return Err(Problem::new(400, "bad_request", text).into());
        }
    };
    let unknown = || Problem::new(404, "no_approval", "There is no such approval.");
    let id = ApprovalId::try_from(id).map_err(|_| unknown())?;
    let answered = agent.engine_once(|engine| engine.answer(&id, yes, &call_hash));
    let answered = answered.map_err(|error| match error {
        AnswerError::Store(error) => Refusal::Store(error),
        AnswerError::Refused(ApprovalError::Unknown) => unknown().into(),
        AnswerError::Refused(error @ ApprovalError::Expired) => {
            Problem::new(410, "expired", error.to_string()).into()
        }
        AnswerError::Refused(error @ (ApprovalError::Answered | ApprovalError::Differs)) => {
            Problem::new(409, "no_longer_open", error.to_string()).into()
        }
    })?;
    let closed = json!({"type": "approval_closed", "id": id, "status": answered.status});
    agent.shared.sockets.tell(&closed);
    agent.shared.is_counted(answered.turn);
    agent.shared.post(answered.jobs);
    agent.shared.notify(agent, answered.turn);
    agent.wake_now().await;
    Ok(respond::json(200, &json!({"status": answered.status}))?)
}

fn recent_rows(agent: &Agent) -> std::result::Result<Vec<TurnRow>, StoreError> {
    turns::latest(agent.store(), TURNS_SHOWN)
}

fn recent(agent: &Agent) -> std::result::Result<Vec<Json>, StoreError> {
    recent_rows(agent)?
        .iter()
        .map(|row| Ok(views::summary(&turn_of(row)?, row.at)))
        .collect()
}

fn waiting(agent: &Agent) -> std::result::Result<Vec<Json>, StoreError> {
    approvals::waiting(agent.store(), 50)?
        .iter()
        .map(|asked| {
            let row = turns::get(agent.store(), asked.turn)?;
            let turn = row.as_ref().map(turn_of).transpose()?;
            let (id, locale) =
                turn.map_or_else(Default::default, |turn| (turn.id.to_string(), turn.locale));
            Ok(views::approval(asked, &id, locale))
        })
        .collect()
}

fn state(agent: &Agent) -> std::result::Result<Json, StoreError> {
    let store = agent.store();
    let mut messages = Vec::new();
    for row in turns::latest_of_console(store, TURNS_SHOWN)?.iter().rev() {
        messages.extend(views::messages(&turn_of(row)?, row.at));
    }
    let model = Bindings(&agent.env).read("MODEL_NAME");
    let provider = Bindings(&agent.env).read("MODEL_PROVIDER");
    let model = model.or(provider).unwrap_or_else(|| "offline".to_owned());
    Ok(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "model": model,
        "zone": settings::get(store, "zone")?,
        "locale": settings::get(store, "locale")?.unwrap_or_else(|| "en".to_owned()),
        "stopped": settings::get(store, "stopped")?.is_some(),
        "conversation": CONSOLE,
        "messages": messages,
        "approvals": waiting(agent)?,
        "turns": recent(agent)?,
    }))
}

/// Opens a socket; it is tagged with its session, so that logging out closes it.
fn socket(agent: &Agent, caller: &Caller) -> Answered {
    let pair = WebSocketPair::new()?;
    let tag = match caller {
        Caller::Session(token) => login::session_hash(token),
        Caller::Platform | Caller::Console | Caller::Webhook | Caller::Nobody => "token".to_owned(),
    };
    agent
        .state
        .accept_websocket_with_tags(&pair.server, &[&tag]);
    Ok(Response::from_websocket(pair.client)?)
}

/// Hears a message of a console.
pub async fn heard(agent: &Agent, socket: &WebSocket, text: &str) {
    let answer = match parse_client(text) {
        Ok(ClientMessage::Hello { zone, locale }) => agent
            .engine(|engine| engine.introduce(&zone, locale))
            .and_then(|()| {
                let store = agent.store();
                Ok(json!({
                    "type": "state",
                    "zone": settings::get(store, "zone")?,
                    "stopped": settings::get(store, "stopped")?.is_some(),
                }))
            }),
        Ok(ClientMessage::Say { id, text }) => said(agent, id, text).await,
        Err(problem) => Ok(json!({"type": "error", "code": problem.code, "text": problem.detail})),
    };
    let answer = answer.unwrap_or_else(|error| {
        super::log(&agent.env, "console", &error.to_string());
        json!({"type": "error", "code": "try_again", "text": "The storage did not answer."})
    });
    Sockets::send(socket, &answer);
}

async fn said(
    agent: &Agent,
    id: DeliveryId,
    text: String,
) -> std::result::Result<Json, StoreError> {
    let wrong = |_| StoreError::Unreadable("an id");
    let inbound = Inbound {
        channel: "console".to_owned(),
        delivery: id.clone(),
        conversation: ConversationId::try_from(CONSOLE).map_err(wrong)?,
        author: Author::Owner,
        content: Content::Text {
            text,
            attachments: Vec::new(),
            reply_to: None,
        },
    };
    let accepted = take_in(agent, &inbound, false)?;
    agent.wake_now().await;
    if accepted.control {
        let stopped = settings::get(agent.store(), "stopped")?.is_some();
        let zone = settings::get(agent.store(), "zone")?;
        agent
            .shared
            .sockets
            .tell(&json!({"type": "state", "stopped": stopped, "zone": zone}));
    }
    Ok(json!({"type": "accepted", "id": id, "turn": accepted.id}))
}
