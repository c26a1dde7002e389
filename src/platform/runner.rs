//! Runs jobs: prepares each, passes the door, waits, and returns the outcome.
//!
//! Nothing is decided here. A model is asked again as `models::retry` says, a message to a channel
//! as the channel's receipt says, each time with a new ticket.

use super::executor::Shared;
use super::fetch::{self, Open};
use super::secrets::Bindings;
use crate::agent::effect::{Outcome, Prepared, SendError};
use crate::agent::planner;
use crate::channels::{self, Receipt};
use crate::connectors;
use crate::egress::{self, redact::Redactor};
use crate::http::{Request, Response};
use crate::models::{ModelCall, ModelError, ModelReply, ModelSettings, retry};
use crate::policy::Permit;
use crate::time::Timestamp;
use futures::future::{Either, select};
use std::pin::pin;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::{Delay, Env};

/// The longest that a model is asked again and again, in milliseconds.
const ASK_MS_MAX: i64 = 150_000;
/// How often a message is offered in one go to a channel that says "later"; then it waits in the
/// outbox.
const DELIVERY_TRIES_MAX: u32 = 3;
/// The longest that is waited in between, in milliseconds.
const DELIVERY_WAIT_MS_MAX: u64 = 10_000;

/// Runs what was prepared.
pub async fn run(
    env: &Env,
    shared: &Shared,
    prepared: Prepared,
    wanted: &dyn Fn(&ModelError) -> bool,
) -> Outcome {
    match prepared {
        Prepared::Settled(outcome) => *outcome,
        Prepared::Model {
            settings,
            call,
            permit,
            turn,
            sign,
        } => {
            let question = Question {
                env,
                shared,
                settings: &settings,
                permit: &permit,
                turn: turn.as_deref(),
                wanted,
            };
            // The answer does not wait for the sign.
            let asked = pin!(question.ask(*call));
            let signed = pin!(send_quietly(env, shared, sign));
            Outcome::Model(match select(asked, signed).await {
                Either::Left((reply, _)) => reply,
                Either::Right(((), asked)) => asked.await,
            })
        }
        Prepared::Requests {
            user,
            requests,
            permit,
        } => send_all(env, shared, &user, requests, &permit).await,
    }
}

/// A prompt on its way to a model.
struct Question<'a> {
    env: &'a Env,
    shared: &'a Shared,
    settings: &'a ModelSettings,
    permit: &'a Permit,
    /// The turn whose watchers see the words; `None` for what nobody may watch.
    turn: Option<&'a str>,
    /// Whether the answer is still wanted after an error: asked before each further attempt.
    wanted: &'a dyn Fn(&ModelError) -> bool,
}

impl Question<'_> {
    async fn ask(&self, call: ModelCall) -> Result<ModelReply, ModelError> {
        let mut attempt = 0;
        let began = super::now();
        loop {
            self.shared.count_subrequest();
            let result = match &call {
                ModelCall::Answered(reply) => return Ok(reply.clone()),
                ModelCall::Http(request) => self.stream(request.clone()).await,
                ModelCall::Binding { model, input } => self.run_binding(model, input).await,
            };
            let error = match result {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            attempt += 1;
            let Some(wait_ms) = retry::delay_ms(attempt, &error, jitter()) else {
                return Err(error);
            };
            Delay::from(Duration::from_millis(wait_ms)).await;
            let spent_ms = super::now().millis().saturating_sub(began.millis());
            if spent_ms > ASK_MS_MAX || !(self.wanted)(&error) {
                return Err(error);
            }
            if let Some(turn) = self.turn {
                self.shared.sockets.restart(turn);
            }
        }
    }

    /// Sends the prompt and feeds the answer to the provider's decoder as it arrives.
    async fn stream(&self, request: Request) -> Result<ModelReply, ModelError> {
        let provider = &self.settings.provider;
        let model = planner::model(provider).ok_or(ModelError::Unconfigured)?;
        let vault = Bindings(self.env);
        let ticket = egress::admit(self.permit, provider, request, &vault)
            .map_err(|_| ModelError::Unconfigured)?;
        self.shared
            .may_send(provider, "", ticket.per_minute())
            .map_err(over_rate)?;
        let sent = fetch::send(ticket, &vault, super::now()).await;
        let mut open = sent.map_err(model_error)?;
        if open.status != 200 {
            let retry_after_ms = retry::retry_after_ms(&open.headers, super::now());
            let status = open.status;
            return Err(ModelError::Status {
                status,
                retry_after_ms,
            });
        }
        open.check_type().map_err(model_error)?;
        let redactor = open.redactor();
        let mut decoder = model.decoder(open.header("content-type").unwrap_or_default());
        let mut unshown = String::new();
        let mut quiet = false;
        while let Some(piece) = open.piece().await {
            let words = decoder.feed(&piece.map_err(model_error)?)?;
            unshown.push_str(&words);
            // Once a secret comes up, the consoles wait for the whole message, which is scrubbed.
            quiet = quiet || redactor.finds(unshown.as_bytes());
            if quiet {
                unshown.clear();
                continue;
            }
            // The end of the text may be the beginning of a secret, so it is held back.
            let held = unshown.split_off(redactor.shown_until(&unshown));
            if let (Some(turn), false) = (self.turn, unshown.is_empty()) {
                self.shared.sockets.delta(turn, &unshown);
            }
            unshown = held;
        }
        scrubbed(decoder.finish()?, &redactor)
    }

    /// Runs the platform's own model. It wants plain objects, so the input crosses as JSON text.
    async fn run_binding(
        &self,
        name: &str,
        input: &serde_json::Value,
    ) -> Result<ModelReply, ModelError> {
        let model = planner::model(&self.settings.provider).ok_or(ModelError::Unconfigured)?;
        let ticket = egress::admit_model(self.permit, &self.settings.provider, input)
            .map_err(|_| ModelError::Unconfigured)?;
        let redactor = Redactor::new(&Bindings(self.env));
        let opened = ticket
            .open(&redactor)
            .map_err(|_| ModelError::Unconfigured)?;
        let (binding, text, timeout_ms) = opened;
        let promise =
            start_binding(self.env, binding, name, &text).map_err(|_| ModelError::Unconfigured)?;
        let answered = pin!(JsFuture::from(promise));
        let deadline = Delay::from(Duration::from_millis(u64::from(timeout_ms)));
        let answer = match select(answered, deadline).await {
            Either::Left((answer, _)) => answer.map_err(|_| ModelError::Offline)?,
            Either::Right(_) => return Err(ModelError::Offline),
        };
        let json = js_sys::JSON::stringify(&answer).map_err(|_| ModelError::Malformed)?;
        let mut decoder = model.decoder("application/json");
        decoder.feed(String::from(json).as_bytes())?;
        scrubbed(decoder.finish()?, &redactor)
    }
}

