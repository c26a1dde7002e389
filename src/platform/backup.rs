//! `/api/export` and `/api/restore`: everything out as one encrypted stream, and back in pages.
//!
//! While a restore is under way nothing else is answered and nothing runs, nor while nobody knows
//! whether one is.

use super::api::{self, Answered};
use super::object::{Agent, Caller};
use super::respond;
use super::secrets::Bindings;
use crate::egress::{Vault, tokens};
use crate::export::age::Random;
use crate::export::door::Door;
use crate::export::restore::{self, Restore, RestoreError};
use crate::export::{About, Export, ExportError};
use crate::http::Problem;
use crate::id::IdSource;
use crate::store::snapshot;
use crate::time::Timestamp;
use serde_json::json;
use std::cell::RefCell;
use std::rc::Rc;
use worker::{Method, Request, Response, Result, Url};

/// An export whose reader takes nothing for this long makes room for another, in milliseconds.
const STALLED_MS: i64 = 60_000;

/// Exports and restores under way in this instance.
#[derive(Default)]
pub struct Backup {
    /// Whether a restore has been begun and not finished, as the database has it too.
    door: Door,
    /// The sum of what came in; lost with the instance, and then the restore is begun anew.
    restore: RefCell<Option<Restore>>,
    /// The export that may read on, and when it did so last.
    export: RefCell<Option<(String, Timestamp)>>,
}

impl Backup {
    /// Finds out whether a restore is under way, if that is not known, and opens the database once
    /// in the life of this instance. `false` if it failed, and then the next event tries again.
    pub fn look(&self, agent: &Agent) -> bool {
        let found = self.door.look(agent.store());
        if let Err(error) = &found {
            super::log(&agent.env, "opening", &error.to_string());
        }
        found.is_ok()
    }

    /// Whether a restore is under way, or nobody knows, so that nothing may run.
    pub fn is_restoring(&self) -> bool {
        self.door.is_shut()
    }

    /// Why nothing is answered.
    pub fn refusal(&self) -> Problem {
        if self.door.is_restoring() {
            let text = "A restore is under way. Finish it, or give it up with DELETE /api/restore.";
            return Problem::new(503, "restoring", text);
        }
        Problem::new(
            503,
            "try_again",
            "The agent's storage did not answer. Send it again.",
        )
    }

    /// Ends the export that is under way; whoever still reads it gets no more.
    fn end(&self, agent: &Agent) {
        *self.export.borrow_mut() = None;
        let store = agent.store();
        if let Err(error) = store.atomically(|| snapshot::end(store)) {
            super::log(&agent.env, "export", &error.to_string());
        }
    }

    /// Whether an export is under way and its reader reads.
    fn is_exporting(&self, now: Timestamp) -> bool {
        let export = self.export.borrow();
        export
            .as_ref()
            .is_some_and(|(_, at)| now.millis().saturating_sub(at.millis()) < STALLED_MS)
    }
}

/// Answers what is about exports and restores, and refuses all else while a restore is under way;
/// `None` for what is somebody else's to answer.
pub async fn handle(
    agent: &Rc<Agent>,
    caller: &Caller,
    request: &mut Request,
) -> Result<Option<Answered>> {
    let path = request.path();
    Ok(match (request.method(), path.as_str()) {
        (Method::Post, "/api/export") => Some(export(agent, caller)),
        (Method::Delete, "/api/restore") => Some(abandon(agent, caller)),
        (Method::Post, "/api/restore" | "/api/restore/rows" | "/api/restore/end") => {
            let body = request.bytes().await?;
            Some(restore_step(agent, caller, &request.url()?, &body).await)
        }
        (_, "/wake") if agent.backup.is_restoring() => Some(Ok(respond::empty(204)?)),
        (_, "/wake") => {
            sweep(agent);
            None
        }
        _ if agent.backup.is_restoring() => Some(Err(agent.backup.refusal().into())),
        _ => None,
    })
}

/// Ends an export whose reader has long stopped to read: it would go on costing writes.
fn sweep(agent: &Agent) {
    let begun = agent.backup.export.borrow().is_some();
    if begun && !agent.backup.is_exporting(super::now()) {
        agent.backup.end(agent);
    }
}

fn export(agent: &Rc<Agent>, caller: &Caller) -> Answered {
    api::admit_owner(agent, caller)?;
    if agent.backup.door.is_restoring() {
        let text = "A restore is under way. Finish it first.";
        return Err(Problem::new(409, "restoring", text).into());
    }
    if agent.backup.is_restoring() {
        return Err(agent.backup.refusal().into());
    }
    let Some(recipient) = Bindings(&agent.env).read("EXPORT_RECIPIENT") else {
        let text = "There is nobody to encrypt for. Make a key with `npm run export:key` and set \
                    the binding EXPORT_RECIPIENT to the `age1…` that it prints.";
        return Err(Problem::new(409, "no_recipient", text).into());
    };
    let now = super::now();
    if agent.backup.is_exporting(now) {
        let text =
            "An export is under way already. Wait for its end, or for a minute if it broke off.";
        return Err(Problem::new(409, "export_under_way", text).into());
    }
    let mut ids = IdSource::new(drawn()?);
    let about = About {
        now,
        recipient: &recipient,
        sealed: tokens::own(&Bindings(&agent.env)),
    };
    let begun = Export::begin(agent.store(), &about, &random(&mut ids));
    let (export, first) = begun.map_err(|error| match error {
        ExportError::Store(error) => api::Refusal::Store(error),
        ExportError::Age(error) => {
            let text = format!(
                "EXPORT_RECIPIENT cannot be used: {error}. Make a key with `npm run export:key` \
                 and set the binding to the `age1…` that it prints."
            );
            Problem::new(409, "bad_recipient", text).into()
        }
    })?;
    let id = ids.token();
    *agent.backup.export.borrow_mut() = Some((id.clone(), now));
    let reading = Reading {
        agent: Rc::clone(agent),
        id,
        export,
        first: Some(first),
    };
    let pages = futures::stream::unfold(reading, |mut reading| async move {
        let page = reading.next().transpose()?;
        Some((page, reading))
    });
    let response = Response::from_stream(pages)?;
    let headers = response.headers();
    for (header, value) in crate::console::HEADERS {
        headers.set(header, value)?;
    }
    headers.set("content-type", "application/octet-stream")?;
    headers.set("cache-control", "no-store")?;
    headers.set("content-disposition", "attachment; filename=\"backup.age\"")?;
    Ok(response)
}

