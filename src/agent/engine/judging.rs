//! What calls are judged by: the owner's words, closed sets, standing rules, the stop switch.

use super::{Conversation, Engine};
use crate::agent::grounds::{Grounds, Words};
use crate::agent::standing::Standing;
use crate::agent::turn::{Cause, Turn};
use crate::connectors;
use crate::models::PromptItem;
use crate::store::documents::Space;
use crate::store::{Store, conversations, facts, from_json, standing};
use crate::time::Timestamp;
use crate::tool::Call;
use std::cell::OnceCell;

/// The grounds of one turn's calls. Rows are read only when a call asks for them.
pub(super) struct Judge<'a> {
    store: Store<'a>,
    conversation: String,
    now: Timestamp,
    here: Words,
    all: OnceCell<Words>,
    rules: OnceCell<Vec<(i64, i64, Standing)>>,
}

impl<'a> Engine<'a> {
    /// What the calls of a turn are judged by.
    pub(super) fn judge(&self, turn: &Turn) -> Judge<'a> {
        let said = match &turn.cause {
            Cause::Owner { text, .. } => text.as_str(),
            Cause::Guest { .. }
            | Cause::Button { .. }
            | Cause::Notice { .. }
            | Cause::Check { .. } => "",
        };
        Judge {
            store: self.store,
            conversation: turn.conversation.as_str().to_owned(),
            now: self.now,
            here: Words::of([said]),
            all: OnceCell::new(),
            rules: OnceCell::new(),
        }
    }
}

impl Judge<'_> {
    /// All that the owner said in the conversation, as far as it is kept, and what they had the
    /// agent remember. A store that fails has
    /// nothing of it: then the owner is asked.
    fn all(&self) -> &Words {
        self.all.get_or_init(|| {
            let kept = conversations::get(self.store, &self.conversation)
                .ok()
                .flatten();
            let kept = kept.and_then(|state| from_json::<Conversation>(&state).ok());
            let items = kept
                .map(|conversation| conversation.items)
                .unwrap_or_default();
            let said = items.iter().filter_map(|item| match item {
                PromptItem::Owner { text } => Some(text.as_str()),
                PromptItem::Planner { .. } | PromptItem::Result { .. } => None,
            });
            // What the owner had the agent remember are their words too.
            let facts = facts::all(self.store).unwrap_or_default();
            Words::of(said.chain(facts.iter().map(|fact| fact.text.as_str())))
        })
    }

    fn rules(&self) -> &[(i64, i64, Standing)] {
        self.rules.get_or_init(|| {
            let rows = standing::all(self.store).unwrap_or_default();
            let read = rows.into_iter().filter_map(|row| {
                let rule = from_json(&row.rule).ok()?;
                Some((row.n, row.used, rule))
            });
            read.collect()
        })
    }

    /// Whether a standing rule that a call was counted for still covers it.
    pub(super) fn still_covers(&self, n: i64, call: &Call) -> bool {
        let rule = self.rules().iter().find(|(number, _, _)| *number == n);
        rule.is_some_and(|(_, used, rule)| {
            rule.covers(call, used.saturating_sub(1), self, self.now)
        })
    }

    /// The number of the standing rule that covers a call.
    pub(super) fn covering(&self, call: &Call) -> Option<i64> {
        self.rules()
            .iter()
            .find(|(_, used, rule)| rule.covers(call, *used, self, self.now))
            .map(|(n, _, _)| *n)
    }
}

impl Grounds for Judge<'_> {
    fn said(&self, set: &str, identifier: &str) -> bool {
        self.here.have(set, identifier) || self.all().have(set, identifier)
    }

    fn said_words(&self, text: &str) -> bool {
        self.here.have_every_word(text) || self.all().have_every_word(text)
    }

    fn knows(&self, set: &str, identifier: &str) -> bool {
        connectors::all().iter().any(|connector| {
            let documents = Space::of(self.store, connector.name());
            connector.knows(set, identifier, &documents)
        })
    }

    fn names(&self, identity: &str) -> bool {
        let Some((set, identifier)) = identity.split_once(':') else {
            return false;
        };
        if self.here.name(set, identifier) {
            return true;
        }
        let mut called = connectors::all().iter().flat_map(|connector| {
            let documents = Space::of(self.store, connector.name());
            connector.called(set, identifier, &documents)
        });
        called.any(|name| self.here.call(&name))
    }

    fn mentions(&self, identity: &str) -> bool {
        let parts = identity.split_once(':');
        parts.is_some_and(|(set, identifier)| self.here.have(set, identifier))
            || self.names(identity)
    }
}
