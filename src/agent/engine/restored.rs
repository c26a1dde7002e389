//! What becomes of unfinished turns that come from another deployment: it may have gone on with them.
//!
//! A kill leaves behind what nobody else works on, so what had not left can still leave. After a
//! restore the other deployment may have done it meanwhile. So every call that would change
//! something without a further question ends with an unknown outcome. What only reads begins anew,
//! and questions wait on.

use super::{Engine, planner};
use crate::agent::effect::Body;
use crate::agent::planner::Found;
use crate::agent::turn::{CallRecord, Event, Progress, Turn};
use crate::store::turns::{self, TurnRow};
use crate::store::{StoreError, effects, from_json};
use crate::tool::{EffectClass, Reach, ToolError};

/// More turns than there can be; no number in a statement may be larger than 2^53.
const ALL: i64 = 1 << 52;

impl Engine<'_> {
    /// Ends what another deployment may have done, and says how many calls those are. It is for the
    /// end of a restore, before anything runs; a turn is a transaction.
    pub fn end_restored(&mut self) -> Result<usize, StoreError> {
        let mut ended = 0_usize;
        for seq in turns::unfinished(self.store, 0, None, ALL)? {
            let calls = match self.step(|engine| engine.doubt(seq)) {
                Err(StoreError::Unreadable(_)) => self.step(|engine| engine.bury(seq))?,
                done => done?,
            };
            ended = ended.saturating_add(calls);
        }
        Ok(ended)
    }

    fn doubt(&mut self, seq: i64) -> Result<usize, StoreError> {
        let Some((_, mut turn)) = self.load(seq)? else {
            return Ok(0);
        };
        let calls: Vec<(usize, String)> = (turn.calls.iter().enumerate())
            .filter(|(_, record)| may_be_done(record))
            .map(|(at, record)| (at, record.call.tool.clone()))
            .collect();
        // One that was called off sends nothing any more.
        if calls.is_empty() || turn.is_over() {
            return Ok(0);
        }
        self.forget_held(&turn)?;
        self.forget_requests(&mut turn, &calls)?;
        for (at, _) in &calls {
            if let Some(record) = turn.calls.get_mut(*at) {
                // None of them begins when another one ends.
                record.status = Progress::Pending;
            }
        }
        // The rows of the outbox are found again when the turn is taken up.
        let mut jobs = Vec::new();
        if turn.held {
            turn.held = false;
            self.push_all(&mut turn, &mut jobs)?;
        }
        for (at, tool) in &calls {
            let result = Err(ToolError::Unknown);
            self.ended(&mut turn, *at, tool, &result, &mut jobs)?;
            let record = *at;
            self.drive(&mut turn, Event::Ran { record, result })?;
        }
        Ok(calls.len())
    }

    /// Removes the requests of calls from the outbox.
    fn forget_requests(
        &self,
        turn: &mut Turn,
        calls: &[(usize, String)],
    ) -> Result<(), StoreError> {
        for row in effects::of_turn(self.store, turn.seq)? {
            if let Body::Request { record, .. } = from_json(&row.body)?
                && calls.iter().any(|(at, _)| *at == record)
            {
                effects::finish(self.store, row.turn, row.n)?;
                turn.open_effects = turn.open_effects.saturating_sub(1);
            }
        }
        Ok(())
    }

    /// Gives up a turn that cannot be read, or not with what belongs to it.
    fn bury(&mut self, seq: i64) -> Result<usize, StoreError> {
        if let Some(row) = turns::get(self.store, seq)? {
            let attempts = i64::MAX;
            self.give_up(&TurnRow { attempts, ..row })?;
        }
        Ok(0)
    }
}

/// Whether another deployment may have made a call that would be made here without a question.
fn may_be_done(record: &CallRecord) -> bool {
    let Some(Found::Works(_, spec)) = planner::find(&record.call.tool) else {
        return false;
    };
    spec.effect != EffectClass::Read
        && match record.status {
            Progress::Held | Progress::Pending => true,
            Progress::Deferred => record.approved || spec.reach == Reach::Outside,
            Progress::Waiting
            | Progress::Gathering
            | Progress::Done
            | Progress::Failed
            | Progress::Denied => false,
        }
}
