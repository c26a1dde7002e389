//! What a handle stands for, and what a planner may be told of it.
//!
//! Everything here follows from the kind alone, so nothing that a stranger writes can change it.

use serde::{Deserialize, Serialize};

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
    Page,
    /// What a tool of an MCP server returned; its shape is the server's.
    Data,
    /// What the quarantined model, or code, made of other values.
    Answer,
    /// A text that the quarantined model composed.
    Text,
    /// A summary: for the owner's eyes, no tool takes it.
    Summary,
    /// The results of the same call for every item of a list.
    Done,
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
            Self::Page => "page",
            Self::Data => "data",
            Self::Answer => "answer",
            Self::Text => "text",
            Self::Summary => "summary",
            Self::Done => "done",
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
            | Self::Setting
            | Self::Page
            | Self::Data
            | Self::Answer
            | Self::Text
            | Self::Summary
            | Self::Done => self.stem(),
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
            | Self::Setting
            | Self::Page
            | Self::Data
            | Self::Answer
            | Self::Text
            | Self::Summary
            | Self::Done => None,
        }
    }

    /// Whether such a thing is one value that an argument can take, rather than a record.
    pub fn is_value(self) -> bool {
        matches!(self, Self::Answer | Self::Text)
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
            Self::Page => "web",
            Self::Data => "service",
            Self::Answer | Self::Text | Self::Summary => "derived",
            Self::Done => "agent",
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
            | Self::File
            | Self::Page
            | Self::Data
            | Self::Answer
            | Self::Text
            | Self::Summary
            | Self::Done => "untrusted",
        }
    }

    /// The fields that such a thing shows, in order; the first is its headline.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Mails | Self::Mail => &[
                "subject",
                "from",
                "sender",
                "to",
                "date",
                "unread",
                "flagged",
                "folder",
                "authenticated",
                "body",
                "attachments",
            ],
            Self::Draft => &["subject", "to", "body", "state"],
            Self::Events | Self::Event => &[
                "title",
                "start",
                "end",
                "place",
                "attendees",
                "organiser",
                "about",
            ],
            Self::Contacts | Self::Contact => &["name", "address", "phone"],
            Self::Notes | Self::Note => &["text", "at"],
            Self::Reminders | Self::Reminder => {
                &["text", "at", "repeat", "told", "where", "receipt"]
            }
            Self::Message => &["text", "from"],
            Self::File => &["name", "type", "text"],
            Self::Setting => &["name", "value"],
            Self::Page => &["title", "url", "text"],
            Self::Data | Self::Answer | Self::Text | Self::Summary | Self::Done => &[],
        }
    }
}
