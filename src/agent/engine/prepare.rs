//! Jobs: what running one takes, and what its outcome means for the turn.

use super::lost::{fate, is_taken, may_have_happened, unanswered};
use super::perform::Refused;
use super::{Engine, planner};
use crate::agent::effect::{Body, Job, Outcome, Prepared, SendError};
use crate::agent::planner::Found;
use crate::agent::turn::{Cause, Event, Turn};
use crate::audit::Entry;
use crate::channels::{self, Outgoing, Receipt};
use crate::connectors::{Failed, Lost};
use crate::egress::table;
use crate::http::Response;
use crate::models::{ModelCall, ModelError, ModelReply};
use crate::policy::{self, Decision, Intent};
use crate::store::failures::Failure;
use crate::store::{StoreError, effects, from_json, shown, to_json};
use crate::tool::ToolError;

impl Engine<'_> {
    /// What running a job takes; policy decides again. `None` if the job is gone.
    pub fn prepare(&mut self, job: &Job) -> Result<Option<Prepared>, StoreError> {
        self.step(|engine| {
            let Some((_, mut turn)) = engine.load(job.turn)? else {
                return Ok(None);
            };
            let rows = effects::of_turn(engine.store, job.turn)?;
            let Some(row) = rows.iter().find(|row| row.n == job.n) else {
                return Ok(None);
            };
            let mut body: Body = from_json(&row.body)?;
            // What was begun and is here again may have arrived.
            if body.tells() && row.status == effects::Status::Begun && !body.is_unsure() {
                body = body.after_unsure();
                effects::put_back(engine.store, job.turn, job.n, &to_json(&body)?)?;
            }
            let prepared = engine.prepare_body(&mut turn, &body, job, row)?;
            if body.is_once() && matches!(prepared, Prepared::Requests { .. }) {
                effects::begin(engine.store, job.turn, job.n, effects::Status::Begun)?;
            }
            // What the owner is told is recorded with what became of it, and so are models' calls.
            if let (Body::Request { request, .. }, Prepared::Requests { user, .. }) =
                (&body, &prepared)
            {
                engine.entries.push(Entry::LetOut {
                    turn: turn.id.to_string(),
                    to: user.clone(),
                    bytes: request.body.len(),
                });
            }
            Ok(Some(prepared))
        })
    }

    fn prepare_body(
        &mut self,
        turn: &mut Turn,
        body: &Body,
        job: &Job,
        row: &effects::EffectRow,
    ) -> Result<Prepared, StoreError> {
        match body {
            Body::AskPlanner => self.prepare_model(turn, row),
            Body::AskQuarantined { record, .. } => self.prepare_quarantined(turn, *record, row),
            Body::Request {
                record, request, ..
            } => Ok(match self.permitted(turn, *record, Some(request))? {
                Ok((connector, _, permit, _)) => Prepared::Requests {
                    user: connector.name().to_owned(),
                    requests: vec![request.clone()],
                    permit,
                },
                Err(Refused::OverBudget(over)) => settled(Outcome::OverBudget(over)),
                Err(Refused::Error(_)) => settled(Outcome::Response(Err(SendError::Refused))),
            }),
            Body::Tell {
                message,
                sent,
                unsure,
            } => {
                let said = turn.messages.get(*message).map(|said| said.message.clone());
                let out = said.map(|message| Outgoing::Message {
                    message,
                    turn: turn.id.to_string(),
                    repeated: *unsure,
                });
                self.prepare_delivery(turn, out, job.n, *sent)
            }
            Body::Cards { approvals, .. } => {
                let out = self.cards(turn, approvals)?;
                self.prepare_delivery(turn, out, job.n, 0)
            }
            Body::Abandon { user, request } => {
                let decision = policy::decide(&Intent::CancelRequest, self.circumstances()?);
                let Decision::Allow(permit, _) = decision else {
                    return Ok(settled(Outcome::Kept));
                };
                self.charge_request(user, request)?;
                Ok(Prepared::Requests {
                    user: user.clone(),
                    requests: vec![request.clone()],
                    permit,
                })
            }
            Body::ButtonDone { callback, text } => {
                let out = Outgoing::ButtonDone {
                    callback: callback.clone(),
                    text: text.clone(),
                };
                self.prepare_delivery(turn, Some(out), job.n, 0)
            }
        }
    }

    fn prepare_model(
        &mut self,
        turn: &mut Turn,
        row: &effects::EffectRow,
    ) -> Result<Prepared, StoreError> {
        let Some(settings) = self.config.models.get(turn.candidate).cloned() else {
            return Ok(settled(Outcome::Model(Err(ModelError::Unconfigured))));
        };
        let call = match self.model_call(turn, Some(&settings))? {
            Ok(ModelCall::Answered(reply)) => return Ok(settled(Outcome::Model(Ok(reply)))),
            Ok(call) => call,
            Err(error) => return Ok(settled(Outcome::Model(Err(error)))),
        };
        let intent = Intent::AskPlanner;
        let permit = match self.reserve(turn, row, &settings, &call, &intent)? {
            Ok(permit) => permit,
            Err(outcome) => return Ok(settled(outcome)),
        };
        Ok(Prepared::Model {
            settings,
            call: Box::new(call),
            permit,
            turn: Some(turn.id.to_string()),
            sign: self.sign(turn)?,
        })
    }

    fn prepare_delivery(
        &mut self,
        turn: &Turn,
        out: Option<Outgoing>,
        n: i64,
        sent: usize,
    ) -> Result<Prepared, StoreError> {
        let channel = channels::all()
            .iter()
            .find(|channel| channel.name() == turn.channel);
        let (Some(channel), Some(out)) = (channel, out) else {
            return Ok(settled(Outcome::Kept));
        };
        let Decision::Allow(permit, _) = policy::decide(&Intent::TellOwner, self.circumstances()?)
        else {
            return Ok(settled(Outcome::Kept));
        };
        let conversation = turn.conversation.as_str();
        let thread = conversation
            .split_once(':')
            .map_or(conversation, |(_, thread)| thread);
        let key = format!("{}_{n}", turn.id);
        let requests = channel.deliver(thread, &out, turn.locale, &key);
        let requests: Vec<_> = requests.into_iter().skip(sent).collect();
        if requests.is_empty() {
            return Ok(settled(Outcome::Kept));
        }
        Ok(Prepared::Requests {
            user: turn.channel.clone(),
            requests,
            permit,
        })
    }

    /// A sign that somebody is at work; `None` where the channel has none or cannot be reached.
    fn sign(&mut self, turn: &Turn) -> Result<Option<Box<Prepared>>, StoreError> {
        if turn.held || !self.pushes(&turn.channel) {
            return Ok(None);
        }
        let sign = self.prepare_delivery(turn, Some(Outgoing::Typing), 0, 0)?;
        Ok(matches!(sign, Prepared::Requests { .. }).then(|| Box::new(sign)))
    }

    /// What an outcome means for the turn; `None` if it changes nothing but the outbox.
    pub(super) fn event_of(
        &mut self,
        turn: &mut Turn,
        body: &Body,
        attempts: i64,
        outcome: Outcome,
        jobs: &mut Vec<Job>,
    ) -> Result<Option<Event>, StoreError> {
        match (body, outcome) {
            (Body::AskPlanner, Outcome::Model(Ok(reply))) => {
                self.account(turn, &reply, attempts);
                Ok(Some(Event::Model(Ok(reply))))
            }
            (Body::AskPlanner, Outcome::Model(Err(error))) => {
                Ok(Some(self.model_failed(turn, error, attempts)))
            }
            (Body::AskPlanner, Outcome::Stopped) => Ok(Some(Event::Cancel { stopped: true })),
            (Body::AskPlanner, Outcome::OverBudget(_)) => Ok(Some(Event::OverBudget)),
            (Body::AskQuarantined { record, again }, outcome) => {
                self.quarantined_answered(turn, *record, *again, attempts, outcome)
            }
            (Body::AskPlanner, _) => Ok(Some(Event::Model(Err(ModelError::Malformed)))),
            (Body::Request { record, stage, .. }, outcome) => {
                self.answered_request(turn, *record, stage, outcome, jobs)
            }
            (Body::Abandon { .. }, _) => Ok(None),
            (Body::Tell { .. } | Body::Cards { .. } | Body::ButtonDone { .. }, outcome) => {
                let receipt = self.told(turn, body, &outcome)?;
                self.note_receipt(turn, receipt)?;
                self.remember_shown(turn, body, &outcome)?;
                Ok(None)
            }
        }
    }

    pub(super) fn account(&mut self, turn: &mut Turn, reply: &ModelReply, attempts: i64) {
        let models = self.config.models.get(turn.candidate);
        let model = models.map_or("", |model| model.name.as_str());
        self.account_for(turn, model, reply, attempts);
    }

    /// Adds what a reply of a model cost.
    pub(super) fn account_for(
        &mut self,
        turn: &mut Turn,
        model: &str,
        reply: &ModelReply,
        attempts: i64,
    ) {
        let cost = table::cost_microusd(model, reply.usage.tokens_in, reply.usage.tokens_out);
        let spent = &mut turn.spent;
        spent.model_calls = spent.model_calls.saturating_add(asked(attempts));
        spent.tokens_in = spent.tokens_in.saturating_add(reply.usage.tokens_in);
        spent.tokens_out = spent.tokens_out.saturating_add(reply.usage.tokens_out);
        spent.cost_microusd = spent.cost_microusd.saturating_add(cost);
        self.entries.push(Entry::ModelAnswered {
            turn: turn.id.to_string(),
            model: model.to_owned(),
            tokens_in: reply.usage.tokens_in,
            tokens_out: reply.usage.tokens_out,
            cost_microusd: cost,
        });
    }

    /// Turns to the next model of the list, or gives up.
    fn model_failed(&mut self, turn: &mut Turn, error: ModelError, attempts: i64) -> Event {
        turn.spent.model_calls = turn.spent.model_calls.saturating_add(asked(attempts));
        let model = self
            .config
            .models
            .get(turn.candidate)
            .map_or("", |model| model.name.as_str());
        self.entries.push(Entry::ModelFailed {
            turn: turn.id.to_string(),
            model: model.to_owned(),
            error: error.to_string(),
        });
        turn.candidate = turn.candidate.saturating_add(1);
        if turn.candidate < self.config.models.len() {
            return Event::AskAgain;
        }
        Event::Model(Err(error))
    }

    fn answered_request(
        &mut self,
        turn: &mut Turn,
        at: usize,
        stage: &serde_json::Value,
        outcome: Outcome,
        jobs: &mut Vec<Job>,
    ) -> Result<Option<Event>, StoreError> {
        let is_set_up = !matches!(outcome, Outcome::Response(Err(SendError::NotConfigured)));
        let fails = |error| Failed { error, is_set_up };
        let response = heard(turn, at, stage, outcome);
        // Whatever became of a request that only fetches the answer says nothing of the call.
        let meant = |turn: &Turn, error| {
            if is_taken(turn, at, stage) {
                return unanswered(turn, at, stage);
            }
            error
        };
        let response = match response {
            Ok(response) => response,
            Err(error) => {
                let failed = fails(meant(turn, error));
                return self.failed_request(turn, at, stage, &failed, jobs);
            }
        };
        // The call itself was decided before it was sent; reading its answer sends nothing.
        let Some(record) = turn.calls.get(at) else {
            return Ok(None);
        };
        let tool = record.call.tool.clone();
        let Some(Found::Works(connector, spec)) = planner::find(&tool) else {
            let failed = fails(ToolError::Unavailable);
            return self.failed_request(turn, at, stage, &failed, jobs);
        };
        let status = response.status;
        let refused = match status {
            _ if connector.takes(stage, status) => None,
            401 | 403 => Some(ToolError::Auth),
            429 => Some(ToolError::Rate),
            500.. if may_have_happened(status) => Some(unanswered(turn, at, stage)),
            500.. => Some(ToolError::Offline),
            _ => None,
        };
        if let Some(error) = refused {
            let failed = fails(meant(turn, error));
            return self.failed_request(turn, at, stage, &failed, jobs);
        }
        let call = match self.resolved(turn, record, connector, spec)? {
            Ok(call) => call,
            Err(error) => {
                let failed = fails(error);
                return self.failed_request(turn, at, stage, &failed, jobs);
            }
        };
        let progress = self.with_context(turn, connector, |context| {
            connector.resume(&call, stage, &response, context)
        })?;
        let result = self.progressed(turn, at, &tool, progress, jobs)?;
        Ok(Some(match result {
            Some(result) => Event::Ran { record: at, result },
            None => Event::Posted { jobs: Vec::new() },
        }))
    }

    /// Ends a call whose request has failed, unless its connector goes on without the answer.
    fn failed_request(
        &mut self,
        turn: &mut Turn,
        at: usize,
        stage: &serde_json::Value,
        failed: &Failed,
        jobs: &mut Vec<Job>,
    ) -> Result<Option<Event>, StoreError> {
        let record = turn.calls.get(at);
        let tool = record.map_or_else(String::new, |record| record.call.tool.clone());
        let mut progress = Err(failed.error.clone());
        if let (Some(record), Some(Found::Works(connector, spec))) = (record, planner::find(&tool))
            && let Ok(call) = self.resolved(turn, record, connector, spec)?
        {
            progress = self.with_context(turn, connector, |context| {
                connector.failed(&call, stage, failed, context)
            })?;
        }
        let result = self.progressed(turn, at, &tool, progress, jobs)?;
        Ok(Some(match result {
            Some(result) => Event::Ran { record: at, result },
            None => Event::Posted { jobs: Vec::new() },
        }))
    }

    /// Tells the service of a call that nobody waits for its answer any more.
    pub(super) fn abandon(
        &mut self,
        turn: &mut Turn,
        at: usize,
        stage: &serde_json::Value,
        jobs: &mut Vec<Job>,
    ) -> Result<(), StoreError> {
        let tool = turn.calls.get(at).map_or("", |record| &record.call.tool);
        let Some(Found::Works(connector, _)) = planner::find(tool) else {
            return Ok(());
        };
        let Some(request) = connector.abandon(stage) else {
            return Ok(());
        };
        let user = connector.name().to_owned();
        self.post(turn, &Body::Abandon { user, request }, jobs)
    }

    /// Remembers which handles a delivered message shows.
    fn remember_shown(
        &self,
        turn: &Turn,
        body: &Body,
        outcome: &Outcome,
    ) -> Result<(), StoreError> {
        let (Body::Tell { message, .. }, Outcome::Response(Ok(response))) = (body, outcome) else {
            return Ok(());
        };
        let said = turn.messages.get(*message);
        let Some(said) = said.filter(|said| !said.handles.is_empty()) else {
            return Ok(());
        };
        let channel = channels::all()
            .iter()
            .find(|channel| channel.name() == turn.channel);
        match channel.and_then(|channel| channel.delivered_id(response)) {
            Some(id) => shown::put(self.store, turn.conversation.as_str(), &id, &said.handles),
            None => Ok(()),
        }
    }

    /// Records what became of a message; returns the word for it.
    fn told(
        &mut self,
        turn: &Turn,
        body: &Body,
        outcome: &Outcome,
    ) -> Result<&'static str, StoreError> {
        let receipt = match outcome {
            Outcome::Response(Ok(response)) => channels::all()
                .iter()
                .find(|channel| channel.name() == turn.channel)
                .map_or("refused", |channel| match channel.receipt(response) {
                    Receipt::Delivered => "delivered",
                    Receipt::Later(_) => "late",
                    Receipt::Refused => "refused",
                }),
            Outcome::Response(Err(SendError::Refused | SendError::NotConfigured)) => "not_allowed",
            Outcome::Response(Err(
                SendError::NoAnswer | SendError::TooLarge | SendError::WrongType,
            )) => "unknown",
            Outcome::Later { .. } | Outcome::Response(Err(SendError::Rate { .. })) => "late",
            Outcome::Kept | Outcome::Stopped | Outcome::OverBudget(_) | Outcome::Model(_) => "kept",
        };
        self.entries.push(Entry::Told {
            turn: turn.id.to_string(),
            channel: turn.channel.clone(),
            outcome: receipt.to_owned(),
        });
        if let Body::Tell { message, .. } = body
            && !matches!(receipt, "delivered" | "kept")
            && !matches!(turn.cause, Cause::Guest { .. })
            && let Some(said) = turn.messages.get(*message)
        {
            let words = said.message.plain(turn.locale);
            self.note_failure(turn, Failure::Untold, &words)?;
        }
        Ok(receipt)
    }

    /// Settles a job whose outcome nobody knows and which must not be repeated.
    pub(super) fn lose(&mut self, turn: &mut Turn, job: &Job) -> Result<Vec<Job>, StoreError> {
        let rows = effects::of_turn(self.store, job.turn)?;
        let Some(row) = rows.into_iter().find(|row| row.n == job.n) else {
            return Ok(Vec::new());
        };
        self.book_given_up(&row)?;
        effects::finish(self.store, job.turn, job.n)?;
        turn.open_effects = turn.open_effects.saturating_sub(1);
        let body: Body = from_json(&row.body)?;
        let lost = Outcome::Response(Err(SendError::NoAnswer));
        let mut jobs = Vec::new();
        let event = self.event_of(turn, &body, row.attempts, lost, &mut jobs)?;
        jobs.extend(match event {
            Some(event) => self.drive(turn, event)?,
            None => self.save(turn, Vec::new())?,
        });
        Ok(jobs)
    }
}