fn start_binding(
    env: &Env,
    binding: &str,
    model: &str,
    input: &str,
) -> Result<js_sys::Promise, JsValue> {
    let target = js_sys::Reflect::get(env.as_ref(), &JsValue::from_str(binding))?;
    let run = js_sys::Reflect::get(&target, &JsValue::from_str("run"))?;
    let run: js_sys::Function = run.dyn_into()?;
    let answer = run.call2(
        &target,
        &JsValue::from_str(model),
        &js_sys::JSON::parse(input)?,
    )?;
    Ok(js_sys::Promise::resolve(&answer))
}

/// Sends requests in order; the outcome is that of the last one sent.
async fn send_all(
    env: &Env,
    shared: &Shared,
    user: &str,
    requests: Vec<Request>,
    permit: &Permit,
) -> Outcome {
    let channel = channels::all()
        .iter()
        .find(|channel| channel.name() == user);
    let mut last = Outcome::Kept;
    for (sent, request) in requests.into_iter().enumerate() {
        let mut tries = 0;
        loop {
            let answer = exchange(env, shared, user, request.clone(), permit).await;
            tries += 1;
            let receipt = match (&answer, channel) {
                (Ok(response), Some(channel)) => channel.receipt(response),
                (Ok(_), None) => Receipt::Delivered,
                (Err(SendError::Rate { wait_ms }), Some(_)) => Receipt::Later(*wait_ms),
                (Err(_), _) => return Outcome::Response(answer),
            };
            match receipt {
                Receipt::Delivered => {
                    last = Outcome::Response(answer);
                    break;
                }
                Receipt::Refused => return Outcome::Response(answer),
                Receipt::Later(wait_ms) => {
                    if tries >= DELIVERY_TRIES_MAX || wait_ms > DELIVERY_WAIT_MS_MAX {
                        return Outcome::Later { wait_ms, sent };
                    }
                    Delay::from(Duration::from_millis(wait_ms)).await;
                }
            }
        }
    }
    last
}

async fn exchange(
    env: &Env,
    shared: &Shared,
    user: &str,
    request: Request,
    permit: &Permit,
) -> Result<Response, SendError> {
    let vault = Bindings(env);
    let account = egress::account::name_of(&request);
    let account = account.unwrap_or_default().to_owned();
    let ticket = connectors::accounts::admit(permit, user, request, &vault)?;
    shared
        .may_send(user, &account, ticket.per_minute())
        .map_err(|wait_ms| SendError::Rate { wait_ms })?;
    shared.count_subrequest();
    let open: Open = fetch::send(ticket, &vault, super::now()).await?;
    open.whole(&vault).await
}

/// Sends something that nobody waits for and that is not kept, such as a typing sign.
async fn send_quietly(env: &Env, shared: &Shared, sign: Option<Box<Prepared>>) {
    let Some(Prepared::Requests {
        user,
        requests,
        permit,
    }) = sign.map(|sign| *sign)
    else {
        return;
    };
    for request in requests {
        // A typing sign that is lost changes nothing.
        drop(exchange(env, shared, &user, request, &permit).await);
    }
}

/// A reply without secrets, in its words, its calls and its hidden blocks. One that is none any more
/// without them is not taken.
fn scrubbed(reply: ModelReply, redactor: &Redactor) -> Result<ModelReply, ModelError> {
    let text = serde_json::to_string(&reply).map_err(|_| ModelError::Malformed)?;
    if !redactor.finds(text.as_bytes()) {
        return Ok(reply);
    }
    serde_json::from_str(&redactor.text(text)).map_err(|_| ModelError::Malformed)
}

/// What it is to the retry of models that their route has been used too often: a busy server.
fn over_rate(wait_ms: u64) -> ModelError {
    ModelError::Status {
        status: 429,
        retry_after_ms: Some(wait_ms),
    }
}

fn model_error(error: SendError) -> ModelError {
    match error {
        SendError::NoAnswer => ModelError::Offline,
        SendError::Refused | SendError::NotConfigured => ModelError::Unconfigured,
        SendError::TooLarge => ModelError::TooLarge,
        SendError::WrongType => ModelError::Malformed,
        SendError::Rate { wait_ms } => over_rate(wait_ms),
    }
}

fn jitter() -> u16 {
    let mut bytes = [0; 2];
    // Without random bytes the wait is the longest one, which is safe.
    if getrandom::fill(&mut bytes).is_err() {
        u16::MAX
    } else {
        u16::from_be_bytes(bytes)
    }
}

/// The time of an event, from the runtime's clock.
pub fn clock() -> Timestamp {
    Timestamp::from_millis(i64::try_from(worker::Date::now().as_millis()).unwrap_or(i64::MAX))
}