/// 256 bits that nobody can guess; without them nothing may be encrypted.
fn drawn() -> std::result::Result<[u8; 32], Problem> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|_| {
        Problem::new(
            503,
            "try_again",
            "There were no random bytes. Send it again.",
        )
    })?;
    Ok(seed)
}

fn random(ids: &mut IdSource) -> Random {
    let half = |bytes: [u8; 32]| {
        let mut half = [0; 16];
        half.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        half
    };
    Random {
        file_key: half(ids.bytes()),
        ephemeral: ids.bytes(),
        nonce: half(ids.bytes()),
    }
}

/// An export that somebody reads. Whoever stops to read drops it, and with it the copy ends.
struct Reading {
    agent: Rc<Agent>,
    id: String,
    export: Export,
    first: Option<Vec<u8>>,
}

impl Reading {
    fn next(&mut self) -> std::result::Result<Option<Vec<u8>>, worker::Error> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        if !self.is_current() {
            return Err(worker::Error::RustError(
                "this export was given up".to_owned(),
            ));
        }
        *self.agent.backup.export.borrow_mut() = Some((self.id.clone(), super::now()));
        let store = self.agent.store();
        let page = self.export.next(store);
        page.map_err(|error| {
            super::log(&self.agent.env, "export", &error.to_string());
            worker::Error::RustError("the export broke off".to_owned())
        })
    }

    fn is_current(&self) -> bool {
        let export = self.agent.backup.export.borrow();
        export.as_ref().is_some_and(|(id, _)| *id == self.id)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if self.is_current() {
            self.agent.backup.end(&self.agent);
        }
    }
}

fn abandon(agent: &Agent, caller: &Caller) -> Answered {
    admit_token(caller)?;
    *agent.backup.restore.borrow_mut() = None;
    agent.backup.door.shut();
    let abandoned = restore::abandon(agent.store());
    agent.backup.door.look_again(agent.store())?;
    abandoned?;
    Ok(respond::empty(204)?)
}

async fn restore_step(agent: &Rc<Agent>, caller: &Caller, url: &Url, body: &[u8]) -> Answered {
    admit_token(caller)?;
    let of = |wanted: &str| {
        let found = url.query_pairs().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned())
    };
    let id = of("restore").unwrap_or_default();
    let page = of("page").and_then(|page| page.parse().ok()).unwrap_or(0);
    agent.backup.door.shut();
    let answered = match url.path() {
        "/api/restore" => begin(agent, body),
        "/api/restore/rows" => add(agent, &id, page, body),
        _ => finish(agent, &id, body),
    };
    // It may have failed half way; the database knows.
    agent.backup.door.look_again(agent.store())?;
    let document = answered.map_err(|error| match error.into_problem() {
        Ok(problem) => api::Refusal::Problem(problem),
        Err(error) => api::Refusal::Store(error),
    })?;
    if !agent.backup.is_restoring() {
        agent.wake_now().await;
    }
    Ok(respond::json(200, &document)?)
}

type Step = std::result::Result<serde_json::Value, RestoreError>;

fn begin(agent: &Agent, body: &[u8]) -> Step {
    *agent.backup.restore.borrow_mut() = None;
    let id = IdSource::new(super::seed()).token();
    let restore = Restore::begin(agent.store(), body, id.clone())?;
    *agent.backup.restore.borrow_mut() = Some(restore);
    Ok(json!({"restore": id}))
}

fn add(agent: &Agent, id: &str, page: u64, body: &[u8]) -> Step {
    let mut restore = agent.backup.restore.borrow_mut();
    let restore = restore.as_mut().filter(|restore| restore.id == id);
    let restore = restore.ok_or(RestoreError::NotUnderWay)?;
    restore.add(agent.store(), page, body)?;
    Ok(json!({"next": page.saturating_add(1)}))
}

fn finish(agent: &Agent, id: &str, body: &[u8]) -> Step {
    let restore = agent.backup.restore.borrow_mut().take();
    let restore = restore.filter(|restore| restore.id == id);
    let restore = restore.ok_or(RestoreError::NotUnderWay)?;
    let vault = Bindings(&agent.env);
    let mut settle = || {
        agent.engine(|engine| {
            let ended = engine.end_restored()?;
            Ok(ended)
        })
    };
    let done = restore.finish(agent.store(), body, &vault, super::now(), &mut settle)?;
    Ok(json!({
        "rows": done.rows,
        "tokens_dropped": done.tokens_dropped,
        "unknown": done.unknown,
    }))
}

/// A restore replaces all that the agent is: a session in a browser is not enough for it.
fn admit_token(caller: &Caller) -> std::result::Result<(), Problem> {
    if *caller == Caller::Console {
        return Ok(());
    }
    let text = "A restore takes the console token: `authorization: Bearer <CONSOLE_TOKEN>`.";
    Err(Problem::new(401, "token_only", text))
}
