//! Timers that fall due: each wakes its connector and becomes a turn that tells the owner.
//!
//! One timer is one transaction, so a timer that fails costs only itself.

use super::effect::Job;
use super::engine::{Engine, HELD};
use super::turn::{Cause, Turn};
use crate::audit::Entry;
use crate::connectors::{self, Woken};
use crate::id::ConversationId;
use crate::store::documents::Space;
use crate::store::failures::{self, Failure};
use crate::store::timers::{self, Timer};
use crate::store::{StoreError, approvals, turns};
use crate::tool::CallContext;

/// What falling due has set off.
#[derive(Debug, Default)]
pub struct Due {
    /// Turns that tell of timers.
    pub turns: Vec<i64>,
    /// Jobs of turns whose questions nobody answered in time.
    pub jobs: Vec<Job>,
    /// What kept a timer from firing.
    pub failed: Option<StoreError>,
}

/// When a timer that could not fire is tried again, in milliseconds.
const AGAIN_MS: i64 = 5_000;

/// How often a timer is tried that the process may die of.
const DARED_MAX: i64 = 3;

/// The console's conversation.
pub(super) fn console() -> Result<ConversationId, StoreError> {
    ConversationId::try_from("console:main")
        .map_err(|_| StoreError::Unreadable("a conversation's id"))
}

impl Engine<'_> {
    /// Fires the timers that are due, at most `limit`, and closes questions whose time is over.
    ///
    /// `careful` is for a process that has not fired any yet: what the last one died of may be among
    /// them. Each is put off and counted before it fires, and dropped after three times.
    pub fn fall_due(&mut self, limit: i64, careful: bool) -> Result<Due, StoreError> {
        let mut due = Due::default();
        for timer in timers::due(self.store, self.now, limit)? {
            if careful && !self.dare(&timer)? {
                continue;
            }
            let fired = if timer.connector == HELD {
                self.let_go(&timer).map(|jobs| due.jobs.extend(jobs))
            } else {
                self.fire(&timer).map(|told| {
                    let Some(seq) = told else { return };
                    due.turns.push(seq);
                    // It is told now, whatever else its conversation is waiting for.
                    match self.begin(seq) {
                        Ok(jobs) => due.jobs.extend(jobs),
                        Err(error) => due.failed = Some(error),
                    }
                })
            };
            if let Err(error) = fired {
                // The others fire all the same; this one is tried again in a while.
                let later = self.now.plus_millis(AGAIN_MS);
                let again = Timer {
                    due: later,
                    ..timer
                };
                self.step(|engine| timers::set(engine.store, &again))?;
                due.failed = Some(error);
            }
        }
        for asked in approvals::overdue(self.store, self.now)? {
            match self.expire(&asked) {
                Ok(jobs) => due.jobs.extend(jobs),
                Err(error) => due.failed = Some(error),
            }
        }
        Ok(due)
    }

    /// Counts an attempt at a timer, and puts it off in case the process dies of it; `false` for one
    /// that was tried too often, which is dropped.
    fn dare(&mut self, timer: &Timer) -> Result<bool, StoreError> {
        self.step(|engine| {
            let tried = timers::dare(engine.store, &timer.id, engine.now.plus_millis(AGAIN_MS))?;
            if tried <= DARED_MAX {
                return Ok(true);
            }
            timers::clear(engine.store, &timer.id)?;
            let about = format!("{} ({})", timer.id, timer.connector);
            failures::add(engine.store, engine.now, 0, Failure::GivenUp, &about)?;
            Ok(false)
        })
    }

    /// Fires a timer that is due; returns the turn that tells of it, if it has anything to say.
    fn fire(&mut self, timer: &Timer) -> Result<Option<i64>, StoreError> {
        self.step(|engine| {
            if let Some(due) = engine.waits_for_quiet(timer)? {
                timers::set(
                    engine.store,
                    &Timer {
                        due,
                        ..timer.clone()
                    },
                )?;
                return Ok(None);
            }
            timers::clear(engine.store, &timer.id)?;
            engine.entries.push(Entry::TimerFired {
                timer: timer.id.to_string(),
                connector: timer.connector.clone(),
                late_ms: engine.now.millis().saturating_sub(timer.due.millis()),
            });
            let woken = engine.wake(timer)?;
            engine.set_timers(&timer.connector, &woken.timers)?;
            if woken.checks.is_empty() {
                return engine.announce_timer(timer, woken);
            }
            engine.look(timer, &woken)
        })
    }

    /// The channel and conversation for what a timer has to say: what no channel would push is told
    /// in the console, where the owner finds it.
    pub(super) fn place_of(
        &self,
        woken: &Woken,
    ) -> Result<Option<(String, ConversationId)>, StoreError> {
        let conversation = woken.conversation.clone();
        let Some(conversation) = conversation.and_then(|id| ConversationId::try_from(id).ok())
        else {
            return Ok(None);
        };
        let named = conversation.as_str().split(':').next().unwrap_or_default();
        if self.pushes(named) || named == "console" {
            return Ok(Some((named.to_owned(), conversation)));
        }
        Ok(Some(("console".to_owned(), console()?)))
    }

    /// Adds the turn that tells what a timer set off; `None` if there is nothing to tell.
    pub(super) fn announce_timer(
        &mut self,
        timer: &Timer,
        woken: Woken,
    ) -> Result<Option<i64>, StoreError> {
        let locale = self.locale()?;
        let (Some(message), Some((channel, conversation))) =
            (self.message_of(&woken, locale)?, self.place_of(&woken)?)
        else {
            return Ok(None);
        };
        let delivery = format!("timer:{}:{}", timer.id, timer.due.millis());
        let seq = turns::next_seq(self.store)?;
        let id = self.ids.turn(seq);
        let cause = Cause::Notice { message };
        let mut turn = Turn::new(seq, id, &channel, conversation, cause);
        self.expect_receipt(&mut turn, &timer.connector, woken.receipt);
        Ok(Some(self.insert(&turn, &delivery)?.seq))
    }

    fn wake(&mut self, timer: &Timer) -> Result<Woken, StoreError> {
        let known = connectors::all()
            .iter()
            .find(|known| known.name() == timer.connector);
        let Some(connector) = known else {
            return Ok(Woken::default());
        };
        let zone = self.zone()?;
        let locale = self.locale()?;
        let conversation = console()?;
        let mut documents = Space::of(self.store, connector.name());
        let woken = connector.wake(
            &timer.document,
            timer.due,
            &mut CallContext {
                now: self.now,
                zone: zone.as_ref(),
                locale,
                conversation: &conversation,
                ids: &mut self.ids,
                documents: &mut documents,
            },
        );
        // A timer whose document is gone or broken has nothing to say.
        Ok(woken.unwrap_or_default())
    }
}
