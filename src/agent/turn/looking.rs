//! Turns without a planner that look at something for a timer's connector.
//!
//! Their calls are code's own and only read. Once all are settled the engine asks the connector what
//! it makes of what was found; no planner hears of it.

use super::record::{CallRecord, Progress};
use super::state::{Effect, Event, Turn};
use crate::store::turns::Status;
use crate::tool::{ToolCall, ToolError, ToolOutput};

/// Takes a turn further that only looks at something.
pub(super) fn checking(turn: &mut Turn, event: Event, effects: &mut Vec<Effect>) {
    match event {
        Event::Ran { record, result } => {
            let output = turn.looked(record, result);
            effects.push(Effect::Looked { record, output });
        }
        Event::Posted { jobs } => effects.push(Effect::HandOut(jobs)),
        // Its timer is set already and looks again.
        Event::Begin
        | Event::Model(_)
        | Event::AskAgain
        | Event::OverBudget
        | Event::Recheck
        | Event::Answered { .. }
        | Event::Cancel { .. }
        | Event::GiveUp => {
            effects.push(Effect::DropPending);
            turn.end(Status::Failed);
        }
    }
}

impl Turn {
    /// Adds a call of code's own, which only looks at something; its place.
    pub fn look(&mut self, call: ToolCall) -> usize {
        self.next_call = self.next_call.saturating_add(1);
        self.calls.push(CallRecord::new(call, self.next_call));
        self.calls.len().saturating_sub(1)
    }

    /// Takes what such a call found.
    pub fn looked(
        &mut self,
        at: usize,
        result: Result<ToolOutput, ToolError>,
    ) -> Option<ToolOutput> {
        if let Some(record) = self.calls.get_mut(at) {
            match &result {
                Ok(_) => record.status = Progress::Done,
                Err(error) => record.fail(error),
            }
        }
        result.ok()
    }
}
