//! Mail: what a raw message (RFC 5322, MIME) says, and a message to send.
//!
//! The one thing to know: [`read`] always gives a [`Mail`]. Whatever is broken is read as far as it
//! goes, what is beyond a limit is left out and [`Mail::is_cut`] says so, and what a reader would
//! not see is marked in the text as [`super::html`] marks it.
//!
//! The text is the plain version where there is one. Mail programs show the HTML instead, so where
//! the two differ grossly [`Mail::html_text`] has the other: an order in a plain version that its
//! HTML does not have is one that the owner never saw. Messages in a message are attachments with a
//! text; `winmail.dat` is an attachment that is not opened.

mod body;
mod compose;
mod fields;
mod parts;
#[cfg(test)]
mod tests;

pub use compose::{Outgoing, Unsendable, compose, compose_draft};
pub use fields::Field;

use super::html::{self, Link};
use fields::RawField;
use parts::{Part, parts};

/// How much is read. What is beyond it is left out, and [`Mail::is_cut`] says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the raw message.
    pub raw_bytes_max: usize,
    /// Parts, however deep.
    pub parts_max: usize,
    /// Parts within parts.
    pub depth_max: usize,
    /// Messages within messages whose text is read.
    pub messages_max: usize,
    /// Header fields of one part.
    pub fields_max: usize,
    /// Bytes of text.
    pub text_bytes_max: usize,
    /// Limits of its HTML.
    pub html: html::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            raw_bytes_max: 25 * 1024 * 1024,
            parts_max: 200,
            depth_max: 12,
            messages_max: 3,
            fields_max: 500,
            text_bytes_max: 256 * 1024,
            html: html::Limits::default(),
        }
    }
}

/// Somebody in a header field. Both halves are what the sender wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// What they are called.
    pub name: Option<String>,
    /// Their address; empty where there is none.
    pub address: String,
}

/// A file or a message that came along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What [`attachment`] takes to fetch it.
    pub index: usize,
    /// Its file name, as the sender wrote it.
    pub name: Option<String>,
    /// Its type, such as `image/png`, as the sender wrote it.
    pub media_type: String,
    /// Its size when decoded.
    pub bytes: usize,
    /// Whether it is part of what is shown, such as a picture in HTML.
    pub is_inline: bool,
    /// What it says, if it is a message.
    pub text: Option<String>,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mail {
    /// Its id without angle brackets.
    pub message_id: Option<String>,
    /// Ids of the messages that it answers.
    pub in_reply_to: Vec<String>,
    /// Ids of the messages before it, the oldest first.
    pub references: Vec<String>,
    /// Whoever it says that it is from, of all From fields.
    pub from: Vec<Person>,
    /// Whoever sent it for them.
    pub sender: Option<Person>,
    /// Where answers are asked for; never a reason to send them there.
    pub reply_to: Vec<Person>,
    /// To whom.
    pub to: Vec<Person>,
    /// And to whom else.
    pub cc: Vec<Person>,
    /// And to whom in secret.
    pub bcc: Vec<Person>,
    /// Its subject, on one line.
    pub subject: String,
    /// When it says that it was written, in seconds since 1970.
    pub date: Option<i64>,
    /// What it says.
    pub text: String,
    /// What its HTML says, where that is grossly something else.
    pub html_text: Option<String>,
    /// Whether its HTML has text that a reader would not see.
    pub has_hidden: bool,
    /// The links of its HTML.
    pub links: Vec<Link>,
    /// What came along.
    pub attachments: Vec<Attachment>,
    /// All header fields, the topmost first.
    pub fields: Vec<Field>,
    /// Whether a limit left something out.
    pub is_cut: bool,
}

impl Mail {
    /// The raw values of a header field, the topmost first.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let same = move |field: &&Field| field.is(name);
        self.fields
            .iter()
            .filter(same)
            .map(|field| field.value.as_str())
    }
}

/// What a raw message says.
pub fn read(raw: &[u8], limits: &Limits) -> Mail {
    read_within(raw, limits, 0)
}

/// The bytes of an attachment of the same message, read with the same limits.
pub fn attachment(raw: &[u8], index: usize, limits: &Limits) -> Option<Vec<u8>> {
    let raw = raw.get(..limits.raw_bytes_max.min(raw.len()))?;
    let (parts, _) = parts(raw, limits);
    let part = parts.get(index)?;
    part.children.is_empty().then(|| part.decoded())
}

/// The addresses in the value of a header field such as From.
pub fn people(value: &str) -> Vec<Person> {
    fields::people(value.as_bytes())
}

fn read_within(raw: &[u8], limits: &Limits, messages: usize) -> Mail {
    let kept = raw
        .get(..limits.raw_bytes_max.min(raw.len()))
        .unwrap_or_default();
    let (parts, is_cut) = parts(kept, limits);
    let mut mail = parts.first().map(heads).unwrap_or_default();
    mail.is_cut = is_cut || kept.len() < raw.len();
    body::fill(&mut mail, &parts, limits, messages);
    mail
}

/// What the header says.
fn heads(part: &Part<'_>) -> Mail {
    let all = |name: &str| {
        let same = part
            .fields
            .iter()
            .filter(|field| field.name.eq_ignore_ascii_case(name));
        let lists = same.map(|field| fields::people(field.value));
        lists.flatten().collect::<Vec<Person>>()
    };
    let ids = |name: &str| part.field(name).map(fields::ids).unwrap_or_default();
    Mail {
        message_id: ids("Message-ID").into_iter().next(),
        in_reply_to: ids("In-Reply-To"),
        references: ids("References"),
        from: all("From"),
        sender: all("Sender").into_iter().next(),
        reply_to: all("Reply-To"),
        to: all("To"),
        cc: all("Cc"),
        bcc: all("Bcc"),
        subject: part.field("Subject").map(fields::text).unwrap_or_default(),
        date: part.field("Date").and_then(fields::date),
        fields: part.fields.iter().map(owned).collect(),
        ..Mail::default()
    }
}

fn owned(field: &RawField<'_>) -> Field {
    let value = String::from_utf8_lossy(field.value).trim().to_owned();
    Field {
        name: field.name.to_owned(),
        value,
    }
}

/// The beginning of a text, cut between characters.
fn cut(text: &str, bytes_max: usize) -> &str {
    html::cut(text, bytes_max).0
}
