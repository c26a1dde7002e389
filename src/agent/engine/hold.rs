//! The moment in which the owner can still call off what others will see.
//!
//! A call of effect class send that leaves the agent is held for as long as the deployment says. A
//! timer lets it go. `/cancel` and `/stop` call it off meanwhile. A kill does not: the call and its
//! timer are rows.

use super::Engine;
use crate::agent::effect::Job;
use crate::agent::turn::{Progress, Turn};
use crate::id::TimerId;
use crate::message::{Locale, Message};
use crate::store::StoreError;
use crate::store::timers::{self, Timer};
use crate::tool::{EffectClass, Reach, ToolSpec};

/// The owner of these timers; no connector has this name.
pub(in crate::agent) const HELD: &str = "held";
/// The binding that says for how many seconds; nothing is held where it is not set.
const SECONDS: &str = "UNDO_SECONDS";
/// The longest, in seconds.
const SECONDS_MAX: i64 = 600;

impl Engine<'_> {
    /// Holds a call that is about to begin, once; `false` if it may begin now.
    pub(super) fn hold(
        &mut self,
        turn: &mut Turn,
        at: usize,
        spec: &ToolSpec,
        jobs: &mut Vec<Job>,
    ) -> Result<bool, StoreError> {
        if spec.effect != EffectClass::Send || spec.reach != Reach::Outside {
            return Ok(false);
        }
        let seconds = self.undo_seconds();
        let Some(record) = turn.calls.get_mut(at) else {
            return Ok(false);
        };
        if seconds == 0 || record.held_until.is_some() {
            return Ok(false);
        }
        let due = self.now.plus_millis(seconds.saturating_mul(1_000));
        record.held_until = Some(due);
        record.status = Progress::Held;
        timers::set(
            self.store,
            &Timer {
                id: timer_of(turn.seq, at)?,
                due,
                connector: HELD.to_owned(),
                document: format!("{}:{at}", turn.seq),
            },
        )?;
        let held = turn
            .calls
            .iter()
            .filter(|call| call.status == Progress::Held);
        if held.count() == 1 {
            let words = match turn.locale {
                Locale::En => format!("I do this in {seconds} s. /cancel calls it off."),
                Locale::Fr => format!("Je le fais dans {seconds} s. /annuler l'empêche."),
            };
            self.tell(turn, Message::say(words), jobs)?;
        }
        Ok(true)
    }

    /// Lets a call go whose moment is over; a turn that was cancelled has none.
    pub(in crate::agent) fn let_go(&mut self, timer: &Timer) -> Result<Vec<Job>, StoreError> {
        self.step(|engine| {
            timers::clear(engine.store, &timer.id)?;
            let Some((seq, at)) = place_of(timer) else {
                return Ok(Vec::new());
            };
            let Some((_, mut turn)) = engine.load(seq)? else {
                return Ok(Vec::new());
            };
            if turn.is_over() {
                return Ok(Vec::new());
            }
            match turn.calls.get_mut(at) {
                Some(record) if record.status == Progress::Held => {
                    record.status = Progress::Pending;
                }
                Some(_) | None => return Ok(Vec::new()),
            }
            engine.run_and_drive(&mut turn, at, 0)
        })
    }

    /// Forgets the timers of what a turn held.
    pub(super) fn forget_held(&self, turn: &Turn) -> Result<(), StoreError> {
        for (at, record) in turn.calls.iter().enumerate() {
            if record.status == Progress::Held {
                timers::clear(self.store, &timer_of(turn.seq, at)?)?;
            }
        }
        Ok(())
    }

    fn undo_seconds(&self) -> i64 {
        let set = self.vault.read(SECONDS);
        let seconds = set.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        i64::clamp(seconds, 0, SECONDS_MAX)
    }
}

/// The turn and the call that a timer is about.
fn place_of(timer: &Timer) -> Option<(i64, usize)> {
    let (seq, at) = timer.document.split_once(':')?;
    Some((seq.parse().ok()?, at.parse().ok()?))
}

fn timer_of(turn: i64, at: usize) -> Result<TimerId, StoreError> {
    TimerId::try_from(format!("held_{turn}_{at}"))
        .map_err(|_| StoreError::Unreadable("a timer's id"))
}
