//! Runs `turn::step` inside transactions and hands out the effects that need the outside.
//!
//! Every public function is one transaction: all its rows are written or none. What leaves the
//! agent is first a row of the outbox. Whoever runs the jobs (the Worker, or a test) asks
//! [`Engine::prepare`] for each and returns what came of it by [`Engine::complete`]. The engine
//! keeps nothing in memory between calls, so a kill between any two of them loses nothing.

mod accept;
mod account;
mod compact;
mod control;
mod deployment;
mod facts;
mod failures;
mod hold;
mod judging;
mod lost;
mod perform;
mod prepare;
mod quarantined;
mod questions;
mod receipts;
mod recover;
mod restored;
mod routines;
mod spending;
mod standing;

pub use accept::Accepted;
pub use compact::{Compacted, RUN_MAX};
pub use control::{AnswerError, Answered};
pub(in crate::agent) use hold::HELD;

use super::conversation::Conversation;
use super::effect::{Body, Job, Outcome, SendError};
use super::handles::Handles;
use super::planner;
use super::turn::{self, Cause, Event, Turn, World};
use crate::audit::Entry;
use crate::channels;
use crate::egress::{self, Vault};
use crate::id::IdSource;
use crate::message::Locale;
use crate::models::ModelSettings;
use crate::policy::Circumstances;
use crate::store::turns::{self, Status};
use crate::store::{
    self, Store, StoreError, audit, conversations, effects, from_json, settings, shown, to_json,
};
use crate::time::{Timestamp, Zone};
use crate::tool::Kind;
use crate::value::Item;
use std::cell::RefCell;
use std::collections::VecDeque;

/// How often a turn is begun before it is given up.
pub const ATTEMPTS_MAX: i64 = 3;

/// How often a message is offered to a channel that asks us to come back: about six hours.
const LATER_MAX: i64 = 15;

/// The most tokens of one reply of a model.
const TOKENS_MAX: u32 = 2048;

/// What the deployment configured.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// The models to ask, in order; none means the embedded planner.
    pub models: Vec<ModelSettings>,
    /// The quarantined models, in order; none means those above.
    pub quarantined: Vec<ModelSettings>,
}

/// The engine for one event.
pub struct Engine<'a> {
    pub(super) store: Store<'a>,
    pub(super) now: Timestamp,
    pub(super) ids: IdSource,
    config: &'a Config,
    vault: &'a dyn Vault,
    pub(super) entries: Vec<Entry>,
    choices: RefCell<Option<Choices>>,
}

/// What the owner chose, as far as every step needs it.
#[derive(Debug, Clone, Default)]
struct Choices {
    zone: Option<Zone>,
    locale: Locale,
    stopped: bool,
    /// The day that limits are counted in, as [`crate::budget::Period::pin`] writes it.
    budget_day: Option<String>,
}

impl<'a> Engine<'a> {
    /// An engine for what happens at `now`, with 256 fresh random bits.
    pub fn new(
        store: Store<'a>,
        config: &'a Config,
        vault: &'a dyn Vault,
        now: Timestamp,
        seed: [u8; 32],
    ) -> Self {
        Self {
            store,
            now,
            ids: IdSource::new(seed),
            config,
            vault,
            entries: Vec::new(),
            choices: RefCell::new(None),
        }
    }

    /// Begins a turn, or goes on with it after the process that ran it is gone.
    ///
    /// A turn that was begun too often is given up.
    pub fn begin(&mut self, seq: i64) -> Result<Vec<Job>, StoreError> {
        self.step(|engine| {
            let Some(row) = turns::get(engine.store, seq)? else {
                return Ok(Vec::new());
            };
            if row.status.is_final() {
                return Ok(Vec::new());
            }
            if row.attempts > ATTEMPTS_MAX {
                return engine.give_up(&row);
            }
            let Some((_, mut turn)) = engine.load(seq)? else {
                return Ok(Vec::new());
            };
            if turn.status != Status::Queued {
                return engine.recover(&mut turn);
            }
            // Whoever held the line is gone if this is not the first attempt.
            turn.held = turn.held && row.attempts <= 1;
            engine.greet(&mut turn)?;
            if let Some(jobs) = engine.control(&mut turn)? {
                return Ok(jobs);
            }
            engine.drive(&mut turn, Event::Begin)
        })
    }

