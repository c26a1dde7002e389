//! Telegram, by the webhooks of its [Bot API](https://core.telegram.org/bots/api).
//!
//! The one thing to know: nothing here is signed. A request is Telegram's if it carries the secret
//! that `setWebhook` was given, and a person is a numeric account id; names and chats prove
//! nothing. Only what the sender typed counts as their text: forwarded, quoted and bot-made text
//! comes as an attachment. Text goes out without a parse mode, so that nothing in it is markup.
//! Files are announced by their kind and not fetched; edits are ignored.

mod update;

use crate::channels::body::absent;
use crate::channels::split::split;
use crate::channels::{Asked, Channel, Head, Outgoing, Receipt, Secrets, Verified};
use crate::http::{Problem, Request, Response};
use crate::message::{Inbound, Locale};
use crate::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// The longest text of one message, in UTF-16 code units, which is how Telegram counts
/// ([`sendMessage`](https://core.telegram.org/bots/api#sendmessage)).
pub const TEXT_UNITS_MAX: usize = 4096;

/// The most messages that one answer becomes; a chat takes about one a second.
pub const PIECES_MAX: usize = 10;

/// The longest value of a button, in bytes.
pub const BUTTON_BYTES_MAX: usize = 64;

const TOKEN: &str = "TELEGRAM_BOT_TOKEN";
const WEBHOOK_SECRET: &str = "TELEGRAM_WEBHOOK_SECRET";
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";
const NOTICE_UNITS_MAX: usize = 200;
const RETRY_MS: u64 = 2_000;
const RETRY_SECONDS_MAX: u64 = 3_600;

/// Telegram.
#[derive(Debug, Clone, Copy)]
pub struct Telegram;

impl Channel for Telegram {
    fn name(&self) -> &'static str {
        "telegram"
    }

    fn is_configured(&self, secrets: &dyn Secrets) -> bool {
        secrets.is_set(TOKEN) && secrets.is_set(WEBHOOK_SECRET)
    }

    fn admit(&self, head: &Head, secrets: &dyn Secrets, _: Timestamp) -> Result<(), Problem> {
        if !self.is_configured(secrets) {
            return Err(absent(self));
        }
        match head.header(SECRET_HEADER) {
            Some(presented) if secrets.matches(WEBHOOK_SECRET, presented) => Ok(()),
            _ => Err(Problem::new(
                401,
                "bad_token",
                "the secret of this webhook is missing or wrong; run the set-up again",
            )),
        }
    }

    fn verify(
        &self,
        head: &Head,
        body: Vec<u8>,
        secrets: &dyn Secrets,
        now: Timestamp,
    ) -> Result<Verified, Problem> {
        self.admit(head, secrets, now)?;
        Ok(Verified::new(body, None))
    }

    fn parse(&self, verified: &Verified) -> Result<Vec<Inbound>, Problem> {
        update::parse(self.name(), verified.body())
    }

    fn deliver(&self, thread: &str, out: &Outgoing, locale: Locale, _: &str) -> Vec<Request> {
        if let Outgoing::ButtonDone { callback, text } = out {
            let words = split(text, NOTICE_UNITS_MAX, char::len_utf16)
                .next()
                .unwrap_or_default();
            let body = json!({ "callback_query_id": callback, "text": words });
            return vec![call("answerCallbackQuery", &body)];
        }
        let Some(chat) = Chat::from_thread(thread) else {
            return Vec::new();
        };
        match out {
            Outgoing::Message {
                message, repeated, ..
            } => {
                let text = message.plain(locale);
                let text = if *repeated && !text.trim().is_empty() {
                    let mark = locale.pick("(possibly a repeat) ", "(peut-être déjà envoyé) ");
                    format!("{mark}{text}")
                } else {
                    text
                };
                texts(&chat, &text, locale, None)
            }
            Outgoing::Cards { cards } => questions(&chat, cards, locale),
            Outgoing::Typing => {
                let body = chat.addressed(json!({ "action": "typing" }));
                vec![call("sendChatAction", &body)]
            }
            Outgoing::ButtonDone { .. } => Vec::new(),
        }
    }

    /// Reads the envelope of [every answer](https://core.telegram.org/bots/api#making-requests).
    fn receipt(&self, answer: &Response) -> Receipt {
        // A cut or odd body says nothing; the status then decides.
        let read: Envelope = serde_json::from_slice(&answer.body).unwrap_or_default();
        match answer.status {
            200..=299 if read.ok != Some(false) => Receipt::Delivered,
            429 => {
                let seconds = read
                    .parameters
                    .and_then(|p| p.retry_after)
                    .unwrap_or(RETRY_MS / 1000);
                Receipt::Later(seconds.clamp(1, RETRY_SECONDS_MAX).saturating_mul(1000))
            }
            500..=599 => Receipt::Later(RETRY_MS),
            _ => Receipt::Refused,
        }
    }

    fn delivered_id(&self, answer: &Response) -> Option<String> {
        let sent: Sent = serde_json::from_slice(&answer.body).ok()?;
        Some(sent.result?.message_id.to_string())
    }
}

