//! The owner's object: one database, one alarm, the console's sockets.
//!
//! Everything that comes in is a row before it is acknowledged. Work is done by the alarm; what
//! arrives while it runs joins it.

use super::api;
use super::backup::Backup;
use super::executor::{self, Left, Shared};
use super::secrets::Bindings;
use super::sockets::Sockets;
use super::sql::ObjectSql;
use crate::agent::engine::{Config, Engine};
use crate::agent::turn::Turn;
use crate::egress::Vault;
use crate::egress::table;
use crate::http::Problem;
use crate::models::ModelSettings;
use crate::store::turns::TurnRow;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;
use serde_json::json;
use std::cell::Cell;
use std::rc::Rc;
use worker::{
    DurableObject, Env, Request, Response, Result, State, WebSocket, WebSocketIncomingMessage,
    durable_object,
};

/// The header in which the front door says who calls. The object is reached by it alone.
pub const CALLER: &str = "x-sclerite-caller";

/// Who calls, as the front door has proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// The front door itself.
    Platform,
    /// The holder of `CONSOLE_TOKEN`.
    Console,
    /// The holder of `WEBHOOK_TOKEN`.
    Webhook,
    /// A browser with this session token, which is still to be looked up.
    Session(String),
    /// Anybody.
    Nobody,
}

impl Caller {
    /// The header's value.
    pub fn to_header(&self) -> String {
        match self {
            Self::Platform => "platform".to_owned(),
            Self::Console => "console".to_owned(),
            Self::Webhook => "webhook".to_owned(),
            Self::Session(token) => format!("session {token}"),
            Self::Nobody => "nobody".to_owned(),
        }
    }

    /// Reads the header's value.
    pub fn of_header(value: &str) -> Self {
        match value {
            "platform" => Self::Platform,
            "console" => Self::Console,
            "webhook" => Self::Webhook,
            _ => match value.strip_prefix("session ") {
                Some(token) => Self::Session(token.to_owned()),
                None => Self::Nobody,
            },
        }
    }
}

/// The object's parts, for everything that works on it.
pub struct Agent {
    /// The bindings.
    pub env: Env,
    /// The runtime's side of the object.
    pub state: Rc<State>,
    /// What is under way.
    pub shared: Shared,
    /// Exports and restores.
    pub backup: Backup,
    sql: ObjectSql,
    alarm_at: Cell<Option<i64>>,
    noted: Cell<bool>,
}