    /// Counts an attempt before it is made, so that a message which kills the process is counted.
    pub fn count_attempt(&mut self, seq: i64) -> Result<(), StoreError> {
        turns::count_attempt(self.store, seq)
    }

    /// Takes what came of a job, and returns the jobs that follow.
    pub fn complete(&mut self, job: &Job, outcome: Outcome) -> Result<Vec<Job>, StoreError> {
        // The transaction may run its work once only, so the outcome is moved through a slot.
        let mut slot = Some(outcome);
        self.step(|engine| {
            let Some(outcome) = slot.take() else {
                return Ok(Vec::new());
            };
            let Some((_, mut turn)) = engine.load(job.turn)? else {
                return Ok(Vec::new());
            };
            let rows = effects::of_turn(engine.store, job.turn)?;
            let Some(row) = rows.into_iter().find(|row| row.n == job.n) else {
                // The turn was cancelled meanwhile; what the answer cost is owed all the same.
                if let Outcome::Model(Ok(reply)) = &outcome {
                    engine.reconcile_late(&mut turn, job.n, reply)?;
                    return engine.save(&mut turn, Vec::new());
                }
                return Ok(Vec::new());
            };
            let body: Body = from_json(&row.body)?;
            // A message to the owner whose fate is unknown is repeated once; `prepare` marks it.
            if job.tells
                && !body.is_unsure()
                && matches!(outcome, Outcome::Response(Err(SendError::NoAnswer)))
            {
                return Ok(vec![job.clone()]);
            }
            if let Outcome::Later { wait_ms, sent } = outcome
                && row.attempts < LATER_MAX
            {
                return engine.put_off(&mut turn, &row, body, wait_ms, sent);
            }
            engine.reconcile(&mut turn, &row, &body, &outcome)?;
            let pause = match &body {
                Body::Request { record, stage, .. } => {
                    engine.pause_before_retry(&turn, *record, stage, &outcome)
                }
                Body::AskPlanner
                | Body::AskQuarantined { .. }
                | Body::Tell { .. }
                | Body::Cards { .. }
                | Body::Abandon { .. }
                | Body::ButtonDone { .. } => None,
            };
            let mut jobs = Vec::new();
            if let (
                Body::Request { record, stage, .. },
                Outcome::Response(Err(SendError::NoAnswer)),
            ) = (&body, &outcome)
            {
                engine.abandon(&mut turn, *record, stage, &mut jobs)?;
            }
            if let Some(wait_ms) = pause {
                jobs.extend(engine.retry(&mut turn, &row, wait_ms)?);
                return Ok(jobs);
            }
            effects::finish(engine.store, job.turn, job.n)?;
            turn.open_effects = turn.open_effects.saturating_sub(1);
            if let Outcome::OverBudget(over) = &outcome {
                engine.tell_limited(&mut turn, over, &mut jobs)?;
            }
            let event = engine.event_of(&mut turn, &body, row.attempts, outcome, &mut jobs)?;
            jobs.extend(match event {
                Some(event) => engine.drive(&mut turn, event)?,
                None => engine.save(&mut turn, Vec::new())?,
            });
            Ok(jobs)
        })
    }

    /// The caller no longer holds the line: later messages are pushed.
    pub fn release(&mut self, seq: i64) -> Result<Option<Turn>, StoreError> {
        self.step(|engine| {
            let Some((_, mut turn)) = engine.load(seq)? else {
                return Ok(None);
            };
            if turn.held && !turn.status.is_final() {
                turn.held = false;
                turns::update(
                    engine.store,
                    seq,
                    turn.status,
                    turn.lane(),
                    &to_json(&turn)?,
                )?;
            }
            Ok(Some(turn))
        })
    }

