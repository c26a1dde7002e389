//! Requests of connectors whose answers did not come: begun anew where that is safe, told where not.
//!
//! A read, and what its service takes only once, is begun anew a few times. Of anything else it is
//! not known whether it happened, so it is not repeated: the owner is told, and finds it in the list
//! of failures.

use super::{Engine, planner};
use crate::agent::effect::{Body, Job, Outcome, SendError};
use crate::agent::planner::Found;
use crate::agent::turn::{CallRecord, Event, Turn};
use crate::approval;
use crate::audit::Entry;
use crate::connectors::Lost;
use crate::message::{Locale, Message};
use crate::models::retry;
use crate::store::effects::{self, EffectRow};
use crate::store::failures::{self, Failure};
use crate::store::{StoreError, from_json};
use crate::tool::{EffectClass, ToolError, ToolOutput};
use serde_json::Value as Json;

/// How often a call is begun anew.
const RETRIES_MAX: u32 = 2;
/// The first pause before that, in milliseconds; the next is four times as long.
const PAUSE_MS: u64 = 1_000;
/// The longest pause that a service may ask for, in milliseconds; longer ones fail the call.
const PAUSE_MS_MAX: u64 = 10_000;

/// Whether what a status answers may have taken effect: the request reached the service, or one in
/// front of it, and nobody knows what became of it there.
pub(super) fn may_have_happened(status: u16) -> bool {
    // 501 and 505 say that the request was not understood.
    status >= 500 && !matches!(status, 501 | 505)
}

/// What is to be done about a request of this call whose answer was lost.
pub(super) fn fate(turn: &Turn, at: usize, stage: &Json) -> Lost {
    let tool = turn.calls.get(at).map_or("", |record| &record.call.tool);
    match planner::find(tool) {
        Some(Found::Works(connector, spec)) => connector.lost(spec, stage),
        Some(Found::Speaks(_) | Found::Announces | Found::Repeats | Found::Reads(_)) | None => {
            Lost::Unknown
        }
    }
}

/// Whether the service had taken the call itself before this request.
pub(super) fn is_taken(turn: &Turn, at: usize, stage: &Json) -> bool {
    let tool = turn.calls.get(at).map_or("", |record| &record.call.tool);
    match planner::find(tool) {
        Some(Found::Works(connector, _)) => connector.taken(stage),
        Some(Found::Speaks(_) | Found::Announces | Found::Repeats | Found::Reads(_)) | None => {
            false
        }
    }
}

/// Whether a call changes or sends something, so that the owner should know that it happened.
fn is_seen(record: &CallRecord) -> bool {
    match planner::find(&record.call.tool) {
        Some(Found::Works(_, spec)) => planner::is_effectful(spec),
        Some(Found::Speaks(_) | Found::Announces | Found::Repeats | Found::Reads(_)) | None => {
            false
        }
    }
}

/// What a lost answer means for its call, once it is not tried again.
pub(super) fn unanswered(turn: &Turn, at: usize, stage: &Json) -> ToolError {
    match fate(turn, at, stage) {
        Lost::Again => ToolError::Offline,
        Lost::FindOut | Lost::Unknown => ToolError::Unknown,
    }
}

