//! What the planner may ask for: tools, their contracts, calls and results.
//!
//! A contract is data: the effect class of the tool, and for each argument its role. A tool without
//! a contract does not exist. The planner learns of a result only a [`Kind`] and a trust class;
//! the value itself becomes a handle.

mod documents;
mod kind;
mod shape;

pub use documents::{Document, Documents, DocumentsError};
pub use kind::Kind;
pub use shape::Shape;

use crate::http::{Request, Response};
use crate::id::{ConversationId, IdSource, TimerId};
use crate::label::{Integrity, Label};
use crate::message::Locale;
use crate::time::{Timestamp, Zone};
use crate::value::{Item, Step, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a tool does to the world, from harmless to grave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectClass {
    /// Changes nothing and tells nobody.
    Read,
    /// Prepares something that nobody else sees yet.
    Draft,
    /// Changes the owner's own data in a way that can be undone.
    Write,
    /// Others can see it.
    Send,
    /// Destroys something.
    Delete,
    /// Spends money.
    Pay,
    /// Changes who may do what.
    Admin,
}

impl EffectClass {
    /// The word used on cards, in the log and in the console.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Draft => "draft",
            Self::Write => "write",
            Self::Send => "send",
            Self::Delete => "delete",
            Self::Pay => "pay",
            Self::Admin => "admin",
        }
    }
}

/// Where an effect ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// In the agent's own storage.
    Inside,
    /// At an outside service.
    Outside,
}

/// What an argument means for safety.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArgRole {
    /// Decides whom or what the effect hits: a recipient, an amount, an id.
    Control,
    /// What is carried there: a body, a title.
    Content,
    /// Neither: a page size, a display choice.
    Inert,
}

/// What an argument can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgType {
    /// Text of at most so many bytes.
    Text(usize),
    /// A mail address.
    Address,
    /// An identifier of this set, such as `url`, `account`, `user`, `channel`, `id` or `path`. What
    /// a planner writes out must be the owner's words or a known member of the set.
    Name(&'static str),
    /// A whole number in a closed range.
    Integer(i64, i64),
    /// A number, whole or not, such as an amount.
    Number,
    /// Yes or no.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// An instant, given as `2026-11-24T09:00` in the owner's zone or with an offset.
    Instant,
    /// A calendar day, `2026-11-24`.
    Day,
    /// A handle of this kind, or an item of a list of them.
    Object(Kind),
    /// A list of texts and references, for the planner's own replies.
    Parts,
    /// A list of such values.
    List(&'static ArgType),
    /// Any JSON value; references may stand anywhere in it.
    Anything,
}

impl ArgType {
    /// The set that identifiers of this type belong to; `None` for what is no identifier.
    pub fn set(self) -> Option<&'static str> {
        match self {
            Self::Address => Some("mail"),
            Self::Name(set) => Some(set),
            Self::List(inner) => inner.set(),
            // An object inside may name anything.
            Self::Anything => Some("id"),
            Self::Text(_)
            | Self::Integer(..)
            | Self::Number
            | Self::Flag
            | Self::Choice(_)
            | Self::Instant
            | Self::Day
            | Self::Object(_)
            | Self::Parts => None,
        }
    }
}

/// Who learns what a call carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sinks {
    /// Nobody but the owner and the service that the owner's account is at.
    Nobody,
    /// Anybody, or a third party that the owner has no account at.
    Everyone,
    /// Those whom these arguments name.
    Args(&'static [&'static str]),
    /// Those who can read the object behind this argument.
    Object(&'static str),
}

/// One argument of a tool.
#[derive(Debug, Clone, Copy)]
pub struct ArgSpec {
    /// Its name in snake_case.
    pub name: &'static str,
    /// What it holds.
    pub holds: ArgType,
    /// What it means for safety.
    pub role: ArgRole,
    /// Whether a call without it is refused.
    pub required: bool,
    /// One line for the planner.
    pub about: &'static str,
}

