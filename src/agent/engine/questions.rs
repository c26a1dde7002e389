//! Questions to the owner: asked together, pushed within limits, told where nothing can be pushed.
//!
//! People who are asked too often say yes to everything. So the questions of a turn go in one
//! message once its planner is done, at most three of them, and what a source that was refused
//! twice today had a say in is not pushed: it waits in the list.

use super::{Engine, planner};
use crate::agent::effect::{Body, Job};
use crate::agent::planner::Found;
use crate::agent::turn::Turn;
use crate::approval::Approval;
use crate::audit::Entry;
use crate::channels::{Asked, Outgoing};
use crate::id::ApprovalId;
use crate::message::{Locale, Message};
use crate::policy::Reason;
use crate::store::documents::Space;
use crate::store::tallies::{self, Tally};
use crate::store::{StoreError, approvals};
use crate::tool::ToolError;

/// How many questions of one turn are pushed; the others wait in the list.
const PUSHED_MAX: usize = 3;
/// How many refusals of one source end the pushing of its questions for the day.
const REFUSALS_MAX: u32 = 2;

impl Engine<'_> {
    /// Writes a question down, and tells of it where it is not pushed.
    pub(super) fn ask_owner(
        &mut self,
        turn: &mut Turn,
        approval: &Approval,
        jobs: &mut Vec<Job>,
    ) -> Result<(), StoreError> {
        approvals::insert(self.store, approval)?;
        self.entries.push(Entry::Asked {
            turn: turn.id.to_string(),
            approval: approval.id.to_string(),
            call_hash: approval.call_hash.clone(),
        });
        if !turn.held && self.pushes(&turn.channel) {
            turn.unpushed.push(approval.id.clone());
            return Ok(());
        }
        // A caller who holds the line gets the question with the answer; the console shows it.
        let waits = turn
            .locale
            .pick("This waits for your yes", "Ceci attend votre accord");
        let why = sentence(&approval.reason, turn.locale);
        let words = format!("{waits}: {}. {why}", approval.card.summary());
        self.tell(turn, Message::say(words), jobs)
    }

    /// Says why a connector gave no result, where it has more to say than that. It is the owner who
    /// hears it, and no planner.
    pub(super) fn say_why(
        &mut self,
        turn: &mut Turn,
        tool: &str,
        error: &ToolError,
        jobs: &mut Vec<Job>,
    ) -> Result<(), StoreError> {
        let Some(Found::Works(connector, _)) = planner::find(tool) else {
            return Ok(());
        };
        let documents = Space::of(self.store, connector.name());
        let Some(words) = connector.why(tool, error, turn.locale, &documents) else {
            return Ok(());
        };
        let message = Message::say(words);
        // One account may stand in the way of several calls.
        let told = turn.messages.iter().any(|said| said.message == message);
        if told {
            return Ok(());
        }
        self.tell(turn, message, jobs)
    }

    /// Tells the owner something that is no step of the turn.
    pub(super) fn tell(
        &mut self,
        turn: &mut Turn,
        message: Message,
        jobs: &mut Vec<Job>,
    ) -> Result<(), StoreError> {
        let mut effects = Vec::new();
        turn.tell(message, self.now, &mut effects);
        let mut events = std::collections::VecDeque::new();
        for effect in effects {
            self.perform(turn, effect, &mut events, jobs)?;
        }
        Ok(())
    }

    /// Pushes the questions of a turn together, once its planner is done.
    pub(super) fn push_questions(
        &mut self,
        turn: &mut Turn,
        jobs: &mut Vec<Job>,
    ) -> Result<(), StoreError> {
        if !turn.planned || turn.unpushed.is_empty() {
            return Ok(());
        }
        let mut loud = Vec::new();
        let mut quiet = 0_usize;
        for id in std::mem::take(&mut turn.unpushed) {
            let Some(asked) = approvals::get(self.store, &id)? else {
                continue;
            };
            if loud.len() < PUSHED_MAX && !self.is_tiresome(&asked)? {
                loud.push(id);
            } else {
                quiet = quiet.saturating_add(1);
            }
        }
        if !loud.is_empty() {
            self.post(turn, &Body::cards(loud), jobs)?;
        }
        if quiet > 0 {
            let words = match turn.locale {
                Locale::En => format!(
                    "{quiet} more of this turn's actions wait for your yes; /approvals lists them."
                ),
                Locale::Fr => format!(
                    "{quiet} autres actions de ce tour attendent votre accord ; /approbations les montre."
                ),
            };
            self.tell(turn, Message::say(words), jobs)?;
        }
        Ok(())
    }

    /// Whether a source that had a say in it was refused too often today.
    fn is_tiresome(&self, asked: &Approval) -> Result<bool, StoreError> {
        for source in &asked.sources {
            if tallies::get(self.store, Tally::Refusals, source, self.now)? >= REFUSALS_MAX {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Counts a refusal for each source that had a say.
    pub(super) fn refused(&mut self, asked: &Approval) -> Result<(), StoreError> {
        for source in &asked.sources {
            tallies::add(self.store, Tally::Refusals, source, 1, self.now)?;
        }
        Ok(())
    }

    /// The message that shows questions; `None` if none of them waits any more.
    pub(super) fn cards(
        &self,
        turn: &Turn,
        ids: &[ApprovalId],
    ) -> Result<Option<Outgoing>, StoreError> {
        let mut cards = Vec::new();
        for id in ids {
            let Some(asked) = approvals::get(self.store, id)? else {
                continue;
            };
            if asked.status != crate::approval::Status::Waiting {
                continue;
            }
            let why = sentence(&asked.reason, turn.locale);
            cards.push(Asked {
                text: format!("{}\n{why}", asked.card.plain(turn.locale)),
                approval: asked.id.to_string(),
                call_hash: asked.call_hash,
                expires_at: asked.expires_at,
            });
        }
        Ok((!cards.is_empty()).then_some(Outgoing::Cards { cards }))
    }
}

/// The sentence of a reason, by its code.
pub(super) fn sentence(code: &str, locale: Locale) -> &'static str {
    let known = Reason::ALL.iter().find(|reason| reason.code() == code);
    let (english, french) = known.map_or(("", ""), |reason| reason.sentence());
    locale.pick(english, french)
}
