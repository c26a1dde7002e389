//! A message to send: plain text in UTF-8, nothing else.
//!
//! The one thing to know: no argument can become a header field. Every field with a control
//! character is refused, addresses have one plain form, and what is not plain ASCII is encoded.
//! There is no clock and no randomness: the date and the id are arguments, and one part needs no
//! boundary.

use super::Person;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::DateTime;

/// Longest address (RFC 5321 section 4.5.3.1.3 without the brackets).
const ADDRESS_BYTES_MAX: usize = 254;
/// Longest name and subject.
const NAME_BYTES_MAX: usize = 200;
const SUBJECT_BYTES_MAX: usize = 998;
/// Most recipients in To and Cc together.
const RECIPIENTS_MAX: usize = 100;
/// Most ids in References: the first one and the last ones.
const REFERENCES_MAX: usize = 20;
/// An encoded word of so many bytes is shorter than 76 characters (RFC 2047 section 2).
const WORD_BYTES_MAX: usize = 42;
/// Longest line of text that goes out as it is, and of base64 and quoted-printable.
const LINE_BYTES_MAX: usize = 900;
const CODED_LINE_BYTES_MAX: usize = 76;

/// What is to be sent.
#[derive(Debug, Clone, Default)]
pub struct Outgoing<'a> {
    /// From whom.
    pub from: Person,
    /// To whom.
    pub to: &'a [Person],
    /// And to whom else.
    pub cc: &'a [Person],
    /// About what.
    pub subject: &'a str,
    /// What it says.
    pub text: &'a str,
    /// Its own id, with or without angle brackets.
    pub message_id: &'a str,
    /// The id of what it answers. An id that is none is left out.
    pub in_reply_to: Option<&'a str>,
    /// The ids before it, the oldest first. Those that are none are left out.
    pub references: &'a [String],
    /// When it is sent, in seconds since 1970.
    pub date: i64,
}

/// Why a message cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    /// There is nobody to send it to.
    #[error("nobody to send it to")]
    NoRecipient,
    /// There are more recipients than one message may have.
    #[error("more recipients than one message may have")]
    TooManyRecipients,
    /// An address is none, or of a kind that cannot be written safely.
    #[error("an address that is none")]
    Address,
    /// A name has control characters or is too long.
    #[error("a name with control characters, or too long")]
    Name,
    /// The subject has control characters or is too long.
    #[error("a subject with control characters, or too long")]
    Subject,
    /// The id is none.
    #[error("a message id that is none")]
    MessageId,
    /// The text has a zero byte.
    #[error("a text with a zero byte")]
    Text,
    /// The date is beyond the calendar.
    #[error("a date beyond the calendar")]
    Date,
}

/// The raw message.
pub fn compose(mail: &Outgoing<'_>) -> Result<Vec<u8>, Unsendable> {
    if mail.to.is_empty() && mail.cc.is_empty() {
        return Err(Unsendable::NoRecipient);
    }
    compose_draft(mail)
}

/// The raw message of a draft, which may still lack whom it goes to.
pub fn compose_draft(mail: &Outgoing<'_>) -> Result<Vec<u8>, Unsendable> {
    let recipients = mail.to.len().saturating_add(mail.cc.len());
    if recipients > RECIPIENTS_MAX {
        return Err(Unsendable::TooManyRecipients);
    }
    let id = message_id(mail.message_id).ok_or(Unsendable::MessageId)?;
    let mut out = String::new();
    let mut field = |name: &str, value: &str| out.push_str(&format!("{name}: {value}\r\n"));
    field("Date", &date(mail.date)?);
    field("Message-ID", &format!("<{id}>"));
    field("From", &mailbox(&mail.from)?);
    if !mail.to.is_empty() {
        field("To", &mailboxes(mail.to)?);
    }
    if !mail.cc.is_empty() {
        field("Cc", &mailboxes(mail.cc)?);
    }
    field("Subject", &subject(mail.subject)?);
    if let Some(id) = mail.in_reply_to.and_then(message_id) {
        field("In-Reply-To", &format!("<{id}>"));
    }
    let references = references(mail.references);
    if !references.is_empty() {
        field("References", &references);
    }
    field("MIME-Version", "1.0");
    field("Content-Type", "text/plain; charset=utf-8");
    let (encoding, text) = body(mail.text)?;
    field("Content-Transfer-Encoding", encoding);
    out.push_str("\r\n");
    out.push_str(&text);
    Ok(out.into_bytes())
}

fn date(seconds: i64) -> Result<String, Unsendable> {
    // To the end of the year 9999, which has four digits.
    if !(0..253_402_300_800).contains(&seconds) {
        return Err(Unsendable::Date);
    }
    Ok(DateTime::from_timestamp(seconds).to_rfc822())
}