/// The contract of a tool.
#[derive(Debug)]
pub struct ToolSpec {
    /// Its name in snake_case, unique over all connectors.
    pub name: &'static str,
    /// One or two sentences for the planner.
    pub about: &'static str,
    /// What it does to the world.
    pub effect: EffectClass,
    /// Where the effect ends.
    pub reach: Reach,
    /// Its arguments; those not named here are refused.
    pub args: &'static [ArgSpec],
    /// What its result is.
    pub returns: Kind,
    /// The closed word for where its results come from, where the kind does not say.
    pub source: Option<&'static str>,
    /// Who learns what a call carries.
    pub sinks: Sinks,
}

impl ToolSpec {
    /// What a call weighs for policy: a read that a third party sees is a send.
    pub fn weight(&self) -> EffectClass {
        match (self.effect, self.sinks) {
            (EffectClass::Read, Sinks::Nobody) => EffectClass::Read,
            (EffectClass::Read, Sinks::Everyone | Sinks::Args(_) | Sinks::Object(_)) => {
                EffectClass::Send
            }
            (effect, _) => effect,
        }
    }

    /// The contract of one argument.
    pub fn arg(&self, name: &str) -> Option<&'static ArgSpec> {
        self.args.iter().find(|arg| arg.name == name)
    }
}

/// A tool call as a planner wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The planner's own id for it, echoed with the result.
    pub id: String,
    /// The tool's name, which may not exist.
    pub tool: String,
    /// The arguments: a JSON object, or [`serde_json::Value::Null`] when it was not valid JSON.
    pub args: serde_json::Value,
}

/// Where the value of an argument came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The planner wrote it out.
    Literal,
    /// It is what this reference stands for.
    Handle(String),
}

/// Whose words stand in what a planner wrote out; the order is that of joining.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wording {
    /// It wrote out nothing: all of it came by handles, or code filled it in.
    None,
    /// The owner said all of it.
    Owner,
    /// Some of it the owner did not say, or cannot be looked up in what they said.
    Planner,
}

/// An argument with its value.
#[derive(Debug, Clone)]
pub struct Argument {
    /// Its contract.
    pub spec: &'static ArgSpec,
    /// Its value, of the type that the contract names, with its label.
    pub item: Item,
    /// Where it came from.
    pub origin: Origin,
    /// Whether every untrusted part is a member of a closed set that the owner curates.
    pub known: bool,
    /// Whose words the planner wrote out here.
    pub wording: Wording,
    /// Whether others' text chose somebody or something here that the owner did not name.
    pub chosen: bool,
}

impl Argument {
    /// An argument that code filled in.
    pub fn new(spec: &'static ArgSpec, item: Item, origin: Origin) -> Self {
        Self {
            spec,
            item,
            origin,
            known: false,
            wording: Wording::None,
            chosen: false,
        }
    }

    /// The label that says how far the choice of whom or what to hit can be relied on. An object
    /// counts by what identifies it, whatever is written in it.
    pub fn control_label(&self) -> Label {
        let ArgType::Object(_) = self.spec.holds else {
            return self.item.total_label();
        };
        let id = self.item.at(&[Step::Field("id".to_owned())]);
        id.map_or_else(|| self.item.label().clone(), |id| id.label().clone())
    }

    /// Whether that label is untrusted, without making it.
    pub fn is_steered(&self) -> bool {
        let untrusted = |label: &Label| label.integrity == Integrity::Untrusted;
        if let ArgType::Object(_) = self.spec.holds {
            let id = self.item.field("id");
            return untrusted(self.item.label()) || id.is_some_and(|id| untrusted(id.label()));
        }
        self.item.any_label(&untrusted)
    }
}

/// What holds at the moment, for all intents or for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Circumstances {
    /// The owner pressed stop.
    pub stopped: bool,
    /// Something untrusted was read in this turn before the call was planned.
    pub exposed: bool,
    /// Untrusted bits had reached the planner when it planned the call.
    pub tainted: bool,
    /// The planner announced the call before either.
    pub announced: bool,
    /// How many calls like it were planned in this turn before, beyond what may go unasked.
    pub in_bulk: bool,
    /// A standing rule of the owner's covers it, limits included.
    pub covered: bool,
    /// It would go over a limit of what may be spent.
    pub over_budget: bool,
}

/// Who learns what a call carries, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Nobody but the owner.
    #[default]
    Nobody,
    /// Anybody; `named` says whether the owner's own words name the place.
    Everyone {
        /// Whether the owner named it.
        named: bool,
    },
    /// These, as labels write them, each with whether the owner's own words name them.
    People(BTreeMap<String, bool>),
}

