//! Keeps the rows in bounds: what is old or beyond a limit goes, a few hundred rows at a time.
//!
//! Nothing that is still open goes, nor anything that an open turn could need: rules, facts, timers
//! and waiting questions are rows of their own, and a conversation with an unfinished turn is left
//! alone. There is no model in it, so the same rows go every time. What was removed is recorded.

use super::Engine;
use crate::audit::Entry;
use crate::message::Locale;
use crate::store::{StoreError, audit, compaction, conversations, sessions};

const DAY_MS: i64 = 24 * 3_600_000;

/// How long a finished turn is kept, in days, as long as the audit log.
pub const TURN_DAYS: i64 = 400;
/// How many turns are kept, not counting strangers'.
pub const TURNS_MAX: i64 = 20_000;
/// How long a stranger's message is kept, in days.
pub const GUEST_DAYS: i64 = 30;
/// How many of strangers' messages are kept.
pub const GUESTS_MAX: i64 = 1_000;
/// How long a delivery is refused as a repeat after its turn is gone, in days.
pub const DELIVERY_DAYS: i64 = 90;
/// How many deliveries are remembered beyond the turns, not counting strangers'.
pub const DELIVERIES_MAX: i64 = 20_000;
/// How many of strangers' deliveries are remembered beyond their turns.
pub const GUEST_DELIVERIES_MAX: i64 = 10_000;
/// How long a conversation is kept in which nothing is said, in days.
pub const CONVERSATION_DAYS: i64 = 90;
/// How many conversations are kept.
pub const CONVERSATIONS_MAX: i64 = 1_000;
/// How long a handle is kept, in days, unless the planner still has it before it.
pub const HANDLE_DAYS: i64 = 90;
/// How many handles of a conversation are kept.
pub const HANDLES_MAX: i64 = 500;
/// How long a question is kept once it is answered or over, in days.
pub const APPROVAL_DAYS: i64 = 90;
/// How many strangers are remembered as greeted.
pub const GREETINGS_MAX: i64 = 1_000;

/// The most rows of a kind that go in one run. The watchdog runs four times an hour.
pub const RUN_MAX: i64 = 300;
/// The most conversations that are looked at in one run.
const LOOKED_AT_MAX: i64 = 20;
/// How long ago a conversation was used whose handles are counted: a few runs, in milliseconds.
const USED_MS: i64 = 2 * 3_600_000;

/// How many of what a run has removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compacted {
    /// Turns.
    pub turns: usize,
    /// Whole conversations.
    pub conversations: usize,
    /// Handles of conversations that go on.
    pub handles: usize,
    /// Answered questions.
    pub approvals: usize,
    /// Deliveries, greetings, sessions: what was remembered of what is long gone.
    pub rest: usize,
}