    /// Runs work in one transaction and chains its audit entries.
    pub(super) fn step<T>(
        &mut self,
        mut work: impl FnMut(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let store = self.store;
        store.atomically(|| {
            self.entries.clear();
            *self.choices.borrow_mut() = None;
            let value = work(self)?;
            audit::append(store, self.now, std::mem::take(&mut self.entries))?;
            Ok(value)
        })
    }

    fn load(&self, seq: i64) -> Result<Option<(turns::TurnRow, Turn)>, StoreError> {
        let Some(row) = turns::get(self.store, seq)? else {
            return Ok(None);
        };
        let turn = Turn {
            status: row.status,
            ..from_json(&row.state)?
        };
        Ok(Some((row, turn)))
    }

    /// Finds the turn's language and place in its conversation.
    fn greet(&mut self, turn: &mut Turn) -> Result<(), StoreError> {
        let conversation = self.conversation(turn)?;
        turn.next_call = conversation.calls;
        if let Cause::Owner {
            reply_to: Some(message),
            ..
        } = &turn.cause
        {
            turn.pointed_at = shown::get(self.store, turn.conversation.as_str(), message)?;
        }
        let spoken = match &turn.cause {
            Cause::Owner { text, .. } => super::commands::language(text),
            Cause::Guest { .. }
            | Cause::Button { .. }
            | Cause::Notice { .. }
            | Cause::Check { .. } => None,
        };
        let chosen = spoken.or(conversation.locale);
        turn.locale = match chosen {
            Some(locale) => locale,
            None => self.locale()?,
        };
        Ok(())
    }

    pub(super) fn locale(&self) -> Result<Locale, StoreError> {
        Ok(self.choices()?.locale)
    }

    pub(super) fn zone(&self) -> Result<Option<Zone>, StoreError> {
        Ok(self.choices()?.zone)
    }

    fn circumstances(&self) -> Result<Circumstances, StoreError> {
        Ok(Circumstances {
            stopped: self.choices()?.stopped,
            ..Circumstances::default()
        })
    }

    /// What the owner chose, read once for a step.
    fn choices(&self) -> Result<Choices, StoreError> {
        if let Some(choices) = self.choices.borrow().as_ref() {
            return Ok(choices.clone());
        }
        let names = ["zone", "locale", "stopped", spending::DAY];
        let mut choices = Choices::default();
        for (name, value) in settings::some(self.store, names)? {
            match name.as_str() {
                "zone" => choices.zone = Zone::named(&value),
                "locale" => choices.locale = Locale::from_code(&value).unwrap_or_default(),
                "stopped" => choices.stopped = true,
                _ => choices.budget_day = Some(value),
            }
        }
        choices.stopped = choices.stopped || self.is_stopped_by_binding();
        *self.choices.borrow_mut() = Some(choices.clone());
        Ok(choices)
    }

    /// Writes what the owner chose, or that they no longer do, and records it.
    fn choose(&mut self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        match value {
            Some(value) => settings::set(self.store, name, value)?,
            None => settings::remove(self.store, name)?,
        }
        *self.choices.borrow_mut() = None;
        self.setting(name, value.unwrap_or("none"));
        Ok(())
    }

    fn conversation(&self, turn: &Turn) -> Result<Conversation, StoreError> {
        match conversations::get(self.store, turn.conversation.as_str())? {
            Some(state) => from_json(&state),
            None => Ok(Conversation::default()),
        }
    }

    /// Takes a turn through an event and all that follows from it without the outside.
    fn drive(&mut self, turn: &mut Turn, event: Event) -> Result<Vec<Job>, StoreError> {
        let circumstances = self.circumstances()?;
        let embedded = self.is_embedded(turn);
        let (store, vault, locale) = (self.store, self.vault, turn.locale);
        let handles = StoredHandles {
            store: self.store,
            conversation: turn.conversation.as_str().to_owned(),
        };
        let mut jobs = Vec::new();
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let judge = self.judge(turn);
            // A call may have set it.
            let zone = self.zone()?;
            let period = self.period()?;
            let mut world = World {
                now: self.now,
                zone: zone.as_ref(),
                circumstances,
                handles: &handles,
                grounds: &judge,
                covers: &|call| judge.covering(call).is_some(),
                // A store that fails is asked again as the call begins.
                over: &|call| {
                    Self::over_count(store, vault, &period, call.spec, locale).unwrap_or_default()
                },
                embedded,
                ids: &mut self.ids,
            };
            for effect in turn::step(turn, event, &mut world) {
                self.perform(turn, effect, &mut events, &mut jobs)?;
            }
        }
        self.push_questions(turn, &mut jobs)?;
        self.save(turn, jobs)
    }