impl Agent {
    /// The database.
    pub fn store(&self) -> Store<'_> {
        Store::new(&self.sql)
    }

    /// Runs a function of the engine at the present instant.
    pub fn engine<T>(
        &self,
        work: impl Fn(&mut Engine<'_>) -> std::result::Result<T, StoreError>,
    ) -> std::result::Result<T, StoreError> {
        self.engine_once(work)
    }

    /// The same for a function that consumes what it was given.
    pub fn engine_once<T, E>(
        &self,
        work: impl FnOnce(&mut Engine<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let config = config(&self.env);
        let vault = Bindings(&self.env);
        let seed = super::seed();
        work(&mut Engine::new(
            self.store(),
            &config,
            &vault,
            super::now(),
            seed,
        ))
    }

    /// Records how the agent is deployed, once in the life of this instance.
    pub fn note_deployment(&self) -> std::result::Result<(), StoreError> {
        if self.noted.get() {
            return Ok(());
        }
        self.engine(|engine| {
            engine.note_deployment()?;
            self.noted.set(true);
            Ok(())
        })
    }

    /// Sets the alarm, unless one is set that comes soon enough.
    pub async fn wake_at(&self, at: Timestamp) {
        const SOON_ENOUGH_MS: i64 = 15_000;
        let set = self.alarm_at.get();
        let ahead = set.is_some_and(|set| set > super::now().millis());
        if ahead && set.is_some_and(|set| (at.millis() - set).abs() < SOON_ENOUGH_MS) {
            return;
        }
        self.set_alarm(at).await;
    }

    /// Sets the alarm to this moment, or wakes the work that is under way.
    pub async fn wake_now(&self) {
        if !self.shared.kick() {
            self.set_alarm(super::now()).await;
        }
    }

    /// Sets the alarm to what comes next. `failed` says that what is due could not be done, which
    /// is then not tried again at once.
    pub async fn wake_next(&self, left: Left, failed: bool) {
        const PAUSE_MS: i64 = 5_000;
        let soonest = super::now().plus_millis(if failed { PAUSE_MS } else { 0 });
        match left {
            Left::Work => self.set_alarm(soonest).await,
            Left::Until(Some(at)) => self.set_alarm(at.max(soonest)).await,
            Left::Until(None) if failed => self.set_alarm(soonest).await,
            // The alarm that began this work is spent; only one that was set since is in the way.
            Left::Until(None) if self.alarm_at.get().is_none() => {}
            Left::Until(None) => {
                self.alarm_at.set(None);
                if let Err(error) = self.state.storage().delete_alarm().await {
                    super::log(&self.env, "alarm", &error.to_string());
                }
            }
        }
    }

    async fn set_alarm(&self, at: Timestamp) {
        self.alarm_at.set(Some(at.millis()));
        // The crate takes a number as an offset from now.
        let offset_ms = at.millis().saturating_sub(super::now().millis()).max(0);
        if let Err(error) = self.state.storage().set_alarm(offset_ms).await {
            self.alarm_at.set(None);
            super::log(&self.env, "alarm", &error.to_string());
        }
    }
}

/// A turn as its row has it.
pub fn turn_of(row: &TurnRow) -> std::result::Result<Turn, StoreError> {
    let turn: Turn =
        serde_json::from_str(&row.state).map_err(|_| StoreError::Unreadable("a turn's state"))?;
    Ok(Turn {
        status: row.status,
        ..turn
    })
}

/// What the bindings configure.
fn config(env: &Env) -> Config {
    let vault = Bindings(env);
    let mut models = Vec::new();
    if let Some(provider) = vault
        .read("MODEL_PROVIDER")
        .filter(|name| name != "offline")
    {
        models.push(ModelSettings {
            provider,
            name: vault.read("MODEL_NAME").unwrap_or_default(),
            base_url: vault.read("MODEL_BASE_URL"),
        });
        models.extend(table::fallbacks().iter().map(|fallback| ModelSettings {
            provider: fallback.provider.to_owned(),
            name: fallback.name.to_owned(),
            base_url: None,
        }));
    }
    let quarantined = vault
        .read("QUARANTINE_MODEL_PROVIDER")
        .filter(|name| name != "offline")
        .map(|provider| ModelSettings {
            provider,
            name: vault.read("QUARANTINE_MODEL_NAME").unwrap_or_default(),
            base_url: vault.read("QUARANTINE_MODEL_BASE_URL"),
        });
    Config {
        models,
        quarantined: quarantined.into_iter().collect(),
    }
}

/// The Durable Object's class.
#[durable_object]
pub struct AgentObject {
    agent: Rc<Agent>,
}

impl DurableObject for AgentObject {
    fn new(state: State, env: Env) -> Self {
        super::trap::guard(&state);
        let sql = ObjectSql::of(&state);
        let state = Rc::new(state);
        let shared = Shared::new(Sockets::of(Rc::clone(&state)));
        if let Ok(pair) = worker::worker_sys::WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        let agent = Rc::new(Agent {
            env,
            state,
            shared,
            backup: Backup::default(),
            sql,
            alarm_at: Cell::new(None),
            noted: Cell::new(false),
        });
        agent.backup.look(&agent);
        Self { agent }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        self.agent.backup.look(&self.agent);
        api::handle(&self.agent, request).await
    }

    async fn alarm(&self) -> Result<Response> {
        self.agent.alarm_at.set(None);
        if self.agent.backup.look(&self.agent) {
            executor::work(&self.agent).await;
        } else {
            self.agent.wake_next(Left::Work, true).await;
        }
        Response::empty()
    }

    async fn websocket_message(
        &self,
        socket: WebSocket,
        message: WebSocketIncomingMessage,
    ) -> Result<()> {
        self.agent.backup.look(&self.agent);
        match message {
            WebSocketIncomingMessage::String(_) if self.agent.backup.is_restoring() => {
                let Problem { code, detail, .. } = self.agent.backup.refusal();
                let refusal = json!({"type": "error", "code": code, "text": detail});
                Sockets::send(&socket, &refusal);
            }
            WebSocketIncomingMessage::String(text) => api::heard(&self.agent, &socket, &text).await,
            WebSocketIncomingMessage::Binary(_) => {}
        }
        Ok(())
    }

    async fn websocket_close(
        &self,
        _socket: WebSocket,
        _code: usize,
        _reason: String,
        _was_clean: bool,
    ) -> Result<()> {
        Ok(())
    }

    async fn websocket_error(&self, _socket: WebSocket, _error: worker::Error) -> Result<()> {
        Ok(())
    }
}