impl Engine<'_> {
    /// How long to wait before the call is begun anew, in milliseconds; `None` if it is not.
    pub(super) fn pause_before_retry(
        &self,
        turn: &Turn,
        at: usize,
        stage: &Json,
        outcome: &Outcome,
    ) -> Option<u64> {
        let record = turn.calls.get(at)?;
        if turn.is_over() || record.retries >= RETRIES_MAX {
            return None;
        }
        let usual = PAUSE_MS << (2 * record.retries);
        match outcome {
            // It was not taken, so whatever it is may be tried again, if the call itself was not.
            Outcome::Response(Ok(response)) if response.status == 429 => {
                if is_taken(turn, at, stage) && fate(turn, at, stage) == Lost::Unknown {
                    return None;
                }
                let asked = retry::retry_after_ms(&response.headers, self.now);
                Some(asked.unwrap_or(usual)).filter(|wait| *wait <= PAUSE_MS_MAX)
            }
            Outcome::Response(Ok(response)) if !may_have_happened(response.status) => None,
            Outcome::Response(Ok(_) | Err(SendError::NoAnswer)) => {
                (fate(turn, at, stage) != Lost::Unknown).then_some(usual)
            }
            // It did not even leave.
            Outcome::Response(Err(SendError::Rate { wait_ms })) => {
                Some(*wait_ms).filter(|wait| *wait <= PAUSE_MS_MAX)
            }
            // It arrived, and its answer cannot be read.
            Outcome::Response(Err(SendError::TooLarge | SendError::WrongType)) => {
                (fate(turn, at, stage) == Lost::FindOut).then_some(usual)
            }
            Outcome::Response(Err(SendError::Refused | SendError::NotConfigured))
            | Outcome::Model(_)
            | Outcome::Later { .. }
            | Outcome::Kept
            | Outcome::OverBudget(_)
            | Outcome::Stopped => None,
        }
    }

    /// Whether a request that may have left can be made again after the process died.
    pub(super) fn survives(&self, turn: &Turn, row: &EffectRow) -> Result<bool, StoreError> {
        let body: Body = from_json(&row.body)?;
        let Body::Request { record, stage, .. } = &body else {
            return Ok(false);
        };
        let lost = Outcome::Response(Err(SendError::NoAnswer));
        Ok(self
            .pause_before_retry(turn, *record, stage, &lost)
            .is_some())
    }

    /// Begins a call anew; its earlier request is settled.
    pub(super) fn retry(
        &mut self,
        turn: &mut Turn,
        row: &EffectRow,
        wait_ms: u64,
    ) -> Result<Vec<Job>, StoreError> {
        effects::finish(self.store, row.turn, row.n)?;
        turn.open_effects = turn.open_effects.saturating_sub(1);
        let body: Body = from_json(&row.body)?;
        let Body::Request {
            record: at, stage, ..
        } = body
        else {
            return self.save(turn, Vec::new());
        };
        let finds_out = fate(turn, at, &stage) == Lost::FindOut;
        if let Some(record) = turn.calls.get_mut(at) {
            record.retries = record.retries.saturating_add(1);
        }
        if !finds_out {
            return self.run_and_drive(turn, at, wait_ms);
        }
        let mut jobs = Vec::new();
        let result = self.find_out(turn, at, &stage, &mut jobs)?;
        self.driven(turn, at, wait_ms, result, jobs)
    }

    /// Has the connector find out what became of a request. What it then sends is decided about
    /// like any other request.
    fn find_out(
        &mut self,
        turn: &mut Turn,
        at: usize,
        stage: &Json,
        jobs: &mut Vec<Job>,
    ) -> Result<Option<Result<ToolOutput, ToolError>>, StoreError> {
        let unknown = Err(ToolError::Unknown);
        let Some(record) = turn.calls.get(at) else {
            return Ok(Some(unknown));
        };
        let tool = record.call.tool.clone();
        let Some(Found::Works(connector, spec)) = planner::find(&tool) else {
            return Ok(Some(unknown));
        };
        let progress = match self.resolved(turn, record, connector, spec)? {
            Ok(call) => self.with_context(turn, connector, |context| {
                connector.find_out(&call, stage, context)
            })?,
            Err(_) => Err(ToolError::Unknown),
        };
        self.progressed(turn, at, &tool, progress, jobs)
    }

    /// Runs a call from outside of a step, and takes the turn through what follows.
    pub(super) fn run_and_drive(
        &mut self,
        turn: &mut Turn,
        at: usize,
        wait_ms: u64,
    ) -> Result<Vec<Job>, StoreError> {
        let mut jobs = Vec::new();
        let result = self.run(turn, at, &mut jobs)?;
        self.driven(turn, at, wait_ms, result, jobs)
    }

    /// Takes the turn through what follows from a call that was run.
    fn driven(
        &mut self,
        turn: &mut Turn,
        at: usize,
        wait_ms: u64,
        result: Option<Result<ToolOutput, ToolError>>,
        mut jobs: Vec<Job>,
    ) -> Result<Vec<Job>, StoreError> {
        for job in jobs.iter_mut().filter(|job| !job.tells) {
            job.wait_ms = wait_ms;
        }
        let event = match result {
            Some(result) => Event::Ran { record: at, result },
            None => Event::Posted { jobs: Vec::new() },
        };
        jobs.extend(self.drive(turn, event)?);
        Ok(jobs)
    }

    /// Records what became of a call; tells the owner of one of which that is not known.
    pub(super) fn ended(
        &mut self,
        turn: &mut Turn,
        at: usize,
        tool: &str,
        result: &Result<ToolOutput, ToolError>,
        jobs: &mut Vec<Job>,
    ) -> Result<(), StoreError> {
        if *result == Err(ToolError::Unknown) {
            self.tell_unknown(turn, at, tool, jobs)?;
        } else if result.is_ok() && turn.is_over() && turn.calls.get(at).is_some_and(is_seen) {
            let about = self.in_short(turn, at, tool)?;
            let words = turn.locale.pick(
                "This was under way already and is done",
                "Ceci était déjà en route et est fait",
            );
            self.tell(turn, Message::say(format!("{words}: {about}.")), jobs)?;
        }
        self.entries.push(Entry::ToolRan {
            turn: turn.id.to_string(),
            tool: tool.to_owned(),
            outcome: result
                .as_ref()
                .map_or_else(ToString::to_string, |_| "done".to_owned()),
        });
        Ok(())
    }

    /// Tells of a call that is given up after its service had taken it.
    pub(super) fn tell_if_taken(
        &mut self,
        turn: &mut Turn,
        row: &EffectRow,
        jobs: &mut Vec<Job>,
    ) -> Result<(), StoreError> {
        let body: Body = from_json(&row.body)?;
        let Body::Request { record, stage, .. } = &body else {
            return Ok(());
        };
        let pending = row.status == effects::Status::Pending;
        if pending
            && is_taken(turn, *record, stage)
            && unanswered(turn, *record, stage) == ToolError::Unknown
        {
            let tool = turn.calls.get(*record).map(|call| call.call.tool.clone());
            return self.tell_unknown(turn, *record, &tool.unwrap_or_default(), jobs);
        }
        Ok(())
    }

    fn tell_unknown(
        &mut self,
        turn: &mut Turn,
        at: usize,
        tool: &str,
        jobs: &mut Vec<Job>,
    ) -> Result<(), StoreError> {
        let about = self.in_short(turn, at, tool)?;
        let words = match turn.locale {
            Locale::En => format!(
                "I do not know whether this happened, because its answer was lost: {about}. I do \
                 not repeat it. Please look there yourself."
            ),
            Locale::Fr => format!(
                "Je ne sais pas si ceci a eu lieu, car la réponse s'est perdue : {about}. Je ne le \
                 refais pas. Vérifiez sur place, s'il vous plaît."
            ),
        };
        self.note_failure(turn, Failure::Unknown, &about)?;
        self.tell(turn, Message::say(words), jobs)
    }

    /// A call in one line: its tool and how its control arguments begin.
    fn in_short(&self, turn: &Turn, at: usize, tool: &str) -> Result<String, StoreError> {
        if let Some(record) = turn.calls.get(at)
            && let Some(Found::Works(connector, spec)) = planner::find(tool)
            && spec.effect != EffectClass::Read
            && let Ok(call) = self.resolved(turn, record, connector, spec)?
        {
            return Ok(approval::card(&call).summary());
        }
        Ok(tool.to_owned())
    }

    /// Puts something that went wrong for good onto the owner's list.
    pub(super) fn note_failure(
        &self,
        turn: &Turn,
        failure: Failure,
        about: &str,
    ) -> Result<(), StoreError> {
        failures::add(self.store, self.now, turn.seq, failure, about)
    }
}
