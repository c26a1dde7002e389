//! What the planner may ask for: tools, their contracts, calls and results.
//!
//! A contract is data: the effect class of the tool, and for each argument its role. A tool without
//! a contract does not exist. The planner learns of a result only a [`Kind`] and a trust class;
//! the value itself becomes a handle.

use crate::http::{Request, Response};
use crate::id::{ConversationId, IdSource, TimerId};
use crate::message::Locale;
use crate::time::{Timestamp, Zone};
use crate::value::{Item, Value};
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
    /// A whole number in a closed range.
    Integer(i64, i64),
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
}

/// One argument of a tool.
#[derive(Debug)]
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
}

impl ToolSpec {
    /// The contract of one argument.
    pub fn arg(&self, name: &str) -> Option<&'static ArgSpec> {
        self.args.iter().find(|arg| arg.name == name)
    }
}

/// What a handle stands for. A list and its items share a stem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Kind {
    Mails,
    Mail,
    Draft,
    Events,
    Event,
    Contacts,
    Contact,
    Notes,
    Note,
    Reminders,
    Reminder,
    Message,
    File,
    Setting,
}

impl Kind {
    /// The word in a handle's name: `$mail_2`.
    pub fn stem(self) -> &'static str {
        match self {
            Self::Mails | Self::Mail => "mail",
            Self::Draft => "draft",
            Self::Events | Self::Event => "event",
            Self::Contacts | Self::Contact => "contact",
            Self::Notes | Self::Note => "note",
            Self::Reminders | Self::Reminder => "reminder",
            Self::Message => "message",
            Self::File => "file",
            Self::Setting => "setting",
        }
    }

    /// The kind's own word: `mails`, `mail`, …
    pub fn word(self) -> &'static str {
        match self {
            Self::Mails => "mails",
            Self::Events => "events",
            Self::Contacts => "contacts",
            Self::Notes => "notes",
            Self::Reminders => "reminders",
            Self::Mail
            | Self::Draft
            | Self::Event
            | Self::Contact
            | Self::Note
            | Self::Reminder
            | Self::Message
            | Self::File
            | Self::Setting => self.stem(),
        }
    }

    /// What an item of such a list is; `None` for what is no list.
    pub fn item(self) -> Option<Self> {
        match self {
            Self::Mails => Some(Self::Mail),
            Self::Events => Some(Self::Event),
            Self::Contacts => Some(Self::Contact),
            Self::Notes => Some(Self::Note),
            Self::Reminders => Some(Self::Reminder),
            Self::Mail
            | Self::Draft
            | Self::Event
            | Self::Contact
            | Self::Note
            | Self::Reminder
            | Self::Message
            | Self::File
            | Self::Setting => None,
        }
    }

    /// The closed word for where such things come from.
    pub fn source(self) -> &'static str {
        match self {
            Self::Mails | Self::Mail | Self::Draft => "mail",
            Self::Events | Self::Event => "calendar",
            Self::Contacts | Self::Contact => "contacts",
            Self::Notes | Self::Note => "notes",
            Self::Reminders | Self::Reminder => "reminders",
            Self::Message => "chat",
            Self::File => "file",
            Self::Setting => "settings",
        }
    }

    /// The trust class that a planner is told. It follows from the kind alone, so that no content
    /// can change what a planner sees.
    pub fn trust(self) -> &'static str {
        match self {
            Self::Contacts | Self::Contact | Self::Setting => "owner",
            Self::Mails
            | Self::Mail
            | Self::Draft
            | Self::Events
            | Self::Event
            | Self::Notes
            | Self::Note
            | Self::Reminders
            | Self::Reminder
            | Self::Message
            | Self::File => "untrusted",
        }
    }

    /// The fields that such a thing shows, in order; the first is its headline.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Mails | Self::Mail => &["subject", "from", "to", "date", "unread", "body"],
            Self::Draft => &["subject", "to", "body", "state"],
            Self::Events | Self::Event => &["title", "start", "end", "place", "attendees", "about"],
            Self::Contacts | Self::Contact => &["name", "address", "phone"],
            Self::Notes | Self::Note => &["text", "at"],
            Self::Reminders | Self::Reminder => &["text", "at", "repeat"],
            Self::Message => &["text", "from"],
            Self::File => &["name", "type", "text"],
            Self::Setting => &["name", "value"],
        }
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

/// An argument with its value.
#[derive(Debug, Clone)]
pub struct Argument {
    /// Its contract.
    pub spec: &'static ArgSpec,
    /// Its value, of the type that the contract names, with its label.
    pub item: Item,
    /// Where it came from.
    pub origin: Origin,
}

/// A call whose arguments are resolved and checked against the contract.
#[derive(Debug, Clone)]
pub struct Call {
    /// The tool.
    pub spec: &'static ToolSpec,
    /// Its arguments by name.
    pub args: BTreeMap<&'static str, Argument>,
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

/// A small store for a connector's own documents, inside the turn's transaction.
///
/// Each connector sees its own documents only. Bodies are JSON of at most 256 KiB.
pub trait Documents {
    /// One document.
    fn get(&self, collection: &str, id: &str) -> Result<Option<Document>, DocumentsError>;
    /// Documents whose sort key lies in `from..to`, in ascending order, at most `limit`.
    fn list(
        &self,
        collection: &str,
        from: i64,
        to: i64,
        limit: u32,
    ) -> Result<Vec<Document>, DocumentsError>;
    /// Writes a document, replacing one of the same id.
    fn put(&mut self, collection: &str, document: Document) -> Result<(), DocumentsError>;
    /// Removes a document; `false` if there was none.
    fn remove(&mut self, collection: &str, id: &str) -> Result<bool, DocumentsError>;
}

/// One document of a connector.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its id within the collection.
    pub id: String,
    /// What it is ordered by, usually milliseconds since 1970.
    pub sort: i64,
    /// Its body.
    pub body: serde_json::Value,
}

/// The store could not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentsError {
    /// The body is over the limit.
    #[error("a document has at most 256 KiB")]
    TooLarge,
    /// The storage refused or failed.
    #[error("the storage did not answer")]
    Storage,
}

impl From<DocumentsError> for ToolError {
    fn from(_: DocumentsError) -> Self {
        Self::Unavailable
    }
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