    /// Writes the turn, and what the planner saw once it is done.
    fn save(&mut self, turn: &mut Turn, jobs: Vec<Job>) -> Result<Vec<Job>, StoreError> {
        turn.settle();
        if turn.planned {
            let items = if turn.merged {
                Vec::new()
            } else {
                turn.closed_items()
            };
            if !items.is_empty() {
                let mut conversation = self.conversation(turn)?;
                conversation.calls = conversation.calls.max(turn.next_call);
                conversation.locale = Some(turn.locale);
                conversation.extend(items);
                let state = to_json(&conversation)?;
                conversations::put(self.store, turn.conversation.as_str(), &state)?;
            }
            turn.merged = true;
        }
        if turn.status.is_final() {
            self.entries.push(Entry::TurnEnded {
                turn: turn.id.to_string(),
                status: turn.status.word().to_owned(),
            });
        }
        turns::update(
            self.store,
            turn.seq,
            turn.status,
            turn.lane(),
            &to_json(turn)?,
        )?;
        Ok(jobs)
    }

    /// Puts an effect into the outbox.
    fn post(
        &mut self,
        turn: &mut Turn,
        body: &Body,
        jobs: &mut Vec<Job>,
    ) -> Result<(), StoreError> {
        let n = turn.next_effect;
        turn.next_effect = n.saturating_add(1);
        turn.open_effects = turn.open_effects.saturating_add(1);
        effects::insert(self.store, turn.seq, n, &to_json(body)?)?;
        jobs.push(Job {
            turn: turn.seq,
            n,
            tells: body.tells(),
            wait_ms: 0,
        });
        Ok(())
    }

    /// Whether messages of a channel can be sent to it, rather than be fetched.
    pub(super) fn pushes(&self, channel: &str) -> bool {
        channels::all().iter().any(|known| known.name() == channel)
            && egress::reaches(channel, self.vault)
    }

    /// Whether code of ours plans this turn.
    fn is_embedded(&self, turn: &Turn) -> bool {
        let slashed = match &turn.cause {
            Cause::Owner { text, .. } => super::commands::is_slashed(text),
            Cause::Guest { .. }
            | Cause::Button { .. }
            | Cause::Notice { .. }
            | Cause::Check { .. } => true,
        };
        slashed || self.config.models.is_empty()
    }
}

/// The handles of one conversation.
struct StoredHandles<'a> {
    store: Store<'a>,
    conversation: String,
}

impl Handles for StoredHandles<'_> {
    fn get(&self, name: &str) -> Option<(Kind, Item)> {
        // A store that fails has no such handle: the planner is told so, and nothing runs.
        store::handles::get(self.store, &self.conversation, name)
            .ok()
            .flatten()
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        store::handles::kind(self.store, &self.conversation, name)
            .ok()
            .flatten()
    }
}

#[cfg(test)]
mod tests;