/// An id without its brackets, if it is one.
fn message_id(given: &str) -> Option<&str> {
    let id = given.trim();
    let id = id
        .strip_prefix('<')
        .and_then(|id| id.strip_suffix('>'))
        .unwrap_or(id);
    let (left, right) = id.split_once('@')?;
    let is_id = |part: &str| {
        let fits = |byte: u8| {
            byte.is_ascii_graphic()
                && !matches!(byte, b'<' | b'>' | b'@' | b'(' | b')' | b'\\' | b'"')
        };
        !part.is_empty() && part.bytes().all(fits)
    };
    (is_id(left) && is_id(right) && id.len() <= ADDRESS_BYTES_MAX * 2).then_some(id)
}

fn references(given: &[String]) -> String {
    let ids: Vec<&str> = given.iter().filter_map(|id| message_id(id)).collect();
    let left_out = ids.len().saturating_sub(REFERENCES_MAX);
    let kept = ids
        .iter()
        .enumerate()
        .filter(|(nth, _)| *nth == 0 || *nth > left_out);
    kept.map(|(_, id)| format!("<{id}>"))
        .collect::<Vec<_>>()
        .join("\r\n ")
}

fn mailboxes(people: &[Person]) -> Result<String, Unsendable> {
    let written: Result<Vec<String>, Unsendable> = people.iter().map(mailbox).collect();
    Ok(written?.join(",\r\n "))
}

fn mailbox(person: &Person) -> Result<String, Unsendable> {
    if !is_address(&person.address) {
        return Err(Unsendable::Address);
    }
    let Some(name) = person
        .name
        .as_deref()
        .filter(|name| !name.trim().is_empty())
    else {
        return Ok(person.address.clone());
    };
    if name.chars().any(char::is_control) || name.len() > NAME_BYTES_MAX {
        return Err(Unsendable::Name);
    }
    let is_plain = name.is_ascii() && !name.contains("=?");
    let name = if is_plain {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        encoded_words(name)
    };
    Ok(format!("{name}\r\n <{}>", person.address))
}

/// Whether it is an address in the form that needs no quoting.
fn is_address(address: &str) -> bool {
    let Some((local, domain)) = address.split_once('@') else {
        return false;
    };
    let in_local =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    let in_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let fits = |label: &str| {
        !label.is_empty()
            && label.bytes().all(in_label)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    !local.is_empty()
        && local.bytes().all(in_local)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && domain.split('.').all(fits)
        && address.len() <= ADDRESS_BYTES_MAX
}

fn subject(given: &str) -> Result<String, Unsendable> {
    if given.chars().any(char::is_control) || given.len() > SUBJECT_BYTES_MAX {
        return Err(Unsendable::Subject);
    }
    let is_plain = given.is_ascii() && !given.contains("=?") && given.len() < 66;
    let is_tight = given.trim() == given;
    Ok(if is_plain && is_tight {
        given.to_owned()
    } else {
        encoded_words(given)
    })
}

/// Text as encoded words (RFC 2047), each on a line of its own.
fn encoded_words(text: &str) -> String {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, after) = rest
            .split_at_checked(super::cut(rest, WORD_BYTES_MAX).len())
            .unwrap_or((rest, ""));
        words.push(format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
        rest = after;
    }
    words.join("\r\n ")
}

/// The text as it goes out, and how it is encoded: as it is, or in whichever way is shorter.
fn body(text: &str) -> Result<(&'static str, String), Unsendable> {
    if text.contains('\0') {
        return Err(Unsendable::Text);
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = format!("{}\n", text.trim_end_matches('\n')).replace('\n', "\r\n");
    let is_plain =
        |c: char| c.is_ascii() && (!c.is_ascii_control() || matches!(c, '\r' | '\n' | '\t'));
    if text.chars().all(is_plain) && text.split("\r\n").all(|line| line.len() <= LINE_BYTES_MAX) {
        return Ok(("7bit", text));
    }
    let quoted = quoted_printable(&text);
    let coded = STANDARD.encode(&text);
    if quoted.len() <= coded.len().saturating_add(coded.len() / 8) {
        return Ok(("quoted-printable", quoted));
    }
    let mut lines = String::new();
    let mut rest = coded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest
            .split_at_checked(CODED_LINE_BYTES_MAX)
            .unwrap_or((rest, ""));
        lines.push_str(line);
        lines.push_str("\r\n");
        rest = after;
    }
    Ok(("base64", lines))
}

fn quoted_printable(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_terminator("\r\n") {
        let mut width: usize = 0;
        let mut bytes = line.bytes().peekable();
        while let Some(byte) = bytes.next() {
            let is_last = bytes.peek().is_none();
            let is_plain = (byte.is_ascii_graphic() && byte != b'=')
                || (matches!(byte, b' ' | b'\t') && !is_last);
            let wide = if is_plain { 1 } else { 3 };
            // Room for the `=` of a soft line break.
            if width.saturating_add(wide) >= CODED_LINE_BYTES_MAX {
                out.push_str("=\r\n");
                width = 0;
            }
            if is_plain {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("={byte:02X}"));
            }
            width = width.saturating_add(wide);
        }
        out.push_str("\r\n");
    }
    out
}