impl Engine<'_> {
    /// One run of the watchdog's: removes at most `most` rows of each kind, all of them in one
    /// transaction.
    pub fn keep_in_bounds(&mut self, most: i64) -> Result<Compacted, StoreError> {
        self.step(|engine| {
            audit::keep_in_bounds(engine.store, engine.now)?;
            let done = Compacted {
                turns: engine.compact_turns(most)?,
                conversations: engine.compact_conversations()?,
                handles: engine.compact_handles(most)?,
                approvals: compaction::remove_approvals(
                    engine.store,
                    engine.now.plus_millis(-APPROVAL_DAYS * DAY_MS),
                    most,
                )?,
                rest: engine.compact_rest(most)?,
            };
            let noted = Compacted { rest: 0, ..done };
            if noted != Compacted::default() {
                engine.entries.push(Entry::Compacted {
                    turns: done.turns,
                    conversations: done.conversations,
                    handles: done.handles,
                    approvals: done.approvals,
                });
            }
            Ok(done)
        })
    }

    fn compact_turns(&mut self, most: i64) -> Result<usize, StoreError> {
        let newest = compaction::newest_turn(self.store)?;
        let guests = compaction::surplus_of_strangers(self.store, GUESTS_MAX)?;
        let own = compaction::surplus_of_others(self.store, TURNS_MAX)?;
        let mut gone = 0_usize;
        for (strangers, days, below) in [(true, GUEST_DAYS, guests), (false, TURN_DAYS, own)] {
            let before = self.now.plus_millis(-days * DAY_MS);
            for turn in compaction::oldest_turns(self.store, strangers, most)? {
                // The newest one stays in any case: the next is numbered after it.
                if turn.seq != newest && (turn.seq <= below || turn.at < before) {
                    compaction::remove_turn(self.store, turn.seq, self.now)?;
                    gone = gone.saturating_add(1);
                }
            }
        }
        Ok(gone)
    }

    fn compact_conversations(&mut self) -> Result<usize, StoreError> {
        let before = self.now.plus_millis(-CONVERSATION_DAYS * DAY_MS);
        let idle =
            compaction::idle_conversations(self.store, before, CONVERSATIONS_MAX, LOOKED_AT_MAX)?;
        for id in &idle {
            conversations::forget(self.store, id)?;
        }
        Ok(idle.len())
    }

    fn compact_handles(&mut self, most: i64) -> Result<usize, StoreError> {
        let mut gone = 0_usize;
        let since = self.now.plus_millis(-USED_MS);
        for id in compaction::used_conversations(self.store, since, LOOKED_AT_MAX)? {
            let oldest = compaction::surplus_handles(self.store, &id, HANDLES_MAX, most)?;
            gone = gone.saturating_add(self.drop_handles(&id, oldest)?);
        }
        let before = self.now.plus_millis(-HANDLE_DAYS * DAY_MS);
        for (id, name) in compaction::old_handles(self.store, before, most)? {
            gone = gone.saturating_add(self.drop_handles(&id, vec![name])?);
        }
        Ok(gone)
    }

    /// Removes handles of a conversation. Those that its planner still has before it count as new.
    fn drop_handles(&self, id: &str, names: Vec<String>) -> Result<usize, StoreError> {
        let view = conversations::get(self.store, id)?.unwrap_or_default();
        let mut gone = 0_usize;
        for name in names {
            if is_named(&view, &name) {
                compaction::renew_handle(self.store, id, &name, self.now)?;
                continue;
            }
            compaction::remove_handle(self.store, id, &name)?;
            gone = gone.saturating_add(1);
        }
        Ok(gone)
    }

    fn compact_rest(&mut self, most: i64) -> Result<usize, StoreError> {
        let before = self.now.plus_millis(-DELIVERY_DAYS * DAY_MS);
        let mut deliveries = 0_usize;
        for (strangers, kept) in [(true, GUEST_DELIVERIES_MAX), (false, DELIVERIES_MAX)] {
            let gone = compaction::forget_deliveries(self.store, strangers, before, kept, most)?;
            deliveries = deliveries.saturating_add(gone);
        }
        let greetings = compaction::forget_greetings(self.store, GREETINGS_MAX, most)?;
        let closed = sessions::close_over(self.store, self.now)?;
        Ok(deliveries.saturating_add(greetings).saturating_add(closed))
    }

    /// How much is kept, and for how long, in words.
    pub(super) fn kept(&self, locale: Locale) -> Result<String, StoreError> {
        let [turns, strangers, conversations, handles, documents] =
            compaction::amounts(self.store)?;
        let own = turns.count.saturating_sub(strangers.count);
        let kib = |bytes: i64| bytes.saturating_add(1023).div_euclid(1024);
        Ok(match locale {
            Locale::En => format!(
                "Kept besides: {own} turns ({} KiB, the last {TURNS_MAX}, {TURN_DAYS} days), \
                 {} messages of strangers (the last {GUESTS_MAX}, {GUEST_DAYS} days), \
                 {} conversations ({} KiB, the last {CONVERSATIONS_MAX}, {CONVERSATION_DAYS} days \
                 after their last word), {} results in them ({} KiB, {HANDLES_MAX} each, \
                 {HANDLE_DAYS} days), {} documents ({} KiB, until you remove them). \
                 What is over a limit goes by itself; what is open, rules and reminders never do.",
                kib(turns.bytes),
                strangers.count,
                conversations.count,
                kib(conversations.bytes),
                handles.count,
                kib(handles.bytes),
                documents.count,
                kib(documents.bytes),
            ),
            Locale::Fr => format!(
                "Gardé par ailleurs : {own} tours ({} Kio, les {TURNS_MAX} derniers, {TURN_DAYS} \
                 jours), {} messages d'inconnus (les {GUESTS_MAX} derniers, {GUEST_DAYS} jours), \
                 {} conversations ({} Kio, les {CONVERSATIONS_MAX} dernières, {CONVERSATION_DAYS} \
                 jours après leur dernier mot), {} résultats ({} Kio, {HANDLES_MAX} par \
                 conversation, {HANDLE_DAYS} jours), {} documents ({} Kio, jusqu'à ce que vous les \
                 supprimiez). Ce qui dépasse part tout seul ; ce qui est en cours, les règles et \
                 les rappels, jamais.",
                kib(turns.bytes),
                strangers.count,
                conversations.count,
                kib(conversations.bytes),
                handles.count,
                kib(handles.bytes),
                documents.count,
                kib(documents.bytes),
            ),
        })
    }
}

/// Whether a text names a handle, and not only one whose name begins like it.
fn is_named(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let next = text.get(at.saturating_add(name.len())..);
        let next = next.and_then(|rest| rest.chars().next());
        !next.is_some_and(|next| next.is_ascii_alphanumeric() || next == '_')
    })
}
