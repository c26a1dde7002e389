//! Reads one [`Update`](https://core.telegram.org/bots/api#update).
//!
//! The one thing to know: an update that is not a new message or a button press by a person is
//! none of our business and gives an empty list, so that Telegram does not send it again. Fields
//! that are not read here are ignored, whatever a later version of the Bot API puts in them.

use super::Chat;
use crate::channels::body::{bad_field, read_json};
use crate::http::Problem;
use crate::id::{ConversationId, DeliveryId};
use crate::message::{Attachment, Author, Content, Inbound};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// What happened, in the product's shape; empty if there is nothing for us.
///
/// # Errors
/// `400 bad_request` that names the field, `413 too_large`.
pub(super) fn parse(channel: &str, body: &[u8]) -> Result<Vec<Inbound>, Problem> {
    let update: Update = read_json(body)?;
    let heard = match (update.message, update.callback_query) {
        (Some(message), _) => message.heard(),
        (None, Some(press)) => press.heard(),
        (None, None) => None,
    };
    let Some(Heard {
        chat,
        account,
        content,
    }) = heard
    else {
        return Ok(Vec::new());
    };
    let malformed = |field| move |error: crate::id::IdError| bad_field(field, &error.to_string());
    Ok(vec![Inbound {
        channel: channel.to_owned(),
        delivery: DeliveryId::try_from(update.id.to_string()).map_err(malformed("update_id"))?,
        conversation: ConversationId::try_from(format!("{channel}:{}", chat.thread()))
            .map_err(malformed("chat"))?,
        author: Author::Account(account.to_string()),
        content,
    }])
}

/// What one update has for us.
struct Heard {
    chat: Chat,
    account: i64,
    content: Content,
}

#[derive(Debug, Deserialize)]
struct Update {
    #[serde(rename = "update_id")]
    id: i64,
    message: Option<Message>,
    callback_query: Option<Press>,
}

#[derive(Debug, Deserialize)]
struct User {
    id: i64,
    #[serde(default)]
    is_bot: bool,
}

#[derive(Debug, Deserialize)]
struct ChatId {
    id: i64,
}

/// [`Message`](https://core.telegram.org/bots/api#message).
#[derive(Debug, Deserialize)]
struct Message {
    chat: ChatId,
    from: Option<User>,
    #[serde(rename = "message_thread_id")]
    topic: Option<i64>,
    #[serde(default, rename = "is_topic_message")]
    in_topic: bool,
    /// Set when a message is on behalf of a chat; `from` is then not a real person.
    sender_chat: Option<IgnoredAny>,
    forward_origin: Option<IgnoredAny>,
    via_bot: Option<IgnoredAny>,
    quote: Option<Quote>,
    #[serde(rename = "reply_to_message")]
    answers: Option<Answered>,
    text: Option<String>,
    caption: Option<String>,
    #[serde(default)]
    entities: Vec<Entity>,
    #[serde(default)]
    caption_entities: Vec<Entity>,
    photo: Option<IgnoredAny>,
    document: Option<IgnoredAny>,
    voice: Option<IgnoredAny>,
    audio: Option<IgnoredAny>,
    video: Option<IgnoredAny>,
    video_note: Option<IgnoredAny>,
    sticker: Option<IgnoredAny>,
}

/// The message that this one replies to, as far as its number.
#[derive(Debug, Deserialize)]
struct Answered {
    message_id: i64,
}

/// [`TextQuote`](https://core.telegram.org/bots/api#textquote): a part of the message that this
/// one replies to.
#[derive(Debug, Deserialize)]
struct Quote {
    text: String,
}

/// [`MessageEntity`](https://core.telegram.org/bots/api#messageentity): a range of the text,
/// counted in UTF-16 code units.
#[derive(Debug, Deserialize)]
struct Entity {
    #[serde(rename = "type")]
    kind: String,
    offset: usize,
    length: usize,
}

