//! Turns that did not end in one go: put off, begun again after a crash, or given up.

use super::{ATTEMPTS_MAX, Engine};
use crate::agent::effect::{Body, Job};
use crate::agent::turn::{Cause, Event, Progress, Turn};
use crate::audit::Entry;
use crate::message::Locale;
use crate::store::failures::{self, Failure};
use crate::store::turns::{self, Status};
use crate::store::{StoreError, effects, from_json, to_json};

impl Engine<'_> {
    /// Keeps a message for later that its channel would not take now.
    pub(super) fn put_off(
        &mut self,
        turn: &mut Turn,
        row: &effects::EffectRow,
        body: Body,
        wait_ms: u64,
        sent: usize,
    ) -> Result<Vec<Job>, StoreError> {
        const FIRST_MS: i64 = 10_000;
        const LONGEST_MS: i64 = 3_600_000;
        let body = match body {
            Body::Tell {
                message,
                sent: before,
                unsure,
            } => Body::Tell {
                message,
                sent: before.saturating_add(sent),
                unsure,
            },
            Body::AskPlanner
            | Body::AskQuarantined { .. }
            | Body::Request { .. }
            | Body::Cards { .. }
            | Body::Abandon { .. }
            | Body::ButtonDone { .. } => body,
        };
        effects::put_back(self.store, row.turn, row.n, &to_json(&body)?)?;
        let jobs = self.save(turn, Vec::new())?;
        // A turn that still plans goes on, and tells what is left when it is done.
        if turn.planned {
            let doubled = FIRST_MS.saturating_mul(1 << row.attempts.clamp(0, 9));
            let asked = i64::try_from(wait_ms).unwrap_or(LONGEST_MS);
            let wait = doubled.max(asked).min(LONGEST_MS);
            turns::postpone(self.store, row.turn, self.now.plus_millis(wait))?;
        }
        Ok(jobs)
    }

    /// Finds what to do for a turn whose process is gone.
    pub(super) fn recover(&mut self, turn: &mut Turn) -> Result<Vec<Job>, StoreError> {
        let mut jobs = Vec::new();
        let rows = effects::of_turn(self.store, turn.seq)?;
        let (mut lost, mut again) = (Vec::new(), Vec::new());
        for row in &rows {
            let body: Body = from_json(&row.body)?;
            let unknown = row.status == effects::Status::Begun && body.is_once();
            // A message to the owner is repeated once, marked; anything else is not repeated.
            let repeatable = body.tells() && !body.is_unsure();
            let job = Job {
                turn: turn.seq,
                n: row.n,
                tells: body.tells(),
                wait_ms: 0,
            };
            if unknown && self.survives(turn, row)? {
                again.push(row);
            } else if unknown && !repeatable {
                lost.push(job);
            } else {
                jobs.push(job);
            }
        }
        turn.open_effects = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        if turn.held {
            turn.held = false;
            self.push_all(turn, &mut jobs)?;
        }
        let mut jobs = self.save(turn, jobs)?;
        for job in lost {
            jobs.extend(self.lose(turn, &job)?);
        }
        for row in again {
            jobs.extend(self.retry(turn, row, 0)?);
        }
        if jobs.is_empty() && !turn.is_over() && turn.status == Status::Running {
            self.note_failure(turn, Failure::GivenUp, &said(&turn.cause))?;
            return self.drive(turn, Event::GiveUp);
        }
        Ok(jobs)
    }

    /// Ends a turn that was begun too often: with words to the owner, or without, where those too
    /// stop the process or the row cannot be read.
    pub(super) fn give_up(&mut self, row: &turns::TurnRow) -> Result<Vec<Job>, StoreError> {
        let read: Result<Turn, StoreError> = from_json(&row.state);
        let Some(mut turn) = read.ok().filter(|_| row.attempts <= ATTEMPTS_MAX * 2) else {
            for effect in effects::of_turn(self.store, row.seq)? {
                self.book_given_up(&effect)?;
                effects::finish(self.store, row.seq, effect.n)?;
            }
            let about = row.conversation.as_str();
            failures::add(self.store, self.now, row.seq, Failure::GivenUp, about)?;
            self.entries.push(Entry::TurnEnded {
                turn: row.id.to_string(),
                status: Status::Failed.word().to_owned(),
            });
            turns::update(self.store, row.seq, Status::Failed, row.lane, &row.state)?;
            return Ok(Vec::new());
        };
        turn.status = row.status;
        if turn.is_over() {
            return self.recover(&mut turn);
        }
        self.note_failure(&turn, Failure::GivenUp, &said(&turn.cause))?;
        let mut jobs = self.drive(&mut turn, Event::GiveUp)?;
        for effect in effects::of_turn(self.store, row.seq)? {
            // What has begun may have happened; nobody tries it again.
            if effect.status == effects::Status::Begun {
                let job = Job {
                    turn: row.seq,
                    n: effect.n,
                    tells: false,
                    wait_ms: 0,
                };
                jobs.extend(self.lose(&mut turn, &job)?);
            }
        }
        Ok(jobs)
    }

    /// Sends what a caller who held the line did not get: messages and open questions.
    pub(super) fn push_all(
        &mut self,
        turn: &mut Turn,
        jobs: &mut Vec<Job>,
    ) -> Result<(), StoreError> {
        if !self.pushes(&turn.channel) {
            return Ok(());
        }
        for message in 0..turn.messages.len() {
            self.post(turn, &Body::tell(message), jobs)?;
        }
        turn.unpushed = turn
            .calls
            .iter()
            .filter(|record| record.status == Progress::Waiting)
            .filter_map(|record| record.approval.clone())
            .collect();
        self.push_questions(turn, jobs)
    }
}

/// What set a turn off, in the words of whoever did.
fn said(cause: &Cause) -> String {
    match cause {
        Cause::Owner { text, .. } => text.clone(),
        Cause::Guest { name, text, .. } => format!("{name}: {}", text.peek()),
        Cause::Button { approval, .. } => approval.clone(),
        Cause::Notice { message } => message.plain(Locale::En),
        Cause::Check { connector, .. } => connector.clone(),
    }
}
