//! What comes in from a channel and what goes out to one.
//!
//! An [`Inbound`] says who wrote it by the channel's own identity, never by what the text claims.
//! A [`Message`] keeps the agent's words apart from quoted material, so every channel can show the
//! difference. This file renders to plain text only; a platform's markup lives with its channel.

use crate::id::{ConversationId, DeliveryId};
use serde::{Deserialize, Serialize};

/// The language of the product's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

impl Locale {
    /// The language of a code such as `fr` or `fr-CA`; `None` for one that is not spoken here.
    pub fn from_code(code: &str) -> Option<Self> {
        match code.split('-').next() {
            Some("en") => Some(Self::En),
            Some("fr") => Some(Self::Fr),
            _ => None,
        }
    }

    /// The code, as it is stored.
    pub fn code(self) -> &'static str {
        self.pick("en", "fr")
    }

    /// Picks the text in this language.
    pub fn pick<T>(self, english: T, french: T) -> T {
        match self {
            Self::En => english,
            Self::Fr => french,
        }
    }
}

/// Who wrote a message, as the channel attests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The owner, by the channel's own authentication.
    Owner,
    /// An account of the platform; it is the owner only if it was paired.
    Account(String),
    /// Somebody else, who has no commands.
    Guest(String),
}

/// One message or button press from a channel, in one shape for all channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbound {
    /// The channel's name.
    pub channel: String,
    /// What the platform calls this delivery, unique per channel.
    pub delivery: DeliveryId,
    /// The thread, written `channel:thread`.
    pub conversation: ConversationId,
    /// Who wrote it.
    pub author: Author,
    /// What happened.
    pub content: Content,
}

/// What happened on the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A text, with files.
    Text {
        /// The text as it was written.
        text: String,
        /// Files that came with it; their content is untrusted whoever sent it.
        #[serde(default)]
        attachments: Vec<Attachment>,
        /// The message that it answers, by the platform's id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<String>,
    },
    /// A press on one of our buttons.
    Button {
        /// The opaque value of the button.
        data: String,
        /// What the platform wants answered, if it does.
        callback: Option<String>,
    },
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// The file's name, chosen by whoever made it.
    pub name: String,
    /// Its media type, for example `text/plain`.
    #[serde(default = "Attachment::octets")]
    pub content_type: String,
    /// Its bytes in base64.
    pub data: String,
}

impl Attachment {
    fn octets() -> String {
        "application/octet-stream".to_owned()
    }
}

/// One part of a message to the owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// The agent's own words.
    Say {
        /// The words.
        text: String,
    },
    /// One value from outside, made inert.
    Quote {
        /// The closed word for where it is from.
        source: String,
        /// The text.
        text: String,
    },
    /// A record or a list, rendered by code.
    Shown {
        /// The product's own heading.
        title: String,
        /// The closed word for where it is from.
        source: String,
        /// `untrusted`, `attested` or `owner`: the worst of what is shown.
        trust: String,
        /// The items in order.
        items: Vec<ShownItem>,
        /// How many more there are.
        more: usize,
    },
}

/// One item of what is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownItem {
    /// Its number, counted from 1.
    pub n: usize,
    /// Its fields; the first is the headline.
    pub fields: Vec<ShownField>,
}

/// One field of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownField {
    /// The field's name, in the product's words.
    pub name: String,
    /// Its value, made inert.
    pub value: String,
}

/// A message to the owner.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Message {
    /// Its parts in order.
    pub blocks: Vec<Block>,
}

impl Message {
    /// A message of the agent's own words.
    pub fn say(text: impl Into<String>) -> Self {
        Self {
            blocks: vec![Block::Say { text: text.into() }],
        }
    }

    /// The message as plain text, with quoted material marked by `> ` and its source.
    pub fn plain(&self, locale: Locale) -> String {
        let mut text = String::new();
        for block in &self.blocks {
            if !text.is_empty() {
                text.push('\n');
            }
            match block {
                Block::Say { text: words } => text.push_str(words),
                Block::Quote {
                    source,
                    text: quoted,
                } => {
                    quote(&mut text, quoted);
                    text.push_str(&attribution(source, "untrusted", locale));
                }
                Block::Shown {
                    title,
                    source,
                    trust,
                    items,
                    more,
                } => {
                    shown(&mut text, title, items);
                    if *more > 0 {
                        let rest = locale.pick("more", "de plus");
                        text.push_str(&format!("\n  … {more} {rest}"));
                    }
                    text.push_str(&attribution(source, trust, locale));
                }
            }
        }
        text
    }
}

fn quote(text: &mut String, quoted: &str) {
    for line in quoted.lines() {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str("> ");
        text.push_str(line);
    }
}

fn shown(text: &mut String, title: &str, items: &[ShownItem]) {
    text.push_str(title);
    for item in items {
        for (place, field) in item.fields.iter().enumerate() {
            if place == 0 {
                text.push_str(&format!("\n{}. ", item.n));
                text.push_str(&field.value.replace('\n', "\n   > "));
            } else {
                text.push_str(&format!("\n   {}: ", field.name));
                text.push_str(&field.value.replace('\n', "\n   > "));
            }
        }
    }
}

fn attribution(source: &str, trust: &str, locale: Locale) -> String {
    if trust == "owner" {
        return String::new();
    }
    let (from, unverified) = locale.pick(("from", "not verified"), ("de", "non vérifié"));
    match trust {
        "attested" => format!("\n— {from} {source}"),
        _ => format!("\n— {from} {source}, {unverified}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_material_is_marked_line_by_line() {
        let message = Message {
            blocks: vec![
                Block::Say {
                    text: "It says:".into(),
                },
                Block::Quote {
                    source: "mail".into(),
                    text: "one\ntwo".into(),
                },
            ],
        };
        assert_eq!(
            message.plain(Locale::En),
            "It says:\n> one\n> two\n— from mail, not verified"
        );
    }
}
