//! Chat platforms: who may speak, what they said, and how an answer is sent.
//!
//! The order is fixed by types. [`Channel::admit`] looks at the head of a request before its body
//! is read; [`Channel::verify`] turns body bytes into a [`Verified`]; only a [`Verified`] can be
//! parsed. A channel whose secret is not configured does not exist. Channels see no secret: they
//! ask a [`Secrets`] whether a presented value matches.

pub mod body;
pub mod console;
pub mod generic;
pub mod split;
pub mod standard_webhooks;
pub mod telegram;

use crate::http::{Problem, Request, Response};
use crate::message::{Inbound, Locale, Message};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Every channel, in alphabetical order. Whether one exists in a deployment is for
/// [`Channel::is_configured`] to say.
pub fn all() -> &'static [&'static dyn Channel] {
    &[&console::Console, &generic::Generic, &telegram::Telegram]
}

/// Questions about secrets that a channel may ask; the answers never contain one.
pub trait Secrets {
    /// Whether a binding with this name is set and not empty.
    fn is_set(&self, binding: &str) -> bool;
    /// Whether the presented text equals the binding, compared in constant time.
    fn matches(&self, binding: &str, presented: &str) -> bool;
    /// Whether `signature` (base64) is the HMAC-SHA256 of `message` under the binding, whose value
    /// is a Standard Webhooks secret (`whsec_` and base64).
    fn signed(&self, binding: &str, message: &[u8], signature: &str) -> bool;
}

/// The head of an inbound request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Header names in lower case, and their values.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// The first value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A body whose sender is proven. Only [`Channel::verify`] implementations in this module's files
/// make one, through a constructor which is visible to them alone.
#[derive(Debug)]
pub struct Verified {
    body: Vec<u8>,
    delivery: Option<String>,
}

impl Verified {
    /// States that the sender of these bytes is proven. `delivery` is an id that the signature
    /// covers, if there is one.
    pub(in crate::channels) fn new(body: Vec<u8>, delivery: Option<String>) -> Self {
        Self { body, delivery }
    }

    /// The bytes.
    pub(in crate::channels) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The delivery id that the signature covers.
    pub(in crate::channels) fn delivery(&self) -> Option<&str> {
        self.delivery.as_deref()
    }
}

/// The most bytes of a webhook's body.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// A question to the owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The card as plain text, rendered by code.
    pub text: String,
    /// The approval's id, which is all that a button carries.
    pub approval: String,
    /// What an answer through the API is bound to.
    pub call_hash: String,
    /// When it can no longer be answered.
    pub expires_at: Timestamp,
}

/// Something to send to a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outgoing {
    /// A message, split by the channel if it is too long.
    Message {
        /// The message.
        message: Message,
        /// The turn it belongs to.
        turn: String,
        /// Whether the same message may have been sent before.
        repeated: bool,
    },
    /// The questions of one turn, each with a yes and a no button.
    Cards {
        /// The questions.
        cards: Vec<Asked>,
    },
    /// A sign that somebody is at work.
    Typing,
    /// The end of a button press, where the platform waits for one.
    ButtonDone {
        /// What the platform gave us to answer.
        callback: String,
        /// A few words.
        text: String,
    },
}

/// What a platform's answer to a delivery means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It has arrived.
    Delivered,
    /// Try again after so many milliseconds.
    Later(u64),
    /// It will never arrive, for example because the owner blocked the agent.
    Refused,
}

/// A channel.
pub trait Channel: Sync {
    /// Its name; the last part of `/webhook/{channel}` and the name of its routes.
    fn name(&self) -> &'static str;
    /// Whether its secrets are set. If not, its route does not exist.
    fn is_configured(&self, secrets: &dyn Secrets) -> bool;
    /// Refuses by the head alone where the head is enough, before the body is read.
    fn admit(&self, head: &Head, secrets: &dyn Secrets, now: Timestamp) -> Result<(), Problem>;
    /// Proves the sender of a body.
    fn verify(
        &self,
        head: &Head,
        body: Vec<u8>,
        secrets: &dyn Secrets,
        now: Timestamp,
    ) -> Result<Verified, Problem>;
    /// Reads a proven body. An empty list means there is nothing for us in it.
    fn parse(&self, verified: &Verified) -> Result<Vec<Inbound>, Problem>;
    /// Whether the owner may make standing rules here: a person writes, and not a program.
    fn approves(&self) -> bool {
        true
    }
    /// The requests that deliver something, in order; none if this channel has no way to push.
    /// `key` is an idempotency key for channels that take one.
    fn deliver(&self, thread: &str, out: &Outgoing, locale: Locale, key: &str) -> Vec<Request>;
    /// Reads the answer to one of those requests.
    fn receipt(&self, answer: &Response) -> Receipt;
    /// The platform's id of the message that was delivered, where people can reply to one.
    fn delivered_id(&self, _answer: &Response) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod contract;