#[derive(Debug, Default, Deserialize)]
struct Sent {
    result: Option<MessageId>,
}

#[derive(Debug, Deserialize)]
struct MessageId {
    message_id: i64,
}

#[derive(Debug, Default, Deserialize)]
struct Envelope {
    ok: Option<bool>,
    parameters: Option<Parameters>,
}

#[derive(Debug, Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
}

/// A chat, and its topic where it has topics. Written `chat` or `chat:topic` as a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Chat {
    id: i64,
    topic: Option<i64>,
}

impl Chat {
    fn from_thread(thread: &str) -> Option<Self> {
        let Some((id, topic)) = thread.split_once(':') else {
            return Some(Self {
                id: thread.parse().ok()?,
                topic: None,
            });
        };
        Some(Self {
            id: id.parse().ok()?,
            topic: Some(topic.parse().ok()?),
        })
    }

    fn thread(self) -> String {
        match self.topic {
            Some(topic) => format!("{}:{topic}", self.id),
            None => self.id.to_string(),
        }
    }

    fn addressed(self, mut body: Value) -> Value {
        if let Some(fields) = body.as_object_mut() {
            fields.insert("chat_id".to_owned(), self.id.into());
            if let Some(topic) = self.topic {
                fields.insert("message_thread_id".to_owned(), topic.into());
            }
        }
        body
    }
}

/// One `sendMessage` per piece. The buttons of an approval go under the last piece, and only if
/// the whole text before them is shown: a yes to a cut card would be a yes to something unseen.
fn texts(chat: &Chat, text: &str, locale: Locale, buttons: Option<Value>) -> Vec<Request> {
    let mut pieces = split(text, TEXT_UNITS_MAX, char::len_utf16);
    let mut bodies: Vec<Value> = Vec::new();
    let mut last = "";
    for piece in pieces.by_ref().take(PIECES_MAX) {
        last = piece;
        bodies.push(chat.addressed(json!({
            "text": piece,
            "link_preview_options": { "is_disabled": true },
        })));
    }
    let whole = pieces.next().is_none();
    if let Some(body) = bodies.last_mut() {
        if !whole {
            let notice = locale.pick(
                "… (cut here: the console shows all of it)",
                "… (coupé ici : la console montre tout)",
            );
            let room = TEXT_UNITS_MAX.saturating_sub(notice.encode_utf16().count() + 1);
            let kept = split(last, room, char::len_utf16)
                .next()
                .unwrap_or_default();
            set(body, "text", format!("{kept}\n{notice}").into());
        } else if let Some(keyboard) = buttons {
            set(body, "reply_markup", keyboard);
        }
    }
    bodies
        .iter()
        .map(|body| call("sendMessage", body))
        .collect()
}

/// The questions of a turn in one message, numbered if there are several.
fn questions(chat: &Chat, cards: &[Asked], locale: Locale) -> Vec<Request> {
    let numbered = cards.len() > 1;
    let mut text = String::new();
    let mut rows = Vec::new();
    for (n, card) in cards.iter().enumerate() {
        let number = n.saturating_add(1);
        if n > 0 {
            text.push_str("\n\n");
        }
        if numbered {
            text.push_str(&format!("{number}. "));
        }
        text.push_str(&card.text);
        let mark = if numbered {
            format!("{number}: ")
        } else {
            String::new()
        };
        rows.extend(row(&card.approval, &mark, locale));
    }
    // Buttons for some of the questions would look as if the others needed none.
    let whole = rows.len() == cards.len() && !rows.is_empty();
    let buttons = whole.then(|| json!({ "inline_keyboard": rows }));
    texts(chat, &text, locale, buttons)
}

/// No comes first, so that a hasty press refuses.
fn row(approval: &str, mark: &str, locale: Locale) -> Option<Value> {
    let (no, yes) = (format!("n:{approval}"), format!("y:{approval}"));
    let fits = no.len().max(yes.len()) <= BUTTON_BYTES_MAX;
    let button = |word: &str, data: String| json!({ "text": format!("{mark}{word}"), "callback_data": data });
    fits.then(|| {
        json!([
            button(locale.pick("No", "Non"), no),
            button(locale.pick("Yes", "Oui"), yes),
        ])
    })
}

fn set(body: &mut Value, field: &str, value: Value) {
    if let Some(fields) = body.as_object_mut() {
        fields.insert(field.to_owned(), value);
    }
}

fn call(method: &str, body: &Value) -> Request {
    // `{secret}` is a placeholder that egress fills in.
    Request::post_json(
        format!("https://api.telegram.org/bot{{secret}}/{method}"),
        body,
    )
}

#[cfg(test)]
mod tests;