impl Message {
    fn heard(self) -> Option<Heard> {
        let from = self.from.as_ref().filter(|user| !user.is_bot)?;
        if self.sender_chat.is_some() {
            return None;
        }
        let account = from.id;
        let topic = self.topic.filter(|_| self.in_topic);
        let chat = Chat {
            id: self.chat.id,
            topic,
        };
        let reply_to = self
            .answers
            .as_ref()
            .map(|answered| answered.message_id.to_string());
        let file = self.file_kind();
        let (text, entities) = match (self.text, self.caption) {
            (Some(text), _) => (text, self.entities),
            (None, Some(caption)) => (caption, self.caption_entities),
            (None, None) => (String::new(), Vec::new()),
        };
        let mut attachments = Vec::new();
        if let Some(quote) = self.quote {
            attachments.push(foreign("quoted text", &quote.text));
        }
        let foreign_name = match (self.forward_origin, self.via_bot) {
            (Some(_), _) => Some("forwarded message"),
            (None, Some(_)) => Some("text made by a bot"),
            (None, None) => None,
        };
        let mut own = String::new();
        match foreign_name {
            Some(name) if !text.is_empty() => attachments.push(foreign(name, &text)),
            Some(_) => {}
            None => {
                let quoted;
                (own, quoted) = without_quotations(text, &entities);
                if !quoted.is_empty() {
                    attachments.push(foreign("quoted text", &quoted));
                }
            }
        }
        if let Some(kind) = file {
            // An empty file tells the agent that something came that this channel cannot open.
            let content_type = "application/octet-stream".to_owned();
            let data = String::new();
            attachments.push(Attachment {
                name: kind.to_owned(),
                content_type,
                data,
            });
        }
        if own.trim().is_empty() && attachments.is_empty() {
            return None;
        }
        if own.contains('\0') {
            own = own.replace('\0', "\u{fffd}");
        }
        Some(Heard {
            chat,
            account,
            content: Content::Text {
                text: own,
                attachments,
                reply_to,
            },
        })
    }

    fn file_kind(&self) -> Option<&'static str> {
        let kinds = [
            ("photo", &self.photo),
            ("document", &self.document),
            ("voice message", &self.voice),
            ("audio", &self.audio),
            ("video", &self.video),
            ("video message", &self.video_note),
            ("sticker", &self.sticker),
        ];
        kinds
            .into_iter()
            .find(|(_, field)| field.is_some())
            .map(|(name, _)| name)
    }
}

/// [`CallbackQuery`](https://core.telegram.org/bots/api#callbackquery). Who pressed is `from`; in
/// a group it can be anybody, whoever the message was for.
#[derive(Debug, Deserialize)]
struct Press {
    id: String,
    from: User,
    message: Option<PressedMessage>,
    data: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PressedMessage {
    chat: ChatId,
    #[serde(rename = "message_thread_id")]
    topic: Option<i64>,
    #[serde(default, rename = "is_topic_message")]
    in_topic: bool,
}

impl Press {
    fn heard(self) -> Option<Heard> {
        let (message, data) = (self.message?, self.data?);
        if self.from.is_bot {
            return None;
        }
        let topic = message.topic.filter(|_| message.in_topic);
        Some(Heard {
            chat: Chat {
                id: message.chat.id,
                topic,
            },
            account: self.from.id,
            content: Content::Button {
                data,
                callback: Some(self.id),
            },
        })
    }
}

fn foreign(name: &str, text: &str) -> Attachment {
    Attachment {
        name: name.to_owned(),
        content_type: "text/plain".to_owned(),
        data: STANDARD.encode(text),
    }
}

/// Parts the writer's own words from what they marked as a quotation.
fn without_quotations(text: String, entities: &[Entity]) -> (String, String) {
    let mut ranges: Vec<(usize, usize)> = entities
        .iter()
        .filter(|entity| entity.kind.ends_with("blockquote"))
        .map(|entity| (entity.offset, entity.offset.saturating_add(entity.length)))
        .collect();
    if ranges.is_empty() {
        return (text, String::new());
    }
    ranges.sort_unstable();
    let mut ranges = ranges.into_iter().peekable();
    let (mut own, mut quoted) = (String::with_capacity(text.len()), String::new());
    let (mut at, mut quoted_until, mut was_quoted) = (0_usize, 0_usize, false);
    for c in text.chars() {
        while let Some((_, end)) = ranges.next_if(|(start, _)| *start <= at) {
            quoted_until = quoted_until.max(end);
        }
        let is_quoted = at < quoted_until;
        if is_quoted && !was_quoted {
            // What stood on two sides of a quotation must not become one word.
            own.push('\n');
            quoted.push('\n');
        }
        was_quoted = is_quoted;
        if is_quoted {
            quoted.push(c);
        } else {
            own.push(c);
        }
        at = at.saturating_add(c.len_utf16());
    }
    (own.trim().to_owned(), quoted.trim().to_owned())
}
