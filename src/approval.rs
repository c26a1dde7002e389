//! Questions to the owner about exact calls.
//!
//! A card is rendered by code from the resolved call, control arguments first and complete; no
//! model writes a word of it. The approval is bound to a hash of the call with its labels, the
//! turn, the conversation and the expiry. It is single-use: redeeming yields an [`Approved`], which
//! only this file makes. Storage and the compare-and-swap are in `store::approvals`.

use crate::id::{ApprovalId, hex};
use crate::inert::{inert, inert_whole};
use crate::label::Integrity;
use crate::message::Locale;
use crate::time::Timestamp;
use crate::tool::{ArgRole, ArgType, Call, Circumstances, EffectClass, Kind, ToolCall};
use crate::value::{Item, Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// How long an approval can be given, in milliseconds: 24 hours.
pub const LIFETIME_MS: i64 = 24 * 3_600_000;
/// The same for what spends money or changes rights: 15 minutes.
pub const GRAVE_LIFETIME_MS: i64 = 15 * 60_000;

/// How long an approval of a call with this effect can be given, in milliseconds.
pub fn lifetime_ms(effect: EffectClass) -> i64 {
    match effect {
        EffectClass::Pay | EffectClass::Admin => GRAVE_LIFETIME_MS,
        EffectClass::Read
        | EffectClass::Draft
        | EffectClass::Write
        | EffectClass::Send
        | EffectClass::Delete => LIFETIME_MS,
    }
}

/// How many characters of a value a summary has.
const SUMMARY_CHARS_MAX: usize = 100;

/// What became of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has answered.
    Waiting,
    /// The owner said yes; the call runs or has run, once.
    Approved,
    /// The owner said no.
    Denied,
    /// Nobody answered in time, or the turn was cancelled.
    Expired,
}

impl Status {
    /// The word in rows and APIs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
        }
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Its id: 128 random bits.
    pub id: ApprovalId,
    /// The turn that asks, by its number.
    pub turn: i64,
    /// The call as the planner wrote it.
    pub call: ToolCall,
    /// What the owner is shown.
    pub card: Card,
    /// What the answer is bound to.
    pub call_hash: String,
    /// When it can no longer be given.
    pub expires_at: Timestamp,
    /// What became of it.
    pub status: Status,
    /// Whose text had a say in it: the sources of what is untrusted in the call.
    pub sources: BTreeSet<String>,
    /// Why the owner is asked: a reason's code.
    pub reason: String,
}

/// The sources of what is untrusted in a call.
pub fn untrusted_sources(call: &Call) -> BTreeSet<String> {
    fn collect(item: &Item, into: &mut BTreeSet<String>) {
        if item.label().integrity == Integrity::Untrusted || item.label().selected {
            into.extend(item.label().sources.iter().cloned());
        }
        match item.peek() {
            Value::List(items) => items.iter().for_each(|item| collect(item, into)),
            Value::Record(fields) => fields.values().for_each(|item| collect(item, into)),
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Time(_) => {}
        }
    }
    let mut sources = BTreeSet::new();
    for argument in call.args.values() {
        collect(&argument.item, &mut sources);
    }
    sources.remove("planner");
    sources
}

/// What the owner is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The tool.
    pub tool: String,
    /// Its effect class.
    pub effect: String,
    /// Its arguments, control arguments first.
    pub lines: Vec<CardLine>,
}

/// One argument on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardLine {
    /// The argument's name.
    pub name: String,
    /// Its whole value, made inert.
    pub value: String,
    /// `control`, `content` or `inert`.
    pub role: ArgRole,
    /// Its integrity.
    pub trust: String,
    /// Where it came from; empty for the owner's own words.
    pub source: String,
}

/// Proof that the owner said yes to one exact call. Only [`redeem`] makes one.
#[derive(Debug)]
pub struct Approved {
    _sealed: (),
}

/// Why an answer does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// There is no such question.
    #[error("there is no such approval")]
    Unknown,
    /// It was answered before.
    #[error("this approval was answered before")]
    Answered,
    /// It is too late.
    #[error("this approval has expired; ask again")]
    Expired,
    /// The call is not the one that was shown.
    #[error("the call has changed since this approval was asked for")]
    Differs,
}

/// What an approval is bound to.
#[derive(Debug, Clone, Copy)]
pub struct Binding<'a> {
    /// The turn that asks.
    pub turn: &'a str,
    /// The channel and the conversation it asks in; whoever is the owner there may answer.
    pub channel: &'a str,
    /// The conversation.
    pub conversation: &'a str,
    /// The owner's words that set the turn off.
    pub words: &'a str,
    /// What held when the call was planned.
    pub facts: Circumstances,
    /// The end of its life.
    pub expires_at: Timestamp,
}