/// A call whose arguments are resolved and checked against the contract.
#[derive(Debug, Clone)]
pub struct Call {
    /// The tool.
    pub spec: &'static ToolSpec,
    /// Its arguments by name.
    pub args: BTreeMap<&'static str, Argument>,
    /// Who learns what it carries.
    pub audience: Audience,
}

impl Call {
    /// The value of an argument, if it was given.
    pub fn item(&self, name: &str) -> Option<&Item> {
        self.args.get(name).map(|arg| &arg.item)
    }

    /// A text argument; empty if it was not given.
    pub fn text(&self, name: &str) -> &str {
        self.item(name).and_then(Item::text).unwrap_or_default()
    }

    /// A number.
    pub fn int(&self, name: &str) -> Option<i64> {
        let Value::Int(number) = self.item(name)?.peek() else {
            return None;
        };
        Some(*number)
    }

    /// A yes or no; no if it was not given.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.item(name).map(Item::peek), Some(Value::Bool(true)))
    }

    /// An instant.
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        let Value::Time(at) = self.item(name)?.peek() else {
            return None;
        };
        Some(*at)
    }
}

/// Why a call gave no result: a closed list, since the planner is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolError {
    /// The service refuses our credentials.
    #[error("auth")]
    Auth,
    /// The service cannot be reached.
    #[error("offline")]
    Offline,
    /// The service asks us to slow down.
    #[error("rate")]
    Rate,
    /// Policy or the owner said no.
    #[error("refused")]
    Refused,
    /// The owner's time zone is needed and not known.
    #[error("no_zone")]
    NoZone,
    /// The call is not what the contract asks for. Only what the planner wrote itself may end
    /// here, since the text says what is wrong with it.
    #[error("invalid: {argument}: {expected}")]
    Invalid {
        /// The argument, or `tool` if there is no such tool.
        argument: String,
        /// What was expected.
        expected: String,
    },
    /// Everything that content can cause: not found, too large, malformed, or a broken store.
    #[error("unavailable")]
    Unavailable,
    /// The answer to something that must not be repeated was lost: it happened or it did not.
    #[error("unknown")]
    Unknown,
}

/// What a tool hands back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolOutput {
    /// What it is.
    pub kind: Kind,
    /// The value, labelled by the connector.
    pub item: Item,
    /// Timers to set or clear in the same transaction.
    pub timers: Vec<TimerChange>,
}

impl ToolOutput {
    /// An output that touches no timer.
    pub fn new(kind: Kind, item: Item) -> Self {
        Self {
            kind,
            item,
            timers: Vec::new(),
        }
    }
}

/// A change to the timers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerChange {
    /// Wake this tool's connector at an instant, about the document with this id.
    Set {
        /// The timer's id.
        id: TimerId,
        /// When.
        due: Timestamp,
        /// The document it is about.
        document: String,
    },
    /// Forget a timer.
    Clear {
        /// The timer's id.
        id: TimerId,
    },
}

/// What a connector may know while it works on a call.
pub struct CallContext<'a> {
    /// The instant of this step.
    pub now: Timestamp,
    /// The owner's zone, if it is known.
    pub zone: Option<&'a Zone>,
    /// The owner's language.
    pub locale: Locale,
    /// The conversation that the call belongs to.
    pub conversation: &'a ConversationId,
    /// Fresh ids.
    pub ids: &'a mut IdSource,
    /// The connector's own documents.
    pub documents: &'a mut dyn Documents,
}

impl CallContext<'_> {
    /// The owner's zone, or the error that asks for it.
    pub fn zone(&self) -> Result<&Zone, ToolError> {
        self.zone.ok_or(ToolError::NoZone)
    }
}

/// How far a connector got with a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// It needs the answer to a request; `stage` comes back with it.
    Send {
        /// The request, which the allow-list may refuse.
        request: Request,
        /// What the connector wants to remember until then.
        stage: serde_json::Value,
    },
    /// It is done.
    Done(ToolOutput),
}

/// The answer to a request of a connector.
pub type Answer<'a> = &'a Response;