/// What an outcome brings: an answer, or what there is instead of one.
fn heard(
    turn: &Turn,
    at: usize,
    stage: &serde_json::Value,
    outcome: Outcome,
) -> Result<Response, ToolError> {
    match outcome {
        Outcome::Response(Ok(response)) => Ok(response),
        Outcome::Response(Err(SendError::NotConfigured)) => Err(ToolError::Auth),
        Outcome::Response(Err(SendError::Refused)) | Outcome::Stopped => Err(ToolError::Refused),
        Outcome::Response(Err(SendError::NoAnswer)) => Err(unanswered(turn, at, stage)),
        // It arrived, and its answer cannot be read.
        Outcome::Response(Err(SendError::TooLarge | SendError::WrongType)) => {
            Err(match fate(turn, at, stage) {
                Lost::FindOut | Lost::Unknown => ToolError::Unknown,
                Lost::Again => ToolError::Unavailable,
            })
        }
        Outcome::Later { .. } | Outcome::Response(Err(SendError::Rate { .. })) => {
            Err(ToolError::Rate)
        }
        // How far a limit is used up, what others wrote has a say in.
        Outcome::Kept | Outcome::OverBudget(_) | Outcome::Model(_) => Err(ToolError::Unavailable),
    }
}

/// How often a model was asked: once, and once more for each further attempt.
fn asked(further: i64) -> u64 {
    u64::try_from(further).unwrap_or(0).saturating_add(1)
}

fn settled(outcome: Outcome) -> Prepared {
    Prepared::Settled(Box::new(outcome))
}