/// The hash of a call in its circumstances: any change in any of them changes it.
pub fn call_hash(call: &Call, binding: &Binding<'_>) -> String {
    let args: serde_json::Map<String, serde_json::Value> = call
        .args
        .iter()
        .map(|(name, arg)| {
            (
                (*name).to_owned(),
                serde_json::json!({"item": arg.item, "origin": arg.origin, "known": arg.known}),
            )
        })
        .collect();
    // serde_json keeps object keys in order, so the same call has the same bytes.
    let canonical = serde_json::json!({
        "tool": call.spec.name,
        "args": args,
        "audience": call.audience,
        "turn": binding.turn,
        "channel": binding.channel,
        "conversation": binding.conversation,
        "words": binding.words,
        "facts": binding.facts,
        "expires_at": binding.expires_at,
    });
    hex(&Sha256::digest(canonical.to_string().as_bytes()))
}

/// Uses an approval that the owner gave, for the call as it stands now. A call that had to wait for
/// others after the yes may come too late for it.
pub fn redeem(
    approval: &Approval,
    hash_now: &str,
    now: Timestamp,
) -> Result<Approved, ApprovalError> {
    match approval.status {
        Status::Approved if now >= approval.expires_at => Err(ApprovalError::Expired),
        Status::Approved if approval.call_hash == hash_now => Ok(Approved { _sealed: () }),
        Status::Approved => Err(ApprovalError::Differs),
        Status::Waiting => Err(ApprovalError::Unknown),
        Status::Denied => Err(ApprovalError::Answered),
        Status::Expired => Err(ApprovalError::Expired),
    }
}

/// Checks an answer before it is stored.
pub fn check_answer(approval: &Approval, hash: &str, now: Timestamp) -> Result<(), ApprovalError> {
    match approval.status {
        Status::Expired => Err(ApprovalError::Expired),
        Status::Approved | Status::Denied => Err(ApprovalError::Answered),
        Status::Waiting if now >= approval.expires_at => Err(ApprovalError::Expired),
        Status::Waiting if approval.call_hash != hash => Err(ApprovalError::Differs),
        Status::Waiting => Ok(()),
    }
}

/// Renders the card of a call.
pub fn card(call: &Call) -> Card {
    let mut lines: Vec<CardLine> = call
        .args
        .values()
        .map(|arg| {
            let label = arg.item.total_label();
            CardLine {
                name: arg.spec.name.to_owned(),
                value: inert_whole(&if let ArgType::Object(kind) = arg.spec.holds {
                    in_order(&arg.item, kind)
                } else {
                    spelled_out(&arg.item)
                }),
                role: arg.spec.role,
                trust: label.integrity.word().to_owned(),
                source: label
                    .sources
                    .iter()
                    .map(|s| inert(s))
                    .collect::<Vec<_>>()
                    .join(", "),
            }
        })
        .collect();
    lines.sort_by_key(|line| match line.role {
        ArgRole::Control => 0,
        ArgRole::Content => 1,
        ArgRole::Inert => 2,
    });
    Card {
        tool: call.spec.name.to_owned(),
        effect: call.spec.effect.word().to_owned(),
        lines,
    }
}

impl Card {
    /// One line that names the tool and how its control arguments begin; the card has them whole.
    pub fn summary(&self) -> String {
        let mut text = format!("{} ({})", self.tool, self.effect);
        for line in self
            .lines
            .iter()
            .filter(|line| line.role == ArgRole::Control)
        {
            let first = line.value.lines().next().unwrap_or_default();
            let brief: String = first.chars().take(SUMMARY_CHARS_MAX).collect();
            let cut = if brief.len() < line.value.len() {
                " …"
            } else {
                ""
            };
            text.push_str(&format!(" · {}: {brief}{cut}", line.name));
        }
        text
    }

    /// The whole card as plain text, for channels without a card of their own.
    pub fn plain(&self, locale: Locale) -> String {
        let ask = locale.pick("May I do this?", "Puis-je faire ceci ?");
        let mut text = format!("{ask}\n{} ({})", self.tool, self.effect);
        for line in &self.lines {
            let value = line.value.replace('\n', "\n  | ");
            text.push_str(&format!("\n{}: {value}", line.name));
            if !line.source.is_empty() {
                text.push_str(&format!(" [{}, {}]", line.trust, line.source));
            }
        }
        text
    }
}

/// An object in full, its fields in the order in which such a thing is shown.
fn in_order(item: &Item, kind: Kind) -> String {
    let Value::Record(fields) = item.peek() else {
        return spelled_out(item);
    };
    let known = kind
        .fields()
        .iter()
        .filter_map(|name| fields.get_key_value(*name));
    let others = fields
        .iter()
        .filter(|(name, _)| !kind.fields().contains(&name.as_str()));
    let lines = known
        .chain(others)
        .map(|(name, item)| format!("{name}: {}", indented(item)));
    lines.collect::<Vec<_>>().join("\n")
}

/// A value in full, for a card: nothing is cut.
fn spelled_out(item: &Item) -> String {
    match item.peek() {
        Value::Null => String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Time(at) => at.to_rfc3339(),
        Value::List(items) => items.iter().map(indented).collect::<Vec<_>>().join("\n"),
        Value::Record(fields) => fields
            .iter()
            .map(|(name, item)| format!("{name}: {}", indented(item)))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

/// The same inside another value: further lines stand one step in, so that none of them can pass
/// for a field of what holds them.
fn indented(item: &Item) -> String {
    spelled_out(item).replace('\n', "\n  | ")
}

#[cfg(test)]
mod tests;
