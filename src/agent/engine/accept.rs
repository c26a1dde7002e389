//! Accepting what comes in: idempotent, and stored before anything is done about it.

use super::Engine;
use crate::agent::commands::Command;
use crate::agent::turn::{Cause, Turn};
use crate::audit::Entry;
use crate::channels::generic::DELIVERY_AUTO;
use crate::egress::redact::Redactor;
use crate::id::{ConversationId, TurnId};
use crate::label::{Label, Labeled, Readers};
use crate::message::{Author, Content, Inbound, Message};
use crate::store::turns::{self, TurnRow};
use crate::store::{StoreError, from_json, settings, to_json};

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The turn's number.
    pub seq: i64,
    /// The turn's id.
    pub id: TurnId,
    /// Whether this delivery began the turn; `false` for one that came before.
    pub fresh: bool,
    /// Whether it is a control command or a button, which does not wait for its turn.
    pub control: bool,
}

/// The longest an account's pairing code is valid, in milliseconds: one hour.
pub(super) const PAIRING_MS: i64 = 3_600_000;
/// How many wrong codes end a pairing.
const PAIRING_TRIES_MAX: u32 = 5;

impl Engine<'_> {
    /// Stores a message as a turn, once. `held` says that the caller waits for the answer.
    pub fn accept(&mut self, inbound: &Inbound, held: bool) -> Result<Accepted, StoreError> {
        let written = to_json(inbound)?;
        let redactor = Redactor::new(self.vault);
        let scrubbed;
        // A secret that is pasted into a chat is neither stored nor shown to a model.
        let inbound = if redactor.finds(written.as_bytes()) {
            scrubbed = from_json(&redactor.text(written))?;
            &scrubbed
        } else {
            inbound
        };
        self.step(|engine| {
            // A guest's ids are their own, so that they cannot use up one of the owner's.
            let by = match &inbound.author {
                Author::Guest(name) => format!("guest:{name}:"),
                Author::Owner | Author::Account(_) => String::new(),
            };
            let delivery = match inbound.delivery.as_str() {
                DELIVERY_AUTO => format!("{}:{}", inbound.channel, engine.ids.token()),
                given => format!("{}:{by}id:{given}", inbound.channel),
            };
            if let Some((seq, id)) = turns::by_delivery(engine.store, &delivery)? {
                return Ok(Accepted {
                    seq,
                    id,
                    fresh: false,
                    control: false,
                });
            }
            let cause = engine.cause_of(inbound)?;
            engine.add(
                &inbound.channel,
                &inbound.conversation,
                &delivery,
                cause,
                held,
            )
        })
    }

    /// Adds a turn that is not there yet.
    pub(in crate::agent) fn add(
        &mut self,
        channel: &str,
        conversation: &ConversationId,
        delivery: &str,
        cause: Cause,
        held: bool,
    ) -> Result<Accepted, StoreError> {
        let seq = turns::next_seq(self.store)?;
        let id = self.ids.turn(seq);
        let mut turn = Turn::new(seq, id, channel, conversation.clone(), cause);
        turn.held = held;
        self.insert(&turn, delivery)
    }

    /// Writes the row of a new turn.
    pub(in crate::agent) fn insert(
        &mut self,
        turn: &Turn,
        delivery: &str,
    ) -> Result<Accepted, StoreError> {
        let (author, bytes, control) = match &turn.cause {
            Cause::Owner { text, .. } => ("owner", text.len(), Command::parse(text).is_some()),
            Cause::Guest { text, .. } => ("guest", text.peek().len(), false),
            Cause::Button { .. } => ("owner", 0, true),
            Cause::Notice { .. } | Cause::Check { .. } => ("code", 0, false),
        };
        self.entries.push(Entry::Accepted {
            turn: turn.id.to_string(),
            channel: turn.channel.clone(),
            author: author.to_owned(),
            bytes,
        });
        let row = TurnRow {
            seq: turn.seq,
            id: turn.id.clone(),
            delivery: delivery.to_owned(),
            conversation: turn.conversation.as_str().to_owned(),
            status: turn.status,
            // The first attempt is counted here; see `platform::executor`.
            attempts: 1,
            lane: turn.lane(),
            at: self.now,
            state: to_json(turn)?,
        };
        turns::insert(self.store, &row)?;
        Ok(Accepted {
            seq: turn.seq,
            id: turn.id.clone(),
            fresh: true,
            control,
        })
    }

    fn cause_of(&mut self, inbound: &Inbound) -> Result<Cause, StoreError> {
        let owner = match &inbound.author {
            Author::Owner => true,
            Author::Guest(_) => false,
            Author::Account(id) => {
                let paired = settings::get(self.store, &format!("owner:{}", inbound.channel))?;
                let owner = paired.as_deref() == Some(id.as_str());
                if !owner
                    && let Content::Text { text, .. } = &inbound.content
                    && let Some(cause) = self.pair(&inbound.channel, id, text)?
                {
                    return Ok(cause);
                }
                owner
            }
        };
        Ok(match (&inbound.content, owner) {
            (
                Content::Text {
                    text,
                    attachments,
                    reply_to,
                },
                true,
            ) => Cause::Owner {
                text: text.clone(),
                attachments: attachments.clone(),
                reply_to: reply_to.clone(),
            },
            (Content::Button { data, callback }, true) => {
                let (answer, approval) = data.split_once(':').unwrap_or_default();
                Cause::Button {
                    approval: approval.to_owned(),
                    yes: answer == "y",
                    callback: callback.clone(),
                }
            }
            (Content::Text { text, .. }, false) => self.guest(inbound, text)?,
            (Content::Button { .. }, false) => self.guest(inbound, "")?,
        })
    }

    /// Pairs an account that sends the right code; `None` for any other text.
    fn pair(&mut self, channel: &str, id: &str, text: &str) -> Result<Option<Cause>, StoreError> {
        let name = format!("pairing:{channel}");
        let Some(open) = settings::get(self.store, &name)? else {
            return Ok(None);
        };
        let mut parts = open.split('|');
        let code = parts.next().unwrap_or_default();
        let until: i64 = parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
        let tries: u32 = parts
            .next()
            .and_then(|part| part.parse().ok())
            .unwrap_or(u32::MAX);
        let given = text.trim();
        let given = given
            .strip_prefix("/start")
            .unwrap_or(given)
            .trim()
            .to_uppercase();
        // Only what could be a code is a try: strangers' small talk must not use them up.
        if given.len() != code.len() || !given.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(None);
        }
        if self.now.millis() > until || tries >= PAIRING_TRIES_MAX {
            settings::remove(self.store, &name)?;
            return Ok(None);
        }
        if !crate::signature::equal(&given, code) {
            let next = format!("{code}|{until}|{}", tries.saturating_add(1));
            settings::set(self.store, &name, &next)?;
            return Ok(None);
        }
        settings::remove(self.store, &name)?;
        settings::set(self.store, &format!("owner:{channel}"), id)?;
        self.entries.push(Entry::Setting {
            name: format!("owner:{channel}"),
            value: "paired".into(),
        });
        let words = self.locale()?.pick(
            "Paired. I take requests from this account now. /help says what I can do.",
            "Associé. J'accepte maintenant les demandes de ce compte. /aide dit ce que je sais faire.",
        );
        Ok(Some(Cause::Notice {
            message: Message::say(words),
        }))
    }
}

impl Engine<'_> {
    /// What somebody else wrote.
    fn guest(&mut self, inbound: &Inbound, text: &str) -> Result<Cause, StoreError> {
        let name = match &inbound.author {
            Author::Owner => "owner",
            Author::Account(name) | Author::Guest(name) => name,
        };
        // A stranger who begins a chat is told once why nothing happens; no more, so that nobody
        // can make the agent talk. On the webhook the answer goes to the bridge that asked.
        let begins = matches!(inbound.author, Author::Account(_)) && text.trim() == "/start";
        let greeted = format!("greeted:{}", inbound.conversation);
        let new = begins && settings::get(self.store, &greeted)?.is_none();
        if new {
            settings::set(self.store, &greeted, &self.now.millis().to_string())?;
        }
        let label = Label::untrusted(&format!("chat:{name}"), Readers::owner());
        Ok(Cause::Guest {
            name: name.to_owned(),
            text: Labeled::new(text.to_owned(), label),
            answered: new || matches!(inbound.author, Author::Guest(_)),
        })
    }
}
